"""Assumed roles: whether the role of the code that a contract's requests are made with can be assumed, and its sessions tagged.

Sources: AWS Security Token Service API Reference, AssumeRole, AssumeRoleWithWebIdentity and AssumeRoleWithSAML; IAM User Guide, "Passing session
tags in AWS STS" (sts:TagSession in the trust policy).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Self

from auditor.contract import Contract, Contradiction, PartyKind, WrittenNeed, principal_fault
from auditor.foundation.cases import Choices
from auditor.foundation.value import Symbol
from auditor.lazy.classes import dataclass
from auditor.model import Bucket, Resource
from auditor.proofs.consumer import consumer_of, role_of
from auditor.proofs.grant import GrantNeed
from auditor.proofs.outcome import open_because
from auditor.verdict import Outcome

_BESIDE = ("sts:TagSession", "sts:SetSourceIdentity")


@dataclass(frozen=True, slots=True)
class TrustNeed(GrantNeed):
    """That the role of a principal with `assumed-by` can be assumed, which is asked in any case, or what else its trust policy must allow."""

    IDS: ClassVar[str] = "sts:(AssumeRole|AssumeRoleWithWebIdentity|AssumeRoleWithSAML|TagSession|SetSourceIdentity)"
    EXAMPLES: ClassVar[tuple[str, ...]] = ("sts:AssumeRole", "sts:TagSession")
    KEYS: ClassVar[Mapping[str, Mapping[str, Any]]] = {"by": GrantNeed.KEYS["by"]}
    SEVERAL: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def read(cls, written: WrittenNeed) -> Self:
        """The need; its id is an action of AWS STS."""
        return cls(*written.head, written.id)

    def contradictions(self, contract: Contract) -> Iterator[Contradiction]:
        """A principal that nobody assumes, or not with this action."""
        del contract
        trust = self.party.trust
        if trust is None:
            told = f"the principal has no 'assumed-by', and the contract needs {self.action}"
            yield Contradiction(told, ("principal",))
        elif self.action not in (trust.action, *_BESIDE):
            yield Contradiction(f"{trust.principal} assumes a role with {trust.action}, not {self.action}", ("needs",))
        elif trust.principal and not trust.is_provider:
            fault = principal_fault(trust.principal)
            if fault or self.party.assumer.kind is PartyKind.DECLARED:
                told = f"'{trust.principal}' is not the ARN of a role or user, an account, a service or an identity provider"
                yield Contradiction(told, ("principal", "assumed-by", "arn"))

    def prove(self, bucket: Bucket, contract: Contract, choices: Choices) -> Outcome:
        """Whether the trust policy of the role lets the platform do it, in one case."""
        consumer = consumer_of(self.party, contract, bucket, choices)
        if isinstance(consumer, Symbol):
            return open_because(consumer, bucket.declaration.location)
        if consumer.declared is None:
            name = f"the trust policy of {consumer.name}"
            symbol = Symbol(name, "the role is not in the code", "audit the code that declares the role")
            return open_because(symbol, bucket.declaration.location)
        from auditor.proofs.trust import assumable

        return assumable(consumer, consumer.declared, self, choices, self.action)

    def about(self, bucket: Bucket) -> Resource:
        """The role, where it is certain which one; else the bucket."""
        return role_of(self.party, bucket) or bucket


KIND = TrustNeed
