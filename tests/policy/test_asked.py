"""What is found of a statement is found once for each way in which what it asks turns out, and is what is found anew."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from auditor.foundation.cases import Choices, condition_atom
from auditor.foundation.location import Location
from auditor.foundation.value import Symbol
from auditor.policy import parse_policy
from auditor.policy.evaluation.asked import OfStatements
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
    known = OfStatements[str]()
    for choices in (*_cases(), *_cases()):
        anew, again = PartialCase(choices), PartialCase(choices)
        assert (known.of(ONE, again, _find), again.pending) == (_find(anew), anew.pending)


def test_it_is_found_once_for_each_statement_and_answer() -> None:
    known, found = OfStatements[int](), list[object]()

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
