"""What a finding says to paste fixes it: applied to the fixture, the finding is gone and what was refused is granted."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from auditor.audit import Request, audit
from auditor.contracts import load
from auditor.finding import Finding, Severity
from auditor.foundation.text import Texts
from auditor.report import Report
from auditor.verdict import Status

RULES = Path(__file__).parent.parent.parent / "fixtures" / "rules"


def audited(path: Path) -> Report:
    return audit(Request(paths=(path.name,), contracts=(load("v7-darwin", {}),)), Texts())


def findings(path: Path, rule: str) -> list[Finding]:
    return [finding for finding in audited(path).findings if finding.rule == rule]


def failing(path: Path) -> set[str]:
    return {verdict.need.id for verdict in audited(path).verdicts if verdict.status is Status.FAILS}


def applied(text: str, finding: Finding) -> str:
    """The text with a fix applied as a reader would."""
    first, _, pasted = finding.help.partition("\n")
    lines = text.split("\n")
    place = finding.location
    if first.startswith(("Add a bucket policy", "Put this CORS", "Add beside")):
        return f"{text}\n{pasted}\n"
    if first.startswith("Give the key a policy"):
        account = 'data "aws_caller_identity" "current" {}'
        return "\n".join([*lines[: place.line], pasted, *lines[place.line :], account])
    if first.startswith("Add a statement"):
        marks = ("Statement = [", 'data "aws_iam_policy_document"')
        opening = max(number for number, line in enumerate(lines) if any(mark in line for mark in marks))
        comma = "," if "Statement" in lines[opening] else ""
        return "\n".join([*lines[: opening + 1], pasted + comma, *lines[opening + 1 :]])
    if first.startswith("Write '"):
        right, wrong = re.findall(r"'([^']+)'", first)[:2]
        return _replaced(lines, place.line, wrong, right)
    if first.startswith("In statement"):
        element = re.escape(pasted.split(maxsplit=1)[0].rstrip(":"))
        lines[place.line - 1] = re.sub(
            rf"(Not)?{element}\s*[=:]\s*(\[[^\]]*\]|\"[^\"]*\")", lambda _: pasted, lines[place.line - 1]
        )
        return "\n".join(lines)
    if first.startswith("Add to statement"):
        return "\n".join([*lines[: place.line], pasted, *lines[place.line :]])
    if first.startswith("Add the objects"):
        return _replaced(lines, place.line, lines[place.line - 1][place.column - 1 : place.end_column - 1], f"[{pasted}]")
    if first.startswith("To exempt") and pasted.startswith("condition"):
        return "\n".join([*lines[: place.line], pasted, *lines[place.line :]])
    if first.startswith("To exempt"):
        body = "\n".join(lines[place.line : place.end_line])
        if "make its principal *" in first:
            body = re.sub(r"NotPrincipal = .*", 'Principal = "*"', body)
        return "\n".join([*lines[: place.line], pasted, body, *lines[place.end_line :]])
    if first.startswith("Add '"):
        value = re.findall(r"'([^']+)'", first)[0]
        key = re.findall(r"'([^']+)'", first)[1]
        number = next(number for number, line in enumerate(lines) if key in line and number + 1 >= place.line)
        number += 1 if "variable" in lines[number] else 0
        lines[number] = re.sub(r'= \[?("\d+")\]?', rf'= [\1, "{value}"]', lines[number])
        return "\n".join(lines)
    raise AssertionError(f"nobody knows how to apply: {finding.help}")


def _replaced(lines: list[str], number: int, wrong: str, right: str) -> str:
    assert wrong in lines[number - 1]
    lines[number - 1] = lines[number - 1].replace(wrong, right)
    return "\n".join(lines)


CURED = [
    "access-grant-missing/fails",
    "access-grant-missing/fails-below-one-prefix",
    "access-grant-missing/fails-beside-a-demand",
    "access-grant-missing/fails-beside-others",
    "access-grant-missing/fails-in-json-text",
    "access-grant-missing/fails-in-policy-document",
    "access-grant-missing/fails-on-not-action",
    "access-grant-missing/fails-on-one-action",
    "access-grant-missing/fails-on-principal",
    "access-grant-missing/fails-on-some-keys",
    "access-grant-missing/fails-without-policy",
    "access-denied-by-statement/fails",
    "access-denied-by-statement/fails-for-other-accounts",
    "access-denied-by-statement/fails-in-key-policy",
    "access-denied-by-statement/fails-in-policy-document",
    "access-denied-by-statement/fails-on-not-principal",
    "access-wider-than-needed/fails",
    "access-wider-than-needed/fails-in-key-policy",
    "access-wider-than-needed/fails-on-not-action",
    "access-wider-than-needed/fails-with-everything",
    "kms-grant-missing/fails",
    "kms-grant-missing/fails-for-own-account-only",
    "kms-grant-missing/fails-on-principal",
    "kms-grant-missing/fails-with-default-policy",
    "kms-grant-missing/fails-without-resource",
    "kms-via-service-of-another-region/fails",
]


@pytest.mark.parametrize("case", CURED)
def test_what_is_pasted_cures(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = case.partition("/")[0]
    source = tmp_path / "main.tf"
    shutil.copy(RULES / f"{case}.tf", source)
    monkeypatch.chdir(tmp_path)
    (found,) = findings(source, rule)
    source.write_text(applied(source.read_text(encoding="utf-8"), found), encoding="utf-8")
    assert not audited(source).errors
    assert findings(source, rule) == []
    assert failing(source) == set()


def applied_to_template(text: str, finding: Finding) -> str:
    """A template in YAML with a fix applied as a reader would."""
    first, _, pasted = finding.help.partition("\n")
    lines = text.split("\n")
    place = finding.location

    def below(mark: str, start: int = 0) -> int:
        return next(number for number in range(start, len(lines)) if lines[number].strip() == mark)

    def inserted(number: int, deeper: int) -> str:
        indent = " " * (len(lines[number]) - len(lines[number].lstrip()) + deeper)
        return "\n".join([*lines[: number + 1], *(indent + line for line in pasted.split("\n")), *lines[number + 1 :]])

    if first == "Add a bucket policy:":
        return inserted(below("Resources:"), 2)
    if first.startswith("Add to the Properties of"):
        return inserted(below("Properties:", place.line), 2)
    if first.startswith("Add a statement"):
        return inserted(below("Statement:", place.line - 1), 2)
    if first.startswith("To exempt"):
        return inserted(place.line, 0)
    if first.startswith("Give the key a policy"):
        pasted = "Properties:\n" + "\n".join(f"  {line}" for line in pasted.split("\n"))
        return inserted(place.line, 0)
    if first.startswith(("In statement", "In rule", "Write:", "Name the key")):
        key = pasted.partition(":")[0]
        lines[place.line - 1] = re.sub(rf"{key}: (\[[^\]]*\]|!Ref \w+|[\w:]+)", lambda _: pasted, lines[place.line - 1])
        return "\n".join(lines)
    raise AssertionError(f"nobody knows how to apply: {finding.help}")


CURED_IN_TEMPLATES = [
    "access-denied-by-statement/fails-in-template",
    "access-grant-missing/fails-in-template",
    "access-grant-missing/fails-in-template-without-policy",
    "acls-enabled/fails-in-template",
    "cors-request-refused/fails-in-template",
    "cors-request-refused/fails-in-template-without-configuration",
    "kms-alias-across-accounts/fails-in-template",
    "kms-grant-missing/fails-in-template",
    "kms-grant-missing/fails-in-template-with-default-policy",
]


@pytest.mark.parametrize("case", CURED_IN_TEMPLATES)
def test_what_is_pasted_into_a_template_cures(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = case.partition("/")[0]
    source = tmp_path / "template.yaml"
    shutil.copy(RULES / f"{case}.yaml", source)
    monkeypatch.chdir(tmp_path)
    (found,) = findings(source, rule)
    before = failing(source)
    source.write_text(applied_to_template(source.read_text(encoding="utf-8"), found), encoding="utf-8")
    assert not audited(source).errors
    assert findings(source, rule) == []
    # A warning refuses nothing yet.
    assert failing(source) < before or found.severity is Severity.WARNING


@pytest.mark.parametrize(
    "source", ["terraform-aws-modules/s3-bucket/aws", "cloudposse/s3-bucket/aws"], ids=["terraform-aws-modules", "cloudposse"]
)
def test_what_is_pasted_beside_the_call_of_a_public_module_cures_it(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "main.tf"
    enabled = "" if source.startswith("terraform") else "  enabled = true\n"
    path.write_text(f'module "images" {{\n  source = "{source}"\n{enabled}}}\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert {"s3:GetObject", "s3:PutObject", "cors:GET", "cors:PUT"} <= failing(path)
    for rule in ("access-grant-missing", "cors-request-refused"):
        (finding,) = findings(path, rule)
        path.write_text(applied(path.read_text(encoding="utf-8"), finding), encoding="utf-8")
        assert "module.images." in finding.help
    assert failing(path) <= {"ownership"}
    # where the module leaves ACLs on, reading stays unknown
    assert {verdict.need.id for verdict in audited(path).verdicts if verdict.status is Status.HOLDS} >= {
        "s3:PutObject", "cors:GET", "cors:PUT",
    }  # fmt: skip
