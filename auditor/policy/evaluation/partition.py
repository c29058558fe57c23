"""The finitely many values of an unknown context key that can make a difference."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

from auditor.foundation.glob import Tokens, TooManyStates, Wild, classes, in_any_case
from auditor.policy.evaluation.alphabet import NOWHERE, Alphabet
from auditor.policy.evaluation.condition import ConditionTest, of_any_resource
from auditor.policy.evaluation.operators import TEXTUAL, Family
from auditor.policy.evaluation.pattern import has_hole, literal_text
from auditor.policy.evaluation.scalar import READ_ORDERED, date_text, read_network

_STATES = 20_000
# More representatives of one key than this are not gone through one by one; of a key with several values, the sets of that many.
_MOST, _MOST_IN_SETS = 24, 5


def representatives(
    tests: Sequence[ConditionTest], alphabet: Alphabet, *, multivalued: bool, universe: Tokens = (Wild.MANY,)
) -> tuple[str | tuple[str, ...], ...] | None:
    """Values of one key such that any value behaves like one of them under all its tests; None when that cannot be told.

    Args:
        tests: all tests of the key, of all policies.
        alphabet: of the request.
        multivalued: whether the key has several values; a representative is then a tuple.
        universe: all texts that a value can be.
    """
    texts = _texts_of_one(tests, alphabet, universe)
    if texts is None or len(texts) > (_MOST_IN_SETS if multivalued else _MOST):
        return None
    if not multivalued:
        return tuple(texts)
    return tuple(tuple(text for index, text in enumerate(texts) if chosen >> index & 1) for chosen in range(1, 1 << len(texts)))


def _texts_of_one(tests: Sequence[ConditionTest], alphabet: Alphabet, universe: Tokens) -> list[str] | None:
    """Representatives of a single value."""
    families = {test.operator.family for test in tests if test.operator is not None} - {Family.NULL}
    if families <= TEXTUAL:
        return _texts(tests, alphabet, universe)
    if len(families) != 1 or any(has_hole(pattern.tokens or ()) for test in tests for pattern in test.patterns):
        return None
    family = families.pop()
    wanted = [literal_text(pattern.tokens) for test in tests for pattern in test.patterns if pattern.tokens]
    return list(_addresses(wanted)) if family is Family.ADDRESS else list(_numbers(wanted, family))


def _texts(tests: Sequence[ConditionTest], alphabet: Alphabet, universe: Tokens) -> list[str] | None:
    patterns: dict[Tokens, None] = {}
    for test in tests:
        family = test.operator.family if test.operator else Family.EQUALS
        for pattern in test.patterns if family is not Family.NULL else ():
            if pattern.tokens is None:
                continue
            # Where little is known of a value, an unknown value of the request is itself among what it can be.
            tokens = pattern.tokens if universe == (Wild.MANY,) else alphabet.apart(pattern.tokens, universe)
            widened = alphabet.widened(of_any_resource(test.key, tokens))
            patterns[in_any_case(widened) if family is Family.ANY_CASE else widened] = None
    try:
        found = classes(universe, list(patterns), limit=_STATES).values()
    except TooManyStates:
        return None
    return [text for text in found if NOWHERE not in text]


def _addresses(wanted: Iterable[str]) -> Iterator[str]:
    """The first address of each range that some network begins or ends at."""
    import ipaddress

    networks = [network for text in wanted if (network := read_network(text)) is not None]
    for version, top in ((4, 2**32), (6, 2**128)):
        make = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
        cuts = {0}
        for network in networks:
            if network.version == version:
                cuts |= {int(network.network_address), int(network.broadcast_address) + 1}
        yield from (str(make(cut)) for cut in sorted(cuts) if cut < top)


def _numbers(wanted: Iterable[str], family: Family) -> Iterator[str]:
    """The numbers that something is compared with, and one below, between and above them."""
    read = READ_ORDERED[family]
    points = sorted({number for text in wanted if (number := read(text)) is not None}) or [0.0]
    between = [(one + other) / 2 for one, other in itertools.pairwise(points)]
    shown = date_text if family is Family.DATE else repr
    yield from (shown(number) for number in sorted({points[0] - 1, *points, *between, points[-1] + 1}))
