"""Registration requests as they lie in a text: where each item starts, read one item at a time.

A file may hold one request, a list of requests, a bare list of items, or JSON Lines of either. `read` walks it once, at
the speed of the C decoder, keeps the envelopes and the offsets of the items, and forgets the items; they are decoded
again one by one when they are checked. So memory does not grow with what the items hold, and everything has a position
without a position ever being stored.
"""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Iterator, Sequence
from json.decoder import scanstring  # type: ignore[attr-defined]  # it is there, only its stub is missing
from typing import Any, NoReturn

from auditor.foundation.json_text import mistake_at
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex

Path = tuple[str | int, ...]

_blank = re.compile(r"[ \t\n\r]*").match
_token = regex(r'"(?:[^"\\]|\\.)*"?|-?(?:NaN|Infinity)|[0-9]{4000,}', re.DOTALL)
_text = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL).match
_starts_an_item = re.compile(r'\{\s*"(?:name|path|slots|layout|type|tags|storage_key|file_name|key|filename|description)"').match
_ITEM_KEYS = frozenset({"name", "slots", "storage_key", "file_name", "key", "filename"})
_ENVELOPE_KEYS = frozenset({"dataset_slug", "storage_slug", "storage_name"})


class NotJson(Exception):
    """The text is not JSON.

    Attributes:
        offset: where it stops being JSON.
    """

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


class Repeated(dict[str, Any]):
    """A JSON object in which a key is written more than once; the last one counts.

    Attributes:
        names: the keys written more than once.
    """

    names: tuple[str, ...] = ()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entries = dict(pairs)
    if len(entries) == len(pairs):
        return entries
    seen: set[str] = set()
    repeated = Repeated(entries)
    repeated.names = tuple(dict.fromkeys(key for key, _ in pairs if key in seen or seen.add(key)))  # type: ignore[func-returns-value]
    return repeated


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)


_decode = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_refuse).raw_decode


def decode(text: str, start: int) -> tuple[Any, int]:
    """The JSON value that starts at an offset, and where it ends.

    Raises:
        NotJson: there is none.
    """
    try:
        return _decode(text, start)
    except json.JSONDecodeError as error:
        raise _broken(text, error.pos) from None
    except ValueError:
        for token in _token.finditer(text, start):
            if token[0][0] != '"':
                what = f"'{token[0]}' is not a JSON value" if "N" in token[0] or "I" in token[0] else "the number is too long"
                raise NotJson(what, token.start()) from None
        raise NotJson("a value cannot be read", start) from None
    except RecursionError:
        raise NotJson("the value is nested too deeply", start) from None


def _broken(text: str, offset: int) -> NotJson:
    if offset >= len(text):
        return NotJson("the text ends inside a value", len(text))
    found = text[offset]
    if found in "}]":
        before = len(text[:offset].rstrip(" \t\r\n")) - 1
        if before >= 0 and text[before] == ",":
            return NotJson("a comma stands before a closing bracket", before)
    if found == "," and text[offset + 1 : offset + 200].lstrip()[:1] in {"}", "]"}:
        return NotJson("a comma stands before a closing bracket", offset)
    if found == '"':
        return NotJson("a comma or colon is missing before this text" if _text(text, offset) else "a text is not closed", offset)
    if found == "\\":
        return NotJson("an escape is not one of JSON's", offset)
    if found < " ":
        return NotJson("a control character stands in a text", offset)
    return NotJson(mistake_at(text, offset) or f"'{printable(found)}' is not expected here", offset)


