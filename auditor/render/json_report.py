"""The report as JSON, version 1: for programs. Fields may be added; those there are keep their meaning."""

from __future__ import annotations

from typing import Any

from auditor.finding import Finding, Patch
from auditor.foundation.errors import InputError
from auditor.foundation.location import Location
from auditor.foundation.version import __version__
from auditor.lazy.answers import made_once
from auditor.model import Bucket
from auditor.render.parts.indented import Recurring, indented
from auditor.render.parts.options import RenderOptions
from auditor.report import Report
from auditor.verdict import Verdict

VERSION = 1

# The instances of a module have the same places, one after the other.
_KEPT = 256


def render(report: Report, options: RenderOptions) -> str:
    """The report as one JSON object; the suppressed findings themselves only where `options.show_suppressed` asks for them."""
    document: dict[str, Any] = {
        "version": VERSION,
        "tool": {"name": "auditor", "version": __version__},
        "contracts": [{"id": contract.id, "with": dict(contract.parameters)} for contract in report.contracts],
        "verdicts": (_verdict(verdict, report, options) for verdict in report.verdicts),
        "findings": (_finding(finding) for finding in report.findings),
        "assumptions": list(report.assumptions),
        "errors": [problem(error) for error in report.errors],
        **({"checked": report.checked} if report.checked else {}),
        "notes": list(report.notes),
        "summary": report.counts,
    }
    if options.show_suppressed:
        document["suppressed"] = [_finding(finding) | {"justification": finding.justification} for finding in report.suppressed]
    return indented(document)


def place(location: Location | None) -> dict[str, Any] | None:
    """A location as JSON: columns in Unicode code points, the end exclusive."""
    return None if location is None else _place(location)


@made_once(_KEPT)
def _place(location: Location) -> Recurring:
    return Recurring(
        {
            "path": location.path,
            "line": location.line,
            "column": location.column,
            "end_line": location.end_line,
            "end_column": location.end_column,
        }
    )


def _verdict(verdict: Verdict, report: Report, options: RenderOptions) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "contract": verdict.contract.id,
        "bucket": verdict.subject.address if isinstance(verdict.subject, Bucket) else "",
        "resource": {"kind": verdict.subject.NOUN, "address": verdict.subject.address},
        "root": verdict.subject.root,
        "need": verdict.need.id,
        "status": verdict.status.value,
        "reason": verdict.reason,
        "witness": dict(verdict.witness),
        "obstacles": [{"text": step.text, "location": place(step.location)} for step in verdict.obstacles],
        "resolved_by": [
            {
                "name": resolution.name,
                "reason": resolution.reason,
                "holds_if": resolution.holds_if,
                "fails_if": resolution.fails_if,
                "only_if": resolution.only_if,
                "hint": resolution.hint,
                "location": place(resolution.location),
            }
            for resolution in verdict.resolved_by
        ],
        "location": place(verdict.location),
        "assumptions": list(verdict.assumptions),
        "suppressed": report.is_excused(verdict),
    }
    if options.explain:
        shown["steps"] = [{"text": step.text, "location": place(step.location)} for step in verdict.steps]
    return shown


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "kind": "fail",
        "message": finding.message,
        "bucket": finding.bucket,
        "root": finding.root,
        "location": place(finding.location),
        "related": [{"message": related.message, "location": place(related.location)} for related in finding.related],
        "symptoms": [symptom.value for symptom in finding.symptoms],
        "fingerprint": finding.fingerprint,
        "subject": finding.subject,
        "help": finding.help,
        "fixes": [_patch(patch) for patch in finding.fixes],
        "pointer": finding.pointer,
    }


def _patch(patch: Patch) -> dict[str, Any]:
    return {
        "title": patch.title,
        "certainty": patch.certainty.value,
        "text": patch.text,
        "edits": [{"location": place(edit.location), "text": edit.text} for edit in patch.edits],
    }


def problem(error: InputError) -> dict[str, Any]:
    """What could not be read or done, as JSON."""
    return {"path": error.location.path, "line": error.location.line, "message": error.message, "column": error.location.column}
