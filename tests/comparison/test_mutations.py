"""Random edits of policies: no sampled request contradicts the relation, and every witness is one."""

from __future__ import annotations

import random
from typing import Any

import pytest

from auditor.comparison.access import PolicyKind, Relation, compare
from auditor.foundation.location import Location
from auditor.foundation.value import ALWAYS, Domain, Known, ListValue, MapValue, Symbol, Template, Unknown
from auditor.policy import Policy, parse_policy
from tests.comparison.evaluator import allows
from tests.comparison.mutations import documents, mutated, requests
from tests.comparison.test_pairs import check_witnesses, compared

_REQUESTS = 40


@pytest.mark.property
@pytest.mark.parametrize("seed", range(6))
def test_no_request_contradicts_the_relation_of_an_edit(seed: int) -> None:
    dice = random.Random(seed)
    every = documents()
    for _ in range(25):
        kind, document = dice.choice(every)
        old = mutated(document, dice)
        new = mutated(old, dice)
        found = compared(old, new, kind)
        assert (found.relation is Relation.UNKNOWN, found.reason) == (False, ""), (old, new)
        check_witnesses(old, new, found)
        for request in requests(old, new, kind, dice, _REQUESTS):
            before, after = allows(old, request), allows(new, request)
            if before != after:
                allowed = (Relation.WIDER, Relation.INCOMPARABLE) if after else (Relation.NARROWER, Relation.INCOMPARABLE)
                assert found.relation in allowed, (request, old, new)


def one(**entries: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", **entries}
    return {"Version": "2012-10-17", "Statement": [statement]}


def test_a_witness_has_the_keys_of_policy_variables() -> None:
    home = one(Resource="arn:aws:s3:::b/${aws:PrincipalTag/team}/*")
    [found] = compared({**home, "Statement": []}, home, "bucket").gained
    assert (found.resource, dict(found.context)) == ("arn:aws:s3:::b/x/", {"aws:PrincipalTag/team": "x"})


@pytest.mark.parametrize(
    ("condition", "context"),
    [
        ({"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}, {"aws:CurrentTime": "2025-12-31T23:59:59Z"}),
        ({"DateLessThan": {"aws:EpochTime": "1767225600"}}, {"aws:EpochTime": "1767225599"}),
        ({"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}, "Null": {"aws:SourceIp": "false"}}, {"aws:SourceIp": "192.0.3.0"}),
        ({"Null": {"aws:SourceVpce": "false"}}, {"aws:SourceVpce": "x"}),
    ],
)
def test_the_values_of_a_witness_are_such_as_requests_have(condition: Any, context: Any) -> None:
    document = one(Condition=condition)
    [found] = compared({**document, "Statement": []}, document, "bucket").gained
    assert dict(found.context) == context


def test_an_action_without_a_service_matches_as_a_pattern() -> None:
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    stars = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "**", "Resource": "*"}]}
    some = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "a**", "Resource": "*"}]}
    assert compared(everything, stars, "identity").relation is Relation.EQUAL
    assert compared(everything, some, "identity").relation is Relation.NARROWER


def unresolved(*resources: str, action: str = "s3:GetObject", more: bool = False) -> Policy:
    """A policy whose resources are as given, `?x` for one that is unresolved; with `more`, further statements may be there."""
    values = tuple(Unknown(Symbol(f"var.{text[1:]}", "it has no default")) if text[0] == "?" else Known(text) for text in resources)
    statement = MapValue({"Effect": Known("Allow"), "Action": Known(action), "Resource": ListValue(values)})
    rest = Symbol("module.x", "it is not available locally") if more else None
    document = MapValue({"Version": Known("2012-10-17"), "Statement": ListValue((statement,), None, rest)})
    return parse_policy(document, Location("policy.json"))


