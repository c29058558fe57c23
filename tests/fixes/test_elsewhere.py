"""A policy in another module, or a bucket in another Region: what is added names the bucket as the code there can, and says its Region."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.contract.load import load
from auditor.finding import Certainty
from auditor.fixes.apply import applied
from auditor.foundation.border import border_of
from auditor.foundation.text import Texts
from auditor.pipeline import Request, audit

POLICY = """\
variable "bucket" {}
data "aws_s3_bucket" "this" {
  bucket = var.bucket
}
data "aws_iam_policy_document" "this" {
  statement {
    actions   = ["s3:GetObjectTagging"]
    resources = RESOURCES
    principals {
      type        = "AWS"
      identifiers = ["111122223333"]
    }
  }
}
resource "aws_s3_bucket_policy" "this" {
  bucket = data.aws_s3_bucket.this.id
  policy = data.aws_iam_policy_document.this.json
}
"""
CODE = {
    "root": ('resource "aws_s3_bucket" "images" {\n  bucket = "acme-images"\n}\n', "aws_s3_bucket.images.id", ""),
    "module": (
        'module "data" {\n  source = "./data"\n}\n',
        "module.data.id",
        'resource "aws_s3_bucket" "images" {\n  bucket = "acme-images"\n}\noutput "id" {\n  value = aws_s3_bucket.images.id\n}\n',
    ),
}


@pytest.mark.parametrize("where", CODE)
@pytest.mark.parametrize(
    ("written", "named"),
    [
        ('["${data.aws_s3_bucket.this.arn}/*"]', "${data.aws_s3_bucket.this.arn}/*"),
        ('["arn:aws:s3:::${var.bucket}/*"]', "arn:aws:s3:::${var.bucket}/*"),
        ('["arn:aws:s3:::acme-images/*"]', "arn:aws:s3:::acme-images/*"),
        ('["${data.aws_s3_bucket.this.arn}/in/*"]', "arn:aws:s3:::NAME/*"),
        ('[for one in [var.bucket] : "arn:aws:s3:::${one}/*"]', "arn:aws:s3:::NAME/*"),
    ],
)
def test_a_statement_names_the_bucket_as_those_beside_it_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str, written: str, named: str
) -> None:
    monkeypatch.chdir(tmp_path)
    bucket, handed, made = CODE[where]
    Path("policy").mkdir()
    Path("policy/main.tf").write_text(POLICY.replace("RESOURCES", written))
    Path("main.tf").write_text(f'{bucket}module "policy" {{\n  source = "./policy"\n  bucket = {handed}\n}}\n')
    if made:
        Path("data").mkdir()
        Path("data/main.tf").write_text(made)
    request, texts = Request((".",), (load("v7-darwin", {}),), every_bucket=True), Texts(border=border_of((".",)))
    (patch,) = next(one for one in audit(request, texts).findings if one.rule == "access-grant-missing").fixes
    (line,) = [line for line in patch.text.splitlines() if "resources" in line]
    assert (line, patch.certainty is Certainty.SAFE) == (f'  resources = ["{named}"]', not patch.edits and where == "root")
    assert bool(patch.edits) is ("NAME" not in named)
    after = audit(request, texts.replaced(applied(texts, patch.edits)))
    assert [one.status.value for one in after.verdicts if one.need.id == "s3:GetObject"] == ["holds" if patch.edits else "fails"]


def test_a_policy_of_the_root_has_the_name_of_the_bucket_of_a_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    bucket, handed, made = CODE["module"]
    Path("data").mkdir()
    Path("data/main.tf").write_text(made)
    Path("main.tf").write_text(
        bucket
        + f"""
