"""GitHub workflow annotations: `::error file=…,line=…::message`.

Source: GitHub, "Workflow commands for GitHub Actions" (the commands and their properties) and actions/toolkit,
`packages/core/src/command.ts` (percent sign, CR and LF are escaped, in properties colon and comma too). GitHub shows ten
annotations of each type for a step, so the most severe come first.
"""

from __future__ import annotations

from auditor.finding import INPUT_ERROR, Finding, Severity
from auditor.foundation.location import Location
from auditor.render.parts.options import RenderOptions
from auditor.render.parts.places import Places
from auditor.render.parts.terminal import clean_lines
from auditor.render.parts.wording import SEVERITY_ORDER, summary, unknown_sentence, unreported, ways_to_fix
from auditor.report import Report
from auditor.verdict import Status

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render(report: Report, options: RenderOptions) -> str:
    """An annotation for all that could not be read, every finding and every unknown verdict; the last line, for the log, counts."""
    places = Places(report.texts, options.repository_root)
    opened = Severity.ERROR if options.strict else Severity.NOTE
    annotations = [
        *((Severity.ERROR, error.location, INPUT_ERROR, error.message) for error in unreported(report)),
        *((finding.severity, finding.location, finding.rule, _message(finding)) for finding in report.findings),
        *(
            (opened, v.location, f"{v.need.id} is unknown", unknown_sentence(v))
            for v in report.verdicts
            if v.status is Status.UNKNOWN
        ),
    ]
    if options.show_suppressed:
        annotations += [(Severity.NOTE, f.location, f"{f.rule} (suppressed)", f.message) for f in report.suppressed]
    annotations.sort(key=lambda annotation: SEVERITY_ORDER[annotation[0]])
    lines = [annotation(places, *one) for one in annotations]
    return "\n".join((*lines, f"auditor: {summary(report)}")) + "\n"


def _message(finding: Finding) -> str:
    return "\n".join((finding.message, *map(str, ways_to_fix(finding))))


def annotation(places: Places, severity: Severity, location: Location, title: str, message: str) -> str:
    """One annotation at a place."""
    region = places.region(location)
    # Source: GitHub, REST API, "Create a check run", on annotations: columns are for regions on one line only.
    columns = {"col": str(region.column), "endColumn": str(region.end_column)} if region.line == region.end_line else {}
    properties = {
        "file": places.path(location.path),
        "line": str(region.line),
        "endLine": str(region.end_line),
        **columns,
        "title": f"auditor: {title}",
    }
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_COMMANDS[severity]} {written}::{_data(message)}"


def _data(text: str) -> str:
    return clean_lines(text).replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
