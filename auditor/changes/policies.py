"""The policies of a configuration: of each bucket, key and role, one document each, whatever it was put together from."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from auditor.changes.in_force import TIED, in_force, storable
from auditor.comparison.access import Difference, PolicyKind, Relation, compare, is_anyone
from auditor.comparison.search import FoundRequest
from auditor.foundation.location import Location
from auditor.foundation.value import ALWAYS, Symbol, alternatives, is_null
from auditor.lazy.classes import dataclass
from auditor.model import Bucket, Estate, IamIdentity, Key, Slot
from auditor.model import Kind as Attached
from auditor.policy.document import Policy
from auditor.policy.parse import parse_policy
from auditor.policy.services.key_policies import default_key_policy

# Where a value came from: it is told, and says nothing.
_TOLD = ("origin", "source_map")


@dataclass(frozen=True, slots=True)
class AttachedPolicy:
    """The policy of a resource.

    Attributes:
        resource: the address of the bucket, key or role.
        kind: what the policy is attached to.
        policy: the document; one without statements where there is none.
        location: where it is written, else the resource.
        in_force: what decides: for a bucket, less what Block Public Access refuses, and with what the ACL grants; None for the policy itself.
        bucket: whose policy it is, None for another resource.
    """

    resource: str
    kind: PolicyKind
    policy: Policy
    location: Location
    in_force: Policy | None = None
    bucket: Bucket | None = None

    @property
    def is_limited(self) -> bool:
        """Whether something else than the policy itself decides."""
        return self.decides.statements != self.policy.statements

    @property
    def decides(self) -> Policy:
        """The statements that decide."""
        return self.in_force or self.policy


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """How the policy of a resource changed.

    Attributes:
        resource: its address; kind: what the policy is attached to.
        old, new: where it was and is written, None where the resource was not or is not there.
        difference: who gains and who loses what.
        same_document: whether the policy allows what it did, so that the difference is one of Block Public Access or of the ACL.
        blocked: requests that the document allows now and did not, and that Block Public Access refuses for the time being.
    """

    resource: str
    kind: PolicyKind
    old: Location | None
    new: Location | None
    difference: Difference
    same_document: bool = False
    blocked: tuple[FoundRequest, ...] = ()


def policies_of(buckets: Iterable[Bucket], estate: Estate) -> Iterator[AttachedPolicy]:
    """The policies of the buckets of a root, and of the keys and roles that it declares."""
    for bucket in buckets:
        yield from _of_bucket(bucket)
    yield from _of_keys(estate.keys)
    yield from _of_roles(estate.identities)


def _of_bucket(bucket: Bucket) -> Iterator[AttachedPolicy]:
    header = bucket.declaration.location
    policy = _of_slot(bucket.slot(Attached.POLICY), Policy((), header))
    yield AttachedPolicy(bucket.declaration.address, PolicyKind.BUCKET, policy, policy.location, in_force(bucket, policy), bucket)


def _of_keys(keys: Sequence[Key]) -> Iterator[AttachedPolicy]:
    for key in keys:
        declaration = key.declaration
        if declaration.managed:
            policy = _of_slot(key.policy, default_key_policy(declaration.account, declaration.location, declaration.partition))
            yield AttachedPolicy(declaration.address, PolicyKind.KEY, policy, policy.location)


def _of_roles(roles: Sequence[IamIdentity]) -> Iterator[AttachedPolicy]:
    for role in roles:
        declaration = role.declaration
        parts = [parse_policy(one.document, one.location).under(when) for when, one in role.policies]
        rest = tuple((ALWAYS, symbol) for symbol in role.perhaps)
        policy = Policy(tuple(statement for part in parts for statement in part.statements), declaration.location, rest)
        rests = tuple(one for part in parts for one in part.rest)
        yield AttachedPolicy(
            declaration.address, PolicyKind.IDENTITY, replace(policy, rest=(*policy.rest, *rests)), declaration.location
        )
        if not is_null(declaration.trust_policy):
            trust = parse_policy(declaration.trust_policy, declaration.location)
            yield AttachedPolicy(declaration.address, PolicyKind.TRUST, trust, trust.location)


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


def _says_the_same(one: Policy, other: Policy) -> bool:
    """Whether two documents say the same, wherever they say it; what is unresolved under one name on both sides is the same."""
    return _plain((one.statements, one.rest)) == _plain((other.statements, other.rest))


def _plain(part: object) -> object:
    """A part of a document without places, and without what is only told of it."""
    if isinstance(part, Location):
        return None
    if isinstance(part, Symbol):
        return Symbol, part.name
    if isinstance(part, tuple):
        return tuple(map(_plain, part))
    if isinstance(part, frozenset):
        return frozenset(map(_plain, part))
    if isinstance(part, Mapping):
        return tuple((key, _plain(value)) for key, value in part.items())
    if dataclasses.is_dataclass(part):
        names = (one.name for one in dataclasses.fields(part) if one.name not in _TOLD)
        return type(part), *(_plain(getattr(part, name)) for name in names)
    return part


def changes(
    old: Iterable[AttachedPolicy], new: Iterable[AttachedPolicy], present: Callable[[str], str] = str
) -> Iterator[PolicyChange]:
    """How the policies of two configurations differ; those that say the same are left out.

    Args:
        old: the policies before.
        new: the policies after.
        present: what something unresolved of the old side is called on the new one.
    """
    before = {(one.resource, one.kind): one for one in old}
    after = {(one.resource, one.kind): one for one in new}
    for key in dict.fromkeys((*after, *before)):
        one, other = before.get(key), after.get(key)
        nothing = AttachedPolicy(*key, Policy((), Location("")), Location(""))
        mine, stored = _as_put(one or nothing, nothing.policy)
        its, _ = _as_put(other or nothing, stored)
        same = one is not None and other is not None and _says_the_same(mine.decides, its.decides)
        if same and (not (mine.is_limited or its.is_limited) or _says_the_same(mine.policy, its.policy)):
            continue
        difference = _plainly(compare(mine.decides, its.decides, key[1], present), mine, its)
        of_documents = compare(mine.policy, its.policy, key[1], present) if mine.is_limited or its.is_limited else difference
        yield PolicyChange(
            *key,
            one.location if one else None,
            other.location if other else None,
            difference,
            same_document=one is not None and other is not None and of_documents.relation is Relation.EQUAL,
            blocked=tuple(_public(of_documents, difference)),
        )


def _as_put(one: AttachedPolicy, stored: Policy) -> tuple[AttachedPolicy, Policy]:
    """What decides once a policy was put, and the document that is then stored: the former one, where S3 refuses the policy.

    Args:
        one: the policy.
        stored: the document before.
    """
    taken = True if one.bucket is None else storable(one.bucket, one.policy)
    if one.bucket is None or taken is True:
        return one, one.policy
    document = one.policy.under(ALWAYS.and_(taken)) if isinstance(taken, Symbol) else stored
    return replace(one, in_force=in_force(one.bucket, document)), document


def _public(of_documents: Difference, gained: Difference) -> Iterator[FoundRequest]:
    """What the new document would let everybody do, and Block Public Access refuses."""
    certain = {(one.principal, one.action, one.resource) for one in gained.gained}
    for one in of_documents.gained:
        if is_anyone(one) and (one.principal, one.action, one.resource) not in certain:
            yield one


def _plainly(difference: Difference, *sides: AttachedPolicy) -> Difference:
    """The difference, its requests without the keys that follow from the caller and that no document tests."""
    written = {condition.key.lower() for side in sides for one in side.policy.statements for condition in one.conditions}
    left_out = {key for key in TIED if key.lower() not in written}

    def plain(found: FoundRequest) -> FoundRequest:
        return replace(found, context={key: value for key, value in found.context.items() if key not in left_out})

    return replace(difference, gained=tuple(map(plain, difference.gained)), lost=tuple(map(plain, difference.lost)))
