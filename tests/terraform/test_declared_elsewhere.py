"""Buckets that the code only refers to: why nothing is known of them, and what resolves that."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor import prove

POLICY = """
    resource "aws_s3_bucket_policy" "images" {{
      bucket = {bucket}
      policy = jsonencode({{ Version = "2012-10-17", Statement = [] }})
    }}
    {beside}
"""
MODULE = """
    module "images" {
      source = "acme/bucket/aws"
    }
"""
DATA = """
    data "aws_s3_bucket" "images" {
      bucket = "acme-images"
    }
"""
INIT = "run terraform init so that .terraform/modules holds it"
AUDIT = "audit the code that declares the bucket"


@pytest.mark.parametrize(
    ("bucket", "beside", "why", "whose", "hint"),
    [
        ("module.images.id", MODULE, "module.images is not available locally", "the bucket's", INIT),
        ("data.aws_s3_bucket.images.id", DATA, "the bucket is declared elsewhere", "its", AUDIT),
        ('"acme-images"', "", "the bucket is declared elsewhere", "its", AUDIT),
    ],
)
def test_a_bucket_that_a_missing_module_makes_is_found_by_init(
    tmp_path: Path, bucket: str, beside: str, why: str, whose: str, hint: str
) -> None:
    (tmp_path / "main.tf").write_text(POLICY.format(bucket=bucket, beside=beside))
    for need, what, otherwise in (
        ("kms:Decrypt", "default encryption", ""),
        ("cors:GET", "CORS configuration", ", or write the CORS configuration here"),
        ("ownership", "ownership controls", ", or write ownership controls with BucketOwnerEnforced here"),
    ):
        outcome = prove(need, tmp_path).outcome
        (resolution,) = outcome.resolved_by
        assert (resolution.reason, resolution.hint) == (why, f"{hint}{otherwise}")
        if need != "cors:GET":  # which tells how a browser would be answered
            assert outcome.reason == f"{why}, and {whose} {what} with it"
