"""The provider awscc: its buckets, policies and keys are read like those of CloudFormation, through the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.asked import ROLE, ask

GRANT = f'{{ Effect = "Allow", Principal = {{ AWS = "{ROLE}" }}, Action = ["s3:GetObject", "s3:PutObject"], RESOURCE }}'
STATEMENT = GRANT.replace("RESOURCE", 'Resource = "${awscc_s3_bucket.b.arn}/*"')
DOCUMENT = f'jsonencode({{ Version = "2012-10-17", Statement = [{STATEMENT}] }})'
BUCKET = """
resource "awscc_kms_key" "k" {
  key_policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Principal = { AWS = "arn:aws:iam::111122223333:root" }, Action = "kms:*", Resource = "*" },
    { Effect = "Allow", Principal = { AWS = "ROLE" }, Action = ACTIONS, Resource = "*" }] })
}
resource "awscc_s3_bucket" "b" {
  bucket_name = "acme-images"
  cors_configuration = {
    cors_rules = [{ allowed_origins = ["ORIGIN"], allowed_methods = ["GET", "PUT"], allowed_headers = ["*"], max_age = 3600 }]
  }
  ownership_controls = { rules = [{ object_ownership = "BucketOwnerEnforced" }] }
  bucket_encryption = {
    server_side_encryption_configuration = [{
      server_side_encryption_by_default = { sse_algorithm = "aws:kms", kms_master_key_id = awscc_kms_key.k.arn }
    }]
  }
}
""".replace("ROLE", ROLE)


def policy(kind: str, argument: str) -> str:
    return f'resource "{kind}" "p" {{\n  bucket = awscc_s3_bucket.b.id\n  {argument} = {DOCUMENT}\n}}\n'


@pytest.mark.parametrize(("kind", "argument"), [("awscc_s3_bucket_policy", "policy_document"), ("aws_s3_bucket_policy", "policy")])
def test_what_grants_all_holds(tmp_path: Path, kind: str, argument: str) -> None:
    bucket = BUCKET.replace("ACTIONS", '["kms:Decrypt", "kms:GenerateDataKey"]').replace("ORIGIN", "https://darwin.v7labs.com")
    told = ask(tmp_path, {"main.tf": bucket + policy(kind, argument)})
    assert {address for address, _ in told.verdicts} == {"awscc_s3_bucket.b"}
    assert told.statuses() == {"holds"}


def test_what_grants_nothing_fails(tmp_path: Path) -> None:
    told = ask(tmp_path, {"main.tf": BUCKET.replace("ACTIONS", '"kms:Encrypt"').replace("ORIGIN", "https://other.example")})
    assert {need: status for need, (status, _) in told.of("awscc_s3_bucket.b").items()} == {
        "s3:GetObject": "fails",
        "s3:PutObject": "fails",
        "kms:Decrypt": "fails",
        "kms:GenerateDataKey": "fails",
        "cors:GET": "fails",
        "cors:PUT": "fails",
        "ownership": "holds",
        "bucket:name": "holds",
        "bucket:no-requester-pays": "holds",
        "bucket:no-archive": "holds",
    }


def test_a_policy_of_this_provider_for_a_bucket_of_the_other_is_read(tmp_path: Path) -> None:
    code = 'resource "aws_s3_bucket" "b" {\n  bucket = "acme-media"\n}\n' + policy("awscc_s3_bucket_policy", "policy_document")
    told = ask(tmp_path, {"main.tf": code.replace("awscc_s3_bucket.b", "aws_s3_bucket.b")})
    assert told.statuses("s3") == {"holds"}


def test_a_bucket_alone_is_a_bucket(tmp_path: Path) -> None:
    told = ask(tmp_path, {"main.tf": 'resource "awscc_s3_bucket" "b" {\n  bucket_name = "acme-images"\n}\n'})
    assert told.of("awscc_s3_bucket.b")["s3:GetObject"] == ("fails", "the bucket has no policy, so nothing lets another account in")


WORKER = """
resource "awscc_s3_bucket" "own" {
  bucket_name = "acme-own"
}
resource "awscc_iam_role" "app" {
  ROLE
  assume_role_policy_document = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow",
    Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }] })
}
"""
READS = (
    '{ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::acme-own/*" }] }'
)
ALLOWED = ("holds", "fails")


@pytest.mark.parametrize(
    ("role", "more", "expected"),
    [
        ("", "", ("fails", "fails")),
        (f'policies = [{{ policy_name = "own", policy_document = jsonencode({READS}) }}]', "", ALLOWED),
        ('managed_policy_arns = ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]', "", ALLOWED),
        (
            'managed_policy_arns = ["arn:aws:iam::aws:policy/AmazonS3FullAccess"]\n  permissions_boundary = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"',
            "",
            ALLOWED,
        ),
        (
            "",
            f'resource "awscc_iam_role_policy" "p" {{\n  role_name = awscc_iam_role.app.role_name\n  policy_name = "own"\n  policy_document = jsonencode({READS})\n}}\n',
            ALLOWED,
        ),
        (
            "",
            f'resource "aws_iam_role_policy" "p" {{\n  role = awscc_iam_role.app.id\n  policy = jsonencode({READS})\n}}\n',
            ALLOWED,
        ),
        ("managed_policy_arns = var.arns", 'variable "arns" {}\n', ("unknown", "unknown")),
    ],
)
def test_a_role_has_the_policies_that_it_holds_or_names(tmp_path: Path, role: str, more: str, expected: tuple[str, str]) -> None:
    told = ask(tmp_path, {"main.tf": WORKER.replace("ROLE", role) + more}, "--with", "principal=awscc_iam_role.app")
    assert told.errors == ()
    assert tuple(status for status, _ in told.of("awscc_s3_bucket.own", "s3").values()) == expected
