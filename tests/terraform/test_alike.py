"""What is written out is the same object in every instance of a block, and what differs between instances is not shared."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.foundation.value import Value
from auditor.model import Kind
from auditor.sources.resource_types import TERRAFORM
from tests.terraform.trees import instances, root

MODULE = """
variable "name" {}
resource "aws_s3_bucket" "b" {
  bucket = var.name
}
resource "aws_s3_bucket_cors_configuration" "b" {
  bucket = aws_s3_bucket.b.id
CORS
}
"""
CALL = 'module "m" {\n  source = "./m"\n  for_each = toset(["a", "b"])\n  name = each.key\n}\n'
RULE = 'cors_rule {\n    allowed_methods = ["GET"]\n    allowed_origins = [ORIGIN]\n  }'


def _contents(directory: Path, cors: str) -> list[Value]:
    found = root(directory, {"main.tf": CALL, "m/main.tf": MODULE.replace("CORS", cors)})
    read = instances(found, "aws_s3_bucket", "aws_s3_bucket_cors_configuration")
    declared = TERRAFORM.declarations(str(directory), read.values())
    return [one.content for one in declared.attachments if one.kind is Kind.CORS]


def test_what_is_written_out_is_one_object(tmp_path: Path) -> None:
    first, second = _contents(tmp_path, RULE.replace("ORIGIN", '"https://acme.example"'))
    assert first is second


@pytest.mark.parametrize(
    "cors",
    [
        RULE.replace("ORIGIN", '"https://${var.name}.example"'),
        RULE.replace("ORIGIN", "timestamp()"),
        f'dynamic "cors_rule" {{\n  for_each = [var.name]\n  content {{\n{RULE[13:].replace("ORIGIN", "cors_rule.value")}\n}}',
    ],
)
def test_what_differs_is_not_shared(tmp_path: Path, cors: str) -> None:
    first, second = _contents(tmp_path, cors)
    assert first is not second
    assert (first == second) is ("timestamp" in cors)
