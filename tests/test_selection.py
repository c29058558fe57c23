"""Which buckets a contract applies to."""

from __future__ import annotations

import pytest

from auditor.contract.load import load
from auditor.foundation.errors import AuditError
from auditor.foundation.location import Location
from auditor.foundation.value import JsonText, Known, MapValue, Value
from auditor.model import Attachment, Bucket, BucketDeclaration, Directive, Estate, Key, KeyDeclaration, Kind, Linked, Slot
from auditor.selection import Selection, select

CONTRACT = load("v7-darwin", {})
ROLE = "arn:aws:iam::258327614892:role/external_s3"


def bucket(
    name: str,
    line: int = 1,
    root: str = ".",
    *,
    policy: Value | None = None,
    encryption: Value | None = None,
    key: Value | None = None,
) -> Bucket:
    place = Location("main.tf", line, 1, line, 9)
    slots = {}
    for kind, content in ((Kind.POLICY, policy), (Kind.ENCRYPTION, encryption)):
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
    assert addresses(bucket("a"), bucket("b", policy=Known(ROLE)), every=True) == ["aws_s3_bucket.a", "aws_s3_bucket.b"]


def test_marked_before_mentioning() -> None:
    assert addresses(bucket("a", policy=Known(ROLE)), bucket("b", 5), directives=(MARK,)) == ["aws_s3_bucket.b"]


def test_a_mark_of_another_contract_counts_for_nothing() -> None:
    other = Directive("contract=label-studio", MARK.location, MARK.applies_to)
    assert addresses(bucket("a", policy=Known(ROLE)), bucket("b", 5), directives=(other,)) == ["aws_s3_bucket.a"]


@pytest.mark.parametrize("text", [ROLE, "258327614892", "https://darwin.v7labs.com/"])
def test_a_policy_may_mention_the_consumer_by_role_account_or_origin(text: str) -> None:
    assert addresses(bucket("a"), bucket("b", policy=JsonText(MapValue({"x": Known(text)})))) == ["aws_s3_bucket.b"]


def test_the_key_may_mention_the_consumer() -> None:
    encrypted = MapValue({"KMSMasterKeyID": Known("arn", origin="aws_kms_key.k")})
    assert addresses(bucket("a", key=Known(ROLE)), bucket("b", encryption=encrypted, key=Known(ROLE))) == ["aws_s3_bucket.b"]


def test_the_only_bucket() -> None:
    assert addresses(bucket("a")) == ["aws_s3_bucket.a"]
    assert addresses() == []


def test_several_and_nothing_says_which() -> None:
    with pytest.raises(AuditError) as error:
        addresses(bucket("a"), bucket("b", 5))
    assert str(error.value) == (
        "found 2 buckets, and none mentions V7 Darwin: choose with --bucket ADDRESS, --all-buckets, or a comment "
        "'# auditor: contract=v7-darwin' above the bucket (--related skips them):\n  aws_s3_bucket.a  (main.tf:1)\n  aws_s3_bucket.b  (main.tf:5)"
    )


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
    mentioning = bucket("c", policy=Known(ROLE))
    assert select((bucket("a"), mentioning), CONTRACT, (), (), related=True).buckets == (mentioning,)


def test_equal_addresses_are_listed_with_their_roots() -> None:
    with pytest.raises(AuditError) as error:
        addresses(bucket("a", root="x"), bucket("a", root="y"), bucket("b", 5))
    assert str(error.value).partition("them):\n")[2] == (
        "  x:aws_s3_bucket.a  (main.tf:1)\n  y:aws_s3_bucket.a  (main.tf:1)\n  aws_s3_bucket.b  (main.tf:5)"
    )
