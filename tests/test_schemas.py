"""Every JSON that `auditor` writes fits its schema, which names every field of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from auditor.cli import main
from auditor.contract.load import names, text
from auditor.render import RenderOptions, render
from auditor.render.schemas import SCHEMAS, schema
from tests.own_code import PROJECT
from tests.render.builder import FINDINGS, sample

DEMO = str(PROJECT / "fixtures" / "demo")


def closed(document: Any) -> Any:
    """The schema, without room for fields that it does not name."""
    if isinstance(document, list):
        return [closed(item) for item in document]
    if not isinstance(document, dict):
        return document
    inner = {name: closed(item) for name, item in document.items()}
    return {"additionalProperties": False, **inner} if inner.get("type") == "object" and "properties" in inner else inner


def printed(*arguments: str) -> Any:
    return json.loads(CliRunner().invoke(main, arguments, catch_exceptions=False).stdout)


def fits(name: str, document: Any) -> None:
    faults = [f"{error.json_path}: {error.message}" for error in Draft202012Validator(closed(schema(name))).iter_errors(document)]
    assert faults == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one_and_the_command_prints_it(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))
    assert printed("schema", name) == schema(name)
    assert {"title", "description"} <= schema(name).keys()


def test_the_list_of_schemas() -> None:
    listed = CliRunner().invoke(main, ["schema"]).stdout
    assert [line.split()[0] for line in listed.splitlines()] == list(SCHEMAS)
    ran = CliRunner().invoke(main, ["schema", "reports"])
    assert (ran.exit_code, ran.stderr.splitlines()[0]) == (
        2,
        f"error: there is no schema 'reports'; did you mean 'report'? Known schemas: {', '.join(SCHEMAS)}",
    )


def test_a_report() -> None:
    fits("report", printed("check", DEMO, "--format", "json", "--explain", "--show-suppressed"))
    options = RenderOptions(show_suppressed=True, explain=True)
    fits("report", json.loads(render("json", replace(sample(), suppressed=FINDINGS), options)))


def test_a_report_on_a_registration_request() -> None:
    request = PROJECT / "fixtures" / "registration" / "registration-schema" / "fails.json"
    fits("report", printed("registration", str(request), "--format", "json"))


def test_a_report_on_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text("resource {\n")
    report = printed("check", str(tmp_path), "--format", "json")
    assert report["errors"]
    fits("report", report)


@pytest.mark.whole
@pytest.mark.parametrize("folder", ["demo", "twins", "needs"])
def test_buckets(folder: str) -> None:
    fits("buckets", printed("inspect", str(PROJECT / "fixtures" / folder), "--format", "json"))


def test_platforms() -> None:
    listed = printed("platforms", DEMO, "--format", "json")
    assert listed
    fits("platforms", listed)


def test_rules() -> None:
    fits("rules", printed("rules", "--format", "json"))


def test_a_baseline(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    CliRunner().invoke(main, ["check", DEMO, "--baseline", str(file), "--update-baseline"], catch_exceptions=False)
    document = json.loads(file.read_text(encoding="utf-8"))
    assert document["findings"]
    fits("baseline", document)


def test_a_change(tmp_path: Path) -> None:
    for name, acl in (("old", "private"), ("new", "public-read")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.tf").write_text(
            f'resource "aws_s3_bucket" "b" {{\n  bucket = "b"\n  acl    = "{acl}"\n}}\n', encoding="utf-8"
        )
    fits("change", printed("diff", str(tmp_path / "old"), str(tmp_path / "new"), "--format", "json"))


@pytest.mark.parametrize("name", names())
def test_contracts(name: str) -> None:
    assert list(Draft202012Validator(schema("contract")).iter_errors(yaml.safe_load(text(name)))) == []


BROKEN: dict[str, Callable[[dict[str, Any]], object]] = {
    "a status that is not one": lambda report: report["verdicts"][0].update(status="open"),
    "a line that is not a number": lambda report: report["findings"][0]["location"].update(line="3"),
    "a field that is missing": lambda report: report["findings"][0].pop("fingerprint"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_report_that_is_broken_does_not_fit(fault: str) -> None:
    report = json.loads(render("json", sample(), RenderOptions()))
    BROKEN[fault](report)
    assert list(Draft202012Validator(schema("report")).iter_errors(report))
