"""The text of a file that is to be changed: offsets, lines, and where brackets end."""

from __future__ import annotations

import functools
import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

from auditor.finding import Edit
from auditor.foundation.location import Location, starts_of
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex

_CLOSING = {"{": "}", "[": "]", "(": ")"}
_LETTER = regex(r"^[A-Za-z]", re.MULTILINE)
_HEREDOC = regex(r"<<-?(\w+)\n")
_COMMENT = regex(r"(?:#|//)[^\n]*|/\*.*?\*/", re.DOTALL)
# What is neither a bracket nor begins a string, a comment or a heredoc.
_PLAIN = regex(r'[^"#/<{}()\[\]]+')
_SIMPLE_STRING = regex(r'"[^"\\$%]*"')
_IN_STRING = regex(r'[\\"}]|[$%]\{')
_ENTRY = regex(r'\s*,?\s*"([^"\n]*)"\s*:\s*')
_SCALAR = regex(r"[^,}\]\s]*")
_BLANKS = regex(r"[ \t]*")
_KEY = regex(r"""\b\w++(?=["']?\s*:)""")
_SHORT = 500  # where a shorter pair of brackets ends is found out again each time
_NEAR = 2_000  # as far back is it looked for what is before a place


@dataclass(slots=True)
class _Said:
    """What stands in a file from an offset on, read as far as somebody asked: the texts that are neither blank nor comments, by their ends."""

    left: Iterator[tuple[int, str]]
    starts: array[int] = field(default_factory=lambda: array("I"))
    ends: array[int] = field(default_factory=lambda: array("I"))

    def before(self, end: int) -> int:
        """How many of them start before an offset."""
        if not self.starts or self.starts[-1] < end:
            for offset, token in self.left:
                if said := token.rstrip():
                    self.starts.append(offset)
                    self.ends.append(offset + len(said))
                    if offset >= end:
                        break
        return bisect_left(self.starts, end)


