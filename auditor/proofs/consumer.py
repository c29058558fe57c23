"""Who asks: the consumer of a contract as the caller of requests, with its own permissions when it is a role of the code.

Source: IAM User Guide, "Policy evaluation logic", "Cross-account policy evaluation logic", "Permissions boundaries for IAM entities".
"""

from __future__ import annotations

from dataclasses import dataclass

from auditor.contract import Contract
from auditor.foundation.cases import Atom, Choices
from auditor.foundation.equality import same_text
from auditor.foundation.value import ALWAYS, Known, Symbol, Text, Truth, is_null, text_parts
from auditor.model import Estate, Role
from auditor.policy import Caller, Identity, IdentitySide, Policy, parse_policy
from auditor.proofs.outcome import taken


@dataclass(frozen=True, slots=True)
class Consumer:
    """The consumer of a contract.

    Attributes:
        caller: as the engine takes it.
        identity: its own permissions.
        boundary: its permissions boundary.
        role: the role of the code that it is, None when it is of another account or not in the code.
        assumptions: what is assumed of it.
    """

    caller: Caller
    identity: IdentitySide = Identity.ASSUMED
    boundary: Policy | None = None
    role: Role | None = None
    assumptions: tuple[str, ...] = ()

    def account_of(self, owner: Text, choices: Choices) -> Text:
        """The account that owns a resource: as it is written, or the consumer's where the two are the same in a case."""
        if self.role is None:
            return owner
        mine = self.caller.account
        same = same_text(mine, owner) if text_parts(owner) else Truth.UNKNOWN
        if same is not Truth.UNKNOWN:
            return owner
        symbol = next(part for text in (owner, mine) for part in text_parts(text) if isinstance(part, Symbol))
        labels = ("the role and the resource are in one account", "the role and the resource are in different accounts")
        return mine if choices.of(Atom(("one account", mine, owner), (True, False), symbol, labels)) else owner


def consumer_of(contract: Contract, estate: Estate, choices: Choices) -> Consumer | Symbol:
    """The consumer in a case; a symbol when it is meant to be a role of the code that is not declared there."""
    role = _role(contract, estate, choices)
    if role is None and contract.principal and not contract.account:
        return Symbol(
            contract.principal, "no role of that address is declared beside the bucket", "audit the code that declares both"
        )
    if role is None:
        return Consumer(Caller(Known(contract.principal), Known(contract.account)), assumptions=contract.assumptions)
    declared = role.declaration
    policies = [parse_policy(policy.document, policy.location).under(when) for when, policy in role.policies]
    policies.extend(Policy((), declared.location, rest=((ALWAYS, symbol),)) for symbol in role.perhaps)
    boundary = taken(declared.boundary, choices)
    return Consumer(
        Caller(declared.arn, declared.account),
        tuple(policies),
        None if is_null(boundary) else parse_policy(boundary, declared.location),
        role,
        (f"{declared.address} has no policies beside those in the code, and no session policy narrows its sessions.",),
    )


def _role(contract: Contract, estate: Estate, choices: Choices) -> Role | None:
    if contract.outside or not contract.principal:
        return None
    for role in estate.roles:
        declared = role.declaration
        if declared.address == contract.principal:
            return role
        if not contract.account:
            continue
        same = same_text(declared.arn, Known(contract.principal))
        if same is Truth.TRUE:
            return role
        if same is Truth.UNKNOWN:
            symbol = Symbol(
                f"the ARN of {declared.address}",
                f"it may be {contract.principal}",
                f"give the role's address: --with principal={declared.address}",
                declared.location,
            )
            labels = (f"it is {contract.principal}", "it is another one")
            if choices.of(Atom(("same role", declared.address), (True, False), symbol, labels)):
                return role
    return None
