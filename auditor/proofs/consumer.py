"""Who asks: the consumer of a contract as the caller of requests, with its own permissions when it is a role or user of the code.

Source: IAM User Guide, "Policy evaluation logic" (requests within one account: an identity policy suffices), "Cross-account policy evaluation
logic", "Permissions boundaries for IAM entities".
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

from auditor.aws.partitions import COMMERCIAL
from auditor.contract import Contract, Party, PartyKind, Sent
from auditor.contract.party import OWNER, account_of, with_owner
from auditor.foundation.cases import Atom, Choices
from auditor.foundation.equality import same_text
from auditor.foundation.location import Location
from auditor.foundation.value import ALWAYS, Known, Symbol, Text, Truth, Value, is_null, text_of, text_parts, texts_in
from auditor.lazy.answers import made_once
from auditor.lazy.classes import dataclass
from auditor.model import Bucket, Estate, IamIdentity, IdentityKind, OrganizationPolicyDeclaration, OrganizationPolicyKind
from auditor.policy import (
    ABSENT,
    PRESENT,
    Caller,
    CallerKind,
    ContextValue,
    Identity,
    IdentitySide,
    OneOf,
    Policy,
    Shaped,
    parse_policy,
)
from auditor.proofs.organization import Levels, forbidden
from auditor.proofs.outcome import taken

_MOST_ADDRESSES = 256
# How many answers are kept that are about all roles of a root, and how many about one role.
_KEPT, _KEPT_OF_ROLES = 64, 256
_NOWHERE = Location("")


@dataclass(frozen=True, slots=True)
class Consumer:
    """The consumer of a contract.

    Attributes:
        contract: it.
        party: which of its principals.
        caller: as the engine takes it.
        policies: its own policies; none when it is not in the code.
        boundary: its permissions boundary.
        session_policy: the policy of its sessions, where who assumes it gives one.
        declared: the role or user of the code that it is, None when it is of another account or not in the code.
        organization: what the organization of the bucket's account forbids, as far as it is known.
        passed_over: the addresses of further roles of the code that trust the platform, none of whose policies can be about the bucket.
    """

    contract: Contract
    party: Party
    caller: Caller
    policies: tuple[Policy, ...] = ()
    boundary: Policy | None = None
    session_policy: Policy | None = None
    declared: IamIdentity | None = None
    organization: tuple[OrganizationPolicyDeclaration, ...] = ()
    passed_over: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """How a request names it: by its ARN, account, service or address."""
        return self.declared.declaration.address if self.declared and not self.party.principal else self.party.principal

    def is_within(self, owner: Text) -> bool:
        """Whether its own policies may suffice for a resource of an account: it is of the code, or certainly of that account."""
        return self.declared is not None or same_text(self.caller.account, owner) is Truth.TRUE

    def permissions(self, owner: Text) -> IdentitySide:
        """What is known of its own permissions: for a resource of another account, that account's part is assumed."""
        if self.declared is not None:
            return self.policies
        return Identity.UNKNOWN if self.is_within(owner) else Identity.ASSUMED

    def forbidden(self, owner: Text) -> Levels:
        """What the organization of an account forbids its principals, where the consumer is one of them."""
        return forbidden(self.organization, OrganizationPolicyKind.SERVICE_CONTROL) if self.is_within(owner) else ()

    def account_of(self, owner: Text, choices: Choices) -> Text:
        """The account that owns a resource: as it is written, or the consumer's where the two are the same in a case."""
        if self.declared is None:
            return owner
        mine = self.caller.account
        same = same_text(mine, owner) if text_parts(owner) else Truth.UNKNOWN
        if same is not Truth.UNKNOWN:
            return owner
        symbol = next(part for text in (owner, mine) for part in text_parts(text) if isinstance(part, Symbol))
        kind = self.declared.declaration.kind.value
        labels = (f"the {kind} and the resource are in one account", f"the {kind} and the resource are in different accounts")
        return mine if choices.of(Atom(("one account", mine, owner), (True, False), symbol, labels)) else owner

    def assumptions(self, owner: Text) -> tuple[str, ...]:
        """What is assumed of it where a resource of an account is asked for."""
        if self.declared is not None:
            return (*_of_declared(self.declared, self.party), *self._of_others(self.declared))
        if self.party.kind is PartyKind.SERVICE:
            return ()
        who, account = self.party.principal, self.party.account
        if self.is_within(owner):
            return (f"No policy of {who} denies the requests.",)
        whom = "its identities" if self.party.kind is PartyKind.ACCOUNT else who
        allows = self.contract.assumptions or (f"The account {account} allows {whom} what the policies in the code grant it.",)
        if isinstance(owner, Known) and not is_null(owner):
            return allows
        return (*allows, f"The account that owns the bucket is not that of {who} ({account}).")

    def _of_others(self, identity: IamIdentity) -> tuple[str, ...]:
        """What is assumed where several roles trust the platform."""
        if not self.passed_over:
            return ()
        used = f"{self.contract.title} uses {identity.declaration.address} for the bucket"
        return (f"{used}: no policy of {' or '.join(self.passed_over)} can be about it.",)


