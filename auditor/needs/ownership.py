"""Object Ownership: whether ACLs are off (`BucketOwnerEnforced`), or on, as written or as the default of a bucket that is certainly new.

Source: V7, External storage troubleshooting, "S3 Object Ownership"; Amazon S3 User Guide, "Controlling ownership of objects and disabling
ACLs" and "Default settings for new S3 buckets" (new buckets since April 2023 are BucketOwnerEnforced, older ones are as they were).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Self

from auditor.contract import Contract, Need, WrittenNeed
from auditor.foundation.cases import Atom, Choices
from auditor.foundation.equality import same_text
from auditor.foundation.errors import did_you_mean
from auditor.foundation.location import Location
from auditor.foundation.value import Known, Symbol, Template, Truth, Unknown, Value, is_null, symbols_in
from auditor.lazy.classes import dataclass
from auditor.model import Attachment, Bucket, Kind
from auditor.proofs.outcome import attached, open_because, taken
from auditor.proofs.ownership import ENFORCED, PREFERRED, SETTINGS, conflicting_acl, not_configured
from auditor.proofs.setting import told_elsewhere
from auditor.verdict import Cause, Outcome, Resolution, Status, Step

_OFF, _ON, _EITHER = _MODES = ("disabled", "enabled", "either")
_REFUSED = {
    _OFF: "GetObject of an object that another account wrote without giving the bucket owner full control",
    _ON: "PutObject with an ACL other than bucket-owner-full-control",
}


@dataclass(frozen=True, slots=True)
class OwnershipNeed(Need):
    """That the bucket's ACLs are off, or on.

    Attributes:
        acls: which of them.
    """

    IDS: ClassVar[str] = "ownership"
    EXAMPLES: ClassVar[tuple[str, ...]] = ("ownership",)
    KEYS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "acls": {
            "description": f"Whether the ACLs of the bucket must be {', '.join(_MODES[:-1])}, or may be {_MODES[-1]}; {_MODES[0]} by default.",
            "type": "string",
            "minLength": 1,
        }
    }

    acls: str = _MODES[0]

    @classmethod
    def read(cls, written: WrittenNeed) -> Self:
        """The need."""
        acls = written.text("acls") or _MODES[0]
        if acls not in _MODES:
            written.problem(f"'{acls}' is none of {', '.join(_MODES)}{did_you_mean(acls, _MODES)}", "acls")
        return cls(*written.head, acls)

    def prove(self, bucket: Bucket, contract: Contract, choices: Choices) -> Outcome:  # noqa: ARG002 - it is the same for all
        """Whether ACLs are as needed, in one case."""
        if self.acls == _EITHER:
            return Outcome(Status.HOLDS, "ACLs may be on or off", bucket.declaration.location)
        outcome = self._configured(bucket, choices)
        decided = outcome.status in (Status.HOLDS, Status.FAILS)
        conflict = conflicting_acl(bucket, choices) if self.acls == _OFF and decided else None
        if isinstance(conflict, Symbol):
            return open_because(conflict, outcome.location) if outcome.status is Status.HOLDS else outcome
        return _refused(outcome, *conflict) if conflict else outcome

    def _configured(self, bucket: Bucket, choices: Choices) -> Outcome:
        """The outcome of what is configured."""
        slot = bucket.slot(Kind.OWNERSHIP)
        header = bucket.declaration.location
        attachment = attached(slot, choices)
        if bucket.declaration.directory:
            # Source: Amazon S3 API Reference, OwnershipControlsRule: directory buckets are always bucket owner enforced.
            return self._answer(ENFORCED, "a directory bucket has ACLs disabled, always", header, OwnershipCause(ENFORCED, None))
        if isinstance(attachment, Symbol):
            return open_because(attachment, header)
        if attachment is None:
            return open_because(slot.more[0], header) if slot.more else self._unwritten(bucket)
        value = taken(attachment.content, choices)
        return self._unwritten(bucket) if is_null(value) else self._set(value, attachment, choices)

    def _set(self, value: Value, attachment: Attachment, choices: Choices) -> Outcome:
        """The outcome for a value that is written."""
        location = attachment.content_location or attachment.location
        if isinstance(value, Known):
            if value.value in SETTINGS:
                return self._written(str(value.value), attachment, value)
            cause = OwnershipCause(str(value.value), attachment)
            reason = f"'{value.value}' is not a valid Object Ownership value"
            return Outcome(Status.FAILS, reason, value.location or location, cause=cause)
        if not isinstance(value, Unknown | Template):
            return open_because(Symbol("Object Ownership", "its value is not text"), location)
        possible = tuple(setting for setting in SETTINGS if same_text(value, Known(setting)) is not Truth.FALSE)
        if not possible:
            reason = "no valid Object Ownership value matches this expression"
            return Outcome(Status.FAILS, reason, location, cause=OwnershipCause(None, attachment))
        symbol = next(symbols_in(value))
        labels = tuple(f"{symbol.written} is {setting}" for setting in possible)
        return self._written(choices.of(Atom(("ownership", value), possible, symbol, labels)), attachment, value)

    def _written(self, setting: str, attachment: Attachment, value: Known | Unknown | Template) -> Outcome:
        location = value.location or attachment.content_location or attachment.location
        reason = f"Object Ownership is {setting}"
        return self._answer(setting, reason, location, OwnershipCause(setting, attachment), (Step(reason, location),))

    def _answer(
        self, setting: str, reason: str, location: Location, cause: OwnershipCause, steps: tuple[Step, ...] = ()
    ) -> Outcome:
        """The outcome for a setting that is in force."""
        if (setting == ENFORCED) is (self.acls == _OFF):
            return Outcome(Status.HOLDS, reason, location, steps=steps, cause=cause)
        off = setting == ENFORCED
        reason = reason if off and cause.attachment is None else f"{reason}: ACLs are {'off' if off else 'on'}"
        return Outcome(Status.FAILS, reason, location, {"request": _REFUSED[self.acls]}, steps=steps, cause=cause)

    def _unwritten(self, bucket: Bucket) -> Outcome:
        header = bucket.declaration.location
        if bucket.declaration.new:
            reason = "no Object Ownership is written, and a new bucket has ACLs disabled"
            return self._answer(ENFORCED, reason, header, OwnershipCause(ENFORCED, None))
        symbol = not_configured(bucket)
        hint = symbol.hint if self.acls == _OFF else symbol.hint.replace(ENFORCED, PREFERRED)
        states = (f"the bucket has {ENFORCED}", "its ACLs are on")
        holds, fails = states if self.acls == _OFF else (states[1], states[0])
        resolution = Resolution(symbol.name, symbol.reason, holds, fails, hint, header)
        reason = symbol.reason if bucket.declaration.managed else told_elsewhere(bucket, Kind.OWNERSHIP)
        return Outcome(Status.UNKNOWN, reason, header, resolved_by=(resolution,), cause=OwnershipCause(None, None))


def _refused(outcome: Outcome, acl: Attachment, name: Known) -> Outcome:
    """The outcome where an ACL is to be put that S3 refuses with ACLs off: the deployment stops, so that neither is certainly in force."""
    location = name.location or acl.location
    reason = f"S3 refuses the ACL '{name.value}' together with {ENFORCED}"
    witness = {"request": f"to set the ACL and {ENFORCED}", "answer": "400, in any order"}
    cause = replace(outcome.cause, acl=acl) if isinstance(outcome.cause, OwnershipCause) else outcome.cause
    if outcome.status is Status.FAILS:
        return replace(outcome, cause=cause, obstacles=(Step(reason, location),))
    step = Step(f"{witness['request']}: {witness['answer']}", location)
    return replace(
        outcome, status=Status.FAILS, reason=reason, location=location, witness=witness, steps=(*outcome.steps, step), cause=cause
    )


KIND = OwnershipNeed


@dataclass(frozen=True, slots=True)
class OwnershipCause(Cause):
    """What decided.

    Attributes:
        setting: the value that is written, None when nothing or nothing resolved is.
        attachment: where it is written, None when nothing is.
        acl: the ACL with which S3 refuses to turn ACLs off, None when none is in the way.
    """

    setting: str | None
    attachment: Attachment | None
    acl: Attachment | None = None
