"""What a decision costs: keys that many patterns tell apart, and values that many statements leave unresolved."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest

from auditor.foundation.cases import Turn, some_cases
from auditor.foundation.glob import Automaton, Weight, classes, wildcards, worst
from auditor.foundation.location import Location
from auditor.foundation.value import Known, ListValue, Symbol, Unknown
from auditor.policy import (
    Answer,
    Caller,
    Decision,
    Environment,
    KeyGrant,
    Question,
    decide,
    parse_policy,
)
from auditor.policy.decision import Budget
from auditor.policy.services.key_policies import default_key_policy
from tests.policy.case_engine import value_of_case

B = "arn:aws:s3:::acme-data/"
ROLE = "arn:aws:iam::222222222222:role/Platform"


def statement(resource: str, effect: str = "Allow", who: str = ROLE, **more: Any) -> dict[str, Any]:
    """A statement about some keys."""
    principal = {"AWS": who} if effect == "Allow" else "*"
    return {"Effect": effect, "Principal": principal, "Action": "s3:GetObject", "Resource": B + resource, **more}


def asked(*statements: dict[str, Any], **environment: Any) -> Decision:
    """Whether the caller may get every object."""
    policy = parse_policy(value_of_case({"Version": "2012-10-17", "Statement": list(statements)}), Location("policy.json"))
    around = Environment(resource_policy=policy, resource_account=Known("111111111111"), **environment)
    return decide(around, Question(Caller(Known(ROLE), Known("222222222222")), "s3:GetObject", Known(B), "?*"))


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many characters automata have taken, in its only entry."""
    counted, step = [0], Automaton.step

    def counting(self: Automaton, reached: int, char: str) -> int:
        counted[0] += 1
        return step(self, reached, char)

    monkeypatch.setattr(Automaton, "step", counting)
    return counted


TWO_STARS = [statement(f"*team{number}*x{number}*") for number in range(128)]
EXEMPTED = {"Condition": {"ArnNotEquals": {"aws:PrincipalArn": ROLE}}}


@pytest.mark.parametrize(
    ("statements", "answer", "key", "most"),
    [
        (TWO_STARS, Answer.DENIED, 1, 20_000),
        ([statement("*"), *TWO_STARS], Answer.ALLOWED, None, 200_000),
        ([statement(f"*a*b*c*d*e*f*g*h{number}*") for number in range(30)], Answer.DENIED, 1, 20_000),
        (
            [statement("*"), *(statement(f"a/*a*b*c*d*e*f*g*h{number}*", "Deny") for number in range(30))],
            Answer.DENIED,
            11,
            200_000,
        ),
        ([statement(f"{number}*x?{number}*") for number in range(300)], Answer.DENIED, 1, 20_000),
        (
            [statement("*"), *(statement(f"a{number}/*/x{number}*", "Deny", **EXEMPTED) for number in range(64))],
            Answer.ALLOWED,
            None,
            200_000,
        ),
    ],
    ids=("two stars", "two stars, granted", "eight stars", "eight stars denied", "two pieces", "exempted"),
)
def test_many_patterns_are_decided(
    statements: list[dict[str, Any]], answer: Answer, key: int | None, most: int, steps: list[int]
) -> None:
    """The answer, and the length of the shortest key that is refused, within a bounded number of steps."""
    decision = asked(*statements)
    assert decision.answer is answer
    assert (len(decision.witness.key or "") if decision.witness else None) == key
    assert steps[0] <= most


def test_the_worst_classes_decide_for_all() -> None:
    """Each class has one among the worst that is no better; and these are classes."""
    draw = random.Random(0)
    for _ in range(150):
        texts = ["".join(draw.choice("ab*?") for _ in range(draw.randint(1, 4))) for _ in range(draw.randint(1, 4))]
        patterns = [wildcards(text) for text in texts]
        weights = [draw.choice(list(Weight)) for _ in patterns]
        every, few = classes(wildcards("?*"), patterns), worst(wildcards("?*"), patterns, weights)
        assert few.items() <= every.items() or few.keys() <= every.keys()

        def no_better(one: frozenset[int], other: frozenset[int], weights: list[Weight] = weights) -> bool:
            only, lacking = one - other, other - one
            return all(weights[index] is Weight.WORSE for index in only) and all(
                weights[index] is Weight.BETTER for index in lacking
            )

        for vector in every:
            assert any(no_better(one, vector) for one in few), (texts, weights, vector)


@pytest.mark.parametrize("universe", ["b/?*", "b/*", "b/", "*", "?*?", "b/x?y*", "x/?*"])
@pytest.mark.parametrize("globs", [(), ("*",), ("b/*", "b*"), ("b/?*",), ("b/?*", "*", "x*"), ("b/",), ("b/**",)])
def test_what_is_evident_of_keys_is_what_a_search_finds(universe: str, globs: Sequence[str]) -> None:
    patterns = [wildcards(glob) for glob in globs]
    searched = worst(wildcards(universe), patterns, [Weight.EITHER] * len(patterns))
    assert list(classes(wildcards(universe), patterns).items()) == list(searched.items())


@pytest.mark.parametrize("size", [8, 64])
def test_what_a_principal_may_be_resolves_the_answer(size: int) -> None:
    """However many there are, each is named with what it would have to be."""
    decision = asked(*(statement("*", who=f"{{{{unresolved:v{number}}}}}") for number in range(size)))
    assert decision.answer is Answer.UNDECIDED
    first = decision.depends_on[0]
    assert (first.symbol.name, first.turn) == ("v0", Turn(f"v0 is {ROLE}", "", ""))


@pytest.mark.parametrize("first", [True, False])
def test_what_is_granted_already_does_not_depend_on_other_principals(first: bool) -> None:
    """They matter for nothing but whether the policy is public, which is asked where that is blocked."""
    others = [statement("*", who=f"{{{{unresolved:v{number}}}}}") for number in range(64)]
    statements = [statement("*"), *others] if first else [*others, statement("*")]
    assert asked(*statements).answer is Answer.ALLOWED
    decision = asked(*statements, restrict_public_buckets=Unknown(Symbol("restrict", "")))
    assert [(one.symbol.name, one.turn) for one in decision.depends_on] == [("restrict", Turn("restrict is false", "", ""))]


def test_grants_of_other_operations_cost_no_cases() -> None:
    """Whoever they are to, which the code leaves unresolved."""
    owner, key = Known("111111111111"), Known("arn:aws:kms:eu-west-1:111111111111:key/k")
    grants = [KeyGrant(Unknown(Symbol(f"v{number}", "")), ListValue((Known("Encrypt"),))) for number in range(16)]
    grants.append(KeyGrant(Unknown(Symbol("v", "")), ListValue((Known("Decrypt"),))))
    around = Environment(default_key_policy(owner, Location("")), owner, grants=tuple(grants))
    decision = decide(around, Question(Caller(Known(ROLE), Known("222222222222")), "kms:Decrypt", key), Budget(cases=64))
    assert decision.allowing == (f"v is {ROLE}", "the grant suffices")


def test_few_completions_differ_from_one_in_one_atom() -> None:
    """And they are completions: nothing is left open in them."""
    seen = []

    def question(choices: Any) -> bool:
        seen.append(choices.taken())
        return all(choices.hold(when) for when in ())

    assert [len(cases) for cases in some_cases(question)] == [1, 2, 2, 2]
    assert seen == [{}, {}]
