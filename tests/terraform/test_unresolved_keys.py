"""Elements of known maps by keys that are unresolved, through the command line: their cases, and the names of what stays unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.asked import ROLE, ask

BUCKET = """
    variable "env" {}
    resource "aws_s3_bucket" "b" { bucket = "acme-media" }
    resource "aws_s3_bucket_ownership_controls" "b" {
      bucket = aws_s3_bucket.b.id
      rule { object_ownership = local.mine.ownership }
    }
"""
OWNERSHIP = {
    "equal": (
        ("BucketOwnerEnforced", "BucketOwnerEnforced", "BucketOwnerEnforced"),
        ("holds", "Object Ownership is BucketOwnerEnforced"),
    ),
    "different": (
        ("BucketOwnerEnforced", "ObjectWriter", "BucketOwnerEnforced"),
        (
            "unknown",
            "it depends on 'var.env == \"k0\"' and 'var.env == \"k1\"': in one case, Object Ownership is ObjectWriter: ACLs are on",
        ),
    ),
    "equal, of many": (("BucketOwnerEnforced",) * 20, ("holds", "Object Ownership is BucketOwnerEnforced")),
    "different, of many": (
        tuple("ObjectWriter" if at % 2 else "BucketOwnerEnforced" for at in range(20)),
        (
            "unknown",
            "it depends on 'local.all[var.env].ownership': in one case, Object Ownership is BucketOwnerPreferred: ACLs are on",
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", OWNERSHIP)
def test_an_element_by_an_unresolved_key_is_one_of_the_elements(tmp_path: Path, case: str) -> None:
    settings, expected = OWNERSHIP[case]
    entries = "\n".join(f'k{at} = {{ ownership = "{one}" }}' for at, one in enumerate(settings))
    told = ask(tmp_path, {"main.tf": f"{BUCKET}\nlocals {{\nall = {{\n{entries}\n}}\nmine = local.all[var.env]\n}}\n"})
    assert told.of("aws_s3_bucket.b", "ownership") == {"ownership": expected}


def test_a_bucket_that_is_named_by_an_unresolved_key_is_one_bucket(tmp_path: Path) -> None:
    text = """
        variable "env" {}
        locals {
          buckets = {
            dev  = { name = "acme-dev" }
            prod = { name = "acme-prod" }
          }
        }
        resource "aws_s3_bucket" "b" { bucket = local.buckets[var.env].name }
        resource "aws_s3_bucket_policy" "b" {
          bucket = local.buckets[var.env].name
          policy = jsonencode({ Version = "2012-10-17", Statement = [{
            Effect = "Allow", Principal = { AWS = "%s" }, Action = ["s3:GetObject", "s3:PutObject"]
            Resource = "arn:aws:s3:::${local.buckets[var.env].name}/*" }] })
        }
    """
    told = ask(tmp_path, {"main.tf": text.replace("%s", ROLE)})
    assert {bucket for bucket, _ in told.verdicts} == {"aws_s3_bucket.b"}
    grants = ("holds", "statement 1 grants it for every key")
    assert told.of("aws_s3_bucket.b", "s3") == {"s3:GetObject": grants, "s3:PutObject": grants}
