"""Object Ownership: proven when it is `BucketOwnerEnforced`, written or as the default of a bucket that is certainly new.

Source: V7, External storage troubleshooting, "S3 Object Ownership"; Amazon S3 User Guide, "Controlling ownership of objects and disabling
ACLs" and "Default settings for new S3 buckets" (new buckets since April 2023 are BucketOwnerEnforced, older ones are as they were).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from auditor.contract import Contract, Need, WrittenNeed
from auditor.foundation.cases import Atom, Choices
from auditor.foundation.equality import same_text
from auditor.foundation.value import Known, Symbol, Template, Truth, Unknown, Value, is_null, symbols_in
from auditor.model import Attachment, Bucket, Kind
from auditor.proofs.outcome import attached, open_because, taken
from auditor.proofs.ownership import ENFORCED, SETTINGS, not_configured
from auditor.verdict import Cause, Outcome, Resolution, Status, Step


@dataclass(frozen=True, slots=True)
class OwnershipNeed(Need):
    """That the bucket's ACLs are off."""

    IDS: ClassVar[str] = "ownership"
    EXAMPLES: ClassVar[tuple[str, ...]] = ("ownership",)

    @classmethod
    def read(cls, written: WrittenNeed) -> Self:
        """The need."""
        return cls(*written.head)

    def prove(self, bucket: Bucket, contract: Contract, choices: Choices) -> Outcome:  # noqa: ARG002 - it is the same for all
        """Whether ACLs are off, in one case."""
        slot = bucket.slot(Kind.OWNERSHIP)
        header = bucket.declaration.location
        attachment = attached(slot, choices)
        if bucket.declaration.directory:
            # Source: Amazon S3 API Reference, OwnershipControlsRule: directory buckets are always bucket owner enforced.
            return Outcome(
                Status.HOLDS, "a directory bucket has ACLs disabled, always", header, cause=OwnershipCause(ENFORCED, None)
            )
        if isinstance(attachment, Symbol):
            return open_because(attachment, header)
        if attachment is None:
            return open_because(slot.more[0], header) if slot.more else _unwritten(bucket)
        value = taken(attachment.content, choices)
        return _unwritten(bucket) if is_null(value) else _set(value, attachment, choices)


KIND = OwnershipNeed


@dataclass(frozen=True, slots=True)
class OwnershipCause(Cause):
    """What decided.

    Attributes:
        setting: the value that is written, None when nothing or nothing resolved is.
        attachment: where it is written, None when nothing is.
    """

    setting: str | None
    attachment: Attachment | None


def _set(value: Value, attachment: Attachment, choices: Choices) -> Outcome:
    """The outcome for a value that is written."""
    location = attachment.content_location or attachment.location
    if isinstance(value, Known):
        if value.value in SETTINGS:
            return _written(str(value.value), attachment, value)
        cause = OwnershipCause(str(value.value), attachment)
        return Outcome(
            Status.FAILS, f"'{value.value}' is not a valid Object Ownership value", value.location or location, cause=cause
        )
    if not isinstance(value, Unknown | Template):
        return open_because(Symbol("Object Ownership", "its value is not text"), location)
    possible = tuple(setting for setting in SETTINGS if same_text(value, Known(setting)) is not Truth.FALSE)
    if not possible:
        reason = "no valid Object Ownership value matches this expression"
        return Outcome(Status.FAILS, reason, location, cause=OwnershipCause(None, attachment))
    symbol = next(symbols_in(value))
    labels = tuple(f"{symbol.name} is {setting}" for setting in possible)
    return _written(choices.of(Atom(("ownership", value), possible, symbol, labels)), attachment, value)


def _written(setting: str, attachment: Attachment, value: Known | Unknown | Template) -> Outcome:
    location = value.location or attachment.content_location or attachment.location
    step = Step(f"Object Ownership is {setting}", location)
    if setting == ENFORCED:
        return Outcome(
            Status.HOLDS, f"Object Ownership is {setting}", location, steps=(step,), cause=OwnershipCause(setting, attachment)
        )
    return Outcome(
        Status.FAILS,
        f"Object Ownership is {setting}: ACLs are on",
        location,
        {"request": "GetObject of an object that another account wrote without giving the bucket owner full control"},
        steps=(step,),
        cause=OwnershipCause(setting, attachment),
    )


def _unwritten(bucket: Bucket) -> Outcome:
    header = bucket.declaration.location
    if bucket.declaration.new:
        reason = "no Object Ownership is written, and a new bucket has ACLs disabled"
        return Outcome(Status.HOLDS, reason, header, cause=OwnershipCause(ENFORCED, None))
    symbol = not_configured(bucket)
    resolution = Resolution(symbol.name, symbol.reason, f"the bucket has {ENFORCED}", "its ACLs are on", symbol.hint, header)
    return Outcome(Status.UNKNOWN, symbol.reason, header, resolved_by=(resolution,), cause=OwnershipCause(None, None))
