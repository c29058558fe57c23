"""JSON configuration syntax gives the same tree as the native one, with exact places."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.foundation.border import border_of
from auditor.foundation.errors import InputError
from auditor.foundation.location import Location
from auditor.foundation.text import Texts
from auditor.foundation.value import Known, ListValue, MapValue
from auditor.render.parts.values import written
from auditor.sources.options import SourceOptions
from auditor.sources.resource_types import TERRAFORM
from auditor.sources.terraform.modules.directory import Library
from auditor.sources.terraform.modules.module import Root
from auditor.sources.terraform.syntax.json import parse_json
from auditor.sources.terraform.syntax.tree import GetAttribute, Literal, TemplateExpression, Variable
from tests.terraform.trees import root


def test_blocks_labels_and_places() -> None:
    text = '{\n  "//": "x",\n  "resource": {"aws_s3_bucket": {"b": {"bucket": "${local.t}-x", "//": 1}}},\n  "locals": [{"t": "a"}, {"u": 2}]\n}\n'
    blocks, unparsed, errors = parse_json(text, "m.tf.json")
    assert (unparsed, errors) == ((), ())
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


def test_two_slashes_are_a_comment_in_a_block_and_a_key_in_an_object(tmp_path: Path) -> None:
    files = {
        "main.tf.json": '{"//": "x", "locals": {"//": "x", "o": {"//": "x", "a": 1}}, "variable": {"m": {"//": "x"}}}',
        "terraform.tfvars.json": '{"m": {"//": "x"}}',
    }
    module = root(tmp_path, files).module
    assert module.local("o") == MapValue({"//": Known("x"), "a": Known(1)})
    assert module.variable("m") == MapValue({"//": Known("x")})
    rule = '{"//": "x", "allowed_methods": ["GET"], "allowed_origins": ["https://a"]}'
    cors = f'{{"resource": {{"aws_s3_bucket_cors_configuration": {{"c": {{"bucket": "b", "cors_rule": {rule}}}}}}}}}'
    found = root(tmp_path / "cors", {"main.tf.json": cors})
    (attached,) = TERRAFORM.declarations("cors", found.instances(TERRAFORM.wanted(roles=False))).attachments
    assert found.errors == ()
    assert written(attached.content) == "{AllowedOrigins: https://a, AllowedMethods: GET}"


def test_errors_have_their_place() -> None:
    for text, kind, place, message in (
        ("{\n  1}", "", Location("m.tf.json", 2, 3, 2, 4), "is not JSON: it expected a key in quotes here"),
        ("[3]", "", Location("m.tf.json", 1, 2, 1, 3), "is not a JSON object"),
        ('{"module": 3}', "module", Location("m.tf.json", 1, 12, 1, 13), "'module' holds an object here"),
    ):
        blocks, (unparsed,), errors = parse_json(text, "m.tf.json")
        assert (blocks, errors) == ((), (InputError(place, message),))
        assert (unparsed.type, unparsed.location, unparsed.error) == (kind, place, errors[0])
    assert parse_json("[]", "m.tf.json") == ((), (), ())


def test_objects_serve_as_blocks_and_dynamic_is_one(tmp_path: Path) -> None:
    (tmp_path / "main.tf.json").write_text(
        '{"locals": {"o": ["https://a"]}, "resource": {"aws_s3_bucket_cors_configuration": {"c": {"bucket": "b",'
        '"cors_rule": {"allowed_methods": ["GET"], "allowed_origins": "${local.o}"}}, "d": {"bucket": "b",'
        '"dynamic": {"cors_rule": {"for_each": ["GET", "PUT"], "content": {"allowed_methods": ["${cors_rule.value}"]}}}}}}}'
    )
    root = Root(str(tmp_path), SourceOptions(), Library(Texts(border=border_of((str(tmp_path),)))), TERRAFORM.attribute_of)
    found = {
        instance.name: instance.body.blocks("cors_rule").items
        for instance in root.instances(frozenset({"aws_s3_bucket_cors_configuration"}))
    }
    assert root.errors == ()
    ((_, rule),) = found["c"]
    assert [item for item in rule.attribute("allowed_origins").items] == [Known("https://a")]  # type: ignore[union-attr]  # noqa: C416
    assert [rule.attribute("allowed_methods").items for _, rule in found["d"]] == [(Known("GET"),), (Known("PUT"),)]  # type: ignore[union-attr]


def test_blocks_stand_beside_dynamic_ones_in_the_order_of_the_file(tmp_path: Path) -> None:
    written, repeated = (
        '"cors_rule": [{"allowed_methods": ["GET"]}, {"allowed_methods": ["PUT"]}]',
        '"dynamic": {"cors_rule": {"for_each": ["POST"], "content": {"allowed_methods": ["${cors_rule.value}"]}}}',
    )
    resources = f'{{"c": {{{written}, {repeated}}}, "d": {{{repeated}, {written}}}}}'
    made = root(tmp_path, {"main.tf.json": f'{{"resource": {{"aws_s3_bucket_cors_configuration": {resources}}}}}'})
    found = {
        instance.name: [rule.attribute("allowed_methods") for _, rule in instance.body.blocks("cors_rule").items]
        for instance in made.instances(frozenset({"aws_s3_bucket_cors_configuration"}))
    }
    get, put, post = (ListValue((Known(method),)) for method in ("GET", "PUT", "POST"))
    assert found == {"c": [get, put, post], "d": [post, get, put]}


@given(st.text(alphabet='{}[]":, abresource01$\n', max_size=60))
def test_any_text_gives_blocks_or_located_errors(text: str) -> None:
    blocks, unparsed, errors = parse_json(text, "m.tf.json")
    assert len(unparsed) <= len(errors)
    assert blocks or errors or text.strip().startswith(("{", "["))


CORS = '"bucket": "b", '
RULE = '{"allowed_methods": ["${cors_rule.value}"], "allowed_origins": ["https://a"]}'
EACH = '"for_each": ["GET", "PUT"]'


@pytest.mark.parametrize(
    "dynamic",
    [
        f'{{"cors_rule": {{{EACH}, "content": {RULE}}}}}',
        f'{{"cors_rule": [{{{EACH}, "content": {RULE}}}]}}',
        f'[{{"cors_rule": {{{EACH}, "content": {RULE}}}}}]',
        f'[{{"cors_rule": [{{{EACH}, "content": [{RULE}]}}]}}]',
        f'[[{{"cors_rule": [{{{EACH}, "content": {RULE.replace("cors_rule", "r")}, "iterator": "r"}}]}}]]',
        '[{"cors_rule": [{"for_each": ["GET"], "content": ' + RULE + '}, {"for_each": ["PUT"], "content": ' + RULE + "}]}]",
        f'[{{"cors_rule": {{"for_each": ["GET"], "content": {RULE}}}}}, {{"cors_rule": {{"for_each": ["PUT"], "content": {RULE}}}}}]',
    ],
)
def test_every_level_of_a_dynamic_block_may_be_an_array(tmp_path: Path, dynamic: str) -> None:
    found = root(
        tmp_path,
        {"main.tf.json": f'{{"resource": {{"aws_s3_bucket_cors_configuration": {{"c": {{{CORS}"dynamic": {dynamic}}}}}}}}}'},
    )
    (instance,) = found.instances(frozenset({"aws_s3_bucket_cors_configuration"}))
    rules = [rule.attribute("allowed_methods") for _, rule in instance.body.blocks("cors_rule").items]
    assert rules == [ListValue((Known("GET"),)), ListValue((Known("PUT"),))]
    assert found.errors == ()


@pytest.mark.parametrize(
    "text",
    [
        '{"resource": {"aws_s3_bucket": {"b": {"bucket": "x"}}}}',
        '{"resource": [{"aws_s3_bucket": {"b": {"bucket": "x"}}}]}',
        '{"resource": {"aws_s3_bucket": [{"b": {"bucket": "x"}}]}}',
        '{"resource": {"aws_s3_bucket": {"b": [{"bucket": "x"}]}}}',
        '[{"resource": [{"aws_s3_bucket": [{"b": [{"bucket": "x"}]}]}]}]',
        '\ufeff{"resource": {"aws_s3_bucket": {"b": {"bucket": "x"}}}}',
    ],
)
def test_every_level_of_a_block_may_be_an_array(text: str) -> None:
    ((block,), _, errors) = parse_json(text, "m.tf.json")
    assert errors == ()
    assert (block.type, block.labels, list(block.body.attributes)) == ("resource", ("aws_s3_bucket", "b"), ["bucket"])


BASES = {
    "block": ("main.tf", '  rule {\n    object_ownership = "BucketOwnerEnforced"\n  }\n'),
    "dynamic": (
        "main.tf",
        '  dynamic "rule" {\n    for_each = [1]\n    content {\n      object_ownership = "BucketOwnerEnforced"\n    }\n  }\n',
    ),
    "json": ("main.tf.json", '"rule": [{"object_ownership": "BucketOwnerEnforced"}]'),
    "json dynamic": (
        "main.tf.json",
        '"dynamic": {"rule": {"for_each": [1], "content": {"object_ownership": "BucketOwnerEnforced"}}}',
    ),
}
OVERRIDES = {
    name: (at.replace("main", "override"), text.replace("BucketOwnerEnforced", "ObjectWriter"))
    for name, (at, text) in BASES.items()
}


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("override", OVERRIDES)
def test_overriding_replaces_nested_blocks_in_either_syntax(tmp_path: Path, base: str, override: str) -> None:
    files = {}
    for name, body in (BASES[base], OVERRIDES[override]):
        if name.endswith(".json"):
            files[name] = f'{{"resource": {{"aws_s3_bucket_ownership_controls": {{"b": {{"bucket": "x", {body}}}}}}}}}'
        else:
            files[name] = f'resource "aws_s3_bucket_ownership_controls" "b" {{\n  bucket = "x"\n{body}}}\n'
    (instance,) = root(tmp_path, files).instances(frozenset({"aws_s3_bucket_ownership_controls"}))
    rules = [rule.attribute("object_ownership") for _, rule in instance.body.blocks("rule").items]
    assert rules == [Known("ObjectWriter")]


def test_a_type_in_json_is_an_expression_and_a_number_has_a_measure(tmp_path: Path) -> None:
    digits = "9" * 400
    text = (
        '{"variable": {"v": {"type": "map(number)", "default": {"a": "1"}}},'
        f'"locals": {{"x": "${{var.v.a + 1}}", "y": {digits}, "z": "a${{"}}}}'
    )
    found = root(tmp_path, {"main.tf.json": text})
    assert found.module.local("x") == Known(2)
    assert [found.module.local(name).symbol.reason for name in ("y", "z")] == [  # type: ignore[union-attr]  # both are unknown
        "a number of this size is not evaluated",
        "this template cannot be parsed",
    ]
    assert [error.message for error in found.errors] == ["unexpected end of the file"]
