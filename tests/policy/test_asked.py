"""What is found of a statement is found once for each way in which what it asks turns out, and is what is found anew."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from auditor.foundation.cases import Atom, Choices, Prepared, condition_atom
from auditor.foundation.location import Location
from auditor.foundation.value import ALWAYS, Known, Meaning, Symbol, When
from auditor.policy import Caller, Environment, Question, decide, parse_policy
from auditor.policy.evaluation.asked import FoundInCases
from auditor.policy.evaluation.partial_case import PartialCase
from tests.policy.case_engine import value_of_case

ATOMS = [condition_atom(Symbol(name, "unknown")) for name in "abc"]
DOCUMENT: dict[str, Any] = {"Version": "2012-10-17", "Statement": [{"Sid": sid, "Effect": "Deny"} for sid in ("one", "two")]}
ONE, TWO = parse_policy(value_of_case(DOCUMENT), Location("policy.json")).statements


def _cases() -> Iterator[Choices]:
    """Every case of three conditions, of which each may not have been taken."""
    for options in itertools.product((None, True, False), repeat=len(ATOMS)):
        yield Choices({atom: option for atom, option in zip(ATOMS, options, strict=True) if option is not None})


def _find(case: PartialCase) -> str:
    """Asks for the second condition only where the first one holds, and forgets the third one where it does not hold."""
    first = case.option(ATOMS[0])
    second = case.option(ATOMS[1]) if first else None
    mark = len(case.pending)
    third = case.option(ATOMS[2])
    if third is False:
        case.forget(mark, ())
    return f"{first} {second} {third} {case.option(ATOMS[0])}"


def test_what_is_found_is_what_would_be_found_anew() -> None:
    known = FoundInCases[str]()
    for choices in (*_cases(), *_cases()):
        anew, again = PartialCase(choices), PartialCase(choices)
        assert (known.of(ONE, again, _find), again.pending) == (_find(anew), anew.pending)


def test_it_is_found_once_for_each_statement_and_answer() -> None:
    known, found = FoundInCases[int](), list[object]()

    def find(case: PartialCase) -> int:
        found.append(case.option(ATOMS[0]))
        return len(found)

    taken = [Choices({ATOMS[0]: option, ATOMS[1]: other}) for option in (True, False) for other in (True, False)]
    assert [known.of(statement, PartialCase(choices), find) for statement in (ONE, TWO) for choices in taken] == [
        1,
        1,
        2,
        2,
        3,
        3,
        4,
        4,
    ]


def _is(text: str) -> When:
    return ALWAYS.and_(Symbol(f"e == {text}", "unknown", meaning=Meaning(f"e == {text}", "e", text, ("one", "two", "three"))))


def _atoms_of(when: When) -> list[Atom[bool]]:
    return [condition_atom(symbol) for symbol in when.symbols()]


def test_a_decision_in_a_case_is_what_would_be_decided_anew() -> None:
    first = ALWAYS.and_(ATOMS[0].symbol)
    grant = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::222222222222:root"},
        "Action": "s3:*",
        "Resource": "arn:aws:s3:::b/*",
    }
    given = [
        (grant, first),
        (grant, _is("one")),
        ({**grant, "Effect": "Deny"}, _is("two")),
        ({**grant, "Effect": "Deny"}, _is("three")),
    ]
    policy = parse_policy(value_of_case({"Version": "2012-10-17", "Statement": [one for one, _ in given]}), Location("policy.json"))
    statements = tuple(replace(one, when=when) for one, (_, when) in zip(policy.statements, given, strict=True))
    question = Question(
        Caller(Known("arn:aws:iam::222222222222:user/a"), Known("222222222222")), "s3:GetObject", Known("arn:aws:s3:::b/"), "?*"
    )
    environment = Environment(replace(policy, statements=statements), Known("111111111111"))
    asked = [ATOMS[0], *(condition_atom(symbol) for text in ("one", "two", "three") for symbol in _is(text).symbols())]
    prepared: Prepared = {}
    answers = set()
    look = Choices({}).look
    for options in itertools.product((None, True, False), repeat=len(asked)):
        taken = {atom: option for atom, option in zip(asked, options, strict=True) if option is not None}
        decision = decide(environment, question, within=Choices(taken, prepared, look))
        assert decision == decide(environment, question, within=Choices(taken))
        # Of what is not there in the case nothing is told.
        assert all(Choices(taken).peek(atom) is not False for one in decision.statements for atom in _atoms_of(one.statement.when))
        answers.add(decision.answer)
    assert len(answers) == 3
