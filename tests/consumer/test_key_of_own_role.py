"""What a role of the code lacks to use a key: a statement of the key's policy, or one of its own where that suffices."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.consumer.command_line import run, written

CODE = """
provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["444455556666"]
}
resource "aws_s3_bucket" "data" {
  bucket = "acme-label"
}
resource "aws_s3_bucket_server_side_encryption_configuration" "data" {
  bucket = aws_s3_bucket.data.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.data.arn
    }
  }
}
resource "aws_kms_key" "data" {
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::444455556666:PRINCIPAL" }, Action = "kms:*", Resource = "*" }]
  })
}
resource "aws_iam_role" "app" {
  name               = "app"
  assume_role_policy = "{}"
}
resource "aws_iam_role_policy" "app" {
  role = aws_iam_role.app.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ACTIONS, Resource = "*" }]
  })
}
"""


@pytest.mark.parametrize(
    ("principal", "actions", "title"),
    [
        ("role/admin", '"s3:*"', "Add a statement to the key policy"),
        ("role/admin", '["s3:*", "kms:*"]', "Add a statement to the key policy"),
        ("root", '"s3:*"', "Add a statement to a policy of aws_iam_role.app"),
    ],
)
def test_what_is_added_to_is_what_denies_it(principal: str, actions: str, title: str, tmp_path: Path) -> None:
    """A key policy that lets in neither the role nor its account denies it whatever the role's own policies say."""
    code = CODE.replace("PRINCIPAL", principal).replace("ACTIONS", actions)
    written(tmp_path, {"main.tf": code})
    _, out, _ = run(
        "check", str(tmp_path), "--format", "json", "--with", "principal=aws_iam_role.app", "--select", "kms-grant-missing"
    )
    (found,) = json.loads(out)["findings"]
    assert [fix["title"] for fix in found["fixes"]] == [title]
    run("check", str(tmp_path), "--with", "principal=aws_iam_role.app", "--fix=kms-grant-missing")
    _, out, _ = run("check", str(tmp_path), "--format", "json", "--with", "principal=aws_iam_role.app")
    assert {one["status"] for one in json.loads(out)["verdicts"] if one["need"].startswith("kms:")} == {"holds"}
