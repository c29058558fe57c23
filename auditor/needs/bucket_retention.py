"""The demand that no default retention of Object Lock is in the way.

Overwriting an object makes a new version, and deleting it without a version id a delete marker: neither is refused. What is refused: an
upload without a checksum (every new version gets a retention period), and deleting a version before its period is over.
Sources: Amazon S3 User Guide, "How S3 Object Lock works" and "Managing Object Lock"; Amazon S3 API Reference, PutObject, Content-MD5 (it, or
a checksum of the SDK, is required for an upload with a retention period).
"""

from __future__ import annotations

from typing import ClassVar, Self

from auditor.contract import Contract, Need, WrittenNeed
from auditor.foundation.cases import Choices
from auditor.foundation.value import MapValue, Symbol, Unknown, Value, is_null
from auditor.lazy.classes import dataclass
from auditor.model import Bucket, Kind
from auditor.proofs.outcome import open_because, taken
from auditor.proofs.setting import DemandCause, configured, number_of
from auditor.verdict import Outcome, Status

_REQUIRES = "no default retention of Object Lock"
_DECISION = "Decide whether new versions must be retained: remove the default retention, or use another bucket"
_REFUSED = "PutObject without Content-MD5 or another checksum; DeleteObject of a version that is younger"


@dataclass(frozen=True, slots=True)
class RetentionNeed(Need):
    """That S3 refuses no upload and no deletion of a version because of a default retention."""

    IDS: ClassVar[str] = "bucket:no-retention"
    EXAMPLES: ClassVar[tuple[str, ...]] = ("bucket:no-retention",)

    @classmethod
    def read(cls, written: WrittenNeed) -> Self:
        """The need."""
        return cls(*written.head)

    def prove(self, bucket: Bucket, contract: Contract, choices: Choices) -> Outcome:  # noqa: ARG002 - it is the same for all
        """Whether the bucket has no default retention, in one case."""
        header = bucket.declaration.location
        found = configured(bucket, Kind.OBJECT_LOCK, choices)
        if isinstance(found, Outcome):
            return found
        if found is None:
            return Outcome(Status.HOLDS, "no default retention of Object Lock is written", header)
        retention = found.entry("DefaultRetention", choices)
        if isinstance(retention, Outcome):
            return retention
        place = retention.location or found.location
        if is_null(retention):
            return Outcome(Status.HOLDS, "Object Lock has no default retention", place)
        if isinstance(retention, Unknown):
            return open_because(retention.symbol, place)
        if not isinstance(retention, MapValue):
            return open_because(Symbol("DefaultRetention", "unsupported syntax", location=place), place)
        reason = f"Object Lock retains every new version{_period(retention, choices)}"
        cause = DemandCause(_REQUIRES, Kind.OBJECT_LOCK, found.attachment, decision=_DECISION)
        return Outcome(Status.FAILS, reason, place, {"request": _REFUSED}, cause=cause)


KIND = RetentionNeed


def _period(retention: MapValue, choices: Choices) -> str:
    """The period as the end of a clause; empty where it is not resolved."""
    for unit in ("Days", "Years"):
        value: Value | None = retention.entries.get(unit)
        count = None if value is None else number_of(taken(value, choices))
        if count:
            return f" for {count} {unit.lower()}" if count > 1 else f" for 1 {unit.lower()[:-1]}"
    return ""
