"""Calls of listed modules that are not available locally: what they cannot configure stays certain."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor import prove
from auditor.sources.terraform.modules.listed_modules import LISTINGS, listing_of
from tests.asked import ask

LAMBDA = "terraform-aws-modules/lambda/aws"
GIT = "git::https://github.com/terraform-aws-modules/terraform-aws-"


@pytest.mark.parametrize(
    ("source", "version", "name"),
    [
        (LAMBDA, None, "lambda"),
        (LAMBDA, "~> 7.0", "lambda"),
        (LAMBDA, "9.0.0", None),
        (f"registry.terraform.io/{LAMBDA}", "8.1.0", "lambda"),
        (f"{LAMBDA}//modules/alias", "8.1.0", "lambda"),
        (f"{LAMBDA}//modules/deploy", "8.1.0", None),
        ("terraform-aws-modules/iam/aws//modules/iam-policy", None, "iam"),
        ("terraform-aws-modules/s3-bucket/aws", None, None),
        ("terraform-aws-modules/s3-bucket/aws//modules/notification", "5.0.0", "s3-bucket"),
        ("terraform-aws-modules/alb/aws", "2.5.0", None),
        ("terraform-aws-modules/alb/aws", "3.0.0", "alb"),
        (f"{GIT}lambda.git?ref=v8.1.0", None, "lambda"),
        (f"{GIT}lambda?ref=84dfbfddf9483bc56afa0aff516177c03652f0c7", None, "lambda"),
        (f"{GIT}iam.git//modules/iam-role?ref=v6.0.0", None, "iam"),
        (f"{GIT}alb.git?ref=84dfbfddf9483bc56afa0aff516177c03652f0c7", None, None),  # perhaps before 3.0.0
        (f"{GIT}lambda.git?ref=main", None, None),
        ("cloudposse/iam-s3-user/aws", "1.2.0", "iam-s3-user"),
        ("cloudposse/lambda/aws", None, None),
        ("github.com/acme/terraform-aws-lambda", None, None),
        ("acme/lambda/aws", None, None),
        (None, None, None),
    ],
)
def test_a_module_is_told_by_its_source_and_release(source: str | None, version: str | None, name: str | None) -> None:
    found = listing_of(source, version)
    assert (found.registry.split("/")[1] if found else None) == name


def test_no_module_is_listed_twice() -> None:
    assert len({one.registry for one in LISTINGS} | {one.repository for one in LISTINGS}) == 2 * len(LISTINGS)


def code(source: str, inputs: str) -> str:
    return f"""
        resource "aws_s3_bucket" "images" {{
          bucket = "acme-images"
        }}
        module "other" {{
          source = "{source}"
          {inputs}
        }}
    """


@pytest.mark.parametrize(
    ("source", "inputs", "status"),
    [
        (LAMBDA, "environment_variables = { BUCKET = aws_s3_bucket.images.id }", "fails"),
        (LAMBDA, 'source_path = [{ path = "src", commands = ["./put-policy ${aws_s3_bucket.images.id}"] }]', "unknown"),
        (f"{LAMBDA}//modules/deploy", "bucket = aws_s3_bucket.images.id", "unknown"),
        ("terraform-aws-modules/iam/aws//modules/iam-policy", "policy = aws_s3_bucket.images.arn", "fails"),
        ("terraform-aws-modules/s3-bucket/aws//modules/notification", "bucket = aws_s3_bucket.images.id", "fails"),
        ("acme/bucket-policy/aws", "bucket = aws_s3_bucket.images.id", "unknown"),
    ],
)
def test_what_a_module_cannot_configure_is_certain(tmp_path: Path, source: str, inputs: str, status: str) -> None:
    (tmp_path / "main.tf").write_text(code(source, inputs))
    assert prove("s3:GetObject", tmp_path).status.value == status


ROLE = """
    resource "aws_s3_bucket" "images" {
      bucket = "acme-images"
    }
    resource "aws_iam_role" "app" {
      name               = "app"
      assume_role_policy = "{}"
    }
    module "attached" {
      source = "terraform-aws-modules/SOURCE"
      role   = aws_iam_role.app.name
    }
"""


@pytest.mark.parametrize(("source", "status"), [("iam/aws//modules/iam-role", "unknown"), ("sns/aws", "fails")])
def test_a_module_may_give_policies_to_a_role_that_it_is_handed(tmp_path: Path, source: str, status: str) -> None:
    told = ask(tmp_path, {"main.tf": ROLE.replace("SOURCE", source)}, "--with", "principal=aws_iam_role.app")
    assert told.statuses("s3") == {status}
