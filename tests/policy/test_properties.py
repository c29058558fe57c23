"""Laws of the policy engine, on random small policies."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.foundation.glob import Tokens, Wild, classes, intersects, matches, wildcards
from auditor.foundation.location import Location
from auditor.foundation.value import Known, Symbol, Template, Value
from auditor.policy import ABSENT, UNKNOWN, Answer, Caller, ContextValue, Environment, Identity, Question, decide, parse_policy
from tests.oracle.iam import CONTEXT, environment, job, ours, question, statement
from tests.policy.case_engine import value_of_case

pytestmark = pytest.mark.property

HERE = Location("policy.json")
BUCKET = "arn:aws:s3:::b/"
ROLE = "arn:aws:iam::222222222222:role/Platform"
CALLER = Caller(Known(ROLE), Known("222222222222"), "job")
KEYS = ["".join(letters) for size in range(5) for letters in itertools.product("ax/", repeat=size)]

GLOBS = st.lists(st.sampled_from(["a", "x", "/", "*", "?"]), max_size=4).map("".join)
HOLES = {
    "var.key": ["a", "a/", "x", "*", "?", ""],
    "var.role": [ROLE, "*", "arn:aws:iam::222222222222:root", "arn:aws:iam::3:role/x"],
    "var.vpce": ["v1", "v2", "v*"],
}
# Whole requests with all their policies are made by chance, several for each example: there is nothing to shrink in them.
SEEDS, MANY = st.integers(0, 2**40), 8
VALUES = st.sampled_from(["v1", "v2", "v*", "{{unresolved:var.vpce}}"])
CONDITIONS = st.one_of(
    st.just(None),
    st.builds(
        lambda operator, values: {operator: {"aws:SourceVpce": values}},
        st.sampled_from(
            [
                "StringEquals",
                "StringNotEquals",
                "StringLike",
                "StringNotLike",
                "StringEqualsIfExists",
                "StringNotEqualsIfExists",
                "ForAnyValue:StringEquals",
                "ForAllValues:StringLike",
            ]
        ),
        st.lists(VALUES, min_size=1, max_size=2),
    ),
    st.sampled_from(["true", "false"]).map(lambda value: {"Null": {"aws:SourceVpce": value}}),
)


@st.composite
def statements(draw: st.DrawFn, *, open_: bool = True) -> dict[str, Any]:
    patterns = st.one_of(GLOBS, GLOBS.map(lambda glob: glob + "{{unresolved:var.key}}")) if open_ else GLOBS
    principals = [
        ROLE,
        "arn:aws:iam::222222222222:root",
        "*",
        "arn:aws:iam::333333333333:root",
        *(["{{unresolved:var.role}}"] if open_ else []),
    ]
    statement: dict[str, Any] = {
        "Sid": draw(st.sampled_from(["a", "{{present-if:var.flag}}"])) if open_ else "a",
        "Effect": draw(st.sampled_from(["Allow", "Allow", "Deny"])),
        "Principal": {"AWS": draw(st.sampled_from(principals))},
        "Action": draw(st.sampled_from(["s3:GetObject", "s3:*", "s3:PutObject"])),
        draw(st.sampled_from(["Resource", "Resource", "NotResource"])): [
            BUCKET + glob for glob in draw(st.lists(patterns, min_size=1, max_size=2))
        ],
    }
    condition = draw(CONDITIONS) if open_ else None
    return {**statement, **({"Condition": condition} if condition else {})}


def answer(documents: list[dict[str, Any]], context: ContextValue = UNKNOWN, keys: str | None = "*", key: str = "") -> Answer:
    policy = parse_policy(value_of_case({"Version": "2012-10-17", "Statement": documents}), HERE)
    surroundings = Environment(resource_policy=policy, resource_account=Known("111111111111"), identity=Identity.ASSUMED)
    resource = Known(BUCKET if keys is not None else BUCKET + key)
    return decide(surroundings, Question(CALLER, "s3:GetObject", resource, keys, {"aws:SourceVpce": context}, ABSENT)).answer


def resolve(value: Any, bindings: dict[str, str], *, flag: bool) -> Any:
    if isinstance(value, list):
        return [resolved for item in value if (resolved := resolve(item, bindings, flag=flag)) is not None]
    if isinstance(value, dict):
        if value.get("Sid") == "{{present-if:var.flag}}":
            return None if not flag else resolve({**value, "Sid": "a"}, bindings, flag=flag)
        return {key: resolve(entry, bindings, flag=flag) for key, entry in value.items()}
    if isinstance(value, str):
        for name, text in bindings.items():
            value = value.replace(f"{{{{unresolved:{name}}}}}", text)
    return value


@given(st.lists(statements(), min_size=1, max_size=3), st.data())
def test_settling_what_is_open_never_flips_a_decided_answer(documents: list[dict[str, Any]], data: st.DataObject) -> None:
    before = answer(documents)
    bindings = {name: data.draw(st.sampled_from(texts)) for name, texts in HOLES.items() if data.draw(st.booleans())}
    context: ContextValue = data.draw(st.sampled_from([UNKNOWN, ABSENT, Known("v1"), Known("v2"), Known("v3"), Known("")]))
    after = answer(resolve(documents, bindings, flag=data.draw(st.booleans())), context)
    assert before in (Answer.UNDECIDED, after)


@given(st.lists(statements(open_=False), min_size=1, max_size=4), GLOBS)
def test_for_every_key_is_brute_force_over_short_keys(documents: list[dict[str, Any]], asked: str) -> None:
    decided = answer(documents, ABSENT, keys=asked)
    refused = [
        key for key in KEYS if matches(wildcards(asked), key) and answer(documents, ABSENT, keys=None, key=key) is Answer.DENIED
    ]
    if decided is Answer.ALLOWED:
        assert refused == []
    else:
        assert decided is Answer.DENIED
        policy = parse_policy(value_of_case({"Version": "2012-10-17", "Statement": documents}), HERE)
        surroundings = Environment(resource_policy=policy, resource_account=Known("111111111111"))
        witness = decide(surroundings, Question(CALLER, "s3:GetObject", Known(BUCKET), asked, {}, ABSENT)).witness
        assert witness is not None
        assert witness.key is not None
        assert matches(wildcards(asked), witness.key)
        assert answer(documents, ABSENT, keys=None, key=witness.key) is Answer.DENIED
        assert all(len(witness.key) <= len(key) for key in refused)


@given(st.lists(statements(), min_size=1, max_size=3), statements())
def test_a_deny_never_grants(documents: list[dict[str, Any]], added: dict[str, Any]) -> None:
    before, after = answer(documents), answer([*documents, {**added, "Effect": "Deny"}])
    if before is Answer.DENIED:
        assert after is Answer.DENIED
    assert after is not Answer.ALLOWED or before is Answer.ALLOWED


@given(st.lists(statements(), min_size=2, max_size=4), st.randoms())
def test_the_order_of_statements_does_not_matter(documents: list[dict[str, Any]], random: Any) -> None:
    shuffled = list(documents)
    random.shuffle(shuffled)
    assert answer(documents) is answer(shuffled)


@given(st.lists(GLOBS, min_size=1, max_size=4), GLOBS)
def test_classes_are_those_of_all_short_texts(globs: list[str], universe: str) -> None:
    patterns = [wildcards(glob) for glob in globs]
    found = classes(wildcards(universe), patterns)
    brute: dict[frozenset[int], int] = {}
    for key in KEYS:
        if matches(wildcards(universe), key):
            brute.setdefault(frozenset(index for index, tokens in enumerate(patterns) if matches(tokens, key)), len(key))
    assert {vector: len(text) for vector, text in found.items() if len(text) <= 4} == brute
    for vector, text in found.items():
        assert vector == frozenset(index for index, tokens in enumerate(patterns) if matches(tokens, text))


PATTERNS = st.lists(st.sampled_from(["a", "b", ":", *Wild]), max_size=5).map(tuple)


@given(PATTERNS, PATTERNS)
def test_two_patterns_meet_where_the_text_of_one_class_matches_both(one: Tokens, other: Tokens) -> None:
    meets = intersects(one, other)
    assert meets is any(0 in vector for vector in classes(one, [other]))
    assert meets is intersects(other, one)


JSON: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-3, 3),
        st.text(max_size=4),
        st.sampled_from(["Allow", "*", "s3:GetObject", ROLE, "{{unresolved:x}}"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                [
                    "Statement",
                    "Effect",
                    "Principal",
                    "AWS",
                    "Action",
                    "NotAction",
                    "Resource",
                    "Condition",
                    "StringEquals",
                    "aws:SourceIp",
                    "Version",
                    "z",
                ]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_value_is_a_policy_that_can_be_decided(document: Any) -> None:
    value: Value = value_of_case(document)
    surroundings = Environment(resource_policy=parse_policy(value, HERE), resource_account=Known("111111111111"))
    assert decide(surroundings, Question(CALLER, "s3:GetObject", Known(BUCKET), "*")).answer in Answer


def test_a_symbol_of_the_request_is_itself_in_the_policy() -> None:
    name = Symbol("var.name", "var.name has no default")
    documents = [
        {
            "Effect": "Allow",
            "Principal": {"AWS": ROLE},
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::{{unresolved:var.name}}/*",
        }
    ]
    policy = parse_policy(value_of_case({"Version": "2012-10-17", "Statement": documents}), HERE)
    surroundings = Environment(resource_policy=policy, resource_account=Known("111111111111"))
    question_ = Question(CALLER, "s3:GetObject", Template(("arn:aws:s3:::", name, "/")), "*", {}, ABSENT)
    assert decide(surroundings, question_).answer is Answer.ALLOWED
    other = replace(question_, resource=Template(("arn:aws:s3:::", Symbol("var.other", ""), "/")))
    assert decide(surroundings, other).answer is Answer.UNDECIDED


def flagged(dice: random.Random, value: Any) -> Any:
    """Documents of which some statements are there only under a flag."""
    if isinstance(value, list):
        return [flagged(dice, item) for item in value]
    if not isinstance(value, dict):
        return value
    if "Effect" in value:
        return {**value, "Sid": "{{present-if:flag}}"} if dice.random() < 0.1 else value
    return {key: flagged(dice, item) for key, item in value.items()}


def under_flag(value: Any, *, flag: bool) -> Any:
    """Documents with the flag resolved."""
    if isinstance(value, list):
        return [under_flag(item, flag=flag) for item in value if flag or not (isinstance(item, dict) and "Sid" in item)]
    if isinstance(value, dict):
        if isinstance(value.get("Statement"), dict):
            value = {**value, "Statement": [value["Statement"]]}
        return {key: under_flag(item, flag=flag) for key, item in value.items() if key != "Sid"}
    return value


def opened(dice: random.Random, value: Any, part: float) -> Any:
    """Documents of which some texts, or parts of texts, are holes."""
    if isinstance(value, list):
        return [opened(dice, item, part) for item in value]
    if isinstance(value, dict):
        return {key: item if key == "Sid" else opened(dice, item, part) for key, item in value.items()}
    if not isinstance(value, str) or dice.random() > part:
        return value
    start = dice.randint(0, len(value))
    end = dice.choice([len(value), dice.randint(start, len(value))])
    return value[: dice.choice([0, start])] + f"{{{{unresolved:{dice.randint(0, 999)}}}}}" + value[end:]


@given(SEEDS)
def test_an_answer_that_is_decided_while_parts_are_open_is_that_of_the_whole(seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(MANY):
        one = job(dice)
        part = dice.choice([0.05, 0.15])
        policies = {name: flagged(dice, one[name]) for name in ("policy", "identity", "boundary", "session", "scps", "rcps")}
        whole = ours({**one, **under_flag(policies, flag=dice.random() < 0.5)})
        asked = question(one)
        hidden = {key: UNKNOWN for key in CONTEXT if dice.random() < 0.2}
        asked = replace(asked, context={**asked.context, **hidden})
        assert decide(environment({**one, **opened(dice, policies, part)}), asked).answer in (Answer.UNDECIDED, whole)


@given(SEEDS)
def test_a_deny_never_grants_in_any_policy(seed: int) -> None:
    dice = random.Random(seed)
    for one in (one for _ in range(MANY) if (one := job(dice))["policy"] is not None):
        added = {**statement(dice, one["action"].partition(":")[0], one["arn"], resource_based=True), "Effect": "Deny"}
        after = ours({**one, "policy": {**one["policy"], "Statement": [*one["policy"]["Statement"], added]}})
        assert after in (Answer.DENIED, ours(one))


@given(SEEDS)
def test_no_order_matters(seed: int) -> None:
    dice = random.Random(seed)

    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: shuffled(item) for key, item in dice.sample(list(value.items()), len(value))}
        if isinstance(value, list):
            return [shuffled(item) for item in dice.sample(value, len(value))]
        return value

    for one in (job(dice) for _ in range(MANY)):
        policies = {name: shuffled(one[name]) for name in ("policy", "identity", "boundary", "session")}
        assert ours({**one, **policies}) is ours(one)
