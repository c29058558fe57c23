"""What the input may be made of, and how a run may end, without a wrong word: numbers beyond measure, no docstrings, an interruption."""

from __future__ import annotations

import ast
import importlib
import json
import os
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import auditor
from auditor import cli, console, pipeline, rule
from auditor.cli import main
from auditor.console import width
from auditor.contract import Need
from auditor.foundation.border import LARGEST, Disk, Reads, border_of, digest
from auditor.foundation.json_text import parse_json_file, plain_json
from auditor.foundation.text import FILE_SUFFIXES, Texts
from auditor.foundation.value import MapValue, Unknown
from auditor.model import Bucket
from auditor.render import FORMATS
from auditor.render.change import FORMATS as CHANGE_FORMATS
from auditor.sources.large import may_be_read
from auditor.sources.options import SourceOptions
from auditor.sources.read import _kinds, read
from auditor.verdict import Verdict
from tests.own_code import PROJECT

ROLE = "arn:aws:iam::258327614892:role/external_s3"
LONG = "9" * 5000
POLICY = f"""{{"Statement": [{{"Effect": "Allow", "Principal": {{"AWS": "{ROLE}"}}, "Action": "s3:*", "Resource": ["arn:aws:s3:::acme",
"arn:aws:s3:::acme/*"], "Condition": {{"NumericLessThan": {{"s3:max-keys": {LONG}}}}}}}]}}"""
BUCKET = 'resource "aws_s3_bucket" "b" {\n  bucket = %s\n}\n'
TEMPLATE = '{"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"B": {"Type": "AWS::S3::Bucket"}}, "Metadata": %s}'
FILES = {
    "main.tf": BUCKET % LONG,
    "main.tf.json": '{"resource": {"aws_s3_bucket": {"b": {"bucket": %s}}}}' % LONG,  # noqa: UP031 - braces
    "terraform.tfvars": f"x = {LONG}\n",
    "terraform.tfvars.json": '{"x": %s}' % LONG,  # noqa: UP031 - likewise
    "policy.json": POLICY,
    "template.json": TEMPLATE % LONG,
    "plan.json": '{"format_version": "1.2", "x": %s, "planned_values": {}, "configuration": {}}' % LONG,  # noqa: UP031 - likewise
    "manifest.json": '{"artifacts": %s}' % ("[" * 3000),
}


@pytest.mark.parametrize("name", FILES)
def test_a_number_beyond_measure_switches_nothing_off(tmp_path: Path, name: str) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other/main.tf").write_text(BUCKET % '"acme"')
    (tmp_path / "t.yaml").write_text("Resources: {B: {Type: 'AWS::S3::Bucket'}}")
    (tmp_path / name).write_text(FILES[name])
    if "tfvars" in name:
        (tmp_path / "main.tf").write_text(BUCKET % "var.x" + 'variable "x" {}\n')
    report = auditor.audit(tmp_path, all_buckets=True)
    assert report.errors == ()
    assert {"aws_s3_bucket.b", "B"} <= {verdict.subject.address for verdict in report.verdicts}
    documents = {
        verdict.subject.address
        for verdict in report.verdicts
        if "." not in verdict.subject.address and verdict.subject.address != "B"
    }
    assert len(documents) == (name == "policy.json")


PARTS = {
    "days": """resource "aws_s3_bucket_lifecycle_configuration" "l" {
  bucket = aws_s3_bucket.b.id
  rule {
    id     = "x"
    status = "Enabled"
    transition {
      days          = "%s"
      storage_class = "GLACIER"
    }
  }
}
""",
    "seconds": """resource "aws_s3_bucket_cors_configuration" "c" {
  bucket = aws_s3_bucket.b.id
  cors_rule {
    allowed_methods = ["GET"]
    allowed_origins = ["*"]
    max_age_seconds = "%s"
  }
}
""",
    "release": """module "m" {
  source  = "terraform-aws-modules/s3-bucket/aws"
  version = "%s.1.0"
}
""",
    "tag": """module "m" {
  source = "github.com/terraform-aws-modules/terraform-aws-s3-bucket?ref=v%s.1.0"
}
""",
    "text": """locals {
  x = parseint("%s", 10)
  y = "${local.x}${cidrsubnet("10.0.0.0/8", local.x, local.x)}"
}
resource "aws_s3_bucket" "c" {
  bucket = local.y
}
""",
    "date": """resource "aws_s3_bucket_policy" "p" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Statement = [{
    Effect    = "Allow"
    Principal = "*"
    Action    = "s3:*"
    Resource  = "${aws_s3_bucket.b.arn}/*"
    Condition = { DateLessThan = { "aws:CurrentTime" = "%s" } }
  }] })
}
""",
}


