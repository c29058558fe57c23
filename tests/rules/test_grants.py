"""What Allow statements give beyond a need."""

from __future__ import annotations

import json
from typing import Any

import pytest

from auditor.foundation.location import Location
from auditor.foundation.value import Known
from auditor.policy import Caller, Policy, parse_policy
from auditor.policy.services.excess import CallerNeed, excess, never_met

ARN = "arn:aws:iam::258327614892:role/external_s3"
CALLER = Caller(Known(ARN), Known("258327614892"))
BUCKET = Known("acme-images")
OBJECTS = "arn:aws:s3:::acme-images/*"
READ_WRITE = CallerNeed(frozenset({"s3:GetObject", "s3:PutObject"}), frozenset({"s3:ListBucket"}))


def statement(action: object = ("s3:GetObject", "s3:PutObject"), resource: object = OBJECTS, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": {"AWS": ARN}, "Action": action, "Resource": resource, **more}


def policy(*statements: dict[str, Any]) -> Policy:
    return parse_policy(Known(json.dumps({"Version": "2012-10-17", "Statement": list(statements)})), Location("policy.json"))


def given(*statements: dict[str, Any], need: CallerNeed = READ_WRITE) -> list[tuple[int, list[str], tuple[str, ...], str | None]]:
    return [
        (found.statement.index, [item.written for item in found.items], found.actions, found.key)
        for found in excess(policy(*statements), CALLER, "s3", need, BUCKET)
    ]


def test_what_is_needed_is_no_excess() -> None:
    assert given(statement()) == []
    assert given(statement(["s3:getobject", "s3:ListBucket"], [OBJECTS, "arn:aws:s3:::acme-images"])) == []


def test_a_named_action_is_excess() -> None:
    assert given(statement(["s3:GetObject", "s3:PutObjectAcl"])) == [(0, ["s3:PutObjectAcl"], ("s3:PutObjectAcl",), None)]


def test_a_pattern_is_excess_for_what_it_means_beyond() -> None:
    assert given(statement("s3:PutObject*")) == [
        (
            0,
            ["s3:PutObject*"],
            (
                "s3:PutObjectAcl",
                "s3:PutObjectAnnotation",
                "s3:PutObjectLegalHold",
                "s3:PutObjectRetention",
                "s3:PutObjectTagging",
                "s3:PutObjectVersionAcl",
                "s3:PutObjectVersionAnnotation",
                "s3:PutObjectVersionTagging",
            ),
            None,
        )
    ]
    assert given(statement("s3:PutObjec?")) == []


def test_an_action_counts_only_on_its_kind_of_resource() -> None:
    assert given(statement("s3:DeleteBucket")) == []
    assert given(statement("s3:DeleteBucket", "arn:aws:s3:::acme-images")) == [(0, ["s3:DeleteBucket"], ("s3:DeleteBucket",), None)]
    assert given(statement("s3:DeleteBucket", "arn:aws:s3:::acme*")) == [(0, ["s3:DeleteBucket"], ("s3:DeleteBucket",), None)]


def test_what_only_the_owner_can_do_does_not_count() -> None:
    assert given(statement("s3:PutBucketPolicy", "arn:aws:s3:::acme-images")) == []


def test_not_action_gives_everything_else() -> None:
    found = given({"NotAction": "s3:Delete*", **{key: value for key, value in statement().items() if key != "Action"}})
    assert [(index, items) for index, items, _, _ in found] == [(0, [])]
    assert "s3:PutObjectAcl" in found[0][2]
    assert "s3:DeleteObject" not in found[0][2]


@pytest.mark.parametrize(
    ("principal", "counts"),
    [
        ({"AWS": ARN}, True),
        ({"AWS": "258327614892"}, True),
        ({"AWS": "arn:aws:iam::258327614892:root"}, True),
        ({"AWS": ["arn:aws:iam::111111111111:root", ARN]}, True),
        ({"AWS": "arn:aws:iam::111111111111:root"}, False),
        ("*", False),
        ({"Service": "cloudfront.amazonaws.com"}, False),
    ],
)
def test_only_statements_that_name_the_caller_count(principal: object, counts: bool) -> None:
    assert bool(given(statement("s3:DeleteObject", Principal=principal))) is counts


def test_a_deny_takes_back() -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:Delete*", "Resource": OBJECTS}
    assert given(statement("s3:DeleteObject"), deny) == []
    assert given(statement("s3:DeleteObject"), {**deny, "Resource": "*"}) == []
    kept = [(0, ["s3:DeleteObject"], ("s3:DeleteObject",), None)]
    assert given(statement("s3:DeleteObject"), {**deny, "Resource": "arn:aws:s3:::acme-images/raw/*"}) == kept
    assert given(statement("s3:DeleteObject"), {**deny, "Principal": {"AWS": "111111111111"}}) == kept
    assert given(statement("s3:DeleteObject"), {**deny, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}) == kept


def test_a_condition_that_is_never_met_gives_nothing() -> None:
    assert given(statement("s3:DeleteObject", Condition={"StringEquals": {"aws:SourceAccount": "258327614892"}})) == []
    assert given(statement("s3:DeleteObject", Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})) != []


@pytest.mark.parametrize(
    ("resource", "key"),
    [
        ("arn:aws:s3:::acme-images/in/*", None),
        ("arn:aws:s3:::acme-images/in/raw/*", None),
        ("arn:aws:s3:::acme-images/in/one.jpg", None),
        ("arn:aws:s3:::acme-images/*", "x"),
        ("arn:aws:s3:::acme-images/in*", "in"),
        ("arn:aws:s3:::acme-images/i?/*", "ix/"),
        ("*", "x"),
        ("arn:aws:s3:::another/*", None),
    ],
)
def test_keys_outside_the_prefix(resource: str, key: str | None) -> None:
    need = CallerNeed(READ_WRITE.actions, READ_WRITE.harmless, "in/")
    expected = [] if key is None else [(0, [resource], (), key)]
    assert given(statement("s3:GetObject", resource), need=need) == expected


@pytest.mark.parametrize(
    ("condition", "action", "never"),
    [
        ({"StringEquals": {"aws:SourceAccount": "1"}}, "s3:GetObject", True),
        ({"StringEqualsIfExists": {"aws:SourceAccount": "1"}}, "s3:GetObject", False),
        ({"StringNotEquals": {"aws:SourceAccount": "1"}}, "s3:GetObject", False),
        ({"ForAllValues:StringEquals": {"aws:CalledVia": "x"}}, "s3:GetObject", False),
        ({"ForAnyValue:StringEquals": {"aws:CalledVia": "x"}}, "s3:GetObject", True),
        ({"Null": {"aws:SourceArn": "false"}}, "s3:GetObject", True),
        ({"Null": {"aws:SourceArn": "true"}}, "s3:GetObject", False),
        ({"StringLike": {"s3:prefix": "in/*"}}, "s3:GetObject", True),
        ({"StringLike": {"s3:prefix": "in/*"}}, "s3:ListBucket", False),
        ({"StringEquals": {"aws:PrincipalAccount": "1"}}, "s3:GetObject", False),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, "s3:GetObject", False),
    ],
)
def test_conditions_that_are_never_met(condition: dict[str, Any], action: str, never: bool) -> None:
    (test,) = policy(statement(Condition=condition)).statements[0].conditions
    assert never_met(test, action, CALLER) is never
