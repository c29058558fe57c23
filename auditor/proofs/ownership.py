"""Object Ownership: proven when it is explicitly `BucketOwnerEnforced`.

Source: V7, External storage troubleshooting, "S3 Object Ownership"; Amazon S3 User Guide, "Controlling ownership of objects and disabling
ACLs" and "Default settings for new S3 buckets" (new buckets since April 2023 are BucketOwnerEnforced, older ones are as they were).
"""

from __future__ import annotations

from dataclasses import dataclass

from auditor.contract import Contract, Need
from auditor.foundation.cases import Atom, Choices
from auditor.foundation.equality import same_text
from auditor.foundation.value import Known, Symbol, Template, Truth, Unknown, alternatives, is_null
from auditor.model import Attachment, Bucket, Kind
from auditor.proofs.outcome import Outcome, attached, open_because, prove
from auditor.verdict import Resolution, Status, Step, Verdict

ENFORCED = "BucketOwnerEnforced"
SETTINGS = (ENFORCED, "BucketOwnerPreferred", "ObjectWriter")


@dataclass(frozen=True, slots=True)
class OwnershipCause:
    """What decided.

    Attributes:
        setting: the value that is written, None when nothing or nothing resolved is.
        attachment: where it is written, None when nothing is.
    """

    setting: str | None
    attachment: Attachment | None


def prove_ownership(bucket: Bucket, need: Need, contract: Contract) -> Verdict:
    """The verdict for the need `ownership`."""
    slot = bucket.slot(Kind.OWNERSHIP)
    header = bucket.declaration.location

    def question(choices: Choices) -> Outcome:
        attachment = attached(slot, choices)
        if bucket.declaration.directory:
            # Source: Amazon S3 API Reference, OwnershipControlsRule: directory buckets are always bucket owner enforced.
            return Outcome(
                Status.HOLDS, "a directory bucket has ACLs disabled, always", header, cause=OwnershipCause(ENFORCED, None)
            )
        if isinstance(attachment, Symbol):
            return open_because(attachment, header)
        if attachment is None:
            return open_because(slot.perhaps[0], header) if slot.perhaps else _unwritten(bucket)
        location = attachment.content_location or attachment.location
        for when, value in alternatives(attachment.content):
            if not choices.hold(when):
                continue
            if is_null(value):
                return _unwritten(bucket)
            if isinstance(value, Known) and value.value in SETTINGS:
                return _written(str(value.value), attachment, value)
            if isinstance(value, Known):
                return Outcome(
                    Status.FAILS,
                    f"'{value.value}' is no Object Ownership setting",
                    value.location or location,
                    cause=OwnershipCause(str(value.value), attachment),
                )
            if isinstance(value, Unknown | Template):
                possible = [setting for setting in SETTINGS if same_text(value, Known(setting)) is not Truth.FALSE]
                symbol = (
                    value.symbol if isinstance(value, Unknown) else next(part for part in value.parts if isinstance(part, Symbol))
                )
                if not possible:
                    return Outcome(
                        Status.FAILS,
                        "no Object Ownership setting begins and ends like this",
                        location,
                        cause=OwnershipCause(None, attachment),
                    )
                chosen = choices.of(
                    Atom(
                        ("ownership", value), tuple(possible), symbol, tuple(f"{symbol.name} is {setting}" for setting in possible)
                    )
                )
                return _written(str(chosen), attachment, value)
            return open_because(Symbol("Object Ownership", "its value is no text"), location)
        return _unwritten(bucket)

    return prove(contract, bucket, need, question)


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
    if not bucket.declaration.managed:
        reason = "the bucket is declared elsewhere, and its ownership with it"
        hint = f"audit the code that declares the bucket, or write ownership controls with {ENFORCED} here"
    else:
        reason = "no Object Ownership is written: a new bucket has ACLs disabled, one from before April 2023 may not"
        hint = f"write ownership controls with {ENFORCED}"
    resolution = Resolution("Object Ownership", reason, f"the bucket has {ENFORCED}", "its ACLs are on", hint, header)
    return Outcome(Status.UNKNOWN, reason, header, resolved_by=(resolution,), cause=OwnershipCause(None, None))
