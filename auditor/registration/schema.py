"""The JSON Schemas of the registration requests, and what they say of a request, at speed.

The schemas (draft 2020-12) are files beside this module: `read-write`, `read-only` and `legacy`. `jsonschema` is the only judge
of them; it is asked once for each shape (`auditor.registration.shape`).
"""

from __future__ import annotations

import functools
import importlib.resources
import json
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from auditor.registration.document import Path
from auditor.registration.shape import Shapes

NAMES = ("read-write", "read-only", "legacy")
_MANY_SHAPES = 4096


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that a schema refuses.

    Attributes:
        path: of the value, from the item (or the request) on.
        keyword: of the schema that refuses it.
        names: for `required` the missing members; else empty.
        allowed: for `additionalProperties` the members that are known; else empty.
        expected: what the value must be, as a noun phrase.
    """

    path: Path
    keyword: str
    names: tuple[str, ...] = ()
    allowed: frozenset[str] = frozenset()
    expected: str = ""


@functools.cache
def document(name: str) -> Mapping[str, Any]:
    """One of the schemas, by its name."""
    text = importlib.resources.files("auditor.registration").joinpath(f"{name}.schema.json").read_text("utf-8")
    schema: Mapping[str, Any] = json.loads(text)
    return schema


class Schema:
    """One schema, ready to judge.

    Args:
        name: one of `NAMES`.
    """

    def __init__(self, name: str) -> None:
        whole = document(name)
        self._item = {"$schema": whole["$schema"], "$defs": whole["$defs"], "$ref": "#/$defs/item"}
        self._item_validator = Draft202012Validator(self._item)
        self._request_validator = Draft202012Validator(whole)
        self._shapes = Shapes(whole)
        self._known: dict[Hashable, tuple[Fault, ...]] = {}

    def of_item(self, item: Any) -> tuple[Fault, ...]:
        """What is wrong with an item; of elements, or of unknown members, that are alike the first stands for all."""
        shape = self._shapes.of(item)
        faults = self._known.get(shape)
        if faults is None:
            representative = self._shapes.representative(item)
            found = _faults(self._item_validator, representative)
            faults = tuple(replace(fault, path=self._shapes.canonical(representative, fault.path)) for fault in found)
            if len(self._known) >= _MANY_SHAPES:
                self._known.clear()
            self._known[shape] = faults
        if not faults:
            return ()
        return tuple(replace(fault, path=self._shapes.actual(item, fault.path)) for fault in faults)

    def of_request(self, envelope: Any, *, items: Any) -> tuple[Fault, ...]:
        """What is wrong with a request apart from its items.

        Args:
            envelope: the request; its items are left out when they are a list.
            items: a list of at most one item in their place, or None when they are no list.
        """
        whole = envelope if items is None else {**envelope, "items": items}
        return tuple(
            fault for fault in _faults(self._request_validator, whole) if fault.path[:1] != ("items",) or len(fault.path) == 1
        )


def _faults(validator: Draft202012Validator, value: Any) -> tuple[Fault, ...]:
    try:
        errors = sorted(validator.iter_errors(value), key=lambda error: [str(step) for step in error.absolute_path])
    except RecursionError:
        return (Fault((), "depth", expected="nested less deeply"),)
    return tuple(dict.fromkeys(_fault(error) for error in errors))


def _fault(error: ValidationError) -> Fault:
    path = tuple(error.absolute_path)
    value: Any = error.instance
    schema: Any = error.schema
    if error.validator == "required":
        return Fault(path, "required", tuple(name for name in schema["required"] if name not in value))
    if error.validator == "additionalProperties":
        return Fault(path, "additionalProperties", allowed=frozenset(schema["properties"]))
    return Fault(path, str(error.validator), expected=str(schema.get("description", "of another form")))
