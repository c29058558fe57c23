"""Bodies and nested blocks as values in the shapes of the AWS API."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from auditor.foundation.location import Location
from auditor.foundation.value import (
    NULL,
    Known,
    ListValue,
    MapValue,
    Template,
    Text,
    Unknown,
    Value,
    alternatives,
    is_null,
    origin_of,
)
from auditor.sources.choices import choose
from auditor.sources.naming import derived, name_of
from auditor.sources.terraform.aws.policy_document import under
from auditor.sources.terraform.values.resource_instance import EvaluatedBlocks, EvaluatedBody

Fields = Mapping[str, str]
"""Names of the AWS API, each with the argument that it is written in."""


def text(value: Value) -> Text:
    """A value as text; one that branches becomes a symbol that stands for all of it."""
    if isinstance(value, Known | Template | Unknown):
        return value
    origins = {origin_of(branch) for _, branch in alternatives(value)}
    found = derived(name_of(value), value, location=value.location)
    return Unknown(found.symbol, found.location, origins.pop() if len(origins) == 1 else None)


def map_of(body: EvaluatedBody, fields: Fields) -> MapValue:
    """Arguments under the names of the AWS API; those not written are left out."""
    entries: dict[str, Value] = {}
    for name, argument in fields.items():
        value = body.attribute(argument)
        if not is_null(value):
            entries[name] = value
    return MapValue(entries, body.location, None, places(body, fields))


def places(body: EvaluatedBody, arguments: Fields) -> dict[str, Location]:
    """Where arguments are written, under the names of the AWS API."""
    found = {name: body.written(argument) for name, argument in arguments.items()}
    return {name: place for name, place in found.items() if place is not None}


def first_written(body: EvaluatedBody, names: Sequence[str]) -> Value:
    """An argument that types call by different names."""
    return next((value for name in names if not is_null(value := body.attribute(name))), NULL)


def listed(blocks: EvaluatedBlocks, build: Callable[[EvaluatedBody], Sequence[Value]], *, is_set: bool = False) -> Value:
    """A list or set made of blocks: what is there only under a condition is a choice between it and null."""
    items = tuple(under(when, item) for when, body in blocks.items for item in build(body))
    place = blocks.items[0][1].location if blocks.items else None
    order = f"tolist({name_of(ListValue(items, rest=blocks.rest))})" if blocks.unordered and not is_set else ""
    return _in_force(ListValue(items, place, blocks.rest, is_set, order=order), blocks)


def first_block(blocks: EvaluatedBlocks, build: Callable[[EvaluatedBody], Value], otherwise: Value | None = None) -> Value:
    """What the first block that is there says; `otherwise` when there certainly is none."""
    value = Unknown(blocks.rest) if blocks.rest is not None else NULL if otherwise is None else otherwise
    for when, body in reversed(blocks.items):
        value = under(when, build(body), value)
    return _in_force(value, blocks)


def _in_force(value: Value, blocks: EvaluatedBlocks) -> Value:
    if blocks.kept is None:
        return value
    as_written, deployed = blocks.kept
    return choose(as_written, value, Unknown(deployed, deployed.location))
