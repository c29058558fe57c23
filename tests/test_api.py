"""The interface for Python: its page is real, its names are stable, it prints nothing and says what goes wrong as `AuditError`."""

from __future__ import annotations

import ast
import contextlib
import datetime as dt
import importlib.util
import io
import json
import re
import typing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import auditor
from auditor import pipeline
from auditor.cli import main
from tests.own_code import PROJECT, modules

DEMO = "fixtures/demo"
_BLOCK = re.compile(r"(?:^With `([^`\n]+)`[^\n]*:\n\n)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def performed(page: str) -> str:
    """The page with what its examples really print; their files are written to the current directory."""
    names: dict[str, Any] = {}
    printed = io.StringIO()

    def block(found: re.Match[str]) -> str:
        nonlocal printed
        name, language, text = found.groups()
        if language == "python":
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                exec(compile(text, "docs/api.md", "exec"), names)  # noqa: S102 - our own page
        elif language == "text":
            return f"```text\n{printed.getvalue()}```"
        elif name:
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_text(text, encoding="utf-8")
        return found.group()

    return _BLOCK.sub(block, page)


def test_the_examples_of_the_page_are_real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config) -> None:
    page = PROJECT / "docs" / "api.md"
    monkeypatch.chdir(tmp_path)
    real = performed(page.read_text(encoding="utf-8"))
    if pytestconfig.getoption("--update"):
        page.write_text(real, encoding="utf-8")
    assert page.read_text(encoding="utf-8") == real


def test_the_names_are_those_of_the_page() -> None:
    page = (PROJECT / "docs" / "api.md").read_text(encoding="utf-8")
    table = page.partition("|---|---|\n")[2].partition("\n\n")[0]
    told = [name for line in table.splitlines() for name in re.findall(r"`(\w+)", line.split("|")[1])]
    assert sorted(told) == sorted(auditor.__all__) == dir(auditor)


@pytest.mark.process
def test_a_type_checker_sees_the_same_names() -> None:
    block = next(node for node in modules()["auditor"].body if isinstance(node, ast.If))
    seen = {
        alias.asname: node.module for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names if alias.asname
    }
    assert seen == auditor._HOMES
    assert sorted(auditor.__all__) == sorted(auditor._HOMES)


@pytest.mark.parametrize("name", auditor.__all__)
def test_no_module_takes_the_place_of_a_name(name: str) -> None:
    assert importlib.util.find_spec(f"auditor.{name}") is None
    assert getattr(auditor, name) is getattr(importlib.import_module(auditor._HOMES[name]), name)


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(AttributeError, match=r"^module 'auditor' has no attribute 'nonsense'$"):
        auditor.nonsense  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize("function", ["audit", "prove", "diff", "format_report", "schema"])
def test_everything_is_typed(function: str) -> None:
    hints = typing.get_type_hints(getattr(auditor, function))
    assert "return" in hints
    assert Any not in hints.values()


def test_it_says_what_the_command_line_says(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(PROJECT)
    report = auditor.audit(DEMO)
    told = auditor.format_report(report, "json")
    assert capfd.readouterr() == ("", "")
    assert told == CliRunner().invoke(main, ["check", DEMO, "--format", "json"]).stdout
    assert isinstance(report, auditor.Report)


def test_one_need(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)
    verdict = auditor.prove("s3:PutObject", Path(DEMO), bucket="aws_s3_bucket.scans")
    assert verdict.status is auditor.Status.FAILS
    assert verdict.witness["key"] == "raw/"


def test_what_is_given(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('variable "n" {}\nresource "aws_s3_bucket" "b" {\n  bucket = var.n\n}\n')
    (tmp_path / "values.tfvars").write_text('n = "file"\n')
    for given, name in (
        (auditor.Given(), "unknown"),
        (auditor.Given(variable_files=[tmp_path / "values.tfvars"]), "file"),
        (auditor.Given({"n": "text"}, [tmp_path / "values.tfvars"]), "text"),
        (auditor.Given(environment={"TF_VAR_n": "environment"}), "environment"),
    ):
        report = auditor.audit(tmp_path, given=given, settings=False)
        declared = report.verdicts[0].subject.declaration.name  # type: ignore[attr-defined]
        assert getattr(declared, "value", "unknown") == name


def test_time_is_given_too(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[pipeline.Request] = []

    def run(request: pipeline.Request, _: object) -> auditor.Report:
        seen.append(request)
        return auditor.Report((), (), (), (), ())

    monkeypatch.setattr("auditor.api.functions.run", run)
    auditor.audit(DEMO, now=dt.datetime(2031, 5, 6, tzinfo=dt.UTC), settings=False, contract="v7-darwin")
    assert seen[0].today == dt.date(2031, 5, 6)
    assert seen[0].contracts[0].now == dt.datetime(2031, 5, 6, tzinfo=dt.UTC).timestamp()
    assert not seen[0].auto


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: auditor.audit(DEMO, contract="v7"), "there is no contract 'v7'"),
        (lambda: auditor.audit(DEMO, select=["acls-enable"]), "there is no rule 'acls-enable'; did you mean 'acls-enabled'?"),
        (lambda: auditor.audit(DEMO, buckets=["b"], related=True), "buckets, all_buckets and related cannot be combined"),
        (
            lambda: auditor.audit(DEMO, given=auditor.Given(region="eu-wets-1")),
            "'eu-wets-1' is not the code of a Region; did you mean 'eu-west-1'?",
        ),
        (lambda: auditor.audit(DEMO, given=auditor.Given(account="1")), "'1' is not the id of an account, which has twelve digits"),
        (lambda: auditor.audit(DEMO, baseline="no.json"), "no.json:1:1: there is no such baseline"),
        (lambda: auditor.prove("s3:PutObjekt", DEMO), "v7-darwin does not ask for 's3:PutObjekt'; did you mean 's3:PutObject'?"),
        (lambda: auditor.prove("s3:PutObject", DEMO), "there are 3 verdicts on 's3:PutObject', not one: name the bucket"),
        (lambda: auditor.diff("a", "b", kind="role"), "'role' is not a kind of policy"),
        (lambda: auditor.schema("reports"), "there is no schema 'reports'; did you mean 'report'?"),
        (lambda: auditor.format_report(auditor.audit(DEMO), "xml"), "there is no format 'xml'"),
    ],
)
def test_what_goes_wrong(call: Any, message: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(PROJECT)
    with pytest.raises(auditor.AuditError) as told:
        call()
    assert str(told.value).startswith(message)
    assert capfd.readouterr() == ("", "")


def test_nothing_is_proven_of_what_could_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('resource "aws_s3_bucket" "b" {\n  bucket = "b"\n}\n')
    (tmp_path / "broken.tf").write_text("resource {\n")
    with pytest.raises(auditor.AuditError, match=r"broken\.tf") as told:
        auditor.prove("s3:GetObject", tmp_path)
    assert [error.location.path for error in told.value.problems] == [str(tmp_path / "broken.tf")]
    assert auditor.audit(tmp_path).exit_code() == 2


def test_a_change_as_json(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name, bucket in (("a", "one"), ("b", "two")):
        Path(name).mkdir()
        Path(name, "main.tf").write_text(f'resource "aws_s3_bucket" "b" {{\n  bucket = "{bucket}"\n}}\n')
    change = auditor.diff("a", "b")
    assert isinstance(change, auditor.Change)
    assert json.loads(auditor.format_report(change))["tool"]["version"] == auditor.__version__
