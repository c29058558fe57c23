"""Patterns with wildcards, and the finite classes into which they divide all strings.

A set of patterns can tell apart only finitely many kinds of strings: those that match the same patterns. `classes` finds the shortest string
of each kind, so "for every string of a universe" becomes "for every representative".

The patterns are simulated as automata, bit-parallel: a Python integer holds the set of positions reached in one pattern.
"""

from __future__ import annotations

import enum
import functools
import itertools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import cast


class Wild(enum.Enum):
    """A wildcard.

    ANY is one character and MANY any run of them; the SEGMENT forms do not match a colon (a part of an ARN). MANY_IN_NAME is a run of what names of
    buckets have: letters, digits, dots, hyphens and underscores.
    """

    ANY = "?"
    MANY = "*"
    ANY_IN_SEGMENT = "[^:]"
    MANY_IN_SEGMENT = "[^:]*"
    MANY_IN_NAME = "[A-Za-z0-9._-]*"

    __hash__ = object.__hash__  # patterns are looked up by all their tokens


Token = str | Wild
"""A character, several characters of which one is meant, or a wildcard."""
Tokens = tuple[Token, ...]
_RUNS = (Wild.MANY, Wild.MANY_IN_SEGMENT, Wild.MANY_IN_NAME)
# Source: Amazon S3 User Guide, "General purpose bucket naming rules"; upper case and underscores are of buckets from before March 2018.
# A part of a name that is itself unknown.
NAME_PART = chr(0xF802)
_OF_NAMES = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_" + NAME_PART)
_IN_SEGMENT = (Wild.ANY_IN_SEGMENT, Wild.MANY_IN_SEGMENT)
_WILDCARDS: Mapping[str, Token] = {"*": Wild.MANY, "?": Wild.ANY}
_FRESH = "xyzwvutsrqponmlkjihgfedcbaXYZ0123456789_-." + "".join(map(chr, range(0x4E00, 0x4F00)))


class TooManyStates(Exception):
    """The patterns divide strings into more classes than the budget allows to look at.

    Attributes:
        found: the classes met so far, each with its shortest text.
    """

    def __init__(self, found: dict[frozenset[int], str]) -> None:
        super().__init__()
        self.found = found


def literal(text: str) -> Tokens:
    """The pattern that matches just one text."""
    return tuple(text)


def wildcards(text: str) -> Tokens:
    """The pattern of a text in which `*` is any run of characters and `?` is one character."""
    return tuple(map(_WILDCARDS.get, text, text))


def shared_beginning(texts: Sequence[str]) -> str:
    """The characters that all texts begin with."""
    return os.path.commonprefix(texts)  # noqa: RUF071 - it is about characters


def in_any_case(tokens: Tokens) -> Tokens:
    """The pattern that matches what another one does, whatever the case of the letters."""
    return tuple(token if isinstance(token, Wild) else "".join(dict.fromkeys(_cases(token))) for token in tokens)


def _cases(token: str) -> Iterator[str]:
    yield token
    yield from (form for form in (token.lower(), token.upper()) if len(form) == len(token))


def matches(tokens: Tokens, text: str) -> bool:
    """Whether a pattern matches the whole of a text."""
    for position, token in enumerate(tokens):
        if isinstance(token, Wild):
            return _run_through(tokens[position:], text[position:])
        if position == len(text) or text[position] not in token:
            return False
    return len(text) == len(tokens)


def _run_through(tokens: Tokens, text: str) -> bool:
    states = automaton(tokens)
    return bool(states.after(text) & states.accept)


def intersects(one: Tokens, other: Tokens) -> bool:
    """Whether some text matches both patterns."""
    if one == other:
        return True
    alike = len(shared_beginning([_beginning(one), _beginning(other)]))
    pending, seen = [(alike, alike)], {(alike, alike)}
    while pending:
        left, right = pending.pop()
        if left == len(one) and right == len(other):
            return True
        for following in _both(one, left, other, right):
            if following not in seen:
                seen.add(following)
                pending.append(following)
    return False


def _both(one: Tokens, left: int, other: Tokens, right: int) -> Iterator[tuple[int, int]]:
    """The positions in two patterns after a run that ends, or after a character that both take."""
    ours, theirs = one[left] if left < len(one) else None, other[right] if right < len(other) else None
    if ours in _RUNS:
        yield left + 1, right
    if theirs in _RUNS:
        yield left, right + 1
    if ours is not None and theirs is not None and _share(ours, theirs):
        yield left + (ours not in _RUNS), right + (theirs not in _RUNS)


