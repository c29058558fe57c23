"""YAML as CloudFormation reads it: types, places, and what cannot be read."""

from __future__ import annotations

from textwrap import dedent

import pytest

from auditor.foundation.location import Location
from auditor.foundation.value import Known, ListValue, MapValue, Unknown, Value
from auditor.sources.cloudformation.syntax.yaml_text import parse_yaml
from tests.cloudformation.templates import faults

NO_TEMPLATE = "-:1:1: is not a valid CloudFormation template: it has neither a map of Resources nor a format version"


def parsed(text: str) -> MapValue:
    value, errors, _ = parse_yaml(text, "a.yaml")
    assert errors == []
    assert isinstance(value, MapValue)
    return value


def place(value: Value) -> tuple[int, int, int, int]:
    location = value.location
    assert location is not None
    return location.line, location.column, location.end_line, location.end_column


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("2012-10-17", "2012-10-17"),
        ("2001-12-14t21:59:43.10-05:00", "2001-12-14t21:59:43.10-05:00"),
        ("258327614892", 258327614892),
        ("089999999999", "089999999999"),
        ("true", True),
        ("no", False),
        ("1.2", 1.2),
        ("~", None),
        ("", None),
        ("1_000", 1000),
        ("'true'", "true"),
        ('"12"', "12"),
        ("arn:aws:s3:::a", "arn:aws:s3:::a"),
        ("9" * 60, "9" * 60),
        ("|\n  {\n    a\n  }\n", "{\n  a\n}\n"),
        (">-\n  a\n  b\n", "a b"),
        ("=", "="),
        ("!!str yes", "yes"),
        ("!!str 012345678901", "012345678901"),
        ("!!str ~", "~"),
        ("!!bool 'yes'", True),
        ("!!int '3'", 3),
        ("!!timestamp '2012-10-17'", "2012-10-17"),
    ],
)
def test_scalars(written: str, means: object) -> None:
    value = parsed(f"k: {written}").entries["k"]
    assert value == Known(means)  # type: ignore[arg-type]
    assert type(value.value) is type(means)  # type: ignore[union-attr]


@pytest.mark.parametrize("written", ["012345670123", "0x1F", "0b11", "190:20:30"])
def test_numbers_of_another_base_are_open(written: str) -> None:
    value = parsed(f"k: {written}").entries["k"]
    assert isinstance(value, Unknown)
    assert value.symbol.reason == f"{written} without quotes is a number of another base in YAML 1.1"
    assert value.symbol.hint == "put it in quotes"


def test_places() -> None:
    value = parsed(
        dedent(
            """\
            a:
              b: [1, "two"]  # a comment

              c: !Sub "x"
              d:
                - e: |
                    text
                    more

                - f

            # the end
            g: 😀 h
            """
        )
    )
    a = value.entries["a"]
    assert isinstance(a, MapValue)
    assert place(a) == (2, 3, 10, 8)
    assert place(a.entries["b"]) == (2, 6, 2, 16)
    listed = a.entries["b"]
    assert isinstance(listed, ListValue)
    assert place(listed.items[1]) == (2, 10, 2, 15)
    assert place(a.entries["c"]) == (4, 6, 4, 14)
    assert place(a.entries["d"]) == (6, 5, 10, 8)
    items = a.entries["d"]
    assert isinstance(items, ListValue)
    assert isinstance(items.items[0], MapValue)
    assert place(items.items[0].entries["e"]) == (6, 10, 8, 13)
    assert place(value.entries["g"]) == (13, 4, 13, 7)
    assert value.key_locations["g"] == Location("a.yaml", 13, 1, 13, 2)


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_places_after_odd_line_ends(end: str) -> None:
    value = parsed(f"a: 'x\x85\u2028y'{end}b: 1{end}")
    assert place(value.entries["a"]) == (1, 4, 1, 10)
    assert place(value.entries["b"]) == (2, 4, 2, 5)
    assert place(parsed("a: 1\rb: 2\r").entries["b"])[0] == 2


def test_short_forms_are_long_forms() -> None:
    value = parsed("a: !Ref X\nb: !GetAtt X.Y\nc: !If [A, !Ref B, c]\nd: !Condition E\n")
    assert value.entries["a"] == MapValue({"Ref": Known("X")})
    assert value.entries["b"] == MapValue({"Fn::GetAtt": Known("X.Y")})
    assert value.entries["c"] == MapValue({"Fn::If": ListValue((Known("A"), MapValue({"Ref": Known("B")}), Known("c")))})
    assert value.entries["d"] == MapValue({"Condition": Known("E")})


def test_anchors_and_merges() -> None:
    value = parsed("a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  y: 3\nc: *a\n")
    assert value.entries["b"] == MapValue({"x": Known(1), "y": Known(3)})
    assert value.entries["c"] == value.entries["a"]


def test_merges_of_what_merges() -> None:
    value = parsed("a: &a {x: 1, y: 1, z: 1}\nb: &b {<<: *a, y: 2, z: 2}\nc:\n  <<: [*b, {w: 0, x: 0}]\n  z: 3\n")
    assert value.entries["c"] == MapValue({"z": Known(3), "y": Known(2), "x": Known(1), "w": Known(0)})


