"""One case of what is unknown while a question is put: what has been taken, and what would have to be."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from auditor.foundation.cases import Atom, Choices, Option, condition_atom
from auditor.foundation.value import Known, Symbol, Truth, Value, When, all_of, alternatives, any_of, symbols_in


def _atoms(when: When) -> tuple[tuple[Atom[bool], bool], ...]:
    """The atoms of conditions, by their names, each with what it has to be."""
    return tuple((condition_atom(symbol), wanted) for symbol, wanted in sorted(when.literals, key=lambda pair: pair[0].name))


class PartialCase:
    """A case in which not everything has been taken: it answers what has, and notes what is wanting."""

    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        self.pending: list[Atom[Hashable]] = []

    def option(self, atom: Atom[Option]) -> Option | None:
        """The option of an atom, None when it has not been taken yet."""
        taken = self.choices.peek(atom)
        if taken is None:
            self.pending.append(atom)
        return taken

    def truth(self, atom: Atom[bool]) -> Truth:
        """The truth of an atom whose options are True and False."""
        taken = self.option(atom)
        return Truth.UNKNOWN if taken is None else Truth.of(taken)

    def when(self, when: When) -> Truth:
        """Whether unresolved conditions hold."""
        if not when.literals:
            return Truth.TRUE
        truths = []
        for atom, wanted in self.choices.once(("conditions", when), lambda: _atoms(when)):
            truth = self.truth(atom)
            truths.append(truth if wanted or truth is Truth.UNKNOWN else Truth.of(truth is Truth.FALSE))
        return all_of(truths)

    def flag(self, value: Value) -> Truth:
        """Whether a setting is on; null is off."""
        truths = []
        for when, branch in alternatives(value):
            if isinstance(branch, Known):
                on = Truth.of(branch.value in (True, "true"))
            else:
                on = self.truth(condition_atom(next(symbols_in(branch), Symbol("a setting", "it is not resolved"))))
            truths.append(all_of((self.when(when), on)))
        return any_of(truths)

    def split(self) -> None:
        """Splits the proof on the first atom that is wanting."""
        self.choices.of(self.pending[0])

    def forget(self, mark: int, truths: Iterable[Truth]) -> None:
        """Forgets what was found wanting since a mark (a length of `pending`) when nothing depends on it."""
        if Truth.UNKNOWN not in truths:
            del self.pending[mark:]
