"""Answers as diagnostics: findings, unknown verdicts, what could not be read.

Source: Language Server Protocol 3.17, "PublishDiagnostics Notification".
"""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol.types import (
    ClientCapabilities,
    CodeDescription,
    Diagnostic,
    DiagnosticRelatedInformation,
    DiagnosticSeverity,
    DiagnosticTag,
)

from auditor.console import told
from auditor.finding import INPUT_ERROR, Finding, Severity
from auditor.foundation.errors import InputError, enumerated
from auditor.foundation.location import Location
from auditor.lazy.classes import dataclass
from auditor.lsp.places import EditorPlaces
from auditor.lsp.project import Audited
from auditor.render.parts.links import INFORMATION_URI, rule_page
from auditor.render.parts.wording import resolution_sentence, sentence, unreported
from auditor.report import Report
from auditor.verdict import Status, Verdict

SOURCE = "auditor"
_SEVERITIES = {
    Severity.ERROR: DiagnosticSeverity.Error,
    Severity.WARNING: DiagnosticSeverity.Warning,
    Severity.NOTE: DiagnosticSeverity.Information,
}
WITHOUT_EFFECT = frozenset({"cors-impossible-origin", "suppression-unused", "unknown-action"})
"""The rules that find what could as well not be there: editors fade it."""
_UNKNOWNS = f"{INFORMATION_URI}/blob/main/docs/unknowns.md"


@dataclass(frozen=True, slots=True)
class Shown:
    """A diagnostic, in its file; and the finding that it shows, None where it shows none."""

    path: str
    diagnostic: Diagnostic
    finding: Finding | None = None


class DiagnosticWriter:
    """Writes diagnostics as an editor understands them.

    Args:
        places: of the run.
        able: what the editor said that it can show; what it did not name is left out.
    """

    def __init__(self, places: EditorPlaces, able: ClientCapabilities) -> None:
        self._places = places
        shows = able.text_document.publish_diagnostics if able.text_document else None
        self._related = bool(shows and shows.related_information)
        self._described = bool(shows and shows.code_description_support)
        self._tags = tuple(shows.tag_support.value_set) if shows and shows.tag_support else ()

    def written(self, answer: Audited) -> Iterator[Shown]:
        """All that is to be shown of an answer."""
        for problem in answer.problems:
            yield self._problem(problem)
        if answer.report is None:
            return
        for error in unreported(answer.report):
            yield self._problem(error)
        for finding in answer.report.findings:
            yield self._finding(finding)
        yield from self._unknown(answer.report)

    def _finding(self, finding: Finding) -> Shown:
        said = [told(finding.message), *map(told, finding.help.strip().split("\n"))]
        one = self._diagnostic(finding.location, _SEVERITIES[finding.severity], "\n".join(filter(None, said)), finding.rule)
        if finding.rule in WITHOUT_EFFECT and DiagnosticTag.Unnecessary in self._tags:
            one.tags = [DiagnosticTag.Unnecessary]
        if self._related:
            one.related_information = [
                DiagnosticRelatedInformation(self._places.located(related.location), told(related.message) or "here")
                for related in finding.related
            ]
        return Shown(finding.location.path, one, finding)

    def _problem(self, problem: InputError) -> Shown:
        said = told(sentence(problem.message))
        return Shown(problem.location.path, self._diagnostic(problem.location, DiagnosticSeverity.Error, said, INPUT_ERROR))

    def _unknown(self, report: Report) -> Iterator[Shown]:
        """The unknown verdicts, those of one resource that are so for one reason together."""
        together: dict[tuple[str, Location, str], list[Verdict]] = {}
        for verdict in report.verdicts:
            if verdict.status is Status.UNKNOWN:
                together.setdefault((verdict.subject.address, verdict.location, verdict.reason), []).append(verdict)
        for (address, location, reason), verdicts in together.items():
            needs = enumerated([verdict.need.id for verdict in verdicts])
            ways = dict.fromkeys(resolution_sentence(way) for verdict in verdicts for way in verdict.resolved_by)
            said = [f"{needs} of '{address}' {'is' if len(verdicts) == 1 else 'are'} unknown: {reason}", *ways]
            text = "\n".join(told(sentence(one)) for one in said)
            yield Shown(location.path, self._diagnostic(location, DiagnosticSeverity.Information, text, Status.UNKNOWN.value))

    def _diagnostic(self, location: Location, severity: DiagnosticSeverity, text: str, code: str) -> Diagnostic:
        page = _UNKNOWNS if code == Status.UNKNOWN.value else rule_page(code)
        described = CodeDescription(page) if self._described else None
        return Diagnostic(self._places.seen(location), text, severity, code, described, SOURCE)
