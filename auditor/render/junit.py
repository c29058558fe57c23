"""JUnit XML: a test suite for each bucket and contract, a test case for each verdict, and one suite for the findings.

Sources: the schema of the Jenkins xUnit plugin (`junit-10.xsd`), which CI systems agree on; XML 1.0, 2.2 (the characters that a
document may hold).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from auditor.finding import INPUT_ERROR, Finding, Severity
from auditor.foundation.location import Location
from auditor.lazy.expressions import regex
from auditor.render.parts.options import RenderOptions
from auditor.render.parts.places import Places
from auditor.render.parts.subjects import by_subject
from auditor.render.parts.wording import summary, unknown_sentence, unreported, ways_to_fix, witness
from auditor.report import Report
from auditor.verdict import Status, Verdict

_FORBIDDEN = regex("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(report: Report, options: RenderOptions) -> str:
    """The report as XML: failures, skipped cases for what is unknown (failures under `strict`), errors for what was not read."""
    places = Places(report.texts, options.repository_root)
    subjects, _ = by_subject(report)
    suites = [
        _suite(
            f"{contract.id}: {subject.address} in {subject.resource.root}",
            [_verdict(verdict, places, options) for verdict in verdicts],
        )
        for subject in subjects
        for contract, verdicts in subject.contracts
    ]
    findings = [_finding(finding, places) for finding in report.findings]
    findings += [
        _case("input", error.location, f"{INPUT_ERROR}: {error.message}", places, _outcome("error", error.message, ""))
        for error in unreported(report)
    ]
    if options.show_suppressed:
        findings += [
            _case(f.bucket or "input", f.location, _named(f), places, _outcome("skipped", f"suppressed: {f.message}", ""))
            for f in report.suppressed
        ]
    if findings:
        suites.append(_suite("findings", findings))
    inside = "\n".join(suites)
    opening = f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="auditor"{_totals(inside)}>\n<!-- {summary(report)} -->'
    return f"{opening}\n{inside}\n</testsuites>\n"


def _verdict(verdict: Verdict, places: Places, options: RenderOptions) -> str:
    said = verdict.reason
    if refused := witness(verdict):
        said += f" ({refused})"
    body = ""
    if verdict.status is Status.FAILS:
        body = _outcome("failure", said, "\n".join(step.text for step in verdict.steps))
    elif verdict.status is Status.UNKNOWN:
        body = _outcome("failure" if options.strict else "skipped", unknown_sentence(verdict), "")
    elif verdict.status is Status.NOT_APPLICABLE:
        body = f"    <system-out>{_text(f'not applicable: {said}')}</system-out>\n"
    return _case(verdict.subject.address, verdict.location, verdict.need.id, places, body)


def _finding(finding: Finding, places: Places) -> str:
    if finding.rule == INPUT_ERROR:
        body = _outcome("error", finding.message, "")
    elif finding.severity is Severity.ERROR:
        body = _outcome("failure", finding.message, "\n".join(map(str, ways_to_fix(finding))))
    else:
        body = f"    <system-out>{_text(f'{finding.severity.value}: {finding.message}')}</system-out>\n"
    return _case(finding.bucket or "input", finding.location, _named(finding), places, body)


def _named(finding: Finding) -> str:
    """The name of a finding's test case: without its line, so that systems recognise the case when the file has changed."""
    return f"{finding.rule}: {finding.subject}" if finding.subject else finding.rule


def _case(classname: str, location: Location, name: str, places: Places, body: str) -> str:
    attributes = f'classname="{_text(classname)}" name="{_text(name)}"'
    attributes += f' file="{_text(places.path(location.path))}" line="{location.line}"'
    return f"  <testcase {attributes}>\n{body}  </testcase>" if body else f"  <testcase {attributes}/>"


def _outcome(kind: str, message: str, more: str) -> str:
    return (
        f'    <{kind} message="{_text(message)}">{_text(more)}</{kind}>\n'
        if more
        else f'    <{kind} message="{_text(message)}"/>\n'
    )


def _suite(name: str, cases: Sequence[str]) -> str:
    inside = "\n".join(cases)
    return f'<testsuite name="{_text(name)}"{_totals(inside)}>\n{inside}\n</testsuite>'


def _totals(inside: str) -> str:
    # `<` occurs in markup only: in text it is escaped
    counted = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}
    return "".join(f' {name}="{len(re.findall(f"<{tag}[ >]", inside))}"' for name, tag in counted.items())


def _text(text: str) -> str:
    """Text for an attribute or an element; what XML cannot hold becomes U+FFFD."""
    return escape(_FORBIDDEN.sub("\ufffd", text)).replace("\r", "&#13;").replace("\n", "&#10;").replace("\t", "&#9;")
