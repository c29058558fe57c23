"""Safe fixes that a reviewer can be offered: those of one place, whose lines a change shows, each tried alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher

from auditor.finding import Finding, Patch
from auditor.fixes.apply import applied
from auditor.fixing.apply import wanted_of
from auditor.fixing.bench import Bench
from auditor.foundation.text import Texts
from auditor.lazy.classes import dataclass
from auditor.pipeline import Request


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Lines of a file in place of others.

    Attributes:
        finding: what it fixes.
        patch: the fix.
        path: of the file, as the finding has it.
        first, last: the lines that it replaces, from 1.
        lines: what they become, without line ends.
    """

    finding: Finding
    patch: Patch
    path: str
    first: int
    last: int
    lines: tuple[str, ...]


def suggestions(request: Request, texts: Texts, shown: Mapping[str, Sequence[tuple[int, int]]]) -> list[Suggestion]:
    """The safe fixes of an audit whose lines are shown, without those that are wrong or harm somebody.

    Args:
        request: what is audited.
        texts: the files.
        shown: the lines of each file that a change shows, as first and last, by the path that the audit has of it.

    Raises:
        AuditError: the audit cannot be done.
    """
    bench = Bench(request, texts)
    found: dict[Patch, Suggestion] = {}
    for finding, patch in wanted_of(bench.state, ""):
        one = None if patch in found else _of(finding, patch, texts)
        if one is None or not any(first <= one.first and one.last <= last for first, last in shown.get(one.path, ())):
            continue
        if not bench.attempt([(finding, patch)]).faults:
            found[patch] = one
    return list(found.values())


def _of(finding: Finding, patch: Patch, texts: Texts) -> Suggestion | None:
    """A fix as lines in place of others; None where it is not of one place."""
    try:
        files = applied(texts, patch.edits)
    except (OSError, ValueError):
        return None
    if len(files) != 1:
        return None
    [(path, content)] = files.items()
    old, new = (each.decode("utf-8").replace("\r\n", "\n").split("\n") for each in (texts.read_bytes(path), content))
    changes = [code for code in SequenceMatcher(None, old, new, autojunk=False).get_opcodes() if code[0] != "equal"]
    if len(changes) != 1:
        return None
    _, first, last, begin, end = changes[0]
    if first == last:  # nothing is replaced: the line before stands for the place
        if first == 0:
            return None
        first, begin = first - 1, begin - 1
    return Suggestion(finding, patch, path, first + 1, last, tuple(new[begin:end]))