@pytest.mark.parametrize("digits", [LONG, "9" * 400])
@pytest.mark.parametrize("name", PARTS)
def test_a_number_beyond_measure_breaks_nothing_that_looks_at_it(tmp_path: Path, name: str, digits: str) -> None:
    (tmp_path / "main.tf").write_text(BUCKET % '"acme"' + PARTS[name].replace("%s", digits))
    report = auditor.audit(tmp_path, all_buckets=True)
    assert report.errors == ()
    assert report.verdicts


def test_a_number_of_many_digits_is_none_where_a_person_gives_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", LONG)
    assert 60 <= width() <= 160
    wrong = CliRunner().invoke(main, ("explain", LONG), catch_exceptions=False)
    assert (wrong.exit_code, wrong.stderr[:36]) == (2, "error: there is no rule or symptom '")


def test_a_working_directory_that_is_gone_is_no_fault_of_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tmp_path.rmdir()
    gone = CliRunner().invoke(main, ("check", "."))
    assert (gone.exit_code, gone.stderr) == (2, "error: the working directory cannot be read: No such file or directory\n")


def test_a_number_of_json_that_cannot_be_kept_is_unknown() -> None:
    for number in (LONG, f"-{LONG}", "1e999"):
        value, errors = parse_json_file(f'{{"a": {number}}}', "x.json")
        assert errors == ()
        assert isinstance(value, MapValue)
        assert isinstance(value.entries["a"], Unknown)
    assert plain_json(f"\ufeff[{LONG}, 12]") == [float("inf"), 12]
    with pytest.raises(ValueError, match="is nested too deeply"):
        plain_json("[" * 100_000)


def test_what_python_drops_under_oo_is_read_from_the_text() -> None:
    named = PROJECT / "rules/acls_enabled.py"
    assert rule.documented(str(named)) == ast.get_docstring(ast.parse(named.read_text()))
    assert rule.documented(rule.__file__, "documented").startswith("The documentation of a module, or of a function in it")


