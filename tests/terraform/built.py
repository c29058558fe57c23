"""Instances built of plain Python data, for tests of what comes after evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from auditor.foundation.location import Location
from auditor.foundation.value import (
    ALWAYS,
    NULL,
    Choice,
    JsonText,
    Known,
    ListValue,
    MapValue,
    Symbol,
    Template,
    Unknown,
    Value,
    When,
)
from auditor.sources.terraform.values.resource_instance import EvaluatedBlocks, Instance

HERE = Location("main.tf", 1, 1, 1, 9)


def at(line: int) -> Location:
    """Some place on a line."""
    return Location("main.tf", line, 1, line, 9)


def value(data: Any) -> Value:
    """Python data as a value; values stay as they are."""
    match data:
        case Known() | Unknown() | Template() | Choice() | JsonText() | ListValue() | MapValue():
            return data
        case Symbol():
            return Unknown(data)
        case list() | tuple():
            return ListValue(tuple(value(item) for item in data))
        case dict():
            return MapValue({key: value(entry) for key, entry in data.items()})
    return Known(data)


def symbol(name: str, reason: str = "it has no default") -> Symbol:
    """An unknown value."""
    return Symbol(name, reason)


@dataclass(frozen=True, slots=True)
class Built:
    """A body of given arguments and blocks."""

    arguments: Mapping[str, Any] = field(default_factory=dict)
    nested: Mapping[str, Any] = field(default_factory=dict)
    location: Location = HERE
    name: str = "provider.aws"

    def attribute(self, name: str) -> Value:
        """The given argument."""
        return value(self.arguments[name]) if name in self.arguments else NULL

    def written(self, name: str) -> Location | None:
        """One line below the header for each argument."""
        if name not in self.arguments:
            return None
        return at(self.location.line + 1 + list(self.arguments).index(name))

    def blocks(self, name: str) -> EvaluatedBlocks:
        """The given blocks: a list of `Built`, of pairs with a `When`, or `EvaluatedBlocks`."""
        found = self.nested.get(name, ())
        if isinstance(found, EvaluatedBlocks):
            return found
        return EvaluatedBlocks(tuple(one if isinstance(one, tuple) else (ALWAYS, one) for one in found))


def block(line: int = 1, /, **given: Any) -> Built:
    """A block on a line: lists of `Built` (and `EvaluatedBlocks`) are nested blocks, all else arguments."""
    nested = {name: one for name, one in given.items() if _is_nested(one)}
    arguments = {name: one for name, one in given.items() if name not in nested}
    return Built(arguments, nested, at(line))


def _is_nested(one: object) -> bool:
    if isinstance(one, EvaluatedBlocks):
        return True
    items: Sequence[object] = one if isinstance(one, list) else ()
    return bool(items) and all(
        isinstance(item, Built) or (isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], When)) for item in items
    )


def instance(address: str, line: int = 1, /, *, provider: Built | None = None, when: When = ALWAYS, **given: Any) -> Instance:
    """An instance by its address, such as `data.aws_region.current`."""
    parts = address.split("[", 1)[0].split(".")
    mode = "data" if parts[-3:-2] == ["data"] else "resource"
    return Instance(mode, parts[-2], parts[-1], address, block(line, **given), provider, when)
