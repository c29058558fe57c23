"""Templates are read part by part; what comes of it is what reading them whole gives."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from auditor.foundation.json_text import parse_json_file, parse_large_json
from auditor.foundation.location import Location
from auditor.foundation.value import Known, ListValue, MapValue, Value
from auditor.sources.cloudformation.template import parse_template
from auditor.sources.resource_types import CLOUDFORMATION

BUCKET = {"Type": "AWS::S3::Bucket", "Properties": {"Tags": [{"Key": "a", "Value": 1.5}, None, True, {}]}}
DOCUMENT = {"Description": 'é " \\ 😀', "Resources": {"A": BUCKET, "B": {"Type": "T", "DependsOn": ["A"]}}, "Outputs": {}}


def places(value: Value) -> Iterator[tuple[Location | None, object]]:
    """Every value with its place, and every key."""
    yield value.location, value.value if isinstance(value, Known) else type(value)
    if isinstance(value, ListValue):
        for item in value.items:
            yield from places(item)
    elif isinstance(value, MapValue):
        for name, entry in value.entries.items():
            yield value.key_locations[name], name
            yield from places(entry)


@pytest.mark.parametrize("indent", [None, 2])
def test_json_has_the_same_values_at_the_same_places(indent: int | None) -> None:
    text = "\ufeff" + json.dumps(DOCUMENT, indent=indent, ensure_ascii=False)
    value, errors = parse_large_json(text, "t.json")
    whole, _ = parse_json_file(text, "t.json")
    assert value is not None
    assert whole is not None
    assert (value, errors, [*places(value)]) == (whole, [], [*places(whole)])


@pytest.mark.parametrize("text", ["", "{", '{"a": NaN}', '{"a": 1,}', '{"a": {"b": 1, "b": 2}}', '{"a": "\t"}', '{"a": 1} x'])
def test_json_with_a_fault_is_read_whole(text: str) -> None:
    value, errors = parse_large_json(text, "t.json")
    assert (value, tuple(errors)) == parse_json_file(text, "t.json")
    assert errors


def test_what_is_nested_too_deeply_in_json_is_unknown_where_it_is_looked_at() -> None:
    text = json.dumps({"Resources": {"A": BUCKET}})[:-1] + ', "Outputs": ' + "[" * 250 + "]" * 250 + "}"
    value, errors = parse_large_json(text, "t.json")
    assert isinstance(value, MapValue)
    assert value.entries["Resources"] == parse_json_file(json.dumps({"A": BUCKET}), "t.json")[0]
    assert errors == []
    assert not isinstance(value.entries["Outputs"], ListValue)
    assert [error.message for error in errors] == ["is nested too deeply"]


SAYING = """\
Resources:
  A:
    Type: AWS::S3::Bucket
    Properties: {BucketName: !ImportValue a}
  B: {Type: AWS::S3::Bucket}
  C: {Type: AWS::S3::Bucket, Properties: {BucketName: {"Fn::ImportValue": c}}}
Outputs:
  D: {Value: !ImportValue d}
"""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (SAYING, "ABC"),  # the line where one begins may belong to the one before it
        (SAYING.replace("  B: {", "  B: &b {"), "ABC"),  # the text of an anchor is read elsewhere too
        (
            SAYING.replace("ImportValue c", "Sub c").replace("Fn::ImportValue", "Fn::Sub"),
            "AC",
        ),  # what the last one says may stand after it
        (json.dumps(DOCUMENT), ""),
    ],
)
def test_resources_with_a_word(text: str, found: str) -> None:
    template, _ = parse_template(text, "t.yaml", CLOUDFORMATION.is_relevant)
    assert template is not None
    entries = template.section("Resources").entries
    assert [*template.resources_with("ImportValue")] == [entries[name] for name in found]
