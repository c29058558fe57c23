"""Finding what references mean, without comparing all with all."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from auditor import link as linking
from auditor.foundation.equality import Lookup, known_by, same_text
from auditor.foundation.location import Location
from auditor.foundation.value import Domain, Known, Symbol, Text, Truth, text_of
from auditor.model import Attachment, BucketDeclaration, Declarations, KeyDeclaration, Kind

HERE = Location("main.tf")


def hole(name: str, domain: Domain = Domain.ANY) -> Symbol:
    """Something that the code leaves unresolved."""
    return Symbol(name, "it has no default", domain=domain)


TEXTS = [text_of(parts) for parts in ([], ["a"], ["ab"], [hole("v")], ["a", hole("v")], ["a", "b", hole("v")], ["a", hole("w")])]


@pytest.mark.parametrize("one", TEXTS)
@pytest.mark.parametrize("other", TEXTS)
def test_texts_are_known_by_the_same_exactly_where_they_are_certainly_equal(one: Text, other: Text) -> None:
    """What the look-up takes for the same is what the comparison takes for the same."""
    assert (known_by(one) == known_by(other)) == (same_text(one, other) is Truth.TRUE)


def test_what_is_found_comes_once_and_in_order() -> None:
    """However many of its names are asked for."""
    lookup = Lookup(["one", "two", "three"], lambda word: (len(word), word))
    assert lookup.of("three", 3, "one", None) == ("one", "two", "three")


def declarations(size: int) -> Declarations:
    """A root of buckets and keys, each with a policy that refers to it."""

    def declared(number: int) -> tuple[str, Symbol]:
        return f"aws_s3_bucket.b[{number}]", hole(f"aws_s3_bucket.b[{number}].id", Domain.BUCKET)

    buckets, keys, attachments = [], [], []
    for number in range(size):
        address, name = declared(number)
        key = f"aws_kms_key.k[{number}]"
        arn = text_of(("arn:aws:kms:eu-west-1:111111111111:key/", hole(f"{key}.key_id", Domain.KEY)), origin=key)
        buckets.append(BucketDeclaration(address, HERE, name=text_of((name,), origin=address)))
        keys.append(KeyDeclaration(key, HERE, arn=arn))
        attachments.append(
            Attachment(f"aws_s3_bucket_policy.p[{number}]", HERE, kind=Kind.POLICY, target=text_of((name,), origin=address))
        )
        attachments.append(Attachment(f"aws_kms_key_policy.p[{number}]", HERE, kind=Kind.KEY_POLICY, target=arn))
    return Declarations(".", "terraform", buckets=tuple(buckets), keys=tuple(keys), attachments=tuple(attachments))


def test_joining_compares_what_refers_to_what_it_means(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice as many buckets and keys take twice as many comparisons, not four times as many."""
    compared = 0

    def counting(one: Text, other: Text) -> Truth:
        nonlocal compared
        compared += 1
        return same_text(one, other)

    monkeypatch.setattr(linking, "same_text", counting)
    counts: list[int] = []
    for size in (20, 40):
        compared = 0
        linked = linking.link([declarations(size)])
        assert [len(bucket.slot(Kind.POLICY).linked) for bucket in linked] == [1] * size
        assert [len(key.policy.linked) for key in linked[0].estate.keys] == [1] * size
        counts.append(compared)
    assert counts[1] <= 2 * counts[0]


def test_a_name_that_is_resolved_is_not_compared_with_other_resolved_names() -> None:
    """It means the bucket of that name alone; nothing may belong to another one."""
    names: Iterable[str] = ("one", "two", "three")
    buckets = tuple(BucketDeclaration(f"aws_s3_bucket.{name}", HERE, name=Known(name)) for name in names)
    policy = Attachment("aws_s3_bucket_policy.p", HERE, kind=Kind.POLICY, target=Known("two"))
    linked = linking.link([Declarations(".", "terraform", buckets=buckets, attachments=(policy,))])
    assert [len(bucket.slot(Kind.POLICY).linked) for bucket in linked] == [0, 1, 0]
