"""Where code mentions a consumer: its principal or account in a policy, its origin in a CORS configuration, a role that it assumes.

A number or name alone does not count: what does is who a policy is about.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from auditor.contract import Contract, Party, PartyKind
from auditor.cors import parse_cors
from auditor.foundation.json_text import parse_json
from auditor.foundation.location import Location
from auditor.foundation.value import Known, Text, Value, alternatives, shown, text_parts, texts_in
from auditor.lazy.answers import made_once
from auditor.lazy.classes import dataclass
from auditor.model import Attachment, Bucket, IamIdentity, Key, Kind
from auditor.policy import Policy, parse_policy
from auditor.proofs.consumer import trusts

# More documents than there are beside the buckets of most roots.
_KEPT = 256
_CALLER = ("aws:principalarn", "aws:principalaccount", "kms:calleraccount")


@dataclass(frozen=True, slots=True)
class Mention:
    """One place that mentions a consumer.

    Attributes:
        what: what is mentioned, as it is written.
        location: where.
    """

    what: str
    location: Location


def mentioning(
    buckets: Sequence[Bucket], contract: Contract, *, shared: frozenset[str] = frozenset(), denied: bool = True
) -> tuple[tuple[Bucket, tuple[Mention, ...]], ...]:
    """The buckets that mention a consumer, each with the places.

    The policy of a key that several buckets use speaks of those of them that mention the consumer themselves, where there are any.

    Args:
        buckets: the buckets, each with its key and the roles of its code.
        contract: the consumer.
        shared: what several consumers have in common (an account, a service, an identity provider), and so tells of none of them.
        denied: whether it counts where a consumer is the principal of a Deny: who is asked about by name is, who is only denied wants no proof.
    """
    about = _About(contract, shared, denied)
    itself = [tuple(_by_itself(bucket, about)) for bucket in buckets]
    taken = {key for bucket, found in zip(buckets, itself, strict=True) if found for key, _ in _keys(bucket)}
    told = []
    for bucket, found in zip(buckets, itself, strict=True):
        keys = [key for name, key in _keys(bucket) if found or name not in taken]
        by_key = (mention for key in keys for linked in key.policy.linked for mention in _in(linked.attachment, about))
        if mentions := (*found, *by_key):
            told.append((bucket, mentions))
    return tuple(told)


def mentions(bucket: Bucket, contract: Contract) -> bool:
    """Whether the configuration of a bucket, or that of its key, mentions a consumer."""
    return bool(mentioning((bucket,), contract))


@dataclass(frozen=True, slots=True)
class _About:
    """What counts as a mention: see `mentioning`."""

    contract: Contract
    shared: frozenset[str]
    denied: bool


def _by_itself(bucket: Bucket, about: _About) -> Iterator[Mention]:
    """Where a bucket mentions a consumer, its key aside."""
    for linked in bucket.slot(Kind.POLICY).linked:
        yield from _in(linked.attachment, about)
    for linked in bucket.slot(Kind.CORS).linked:
        yield from _in_cors(linked.attachment, about.contract)
    for party in about.contract.parties:
        if party.is_in_code:
            yield from _of_roles(bucket, party, about.shared)


def _keys(bucket: Bucket) -> Iterator[tuple[tuple[str, str], Key]]:
    """The keys that the bucket's encryption is given, by root and address."""
    yield from (((bucket.root, key.address), key) for key in bucket.keys)


def _in(attachment: Attachment, about: _About) -> Iterator[Mention]:
    """Where a policy mentions a consumer."""
    policy = parse_policy(attachment.content, attachment.content_location or attachment.location)
    yield from (mention for party in about.contract.parties for mention in _in_policy(policy, party, about))


def _in_policy(policy: Policy, party: Party, about: _About) -> Iterator[Mention]:
    for statement in policy.statements:
        refused = statement.effect == "Deny" and not statement.principals.negated
        named = [] if refused and not about.denied else [one.item for one in statement.principals.principals]
        tested = [item for condition in statement.conditions if condition.key.lower() in _CALLER for item in condition.values.items]
        for item in (*named, *tested):
            if any(isinstance(part, str) and _is_of(part, party, about.shared) for part in text_parts(item.text)):
                yield Mention(item.written, item.location)


def _is_of(text: str, party: Party, shared: frozenset[str]) -> bool:
    """Whether a text of a principal is that of a party, or somebody of its account."""
    if party.principal and text == party.principal:
        return party.principal not in shared
    return bool(party.account) and party.account not in shared and (text == party.account or f"::{party.account}:" in text)


def _in_cors(attachment: Attachment, contract: Contract) -> Iterator[Mention]:
    hosts = [host for origin in contract.origins if (host := origin.partition("://")[2])]
    for rule in parse_cors(
        attachment.content, attachment.content_location or attachment.location, attachment.cors_fields
    ).known_rules:
        for item in rule.origins.items:
            if isinstance(item.text, Known) and any(_is_host(item.written, host) for host in hosts):
                yield Mention(item.written, item.location)


def _is_host(written: str, host: str) -> bool:
    """Whether an origin is that of a host, written rightly or nearly so, or a pattern for its subdomains."""
    rest = written.partition("://")[2] or written
    return rest.rstrip("/") == host or (rest.startswith("*.") and rest.count(".") > 1 and host.endswith(rest[1:].rstrip("/")))


def _of_roles(bucket: Bucket, party: Party, shared: frozenset[str]) -> Iterator[Mention]:
    """The roles of the code that are the party, or that it assumes, and that have to do with the bucket."""
    if party.trust is not None and party.trust.principal in shared:
        return
    for role in bucket.estate.identities:
        named = bool(party.principal) and role.declaration.address == party.principal
        if (named or (not party.principal and trusts(role, party))) and _mention_each_other(bucket, role):
            yield Mention(role.address, role.location)


def _mention_each_other(bucket: Bucket, role: IamIdentity) -> bool:
    """Whether a role of the code has to do with a bucket: the policies of one name the other."""
    mine = marked(bucket.declaration.arn)
    its = marked(role.declaration.arn)
    named = (text for _, policy in role.policies for text in _said(policy.document, policy.location))
    attached = [linked.attachment for linked in bucket.slot(Kind.POLICY).linked]
    naming = (text for one in attached for text in _said(one.content, one.location))
    return any(text.removeprefix(mine)[:1] in ("", "/", "*") for text in named if text.startswith(mine)) or its in naming


@made_once(_KEPT)
def _said(document: Value, location: Location) -> tuple[str, ...]:
    """The texts of a document, which may itself be written as one text of JSON, with what is unresolved in them marked."""
    read = ((branch, parse_json(branch, location)[0]) for _, branch in alternatives(document))
    return tuple(marked(text) for branch, parsed in read for text in texts_in(branch if parsed is None else parsed))


def marked(text: Text) -> str:
    """A text with what is unresolved in it between marks, so that two of them are equal where the texts certainly are."""
    return shown(text_parts(text), "\0{}\0")


def shared(contracts: Sequence[Contract]) -> frozenset[str]:
    """The accounts and services that several consumers have in common, and the identity providers, where anybody signs in."""
    owners: dict[str, set[str]] = {}
    providers = set[str]()
    for contract in contracts:
        for party in contract.parties:
            if party.trust is not None and party.trust.is_provider:
                providers.add(party.trust.principal)
            who = party.principal if party.kind is PartyKind.SERVICE else party.account
            owners.setdefault(who, set()).add(contract.id)
    return frozenset(providers | {who for who, ids in owners.items() if len(ids) > 1})
