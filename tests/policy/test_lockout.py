"""A key policy that nobody can change again is refused whatever its principals are, where no statement is about changing it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.asked import ROLE, ask

LOCKOUT = "KMS refuses the key policy of aws_kms_key.k: no statement lets anybody of the key's account call kms:PutKeyPolicy"
GRANTED = "statement 2 grants it through aws_kms_key.k"
CODE = """
variable "who" {
  type = string
}
variable "more" {
  type = map(string)
}
variable "actions" {
  type = list(string)
}
resource "aws_kms_key" "k" {
  policy = jsonencode({ Statement = [
    STATEMENT,
    { Effect = "Allow", Principal = { AWS = "ROLE" }, Action = ["kms:Decrypt", "kms:GenerateDataKey"], Resource = "*" },
  ] })
}
resource "aws_s3_bucket" "b" {
  bucket = "acme-b"
}
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.k.arn
    }
  }
}
"""


@pytest.mark.parametrize(
    ("statement", "answer"),
    [
        ('Effect = "Allow", Principal = { AWS = var.who }, Action = "kms:*"', ("holds", GRANTED)),
        ('Effect = "Allow", Principal = { AWS = var.who }, Action = var.actions', ("holds", GRANTED)),
        ('Effect = "Allow", Principal = { AWS = var.who }, Action = "kms:Decrypt"', ("fails", LOCKOUT)),
        ('Effect = "Allow", Principal = var.who, Action = ["kms:Get*", "kms:List*"]', ("fails", LOCKOUT)),
        ('Effect = var.who, Principal = "*", Action = "kms:DescribeKey"', ("fails", LOCKOUT)),
        ('Effect = "Allow", Principal = { AWS = var.who }, NotAction = "kms:Put*"', ("fails", LOCKOUT)),
        (
            'Effect = "Deny", Principal = "*", Action = "kms:*", Condition = { StringEquals = { "aws:PrincipalAccount" = var.who } }',
            ("fails", LOCKOUT),
        ),
    ],
)
def test_lockout(tmp_path: Path, statement: str, answer: tuple[str, str]) -> None:
    told = ask(tmp_path, {"main.tf": CODE.replace("STATEMENT", f'{{ {statement}, Resource = "*" }}').replace("ROLE", ROLE)})
    assert told.of("aws_s3_bucket.b", "kms") == {"kms:Decrypt": answer, "kms:GenerateDataKey": answer}


@pytest.mark.parametrize("given", ['Action = "kms:*"', 'Effect = "Allow", Principal = { AWS = "*" }'])
def test_what_is_not_written_of_a_statement_may_let_somebody_in(tmp_path: Path, given: str) -> None:
    statement = f'merge({{ {given}, Resource = "*" }}, var.more)'
    told = ask(tmp_path, {"main.tf": CODE.replace("STATEMENT", statement).replace("ROLE", ROLE)})
    assert told.statuses("kms") == {"unknown"}
