"""Templates are read part by part; what comes of it is what reading them whole gives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.foundation.json_text import parse_json_file, parse_large_json
from auditor.foundation.location import Lines, Location
from auditor.foundation.value import Known, ListValue, MapValue, Value
from auditor.sources.cloudformation.syntax import yaml_text
from auditor.sources.cloudformation.syntax.yaml_nodes import Nodes, normal
from auditor.sources.cloudformation.syntax.yaml_parts import parted
from auditor.sources.cloudformation.syntax.yaml_text import parse_yaml, part_of
from auditor.sources.cloudformation.template import parse_template, text_in
from auditor.sources.resource_types import CLOUDFORMATION

FIXTURES = Path(__file__).parent.parent.parent / "fixtures"
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
            yield value.key_locations.get(name), name
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


def in_parts(text: str) -> Value | None:
    """The value of a text in YAML of which only what is asked for is composed; None where it is composed whole."""
    lines = Lines(text, "t.yaml")
    return parted(lines, lambda begin, end, level: part_of(lines, begin, end, level, []))


# Keys of other maps, or of none, where those of a map stand.
PARTED = """\
# A comment
---
# Outputs:
AWSTemplateFormatVersion: 2010-09-09 # a date
Description: several
  lines, "one quoted
Parameters:
  P: {Type: String, Default: "a b"}
Metadata:
  Text: |
    Resources:
      A:

        b

  # Other:
  Folded: >-
    more
      less
  List:
  - a
  - b: c
    d: 'e f'
Resources: # all of them

  A:
    Type: AWS::S3::Bucket
    Properties: !If [x, {a: b}, [c]]   # a comment

    # the next
  B:
    Type: yes
    Properties:
      Quoted: "a
  C: d
    Type: e"
      Brackets: [
  'C',
    "D"]
  Fn::Transform:
    Name: AWS::Include
    Version: 1.5
  D:
    Type: A::B
    Text: it's


  # the end
Outputs:
  O: {Value: 'x'}
"""


@pytest.mark.parametrize(
    "text",
    [
        PARTED,
        PARTED.replace("  'C',", "    'C',").replace('    "D"]', '        "D"]'),
        PARTED.replace("  C: d\n", "        C d\n"),
        PARTED.replace("---\n", "").replace("\n", " \n"),
        PARTED.replace("Properties: !If", "Type: twice\n    Properties: !If"),
        PARTED.rstrip("\n"),
        "A: b\n",
        "  A:\n    B:\n    - c\n  D: e",
    ],
)
def test_yaml_in_parts_has_the_same_values_at_the_same_places(text: str) -> None:
    value = in_parts(text)
    made, errors, _ = parse_yaml(text, "t.yaml")
    assert value is not None
    assert made is not None
    assert value == made
    assert [*places(value)] == [*places(made)]
    assert (len(errors) > 0) == ("twice" in text)


@pytest.mark.parametrize("path", sorted(FIXTURES.rglob("*.yaml")), ids=lambda path: path.name)
def test_templates_in_parts_have_the_same_values_at_the_same_places(path: Path) -> None:
    text = normal(path.read_text(encoding="utf-8"))
    value = in_parts(text)
    if value is not None:
        made, _, holds_null = parse_yaml(text, "t.yaml")
        assert made is not None
        assert not holds_null
        assert value == made
        assert [*places(value)] == [*places(made)]


@pytest.mark.parametrize(
    "value",
    [
        *(
            "&a b",
            "*a",
            "!!str a",
            "!<!a> b",
            "~",
            "null",
            "[a, NULL]",
            "{a: , b: c}",
            "{a:}",
            "{a, b: c}",
            "[{a}]",
            "[a: ]",
            "[? a]",
        ),
        *("", " # c", "\n# c", "\n\n", "\n    - a:\n    - b: c", "\n    - a: b\n      c:\n    - d", "\n    -\n", "\n    - - a"),
        *(
            "\n    - a:\n      b: c",
            "\n    - # c\n",
            "\n    ? a\n    : b",
            "\n      # c",
            "\n    -  a:",
            "\n  - a:\n    # c\n",
            "\r",
        ),
    ],
)
def test_what_may_be_an_anchor_or_a_null_is_read_whole(value: str) -> None:
    assert in_parts(f"A:\n  B: {value}\nC: d\n") is None
    assert in_parts(f"A:\n  B: {value}") is None


@pytest.mark.parametrize(
    "text", ["", "# a", "a", "[a]", "A: b\nA: c", "A: b\n---\nC: d", "%YAML 1.1\n---\nA: b", "A: b\n...", '"A": b', "A: [", "A: \1"]
)
def test_what_is_not_one_map_of_plain_keys_is_read_whole(text: str) -> None:
    assert in_parts(text) is None


def test_of_a_large_template_in_yaml_only_what_is_asked_for_is_composed(monkeypatch: pytest.MonkeyPatch) -> None:
    composed: list[str] = []

    class Counting(Nodes):
        def __init__(self, lines: Lines, first: int = 0, end: int | None = None) -> None:
            super().__init__(lines, first, end)
            composed.append(lines.text[first:end])

    monkeypatch.setattr(yaml_text, "Nodes", Counting)
    queues = "".join(f"  Q{one}:\n    Type: AWS::SQS::Queue\n    Properties: {{QueueName: q{one}}}\n" for one in range(5000))
    template, errors = parse_template(f"Resources:\n{queues}", "t.yaml", lambda _: True)
    assert template is not None
    assert errors == []
    entries = template.section("Resources").entries
    assert {text_in(one.entries["Type"]) for one in entries.values() if isinstance(one, MapValue)} == {"AWS::SQS::Queue"}
    assert composed == []
    assert entries["Q7"] == parse_yaml("Type: AWS::SQS::Queue\nProperties: {QueueName: q7}", "t.yaml")[0]
    assert "    Properties: {QueueName: q7}\n" in composed


@pytest.mark.parametrize(("count", "composed"), [(900, [2] * 900), (1_100, [1])])
def test_very_many_resources_in_a_line_each_are_composed_together(count: int, composed: list[int]) -> None:
    bodies = "".join(f"  R{number}: {{Type: 'AWS::SNS::Topic'}}\n" for number in range(count))
    lines, levels = Lines(f"Resources:\n  A:\n    Type: AWS::SNS::Topic\n{bodies}", "t.yaml"), list[int]()

    def compose(begin: int, end: int, level: int) -> Value:
        levels.append(level)
        return part_of(lines, begin, end, level, [])

    value = parted(lines, compose)
    assert isinstance(value, MapValue)
    assert len([*places(value.entries["Resources"])]) > 2 * count
    assert levels == composed
