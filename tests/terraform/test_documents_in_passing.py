"""Policy documents that are passed on by the idioms of older configurations, through the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.asked import ROLE, ask

GRANTS = ("holds", "statement 1 grants it for every key")

JOINED = """
    variable "name" {}
    resource "aws_s3_bucket" "b" { bucket = var.name }
    data "aws_iam_policy_document" "p" {
      count = 1
      statement {
        actions   = ["s3:GetObject", "s3:PutObject"]
        resources = ["${aws_s3_bucket.b.arn}/*"]
        principals {
          type        = "AWS"
          identifiers = ["%s"]
        }
      }
    }
    resource "aws_s3_bucket_policy" "b" {
      bucket = aws_s3_bucket.b.id
      policy = join("", data.aws_iam_policy_document.p[*].json)
    }
"""
RENDERED = """
    variable "prefix" {}
    resource "aws_s3_bucket" "b" { bucket = "${var.prefix}-media" }
    data "template_file" "p" {
      template = file("${path.module}/policy.json.tpl")
      vars     = { bucket = aws_s3_bucket.b.arn, role = "%s" }
    }
    resource "aws_s3_bucket_policy" "b" {
      bucket = aws_s3_bucket.b.id
      policy = data.template_file.p.rendered
    }
"""
TEMPLATE = """
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "${role}"},
      "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "${bucket}/*"}]}
"""


PASSED_ON = {
    "joined": JOINED,
    "rendered by template_file": RENDERED,
    **{
        name: JOINED.replace('join("", data.aws_iam_policy_document.p[*].json)', expression % "data.aws_iam_policy_document.p[0].json")
        for name, expression in {
            "trimspace": "trimspace(%s)", "chomp": "chomp(%s)", "format": 'format("%%s", %s)', "formatted as any value": 'format("%%v", %s)',
        }.items()
    },
}  # fmt: skip


@pytest.mark.parametrize("text", PASSED_ON.values(), ids=PASSED_ON)
def test_a_document_is_what_it_was_written_as(tmp_path: Path, text: str) -> None:
    told = ask(
        tmp_path,
        {"main.tf": text.replace('["%s"]', f'["{ROLE}"]').replace('role = "%s"', f'role = "{ROLE}"'), "policy.json.tpl": TEMPLATE},
    )
    assert told.of("aws_s3_bucket.b", "s3") == {"s3:GetObject": GRANTS, "s3:PutObject": GRANTS}


def test_a_template_file_whose_text_is_not_known_is_unknown(tmp_path: Path) -> None:
    text = RENDERED.replace('file("${path.module}/policy.json.tpl")', "var.template").replace("%s", ROLE)
    told = ask(tmp_path, {"main.tf": f'{text}\nvariable "template" {{}}\n'})
    assert told.statuses("s3") == {"unknown"}