def _share(one: Token, other: Token) -> bool:
    """Whether two tokens can take the same character."""
    if isinstance(one, Wild):
        one, other = other, one
    if isinstance(one, Wild):
        return True
    if other is Wild.MANY_IN_NAME:
        return not _OF_NAMES.isdisjoint(one)
    return one != ":" or other not in _IN_SEGMENT if isinstance(other, Wild) else not set(one).isdisjoint(other)


class Automaton:
    """Patterns side by side as one set of positions: a bit stands for "the tokens of that pattern up to here are consumed".

    Args:
        patterns: they, each on the bits behind those of the one before it.
    """

    __slots__ = (
        "_any_runs",
        "_on",
        "accept",
        "any",
        "any_segment",
        "chars",
        "ends",
        "name_runs",
        "runs",
        "segment_runs",
        "spans",
        "start",
    )

    def __init__(self, *patterns: Tokens) -> None:
        self.accept = starts = 0
        self.ends: list[int] = []
        self.spans: list[int] = []
        at: dict[Token, int] = {}
        bit = 1
        for tokens in patterns:
            first = bit
            for token in tokens:
                at[token] = at.get(token, 0) | bit
                bit <<= 1
            starts |= first
            self.ends.append(bit)
            self.accept |= bit
            bit <<= 1
            self.spans.append(bit - first)
        self.runs, self.any = at.pop(Wild.MANY, 0), at.pop(Wild.ANY, 0)
        self.segment_runs, self.any_segment = at.pop(Wild.MANY_IN_SEGMENT, 0), at.pop(Wild.ANY_IN_SEGMENT, 0)
        self.name_runs = at.pop(Wild.MANY_IN_NAME, 0)
        self.chars: dict[str, int] = {}
        for token, bits in at.items():
            for char in str(token):
                self.chars[char] = self.chars.get(char, 0) | bits
        self._any_runs = self.runs | self.segment_runs | self.name_runs
        self._on: dict[str, tuple[int, int]] = {}
        self.start = self._skip(starts)

    def _skip(self, reached: int) -> int:
        """Adds the positions behind runs, which may be empty."""
        while True:
            further = reached | ((reached & self._any_runs) << 1)
            if further == reached:
                return reached
            reached = further

    def step(self, reached: int, char: str) -> int:
        """The positions reached after one more character."""
        if not reached:
            return 0
        moving, staying = self._on.get(char) or self._moving_and_staying(char)
        moved = (reached & staying) | ((reached & moving) << 1)
        return self._skip(moved) if moved & self._any_runs else moved

    def _moving_and_staying(self, char: str) -> tuple[int, int]:
        """The positions from which a character leads to the next one, and those where it changes nothing."""
        moving, staying = self.any | self.chars.get(char, 0), self.runs
        if char != ":":
            moving |= self.any_segment
            staying |= self.segment_runs
        if char in _OF_NAMES:
            staying |= self.name_runs
        self._on[char] = moving, staying
        return moving, staying

    def telling(self, char: str, other: str) -> int:
        """The positions from which a character may lead elsewhere than one that no pattern has."""
        found = self.chars.get(char, 0)
        if char == ":":
            found |= self.any_segment | self.segment_runs
        if (char in _OF_NAMES) is not (other in _OF_NAMES):
            found |= self.name_runs
        return found

    def after(self, text: str) -> int:
        """The positions reached after a text."""
        reached = self.start
        for char in text:
            if not reached:
                break
            reached = self.step(reached, char)
        return reached

    def matching(self, reached: int) -> frozenset[int]:
        """The patterns that match a text after which some positions are reached, by their indices."""
        if not reached & self.accept:
            return frozenset()
        return frozenset(index for index, end in enumerate(self.ends) if reached & end)


@functools.lru_cache(maxsize=1024)
def automaton(tokens: Tokens) -> Automaton:
    """The automaton of a pattern."""
    return Automaton(tokens)


_STATES, _LONGEST = 200_000, 2048
# A state of this many positions is as much work as one of a few; one of more counts for as much as it has more.
_POSITIONS = 2048
# How often states are compared, which is the work where many of them cover none of the others.
_COMPARISONS = 2_000_000


