"""For people at a terminal: every bucket with its verdicts, what to fix and how, what is unknown and what would resolve it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from auditor.contract import Contract
from auditor.finding import INPUT_ERROR, Finding, Severity
from auditor.foundation.errors import InputError, enumerated
from auditor.foundation.location import Location
from auditor.render.parts.lines import SourceLines
from auditor.render.parts.numbered import Numbered, NumberedItem
from auditor.render.parts.options import RenderOptions
from auditor.render.parts.subjects import ReportedResource, by_subject
from auditor.render.parts.terminal import NO_BREAK, Paint, clean, heading, pad, shortened, width_of, wrap
from auditor.render.parts.wording import (
    SEVERITY_ORDER,
    Way,
    counted,
    nouns,
    parameters,
    sentence,
    summary,
    tally,
    turns,
    ways_to_fix,
    witness,
)
from auditor.report import Report
from auditor.verdict import Resolution, Status, Verdict

_MARKS = {Status.HOLDS: "✓", Status.FAILS: "✗", Status.UNKNOWN: "?", Status.NOT_APPLICABLE: "·"}

_EXCUSED = "does not count: its findings are suppressed, known or switched off"

_TO_DO: tuple[Status, ...] = (Status.FAILS, Status.UNKNOWN)

_LABELLED = 13
"""The column of what stands beside a label (`value`, `because`, `fix`, `needs`, `help`)."""

_FEW = 4
"""How many buckets are told of at length; where there are more, what says nothing new is told in brief."""

_TOLD_BEFORE = "as told above"
_MOST_IN_A_ROW = 5
_FIRST_PLACES = 2

_MANY = 20
"""How many buckets the closing table has a line for each; where there are more, those of which it says the same share one."""

_MOST_ALSO = 3
_MOST_PLACES = 8
"""How many further buckets are named with a finding."""


def render(report: Report, options: RenderOptions) -> str:
    """The report for a terminal."""
    return "\n".join(_Human(report, options).lines()).strip("\n") + "\n"


def explained(report: Report, number: int, options: RenderOptions) -> str | None:
    """What a report numbers, in full: what it is about, what it decides and how, and what would be needed. None when it numbers nothing so."""
    human = _Human(report, replace(options, verbose=True))
    item = human.numbered.item(number)
    return None if item is None else "\n".join(human.explained(item)).strip("\n") + "\n"


def count(report: Report, options: RenderOptions) -> int:
    """How many things a report numbers."""
    return len(_Human(report, replace(options, verbose=True)).numbered)


class _Human:
    def __init__(self, report: Report, options: RenderOptions) -> None:
        self.report = report
        self.options = options
        self.paint = Paint(options.color)
        self.sources = SourceLines(report.texts)
        self.width = max(40, options.width)
        self.subjects, self.elsewhere = by_subject(report)
        self.several_roots = len({subject.resource.root for subject in self.subjects}) > 1
        self.told = [] if options.summary else [subject for subject in self.subjects if self._is_told(subject)]
        self.brief = len(self.told) > _FEW and not (options.verbose or options.explain)
        self.numbered = Numbered(report, sorted(self.told, key=self._is_unrelated))  # so --verbose gives nothing another number
        self.seen: set[tuple[object, ...]] = set()
        self.ways: dict[tuple[str, str, Way], str] = {}

    def _is_told(self, subject: ReportedResource) -> bool:
        """Whether a subject is told in full: it has to do with a consumer, and something is to be done about it."""
        if len(self.subjects) == 1 or self.options.verbose:
            return True
        return not self._is_unrelated(subject) and (self.options.explain or not subject.at_peace)

    def _is_unrelated(self, subject: ReportedResource) -> bool:
        return (subject.resource.root, subject.address) in self.report.unrelated

    def lines(self) -> Iterator[str]:
        if self.subjects and len(self.report.contracts) == 1:
            for line in wrap(_asked(self.report.contracts[0]), self.width):
                yield self.paint.dim(line)
            yield ""
        for root, of_root in groupby(self.told, key=lambda subject: subject.resource.root):
            if self.several_roots:
                yield self.paint.dim(heading(root, self.width))
                yield ""
            for subject in of_root:
                yield from self._subject(subject)
        yield from self._elsewhere()
        if self.options.show_suppressed and self.report.suppressed:
            yield self.paint.bold("Suppressed")
            for finding in self.report.suppressed:
                reason = f" ({finding.justification})" if finding.justification else ""
                yield from self._item(f"{finding.location}: {finding.message} [{finding.rule}]{reason}")
            yield ""
        yield from self._assumptions()
        if len(self.subjects) > 1 or (self.subjects and self.options.summary):
            yield from self._overview()
        yield from self._apart()
        yield from self._end()

    def explained(self, item: NumberedItem) -> Iterator[str]:
        """An item, then each need that it decides: how the verdict was reached, and what it needs in order to hold."""
        yield from self._numbered(item)
        for subject in item.subjects:
            for verdict in subject.verdicts:
                numbers = self.numbered.of(verdict)
                if item.number in numbers:
                    yield ""
                    yield from self._decided(subject, verdict, [number for number in numbers if number != item.number])
        if item.finding is not None:
            yield ""
            yield self.paint.dim(f"About the rule: auditor explain {clean(item.finding.rule)}")

    def _decided(self, subject: ReportedResource, verdict: Verdict, others: Sequence[int]) -> Iterator[str]:
        color = self._color(verdict.status)
        head = f"{clean(verdict.need.id)} of {clean(subject.address)} {_state(verdict)}: {verdict.reason}"
        for index, line in enumerate(wrap(head, self.width - 2)):
            yield color(f"{_MARKS[verdict.status]} {line}" if index == 0 else f"  {line}")
        if refused := witness(verdict):
            yield from self._labelled("so", refused)
        for number, step in enumerate(verdict.steps, 1):
            place = f" ({_place(step.location)})" if step.location else ""
            yield from self._item(f"{step.text}{place}", indent=4, mark=f"{number}.")
        for obstacle in verdict.obstacles:
            place = f" ({_place(obstacle.location)})" if obstacle.location else ""
            yield from self._labelled("then", f"{obstacle.text}{place}")
        if others:
            told = enumerated([f"[{number}]" for number in others])
            yield from self._labelled("also", f"{told} {'has' if len(others) == 1 else 'have'} to be resolved for it to hold")

    def _elsewhere(self) -> Iterator[str]:
        """The findings that are about no bucket, and what could not be read."""
        errors = {error.location for error in self.report.errors}
        for finding in sorted(self.elsewhere, key=lambda finding: SEVERITY_ORDER[finding.severity]):
            if finding.rule == INPUT_ERROR and finding.location in errors:
                continue  # shown below
            yield from self._finding(finding)
            yield ""
        alike: dict[str, list[InputError]] = {}
        for error in self.report.errors:
            alike.setdefault(error.message, []).append(error)
        for same in alike.values():
            yield from self._errors(same)
            yield ""

    def _assumptions(self) -> Iterator[str]:
        """The assumptions of the verdicts: in one line, unless all are to be told."""
        assumptions = self.report.assumptions
        if not assumptions:
            return
        if self.options.explain or self.options.verbose:
            yield self.paint.bold("Assumptions (cannot be verified from code)")
            for assumption in assumptions:
                yield from self._item(assumption)
        else:
            told = f"{counted(len(assumptions), 'assumption')} that code cannot verify: --explain lists {'it' if len(assumptions) == 1 else 'them'}"
            yield self.paint.dim(told)
        yield ""

    def _apart(self) -> Iterator[str]:
        """The buckets that nothing was asked of: how many, or by name where all is to be told."""
        if not (apart := self.report.apart) or not self.subjects:
            return
        if self.options.verbose:
            yield self.paint.bold("Not audited")
            for root, address in apart:
                yield from self._item(address if root == "." else f"{address} in {root}")
        else:
            told = counted(len(apart), "other bucket was", "other buckets were")
            yield self.paint.dim(f"{told} not audited: --verbose names {'it' if len(apart) == 1 else 'them'}")
        yield ""

    def _overview(self) -> Iterator[str]:
        """Every bucket in one line, those nearest to working first: what a reader of a long report sees first, at its end."""
        rows = sorted(self.subjects, key=self._distance)
        alike: dict[tuple[object, ...], list[ReportedResource]] = {}
        for subject in rows:
            address = subject.address if len(rows) <= _MANY else ""
            alike.setdefault((self._status(subject), self._said_of(subject), address), []).append(subject)
        addresses = Counter(of[0].address for of in alike.values())
        lines = [(of, _name_of(of, unique=addresses[of[0].address] == 1), self._said_of(of[0])) for of in alike.values()]
        longest = max(width_of(said) for *_, said in lines)
        room = max(16, self.width - longest - 6)
        widest = min(room, max(width_of(name) for _, name, _ in lines))
        if len(self.subjects) > 1:
            yield self.paint.bold(f"All {nouns(subject.resource for subject in self.subjects)[1]}, nearest to working first")
        alone = len({shortened(name, widest) for _, name, _ in lines}) < len({name for _, name, _ in lines})
        for of, name, said in lines:
            color = self._color(self._status(of[0]))
            mark = color(_MARKS[self._status(of[0])])
            if alone:  # too little room to tell the names apart beside what is said of them
                yield f"  {mark} {name}"
                yield f"    {said}"
                continue
            line = f"{pad(shortened(name, widest), widest)}  {pad(said, longest)}"
            left = self.width - width_of(line) - 6
            resource = of[0].resource
            beside = _place(resource.calls[0] if resource.calls else resource.location) if len(of) == 1 else _names(of, left)
            if width_of(beside) <= left:
                line += f"  {self.paint.dim(beside)}"
            yield f"  {mark} {line}".rstrip()
        yield ""

    def _said_of(self, subject: ReportedResource) -> str:
        counts = _counts(subject)
        said = tally({one: number for one, number in counts.items() if one is not Status.NOT_APPLICABLE}) or tally(counts)
        if self._is_unrelated(subject):
            titles = enumerated(tuple(contract.title or contract.id for contract, _ in subject.contracts))
            return f"not set up for {titles} ({said})"
        return said + (f"; {counted(len(subject.findings), 'finding')}" if subject.findings else "")

    def _status(self, subject: ReportedResource) -> Status:
        statuses = {verdict.status for verdict in subject.verdicts}
        if any(finding.severity is Severity.ERROR for finding in subject.findings):
            statuses.add(Status.FAILS)
        return next((one for one in _TO_DO if one in statuses), Status.HOLDS)

    def _distance(self, subject: ReportedResource) -> tuple[bool, bool, int, int]:
        """How far a bucket is from working: those that work come after those with something to do, those of nobody last."""
        failing = sum(verdict.status is Status.FAILS for verdict in subject.verdicts)
        unknown = sum(verdict.status is Status.UNKNOWN for verdict in subject.verdicts)
        return self._is_unrelated(subject), self._status(subject) is Status.HOLDS, failing, unknown

    def _subject(self, subject: ReportedResource) -> Iterator[str]:
        several = len(subject.contracts) > 1
        status = self._status(subject)
        asked = f" for {_asked(subject.contracts[0][0])}" if len(self.report.contracts) > 1 and not several else ""
        yield from self._head(subject, asked, f"{self._color(status)(_MARKS[status])} ")
        first = [*self.numbered.first_told_of(subject)]
        if self.brief and self._is_told_above(subject, first):
            todo, rest = (
                tally({one: number for one, number in _counts(subject).items() if (one in _TO_DO) is do}) for do in (True, False)
            )
            yield from self._item(f"{todo}: {_TOLD_BEFORE}{f'; {rest}' if rest else ''}", mark=self._color(status)(_MARKS[status]))
        else:
            for contract, verdicts in subject.contracts:
                if several:
                    yield f"  for {_asked(contract)}"
                yield from self._brief_table(verdicts) if self.brief else self._table(verdicts)
        if alike := [item for item in first if self._is_alike(item)]:
            yield from self._item(", ".join(_alike(alike, subject.resource.location)))
        yield ""
        for item in first:
            if not self._is_alike(item):
                yield from self._numbered(item)
                yield ""

    def _is_alike(self, item: NumberedItem) -> bool:
        """Whether an item is told by an earlier one, in one line."""
        if item.among is not None:
            return not (self.options.verbose or self.options.explain)
        return self.brief and item.like is not None

    def _head(self, subject: ReportedResource, asked: str, mark: str) -> Iterator[str]:
        """A resource and its place: the whole path where the line has room for it, else below the heading of its root, else in a line of its own."""
        address, location = clean(subject.address), subject.resource.location
        room = self.width - 2 - width_of(address) - width_of(asked) - 2
        place = _place(location)
        if width_of(place) > room and self.several_roots:
            place = _place(location, beside=subject.resource.root)
        head = f"{mark}{self.paint.bold(address)}{asked}"
        if width_of(place) <= room:
            yield f"{head}{' ' * (room - width_of(place) + 2)}{self.paint.dim(place)}"
        else:
            yield head
            yield f"  {self.paint.dim(place)}"

    def _is_told_above(self, subject: ReportedResource, first: Sequence[NumberedItem]) -> bool:
        """Whether an earlier subject had the same table, and nothing is new below it."""
        table = tuple(
            (contract.id, verdict.need.id, verdict.status, verdict.reason, tuple(one.text for one in verdict.obstacles))
            for contract, verdicts in subject.contracts
            for verdict in verdicts
            if verdict.status in _TO_DO
        )
        before = table in self.seen
        self.seen.add(table)
        return before and bool(table) and all(item.like is not None for item in first)

    def _numbered(self, item: NumberedItem) -> Iterator[str]:
        number = f"[{item.number}] "
        if item.finding is not None:
            yield from self._finding(item.finding, number)
        else:
            yield from self._unknown(item.ways, number)
        if also := [clean(other) for other in item.others]:
            more = [f"{len(also) - _MOST_ALSO} more"] if len(also) > _MOST_ALSO else []
            own_place = ", fixed at its own place" if len(also) == 1 else ", each fixed at a place of its own"
            apart = own_place if item.apart else ""
            yield from self._labelled("also", f"{enumerated((*also[:_MOST_ALSO], *more))}{apart}", dim=True)

    def _brief_table(self, verdicts: Sequence[Verdict]) -> Iterator[str]:
        """What fails or is unknown, needs of one reason together; of the rest, how many."""
        groups: dict[tuple[Status, str], dict[str, tuple[int, ...]]] = {}
        for verdict in verdicts:
            if verdict.status in _TO_DO:
                groups.setdefault((verdict.status, self._brief_reason(verdict)), {})[verdict.need.id] = self.numbered.of(verdict)
        for (status, said), needs in groups.items():
            color = self._color(status)
            told = {number for of in needs.values() for number in of} if said != _TOLD_BEFORE else ()
            numbers = _listed(sorted(told))
            for index, line in enumerate(wrap(f"{', '.join(map(clean, needs))}: {said}{numbers}", self.width - 4)):
                yield f"  {color(_MARKS[status])} {line}" if index == 0 else f"    {line}"
        rest = Counter(verdict.status for verdict in verdicts if verdict.status not in _TO_DO)
        if rest:
            mark = _MARKS[Status.HOLDS if rest[Status.HOLDS] else Status.NOT_APPLICABLE]
            yield self.paint.dim(f"  {mark} {tally(rest)}")

    def _brief_reason(self, verdict: Verdict) -> str:
        """Why a verdict fails or is unknown, the same for needs that differ in what is asked for alone."""
        if verdict.status is Status.UNKNOWN and self.numbered.is_told_before(verdict):
            return _TOLD_BEFORE
        asked = verdict.need.id.partition(":")[2] if verdict.need.id.startswith("cors:") else verdict.need.id
        reason = re.sub(rf"\b{re.escape(asked)}\b", "it", verdict.reason) if ":" in verdict.need.id else verdict.reason
        then = "".join(f"; then {obstacle.text}" for obstacle in verdict.obstacles)
        return f"{reason}{then}{f' ({_EXCUSED})' if self.report.is_excused(verdict) else ''}"

    def _table(self, verdicts: Sequence[Verdict]) -> Iterator[str]:
        needs = max(width_of(clean(verdict.need.id)) for verdict in verdicts)
        states = max(len(_state(verdict)) for verdict in verdicts)
        margin = 2 + 2 + needs + 2 + states + 2
        for verdict in verdicts:
            color = self._color(verdict.status)
            head = (
                f"  {color(_MARKS[verdict.status])} {pad(clean(verdict.need.id), needs)}  {color(pad(_state(verdict), states))}  "
            )
            numbers = _listed(self.numbered.of(verdict))
            said = [*wrap(f"{verdict.reason}{numbers}", self.width - margin)]
            for obstacle in verdict.obstacles:
                place = f" ({_place(obstacle.location)})" if obstacle.location else ""
                said += wrap(f"then {obstacle.text}{place}", self.width - margin)
            if refused := witness(verdict):
                said += wrap(f"→ {refused}", self.width - margin)
            if self.report.is_excused(verdict):
                said += wrap(f"→ {_EXCUSED}", self.width - margin)
            for index, line in enumerate(said):
                text = self.paint.dim(line) if verdict.status is Status.NOT_APPLICABLE else line
                yield (head if index == 0 else " " * margin) + text
            if self.options.explain:
                for number, step in enumerate(verdict.steps, 1):
                    place = f" ({_place(step.location)})" if step.location else ""
                    yield from self._item(f"{step.text}{place}", indent=6, mark=f"{number}.")

    def _finding(self, finding: Finding, number: str = "") -> Iterator[str]:
        color = {Severity.ERROR: self.paint.red, Severity.WARNING: self.paint.yellow, Severity.NOTE: self.paint.cyan}[
            finding.severity
        ]
        yield from self._headline(f"{number}{finding.severity.value}[{clean(finding.rule)}]:", finding.message, color)
        yield from self._excerpt(finding.location, color, "  ")
        if finding.pointer:
            yield from self._labelled("value", finding.pointer)
        if finding.related:
            beside = finding.location.path
            story = " ‹ ".join(f"{one.message} ({_place(one.location, beside=beside)})" for one in reversed(finding.related))
            yield from self._labelled("because", story, dim=True)
        for way in ways_to_fix(finding):
            told = self.ways.setdefault((finding.root, finding.bucket, way), number) if number and way.lines else number
            if told != number:
                yield from self._labelled(way.label, f"As for {told}")
                continue
            yield from self._labelled(way.label, way.sentence)
            for line in way.lines.split("\n") if way.lines else ():
                yield f"{' ' * _LABELLED}  {self.paint.cyan(clean(line.expandtabs(2)))}" if line.strip() else ""

    def _headline(self, label: str, text: str, color: Callable[[str], str]) -> Iterator[str]:
        """A label and a text, of which the first clause stands out."""
        clause, colon, _ = text.partition(": ")
        strong = len(wrap(f"{label} {clause}{colon.strip()}", self.width))
        for index, line in enumerate(wrap(f"{label} {text}", self.width)):
            bold = self.paint.bold if index < strong else str
            yield color(label) + bold(line.removeprefix(label)) if index == 0 else bold(line)

    def _labelled(self, label: str, text: str, *, dim: bool = False) -> Iterator[str]:
        paint = self.paint.dim if dim else self.paint.cyan
        for index, line in enumerate(wrap(text, self.width - _LABELLED)):
            said = self.paint.dim(line) if dim else line
            yield f"    {paint(label)}{' ' * (_LABELLED - 4 - len(label))}{said}" if index == 0 else " " * _LABELLED + said

    def _unknown(self, ways: Mapping[Resolution, Iterable[str]], number: str) -> Iterator[str]:
        """What would resolve unknown verdicts, with how the needs depend on it."""
        resolution = next(iter(ways))
        yield from self._headline(f"{number}unknown:", resolution.reason, self.paint.yellow)
        if resolution.location:
            yield from self._excerpt(resolution.location, self.paint.yellow, "  ")
        for said in turns(ways):
            yield from self._labelled("needs", said)
        if resolution.hint:
            yield from self._labelled("help", resolution.hint)

    def _excerpt(self, place: Location, mark: Callable[[str], str], indent: str) -> list[str]:
        """The lines of a region, the region painted."""
        from auditor.render.parts.excerpt import excerpt

        return excerpt(self.sources, place, self.width, self.paint, mark=mark, indent=indent)

    def _errors(self, errors: Sequence[InputError]) -> Iterator[str]:
        """What could not be read, for one reason: the first place with its lines, then the others."""
        error, *others = errors
        yield from self._headline("not read:", error.message, self.paint.red)
        whole = error.location == Location(error.location.path)
        if whole:
            yield f"  {self.paint.cyan('-->')} {_place(error.location, whole=True)}"
        else:
            yield from self._excerpt(error.location, self.paint.red, " ")
        also = [_place(other.location, whole=other.location == Location(other.location.path)) for other in others]
        if len(also) > _MOST_PLACES and not self.options.verbose:
            also[_MOST_PLACES:] = [f"{len(also) - _MOST_PLACES} more, which --verbose lists"]
        if also:
            yield from self._labelled("also", enumerated(also), dim=True)

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
            yield self.paint.dim(f"For details: auditor explain {clean(self._first_to_explain())}")
        for index, line in enumerate(wrap(sentence(summary(self.report)), self.width - 2)):
            yield color(f"{mark} {line}" if index == 0 else f"  {line}")

    def _first_to_explain(self) -> str:
        """What `auditor explain` is given for the worst finding: its number and the audit, or its rule where it has no number."""
        worst = min(self.report.findings, key=lambda finding: SEVERITY_ORDER[finding.severity])
        number = self.numbered.first(worst.severity)
        if number is None or self.options.again is None:
            return worst.rule
        return f"{number} {self.options.again}".rstrip()

    def _item(self, text: str, indent: int = 2, mark: str = "·") -> Iterator[str]:
        margin = indent + len(mark) + 1
        for index, line in enumerate(wrap(text, self.width - margin)):
            yield (" " * indent + self.paint.dim(mark) + " " if index == 0 else " " * margin) + line

    def _color(self, status: Status) -> Callable[[str], str]:
        return {
            Status.HOLDS: self.paint.green,
            Status.FAILS: self.paint.red,
            Status.UNKNOWN: self.paint.yellow,
            Status.NOT_APPLICABLE: self.paint.dim,
        }[status]


def _name_of(alike: Sequence[ReportedResource], *, unique: bool) -> str:
    """What the closing table calls those of which it says the same: by address, with the root where that alone tells, or how many they are."""
    first = alike[0]
    address = clean(first.address)
    if len({one.address for one in alike}) > 1:
        return counted(len(alike), *nouns(one.resource for one in alike))
    if len(alike) > 1:
        return f"{address} in {len(alike)} roots"
    return address if unique else f"{address} in {clean(first.resource.root)}"


def _listed(numbers: Iterable[int]) -> str:
    """The numbers of what tells more, to stand behind a reason, the first one in the line of its last word; of many in a row the first and last."""
    rows: list[list[int]] = []
    for number in numbers:
        if rows and rows[-1][-1] == number - 1:
            rows[-1].append(number)
        else:
            rows.append([number])
    listed = " ".join(
        f"[{row[0]}]-[{row[-1]}]" if len(row) > _MOST_IN_A_ROW else " ".join(f"[{number}]" for number in row) for row in rows
    )
    return f"{NO_BREAK}{listed}" if listed else ""


def _counts(subject: ReportedResource) -> Counter[Status]:
    return Counter(verdict.status for verdict in subject.verdicts)


def _names(subjects: Sequence[ReportedResource], room: int) -> str:
    """The names of some subjects, or the roots of those that have one name, as far as there is room for them."""
    addresses = dict.fromkeys(clean(one.address) for one in subjects)
    names = [*(addresses if len(addresses) > 1 else dict.fromkeys(clean(one.resource.root) for one in subjects))]
    used, shown = -len(", "), 0
    for number, name in enumerate(names, 1):
        used += len(", ") + width_of(name)
        if used > room:
            break
        if number == len(names):
            return ", ".join(names)
        if used + len(", …") <= room:
            shown = number
    return ", ".join((*names[:shown], "…")) if shown else ""


def _asked(contract: Contract) -> str:
    given = ", ".join(parameters(contract, " "))
    return clean(f"{contract.title or contract.id}" + (f": {given}" if given else ""))


def _state(verdict: Verdict) -> str:
    return "n/a" if verdict.status is Status.NOT_APPLICABLE else verdict.status.value


def _alike(items: Sequence[NumberedItem], header: Location) -> Iterator[str]:
    """Items by earlier ones: with their rule, where no verdict tells of them, and their place, where that is another line than the header of the bucket.

    Of many in a row that are like one, the first places are told.
    """
    for _, row in groupby(enumerate(items), lambda one: (one[1].number - one[0], _by(one[1]))):
        group = [item for _, item in row]
        if len(group) <= _MOST_IN_A_ROW:
            yield from (f"[{item.number}]{_by(item)}{_bracketed(_places([item], header))}" for item in group)
            continue
        places = _places(group, header)
        further = [f"{len(places) - _FIRST_PLACES} more"] if len(places) > _FIRST_PLACES else []
        yield f"[{group[0].number}]-[{group[-1].number}]{_by(group[0])}{_bracketed([*places[:_FIRST_PLACES], *further])}"


def _by(item: NumberedItem) -> str:
    finding = item.finding
    rule = "" if finding is None or finding.severity is Severity.ERROR else f" {finding.severity.value}[{clean(finding.rule)}]"
    return f"{rule} like [{item.like or item.among}]"


def _places(items: Sequence[NumberedItem], header: Location) -> list[str]:
    places = (item.place for item in items if item.place is not None)
    return [_place(one, beside=header.path) for one in places if (one.path, one.line) != (header.path, header.line)]


def _bracketed(places: Sequence[str]) -> str:
    return f" ({enumerated(places)})" if places else ""


def _place(location: Location, *, whole: bool = False, beside: str = "") -> str:
    """A place; beside the name of its file only the line, beside that of its directory or of a file there without the directory."""
    if location.path == beside:
        return f"line {location.line}"
    path = "standard input" if location.path == "-" else clean(location.path)
    for directory in (beside, beside.rpartition("/")[0]):
        path = path.removeprefix(f"{clean(directory)}/") if directory else path
    return path if whole else f"{path}:{location.line}"
