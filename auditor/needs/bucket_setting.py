"""Demands on settings that are one word each: who pays for requests, versioning, Transfer Acceleration.

Sources: Amazon S3 User Guide, "Using Requester Pays general purpose buckets" (a request without `x-amz-request-payer` is denied), and Amazon S3
API Reference, GetObject, `x-amz-request-payer` (the owner of the bucket need not send it); Amazon S3 User Guide,
"Retaining multiple versions of objects with S3 Versioning" (a bucket has none by default; "Configuring S3 Object Lock": Object Lock works
only with versioning, which it enables), and "Configuring fast, secure file transfers using Amazon S3 Transfer Acceleration".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

from auditor.contract import Contract, Need, WrittenNeed
from auditor.foundation.cases import Choices
from auditor.foundation.equality import same_text
from auditor.foundation.value import Known, Symbol, Truth, Unknown, is_null
from auditor.lazy.classes import dataclass
from auditor.model import Bucket, Kind
from auditor.proofs.consumer import consumer_of
from auditor.proofs.outcome import open_because, taken
from auditor.proofs.setting import Configured, DemandCause, configured, word_of
from auditor.verdict import Outcome, Status, Step


@dataclass(frozen=True, slots=True)
class _Setting:
    """One setting.

    Attributes:
        kind: what it is configured by.
        element: what holds its word, in the AWS API.
        words: those that AWS takes, the one that is needed first.
        default: the word that is in force where nothing is written.
        named: what people call it.
        by_default: what is so where nothing is written, as a clause.
        refused: a request that is refused where it is another one.
        decision: what a person has to decide before it is enabled: a sentence without its full stop; empty where another word is all that is
            needed.
    """

    kind: Kind
    element: str
    words: tuple[str, ...]
    default: str
    named: str
    by_default: str
    refused: str
    decision: str = ""


_SETTINGS: Mapping[str, _Setting] = {
    "bucket:no-requester-pays": _Setting(
        Kind.REQUEST_PAYMENT,
        "Payer",
        ("BucketOwner", "Requester"),
        "BucketOwner",
        "the payer of requests",
        "the owner of the bucket pays",
        "any request without x-amz-request-payer",
    ),
    "bucket:versioning": _Setting(
        Kind.VERSIONING,
        "Status",
        ("Enabled", "Suspended", "Disabled"),
        "Disabled",
        "versioning",
        "a bucket has none by default",
        "GetObjectVersion of an object that was overwritten",
        "Decide whether to enable versioning: S3 keeps every version of an object from then on, and bills each",
    ),
    "bucket:acceleration": _Setting(
        Kind.ACCELERATION,
        "AccelerationStatus",
        ("Enabled", "Suspended"),
        "Suspended",
        "Transfer Acceleration",
        "a bucket has none by default",
        "any request to s3-accelerate.amazonaws.com",
        "Decide whether to enable Transfer Acceleration: requests to the accelerated endpoint cost more",
    ),
}
_REQUIRES = {"bucket:no-requester-pays": "that its owner pays for requests"}


@dataclass(frozen=True, slots=True)
class SettingNeed(Need):
    """That the owner of the bucket pays for requests, that it has versioning, or that it has Transfer Acceleration."""

    IDS: ClassVar[str] = "bucket:(no-requester-pays|versioning|acceleration)"
    EXAMPLES: ClassVar[tuple[str, ...]] = tuple(_SETTINGS)

    @classmethod
    def read(cls, written: WrittenNeed) -> Self:
        """The need."""
        return cls(*written.head)

    def prove(self, bucket: Bucket, contract: Contract, choices: Choices) -> Outcome:
        """Whether the setting has the word, in one case."""
        setting, header = _SETTINGS[self.id], bucket.declaration.location
        requires = _REQUIRES.get(self.id, setting.named)
        found = configured(bucket, setting.kind, choices)
        if isinstance(found, Outcome):
            return found
        if found is None:
            if setting.kind is Kind.VERSIONING and (by_lock := _locked(bucket, choices)):
                return by_lock
            holds = setting.default == setting.words[0]
            reason = f"no {setting.kind.value} is written, and {setting.by_default}"
            return Outcome(
                Status.HOLDS if holds else Status.FAILS,
                reason,
                header,
                {} if holds else {"request": setting.refused},
                cause=DemandCause(requires, setting.kind, decision=setting.decision),
            )
        value = found.entry(setting.element, choices)
        if isinstance(value, Outcome):
            return value
        place = value.location or found.location
        word = setting.default if is_null(value) else word_of(value, setting.words, setting.element, place, choices)
        if isinstance(word, Outcome):
            return word
        reason = f"{setting.named} is {word}"
        if word == "Requester":
            own = self._is_owner(bucket, contract, choices)
            if isinstance(own, Outcome):
                return own
            if own:
                return Outcome(
                    Status.HOLDS, f"{reason}, and requests of the bucket's own account need no x-amz-request-payer", place
                )
        correct = (setting.element, setting.words[0])
        cause = DemandCause(requires, setting.kind, found.attachment, correct, setting.decision)
        if word == setting.words[0]:
            return Outcome(Status.HOLDS, reason, place, steps=(Step(reason, place),), cause=cause)
        return Outcome(Status.FAILS, reason, place, {"request": setting.refused}, steps=(Step(reason, place),), cause=cause)

    def _is_owner(self, bucket: Bucket, contract: Contract, choices: Choices) -> bool | Outcome:
        """Whether the consumer is of the account that owns the bucket, in one case."""
        consumer = consumer_of(self.party, contract, bucket, choices)
        if isinstance(consumer, Symbol):
            return open_because(consumer, bucket.declaration.location)
        return same_text(consumer.caller.account, consumer.account_of(bucket.declaration.account, choices)) is Truth.TRUE


KIND = SettingNeed


def _locked(bucket: Bucket, choices: Choices) -> Outcome | None:
    """What follows of Object Lock for versioning that is not written: it works only with versioning, which it enables."""
    header = bucket.declaration.location
    lockable = taken(bucket.declaration.lockable, choices)
    found = configured(bucket, Kind.OBJECT_LOCK, choices)
    if lockable == Known(True) or (isinstance(found, Configured) and found.attachment.inline):
        return Outcome(Status.HOLDS, "the bucket is made with Object Lock, which enables versioning", header)
    if isinstance(lockable, Unknown):
        return open_because(lockable.symbol, header)
    if isinstance(found, Configured):
        reason = "Object Lock is configured, which S3 takes only with versioning, and no versioning is written"
        return open_because(Symbol("versioning", reason, "write it", found.location), header, reason)
    # Where versioning itself may be configured, that is the reason.
    return None if bucket.slot(Kind.VERSIONING).more else found
