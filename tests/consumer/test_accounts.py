"""The account and the region of a deployment: what the code, a cloud assembly or the user says of them, and who shares one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.consumer.command_line import WORKER, answers, run, verdicts, written

BUCKET = 'resource "aws_s3_bucket" "b" {\n  bucket = "acme-data"\n}\n'
ROLE = """
resource "aws_iam_role" "app" {
  PROVIDER
  name               = "app"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow",
    Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }] })
}
resource "aws_iam_role_policy" "app" {
  PROVIDER
  role   = aws_iam_role.app.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow",
    Action = ["s3:GetObject", "s3:PutObject"], Resource = "${aws_s3_bucket.b.arn}/*" }] })
}
""".replace("PROVIDER", "provider = aws.us")
V7 = "arn:aws:iam::258327614892:role/external_s3"
HOLDS = {"holds"}
UNKNOWN = {"unknown"}

PROVIDERS = {
    "region": ("", 'region = "us-east-1"', HOLDS),
    "region and tags": ("", 'region = "us-east-1"\n  default_tags {\n    tags = {}\n  }', HOLDS),
    "one profile": ('profile = "prod"', 'region = "us-east-1"\n  profile = "prod"', HOLDS),
    "two profiles": ('profile = "prod"', 'profile = "shared"', UNKNOWN),
    "a profile and none": ("", 'profile = "shared"', UNKNOWN),
    "unresolved profiles": ("profile = var.p", "profile = var.p", UNKNOWN),
    "a role": ("", "assume_role {\n    role_arn = var.p\n  }", UNKNOWN),
}


@pytest.mark.parametrize("case", PROVIDERS)
def test_configurations_of_one_provider_with_the_same_credentials_share_an_account(case: str, tmp_path: Path) -> None:
    default, other, expected = PROVIDERS[case]
    providers = f'provider "aws" {{\n  {default}\n}}\nprovider "aws" {{\n  alias = "us"\n  {other}\n}}\nvariable "p" {{}}\n'
    found = answers(tmp_path, {"main.tf": providers + BUCKET + ROLE}, "aws_iam_role.app")
    assert {status for status, _ in found.values()} == expected


TWO_ACCOUNTS = """
provider "aws" {
  allowed_account_ids = ["111122223333"]
}
provider "aws" {
  alias               = "us"
  allowed_account_ids = ["444455556666"]
}
resource "aws_vpc_endpoint" "e" {
  provider     = aws.us
  vpc_id       = "vpc-1"
  service_name = "com.amazonaws.eu-west-1.s3"
}
data "aws_caller_identity" "other" {
  provider = aws.unwritten
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = aws_iam_role.app.arn },
    Action = ["s3:GetObject", "s3:PutObject"], Resource = "${aws_s3_bucket.b.arn}/*", Condition = { StringEquals = { TEST } } }] })
}
"""


@pytest.mark.parametrize(
    "test",
    [
        '"aws:SourceVpce" = aws_vpc_endpoint.e.id',
        '"aws:userid" = "${aws_iam_role.app.unique_id}:x"',
        '"aws:PrincipalAccount" = data.aws_caller_identity.other.account_id',
    ],
)
def test_a_consumer_of_the_code_may_have_what_the_code_makes(test: str, tmp_path: Path) -> None:
    """Networks, ids and accounts of the code are those of a role of the code, even where it is of another account than the bucket."""
    files = {"main.tf": TWO_ACCOUNTS.replace("TEST", test) + BUCKET + ROLE}
    assert {status for status, _ in answers(tmp_path, files, "aws_iam_role.app").values()} == UNKNOWN


ELSEWHERE_ATTACHED = """
provider "aws" {
  assume_role {
    role_arn = "arn:aws:iam::111122223333:role/deploy"
  }
}
provider "aws" {
  alias = "other"
  assume_role {
    role_arn = "arn:aws:iam::999988887777:role/deploy"
  }
}
resource "aws_s3_bucket" "b" { bucket = "acme-data" }
resource "aws_iam_role" "app" {
  name               = "app"
  assume_role_policy = "{}"
}
resource "aws_iam_role_policy" "p" {
  %s
  role   = "app"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "*" }] })
}
"""


@pytest.mark.parametrize(("provider", "status"), [("", "holds"), ("provider = aws.other", "fails")])
def test_a_policy_that_is_attached_in_another_account_is_of_a_role_there(provider: str, status: str, tmp_path: Path) -> None:
    found = answers(tmp_path, {"main.tf": ELSEWHERE_ATTACHED % provider}, "aws_iam_role.app")
    assert found["s3:PutObject"][0] == status


def test_an_outside_consumer_has_nothing_that_the_code_makes(tmp_path: Path) -> None:
    code = TWO_ACCOUNTS.replace("TEST", '"aws:SourceVpce" = aws_vpc_endpoint.e.id').replace("aws_iam_role.app.arn", f'"{V7}"')
    found = answers(tmp_path, {"main.tf": code + BUCKET + ROLE}, V7)
    assert {status for status, _ in found.values()} == {"fails"}


ELSEWHERE = "arn:aws:iam::444455556666:role/elsewhere"
TEMPLATE = "Resources:\n  B: {Type: AWS::S3::Bucket}\n"
PLANNED = {"address": "aws_s3_bucket.b", "mode": "managed", "type": "aws_s3_bucket", "name": "b", "values": {"bucket": "acme-data"}}
PLAN = {
    "format_version": "1.2",
    "planned_values": {"root_module": {"resources": [PLANNED]}},
    "resource_changes": [{"address": "aws_s3_bucket.b", "change": {"actions": ["no-op"]}}],
}
CODE = {
    "terraform": {"main.tf": BUCKET},
    "plan": {"plan.json": json.dumps(PLAN)},
    "cloudformation": {"template.yaml": TEMPLATE},
}


@pytest.mark.parametrize("language", CODE)
def test_account_says_whose_the_bucket_is(language: str, tmp_path: Path) -> None:
    files = CODE[language]
    assert {one for one, _ in answers(tmp_path, files, ELSEWHERE, "--account", "444455556666").values()} == {"unknown"}
    assert {one for one, _ in answers(tmp_path, files, ELSEWHERE, "--account", "111122223333").values()} == {"fails"}
    (found, *_) = verdicts(tmp_path, files, "--with", f"principal={ELSEWHERE}", "--account", "111122223333")
    assert not any("owns the bucket" in assumption for assumption in found["assumptions"])


def test_an_account_has_twelve_digits(tmp_path: Path) -> None:
    code, _, err = run("check", str(written(tmp_path, CODE["terraform"])), "--account", "1234")
    assert (code, err.splitlines()[-1]) == (
        2,
        "Error: Invalid value for '--account': '1234' is not the id of an account, which has twelve digits",
    )


KEY = {
    "Resources": {
        "Key": {
            "Type": "AWS::KMS::Key",
            "Properties": {
                "KeyPolicy": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
                            "Action": "kms:*",
                            "Resource": "*",
                        }
                    ],
                }
            },
        },
        "Data": {
            "Type": "AWS::S3::Bucket",
            "Properties": {
                "BucketEncryption": {
                    "ServerSideEncryptionConfiguration": [
                        {
                            "ServerSideEncryptionByDefault": {
                                "SSEAlgorithm": "aws:kms",
                                "KMSMasterKeyID": {"Fn::GetAtt": ["Key", "Arn"]},
                            }
                        }
                    ]
                }
            },
        },
        "Worker": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
                    ],
                },
                "Policies": [
                    {
                        "PolicyName": "p",
                        "PolicyDocument": {
                            "Version": "2012-10-17",
                            "Statement": [{"Effect": "Allow", "Action": ["s3:*", "kms:*"], "Resource": "*"}],
                        },
                    }
                ],
            },
        },
    }
}


def manifest(environment: str) -> str:
    artifact = {
        "type": "aws:cloudformation:stack",
        "environment": environment,
        "properties": {"templateFile": "App.template.json"},
    }
    return json.dumps({"version": "36.0.0", "artifacts": {"App": artifact}})


@pytest.mark.parametrize(
    ("environment", "options", "expected"),
    [
        ("aws://111122223333/eu-west-1", (), HOLDS),
        ("aws://444455556666/eu-west-1", (), {"fails"}),
        ("aws://unknown-account/unknown-region", (), UNKNOWN),
        ("aws://unknown-account/unknown-region", ("--account", "111122223333"), HOLDS),
    ],
)
def test_a_cloud_assembly_says_where_its_stacks_go(
    environment: str, options: tuple[str, ...], expected: set[str], tmp_path: Path
) -> None:
    files = {"cdk.out/App.template.json": json.dumps(KEY), "cdk.out/manifest.json": manifest(environment)}
    found = answers(tmp_path, files, "Worker", *options)
    assert {status for need, (status, _) in found.items() if need.startswith("kms:")} == expected


def test_region_is_that_of_resources_whose_provider_does_not_say_it(tmp_path: Path) -> None:
    files = {
        "main.tf": BUCKET
        + """
