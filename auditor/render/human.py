"""For people at a terminal: every bucket with its verdicts, what to fix and how, what is unknown and what would resolve it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from auditor.contract import Contract
from auditor.finding import INPUT_ERROR, Finding, Severity
from auditor.foundation.errors import InputError
from auditor.foundation.location import Location
from auditor.render.parts.excerpt import excerpt
from auditor.render.parts.lines import Lines
from auditor.render.parts.options import Options
from auditor.render.parts.subjects import Subject, by_subject
from auditor.render.parts.terminal import Paint, clean, pad, width_of, wrap
from auditor.render.parts.wording import (
    SEVERITY_ORDER,
    counted,
    depends_on,
    enumerated,
    noun,
    sentence,
    summary,
    tally,
    ways_to_fix,
    witness,
)
from auditor.report import Report
from auditor.verdict import Resolution, Status, Verdict

_MARKS = {Status.HOLDS: "✓", Status.FAILS: "✗", Status.UNKNOWN: "?", Status.NOT_APPLICABLE: "·"}

_WORST_FIRST = (Status.FAILS, Status.UNKNOWN)

_LABELLED = 13
"""The column of what stands beside a label (`value`, `because`, `fix`, `needs`, `help`)."""


def render(report: Report, options: Options) -> str:
    """The report for a terminal."""
    return "\n".join(_Human(report, options).lines()).strip("\n") + "\n"


class _Human:
    def __init__(self, report: Report, options: Options) -> None:
        self.report = report
        self.options = options
        self.paint = Paint(options.color)
        self.sources = Lines(report.texts)
        self.width = max(40, options.width)

    def lines(self) -> Iterator[str]:
        subjects, elsewhere = by_subject(self.report)
        several_roots = len({subject.resource.root for subject in subjects}) > 1
        if subjects and len(self.report.contracts) == 1:
            for line in wrap(_asked(self.report.contracts[0]), self.width):
                yield self.paint.dim(line)
            yield ""
        told = [subject for subject in subjects if not subject.at_peace or len(subjects) == 1 or self.options.explain]
        for root, of_root in groupby(told, key=lambda subject: subject.resource.root):
            if several_roots:
                name = clean(root)
                yield self.paint.dim(f"── {name} " + "─" * max(3, min(self.width, 100) - width_of(name) - 4))
                yield ""
            for subject in of_root:
                yield from self._subject(subject)
        errors = {error.location for error in self.report.errors}
        for finding in self._worst_first(elsewhere):
            if finding.rule == INPUT_ERROR and finding.location in errors:
                continue  # shown below
            yield from self._finding(finding)
            yield ""
        for error in self.report.errors:
            yield from self._error(error)
            yield ""
        if self.options.show_suppressed and self.report.suppressed:
            yield self.paint.bold("Suppressed")
            for finding in self.report.suppressed:
                reason = f" ({finding.justification})" if finding.justification else ""
                yield from self._item(f"{finding.location}: {finding.message} [{finding.rule}]{reason}")
            yield ""
        if self.report.assumptions:
            yield self.paint.bold("Assumptions (cannot be verified from code)")
            for assumption in self.report.assumptions:
                yield from self._item(assumption)
            yield ""
        if len(subjects) > 1:
            yield from self._overview(subjects)
        yield from self._end()

    def _overview(self, subjects: Sequence[Subject]) -> Iterator[str]:
        """Every bucket in one line: what a reader of a long report sees first, at its end."""
        widest = min(60, max(width_of(clean(subject.address)) for subject in subjects))
        said = [
            tally(Counter(verdict.status for verdict in subject.verdicts))
            + (f"; {counted(len(subject.findings), 'finding')}" if subject.findings else "")
            for subject in subjects
        ]
        longest = max(map(len, said))
        yield self.paint.bold(f"All {noun(subject.resource for subject in subjects)}s")
        for subject, what in zip(subjects, said, strict=True):
            statuses = {verdict.status for verdict in subject.verdicts}
            if any(finding.severity is Severity.ERROR for finding in subject.findings):
                statuses.add(Status.FAILS)
            status = next((one for one in _WORST_FIRST if one in statuses), Status.HOLDS)
            resource = subject.resource
            place = self.paint.dim(_place(resource.calls[0] if resource.calls else resource.location))
            mark = self._color(status)(_MARKS[status])
            yield f"  {mark} {pad(clean(subject.address), widest)}  {pad(what, longest)}  {place}"
        yield ""

    def _subject(self, subject: Subject) -> Iterator[str]:
        several = len(subject.contracts) > 1
        address = self.paint.bold(clean(subject.address))
        asked = f" for {_asked(subject.contracts[0][0])}" if len(self.report.contracts) > 1 and not several else ""
        yield f"{address}{asked}  {self.paint.dim(_place(subject.resource.location))}"
        for contract, verdicts in subject.contracts:
            if several:
                yield f"for {_asked(contract)}"
            yield from self._table(verdicts)
        yield ""
        for finding in self._worst_first(subject.findings):
            yield from self._finding(finding, "  ")
            yield ""
        yield from self._resolutions([verdict for verdict in subject.verdicts if verdict.status is Status.UNKNOWN])

    def _table(self, verdicts: Sequence[Verdict]) -> Iterator[str]:
        needs = max(width_of(clean(verdict.need.id)) for verdict in verdicts)
        states = max(len(_state(verdict)) for verdict in verdicts)
        margin = 2 + 2 + needs + 2 + states + 2
        for verdict in verdicts:
            color = self._color(verdict.status)
            head = (
                f"  {color(_MARKS[verdict.status])} {pad(clean(verdict.need.id), needs)}  {color(pad(_state(verdict), states))}  "
            )
            said = [*wrap(verdict.reason, self.width - margin)]
            if refused := witness(verdict):
                said += wrap(f"→ {refused}", self.width - margin)
            if self.report.is_excused(verdict):
                said += wrap("→ does not count: its findings are suppressed, known or switched off", self.width - margin)
            for index, line in enumerate(said):
                text = self.paint.dim(line) if verdict.status is Status.NOT_APPLICABLE else line
                yield (head if index == 0 else " " * margin) + text
            if self.options.explain:
                for number, step in enumerate(verdict.steps, 1):
                    place = f" ({_place(step.location)})" if step.location else ""
                    yield from self._item(f"{step.text}{place}", indent=6, mark=f"{number}.")

    def _finding(self, finding: Finding, indent: str = "") -> Iterator[str]:
        color = {Severity.ERROR: self.paint.red, Severity.WARNING: self.paint.yellow, Severity.NOTE: self.paint.cyan}[
            finding.severity
        ]
        label = f"{finding.severity.value}[{clean(finding.rule)}]:"
        first, *rest = wrap(f"{label} {finding.message}", self.width - len(indent))
        yield indent + color(label) + self.paint.bold(first.removeprefix(label))
        for line in rest:
            yield indent + self.paint.bold(line)
        yield from excerpt(self.sources, finding.location, self.width, self.paint, mark=color, indent=indent + " ")
        if finding.pointer:
            yield from self._labelled("value", finding.pointer)
        for index, related in enumerate(finding.related):
            yield from self._labelled("because" if index == 0 else "", f"{related.message}, {_place(related.location)}")
        for way in ways_to_fix(finding):
            yield from self._labelled(way.label, way.sentence)
            for line in way.lines.split("\n") if way.lines else ():
                yield f"{' ' * _LABELLED}  {self.paint.cyan(clean(line.expandtabs(2)))}" if line.strip() else ""

    def _labelled(self, label: str, text: str) -> Iterator[str]:
        for index, line in enumerate(wrap(text, self.width - _LABELLED)):
            yield (
                f"    {self.paint.cyan(label)}{' ' * (_LABELLED - 4 - len(label))}{line}" if index == 0 else " " * _LABELLED + line
            )

    def _resolutions(self, verdicts: Sequence[Verdict]) -> Iterator[str]:
        """What would resolve the unknown verdicts: each thing once, with how the needs depend on it."""
        things: dict[tuple[str, str, Location | None], dict[Resolution, dict[str, None]]] = {}
        for verdict in verdicts:
            for resolution in verdict.resolved_by:
                thing = things.setdefault((resolution.reason, resolution.hint, resolution.location), {})
                thing.setdefault(resolution, {})[verdict.need.id] = None
        for (reason, _, _), ways in things.items():
            resolution = next(iter(ways))
            label = "unknown:"
            first, *rest = wrap(f"{label} {reason}", self.width - 2)
            yield "  " + self.paint.yellow(label) + self.paint.bold(first.removeprefix(label))
            for line in rest:
                yield "  " + self.paint.bold(line)
            if resolution.location:
                yield from excerpt(self.sources, resolution.location, self.width, self.paint, mark=self.paint.yellow, indent="   ")
            yield from self._turns(ways)
            if resolution.hint:
                yield from self._labelled("help", resolution.hint)
            yield ""

    def _turns(self, ways: Mapping[Resolution, Iterable[str]]) -> Iterator[str]:
        """How the needs depend on one thing: each way of it, and the needs of which no way can be told together."""
        untold: dict[str, None] = {}
        for way, needs in ways.items():
            if said := depends_on(way, tuple(needs)):
                yield from self._labelled("needs", said)
            else:
                untold.update(dict.fromkeys(needs))
        if untold:
            yield from self._labelled("needs", f"{enumerated(tuple(untold))} {'depends' if len(untold) == 1 else 'depend'} on it")

    def _error(self, error: InputError) -> Iterator[str]:
        label = "not read:"
        first, *rest = wrap(f"{label} {error.message}", self.width)
        yield self.paint.red(label) + self.paint.bold(first.removeprefix(label))
        for line in rest:
            yield self.paint.bold(line)
        whole = error.location == Location(error.location.path)
        if whole:
            yield f"  {self.paint.cyan('-->')} {_place(error.location, whole=True)}"
        else:
            yield from excerpt(self.sources, error.location, self.width, self.paint, mark=self.paint.red, indent=" ")

    def _end(self) -> Iterator[str]:
        for note in self.report.notes:
            for index, line in enumerate(wrap(note, self.width - 6)):
                yield self.paint.dim(("note: " if index == 0 else "      ") + line)
        if not (self.report.verdicts or self.report.findings or self.report.errors or self.report.checked):
            yield "Nothing was audited." if not self.report.notes else "So nothing was audited."
            return
        counts = self.report.counts
        code = self.report.exit_code(strict=self.options.strict)
        color = self.paint.red if code else self.paint.yellow if counts["unknown"] else self.paint.green
        mark = "✗" if code else "?" if counts["unknown"] else "✓"
        if self.report.findings:
            worst = self._worst_first(self.report.findings)[0]
            yield self.paint.dim(f"For details: auditor explain {clean(worst.rule)}")
        for index, line in enumerate(wrap(sentence(summary(self.report)), self.width - 2)):
            yield color(f"{mark} {line}" if index == 0 else f"  {line}")

    def _item(self, text: str, indent: int = 2, mark: str = "·") -> Iterator[str]:
        margin = indent + len(mark) + 1
        for index, line in enumerate(wrap(text, self.width - margin)):
            yield (" " * indent + self.paint.dim(mark) + " " if index == 0 else " " * margin) + line

    def _worst_first(self, findings: Sequence[Finding]) -> list[Finding]:
        return sorted(findings, key=lambda finding: SEVERITY_ORDER[finding.severity])

    def _color(self, status: Status) -> Callable[[str], str]:
        return {
            Status.HOLDS: self.paint.green,
            Status.FAILS: self.paint.red,
            Status.UNKNOWN: self.paint.yellow,
            Status.NOT_APPLICABLE: self.paint.dim,
        }[status]


def _asked(contract: Contract) -> str:
    given = ", ".join(f"{name} {value}" for name, value in contract.parameters.items() if value)
    return clean(f"{contract.title or contract.id}" + (f": {given}" if given else ""))


def _state(verdict: Verdict) -> str:
    return "n/a" if verdict.status is Status.NOT_APPLICABLE else verdict.status.value


def _place(location: Location, *, whole: bool = False) -> str:
    path = "standard input" if location.path == "-" else clean(location.path)
    return path if whole else f"{path}:{location.line}"
