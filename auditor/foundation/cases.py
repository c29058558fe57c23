"""Proof by cases: decide a question under every way in which what is unknown can turn out.

The question is a function of `Choices`. Where it needs something unknown it asks `choices.of(atom)`; the first time an atom is asked for,
the proof splits there and the question is put again once per option. So only what the answer depends on is ever split, occurrences of
one atom are never split apart, and the leaves of the tree cover every completion.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Generic, TypeVar, cast

from auditor.foundation.errors import enumerated
from auditor.foundation.value import Choice, Known, Meaning, Symbol, Unknown, Value, When, cannot_be_last
from auditor.lazy.answers import made_once
from auditor.lazy.classes import dataclass

# The conditions of the code around a bucket.
_KEPT = 1024

DENIALS = ((" is ", " is not "), (" belongs to ", " does not belong to "), (" holds for ", " does not hold for "))
"""The verbs of conditions that are sentences, each with how it is denied."""

T = TypeVar("T")
Option = TypeVar("Option", bound=Hashable)
Option_co = TypeVar("Option_co", bound=Hashable, covariant=True)


@dataclass(frozen=True, slots=True)
class Atom(Generic[Option_co]):
    """Something unknown that a proof may split on.

    Attributes:
        key: identity; equal keys are one atom.
        options: the values it can take, finitely many, covering every possibility.
        symbol: what is to be named to the user when the answer depends on it.
        labels: for each option, what it means, as a clause ("var.role_arn is arn:aws:iam::…"); same length as `options`.

    The type argument is the type of the options.
    """

    key: Hashable
    options: tuple[Option_co, ...] = field(compare=False)
    symbol: Symbol = field(compare=False)
    labels: tuple[str, ...] = field(default=(), compare=False)
    _hash: int = field(init=False, repr=False, compare=False)  # it is looked up far more often than it is made

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash(self.key))

    def __hash__(self) -> int:
        return self._hash

    def label(self, option: Hashable) -> str:
        """What one of the options means; empty where no labels are given."""
        return self.labels[self.options.index(option)] if self.labels else ""


@made_once(_KEPT)
def condition_atom(symbol: Symbol) -> Atom[bool]:
    """The atom of an unresolved condition: true or false."""
    return Atom((_CONDITION, symbol.name), (True, False), symbol, _so_or_not(symbol))


def _so_or_not(condition: Symbol) -> tuple[str, str]:
    """What it means that a condition is true, and that it is false; one that is a sentence is told as one ("b is encrypted with k"), whole."""
    if condition.meant is not None and condition.meant.among:
        given, equal, last = condition.written.partition(" == ")
        return (f"{given} is {last}", f"{given} is not {last}") if equal else (f"{given} is given", f"{given} is not given")
    for verb, denied in DENIALS:
        subject, found, rest = condition.name.partition(verb)
        if found and subject.count('"') % 2 == 0:  # else it is a part of a text in an expression
            return condition.name, f"{subject}{denied}{rest}"
    return f"{condition.written} is true", f"{condition.written} is false"


_CONDITION = "condition"


@dataclass(slots=True)
class Look:
    """How closely a proof looks at conditions that are made of others.

    Attributes:
        closely: whether it splits on what they are made of, and not on them.
        missed: whether it has split on such a condition, of which it then does not know how it depends on the others.
    """

    closely: bool = False
    missed: bool = False


Prepared = dict[Hashable, list[object]]
"""What questions that are put together need in every completion, see `Choices.once`; who puts them only hands it on."""


class _Split(Exception):
    def __init__(self, atom: Atom[Hashable]) -> None:
        self.atom = atom


class Choices:
    """One partial completion: the options taken so far.

    Args:
        taken: they.
        prepared: what has been prepared once for all completions of the question, and of those that are put with it.
        look: how the proof looks at conditions.
        within: the case of another proof that this one is a part of: what is taken there is taken here.
    """

    def __init__(
        self,
        taken: Mapping[Atom[Hashable], Hashable],
        prepared: Prepared | None = None,
        look: Look | None = None,
        within: Choices | None = None,
    ) -> None:
        self._taken = taken
        self._within = within
        self.prepared = {} if prepared is None else prepared
        self.look = look or Look()

    @staticmethod
    def where(when: When, prepared: Prepared | None = None, look: Look | None = None) -> Choices:
        """The completion in which conditions hold, and nothing else is taken."""
        return Choices({condition_atom(symbol): truth for symbol, truth in when.literals}, prepared, look)

    def taken(self) -> dict[Atom[Hashable], Hashable]:
        """The options taken so far."""
        return dict(self._taken) if self._within is None else {**self._within.taken(), **self._taken}

    def constants(self, subject: str) -> frozenset[tuple[str, Hashable]]:
        """The constants of which it is taken that an unresolved value is one of them, or is not.

        Args:
            subject: the name of the value.
        """
        own = frozenset(
            (meaning.constant, option)
            for atom, option in self._taken.items()
            if (meaning := _meaning(atom)) is not None and meaning.subject == subject
        )
        return own if self._within is None else own | self._within.constants(subject)

    def once(self, key: Hashable, make: Callable[[], T], *of: object) -> T:
        """What questions need in every completion, made when it is first asked for.

        Args:
            key: identity within the questions that are put together.
            make: its maker; what it makes must depend on nothing but the key and `of`, so not on the options taken.
            of: what it is made of beside the key; another thing is another one even where it is equal.
        """
        found = self.prepared.setdefault((key, *map(id, of)), [])
        if not found:
            # What it is made of is kept with it, so that nothing else comes to have its identity.
            found += make(), of
        return cast("T", found[0])

    def of(self, atom: Atom[Option]) -> Option:
        """The option of the atom in this completion; splits the proof when none has been taken yet, and none follows."""
        found = self.peek(atom)
        if found is not None or atom in self.taken():
            return cast("Option", found)
        meaning = _meaning(atom)
        if meaning is not None and meaning.tree is not None:
            part = self._undecided(meaning.tree) if self.look.closely else None
            if part is not None:
                self.of(condition_atom(part))
            self.look.missed = True
        raise _Split(atom)

    def peek(self, atom: Atom[Option]) -> Option | None:
        """The option of the atom, or None when none has been taken and none follows from what has; never splits."""
        taken = self._taken.get(atom)
        if taken is None and self._within is not None:
            taken = self._within.peek(atom)
        if taken is None and (meaning := _meaning(atom)) is not None:
            taken = self._truth(meaning.tree) if meaning.tree is not None else self._is(meaning) if meaning.subject else None
        return cast("Option | None", taken)

    def _is(self, meaning: Meaning) -> bool | None:
        """Whether a value is a constant, as far as that follows from what else it is taken to be, or not to be."""
        constants = self.constants(meaning.subject)
        if any(option is True for _, option in constants):
            return (meaning.constant, True) in constants
        excluded = {constant for constant, _ in constants}
        if meaning.among and (known := self._is_last(meaning)) is not None:
            return known
        if not meaning.possible:
            return None
        if meaning.constant not in meaning.possible:
            return False
        return True if excluded.issuperset(set(meaning.possible) - {meaning.constant}) else None

    def _is_last(self, meaning: Meaning) -> bool | None:
        """Whether one is the last of some that are given, as far as that follows from what is taken of it and of others."""
        taken = [(one, option is True) for atom, option in self.taken().items() if (one := _meaning(atom)) and one.among]
        if cannot_be_last([*taken, (meaning, True)]):
            return False
        return True if cannot_be_last([*taken, (meaning, False)]) else None

    def _truth(self, tree: Value) -> bool | None:
        """The truth of a tree of conditions, as far as it follows."""
        match tree:
            case Known(bool() as truth):
                return truth
            case Unknown(symbol):
                return self.peek(condition_atom(symbol))
            case Choice(condition, then, otherwise):
                taken = self.peek(condition_atom(condition))
                return None if taken is None else self._truth(then if taken else otherwise)
        return None

    def _undecided(self, tree: Value) -> Symbol | None:
        """The first condition that the truth of a tree waits for; None where the value is something else."""
        match tree:
            case Unknown(symbol):
                return symbol
            case Choice(condition, then, otherwise):
                taken = self.peek(condition_atom(condition))
                return condition if taken is None else self._undecided(then if taken else otherwise)
        return None

    def hold(self, when: When) -> bool:
        """Whether the conditions hold in this completion; splits on those not yet taken."""
        return not when.literals or all(
            self.of(condition_atom(symbol)) == truth for symbol, truth in sorted(when.literals, key=lambda pair: pair[0].name)
        )


def _meaning(atom: Atom[Option]) -> Meaning | None:
    """When the condition that an atom stands for is true; None for an atom that stands for none."""
    if atom.symbol.meaning is None or not isinstance(atom.key, tuple) or atom.key[0] != _CONDITION:
        return None
    return atom.symbol.meant


class _Filled(Choices):
    """A whole completion: what has not been taken is taken as it is asked for.

    Args:
        taken: the options taken so far; those that follow are added.
        last: whether the last option of an atom is taken, or the first.
        within: as of `Choices`.
    """

    def __init__(self, taken: dict[Atom[Hashable], Hashable], *, last: bool, within: Choices) -> None:
        super().__init__(taken, within.prepared, within.look, within)
        self._added, self._last = taken, last

    def of(self, atom: Atom[Option]) -> Option:
        """The option of the atom in this completion."""
        option = self._added.get(atom)
        if option is None:
            option = super().peek(atom)
            if option is None:
                option = self._added[cast("Atom[Hashable]", atom)] = atom.options[-1 if self._last else 0]
        return cast("Option", option)

    def peek(self, atom: Atom[Option]) -> Option | None:
        """The same: everything is taken."""
        return self.of(atom)


@dataclass(frozen=True, slots=True)
class Case(Generic[T]):
    """One leaf: the options taken on the way to it, in order, and the answer there."""

    taken: Mapping[Atom[Hashable], Hashable]
    answer: T

    def labels(self) -> tuple[str, ...]:
        """The taken options as clauses, for those atoms that have labels."""
        return tuple(atom.label(option) for atom, option in self.taken.items() if atom.labels)


@dataclass(frozen=True, slots=True)
class Turn:
    """How something that is unknown decides, in clauses that hold whatever else is unknown; each is empty where that is not so.

    Attributes:
        holds_if: what is enough for the answer to be yes.
        fails_if: what is enough for it to be no.
        only_if: without what it is no.
        alone: whether the answer is known once this is, in whichever way: what else it seems to depend on depends on this.
    """

    holds_if: str = ""
    fails_if: str = ""
    only_if: str = ""
    alone: bool = False


class Turns(Generic[T]):
    """What it does in all cases at hand that something unknown turns out as in one of them.

    Several questions may be about one thing: then it turns out so when each of them does that is asked.

    Args:
        cases: the leaves.
        holds: whether an answer is yes; None where it is not decided.
    """

    def __init__(self, cases: Sequence[Case[T]], holds: Callable[[T], bool | None]) -> None:
        self._cases, self._holds = cases, holds
        self._atoms: dict[str, dict[Atom[Hashable], None]] = {}
        for case in cases:
            for atom in case.taken:
                self._atoms.setdefault(atom.symbol.name, {})[atom] = None
        self._grouped: dict[str, Sequence[tuple[Case[T], set[bool | None]]]] = {}

    def of(self, atom: Atom[Hashable], good: Case[T], bad: Case[T]) -> Turn:
        """How something decides.

        Args:
            atom: a question about it, that tells the two cases apart.
            good: a case in which the answer is yes.
            bad: one in which it is no.
        """
        name = atom.symbol.name
        groups = self._groups(name)

        def answers(are: Callable[[Case[T]], bool]) -> set[bool | None]:
            return set().union(*(found for case, found in groups if are(case)))

        def is_as_in(case: Case[T], other: Case[T]) -> bool:
            return self._agrees(name, case, other) and self._agrees(name, other, case)

        enough, too_little = (answers(functools.partial(is_as_in, one)) <= {how} for one, how in ((good, True), (bad, False)))
        others = answers(lambda case: atom not in case.taken or not is_as_in(case, good))
        return Turn(
            atom.label(good.taken[atom]) if enough else "",
            atom.label(bad.taken[atom]) if too_little else "",
            atom.label(good.taken[atom]) if others <= {False} else "",
            enough and too_little and self._atoms[name].keys() == {atom} and {*atom.options} == {good.taken[atom], bad.taken[atom]},
        )

    def _groups(self, name: str) -> Sequence[tuple[Case[T], set[bool | None]]]:
        """One of the cases in which something turns out in the same way, with the answers in them all.

        What follows of a condition that is made of others depends on those: then each case is for itself.
        """
        if name not in self._grouped:
            atoms = self._atoms[name]
            plain = all((meaning := _meaning(one)) is None or (meaning.tree is None and not meaning.subject) for one in atoms)
            groups: dict[Hashable, tuple[Case[T], set[bool | None]]] = {}
            for number, case in enumerate(self._cases):
                taken = frozenset((one, case.taken[one]) for one in atoms if one in case.taken) if plain else number
                groups.setdefault(taken, (case, set()))[1].add(self._holds(case.answer))
            self._grouped[name] = tuple(groups.values())
        return self._grouped[name]

    @staticmethod
    def _agrees(name: str, case: Case[T], other: Case[T]) -> bool:
        """Whether a case takes of something what another one takes, as far as it takes anything of it."""
        follows = Choices(case.taken).peek
        return all(
            case.taken[one] == option if one in case.taken else follows(one) in (None, option)
            for one, option in other.taken.items()
            if one.symbol.name == name
        )


class TooManyCases(Exception):
    """The proof has more leaves than its budget.

    Attributes:
        unknown: what it had to split on so far, in order.
    """

    def __init__(self, open_symbols: tuple[Symbol, ...] = ()) -> None:
        super().__init__()
        self.open = open_symbols


def by_cases(
    question: Callable[[Choices], T],
    limit: int = 4096,
    within: Choices | None = None,
) -> tuple[Case[T], ...]:
    """The answers to a question in every completion, first options first.

    Args:
        question: total on completions; it may be called often with the same choices and must depend on nothing else.
        limit: the greatest number of leaves.
        within: the case of another proof that this one is a part of; what is taken there is not told again of the leaves.

    Raises:
        TooManyCases: there are more leaves than `limit`.
    """
    leaves: list[Case[T]] = []
    pending: list[dict[Atom[Hashable], Hashable]] = [{}]
    met: dict[Symbol, None] = {}
    around = within or Choices({})
    while pending:
        taken = pending.pop()
        try:
            answer = question(Choices(taken, around.prepared, around.look, within))
        except _Split as split:
            met[split.atom.symbol] = None
            pending.extend({**taken, split.atom: option} for option in reversed(split.atom.options))
            if len(pending) + len(leaves) > limit:
                raise TooManyCases(tuple(met)) from None
        except TooManyCases:
            raise TooManyCases(tuple(met)) from None
        else:
            leaves.append(Case(taken, answer))
    return tuple(leaves)


def some_cases(question: Callable[[Choices], T], within: Choices | None = None, most: int = 128) -> Iterator[tuple[Case[T], ...]]:
    """The answers in a few completions, for what has too many: more of them each time that the next ones are asked for.

    There is one of last options, with those that differ from it in a single atom, which has its first option; one of first options likewise; and
    then those with other options. Two that differ in their answers show that it is not the same in every completion, and what it depends on.

    Args:
        question: as for `by_cases`.
        within: likewise.
        most: the greatest number of completions that differ from one in options that are neither first nor last.
    """
    around = within or Choices({})

    def complete(taken: dict[Atom[Hashable], Hashable], *, last: bool) -> Case[T]:
        return Case(taken, question(_Filled(taken, last=last, within=around)))

    def others(base: Case[T], *, ends: bool) -> Iterator[dict[Atom[Hashable], Hashable]]:
        for atom, taken in base.taken.items():
            options = {atom.options[0], atom.options[-1]} if ends else set(atom.options[1:-1])
            for option in atom.options:
                if option in options and option != taken:
                    yield {**base.taken, atom: option}

    found: list[Case[T]] = []
    bases: dict[bool, Case[T]] = {}
    for last, ends in ((True, True), (False, True), (False, False), (True, False)):
        if last not in bases:
            bases[last] = complete({}, last=last)
        found.extend(
            complete(other, last=last) for other in itertools.islice(others(bases[last], ends=ends), None if ends else most)
        )
        if ends:
            found.append(bases[last])
        yield tuple(found)


_LONG = 100


def depending_on(names: Sequence[str]) -> str:
    """What an answer depends on, as a clause: by name as long as that is short, else by number; what would resolve it tells the rest."""
    named = enumerated([f"'{name}'" for name in names])
    if names and len(named) <= _LONG:
        return f"it depends on {named}"
    return (
        f"it depends on {f'{len(names)} values or conditions' if len(names) > 1 else 'something'} that the code leaves unresolved"
    )
