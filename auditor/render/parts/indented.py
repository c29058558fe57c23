"""JSON for people, as `json.dumps` with an indent of 2 writes it: that has no fast path for an indent, and a report has 100,000 values."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from json.encoder import encode_basestring
from types import GeneratorType
from typing import Any

_compact = json.JSONEncoder().encode


class Recurring(dict[str, Any]):
    """An object that stands at many places of a value, and is written once for each depth.

    Attributes:
        written: the text, by what begins a line at its depth.
    """

    __slots__ = ("written",)

    def __init__(self, entries: Mapping[str, Any]) -> None:
        super().__init__(entries)
        self.written: dict[str, str] = {}


def indented(value: Any) -> str:
    """The lines of a JSON value, the last one ended; keys are texts, and characters beyond ASCII stand as they are.

    A list that an outermost object holds may be a generator: each item is then made when it is written, and let go.
    """
    return "".join((*_entries(value), "\n")) if isinstance(value, dict) and value else _written(value, "\n") + "\n"


def _entries(value: Mapping[str, Any]) -> Iterator[str]:
    """The text of an outermost object, in pieces: a long list in it is copied once."""
    before = "{\n  "
    for key, entry in value.items():
        yield f"{before}{encode_basestring(key)}: "
        before = ",\n  "
        if isinstance(entry, GeneratorType):
            opening = "[\n    "
            for item in entry:
                yield opening + _written(item, "\n    ")
                opening = ",\n    "
            yield "\n  ]" if opening[0] == "," else "[]"
        else:
            yield _written(entry, "\n  ")
    yield "\n}"


def _written(value: Any, line: str) -> str:
    write = _WRITERS.get(type(value))
    if write is not None:
        return write(value)
    if type(value) is Recurring:
        found = value.written.get(line)
        if found is None:
            found = value.written[line] = _of_entries(value, line)
        return found
    inner = line + "  "
    if isinstance(value, dict):
        return _of_entries(value, line)
    if value and isinstance(value, (list, tuple)):  # a union would be made anew for each value
        items = [encode_basestring(item) if type(item) is str else _written(item, inner) for item in value]
        return f"[{inner}{f',{inner}'.join(items)}{line}]"
    if isinstance(value, str):
        return encode_basestring(value)
    return "[]" if isinstance(value, (list, tuple)) else _compact(value)


def _of_entries(value: Mapping[str, Any], line: str) -> str:
    if not value:
        return "{}"
    inner = line + "  "
    entries = [
        f"{encode_basestring(key)}: {_written(entry, inner) if (write := _WRITERS.get(type(entry))) is None else write(entry)}"
        for key, entry in value.items()
    ]
    return f"{{{inner}{f',{inner}'.join(entries)}{line}}}"


_WRITERS: dict[type, Callable[[Any], str]] = {
    str: encode_basestring,
    int: str,
    bool: {True: "true", False: "false"}.__getitem__,
    type(None): {None: "null"}.__getitem__,
}
