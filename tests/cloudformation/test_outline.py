"""A template that can declare nothing is passed by its outline; what the outline lets pass has nothing wrong outermost when it is read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.foundation.errors import InputError
from auditor.sources.cloudformation.syntax.outline import outline
from auditor.sources.cloudformation.template import is_sound, parse_template
from auditor.sources.options import SourceOptions
from tests.cloudformation.templates import declared

FIXTURES = Path("fixtures")
SOUND = """\
---
# A topic.
AWSTemplateFormatVersion: '2010-09-09'
Description: |
  Resources:
    Not: here
Resources:
  # The first one.
  Topic:
    Type: AWS::SNS::Topic
  Other: {Type: "AWS::SNS::Topic"}
Outputs:
  Name: {Value: !Ref Topic}
"""


def read_through(text: str) -> list[InputError]:
    """What is wrong outermost of a template, and in the names of its resources."""
    template, errors = parse_template(text, "t.yaml", lambda _: False)
    assert template is not None
    assert template.section("Resources").entries
    return errors


def templates() -> Iterator[Path]:
    """The templates among the fixtures."""
    for path in sorted(FIXTURES.rglob("*")):
        if path.suffix in (".yaml", ".yml", ".json") and path.is_file() and "Resources" in path.read_text("utf-8", "replace"):
            yield path


def test_what_is_passed_by_its_outline_has_no_error() -> None:
    passed = 0
    for path in templates():
        text = path.read_bytes().decode("utf-8", "replace")
        if is_sound(text):
            passed += 1
            assert read_through(text) == [], path
    assert passed > 100


def test_the_outline_of_a_template() -> None:
    assert outline(SOUND) == {"AWSTemplateFormatVersion": "2010-09-09", "Description": "|", "Resources": "", "Outputs": ""}
    assert is_sound(SOUND)
    assert is_sound(SOUND.replace("\n", "\r\n"))
    assert is_sound('{"Resources": {"A": {"Type": "AWS::SNS::Topic"}}, "Outputs": {}}')


@pytest.mark.parametrize(
    "text",
    [
        SOUND.replace("Outputs:", "Resources:"),
        SOUND.replace("Outputs:", "Resource:"),
        SOUND.replace("Outputs:", "- a"),
        SOUND.replace("Outputs:", "---"),
        SOUND.replace("Outputs:", '"Outputs":'),
        SOUND.replace("2010-09-09", "2010-09-10"),
        SOUND.replace("  Other:", "  Topic:"),
        SOUND.replace("  Other:", "  <<: *other\n  Other:"),
        SOUND.replace("  Other:", "  &other Other:"),
        SOUND.replace("  Other: {", "  Other: {{"),
        SOUND.replace("  Other:", " Other:"),
        SOUND.replace("    Type:", "\tType:"),
        SOUND.replace("  Other:", "\r  Other:"),
        SOUND.replace("!Ref Topic", "!Ref *topic"),
        SOUND.replace("# A topic.", "# A\x85topic."),
        "Resources: {A: {Type: 'AWS::SNS::Topic'}}\n",
        "Resources:\n- A: {Type: 'AWS::SNS::Topic'}\n",
        "AWSTemplateFormatVersion: 2010-09-09\n",
        '{"Resources": []}',
        '{"Resources": {"A": 1}',
        '{"Resources": {}, "Resource": {}}',
        '{"Resources": {}, "AWSTemplateFormatVersion": 2010}',
        '// A comment\n{"Resources": {}}',
        "",
    ],
)
def test_what_is_looked_at_more_closely(text: str) -> None:
    assert not is_sound(text)


PARENT = """
    Resources:
      Names: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: names.json, Parameters: {Stage: prod}}}
      Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: !GetAtt Names.Outputs.Bucket}}
"""
NAMES = """{
    "Parameters": {"Stage": {"Type": "String"}},
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
    "Outputs": {"Bucket": {"Value": {"Fn::Sub": "images-${Stage}"}}}
}"""


def test_the_outputs_of_a_nested_template_that_declares_nothing_are_read() -> None:
    (found,) = declared({"parent.yaml": PARENT, "names.json": NAMES})
    assert found.errors == ()
    assert [str(getattr(bucket.name, "value", bucket.name)) for bucket in found.buckets] == ["images-prod"]


def test_its_parameters_are_known_where_values_are_given() -> None:
    (found,) = declared({"names.json": NAMES}, SourceOptions(parameters={"Stage": "prod"}), "names.json")
    assert found.inputs == {"Stage"}
