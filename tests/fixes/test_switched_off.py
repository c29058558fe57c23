"""What is written but switched off stays the one configuration of its kind: no fix adds another one beside it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.contract.load import load
from auditor.fixes import cloudformation, declared
from auditor.fixes.apply import applied
from auditor.fixes.source import SourceFile
from auditor.foundation.border import border_of
from auditor.foundation.text import Texts
from auditor.pipeline import Request, audit


def title(path: str, text: str, rule: str = "access-grant-missing") -> str:
    """The title of the first fix of the only finding of a rule, which has no edits."""
    Path(path).write_text(text, encoding="utf-8")
    report = audit(Request(paths=(path,), contracts=(load("v7-darwin", {}),), every_bucket=True), Texts())
    assert not report.errors
    (finding,) = [finding for finding in report.findings if finding.rule == rule]
    assert finding.fixes[0].edits == ()
    return finding.fixes[0].title


def fixed(path: str, text: str) -> str:
    """The text with the fix for the missing grant."""
    Path(path).write_text(text, encoding="utf-8")
    report = audit(Request(paths=(path,), contracts=(load("v7-darwin", {}),), every_bucket=True), Texts())
    (finding,) = [finding for finding in report.findings if finding.rule == "access-grant-missing"]
    return applied(Texts(border=border_of((path,))), finding.fixes[0].edits)[path].decode()


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


HEAD = """\
Parameters: {Stage: {Type: String, Default: test}}
Conditions: {Live: !Equals [!Ref Stage, live]}
Resources:
"""
BUCKET = "  Images:\n    Type: AWS::S3::Bucket\n"
DOCUMENT = "{Statement: [{Effect: Allow, Principal: '*', Action: 's3:GetObject', Resource: !Sub '${Images.Arn}/*'}]}"


@pytest.mark.parametrize(
    "policy",
    [
        f"  Grant:\n    Type: AWS::S3::BucketPolicy\n    Condition: Live\n    Properties:\n      Bucket: !Ref Images\n      PolicyDocument: {DOCUMENT}\n",
        f"  Grant:\n    Condition: Live\n    # for the platform\n    Properties:\n      PolicyDocument: {DOCUMENT}\n      Bucket:\n        Ref: Images\n    Type: AWS::S3::BucketPolicy\n",
        f"  Grant: {{Condition: Live, Type: AWS::S3::BucketPolicy, Properties: {{Bucket: !Sub '${{Images}}', PolicyDocument: {DOCUMENT}}}}}\n",
    ],
)
def test_a_policy_whose_condition_does_not_hold_is_left_to_a_person(policy: str) -> None:
    assert title("t.yaml", HEAD + BUCKET + policy).startswith("Add a bucket policy; Grant")
    assert title("t.yaml", HEAD + policy + BUCKET).endswith(" is declared already, but attaches none to this bucket")


def test_a_policy_of_another_bucket_is_no_obstacle() -> None:
    other = "  Grant: {Condition: Live, Type: AWS::S3::BucketPolicy, Properties: {Bucket: !Ref Images2, PolicyDocument: {}}}\n"
    assert "  ImagesPolicy:\n" in fixed("t.yaml", f"{HEAD}{BUCKET}  Images2: {{Type: AWS::S3::Bucket, Condition: Live}}\n{other}")


def test_the_same_in_json() -> None:
    document = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"}]}
    grant = {
        "Type": "AWS::S3::BucketPolicy",
        "Condition": "Live",
        "Properties": {"Bucket": {"Ref": "Images"}, "PolicyDocument": document},
    }
    template = {
        "Conditions": {"Live": {"Fn::Equals": ["a", "b"]}},
        "Resources": {"Images": {"Type": "AWS::S3::Bucket"}, "Grant": grant},
    }
    for indent in (None, 2):
        assert title("t.json", json.dumps(template, indent=indent)) == (
            "Add a bucket policy; Grant is declared already, but attaches none to this bucket"
        )


@pytest.mark.parametrize(
    "properties",
    [
        "    Properties:\n      CorsConfiguration: !If [Live, {CorsRules: []}, !Ref 'AWS::NoValue']\n",
        "    Properties: {CorsConfiguration: !Ref 'AWS::NoValue'}\n",
    ],
)
def test_a_property_that_is_written_is_not_written_twice(properties: str) -> None:
    assert title("t.yaml", f"{HEAD}{BUCKET}{properties}", "cors-request-refused") == (
        "Add a CORS configuration; CorsConfiguration of Images is declared already, but attaches none to this bucket"
    )


TERRAFORM = """\
variable "live" { default = false }
resource "aws_s3_bucket" "images" {
  bucket = "acme-images"
}
resource "aws_s3_bucket_policy" "grant" {
  count  = var.live ? 1 : 0
  policy = jsonencode({
    Statement = []
  })
  bucket = aws_s3_bucket.images.id
}
"""


def test_a_resource_without_instances_is_left_to_a_person() -> None:
    taken = "Add a bucket policy; aws_s3_bucket_policy.grant is declared already, but attaches none to this bucket"
    assert title("main.tf", TERRAFORM) == taken
    for name in ("images2", "images-2"):
        other = TERRAFORM.replace("aws_s3_bucket.images.", f"aws_s3_bucket.{name}.")
        assert 'resource "aws_s3_bucket_policy" "images"' in fixed("main.tf", other)


def test_the_same_in_terraform_json() -> None:
    grant = {"count": "${var.live ? 1 : 0}", "bucket": "${aws_s3_bucket.images.id}", "policy": "{}"}
    code = {
        "variable": {"live": {"default": False}},
        "resource": {"aws_s3_bucket": {"images": {"bucket": "acme-images"}}, "aws_s3_bucket_policy": {"grant": grant}},
    }
    assert title("main.tf.json", json.dumps(code, indent=2)) == (
        "Add a bucket policy; aws_s3_bucket_policy.grant is declared already, but attaches none to this bucket"
    )


@pytest.mark.parametrize(
    ("bucket", "policy"),
    [
        ("  Images:\n    Type: AWS::S3::Bucket\n    Condition: Live\n", "    Condition: Live\n"),
        ("  Images: {Type: AWS::S3::Bucket, Condition: Live}\n", "    Condition: Live\n"),
        (BUCKET, ""),
    ],
)
def test_the_policy_of_a_bucket_is_under_its_condition(bucket: str, policy: str) -> None:
    text = HEAD.replace(", Default: test", "") + bucket
    after = fixed("t.yaml", text)
    assert f"  ImagesPolicy:\n    Type: AWS::S3::BucketPolicy\n{policy}    Properties:\n" in after


KEY = """\
variable "live" { default = false }
resource "aws_s3_bucket" "images" {
  bucket = "acme-images"
}
resource "aws_s3_bucket_server_side_encryption_configuration" "images" {
  bucket = aws_s3_bucket.images.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.images.arn
    }
  }
}
resource "aws_kms_key" "images" {}
resource "aws_kms_key_policy" "grant" {
  count  = var.live ? 1 : 0
  key_id = aws_kms_key.images.id
  policy = jsonencode({ Statement = [] })
}
"""


def test_a_key_policy_without_instances_is_left_to_a_person() -> None:
    assert title("main.tf", KEY, "kms-grant-missing").endswith(
        "; aws_kms_key_policy.grant is declared already, but attaches none to this key"
    )


def test_an_argument_that_is_null_is_not_written_twice() -> None:
    text = KEY.partition('resource "aws_kms_key_policy"')[0].replace(
        '"images" {}', '"images" {\n  policy = var.live ? "{}" : null\n}'
    )
    assert title("main.tf", text, "kms-grant-missing").startswith("Give the key a policy")


def test_a_key_policy_that_is_written_is_not_written_twice() -> None:
    encrypted = "{ServerSideEncryptionConfiguration: [{ServerSideEncryptionByDefault: {SSEAlgorithm: 'aws:kms', KMSMasterKeyID: !Ref Key}}]}"
    key = "  Key:\n    Type: AWS::KMS::Key\n    Properties:\n      KeyPolicy: !If [Live, {Statement: []}, !Ref 'AWS::NoValue']\n"
    text = f"{HEAD}{BUCKET}    Properties: {{BucketEncryption: {encrypted}}}\n{key}"
    assert title("t.yaml", text, "kms-grant-missing").endswith(
        "; KeyPolicy of Key is declared already, but attaches none to this key"
    )


@pytest.mark.hostile
def test_many_configurations_are_looked_through_in_bounded_time() -> None:
    header = b'resource "aws_s3_bucket_policy" "a" {\n'
    assert declared.InDirectory([(header * 20_000, False)]).configuration_of("aws_s3_bucket_policy", "aws_s3_bucket.a") == ""
    template = f"{HEAD}{BUCKET}  Grant:\n" + "    Type: AWS::S3::BucketPolicy\n" * 20_000
    source = SourceFile.of("t.yaml", template.encode())
    assert source is not None
    assert list(cloudformation.policies_of(source, "Images")) == []
