"""Names that CloudFormation makes up: those of the stack and of the resource, shortened or not, and a part that is drawn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.asked import ROLE, ask

NAMES = ("web-Reader-1A2B3C4D5E6F7", "my-shop-prod-nested-ABCDEF123456-Rea-kq3VzTb9Xw2d", "a-R-abcdefghijk1")
"""Names that a role Reader without a RoleName may get."""
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
PATTERNS = {
    "arn:aws:iam::*:role/admin": "holds",
    "arn:aws:iam::*:role/my-reader": "holds",
    "arn:aws:iam::*:role/team-images-reader": "holds",
    "arn:aws:iam::*:role/service/*": "holds",
    "arn:aws:iam::*:role/*/*": "holds",
    "arn:aws:iam::*:role/a-b-c-d-e-f-g": "holds",
    "arn:aws:iam::*:role/*": "fails",
    "arn:aws:iam::*:role/*-Reader-*": "unknown",
    "arn:aws:iam::*:role/web-*": "unknown",
    "arn:aws:iam::*:role/web-Reader-1A2B3C4D5E6F7": "unknown",
}
"""What follows where a role whose ARN is like one is denied the bucket."""


def template(pattern: str, **named: str) -> str:
    allowed = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    denied = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": {"Fn::Sub": "${B.Arn}/*"},
        "Condition": {"ArnLike": {"aws:PrincipalArn": pattern}},
    }
    own = {"Policies": [{"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": [allowed]}}]}
    resources: dict[str, Any] = {
        "Reader": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST, **own, **named}},
        "B": {"Type": "AWS::S3::Bucket"},
        "P": {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": "B"}, "PolicyDocument": {"Statement": [denied]}}},
    }
    return json.dumps({"Resources": resources})


def status(directory: Path, text: str, *options: str, bucket: str = "B") -> str:
    return ask(directory, {"t.json": text}, *options).of(bucket, "s3:GetObject")["s3:GetObject"][0]


@pytest.mark.parametrize(("pattern", "expected"), PATTERNS.items())
def test_a_pattern_matches_what_can_be_made_up(tmp_path: Path, pattern: str, expected: str) -> None:
    assert status(tmp_path, template(pattern), "--with", "principal=Reader") == expected
    made = {status(tmp_path, template(pattern, RoleName=name), "--with", "principal=Reader") for name in NAMES}
    assert made <= {expected} or expected == "unknown"


def test_a_policy_of_another_name_is_not_of_a_role_that_gets_one(tmp_path: Path) -> None:
    document = {"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
    resources = json.loads(template("arn:aws:iam::*:role/admin"))["Resources"]
    properties = {"PolicyName": "own", "Roles": ["admin"], "PolicyDocument": document}
    text = json.dumps({"Resources": {**resources, "Own": {"Type": "AWS::IAM::Policy", "Properties": properties}}})
    assert status(tmp_path, text, "--with", "principal=Reader") == "holds"


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("arn:aws:s3:::acme/*", "fails"),
        ("arn:aws:s3:::acme-images-prod/*", "fails"),
        ("arn:aws:s3:::acme-*/*", "unknown"),
        ("arn:aws:s3:::acme-images-abcdefghijk1/*", "unknown"),
    ],
)
def test_a_bucket_gets_such_a_name(tmp_path: Path, resource: str, expected: str) -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "s3:GetObject", "Resource": resource}
    policy = {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": "B"}, "PolicyDocument": {"Statement": [statement]}}}
    assert status(tmp_path, json.dumps({"Resources": {"B": {"Type": "AWS::S3::Bucket"}, "P": policy}})) == expected


def test_a_policy_of_another_bucket_is_not_of_one_that_gets_its_name(tmp_path: Path) -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme/*"}
    policy = {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": "acme", "PolicyDocument": {"Statement": [statement]}}}
    text = json.dumps({"Resources": {"B": {"Type": "AWS::S3::Bucket"}, "P": policy}})
    assert status(tmp_path, text) == "fails"
    assert status(tmp_path, text, bucket="acme") == "holds"


def test_in_the_namespace_of_the_account_a_name_has_the_account_and_the_region(tmp_path: Path) -> None:
    arn = "arn:aws:s3:::acme-${AWS::AccountId}-${AWS::Region}-an/*"
    statement = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "s3:GetObject", "Resource": {"Fn::Sub": arn}}
    policy = {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": "B"}, "PolicyDocument": {"Statement": [statement]}}}
    named = {"BucketNamePrefix": "acme", "BucketNamespace": "account-regional"}
    for properties, expected in ((named, "holds"), ({**named, "BucketNamePrefix": "other"}, "fails")):
        text = json.dumps({"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": properties}, "P": policy}})
        assert status(tmp_path, text) == expected


def test_what_a_macro_may_add_to_a_bucket_leaves_it_the_name_that_is_written(tmp_path: Path) -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme/*"}
    policy = {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": "B"}, "PolicyDocument": {"Statement": [statement]}}}
    macro = {"Fn::Transform": {"Name": "Own", "Parameters": {}}}
    owned = {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}}
    made = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "acme", **owned, **macro}}
    assert status(tmp_path, json.dumps({"Resources": {"B": made, "P": policy}})) == "holds"
