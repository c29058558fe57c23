"""Condition tests on concrete values, and the finitely many values of a key that some tests can tell apart.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators", "Conditions with multiple context keys or values" and "Multivalued
context keys".
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence

from auditor.comparison.patterns import IN_SEGMENT, One, Run, Tokens, TooManyClasses, automaton, classes
from auditor.comparison.statements import ComparedTest, filled, literal, wildcards
from auditor.policy.evaluation.operators import RELATIONS, TEXTUAL, Family, Operator, Quantifier, read_operator
from auditor.policy.evaluation.scalar import READ_ORDERED, read_network, within

Value = str | tuple[str, ...] | None
"""The value of a key in a request: a text, several, or None when the request does not have it."""

MULTIVALUED = frozenset(
    {
        "aws:calledvia", "aws:principalorgpaths", "aws:principalservicenameslist", "aws:tagkeys", "aws:resourceorgpaths",
        "aws:sourceorgpaths", "aws:vpceorgpaths", "kms:encryptioncontextkeys", "kms:resourcealiases", "kms:grantoperations",
        "s3:requestobjecttagkeys", "sts:transitivetagkeys",
    }
)  # fmt: skip
_TYPED = (Family.NUMERIC, Family.DATE, Family.ADDRESS)
_EVERY_TEXT: Tokens = (Run(),)
_FREE = ("tag/", "encryptioncontext:")
"""What keys have in their names whose values anybody chooses; any other key that is tested as a number, date or address is one."""


class NoSuchOperator(Exception):
    """A condition has an operator that AWS does not know."""


@functools.lru_cache(maxsize=4096)
def operator_of(name: str) -> Operator:
    """A condition operator by its name.

    Raises:
        NoSuchOperator: there is none of that name.
    """
    found = read_operator(name)
    if found is None:
        raise NoSuchOperator(name)
    return found


def patterns_of(test: ComparedTest, values: Mapping[str, str | None], *, variables: bool) -> tuple[Tokens | None, ...]:
    """The patterns of a test, its policy variables replaced; None for one that matches nothing."""
    family = operator_of(test.operator).family
    wild = family in (Family.LIKE, Family.ARN)
    plain = wildcards if wild else literal
    replaced = variables and family in TEXTUAL
    found = (filled(text, values, wild=wild) if replaced else plain(text) for text in test.values)
    return tuple(_by_segment(tokens) if tokens is not None and family is Family.ARN else tokens for tokens in found)


def _by_segment(tokens: Tokens) -> Tokens | None:
    """An ARN pattern, whose first five parts are compared one by one; None without six parts."""
    colons = 0
    parts: list[str | One | Run] = []
    for token in tokens:
        colons += token == ":"
        if colons < 5 and isinstance(token, Run | One):
            parts.append(type(token)(IN_SEGMENT))
        else:
            parts.append(token)
    return tuple(parts) if colons >= 5 else None


def met(test: ComparedTest, patterns: Sequence[Tokens | None], value: Value) -> bool:
    """Whether a test is met by a value of its key."""
    operator = operator_of(test.operator)
    if operator.family is Family.NULL:
        return any((value is None) == (text.lower() == "true") for text in test.values)
    if value is None:
        one = operator.quantifier is Quantifier.ONE
        return operator.quantifier is Quantifier.ALL or (one and (operator.negated or operator.if_exists))
    texts = (value,) if isinstance(value, str) else value
    if isinstance(value, tuple) and operator.quantifier is Quantifier.ONE:
        return False
    each = (_matches(operator, test, patterns, text) != operator.negated for text in texts)
    return all(each) if operator.quantifier is Quantifier.ALL else any(each)


def _matches(operator: Operator, test: ComparedTest, patterns: Sequence[Tokens | None], text: str) -> bool:
    if operator.family in _TYPED:
        return any(_compares(operator, text, wanted) for wanted in test.values)
    if operator.family is Family.ANY_CASE:
        return any(tokens is not None and automaton(_lower(tokens)).matches(text.lower()) for tokens in patterns)
    return any(tokens is not None and automaton(tokens).matches(text) for tokens in patterns)


def _lower(tokens: Tokens) -> Tokens:
    return tuple(token.lower() if isinstance(token, str) else token for token in tokens)


def _plain(tokens: Tokens) -> str:
    return "".join(token for token in tokens if isinstance(token, str))


def _compares(operator: Operator, text: str, wanted: str) -> bool:
    if operator.family is Family.ADDRESS:
        mine, its = read_network(text), read_network(wanted)
        return mine is not None and its is not None and within(mine, its)
    read = READ_ORDERED[operator.family]
    one, other = read(text), read(wanted)
    return one is not None and other is not None and RELATIONS[operator.relation](one, other)


def candidates(key: str, tests: Iterable[tuple[ComparedTest, tuple[Tokens | None, ...]]]) -> tuple[Value, ...]:
    """Values of a key such that any value behaves like one of them under all its tests; the shortest of each kind, absence first.

    Raises:
        TooManyClasses: there are too many kinds.
    """
    given = list(tests)
    bools = any(_is_bool(test.operator) for test, _ in given) and all(
        _is_bool(test.operator) or _is_null(test.operator) for test, _ in given
    )
    texts = ["true", "false"] if bools else _texts(key, given)
    values: Iterable[Value] = texts
    if key in MULTIVALUED or any(map(_in_sets, given)):
        most = min(len(texts), 1 + sum(map(_in_sets, given)))
        values = [*(texts if key not in MULTIVALUED else ()), *_sets(texts, most)]
    found: dict[tuple[bool, ...], Value] = {}
    for value in (None, *values):
        found.setdefault((value is None, *(met(test, patterns, value) for test, patterns in given)), value)
    return tuple(found.values())


def _in_sets(given: tuple[ComparedTest, tuple[Tokens | None, ...]]) -> bool:
    return operator_of(given[0].operator).quantifier is not Quantifier.ONE


def _is_bool(operator: str) -> bool:
    return operator.lower().removesuffix("ifexists").rpartition(":")[2] == "bool"


def _is_null(operator: str) -> bool:
    return operator.lower().rpartition(":")[2] == "null"


def _sets(texts: Sequence[str], most: int) -> list[tuple[str, ...]]:
    found = [chosen for size in range(1, most + 1) for chosen in itertools.islice(itertools.combinations(texts, size), 400)]
    if len(found) > 600:
        raise TooManyClasses
    return found


def _texts(key: str, tests: Sequence[tuple[ComparedTest, tuple[Tokens | None, ...]]]) -> list[str]:
    """Texts of every kind that the tests tell apart, shortest first."""
    plain: dict[str, None] = {}
    wild: dict[Tokens, None] = {}
    for test, patterns in tests:
        family = operator_of(test.operator).family
        if family in _TYPED:
            plain.update(dict.fromkeys(_edges(family, test.values, key)))
            continue
        for tokens in patterns:
            if family is Family.NULL or tokens is None:
                continue
            if family is Family.ANY_CASE:
                plain.update(dict.fromkeys(_spellings(_plain(tokens))))
            if any(not isinstance(token, str) for token in tokens):
                wild[tokens] = None
            else:
                plain[_plain(tokens)] = None
    if wild:
        exact = [literal(text) for text in plain]
        return sorted({*classes(_EVERY_TEXT, (*wild, *exact)).values(), *plain, "x"}, key=len)
    typed = all(operator_of(test.operator).family in (*_TYPED, Family.NULL) for test, _ in tests)
    others = () if typed and plain and not any(word in key for word in _FREE) else (_other(plain),)
    return sorted({*plain, *others}, key=len)


def _other(plain: Iterable[str]) -> str:
    taken = {text.lower() for text in plain}
    return next(text for text in itertools.chain(("x", "y", "z", "other"), map(str, itertools.count())) if text not in taken)


def _spellings(text: str) -> tuple[str, ...]:
    """The text, and in small letters, capitals, and with one letter turned over: what a test with case may tell apart."""
    last = max((index for index, char in enumerate(text) if char.swapcase() != char), default=None)
    turned = text if last is None else text[:last] + text[last].swapcase() + text[last + 1 :]
    return (text, turned, text.lower(), text.upper())


def _edges(family: Family, values: Iterable[str], key: str) -> tuple[str, ...]:
    """Values at, before and behind each edge that the values of a policy draw."""
    if family is Family.ADDRESS:
        found = [one for one in map(read_network, values) if one is not None]
        texts = ["192.0.2.1", "2001:db8::1"]
        for one in found:
            first, last = int(one.network_address), int(one.broadcast_address)
            top = 2**one.max_prefixlen
            kind = type(one.network_address)
            texts += [str(kind(number)) for number in (first, last, first - 1, last + 1) if 0 <= number < top]
        return tuple(dict.fromkeys(texts))
    read = READ_ORDERED[family]
    numbers = sorted({number for number in map(read, values) if number is not None})
    if not numbers:
        return ("1",)
    between = [(one + other) / 2 for one, other in itertools.pairwise(numbers)]
    every = [numbers[0] - 1, *numbers, *between, numbers[-1] + 1]
    if family is Family.DATE and key != "aws:epochtime":
        return tuple(text for number in every for text in _moment(number))
    return tuple(str(int(number)) if number == int(number) else str(number) for number in every)


def _moment(number: float) -> Iterator[str]:
    """A moment as requests have it, to the second; nothing for one that no calendar has."""
    with contextlib.suppress(ValueError, OverflowError, OSError):
        yield dt.datetime.fromtimestamp(int(number), dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
