"""The fixes of a report, tried: all together where that is right, else one after the other."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence

from auditor.finding import Certainty, Finding, Patch
from auditor.fixing.bench import Attempt, Bench
from auditor.fixing.harm import CodeState, FixFault
from auditor.fixing.parts import FixGroup, Wanted, blamed, parted
from auditor.foundation.location import Location
from auditor.foundation.text import Texts
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex
from auditor.pipeline import Request

_ROUNDS = 50
"""How often what a fix brings to light is fixed as well; each finding is fixed once."""
# The key of JSON or YAML that an edit begins with.
_KEY = regex(r"""[\s,]*["']?[\w:.-]+["']?\s*:(?=\s)""")


@dataclass(frozen=True, slots=True)
class Tried:
    """A fix that was tried.

    Attributes:
        finding: what it is a fix of.
        patch: it.
        faults: why it is not applied; none when it is.
    """

    finding: Finding
    patch: Patch
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fixed:
    """What came of the fixes.

    Attributes:
        files: the new content of each file that changes, by path.
        tried: every fix that was tried, in order.
        state: the code as it is then.
    """

    files: Mapping[str, bytes]
    tried: tuple[Tried, ...]
    state: CodeState


def fix(request: Request, texts: Texts, named: str = "") -> Fixed:
    """The code of a request with its fixes, in memory.

    Args:
        request: what is audited.
        texts: the files.
        named: the rule whose fixes are wanted, also those that need review; empty for all that are safe.

    Raises:
        AuditError: the audit cannot be done.
    """
    bench = Bench(request, texts)
    tried: list[Tried] = []
    for _ in range(_ROUNDS):
        seen = {one.finding.fingerprint for one in tried}
        wanted = [one for one in wanted_of(bench.state, named) if one[0].fingerprint not in seen]
        if not wanted:
            break
        attempt, wrong = _sorted_out(bench, wanted)
        tried += wrong
        if attempt is None:
            break
        bench.keep(attempt)
        tried += [Tried(*one) for one in attempt.made]
    return Fixed(bench.files, tuple(tried), bench.state)


def _sorted_out(bench: Bench, wanted: Sequence[Wanted]) -> tuple[Attempt | None, list[Tried]]:
    """The fixes that are right together, and those that are not right; what is in neither is tried again when the others are made.

    Each attempt is an audit, so what is apart is searched side by side, and what is wrong tells by its place where it belongs.
    """
    parts = parted(wanted)
    found = _side_by_side(bench, parts)
    if found is None and len(parts) > 1:  # what is apart does meet somewhere
        found = _side_by_side(bench, [FixGroup(wanted)])
    return found or (None, [])


def _side_by_side(bench: Bench, parts: Sequence[FixGroup]) -> tuple[Attempt | None, list[Tried]] | None:
    """The same where the parts are apart; None where it turns out that they are not.

    What is left is tried on less and less of the code; all together are tried on all of it, first and last.
    """
    searches = [_search(part.wanted) for part in parts]
    asked = [next(search) for search in searches]
    wrong: list[Tried] = []
    running = every = [*range(len(parts))]
    near, tried = bench, every
    while True:
        attempt = near.attempt([one for at in tried for one in asked[at]])
        told = blamed(attempt.faults, parts)
        if told is None or any(told[at] for at in every if at not in running):
            return None
        if not running:
            return (attempt if attempt.made else None), wrong
        for at in running:
            try:
                asked[at] = searches[at].send(told[at])
            except StopIteration as ended:
                asked[at], others = ended.value
                running = [one for one in running if one != at]
                wrong += others
        if not running and near is bench and [*attempt.made] == [one for some in asked for one in some]:
            return (attempt if attempt.made and not attempt.faults else None), wrong
        if not running:
            near, tried = bench, every
        elif 2 * len(running) <= len(tried):
            closer = bench.within([one for at in running for one in parts[at].wanted])
            near, tried = (near, tried) if closer is bench else (closer, running)


def _search(wanted: Sequence[Wanted]) -> Generator[Sequence[Wanted], tuple[FixFault, ...], tuple[Sequence[Wanted], list[Tried]]]:
    """Asks for fixes to be tried together, and is told what is wrong then; the fixes that are right, and those that are not.

    Where all together are not right, halves are tried: few of many are wrong.
    """
    together = _apart(wanted)
    faults = yield together
    if not faults:
        return together, []
    if len(wanted) == 1:
        return (), [Tried(*wanted[0], tuple(one.text for one in faults))]
    middle = len(wanted) // 2
    first, wrong = yield from _search(wanted[:middle])
    second, others = yield from _search(wanted[middle:])
    if first and second and not (yield (*first, *second)):
        first = (*first, *second)
    return first or second, [*wrong, *others]


def _apart(wanted: Sequence[Wanted]) -> Sequence[Wanted]:
    """The fixes of which no two write the same key at one place, such as that of a map for resources of a type: the first writes it for the others."""
    begun: dict[tuple[Location, str], str] = {}
    found: list[Wanted] = []
    for finding, patch in wanted:
        keys = {(edit.location, key[0]): edit.text for edit in patch.edits if (key := _KEY.match(edit.text))}
        if all(begun.get(place, text) == text for place, text in keys.items()):
            begun |= keys
            found.append((finding, patch))
    return found


def wanted_of(state: CodeState, named: str) -> Iterator[Wanted]:
    """The first fix of each finding that is safe, or the first one of those of a rule."""
    for finding in state.report.findings:
        for patch in finding.fixes:
            if patch.edits and (finding.rule == named if named else patch.certainty is Certainty.SAFE):
                yield finding, patch
                break
