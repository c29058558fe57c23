"""Answers are kept for the very objects that were asked about, and for no others."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from auditor.lazy.answers import made_once


@dataclass(frozen=True)
class Thing:
    name: str


def test_asks_once_for_the_same_objects_and_again_for_equal_ones() -> None:
    asked: list[Thing] = []

    @made_once(8)
    def told(thing: Thing, *, loud: bool = False) -> str:
        asked.append(thing)
        return thing.name.upper() if loud else thing.name

    one, equal = Thing("a"), Thing("a")
    assert [told(one), told(one), told(one, loud=True), told(one, loud=True), told(equal)] == ["a", "a", "A", "A", "a"]
    assert list(map(id, asked)) == [id(one), id(one), id(equal)]


def test_keeps_the_last_answers_only() -> None:
    asked: list[str] = []

    @made_once(2)
    def told(thing: Thing) -> None:
        asked.append(thing.name)

    a, b, c = map(Thing, "abc")
    for thing in (a, b, c, c, b, a):
        told(thing)
    assert asked == ["a", "b", "c", "a"]


def test_takes_no_new_object_for_one_that_is_gone() -> None:
    @made_once(64)
    def told(thing: Thing) -> str:
        return thing.name

    assert [told(Thing(str(number))) for number in range(256)] == list(map(str, range(256)))


def test_does_not_keep_what_is_raised() -> None:
    answers = iter([ValueError("first"), "second"])

    @made_once(8)
    def told(_thing: Thing) -> str:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return str(answer)

    thing = Thing("a")
    with pytest.raises(ValueError, match="first"):
        told(thing)
    assert told(thing) == "second"
