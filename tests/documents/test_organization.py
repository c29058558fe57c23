"""Policies of an organization, as `aws organizations describe-policy` prints them, beside the documents of a bucket."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from auditor.cli import main
from tests.asked import ROLE, Told, ask

OWN = "arn:aws:iam::111122223333:role/app"
NAMES = {"StringNotEquals": {"aws:PrincipalArn": [OWN]}}
RESOURCE, SERVICE, TAG = "RESOURCE_CONTROL_POLICY", "SERVICE_CONTROL_POLICY", "TAG_POLICY"
ASSUMED = "No service control policy, resource control policy or VPC endpoint policy refuses the requests."


THERE = (
    "organization.json; the shortest key that it denies is 'x'. Its condition, StringNotEquals 'aws:PrincipalArn' "
    f"'{OWN}', is about the caller; what V7 Darwin sends meets it."
)


def bucket_policy(principal: str) -> dict[str, Any]:
    grant = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": ["s3:GetObject", "s3:PutObject"]}
    return {"Version": "2012-10-17", "Statement": [{**grant, "Resource": "arn:aws:s3:::acme-images/*"}]}


def of_organization(kind: str, effect: str, action: str, condition: Mapping[str, Any] | None = None) -> str:
    statement = {"Sid": "Perimeter", "Effect": effect, "Action": action, "Resource": "*"}
    statement |= {"Principal": "*"} if kind == RESOURCE else {}
    statement |= {"Condition": condition} if condition else {}
    content = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return json.dumps({"Policy": {"PolicySummary": {"Id": "p-1", "Name": "Perimeter", "Type": kind}, "Content": content}})


def said(directory: Path, organization: str, principal: str = ROLE, *options: str) -> Told:
    files = {"policy.json": json.dumps(bucket_policy(principal)), "organization.json": organization}
    return ask(directory, files, "--contract", "v7-darwin", "--account", "111122223333", *options)


GRANTED = ("holds", "statement 1 grants it for every key")


@pytest.mark.parametrize(
    ("organization", "get", "put"),
    [
        (of_organization(RESOURCE, "Deny", "s3:Put*", NAMES), GRANTED, ("fails", "statement 'Perimeter' denies s3:PutObject")),
        (of_organization(RESOURCE, "Deny", "s3:Put*", {"StringEquals": {"aws:PrincipalArn": OWN}}), GRANTED, GRANTED),
        (of_organization(RESOURCE, "Allow", "s3:GetObject"), GRANTED, GRANTED),
        (of_organization(SERVICE, "Deny", "s3:Put*"), GRANTED, GRANTED),
        (of_organization(TAG, "Deny", "s3:Put*"), GRANTED, GRANTED),
        (
            of_organization(RESOURCE, "Deny", "s3:Put*", {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-acme12345"}}),
            GRANTED,
            ("unknown", "it depends on 'aws:PrincipalOrgID': in one case, statement 'Perimeter' denies s3:PutObject"),
        ),
    ],
)
def test_what_a_policy_of_the_organization_denies_is_denied(
    organization: str, get: tuple[str, str], put: tuple[str, str], tmp_path: Path
) -> None:
    told = said(tmp_path, organization).of("acme-images", "s3")
    assert told == {"s3:GetObject": get, "s3:PutObject": put}


def test_a_service_control_policy_holds_for_principals_of_the_account(tmp_path: Path) -> None:
    told = said(tmp_path, of_organization(SERVICE, "Deny", "s3:PutObject"), OWN, "--with", f"principal={OWN}").of(
        "acme-images", "s3"
    )
    assert told["s3:PutObject"] == ("fails", "statement 'Perimeter' denies s3:PutObject")
    assert told["s3:GetObject"][0] != "fails"


def test_a_policy_of_the_organization_alone_is_of_no_bucket(tmp_path: Path) -> None:
    told = ask(tmp_path, {"a.json": of_organization(RESOURCE, "Deny", "s3:*")})
    assert (told.verdicts, told.code) == ({}, 2)


def test_the_finding_says_whose_policy_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said(tmp_path, of_organization(RESOURCE, "Deny", "s3:Put*", NAMES))
    arguments = ("check", ".", "--contract", "v7-darwin", "--format", "json")
    report = json.loads(CliRunner().invoke(main, arguments, catch_exceptions=False).stdout)
    found = [(one["rule"], one["message"], one["help"]) for one in report["findings"]]
    assert found == [
        (
            "access-denied-by-statement",
            f"Statement 'Perimeter' denies V7 Darwin s3:PutObject in acme-images: it is in a resource control policy, {THERE}",
            "Only who manages the organization's policies can change it: ask for a condition that exempts the consumer.",
        )
    ]
    assumed = {text for one in report["verdicts"] for text in one["assumptions"]}
    assert ASSUMED not in assumed
    assert ASSUMED.replace("resource", "other resource") in assumed


IN_CODE = """
resource "aws_s3_bucket" "b" {{
  bucket = "acme-images"
}}
resource "aws_s3_bucket_ownership_controls" "b" {{
  bucket = aws_s3_bucket.b.id
  rule {{
    object_ownership = "BucketOwnerEnforced"
  }}
}}
resource "aws_s3_bucket_policy" "b" {{
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({policy})
}}
resource "aws_organizations_policy" "Perimeter" {{
  name    = "perimeter"
  content = jsonencode({content})
  {kind}
}}
"""


def in_code(directory: Path, language: str, kind: str, action: str, principal: str = ROLE) -> set[tuple[str, str]]:
    """What is said of a bucket beside which the code declares a policy of an organization that denies an action."""
    content = json.loads(json.loads(of_organization(kind or SERVICE, "Deny", action))["Policy"]["Content"])
    policy = bucket_policy(principal)
    files = {
        "main.tf": IN_CODE.format(policy=json.dumps(policy), content=json.dumps(content), kind=f'type = "{kind}"' if kind else "")
    }
    if language == "cloudformation":
        bucket = {"BucketName": "acme-images", "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}}
        resources = {
            "B": {"Type": "AWS::S3::Bucket", "Properties": bucket},
            "P": {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": "B"}, "PolicyDocument": policy}},
            "Perimeter": {"Type": "AWS::Organizations::Policy", "Properties": {"Content": content, "Type": kind or SERVICE}},
        }
        files = {"t.json": json.dumps({"Resources": resources})}
    told = ask(directory, files, "--contract", "v7-darwin", "--account", "111122223333", "--with", f"principal={principal}")
    return {verdict for (_, need), verdict in told.verdicts.items() if need == "s3:PutObject"}


@pytest.mark.parametrize(
    ("language", "address"), [("terraform", "aws_organizations_policy.Perimeter"), ("cloudformation", "Perimeter")]
)
def test_a_policy_of_an_organization_in_the_code_holds_for_accounts_that_are_not(
    tmp_path: Path, language: str, address: str
) -> None:
    denied = f"it depends on '{address} holds for this account': in one case, statement 'Perimeter' denies s3:PutObject"
    assert in_code(tmp_path, language, RESOURCE, "s3:Put*") == {("unknown", denied)}
    assert in_code(tmp_path, language, RESOURCE, "s3:Delete*") == {GRANTED}
    # A service control policy is about the principals of the account, and not about its buckets.
    assert in_code(tmp_path, language, SERVICE, "s3:Put*") == {GRANTED}
    assert in_code(tmp_path, language, TAG, "s3:Put*") == {GRANTED}
    assert in_code(tmp_path, language, "", "s3:Put*", OWN) == {("unknown", denied)}
