"""The command line as a user meets it: exit codes, streams, bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from auditor import __version__
from auditor.cli import main

DEMO = Path(__file__).parent.parent / "fixtures" / "demo"
BUCKET = 'resource "aws_s3_bucket" "b" {\n  bucket = "acme"\n}\n'
ENFORCED = """
resource "aws_s3_bucket_ownership_controls" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}
"""


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=stdin, catch_exceptions=False)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def verdicts(result: Result) -> dict[str, str]:
    return {one["need"]: one["status"] for one in json.loads(result.stdout)["verdicts"]}


def test_version() -> None:
    assert run("--version").stdout == f"auditor {__version__}\n"


def test_demo_fails_and_says_so_in_every_format() -> None:
    for name in ("human", "concise", "json", "sarif", "github", "markdown", "junit", "gitlab"):
        assert run("check", str(DEMO), "--format", name).exit_code == 1, name


def test_a_path_alone_is_check() -> None:
    assert run(str(DEMO), "--format", "json").stdout == run("check", str(DEMO), "--format", "json").stdout


def test_demo_has_one_bucket_right_one_wrong_one_open() -> None:
    found: dict[str, set[str]] = {}
    for one in json.loads(run(str(DEMO), "--format", "json").stdout)["verdicts"]:
        found.setdefault(one["bucket"], set()).add(one["status"])
    assert found["aws_s3_bucket.images"] == {"holds"}
    assert "fails" in found["aws_s3_bucket.scans"]
    assert found["aws_s3_bucket.videos"] == {"holds", "open"}


def test_an_open_verdict_exits_with_0_and_under_strict_with_1(here: Path) -> None:
    (here / "main.tf").write_text(
        BUCKET.replace('"acme"', '"acme"') + ENFORCED.replace('"BucketOwnerEnforced"', "var.o") + 'variable "o" {}\n'
    )
    arguments = (".", "--format", "json", "--contract", "mine.yaml")
    (here / "mine.yaml").write_text("id: mine\ntitle: Mine\nneeds:\n  - {id: ownership, why: because}\n")
    assert verdicts(run(*arguments)) == {"ownership": "open"}
    assert run(*arguments).exit_code == 0
    assert run(*arguments, "--strict").exit_code == 1
    assert verdicts(run(*arguments, "--var", "o=BucketOwnerEnforced")) == {"ownership": "holds"}
    failing = run(*arguments, "--var", "o=ObjectWriter")
    assert (verdicts(failing), failing.exit_code) == ({"ownership": "fails"}, 1)
    assert run(*arguments, "--var", "o=ObjectWriter", "--exit-zero").exit_code == 0


@pytest.mark.usefixtures("here")
def test_a_missing_path() -> None:
    result = run("check", "nowhere", "--format", "concise")
    assert result.exit_code == 2
    assert result.stderr == "error: nowhere:1:1: there is no such file or directory\n"


def test_a_broken_file_is_told_and_the_rest_is_audited(here: Path) -> None:
    (here / "main.tf").write_text(BUCKET + ENFORCED)
    (here / "broken.tf").write_text('resource "aws_s3_bucket" "c" {\n  bucket = \n')
    result = run(".", "--format", "json")
    document = json.loads(result.stdout)
    assert result.exit_code == 2
    assert {one["bucket"] for one in document["verdicts"]} == {"aws_s3_bucket.b"}
    assert [(one["path"], one["line"]) for one in document["errors"]] == [("broken.tf", 1)]
    assert "input-error" in {one["rule"] for one in document["findings"]}


def test_a_file_that_is_not_utf8(here: Path) -> None:
    (here / "main.tf").write_bytes(b"# caf\xe9\n")
    result = run(".", "--format", "concise")
    assert result.exit_code == 2
    assert result.stderr == "error: main.tf:1:6: is not UTF-8: byte 0xe9 at offset 5\n"


def test_a_cycle_of_locals(here: Path) -> None:
    (here / "main.tf").write_text("locals {\n  a = local.b\n  b = local.a\n}\n" + BUCKET.replace('"acme"', "local.a"))
    result = run(".", "--format", "concise")
    assert result.exit_code == 2
    assert "depends on itself" in result.stderr


def test_a_bucket_that_does_not_exist(here: Path) -> None:
    (here / "main.tf").write_text(BUCKET)
    result = run(".", "--bucket", "aws_s3_bucket.c")
    assert result.exit_code == 2
    assert result.stderr == "error: there is no bucket 'aws_s3_bucket.c'; did you mean 'aws_s3_bucket.b'?\n"


def test_a_contract_that_breaks_its_schema(here: Path) -> None:
    (here / "mine.yaml").write_text("id: mine\ntitle: Mine\nneeds:\n  - {id: ownership}\n")
    result = run(".", "--contract", "mine.yaml")
    assert result.exit_code == 2
    assert result.stderr == "error: mine.yaml:4:5: needs/0: 'why' is a required property\n"


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--format", "sarf"), "Error: Invalid value for --format: there is no format 'sarf'; did you mean 'sarif'?"),
        (("--format", "json", "--format", "sarif"), "Error: only one format can go to standard output: give the others a file"),
        (("--var", "x"), "Error: Invalid value for '--var': 'x' is not NAME=VALUE"),
        (("--all-buckets", "--bucket", "x"), "Error: --all-buckets and --bucket exclude each other"),
        (("--select", "acl-enabled"), "error: there is no rule 'acl-enabled'; did you mean 'acls-enabled'?"),
        (("--contract", "v8"), "error: there is no built-in contract 'v8'"),
    ],
)
def test_usage_errors_exit_with_2(arguments: tuple[str, ...], message: str) -> None:
    result = run("check", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


@pytest.mark.usefixtures("here")
def test_nothing_to_audit_is_said() -> None:
    result = run(".")
    assert result.exit_code == 0
    assert "0 roots read, 0 buckets declared" in result.stdout


def test_several_formats_at_once(here: Path) -> None:
    (here / "main.tf").write_text(BUCKET + ENFORCED)
    result = run(".", "--format", "human", "--format", "sarif=out.sarif", "--format", "markdown=out.md")
    assert "aws_s3_bucket.b" in result.stdout
    assert json.loads((here / "out.sarif").read_text())["version"] == "2.1.0"
    assert "aws_s3_bucket.b" in (here / "out.md").read_text()


@pytest.mark.usefixtures("here")
def test_an_output_file_that_cannot_be_written() -> None:
    result = run(".", "--output", "no/such/dir.txt")
    assert (result.exit_code, result.stderr) == (2, "error: no/such/dir.txt: cannot be written: No such file or directory\n")


def test_a_suppression_holds_a_finding_back(here: Path) -> None:
    writer = ENFORCED.replace("BucketOwnerEnforced", "ObjectWriter").lstrip()
    (here / "main.tf").write_text(BUCKET + "\n# auditor: ignore[acls-enabled] -- agreed\n" + writer)
    (here / "mine.yaml").write_text("id: mine\ntitle: Mine\nneeds:\n  - {id: ownership, why: because}\n")
    document = json.loads(run(".", "--contract", "mine.yaml", "--format", "json").stdout)
    assert [one["rule"] for one in document["findings"]] == []
    assert document["summary"]["suppressed"] == 1
    shown = json.loads(run(".", "--contract", "mine.yaml", "--format", "json", "--no-ignores").stdout)
    assert [one["rule"] for one in shown["findings"]] == ["acls-enabled"]


def test_inspect_names_what_belongs_to_a_bucket() -> None:
    said = run("inspect", str(DEMO)).stdout
    for address in ("aws_s3_bucket_policy.images", "aws_kms_key.images", "aws_s3_bucket_cors_configuration.images"):
        assert address in said


def test_rules_and_contracts_are_listed() -> None:
    assert "acls-enabled" in run("rules").stdout
    assert {"id", "severity", "symptoms", "summary"} == set(json.loads(run("rules", "--format", "json").stdout)[0])
    assert run("contracts").stdout.startswith("v7-darwin  V7 Darwin\n")
    assert run("contracts", "show", "v7-darwin").stdout.startswith("# What V7 Darwin needs")


def test_explain_a_rule_and_a_symptom() -> None:
    assert "BucketOwnerEnforced" in run("explain", "acls-enabled").stdout
    assert run("explain", "403").exit_code == 0
    wrong = run("explain", "acl-enabled")
    assert wrong.exit_code == 2
    assert "did you mean 'acls-enabled'?" in wrong.stderr