class Weight(enum.Enum):
    """What it means for a text that a pattern matches it: it is better for that, worse, or it may be either."""

    BETTER = "better"
    WORSE = "worse"
    EITHER = "either"


def classes(
    universe: Tokens, patterns: Sequence[Tokens], limit: int = _STATES, longest: int = _LONGEST
) -> dict[frozenset[int], str]:
    """The shortest text of each class of a universe, by the indices of the patterns that match it; shortest first.

    Args:
        universe: only texts that match this are looked at.
        patterns: what tells texts apart.
        limit: the greatest number of states.
        longest: the greatest length of a text.

    Raises:
        TooManyStates: the budget does not suffice.
    """
    found: dict[frozenset[int], str] = {}
    for level in classes_by_length(universe, patterns, limit, longest):
        found.update(level)
    return found


def classes_by_length(
    universe: Tokens, patterns: Sequence[Tokens], limit: int = _STATES, longest: int = _LONGEST
) -> Iterator[dict[frozenset[int], str]]:
    """`classes`, those with texts of one length at a time: whoever needs no more of them does not ask for more.

    Raises:
        TooManyStates: the budget does not suffice.
    """
    alike = _shortest_of_alike(universe, patterns)
    if alike is not None and len(alike) <= longest:
        yield {frozenset(range(len(patterns))): alike}
    else:
        yield from _by_length(_Search(universe, patterns, limit, longest))


def _shortest_of_alike(universe: Tokens, patterns: Sequence[Tokens]) -> str | None:
    """The shortest text of a universe that is a beginning and wildcards, where each pattern evidently matches all of it; None for any other one.

    It is the text that a search would find first, without one.
    """
    begin = _beginning(universe)
    further = universe[len(begin) :]
    for tokens in patterns:
        *fixed, last = tokens or ("",)
        begins_it = last is Wild.MANY and len(fixed) <= len(begin) and tuple(fixed) == universe[: len(fixed)]
        if not begins_it and tokens != universe:
            return None
    if not all(isinstance(token, Wild) for token in further):
        return None
    return begin + _fresh(set(begin)) * sum(token not in _RUNS for token in further)


def worst(
    universe: Tokens, patterns: Sequence[Tokens], weights: Sequence[Weight], limit: int = _STATES, longest: int = _LONGEST
) -> dict[frozenset[int], str]:
    """`classes`, without some for which another one is as bad or worse.

    That one is matched by no pattern more that makes a text better, and by all that make it worse. Where one pattern covers what many others
    cover, and all make texts better, the others cost next to nothing.

    Args:
        universe: likewise.
        patterns: likewise.
        weights: what each pattern means.
        limit: likewise.
        longest: likewise.

    Raises:
        TooManyStates: the budget does not suffice.
    """
    found: dict[frozenset[int], str] = {}
    for level in _by_length(_Search(universe, patterns, limit, longest, weights)):
        found.update(level)
    return found


def shortest(universe: Tokens, patterns: Sequence[Tokens], wanted: Callable[[frozenset[int]], bool]) -> str | None:
    """The shortest text of a universe whose class, the indices of the patterns that match it, is wanted; None when there is none.

    Raises:
        TooManyStates: the budget does not suffice.
    """
    levels = _by_length(_Search(universe, patterns, _STATES, _LONGEST))
    return next((text for level in levels for vector, text in level.items() if wanted(vector)), None)


def _by_length(search: _Search) -> Iterator[dict[frozenset[int], str]]:
    found: dict[frozenset[int], str] = {}
    while search.level:
        level: dict[frozenset[int], str] = {}
        for vector, text in search.accepted():
            if vector not in found:
                found[vector] = level[vector] = text
        if level:
            yield level
        try:
            search.go_on()
        except TooManyStates as error:
            error.found.update(found)
            raise


_State = tuple[int, int]


