"""Which of several roles that trust a platform can be meant for a bucket: one whose policies can be about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.contract.load import load
from auditor.foundation.text import Texts
from auditor.foundation.value import Symbol, Text, text_of
from auditor.pipeline import Request, audit
from auditor.proofs.about import _may_be, _spelled
from auditor.sources.options import SourceOptions

ENV, OTHER = Symbol("var.env", "it has no default"), Symbol("var.other", "it has no default")
ARN = "arn:aws:s3:::"


@pytest.mark.parametrize(
    ("resource", "bucket", "may"),
    [
        ((ARN + "acme",), ("acme",), True),
        ((ARN + "acme/*",), ("acme",), True),
        ((ARN + "acme*",), ("acme",), True),
        ((ARN + "ac?e/in/x",), ("acme",), True),
        (("*",), ("acme",), True),
        ((ARN + "*",), ("acme",), True),
        ((ARN + "acme-logs",), ("acme",), False),
        ((ARN + "acme-logs/*",), ("acme",), False),
        ((ARN + "acme",), ("acme-logs",), False),
        ((ARN + "lake/*",), ("acme",), False),
        (("arn:aws:sqs:eu-west-1:111122223333:acme",), ("acme",), False),
        # what is not resolved may be anything, also nothing, but the same value in both
        ((ENV,), ("acme",), True),
        ((ARN, ENV), ("acme",), True),
        ((ARN + "acme", ENV), ("acme",), True),
        ((ARN + "acme",), ("acme", ENV), True),
        ((ARN, ENV, "-lake/*"), (ENV, "-lake"), True),
        ((ARN, ENV, "-lake/*"), (ENV, "-site"), False),
        ((ARN, ENV, "-lake/*"), (OTHER, "-lake"), True),
        ((ARN, ENV, "-lake/*"), (OTHER, "-site"), True),
        ((ARN + "acme-lake-", ENV, "/*"), ("acme-site-", ENV), False),
        ((ARN + "acme-lake-", ENV, "/*"), ("acme-", OTHER), True),
    ],
)
def test_whether_a_text_can_be_about_a_bucket(
    resource: tuple[str | Symbol, ...], bucket: tuple[str | Symbol, ...], may: bool
) -> None:
    own: Text = text_of((ARN, *bucket))
    assert _may_be(_spelled(text_of(resource)), _spelled(own)) is may


PLATFORM = "arn:aws:iam::094410056844:user/delegated_access_user"
CODE = """
variable "bucket" {}
resource "aws_s3_bucket" "raw" {
  bucket = "acme-raw"
}
resource "aws_s3_bucket" "lake" {
  bucket = "acme-lake"
}
"""
ROLE = """
resource "aws_iam_role" "%(name)s" {
  name = "%(name)s"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::094410056844:user/delegated_access_user" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "sts:ExternalId" = "abc" } }
    }]
  })
}
resource "aws_iam_role_policy" "%(name)s" {
  role   = aws_iam_role.%(name)s.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:*", Resource = %(resource)s }] })
}
"""
RAW = '[aws_s3_bucket.raw.arn, "${aws_s3_bucket.raw.arn}/*"]'
LAKE = '[aws_s3_bucket.lake.arn, "${aws_s3_bucket.lake.arn}/*"]'
ASSUMED = "Airbyte Cloud uses aws_iam_role.raw for the bucket: no policy of aws_iam_role.lake can be about it."


@pytest.mark.parametrize(
    ("other", "status", "assumed"),
    [
        (LAKE, "holds", True),
        ('"arn:aws:s3:::acme-lake/*"', "holds", True),
        ('"*"', "holds", False),  # it may be the role as well, and holds too
        ('"arn:aws:s3:::acme-r*/in/*"', "unknown", False),
        ('["arn:aws:s3:::${var.bucket}", "arn:aws:s3:::${var.bucket}/*"]', "unknown", False),
    ],
)
def test_the_role_of_a_bucket(tmp_path: Path, other: str, status: str, assumed: bool) -> None:
    code = CODE + ROLE % {"name": "raw", "resource": RAW} + ROLE % {"name": "lake", "resource": other}
    (tmp_path / "main.tf").write_text(code)
    contract = load("airbyte", {"external-id": "abc", "prefix": ""})
    request = Request((str(tmp_path),), (contract,), SourceOptions(account="111122223333"), ("aws_s3_bucket.raw",))
    found = next(one for one in audit(request, Texts()).verdicts if one.need.id == "s3:GetBucketLocation")
    assert (found.status.value, ASSUMED in found.assumptions) == (status, assumed)
