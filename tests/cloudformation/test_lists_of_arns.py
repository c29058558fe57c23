"""ARNs that a template makes of a list of account ids, joined and split again: each has the form that is written, whatever the list is given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.asked import ask

ACCOUNTS = ("", "258327614892", "111122223333", "111122223333,258327614892,444455556666")
"""What the list may be given; the second account is the consumer's."""


def template(principals: Any, kind: str = "CommaDelimitedList") -> str:
    allowed = {
        "Effect": "Allow",
        "Principal": {"AWS": principals},
        "Action": "s3:GetObject",
        "Resource": {"Fn::Sub": "${B.Arn}/*"},
    }
    resources = {
        "B": {"Type": "AWS::S3::Bucket"},
        "P": {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": "B"}, "PolicyDocument": {"Statement": [allowed]}}},
    }
    return json.dumps({"Parameters": {"Accounts": {"Type": kind}}, "Resources": resources})


def made(before: str, between: str, behind: str, separator: str = ",") -> Any:
    """The idiom: what is before an item and behind it is written again between them."""
    joined = {"Fn::Join": [between, {"Ref": "Accounts"}]}
    return {"Fn::Split": [separator, {"Fn::Sub": [f"{before}${{inner}}{behind}", {"inner": joined}]}]}


def status(directory: Path, text: str, *options: str) -> str:
    return ask(directory, {"t.json": text}, *options).of("B", "s3:GetObject")["s3:GetObject"][0]


ARN = "arn:aws:iam::"


@pytest.mark.parametrize(
    ("principals", "expected"),
    [
        (made(ARN, f":role/ci,{ARN}", ":role/ci"), "fails"),
        (made(ARN, f":root,{ARN}", ":root"), "unknown"),
        (made(ARN, f":role/external_s3,{ARN}", ":role/external_s3"), "unknown"),
        (
            {"Fn::Split": [",", {"Fn::Join": ["", [ARN, {"Fn::Join": [f":role/ci,{ARN}", {"Ref": "Accounts"}]}, ":role/ci"]]}]},
            "fails",
        ),
        (made(ARN, f":role/ci,{ARN}", ":role/external_s3"), "unknown"),
        (made(ARN, f":root,{ARN}", ":role/ci"), "unknown"),
        (made(ARN, f":role/ci;{ARN}", ":role/ci", ";"), "unknown"),
    ],
    ids=["a role", "accounts", "the consumer's role", "without Sub", "another last one", "others before", "another separator"],
)
def test_each_item_has_the_form_that_is_written(tmp_path: Path, principals: Any, expected: str) -> None:
    assert status(tmp_path, template(principals)) == expected
    given = {status(tmp_path, template(principals), "--parameter", f"Accounts={accounts}") for accounts in ACCOUNTS}
    assert given <= ({expected} if expected == "fails" else {"holds", "fails"})


def test_a_text_may_have_commas(tmp_path: Path) -> None:
    principals = made(ARN, f":role/ci,{ARN}", ":role/ci")
    assert status(tmp_path, template(principals, "String")) == "unknown"


@pytest.mark.parametrize(
    ("operator", "role", "expected"),
    [
        ("ArnLike", "ci-*", "fails"),
        ("ArnLike", "external_*", "unknown"),
        ("StringEquals", "ci", "fails"),
        ("StringNotEquals", "ci", "holds"),
        ("ArnNotLike", "external_s3", "unknown"),
        ("ForAnyValue:StringEquals", "ci", "fails"),
    ],
)
def test_a_condition_is_decided_where_no_item_can_be_the_value(tmp_path: Path, operator: str, role: str, expected: str) -> None:
    items = made(ARN, f":role/{role},{ARN}", f":role/{role}")
    whole = json.loads(template("arn:aws:iam::258327614892:root"))
    statement = whole["Resources"]["P"]["Properties"]["PolicyDocument"]["Statement"][0]
    statement["Condition"] = {operator: {"aws:PrincipalArn": items}}
    assert status(tmp_path, json.dumps(whole)) == expected
    given = {status(tmp_path, json.dumps(whole), "--parameter", f"Accounts={accounts}") for accounts in ACCOUNTS[1:]}
    assert given <= ({expected} if expected != "unknown" else {"holds", "fails"})


def test_a_principal_is_decided_in_each_branch(tmp_path: Path) -> None:
    ours, theirs = (made(ARN, f":role/{role},{ARN}", f":role/{role}") for role in ("ci", "cd"))
    whole = json.loads(template({"Fn::If": ["Perhaps", ours, theirs]}))
    whole["Parameters"]["Stage"] = {"Type": "String"}
    whole["Conditions"] = {"Perhaps": {"Fn::Equals": [{"Ref": "Stage"}, "x"]}}
    assert status(tmp_path, json.dumps(whole)) == "fails"