HEAD = 'AWSTemplateFormatVersion: "2010-09-09"\nResources:\n  Images:\n    Type: AWS::S3::Bucket\n'
CHAIN = "".join(f"  a{i}: &a{i} {{<<: *a{i - 1}}}\n" for i in range(1, 201))
FAN = "".join(f"  a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 9)}]}}\n" for i in range(1, 12))
LAUGHS = "".join(f"  a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12))


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        (HEAD + "  Images:\n    Type: AWS::S3::Bucket\n", ["-:5:3: the key 'Images' is repeated; it is first in line 3"]),
        (
            HEAD + "    Properties:\n      BucketName: a\n      BucketName: b\n      BucketName: c\n",
            [
                "-:7:7: the key 'BucketName' is repeated; it is first in line 6",
                "-:8:7: the key 'BucketName' is repeated; it is first in line 6",
            ],
        ),
        (HEAD + "\tProperties: {}\n", ["-:5:1: is not YAML: a tab stands where YAML takes only blanks"]),
        (HEAD + "    Properties: {Action: *}\n", ["-:5:27: is not YAML: '*' begins an alias in YAML; put the value in quotes"]),
        (
            HEAD + "{% if x %}\n",
            ["-:5:2: is not YAML: '%' cannot begin a value; a template that another tool fills in has to be filled in first"],
        ),
        (
            HEAD + "    Metadata:\n      Tag: {{ runtime }}-v1\n      Context: .\n",
            ["-:6:25: is not YAML: did not find expected key; a template that another tool fills in has to be filled in first"],
        ),
        (HEAD + "    Properties: &a\n      Tags: [*a]\n", ["-:5:17: an anchor contains itself"]),
        (HEAD + "    Properties: &a\n      Tags: *a\n", ["-:5:17: an anchor contains itself"]),
        (
            HEAD + "    Properties:\n      BucketName: *a11\n" + "Metadata:\n  a0: &a0 [x]\n" + LAUGHS,
            ["-:6:19: is not YAML: found undefined alias"],
        ),
        (
            "Metadata:\n  a0: &a0 [x]\n" + LAUGHS + HEAD + "    Properties:\n      BucketName: *a11\n",
            ["-:7:7: aliases make more than 200,000 values of it"],
        ),
        (HEAD + "---\na: 1\n", ["-:5:1: is not YAML: a second document begins here, and a template is one document"]),
        (HEAD + "    Properties: {BucketName: \x01}\n", ["-:5:30: is not YAML: a control character stands here"]),
        (HEAD + f"    Properties: {{BucketName: {'[' * 300}{']' * 300}}}\n", ["-:5:127: is nested too deeply"]),
        (HEAD + f"    Properties: {{BucketName: {'[' * 3000}\n", ["-:5:1026: is not YAML: exceeded maximum nesting depth"]),
        (HEAD + "    Properties: {[a]: b}\n", ["-:5:17: a key is not text"]),
        (HEAD + "    Properties: &a {<<: *a}\n", ["-:5:17: an anchor contains itself"]),
        ("Metadata:\n  a0: &a0 {}\n" + CHAIN + HEAD + "    Properties: {<<: *a200}\n", ["-:104:9: is nested too deeply"]),
        (
            "Metadata:\n  a0: &a0 {}\n" + FAN + HEAD + "    Properties: {<<: *a11}\n",
            ["-:2:7: aliases make more than 200,000 values of it"],
        ),
        (HEAD + "    Properties: {<<: text}\n", ["-:5:22: '<<' merges something that is not a mapping"]),
        (HEAD + "  Other: text\n", ["-:5:3: the resource Other is not a mapping"]),
        (HEAD + "  Other: {Properties: {}}\n", ["-:5:3: the resource Other has no Type"]),
        (HEAD + "  Other: {Type: [AWS::S3::Bucket]}\n", ["-:5:3: the Type of the resource Other is not a text"]),
        (
            HEAD + "  Other: {Type: {Rain::Module: vpc.yml}}\n",
            ["-:5:3: the Type of the resource Other is a module of Rain: audit what 'rain pkg' prints"],
        ),
        (
            HEAD + "  Other: {Type: !Rain::Module vpc.yml}\n",
            ["-:5:3: the Type of the resource Other is a module of Rain: audit what 'rain pkg' prints"],
        ),
        (HEAD + "    Properties: {BucketName: {{ name }}}\n", []),
        ('AWSTemplateFormatVersion: "2010-09-09"\n', ["-:1:1: the template has no Resources"]),
        ("AWSTemplateFormatVersion: 2010-09-09\nResources:\n# none yet\n", ["-:2:1: the template has no Resources"]),
        ("Resources: [AWS::S3::Bucket]\n", [NO_TEMPLATE]),
        (
            "AWSTemplateFormatVersion: 2010-09-09\nResources: [AWS::S3::Bucket]\n",
            ["-:2:1: the Resources of the template are not a mapping"],
        ),
        (
            '{"Resources": {"A": {"Type": "AWS::S3::Bucket"}, "A": {"Type": "AWS::S3::Bucket"}}}',
            ["-:1:50: the key 'A' is repeated; it is first in line 1"],
        ),
        ('{"Resources": {"A": {"Type": "AWS::S3::Bucket"}}, }', []),
        (
            "kind: Pod\n",
            [
                "-:1:1: is not something that can be audited: a directory or file of Terraform, a plan from 'terraform show -json', a CloudFormation template, a bucket or key policy, CORS rules, or what 'aws s3api get-bucket-…' prints"
            ],
        ),
    ],
)
def test_what_cannot_be_read(text: str, errors: list[str]) -> None:
    assert faults(text) == errors
