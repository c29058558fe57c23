"""Joining attachments with what they are attached to: once, for all languages, with three-valued equality.

Identity comes before name: a reference that was read from a bucket resource belongs to that bucket, whatever it is called. Only a
reference that comes from elsewhere is compared by its text, hole by hole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from auditor.foundation.equality import same_text
from auditor.foundation.mentions import Mentions
from auditor.foundation.value import (
    ALWAYS,
    Domain,
    Known,
    Symbol,
    Text,
    Truth,
    Unknown,
    Value,
    When,
    alternatives,
    any_of,
    is_text,
    origin_of,
    shown,
    text_of,
    text_parts,
)
from auditor.model import (
    OF_BUCKET,
    Attachment,
    Bucket,
    BucketDeclaration,
    Declarations,
    Declared,
    Estate,
    GrantDeclaration,
    IamIdentity,
    IdentityDeclaration,
    IdentityKind,
    IdentityPolicyDeclaration,
    Key,
    KeyDeclaration,
    Kind,
    Linked,
    MembershipDeclaration,
    Opaque,
    Owner,
    Slot,
)

_BUCKET_ARN = "arn:aws:s3:::"


def link(roots: Sequence[Declarations]) -> tuple[Bucket, ...]:
    """The buckets of all roots with what belongs to them, in the order of roots and declarations.

    A bucket that the code only refers to (an attachment's target that is declared nowhere) becomes a bucket whose declaration is not
    `managed`. An attachment whose bucket has a resolved name may lie in another root than the bucket; but raw documents, which tell what
    is, are not mixed with code, which tells what will be.
    """
    named: dict[str, list[str]] = {}
    code = [root for root in roots if root.language != "json"]
    for root in code:
        for bucket in root.buckets:
            if bucket.managed and isinstance(bucket.name, Known):
                named.setdefault(str(bucket.name.value), []).append(root.root)
    elsewhere = {
        root.root: [
            attachment
            for other in code
            if other is not root
            for attachment in other.attachments
            if _names_a_bucket_of(attachment, named, root.root, other.root)
        ]
        for root in code
        if root.buckets
    }
    return tuple(bucket for root in roots for bucket in _link_root(root, elsewhere.get(root.root, []), named))


def _names_a_bucket_of(attachment: Attachment, named: dict[str, list[str]], root: str, own: str) -> bool:
    """Whether an attachment of another root has a resolved bucket name that only this root declares."""
    if attachment.kind.owner is not Owner.BUCKET or attachment.inline or not isinstance(attachment.target, Known):
        return False
    owners = named.get(str(attachment.target.value).removeprefix(_BUCKET_ARN), [])
    return owners == [root] and root != own


def _link_root(root: Declarations, elsewhere: Sequence[Attachment], named: dict[str, list[str]]) -> Iterator[Bucket]:
    estate = estate_of(root)
    own = [attachment for attachment in root.attachments if attachment.kind.owner is Owner.BUCKET]
    found: dict[tuple[str, Kind], list[Linked]] = {}
    possible: dict[tuple[str, Kind], list[Linked]] = {}
    outside: dict[str, tuple[BucketDeclaration, list[Linked]]] = {}
    for attachment in (*own, *elsewhere):
        for when, target in alternatives(attachment.target, attachment.when):
            certain, perhaps = _candidates(target, root.buckets)
            for bucket in certain:
                found.setdefault((bucket.address, attachment.kind), []).append(Linked(attachment, _given(when, bucket)))
            for bucket in perhaps:
                belongs = _belonging(attachment, target, bucket.address)
                possible.setdefault((bucket.address, attachment.kind), []).append(
                    Linked(attachment, _given(when, bucket).and_(belongs))
                )
            resolved = isinstance(target, Known) and str(target.value).removeprefix(_BUCKET_ARN) in named
            if not certain and attachment in own and not resolved:
                declaration = _outside(attachment, target)
                outside.setdefault(declaration.address, (declaration, []))[1].append(Linked(attachment, when))
    unevaluated = _Unevaluated(root)
    for bucket in root.buckets:
        opaque = unevaluated.about(bucket)
        slots = {
            kind: _slot(
                found.get((bucket.address, kind), []),
                possible.get((bucket.address, kind), []),
                _configuring(kind, opaque),
                several=kind.several,
            )
            for kind in OF_BUCKET
        }
        yield Bucket(bucket, root.root, root.language, slots, estate)
    unread = [one for one in root.opaque if one.unread]
    for declaration, linked in outside.values():
        slots = {
            kind: _slot([one for one in linked if one.attachment.kind is kind], [], _configuring(kind, unread))
            for kind in OF_BUCKET
        }
        yield Bucket(declaration, root.root, root.language, slots, estate)


def _given(when: When, declared: Declared) -> When:
    """The conditions that are left when something exists: what shares its conditions is there whenever it is."""
    return When(when.literals - declared.when.literals) if declared.when.literals else when


def _configuring(kind: Kind, opaque: Iterable[Opaque]) -> list[Opaque]:
    """What of something that was not evaluated can configure something of a kind."""
    return [one for one in opaque if one.kinds is None or kind in one.kinds]


def _slot(found: list[Linked], possible: list[Linked], opaque: Sequence[Opaque], *, several: bool = False) -> Slot:
    """One slot; what is certainly attached rules out what only may belong here, but where a bucket may have several of the kind.

    Code that could not be read is not ruled out: it may be as certain as what was read.
    """
    found = sorted(found, key=lambda linked: linked.when != ALWAYS)
    unread = tuple(dict.fromkeys(one.symbol for one in opaque if one.unread))
    if found and found[0].when == ALWAYS and not several:
        return Slot(tuple(found), (), unread)
    return Slot((*found, *possible), tuple(dict.fromkeys(one.symbol for one in opaque if not one.unread)), unread)


def _candidates(target: Value, buckets: Sequence[BucketDeclaration]) -> tuple[list[BucketDeclaration], list[BucketDeclaration]]:
    """The buckets that a reference certainly means, or else those that it may mean."""
    origin = origin_of(target)
    certain = [bucket for bucket in buckets if origin is not None and bucket.address == origin]
    if certain:
        return certain, []
    reference = bucket_reference(target)
    if reference is None:
        return [], list(buckets)
    answers = [(same_text(reference, bucket.name), bucket) for bucket in buckets]
    certain = [bucket for answer, bucket in answers if answer is Truth.TRUE]
    if certain:
        return certain, []
    return [], [bucket for answer, bucket in answers if answer is Truth.UNKNOWN]


def bucket_reference(target: Value) -> Text | None:
    """The bucket's name in a reference by name, id or ARN; None when the reference is not text."""
    if not is_text(target):
        return None
    parts = text_parts(target)
    if parts and isinstance(parts[0], str) and parts[0].startswith(_BUCKET_ARN):
        return text_of((parts[0].removeprefix(_BUCKET_ARN), *parts[1:]))
    return target


def _belonging(attachment: Attachment, target: Value, address: str) -> Symbol:
    """The unknown condition that an attachment belongs to a bucket."""
    symbol = target.symbol if isinstance(target, Unknown) else None
    return Symbol(
        f"{attachment.address} belongs to {address}",
        symbol.reason if symbol else f"the bucket of {attachment.address} is not resolved",
        symbol.hint if symbol else "",
        attachment.location,
    )


def _outside(attachment: Attachment, target: Value) -> BucketDeclaration:
    """The bucket that an attachment refers to and that is declared nowhere."""
    reference = bucket_reference(target)
    origin = origin_of(target)
    if isinstance(reference, Known) and reference.value is not None:
        address = origin or str(reference.value)
    elif reference is not None and not isinstance(reference, Known):
        address = origin or shown(text_parts(reference))
    else:
        address = f"the bucket of {attachment.address}"
    name = reference if reference is not None else Unknown(Symbol(address, "the reference is not resolved"))
    return BucketDeclaration(
        address,
        attachment.location,
        name=name,
        calls=attachment.calls,
        managed=False,
        region=Unknown(Symbol(f"region of {address}", "the bucket is declared elsewhere", domain=Domain.REGION)),
        account=Unknown(Symbol(f"account of {address}", "the bucket is declared elsewhere", domain=Domain.ACCOUNT)),
    )


class _Unevaluated:
    """What of a root could not be evaluated.

    Args:
        root: the root.
    """

    def __init__(self, root: Declarations) -> None:
        self._all = [(one, Mentions(one.given)) for one in root.opaque]

    def about(self, declaration: Declared, kind: Kind | None = None) -> list[Opaque]:
        """What may be about a bucket, key or role (it is handed it, or could not even be read), and can configure something of a kind."""
        called = _called(declaration)
        return [
            one
            for one, given in self._all
            if (kind is None or one.kinds is None or kind in one.kinds)
            and (one.unread or given.refer_to(declaration.address, called))
        ]


def _called(declaration: Declared) -> tuple[Text, ...]:
    """What tells a bucket, key or role in a text about it."""
    match declaration:
        case BucketDeclaration(name=name):
            return (name,)
        case KeyDeclaration(key_id=key_id):
            return (key_id,)
        case IdentityDeclaration(name=name):
            return (name,)
    return ()


def is_blank(value: Text) -> bool:
    """Whether a text is certainly empty or null."""
    return not text_parts(value)


def estate_of(root: Declarations) -> Estate:
    """What a root declares beside its buckets, with what belongs to it."""
    policies = [attachment for attachment in root.attachments if attachment.kind is Kind.KEY_POLICY]
    unevaluated = _Unevaluated(root)
    return Estate(
        keys=tuple(_key(declaration, policies, root, unevaluated) for declaration in root.keys),
        aliases=root.aliases,
        account_public_access_block=_slot(
            [Linked(attachment, attachment.when) for attachment in root.account_public_access_blocks],
            [],
            [one for one in _configuring(Kind.ACCOUNT_PUBLIC_ACCESS_BLOCK, root.opaque) if one.unread or one.kinds is not None],
        ),
        identities=tuple(_identity(one, root, unevaluated) for one in root.identities if one.kind is not IdentityKind.GROUP),
    )


def _identity(declaration: IdentityDeclaration, root: Declarations, unevaluated: _Unevaluated) -> IamIdentity:
    policies = list(_policies_of(declaration, root))
    perhaps = [opaque.symbol for opaque in unevaluated.about(declaration, Kind.ROLE_POLICY)]
    if declaration.kind is IdentityKind.USER:
        for when, group in _groups_of(declaration, root):
            if isinstance(group, Symbol):
                perhaps.append(group)
            else:
                policies.extend((within.also(when), policy) for within, policy in _policies_of(group, root))
                perhaps.extend(one.symbol for one in unevaluated.about(group, Kind.ROLE_POLICY))
    return IamIdentity(declaration, root.root, root.language, tuple(policies), tuple(dict.fromkeys(perhaps)))


def _policies_of(declaration: IdentityDeclaration, root: Declarations) -> Iterator[tuple[When, IdentityPolicyDeclaration]]:
    """The policies that are, or may be, attached to one identity."""
    for policy in root.identity_policies:
        if policy.kind is not declaration.kind:
            continue
        for when, target in alternatives(policy.identity, policy.when):
            match is_identity(target, declaration):
                case Truth.TRUE:
                    yield _given(when, declaration), policy
                case Truth.UNKNOWN:
                    symbol = Symbol(
                        f"{policy.address} belongs to {declaration.address}",
                        f"the {declaration.kind.value} of {policy.address} is not resolved",
                        location=policy.location,
                    )
                    yield _given(when, declaration).and_(symbol), policy


def _groups_of(user: IdentityDeclaration, root: Declarations) -> Iterator[tuple[When, IdentityDeclaration | Symbol]]:
    """The groups that a user is, or may be, in; a symbol for one that is not in the code."""
    for membership in root.memberships:
        for when, member in alternatives(membership.user, membership.when):
            named = is_identity(member, user)
            if named is Truth.FALSE:
                continue
            perhaps = Symbol(f"{membership.address} names {user.address}", "its user is not resolved")
            there = when if named is Truth.TRUE else when.and_(perhaps)
            for within, group in alternatives(membership.group, there):
                yield from _groups(within, group, root, membership)


def _groups(
    when: When, group: Value, root: Declarations, membership: MembershipDeclaration
) -> Iterator[tuple[When, IdentityDeclaration | Symbol]]:
    declared = [(one, is_identity(group, one)) for one in root.identities if one.kind is IdentityKind.GROUP]
    certain = [one for one, answer in declared if answer is Truth.TRUE]
    for one in certain:
        yield when.also(one.when), one
    if not certain:
        name = shown(text_parts(group)) if is_text(group) else "a group"
        yield (
            when,
            Symbol(
                f"the policies of the group {name}",
                "they are not in the code",
                "audit the code that declares the group",
                membership.location,
            ),
        )


def is_identity(target: Value, declaration: IdentityDeclaration) -> Truth:
    """Whether a reference by name or ARN means an identity."""
    origin = origin_of(target)
    if origin is not None:
        return Truth.of(origin == declaration.address)
    if not is_text(target):
        return Truth.UNKNOWN
    return any_of((same_text(target, declaration.name), same_text(target, declaration.arn)))


def _key(declaration: KeyDeclaration, policies: Iterable[Attachment], root: Declarations, unevaluated: _Unevaluated) -> Key:
    found: list[Linked] = []
    possible: list[Linked] = []
    for attachment in policies:
        for when, target in alternatives(attachment.target, attachment.when):
            match is_key(target, declaration):
                case Truth.TRUE:
                    found.append(Linked(attachment, _given(when, declaration)))
                case Truth.UNKNOWN:
                    possible.append(
                        Linked(attachment, _given(when, declaration).and_(_belonging(attachment, target, declaration.address)))
                    )
    inline = any(linked.attachment.inline for linked in found)
    slot = _slot(found, [] if inline else possible, unevaluated.about(declaration, Kind.KEY_POLICY))
    return Key(declaration, root.root, root.language, slot, tuple(_grants(declaration, root, unevaluated)))


def _grants(declaration: KeyDeclaration, root: Declarations, unevaluated: _Unevaluated) -> Iterator[tuple[When, GrantDeclaration]]:
    """The grants that are, or may be, for a key."""
    for grant in root.grants:
        for when, target in alternatives(grant.target, grant.when):
            match is_key(target, declaration):
                case Truth.TRUE:
                    yield when, grant
                case Truth.UNKNOWN:
                    yield when.and_(Symbol(f"{grant.address} is for {declaration.address}", "its key is not resolved")), grant
    for opaque in unevaluated.about(declaration, Kind.KEY_GRANT):
        if opaque.unread or opaque.kinds is not None:
            unknown = Unknown(opaque.symbol, opaque.location)
            yield opaque.when, GrantDeclaration(opaque.address, opaque.location, grantee=unknown, operations=unknown)


def is_key(target: Value, declaration: KeyDeclaration) -> Truth:
    """Whether a reference by id or ARN means a key."""
    origin = origin_of(target)
    if origin is not None and origin == declaration.address:
        return Truth.TRUE
    if not is_text(target):
        return Truth.UNKNOWN
    return any_of((same_text(target, declaration.arn), same_text(target, declaration.key_id)))
