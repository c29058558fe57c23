"""The schema asked once for each shape says what the schema asked for every item would say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from auditor.platforms.v7_darwin.requests.document import Path
from auditor.platforms.v7_darwin.requests.schema import NAMES, Schema, document
from auditor.platforms.v7_darwin.requests.shape import DEPTH, KEYWORDS, Shapes, subschemas

from .strategies import items, json_values, requests

pytestmark = pytest.mark.property

FIXTURES = FilePath(__file__).parents[2] / "fixtures" / "registration"
SCHEMAS = {name: Schema(name) for name in NAMES}
DIRECT = {name: Draft202012Validator({**document(name)["$defs"]["item"], "$defs": document(name)["$defs"]}) for name in NAMES}


def direct(name: str, item: Any) -> set[tuple[Path, str]]:
    """What jsonschema refuses in an item: path and keyword."""
    return {(tuple(error.absolute_path), str(error.validator)) for error in DIRECT[name].iter_errors(item)}


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_shapes_change_nothing(name: str, data: st.DataObject) -> None:
    item = data.draw(st.one_of(items(name), json_values))
    said = {(fault.path, fault.keyword) for fault in SCHEMAS[name].of_item(item)}
    truth = direct(name, item)
    assert bool(said) == bool(truth)
    assert said <= truth
    shapes = Shapes(document(name))
    assert {(shapes.canonical(item, path), keyword) for path, keyword in truth} == {
        (shapes.canonical(item, path), keyword) for path, keyword in said
    }


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_requests_are_judged_apart_from_their_items(name: str, data: st.DataObject) -> None:
    request = data.draw(st.one_of(requests(name), json_values))
    items = request.get("items") if isinstance(request, dict) else None
    judged = SCHEMAS[name].of_request(request, items=[{}] * min(1, len(items)) if isinstance(items, list) else None)
    errors = Draft202012Validator(document(name)).iter_errors(request)
    apart = [error for error in errors if list(error.absolute_path)[:1] != ["items"] or len(error.absolute_path) == 1]
    assert {(fault.path, fault.keyword) for fault in judged} == {(tuple(error.absolute_path), error.validator) for error in apart}


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """The paths of all values within a value."""
    yield path
    if isinstance(value, (dict, list)):
        for step, member in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(member, (*path, step))


def changed(value: Any, path: Path, new: Any) -> Any:
    """The value with another one at a path."""
    if not path:
        return new
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = changed(value[path[0]], path[1:], new)
    return copy


EXAMPLES = [
    (name, item)
    for path in sorted(FIXTURES.glob("examples/*.json"))
    for name in ["legacy" if path.stem == "legacy" else "read-only" if "read-only" in path.stem else "read-write"]
    for item in json.loads(path.read_text(encoding="utf-8"))["items"]
]
VALUES = [
    None,
    True,
    False,
    -1,
    0,
    1,
    2,
    3,
    4,
    10**30,
    -0.5,
    0.0,
    0.5,
    1.0,
    1.5,
    4.5,
    5.0,
    "",
    "a",
    "a/b",
    "native",
    "true",
    "image",
    [],
    {},
    [1],
    [""],
    {"0": 1},
]


@pytest.mark.parametrize(("name", "item"), EXAMPLES)
def test_one_changed_value_is_judged_as_it_is(name: str, item: Any) -> None:
    schema = SCHEMAS[name]
    assert schema.of_item(item) == ()
    for path in places(item):
        for new in VALUES:
            other = changed(item, path, new)
            assert {(fault.path, fault.keyword) for fault in schema.of_item(other)} == direct(name, other), (path, new)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_representative_has_the_shape_of_its_value(name: str, data: st.DataObject) -> None:
    item = data.draw(st.one_of(items(name), json_values))
    shapes = Shapes(document(name))
    assert shapes.of(shapes.representative(item)) == shapes.of(item)


@pytest.mark.parametrize("name", NAMES)
def test_the_schemas_use_only_what_shapes_keep(name: str) -> None:
    Draft202012Validator.check_schema(document(name))
    for one in subschemas(document(name)):
        assert one.keys() <= KEYWORDS
        assert one.get("minItems", 1) == 1
        assert one.get("additionalProperties", False) in (False, {"description": "text", "type": "string"})
        assert one.get("minLength", 1) == 1
        assert all(type(one.get(bound, 0)) is int for bound in ("minimum", "exclusiveMinimum"))
        assert all(type(value) in {str, int, bool} for value in (*one.get("enum", ()), one.get("const", "")))


@pytest.mark.parametrize("name", NAMES)
def test_no_schema_looks_deeper_than_shapes(name: str) -> None:
    root = document(name)

    def depth(schema: Any) -> int:
        if not isinstance(schema, dict):
            return 0
        below = [
            *(1 + depth(one) for keyword in ("properties", "patternProperties") for one in schema.get(keyword, {}).values()),
            *(1 + depth(schema.get(keyword)) for keyword in ("items", "additionalProperties")),
            *(depth(one) for keyword in ("anyOf", "allOf") for one in schema.get(keyword, ())),
            *(depth(schema.get(keyword)) for keyword in ("if", "then", "else")),
            depth(root["$defs"][schema["$ref"].rpartition("/")[2]]) if "$ref" in schema else 0,
        ]
        return max(below)

    assert depth(root["$defs"]["item"]) < DEPTH


def test_every_value_that_can_be_refused_says_what_it_must_be() -> None:
    for name in NAMES:
        for one in subschemas(document(name)):
            if {"type", "enum", "pattern", "minItems"} & one.keys() and one != {"type": "number", "minimum": 0}:
                assert one["description"], json.dumps(one)
