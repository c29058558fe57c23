"""Every file below `fixtures/rules/<rule-id>/` is audited on its own; its expected output stands beside it as `.txt`.

The contract is `v7-darwin`, or `contract.yaml` of the directory. The expected output holds the verdicts, what would resolve the unknown ones, and the findings of the rule that the directory is named after.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from auditor.contract.load import load
from auditor.foundation.errors import AuditError
from auditor.foundation.text import Texts
from auditor.pipeline import Request, audit
from auditor.rule import all_rules

pytestmark = pytest.mark.whole

NOW = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)
RULES = Path(__file__).parent.parent / "fixtures" / "rules"
CONTRACT = "contract.yaml"
CASES = sorted(path for path in RULES.glob("*/*") if path.suffix in {".tf", ".yaml", ".json"} and path.name != CONTRACT)


def contract_of(case: Path) -> str:
    """The contract that a case is audited under: that of its directory, else V7's."""
    own = case.parent / CONTRACT
    return str(own) if own.exists() else "v7-darwin"


def outcome(path: Path, parameters: Mapping[str, str], rules: Collection[str], contract_name: str = "v7-darwin") -> str:
    """What the audit of one file says under a contract with some parameters, as text; of the findings, those of some rules."""
    try:
        contract = replace(load(contract_name, parameters), now=NOW.timestamp())
        report = audit(Request(paths=(path.name,), contracts=(contract,)), Texts())
    except AuditError as error:
        return f"error: {error}\n"
    lines = []
    for verdict in report.verdicts:
        lines.append(f"{verdict.subject.address} {verdict.need.id}: {verdict.status.value}: {verdict.reason}")
        lines.extend(f"    witness {name}: {value}" for name, value in verdict.witness.items())
        for one in verdict.resolved_by:
            lines.append(f"    resolved by {one.name}: {one.reason}")
            lines.extend(
                f"        {word} {text}"
                for word, text in (("holds if", one.holds_if), ("fails if", one.fails_if), ("fails unless", one.only_if))
                if text
            )
    for finding in report.findings:
        if finding.rule in rules:
            place = finding.location
            lines.append("")
            lines.append(
                f"{place}-{place.end_line}:{place.end_column}: {finding.severity.value}: {finding.message} [{finding.rule}]"
            )
            lines.extend(f"    {related.location}: {related.message}" for related in finding.related)
            for patch in finding.fixes:
                lines.append(f"    fix, {patch.certainty.value if patch.edits else 'by hand'}: {patch.title}")
                lines.extend(f"    | {line}".rstrip() for line in patch.text.splitlines())
            if finding.help:
                lines.append(f"    help: {finding.help}")
    lines.extend(f"error: {error}" for error in report.errors)
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_fixture(case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, update: bool) -> None:
    source = tmp_path / case.parent.name / case.name
    source.parent.mkdir()
    shutil.copy(case, source)
    monkeypatch.chdir(source.parent)
    said = outcome(source, {}, {source.parent.name, "input-error"}, contract_of(case))
    expected = case.with_suffix(".txt")
    if update:
        expected.write_text(said, encoding="utf-8")
    assert said == expected.read_text(encoding="utf-8")


def test_every_rule_that_checks_has_fixtures_that_fail_and_hold() -> None:
    for rule in all_rules():
        if rule.check is None:
            continue
        cases = {path.stem for path in CASES if path.parent.name == rule.id}
        assert {"fails", "holds"} <= cases, f"fixtures/rules/{rule.id} needs fails.* and holds.*"
        said = {case: (RULES / rule.id / f"{case}.txt").read_text(encoding="utf-8") for case in cases}
        assert f"[{rule.id}]" in said["fails"]
        assert f"[{rule.id}]" not in said["holds"]