def _of_declared(identity: IamIdentity, party: Party) -> tuple[str, ...]:
    declared = identity.declaration
    if declared.kind is IdentityKind.USER:
        return (f"{declared.address} has no policies or groups beside those in the code.",)
    alone = f"{declared.address} has no policies beside those in the code, and no session policy narrows its sessions."
    if party.trust is not None and not is_null(party.trust.session_policy):
        alone = (
            f"{declared.address} has no policies beside those in the code, and its sessions have the policy that the contract says."
        )
    if party.trust is not None:
        return (alone,)
    trusted = _trusted(declared.trust_policy, identity)
    return (alone, *((f"The consumer can assume {declared.address}; its trust policy lets in {trusted}.",) if trusted else ()))


@made_once(_KEPT)
def _trusted(trust_policy: Value, identity: IamIdentity) -> str:
    """Whom a trust policy lets assume the role, as it is written; empty where it says nothing."""
    if is_null(trust_policy):
        return ""
    policy = parse_policy(trust_policy, identity.declaration.location)
    allowing = [statement for statement in policy.statements if statement.effect == "Allow"]
    written = [one.item.written for statement in allowing for one in statement.principals.principals]
    rest = [symbol.name for statement in allowing for _, symbol in statement.principals.rest]
    named = list(dict.fromkeys((*written, *rest, *(symbol.name for _, symbol in policy.rest))))
    return ", ".join(named) if named else "nobody"


def consumer_of(party: Party, contract: Contract, bucket: Bucket, choices: Choices) -> Consumer | Symbol:
    """A principal of a contract in a case; a symbol when it is meant to be a role or user of the code and that is not resolved."""
    estate = bucket.estate
    identity = _trusting(party, contract, bucket, choices) if party.kind is PartyKind.NOBODY else _identity(party, estate, choices)
    if isinstance(identity, Symbol):
        return identity
    if identity is None and party.kind is PartyKind.DECLARED:
        return Symbol(party.principal, "nothing of that address is declared beside the bucket", "audit the code that declares both")
    if identity is None:
        return Consumer(
            contract,
            party,
            outside(party, contract, bucket.declaration.partition),
            session_policy=session_policy_of(party),
            organization=estate.organization_policies,
        )
    declared = identity.declaration
    boundary = taken(declared.boundary, choices)
    return Consumer(
        contract,
        party,
        Caller(declared.arn, declared.account, unique_id=declared.unique_id),
        _policies_of(identity),
        None if is_null(boundary) else parse_policy(boundary, declared.location),
        session_policy_of(party),
        identity,
        estate.organization_policies,
        _passed_over(party, bucket),
    )


@made_once(_KEPT_OF_ROLES)
def _policies_of(identity: IamIdentity) -> tuple[Policy, ...]:
    """The policies of a role or user of the code, and those that may be attached as well."""
    return (
        *(parse_policy(policy.document, policy.location).under(when) for when, policy in identity.policies),
        *(Policy((), identity.declaration.location, rest=((ALWAYS, symbol),)) for symbol in identity.perhaps),
    )


def _passed_over(party: Party, bucket: Bucket) -> tuple[str, ...]:
    """The addresses of the roles that trust the platform as well, and are certainly not for the bucket."""
    if party.kind is not PartyKind.NOBODY:
        return ()
    asked = roles(party, bucket)
    return tuple(other.declaration.address for other in _trusting_roles(party, bucket.estate) if other not in asked)


def session_policy_of(party: Party) -> Policy | None:
    """The policy of the sessions of a role that somebody assumes; None where the contract says none.

    Source: AWS STS API Reference, AssumeRole, "Policy": the session may do what both that policy and those of the role allow.
    """
    if party.trust is None or is_null(party.trust.session_policy):
        return None
    content = party.trust.session_policy
    return parse_policy(content, content.location or _NOWHERE)


