"""The code with the fixes that were kept, on which others are tried: all of it, or only what their files reach."""

from __future__ import annotations

import copy
import dataclasses
import functools
from collections.abc import Mapping, Sequence

from auditor.finding import INPUT_ERROR
from auditor.fixes.apply import applied
from auditor.fixing.harm import CodeState, FixFault, faults
from auditor.fixing.parts import Wanted
from auditor.foundation.errors import AuditError
from auditor.foundation.text import Texts
from auditor.inputs import linked_inputs
from auditor.lazy.classes import dataclass
from auditor.pipeline import Request, audit
from auditor.selection import may_be_in_code
from auditor.sources.reach import reached
from auditor.sources.tree import OnDisk, Tree
from auditor.sources.walk import Reached


@dataclass(frozen=True, slots=True)
class Attempt:
    """Some fixes made together.

    Attributes:
        made: they.
        files: the files that they change.
        state: the code with them; None where they cannot be made.
        faults: what is wrong with that; none when it is right.
    """

    made: Sequence[Wanted]
    files: Mapping[str, bytes]
    state: CodeState | None
    faults: tuple[FixFault, ...]


class Bench:
    """The code with the fixes that were kept.

    Args:
        request: what is audited.
        texts: the files.

    Attributes:
        files: the new content of each file that changed, by path.
        state: the code as it is.
    """

    def __init__(self, request: Request, texts: Texts) -> None:
        texts.disk.admit(request.options.border(request.paths))
        self._request, self._texts = request, texts.keeping()
        self._reach: Reached | None = None
        self._trees = functools.cache(lambda top: Tree(OnDisk(top)))
        self.files: dict[str, bytes] = {}
        self.state = self._audited({})

    def attempt(self, wanted: Sequence[Wanted]) -> Attempt:
        """Some fixes made together, in memory."""
        try:
            files = applied(self._texts.replaced(self.files), dict.fromkeys(edit for _, patch in wanted for edit in patch.edits))
            state = self._audited(files)
        except (OSError, ValueError, AuditError) as error:
            return Attempt(wanted, {}, None, (FixFault(str(error).partition("\n")[0]),))
        return Attempt(wanted, files, state, tuple(faults(self.state, state, [finding for finding, _ in wanted])))

    def keep(self, attempt: Attempt) -> None:
        """Keeps what was tried and is right."""
        self.state = attempt.state or self.state
        self.files |= attempt.files

    def within(self, wanted: Sequence[Wanted]) -> Bench:
        """What the files of some fixes reach, where that alone is audited as it is among all; else all."""
        roots = {finding.root for finding, _ in wanted}
        files = {edit.location.path for _, patch in wanted for edit in patch.edits}
        # Others may call the modules that these are in.
        files |= {bucket.location.path for bucket in self.state.inputs.buckets if bucket.root in roots}
        reach = reached(sorted(files), self._request.options, self._trees)
        if reach.everything:
            return self
        own = copy.copy(self)
        own._reach = reach  # noqa: SLF001 - of the same class
        try:
            state = own._audited({})  # noqa: SLF001 - likewise
        except AuditError:
            return self
        own.state = dataclasses.replace(state, report=dataclasses.replace(state.report, contracts=self.state.report.contracts))
        return own if _is_part(own.state, self.state) else self

    def _audited(self, changed: Mapping[str, bytes]) -> CodeState:
        here = self._texts.replaced({**self.files, **changed})
        options = dataclasses.replace(self._request.options, roles=True)
        inputs = linked_inputs(self._request.paths, options, here, self._reach)
        return CodeState(inputs, audit(self._request, here, inputs))


def _is_part(part: CodeState, whole: CodeState) -> bool:
    """Whether some roots alone are read, linked and judged as they are among all: then they share nothing with any other.

    What is found in a module that several roots call is one finding, of the first of them. A consumer that the code declares may be declared
    in any root.
    """
    roots = {root.root for root in part.inputs.roots}
    same = whole.inputs.within(roots)
    found, known = ({one for one in state.report.findings if one.rule != INPUT_ERROR} for state in (part, whole))
    return (
        len(part.inputs.roots) == len(same.roots)
        and part.inputs.buckets == same.buckets
        and not any(map(may_be_in_code, whole.report.contracts))
        and {*part.report.errors} <= {*whole.report.errors}
        and part.report.verdicts == tuple(one for one in whole.report.verdicts if one.subject.root in roots)
        and found <= known
        and all(one in found for one in known if one.root in roots)
    )