resource "aws_kms_key" "k" {
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Principal = "*", Action = "kms:PutKeyPolicy", Resource = "*" },
    { Effect = "Allow", Principal = { AWS = "arn:aws:iam::258327614892:role/external_s3" }, Action = "kms:*", Resource = "*",
      Condition = { StringEquals = { "kms:ViaService" = "s3.eu-west-1.amazonaws.com" } } }] })
}
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.k.arn
    }
  }
}
"""
    }
    for options, expected in (((), "unknown"), (("--region", "eu-west-1"), "holds"), (("--region", "us-east-1"), "fails")):
        found = {one["need"]: one["status"] for one in verdicts(tmp_path, files, *options)}
        assert found["kms:Decrypt"] == expected, options


@pytest.mark.parametrize("key", ["aws:ResourceAccount", "s3:ResourceAccount"])
def test_the_resource_account_is_that_of_the_stack(key: str, tmp_path: Path) -> None:
    condition = f'Condition: {{StringEquals: {{"{key}": !Ref "AWS::AccountId"}}}}'
    statement = f'{{Effect: Allow, Action: "s3:GetObject", Resource: !Sub "${{B.Arn}}/*", {condition}}}'
    policies = f'      Policies: [{{PolicyName: p, PolicyDocument: {{Version: "2012-10-17", Statement: [{statement}]}}}}]\n'
    found = answers(tmp_path, {"template.yaml": TEMPLATE + WORKER.lstrip("\n") + policies}, "Worker")
    assert found["s3:GetObject"] == ("holds", "statement 1 grants it for every key")