def outside(party: Party, contract: Contract, partition: str = COMMERCIAL) -> Caller:
    """A principal that is not in the code, as a caller; an account is of a partition."""
    if party.kind is PartyKind.SERVICE:
        return Caller(Known(party.principal), Known(""), kind=CallerKind.SERVICE)
    if party.kind is not PartyKind.ACCOUNT:
        return Caller(Known(party.principal), Known(party.account))
    reason = "the platform does not say with which role or user of its account it makes requests"
    symbol = Symbol(f"the identity of {contract.title}", reason, f"grant the access to the account {party.account}")
    return Caller(text_of((f"arn:{partition}:iam::{party.account}:", symbol)), Known(party.account))


def _trusting(party: Party, contract: Contract, bucket: Bucket, choices: Choices) -> IamIdentity | Symbol:
    """The role of the code that the party is, where its address is not given: one that trusts who assumes it, in each case another one."""
    if party.trust is None:
        return Symbol("the principal", "the contract names none")
    found, estate = roles(party, bucket), bucket.estate
    name = f"the role that {contract.title} assumes"
    hint = (
        "give the role's address: --with role=ADDRESS"
        if "role" in contract.parameters
        else "name the role as the contract's principal"
    )
    if not found:
        who = party.trust.principal
        if who and (unresolved := _unresolved_trust(who, estate)):
            role, whom = unresolved
            reason = f"no trust policy beside the bucket names {who}, and whom {role.address} trusts is not resolved: '{whom.name}'"
            return Symbol(name, reason, hint.replace("ADDRESS", role.address), role.location)
        reason = f"no trust policy beside the bucket names {who}" if who else "the contract does not say who assumes it"
        return Symbol(name, reason, hint)
    if len(found) == 1:
        return found[0]
    addresses = tuple(identity.address for identity in found)
    symbol = Symbol(name, f"{' and '.join(addresses)} trust {party.trust.principal}", hint, found[0].location)
    labels = tuple(f"it is {address}" for address in addresses)
    return found[choices.of(Atom(("assumed role", addresses), tuple(range(len(found))), symbol, labels))]


@made_once(_KEPT)
def _unresolved_trust(who: str, estate: Estate) -> tuple[IamIdentity, Symbol] | None:
    """The first role of the code whose trust policy lets in somebody that is not resolved and may be whom one looks for, with what it depends on."""
    forms = (who, f"arn:aws:iam::{account_of(who)}:root")
    for identity in estate.identities:
        declared = identity.declaration
        if declared.kind is not IdentityKind.ROLE or is_null(declared.trust_policy):
            continue
        mine = set(text_parts(declared.account))
        for statement in parse_policy(declared.trust_policy, declared.location).statements:
            named = [one.item.text for one in statement.principals.principals] if statement.effect == "Allow" else []
            for text in named:
                symbols = [part for part in text_parts(text) if isinstance(part, Symbol)]
                if symbols and mine.isdisjoint(symbols) and any(same_text(text, Known(form)) is Truth.UNKNOWN for form in forms):
                    return identity, symbols[0]
    return None


@made_once(_KEPT)
def roles(party: Party, bucket: Bucket) -> tuple[IamIdentity, ...]:
    """The roles of the code that a party may be, which somebody assumes and whose address is not given.

    Those whose trust policy names who assumes it, of these the ones of the name that it must have; where there is none, those of that name.
    Of several, those whose policies can be about the bucket, where there are any: a platform has one role for one bucket, another one for another.
    """
    found = _trusting_roles(party, bucket.estate)
    if len(found) < 2:
        return found
    from auditor.proofs.about import may_be_about

    return tuple(identity for identity in found if may_be_about(identity, bucket)) or found


@made_once(_KEPT)
def _trusting_roles(party: Party, estate: Estate) -> tuple[IamIdentity, ...]:
    found = tuple(identity for identity in estate.identities if trusts(identity, party))
    if not party.name:
        return found
    every = tuple(identity for identity in estate.identities if identity.declaration.kind is IdentityKind.ROLE)
    named = tuple(identity for identity in every if same_text(identity.declaration.name, Known(party.name)) is Truth.TRUE)
    return tuple(identity for identity in found if identity in named) or found or named


def role_of(party: Party, bucket: Bucket) -> IamIdentity | None:
    """The role of the code that a party certainly is; None when it is another one or not resolved."""
    if party.kind is PartyKind.NOBODY:
        found = roles(party, bucket) if party.trust is not None else ()
    else:
        found = tuple(identity for identity in bucket.estate.identities if _is(identity, party) is Truth.TRUE)
    return found[0] if len(found) == 1 else None


