"""Block Public Access, ACLs and Object Ownership in the comparison of access: what they refuse is not gained, what they let in is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from auditor.cli import main
from tests.changes.said import said

ROLE = "arn:aws:iam::258327614892:role/external_s3"
ONE = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme/*"}
EVERYONE = {**ONE, "Principal": "*"}
LIST = {"anonymous s3:ListBucket arn:aws:s3:::acme"}
PUT = {"anonymous s3:PutObject arn:aws:s3:::acme/x"}
READ = {"anonymous s3:GetObject arn:aws:s3:::acme/x"}
OPEN, SHUT = {"RestrictPublicBuckets": False, "IgnorePublicAcls": False}, {"RestrictPublicBuckets": True, "IgnorePublicAcls": True}
REFUSED = {**OPEN, "BlockPublicPolicy": True}
_TERRAFORM = {
    "RestrictPublicBuckets": "restrict_public_buckets",
    "IgnorePublicAcls": "ignore_public_acls",
    "BlockPublicPolicy": "block_public_policy",
}


def side(policy: Any = None, block: Any = None, acl: str = "", ownership: str = "") -> dict[str, Any]:
    return {"policy": policy, "block": block, "acl": acl, "ownership": ownership}


def terraform(policy: Any, block: Any, acl: str, ownership: str) -> str:
    text = 'variable "hidden" {\n}\nresource "aws_s3_bucket" "b" {\n  bucket = "acme"\n}\n'
    if policy:
        document = json.dumps({"Version": "2012-10-17", "Statement": [policy]})
        text += f'resource "aws_s3_bucket_policy" "b" {{\n  bucket = aws_s3_bucket.b.id\n  policy = jsonencode({document})\n}}\n'
    if block is not None:
        settings = "".join(
            f"  {_TERRAFORM[name]} = {json.dumps(value) if isinstance(value, bool) else value}\n" for name, value in block.items()
        )
        text += f'resource "aws_s3_bucket_public_access_block" "b" {{\n  bucket = aws_s3_bucket.b.id\n{settings}}}\n'
    if acl:
        text += f'resource "aws_s3_bucket_acl" "b" {{\n  bucket = aws_s3_bucket.b.id\n  acl = "{acl}"\n}}\n'
    if ownership:
        text += f'resource "aws_s3_bucket_ownership_controls" "b" {{\n  bucket = aws_s3_bucket.b.id\n  rule {{ object_ownership = "{ownership}" }}\n}}\n'
    return text


def cloudformation(policy: Any, block: Any, acl: str, ownership: str) -> str:
    properties: dict[str, Any] = {"BucketName": "acme"}
    if block is not None:
        properties["PublicAccessBlockConfiguration"] = {
            name: value if isinstance(value, bool) else {"Ref": "Hidden"} for name, value in block.items()
        }
    if acl:
        properties["AccessControl"] = {"public-read": "PublicRead", "public-read-write": "PublicReadWrite", "private": "Private"}[
            acl
        ]
    if ownership:
        properties["OwnershipControls"] = {"Rules": [{"ObjectOwnership": ownership}]}
    resources: dict[str, Any] = {"B": {"Type": "AWS::S3::Bucket", "Properties": properties}}
    if policy:
        document = {"Version": "2012-10-17", "Statement": [policy]}
        resources["P"] = {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": "B"}, "PolicyDocument": document}}
    return json.dumps({"Parameters": {"Hidden": {"Type": "String"}}, "Resources": resources})


CASES: dict[str, tuple[dict[str, Any], dict[str, Any], str, set[str], set[str]]] = {
    "a public statement while public buckets are restricted": (side(None, SHUT), side(EVERYONE, SHUT), "wider", set(), READ),
    "a public statement that cuts the consumer off": (side(ONE, SHUT), side(EVERYONE, SHUT), "incomparable", set(), READ),
    "a public statement without a block": (side(ONE), side(EVERYONE), "wider", READ, set()),
    "a public statement where the block lets it in": (side(ONE, OPEN), side(EVERYONE, OPEN), "wider", READ, set()),
    "a public statement that S3 refuses to store": (side(ONE, REFUSED), side(EVERYONE, REFUSED), "equal", set(), READ),
    "a policy that S3 refuses to store, of a new bucket policy": (
        side(None, REFUSED),
        side(EVERYONE, REFUSED),
        "equal",
        set(),
        READ,
    ),
    "a public policy that is stored before the block": (side(EVERYONE, OPEN), side(EVERYONE, REFUSED), "", set(), set()),
    "a policy that S3 refused and stores now": (side(EVERYONE, REFUSED), side(EVERYONE, OPEN), "wider", READ, set()),
    "a block of policies that is not resolved": (
        side(ONE, OPEN),
        side(EVERYONE, {**OPEN, "BlockPublicPolicy": "var.hidden"}),
        "unknown",
        READ,
        set(),
    ),
    "the block alone is opened": (side(EVERYONE, SHUT), side(EVERYONE, OPEN), "wider", READ, set()),
    "the block alone is removed": (side(EVERYONE, SHUT), side(EVERYONE), "wider", READ, set()),
    "the block alone is closed": (side(EVERYONE, OPEN), side(EVERYONE, SHUT), "narrower", set(), set()),
    "the block of a policy that is not public": (side(ONE, SHUT), side(ONE, OPEN), "", set(), set()),
    "a block that is not resolved": (
        side(EVERYONE, OPEN),
        side(EVERYONE, {"RestrictPublicBuckets": "var.hidden"}),
        "unknown",
        set(),
        set(),
    ),
    "an ACL becomes public": (side(None, OPEN, "private"), side(None, OPEN, "public-read"), "wider", LIST, set()),
    "an ACL becomes public and is ignored": (side(None, SHUT, "private"), side(None, SHUT, "public-read"), "", set(), set()),
    "an ACL of everybody": (side(None, OPEN, "public-read"), side(None, OPEN, "public-read-write"), "wider", PUT, set()),
    "ACLs are turned on": (
        side(None, OPEN, "public-read", "BucketOwnerEnforced"),
        side(None, OPEN, "public-read", "ObjectWriter"),
        "wider",
        LIST,
        set(),
    ),
    "ACLs are turned off": (
        side(None, OPEN, "public-read", "BucketOwnerPreferred"),
        side(None, OPEN, "public-read", "BucketOwnerEnforced"),
        "narrower",
        set(),
        set(),
    ),
}


@pytest.mark.parametrize("written", [terraform, cloudformation])
@pytest.mark.parametrize("name", CASES)
def test_what_is_refused_is_not_gained(name: str, written: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new, relation, gained, blocked = CASES[name]
    monkeypatch.chdir(tmp_path)
    file = "main.tf" if written is terraform else "stack.json"
    for folder, given in (("a", old), ("b", new)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / file).write_text(written(**given), encoding="utf-8")
    found = said("a", "b")["access"]
    assert [one["relation"] for one in found] == ([relation] if relation else [])
    for one in found:
        assert one["public"] is bool(gained)
        assert one["same_document"] is (old["policy"] == new["policy"])
        for field, expected in (("gained", gained), ("blocked", blocked)):
            told = {f"{each['principal']['type']} {each['action']} {each['resource']}" for each in one[field]}
            assert {each for each in told if each.startswith("anonymous")} == expected
            assert all(each["context"] == {} for each in one[field])


def test_what_is_kept_out_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    for folder, given in (("a", side(None, SHUT)), ("b", side(EVERYONE, SHUT)), ("c", side(EVERYONE, OPEN))):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "main.tf").write_text(terraform(**given), encoding="utf-8")
    told = CliRunner().invoke(main, ["diff", "a", "b"]).stdout
    assert told.startswith(
        "the bucket policy of aws_s3_bucket.b allows more\n"
        "  --> main.tf:8:12\n"
        "  gained: the service service.amazonaws.com may s3:GetObject on arn:aws:s3:::acme/x (statement 1)\n"
        "  kept out by Block Public Access: anyone may s3:GetObject on arn:aws:s3:::acme/x (statement 1)\n"
    )
    assert "1 policy would allow more without Block Public Access." in told
    assert (
        CliRunner()
        .invoke(main, ["diff", "b", "c"])
        .stdout.startswith(
            "public access: the bucket policy of aws_s3_bucket.b allows more\n"
            "  --> main.tf:8:12\n"
            "  gained: anyone may s3:GetObject on arn:aws:s3:::acme/x (statement 1)\n"
            "  the policy is what it was: Block Public Access or the ACL is not\n"
        )
    )


UNDECIDED = """
variable "who" {
  type = string
}
resource "aws_iam_role" "r" {
  name               = "reader"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = %s }%s
  }] })
}
"""
OPENED = {
    "a caller that is not resolved": ("var.who", "", False, "may allow something else"),
    "callers of which one is not resolved": (f'["{ROLE}", var.who]', "", False, "may allow more"),
    "everybody, under a condition that is not resolved": (
        '"*"',
        ', Condition = { StringEquals = { "aws:PrincipalOrgID" = var.who } }',
        False,
        "may allow something else",
    ),
    "everybody": ('"*"', "", True, "allows more"),
}


@pytest.mark.parametrize("name", OPENED)
def test_what_is_undecided_is_no_public_access(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    who, condition, public, does = OPENED[name]
    monkeypatch.chdir(tmp_path)
    for folder, code in (("a", UNDECIDED % (f'"{ROLE}"', condition)), ("b", UNDECIDED % (who, condition))):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "main.tf").write_text(code, encoding="utf-8")
    [one] = said("a", "b")["access"]
    assert one["public"] is public
    assert one["gain"] == ("certain" if public else "possible")
    first = CliRunner().invoke(main, ["diff", "a", "b"]).stdout.splitlines()[0]
    assert first == f"{'public access: ' if public else ''}the trust policy of aws_iam_role.r {does}"
