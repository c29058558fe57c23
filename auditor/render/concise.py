"""One line each, as compilers print them and editors read them: `path:line:col: severity: message [rule]`."""

from __future__ import annotations

from auditor.finding import INPUT_ERROR, Finding, Severity
from auditor.foundation.errors import InputError
from auditor.foundation.location import Location
from auditor.render.parts.options import RenderOptions
from auditor.render.parts.terminal import clean
from auditor.render.parts.wording import one_line, unknown_sentence, unreported
from auditor.report import Report
from auditor.verdict import Status


def render(report: Report, options: RenderOptions) -> str:
    """The errors, findings and unknown verdicts, sorted by place; empty when there are none.

    What could not be read has the rule `input-error`, an unknown verdict the rule `unknown` (an error under `strict`, else a note).
    """
    opened = Severity.ERROR if options.strict else Severity.NOTE
    lines = [
        *(_error(error) for error in unreported(report)),
        *(_finding(finding) for finding in report.findings),
        *(
            (v.location, _line(v.location, opened, unknown_sentence(v), "unknown"))
            for v in report.verdicts
            if v.status is Status.UNKNOWN
        ),
    ]
    if options.show_suppressed:
        lines += [(f.location, _line(f.location, f.severity, f.message, f"{f.rule}, suppressed")) for f in report.suppressed]
    return "".join(f"{line}\n" for _, line in sorted(lines))


def _error(error: InputError) -> tuple[Location, str]:
    return error.location, _line(error.location, Severity.ERROR, error.message, INPUT_ERROR)


def _finding(finding: Finding) -> tuple[Location, str]:
    return finding.location, _line(finding.location, finding.severity, finding.message, finding.rule)


def _line(location: Location, severity: Severity, message: str, rule: str) -> str:
    return clean(f"{location}: {severity.value}: {one_line(message)} [{rule}]")