@pytest.mark.process
def test_an_interruption_while_the_program_is_loaded_ends_it_quietly() -> None:
    code = (
        "import os, signal, sys\n"
        "class Finder:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'auditor.cli': os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Finder())\n"
        "from auditor.__main__ import main\n"
        "main()\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, env={**os.environ}, restore_signals=True)
    assert (ran.returncode, ran.stderr) == (130, b"interrupted\n")


ASKED = {
    "module": ("main.tf", 'module "m" {\n  source = %s\n}\n'),
    "manifest": (".terraform/modules/modules.json", '{"Modules": [{"Key": "m", "Source": "acme/m/aws", "Dir": %s}]}'),
    "file": ("main.tf", "locals {\n  x = file(%s)\n}\n"),
    "templatefile": ("main.tf", "locals {\n  x = templatefile(%s, {})\n}\n"),
    "fileset": ("main.tf", 'locals {\n  x = join("", fileset(%s, "*"))\n}\n'),
    "exists": ("main.tf", 'locals {\n  x = fileexists(%s) ? "a" : "b"\n}\n'),
    "nested": ("t.json", '{"Resources": {"T": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": %s}}}}'),
    "application": ("t.json", '{"Resources": {"T": {"Type": "AWS::Serverless::Application", "Properties": {"Location": %s}}}}'),
    "include": (
        "t.json",
        '{"Resources": {"T": {"Type": "AWS::S3::Bucket", "Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": %s}}}}}',
    ),
    "cdk": ("manifest.json", '{"version": "36", "artifacts": {"s": {"type": "aws:cloudformation:stack", "properties": {"templateFile": %s}}}}'),
}  # fmt: skip


@pytest.mark.parametrize(
    "name", ['"a\\u0000b"', '"./\\u0000/b"', '"a\\ud800b"', f'"./{"x" * 5000}"', f'"./{"x/" * 3000}"'], ids=range(5)
)
@pytest.mark.parametrize("asked", ASKED)
def test_a_name_that_no_file_can_have_breaks_nothing(tmp_path: Path, asked: str, name: str) -> None:
    file, code = ASKED[asked]
    called = 'module "m" {\n  source = "acme/m/aws"\n}\n' if asked == "manifest" else ""
    (tmp_path / "main.tf").write_text(called + BUCKET % ("local.x" if "local" in code else '"acme"'))
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    with (tmp_path / file).open("a") as stream:
        stream.write(code % name)
    report = auditor.audit(tmp_path, all_buckets=True)
    assert [error for error in report.errors if "internal error" in error.message] == []
    assert "aws_s3_bucket.b" in {verdict.subject.address for verdict in report.verdicts}


def test_what_no_file_can_be_called_is_said() -> None:
    for name in ("a\0b", "a\ud800b"):
        with pytest.raises(OSError, match="no file can have such a name"):
            Disk().content(name)
        assert not Disk().holds(name)


FAULTS = {
    "terraform": "auditor.sources.terraform.modules.module.Module.instances",
    "cloudformation": "auditor.sources.cloudformation.stack.Stack.evaluate",
    "documents": "auditor.sources.documents.recognise",
    "plan": "auditor.sources.terraform.plan.reader.parse_plan",
    "recognition": "auditor.sources.read._is_template",
    "size": "auditor.sources.read.may_be_read",
}
TREE = {
    "a/main.tf": BUCKET % '"a"',
    "t.yaml": "Resources: {T: {Type: 'AWS::S3::Bucket', Properties: {BucketName: !Ref AWS::StackName}}}",
    "d/policy.json": POLICY.replace(LONG, "1"),
    "plan.json": '{"format_version": "1.2", "planned_values": {"root_module": {}}, "configuration": {}}',
}


@pytest.mark.parametrize(("kind", "wrong"), [("a", 'resource = "x"\n'), *((kind, "") for kind in FAULTS)])
def test_what_breaks_in_one_root_ends_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, wrong: str) -> None:
    for name, content in TREE.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(wrong + content if name.startswith("a/") else content)
    monkeypatch.chdir(tmp_path)
    everything = {verdict.subject.address for verdict in auditor.audit(".", all_buckets=True).verdicts}
    assert len(everything) == 3

    def broken(*_: object, **__: object) -> None:
        raise IndexError("broken")

    if kind in FAULTS:
        monkeypatch.setattr(FAULTS[kind], broken)
    if kind == "size":
        monkeypatch.setattr("auditor.sources.large.LARGE", 0)
    report = auditor.audit(".", all_buckets=True)
    lost = {"terraform": 1, "cloudformation": 1, "documents": 1, "recognition": 2, "size": 2}.get(kind, 0)
    assert len({verdict.subject.address for verdict in report.verdicts}) == 3 - lost
    told = [str(error) for error in report.errors]
    if kind == "a":
        assert told == ["a/main.tf:1:1: Unsupported argument: an argument named 'resource' is not expected here"]
    else:
        assert {error.partition(": ")[2] for error in told} == {
            "internal error while reading (IndexError('broken')); please report this"
        }


CLOSED = (
    "check .",
    "check --diff --all-buckets .",
    "inspect .",
    "platforms .",
    "registration request.json",
    "scaffold v7-darwin",
    "rules",
)