class _Search:
    """Goes through the states of a universe and of patterns together, by the length of the texts that lead there.

    Args:
        universe: only its texts are looked at.
        patterns: what tells them apart.
        limit: the greatest number of states.
        longest: the greatest length of a text.
        weights: what each pattern means, where a state is to be left out for another one that is as bad or worse; None where none is.

    Attributes:
        level: the states that texts of one length lead to first, each with the first such text.
    """

    def __init__(
        self, universe: Tokens, patterns: Sequence[Tokens], limit: int, longest: int, weights: Sequence[Weight] | None = None
    ) -> None:
        # Every text of the universe begins so; and what all patterns begin with tells no texts apart.
        begins = [_beginning(tokens) for tokens in (universe, *patterns)]
        begin, shared = begins[0][:longest], len(shared_beginning(begins)[:longest])
        self._head, self._rest = automaton(universe[shared:]), Automaton(*(tokens[shared:] for tokens in patterns))
        self._longest, positions = longest, sum(map(len, patterns)) + len(patterns)
        self._limit = limit if positions <= _POSITIONS else max(1, limit * _POSITIONS // positions)
        self._alphabet = self._told_apart(_alphabet((universe, *patterns)))
        start = self._head.after(begin[shared:]), self._rest.after(begin[shared:])
        self._seen: set[_State] = {start}
        self.level: list[tuple[_State, str]] = [(start, begin)]
        self._weighed = weights is not None
        spans = self._rest.spans
        self._better, self._worse = (
            sum(span for span, weight in zip(spans, weights or (), strict=False) if weight in (one, Weight.EITHER))
            for one in (Weight.BETTER, Weight.WORSE)
        )
        self._kept: list[_State] = [start]
        self._comparisons = _COMPARISONS

    def _told_apart(self, alphabet: Sequence[str]) -> list[tuple[str, int, int]]:
        """The characters that may lead elsewhere than the first one, each with the positions from which; before them that one, from all."""
        first, *others = alphabet
        told = ((char, self._head.telling(char, first), self._rest.telling(char, first)) for char in others)
        return [(first, -1, -1), *(one for one in told if one[1] or one[2])]

    def accepted(self) -> Iterator[tuple[frozenset[int], str]]:
        """The classes of the texts of this length."""
        for (head, rest), text in self.level:
            if head & self._head.accept:
                yield self._rest.matching(rest), text

    def go_on(self) -> None:
        """Goes on to the texts that are longer by one character.

        Raises:
            TooManyStates: there are more states than the limit.
        """
        level: list[tuple[_State, str]] = []
        for (head, rest), text in self.level:
            if len(text) >= self._longest:
                continue
            for char, ours, theirs in self._alphabet:
                if not (head & ours or rest & theirs):
                    continue
                reached = self._head.step(head, char)
                if not reached:
                    continue
                following = reached, self._rest.step(rest, char)
                if following in self._seen or (self._weighed and self._is_covered(following)):
                    continue
                if len(self._seen) >= self._limit:
                    raise TooManyStates({})
                self._seen.add(following)
                level.append((following, text + char))
        self.level = level

    def _is_covered(self, state: _State) -> bool:
        """Whether a state from which everything is at least as bad has been met; if not, it is kept for others.

        A state is a set of positions: from fewer of them, fewer texts match.

        Raises:
            TooManyStates: states were compared as often as the budget allows.
        """
        self._comparisons -= len(self._kept)
        if self._comparisons < 0:
            raise TooManyStates({})
        head, rest = state
        for other_head, other_rest in self._kept:
            if not (head & ~other_head or other_rest & ~rest & self._better or rest & ~other_rest & self._worse):
                return True
        self._kept.append(state)
        return False


def _beginning(tokens: Tokens) -> str:
    """The characters that a pattern begins with."""
    kinds = list(map(type, tokens))
    end = kinds.index(Wild) if Wild in kinds else len(kinds)
    characters = cast("tuple[str, ...]", tokens[:end])
    if max(map(len, characters), default=0) > 1:
        characters = tuple(itertools.takewhile(lambda token: len(token) == 1, characters))
    return "".join(characters)


def _alphabet(patterns: Sequence[Tokens]) -> list[str]:
    """The characters that patterns tell apart, after one that stands for all others."""
    tokens = {token for pattern in map(set, patterns) for token in pattern}
    used = {char for token in tokens if isinstance(token, str) for char in token}
    return [_fresh(used), *sorted(used if tokens.isdisjoint(_IN_SEGMENT) else used | {":"})]


def _fresh(used: set[str]) -> str:
    """A character that is none of some."""
    return next(char for char in _FRESH if char not in used)
