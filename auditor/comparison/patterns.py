"""Patterns over texts, and one shortest text of every class into which a set of patterns divides a universe.

As `auditor.foundation.glob`, with two differences that pay here: only characters that some pattern can take next are tried, so the number of
steps follows the length of the patterns and not the size of the alphabet; and a universe can forbid characters (a bucket's name has no slash).
"""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Iterable, Iterator, Mapping

from auditor.lazy.classes import dataclass


@dataclass(frozen=True, slots=True)
class AllBut:
    """All characters but a few; iterating gives some that are worth trying beside it."""

    allowed: str

    def __contains__(self, char: str) -> bool:
        """Whether a character is not one of the few."""
        return char not in self.allowed

    def __iter__(self) -> Iterator[str]:
        """One of the few."""
        return iter(self.allowed[:1])


Characters = frozenset[str] | AllBut
NOWHERE: Characters = frozenset()
IN_SEGMENT: Characters = frozenset(":")
IN_NAME: Characters = frozenset(":/")
IN_ACCOUNT: Characters = AllBut("9876543210")
_FRESH = "xyzwvutsrqponmlkjihgfedcba0123456789"
_LONGEST = 2048


@dataclass(frozen=True, slots=True)
class One:
    """One character, any but those that are forbidden."""

    forbidden: Characters = NOWHERE


@dataclass(frozen=True, slots=True)
class Run:
    """Zero or more characters, none of those that are forbidden."""

    forbidden: Characters = NOWHERE


Tokens = tuple[str | One | Run, ...]
"""A pattern: single characters and wildcards."""


class TooManyClasses(Exception):
    """The patterns divide the universe into more classes than are looked at."""


def literal(text: str) -> Tokens:
    """The pattern that matches just one text."""
    return tuple(text)


def wildcards(text: str) -> Tokens:
    """The pattern of a text in which `*` is any run of characters and `?` one character."""
    return tuple(Run() if char == "*" else One() if char == "?" else char for char in text)


def name(forbidden: Characters) -> Tokens:
    """A text of one character or more, none of them forbidden."""
    return (One(forbidden), Run(forbidden))


class PatternAutomaton:
    """A pattern as a set of positions: bit i of a state stands for "the first i tokens are consumed"."""

    __slots__ = ("_chars", "_ones", "_running", "_runs", "accept", "start", "tokens")

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self._chars: dict[str, int] = {}
        ones: dict[Characters, int] = {}
        runs: dict[Characters, int] = {}
        for position, token in enumerate(tokens):
            if isinstance(token, str):
                self._chars[token] = self._chars.get(token, 0) | 1 << position
            else:
                table = ones if isinstance(token, One) else runs
                table[token.forbidden] = table.get(token.forbidden, 0) | 1 << position
        self._ones, self._runs = tuple(ones.items()), tuple(runs.items())
        self._running = sum(runs.values())
        self.accept = 1 << len(tokens)
        self.start = self._skip(1)

    def _skip(self, reached: int) -> int:
        """Adds the positions behind runs, which may be empty."""
        while (further := reached | (reached & self._running) << 1) != reached:
            reached = further
        return reached

    def step(self, reached: int, char: str) -> int:
        """The positions reached after one more character."""
        moved = (reached & self._chars.get(char, 0)) << 1
        for forbidden, mask in self._ones:
            if reached & mask and char not in forbidden:
                moved |= (reached & mask) << 1
        for forbidden, mask in self._runs:
            if reached & mask and char not in forbidden:
                moved |= reached & mask
        return self._skip(moved) if moved & self._running else moved

    def matches(self, text: str) -> bool:
        """Whether the pattern matches the whole of a text."""
        reached = self.start
        for char in text:
            reached = self.step(reached, char)
            if not reached:
                return False
        return bool(reached & self.accept)

    def following(self, reached: int) -> Iterator[str]:
        """The characters that the pattern names at the positions reached, and those that it forbids there."""
        while reached:
            low = reached & -reached
            position = low.bit_length() - 1
            if position < len(self.tokens):
                token = self.tokens[position]
                if isinstance(token, str):
                    yield token
                else:
                    yield from token.forbidden
            reached ^= low


@functools.lru_cache(maxsize=4096)
def automaton(tokens: Tokens) -> PatternAutomaton:
    """The automaton of a pattern; equal patterns share one."""
    return PatternAutomaton(tokens)


@functools.lru_cache(maxsize=256)
def classes(universe: Tokens, patterns: tuple[Tokens, ...], limit: int = 4_000) -> Mapping[int, str]:
    """The shortest text of each class of a universe, by the bit set of the patterns that match it; shortest first.

    Args:
        universe: only texts that match this are looked at.
        patterns: what tells texts apart.
        limit: the greatest number of states.

    Raises:
        TooManyClasses: there are more states than the limit.
    """
    automata = [automaton(universe), *map(automaton, patterns)]
    fresh = _fresh(automata)
    start = tuple(one.start for one in automata)
    seen = {start}
    pending: deque[tuple[tuple[int, ...], str]] = deque([(start, "")])
    found: dict[int, str] = {}
    while pending:
        state, text = pending.popleft()
        if state[0] & automata[0].accept:
            found.setdefault(sum(1 << index for index, one in enumerate(automata[1:]) if state[index + 1] & one.accept), text)
        if len(text) >= _LONGEST:
            continue
        alive = [(index, one) for index, one in enumerate(automata) if state[index]]
        named = {fresh}.union(*(one.following(state[index]) for index, one in alive))
        for char in sorted(named, key=lambda char: (char != fresh, char)):
            after = [0] * len(automata)
            for index, one in alive:
                after[index] = one.step(state[index], char)
                if not after[0]:
                    break
            following = tuple(after)
            if after[0] and following not in seen:
                if len(seen) >= limit:
                    raise TooManyClasses
                seen.add(following)
                pending.append((following, text + char))
    return found


def _fresh(automata: Iterable[PatternAutomaton]) -> str:
    """A character that no pattern names."""
    used = {token for one in automata for token in one.tokens if isinstance(token, str)}
    return next((char for char in _FRESH if char not in used), "\u4e00")
