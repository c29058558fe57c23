"""Ids that AWS gives out: whom they can stand for, and whom they cannot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.consumer.command_line import WORKER, answers

V7 = "arn:aws:iam::258327614892:role/external_s3"
NO_STATEMENT = ("fails", "no statement allows s3:GetObject")
DENIED = ("fails", "statement 'Only' denies s3:GetObject")
HOLDS = ("holds", "statement 'V7' grants it for every key")

CLOUDFORMATION = """
Resources:
  B: {Type: AWS::S3::Bucket, Properties: {OwnershipControls: {Rules: [{ObjectOwnership: BucketOwnerEnforced}]}}}
  Oai: {Type: AWS::CloudFront::CloudFrontOriginAccessIdentity, Properties: {CloudFrontOriginAccessIdentityConfig: {Comment: x}}}
WORKER
  P:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref B
      PolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, PRINCIPAL, Action: "s3:GetObject", Resource: !Sub "${B.Arn}/*"}]
""".replace("WORKER", WORKER)
TERRAFORM = """
resource "aws_s3_bucket" "b" {
  bucket = "acme-data"
}
resource "aws_cloudfront_origin_access_identity" "o" {}
resource "aws_iam_role" "other" {
  assume_role_policy = "{}"
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", PRINCIPAL,
    Action = "s3:GetObject", Resource = "${aws_s3_bucket.b.arn}/*" }] })
}
"""
ASSUMED = """{\\"Version\\":\\"2012-10-17\\",\\"Statement\\":[{\\"Effect\\":\\"Allow\\",\\"Principal\\":{\\"Service\\":\\"ec2.amazonaws.com\\"},\\"Action\\":\\"sts:AssumeRole\\"}]}"""
OF_THE_CODE = {
    "template.yaml": (
        "Principal: {CanonicalUser: !GetAtt Oai.S3CanonicalUserId}",
        'Principal: {AWS: "*"}, Condition: {StringLike: {"aws:userId": !Sub "${Worker.RoleId}:*"}}',
    ),
    "main.tf": (
        "Principal = { CanonicalUser = aws_cloudfront_origin_access_identity.o.s3_canonical_user_id }",
        'Principal = "*", Condition = { StringLike = { "aws:userid" = "${aws_iam_role.other.unique_id}:*" } }',
    ),
}
WITHIN = {"template.yaml": CLOUDFORMATION, "main.tf": TERRAFORM}


@pytest.mark.parametrize(("name", "written"), [(name, one) for name, many in OF_THE_CODE.items() for one in many])
def test_an_identity_of_the_code_is_never_the_platform(name: str, written: str, tmp_path: Path) -> None:
    found = answers(tmp_path, {name: WITHIN[name].replace("PRINCIPAL", written)}, V7)
    assert found["s3:GetObject"] == NO_STATEMENT


def test_cloudfront_is_no_role_of_the_code_either(tmp_path: Path) -> None:
    template = CLOUDFORMATION.replace("PRINCIPAL", OF_THE_CODE["template.yaml"][0])
    found = answers(tmp_path, {"template.yaml": template}, "Worker")
    assert found["s3:GetObject"] == ("fails", "neither a policy of the caller nor the resource's own allows s3:GetObject")


def test_the_id_of_the_role_that_asks_may_be_its_own(tmp_path: Path) -> None:
    template = CLOUDFORMATION.replace("PRINCIPAL", OF_THE_CODE["template.yaml"][1])
    assert answers(tmp_path, {"template.yaml": template}, "Worker")["s3:GetObject"][0] == "unknown"


SPARES = """
variable "session" {}
resource "aws_iam_role" "third" {
  name               = "third"
  assume_role_policy = aws_iam_role.other.assume_role_policy
}
data "aws_iam_role" "read" { name = "third" }
resource "aws_iam_role_policy" "other" {
  role   = aws_iam_role.other.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.b.arn}/*" }] })
}
"""


@pytest.mark.parametrize(
    ("spared", "status"),
    [
        ("${aws_iam_role.other.unique_id}:*", "holds"),
        ("${aws_iam_role.other.unique_id}", "fails"),
        ("${aws_iam_role.other.unique_id}:${var.session}", "unknown"),
        ("${aws_iam_role.third.unique_id}:*", "fails"),
        ("${aws_iam_role.third.unique_id}:${var.session}", "fails"),
        ("${data.aws_iam_role.read.unique_id}:*", "unknown"),
        ("*:${var.session}", "unknown"),
        ("AIDAEXAMPLEUSER", "fails"),
        ("AROAEXAMPLEID:*", "unknown"),
    ],
)
def test_a_role_of_the_code_has_its_own_id(spared: str, status: str, tmp_path: Path) -> None:
    only = f'Condition = {{ StringNotLike = {{ "aws:userid" = "{spared}" }} }}'
    code = (
        TERRAFORM.replace("PRINCIPAL", f'Principal = "*", {only}').replace("Allow", "Deny").replace('"{}"', f'"{ASSUMED}"') + SPARES
    )
    assert answers(tmp_path, {"main.tf": code}, "aws_iam_role.other")["s3:GetObject"][0] == status


USER_IDS = {
    "a user and an account": (["AIDAEXAMPLEUSER", "444455556666"], DENIED),
    "a role without a session": (["AROAEXAMPLEID"], DENIED),
    "a role and its sessions": (["AROAEXAMPLEID:*"], None),
    "any role": (["AROA*"], HOLDS),
    "everyone": (["*"], HOLDS),
}


@pytest.mark.parametrize("case", USER_IDS)
def test_the_user_id_of_a_role_is_that_of_a_session(case: str, tmp_path: Path) -> None:
    spared, expected = USER_IDS[case]
    objects = "arn:aws:s3:::acme-images/*"
    statements = [
        {"Sid": "V7", "Effect": "Allow", "Principal": {"AWS": V7}, "Action": "s3:GetObject", "Resource": objects},
        {
            "Sid": "Only",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": objects,
            "Condition": {"StringNotLike": {"aws:userid": spared}},
        },
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    found = answers(tmp_path, {"policy.json": policy}, V7)["s3:GetObject"]
    if expected is None:
        expected = ("unknown", "it depends on 'aws:userid': in one case, statement 'Only' denies s3:GetObject")
    assert found == expected