STAGES = (
    "auditor.link._share",
    "auditor.link._link_root",
    "auditor.pipeline._Chosen.of",
    "auditor.pipeline._Together.outcomes",
    "auditor.pipeline._examined",
    "auditor.pipeline.mentioned",
    "auditor.sources.documents._joined",
    "auditor.writing._resource_of",
)


@pytest.mark.parametrize("stage", STAGES)
def test_what_breaks_on_one_root_at_any_stage_ends_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str) -> None:
    made = {"b/main.tf": BUCKET % '"b"', "e/policy.json": POLICY.replace(LONG, "1").replace("acme", "other"), **TREE}
    made["a/main.tf"] += (
        f'resource "aws_s3_bucket_policy" "p" {{\n  bucket = aws_s3_bucket.b.id\n  policy = <<E\n{POLICY.replace(LONG, "1")}\nE\n}}\n'
    )
    broken = "d/policy.json" if stage == "auditor.sources.documents._joined" else "a/main.tf"
    for name, content in made.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    monkeypatch.chdir(tmp_path)

    def told() -> dict[tuple[str, str], str]:
        report = auditor.audit(".", all_buckets=True)
        assert [error.message for error in report.errors if "internal error" not in error.message] == []
        roots.update(error.location.path for error in report.errors)
        mine = (one for one in report.verdicts if one.subject.root != broken and one.subject.root != os.path.dirname(broken))
        return {(one.subject.root, one.need.id): f"{one.status} {one.reason}" for one in mine}

    roots: set[str] = set()
    whole = told()
    assert roots == set()
    work = pkgutil.resolve_name(stage)

    def breaks(*given: object, **named: object) -> object:
        if broken in repr(given):
            raise IndexError("broken")
        return work(*given, **named)

    monkeypatch.setattr(stage, breaks)
    assert told() == whole
    assert len(whole) == 40
    assert roots == {os.path.dirname(broken)}


def broken_down(*_: object) -> None:
    raise IndexError("broken")


def of_formats(known: Iterable[str], place: Path) -> list[str]:
    place.mkdir(exist_ok=True)
    return [f"--format={name}={place / name}" for name in known]


@pytest.mark.parametrize("broken", [*FORMATS, *(f"change.{name}" for name in CHANGE_FORMATS)])
def test_a_format_that_breaks_down_costs_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    (tmp_path / "main.tf").write_text(BUCKET % '"a"')
    (tmp_path / "old").mkdir()
    change, _, name = broken.rpartition(".")
    known = CHANGE_FORMATS if change else FORMATS
    command = ["diff", "old", "."] if change else ["check", "--all-buckets", "--no-cache", "."]
    monkeypatch.chdir(tmp_path)
    good = CliRunner().invoke(main, [*command, *of_formats(known, tmp_path / "good")])
    assert (good.exit_code, good.stderr) == (0 if change else 1, "")
    module = importlib.import_module(f"auditor.render.{change + '.' if change else ''}{known[name]}")
    monkeypatch.setattr(module, "render", broken_down)
    ended = CliRunner().invoke(main, [*command, *of_formats(known, tmp_path / "bad")])
    assert (ended.exit_code, ended.stdout) == (2, "")
    fault = f"internal error while writing {name} (IndexError('broken')); please report this"
    assert ended.stderr == f"error: {tmp_path / 'bad' / name}:1:1: {fault}\n"
    written = {path.name: path.read_text() for path in (tmp_path / "good").iterdir() if path.name != name}
    assert {path.name: path.read_text() for path in (tmp_path / "bad").iterdir()} == written
    assert len(written) == len(known) - 1


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device is full")
def test_what_cannot_be_written_costs_no_other_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "main.tf").write_text(BUCKET % '"a"')
    monkeypatch.chdir(tmp_path)
    ended = CliRunner().invoke(main, ["--all-buckets", "--format=sarif=/dev/full", "--format=json=a/b", "--format=junit=c"])
    told = (
        "error: /dev/full: cannot be written: No space left on device\nerror: a/b: cannot be written: No such file or directory\n"
    )
    assert (ended.exit_code, ended.stderr, (tmp_path / "c").exists()) == (2, told, True)


