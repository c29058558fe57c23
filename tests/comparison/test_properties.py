"""Laws of the comparison: reflexive, mirrored, blind to order and to how statements are split, and sound where values are hidden."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.comparison.access import PolicyKind, Relation, compare
from auditor.foundation.location import Location
from auditor.foundation.value import Domain, Known, ListValue, MapValue, Symbol, Template, Unknown, Value
from auditor.policy import Policy, parse_policy
from tests.comparison.test_pairs import check_witnesses, compared, policy

_ROLES = ("arn:aws:iam::111122223333:role/a", "arn:aws:iam::111122223333:root", "arn:aws:iam::444455556666:role/b")
_principals = st.sampled_from(["*", *({"AWS": role} for role in _ROLES), {"Service": "logs.amazonaws.com"}])
_actions = st.lists(st.sampled_from(["s3:GetObject", "s3:Get*", "s3:PutObject", "s3:*", "s3:ListBucket"]), min_size=1, max_size=2)
_resources = st.lists(
    st.sampled_from(["arn:aws:s3:::b", "arn:aws:s3:::b/*", "arn:aws:s3:::b/in/*", "arn:aws:s3:::b/*.txt", "arn:aws:s3:::b/in/x"]),
    min_size=1,
    max_size=2,
)
_conditions = st.sampled_from(
    [
        None,
        {"Bool": {"aws:SecureTransport": "false"}},
        {"StringEquals": {"aws:SourceVpce": ["vpce-1"]}},
        {"StringNotEquals": {"aws:SourceVpce": ["vpce-1", "vpce-2"]}},
        {"StringLike": {"s3:prefix": ["in/*"]}},
        {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
        {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/a*"}},
        {"Null": {"aws:SourceVpce": "false"}},
    ]
)


@st.composite
def statements(draw: st.DrawFn) -> dict[str, Any]:
    condition = draw(_conditions)
    return {
        "Effect": draw(st.sampled_from(["Allow", "Allow", "Deny"])),
        "Principal": draw(_principals),
        draw(st.sampled_from(["Action", "Action", "Action", "NotAction"])): draw(_actions),
        draw(st.sampled_from(["Resource", "Resource", "Resource", "NotResource"])): draw(_resources),
        **({"Condition": condition} if condition else {}),
    }


documents = st.lists(statements(), min_size=1, max_size=3).map(lambda found: {"Version": "2012-10-17", "Statement": found})


@given(documents, documents)
def test_swapping_mirrors_and_every_witness_is_one(old: Any, new: Any) -> None:
    there, back = compared(old, new, "bucket"), compared(new, old, "bucket")
    mirrored = {Relation.WIDER: Relation.NARROWER, Relation.NARROWER: Relation.WIDER}
    assert back.relation is mirrored.get(there.relation, there.relation)
    assert there.relation is not Relation.UNKNOWN
    check_witnesses(old, new, there)


@given(documents, st.randoms(use_true_random=False))
def test_a_document_rearranged_is_equal(document: Any, dice: Any) -> None:
    split = [
        {**statement, name: part}
        for statement in document["Statement"]
        for name in ("Action", "NotAction")
        if name in statement
        for part in ([[one] for one in statement[name]] if name == "Action" else [statement[name]])
    ]
    dice.shuffle(split)
    assert compared(document, {**document, "Statement": split}, "bucket").relation is Relation.EQUAL


@given(documents, documents, documents)
def test_wider_composes(one: Any, two: Any, three: Any) -> None:
    joined = [{**one, "Statement": [*one["Statement"], *two["Statement"]]}]
    joined.append({**one, "Statement": [*joined[0]["Statement"], *three["Statement"]]})
    steps = [compared(one, joined[0], "bucket").relation, compared(joined[0], joined[1], "bucket").relation]
    if set(steps) <= {Relation.WIDER, Relation.EQUAL}:
        assert compared(one, joined[1], "bucket").relation is (Relation.WIDER if Relation.WIDER in steps else Relation.EQUAL)


_HIDDEN = {"in": ["in", "x", "out", "in/deep"], "a": ["a", "b", "z"], "vpce-1": ["vpce-1", "vpce-2", "other"]}


def _hide(value: Any, hidden: str) -> Value:
    """A document as a value, with every occurrence of a word unresolved."""
    if isinstance(value, dict):
        return MapValue({key: _hide(entry, hidden) for key, entry in value.items()})
    if isinstance(value, list):
        return ListValue(tuple(_hide(item, hidden) for item in value))
    text = str(value)
    before, found, after = text.partition(f"/{hidden}")
    symbol = Symbol("var.hidden", "var.hidden has no default", domain=Domain.ANY)
    if text == hidden:
        return Unknown(symbol)
    return Template((f"{before}/", symbol, after)) if found else Known(text)


def _put(value: Any, hidden: str, chosen: str) -> Any:
    if isinstance(value, dict):
        return {key: _put(entry, hidden, chosen) for key, entry in value.items()}
    if isinstance(value, list):
        return [_put(item, hidden, chosen) for item in value]
    if str(value) == hidden:
        return chosen
    before, found, after = str(value).partition(f"/{hidden}")
    return f"{before}/{chosen}{after}" if found else value


def _parsed(document: Any, hidden: str) -> Policy:
    return parse_policy(_hide(document, hidden), Location("policy.json"))


@given(documents, documents, st.sampled_from(sorted(_HIDDEN)))
def test_what_is_decided_with_a_value_hidden_holds_for_every_value(old: Any, new: Any, hidden: str) -> None:
    found = compare(_parsed(old, hidden), _parsed(new, hidden), PolicyKind.BUCKET)
    if found.relation is Relation.UNKNOWN:
        assert found.reason == "it depends on var.hidden"
        return
    for chosen in _HIDDEN[hidden]:
        assert compared(_put(old, hidden, chosen), _put(new, hidden, chosen), "bucket").relation is found.relation, chosen


def test_a_document_is_equal_to_itself_with_something_hidden() -> None:
    document = {
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "a"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/in/*"}]
    }
    for hidden in itertools.chain(_HIDDEN):
        assert compare(_parsed(document, hidden), _parsed(document, hidden), PolicyKind.BUCKET).relation is Relation.EQUAL


@pytest.mark.hostile
def test_documents_that_tell_apart_too_much_are_unknown() -> None:
    resources = [f"arn:aws:s3:::b/*{one}*{other}*" for one, other in itertools.permutations("abcdefgh", 2)]
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": resources}
    found = compare(
        policy({"Statement": [statement]}), policy({"Statement": [{**statement, "Resource": resources[:20]}]}), PolicyKind.BUCKET
    )
    assert (found.relation, found.reason) == (Relation.UNKNOWN, "the documents tell apart more requests than are looked at")