resource "aws_s3_bucket_policy" "this" {{
  bucket = {handed}
  policy = jsonencode({{
    Version   = "2012-10-17"
    Statement = [{{ Effect = "Allow", Principal = {{ AWS = "111122223333" }}, Action = "s3:GetObject", Resource = "arn:aws:s3:::acme-images/in/*" }}]
  }})
}}
"""
    )
    request, texts = Request((".",), (load("v7-darwin", {}),), every_bucket=True), Texts(border=border_of((".",)))
    (patch,) = next(one for one in audit(request, texts).findings if one.rule == "access-grant-missing").fixes
    assert [line.strip() for line in patch.text.splitlines() if "Resource" in line] == ['Resource  = "arn:aws:s3:::acme-images/*"']
    after = audit(request, texts.replaced(applied(texts, patch.edits)))
    assert [one.status.value for one in after.verdicts if one.need.id == "s3:GetObject"] == ["holds"]


HOLDER = """\
variable "bucket" {}
variable "partition" {}
resource "aws_s3_bucket" "this" {
  bucket = var.bucket
  policy = <<EOF
{
  "Version": "2012-10-17",
  "Statement": [{
    "Effect": "Deny",
    "Principal": {"AWS": "*"},
    "Action": "s3:DeleteObject",
    "Resource": "RESOURCE"
  }]
}
EOF
}
"""


@pytest.mark.parametrize(
    ("where", "written", "named"),
    [
        ("module", "arn:aws:s3:::${var.bucket}/*", "arn:aws:s3:::${var.bucket}/*"),
        ("module", "arn:${var.partition}:s3:::${var.bucket}/*", "arn:${var.partition}:s3:::${var.bucket}/*"),
        ("module", "arn:${var.partition}:s3:::acme-images/*", "arn:aws:s3:::NAME/*"),
        ("root", "arn:${var.partition}:s3:::${var.bucket}/*", "arn:aws:s3:::${var.bucket}/*"),
    ],
)
def test_a_bucket_that_holds_its_policy_is_named_as_the_policy_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str, written: str, named: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("held").mkdir()
    Path("main.tf" if where == "root" else "held/main.tf").write_text(HOLDER.replace("RESOURCE", written))
    if where == "module":
        call = 'module "held" {\n  source = "./held"\n  bucket = var.name\n  partition = var.partition\n}\n'
        Path("main.tf").write_text(f'variable "name" {{}}\nvariable "partition" {{}}\n{call}')
    request, texts = Request((".",), (load("v7-darwin", {}),), every_bucket=True), Texts(border=border_of((".",)))
    (patch,) = next(one for one in audit(request, texts).findings if one.rule == "access-grant-missing").fixes
    assert [line.strip() for line in patch.text.splitlines() if "Resource" in line] == [f'"Resource": "{named}"']
    assert bool(patch.edits) is ("NAME" not in named)


IN_REGION = {
    "main.tf": 'provider "aws" {\n  region = "eu-west-1"\n}\nresource "aws_s3_bucket" "b" {\n  bucket = "acme-b"\n  region = "eu-central-1"\n}\n',
    "main.tf.json": json.dumps(
        {
            "provider": {"aws": {"region": "eu-west-1"}},
            "resource": {"aws_s3_bucket": {"b": {"bucket": "acme-b", "region": "eu-central-1"}}},
        },
        indent=2,
    ),
}


@pytest.mark.parametrize("path", IN_REGION)
@pytest.mark.parametrize("version", ["", "~> 3.70.0"])
def test_what_is_put_beside_a_bucket_is_put_in_its_region(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, version: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(path).write_text(IN_REGION[path])
    if version:
        Path("v.tf").write_text(f'terraform {{\n  required_providers {{\n    aws = {{ version = "{version}" }}\n  }}\n}}\n')
    request, texts = Request((".",), (load("v7-darwin", {}),), every_bucket=True), Texts(border=border_of((".",)))
    patches = [
        one.fixes[0] for one in audit(request, texts).findings if one.rule in ("access-grant-missing", "cors-request-refused")
    ]
    said = [[line.strip(" ,") for line in patch.text.splitlines() if "region" in line] for patch in patches]
    written = "region = aws_s3_bucket.b.region" if path == "main.tf" else '"region": "${aws_s3_bucket.b.region}"'
    assert said == ([[], []] if version else [[written], [written]])
    after = audit(request, texts.replaced(applied(texts, [edit for patch in patches for edit in patch.edits])))
    reached = {one.need.id: one.status.value for one in after.verdicts}
    assert version or (reached["s3:GetObject"], reached["cors:PUT"]) == ("holds", "holds")
