"""`auditor diff`: two documents, two directories, and the revisions of a repository."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from auditor.cli import main
from tests.changes.said import said

ROLE = "arn:aws:iam::258327614892:role/external_s3"
GRANT = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme/*"}
BUCKET = """
resource "aws_s3_bucket" "b" {
  bucket = "acme"
}
resource "aws_s3_bucket_ownership_controls" "b" {
  bucket = aws_s3_bucket.b.id
  rule { object_ownership = "BucketOwnerEnforced" }
}
resource "aws_s3_bucket_cors_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  cors_rule {
    allowed_methods = ["GET", "PUT"]
    allowed_origins = ["https://darwin.v7labs.com"]
    allowed_headers = ["*"]
  }
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Sid       = "Darwin"
    Effect    = "Allow"
    Principal = { AWS = "arn:aws:iam::258327614892:role/external_s3" }
    Action    = ["s3:GetObject", "s3:PutObject"]
    Resource  = "${aws_s3_bucket.b.arn}/*"
  }] })
}
"""

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *arguments: CliRunner().invoke(main, ["diff", *map(str, arguments)])


def document(path: Path, *statements: Any) -> Path:
    path.write_text(json.dumps({"Version": "2012-10-17", "Statement": statements}), encoding="utf-8")
    return path


def test_two_documents(tmp_path: Path, run: Run) -> None:
    old = document(tmp_path / "old.json", GRANT)
    new = document(tmp_path / "new.json", {**GRANT, "Principal": "*", "Sid": "Everyone"})
    ran = run(old.name, new.name, "--format", "json")
    found = json.loads(ran.stdout)
    [access] = found["access"]
    assert (ran.exit_code, found["version"], found["equal"]) == (0, 1, False)
    assert (access["resource"], access["kind"], access["relation"], access["public"], access["lost"]) == (
        "new.json",
        "bucket",
        "wider",
        True,
        [],
    )
    [witness] = access["gained"]
    assert {key: witness[key] for key in ("principal", "action", "resource", "context")} == {
        "principal": {"type": "anonymous"},
        "action": "s3:GetObject",
        "resource": "arn:aws:s3:::acme/x",
        "context": {},
    }
    assert witness["statement"]["sid"] == "Everyone"
    assert run(old.name, new.name).stdout == (
        "public access: the bucket policy of new.json allows more\n"
        "  --> new.json:1:1\n"
        "  gained: anyone may s3:GetObject on arn:aws:s3:::acme/x (statement 'Everyone')\n"
        "\n"
        "✓ 1 policy allows more.\n"
    )
    assert run(old.name, new.name, "--no-new-access").exit_code == 1
    assert run(new.name, old.name, "--no-new-access").exit_code == 0


def test_equal_documents_say_so_in_one_line(tmp_path: Path, run: Run) -> None:
    old = document(tmp_path / "old.json", {**GRANT, "Action": ["s3:GetObject", "s3:PutObject"]})
    new = document(tmp_path / "new.json", {**GRANT, "Action": "s3:PutObject"}, GRANT)
    ran = run(old.name, new.name)
    assert (ran.exit_code, ran.stdout) == (0, "✓ old.json and new.json allow the same, and every verdict is what it was.\n")
    [access] = json.loads(run(old.name, new.name, "--format", "json").stdout)["access"]
    assert (access["relation"], access["gained"], access["lost"]) == ("equal", [], [])


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        (GRANT, "bucket"),
        ({**GRANT, "Action": "kms:Decrypt", "Resource": "*"}, "key"),
        ({key: value for key, value in GRANT.items() if key != "Principal"}, "identity"),
        ({"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "sts:AssumeRole"}, "trust"),
    ],
)
def test_a_document_is_known_by_its_shape(statement: Any, kind: str, tmp_path: Path, run: Run) -> None:
    old, new = document(tmp_path / "old.json", statement), document(tmp_path / "new.json", statement, statement)
    [access] = json.loads(run(old.name, new.name, "--format", "json").stdout)["access"]
    assert (access["kind"], access["relation"]) == (kind, "equal")


def test_documents_of_different_kinds_are_refused(tmp_path: Path, run: Run) -> None:
    old = document(tmp_path / "old.json", GRANT)
    new = document(tmp_path / "new.json", {**GRANT, "Action": "kms:Decrypt", "Resource": "*"})
    ran = run(old.name, new.name)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert ran.stderr == ("error: old.json and new.json do not show what they are attached to alike: give it with --kind\n")


def test_directories(tmp_path: Path, run: Run) -> None:
    for name, text in (
        ("a", BUCKET),
        ("b", BUCKET.replace('"s3:GetObject", "s3:PutObject"', '"s3:GetObject"').replace('"PUT"', '"HEAD"')),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.tf").write_text(text, encoding="utf-8")
    ran = run("a", "b")
    assert ran.exit_code == 1
    assert ran.stdout == (
        "aws_s3_bucket.b: s3:PutObject was 'holds' and is 'fails' (v7-darwin)\n"
        "  --> main.tf:19:12\n"
        "  now: no statement allows s3:PutObject\n"
        "\n"
        "aws_s3_bucket.b: cors:PUT was 'holds' and is 'fails' (v7-darwin)\n"
        "  --> main.tf:12:23\n"
        "  now: rule 1 does not list PUT\n"
        "\n"
        "the bucket policy of aws_s3_bucket.b allows less\n"
        "  --> main.tf:19:12\n"
        f"  lost: {ROLE} may s3:PutObject on arn:aws:s3:::acme/x (statement 'Darwin')\n"
        "\n"
        "pages see aws_s3_bucket.b differently\n"
        "  --> main.tf:9:1\n"
        "  gained: HEAD from https://darwin.v7labs.com\n"
        "  lost: PUT from https://darwin.v7labs.com\n"
        "\n"
        "✗ 2 verdicts got worse, 1 policy allows less, CORS changed on 1 bucket.\n"
    )
    assert run("b", "a").exit_code == 0
    assert run("a", "a").stdout == "✓ a and a allow the same, and every verdict is what it was.\n"


def git(directory: Path, *arguments: str) -> None:
    command = ("git", "-c", "user.name=x", "-c", "user.email=x@example.com", "-C", str(directory), *arguments)
    subprocess.run(command, check=True, capture_output=True)


@pytest.mark.process
def test_revisions_are_read_without_touching_the_work_tree(tmp_path: Path, run: Run) -> None:
    git(tmp_path, "init", "--initial-branch=main")
    code = tmp_path / "main.tf"
    code.write_text(BUCKET, encoding="utf-8")
    git(tmp_path, "add", "main.tf")
    git(tmp_path, "commit", "-m", "one")
    git(tmp_path, "switch", "-c", "topic")
    code.write_text(BUCKET.replace('AWS = "arn', 'AWS = "*", Service = "arn'), encoding="utf-8")
    against_main = json.loads(run("--format", "json").stdout)
    assert [(one["resource"], one["relation"], one["public"]) for one in against_main["access"]] == [
        ("aws_s3_bucket.b", "wider", True)
    ]
    assert {one["change"] for one in against_main["verdicts"]} == {"worse"}
    assert json.loads(run("main", ".", "--format", "json").stdout)["access"] == against_main["access"]
    assert run("HEAD", "main").stdout == "✓ HEAD and main allow the same, and every verdict is what it was.\n"
    assert code.read_text(encoding="utf-8") != BUCKET


@pytest.mark.process
def test_what_is_neither_a_path_nor_a_revision(run: Run) -> None:
    ran = run("nowhere", ".")
    assert (ran.exit_code, ran.stderr) == (2, "error: 'nowhere' is neither a path that exists nor a git revision\n")


def test_what_cannot_be_read_is_said(tmp_path: Path, run: Run) -> None:
    for name, text in (("a", BUCKET), ("b", BUCKET + "\nlocals {")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.tf").write_text(text, encoding="utf-8")
    ran = run("a", "b")
    assert ran.exit_code == 2
    assert ran.stdout == (
        "not read (b): main.tf:28:8: '{' is never closed\n✗ As far as a and b were read, they allow the same, and every verdict is what it was.\n"
    )


def test_a_plan_alone_is_compared_with_the_state_before_it(tmp_path: Path, run: Run) -> None:
    plans = Path(__file__).parents[1] / "terraform" / "plans"
    for name in ("update", "moved", "delete-policy-and-cors"):
        (tmp_path / f"{name}.json").write_text((plans / name / "plan.json").read_text(encoding="utf-8"), encoding="utf-8")
    found = json.loads(run("update.json", "--format", "json").stdout)
    assert [(one["need"], one["old"], one["new"]) for one in found["verdicts"]] == [
        ("s3:PutObject", "fails", "holds"),
        ("ownership", "fails", "holds"),
    ]
    [access] = found["access"]
    assert (access["resource"], access["relation"]) == ("aws_s3_bucket.b", "wider")
    ran = run("delete-policy-and-cors.json")
    assert ran.exit_code == 1
    assert ran.stdout.splitlines()[-1] == "✗ 4 verdicts got worse, 1 policy allows less, CORS changed on 1 bucket."
    assert run("moved.json").stdout == (
        "✓ the state before moved.json and moved.json allow the same, and every verdict is what it was.\n"
    )


def test_what_only_moved_is_the_same_however_much_it_depends_on(tmp_path: Path, run: Run) -> None:
    statements = ", ".join(
        f'{{ Effect = var.c{number} ? "Allow" : "Deny", Principal = "*", Action = "s3:Get{number}*", Resource = "${{aws_s3_bucket.b.arn}}/*" }}'
        for number in range(14)
    )
    code = (
        "".join(f'variable "c{number}" {{\n  type = bool\n}}\n' for number in range(14))
        + BUCKET.partition('resource "aws_s3_bucket_o')[0]
    )
    code += f'resource "aws_s3_bucket_policy" "b" {{\n  bucket = aws_s3_bucket.b.id\n  policy = jsonencode({{ Statement = [{statements}] }})\n}}\n'
    for name, text in (("a", code), ("b", "\n\n" + code), ("c", code.replace("s3:Get3*", "s3:Put*"))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.tf").write_text(text, encoding="utf-8")
    assert run("a", "b").stdout == "✓ a and b allow the same, and every verdict is what it was.\n"
    assert "not decided" in run("a", "c").stdout


def test_a_value_is_not_a_text_that_is_spelled_like_it(tmp_path: Path, run: Run) -> None:
    code = 'variable "x" {\n  type = string\n}\n' + BUCKET.replace("external_s3", "${var.x}")
    for name, text in (("a", code), ("b", code.replace("${var.x}", "var.x"))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.tf").write_text(text, encoding="utf-8")
    assert not json.loads(run("a", "b", "--format", "json").stdout)["equal"]


WRITTEN = """
resource "aws_s3_bucket" "b" {
  bucket = "NAME"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Effect    = "Allow"
    Principal = { AWS = "arn:aws:iam::258327614892:role/external_s3" }
    Action    = ["s3:GetObject", "s3:PutObject"]
    Resource  = "arn:aws:s3:::NAME/*"
  }] })
  cors_rule {
    allowed_methods = ["GET", "PUT"]
    allowed_origins = ["https://darwin.v7labs.com"]
    allowed_headers = ["*"]
  }
}
"""
BARE = 'resource "aws_s3_bucket" "b" {\n  bucket = "NAME"\n}\n'
SEPARATE = BUCKET.replace('"s3:GetObject", "s3:PutObject"', '"s3:GetObject"')
MOVED = BARE.replace('"b"', '"c"') + "moved {\n  from = aws_s3_bucket.b\n  to   = aws_s3_bucket.c\n}\n"


@pytest.mark.parametrize(
    ("new", "name", "expected"),
    [
        (BARE, "acme", {"unknown"}),
        (MOVED, "acme", {"unknown"}),
        # Another bucket is made, of which nothing was configured before.
        (BARE, "acme-other", {"fails"}),
        # What is written beside the bucket takes the place of what was deployed.
        (SEPARATE, "acme", {"fails"}),
    ],
)
@pytest.mark.usefixtures("run")
def test_an_argument_that_is_removed_leaves_what_is_deployed(new: str, name: str, expected: set[str], tmp_path: Path) -> None:
    for side, code in (("a", WRITTEN.replace("NAME", "acme")), ("b", new.replace("NAME", name))):
        (tmp_path / side).mkdir()
        (tmp_path / side / "main.tf").write_text(code, encoding="utf-8")
    verdicts = said("a", "b")["verdicts"]
    assert {one["new"] for one in verdicts if one["need"].startswith(("s3:", "cors:"))} == expected


@pytest.mark.usefixtures("run")
def test_a_property_that_is_removed_from_a_template_is_gone(tmp_path: Path) -> None:
    rule = {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}
    for side, more in (("a", {"CorsConfiguration": {"CorsRules": [rule]}}), ("b", {})):
        (tmp_path / side).mkdir()
        template = {"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "acme", **more}}}}
        (tmp_path / side / "t.json").write_text(json.dumps(template), encoding="utf-8")
    verdicts = said("a", "b", "--contract", "v7-darwin")["verdicts"]
    assert {one["new"] for one in verdicts if one["need"] == "cors:GET"} == {"fails"}
