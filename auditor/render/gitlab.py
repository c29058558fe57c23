"""GitLab Code Quality.

Source: GitLab documentation, "Code Quality", "Code Quality report format" (the fields; severities info, minor, major, critical,
blocker).
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import Any

from auditor.finding import INPUT_ERROR, Severity
from auditor.foundation.location import Location
from auditor.render.parts.indented import indented
from auditor.render.parts.options import RenderOptions
from auditor.render.parts.places import Places
from auditor.render.parts.wording import one_line, unknown_sentence, unreported
from auditor.report import Report
from auditor.verdict import Status

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.NOTE: "info"}


def render(report: Report, options: RenderOptions) -> str:
    """The findings, what could not be read, and the unknown verdicts (`info`, under `strict` `critical`)."""
    places = Places(report.texts, options.repository_root)
    opened = Severity.ERROR if options.strict else Severity.NOTE
    findings = (*report.findings, *(report.suppressed if options.show_suppressed else ()))
    seen: Counter[str] = Counter()

    def issue(rule: str, severity: Severity, message: str, location: Location, *subject: str) -> dict[str, Any]:
        identity = json.dumps([rule, places.path(location.path), *subject])
        seen[identity] += 1
        return {
            "description": one_line(message),
            "check_name": rule,
            "fingerprint": hashlib.sha256(f"{identity}{seen[identity]}".encode()).hexdigest(),
            "severity": _SEVERITIES[severity],
            "location": {"path": places.path(location.path), "lines": {"begin": location.line, "end": location.end_line}},
        }

    issues = [
        *(issue(INPUT_ERROR, Severity.ERROR, error.message, error.location, error.message) for error in unreported(report)),
        *(issue(f.rule, f.severity, f.message, f.location, f.bucket, f.subject) for f in findings),
        *(
            issue("unknown", opened, unknown_sentence(v), v.location, v.contract.id, v.subject.address, v.need.id)
            for v in report.verdicts
            if v.status is Status.UNKNOWN
        ),
    ]
    return indented(issues)
