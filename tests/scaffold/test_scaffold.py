"""`auditor scaffold`: with what it writes every need of a contract holds, in every language."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from auditor.cli import main
from auditor.contract import Contract
from auditor.contract.load import names, read
from auditor.finding import Severity
from auditor.foundation.errors import AuditError
from auditor.report import Report
from auditor.scaffold import proof
from auditor.scaffold.parameters import filled
from auditor.scaffold.scaffold import LANGUAGES, Wanted, scaffold
from auditor.sources.options import SourceOptions
from auditor.verdict import Status

pytestmark = pytest.mark.whole

WITHOUT_KEY = ("alb-logs", "s3-access-logs")
"""The contracts of services that write to no bucket with a KMS key."""


def wanted(contract: str, language: str, *, kms: bool = False) -> Wanted:
    if language != "json":
        return Wanted(contract, language=language, kms=kms)
    values = filled(read(contract), {})
    given = {name: values.values[name] for name in values.examples if values.values[name] != "example-principal"}
    return Wanted(contract, given, language, "acme-data", "111122223333", "eu-west-1", kms=kms)


def proven(monkeypatch: pytest.MonkeyPatch, asked: Wanted) -> tuple[Contract, Report]:
    """The contract, with the report of the audit that a scaffold passes."""
    seen: list[tuple[Contract, Report]] = []
    audit = proof.report

    def recorded(name: str, text: str, contract: Contract, options: SourceOptions) -> Report:
        seen.append((contract, audit(name, text, contract, options)))
        return seen[0][1]

    monkeypatch.setattr(proof, "report", recorded)
    assert scaffold(asked).text
    return seen[0]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("contract", names())
def test_every_need_holds(contract: str, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, report = proven(monkeypatch, wanted(contract, language))
    assert {verdict.need.id for verdict in report.verdicts} == {need.id for need in asked.needs}
    left = {verdict.need.id for verdict in report.verdicts if verdict.status is not Status.HOLDS}
    assert {need.partition(":")[0] for need in left} <= {"kms"}  # SSE-S3 has no key
    assert [finding for finding in report.findings if finding.severity is not Severity.NOTE] == []


@pytest.mark.parametrize("contract", [name for name in names() if name not in WITHOUT_KEY])
def test_every_need_holds_with_a_key(contract: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, report = proven(monkeypatch, wanted(contract, "terraform", kms=True))
    left = {verdict.reason for verdict in report.verdicts if verdict.status is not Status.HOLDS}
    assert left <= {f"{asked.title} asks for SSE-S3 when it writes: no KMS key is involved"}


def test_where_nothing_can_be_written_every_reason_is_told() -> None:
    with pytest.raises(AuditError) as error:
        scaffold(wanted("alb-logs", "terraform", kms=True))
    assert str(error.value) == (
        "no configuration was found with which Application Load Balancer logs can work:\n"
        "bucket:encryption fails: the default encryption is SSE-KMS\n"
        "aws_s3_bucket.alb_logs does not meet a requirement of Application Load Balancer logs, default encryption with SSE-S3: "
        "the default encryption is SSE-KMS."
    )


def test_documents_take_no_input() -> None:
    with pytest.raises(AuditError) as error:
        scaffold(Wanted("segment-role", language="json", kms=True))
    assert str(error.value).splitlines() == [
        "JSON documents take no input, so these values must be given:",
        "--with external-id=… (The id of the workspace, as its settings show it (Workspace settings, ID).)",
        "--name NAME (the name of the bucket)",
        "--region REGION (where the bucket is to be)",
        "--account ID (the account of the bucket)",
    ]


def test_a_user_of_other_code_is_not_written() -> None:
    with pytest.raises(AuditError, match=r"^'aws_iam_user\.app' is of other code: leave it out, or give its ARN$"):
        scaffold(Wanted("uppy", {"principal": "aws_iam_user.app"}))


def test_a_parameter_with_a_value_is_no_variable() -> None:
    text = scaffold(Wanted("segments-ai", {"prefix": "in/"})).text
    assert "variable" not in text
    assert '"${aws_s3_bucket.segments_ai.arn}/in/*"' in text


def test_the_principal_of_the_code_is_told() -> None:
    made = scaffold(Wanted("uppy"))
    assert made.notes == ("to audit it: auditor check --contract uppy --with principal=aws_iam_user.uppy",)
    assert 'resource "aws_iam_user" "uppy"' in made.text


def test_a_name_that_terraform_reserves_is_changed() -> None:
    text = scaffold(Wanted("s3-access-logs")).text
    assert 'variable "source_value" {' in text
    assert '"aws:SourceArn" = [var.source_value]' in text


def test_a_service_that_may_serve_others_is_told() -> None:
    told = "no condition limits rekognition.amazonaws.com to your own use: the contract knows none that its requests meet"
    assert scaffold(Wanted("rekognition-custom-labels")).notes == (told,)


OWN = """
id: own
title: Own
parameters:
  bucket:
    description: The start of the name of the bucket.
  own-bucket:
    description: The prefix that is read.