@made_once(_KEPT_OF_ROLES)
def trusts(identity: IamIdentity, party: Party) -> bool:
    """Whether the trust policy of a role names who assumes the role of a party, or somebody of the same account."""
    declared = identity.declaration
    if party.trust is None or not party.trust.principal or declared.kind is not IdentityKind.ROLE:
        return False
    principal, account = party.trust.principal, account_of(party.trust.principal)
    if not _says(declared.trust_policy, account or principal):
        return False
    policy = parse_policy(declared.trust_policy, declared.location)
    allowing = (statement for statement in policy.statements if statement.effect == "Allow")
    texts = (part for statement in allowing for one in statement.principals.principals for part in text_parts(one.item.text))
    return any(isinstance(text, str) and _is_of(text, principal, account, party.trust.provider_path) for text in texts)


def _is_of(text: str, principal: str, account: str, provider_path: str) -> bool:
    """Whether a text of a principal is that of somebody, or of the same account."""
    if account:
        return text == account or f"::{account}:" in text
    return text == principal or bool(provider_path and text.endswith(f":{provider_path}"))


def _says(value: Value, text: str) -> bool:
    """Whether a text stands somewhere in a value."""
    return any(text in part for one in texts_in(value) for part in text_parts(one) if isinstance(part, str))


def said(requests: Mapping[str, Sent], bucket: Bucket | None = None) -> dict[str, ContextValue]:
    """What a contract says of requests, by context key, as the engine takes it.

    Args:
        requests: the texts, by context key.
        bucket: beside which the resources are whose addresses may stand for their ARNs; None where they do not.
    """
    return {key: _said(key, texts, bucket) for key, texts in requests.items()}


def said_by(party: Party, bucket: Bucket) -> dict[str, ContextValue]:
    """What a contract says of the requests of a party to a bucket: `said`, and for which account they are where that is the one of the bucket."""
    owned = [key for key, texts in party.requests.items() if party.of_owner and texts == () and key.lower() == "aws:sourceaccount"]
    return said(party.requests, bucket) | dict.fromkeys(owned, bucket.declaration.account)


def _said(key: str, texts: Sent, bucket: Bucket | None) -> ContextValue:
    if texts is None:
        return ABSENT
    if any(OWNER in text for text in texts):
        return _said_of_owner(texts, bucket)
    if bucket is not None and len(texts) == 1:
        from auditor.proofs.referred import arn_of, is_address

        if is_address(texts[0], key):
            return arn_of(texts[0], bucket) or PRESENT
    if key.lower() == "aws:sourceip":
        ranges = [addresses(text) for text in texts]
        texts = tuple(address for one in ranges for address in one) if all(ranges) else ()
    match texts:
        case ():
            return PRESENT
        case (text,):
            return Shaped(text) if "*" in text else Known(text)
    return PRESENT if any("*" in text for text in texts) else OneOf(texts)


def _said_of_owner(texts: tuple[str, ...], bucket: Bucket | None) -> ContextValue:
    """What has the account of a bucket in it; only its form is known where that is not all."""
    if len(texts) > 1:
        return PRESENT
    if "*" in texts[0] or bucket is None:
        return Shaped(texts[0].replace(OWNER, "*"))
    return text_of(with_owner(texts[0], bucket.declaration.account))


def addresses(text: str) -> tuple[str, ...]:
    """The addresses of a range that is not larger than 256; of a larger one, and of what is not one, none.

    Args:
        text: an address, or a range as `203.0.113.0/28`.
    """
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return ()
    return tuple(map(str, network)) if network.num_addresses <= _MOST_ADDRESSES else ()


def _is(identity: IamIdentity, party: Party) -> Truth:
    """Whether a role or user of the code is a party that is named by its address or ARN."""
    if identity.declaration.address == party.principal:
        return Truth.TRUE
    return same_text(identity.declaration.arn, Known(party.principal)) if party.kind is PartyKind.IDENTITY else Truth.FALSE


def _identity(party: Party, estate: Estate, choices: Choices) -> IamIdentity | None:
    if not party.is_in_code:
        return None
    for identity in estate.identities:
        declared = identity.declaration
        same = _is(identity, party)
        if same is Truth.TRUE:
            return identity
        if same is Truth.UNKNOWN:
            symbol = Symbol(
                f"the ARN of {declared.address}",
                f"it may be {party.principal}",
                f"give the {declared.kind.value}'s address: --with principal={declared.address}",
                declared.location,
            )
            labels = (f"it is {party.principal}", "it is another one")
            if choices.of(Atom(("same identity", declared.address), (True, False), symbol, labels)):
                return identity
    return None
