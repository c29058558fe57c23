"""JSON with exact positions, and JSON inside text that has holes.

Source: RFC 8259. The reader is strict; it reports the first fault and stops. Repeated keys are faults of their own, since JSON parsers
disagree on them.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from functools import partial
from typing import Any

from auditor.foundation.errors import InputError
from auditor.foundation.location import Lines, Location
from auditor.foundation.value import (
    JsonText,
    Known,
    ListValue,
    MapValue,
    Scalar,
    SourceMap,
    Symbol,
    Template,
    Unknown,
    Value,
    text_of,
    text_parts,
    whole,
)
from auditor.lazy.expressions import regex
from auditor.lazy.mapping import LazyMapping

_SPACE = regex(r"[ \t\r\n]*")
_STRING = regex(r'"((?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*)"')
_NUMBER = regex(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_WORDS: dict[str, Scalar] = {"true": True, "false": False, "null": None}
_WORD = regex(r"true|false|null")
# Text without escapes, or one escaped character: a pair of surrogates is one.
_PIECE = regex(r"[^\\]+|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.")
_DEEPEST = 200
_HOLE = 0xF0000


class _Fault(Exception):
    def __init__(self, offset: int, message: str) -> None:
        self.offset, self.message = offset, message


Locate = Callable[[int, int], Location]


def plain_json(text: str) -> Any:
    """A JSON text as Python's own values, where places do not matter; a byte order mark is passed over, a number of very many digits infinite.

    Raises:
        ValueError: it is not JSON, or nested too deeply.
    """
    try:
        return json.loads(text.removeprefix("\ufeff"), parse_int=whole)
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error


def repeated_key(name: str, place: Location) -> Unknown:
    """What stands under a key that a map has twice: nobody can tell which of its values is meant."""
    return Unknown(Symbol(f"the key '{name}' at {place}", f"the key '{name}' is repeated", "write it once", place), place)


def parse_json_file(text: str, path: str) -> tuple[Value | None, tuple[InputError, ...]]:
    """The value of a JSON document with exact places; None and one error when it is not JSON.

    Args:
        text: the whole file; a byte order mark is passed over.
        path: its name.
    """
    text = text.removeprefix("\ufeff")
    return _Reader(text, _locate_in(text, path), {}).read()


def parse_large_json(text: str, path: str) -> tuple[Value | None, list[InputError]]:
    """As `parse_json_file`, where of a document without a fault the outermost levels are read when something asks for them.

    What is found too deeply nested then is unknown, and its error appended to the list that was returned.
    """
    text = text.removeprefix("\ufeff")
    try:
        _DISTINCT.decode(text)
    except (ValueError, RecursionError):
        value, errors = parse_json_file(text, path)
        return value, [*errors]
    found: list[InputError] = []
    reader = _LazyReader(text, _locate_in(text, path), found)
    return reader.part(reader.skip(0), 0), found


_MISTAKES = (
    (regex(r"//|/\*|#"), "has a comment here, and JSON has none: remove it"),
    (regex(r"```"), "has a Markdown fence here: remove it"),
    (regex(r"'"), "has text in single quotes here: JSON has double quotes"),
    (regex("[\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb]"), "has typographic quotation marks here: JSON has straight ones"),
    (regex(r"(True|False|None|undefined|nil)\b"), "has '{0}' here: JSON has true, false and null"),
    (regex(r"-?(?:NaN|Infinity)\b"), "has '{0}' here, which is not a JSON value"),
    (regex(r"=>?"), "has '{0}' here: JSON has ':' between a key and its value"),
    (regex(r"[A-Za-z_$][\w$-]*(?=\s*:\s)"), "has '{0}' without quotes here: JSON has double quotes around each key and text"),
    (
        regex("[\u00a0\u2000-\u200d\u2028\u2029\u2060\u3000\ufeff]"),
        "has a space here that JSON does not take between values: replace it",
    ),
)
"""What people write in place of JSON, and what is told of it where it stands."""


def mistake_at(text: str, offset: int) -> str:
    """What is told of a text that is not JSON at an offset, with the correction; empty when it is none of the usual mistakes."""
    if text.startswith(("}", "]"), offset) and text[:offset].rstrip().endswith(","):
        return "has a comma before this closing bracket: remove it"
    for pattern, message in _MISTAKES:
        if match := pattern.match(text, offset):
            return message.format(match[0])
    return ""


def _distinct(pairs: list[tuple[str, Any]]) -> None:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a key is repeated")


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


_DISTINCT = json.JSONDecoder(object_pairs_hook=_distinct, parse_constant=_refused)
_PLAIN = json.JSONDecoder()
_LAZY_LEVELS = 3
"""Of a template: the document, its sections, and their entries."""


def _locate_in(text: str, path: str) -> Locate:
    lines = Lines(text, path)

    def locate(start: int, end: int) -> Location:
        if text.startswith("\n", max(start, end - 1)):  # a fault at the end of a line is told in that line
            line, column = lines.place(max(start, end - 1))
            return Location(path, *lines.place(start), line, column + 1)
        return lines.region(start, max(start + 1, end))

    return locate


def parse_json(value: Value, location: Location) -> tuple[Value | None, tuple[InputError, ...]]:
    """The JSON value in a text, which may have holes.

    A hole inside a JSON string makes that string a text with a hole; a hole where a value stands is that value, or what it is the encoding of.

    Args:
        value: a text; a `JsonText` gives its content.
        location: where the text is written, for what has no place of its own.
    """
    if isinstance(value, JsonText):
        return value.content, ()
    if isinstance(value, Unknown):
        return value, ()
    if not isinstance(value, Known | Template) or (isinstance(value, Known) and not isinstance(value.value, str)):
        return value, ()
    holes: dict[str, Symbol] = {}
    pieces: list[str] = []
    for part in text_parts(value):
        if isinstance(part, str):
            pieces.append(part)
        else:
            mark = chr(_HOLE + len(holes))
            holes[mark] = part
            pieces.append(mark)
    text = "".join(pieces)
    source_map, place = value.source_map, value.location or location

    def locate(start: int, end: int) -> Location:
        return source_map.locate(start, end, text) if source_map else place

    return _Reader(text, locate, holes).read()


def source_map(text: str, string: Location) -> SourceMap | None:
    """Where the characters of a JSON string are written; None when no string is there.

    An escaped character has the place of the last character of its escape.

    Args:
        text: the whole file.
        string: the string in it, quotes included.
    """
    line = text.removeprefix("\ufeff").split("\n", string.line)[string.line - 1]
    match = _STRING.match(line, string.column - 1)
    if match is None:
        return None
    offset, starts = 0, []
    for piece in _PIECE.finditer(match[1]):
        escape = piece[0].startswith("\\")
        starts.append((offset, string.line, string.column + (piece.end() if escape else piece.start() + 1)))
        offset += 1 if escape else len(piece[0])
    return SourceMap(string.path, tuple(starts))


class _Reader:
    def __init__(self, text: str, locate: Locate, holes: dict[str, Symbol]) -> None:
        self.text, self.locate, self.holes = text, locate, holes
        self.errors: list[InputError] = []

    def read(self) -> tuple[Value | None, tuple[InputError, ...]]:
        try:
            value, end = self.value(self.skip(0), 0)
        except _Fault as fault:
            place = self.locate(fault.offset, min(len(self.text), fault.offset + 1))
            return None, (InputError(place, self.told(fault.offset, fault.message)),)
        end = self.skip(end)
        if end < len(self.text):
            return None, (InputError(self.locate(end, end + 1), self.told(end, "something follows the JSON value")),)
        return value, tuple(self.errors)

    def told(self, offset: int, message: str) -> str:
        return mistake_at(self.text, offset) or message

    def skip(self, offset: int) -> int:
        match = _SPACE.match(self.text, offset)
        return match.end() if match else offset

    def value(self, offset: int, depth: int) -> tuple[Value, int]:
        if depth > _DEEPEST:
            raise _Fault(offset, "is nested too deeply")
        if offset >= len(self.text):
            raise _Fault(max(0, len(self.text) - 1), "ends where a JSON value is expected")
        char = self.text[offset]
        if char == "{":
            return self.map(offset, depth)
        if char == "[":
            return self.list(offset, depth)
        if char == '"':
            return self.string(offset)
        if char in self.holes:
            place, meant = self.locate(offset, offset + 1), self.holes[char].meant
            return Unknown(self.holes[char], place) if meant is None or meant.encoded is None else meant.encoded, offset + 1
        if match := _WORD.match(self.text, offset):
            return Known(_WORDS[match[0]], self.locate(*match.span())), match.end()
        if match := _NUMBER.match(self.text, offset):
            return self.number(match), match.end()
        raise _Fault(offset, f"has '{char}' where a JSON value is expected")

    def number(self, match: re.Match[str]) -> Value:
        place = self.locate(*match.span())
        number: Scalar = float(match[0]) if match[1] or match[2] else whole(match[0])
        if number in (math.inf, -math.inf):
            return Unknown(
                Symbol(f"the number at {place}", "the number has more digits than are kept exact", location=place), place
            )
        return Known(number, place)

    def string(self, offset: int) -> tuple[Value, int]:
        match = _STRING.match(self.text, offset)
        if match is None:
            raise _Fault(offset, "has a string that is not closed or holds a character that must be escaped")
        text: str = match[1] if "\\" not in match[1] else json.loads(match[0])
        place = self.locate(*match.span())
        if not self.holes or not any(char in self.holes for char in text):
            return Known(text, place), match.end()
        parts = [self.holes.get(piece, piece) for piece in re.split(f"([{chr(_HOLE)}-{chr(_HOLE + len(self.holes))}])", text)]
        return text_of(parts, place), match.end()

    def map(self, offset: int, depth: int) -> tuple[Value, int]:
        text, entries = self.text, dict[str, Value]()
        places: dict[str, Location] = {}
        position = self.skip(offset + 1)
        if text[position : position + 1] == "}":
            return MapValue(entries, self.locate(offset, position + 1)), position + 1
        while True:
            if text[position : position + 1] != '"':
                raise _Fault(min(position, max(0, len(text) - 1)), "expected a key in quotes here")
            key, after = self.string(position)
            name = (
                key.value
                if isinstance(key, Known) and isinstance(key.value, str)
                else "".join(
                    part if isinstance(part, str) else f"${{{part.name}}}"
                    for part in text_parts(key)  # type: ignore[arg-type]
                )
            )
            place = key.location or self.locate(position, after)
            if name in entries:
                self.errors.append(InputError(place, f"the key '{name}' is repeated; it is first in line {places[name].line}"))
            position = self.skip(after)
            if text[position : position + 1] != ":":
                raise _Fault(min(position, max(0, len(text) - 1)), f"expected ':' after the key '{name}'")
            value, position = self.value(self.skip(position + 1), depth + 1)
            entries[name] = repeated_key(name, place) if name in entries else value
            places[name] = place
            position = self.skip(position)
            char = text[position : position + 1]
            if char == "}":
                return MapValue(entries, self.locate(offset, position + 1), None, places), position + 1
            if char != ",":
                raise _Fault(min(position, max(0, len(self.text) - 1)), "expected ',' or '}' here")
            position = self.skip(position + 1)

    def list(self, offset: int, depth: int) -> tuple[Value, int]:
        items: list[Value] = []
        position = self.skip(offset + 1)
        if self.text[position : position + 1] == "]":
            return ListValue((), self.locate(offset, position + 1)), position + 1
        while True:
            item, position = self.value(position, depth + 1)
            items.append(item)
            position = self.skip(position)
            char = self.text[position : position + 1]
            if char == "]":
                return ListValue(tuple(items), self.locate(offset, position + 1)), position + 1
            if char != ",":
                raise _Fault(min(position, max(0, len(self.text) - 1)), "expected ',' or ']' here")
            position = self.skip(position + 1)


class _LazyReader(_Reader):
    """Reads a text that is JSON for certain, and repeats no key."""

    def __init__(self, text: str, locate: Locate, errors: list[InputError]) -> None:
        super().__init__(text, locate, {})
        self.errors = errors

    def part(self, offset: int, depth: int) -> Value:
        """The value at an offset; what is too deep in it becomes an error and an unknown."""
        try:
            return self.value(offset, depth)[0]
        except _Fault as fault:
            place = self.locate(fault.offset, fault.offset + 1)
            self.errors.append(InputError(place, fault.message))
            return Unknown(Symbol(f"the text at {place}", fault.message, location=place), place)

    def map(self, offset: int, depth: int) -> tuple[Value, int]:
        if depth >= _LAZY_LEVELS:
            return super().map(offset, depth)
        text, parts, places = self.text, dict[str, int](), dict[str, Location]()
        position = self.skip(offset + 1)
        while text[position] != "}":
            key, after = self.string(position)
            name = str(key.value) if isinstance(key, Known) else ""
            places[name] = key.location or self.locate(position, after)
            parts[name] = self.skip(self.skip(after) + 1)
            _, after = _PLAIN.raw_decode(text, parts[name])
            position = self.skip(after)
            if text[position] == ",":
                position = self.skip(position + 1)
        entries = LazyMapping(parts, partial(self.part, depth=depth + 1))
        return MapValue(entries, self.locate(offset, position + 1), None, places), position + 1
