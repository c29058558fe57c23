"""Demands on the default encryption: SSE-S3 only, SSE-KMS only, with a key of the customer's own.

Sources: Amazon S3 User Guide, "Setting default server-side encryption behavior for Amazon S3 buckets" (SSE-S3 where nothing is written; SSE-KMS
without a key uses the AWS managed key aws/s3); Amazon S3 API Reference, ServerSideEncryptionByDefault.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from auditor.contract import Contract, Need, WrittenNeed
from auditor.foundation.cases import Choices
from auditor.foundation.errors import did_you_mean
from auditor.foundation.value import NULL, Known, Symbol, Text, is_text, shown, text_parts
from auditor.lazy.classes import dataclass
from auditor.link import is_blank
from auditor.model import Bucket, Kind
from auditor.proofs.outcome import open_because
from auditor.proofs.setting import Configured, DemandCause, algorithm_of, configured
from auditor.proofs.usable_key import MANAGED_ALIAS, is_aws_managed
from auditor.verdict import Outcome, Resolution, Status, Step

# By the names that people use, those of the API. Source: Amazon S3 API Reference, ServerSideEncryptionByDefault, SSEAlgorithm.
_ALGORITHMS: Mapping[str, str] = {"SSE-S3": "AES256", "SSE-KMS": "aws:kms", "DSSE-KMS": "aws:kms:dsse"}
_NAMES = {api: name for name, api in _ALGORITHMS.items()}
_CUSTOMER = "customer-managed"
# Source: AWS KMS Developer Guide, "Aliases": only keys that AWS manages have such aliases.
_RESERVED = "alias/aws/"


@dataclass(frozen=True, slots=True)
class EncryptionNeed(Need):
    """That objects are by default encrypted in one of some ways.

    Attributes:
        allowed: the ways, by the names that people use ("SSE-S3").
        own_key: whether a KMS key must be one of the customer's, not the one that AWS manages.
    """

    IDS: ClassVar[str] = "bucket:encryption"
    EXAMPLES: ClassVar[tuple[str, ...]] = ("bucket:encryption",)
    KEYS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "allowed": {
            "description": f"The ways of encryption that the consumer works with: {', '.join(_ALGORITHMS)}.",
            "type": "array",
            "items": {"type": "string", "minLength": 1},
            "minItems": 1,
        },
        "key": {"description": f"`{_CUSTOMER}` where the AWS managed key is not enough.", "type": "string", "minLength": 1},
    }

    allowed: tuple[str, ...] = tuple(_ALGORITHMS)
    own_key: bool = False

    @classmethod
    def read(cls, written: WrittenNeed) -> Self:
        """The need, which has at least one of its keys."""
        allowed, key = written.texts("allowed"), written.text("key")
        for name in allowed:
            if name not in _ALGORITHMS:
                known = tuple(_ALGORITHMS)
                written.problem(f"'{name}' is none of {', '.join(known)}{did_you_mean(name, known)}", "allowed")
        if key not in ("", _CUSTOMER):
            written.problem(f"'{key}' is not {_CUSTOMER}{did_you_mean(key, (_CUSTOMER,))}", "key")
        if not allowed and not key:
            written.problem("one of the keys 'allowed' and 'key' is missing", "id")
        return cls(*written.head, allowed or tuple(_ALGORITHMS), key == _CUSTOMER)

    @property
    def decision(self) -> str:
        """What a person has to decide where another encryption is the default."""
        return f"Decide whether the bucket may have {self.requires}: write that, or use another bucket"

    @property
    def requires(self) -> str:
        """What is required, as a noun."""
        return f"default encryption with {' or '.join(self.allowed)}" + (" and a key of the customer's" if self.own_key else "")

    def prove(self, bucket: Bucket, contract: Contract, choices: Choices) -> Outcome:  # noqa: ARG002 - it is the same for all
        """Whether the default encryption is one of them, in one case."""
        found = configured(bucket, Kind.ENCRYPTION, choices)
        if isinstance(found, Outcome):
            return found
        if found is None:
            reason = "no default encryption is written: S3 uses SSE-S3"
            return self._answer("SSE-S3", reason, None, bucket, choices)
        key = found.entry("KMSMasterKeyID", choices)
        value = found.entry("SSEAlgorithm", choices)
        if isinstance(value, Outcome):
            return value
        place = value.location or found.location
        algorithm = algorithm_of(value, NULL if isinstance(key, Outcome) else key, place, choices)
        if isinstance(algorithm, Outcome):
            return algorithm
        name = _NAMES[algorithm]
        return self._answer(name, f"the default encryption is {name}", found, bucket, choices)

    def _answer(self, name: str, reason: str, found: Configured | None, bucket: Bucket, choices: Choices) -> Outcome:
        place = found.location if found else bucket.declaration.location
        if found:
            value = found.entry("SSEAlgorithm", choices)
            place = value.location or place
        cause = DemandCause(self.requires, Kind.ENCRYPTION, found.attachment if found else None, decision=self.decision)
        if name not in self.allowed:
            return Outcome(Status.FAILS, reason, place, {"request": f"PutObject, which S3 encrypts with {name}"}, cause=cause)
        if found and self.own_key and name != "SSE-S3":
            return self._with_key(found, reason, bucket, choices)
        return Outcome(Status.HOLDS, reason, place, steps=(Step(reason, place),), cause=cause)

    def _with_key(self, found: Configured, reason: str, bucket: Bucket, choices: Choices) -> Outcome:
        """Whether the key is the customer's own."""
        key = found.entry("KMSMasterKeyID", choices)
        if isinstance(key, Outcome):
            return key
        place = key.location or found.location
        if not is_text(key):
            return open_because(Symbol("KMSMasterKeyID", "unsupported syntax", location=place), place)
        cause = DemandCause(self.requires, Kind.ENCRYPTION, found.attachment, decision=self.decision)
        if is_blank(key) or is_aws_managed(key, bucket):
            reason = f"{reason} with the AWS managed key aws/s3"
            return Outcome(Status.FAILS, reason, place, {"key": MANAGED_ALIAS}, cause=cause)
        if _is_own(key, bucket):
            return Outcome(Status.HOLDS, f"{reason} with a key of the customer's", place, cause=cause)
        name = shown(text_parts(key), "<{}>")
        unknown = f"the key '{name}' is not in the code"
        resolution = Resolution(
            name, unknown, "it is a key of the customer's", f"it is {MANAGED_ALIAS}", "audit the code that declares it", place
        )
        return Outcome(Status.UNKNOWN, unknown, place, resolved_by=(resolution,), cause=cause)


KIND = EncryptionNeed


def _is_own(key: Text, bucket: Bucket) -> bool:
    """Whether a key is certainly one of the customer's: the code makes it, or it is named by an alias that only customers give."""
    if any(one.declaration.managed for one in bucket.estate.keys_meant(key)):
        return True
    aliases = bucket.estate.aliases_meant(key)
    if any(isinstance(alias.name, Known) and not str(alias.name.value).startswith(_RESERVED) for alias in aliases):
        return True
    first, last = text_parts(key)[0], text_parts(key)[-1]
    if isinstance(first, str) and first.startswith("alias/"):
        return not _RESERVED.startswith(first[: len(_RESERVED)])
    return isinstance(last, str) and ":alias/" in last and f":{_RESERVED}" not in last
