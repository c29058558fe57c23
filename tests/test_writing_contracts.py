"""The example of docs/writing-contracts.md: what its page asks for holds, and each part that is broken fails, alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from auditor.contract.load import load
from auditor.foundation.text import Texts
from auditor.pipeline import Request, audit

PAGE = Path(__file__).parents[1] / "docs" / "writing-contracts.md"
CODE = """\
resource "aws_s3_bucket" "images" {
  bucket = "acme-images"
}

resource "aws_s3_bucket_cors_configuration" "images" {
  bucket = aws_s3_bucket.images.id
  cors_rule {
    allowed_methods = ["GET"]
    allowed_origins = ["https://app.acme-labels.example"]
  }
}

resource "aws_iam_role" "labels" {
  assume_role_policy = jsonencode({
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::555566667777:root" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "sts:ExternalId" = "1234" } }
    }]
  })
}

resource "aws_iam_role_policy" "labels" {
  role = aws_iam_role.labels.id
  policy = jsonencode({
    Statement = [
      { Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.images.arn}/*" },
      { Effect = "Allow", Action = "s3:ListBucket", Resource = aws_s3_bucket.images.arn },
      { Effect = "Allow", Action = "s3:PutObject", Resource = "${aws_s3_bucket.images.arn}/results/*" },
    ]
  })
}
"""
GIVEN = {"external-id": "1234", "prefix": "", "export": "yes"}


def failing(code: str, at: Path) -> set[str]:
    """The needs of the example that are not met; where the role cannot be assumed, that alone."""
    example = re.search(r"^```yaml\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert example is not None
    (at / "acme-labels.yaml").write_text(example[1], encoding="utf-8")
    (at / "code").mkdir()
    (at / "code" / "main.tf").write_text(code, encoding="utf-8")
    report = audit(Request((str(at / "code"),), (load(str(at / "acme-labels.yaml"), GIVEN),), every_bucket=True), Texts())
    found = {verdict.need.id for verdict in report.verdicts if verdict.status.value not in ("holds", "not-applicable")}
    return {"sts:AssumeRole"} if "sts:AssumeRole" in found else found


@pytest.mark.parametrize(
    ("right", "wrong", "expected"),
    [
        ("", "", set()),
        ('"1234"', '"4321"', {"sts:AssumeRole"}),
        ('"s3:GetObject"', '"s3:GetObjectAcl"', {"s3:GetObject"}),
        ('"s3:ListBucket"', '"s3:GetBucketAcl"', {"s3:ListBucket"}),
        ("/results/*", "/reports/*", {"s3:PutObject"}),
        ("app.acme-labels.example", "acme-labels.example", {"cors:GET"}),
        ('"acme-images"', '"acme.images"', {"bucket:name"}),
    ],
)
def test_the_example_asks_what_its_page_says(right: str, wrong: str, expected: set[str], tmp_path: Path) -> None:
    assert failing(CODE.replace(right, wrong), tmp_path) == expected
