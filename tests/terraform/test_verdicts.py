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


def test_a_list_of_texts_about_a_bucket_names_the_bucket(tmp_path: Path) -> None:
    code = """
        variable "paths" {
          default = ["*"]
        }
        resource "aws_s3_bucket" "a" {}
        resource "aws_s3_bucket_policy" "a" {
          bucket = aws_s3_bucket.a.id
          policy = jsonencode({ Statement = [{
            Effect    = "Allow"
            Principal = { AWS = "arn:aws:iam::258327614892:role/external_s3" }
            Action    = ["s3:GetObject", "s3:PutObject"]
            Resource  = formatlist("arn:aws:s3:::${aws_s3_bucket.a.bucket}/%s", var.paths)
          }] })
        }
    """
    found = verdicts(tmp_path, {"main.tf": code})
    assert found["aws_s3_bucket.a", "s3:GetObject"] == ("holds", "statement 1 grants it for every key")
