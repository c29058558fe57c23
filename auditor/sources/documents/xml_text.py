"""A CORS configuration in XML, as the S3 API takes it and as the console once showed it.

Source: Amazon S3 API Reference, PutBucketCors, "Request Syntax": a CORSConfiguration of CORSRules, whose lists are elements that are repeated.

The parser is the one of the standard library, told to stop at a document type: without one there are no entities to expand and nothing to
fetch. An element that no rule has stays an entry under its own name, so that the checks of S3 see it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from xml.parsers import expat

from auditor.aws.cors_fields import XML
from auditor.foundation.errors import InputError
from auditor.foundation.location import Location
from auditor.foundation.value import Known, ListValue, MapValue, Value
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex

_ROOT = "CORSConfiguration"
_RULE = "CORSRule"
_SCALARS = ("MaxAgeSeconds", "ID")
_LISTS = {element: name for name, element in XML.items() if name not in _SCALARS}
_FIELDS = (*_LISTS, *_SCALARS)
_NEAR_FIELDS = {listed.lower(): name for name, listed in _LISTS.items()} | {name.lower(): name for name in _FIELDS}
_LONGEST = 1024 * 1024
_WHERE = (_ROOT, _RULE)
_MARK = regex(rf"<(?:[\w.-]+:)?{_ROOT}")
# Near misses: one rule without the configuration around it, and names in another case.
_NEAR_MARK = regex(rf"\s*(?:<\?[^>]*>\s*|<!--(?:(?!-->).)*-->\s*)*<(?:[\w.-]+:)?(?:{_ROOT}|{_RULE})\b", re.IGNORECASE | re.DOTALL)


def may_be_cors(text: str) -> bool:
    """Whether a text is XML that holds a CORS configuration; cheap."""
    text = text.removeprefix("\ufeff").lstrip()
    return text.startswith("<") and (_MARK.search(text) is not None or _NEAR_MARK.match(text) is not None)


def parse_cors(text: str, path: str) -> Value | InputError:
    """The rules of a CORS configuration in XML, with their places, in the shape of the API; or why there are none.

    Args:
        text: the whole file.
        path: its name.
    """
    if len(text) > _LONGEST:
        return InputError(Location(path), "is too long for a CORS configuration, which S3 limits to 64 KB")
    return _Reader(text.removeprefix("\ufeff"), path).read()


@dataclass(slots=True)
class _Element:
    name: str
    start: Location
    text: str = ""
    entries: dict[str, list[Value]] = field(default_factory=dict)
    places: dict[str, Location] = field(default_factory=dict)


class _Stop(Exception):
    def __init__(self, error: InputError) -> None:
        super().__init__(error.message)
        self.error = error


class _Reader:
    def __init__(self, text: str, path: str) -> None:
        self.path = path
        self.lines = text.split("\n")
        self.text = text
        self.open: list[_Element] = []
        self.rules: list[Value] = []
        self.parser = expat.ParserCreate("utf-8")
        self.parser.StartDoctypeDeclHandler = self.doctype
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters

    def read(self) -> Value | InputError:
        try:
            self.parser.Parse(self.text.encode("utf-8", "replace"), True)
        except _Stop as stop:
            return stop.error
        except expat.ExpatError as error:
            why = expat.errors.messages[error.code] if error.code in expat.errors.messages else str(error)
            return InputError(
                self.place(error.lineno, error.offset), f"looks like a CORS configuration, but is not valid XML: {why}"
            )
        if not self.rules:
            return InputError(Location(self.path), f"is a CORS configuration without a {_RULE}: {_FORM}")
        return ListValue(tuple(self.rules), Location(self.path))

    def place(self, line: int, byte: int) -> Location:
        """A place of the parser, whose columns are bytes, as one of characters."""
        text = self.line(line)
        column = len(text.encode("utf-8", "replace")[:byte].decode("utf-8", "replace")) + 1
        return Location(self.path, line, column, line, column + 1)

    def line(self, number: int) -> str:
        return self.lines[number - 1] if number <= len(self.lines) else ""

    def here(self) -> Location:
        return self.place(self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber)

    def doctype(self, *_: object) -> None:
        raise _Stop(InputError(self.here(), "has a document type, which no CORS configuration has: remove it"))

    def start(self, name: str, _: Mapping[str, str]) -> None:
        # A prefix only names the namespace.
        name = name.rpartition(":")[2]
        depth = len(self.open)
        wanted = _WHERE[depth] if depth < len(_WHERE) else ""
        if depth > len(_WHERE) or (wanted and name != wanted):
            above = f"<{self.open[-1].name}>" if self.open else "the document"
            raise _Stop(InputError(self.here(), f"has <{name}> inside {above}, where S3 does not take it: {_FORM}"))
        near = _NEAR_FIELDS.get(name.lower(), name)
        if depth == len(_WHERE) and near != name:
            raise _Stop(InputError(self.here(), f"has <{name}>, which is called <{near}> in XML: {_FORM}"))
        self.open.append(_Element(name, self.here()))

    def characters(self, text: str) -> None:
        if self.open:
            self.open[-1].text += text

    def end(self, name: str) -> None:
        element = self.open.pop()
        place = Location(self.path, element.start.line, element.start.column, *self.after(name))
        if len(self.open) == len(_WHERE):
            rule, name = self.open[-1], _LISTS.get(element.name, element.name)
            text = element.text.strip()
            number = element.name == "MaxAgeSeconds" and text.isascii() and text.isdigit()
            rule.entries.setdefault(name, []).append(Known(int(text) if number and len(text) < len("4000000000") else text, place))
            rule.places.setdefault(name, place)
        elif element.name == _RULE:
            self.rules.append(_rule(element, place))

    def after(self, name: str) -> tuple[int, int]:
        """Behind the end tag that the parser is at; an element without one ends where the parser is."""
        here = self.here()
        line = self.line(here.line)
        if not line.startswith(f"</{name}", here.column - 1):
            return here.line, here.column
        closing = line.find(">", here.column)
        return here.line, (len(line) if closing < 0 else closing + 1) + 1


def _rule(element: _Element, place: Location) -> MapValue:
    entries: dict[str, Value] = {
        name: items[0] if name in _SCALARS and len(items) == 1 else ListValue(tuple(items), element.places[name])
        for name, items in element.entries.items()
    }
    return MapValue(entries, place, None, element.places)


_FORM = (
    f"write <{_ROOT}><{_RULE}><AllowedOrigin>https://…</AllowedOrigin><AllowedMethod>GET</AllowedMethod></{_RULE}></{_ROOT}>, each value in "
    "an element of its own"
)
