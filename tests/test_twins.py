"""One configuration in Terraform and in CloudFormation: the same verdicts, reasons, witnesses and findings, but for places and names."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from auditor.contract.load import load
from auditor.foundation.text import Texts
from auditor.foundation.value import Known, ListValue, MapValue, Value
from auditor.pipeline import Request, audit
from auditor.report import Report
from auditor.sources.cloudformation.syntax.yaml_text import parse_yaml

pytestmark = pytest.mark.whole

TWINS = Path(__file__).parent.parent / "fixtures" / "twins"
NAMES = sorted(path.stem for path in TWINS.glob("*.tf"))


def audited(path: Path) -> Report:
    report = audit(Request(paths=(str(path),), contracts=(load("v7-darwin", {}),), every_bucket=True), Texts())
    assert not report.errors
    return report


def said(path: Path) -> list[str]:
    """What the audit says, in words that both languages share."""
    report = audited(path)
    verdicts = [
        f"{verdict.need.id} {verdict.status.value}: {verdict.reason} {dict(verdict.witness)} "
        f"{[(one.name, one.holds_if, one.fails_if, one.only_if) for one in verdict.resolved_by]}"
        for verdict in report.verdicts
    ]
    findings = sorted(f"{finding.severity.value}[{finding.rule}]: {finding.message}" for finding in report.findings)
    return [neutral(line) for line in (*verdicts, *findings)]


def neutral(text: str) -> str:
    """A line without what only one language says: types, the dots and brackets of addresses, and the case of names."""
    text = re.sub(r"\b(?:aws_\w+|var)\.", "", text)
    text = text.replace("the parameter ", "").replace("account of the aws provider", "AWS::AccountId")
    text = re.sub(r"<(\w+)\.(?:bucket|BucketName)>", r"<\1>", text)
    return re.sub(r"\[0\]|_", "", text).lower()


def test_there_are_enough() -> None:
    assert len(NAMES) >= 25
    assert {path.stem for path in TWINS.glob("*.yaml")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_twins_are_judged_alike(name: str, tmp_path: Path) -> None:
    alone = tmp_path / "main.tf"
    alone.write_text((TWINS / f"{name}.tf").read_text(encoding="utf-8"), encoding="utf-8")
    assert said(TWINS / f"{name}.yaml") == said(alone)


def as_json(path: Path, directory: Path) -> Path:
    """A template in YAML as one in JSON."""
    value, errors, _ = parse_yaml(path.read_text(encoding="utf-8"), str(path))
    assert not errors
    target = directory / "stack.template"
    target.write_text(json.dumps(plain(value), indent=2), encoding="utf-8")
    return target


def plain(value: Value | None) -> object:
    match value:
        case MapValue(entries):
            return {name: plain(entry) for name, entry in entries.items()}
        case ListValue(items):
            return [plain(item) for item in items]
        case Known(scalar):
            return scalar
    raise AssertionError(value)


@pytest.mark.parametrize("name", NAMES)
def test_yaml_and_json_are_judged_alike(name: str, tmp_path: Path) -> None:
    assert said(as_json(TWINS / f"{name}.yaml", tmp_path)) == said(TWINS / f"{name}.yaml")


def test_a_bucket_in_the_namespace_of_its_account_has_the_defaults_of_new_ones() -> None:
    found = said(TWINS / "namespace-of-the-account.yaml")
    assert "ownership holds: no object ownership is written, and a new bucket has acls disabled {} []" in found
    assert any(
        one.startswith("s3:getobject fails: the policy is public, and blockpublicpolicy keeps s3 from storing it") for one in found
    )
