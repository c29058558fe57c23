"""The policies of a configuration: of each bucket, key and role, one document each, whatever it was put together from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from auditor.comparison.access import Difference, Kind, compare
from auditor.foundation.location import Location
from auditor.foundation.value import ALWAYS, Known, Symbol, alternatives, is_null
from auditor.model import Bucket, Estate, IamIdentity, Key, Slot
from auditor.model import Kind as Attached
from auditor.policy.document import Policy
from auditor.policy.parse import parse_policy
from auditor.policy.services.key_policies import default_key_policy
from auditor.proofs.public_access import default_block


@dataclass(frozen=True, slots=True)
class Attachment:
    """The policy of a resource.

    Attributes:
        resource: the address of the bucket, key or role.
        kind: what the policy is attached to.
        policy: the document; one without statements where there is none.
        location: where it is written, else the resource.
        public_blocked: whether Block Public Access certainly keeps the public out of it.
    """

    resource: str
    kind: Kind
    policy: Policy
    location: Location
    public_blocked: bool = False


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """How the policy of a resource changed.

    Attributes:
        resource: its address; kind: what the policy is attached to.
        old, new: where it was and is written, None where the resource was not or is not there.
        difference: who gains and who loses what.
        public_blocked: whether Block Public Access certainly keeps the public out after the change.
    """

    resource: str
    kind: Kind
    old: Location | None
    new: Location | None
    difference: Difference
    public_blocked: bool


def policies_of(buckets: Iterable[Bucket], estate: Estate) -> Iterator[Attachment]:
    """The policies of the buckets of a root, and of the keys and roles that it declares."""
    for bucket in buckets:
        yield from _of_bucket(bucket)
    yield from _of_keys(estate.keys)
    yield from _of_roles(estate.identities)


def _of_bucket(bucket: Bucket) -> Iterator[Attachment]:
    header = bucket.declaration.location
    policy = _of_slot(bucket.slot(Attached.POLICY), Policy((), header))
    yield Attachment(bucket.declaration.address, Kind.BUCKET, policy, policy.location, _keeps_public_out(bucket))


def _keeps_public_out(bucket: Bucket) -> bool:
    """Whether RestrictPublicBuckets is certainly on. Source: S3 User Guide, "Blocking public access to your Amazon S3 storage"."""
    slot = bucket.slot(Attached.PUBLIC_ACCESS_BLOCK)
    if not slot.linked and not slot.perhaps:
        return default_block(bucket, "RestrictPublicBuckets") == Known(True)
    blocks = [linked.attachment.content for linked in slot.linked if not linked.when.literals]
    return any(
        isinstance(setting := getattr(block, "entries", {}).get("RestrictPublicBuckets"), Known) and setting.value is True
        for block in blocks
    )


def _of_keys(keys: Sequence[Key]) -> Iterator[Attachment]:
    for key in keys:
        declaration = key.declaration
        if declaration.managed:
            policy = _of_slot(key.policy, default_key_policy(declaration.account, declaration.location))
            yield Attachment(declaration.address, Kind.KEY, policy, policy.location)


def _of_roles(roles: Sequence[IamIdentity]) -> Iterator[Attachment]:
    for role in roles:
        declaration = role.declaration
        parts = [parse_policy(one.document, one.location).under(when) for when, one in role.policies]
        rest = tuple((ALWAYS, symbol) for symbol in role.perhaps)
        policy = Policy(tuple(statement for part in parts for statement in part.statements), declaration.location, rest)
        rests = tuple(one for part in parts for one in part.rest)
        yield Attachment(declaration.address, Kind.IDENTITY, replace(policy, rest=(*policy.rest, *rests)), declaration.location)
        if not is_null(declaration.trust_policy):
            trust = parse_policy(declaration.trust_policy, declaration.location)
            yield Attachment(declaration.address, Kind.TRUST, trust, trust.location)


def _of_slot(slot: Slot, absent: Policy) -> Policy:
    """The document in a slot, with the conditions under which it is there."""
    if not slot.linked and not slot.more:
        return absent
    certain = [linked for linked in slot.linked if not linked.when.literals]
    if len(certain) > 1 or slot.more or (absent.statements and not certain):
        symbol = (
            slot.more[0] if slot.more else Symbol(slot.linked[0].attachment.address, "which policy is applied last is not known")
        )
        place = slot.linked[0].attachment.location if slot.linked else absent.location
        return Policy((), place, ((ALWAYS, symbol),))
    found: list[Policy] = []
    for linked in slot.linked:
        place = linked.attachment.content_location or linked.attachment.location
        found += [
            parse_policy(content, place).under(linked.when.also(when)) for when, content in alternatives(linked.attachment.content)
        ]
    statements = tuple(statement for policy in found for statement in policy.statements)
    return Policy(statements, found[0].location, tuple(one for policy in found for one in policy.rest))


def _says(policy: Policy) -> tuple[object, ...]:
    """What a document says; what is unresolved under one name on both sides is the same."""
    return (policy.statements, [(when, symbol.name) for when, symbol in policy.rest])


def changes(old: Iterable[Attachment], new: Iterable[Attachment]) -> Iterator[PolicyChange]:
    """How the policies of two configurations differ; those that allow the same are left out."""
    before = {(one.resource, one.kind): one for one in old}
    after = {(one.resource, one.kind): one for one in new}
    for key in dict.fromkeys((*after, *before)):
        one, other = before.get(key), after.get(key)
        place = (one or other).location  # type: ignore[union-attr]  # a key is of one of them
        nothing = Policy((), place)
        if one is not None and other is not None and _says(one.policy) == _says(other.policy):
            continue
        difference = compare(one.policy if one else nothing, other.policy if other else nothing, key[1])
        yield PolicyChange(
            key[0],
            key[1],
            one.location if one else None,
            other.location if other else None,
            difference,
            bool(other and other.public_blocked),
        )
