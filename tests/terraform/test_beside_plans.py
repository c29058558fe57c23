"""A plan beside its configuration: the values of its variables."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.contract.load import load
from auditor.foundation.text import Texts
from auditor.pipeline import Request, audit
from tests.terraform.small_plans import document, plan, resource

CHOSEN = """
variable "acting" {
  default = "Deny"
}
resource "aws_s3_bucket" "data" {
  bucket = "acme-label"
}
resource "aws_s3_bucket_policy" "p" {
  bucket = aws_s3_bucket.data.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Effect = var.acting, Principal = { AWS = "arn:aws:iam::258327614892:role/external_s3" }, Action = "s3:GetObject",
    Resource = "arn:aws:s3:::acme-label/*" }] })
}
"""


@pytest.mark.parametrize(
    ("given", "status", "faults"),
    [("Allow", "holds", 0), ("Deny", "fails", 1)],
)
def test_a_plan_says_which_values_its_configuration_was_given(given: str, status: str, faults: int, tmp_path: Path) -> None:
    bucket = resource("aws_s3_bucket.data", bucket="acme-label", id="acme-label", arn="arn:aws:s3:::acme-label")
    allowed = document("s3:GetObject", {"AWS": "arn:aws:iam::258327614892:role/external_s3"})
    made = plan([bucket], [bucket, resource("aws_s3_bucket_policy.p", bucket="acme-label", policy=allowed)])
    made["variables"] = {"acting": {"value": given}}
    (tmp_path / "main.tf").write_text(CHOSEN)
    (tmp_path / "plan.json").write_text(json.dumps(made))
    report = audit(Request((str(tmp_path),), (load("v7-darwin", {}),)), Texts())
    assert {one.status.value for one in report.verdicts if one.need.id == "s3:GetObject"} == {status}
    assert len(report.errors) == faults
