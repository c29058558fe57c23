"""Three-valued expressions over atoms: what is known of them in a case, and which atoms they depend on."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator

from auditor.foundation.cases import Atom, Choices, condition_atom
from auditor.foundation.value import Truth, When, all_of, any_of
from auditor.lazy.classes import dataclass


@dataclass(frozen=True, slots=True)
class OptionTest:
    """True when the atom takes one of the options."""

    atom: Atom[Hashable]
    accepts: frozenset[Hashable]


@dataclass(frozen=True, slots=True)
class All:
    """True when every part is; true without parts."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True when some part is; false without parts."""

    parts: tuple[Expression, ...]


Expression = OptionTest | All | AnyOf
TRUE = All(())
FALSE = AnyOf(())


def constant(value: bool) -> Expression:
    """The expression that is always true, or always false."""
    return TRUE if value else FALSE


def test(atom: Atom[Hashable], accepts: Iterable[Hashable]) -> Expression:
    """True when the atom takes one of some options; a constant when it takes none of them, or always one."""
    accepted = frozenset(accepts)
    if not accepted:
        return FALSE
    return TRUE if accepted.issuperset(atom.options) else OptionTest(atom, accepted)


def under(when: When, truth: bool = True) -> Expression:
    """The expression of a conjunction of conditions, or of its negation."""
    if not when.literals:
        return constant(truth)
    literals = sorted(when.literals, key=lambda pair: pair[0].name)
    tests = tuple(OptionTest(condition_atom(symbol), frozenset({wanted is truth})) for symbol, wanted in literals)
    return All(tests) if truth else AnyOf(tests)


def truth_of(expression: Expression, choices: Choices) -> Truth:
    """What is known of an expression from the options taken so far; never splits."""
    match expression:
        case OptionTest(atom, accepts):
            option = choices.peek(atom)
            return Truth.UNKNOWN if option is None else Truth.of(option in accepts)
        case All(parts):
            return all_of(truth_of(part, choices) for part in parts)
        case AnyOf(parts):
            return any_of(truth_of(part, choices) for part in parts)


def open_atoms(expression: Expression, choices: Choices) -> Iterator[Atom[Hashable]]:
    """The atoms that an undecided expression depends on."""
    if truth_of(expression, choices) is not Truth.UNKNOWN:
        return
    if isinstance(expression, OptionTest):
        yield expression.atom
        return
    for part in expression.parts:
        yield from open_atoms(part, choices)


def resolve(expression: Expression, choices: Choices) -> bool:
    """The truth of an expression in this case; splits only where it is undecided."""
    while (truth := truth_of(expression, choices)) is Truth.UNKNOWN:
        choices.of(next(open_atoms(expression, choices)))
    return truth is Truth.TRUE


NOTHING_TAKEN = Choices({})
