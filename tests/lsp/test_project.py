"""The open files in units, and what is kept of an audit: nothing that is kept changes an answer."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from auditor import format_report, pipeline
from auditor.foundation.text import Kept, Texts
from auditor.lsp.project import Audited, Project
from auditor.model import Bucket
from auditor.sources.terraform.syntax import scanner
from auditor.verdict import Verdict
from tests.own_code import PROJECT

BUCKET = """resource "aws_s3_bucket" "{name}" {{
  bucket = "acme-{name}"
}}

resource "aws_s3_bucket_policy" "{name}" {{
  bucket = aws_s3_bucket.{name}.id
  policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [{{
      Effect    = "Allow"
      Principal = {{ AWS = "arn:aws:iam::258327614892:role/external_s3" }}
      Action    = ["s3:GetObject", "s3:PutObject"]
      Resource  = "${{aws_s3_bucket.{name}.arn}}/*"
    }}]
  }})
}}
"""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two roots, one of which calls a module; and a root for the demonstration."""
    (tmp_path / ".git").mkdir()
    for name in ("one", "two", "shared"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.tf").write_text(BUCKET.format(name=name))
    (tmp_path / "one/call.tf").write_text('module "shared" {\n  source = "../shared"\n}\n')
    shutil.copytree(PROJECT / "fixtures/demo", tmp_path / "demo")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def buffers(*paths: str) -> dict[str, bytes]:
    return {path: Path(path).read_bytes() for path in paths}


def documents(answers: tuple[Audited, ...]) -> list[list[str]]:
    return sorted(sorted(answer.documents) for answer in answers)


def said(answers: tuple[Audited, ...]) -> list[str]:
    """All that reports say, with every step."""
    return [format_report(answer.report, "json", explain=True) for answer in answers if answer.report is not None]


@pytest.mark.usefixtures("repository")
def test_open_files_that_reach_the_same_are_together() -> None:
    project = Project()
    alone = project.answers(buffers("one/main.tf", "two/main.tf", "shared/main.tf"), None)
    assert documents(alone) == [["one/main.tf", "shared/main.tf"], ["two/main.tf"]]
    assert [sorted({one.subject.address for one in answer.report.verdicts}) for answer in alone if answer.report] == [
        ["aws_s3_bucket.one", "module.shared.aws_s3_bucket.shared"],
        ["aws_s3_bucket.two"],
    ]


@pytest.mark.usefixtures("repository")
def test_only_what_a_change_touches_is_audited_again() -> None:
    project = Project()
    opened = buffers("one/main.tf", "two/main.tf")
    one, two = project.answers(opened, None)
    opened["two/main.tf"] += b"\n"
    again = project.answers(opened, {"two/main.tf"})
    assert again[0] is one
    assert again[1] is not two
    assert project.answers(opened, set()) == again


@pytest.mark.usefixtures("repository")
def test_what_is_kept_changes_no_answer() -> None:
    """Each state of a file is answered as if it were the first, whatever was there before."""
    path = "one/main.tf"
    text = Path(path).read_text()
    states = [
        text,
        text.replace('"s3:PutObject"', '"s3:PutObjectAcl"'),
        text + "\nresource {\n",
        text.replace("258327614892", "${var.nobody}"),
        "# moved down\n" + text,
        text.replace('resource "aws_s3_bucket" "one"', 'resource "aws_s3_bucket" "renamed"'),
        text,
    ]
    project = Project()
    for state in states:
        opened = {path: state.encode()}
        assert said(project.answers(opened, {path})) == said(Project().answers(opened, {path}))


@pytest.mark.usefixtures("repository")
def test_what_did_not_change_is_not_scanned_again(monkeypatch: pytest.MonkeyPatch) -> None:
    scanned: list[str] = []
    scan = scanner.scan

    def counted(lines: scanner.Lines) -> scanner.Scan:
        scanned.append(lines.path)
        return scan(lines)

    monkeypatch.setattr(scanner, "scan", counted)
    project = Project()
    opened = buffers("demo/scans.tf")
    project.answers(opened, None)
    assert sorted(scanned) == ["demo/images.tf", "demo/main.tf", "demo/scans.tf", "demo/videos.tf"]
    scanned.clear()
    opened["demo/scans.tf"] += b"\n"
    project.answers(opened, {"demo/scans.tf"})
    assert scanned == ["demo/scans.tf"]


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(
    ("edit", "again"),
    [
        (lambda text: text + "\n# a comment\n", set()),
        (lambda text: text.replace('["content-type"]', '["*"]'), {"scans"}),
        (lambda text: text.replace('= ["content-type"]', '= /* x */ ["content-type"]'), {"scans"}),
        (lambda text: "\n" + text, {"images", "scans", "videos"}),  # the key of its file belongs to all of them
    ],
    ids=["below", "content", "columns", "lines"],
)
def test_of_a_bucket_that_is_as_it_was_nothing_is_proven_again(
    edit: Callable[[str], str], again: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    proven: set[str] = set()
    prove = pipeline.prove

    def counted(bucket: Bucket, *rest: Any) -> Verdict:
        proven.add(bucket.address.removeprefix("aws_s3_bucket."))
        return prove(bucket, *rest)

    monkeypatch.setattr(pipeline, "prove", counted)
    project = Project()
    opened = buffers("demo/scans.tf")
    project.answers(opened, None)
    assert len(proven) == 3
    proven.clear()
    changed = {"demo/scans.tf": edit(opened["demo/scans.tf"].decode()).encode()}
    answers = project.answers(changed, {"demo/scans.tf"})
    assert proven == again
    assert said(answers) == said(Project().answers(changed, None))


def test_a_file_counts_as_it_is_in_the_editor_whatever_it_is_called(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From below the top of the repository, the audit calls a file by way of the top."""
    monkeypatch.chdir(repository / "one")
    changed = Path("main.tf").read_bytes().replace(b"s3:PutObject", b"s3:PutObjectAcl")
    (answer,) = Project().answers({"main.tf": changed}, None)
    assert answer.report is not None
    assert {one.rule for one in answer.report.findings if one.bucket == "aws_s3_bucket.one"} >= {"access-grant-missing"}


@pytest.mark.usefixtures("repository")
def test_what_mentions_nobody_is_passed_over_in_silence() -> None:
    Path("two/main.tf").write_text('resource "aws_s3_bucket" "a" {}\n\nresource "aws_s3_bucket" "b" {}\n')
    Path("package.json").write_text('{"name": "x"}')
    answers = Project().answers(buffers("two/main.tf", "package.json"), None)
    assert [(answer.trouble, answer.problems) for answer in answers] == [("", ()), ("", ())]
    assert [(one.findings, one.verdicts, one.errors) for one in (answer.report for answer in answers) if one] == [((), (), ())] * 2


@pytest.mark.usefixtures("repository")
def test_settings_that_cannot_be_used_are_told_where_they_are_wrong() -> None:
    Path(".auditor.yaml").write_text("rules: 1\n")
    (answer,) = Project().answers(buffers(".auditor.yaml"), None)
    assert [(str(one.location), one.message) for one in answer.problems] == [(".auditor.yaml:1:8", "rules: must be a mapping")]


@pytest.mark.usefixtures("repository")
def test_an_audit_that_breaks_down_is_told_and_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RecursionError("too deep")

    with monkeypatch.context() as patch:
        patch.setattr("auditor.lsp.project.audit", broken)
        project = Project()
        (answer,) = project.answers(buffers("two/main.tf"), None)
    assert [one.message for one in answer.problems] == [
        "internal error while reading (RecursionError('too deep')); please report this"
    ]
    (answer,) = project.answers(buffers("two/main.tf"), None)
    assert answer.report is not None


@pytest.mark.parametrize("stage", ["_project.answers", "_publish"])
def test_whatever_breaks_down_beside_an_audit_is_told_and_everything_audited_next(
    monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    from auditor.lsp import session

    def broken(*_: object) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr(session, "QUIET", 0)
    one, told = session.Session(), list[str]()
    monkeypatch.setattr(one, "_buffers", dict)
    monkeypatch.setattr(one, "_tell", told.append)
    monkeypatch.setattr(one._project if "." in stage else one, stage.rpartition(".")[2], broken)
    asyncio.run(one._audit(0))
    assert told == ["internal error (RecursionError('too deep')); please report this"]
    assert one._state.changed is None


def test_of_a_text_only_the_latest_is_kept() -> None:
    made: list[str] = []

    def make(text: str, path: str) -> str:
        made.append(text)
        return f"{path}: {text}"

    kept = Kept()
    texts = Texts({}, kept=kept)
    assert [texts.made(text, "a", make) for text in ("1", "1", "2", "1")] == ["a: 1", "a: 1", "a: 2", "a: 1"]
    assert made == ["1", "2", "1"]