@pytest.mark.parametrize(
    ("old", "new", "relation", "reason", "gained", "lost"),
    [
        (("?a", "?b"), ("?b", "?a"), Relation.EQUAL, "", 0, 0),
        (("?a",), ("?a", "?b"), Relation.UNKNOWN, "it depends on var.b", 1, 0),
        (("?a", "?b"), ("?a",), Relation.UNKNOWN, "it depends on var.b", 0, 1),
        (("?a", "?b"), ("?a", "?c"), Relation.UNKNOWN, "it depends on var.b and var.c", 1, 1),
    ],
)
def test_what_both_documents_have_unresolved_is_the_same(
    old: Any, new: Any, relation: Any, reason: str, gained: int, lost: int
) -> None:
    found = compare(unresolved(*old), unresolved(*new), PolicyKind.IDENTITY)
    assert (found.relation, found.reason, len(found.gained), len(found.lost)) == (relation, reason, gained, lost)


def test_a_witness_calls_what_is_unresolved_by_its_name() -> None:
    account = Symbol("local.account", "it is not known", domain=Domain.ACCOUNT)
    bucket = Template(("arn:aws:s3:::acme-", account, "/*"))
    statement = MapValue(
        {
            "Effect": Known("Allow"),
            "Principal": MapValue({"AWS": Template(("arn:aws:iam::", account, ":role/a"))}),
            "Action": Known("s3:GetObject"),
            "Resource": bucket,
        }
    )
    new = parse_policy(MapValue({"Statement": ListValue((statement,))}), Location("policy.json"))
    [found] = compare(Policy((), Location("policy.json")), new, PolicyKind.BUCKET).gained
    assert found.principal is not None
    assert (found.resource, found.principal.arn) == ("arn:aws:s3:::acme-${local.account}/x", "arn:aws:iam::${local.account}:role/a")


@pytest.mark.parametrize("before", ["arn:aws:s3:::acme-", "arn:aws:s3:::"])
def test_what_stands_in_the_name_of_a_bucket_is_a_part_of_that_name(before: str) -> None:
    resource = Template((before, Symbol("var.stage", "it has no default"), "/*"))

    def allowing(action: str) -> Policy:
        statement = MapValue({"Effect": Known("Allow"), "Principal": Known("*"), "Action": Known(action), "Resource": resource})
        return parse_policy(MapValue({"Statement": ListValue((statement,))}), Location("policy.json"))

    found = compare(allowing("s3:GetObject"), allowing("s3:*Object"), PolicyKind.BUCKET)
    assert (found.relation, found.gained[0].resource) == (Relation.WIDER, f"{before}${{var.stage}}/x")


def test_further_statements_that_both_documents_may_have_are_the_same() -> None:
    arn = "arn:aws:s3:::b/*"
    same = compare(unresolved(arn, "?a", more=True), unresolved("?a", arn, more=True), PolicyKind.IDENTITY)
    assert same.relation is Relation.EQUAL
    wider = compare(unresolved(arn, more=True), unresolved(arn, action="s3:*Object", more=True), PolicyKind.IDENTITY)
    assert (wider.relation, bool(wider.gained), wider.lost) == (Relation.UNKNOWN, True, ())
    alone = compare(unresolved(arn), unresolved(arn, more=True), PolicyKind.IDENTITY)
    assert (alone.relation, alone.reason, bool(alone.gained), bool(alone.lost)) == (
        Relation.UNKNOWN,
        "it depends on module.x",
        False,
        True,
    )


def test_what_may_stand_in_a_document_may_depend_on_a_condition_of_its_own() -> None:
    whole = parse_policy(Unknown(Symbol("local.policy", "it is not known")), Location("policy.json"))
    there = Symbol("whether it is put", "it may be refused")
    document = whole.under(ALWAYS.and_(there))
    assert compare(document, document, PolicyKind.BUCKET).relation is Relation.EQUAL
    assert compare(Policy((), Location("policy.json")), document, PolicyKind.BUCKET).relation is Relation.UNKNOWN
