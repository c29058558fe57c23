"""Who asks: the consumer of a contract as the caller of requests, with its own permissions when it is a role or user of the code.

Source: IAM User Guide, "Policy evaluation logic" (requests within one account: an identity policy suffices), "Cross-account policy evaluation
logic", "Permissions boundaries for IAM entities".
"""

from __future__ import annotations

from dataclasses import dataclass

from auditor.contract import Contract
from auditor.foundation.cases import Atom, Choices
from auditor.foundation.equality import same_text
from auditor.foundation.value import ALWAYS, Known, Symbol, Text, Truth, Value, is_null, text_parts
from auditor.model import Estate, IamIdentity, IdentityKind
from auditor.policy import Caller, Identity, IdentitySide, Policy, parse_policy
from auditor.proofs.outcome import taken


@dataclass(frozen=True, slots=True)
class Consumer:
    """The consumer of a contract.

    Attributes:
        contract: it.
        caller: as the engine takes it.
        policies: its own policies; none when it is not in the code.
        boundary: its permissions boundary.
        declared: the role or user of the code that it is, None when it is of another account or not in the code.
    """

    contract: Contract
    caller: Caller
    policies: tuple[Policy, ...] = ()
    boundary: Policy | None = None
    declared: IamIdentity | None = None

    def is_within(self, owner: Text) -> bool:
        """Whether its own policies may suffice for a resource of an account: it is of the code, or certainly of that account."""
        return self.declared is not None or same_text(self.caller.account, owner) is Truth.TRUE

    def permissions(self, owner: Text) -> IdentitySide:
        """What is known of its own permissions: for a resource of another account, that account's part is assumed."""
        if self.declared is not None:
            return self.policies
        return Identity.UNKNOWN if self.is_within(owner) else Identity.ASSUMED

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
            return _of_declared(self.declared)
        who, account = self.contract.principal, self.contract.account
        if self.is_within(owner):
            return (f"No policy of {who} denies the requests.",)
        allows = self.contract.assumptions or (f"The account {account} allows {who} what the policies in the code grant it.",)
        if isinstance(owner, Known) and not is_null(owner):
            return allows
        return (*allows, f"The account that owns the bucket is not that of {who} ({account}).")


def _of_declared(identity: IamIdentity) -> tuple[str, ...]:
    declared = identity.declaration
    if declared.kind is IdentityKind.USER:
        return (f"{declared.address} has no policies or groups beside those in the code.",)
    alone = f"{declared.address} has no policies beside those in the code, and no session policy narrows its sessions."
    trusted = _trusted(declared.trust_policy, identity)
    return (alone, *((f"The consumer can assume {declared.address}; its trust policy lets in {trusted}.",) if trusted else ()))


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


def consumer_of(contract: Contract, estate: Estate, choices: Choices) -> Consumer | Symbol:
    """The consumer in a case; a symbol when it is meant to be a role or user of the code that is not declared there."""
    identity = _identity(contract, estate, choices)
    if identity is None and contract.principal and not contract.account:
        return Symbol(
            contract.principal, "nothing of that address is declared beside the bucket", "audit the code that declares both"
        )
    if identity is None:
        return Consumer(contract, Caller(Known(contract.principal), Known(contract.account)))
    declared = identity.declaration
    policies = [parse_policy(policy.document, policy.location).under(when) for when, policy in identity.policies]
    policies.extend(Policy((), declared.location, rest=((ALWAYS, symbol),)) for symbol in identity.perhaps)
    boundary = taken(declared.boundary, choices)
    return Consumer(
        contract,
        Caller(declared.arn, declared.account),
        tuple(policies),
        None if is_null(boundary) else parse_policy(boundary, declared.location),
        identity,
    )


def _identity(contract: Contract, estate: Estate, choices: Choices) -> IamIdentity | None:
    if contract.outside or not contract.principal:
        return None
    for identity in estate.identities:
        declared = identity.declaration
        if declared.address == contract.principal:
            return identity
        if not contract.account:
            continue
        same = same_text(declared.arn, Known(contract.principal))
        if same is Truth.TRUE:
            return identity
        if same is Truth.UNKNOWN:
            symbol = Symbol(
                f"the ARN of {declared.address}",
                f"it may be {contract.principal}",
                f"give the {declared.kind.value}'s address: --with principal={declared.address}",
                declared.location,
            )
            labels = (f"it is {contract.principal}", "it is another one")
            if choices.of(Atom(("same identity", declared.address), (True, False), symbol, labels)):
                return identity
    return None
