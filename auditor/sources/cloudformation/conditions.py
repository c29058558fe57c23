"""Conditions with something unknown in them: trees of choices whose leaves are true and false.

A single unknown condition is an `Unknown`; `Choice(c, true, false)` is the same thing, and `choose` writes it so.

Source: AWS CloudFormation Template Reference, "Condition functions".
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from auditor.foundation.equality import differing, same_text
from auditor.foundation.value import ALWAYS, Choice, Known, ListValue, Template, Text, Truth, Unknown, Value, When, scalar_text
from auditor.sources.choices import MOST_CASES, choose, distribute
from auditor.sources.cloudformation.limits import Limits
from auditor.sources.naming import derived, is_constant, name_of, standing_for

TRUE, FALSE = Known(True), Known(False)


def branch(tree: Value, then: Value, otherwise: Value) -> Value:
    """`then` where the tree is true, `otherwise` where it is false."""
    match tree:
        case Known(value):
            return then if value is True else otherwise
        case Choice(condition, one, other):
            return choose(condition, branch(one, then, otherwise), branch(other, then, otherwise))
        case Unknown(symbol):
            return choose(symbol, then, otherwise)
    return otherwise


def negated(tree: Value) -> Value:
    """Not."""
    return branch(tree, FALSE, TRUE)


def both(left: Value, right: Value) -> Value:
    """And."""
    return branch(left, right, FALSE)


def either(left: Value, right: Value) -> Value:
    """Or."""
    return branch(left, TRUE, right)


def bounded(tree: Value, name: str) -> Value:
    """The tree of a named condition; one that is not a single conjunction becomes one unknown condition of that name.

    So what exists under a condition and what `Fn::If` says under it always depend on the same symbols.
    """
    tree = small(tree, f"condition {name}")
    if isinstance(tree, Known | Unknown) or sum(truth for _, truth in _paths(tree, ALWAYS)) == 1:
        return tree
    return standing_for(f"condition {name}", tree)


def small(tree: Value, name: str) -> Value:
    """The tree, or one unknown condition of a name when it has grown too large."""
    leaves = sum(1 for _ in itertools.islice(_paths(tree, ALWAYS), MOST_CASES + 1))
    return derived(name, tree) if leaves > MOST_CASES else tree


def presence(tree: Value) -> When | None:
    """The conditions under which a tree of `bounded` is true; None when it never is."""
    return next((when for when, truth in _paths(tree, ALWAYS) if truth), None)


def _paths(tree: Value, when: When) -> Iterator[tuple[When, bool]]:
    match tree:
        case Choice(condition, then, otherwise):
            for truth, part in ((True, then), (False, otherwise)):
                taken = when.and_(condition, truth)
                if not taken.contradictory:
                    yield from _paths(part, taken)
        case Unknown(symbol):
            yield when.and_(symbol), True
            yield when.and_(symbol, False), False
        case Known(value):
            yield when, value is True


def equal(left: Value, right: Value) -> Value:
    """Fn::Equals: both sides compared as text."""
    answer = distribute((left, right), lambda operands: _equal(operands[0], operands[1]))
    return derived(f"{name_of(left)} == {name_of(right)}", left, right) if answer is None else answer


def _equal(left: Value, right: Value) -> Value:
    if isinstance(left, ListValue) and isinstance(right, ListValue) and left.rest is None and right.rest is None:
        return Known(left == right) if all(isinstance(item, Known) for item in (*left.items, *right.items)) else _open(left, right)
    if not isinstance(left, Known | Template | Unknown) or not isinstance(right, Known | Template | Unknown):
        return _open(left, right)
    one, other = differing(_text(left), _text(right))
    for symbol, literal in ((one, other), (other, one)):
        if isinstance(symbol, Unknown) and isinstance(literal, Known):
            known = symbol.symbol.meant
            if known is not None and known.texts:
                return _one_of(symbol, str(literal.value), known.texts)
            if known is not None and isinstance(known.type, Limits) and known.type.exclude(literal):
                return FALSE
    match same_text(one, other):
        case Truth.TRUE:
            return TRUE
        case Truth.FALSE:
            return FALSE
    return _open(other, one) if isinstance(one, Known) else _open(one, other)


def _one_of(symbol: Unknown, text: str, possible: tuple[str, ...]) -> Value:
    """Whether an unknown text is one of those that it can be: it is none of those before, and the last one where it is none of the others."""
    if text not in possible:
        return FALSE
    at = possible.index(text)
    answer: Value = TRUE if text == possible[-1] else _open(symbol, Known(text))
    for other in reversed(possible[:at]):
        answer = choose(_open(symbol, Known(other)).symbol, FALSE, answer)
    return answer


def _open(left: Value, right: Value) -> Unknown:
    if isinstance(left, Unknown) and isinstance(right, Known):
        return is_constant(left, right)
    return derived(f"{name_of(left)} == {name_of(right)}", left, right)


def _text(value: Text) -> Text:
    return Known(scalar_text(value.value), value.location) if isinstance(value, Known) else value
