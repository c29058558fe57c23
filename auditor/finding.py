"""Something to fix, at an exact place. A finding is data; only renderers make text of it."""

from __future__ import annotations

import enum
from dataclasses import field
from typing import ClassVar

from auditor.foundation.location import Location
from auditor.lazy.classes import dataclass

INPUT_ERROR = "input-error"
"""The rule of what could not be read."""


class Severity(enum.Enum):
    """How bad: an error makes the exit code 1, a warning and a note do not."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    def is_above(self, other: Severity) -> bool:
        """Whether it is worse than another one."""
        return [*Severity].index(self) < [*Severity].index(other)


@dataclass(frozen=True, slots=True)
class Symptom:
    """What a platform shows when the finding is not fixed; `value` is its name in `auditor explain`. A platform may have others than these."""

    value: str

    FORBIDDEN: ClassVar[Symptom]
    CORS: ClassVar[Symptom]
    BAD_REQUEST: ClassVar[Symptom]
    NOT_FOUND: ClassVar[Symptom]
    UNAUTHORIZED: ClassVar[Symptom]
    SLOW: ClassVar[Symptom]


Symptom.FORBIDDEN = Symptom("403")
Symptom.CORS = Symptom("cors")
Symptom.BAD_REQUEST = Symptom("400")
Symptom.NOT_FOUND = Symptom("404")
Symptom.UNAUTHORIZED = Symptom("401")
Symptom.SLOW = Symptom("slow")


@dataclass(frozen=True, slots=True)
class Related:
    """A place that belongs to the story of a finding, and what it has to do with it ("bucket", "statement that refuses")."""

    location: Location
    message: str


class Certainty(enum.Enum):
    """How sure a fix is: safe to apply unseen, or to be looked at by a person first."""

    SAFE = "safe"
    NEEDS_REVIEW = "needs review"


@dataclass(frozen=True, slots=True)
class Edit:
    """The text of a region becomes another one; an empty region is a place to insert at.

    Attributes:
        location: the region.
        text: the new text, its lines ended by LF.
    """

    location: Location
    text: str


@dataclass(frozen=True, slots=True)
class Patch:
    """A fix in the language of the code.

    Attributes:
        title: what it does: one imperative sentence without a full stop.
        text: the lines that are to be there, for people to paste; may be empty.
        edits: the same as changes of files, all of them together and none over another; empty where the code is written in a way that
            no edit can be made of safely.
        certainty: how sure it is.
    """

    title: str
    text: str = ""
    edits: tuple[Edit, ...] = ()
    certainty: Certainty = Certainty.NEEDS_REVIEW


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to fix.

    Attributes:
        rule: the id of its rule.
        severity: of its rule, or as configured.
        message: whole sentences that stand alone: the address, the consumer, what is missing and why. Plain text without backticks or
            braces (GitHub shows neither), names in 'single quotes'.
        location: the exact line to change: statement, attribute, rule; the header of the bucket when something is absent.
        help: what a person can do: one imperative sentence; empty where the fixes say it all.
        related: the rest of the chain, from the bucket on.
        bucket: the address of its bucket; empty when it concerns no bucket.
        root: the root that declares the bucket; likewise.
        subject: what in the bucket it is about (need, statement id, header name): with rule and bucket it identifies the finding
            across edits, so it holds no line numbers.
        symptoms: what the platform shows.
        pointer: JSON pointer of the value, for findings in JSON payloads.
        justification: for a finding that is suppressed: the reason that its comment gives; may be empty.
        fixes: the smallest changes that fix it, the best first.

    Findings are looked up by what tells most of them apart, and compared by all.
    """

    rule: str
    severity: Severity
    message: str
    location: Location
    help: str = ""
    related: tuple[Related, ...] = field(default=(), hash=False)
    bucket: str = ""
    subject: str = ""
    symptoms: tuple[Symptom, ...] = field(default=(), hash=False)
    pointer: str | None = None
    justification: str = ""
    fixes: tuple[Patch, ...] = field(default=(), hash=False)
    root: str = ""

    @property
    def fingerprint(self) -> str:
        """Identity by content: rule, file, bucket, subject and root; never a line."""
        return self.joined((self.rule, self.location.path, self.bucket, self.subject, self.root))

    @staticmethod
    def joined(parts: tuple[str, ...]) -> str:
        """A fingerprint of its parts."""
        return "/".join(part.replace("%", "%25").replace("/", "%2F") for part in parts)

    @staticmethod
    def parted(fingerprint: str) -> tuple[str, str, str, str] | None:
        """The parts of a fingerprint; None when it is not one."""
        match [part.replace("%2F", "/").replace("%25", "%") for part in fingerprint.split("/")]:
            case [rule, path, bucket, subject]:
                return rule, path, bucket, subject
        return None