@dataclass(slots=True)
class _Kept:
    """What was found out of a file for one fix, for those after it."""

    closings: dict[int, int | None] = field(default_factory=dict)
    said: dict[int, _Said] = field(default_factory=dict)
    matches: dict[re.Pattern[str], tuple[Sequence[int], Sequence[int]]] = field(default_factory=dict)
    entries: dict[tuple[int, int], dict[str, int]] = field(default_factory=dict)
    keys: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file.

    Attributes:
        path: its name.
        text: its content with LF for line ends and without a byte order mark, as locations count.
        starts: the offset of each line.
    """

    path: str
    text: str
    starts: Sequence[int]
    _kept: _Kept = field(default_factory=_Kept, init=False, repr=False, compare=False)

    @staticmethod
    @functools.lru_cache(maxsize=16)
    def of(path: str, content: bytes) -> SourceFile | None:
        """The file, made once for all its fixes; None when it is not UTF-8."""
        try:
            text = content.decode("utf-8").removeprefix("\ufeff").replace("\r\n", "\n")
        except UnicodeDecodeError:
            return None
        return SourceFile(path, text, array("I", starts_of(text)))

    def start(self, place: Location) -> int:
        """The offset at which a region starts."""
        return min(self._offset(place.line, place.column), len(self.text))

    def end(self, place: Location) -> int:
        """The offset at which a region ends."""
        return min(self._offset(place.end_line, place.end_column), len(self.text))

    def at(self, place: Location) -> str:
        """The text of a region."""
        return self.text[self.start(place) : self.end(place)]

    def edit(self, start: int, end: int, text: str) -> Edit:
        """The edit that puts a text in the place of what is between two offsets."""
        line, column = self._position(start)
        end_line, end_column = self._position(end)
        return Edit(Location(self.path, line, column, end_line, end_column), text)

    def indent(self, offset: int) -> str:
        """The white space at the beginning of the line of an offset."""
        found = _BLANKS.match(self.text, self.line_start(offset))
        return found[0] if found else ""

    def line_start(self, offset: int) -> int:
        """The offset of the beginning of the line."""
        return self.text.rfind("\n", 0, offset) + 1

    def line_end(self, offset: int) -> int:
        """The offset of the line end at or after an offset."""
        found = self.text.find("\n", offset)
        return len(self.text) if found < 0 else found

    def block_start(self, offset: int) -> int:
        """The offset of the last line at or before an offset that begins with a letter: no string or comment of ordinary code is open there."""
        return self.last_match(_LETTER, offset) or 0

    def last_match(self, pattern: re.Pattern[str], offset: int) -> int | None:
        """Where the last match of a pattern starts that ends at or before an offset; None without one."""
        if pattern not in self._kept.matches:
            starts, ends = array("I"), array("I")
            for match in pattern.finditer(self.text):
                starts.append(match.start())
                ends.append(match.end())
            self._kept.matches[pattern] = starts, ends
        starts_of_all, ends_of_all = self._kept.matches[pattern]
        found = bisect_right(ends_of_all, offset)
        return starts_of_all[found - 1] if found else None

    def before(self, pattern: re.Pattern[str], offset: int) -> re.Match[str] | None:
        """The match of a pattern, which says how it ends, in what stands shortly before an offset."""
        return pattern.search(self.text, max(0, offset - _NEAR), offset)

    def has_key(self, name: str) -> bool:
        """Whether a word stands before a colon, be it in quotes, anywhere in the file."""
        if self._kept.keys is None:
            self._kept.keys = frozenset(_KEY.findall(self.text))
        return name in self._kept.keys

    def begins_line(self, offset: int) -> bool:
        """Whether only white space stands before an offset in its line."""
        return not self.text[self.line_start(offset) : offset].strip()

    def opening(self, offset: int) -> int | None:
        """The offset of the `{` that a block's header at or after an offset opens."""
        found = self.text.find("{", offset, self.line_end(offset))
        return found if found >= 0 else None

    def closing(self, opening: int) -> int | None:
        """The offset of the bracket that closes the one at `opening`; strings, comments and heredocs are passed over."""
        closings = self._kept.closings
        if opening not in closings:
            # With it those inside are found, which are looked for next.
            stack: list[tuple[int, str]] = []
            for offset, token in self._tokens(opening):
                if token in _CLOSING:
                    stack.append((offset, _CLOSING[token]))
                elif token in _CLOSING.values():
                    if not stack or stack[-1][1] != token:
                        break
                    opened, _ = stack.pop()
                    if not stack:
                        closings[opening] = offset
                        return offset
                    if offset - opened > _SHORT:
                        closings[opened] = offset
            closings.update((opened, None) for opened, _ in stack)
        return closings.setdefault(opening, None)

    def last(self, start: int, end: int) -> int:
        """The offset after the last character between two offsets that is neither blank nor part of a comment; `start` when there is none."""
        said = self._kept.said.get(start)
        if said is None:
            said = self._kept.said[start] = _Said(self._tokens(start))
        for number in range(said.before(end) - 1, -1, -1):
            text = self.text[said.starts[number] : min(said.ends[number], end)].rstrip()
            if text:
                return said.starts[number] + len(text)
        return start

    def entries(self, opening: int, closing: int) -> Mapping[str, int]:
        """The offsets of the values of an object of JSON by their names, the first of each, as far as it can be read."""
        if (opening, closing) not in self._kept.entries:
            found = self._kept.entries[opening, closing] = {}
            for name, value in self._entries(opening, closing):
                found.setdefault(name, value)
        return self._kept.entries[opening, closing]

    def _entries(self, opening: int, closing: int) -> Iterator[tuple[str, int]]:
        offset = opening + 1
        while match := _ENTRY.match(self.text, offset, closing):
            value = match.end()
            yield match[1], value
            if self.text[value] in "{[":
                end = self.closing(value)
                if end is None:
                    return
                offset = end + 1
            elif self.text[value] == '"':
                offset = string_end(self.text, value)
            else:
                found = _SCALAR.match(self.text, value)
                offset = found.end() if found else closing

    def _tokens(self, offset: int) -> Iterator[tuple[int, str]]:
        """Brackets, whole strings and runs of other text from an offset on, with their offsets; without comments."""
        text = self.text
        plain = self.path.endswith((".yaml", ".yml", ".json"))
        while offset < len(text):
            if run := _PLAIN.match(text, offset):
                yield offset, run[0]
                offset = run.end()
                continue
            comment = None if plain and not text.startswith("#", offset) else _COMMENT.match(text, offset)
            heredoc = _HEREDOC.match(text, offset)
            if comment:
                offset = comment.end()
            elif heredoc and (over := re.compile(rf"^[ \t]*{heredoc[1]}$", re.MULTILINE).search(text, heredoc.end())):
                yield offset, text[offset : over.end()]
                offset = over.end()
            elif text[offset] == '"':
                over_at = string_end(text, offset)
                yield offset, text[offset:over_at]
                offset = over_at
            else:
                yield offset, text[offset]
                offset += 1

    def _offset(self, line: int, column: int) -> int:
        return self.starts[min(line, len(self.starts)) - 1] + column - 1 if line <= len(self.starts) else len(self.text)

    def _position(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1


def string_end(text: str, offset: int) -> int:
    """The offset after a string in double quotes, in which `${…}` may hold further strings."""
    if simple := _SIMPLE_STRING.match(text, offset):
        return simple.end()
    depths, position = [0], offset + 1  # one for each string around, how many `${` of it are open
    while found := _IN_STRING.search(text, position):
        position, sign = found.end(), found[0]
        if sign == "\\":
            position += 1
        elif sign == '"' and not depths[-1]:
            depths.pop()
            if not depths:
                return position
        elif sign == '"':
            simple = _SIMPLE_STRING.match(text, found.start())
            position = simple.end() if simple else position
            depths += [] if simple else [0]
        elif sign == "}":
            depths[-1] -= 1 if depths[-1] else 0
        elif text[found.start() - 1] != sign[0]:
            depths[-1] += 1
        else:
            position -= 1
    return len(text)
