"""The fixes of a report, tried: all together where that is right, else one after the other."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from auditor.finding import Certainty, Finding, Patch
from auditor.fixes.apply import applied
from auditor.fixing.harm import State, faults
from auditor.foundation.text import Texts
from auditor.inputs import linked_inputs
from auditor.pipeline import Request, audit

_ROUNDS = 5
"""How often what a fix brings to light is fixed as well."""


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
    state: State


def fix(request: Request, texts: Texts, named: str = "") -> Fixed:
    """The code of a request with its fixes, in memory.

    Args:
        request: what is audited.
        texts: the files.
        named: the rule whose fixes are wanted, also those that need review; empty for all that are safe.

    Raises:
        AuditError: the audit cannot be done.
    """
    bench = _Bench(request, texts)
    tried: list[Tried] = []
    for _ in range(_ROUNDS):
        seen = {one.finding.fingerprint for one in tried}
        wanted = [one for one in _wanted(bench.state, named) if one[0].fingerprint not in seen]
        if not wanted:
            break
        right, wrong = _sorted_out(bench, wanted)
        tried += wrong
        if not right:
            break
        bench.keep(right)
        tried += [Tried(*one) for one in right]
    return Fixed(bench.files, tuple(tried), bench.state)


_Wanted = tuple[Finding, Patch]


def _sorted_out(bench: _Bench, wanted: list[_Wanted]) -> tuple[list[_Wanted], list[Tried]]:
    """The fixes that are right, also all together, and those that are not; what is in neither is tried again when the others are made."""
    if not bench.faults(wanted):
        return wanted, []
    alone = [(one, bench.faults([one])) for one in wanted]
    right = [one for one, faults in alone if not faults]
    wrong = [Tried(*one, tuple(faults)) for one, faults in alone if faults]
    return (right if not bench.faults(right) else right[:1]), wrong


class _Bench:
    """The code with the fixes that were kept.

    Args:
        request: what is audited.
        texts: the files.
    """

    def __init__(self, request: Request, texts: Texts) -> None:
        self._request = request
        self._given = {name: texts.read_bytes(name) for name in ("-",) if name in texts.paths}
        self.files: dict[str, bytes] = {}
        self.state = self._audited({})

    def faults(self, wanted: Sequence[_Wanted]) -> list[str]:
        """What is wrong with some fixes, made together."""
        try:
            changed = self._changed(wanted)
        except (OSError, ValueError) as error:
            return [str(error)]
        return list(faults(self.state, self._audited(changed), [finding for finding, _ in wanted]))

    def keep(self, wanted: Sequence[_Wanted]) -> None:
        """Makes some fixes, which are right."""
        changed = self._changed(wanted)
        self.state = self._audited(changed)
        self.files |= changed

    def _changed(self, wanted: Sequence[_Wanted]) -> dict[str, bytes]:
        return applied(Texts(dict(self.files)), dict.fromkeys(edit for _, patch in wanted for edit in patch.edits))

    def _audited(self, changed: Mapping[str, bytes]) -> State:
        here = Texts({**self._given, **self.files, **changed})
        inputs = linked_inputs(self._request.paths, dataclasses.replace(self._request.options, roles=True), here)
        return State(inputs, audit(self._request, here, inputs))


def _wanted(state: State, named: str) -> Iterator[_Wanted]:
    """The first fix of each finding that is safe, or the first one of those of a rule."""
    for finding in state.report.findings:
        for patch in finding.fixes:
            if patch.edits and (finding.rule == named if named else patch.certainty is Certainty.SAFE):
                yield finding, patch
                break