def printable(text: str) -> str:
    """The text with what cannot be printed or encoded (control characters, lone surrogates) written as an escape."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}" for c in text)


@dataclass(frozen=True, slots=True)
class Member:
    """One member of an object: its key, where key and value are written, the value, or the offsets of the elements of an array."""

    key: str
    key_start: int
    key_end: int
    start: int
    end: int
    value: Any
    elements: Sequence[int] | None


def _after_blank(text: str, offset: int) -> int:
    return _blank(text, offset).end()  # type: ignore[union-attr]


def _expect(text: str, offset: int, mark: str) -> int:
    offset = _after_blank(text, offset)
    if text[offset : offset + 1] != mark:
        raise _broken(text, offset)
    return offset + 1


def elements(text: str, start: int) -> tuple[array[int], int]:
    """The offsets of the elements of the array that starts at an offset, and where it ends.

    Raises:
        NotJson: it is not an array.
    """
    offsets = array("Q")
    offset = _after_blank(text, start + 1)
    if text[offset : offset + 1] == "]":
        return offsets, offset + 1
    while True:
        offset = _after_blank(text, offset)
        offsets.append(offset)
        _, offset = decode(text, offset)
        offset = _after_blank(text, offset)
        if text[offset : offset + 1] == "]":
            return offsets, offset + 1
        offset = _expect(text, offset, ",")


def members(text: str, start: int) -> tuple[list[Member], int]:
    """The members of the object that starts at an offset, and where it ends; arrays are walked and not kept.

    Raises:
        NotJson: it is not an object.
    """
    found: list[Member] = []
    offset = _after_blank(text, start + 1)
    if text[offset : offset + 1] == "}":
        return found, offset + 1
    while True:
        key_start = _after_blank(text, offset)
        if text[key_start : key_start + 1] != '"':
            raise _broken(text, key_start)
        try:
            key, key_end = scanstring(text, key_start + 1, True)
        except json.JSONDecodeError as error:
            raise _broken(text, error.pos) from None
        offset = _after_blank(text, _expect(text, key_end, ":"))
        value: Any = None
        offsets: Sequence[int] | None = None
        if text[offset : offset + 1] == "[":
            offsets, end = elements(text, offset)
        else:
            value, end = decode(text, offset)
        found.append(Member(key, key_start, key_end, offset, end, value, offsets))
        offset = _after_blank(text, end)
        if text[offset : offset + 1] == "}":
            return found, offset + 1
        offset = _expect(text, offset, ",")


@dataclass(frozen=True, slots=True)
class RegistrationRequest:
    """One request, or bare items that the options make a request of.

    Attributes:
        pointer: where in its document the request (or the bare list) stands.
        start: its offset.
        envelope: it without its items; anything when it is not an object.
        items: the offsets of its items; None when it has no list of them.
        bare: whether it is only items.
        lines: whether each item stands for itself, mostly on a line of its own; `pointer` is then the item's.
    """

    pointer: Path
    start: int
    envelope: Any
    items: Sequence[int] | None
    bare: bool = False
    lines: bool = False

    def pointer_of(self, index: int) -> Path:
        """Where in its document an item stands."""
        if self.lines:
            return self.pointer
        return (*self.pointer, index) if self.bare else (*self.pointer, "items", index)

    def decoded(self, text: str) -> Iterator[tuple[int, int, Any]]:
        """Index, offset and value of each item, in order."""
        for index, offset in enumerate(self.items or ()):
            yield index, offset, decode(text, offset)[0]


def read(text: str) -> tuple[RegistrationRequest, ...]:
    """The requests that a text holds.

    Raises:
        NotJson: it is not JSON or JSON Lines, or it is empty.
    """
    found: list[RegistrationRequest] = []
    line_items = array("Q")
    offset = _after_blank(text, 0)
    if offset == len(text):
        raise NotJson("the file is empty", 0)
    while offset < len(text):
        if text[offset] == "[" and not found and not line_items:
            requests, end = _list(text, offset)
            found.extend(requests)
        else:
            one, end = _one(text, offset, ())
            if one is None:
                line_items.append(offset)
            else:
                found.append(one)
        offset = _after_blank(text, end)
        if offset < len(text) and "\n" not in text[end:offset]:
            raise _broken(text, offset)
    if line_items:
        found.append(RegistrationRequest((), line_items[0], None, line_items, bare=True, lines=True))
    return tuple(found)


def _list(text: str, start: int) -> tuple[list[RegistrationRequest], int]:
    requests: list[RegistrationRequest] = []
    bare = array("Q")
    offset, index = _after_blank(text, start + 1), 0
    if text[offset : offset + 1] == "]":
        return [RegistrationRequest((), start, None, bare, bare=True)], offset + 1
    numbers: list[int] = []
    while True:
        offset = _after_blank(text, offset)
        one, end = _one(text, offset, (index,))
        if one is None:
            bare.append(offset)
            numbers.append(index)
        else:
            requests.append(one)
        offset = _after_blank(text, end)
        if text[offset : offset + 1] == "]":
            break
        offset, index = _expect(text, offset, ","), index + 1
    if bare and requests:
        # Items between requests stand alone, each for itself.
        requests.extend(
            RegistrationRequest((number,), at, None, array("Q", (at,)), bare=True, lines=True)
            for number, at in zip(numbers, bare, strict=True)
        )
    elif bare:
        requests.append(RegistrationRequest((), start, None, bare, bare=True))
    return requests, offset + 1


def _one(text: str, start: int, pointer: Path) -> tuple[RegistrationRequest | None, int]:
    """The request that starts at an offset, or None when it is a bare item; and where it ends."""
    if text[start : start + 1] != "{":
        value, end = decode(text, start)
        return (None if pointer else RegistrationRequest(pointer, start, value, None)), end
    if _starts_an_item(text, start):
        value, end = decode(text, start)
        if "items" not in value and not _ENVELOPE_KEYS & value.keys():
            return None, end
    found, end = members(text, start)
    keys = {member.key for member in found}
    if "items" not in keys and keys & _ITEM_KEYS and not keys & _ENVELOPE_KEYS:
        return None, end
    items = next((member.elements for member in reversed(found) if member.key == "items"), None)
    envelope = _object(
        [
            (member.key, member.value if member.elements is None else decode(text, member.start)[0])
            for member in found
            if member.key != "items"
        ]
    )
    if items is None:
        envelope.update((member.key, member.value) for member in found if member.key == "items")
    if sum(member.key == "items" for member in found) > 1:
        names = (*envelope.names, "items") if isinstance(envelope, Repeated) else ("items",)
        envelope = Repeated(envelope)
        envelope.names = names
    return RegistrationRequest(pointer, start, envelope, items), end


@dataclass(frozen=True, slots=True)
class Span:
    """Offsets of a value, and of its key when it is a member of an object."""

    start: int
    end: int
    key_start: int
    key_end: int


def locate(text: str, start: int, path: Path) -> Span:
    """Where below the value at `start` the value at `path` is written; the deepest value on the way that exists."""
    key_start = key_end = start
    for step in path:
        if isinstance(step, str) and text[start] == "{":
            member = next((member for member in reversed(members(text, start)[0]) if member.key == step), None)
            if member is None:
                break
            start, key_start, key_end = member.start, member.key_start, member.key_end
        elif isinstance(step, int) and text[start] == "[":
            offsets, _ = elements(text, start)
            if step >= len(offsets):
                break
            start = key_start = key_end = offsets[step]
        else:
            break
    return Span(start, decode(text, start)[1], key_start, key_end)


class RequestLines:
    """Lines and columns of a text; fast when it is asked in ascending order."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._offset, self._line = 0, 1

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both counted from 1."""
        if offset < self._offset:
            self._offset, self._line = 0, 1
        self._line += self._text.count("\n", self._offset, offset)
        self._offset = offset
        return self._line, offset - self._text.rfind("\n", 0, offset)


def json_pointer(path: Path) -> str:
    """A path as a JSON pointer.

    Source: RFC 6901, sections 3 and 4.
    """
    return "".join("/" + printable(str(step)).replace("~", "~0").replace("/", "~1") for step in path)
