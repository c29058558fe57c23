"""Proof by cases: every completion is covered, and only what matters is split."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.foundation.cases import Atom, Case, Choices, Look, TooManyCases, Turn, Turns, by_cases, condition_atom, depending_on
from auditor.foundation.value import ALWAYS, Choice, Known, Meaning, Symbol, Unknown

A, B = (condition_atom(Symbol(name, "unknown")) for name in ("a", "b"))


def test_only_what_the_answer_turns_on_is_split() -> None:
    leaves = by_cases(lambda choices: "b" if choices.of(A) is True and choices.of(B) is True else "none")
    assert [(dict(leaf.taken), leaf.answer) for leaf in leaves] == [
        ({A: True, B: True}, "b"),
        ({A: True, B: False}, "none"),
        ({A: False}, "none"),
    ]
    assert leaves[1].labels() == ("a is true", "b is false")


def test_a_settled_question_has_one_case() -> None:
    assert by_cases(lambda _: 7) == (Case({}, 7),)


def test_conditions_are_asked_in_the_order_of_their_names() -> None:
    when = ALWAYS.and_(Symbol("b", "")).and_(Symbol("a", ""), truth=False)
    assert [leaf.answer for leaf in by_cases(lambda choices: choices.hold(when))] == [False, True, False]


def is_text(text: str, possible: tuple[str, ...] = ()) -> Symbol:
    return Symbol(f"e == {text}", "", meaning=Meaning(f"e == {text}", "e", text, possible))


@pytest.mark.parametrize(
    ("possible", "expected"),
    [((), [(True, False), (False, True), (False, False)]), (("a", "b"), [(True, False), (False, True)])],
)
def test_a_value_is_one_constant_and_no_other(possible: tuple[str, ...], expected: list[tuple[bool, bool]]) -> None:
    one, other = (condition_atom(is_text(text, possible)) for text in "ab")
    assert [leaf.answer for leaf in by_cases(lambda choices: (choices.of(one), choices.of(other)))] == expected
    assert by_cases(lambda choices: choices.of(condition_atom(is_text("c", ("a", "b"))))) == (Case({}, False),)
    assert ALWAYS.and_(is_text("a")).and_(is_text("b")).contradictory
    assert not ALWAYS.and_(is_text("a")).and_(is_text("b"), False).contradictory


def test_a_renamed_condition_means_nothing_of_its_old_name() -> None:
    renamed = Symbol("other", "", meaning=is_text("a").meaning)
    assert renamed.meant is None
    atoms = [condition_atom(is_text("b")), condition_atom(renamed)]
    assert len(by_cases(lambda choices: tuple(map(choices.of, atoms)))) == 4


def test_a_condition_that_is_made_of_others_is_one_until_a_closer_look() -> None:
    tree = Choice(A.symbol, Known(True), Unknown(B.symbol))
    either = condition_atom(Symbol("a or b", "", meaning=Meaning("a or b", tree=tree)))

    def question(choices: Choices) -> tuple[bool, bool, bool]:
        return choices.of(either), choices.of(A), choices.of(B)

    look = Look()
    assert len(by_cases(question, within=Choices({}, look=look))) == 8
    assert look.missed
    closer = [leaf.answer for leaf in by_cases(question, within=Choices({}, look=Look(closely=True)))]
    assert closer == [(True, True, True), (True, True, False), (True, False, True), (False, False, False)]


def test_what_questions_share_is_made_once_for_each_thing() -> None:
    made: list[list[int]] = []
    prepared: dict[object, tuple[object, tuple[object, ...]]] = {}

    def asked(thing: list[int]) -> int:
        def make() -> int:
            made.append(thing)
            return len(made)

        return by_cases(lambda choices: choices.once("length", make, thing) if choices.of(A) else 0, within=Choices({}, prepared))[
            0
        ].answer

    first, equal = [1], [1]
    assert [asked(first), asked(first), asked(equal)] == [1, 1, 2]
    assert made == [first, equal]


def test_a_budget_is_kept() -> None:
    def question(choices: Choices) -> tuple[object, ...]:
        return tuple(choices.of(condition_atom(Symbol(str(number), ""))) for number in range(8))

    assert len(by_cases(question, limit=256)) == 256
    with pytest.raises(TooManyCases) as error:
        by_cases(question, limit=255)
    assert [symbol.name for symbol in error.value.open] == ["0", "1", "2", "3", "4", "5", "6", "7"]


def test_what_an_answer_turns_on_is_named_while_that_is_short() -> None:
    assert depending_on(["var.a", "var.b"]) == "it depends on 'var.a' and 'var.b'"
    assert depending_on(["var.a", "var.b", "var.c"]) == "it depends on 'var.a', 'var.b' and 'var.c'"
    assert depending_on(["jsonencode" * 20]) == "it depends on something that the code leaves unresolved"
    assert depending_on(["var.a" * 9] * 3) == "it depends on 3 values or conditions that the code leaves unresolved"


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 3)), max_size=5))
def test_the_leaves_are_every_completion_once(asked: list[tuple[int, int]]) -> None:
    sizes: dict[int, int] = {}
    for name, size in asked:
        sizes.setdefault(name, size)
    atoms = [Atom(name, tuple(range(sizes[name])), Symbol(str(name), "")) for name, _ in asked]
    leaves = by_cases(lambda choices: tuple(choices.of(atom) for atom in atoms))
    expected = 1
    for size in sizes.values():
        expected *= size
    assert len(leaves) == len({leaf.answer for leaf in leaves}) == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("a", Turn("a is true", "a is false", "a is true", alone=True)),
        ("a and b", Turn("", "a is false", "a is true")),
        ("a or b", Turn("a is true", "", "")),
        ("b if a else c", Turn("", "", "")),
    ],
)
def test_what_decides_alone_is_told_apart_from_what_decides_with_others(answer: str, expected: Turn) -> None:
    """Each case is compared with one that differs from it in `a` alone."""
    atoms = {name: condition_atom(Symbol(name, "")) for name in "abc"}
    cases = by_cases(lambda choices: bool(eval(answer, {}, _Asked(choices, atoms))))  # noqa: S307 - of the lines above
    good = next(case for case in cases if case.answer and case.taken[atoms["a"]])
    bad = next(case for case in cases if not case.answer and not case.taken[atoms["a"]])
    assert Turns(cases, bool).of(atoms["a"], good, bad) == expected


def test_a_constant_excludes_the_others_whatever_is_asked_first() -> None:
    """The answer is yes for one of three constants: that is enough, and what the others come to follows from it."""
    which = [condition_atom(Symbol(f"v == {n}", "", meaning=Meaning(f"v == {n}", "v", n))) for n in "abc"]
    cases = by_cases(lambda choices: [choices.of(atom) for atom in which][-1])
    good = next(case for case in cases if case.answer)
    bad = next(case for case in cases if case.taken.get(which[-1]) is False)
    assert Turns(cases, bool).of(which[-1], good, bad) == Turn("v == c is true", "v == c is false", "v == c is true", alone=True)
    other = next(case for case in cases if case.taken[which[0]])
    assert Turns(cases, bool).of(which[0], good, other) == Turn("", "v == a is true", "v == a is false")


class _Asked(dict[str, bool]):
    def __init__(self, choices: Choices, atoms: dict[str, Atom[bool]]) -> None:
        super().__init__()
        self.choices, self.atoms = choices, atoms

    def __missing__(self, name: str) -> bool:
        return self.choices.of(self.atoms[name])


def test_what_is_asked_of_one_thing_in_turn_turns_out_together() -> None:
    thing = Symbol("m", "")
    one, fits = (Atom(what, (True, False), thing, (f"m {what}s", f"m does not {what}")) for what in ("attach", "fit"))
    cases = by_cases(lambda choices: choices.of(one) and choices.of(fits))
    good, bad, _ = cases
    assert Turns(cases, bool).of(fits, good, bad) == Turn("m fits", "m does not fit", "m fits")


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("var.on", ("var.on is true", "var.on is false")),
        ("b is encrypted with k", ("b is encrypted with k", "b is not encrypted with k")),
        ('p["a"] belongs to b["a"]', ('p["a"] belongs to b["a"]', 'p["a"] does not belong to b["a"]')),
        ("p holds for this account", ("p holds for this account", "p does not hold for this account")),
        ('var.a == "b is c"', ('var.a == "b is c" is true', 'var.a == "b is c" is false')),
    ],
)
def test_a_condition_that_is_a_sentence_is_told_as_one(name: str, labels: tuple[str, str]) -> None:
    assert condition_atom(Symbol(name, "")).labels == labels
    long = f"{'x' * 200} belongs to b"
    assert condition_atom(Symbol(long, "")).labels[0] == long
