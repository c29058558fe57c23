"""What the provider read back into a bucket or key from what is configured beside it: it is not written there.

Source: registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/s3_bucket: `policy`, `cors_rule`, `lifecycle_rule`,
`versioning`, `request_payer`, `object_lock_configuration` and `server_side_encryption_configuration` are optional and computed;
hashicorp/terraform-provider-aws, issues 24153 and 24254.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from auditor.foundation.value import Known, ListValue, MapValue, Symbol, Unknown, Value, alternatives, is_null, origin_of
from auditor.model import Attachment, Kind
from auditor.sources.terraform.plan.document import Json, Plan, entries

# What refers to a bucket or key, and what it is referred to by.
_TARGETS = ("bucket", "key_id")
_NAMES = ("bucket", "id", "arn", "key_id")


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
    owners = {text: str(one.get("address")) for one in resources for text in _names(one)}
    beside: set[tuple[Kind, str]] = set()
    unresolved: dict[Kind, Symbol] = {}
    for one in attachments:
        for _, target in () if one.inline else alternatives(one.target):
            address = origin_of(target) or owners.get(_text(target))
            if address is not None:
                beside.add((one.kind, address))
            elif isinstance(target, Unknown):
                unresolved[one.kind] = target.symbol
    for resource in plan.deleted():
        kind = kinds.get(str(resource.get("type")))
        values = entries(resource.get("values"))
        beside |= {(kind, owners[text]) for text in (values.get(name) for name in _TARGETS) if kind and text in owners}
    written = {str(one.get("address")): entries((plan.configured(one) or {}).get("expressions")) for one in resources}
    kept: list[Attachment] = []
    for one in attachments:
        if one.inline and not any(name in written.get(one.address, {}) for name in _WRITES.get(one.kind, ())):
            if (one.kind, one.address) in beside or _is_default(one):
                continue
            doubt = unresolved.get(one.kind, left_out)
            if doubt is not None:
                kept.append(replace(one, content=Unknown(doubt, one.location)))
                continue
        kept.append(one)
    return tuple(kept)


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


def _names(resource: Json) -> list[str]:
    if resource.get("mode") != "managed" or resource.get("type") not in ("aws_s3_bucket", "aws_kms_key", "aws_kms_replica_key"):
        return []
    values = entries(resource.get("values"))
    return [values[name] for name in _NAMES if isinstance(values.get(name), str)]


def _text(target: Value) -> str:
    return str(target.value) if isinstance(target, Known) and not is_null(target) else ""
