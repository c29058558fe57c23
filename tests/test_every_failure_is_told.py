"""Whatever fails is told: every failing verdict has an error among the findings, made by a rule that explains it or by the one for the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor import pipeline
from auditor.contract.load import load
from auditor.finding import Severity
from auditor.foundation.text import Texts
from auditor.pipeline import Request, audit
from auditor.report import Report
from auditor.verdict import Status

pytestmark = pytest.mark.whole

FIXTURES = Path(__file__).parent.parent / "fixtures"
CODE = sorted(
    path
    for folder in ("rules", "twins", "needs", "demo")
    for path in (FIXTURES / folder).rglob("*")
    if path.suffix in (".tf", ".yaml", ".json") and path.parent.name != "related"
)


def report_on(path: Path, folder: Path) -> Report:
    """On one file alone: the others of its folder are other cases."""
    (folder / path.name).write_bytes(path.read_bytes())
    return audit(Request(paths=(str(folder / path.name),), contracts=(load("v7-darwin", {}),), every_bucket=True), Texts())


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(FIXTURES)))
def test_a_rule_explains_every_need_that_fails(path: Path, tmp_path: Path) -> None:
    report = report_on(path, tmp_path)
    assert [finding.message for finding in report.findings if finding.rule == "need-fails"] == []
    failing = {verdict.subject.address for verdict in report.verdicts if verdict.status is Status.FAILS}
    assert failing <= {finding.bucket for finding in report.findings if finding.severity is Severity.ERROR}


def test_without_the_others_every_failing_need_has_a_finding_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "general_rules", lambda _: ())
    report = report_on(FIXTURES / "twins" / "bare.tf", tmp_path)
    assert [(finding.rule, finding.severity, finding.bucket, finding.message) for finding in report.findings] == [
        (
            "need-fails",
            Severity.ERROR,
            verdict.subject.address,
            f"V7 Darwin: {verdict.need.id} fails for {verdict.subject.address}: {verdict.reason}.",
        )
        for verdict in sorted(report.verdicts, key=lambda one: (one.location, one.need.id))
        if verdict.status is Status.FAILS
    ]
    assert report.findings
