"""A page to look at: one file without scripts, and without anything from elsewhere; readable on paper and by screen readers.

Each bucket has a picture of who reaches it, its verdicts, what to fix with the source, and what would resolve what is unknown.
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterable, Iterator

from auditor.finding import INPUT_ERROR, Finding
from auditor.foundation.errors import enumerated
from auditor.foundation.location import Location
from auditor.model import Bucket
from auditor.render.parts.excerpt import mask
from auditor.render.parts.lines import SourceLines
from auditor.render.parts.links import rule_page
from auditor.render.parts.numbered import Numbered, NumberedItem
from auditor.render.parts.options import RenderOptions
from auditor.render.parts.page import document, place, text
from auditor.render.parts.subjects import ReportedResource, by_subject
from auditor.render.parts.wording import (
    SEVERITY_ORDER,
    contract_name,
    sentence,
    summary,
    tally,
    turns,
    ways_to_fix,
    witness,
)
from auditor.render.picture import svg
from auditor.report import Report
from auditor.verdict import WORST_FIRST, Status, Verdict

_MARKS = {Status.HOLDS: "✓ holds", Status.FAILS: "✗ fails", Status.UNKNOWN: "? unknown", Status.NOT_APPLICABLE: "not applicable"}
_MOST_LINES = 12


def render(report: Report, options: RenderOptions) -> str:
    """The report as a page."""
    del options
    return document("auditor", "\n".join(_Page(report).sections()))


class _Page:
    def __init__(self, report: Report) -> None:
        self.report = report
        self.lines = SourceLines(report.texts)
        self.subjects, self.elsewhere = by_subject(report)
        self.numbered = Numbered(report, self.subjects)

    def sections(self) -> Iterator[str]:
        yield f"<h1>{text(sentence(summary(self.report)))}</h1>"
        yield "".join(f'<p class="soft">{text(note)}</p>' for note in self.report.notes)
        if self.report.errors:
            rows = "".join(f"<li><code>{text(place(one.location))}</code> {text(one.message)}</li>" for one in self.report.errors)
            yield f"<h2>Not read</h2><p>The audit is incomplete.</p><ul>{rows}</ul>"
        if len(self.subjects) > 1:
            yield self._contents()
        for number, subject in enumerate(self.subjects):
            yield from self._subject(number, subject)
        unread = {error.location for error in self.report.errors}
        others = [one for one in self.elsewhere if one.rule != INPUT_ERROR or one.location not in unread]
        if others:
            yield "<h2>Beside the buckets</h2>"
            yield from (self._finding(one, "") for one in sorted(others, key=lambda one: SEVERITY_ORDER[one.severity]))
        if self.report.assumptions:
            rows = "".join(f"<li>{text(one)}</li>" for one in self.report.assumptions)
            yield f"<h2>Assumptions</h2><p>They cannot be verified from code.</p><ul>{rows}</ul>"

    def _contents(self) -> str:
        several = len({subject.resource.root for subject in self.subjects}) > 1
        rows = "".join(
            f'<tr><td><a href="#bucket-{number}">{text(subject.address)}</a></td>'
            + (f'<td class="soft">{text(subject.resource.root)}</td>' if several else "")
            + f"<td>{_counts(subject.verdicts)}</td></tr>"
            for number, subject in enumerate(self.subjects)
        )
        named = ("Bucket", "Root", "Verdicts") if several else ("Bucket", "Verdicts")
        heads = "".join(f'<th scope="col">{name}</th>' for name in named)
        return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"

    def _subject(self, number: int, subject: ReportedResource) -> Iterator[str]:
        yield f'<section aria-labelledby="bucket-{number}"><h2 id="bucket-{number}">{text(subject.address)}</h2>'
        yield f'<p class="soft"><code>{text(place(subject.resource.location))}</code></p>'
        if isinstance(subject.resource, Bucket):
            yield f'<figure tabindex="0">{svg.render(subject.resource, number)}</figure>'
        for contract, verdicts in subject.contracts:
            yield f'<h3>{text(contract.title or contract.id)} <span class="soft">{text(contract_name(contract))}</span></h3>'
            heads = "".join(f'<th scope="col">{name}</th>' for name in ("Need", "Verdict", "Why"))
            rows = "".join(map(self._verdict, verdicts))
            yield f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        yield from map(self._item, self.numbered.first_told_of(subject))
        yield "</section>"

    def _verdict(self, verdict: Verdict) -> str:
        why = [text(verdict.reason), *(f"then {text(one.text)}" for one in verdict.obstacles)]
        if refused := witness(verdict):
            why.append(text(refused))
        links = "".join(f' <a href="#item-{number}">[{number}]</a>' for number in self.numbered.of(verdict))
        return (
            f'<tr><th scope="row"><code>{text(verdict.need.id)}</code></th>'
            f'<td class="status {verdict.status.value}">{_MARKS[verdict.status]}</td><td>{"<br>".join(why)}{links}</td></tr>'
        )

    def _item(self, item: NumberedItem) -> str:
        further = f'<p class="soft">Also: {text(enumerated(item.others))}.</p>' if item.others else ""
        if item.finding is not None:
            return self._finding(item.finding, f"{item.number}", further)
        resolution = next(iter(item.ways))
        told = "".join(f"<p>{text(sentence(said))}</p>" for said in turns(item.ways))
        hint = f"<p><strong>Help:</strong> {text(sentence(resolution.hint))}</p>" if resolution.hint else ""
        source = self._source(resolution.location) if resolution.location else ""
        return (
            f'<article class="warning" id="item-{item.number}"><h3>[{item.number}] <span class="status">unknown</span>: '
            f"{text(resolution.reason)}</h3>{source}{told}{hint}{further}</article>"
        )

    def _finding(self, finding: Finding, number: str, further: str = "") -> str:
        label = f"[{number}] " if number else ""
        anchor = f' id="item-{number}"' if number else ""
        story = "".join(f"<li>{text(one.message)}: <code>{text(place(one.location))}</code></li>" for one in finding.related)
        ways = "".join(
            f"<p><strong>{way.label.capitalize()}:</strong> {text(way.sentence)}</p>"
            + (f"<pre>{text(way.lines, lines=True)}</pre>" if way.lines else "")
            for way in ways_to_fix(finding)
        )
        rule = f'<a href="{html.escape(rule_page(finding.rule))}">{text(finding.rule)}</a>'
        return (
            f'<article class="{finding.severity.value}"{anchor}><h3>{label}<span class="status">{finding.severity.value}</span>: {rule}</h3>'
            f"<p>{text(sentence(finding.message))}</p>{self._source(finding.location)}"
            + (f'<ul class="soft">{story}</ul>' if story else "")
            + f"{ways}{further}</article>"
        )

    def _source(self, location: Location) -> str:
        """The lines of a region, what is meant marked."""
        shown: list[str] = []
        for number in range(
            location.line, min(location.end_line, location.line + _MOST_LINES - 1, self.lines.count(location.path)) + 1
        ):
            line = mask(self.lines.line(location.path, number)[:500])
            start = location.column - 1 if number == location.line else 0
            end = location.end_column - 1 if number == location.end_line else len(line)
            shown.append(f"{number:>5}  {text(line[:start])}<mark>{text(line[start:end])}</mark>{text(line[end:])}")
        return f"<p><code>{text(place(location))}</code></p>" + (f"<pre>{chr(10).join(shown)}</pre>" if shown else "")


def _counts(verdicts: Iterable[Verdict]) -> str:
    counts = Counter(verdict.status for verdict in verdicts)
    return ", ".join(f'<span class="{one.value}">{tally({one: counts[one]})}</span>' for one in WORST_FIRST if counts[one])
