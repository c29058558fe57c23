"""The shape of a JSON value: everything of it that a schema can see, and nothing else.

Two values of one shape get the same answer from the schema, so the schema is asked once for each shape instead of once
for each item: a hundred thousand items have few shapes. What the schema can see is read off the schema itself: the
names and texts it mentions, its patterns, its numeric bounds. A number is kept where it lies between the bounds, else
only the side it lies on; of a list only the distinct shapes of its elements count; of members that the schema neither
names nor matches with a pattern, only their types. `KEYWORDS` lists the keywords for which that argument holds;
`additionalProperties` may ask for nothing but a type.
"""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Iterator, Mapping
from typing import Any

KEYWORDS = frozenset(
    {
        *(
            "type",
            "properties",
            "required",
            "additionalProperties",
            "patternProperties",
            "items",
            "minItems",
            "enum",
            "const",
            "pattern",
        ),
        *("minLength", "minimum", "exclusiveMinimum", "anyOf", "allOf", "if", "then", "else", "$ref"),
        *("$schema", "$id", "$defs", "$comment", "title", "description"),
    }
)
DEPTH = 12
"""No schema looks deeper than this into an item; a test holds the schemas to it."""

_NAMED = frozenset({"properties", "$defs", "patternProperties"})
_LISTED = frozenset({"anyOf", "allOf"})
_SINGLE = frozenset({"items", "additionalProperties", "if", "then", "else"})


def subschemas(schema: Any) -> Iterator[Mapping[str, Any]]:
    """The schema and every schema within it."""
    if not isinstance(schema, dict):
        return
    yield schema
    for keyword, value in schema.items():
        if keyword in _NAMED:
            inner: list[Any] = list(value.values())
        elif keyword in _LISTED:
            inner = value
        else:
            inner = [value] if keyword in _SINGLE else []
        for one in inner:
            yield from subschemas(one)


def _kind(value: Any) -> str:
    """The JSON type of a value, as schemas tell types apart."""
    if isinstance(value, float):
        return "int" if value.is_integer() else "float"
    return "dict" if isinstance(value, dict) else type(value).__name__


class Shapes:
    """The shapes that one schema can tell apart."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        names: set[str] = set()
        constants: list[Any] = []
        bounds: set[int] = {0}
        patterns: set[str] = set()
        key_patterns: set[str] = set()
        for one in subschemas(schema):
            names.update(one.get("properties", ()), one.get("required", ()))
            constants.extend(one.get("enum", ()))
            constants.extend([one["const"]] if "const" in one else ())
            bounds.update(one[bound] for bound in ("minimum", "exclusiveMinimum") if bound in one)
            patterns.update([one["pattern"]] if "pattern" in one else ())
            key_patterns.update(one.get("patternProperties", ()))
        self._names = frozenset(names)
        self._words = frozenset(word for word in constants if isinstance(word, str))
        bounds.update(number for number in constants if type(number) is int)
        self._low, self._high = min(bounds), max(bounds)
        self._patterns = tuple(re.compile(pattern) for pattern in sorted(patterns))
        self._key_patterns = tuple(re.compile(pattern) for pattern in sorted(key_patterns))

    def of(self, value: Any, depth: int = 0) -> Hashable:
        """The shape of a value."""
        kind = type(value)
        if kind is str:
            return value if value in self._words else self._text(value)
        if kind is int:
            return value if self._low <= value <= self._high else ("number", value > 0)
        if kind is bool or value is None:
            return ("constant", str(value))
        if kind is float:
            return self._float(value)
        if depth == DEPTH:
            return ("deep", kind is list)
        if kind is list:
            return ("list", *dict.fromkeys([self.of(element, depth + 1) for element in value]))
        known: list[Hashable] = []
        others: dict[Hashable, None] = {}
        for key, member in value.items():
            if key in self._names:
                known.append(key)
                # The commonest case by far, without a call.
                known.append(
                    self._text(member) if type(member) is str and member not in self._words else self.of(member, depth + 1)
                )
            else:
                others[self._other(key, member, depth)] = None
        return ("object", *known, "", *others) if others else ("object", *known)

    def _text(self, value: str) -> Hashable:
        if not value:
            return ("text", "")
        return ("text", *[pattern.search(value) is None for pattern in self._patterns])

    def _float(self, value: float) -> Hashable:
        if value > self._high or value < self._low:
            return ("number" if value.is_integer() else "fraction", value > 0)
        return int(value) if value.is_integer() else ("fraction within", math.floor(value))

    def _other(self, key: str, member: Any, depth: int) -> Hashable:
        if not any(pattern.search(key) for pattern in self._key_patterns):
            return _kind(member)
        return (*[pattern.search(key) is None for pattern in self._key_patterns], self.of(member, depth + 1))

    def representative(self, value: Any, depth: int = 0) -> Any:
        """The smallest part of a value that still has its shape: one element, one member of a kind."""
        if isinstance(value, (dict, list)) and depth == DEPTH:
            return type(value)() if isinstance(value, list) else {}
        if isinstance(value, list):
            firsts = {self.of(element, depth + 1): element for element in reversed(value)}
            return [self.representative(firsts[shape], depth + 1) for shape in dict.fromkeys(self.of(e, depth + 1) for e in value)]
        if isinstance(value, dict):
            kept = self._first_members(value, depth)
            return {key: self._member(key, value[key], depth) for key in value if key in self._names or key in kept}
        return value

    def _member(self, key: str, member: Any, depth: int) -> Any:
        seen = key in self._names or any(pattern.search(key) for pattern in self._key_patterns)
        if seen or not isinstance(member, (dict, list)):
            return self.representative(member, depth + 1)
        return {} if isinstance(member, dict) else []

    def _first_members(self, value: Mapping[str, Any], depth: int) -> list[str]:
        firsts: dict[Hashable, str] = {}
        for key, member in value.items():
            if key not in self._names:
                firsts.setdefault(self._other(key, member, depth), key)
        return list(firsts.values())

    def canonical(self, value: Any, path: tuple[str | int, ...]) -> tuple[str | int, ...]:
        """The path into a value as one that holds for every value of its shape.

        Numbers stand for the distinct shapes of elements (from 0 up) and of members that the schema does not name (from -1 down).
        """
        steps: list[str | int] = []
        for depth, step in enumerate(path):
            if isinstance(step, int):
                shapes = list(dict.fromkeys(self.of(element, depth + 1) for element in value))
                steps.append(shapes.index(self.of(value[step], depth + 1)))
            elif step not in self._names:
                others = list(
                    dict.fromkeys(self._other(key, member, depth) for key, member in value.items() if key not in self._names)
                )
                steps.append(-1 - others.index(self._other(step, value[step], depth)))
            else:
                steps.append(step)
            value = value[step]
        return tuple(steps)

    def actual(self, value: Any, path: tuple[str | int, ...]) -> tuple[str | int, ...]:
        """The canonical path as one into a value of that shape."""
        steps: list[str | int] = []
        for depth, step in enumerate(path):
            if isinstance(step, str):
                found: str | int = step
            elif step < 0:
                found = self._first_members(value, depth)[-1 - step]
            else:
                firsts: dict[Hashable, int] = {}
                for index, element in enumerate(value):
                    firsts.setdefault(self.of(element, depth + 1), index)
                found = list(firsts.values())[step]
            steps.append(found)
            value = value[found]
        return tuple(steps)
