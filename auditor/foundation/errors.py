"""What could not be read or done.

Three kinds of trouble are kept apart: something wrong with the user's code is a finding, something the code leaves unresolved is an
unresolved value (`auditor.foundation.value`), and something that could not be read or carried out is an `InputError`: collected, shown with its
place, and answered with exit code 2.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from auditor.foundation.location import Location
from auditor.lazy.classes import dataclass


@dataclass(frozen=True, slots=True, order=True)
class InputError:
    """One thing that could not be read, located.

    Attributes:
        location: where; line 1, column 1 when the whole file is meant.
        message: one sentence, without the place.
    """

    location: Location
    message: str

    @property
    def place(self) -> str:
        """The file, with the line where not the whole of it is meant."""
        place = self.location
        return place.path if (place.line, place.end_line, place.end_column) == (1, 1, 1) else f"{place.path}:{place.line}"

    def __str__(self) -> str:
        return f"{self.location}: {self.message}"


RESOLVE = "resolve the input error"
"""What resolves a value that is unknown because something could not be read."""


AUDIT_LIVE = "audit the live bucket (docs/live-bucket.md)"
"""What resolves what no code shows: what a program does when it is run."""


class AuditError(Exception):
    """The audit as a whole cannot be done (usage, contract, configuration); `str()` is the message for the user.

    Args:
        message: one sentence, or one line for each problem.
        problems: the same as located errors, where the trouble lies in a file; the rest of the audit can be done without it.
    """

    def __init__(self, message: str, problems: tuple[InputError, ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems


def enumerated(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)


def failure(*problems: InputError) -> AuditError:
    """The exception that tells of problems in a file."""
    return AuditError("\n".join(map(str, problems)), problems)


_LIKE = 0.6
_LIKE_A_BEGINNING = 0.8


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` with the nearest of the words that are known, or nothing."""
    from difflib import SequenceMatcher

    def likeness(other: str) -> float:
        whole, beginning = (SequenceMatcher(None, text, word).ratio() for text in (other, other[: len(word)]))
        return max(whole, beginning if word[:1].isalpha() and len(word) > 1 and beginning >= _LIKE_A_BEGINNING else 0.0)

    likest, near = max(((likeness(other), other) for other in known), default=(0.0, ""))
    return f"; did you mean '{near}'?" if likest >= _LIKE else ""


def known_ones(word: str, known: Collection[str], what: str) -> str:
    """What is known where a word is not: `; did you mean 'x'? Known formats: x, y`, or without a near one `; known formats: x, y`."""
    near, listed = did_you_mean(word, known), f"{what}: {', '.join(known)}"
    return f"{near} Known {listed}" if near else f"; known {listed}"
