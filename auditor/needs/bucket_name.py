"""Demands on the name of the bucket: what it must not hold, how it begins, how long it may be, and that a bucket can have it.

Source: Amazon S3 User Guide, "General purpose bucket naming rules" (3 to 63 characters: lower-case letters, digits, dots and hyphens) and
"Virtual hosting of general purpose buckets" (the certificate of S3 does not fit a name with dots).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Self

from auditor.aws import bucket_names
from auditor.aws.holes import contains, is_plain
from auditor.contract import Contract, Need, WrittenNeed
from auditor.foundation.cases import Choices
from auditor.foundation.errors import enumerated
from auditor.foundation.value import Domain, Symbol, Truth, Unknown, shown, text_parts
from auditor.lazy.classes import dataclass
from auditor.model import Bucket
from auditor.proofs.outcome import open_because
from auditor.proofs.setting import DemandCause
from auditor.verdict import Outcome, Status

_TEXT: Mapping[str, Any] = {"type": "string", "minLength": 1}


@dataclass(frozen=True, slots=True)
class NameNeed(Need):
    """That the consumer can use the name of the bucket.

    Attributes:
        without: texts that the name must not hold.
        starts_with: how it must begin; empty where that does not matter.
        longest: the most characters that it may have.
    """

    IDS: ClassVar[str] = "bucket:name"
    EXAMPLES: ClassVar[tuple[str, ...]] = ("bucket:name",)
    KEYS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "without": {
            "description": "Texts that the name must not hold, such as '.'.",
            "type": "array",
            "items": _TEXT,
            "minItems": 1,
        },
        "starts-with": {"description": "How the name must begin.", **_TEXT},
        "max-length": {
            "description": "How many characters the name may have at most.",
            "type": "string",
            "pattern": r"^([0-9]{1,18}|\$\{[a-z][a-z0-9-]*\})$",
            "examples": ["40"],
        },
    }

    without: tuple[str, ...] = ()
    starts_with: str = ""
    longest: int = bucket_names.LONGEST

    @classmethod
    def read(cls, written: WrittenNeed) -> Self:
        """The need, which has at least one of its keys."""
        without, starts_with = written.texts("without"), written.text("starts-with")
        if not (without or starts_with or written.text("max-length")):
            written.problem("one of the keys 'without', 'starts-with' and 'max-length' is missing", "id")
        longest = written.number("max-length")
        return cls(*written.head, without, starts_with, bucket_names.LONGEST if longest is None else longest)

    def prove(self, bucket: Bucket, contract: Contract, choices: Choices) -> Outcome:  # noqa: ARG002 - it is the same for all
        """Whether the name is as needed, for every value of what the code leaves unresolved."""
        name = bucket.declaration.name
        parts = text_parts(name)
        place = name.location or bucket.declaration.location
        unknown: Symbol | None = None
        for requires, answer in self._demands(parts, bucket):
            if isinstance(answer, str):
                decision = f"A bucket cannot be renamed: create one with {requires}, and copy the objects into it"
                cause = DemandCause(requires, decision=decision)
                return Outcome(Status.FAILS, answer, place, {"name": shown(parts, "<{}>")}, cause=cause)
            unknown = unknown or answer
        if unknown is not None:
            return open_because(unknown, place)
        return Outcome(Status.HOLDS, _as_required(parts), place)

    def _demands(self, parts: tuple[str | Symbol, ...], bucket: Bucket) -> Iterator[tuple[str, str | Symbol | None]]:
        """Each demand, and why it is not met, what would resolve whether it is, or None where it is met."""
        name = shown(parts, "<{}>")
        yield "a name that S3 accepts", None if bucket_names.is_possible(parts) else f"'{name}' cannot be the name of a bucket"
        holes = [part for part in parts if isinstance(part, Symbol)]
        for text in self.without:
            yield f"a name without '{text}'", _without(parts, text, bucket)
        if self.starts_with:
            yield f"a name that starts with '{self.starts_with}'", self._start(parts)
        least = sum(len(part) for part in parts if isinstance(part, str))
        longer = f"the name '{name}' has {least if not holes else f'at least {least}'} characters"
        beyond = holes[0] if holes and self.longest < bucket_names.LONGEST else None
        yield f"a name of at most {self.longest} characters", longer if least > self.longest else beyond

    def _start(self, parts: tuple[str | Symbol, ...]) -> str | Symbol | None:
        first = parts[0] if parts else ""
        if isinstance(first, Symbol):
            return first
        if first.startswith(self.starts_with):
            return None
        if len(parts) > 1 and isinstance(parts[1], Symbol) and self.starts_with.startswith(first):
            return parts[1]
        return f"the name '{shown(parts, '<{}>')}' does not start with '{self.starts_with}'"


KIND = NameNeed


def _as_required(parts: tuple[str | Symbol, ...]) -> str:
    """That a name is as required, and for which values of what is unresolved of it."""
    match parts:
        case (Symbol() as name,) if name.domain is Domain.BUCKET and is_plain(Unknown(name)):
            return "the name is as required: whatever it turns out to be, it is of letters, digits and hyphens"
        case (Symbol() as name,) if name.domain is Domain.BUCKET:
            return "the name is as required, whatever it turns out to be"
    open_ = [f"<{name}>" for name in dict.fromkeys(part.name for part in parts if isinstance(part, Symbol))]
    whatever = f", whatever {enumerated(open_)} {'is' if len(open_) == 1 else 'are'}" if open_ else ""
    return f"the name '{shown(parts, '<{}>')}' is as required{whatever}"


def _without(parts: tuple[str | Symbol, ...], text: str, bucket: Bucket) -> str | Symbol | None:
    """Why a name is not without a text, what would resolve whether it is, or None where it is."""
    begins = bucket.declaration.begins
    if text in begins:
        return f"the name begins with '{begins}', which contains '{text}'"
    found = contains(parts, text)
    if found is Truth.TRUE:
        return f"the name '{shown(parts, '<{}>')}' contains '{text}'"
    if found is Truth.FALSE:
        return None
    holes = [part for part in parts if isinstance(part, Symbol)]
    return next((hole for hole in holes if contains((hole,), text) is not Truth.FALSE), holes[0])
