"""Which buckets a contract applies to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from auditor.contract.load import load
from auditor.foundation.errors import AuditError
from auditor.foundation.location import Location
from auditor.foundation.value import Known, MapValue, Value
from auditor.model import Attachment, Bucket, BucketDeclaration, Directive, Estate, Key, KeyDeclaration, Kind, Linked, Slot
from auditor.selection import Selection, select
from tests.policy.cors_case import value_of

CONTRACT = load("v7-darwin", {})
ROLE = "arn:aws:iam::258327614892:role/external_s3"


def policy(statement: dict[str, Any]) -> Value:
    return Known(json.dumps({"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"} | statement]}))


NAMING = policy({"Principal": {"AWS": ROLE}})


def bucket(
    name: str,
    line: int = 1,
    root: str = ".",
    *,
    policy: Value | None = None,
    encryption: Value | None = None,
    key: Value | None = None,
    cors: Value | None = None,
) -> Bucket:
    place = Location("main.tf", line, 1, line, 9)
    slots = {}
    for kind, content in ((Kind.POLICY, policy), (Kind.ENCRYPTION, encryption), (Kind.CORS, cors)):
        if content is not None:
            slots[kind] = Slot((Linked(Attachment("x", place, kind=kind, content=content)),))
    keys = (
        ()
        if key is None
        else (Key(KeyDeclaration("aws_kms_key.k", place), ".", "terraform", Slot((Linked(Attachment("y", place, content=key)),))),)
    )
    return Bucket(BucketDeclaration(f"aws_s3_bucket.{name}", place), root, "terraform", slots, Estate(keys))


def addresses(
    *buckets: Bucket, directives: tuple[Directive, ...] = (), named: tuple[str, ...] = (), every: bool = False
) -> list[str]:
    return [one.declaration.address for one in select(buckets, CONTRACT, directives, named, every=every).buckets]


MARK = Directive("contract=v7-darwin", Location("main.tf", 4, 1, 4, 20), Location("main.tf", 5, 1, 9, 2))


def test_named_before_everything() -> None:
    assert addresses(bucket("a"), bucket("b", 5), directives=(MARK,), named=("aws_s3_bucket.a",)) == ["aws_s3_bucket.a"]


def test_a_root_tells_equal_addresses_apart() -> None:
    assert len(addresses(bucket("a", root="x"), bucket("a", root="y"), named=("aws_s3_bucket.a",))) == 2
    assert [
        one.root
        for one in select((bucket("a", root="x"), bucket("a", root="y")), CONTRACT, (), ("y:aws_s3_bucket.a",), every=False).buckets
    ] == ["y"]


def test_all_buckets() -> None:
    assert addresses(bucket("a"), bucket("b", policy=NAMING), every=True) == ["aws_s3_bucket.a", "aws_s3_bucket.b"]


def test_marked_before_mentioning() -> None:
    assert addresses(bucket("a", policy=NAMING), bucket("b", 5), directives=(MARK,)) == ["aws_s3_bucket.b"]


def test_what_a_mark_leaves_out_although_it_mentions_the_consumer_is_said() -> None:
    said = "; not marked, so not audited, though V7 Darwin is mentioned: aws_s3_bucket.b"
    buckets = [bucket("a", 5), bucket("b", 15, policy=NAMING), bucket("c", 25)]
    selection = select(buckets, CONTRACT, [MARK], ())
    assert selection.buckets == (buckets[0],)
    assert selection.note == f"buckets marked 'auditor: contract=v7-darwin'{said}"


def test_a_mark_of_another_contract_counts_for_nothing() -> None:
    other = Directive("contract=label-studio", MARK.location, MARK.applies_to)
    assert addresses(bucket("a", policy=NAMING), bucket("b", 5), directives=(other,)) == ["aws_s3_bucket.a"]


@pytest.mark.parametrize(
    "statement",
    [
        {"Principal": {"AWS": ROLE}},
        {"Principal": {"AWS": "258327614892"}},
        {"Principal": {"AWS": ["arn:aws:iam::111122223333:root", "arn:aws:iam::258327614892:role/other"]}},
        {"NotPrincipal": {"AWS": ROLE}},
        {"Principal": "*", "Condition": {"ArnLike": {"aws:PrincipalArn": ROLE}}},
        {"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalAccount": "258327614892"}}},
    ],
)
def test_a_statement_mentions_the_consumer_by_role_or_account(statement: dict[str, Any]) -> None:
    assert addresses(bucket("a"), bucket("b", policy=policy(statement))) == ["aws_s3_bucket.b"]


@pytest.mark.parametrize(
    "statement",
    [
        {"Sid": "258327614892"},
        {"Resource": f"arn:aws:s3:::258327614892/{ROLE}"},
        {"Condition": {"StringLike": {"aws:Referer": "https://darwin.v7labs.com/*"}}},
        {"Principal": {"AWS": "arn:aws:iam::111122223333:role/258327614892"}},
    ],
)
def test_a_bare_number_or_name_is_no_mention(statement: dict[str, Any]) -> None:
    with pytest.raises(AuditError, match="found 2 buckets, and none mentions V7 Darwin"):
        addresses(bucket("a"), bucket("b", policy=policy(statement)))


@pytest.mark.parametrize(
    "origin", ["https://darwin.v7labs.com", "https://darwin.v7labs.com/", "darwin.v7labs.com", "https://*.v7labs.com"]
)
def test_a_cors_rule_mentions_the_consumer_by_its_origin(origin: str) -> None:
    rule = {"AllowedOrigins": ["*", origin], "AllowedMethods": ["GET"]}
    assert addresses(bucket("a"), bucket("b", cors=value_of([rule]))) == ["aws_s3_bucket.b"]


@pytest.mark.parametrize("origin", ["*", "https://*", "https://*.com", "https://my-darwin.v7labs.com"])
def test_another_origin_is_no_mention(origin: str) -> None:
    rule = {"AllowedOrigins": [origin], "AllowedMethods": ["GET"]}
    with pytest.raises(AuditError, match="found 2 buckets, and none mentions V7 Darwin"):
        addresses(bucket("a"), bucket("b", cors=value_of([rule])))


def test_the_key_may_mention_the_consumer() -> None:
    encrypted = MapValue({"KMSMasterKeyID": Known("arn", origin="aws_kms_key.k")})
    assert addresses(bucket("a", key=NAMING), bucket("b", encryption=encrypted, key=NAMING)) == ["aws_s3_bucket.b"]


def test_the_only_bucket() -> None:
    assert addresses(bucket("a")) == ["aws_s3_bucket.a"]
    assert addresses() == []


def test_several_and_nothing_says_which() -> None:
    with pytest.raises(AuditError) as error:
        addresses(bucket("a"), bucket("b", 5))
    assert (
        str(error.value)
        == """found 2 buckets, and none mentions V7 Darwin:
  aws_s3_bucket.a  (main.tf:1)
  aws_s3_bucket.b  (main.tf:5)
  Choose with one of:
    --bucket ADDRESS  one of these buckets
    --all-buckets     every bucket
    --related         only buckets that mention the platform: here, none
    --contract NAME   another platform ('auditor contracts' lists them)
    a comment         '# auditor: contract=v7-darwin' above the bucket"""
    )


def test_of_many_buckets_the_first_are_listed() -> None:
    with pytest.raises(AuditError) as error:
        addresses(*(bucket(f"b{number}", number) for number in range(1, 34)))
    assert str(error.value).splitlines()[20:22] == [
        "  aws_s3_bucket.b20  (main.tf:20)",
        "  and 13 more ('auditor inspect' lists all)",
    ]


def test_a_name_that_does_not_exist() -> None:
    with pytest.raises(AuditError) as error:
        addresses(bucket("images"), named=("aws_s3_bucket.image",))
    assert str(error.value) == "there is no bucket 'aws_s3_bucket.image'; did you mean 'aws_s3_bucket.images'?"
    with pytest.raises(AuditError) as error:
        addresses(bucket("images"), named=("x",))
    assert str(error.value) == "there is no bucket 'x'; buckets found:\n  aws_s3_bucket.images  (main.tf:1)"


def test_of_several_names_those_that_exist_are_taken_and_the_others_told() -> None:
    selection = select((bucket("images"), bucket("logs", 5)), CONTRACT, (), ("aws_s3_bucket.logs", "aws_s3_bucket.image"))
    assert [one.declaration.address for one in selection.buckets] == ["aws_s3_bucket.logs"]
    assert selection.missing == ("there is no bucket 'aws_s3_bucket.image'; did you mean 'aws_s3_bucket.images'?",)


def test_related_is_content_with_none() -> None:
    selection = select((bucket("a"), bucket("b", 5)), CONTRACT, (), (), related=True)
    assert selection == Selection((), "no bucket is marked for V7 Darwin or mentions it; nothing was audited")
    mentioning = bucket("c", policy=NAMING)
    assert select((bucket("a"), mentioning), CONTRACT, (), (), related=True).buckets == (mentioning,)


def test_equal_addresses_are_listed_with_their_roots() -> None:
    with pytest.raises(AuditError) as error:
        addresses(bucket("a", root="x"), bucket("a", root="y"), bucket("b", 5))
    assert str(error.value).splitlines()[1:4] == [
        "  x:aws_s3_bucket.a  (main.tf:1)",
        "  y:aws_s3_bucket.a  (main.tf:1)",
        "  aws_s3_bucket.b  (main.tf:5)",
    ]
    with pytest.raises(AuditError) as error:
        addresses(bucket("a", root="main.tf"), bucket("a", root="y"))
    assert str(error.value).splitlines()[1] == "  main.tf:aws_s3_bucket.a  (line 1)"
