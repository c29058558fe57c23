"""The JSON Schemas of the registration requests, and what they say of a request, at speed.

The schemas (draft 2020-12) are files beside this module: `read-write`, `read-only` and `legacy`. `jsonschema` is the only judge
of them; it is asked once for each shape (`auditor.platforms.v7_darwin.requests.shape`).
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from auditor.foundation.border import own
from auditor.lazy.classes import dataclass
from auditor.platforms.v7_darwin.requests.document import Path
from auditor.platforms.v7_darwin.requests.shape import Shapes

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

NAMES = ("read-write", "read-only", "legacy")
_MANY_SHAPES = 4096
_CONTENT = frozenset(
    {"items", "properties", "patternProperties", "required", "additionalProperties", "if", "then", "else", "allOf", "$defs"}
)
"""The keywords that ask something of the members of an object."""


@dataclass(frozen=True, slots=True)
class SchemaFault:
    """One thing that a schema refuses.

    Attributes:
        path: of the value, from the item (or the request) on.
        keyword: of the schema that refuses it.
        names: for `required` the missing members; else empty.
        allowed: for `additionalProperties` the members that are known; else empty.
        expected: what the value must be, as a noun phrase.
        schema: what is asked of the value itself, whatever it contains, as JSON; empty for missing and unknown members.
    """

    path: Path
    keyword: str
    names: tuple[str, ...] = ()
    allowed: frozenset[str] = frozenset()
    expected: str = ""
    schema: str = ""

    def takes(self, value: Any) -> bool:
        """Whether another value in this one's place would be accepted, apart from what it contains."""
        from jsonschema import Draft202012Validator

        return bool(self.schema) and Draft202012Validator(json.loads(self.schema)).is_valid(value)


@functools.cache
def document(name: str) -> Mapping[str, Any]:
    """One of the schemas, by its name."""
    text = own(os.path.join(os.path.dirname(__file__), f"{name}.schema.json"))
    schema: Mapping[str, Any] = json.loads(text)
    return schema


class Schema:
    """One schema, ready to judge.

    Args:
        name: one of `NAMES`.
    """

    def __init__(self, name: str) -> None:
        from jsonschema import Draft202012Validator

        whole = document(name)
        shapes = Shapes(whole)
        self._items = _Judge(Draft202012Validator({**whole["$defs"]["item"], "$defs": whole["$defs"]}), shapes)
        self._requests = _Judge(Draft202012Validator(whole), shapes)

    def of_item(self, item: Any) -> tuple[SchemaFault, ...]:
        """What is wrong with an item; of elements, or of unknown members, that are alike the first stands for all."""
        return self._items.faults(item)

    def of_request(self, envelope: Any, *, items: Any) -> tuple[SchemaFault, ...]:
        """What is wrong with a request apart from its items.

        Args:
            envelope: the request; its items are left out when they are a list.
            items: a list of at most one item in their place, or None when they are not a list.
        """
        whole = envelope if items is None else {**envelope, "items": items}
        return tuple(fault for fault in self._requests.faults(whole) if fault.path[:1] != ("items",) or len(fault.path) == 1)


class _Judge:
    """A validator that is asked once for each shape."""

    def __init__(self, validator: Draft202012Validator, shapes: Shapes) -> None:
        self._validator = validator
        self._shapes = shapes
        self._known: dict[Hashable, tuple[SchemaFault, ...]] = {}

    def faults(self, value: Any) -> tuple[SchemaFault, ...]:
        shape = self._shapes.of(value)
        faults = self._known.get(shape)
        if faults is None:
            if len(self._known) >= _MANY_SHAPES:
                self._known.clear()
            faults = self._known[shape] = self._ask(value)
        return tuple(replace(fault, path=self._shapes.actual(value, fault.path)) for fault in faults) if faults else ()

    def _ask(self, value: Any) -> tuple[SchemaFault, ...]:
        """The faults of every value of this one's shape, with canonical paths."""
        representative = self._shapes.representative(value)
        found = [_fault(error) for error in self._validator.iter_errors(representative)]
        found.sort(key=lambda fault: [str(step) for step in fault.path])
        return tuple(replace(fault, path=self._shapes.canonical(representative, fault.path)) for fault in dict.fromkeys(found))


def _fault(error: ValidationError) -> SchemaFault:
    path = tuple(error.absolute_path)
    value: Any = error.instance
    schema: Any = error.schema
    if error.validator == "required":
        return SchemaFault(path, "required", tuple(name for name in schema["required"] if name not in value))
    if error.validator == "additionalProperties":
        return SchemaFault(path, "additionalProperties", allowed=frozenset(schema["properties"]))
    own = {
        keyword: schema[keyword]
        for keyword in schema
        if keyword not in _CONTENT and not (keyword == "items" and "$ref" in schema[keyword])
    }
    return SchemaFault(
        path, str(error.validator), expected=str(schema.get("description", "of another form")), schema=json.dumps(own)
    )
