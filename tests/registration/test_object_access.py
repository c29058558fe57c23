"""Answers for single keys: those of the policy engine, however many keys are asked about."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.contract.load import load
from auditor.foundation.errors import AuditError
from auditor.foundation.location import Location
from auditor.foundation.text import Texts
from auditor.foundation.value import Domain, Known, ListValue, MapValue, Symbol, Text, Value, text_of
from auditor.model import Attachment, Bucket, BucketDeclaration, Kind, Linked, Slot
from auditor.needs.access import AccessNeed
from auditor.object_access import ObjectAccess
from auditor.pipeline import prove
from auditor.platforms.v7_darwin.bucket import object_access
from auditor.sources.options import SourceOptions
from auditor.verdict import Status

CONTRACT = load("v7-darwin", {})
NEED = CONTRACT.needs_of(AccessNeed)[0]
PLACE = Location("policy.json")
NAME = Symbol("name", "unknown", domain=Domain.BUCKET)
ACCOUNT = Symbol("account", "unknown", domain=Domain.ACCOUNT)
HOLE = Symbol("var.prefix", "unknown")
PIECES = [
    "arn:aws:s3:::",
    "acme",
    NAME,
    "/",
    "in",
    "a",
    "*",
    "?",
    HOLE,
    ACCOUNT,
    "${aws:userid}",
    "${aws:PrincipalAccount}",
    "${*}",
    ".jpg",
]
KEYS = [
    "a", "in", "in/a", "in/in/a.jpg", "a/in", "a/in/a.jpg", "x/acme/in", CONTRACT.party.account, f"in/{CONTRACT.party.account}", "111122223333", "in/*", "*",
    "in/111122223333/a",
]  # fmt: skip


def resource(pieces: list[str | Symbol]) -> Text:
    return text_of(pieces)


resources = st.one_of(
    st.just(text_of(("*",))),
    st.lists(st.sampled_from(PIECES[3:]), max_size=5).map(lambda rest: resource(["arn:aws:s3:::", "acme", "/", *rest])),
    st.lists(st.sampled_from(PIECES[3:]), max_size=5).map(lambda rest: resource(["arn:aws:s3:::", NAME, "/", *rest])),
    st.lists(st.sampled_from(PIECES[1:]), max_size=6).map(lambda rest: resource(["arn:aws:s3:::", *rest])),
)


@st.composite
def statements(draw: st.DrawFn) -> Value:
    entries: dict[str, Value] = {
        "Effect": Known(draw(st.sampled_from(["Allow", "Allow", "Deny"]))),
        "Principal": MapValue({"AWS": Known(CONTRACT.party.principal)}),
        "Action": Known("s3:GetObject"),
        draw(st.sampled_from(["Resource", "Resource", "NotResource"])): ListValue(
            tuple(draw(st.lists(resources, min_size=1, max_size=2)))
        ),
    }
    return MapValue(entries)


@st.composite
def buckets(draw: st.DrawFn) -> Bucket:
    name = draw(st.sampled_from([Known("acme"), text_of((NAME,)), text_of(("acme", NAME))]))
    statement = ListValue(tuple(draw(st.lists(statements(), min_size=1, max_size=2))))
    policy = MapValue({"Version": Known("2012-10-17"), "Statement": statement})
    attachment = Attachment("policy", PLACE, kind=Kind.POLICY, content=policy)
    return Bucket(BucketDeclaration("acme", PLACE, name=name), "root", "json", {Kind.POLICY: Slot((Linked(attachment),))})


@given(buckets(), st.lists(st.sampled_from(KEYS), unique=True, max_size=6))
def test_keys_that_are_decided_together_are_decided_as_each_alone(bucket: Bucket, keys: list[str]) -> None:
    answers = ObjectAccess(bucket, NEED, CONTRACT).decide(keys)
    assert [answer.status for answer in answers] == [prove(bucket, replace(NEED, key=key), CONTRACT).status for key in keys]


def policy(bucket: str, below: str) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": CONTRACT.party.principal},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/{below}*",
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def test_raw_documents_answer_for_keys(tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    path.write_text(json.dumps({"Policy": json.dumps(policy("acme", "in/"))}))
    keys = object_access([str(path)], CONTRACT, SourceOptions(), (), Texts())
    assert (keys.bucket, keys.name) == ("acme", "acme")
    assert [answer.status for answer in keys.decide(["in/a", "out/a", "in"])] == [Status.HOLDS, Status.FAILS, Status.FAILS]


def test_a_request_is_about_one_bucket(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.json").write_text(json.dumps(policy(name, "")))
    with pytest.raises(AuditError, match=r"a request is about one bucket: say which with --bucket ADDRESS \(found: one, two\)"):
        object_access([str(tmp_path)], CONTRACT, SourceOptions(), (), Texts())
    assert object_access([str(tmp_path)], CONTRACT, SourceOptions(), ("two",), Texts()).name == "two"
