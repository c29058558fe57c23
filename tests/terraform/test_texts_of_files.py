"""Texts that Terraform reads from files: what is found in them is found there, and what is written there names nothing of the code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from auditor.cli import main

ROLE = "arn:aws:iam::258327614892:role/external_s3"
MAIN = """resource "aws_s3_bucket" "b" {
  bucket = "acme-b"
}

resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = POLICY
}

data "template_file" "policy" {
  template = file("policy.json")
  vars     = { bucket = aws_s3_bucket.b.arn }
}

locals {
  template = <<-EOT
    {
      "Statement": {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::258327614892:role/external_s3"},
        "Action": "s3:GetObject",
        "Resource": "$${bucket}/raw/*"
      }
    }
  EOT
}
"""
WRITTEN = """{
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": {"AWS": "%s"},
      "Action": "s3:GetObject",
      "Resource": "%s/raw/*"
    }
  ]
}
"""
ADDED = """    },
    {
      "Sid": "PlatformAccess",
      "Effect": "Allow",
      "Principal": {"AWS": "arn:aws:iam::258327614892:role/external_s3"},
      "Action": ["s3:GetObject", "s3:PutObject"],
      "Resource": "arn:aws:s3:::acme-b/*"
    }
  ]
}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["check", *arguments], catch_exceptions=False)
    return result.exit_code, result.stdout, result.stderr


OPTIONS = (".", "--format", "concise", "--select", "access-grant-missing")


@pytest.mark.parametrize(
    ("policy", "bucket", "place"),
    [
        ('file("policy.json")', "arn:aws:s3:::acme-b", "policy.json:7:19"),
        ('file("${path.module}/policy.json")', "arn:aws:s3:::acme-b", "policy.json:7:19"),
        ('templatefile("policy.json", { bucket = aws_s3_bucket.b.arn })', "${bucket}", "policy.json:7:19"),
        ("data.template_file.policy.rendered", "${bucket}", "policy.json:7:19"),
        ('templatestring(file("policy.json"), { bucket = aws_s3_bucket.b.arn })', "${bucket}", "policy.json:7:19"),
        ("templatestring(local.template, { bucket = aws_s3_bucket.b.arn })", "", "main.tf:22:21"),
        ('replace(file("policy.json"), "BUCKET", aws_s3_bucket.b.arn)', "BUCKET", "main.tf:7:12"),
        ('templatestring(replace(file("policy.json"), "B", "b"), { bucket = aws_s3_bucket.b.arn })', "${bucket}", "main.tf:7:12"),
    ],
)
def test_a_statement_is_found_where_it_is_written(policy: str, bucket: str, place: str, here: Path) -> None:
    (here / "main.tf").write_text(MAIN.replace("POLICY", policy))
    (here / "policy.json").write_text(WRITTEN % (ROLE, bucket))
    code, shown, _ = run(*OPTIONS)
    assert code == 1
    assert [line.partition(": error:")[0] for line in shown.splitlines() if " is denied s3:GetObject " in line] == [place]


@pytest.mark.parametrize(
    ("policy", "bucket"),
    [
        ('file("policy.json")', "arn:aws:s3:::acme-b"),
        ('templatefile("policy.json", { bucket = aws_s3_bucket.b.arn })', "${bucket}"),
    ],
)
def test_a_fix_of_it_names_the_bucket_and_is_to_be_reviewed(policy: str, bucket: str, here: Path) -> None:
    (here / "main.tf").write_text(MAIN.replace("POLICY", policy))
    before = WRITTEN % ("arn:aws:iam::111122223333:root", bucket)
    (here / "policy.json").write_text(before)
    assert run("--fix", *OPTIONS)[2] == "no safe fix to apply\n"
    assert run("--fix=access-grant-missing", *OPTIONS)[0] == 0
    assert (here / "policy.json").read_text() == before.removesuffix("    }\n  ]\n}\n") + ADDED


def test_what_a_template_within_a_template_says_is_found_in_the_inner_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("outer.json.tpl").write_text('{\n  "Statement": ${statements}\n}\n')
    Path("tls.json.tpl").write_text(
        '{\n  "Effect": "Deny",\n  "Principal": "*",\n  "Action": "s3:Put*",\n  "Resource": "${arn}/*"\n}\n'
    )
    Path("read.json.tpl").write_text(
        f'{{\n  "Effect": "Allow",\n  "Principal": {{"AWS": "{ROLE}"}},\n  "Action": "s3:GetObject",\n  "Resource": "${{arn}}"\n}}\n'
    )
    Path("main.tf").write_text(
        'resource "aws_s3_bucket" "b" {\n  bucket = "acme-b"\n}\nlocals {\n  statements = <<-EOT\n    [\n      ${templatefile("tls.json.tpl", '
        '{ arn = aws_s3_bucket.b.arn })},\n      ${templatefile("read.json.tpl", { arn = aws_s3_bucket.b.arn })}, {"Effect": "Allow", "Principal": "*",\n'
        '        "Action": "s3:GetBucketLocation", "Resource": "${aws_s3_bucket.b.arn}"}\n    ]\n  EOT\n}\n'
        'resource "aws_s3_bucket_policy" "b" {\n  bucket = aws_s3_bucket.b.id\n'
        '  policy = templatefile("outer.json.tpl", { statements = local.statements })\n}\n'
    )
    found = CliRunner().invoke(main, ["check", ".", "--contract", "v7-darwin", "--format", "json", "--no-cache"]).stdout
    places = {
        (one["rule"], place["path"], place["line"])
        for one in json.loads(found)["findings"]
        for place in (one["location"], *(related["location"] for related in one["related"] if "statement" in related["message"]))
        if one["rule"].startswith("access-")
    }
    assert places == {
        ("access-grant-missing", "read.json.tpl", 1),
        ("access-grant-missing", "read.json.tpl", 4),
        ("access-grant-missing", "read.json.tpl", 5),
        ("access-granted-to-everyone", "main.tf", 8),
    }
