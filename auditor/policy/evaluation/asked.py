"""What a question comes to in a case, found once for each way in which all that it asks of the case turns out."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import field
from typing import Generic, TypeVar

from auditor.foundation.cases import Atom, Choices, Option
from auditor.lazy.classes import dataclass
from auditor.policy.evaluation.partial_case import PartialCase

T = TypeVar("T")

_MOST_KEPT = 1_000
"""Answers that are kept of one thing: of a list with many unresolved entries nearly every case is another one."""


@dataclass(frozen=True, slots=True)
class _Answer(Generic[T]):
    """What was found, and what was wanting."""

    found: T
    pending: tuple[Atom[Hashable], ...]


@dataclass(frozen=True, slots=True)
class _Ask(Generic[T]):
    """What is asked of the case next, with what comes after each answer.

    Attributes:
        of: an atom, whose option is asked for (None stands for one that has not been taken), or an unresolved value, of which it is asked which
            constants it is taken to be, or not to be.
        then: what comes after each answer.
    """

    of: Atom[Hashable] | str
    then: dict[Hashable, _Ask[T] | _Answer[T]] = field(default_factory=dict)


class _Asked(Choices):
    """Choices that note what they are asked, and what they say."""

    def __init__(self, choices: Choices) -> None:
        super().__init__({}, choices.prepared, choices.look, choices)
        self._choices = choices
        self.asked: dict[Atom[Hashable] | str, Hashable] = {}

    def peek(self, atom: Atom[Option]) -> Option | None:
        """The option of the atom."""
        option = self._choices.peek(atom)
        self.asked.setdefault(atom, option)
        return option

    def constants(self, subject: str) -> frozenset[tuple[str, Hashable]]:
        """The constants that a value is taken to be, or not to be."""
        constants = self._choices.constants(subject)
        self.asked.setdefault(subject, constants)
        return constants


def _answer_of(choices: Choices, of: Atom[Hashable] | str) -> Hashable:
    return choices.constants(of) if isinstance(of, str) else choices.peek(of)


class FoundInCases(Generic[T]):
    """What a function finds of things. What it asks for next depends on nothing but the answers so far: the answers lead to what it finds."""

    def __init__(self) -> None:
        self._of: dict[int, tuple[dict[Hashable, _Ask[T] | _Answer[T]], object]] = {}
        self._kept: dict[int, int] = {}

    def of(self, thing: object, case: PartialCase, find: Callable[[PartialCase], T]) -> T:
        """What the function finds of a thing in a case.

        Args:
            thing: told apart by its identity; it is kept, so that no other one comes to have it.
            case: what is wanting is noted there.
            find: the function, of any case; all that it finds depends on the thing and on what it asks of the case.
        """
        key = id(thing)
        known = self._of.get(key)
        if known is None:
            known = self._of[key] = {}, thing
        step = known[0].get(None)
        while isinstance(step, _Ask):
            step = step.then.get(_answer_of(case.choices, step.of))
        if step is None:
            step = self._found(known[0], key, case, find)
        case.pending.extend(step.pending)
        return step.found

    def _found(
        self, then: dict[Hashable, _Ask[T] | _Answer[T]], key: int, case: PartialCase, find: Callable[[PartialCase], T]
    ) -> _Answer[T]:
        choices = _Asked(case.choices)
        asking = PartialCase(choices)
        answer = _Answer(find(asking), tuple(asking.pending))
        self._kept[key] = self._kept.get(key, 0) + 1
        if self._kept[key] <= _MOST_KEPT:
            before: Hashable = None
            for of, said in choices.asked.items():
                step = then.setdefault(before, _Ask(of))
                assert isinstance(step, _Ask)  # noqa: S101 - equal answers lead to equal questions
                then, before = step.then, said
            then[before] = answer
        return answer
