"""What the provider read back into a bucket, key or role from what is configured beside it: it is not written there.

Source: registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/s3_bucket: `policy`, `cors_rule`, `lifecycle_rule`,
`versioning`, `request_payer`, `object_lock_configuration` and `server_side_encryption_configuration` are optional and computed;
hashicorp/terraform-provider-aws, issues 24153 and 24254. …/iam_role: so are `inline_policy` and `managed_policy_arns`. …/s3_bucket: `acl` and
`grant` exclude each other, and `grant` is computed; …/aws/3.76.1/docs/resources/s3_bucket: `acl` defaults to "private".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from auditor.foundation.value import Known, ListValue, MapValue, Symbol, Unknown, Value, alternatives, origin_of
from auditor.model import Attachment, Declarations, IdentityPolicyDeclaration, Kind, PolicyOwner
from auditor.sources.terraform.plan.deletions import held, policies_of
from auditor.sources.terraform.plan.document import Json, Plan, entries
from auditor.sources.terraform.plan.owners import Owners


def without_read_back(
    attachments: Sequence[Attachment],
    plan: Plan,
    resources: Sequence[Json],
    kinds: Mapping[str, Kind],
    left_out: Symbol | None = None,
) -> tuple[Attachment, ...]:
    """The attachments without what was only read back from something that the plan changes or deletes.

    Where a resource beside the bucket configures the same, that one says what will be there. Where the plan deletes such a resource,
    nothing is left. Where neither is so, what was read back is there and stays.

    Args:
        attachments: all that the plan declares.
        plan: it.
        resources: as they will be.
        kinds: what a resource of each type configures.
        left_out: stands for what the plan does not show; None where it shows everything.
    """
    owners = Owners(resources)
    beside: set[tuple[Kind, str]] = set()
    unresolved: dict[Kind, Symbol] = {}
    for one in attachments:
        for _, target in () if one.inline else alternatives(one.target):
            address = owners.meant(target)
            if address is not None:
                beside.add((one.kind, address))
            elif isinstance(target, Unknown):
                unresolved[one.kind] = target.symbol
    for resource in plan.deleted():
        kind = kinds.get(str(resource.get("type")))
        if kind is not None:
            beside |= {(kind, owner) for owner in owners.recorded(entries(resource.get("values")))}
    written = {str(one.get("address")): entries((plan.configured(one) or {}).get("expressions")) for one in resources}
    kept: list[Attachment] = []
    for one in _with_one_acl(attachments, plan, written):
        arguments = _WRITES.get(one.kind, ())
        if one.inline and not any(name in written.get(one.address, {}) or plan.writes(one.address, name) for name in arguments):
            if (one.kind, one.address) in beside or _is_default(one):
                continue
            doubt = unresolved.get(one.kind, left_out)
            if doubt is not None:
                kept.append(replace(one, content=Unknown(doubt, one.location)))
                continue
        kept.append(one)
    return tuple(kept)


def _with_one_acl(attachments: Sequence[Attachment], plan: Plan, written: Mapping[str, Json]) -> Iterator[Attachment]:
    """The attachments with one ACL for each bucket: its grants, unless they say what a canned ACL does, or the plan puts one."""
    acls = [one for one in attachments if one.inline and one.kind is Kind.ACL]
    granted = {one.address: one.content for one in acls if _is_of_grants(one)}
    canned = {one.address for one in acls if not _is_of_grants(one)}
    for one in attachments:
        if one.inline and one.kind is Kind.ACL and one.address in canned & granted.keys():
            puts = plan.writes(one.address, "acl") or _is_private(granted[one.address])
            if _is_of_grants(one) == ("acl" in written.get(one.address, {}) and puts):
                continue
        yield one


def _is_of_grants(acl: Attachment) -> bool:
    return isinstance(acl.content, MapValue) and "Grants" in acl.content.entries


def without_policies_read_back(found: Declarations, plan: Plan, resources: Sequence[Json]) -> Declarations:
    """The declarations without the policies that were only read back into a role from what is attached beside it.

    What attaches them, in the state or by the plan, says what becomes of them. Where nothing does, what was read back is there and stays. A list that
    is not configured removes nothing.
    """
    recorded = [*plan.before(), *resources]
    beside = {held for one in recorded for held in policies_of(str(one.get("type")), entries(one.get("values")))}
    written = {str(one.get("address")): entries((plan.configured(one) or {}).get("expressions")) for one in resources}

    def is_read_back(policy: IdentityPolicyDeclaration) -> bool:
        argument = "inline_policy" if policy.owner is PolicyOwner.INLINE else "managed_policy_arns"
        own = origin_of(policy.identity) == policy.address and argument not in written.get(policy.address, {})
        return own and not beside.isdisjoint(held(policy))

    policies = tuple(one for one in found.identity_policies if not is_read_back(one))
    holders = {one.address for one in policies}
    exclusive = (one for one in found.exclusive if one.address in holders or one.argument in written.get(one.address, {}))
    return replace(found, identity_policies=policies, exclusive=tuple(exclusive))


def _is_default(attachment: Attachment) -> bool:
    """Whether what was read back is what every bucket has.

    Source: Amazon S3 API Reference, GetBucketVersioning and GetBucketRequestPayment: without a configuration objects have no versions, and
    the owner of the bucket pays.
    """
    content = attachment.content
    entries = content.entries if isinstance(content, MapValue) else {}
    return (
        _is_private(content)
        or (attachment.kind is Kind.VERSIONING and entries.get("Status") == Known("Suspended"))
        or (attachment.kind is Kind.REQUEST_PAYMENT and entries.get("Payer") == Known("BucketOwner"))
    )


def _is_private(acl: Value) -> bool:
    """Whether an ACL grants something to nobody but the owner, as every bucket's does at first.

    Source: Amazon S3 User Guide, "Access control list (ACL) overview", default ACL: FULL_CONTROL for the owner, by canonical user id.
    """
    grants = acl.entries.get("Grants") if isinstance(acl, MapValue) else None
    if not isinstance(grants, ListValue) or grants.rest is not None or len(grants.items) != 1:
        return False
    grant = grants.items[0]
    if not isinstance(grant, MapValue) or grant.entries.get("Permission") != Known("FULL_CONTROL"):
        return False
    grantee = grant.entries.get("Grantee")
    return isinstance(grantee, MapValue) and isinstance(user := grantee.entries.get("ID"), Known) and bool(user.value)


# The arguments of a bucket or key that write a kind of configuration.
_WRITES = {
    Kind.POLICY: ("policy",),
    Kind.CORS: ("cors_rule",),
    Kind.ENCRYPTION: ("server_side_encryption_configuration",),
    Kind.ACL: ("acl", "grant"),
    Kind.ACCELERATION: ("acceleration_status",),
    Kind.VERSIONING: ("versioning",),
    Kind.REQUEST_PAYMENT: ("request_payer",),
    Kind.OBJECT_LOCK: ("object_lock_configuration",),
    Kind.LIFECYCLE: ("lifecycle_rule",),
    Kind.KEY_POLICY: ("policy",),
}
