"""Markdown for a job summary or a comment on a pull request.

Source: GitHub, "Workflow commands" (a job summary holds 1 MiB for a step) and the REST API of issue comments (65 536 characters):
the smaller one bounds the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.finding import INPUT_ERROR, Finding, Severity
from auditor.foundation.location import Location
from auditor.lazy.expressions import regex
from auditor.render.parts.links import rule_page
from auditor.render.parts.options import RenderOptions
from auditor.render.parts.places import Places
from auditor.render.parts.subjects import ReportedResource, by_subject
from auditor.render.parts.terminal import clean, clean_lines
from auditor.render.parts.wording import (
    SEVERITY_ORDER,
    capital,
    contract_name,
    counted,
    one_line,
    resolution_sentence,
    sentence,
    summary,
    ways_to_fix,
    witness,
)
from auditor.report import Report
from auditor.verdict import Status, Verdict

LONGEST = 65_000

_MARKS = {
    Status.HOLDS: "✅ holds",
    Status.FAILS: "❌ fails",
    Status.UNKNOWN: "❔ unknown",
    Status.NOT_APPLICABLE: "▫️ not applicable",
}
_SEVERITIES = {Severity.ERROR: "❌", Severity.WARNING: "⚠️", Severity.NOTE: "💡"}
_CODE = regex(r"(?<!\w)'([^']+)'(?!\w)|((?:[a-z][a-z0-9+.-]{0,30}://|www\.)\S*[^\s.,;:!?)'])", re.IGNORECASE)
_SPECIAL = regex(r"([\\`*_\[\]|~#!<>&])")


def render(report: Report, options: RenderOptions) -> str:
    """The report in sections: counts, what was not read, verdicts, findings, assumptions. Beyond `LONGEST`, only their number."""
    places = Places(report.texts, options.repository_root)
    subjects, elsewhere = by_subject(report)
    unread = {error.location for error in report.errors}
    elsewhere = [finding for finding in elsewhere if finding.rule != INPUT_ERROR or finding.location not in unread]
    code = report.exit_code(strict=options.strict)
    undecided = report.nothing or report.counts["unknown"] or not (report.verdicts or report.checked)
    mark = "❌" if code and not report.nothing else "❔" if undecided else "✅"
    opening = f"## {mark} auditor\n\n{inline(sentence(summary(report)))}\n"
    calm = [subject for subject in subjects if subject.at_peace]
    sections = [
        *_unread(report, places),
        *(section for subject in subjects if not subject.at_peace for section in _subject(subject, places, options)),
        *(("### Beside the buckets\n",) if elsewhere and subjects else ()),
        *(_finding(finding, places) for finding in _worst_first(elsewhere)),
        *(_proven(calm, places, options) if calm else ()),
    ]
    closing = list(_closing(report, options))
    room = LONGEST - sum(len(section) + 1 for section in (opening, *closing))
    shown: list[str] = []
    for index, section in enumerate(sections):
        room -= len(section) + 1
        if room < 0:
            shown.append(
                f"*{counted(len(sections) - index, 'more section')} left out: the text would be too long for a comment.*\n"
            )
            break
        shown.append(section)
    return "\n".join((opening, *shown, *closing))


def _subject(subject: ReportedResource, places: Places, options: RenderOptions) -> Iterator[str]:
    """A section for the verdicts, and one for each finding."""
    yield "".join(_verdicts(subject, places, options))
    yield from (_finding(finding, places) for finding in _worst_first(subject.findings))


def _verdicts(subject: ReportedResource, places: Places, options: RenderOptions) -> Iterator[str]:
    yield f"### {_code(subject.address)}\n\n{_place(subject.resource.location, places)}\n"
    for contract, verdicts in subject.contracts:
        yield f"\n{inline(contract.title or contract.id)}, contract {_code(contract_name(contract))}\n\n"
        yield "| need | verdict | why |\n|---|---|---|\n"
        yield from (f"| {_code(verdict.need.id)} | {_MARKS[verdict.status]} | {_why(verdict)} |\n" for verdict in verdicts)
        if options.explain:
            for verdict in verdicts:
                steps = "".join(f"{number}. {inline(step.text)}\n" for number, step in enumerate(verdict.steps, 1))
                if steps:
                    yield f"\n<details><summary>{inline(verdict.need.id)}, step by step</summary>\n\n{steps}\n</details>\n"


def _why(verdict: Verdict) -> str:
    said = [inline(sentence(verdict.reason))]
    if refused := witness(verdict):
        said.append(f"**{inline(sentence(refused))}**")
    ways = (capital(sentence(resolution_sentence(resolution, verdict.reason))) for resolution in verdict.resolved_by)
    said += [inline(way) for way in ways if way]
    return "<br>".join(said)


def _finding(finding: Finding, places: Places) -> str:
    symptoms = "".join(f" {_code(symptom.value)}" for symptom in finding.symptoms)
    shown = f"#### {_SEVERITIES[finding.severity]} [{inline(finding.rule)}]({rule_page(finding.rule)}){symptoms}\n\n"
    shown += f"{inline(sentence(finding.message))}\n\n{_place(finding.location, places)}"
    shown += "".join(f"<br>{inline(related.message)}: {_place(related.location, places)}" for related in finding.related) + "\n"
    for way in ways_to_fix(finding):
        shown += f"\n**{way.label.capitalize()}:** {inline(way.sentence)}\n"
        if way.lines:
            fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", way.lines)), default=0))
            shown += f"\n{fence}\n{clean_lines(way.lines.expandtabs(2))}\n{fence}\n"
    return shown


def _proven(subjects: list[ReportedResource], places: Places, options: RenderOptions) -> Iterator[str]:
    rows = "".join("".join(_subject(subject, places, options)) + "\n" for subject in subjects)
    yield f"<details><summary>✅ {counted(len(subjects), 'bucket')} proven in every need</summary>\n\n{rows}\n</details>\n"


def _unread(report: Report, places: Places) -> Iterator[str]:
    if report.errors:
        rows = "".join(f"- {_place(error.location, places)}: {inline(error.message)}\n" for error in report.errors)
        yield f"### Not read\n\nThe audit is incomplete.\n\n{rows}"


def _closing(report: Report, options: RenderOptions) -> Iterator[str]:
    if options.show_suppressed and report.suppressed:
        rows = "".join(f"- {_code(finding.rule)}: {inline(finding.message)}\n" for finding in report.suppressed)
        yield f"<details><summary>{counted(len(report.suppressed), 'finding')} suppressed</summary>\n\n{rows}\n</details>\n"
    if report.assumptions:
        rows = "".join(f"- {inline(assumption)}\n" for assumption in report.assumptions)
        yield f"<details><summary>Assumptions (cannot be verified from code)</summary>\n\n{rows}\n</details>\n"
    if report.notes:
        yield "".join(f"- {inline(note)}\n" for note in report.notes)


def _worst_first(findings: list[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: SEVERITY_ORDER[finding.severity])


def _place(location: Location, places: Places) -> str:
    return _code(f"{places.path(location.path)}:{location.line}")


def inline(text: str) -> str:
    """Text that Markdown shows as it is, in one line: names in 'single quotes' and addresses are code, nobody is called by `@name`.

    Source: GitHub Flavored Markdown, 6.9, "Autolinks (extension)": `www.`, a scheme with `://`, and addresses of mail become links.
    """
    text, shown, end = one_line(text), "", 0
    for found in _CODE.finditer(text):
        shown += _plain(text[end : found.start()])
        shown += "\u200b" if shown.endswith("`") else ""  # or two spans would be read as one
        shown += _code(found[1] or found[2])
        end = found.end()
    return shown + _plain(text[end:])


def _plain(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", clean(text)).replace("@", "@\u200b")


def _code(text: str) -> str:
    """A code span that holds any text, also inside a table."""
    text = clean(one_line(text)).replace("|", "\\|")
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence} {text} {fence}" if "`" in text else f"`{text}`"