principal:
  arn: arn:aws:iam::258327614892:role/reader
needs:
  - {id: "s3:GetObject", why: It reads., prefix: "${own-bucket}"}
  - {id: "bucket:region", why: It runs there., regions: [eu-west-1, eu-west-3]}
  - {id: "bucket:versioning", why: It reads versions.}
  - {id: "bucket:acceleration", why: It is far away.}
  - {id: "bucket:encryption", why: It has a key., allowed: [SSE-KMS], key: customer-managed}
"""


@pytest.fixture
def own(tmp_path: Path) -> str:
    path = tmp_path / "own.yaml"
    path.write_text(OWN, encoding="utf-8")
    return str(path)


def test_what_is_demanded_of_the_bucket_is_written(own: str) -> None:
    made = scaffold(Wanted(own))
    assert made.notes == ("deploy it in eu-west-1 or eu-west-3: Own works with no other Region",)
    kinds = re.findall(r'^resource "(\w+)"', made.text, re.MULTILINE)
    assert [kind.removeprefix("aws_s3_bucket_") for kind in kinds] == [
        "aws_kms_key",
        "aws_s3_bucket",
        "ownership_controls",
        "public_access_block",
        "server_side_encryption_configuration",
        "versioning",
        "accelerate_configuration",
        "policy",
    ]


def test_a_parameter_is_not_called_as_a_resource_is(own: str) -> None:
    told = "^'OwnBucket' would be a parameter and a resource of one template: rename the parameter of the contract$"
    with pytest.raises(AuditError, match=told):
        scaffold(Wanted(own, language="cloudformation-yaml"))


TERRAFORM = """\
variable "origin" {
  type        = string
  description = "The origin of the page that the workers label in, https://NAME.labeling.REGION.sagemaker.aws, which the invitation to the private workforce shows."
}

resource "aws_s3_bucket" "sagemaker_ground_truth" {}

resource "aws_s3_bucket_ownership_controls" "sagemaker_ground_truth" {
  bucket = aws_s3_bucket.sagemaker_ground_truth.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "sagemaker_ground_truth" {
  bucket                  = aws_s3_bucket.sagemaker_ground_truth.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_cors_configuration" "sagemaker_ground_truth" {
  bucket = aws_s3_bucket.sagemaker_ground_truth.id

  cors_rule {
    allowed_origins = [var.origin]
    allowed_methods = ["GET"]
  }
}
"""
TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"

Parameters:
  ExternalId:
    Type: String
    Description: "The id of the workspace, as its settings show it (Workspace settings, ID)."

Resources:
  SegmentRoleRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Sid: PlatformTrust
            Effect: Allow
            Principal: {AWS: "arn:aws:iam::595280932656:role/segment-s3-integration-production-access"}
            Action: "sts:AssumeRole"
            Condition: {StringEquals: {"sts:ExternalId": !Ref ExternalId}}
  SegmentRoleRolePolicy:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: segment-role
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Sid: PlatformObjects
            Effect: Allow
            Action: ["s3:PutObject", "s3:PutObjectAcl"]
            Resource: !Sub "${SegmentRoleBucket.Arn}/segment-logs/*"
      Roles: [!Ref SegmentRoleRole]
  SegmentRoleBucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: acme-logs
      OwnershipControls:
        Rules:
          - ObjectOwnership: BucketOwnerEnforced
      PublicAccessBlockConfiguration:
        BlockPublicAcls: true
        BlockPublicPolicy: true
        IgnorePublicAcls: true
        RestrictPublicBuckets: true
"""
SCRIPT = """\
#!/bin/sh
set -eu

aws s3api create-bucket --bucket acme-logs --region us-east-1
aws s3api put-bucket-ownership-controls --bucket acme-logs --ownership-controls 'Rules=[{ObjectOwnership=BucketOwnerEnforced}]'
aws s3api put-public-access-block --bucket acme-logs --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true

cat > policy.json <<'EOF'
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "PlatformObjects",
      "Effect": "Allow",
      "Principal": {"AWS": "arn:aws:iam::107630771604:user/s3-copy"},
      "Action": ["s3:PutObject"],
      "Resource": "arn:aws:s3:::acme-logs/segment-logs/*"
    }
  ]
}
EOF
aws s3api put-bucket-policy --bucket acme-logs --policy file://policy.json
"""


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        (Wanted("sagemaker-ground-truth"), TERRAFORM),
        (Wanted("segment-role", language="cloudformation-yaml", bucket="acme-logs"), TEMPLATE),
        (Wanted("segment", language="json", bucket="acme-logs", region="us-east-1"), SCRIPT),
    ],
    ids=["terraform", "template", "script"],
)
def test_what_is_written(asked: Wanted, text: str) -> None:
    assert scaffold(asked).text == text