def test_a_reader_who_leaves_a_pipe_costs_nothing_on_standard_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def left(*_: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(console, "_write_whole", left)
    console.write("a", str(tmp_path / "pipe"))
    console.write("b\n", None)
    assert capfd.readouterr().out == "b\n"


def test_what_breaks_while_it_is_asked_what_suppression_excuses_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "main.tf").write_text("# auditor: ignore[access-grant-missing]\n" + BUCKET % '"a"')
    whole = auditor.audit(tmp_path, all_buckets=True)
    assert (whole.errors, len(whole.excused)) == ((), 2)
    findings = rule.Rule.findings

    def broken(self: rule.Rule, subject: rule.Subject, written: Any) -> object:
        if 1 < len(subject.verdicts) < len(whole.verdicts):
            raise IndexError("broken")
        return findings(self, subject, written)

    monkeypatch.setattr(rule.Rule, "findings", broken)
    report = auditor.audit(tmp_path, all_buckets=True)
    assert {error.message.partition("'")[0] for error in report.errors} == {"internal error in rule "}
    assert [(one.need.id, one.status) for one in report.verdicts] == [(one.need.id, one.status) for one in whole.verdicts]
    assert (report.excused, report.exit_code()) == ((), 2)


@pytest.mark.parametrize("side", ["old", "new"])
def test_a_proof_that_breaks_down_is_told_by_a_comparison_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, side: str) -> None:
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.tf").write_text(f"# {name}\n" + BUCKET % '"a"')
    monkeypatch.chdir(tmp_path)
    prove = pipeline.prove

    def broken(bucket: Bucket, need: Need, *given: Any) -> Verdict:
        if need.id == "s3:GetObject" and os.path.basename(os.getcwd()) == side:
            raise IndexError("broken")
        return prove(bucket, need, *given)

    monkeypatch.setattr(pipeline, "prove", broken)
    ended = CliRunner().invoke(
        main, ["diff", "old", "new", "--contract", "v7-darwin", *of_formats(["json", "markdown"], tmp_path / "out")]
    )
    told = "internal error while checking 's3:GetObject' (IndexError('broken')); please report this"
    assert ended.exit_code == (2 if side == "new" else 1)
    assert [
        one["message"] for one in json.loads((tmp_path / "out/json").read_text())["old_errors" if side == "old" else "errors"]
    ] == [told]
    told, of_side = told.replace("'", "`"), " (old)" if side == "old" else ""
    assert f"\nNot read{of_side}: main.tf:2:1: {told}" in (tmp_path / "out/markdown").read_text()


@pytest.mark.parametrize(
    "command", [("explain", "1", "--all-buckets", "."), ("scaffold", "v7-darwin", "--bucket", "aws_s3_bucket.b", ".")]
)
def test_what_could_not_be_read_is_told_by_whatever_audits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: Sequence[str]
) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "main.tf").write_text(BUCKET % '"a"')
    (tmp_path / "other/main.tf").write_text("resource {")
    monkeypatch.chdir(tmp_path)
    ended = CliRunner().invoke(main, command)
    assert (ended.exit_code, ended.stderr.count("'{' is never closed")) == (2, 1)
    assert "error: other/main.tf:1:10: '{' is never closed\n" in ended.stderr


@pytest.mark.parametrize("can_tell", [True, False])
def test_whatever_breaks_and_wherever_the_exit_code_is_no_answer(monkeypatch: pytest.MonkeyPatch, can_tell: bool) -> None:
    monkeypatch.setattr(cli, "did_you_mean", broken_down)
    if not can_tell:
        monkeypatch.setattr(cli, "say", broken_down)
    ended = CliRunner().invoke(main, ["nothing"])
    assert (ended.exit_code, "error: internal error in auditor" in ended.stderr) == (2, can_tell)


