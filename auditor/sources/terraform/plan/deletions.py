"""What a plan deletes beside what it writes or leaves: a deletion removes what is there, whoever wrote it, unless the provider deletes nothing.

Sources: developer.hashicorp.com/terraform/internals/graph (what does not refer to each other is in no order); Amazon S3 API Reference,
DeleteBucketPolicy, DeleteBucketCors and their like (each removes the configuration of the bucket); AWS IAM API Reference, DeleteRolePolicy and
DetachRolePolicy; registry.terraform.io/providers/hashicorp/aws/latest/docs: resources/s3_bucket_acl ("destroy does not delete" the ACL) and
resources/s3_bucket_public_access_block, `skip_destroy`; resources/kms_key_policy, `bypass_policy_lockout_safety_check` (removed from the
state, with a warning); resources/kms_key, `deletion_window_in_days` (a key is scheduled for deletion), and AWS KMS
Developer Guide, "Key states of AWS KMS keys" (until then it is PendingDeletion, or PendingReplicaDeletion, and refuses to be used).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from auditor.foundation.location import Location
from auditor.foundation.value import ALWAYS, Known, Symbol, When, alternatives
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex
from auditor.model import (
    Attachment,
    BucketDeclaration,
    Declarations,
    Declared,
    IdentityPolicyDeclaration,
    KeyDeclaration,
    Kind,
    PolicyOwner,
)
from auditor.sources.terraform.plan.document import Json, Plan, array, entries
from auditor.sources.terraform.plan.owners import Owners, known_text

_KEY = regex(r"arn:[\w-]+:kms:([\w-]+):(\d+):key/([\w-]+)")
D = TypeVar("D", bound=Declared)

_Thing = tuple[object, ...]
"""What tells one configuration from another: its kind and whose it is, or the identity and the policy that is attached to it."""


@dataclass(frozen=True, slots=True)
class _Deletion:
    """The deletion of a resource."""

    address: str
    ordered: bool

    def outlasted_by(self, other: Declared, what: str) -> Symbol | None:
        """The condition that another resource is written after it; None where it certainly is."""
        if self.ordered and other.address == self.address:
            return None
        whose = f"the former {self.address}" if other.address == self.address else self.address
        reason = f"deleting {whose} removes the {what}, and nothing orders that before {other.address} is written"
        hint = "keep the resource with a 'moved' block, or apply the deletion first"
        return Symbol(f"{other.address} is written after {whose} is deleted", reason, hint, other.location)


class Deletions:
    """The deletions of a plan.

    Args:
        plan: it.
        resources: as they will be.
        kinds: what a resource of each type configures.
    """

    def __init__(self, plan: Plan, resources: Sequence[Json], kinds: Mapping[str, Kind]) -> None:
        self._plan, self._owners = plan, Owners(resources)
        self._of: dict[_Thing, list[_Deletion]] = {}
        made = {
            (str(one.get("type")).removeprefix("aws_iam_"), entries(one.get("values")).get("name"))
            for one in resources
            if plan.is_made(str(one.get("address")))
        }
        for one in plan.deleted():
            values = entries(one.get("values"))
            kind = kinds.get(str(one.get("type")))
            actions = array(entries(one.get("change")).get("actions"))
            deletion = _Deletion(str(one.get("address")), "deposed" not in one and list(actions) == ["delete", "create"])
            # What belonged to a bucket, key or identity that is made anew was deleted before that.
            owners = [owner for owner in self._owners.recorded(values) if kind is not None and not plan.is_made(owner)]
            policies = (held_by for held_by in policies_of(str(one.get("type")), values) if (held_by[0], held_by[2]) not in made)
            for thing in (*((kind, owner) for owner in owners), *policies):
                self._of.setdefault(thing, []).append(deletion)

    def applied(self, found: Declarations) -> Declarations:
        """The declarations as the apply leaves them: each also under the condition that no deletion comes after it.

        What is forgotten is replaced by what takes its place. A bucket whose public access block is deleted has none.
        """
        attachments = self._left(found.attachments, self._configured, lambda one: one.kind.value)
        policies = self._left(found.identity_policies, held, lambda one: f"policy of the {one.kind.value}")
        buckets = tuple(self._unblocked(one) for one in found.buckets)
        return replace(found, attachments=tuple(attachments), identity_policies=tuple(policies), buckets=buckets)

    def _left(self, declared: Sequence[D], things: Callable[[D], Sequence[_Thing]], what: Callable[[D], str]) -> Iterator[D]:
        taken_over = {
            thing for one in declared if one.when == ALWAYS and not self._plan.stays(one.address) for thing in things(one)
        }
        for one in declared:
            own = things(one)
            if self._plan.stays(one.address) and own and taken_over.issuperset(own):
                continue
            conditions = [deletion.outlasted_by(one, what(one)) for thing in own for deletion in self._of.get(thing, ())]
            yield replace(one, when=one.when.also(When(frozenset((symbol, True) for symbol in conditions if symbol))))

    def _configured(self, attachment: Attachment) -> Sequence[_Thing]:
        if attachment.inline:
            return ((attachment.kind, attachment.address),)
        owners = (self._owners.meant(target) for _, target in alternatives(attachment.target))
        return tuple((attachment.kind, owner) for owner in owners if owner)

    def _unblocked(self, bucket: BucketDeclaration) -> BucketDeclaration:
        return replace(bucket, unblocked=True) if self._of.get((Kind.PUBLIC_ACCESS_BLOCK, bucket.address)) else bucket


def deleted_keys(plan: Plan, resources: Sequence[Json], place_of: Callable[[Json], Location]) -> Iterator[KeyDeclaration]:
    """The keys that a plan deletes: whoever still names one by its ARN cannot use it.

    Args:
        plan: it.
        resources: as they will be; what is one of them is not deleted.
        place_of: where a resource stands.
    """
    kept = {entries(one.get("values")).get("arn") for one in resources if one.get("mode") == "managed"}
    for one in plan.deleted():
        arn = entries(one.get("values")).get("arn")
        match = _KEY.fullmatch(arn) if isinstance(arn, str) and str(one.get("type")).startswith("aws_kms_") else None
        if match is None or arn in kept:
            continue
        address, place = str(one.get("address")), place_of(one)
        region, account, key_id = (Known(part, place) for part in match.groups())
        yield KeyDeclaration(
            f"the former {address}" if plan.is_made(address) else address,
            place,
            key_id=key_id,
            arn=Known(arn, place),
            region=region,
            account=account,
            managed=False,
            state=Known("PendingDeletion", place),
        )


def held(policy: IdentityPolicyDeclaration) -> Sequence[_Thing]:
    """What tells a policy that is attached to an identity, as `policies_of` has it; nothing where a name is not known."""
    sort = "inline" if policy.owner is PolicyOwner.INLINE else "managed"
    names = known_text(policy.identity), known_text(policy.called)
    return ((policy.kind.value, sort, *names),) if all(names) else ()


def policies_of(type_: str, values: Json) -> Iterator[_Thing]:
    """The policies that a resource gives to identities by what was recorded of it: kind and name of the identity, sort and name or ARN of the policy."""
    for kind in ("role", "user", "group"):
        if type_ == f"aws_iam_{kind}_policy":
            yield kind, "inline", values.get(kind), values.get("name")
        elif type_ == f"aws_iam_{kind}_policy_attachment":
            yield kind, "managed", values.get(kind), values.get("policy_arn")
        elif type_ == "aws_iam_policy_attachment":
            yield from ((kind, "managed", holder, values.get("policy_arn")) for holder in array(values.get(f"{kind}s")))
        elif type_ == f"aws_iam_{kind}_policy_attachments_exclusive":
            yield from ((kind, "managed", values.get(f"{kind}_name"), arn) for arn in array(values.get("policy_arns")))
