"""Something to fix, at an exact place. A finding is data; only renderers make text of it."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from auditor.foundation.location import Location


class Severity(enum.Enum):
    """How bad: an error makes the exit code 1, a warning and a note do not."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Symptom(enum.Enum):
    """What the platform shows when the finding is not fixed; the words of `auditor explain`."""

    FORBIDDEN = "403"
    CORS = "cors"
    BAD_REQUEST = "400"
    NOT_FOUND = "404"
    UNAUTHORIZED = "401"
    SLOW = "slow"
    MISPLACED = "misplaced"


@dataclass(frozen=True, slots=True)
class Related:
    """A place that belongs to the story of a finding, and what it has to do with it ("bucket", "statement that refuses")."""

    location: Location
    message: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to fix.

    Attributes:
        rule: the id of its rule.
        severity: of its rule, or as configured.
        message: whole sentences that stand alone: the address, the consumer, what is missing and why. Plain text without backticks or
            braces (GitHub shows neither), names in 'single quotes'.
        location: the exact line to change: statement, attribute, rule; the header of the bucket when something is absent.
        fix: the smallest change that fixes it: one imperative sentence, or lines to paste after a first sentence; may be empty.
        related: the rest of the chain, from the bucket on.
        bucket: the address of its bucket; empty when it concerns no bucket.
        subject: what in the bucket it is about (need, statement id, header name): with rule and bucket it identifies the finding
            across edits, so it holds no line numbers.
        symptoms: what the platform shows.
        pointer: JSON pointer of the value, for findings in JSON payloads.
        justification: for a finding that is held back: the reason that its suppression gives; may be empty.
    """

    rule: str
    severity: Severity
    message: str
    location: Location
    fix: str = ""
    related: tuple[Related, ...] = ()
    bucket: str = ""
    subject: str = ""
    symptoms: tuple[Symptom, ...] = ()
    pointer: str | None = None
    justification: str = ""

    @property
    def fingerprint(self) -> str:
        """Identity by content: rule, file, bucket and subject; never a line."""
        return "/".join(
            part.replace("%", "%25").replace("/", "%2F") for part in (self.rule, self.location.path, self.bucket, self.subject)
        )