@pytest.mark.process
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device is full")
@pytest.mark.parametrize("command", ["--version", "--help", "rules", "check ."])
def test_a_full_disk_is_no_fault_of_the_program(tmp_path: Path, command: str) -> None:
    (tmp_path / "main.tf").write_text(BUCKET % '"a"')
    line = f"{sys.executable} -m auditor {command} >/dev/full"
    ran = subprocess.run(["/bin/sh", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert re.fullmatch("error: .* cannot be written: No space left on device\n", ran.stderr)


@pytest.mark.process
@pytest.mark.parametrize("closed", ["2>&-", ">&-", ">&- 2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("command", CLOSED)
def test_a_closed_stream_breaks_no_command(tmp_path: Path, command: str, closed: str) -> None:
    (tmp_path / "main.tf").write_text(BUCKET % '"a"')
    (tmp_path / "request.json").write_text('{"items": [], "dataset_slug": "a", "storage_slug": "b"}')
    line = f"{sys.executable} -m auditor {command}"
    open_, shut = (
        subprocess.run(["/bin/sh", "-c", one], cwd=tmp_path, capture_output=True, check=False) for one in (line, f"{line} {closed}")
    )
    if closed == "2>&-":
        assert (shut.returncode, shut.stdout) == (open_.returncode, open_.stdout)
    else:
        told = b"error: standard output is closed: --output FILE writes the report to a file\n" if "2" not in closed else b""
        assert (shut.returncode, shut.stderr[-len(told) :] if told else shut.stderr) == (2, told)


def test_a_large_file_is_held_only_where_it_can_be_something(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.sources.large.LARGE", 100)
    monkeypatch.setattr("auditor.sources.large._PIECE", 4096)
    (tmp_path / "main.tf").write_text(BUCKET % '"a"')
    data, long = json.dumps([f"{at} resources of data" for at in range(2000)]), " " * 9000
    for name, content in {
        "data.json": data,
        "policy.json": long + POLICY,
        "t.yaml": f"# {long}\nResources: {{T: {{Type: 'AWS::S3::Bucket'}}}}",
        "small.yaml": "a: b\n",
    }.items():
        (tmp_path / name).write_text(content)
    texts = Texts()
    noted = Reads()
    monkeypatch.setattr(Disk, "read", noted)
    roots, errors = read((str(tmp_path),), SourceOptions(), texts)
    for name, content in (("data.json", data), ("small.yaml", "a: b\n")):  # an answer that is kept rests on both
        assert noted.digests[os.path.realpath(tmp_path / name)] == digest(content.encode())
    assert errors == []
    assert sorted(root.root.removeprefix(f"{tmp_path}/") for root in roots) == [str(tmp_path), "policy.json", "t.yaml"]
    assert {Path(path).name for path in texts.paths} == {"main.tf", "policy.json", "t.yaml"}


def test_whatever_a_kind_takes_is_not_passed_over_for_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.sources.large.LARGE", 0)
    texts, kinds = Texts(border=border_of([str(PROJECT)])), _kinds((), (), Texts())
    paths = [path for suffix in FILE_SUFFIXES for path in PROJECT.joinpath("fixtures").rglob(f"*{suffix}")]
    taken = [path for path in paths if any(kind.recognises(path.read_text(encoding="utf-8"), path.name) for kind in kinds)]
    assert len(taken) > 200
    assert [path for path in taken if not may_be_read(str(path), texts)] == []


def test_a_file_beyond_measure_is_an_error(tmp_path: Path) -> None:
    with (tmp_path / "main.tf").open("wb") as file:
        file.truncate(LARGEST + 1)
    report = auditor.audit(tmp_path, all_buckets=True)
    assert [error.message for error in report.errors][:1] == ["cannot be read: it is larger than 256 MiB"]


@pytest.mark.process
@pytest.mark.parametrize("arguments", [["--help"], ["check", "--help"], ["rules"]])
def test_a_reader_that_has_seen_enough_is_no_error(arguments: list[str]) -> None:
    readable, writable = os.pipe()
    os.close(readable)
    ran = subprocess.run([sys.executable, "-m", "auditor", *arguments], stdout=writable, stderr=subprocess.PIPE, check=False)
    os.close(writable)
    assert (ran.returncode, ran.stderr) == (0, b"")
