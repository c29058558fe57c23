"""From files to verdicts: what is settled of a bucket once everything has been read, linked and proven."""

from __future__ import annotations

from pathlib import Path

from tests.terraform.trees import verdicts

KMS = ("kms:Decrypt", "kms:GenerateDataKey")


def test_a_data_source_for_an_alias_is_followed_once(tmp_path: Path) -> None:
    code = """
        data "aws_kms_alias" "s3" {
          name = "alias/data"
        }
        resource "aws_s3_bucket" "a" {}
        resource "aws_s3_bucket_server_side_encryption_configuration" "a" {
          bucket = aws_s3_bucket.a.id
          rule {
            apply_server_side_encryption_by_default {
              sse_algorithm     = "aws:kms"
              kms_master_key_id = data.aws_kms_alias.s3.arn
            }
          }
        }
    """
    found = verdicts(tmp_path, {"main.tf": code})
    assert [found["aws_s3_bucket.a", need] for need in KMS] == [
        (
            "open",
            "the key 'data.aws_kms_alias.s3' is not in the code: data.aws_kms_alias.s3 is declared elsewhere, and its key policy with it",
        ),
    ] * 2