@pytest.mark.oracle
def test_terraform_finds_it_formatted(tmp_path: Path) -> None:
    terraform = shutil.which("terraform")
    if terraform is None:
        pytest.skip("terraform is not installed")
    for contract in names():
        text = scaffold(wanted(contract, "terraform", kms=contract not in WITHOUT_KEY)).text
        (tmp_path / f"{contract}.tf").write_text(text, encoding="utf-8")
    told = subprocess.run([terraform, "fmt", "-check", str(tmp_path)], capture_output=True, text=True, check=False)
    assert told.stdout == ""
    assert told.returncode == 0


def test_the_page_shows_what_is_written() -> None:
    page = Path("docs/scaffold.md").read_text(encoding="utf-8")
    assert f"```terraform\n{TERRAFORM}```" in page


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["scaffold", *arguments], catch_exceptions=False)
    return result.exit_code, result.stdout, result.stderr


def test_the_command_prints_it() -> None:
    assert run("sagemaker-ground-truth") == (0, TERRAFORM, "")
    code, shown, told = run("alb-logs", "--kms")
    assert (code, shown, told.splitlines()[0]) == (
        2,
        "",
        "error: no configuration was found with which Application Load Balancer logs can work:",
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("segment", "."), "PATH and values of its code are for a bucket that is there: give its address with --bucket"),
        (("segment", "--bucket", "b", "--kms"), "--language, --name and --kms are for a new bucket: leave out --bucket"),
    ],
)
def test_the_options_of_a_new_bucket_and_of_one_that_is_there_exclude_each_other(arguments: tuple[str, ...], told: str) -> None:
    code, shown, error = run(*arguments)
    assert (code, shown, error.splitlines()[-1]) == (2, "", f"Error: {told}")


THERE = """\
resource "aws_s3_bucket" "b" {
  bucket = "acme-data"
}

resource "aws_s3_bucket_ownership_controls" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}
"""


@pytest.mark.process
def test_what_a_bucket_lacks_is_a_patch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "main.tf").write_text(THERE, encoding="utf-8")
    asked = ("segments-ai", "--bucket", "aws_s3_bucket.b", ".", "--with", "prefix=in/")
    code, patch, told = run(*asked)
    assert (code, told, patch.splitlines()[0]) == (0, "", "--- a/main.tf")
    subprocess.run(["patch", "-p1", "-s"], input=patch, text=True, check=True)
    assert run(*asked) == (0, "", "nothing is missing\n")


def test_one_bucket_of_several_is_given_what_it_lacks_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    buckets = THERE.replace("bucket = ", 'for_each = toset(["x", "y"])\n  bucket = ', 1).replace("acme", "acme-${each.key}", 1)
    controls = "for_each = aws_s3_bucket.b\n  bucket = each.value.id"
    (tmp_path / "main.tf").write_text(buckets.replace("bucket = aws_s3_bucket.b.id", controls), encoding="utf-8")
    code, patch, told = run("segments-ai", "--bucket", 'aws_s3_bucket.b["x"]', ".", "--with", "prefix=in/")
    assert (code, told) == (0, "")
    assert re.findall(r"^\+resource .*\n\+  bucket = .*", patch, re.MULTILINE) == [
        f'+resource "{kind}" "b_x" {{\n+  bucket = aws_s3_bucket.b["x"].id'
        for kind in ("aws_s3_bucket_policy", "aws_s3_bucket_cors_configuration")
    ]


def test_what_a_person_has_to_do_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    policy = 'resource "aws_s3_bucket_policy" "b" {\n  bucket = aws_s3_bucket.b.id\n  policy = file("p.json")\n}\n'
    (tmp_path / "main.tf").write_text(THERE.partition("\nresource")[0] + policy)
    (tmp_path / "p.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": [DENY]}))
    _, _, told = run("segments-ai", "--bucket", "aws_s3_bucket.b", ".", "--with", "prefix=in/")
    unwritten = "no Object Ownership is written: a new bucket has ACLs disabled, one from before April 2023 may not"
    denied = "Segments.ai is denied s3:GetObject in aws_s3_bucket.b: no statement of aws_s3_bucket_policy.b allows it for every key"
    to_do = "To be reviewed: Add a statement to aws_s3_bucket_policy.b; to apply it: auditor check --fix=access-grant-missing."
    assert told.splitlines() == [
        "not fixed: s3:GetObject fails: no statement allows s3:GetObject",
        f"not fixed: ownership unknown: {unwritten}; write ownership controls with BucketOwnerEnforced",
        f"not fixed: {denied}; the shortest uncovered key is 'in/'. {to_do}",
    ]


DENY = {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::acme-data/*"}
