"""What one consumer needs of a bucket: a YAML file, checked against `contracts/contract.schema.json`.

Loading is the business of `auditor.contracts`; this module holds the types.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field


class NeedKind(enum.Enum):
    """Which proof decides a need."""

    S3 = "s3"
    KMS = "kms"
    CORS = "cors"
    OWNERSHIP = "ownership"


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
    """One item of a contract.

    Attributes:
        id: `s3:GetObject`, `kms:Decrypt`, `cors:PUT`, `ownership`.
        kind: which proof decides it.
        why: what the consumer does with it, one sentence.
        sources: where it comes from.
        prefix: for S3 and KMS: only keys that begin with this are needed; empty for every key.
        method: for CORS: the HTTP method.
        headers: for CORS: the request headers that the browser would list in its preflight, lower case.
        exposed: for CORS: the response headers that the page must read.
    """

    id: str
    kind: NeedKind
    why: str
    sources: tuple[Source, ...] = ()
    prefix: str = ""
    method: str = ""
    headers: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()


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
