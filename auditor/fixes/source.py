"""The text of a file that is to be changed: offsets, lines, and where brackets end."""

from __future__ import annotations

import functools
import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence

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
        line = self.text[self.line_start(offset) : self.line_end(offset)]
        return line[: len(line) - len(line.lstrip(" \t"))]

    def line_start(self, offset: int) -> int:
        """The offset of the beginning of the line."""
        return self.text.rfind("\n", 0, offset) + 1

    def line_end(self, offset: int) -> int:
        """The offset of the line end at or after an offset."""
        found = self.text.find("\n", offset)
        return len(self.text) if found < 0 else found

    def block_start(self, offset: int) -> int:
        """The offset of the last line at or before an offset that begins with a letter: no string or comment of ordinary code is open there."""
        found = [match.start() for match in _LETTER.finditer(self.text, 0, offset)]
        return found[-1] if found else 0

    def begins_line(self, offset: int) -> bool:
        """Whether only white space stands before an offset in its line."""
        return not self.text[self.line_start(offset) : offset].strip()

    def opening(self, offset: int) -> int | None:
        """The offset of the `{` that a block's header at or after an offset opens."""
        found = self.text.find("{", offset, self.line_end(offset))
        return found if found >= 0 else None

    def closing(self, opening: int) -> int | None:
        """The offset of the bracket that closes the one at `opening`; strings, comments and heredocs are passed over."""
        stack: list[str] = []
        for offset, token in self._tokens(opening):
            if token in _CLOSING:
                stack.append(_CLOSING[token])
            elif stack and token == stack[-1]:
                stack.pop()
                if not stack:
                    return offset
            elif token in _CLOSING.values():
                return None
        return None

    def last(self, start: int, end: int) -> int:
        """The offset after the last character between two offsets that is neither blank nor part of a comment; `start` when there is none."""
        found = start
        for offset, token in self._tokens(start):
            if offset >= end:
                break
            if said := token[: end - offset].rstrip():
                found = offset + len(said)
        return found

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
    depth, position = 0, offset + 1
    while position < len(text):
        if text[position] == "\\":
            position += 2
        elif text.startswith(("${", "%{"), position) and text[position - 1] != text[position]:
            depth, position = depth + 1, position + 2
        elif depth and text[position] == '"':
            position = string_end(text, position)
        elif depth and text[position] == "}":
            depth, position = depth - 1, position + 1
        elif not depth and text[position] == '"':
            return position + 1
        else:
            position += 1
    return len(text)
