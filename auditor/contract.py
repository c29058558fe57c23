"""What one consumer needs of a bucket: a YAML file, checked against `contracts/contract.schema.json`.

Loading is the business of `auditor.contracts`; this module holds the types.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar


class Confidence(enum.Enum):
    """How sure a fact of a contract is."""

    DOCUMENTED = "documented"
    DERIVED = "derived"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact of a contract comes from, and how sure it is."""

    url: str
    confidence: Confidence


class Addressing(enum.Enum):
    """How a consumer writes the address of a bucket.

    Source: Amazon S3 User Guide, "Virtual hosting of general purpose buckets".
    """

    VIRTUAL_HOSTED = "virtual-hosted"
    """`https://NAME.s3.REGION.amazonaws.com/KEY`"""


@dataclass(frozen=True, slots=True)
class Need:
    """One item of a contract: the base of one class for each kind of need, beside its proof in `auditor.needs`.

    Attributes:
        id: `s3:GetObject`, `kms:Decrypt`, `cors:PUT`, `ownership`.
        why: what the consumer does with it, one sentence.
        sources: where it comes from.
    """

    id: str
    why: str
    sources: tuple[Source, ...] = ()


AnyNeed = TypeVar("AnyNeed", bound=Need)


@dataclass(frozen=True, slots=True)
class Contract:
    """One consumer with its parameters filled in.

    Attributes:
        id: `v7-darwin`.
        title: how people call the consumer.
        principal: the ARN that reads and writes, or the address of a role of the code; empty when the consumer has none of its own.
        account: its account id, twelve digits; empty likewise, and for an address.
        origin: the origin of its browser app, `https://host`; empty when it has none.
        needs: in the order of the report.
        parameters: the values that were filled in, by name.
        assumptions: what the contract takes for granted about the consumer.
        outside: whether the principal is certainly of an account of the consumer's own: that of a built-in contract, as long as it is not replaced.
        addressing: how it addresses buckets; None when that is not known.
    """

    id: str
    title: str
    principal: str
    account: str
    origin: str
    needs: tuple[Need, ...]
    parameters: Mapping[str, str] = field(default_factory=dict)
    assumptions: tuple[str, ...] = ()
    outside: bool = True
    addressing: Addressing | None = None

    def needs_of(self, kind: type[AnyNeed]) -> tuple[AnyNeed, ...]:
        """The needs of one kind, in order."""
        return tuple(need for need in self.needs if isinstance(need, kind))
