"""Policies that AWS manages, and the policy templates of SAM, are read from tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.foundation.value import ListValue, MapValue
from auditor.policy.services.managed import managed_policy
from tests.consumer.command_line import WORKER, answers

GRANTED = "statement 1 grants it for every key"
NOTHING = "neither a policy of the caller nor the resource's own allows {}"


def function(*policies: str) -> dict[str, str]:
    listed = "".join(f"        - {policy}\n" for policy in policies)
    return {
        "template.yaml": f"""Transform: AWS::Serverless-2016-10-31
Resources:
  Data: {{Type: AWS::S3::Bucket}}
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      InlineCode: x
      Policies:
{listed}"""
    }


OF_SAM = [
    ("S3CrudPolicy: {BucketName: !Ref Data}", "DynamoDBCrudPolicy: {TableName: t}"),
    ("S3CrudPolicy: {BucketName: !Ref Data}", "AWSXrayWriteOnlyAccess", "VPCAccessPolicy: {}"),
    ("S3CrudPolicy: {BucketName: !Ref Data}", "AWSLambdaBasicExecutionRole", "CloudWatchLambdaInsightsExecutionRolePolicy"),
]


@pytest.mark.parametrize("policies", OF_SAM, ids=str)
def test_a_policy_that_is_about_neither_s3_nor_kms_takes_nothing_away(policies: tuple[str, ...], tmp_path: Path) -> None:
    holds = ("holds", GRANTED)
    assert answers(tmp_path, function(*policies), "FnRole") == {"s3:GetObject": holds, "s3:PutObject": holds}


def test_a_policy_that_is_about_neither_gives_nothing(tmp_path: Path) -> None:
    assert answers(tmp_path, function("SQSPollerPolicy: {QueueName: q}", "AWSXrayWriteOnlyAccess"), "FnRole") == {
        "s3:GetObject": ("fails", NOTHING.format("s3:GetObject")),
        "s3:PutObject": ("fails", NOTHING.format("s3:PutObject")),
    }


def test_a_template_that_sam_does_not_have_is_unknown(tmp_path: Path) -> None:
    found = answers(tmp_path, function("S3CrudPolicy: {BucketName: !Ref Data}", "OwnPolicy: {X: y}"), "FnRole")
    assert {status for status, _ in found.values()} == {"unknown"}


MANAGED = {
    # Allows objects whose keys or buckets have certain names, and nothing else.
    "arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole": ("fails", "fails"),
    "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess": ("holds", "fails"),
    "arn:aws:iam::aws:policy/AmazonS3FullAccess": ("holds", "holds"),
    "arn:aws:iam::aws:policy/AdministratorAccess": ("holds", "holds"),
    "arn:aws:iam::aws:policy/AWSDenyAll": ("fails", "fails"),
    "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs": ("fails", "fails"),
    # There is no such policy in the table.
    "arn:aws:iam::aws:policy/NoSuchPolicy": ("unknown", "unknown"),
    "arn:aws:iam::aws:policy/AWSGlueServiceRole": ("unknown", "unknown"),
}


@pytest.mark.parametrize(("arn", "expected"), MANAGED.items(), ids=str)
@pytest.mark.parametrize("language", ["terraform", "cloudformation"])
def test_what_aws_managed_policies_allow(arn: str, expected: tuple[str, str], language: str, tmp_path: Path) -> None:
    code = {
        "terraform": (
            "main.tf",
            f"""
resource "aws_s3_bucket" "b" {{ bucket = "acme-data" }}
resource "aws_iam_role" "app" {{
  name               = "app"
  assume_role_policy = jsonencode({{ Version = "2012-10-17", Statement = [{{ Effect = "Allow",
    Principal = {{ Service = "ec2.amazonaws.com" }}, Action = "sts:AssumeRole" }}] }})
}}
resource "aws_iam_role_policy_attachment" "app" {{
  role       = aws_iam_role.app.name
  policy_arn = "{arn}"
}}
""",
            "aws_iam_role.app",
        ),
        "cloudformation": (
            "template.yaml",
            f"Resources:\n  B: {{Type: AWS::S3::Bucket, Properties: {{BucketName: acme-data}}}}{WORKER}      ManagedPolicyArns: ['{arn}']\n",
            "Worker",
        ),
    }[language]
    found = answers(tmp_path, {code[0]: code[1]}, code[2])
    assert (found["s3:GetObject"][0], found["s3:PutObject"][0]) == expected


def test_names_without_paths_are_those_that_sam_takes() -> None:
    document = managed_policy("AWSLambdaBasicExecutionRole")
    assert isinstance(document, MapValue)
    assert document.entries["Statement"] == ListValue(())
    # Its path is not known, so any path will do.
    assert managed_policy("arn:aws:iam::aws:policy/service-role/AWSBackupAdminPolicy") is not None
    assert managed_policy("arn:aws:iam::444455556666:policy/AmazonS3FullAccess") is None
