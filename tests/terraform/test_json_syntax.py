"""JSON configuration syntax gives the same tree as the native one, with exact places."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from auditor.foundation.errors import InputError
from auditor.foundation.location import Location
from auditor.foundation.text import Texts
from auditor.foundation.value import Known
from auditor.sources.options import Options
from auditor.sources.resource_types import TERRAFORM
from auditor.sources.terraform.modules.directory import Library
from auditor.sources.terraform.modules.module import Root
from auditor.sources.terraform.syntax.json import parse_json
from auditor.sources.terraform.syntax.tree import GetAttribute, Literal, TemplateExpression, Variable


def test_blocks_labels_and_places() -> None:
    text = '{\n  "//": "x",\n  "resource": {"aws_s3_bucket": {"b": {"bucket": "${local.t}-x", "//": 1}}},\n  "locals": [{"t": "a"}, {"u": 2}]\n}\n'
    blocks, errors = parse_json(text, "m.tf.json")
    assert errors == ()
    assert [(block.type, block.labels) for block in blocks] == [
        ("resource", ("aws_s3_bucket", "b")),
        ("locals", ()),
        ("locals", ()),
    ]
    bucket = blocks[0].body.attributes["bucket"]
    assert blocks[0].header == Location("m.tf.json", 3, 34, 3, 37)
    assert bucket.location == Location("m.tf.json", 3, 40, 3, 64)
    assert isinstance(bucket.expression, TemplateExpression)
    reference, rest = bucket.expression.parts
    assert isinstance(reference, GetAttribute)
    assert reference.source == Variable("local", Location("m.tf.json", 3, 53, 3, 58))
    assert rest == "-x"
    assert blocks[2].body.attributes["u"].expression == Literal(2, Location("m.tf.json", 4, 32, 4, 33))


def test_errors_have_their_place() -> None:
    assert parse_json("{\n  1}", "m.tf.json") == (
        (),
        (InputError(Location("m.tf.json", 2, 3, 2, 4), "is not JSON: it expected a key in quotes here"),),
    )
    assert parse_json("[]", "m.tf.json") == ((), (InputError(Location("m.tf.json", 1, 1, 1, 3), "is no JSON object"),))
    assert parse_json('{"module": 3}', "m.tf.json")[1] == (
        InputError(Location("m.tf.json", 1, 12, 1, 13), "'module' holds an object here"),
    )


def test_objects_serve_as_blocks_and_dynamic_is_one(tmp_path: Path) -> None:
    (tmp_path / "main.tf.json").write_text(
        '{"locals": {"o": ["https://a"]}, "resource": {"aws_s3_bucket_cors_configuration": {"c": {"bucket": "b",'
        '"cors_rule": {"allowed_methods": ["GET"], "allowed_origins": "${local.o}"}}, "d": {"bucket": "b",'
        '"dynamic": {"cors_rule": {"for_each": ["GET", "PUT"], "content": {"allowed_methods": ["${cors_rule.value}"]}}}}}}}'
    )
    root = Root(str(tmp_path), Options(), Library(Texts(), (str(tmp_path),)), TERRAFORM.attribute_of)
    found = {
        instance.name: instance.body.blocks("cors_rule").items
        for instance in root.instances(frozenset({"aws_s3_bucket_cors_configuration"}))
    }
    assert root.errors == ()
    ((_, rule),) = found["c"]
    assert [item for item in rule.attribute("allowed_origins").items] == [Known("https://a")]  # type: ignore[union-attr]  # noqa: C416
    assert [rule.attribute("allowed_methods").items for _, rule in found["d"]] == [(Known("GET"),), (Known("PUT"),)]  # type: ignore[union-attr]


@given(st.text(alphabet='{}[]":, abresource01$\n', max_size=60))
def test_any_text_gives_blocks_or_located_errors(text: str) -> None:
    blocks, errors = parse_json(text, "m.tf.json")
    assert blocks or errors or text.strip().startswith("{")
