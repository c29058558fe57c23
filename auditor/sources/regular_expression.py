"""Regular expressions as Go's `regexp` matches them, in time linear in the text.

A pattern becomes a small program, and the program is run so that no state is visited twice at one place of the text: the way RE2 runs small
patterns ("bit state"). Python's own matcher takes exponential time on patterns that RE2 runs through at once.

Source: https://github.com/google/re2/wiki/Syntax, and Go's regexp/syntax (parse.go, simplify.go, compile.go) and regexp/backtrack.go.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator

from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex

_MOST_STATES = 4_000_000
_MOST_STEPS = 500_000
_LONGEST_PROGRAM = 4_000
_GREATEST_COUNT = 1_000
_DEEPEST = 100

_PRINTED = regex(r"[ -~]*")
# What means the same in Java's patterns and in RE2's, of a text of printable ASCII: neither look-around, flags, references nor operations on classes.
_COMMON = regex(
    r"""(?: [|^$] | \( (?: \?: )? (?!\?)
    |   (?: [^][\\(){}?*+^$|] | \) | \\(?:[dDwWsS]|[!-/:-@[-`{-~]) | \[\^?(?:[^][\\&]|\\(?:[dDwWsS]|[!-/:-@[-`{-~]))+\] )
        (?: (?: [*+?] | \{\d{1,3}(?:,\d{0,3})?\} ) \?? )?
    )+""",
    re.VERBOSE,
)

Ranges = tuple[tuple[int, int], ...]

_LAST = 0x10FFFF
_LAST_PRINTED = 0x7E
_DIGIT: Ranges = ((48, 57),)
_WORD: Ranges = ((48, 57), (65, 90), (95, 95), (97, 122))
_SPACE: Ranges = ((9, 10), (12, 13), (32, 32))
_CLASSES = {"d": _DIGIT, "w": _WORD, "s": _SPACE}
_NAMED: dict[str, Ranges] = {
    "alnum": ((48, 57), (65, 90), (97, 122)), "alpha": ((65, 90), (97, 122)), "ascii": ((0, 127),), "blank": ((9, 9), (32, 32)),
    "cntrl": ((0, 31), (127, 127)), "digit": _DIGIT, "graph": ((33, 126),), "lower": ((97, 122),), "print": ((32, 126),),
    "punct": ((33, 47), (58, 64), (91, 96), (123, 126)), "space": ((9, 13), (32, 32)), "upper": ((65, 90),), "word": _WORD,
    "xdigit": ((48, 57), (65, 70), (97, 102)),
}  # fmt: skip
_ESCAPED = {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
_COUNT = re.compile(r"\{(\d+)(?:(,)(\d*))?\}").match
_GROUP = re.compile(r"\(\?(?:P?<(\w+)>|([imsU]*)(?:-([imsU]+))?([:)]))").match
_CODE = re.compile(r"\\x(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,6})\})").match
_CLASS_NAME = re.compile(r"\[:(\^?)([a-z]+):\]").match


class InvalidPattern(Exception):
    """A pattern is not valid; `str()` says why, as a clause."""


class NotMatched(Exception):
    """Whether a pattern matches is not found out here; `str()` says why, as a clause."""


# The program: a character of a set, a choice that prefers the first, a place in the text to keep, a condition on the place, the end.
@dataclass(slots=True)
class _Step:
    kind: str
    ranges: Ranges = ()
    first: int = 0
    second: int = 0


# A pattern that has been read: writes itself at the end of a program. Its second part tells whether it can match the empty text.
_Node = tuple[Callable[[list[_Step]], None], bool]


@dataclass(slots=True)
class _Spent:
    """The steps that searches of one text have taken."""

    steps: int = 0


@dataclass(frozen=True, slots=True)
class Match:
    """One match.

    Attributes:
        text: what was searched.
        places: the start and end of the whole and of each group in turn, -1 for a group that took no part.
    """

    text: str
    places: tuple[int, ...]

    def group(self, number: int) -> str | None:
        """The text of a group, 0 for the whole; None when it took no part."""
        start, end = self.places[2 * number], self.places[2 * number + 1]
        return None if start < 0 or end < 0 else self.text[start:end]


class Pattern:
    """A compiled pattern.

    Attributes:
        groups: the names of its groups in order, empty where a group has none.
    """

    def __init__(self, steps: list[_Step], groups: tuple[str, ...]) -> None:
        self._steps = steps
        self.groups = groups

    @property
    def taken(self) -> Iterator[tuple[int, int]]:
        """The ranges of all characters that its parts match, code points each."""
        for step in self._steps:
            yield from step.ranges

    def search(self, text: str, start: int = 0, spent: _Spent | None = None) -> Match | None:
        """The leftmost match from an offset on.

        Args:
            text: where to search.
            start: the offset.
            spent: what searches of the same text have cost before.

        Raises:
            NotMatched: the text is too long for the pattern.
        """
        if len(self._steps) * (len(text) + 1 - start) > _MOST_STATES:
            raise NotMatched("the text is too long for the regular expression")
        visited = bytearray(len(self._steps) * (len(text) + 1 - start))
        spent = spent or _Spent()
        for begin in range(start, len(text) + 1):
            places = self._at(text, begin, start, visited, spent)
            if places is not None:
                return Match(text, tuple(places))
        return None

    def _at(self, text: str, begin: int, start: int, visited: bytearray, spent: _Spent) -> list[int] | None:
        """The places of a match that begins at an offset; a state that failed for an earlier beginning fails again."""
        steps, width = self._steps, len(text) + 1 - start
        places = [-1] * (2 * len(self.groups) + 2)
        places[0] = begin
        pending: list[tuple[int, int]] = [(0, begin)]
        while pending:
            at, offset = pending.pop()
            if at < 0:
                places[-at] = offset
                continue
            while True:
                state = at * width + offset - start
                if visited[state]:
                    break
                visited[state] = 1
                spent.steps += 1
                if spent.steps > _MOST_STEPS:
                    raise NotMatched("the text is too long for the regular expression")
                step = steps[at]
                if step.kind == "character":
                    if offset == len(text) or not _in(ord(text[offset]), step.ranges):
                        break
                    at, offset = at + 1, offset + 1
                elif step.kind == "choice":
                    pending.append((step.second, offset))
                    at = step.first
                elif step.kind == "place":
                    pending.append((-step.first, places[step.first]))
                    places[step.first] = offset
                    at += 1
                elif step.kind == "end":
                    places[1] = offset
                    return places
                elif _CONDITIONS[step.kind](text, offset):
                    at += 1
                else:
                    break
        return None

    def all(self, text: str) -> Iterator[Match]:
        """All matches that do not overlap; none is empty right after another one. Source: regexp.go, allMatches."""
        position, ended, spent = 0, -1, _Spent()
        while position <= len(text) and (match := self.search(text, position, spent)) is not None:
            start, end = match.places[0], match.places[1]
            empty = end == position
            position = position + 1 if empty else end
            if not empty or start != ended:
                yield match
            ended = end

    def replaced(self, text: str, instead: str) -> str:
        """The text with all matches replaced. Source: regexp.go, replaceAll."""
        made: list[str] = []
        position = ended = length = 0
        spent = _Spent()
        while position <= len(text) and (match := self.search(text, position, spent)) is not None:
            start, end = match.places[0], match.places[1]
            made.append(text[ended:start])
            if end > ended or start == 0:
                made.append(self._expanded(match, instead))
                length += len(made[-1])
            ended = end
            position = max(position + 1, end)
            if length > _MOST_STATES:
                raise NotMatched("the text is too long to be evaluated")
        return "".join([*made, text[ended:]])

    def _expanded(self, match: Match, instead: str) -> str:
        """A replacement with its `$1`, `${1}` and `$name`. Source: regexp.go, expand."""

        def one(reference: re.Match[str]) -> str:
            name = reference[1] or reference[2]
            if name is None:
                return "$" if reference[0] == "$$" else reference[0]
            if name.isdigit():
                number = int(name)
                return match.group(number) or "" if number <= len(self.groups) else ""
            return match.group(self.groups.index(name) + 1) or "" if name in self.groups else ""

        return re.sub(r"\$(?:\$|\{(\w+)\}|(\w+))", one, instead)


def _in(code: int, ranges: Ranges) -> bool:
    return any(low <= code <= high for low, high in ranges)


def _is_word(text: str, offset: int) -> bool:
    return 0 <= offset < len(text) and _in(ord(text[offset]), _WORD)


_CONDITIONS: dict[str, Callable[[str, int], bool]] = {
    "begin": lambda _, offset: offset == 0,
    "finish": lambda text, offset: offset == len(text),
    "line begins": lambda text, offset: offset == 0 or text[offset - 1] == "\n",
    "line ends": lambda text, offset: offset == len(text) or text[offset] == "\n",
    "border": lambda text, offset: _is_word(text, offset - 1) != _is_word(text, offset),
    "no border": lambda text, offset: _is_word(text, offset - 1) == _is_word(text, offset),
}


@functools.lru_cache(maxsize=256)
def compiled(pattern: str) -> Pattern:
    """A pattern of RE2's syntax.

    Raises:
        InvalidPattern: it is not valid.
        NotMatched: it has a part that is not evaluated here.
    """
    reader = _Reader(pattern)
    write, _ = reader.alternatives(0)
    if reader.at < len(pattern):
        raise InvalidPattern("the regular expression has an unexpected ')'")
    steps: list[_Step] = []
    write(steps)
    steps.append(_Step("end"))
    return Pattern(steps, tuple(reader.groups))


def matches_in_java(pattern: str, text: str) -> bool | None:
    """Whether the whole of a text matches a pattern of Java; None where the pattern may mean something else here.

    Source: Java, java.util.regex.Pattern; what is left out there and here are look-around, flags, references and operations on classes.

    Args:
        pattern: it.
        text: of which only printable ASCII is decided.
    """
    if not _COMMON.fullmatch(pattern) or not _PRINTED.fullmatch(text):
        return None
    try:
        compiled(pattern)
        return compiled(rf"\A(?:{pattern})\z").search(text) is not None
    except (InvalidPattern, NotMatched):
        return None


def is_within_in_java(pattern: str, characters: frozenset[str]) -> bool:
    """Whether every text the whole of which matches a pattern of Java certainly is of some characters; False where that is not known.

    Args:
        pattern: it, which may be none of Java's.
        characters: those of printable ASCII that the text may have.
    """
    if not _COMMON.fullmatch(pattern):
        return False
    try:
        return all(
            last <= _LAST_PRINTED and characters.issuperset(map(chr, range(first, last + 1)))
            for first, last in compiled(pattern).taken
        )
    except (InvalidPattern, NotMatched):
        return False


class _Reader:
    """Reads a pattern. Flags: `i` either case, `m` lines, `s` a dot for line ends too, `U` lazy."""

    def __init__(self, pattern: str) -> None:
        self.pattern, self.at = pattern, 0
        self.flags: frozenset[str] = frozenset()
        self.groups: list[str] = []

    def peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def alternatives(self, depth: int) -> _Node:
        if depth > _DEEPEST:
            raise NotMatched("the regular expression is nested too deeply")
        outer = self.flags
        nodes = [self.sequence(depth)]
        while self.peek() == "|":
            self.at += 1
            nodes.append(self.sequence(depth))
        self.flags = outer
        return _either(nodes)

    def sequence(self, depth: int) -> _Node:
        nodes: list[_Node] = []
        while self.peek() not in ("", "|", ")"):
            special = self.pattern.startswith(("(?", "\\Q"), self.at)
            atom = self.atom(depth)
            if atom is not None and not (special and self.pattern.endswith("\\E", 0, self.at)):
                nodes.append(self.repeated(atom))
                continue
            if self.count()[0] is not None:
                raise NotMatched("the regular expression repeats flags or quoted text, which is not evaluated")
            nodes += [] if atom is None else [atom]
        return _sequence(nodes)

    def repeated(self, node: _Node) -> _Node:
        """An atom with the repetition behind it; two in a row are not valid."""
        least, most = self.count()
        if least is None:
            return node
        lazy = ("U" in self.flags) != (self.peek() == "?")
        self.at += self.peek() == "?"
        if self.count()[0] is not None:
            raise InvalidPattern("the regular expression repeats a repetition")
        if max(least, most or 0) > _GREATEST_COUNT or (most is not None and most < least):
            raise InvalidPattern("the regular expression has a count that is not valid")
        return _counted(node, least, most, lazy=lazy)

    def count(self) -> tuple[int | None, int | None]:
        """The least and greatest number of times; the least is None where no repetition stands here."""
        mark = self.peek()
        if mark in ("*", "+", "?") and mark:
            self.at += 1
            return (1 if mark == "+" else 0), (1 if mark == "?" else None)
        match = _COUNT(self.pattern, self.at) if mark == "{" else None
        if match is None:
            return None, None
        self.at = match.end()
        least = int(match[1][:5])
        return least, least if match[2] is None else int(match[3][:5]) if match[3] else None

    def atom(self, depth: int) -> _Node | None:
        """One item; None for flags that stand alone."""
        mark = self.peek()
        if mark == "(":
            return self.group(depth)
        if mark == "[":
            return self.set(self.bracket())
        if mark == "\\":
            return self.escape()
        if mark in ("*", "+", "?"):
            raise InvalidPattern("the regular expression repeats nothing")
        self.at += 1
        if mark == ".":
            return _characters(((0, _LAST),) if "s" in self.flags else ((0, 9), (11, _LAST)))
        if mark == "^":
            return _condition("line begins" if "m" in self.flags else "begin")
        if mark == "$":
            return _condition("line ends" if "m" in self.flags else "finish")
        return self.set(((ord(mark), ord(mark)),))

    def group(self, depth: int) -> _Node | None:
        match = _GROUP(self.pattern, self.at)
        if match is None:
            if self.pattern.startswith("(?", self.at):
                raise InvalidPattern("the regular expression has a group that is not valid")
            self.at += 1
            return self.capture("", depth)
        self.at = match.end()
        if match[1]:
            if match[1] in self.groups or not match[1].isascii():
                raise NotMatched("the regular expression has such a name of a group, which is not evaluated")
            return self.capture(match[1], depth)
        outer = self.flags
        self.flags = (outer | frozenset(match[2])) - frozenset(match[3] or "")
        if match[4] == ")":
            return None
        inner = self.alternatives(depth + 1)
        self.flags = outer
        self.close()
        return inner

    def capture(self, name: str, depth: int) -> _Node:
        self.groups.append(name)
        number = len(self.groups)
        write, nullable = self.alternatives(depth + 1)
        self.close()

        def captured(steps: list[_Step]) -> None:
            _add(steps, _Step("place", first=2 * number))
            write(steps)
            _add(steps, _Step("place", first=2 * number + 1))

        return captured, nullable

    def close(self) -> None:
        if self.peek() != ")":
            raise InvalidPattern("the regular expression lacks a ')'")
        self.at += 1

    def escape(self) -> _Node:
        mark = self.pattern[self.at + 1 : self.at + 2]
        if mark in ("A", "z", "b", "B"):
            self.at += 2
            return _condition({"A": "begin", "z": "finish", "b": "border", "B": "no border"}[mark])
        if mark == "Q":
            end = self.pattern.find("\\E", self.at)
            raw = self.pattern[self.at + 2 : end if end >= 0 else len(self.pattern)]
            self.at = end + 2 if end >= 0 else len(self.pattern)
            return _sequence([self.set(((ord(one), ord(one)),)) for one in raw])
        return self.set(self.escaped())

    def escaped(self) -> Ranges:
        """The set that an escape stands for, inside brackets or outside."""
        mark = self.pattern[self.at + 1 : self.at + 2]
        if mark.lower() in _CLASSES and mark:
            self.at += 2
            found = _CLASSES[mark.lower()]
            return found if mark.islower() else _outside(found)
        if match := _CODE(self.pattern, self.at):
            self.at = match.end()
            code = int(match[1] or match[2], 16)
            if code <= _LAST:
                return ((code, code),)
        if mark in ("p", "P"):
            raise NotMatched("the regular expression has a class of Unicode, which is not evaluated")
        if mark in _ESCAPED or (mark and mark.isascii() and not mark.isalnum()):
            self.at += 2
            code = _ESCAPED.get(mark, ord(mark))
            return ((code, code),)
        if mark.isdigit():
            raise NotMatched("the regular expression has an octal escape, which is not evaluated")
        raise InvalidPattern("the regular expression has an escape that is not valid")

    def bracket(self) -> Ranges:
        """The set in brackets."""
        self.at += 1
        negated = self.peek() == "^"
        self.at += negated
        ranges: list[tuple[int, int]] = []
        first = True
        while self.peek() != "]" or first:
            if not self.peek():
                raise InvalidPattern("the regular expression lacks a ']'")
            if self.peek() == "-" and not first and self.pattern[self.at + 1 : self.at + 2] != "]":
                raise InvalidPattern("the regular expression has a range that is not valid")
            first = False
            ranges += self.item()
        self.at += 1
        found = self.either_case(tuple(ranges))
        return _outside(found) if negated else found

    def item(self) -> Ranges:
        if named := _CLASS_NAME(self.pattern, self.at):
            self.at = named.end()
            if named[2] not in _NAMED:
                raise InvalidPattern("the regular expression names a class that there is not")
            return _outside(_NAMED[named[2]]) if named[1] else _NAMED[named[2]]
        low = self.single()
        if len(low) > 1 or low[0][0] != low[0][1]:
            return low
        if self.peek() == "-" and self.pattern[self.at + 1 : self.at + 2] not in ("", "]"):
            self.at += 1
            high = self.single()
            if len(high) > 1 or high[0][0] != high[0][1] or high[0][0] < low[0][0]:
                raise InvalidPattern("the regular expression has a range that is not valid")
            return ((low[0][0], high[0][0]),)
        return low

    def single(self) -> Ranges:
        if self.peek() == "\\":
            return self.escaped()
        code = ord(self.peek())
        self.at += 1
        return ((code, code),)

    def set(self, ranges: Ranges) -> _Node:
        return _characters(self.either_case(ranges))

    def either_case(self, ranges: Ranges) -> Ranges:
        """A set with the other case of its letters under the flag `i`; what folds beyond ASCII is not evaluated."""
        if "i" not in self.flags:
            return ranges
        if any(high > 127 and (low, high) != (128, _LAST) for low, high in ranges):
            raise NotMatched("the regular expression ignores the case of letters beyond ASCII, which is not evaluated")
        added = [
            (ord(other), ord(other))
            for low, high in ranges
            for code in range(max(low, 65), min(high, 122) + 1)
            if (other := chr(code).swapcase()) != chr(code)
        ]
        folded = [(code, code) for letter, code in (("k", 0x212A), ("s", 0x17F)) if _in(ord(letter), (*ranges, *added))]
        return (*ranges, *added, *folded)


def _outside(ranges: Ranges) -> Ranges:
    found: list[tuple[int, int]] = []
    begin = 0
    for low, high in sorted(ranges):
        if low > begin:
            found.append((begin, low - 1))
        begin = max(begin, high + 1)
    if begin <= _LAST:
        found.append((begin, _LAST))
    return tuple(found)


def _add(steps: list[_Step], step: _Step) -> _Step:
    if len(steps) >= _LONGEST_PROGRAM:
        raise NotMatched("the regular expression is too long to be evaluated")
    steps.append(step)
    return step


def _characters(ranges: Ranges) -> _Node:
    return lambda steps: _ignore(_add(steps, _Step("character", ranges))), False


def _condition(kind: str) -> _Node:
    return lambda steps: _ignore(_add(steps, _Step(kind))), True


def _ignore(_: object) -> None:
    return None


def _sequence(nodes: list[_Node]) -> _Node:
    def written(steps: list[_Step]) -> None:
        for write, _ in nodes:
            write(steps)

    return written, all(nullable for _, nullable in nodes)


def _either(nodes: list[_Node]) -> _Node:
    *some, last = nodes
    if not some:
        return last

    def written(steps: list[_Step]) -> None:
        jumps: list[_Step] = []
        for write, _ in some:
            choice = _add(steps, _Step("choice"))
            choice.first = len(steps)
            write(steps)
            jumps.append(_add(steps, _Step("choice")))
            choice.second = len(steps)
        last[0](steps)
        for jump in jumps:
            jump.first = jump.second = len(steps)

    return written, any(nullable for _, nullable in nodes)


def _optional(node: _Node, times: int = 1, *, lazy: bool) -> _Node:
    """A node up to so many times, as in `(x(x(x)?)?)?`; written in turn, since a thousand calls are more than Python takes."""

    def written(steps: list[_Step]) -> None:
        choices: list[tuple[_Step, int]] = []
        for _ in range(times):
            choices.append((_add(steps, _Step("choice")), len(steps)))
            node[0](steps)
        for choice, inside in choices:
            choice.first, choice.second = (len(steps), inside) if lazy else (inside, len(steps))

    return written, True


def _once_or_more(node: _Node, *, lazy: bool) -> _Node:
    def written(steps: list[_Step]) -> None:
        begin = len(steps)
        node[0](steps)
        choice = _add(steps, _Step("choice"))
        choice.first, choice.second = (len(steps), begin) if lazy else (begin, len(steps))

    return written, node[1]


def _any_number(node: _Node, *, lazy: bool) -> _Node:
    if node[1]:  # so that the order of preference is kept: Go's compile.go, star
        return _optional(_once_or_more(node, lazy=lazy), lazy=lazy)

    def written(steps: list[_Step]) -> None:
        choice = _add(steps, _Step("choice"))
        inside = len(steps)
        node[0](steps)
        back = _add(steps, _Step("choice"))
        back.first = back.second = inside - 1
        choice.first, choice.second = (len(steps), inside) if lazy else (inside, len(steps))

    return written, True


def _counted(node: _Node, least: int, most: int | None, *, lazy: bool) -> _Node:
    """`x{least,most}` as Go's simplify.go writes it out."""
    if most is None:
        if least == 0:
            return _any_number(node, lazy=lazy)
        return _sequence([node] * (least - 1) + [_once_or_more(node, lazy=lazy)])
    further = [_optional(node, most - least, lazy=lazy)] if most > least else []
    return _sequence([node] * least + further)
