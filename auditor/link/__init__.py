"""Joining attachments with what they are attached to: once, for all languages, with three-valued equality.

Identity comes before name: a reference that was read from a bucket resource belongs to that bucket, whatever it is called. Only a
reference that comes from elsewhere is compared by its text, hole by hole.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from auditor.foundation.equality import Lookup, are_apart, known_by, same_text
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
    is_text,
    origin_of,
    shown,
    text_of,
    text_parts,
    texts_in,
)
from auditor.lazy.expressions import regex
from auditor.link.exclusive import AttachedPolicy, Claims
from auditor.link.meant import is_identity, is_key, is_misnamed
from auditor.model import (
    OF_BUCKET,
    AliasDeclaration,
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

_Whole = BucketDeclaration | KeyDeclaration | IdentityDeclaration
_BUCKET_ARN = regex(r"arn:(?:aws|aws-cn|aws-us-gov):s3:::")
# Where an attachment may belong to more buckets of a root than these, it is not weighed for each of them.
_MOST_MEANT = 500
_LONGEST_NAME = 100


def link(roots: Sequence[Declarations], broken: Callable[[str, Exception], object] | None = None) -> tuple[Bucket, ...]:
    """The buckets of all roots with what belongs to them, in the order of roots and declarations.

    A bucket that the code only refers to (an attachment's target that is declared nowhere) becomes a bucket whose declaration is not
    `managed`. An attachment whose bucket has a resolved name may lie in another root than the bucket; but raw documents, which tell what
    is, are not mixed with code, which tells what will be.

    Args:
        roots: what was read.
        broken: is told of a root on which the program breaks down, and of how; the others are linked. Without it, that is raised.
    """
    code = _Roots([root for root in roots if root.language != "json"])
    elsewhere: dict[str, list[Attachment]] = {}
    found: list[Bucket] = []
    steps = (
        *((root, functools.partial(_share, root, code, elsewhere)) for root in code.all),
        *((root, functools.partial(_link_into, root, code, elsewhere, found)) for root in roots),
    )
    for root, step in steps:
        try:
            step()
        except Exception as error:
            if broken is None:
                raise
            broken(root.root, error)
    return tuple(found)


class _Roots:
    """All roots of code, with the buckets that they declare.

    Args:
        roots: they.
    """

    def __init__(self, roots: Sequence[Declarations]) -> None:
        self.all = roots
        self.by_name = {root.root: root for root in roots}
        self._named: dict[str, list[tuple[str, BucketDeclaration]]] = {}
        for root in roots:
            for bucket in root.buckets:
                if bucket.managed and isinstance(bucket.name, Known):
                    self._named.setdefault(str(bucket.name.value), []).append((root.root, bucket))

    def declaring(self, target: Value) -> list[str]:
        """The roots that declare the bucket of a resolved name, or of which it was given as an output."""
        if isinstance(target, Known):
            return [root for root, _ in self._named.get(_BUCKET_ARN.sub("", str(target.value), 1), ())]
        there = self._there(target)
        return [there[1].root] if there and any(bucket.address == there[0] for bucket in there[1].buckets) else []

    def certainly_declaring(self, bucket: BucketDeclaration) -> str:
        """The one root that declares, whatever is unresolved, a bucket that another one only refers to; empty where that is not certain.

        Source: Amazon S3 User Guide, "General purpose bucket naming rules": a name is that of one bucket in all accounts of a partition.
        """
        if bucket.managed or not isinstance(bucket.name, Known):
            return ""
        match self._named.get(str(bucket.name.value), ()):
            case [(root, declared)] if declared.when == ALWAYS:
                return root
        return ""

    def keys_given(self, contents: Iterable[Value]) -> Iterator[tuple[Declarations, set[str]]]:
        """The roots of which some values were given keys or aliases as outputs, each with the addresses of these in it."""
        found: dict[str, set[str]] = {}
        for there in filter(None, map(self._there, itertools.chain.from_iterable(map(texts_in, contents)))):
            found.setdefault(there[1].root, set()).add(there[0])
        for root, addresses in found.items():
            yield self.by_name[root], addresses

    def _there(self, value: Value) -> tuple[str, Declarations] | None:
        """The address, in another root, of what a value was read from there."""
        origin = origin_of(value)
        if origin is None or not _is_elsewhere(origin):
            return None
        from auditor.link.another_root import owner_of

        there = owner_of(origin, self.by_name)
        return there and (there[0], self.by_name[there[1]])


def _is_elsewhere(address: str) -> bool:
    """Whether an address is of another root, as `another_root.naming` writes it: one of the own root ends otherwise."""
    return address.endswith(")")


def _share(root: Declarations, code: _Roots, elsewhere: dict[str, list[Attachment]]) -> None:
    """Hands the attachments of a root that belong to a bucket of another one over to that."""
    for attachment in root.attachments:
        if attachment.kind.owner is Owner.BUCKET and not attachment.inline:
            owners = code.declaring(attachment.target)
            if len(owners) == 1 and owners[0] != root.root:
                elsewhere.setdefault(owners[0], []).append(_from_another(attachment, root.root, code, owners[0]))


def _link_into(root: Declarations, code: _Roots, elsewhere: dict[str, list[Attachment]], found: list[Bucket]) -> None:
    """Adds the buckets of a root, all or none."""
    others = elsewhere.get(root.root, []) if root.language != "json" else []
    if root.buckets or root.attachments or others:  # most roots have to do with no bucket
        found.extend([*_link_root(root, others, code)])


def _from_another(attachment: Attachment, root: str, code: _Roots, seer: str) -> Attachment:
    """An attachment of another root: a variable or resource of that root is not one of the same name here."""
    from auditor.link.another_root import declared_seen, naming

    seen = declared_seen(attachment, naming(root, code.by_name, seer))
    target = replace(attachment.target, origin=None) if isinstance(attachment.target, Known) else seen.target
    return replace(seen, address=attachment.address, target=target)


def _with_keys_given(estate: Estate, root: Declarations, parts: Iterable[Attachment], code: _Roots) -> Estate:
    """What a root declares beside its buckets, with the keys of other roots, and aliases of these, that it is given as outputs."""
    given = [*code.keys_given(part.content for part in parts if part.kind is Kind.ENCRYPTION)]
    if not given:
        return estate
    from auditor.link.another_root import declared_seen, key_seen, naming

    keys: list[Key] = []
    aliases: list[AliasDeclaration] = []
    for other, addresses in given:
        named = naming(other.root, code.by_name, root.root)
        there = [alias for alias in other.aliases if alias.address in addresses]
        meant = {*addresses, *(origin_of(target) for alias in there for _, target in alternatives(alias.target))}
        keys += [key_seen(key, named) for key in estate_of(other).keys if key.address in meant]
        aliases += [declared_seen(alias, named) for alias in there]
    return replace(estate, keys=(*estate.keys, *keys), aliases=(*estate.aliases, *aliases))


def _link_root(root: Declarations, elsewhere: Sequence[Attachment], code: _Roots) -> Iterator[Bucket]:
    estate = _with_keys_given(estate_of(root), root, (*root.attachments, *elsewhere), code)
    own = [attachment for attachment in root.attachments if attachment.kind.owner is Owner.BUCKET]
    found: dict[tuple[str, Kind], list[Linked]] = {}
    possible: dict[tuple[str, Kind], list[Linked]] = {}
    outside: dict[str, tuple[BucketDeclaration, list[Linked]]] = {}
    taken: set[str] = set()
    unresolved: dict[Kind, list[Attachment]] = {}
    declared = _Buckets(root.buckets)
    for attachment, is_own in (*((one, True) for one in own), *((one, False) for one in elsewhere)):
        for when, target in alternatives(attachment.target, attachment.when):
            certain, perhaps = declared.meant(target)
            if len(perhaps) > _MOST_MEANT:
                unresolved.setdefault(attachment.kind, []).append(attachment)
                perhaps = ()
            wrongly = [bucket for bucket in certain if is_misnamed(target, bucket.name)]
            for bucket in certain if not wrongly else ():
                accepted = _given(when, bucket).also(_if_accepted(attachment, bucket))
                found.setdefault((bucket.address, attachment.kind), []).append(Linked(attachment, accepted))
            for bucket in (*perhaps, *wrongly):
                belongs = _belonging(attachment, target, bucket)
                possible.setdefault((bucket.address, attachment.kind), []).append(
                    Linked(attachment, _given(when, bucket).and_(belongs), certain=False)
                )
            if not certain and is_own and not code.declaring(target) and not (attachment.of_plan and perhaps):
                referred = _referred(attachment, target)
                if perhaps and declared.is_instance(referred):
                    continue
                if referred not in outside:
                    outside[referred] = (_outside(attachment, target, referred, taken, root.opaque), [])
                    taken.add(outside[referred][0].address)
                declaration, linked = outside[referred]
                if is_misnamed(target, declaration.name):
                    linked.append(Linked(attachment, when.and_(_belonging(attachment, target, declaration)), certain=False))
                else:
                    linked.append(Linked(attachment, when))
    for one in _configured(root, estate, found, possible, unresolved):
        declaring = code.certainly_declaring(one.declaration) if root.root in code.by_name else ""
        yield replace(one, declared_in=declaring) if declaring else one
    unread = [one for one in root.opaque if one.unread]
    for declaration, linked in outside.values():
        slots = {
            kind: _slot(
                [one for one in linked if one.attachment.kind is kind and one.certain],
                [one for one in linked if one.attachment.kind is kind and not one.certain],
                _configuring(kind, unread),
            )
            for kind in OF_BUCKET
        }
        yield Bucket(declaration, root.root, root.language, slots, estate)


def _configured(
    root: Declarations,
    estate: Estate,
    found: Mapping[tuple[str, Kind], list[Linked]],
    possible: Mapping[tuple[str, Kind], list[Linked]],
    unresolved: Mapping[Kind, list[Attachment]],
) -> Iterator[Bucket]:
    """The buckets that a root declares, each with what belongs to it.

    Args:
        root: it.
        estate: what it declares beside them.
        found: what belongs to the bucket of an address, by the kind of configuration.
        possible: what may belong to it, likewise.
        unresolved: what may belong to any bucket.
    """
    unevaluated = _Unevaluated(root)
    anywhere = [_anywhere(kind, attachments) for kind, attachments in unresolved.items()]
    for bucket in root.buckets:
        opaque = (*unevaluated.about(bucket), *anywhere)
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


def _anywhere(kind: Kind, attachments: Sequence[Attachment]) -> Opaque:
    """Attachments of a kind of which each may belong to any of very many buckets: one reason for all, whatever they say."""
    first = attachments[0]
    more = f" and of {len(attachments) - 1} more like it" if len(attachments) > 1 else ""
    reason = f"the bucket of {first.address}{more} is not resolved"
    symbol = Symbol(f"{first.address} belongs here", reason, "resolve the buckets of the attachments", first.location)
    return Opaque(first.address, first.location, symbol=symbol, kinds=frozenset({kind}))


def _given(when: When, declared: Declared) -> When:
    """The conditions that are left when something exists: what shares its conditions is there whenever it is."""
    return When(when.literals - declared.when.literals) if declared.when.literals else when


def _if_accepted(part: Attachment | GrantDeclaration, whole: BucketDeclaration | KeyDeclaration) -> When:
    """The unknown condition that AWS takes what another account applies, or what is applied in another Region than that of the bucket or key.

    That it takes a policy from no other account is certain (`proofs.refused`).
    Source: Amazon S3 API Reference, PutBucketCors, PutBucketEncryption and their like: the bucket owner has the permission, and can grant it;
    "Error responses": S3 redirects a request at the endpoint of another Region (PermanentRedirect, TemporaryRedirect), which not every
    client follows. AWS KMS API Reference, CreateGrant: cross-account use by the ARN of the key, where its policy allows that.
    """
    of_owner = isinstance(part, Attachment) and part.kind in (Kind.POLICY, Kind.KEY_POLICY)
    if whole.managed and not of_owner and are_apart(part.account, whole.account):
        how, hint = "by another account", "apply it by the account"
    elif whole.managed and are_apart(part.region, whole.region):
        how, hint = "in another Region", "apply it in the Region"
    else:
        return ALWAYS
    noun = "bucket" if isinstance(whole, BucketDeclaration) else "key"
    reason = f"{part.address} is applied {how} than that of {whole.address}"
    return ALWAYS.and_(Symbol(f"AWS accepts {part.address}", reason, f"{hint} of the {noun}", part.location))


def _configuring(kind: Kind, opaque: Iterable[Opaque]) -> list[Opaque]:
    """What of something that was not evaluated can configure something of a kind."""
    return [one for one in opaque if one.kinds is None or kind in one.kinds]


def _slot(found: list[Linked], possible: list[Linked], opaque: Sequence[Opaque], *, several: bool = False) -> Slot:
    """One slot; what is certainly attached rules out what only may belong here, but where a bucket may have several of the kind.

    Code that could not be read is not ruled out: it may be as certain as what was read. Nor are commands that write it.
    """
    found = sorted(found, key=lambda linked: linked.when != ALWAYS)
    unread = tuple(dict.fromkeys(one.symbol for one in opaque if one.unread or one.overrides))
    if found and found[0].when == ALWAYS and not several:
        return Slot(tuple(found), (), unread)
    return Slot((*found, *possible), tuple(dict.fromkeys(one.symbol for one in opaque if one.symbol not in unread)), unread)


class _Buckets:
    """The buckets of a root, to be found by references.

    Args:
        buckets: they.
    """

    def __init__(self, buckets: Sequence[BucketDeclaration]) -> None:
        self._all = buckets
        self._open = tuple(bucket for bucket in buckets if not isinstance(bucket.name, Known))
        self._lookup = Lookup(buckets, lambda bucket: (bucket.address, known_by(bucket.name)))

    def is_instance(self, reference: str) -> bool:
        """Whether a reference is to an instance, by a key that is unresolved, of a resource that makes buckets of the root."""
        return any(
            reference.startswith(f"{bucket.address.rpartition('[')[0]}[") for bucket in self._all if bucket.address.endswith("]")
        )

    def meant(self, target: Value) -> tuple[Sequence[BucketDeclaration], Sequence[BucketDeclaration]]:
        """The buckets that a reference certainly means, or else those that it may mean."""
        if certain := self._lookup.of(origin_of(target)):
            return certain, ()
        reference = bucket_reference(target)
        if reference is None:
            return (), self._all
        if certain := self._lookup.of(known_by(reference)):
            return certain, ()
        if len(self._all) > _MOST_MEANT and not isinstance(reference, Known):
            return (), self._all
        # A resolved name is certainly not that of a bucket with another one.
        others = self._open if isinstance(reference, Known) else self._all
        return (), tuple(bucket for bucket in others if same_text(reference, bucket.name) is Truth.UNKNOWN)


def bucket_reference(target: Value) -> Text | None:
    """The bucket's name in a reference by name, id or ARN; None when the reference is not text."""
    if not is_text(target):
        return None
    parts = text_parts(target)
    if parts and isinstance(parts[0], str) and (start := _BUCKET_ARN.match(parts[0])):
        return text_of((parts[0][start.end() :], *parts[1:]))
    return target


def _belonging(part: Attachment | IdentityPolicyDeclaration, target: Value, whole: _Whole) -> Symbol:
    """The unknown condition that an attachment or policy belongs to what its target may mean."""
    noun = whole.kind.value if isinstance(whole, IdentityDeclaration) else "key" if isinstance(whole, KeyDeclaration) else "bucket"
    name = f"{part.address} belongs to {whole.address}"
    if not isinstance(whole, KeyDeclaration) and is_misnamed(target, whole.name):
        reason = f"{part.address} has something else than the name of the {noun}"
        return Symbol(name, reason, f"give it the name of the {noun}", part.location)
    symbol = target.symbol if isinstance(target, Unknown) else None
    reason = symbol.reason if symbol else f"the {noun} of {part.address} is not resolved"
    return Symbol(name, reason, symbol.hint if symbol else "", part.location)


def _referred(attachment: Attachment, target: Value) -> str:
    """What an attachment refers to as its bucket: two with the same refer to one bucket."""
    reference = bucket_reference(target)
    origin = origin_of(target)
    if isinstance(reference, Known) and reference.value is not None:
        return origin if origin and not _is_elsewhere(origin) else str(reference.value)
    if reference is not None and not isinstance(reference, Known):
        return origin or shown(text_parts(reference))
    return f"the bucket of {attachment.address}"


def _outside(
    attachment: Attachment, target: Value, referred: str, taken: Collection[str], opaque: Iterable[Opaque]
) -> BucketDeclaration:
    """The bucket that an attachment refers to and that is declared nowhere; something that could not be evaluated may make it.

    It is called what it is referred to, where that is a name or reference, and not an expression that fails or fills lines.
    """
    reference = bucket_reference(target)
    is_readable = len(referred) <= _LONGEST_NAME and not referred.startswith(("failure of ", "failure: "))
    named = (f"bucket {number} of {attachment.address}" for number in itertools.count(2))
    called = itertools.chain([referred] if is_readable else [], [f"the bucket of {attachment.address}"], named)
    address = next(one for one in called if one not in taken)
    name = reference if reference is not None else Unknown(Symbol(address, "the reference is not resolved"))
    return BucketDeclaration(
        address,
        attachment.location,
        name=name,
        calls=attachment.calls,
        managed=False,
        region=Unknown(Symbol(f"region of {address}", "the bucket is declared elsewhere", domain=Domain.REGION)),
        account=Unknown(Symbol(f"account of {address}", "the bucket is declared elsewhere", domain=Domain.ACCOUNT)),
        maker=next((one.symbol for one in opaque if referred.startswith(f"{one.address}.")), None),
    )


class _Unevaluated:
    """What of a root could not be evaluated.

    Args:
        root: the root.
    """

    def __init__(self, root: Declarations) -> None:
        self._all = [(one, Mentions(one.given)) for one in root.opaque]
        self._any = Mentions(value for one in root.opaque for value in one.given)

    def about(self, declaration: Declared, kind: Kind | None = None) -> list[Opaque]:
        """What may be about a bucket, key or role (it is handed it, or could not even be read), and can configure something of a kind."""
        called = _called(declaration)
        handed = self._any.refer_to(declaration.address, called)
        return [
            one
            for one, given in self._all
            if (kind is None or one.kinds is None or kind in one.kinds)
            and (one.unread or (handed and given.refer_to(declaration.address, called)))
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
    unevaluated = _Unevaluated(root)
    return Estate(
        keys=tuple(_keys(root, unevaluated)),
        aliases=root.aliases,
        account_public_access_block=_slot(
            [Linked(attachment, attachment.when) for attachment in root.account_public_access_blocks],
            [],
            [one for one in _configuring(Kind.ACCOUNT_PUBLIC_ACCESS_BLOCK, root.opaque) if one.unread or one.kinds is not None],
        ),
        identities=tuple(_identities(root, unevaluated)),
        organization_policies=root.organization_policies,
    )


def _identities(root: Declarations, unevaluated: _Unevaluated) -> Iterator[IamIdentity]:
    """The roles and users of a root with the policies that are, or may be, attached to them."""
    claims = Claims(root.exclusive)
    attached = _attached(root)
    for one in root.identities:
        if one.kind is not IdentityKind.GROUP:
            yield _identity(one, root, attached, claims, unevaluated)


def _attached(root: Declarations) -> Mapping[int, list[AttachedPolicy]]:
    """The policies that resources attach, or may attach, to each identity of a root, by its `id`."""
    named = Lookup(root.identities, lambda one: (one.address,))
    found: dict[int, list[AttachedPolicy]] = {}
    for policy in root.identity_policies:
        for when, target in alternatives(policy.identity, policy.when):
            origin = origin_of(target)
            for declaration in named.of(origin) if origin is not None else root.identities:
                means = is_identity(target, declaration) if _are_near(policy, declaration) else Truth.FALSE
                belonging = _given(when, declaration)
                if means is Truth.UNKNOWN:
                    belonging = belonging.and_(_belonging(policy, target, declaration))
                if means is not Truth.FALSE:
                    found.setdefault(id(declaration), []).append((belonging, policy))
    return found


def _are_near(policy: IdentityPolicyDeclaration, identity: IdentityDeclaration) -> bool:
    """Whether a policy can be of an identity: it is for that kind of identity, and not attached in another account."""
    return policy.kind is identity.kind and not are_apart(policy.account, identity.account)


def _identity(
    declaration: IdentityDeclaration,
    root: Declarations,
    attached: Mapping[int, list[AttachedPolicy]],
    claims: Claims,
    unevaluated: _Unevaluated,
) -> IamIdentity:
    def own(one: IdentityDeclaration) -> tuple[list[AttachedPolicy], list[Symbol]]:
        found = attached.get(id(one), [])
        unread = [opaque.symbol for opaque in unevaluated.about(one, Kind.ROLE_POLICY)]
        return list(claims.in_force(found, one)), [*unread, *claims.not_written(found, one)]

    policies, perhaps = own(declaration)
    if declaration.kind is IdentityKind.USER:
        for when, group in _groups_of(declaration, root, claims):
            if isinstance(group, Symbol):
                perhaps.append(group)
            else:
                of_group, more = own(group)
                policies.extend((within.also(when), policy) for within, policy in of_group)
                perhaps.extend(more)
    return IamIdentity(declaration, root.root, root.language, tuple(policies), tuple(dict.fromkeys(perhaps)))


def _groups_of(
    user: IdentityDeclaration, root: Declarations, claims: Claims
) -> Iterator[tuple[When, IdentityDeclaration | Symbol]]:
    """The groups that a user is, or may be, in; a symbol for one that is not in the code."""
    for membership in root.memberships:
        for when, member in alternatives(membership.user, membership.when):
            named = is_identity(member, user)
            if named is Truth.FALSE:
                continue
            perhaps = Symbol(f"{membership.address} names {user.address}", "its user is not resolved")
            there = when if named is Truth.TRUE else when.and_(perhaps)
            for within, group in alternatives(membership.group, there):
                for exists, one in _groups(within, group, root, membership):
                    stays = ALWAYS if isinstance(one, Symbol) else claims.stays(membership, user, one)
                    yield exists.also(stays), one


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


def _keys(root: Declarations, unevaluated: _Unevaluated) -> Iterator[Key]:
    """The keys of a root with their policies and grants."""
    declared = _Keys(root.keys)
    policies: dict[int, list[tuple[Attachment, When, Truth]]] = {}
    grants: dict[int, list[tuple[When, GrantDeclaration]]] = {}
    for attachment in root.attachments:
        if attachment.kind is not Kind.KEY_POLICY:
            continue
        for when, target in alternatives(attachment.target, attachment.when):
            for number, means in declared.meant(target):
                belonging = _given(when, root.keys[number]).also(_if_accepted(attachment, root.keys[number]))
                if means is Truth.UNKNOWN:
                    belonging = belonging.and_(_belonging(attachment, target, root.keys[number]))
                policies.setdefault(number, []).append((attachment, belonging, means))
    for grant in root.grants:
        for when, target in alternatives(grant.target, grant.when):
            for number, means in declared.meant(target):
                symbol = Symbol(f"{grant.address} is for {root.keys[number].address}", "its key is not resolved")
                there = when.also(_if_accepted(grant, root.keys[number]))
                grants.setdefault(number, []).append((there.and_(symbol) if means is Truth.UNKNOWN else there, grant))
    for number, declaration in enumerate(root.keys):
        unread = _unread_grants(declaration, unevaluated)
        yield Key(
            declaration,
            root.root,
            root.language,
            _policy_of_key(policies.get(number, []), unevaluated.about(declaration, Kind.KEY_POLICY)),
            (*grants.get(number, ()), *unread),
        )


def _policy_of_key(linked: Sequence[tuple[Attachment, When, Truth]], opaque: Sequence[Opaque]) -> Slot:
    """The policy of a key; one that is written inside it rules out what only may be its."""
    found = [Linked(attachment, when) for attachment, when, means in linked if means is Truth.TRUE]
    possible = [Linked(attachment, when, certain=False) for attachment, when, means in linked if means is Truth.UNKNOWN]
    return _slot(found, [] if any(one.attachment.inline for one in found) else possible, opaque)


def _unread_grants(declaration: KeyDeclaration, unevaluated: _Unevaluated) -> Iterator[tuple[When, GrantDeclaration]]:
    """What may be granted on a key by what was not evaluated."""
    for opaque in unevaluated.about(declaration, Kind.KEY_GRANT):
        if opaque.unread or opaque.kinds is not None:
            unknown = Unknown(opaque.symbol, opaque.location)
            yield opaque.when, GrantDeclaration(opaque.address, opaque.location, grantee=unknown, operations=unknown)


class _Keys:
    """The keys of a root, to be found by references; each by its place among them.

    Args:
        keys: they.
    """

    def __init__(self, keys: Sequence[KeyDeclaration]) -> None:
        self._all = tuple(enumerate(keys))
        # What was read from a key that the code makes does not mean another one that it makes.
        self._referred = tuple((number, key) for number, key in self._all if not key.managed)
        self._made = Lookup((one for one in self._all if one[1].managed), lambda one: (one[1].address,))

    def meant(self, target: Value) -> Iterator[tuple[int, Truth]]:
        """The keys that a reference by id or ARN means or may mean."""
        made = self._made.of(origin_of(target))
        for number, key in sorted((*made, *self._referred), key=lambda one: one[0]) if made else self._all:
            means = is_key(target, key)
            if means is not Truth.FALSE:
                yield number, means
