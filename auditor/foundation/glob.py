"""Patterns with wildcards, and the finite classes into which they divide all strings.

A set of patterns can tell apart only finitely many kinds of strings: those that match the same patterns. `classes` finds the shortest string
of each kind, so "for every string of a universe" becomes "for every representative".

The patterns are simulated as automata, bit-parallel: a Python integer holds the set of positions reached in one pattern.
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Iterable, Iterator, Sequence


class Wild(enum.Enum):
    """A wildcard.

    ANY is one character and MANY any run of them; the SEGMENT forms do not match a colon (a part of an ARN).
    """

    ANY = "?"
    MANY = "*"
    ANY_IN_SEGMENT = "[^:]"
    MANY_IN_SEGMENT = "[^:]*"


Token = str | Wild
Tokens = tuple[Token, ...]
_RUNS = (Wild.MANY, Wild.MANY_IN_SEGMENT)
_IN_SEGMENT = (Wild.ANY_IN_SEGMENT, Wild.MANY_IN_SEGMENT)
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
    return tuple(Wild.MANY if char == "*" else Wild.ANY if char == "?" else char for char in text)


def matches(tokens: Tokens, text: str) -> bool:
    """Whether a pattern matches the whole of a text."""
    states = Automaton(tokens)
    reached = states.start
    for char in text:
        reached = states.step(reached, char)
        if not reached:
            return False
    return bool(reached & states.accept)


def intersects(one: Tokens, other: Tokens) -> bool:
    """Whether some text matches both patterns."""
    pending, seen = [(0, 0)], {(0, 0)}
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
    return isinstance(one, Wild) or (one != ":" or other not in _IN_SEGMENT if isinstance(other, Wild) else one == other)


class Automaton:
    """A pattern as a set of positions: bit i stands for "the first i tokens are consumed"."""

    __slots__ = ("accept", "any", "any_segment", "chars", "runs", "segment_runs", "start")

    def __init__(self, tokens: Tokens) -> None:
        self.runs = self.segment_runs = self.any = self.any_segment = 0
        self.chars: dict[str, int] = {}
        for position, token in enumerate(tokens):
            bit = 1 << position
            match token:
                case Wild.MANY:
                    self.runs |= bit
                case Wild.MANY_IN_SEGMENT:
                    self.segment_runs |= bit
                case Wild.ANY:
                    self.any |= bit
                case Wild.ANY_IN_SEGMENT:
                    self.any_segment |= bit
                case str():
                    self.chars[token] = self.chars.get(token, 0) | bit
        self.accept = 1 << len(tokens)
        self.start = self._skip(1)

    def _skip(self, reached: int) -> int:
        """Adds the positions behind runs, which may be empty."""
        runs = self.runs | self.segment_runs
        while True:
            further = reached | ((reached & runs) << 1)
            if further == reached:
                return reached
            reached = further

    def step(self, reached: int, char: str) -> int:
        """The positions reached after one more character."""
        if not reached:
            return 0
        moving, staying = self.any | self.chars.get(char, 0), self.runs
        if char != ":":
            moving |= self.any_segment
            staying |= self.segment_runs
        moved = (reached & staying) | ((reached & moving) << 1)
        return self._skip(moved) if moved & (self.runs | self.segment_runs) else moved


def classes(
    universe: Tokens, patterns: Sequence[Tokens], limit: int = 200_000, longest: int = 2048, first: object = None
) -> dict[frozenset[int], str]:
    """The shortest text of each class of a universe, by the indices of the patterns that match it; shortest first.

    Args:
        universe: only texts that match this are looked at.
        patterns: what tells texts apart.
        limit: the greatest number of states.
        longest: the greatest length of a text.
        first: a test on classes; when given, the search ends with the first class that passes, and only that is returned.

    Raises:
        TooManyStates: the budget does not suffice.
    """
    automata = [Automaton(tokens) for tokens in (universe, *patterns)]
    used = {char for automaton in automata for char in automaton.chars}
    fresh = next(char for char in _FRESH if char not in used)
    alphabet = [fresh, *sorted(used | ({":"} if _segmented((universe, *patterns)) else set()))]
    start = tuple(automaton.start for automaton in automata)
    seen = {start}
    pending = deque([(start, "")])
    found: dict[frozenset[int], str] = {}
    head, rest = automata[0], automata[1:]
    steps = [automaton.step for automaton in rest]
    while pending:
        state, text = pending.popleft()
        if state[0] & head.accept:
            vector = frozenset(index for index, automaton in enumerate(rest) if state[index + 1] & automaton.accept)
            if callable(first):
                if first(vector):
                    return {vector: text}
            else:
                found.setdefault(vector, text)
        if len(text) >= longest:
            continue
        for char in alphabet:
            reached = head.step(state[0], char)
            if not reached:
                continue
            following = (reached, *[step(before, char) if before else 0 for step, before in zip(steps, state[1:], strict=True)])
            if following not in seen:
                if len(seen) >= limit:
                    raise TooManyStates(found)
                seen.add(following)
                pending.append((following, text + char))
    return found


def _segmented(patterns: Iterable[Tokens]) -> bool:
    return any(token in (Wild.ANY_IN_SEGMENT, Wild.MANY_IN_SEGMENT) for tokens in patterns for token in tokens)
