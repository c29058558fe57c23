"""Modules: variables, instances, addresses, calls, providers, overrides, cycles."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from auditor.cli import main
from auditor.foundation.border import border_of
from auditor.foundation.json_text import parse_json
from auditor.foundation.location import Location
from auditor.foundation.text import Texts
from auditor.foundation.value import ALWAYS, NULL, Choice, JsonText, Known, ListValue, MapValue, Template, Unknown, Value, When
from auditor.render.parts.values import written
from auditor.sources.options import Assignment, SourceOptions
from auditor.sources.resource_types import TERRAFORM
from auditor.sources.terraform import read_modules
from auditor.sources.terraform.modules.directory import Library, module_files
from auditor.sources.terraform.values.json_encoding import encode
from auditor.sources.terraform.values.resource_instance import Instance
from tests.terraform.trees import instances, local, plain, root

BUCKET = "aws_s3_bucket"


def symbol(value: Value) -> tuple[str, str, str]:
    assert isinstance(value, Unknown), value
    return value.symbol.name, value.symbol.reason, value.symbol.hint


def conditions(when: When) -> set[tuple[str, bool]]:
    return {(one.name, truth) for one, truth in when.literals}


# Variables


def test_a_variable_without_a_default_is_open_and_says_what_to_do(tmp_path: Path) -> None:
    value = local(tmp_path, 'variable "a" {}\nlocals {\n  x = var.a\n}\n')
    assert symbol(value) == ("var.a", "var.a has no default", "give it with --var a=… or a .tfvars file")
    assert isinstance(value, Unknown)
    assert value.symbol.location is not None
    assert value.symbol.location.line == 1


def test_each_source_of_values_overrides_the_ones_before(tmp_path: Path) -> None:
    names = ["default", "environment", "usual", "usual_json", "automatic", "automatic_json", "file", "option"]
    native = lambda at: "".join(f'{name} = "{names[at]}"\n' for name in names[at:])  # noqa: E731 said once
    as_json = lambda at: json.dumps(dict.fromkeys(names[at:], names[at]))  # noqa: E731 likewise
    files = {
        "main.tf": "".join(f'variable "{name}" {{\n  type = string\n  default = "default"\n}}\n' for name in names),
        "terraform.tfvars": native(2),
        "terraform.tfvars.json": as_json(3),
        "a.auto.tfvars": native(4),
        "b.auto.tfvars.json": as_json(5),
        "named.tfvars": native(6),
        "ignored.tfvars": native(0),
    }
    options = SourceOptions(
        (Assignment("option", "early"), Assignment("", str(tmp_path / "named.tfvars")), Assignment("option", "option")),
        {f"TF_VAR_{name}": "environment" for name in names[1:]},
    )
    found = root(tmp_path, files, options)
    assert [plain(found.module.variable(name)) for name in names] == names
    assert found.errors == ()


def test_a_text_in_a_json_file_of_variables_is_no_template(tmp_path: Path) -> None:
    files = {"main.tf": 'variable "a" {}\n', "terraform.tfvars.json": '{"//": "said by hand", "a": {"b": ["${1 + 1}", 1.5]}}'}
    found = root(tmp_path, files)
    assert found.module.variable("a") == MapValue({"b": ListValue((Known("${1 + 1}"), Known(1.5)))})
    assert found.errors == ()


def test_a_raw_value_is_text_for_a_primitive_and_an_expression_for_others(tmp_path: Path) -> None:
    code = 'variable "s" {\n  type = string\n}\nvariable "n" {\n  type = number\n}\nvariable "l" {\n  type = list(string)\n}\nvariable "u" {}\n'
    options = SourceOptions((Assignment("s", "[1]"), Assignment("n", "12"), Assignment("l", '["a", "b"]'), Assignment("u", "true")))
    module = root(tmp_path, {"main.tf": code}, options).module
    assert module.variable("s") == Known("[1]")
    assert module.variable("n") == Known(12)
    assert module.variable("l") == ListValue((Known("a"), Known("b")))
    assert module.variable("u") == Known("true")


def test_types_convert_and_optional_attributes_have_defaults(tmp_path: Path) -> None:
    code = """
        variable "a" {
          type = object({
            name  = string
            count = optional(number, 3)
            tags  = optional(map(string), {})
            note  = optional(string)
          })
          default = { name = 12, extra = true }
        }
        variable "s" {
          type    = set(string)
          default = ["b", "a", "b"]
        }
    """
    module = root(tmp_path, {"main.tf": code}).module
    assert module.variable("a") == MapValue({"name": Known("12"), "count": Known(3), "tags": MapValue({}), "note": NULL})
    assert module.variable("s") == ListValue((Known("a"), Known("b")), is_set=True)


@pytest.mark.parametrize(
    ("type_", "given", "made"),
    [
        ("list(object({ c = any }))", '[{ c = 1.5 }, { c = true }, { c = "a" }]', '[{"c":"1.5"},{"c":"true"},{"c":"a"}]'),
        ("map(object({ c = optional(any, 1.5) }))", '{ a = { c = "x" }, b = {} }', '{"a":{"c":"x"},"b":{"c":"1.5"}}'),
        ("map(list(any))", '{ a = [1.5], b = [true, "a"] }', '{"a":["1.5"],"b":["true","a"]}'),
        ("list(list(any))", "[[], [1.5], [1]]", "[[],[1.5],[1]]"),
        ("list(tuple([any, number]))", '[[1, "2"], ["a", 3]]', '[["1",2],["a",3]]'),
        ("object({ l = list(map(any)) })", '{ l = [{ b = 1, c = "" }, { d = 1.5 }] }', '{"l":[{"b":"1","c":""},{"d":"1.5"}]}'),
        ("object({ a = any, b = any })", '{ a = 1, b = "x" }', '{"a":1,"b":"x"}'),
        ("map(any)", '{ a = null, b = ["a", 1] }', '{"a":null,"b":["a",1]}'),
    ],
)
def test_any_is_one_type_for_all_that_stand_in_its_place(tmp_path: Path, type_: str, given: str, made: str) -> None:
    code = f'variable "a" {{\n  type = {type_}\n}}\nlocals {{\n  x = jsonencode(var.a)\n}}\n'
    value = root(tmp_path, {"main.tf": code, "terraform.tfvars": f"a = {given}\n"}).module.local("x")
    assert isinstance(value, JsonText)
    assert encode(value.content) == made


@pytest.mark.parametrize(
    ("type_", "given"),
    [
        ("list(object({ c = any }))", '[{ c = "a" }, { c = ["a"] }]'),
        ("list(any)", '[null, ["a"]]'),
        ("map(list(any))", "{ a = [1], b = [[1]] }"),
    ],
)
def test_any_refuses_what_has_no_type_in_common(tmp_path: Path, type_: str, given: str) -> None:
    code = f'variable "a" {{\n  type = {type_}\n}}\n'
    assert isinstance(root(tmp_path, {"main.tf": code, "terraform.tfvars": f"a = {given}\n"}).module.variable("a"), Unknown)


@pytest.mark.parametrize(
    ("template", "variable", "made"),
    [
        ("${n}", "12", Known(12)),
        ("${n}\n", "12", Known("12\n")),
        ("${n ~}\n", "12", Known("12")),
        ("${n}", '["a"]', ListValue((Known("a"),))),
        ("${n}", "null", None),
    ],
)
def test_a_template_file_that_is_one_interpolation_keeps_its_type(
    tmp_path: Path, template: str, variable: str, made: Value | None
) -> None:
    files = {"t.tpl": template, "main.tf": f'locals {{\n  x = templatefile("t.tpl", {{ n = {variable} }})\n}}\n'}
    value = root(tmp_path, files).module.local("x")
    assert value == made if made else isinstance(value, Unknown)


@pytest.mark.parametrize(
    "text",
    [
        'templatefile("t.tpl", { of = ["a/${var.v}", "b"], sid = var.v })',
        '"{\\"Sid\\": \\"${var.v}\\", \\"Of\\": ${jsonencode(["a/${var.v}", "b"])}}"',
        'format("{\\"Sid\\": \\"%s\\", \\"Of\\": %s}", var.v, jsonencode(["a/${var.v}", "b"]))',
        '<<-EOT\n  ${jsonencode({ Sid = var.v, Of = ["a/${var.v}", "b"] })}\n  EOT\n',
    ],
)
def test_what_is_encoded_inside_a_text_is_read_as_what_it_was(tmp_path: Path, text: str) -> None:
    files = {
        "t.tpl": '{"Sid": "${sid}", "Of": ${jsonencode(of)}}',
        "main.tf": f'variable "v" {{}}\nlocals {{\n  x = {text}\n}}\n',
    }
    value, errors = parse_json(root(tmp_path, files).module.local("x"), Location("main.tf"))
    assert errors == ()
    assert value is not None
    assert written(value) == "{Sid: ${var.v}, Of: a/${var.v}, b}"


def test_null_for_a_variable_that_is_not_nullable_means_the_default(tmp_path: Path) -> None:
    files = {
        "main.tf": 'module "a" {\n  source = "./a"\n  x = null\n  y = null\n}\n',
        "a/main.tf": 'variable "x" {\n  default = "d"\n  nullable = false\n}\nvariable "y" {\n  default = "d"\n}\n'
        'output "x" {\n  value = var.x\n}\noutput "y" {\n  value = var.y\n}\n',
    }
    (call,) = root(tmp_path, files).module.calls("a")
    assert call.module is not None
    assert call.module.output("x") == Known("d")
    assert call.module.output("y") == NULL


def test_a_default_of_null_is_none_for_a_variable_that_is_not_nullable(tmp_path: Path) -> None:
    variable = 'variable "x" {\n  default = null\n  nullable = false\n}\n'
    files = {
        "main.tf": variable + 'module "a" {\n  source = "./a"\n  x = null\n}\n',
        "a/main.tf": variable + 'output "x" {\n  value = var.x\n}\n',
    }
    module = root(tmp_path, files).module
    hint = "give it with --var x=… or a .tfvars file"
    assert symbol(module.variable("x")) == ("var.x", "var.x has no default that it takes", hint)
    (call,) = module.calls("a")
    assert call.module is not None
    reason = "module.a.var.x has no default that it takes and is not given"
    assert symbol(call.module.output("x")) == ("module.a.var.x", reason, "give it in the call of module.a")


def test_a_sensitive_variable_is_never_shown(tmp_path: Path) -> None:
    code = 'variable "a" {\n  sensitive = true\n  default = "secret"\n}\nlocals {\n  x = "p-${var.a}"\n}\n'
    value = local(tmp_path, code, options=SourceOptions((Assignment("a", "other secret"),)))
    assert isinstance(value, Template)
    assert "secret" not in repr(value)
    assert value.parts[0] == "p-"


# Locals and cycles


def test_a_cycle_of_locals_is_an_error_with_its_way_and_an_open_value(tmp_path: Path) -> None:
    found = root(tmp_path, {"main.tf": "locals {\n  a = local.b\n  b = [local.a]\n  c = 1\n}\n"})
    assert isinstance(found.module.local("a"), ListValue)
    assert found.module.local("c") == Known(1)
    assert [str(error) for error in found.errors] == [
        f"{tmp_path}/main.tf:2:3: local.a depends on itself: local.a → local.b → local.a"
    ]


def test_modules_that_call_each_other_are_an_error(tmp_path: Path) -> None:
    files = {
        "main.tf": 'module "a" {\n  source = "./a"\n}\n',
        "a/main.tf": 'module "b" {\n  source = "../b"\n}\nresource "aws_s3_bucket" "x" {}\n',
        "b/main.tf": 'module "a" {\n  source = "../a"\n}\nresource "aws_s3_bucket" "y" {}\n',
    }
    found = root(tmp_path, files)
    assert list(instances(found, BUCKET)) == ["module.a.aws_s3_bucket.x", "module.a.module.b.aws_s3_bucket.y"]
    assert [error.message for error in found.errors] == [f"module.a calls itself: {tmp_path}/a → {tmp_path}/b → {tmp_path}/a"]


def test_an_undeclared_reference_is_open(tmp_path: Path) -> None:
    code = "locals {\n  x = [var.a, local.b, module.c.d, aws_s3_bucket.e.id, data.aws_region.f.name]\n}\n"
    value = local(tmp_path, code)
    assert isinstance(value, ListValue)
    assert [symbol(item)[1] for item in value.items] == [
        "var.a is not declared",
        "local.b is not declared",
        "module.c is not declared",
        "aws_s3_bucket.e is not declared",
        "data.aws_region.f is not declared",
    ]


# Instances


def test_count_and_for_each_make_addresses_as_terraform_prints_them(tmp_path: Path) -> None:
    code = r"""
        resource "aws_s3_bucket" "single" {}
        resource "aws_s3_bucket" "counted" {
          count  = 2
          bucket = "b-${count.index}"
        }
        resource "aws_s3_bucket" "each" {
          for_each = { "a\"b" = "x", "$${c}" = "y" }
          bucket   = "${each.key}-${each.value}"
        }
        resource "aws_s3_bucket" "set" {
          for_each = toset(["z", "y"])
          bucket   = each.value
        }
        resource "aws_s3_bucket" "none" {
          count = 0
        }
    """
    found = instances(root(tmp_path, {"main.tf": code}), BUCKET)
    assert {address: plain(instance.body.attribute("bucket")) for address, instance in found.items()} == {
        "aws_s3_bucket.single": None,
        "aws_s3_bucket.counted[0]": "b-0",
        "aws_s3_bucket.counted[1]": "b-1",
        'aws_s3_bucket.each["$${c}"]': "${c}-y",
        'aws_s3_bucket.each["a\\"b"]': 'a"b-x',
        'aws_s3_bucket.set["y"]': "y",
        'aws_s3_bucket.set["z"]': "z",
    }
    assert all(instance.when == ALWAYS for instance in found.values())


def test_an_open_condition_of_count_is_the_condition_of_the_instance(tmp_path: Path) -> None:
    code = """
        variable "on" {}
        variable "env" {}
        resource "aws_s3_bucket" "a" {
          count = var.on ? 1 : 0
        }
        resource "aws_s3_bucket" "b" {
          count = var.on && var.env == "prod" ? 1 : 0
        }
        resource "aws_s3_bucket" "c" {
          count = var.env != "prod" ? 1 : 0
        }
        resource "aws_s3_bucket" "d" {
          count = var.on ? 1 : 2
        }
    """
    found = instances(root(tmp_path, {"main.tf": code}), BUCKET)
    assert {address: conditions(instance.when) for address, instance in found.items()} == {
        "aws_s3_bucket.a[0]": {("var.on", True)},
        "aws_s3_bucket.b[0]": {("var.on", True), ('var.env == "prod"', True)},
        "aws_s3_bucket.c[0]": {('var.env == "prod"', False)},
        "aws_s3_bucket.d[0]": set(),
        "aws_s3_bucket.d[1]": {("var.on", False)},
    }


OPEN_COUNT = """
    variable "on" {}
    resource "aws_s3_bucket" "a" {
      count  = var.on ? 1 : 0
      bucket = "name"
    }
    locals {
      index = aws_s3_bucket.a[0].id
      one   = one(aws_s3_bucket.a[*].id)
      tried = try(aws_s3_bucket.a[0].id, "none")
      join  = join("", aws_s3_bucket.a[*].id)
      cond  = var.on ? aws_s3_bucket.a[0].id : "other"
    }
"""


def test_references_to_an_instance_with_an_open_count_keep_its_identity(tmp_path: Path) -> None:
    module = root(tmp_path, {"main.tf": OPEN_COUNT}).module
    index = module.local("index")
    assert index == Known("name")
    assert isinstance(index, Known)
    assert index.origin == "aws_s3_bucket.a[0]"
    for name, otherwise in (("one", None), ("tried", "none"), ("join", ""), ("cond", "other")):
        value = module.local(name)
        assert isinstance(value, Choice), name
        assert value.condition.name == "var.on"
        assert value.then == Known("name")
        assert isinstance(value.then, Known)
        assert value.then.origin == "aws_s3_bucket.a[0]", name
        assert value.otherwise == Known(otherwise)


OPEN_EACH = """
    variable "names" {}
    resource "aws_s3_bucket" "a" {
      for_each = var.names
      bucket   = "fixed"
    }
    resource "aws_s3_bucket_policy" "same" {
      for_each = var.names
      bucket   = aws_s3_bucket.a[each.key].id
    }
    resource "aws_s3_bucket_policy" "chained" {
      for_each = aws_s3_bucket.a
      bucket   = each.value.id
    }
    resource "aws_s3_bucket_policy" "literal" {
      bucket = aws_s3_bucket.a["x"].id
    }
"""


def test_an_open_for_each_has_one_instance_that_stands_for_all(tmp_path: Path) -> None:
    found = root(tmp_path, {"main.tf": OPEN_EACH})
    (bucket,) = instances(found, BUCKET).values()
    assert bucket.address == "aws_s3_bucket.a[each.key]"
    assert conditions(bucket.when) == {("length(var.names) > 0", True)}
    policies = instances(found, "aws_s3_bucket_policy")
    for name in ("same", "chained"):
        policy = policies[f"aws_s3_bucket_policy.{name}[each.key]"]
        assert conditions(policy.when) == {("length(var.names) > 0", True)} or name == "chained"
        target = policy.body.attribute("bucket")
        assert isinstance(target, Known)
        assert (target.value, target.origin) == ("fixed", bucket.address)
    target = policies["aws_s3_bucket_policy.literal"].body.attribute("bucket")
    assert isinstance(target, Choice)
    assert target.condition.name == 'key of var.names == "x"'
    assert isinstance(target.then, Known)
    assert target.then.origin == bucket.address
    assert isinstance(target.otherwise, Unknown)


def test_an_undecided_key_makes_its_instance_conditional(tmp_path: Path) -> None:
    code = """
        variable "on" {}
        resource "aws_s3_bucket" "a" {
          for_each = merge({ always = "x" }, var.on ? { sometimes = "y" } : {})
          bucket   = each.value
        }
    """
    found = instances(root(tmp_path, {"main.tf": code}), BUCKET)
    assert {address: conditions(one.when) for address, one in found.items()} == {
        'aws_s3_bucket.a["always"]': set(),
        'aws_s3_bucket.a["sometimes"]': {("var.on", True)},
    }
    assert found['aws_s3_bucket.a["sometimes"]'].body.attribute("bucket") == Known("y")


def test_what_is_perhaps_a_list_is_a_set_where_for_each_takes_it(tmp_path: Path) -> None:
    code = """
        variable "on" {}
        locals {
          m = { a = 1 }
        }
        resource "aws_s3_bucket" "a" {
          for_each = true ? toset(["x"]) : keys(local.m)
        }
        resource "aws_s3_bucket" "b" {
          for_each = var.on ? toset(["x"]) : keys(local.m)
        }
    """
    found = instances(root(tmp_path, {"main.tf": code}), BUCKET)
    assert {address: conditions(one.when) for address, one in found.items()} == {
        'aws_s3_bucket.a["x"]': set(),
        'aws_s3_bucket.b["x"]': {("var.on", True)},
        'aws_s3_bucket.b["a"]': {("var.on", False)},
    }


def test_for_each_over_the_instances_of_another_resource(tmp_path: Path) -> None:
    code = """
        resource "aws_s3_bucket" "b" {
          for_each = toset(["x", "y"])
          bucket   = "b-${each.key}"
        }
        resource "aws_s3_bucket_policy" "p" {
          for_each = aws_s3_bucket.b
          bucket   = each.value.id
        }
    """
    found = instances(root(tmp_path, {"main.tf": code}), "aws_s3_bucket_policy")
    targets = {address: one.body.attribute("bucket") for address, one in found.items()}
    assert targets == {'aws_s3_bucket_policy.p["x"]': Known("b-x"), 'aws_s3_bucket_policy.p["y"]': Known("b-y")}
    assert [getattr(target, "origin", None) for target in targets.values()] == ['aws_s3_bucket.b["x"]', 'aws_s3_bucket.b["y"]']


# Blocks


def test_dynamic_blocks_are_expanded(tmp_path: Path) -> None:
    code = """
        variable "on" {}
        variable "rules" {}
        resource "aws_s3_bucket_cors_configuration" "a" {
          cors_rule {
            allowed_methods = ["GET"]
          }
          dynamic "cors_rule" {
            for_each = ["a", "b"]
            content {
              allowed_origins = [cors_rule.value]
            }
          }
          dynamic "cors_rule" {
            for_each = var.on ? [1] : []
            iterator = it
            content {
              max_age_seconds = it.value
            }
          }
          dynamic "other" {
            for_each = var.rules
            content {}
          }
        }
    """
    (instance,) = instances(root(tmp_path, {"main.tf": code}), "aws_s3_bucket_cors_configuration").values()
    blocks = instance.body.blocks("cors_rule")
    assert blocks.rest is None
    assert [conditions(when) for when, _ in blocks.items] == [set(), set(), set(), {("var.on", True)}]
    assert [body.attribute("allowed_origins") for _, body in blocks.items[1:3]] == [
        ListValue((Known("a"),)),
        ListValue((Known("b"),)),
    ]
    assert blocks.items[3][1].attribute("max_age_seconds") == Known(1)
    other = instance.body.blocks("other")
    assert other.items == ()
    assert other.rest is not None
    assert other.rest.name == "var.rules"


def test_an_argument_that_holds_objects_counts_as_blocks(tmp_path: Path) -> None:
    code = 'resource "aws_s3_bucket" "a" {\n  cors_rule = [{ allowed_methods = ["GET"] }]\n}\n'
    (instance,) = instances(root(tmp_path, {"main.tf": code}), BUCKET).values()
    ((when, body),) = instance.body.blocks("cors_rule").items
    assert when == ALWAYS
    assert body.attribute("allowed_methods") == ListValue((Known("GET"),))
    assert body.attribute("allowed_origins") == NULL
    written = body.written("allowed_methods")
    assert written is not None
    assert (written.line, written.column) == (2, 18)


# Calls


TREE = {
    "main.tf": """
        module "a" {
          source   = "./modules/a"
          for_each = toset(["x", "y"])
          name     = each.key
        }
        locals {
          ids  = [for key, made in module.a : made.id]
          x    = module.a["x"].id
        }
    """,
    "modules/a/main.tf": """
        variable "name" {}
        module "b" {
          source = "../b"
          count  = 1
          name   = "${var.name}-b"
        }
        output "id" {
          value = module.b[0].id
        }
        output "path" {
          value = [path.module, path.root]
        }
    """,
    "modules/b/main.tf": """
        variable "name" {
          type = string
        }
        resource "aws_s3_bucket" "this" {
          bucket = var.name
        }
        output "id" {
          value = aws_s3_bucket.this.id
        }
    """,
}


def test_modules_in_modules_pass_values_down_and_up(tmp_path: Path) -> None:
    found = root(tmp_path, TREE)
    assert found.module.local("ids") == ListValue((Known("x-b"), Known("y-b")))
    value = found.module.local("x")
    assert isinstance(value, Known)
    assert value.origin == 'module.a["x"].module.b[0].aws_s3_bucket.this'
    buckets = instances(found, BUCKET)
    assert list(buckets) == [
        'module.a["x"].module.b[0].aws_s3_bucket.this',
        'module.a["y"].module.b[0].aws_s3_bucket.this',
    ]
    calls = next(iter(buckets.values())).calls
    assert [(call.path, call.line) for call in calls] == [(f"{tmp_path}/main.tf", 2), (f"{tmp_path}/modules/a/main.tf", 3)]
    inner = found.module.calls("a")[0].module
    assert inner is not None
    assert inner.output("path") == ListValue((Known("modules/a"), Known(".")))


@pytest.mark.parametrize("source", ["./a", "acme/a/aws"])
def test_a_module_that_is_called_for_nothing_has_no_instances(tmp_path: Path, source: str) -> None:
    code = f"""
        variable "on" {{
          default = false
        }}
        module "none" {{
          source = "{source}"
          count  = var.on ? 1 : 0
        }}
        module "empty" {{
          source   = "{source}"
          for_each = toset([])
        }}
        locals {{
          found = [length(module.none), one(module.none[*].id), try(module.none[0].id, "b"), [for one in module.empty : one.id]]
        }}
    """
    found = root(tmp_path, {"main.tf": code, "a/main.tf": 'output "id" {\n  value = "a"\n}\n'})
    assert found.module.local("found") == ListValue((Known(0), NULL, Known("b"), ListValue(())))
    assert found.errors == ()


def test_a_module_directory_is_read_once(tmp_path: Path) -> None:
    found = root(tmp_path, TREE)
    first, second = (call.module for call in found.module.calls("a"))
    assert first is not None
    assert second is not None
    assert first.source is second.source


def test_a_module_that_is_not_on_disk_is_named_with_the_cure(tmp_path: Path) -> None:
    code = """
        resource "aws_s3_bucket" "b" {
          bucket = "mine"
        }
        module "far" {
          source  = "git::https://example.com/far.git"
          version = "1.2.3"
          count   = 1
          bucket  = aws_s3_bucket.b.id
          # why
          nested  = { a = 1 }
        }
        locals {
          x = module.far[0].arn
        }
    """
    found = root(tmp_path, {"main.tf": code})
    hint = "run terraform init so that .terraform/modules holds it"
    assert symbol(found.module.local("x")) == ("module.far[0].arn", "module.far is not available locally", hint)
    (call,) = found.module_calls()
    assert (call.address, call.source, call.version) == ("module.far[0]", "git::https://example.com/far.git", "1.2.3")
    assert call.inputs == ("bucket", "nested")
    (opaque,) = call.opaque(identities=True, evaluated=True)
    assert opaque.address == "module.far[0]"
    assert opaque.given == (Known("mine"), MapValue({"a": Known(1)}))
    assert opaque.symbol.reason == "module.far is not available locally"
    assert getattr(opaque.given[0], "origin", None) == "aws_s3_bucket.b"
    (opaque,) = call.opaque(identities=True, evaluated=False)
    assert (opaque.address, opaque.given) == ("module.far[0]", ())


def test_installed_modules_are_found_through_the_manifest(tmp_path: Path) -> None:
    manifest = {
        "Modules": [{"Key": "", "Source": "", "Dir": "."}, {"Key": "far", "Source": "x/y/z", "Dir": ".terraform/modules/far/sub"}]
    }
    files = {
        "main.tf": 'module "far" {\n  source = "x/y/z"\n}\nlocals {\n  x = module.far.id\n}\n',
        ".terraform/modules/far/sub/main.tf": 'output "id" {\n  value = path.module\n}\n',
        ".terraform/modules/modules.json": json.dumps(manifest),
    }
    found = root(tmp_path, files)
    assert found.module.local("x") == Known(".terraform/modules/far/sub")
    assert list(found.module_calls()) == []


def test_a_local_source_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    found = root(tmp_path, {"main.tf": 'module "a" {\n  source = "./gone"\n}\nlocals {\n  x = module.a.y\n}\n'})
    assert symbol(found.module.local("x"))[1] == "module.a names a directory that holds no module"
    assert [str(error) for error in found.errors] == [f"{tmp_path}/main.tf:1:1: there is no module in {tmp_path}/gone"]
    assert [*found.not_on_disk()] == []


def test_a_local_source_in_a_submodule_that_is_not_checked_out_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".gitmodules").write_text('[submodule "shared"]\n\tpath = infra/shared\n\turl = https://example.com/shared.git\n')
    for directory in (".git", "infra"):
        Path(directory).mkdir()
    Path("infra/main.tf").write_text('module "a" {\n  source = "./shared/s3"\n}\nmodule "b" {\n  source = "./shared2"\n}\n')
    told = CliRunner().invoke(main, ["check", "infra", "--contract", "v7-darwin", "--no-cache", "--format", "json"]).stdout
    assert [one["message"] for one in json.loads(told)["errors"]] == [
        "the Git submodule infra/shared is not checked out; run 'git submodule update --init'",
        "there is no module in infra/shared2",
    ]


def test_an_open_variable_keeps_its_name_through_calls(tmp_path: Path) -> None:
    files = {
        "main.tf": 'variable "env" {}\nmodule "a" {\n  source = "./a"\n  stage = var.env\n}\n'
        'resource "aws_s3_bucket" "r" {\n  count = var.env == "prod" ? 1 : 0\n}\n',
        "a/main.tf": 'variable "stage" {}\nvariable "own" {}\nlocals {\n  is = var.stage == "prod"\n}\n'
        'resource "aws_s3_bucket" "m" {\n  count = local.is ? 1 : 0\n}\nresource "aws_s3_bucket" "o" {\n  bucket = var.own\n}\n',
    }
    found = instances(root(tmp_path, files), BUCKET)
    assert found["aws_s3_bucket.r[0]"].when == found["module.a.aws_s3_bucket.m[0]"].when
    assert symbol(found["module.a.aws_s3_bucket.o"].body.attribute("bucket"))[:2] == (
        "module.a.var.own",
        "module.a.var.own has no default and is not given",
    )


# Providers


def test_providers_are_inherited_aliased_and_passed_on(tmp_path: Path) -> None:
    files = {
        "main.tf": """
            provider "aws" {
              region = "eu-west-1"
            }
            provider "aws" {
              alias  = "us"
              region = "us-east-1"
            }
            resource "aws_s3_bucket" "default" {}
            resource "aws_s3_bucket" "us" {
              provider = aws.us
            }
            module "inherits" {
              source = "./m"
            }
            module "passed" {
              source    = "./m"
              providers = { aws = aws.us, aws.other = aws }
            }
        """,
        "m/main.tf": """
            resource "aws_s3_bucket" "b" {}
            resource "aws_s3_bucket" "other" {
              provider = aws.other
            }
        """,
    }

    def region(instance: Instance) -> object:
        return None if instance.provider is None else plain(instance.provider.attribute("region"))

    assert {address: region(instance) for address, instance in instances(root(tmp_path, files), BUCKET).items()} == {
        "aws_s3_bucket.default": "eu-west-1",
        "aws_s3_bucket.us": "us-east-1",
        "module.inherits.aws_s3_bucket.b": "eu-west-1",
        "module.inherits.aws_s3_bucket.other": None,
        "module.passed.aws_s3_bucket.b": "us-east-1",
        "module.passed.aws_s3_bucket.other": "eu-west-1",
    }


# Files


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["b.tf", "a.tf", "README.md"], ("a.tf", "b.tf")),
        (["a.tf", "a.tofu", "b.tf.json", "b.tofu.json"], ("a.tofu", "b.tofu.json")),
        (
            ["z.tf", "override.tf", "a_override.tf", "b_override.tf.json"],
            ("z.tf", "a_override.tf", "b_override.tf.json", "override.tf"),
        ),
        ([".hidden.tf", "x.tf~", "#y.tf#", "a.tftest.hcl"], ()),
    ],
)
def test_the_files_of_a_module(names: list[str], expected: tuple[str, ...]) -> None:
    assert module_files(names) == expected


def test_override_files_replace_arguments_and_nested_blocks(tmp_path: Path) -> None:
    files = {
        "main.tf": 'resource "aws_s3_bucket" "a" {\n  bucket = "one"\n  acl = "private"\n  rule {\n    x = 1\n  }\n  keep {}\n}\nlocals {\n  x = 1\n  y = 1\n}\n',
        "override.tf": 'resource "aws_s3_bucket" "a" {\n  bucket = "two"\n  rule {\n    x = 2\n  }\n  rule {\n    x = 3\n  }\n}\nlocals {\n  x = 2\n}\n',
    }
    found = root(tmp_path, files)
    (instance,) = instances(found, BUCKET).values()
    assert [instance.body.attribute(name) for name in ("bucket", "acl")] == [Known("two"), Known("private")]
    assert [body.attribute("x") for _, body in instance.body.blocks("rule").items] == [Known(2), Known(3)]
    assert len(instance.body.blocks("keep").items) == 1
    assert [found.module.local(name) for name in ("x", "y")] == [Known(2), Known(1)]


def test_only_what_is_asked_for_is_parsed(tmp_path: Path) -> None:
    code = 'resource "aws_s3_bucket" "a" {}\nresource "aws_instance" "b" {\n  x = = 1\n}\nlocals {\n  broken = = 1\n}\n'
    found = root(tmp_path, {"main.tf": code})
    assert list(instances(found, BUCKET)) == ["aws_s3_bucket.a"]
    assert found.errors == ()


def test_an_unreadable_file_is_an_error_and_the_rest_is_read(tmp_path: Path) -> None:
    (tmp_path / "bad.tf").write_bytes(b'resource "x" "\xff" {}')
    found = root(tmp_path, {"main.tf": 'resource "aws_s3_bucket" "a" {}\n'})
    assert list(instances(found, BUCKET)) == ["aws_s3_bucket.a"]
    assert [str(error) for error in found.errors] == [f"{tmp_path}/bad.tf:1:15: is not UTF-8: byte 0xff at offset 14"]


def test_a_file_outside_of_the_tree_is_not_read(tmp_path: Path) -> None:
    outside = tmp_path / "secret.txt"
    outside.write_text("secret")
    inside = tmp_path / "tree"
    inside.mkdir()
    (inside / "link.txt").symlink_to(outside)
    (inside / "loop.txt").symlink_to(inside / "loop.txt")
    code = 'locals {\n  up = file("../secret.txt")\n  link = file("link.txt")\n  loop = file("loop.txt")\n  abs = file("/etc/passwd")\n  there = fileexists("../secret.txt")\n}\n'
    module = root(inside, {"main.tf": code}).module
    assert symbol(module.local("up"))[1] == "../secret.txt lies outside the scanned tree and is not read"
    assert symbol(module.local("link"))[1] == "link.txt lies outside the scanned tree and is not read"
    assert symbol(module.local("abs"))[1] == "/etc/passwd lies outside the scanned tree and is not read"
    assert symbol(module.local("there"))[1] == "../secret.txt lies outside the scanned tree and is not read"
    assert "secret" not in repr(module.local("loop")).replace("secret.txt", "")
    assert isinstance(module.local("loop"), Unknown)


def test_the_workspace_is_open_unless_given(tmp_path: Path) -> None:
    code = "locals {\n  x = terraform.workspace\n}\n"
    assert symbol(local(tmp_path, code))[0] == "terraform.workspace"
    assert local(tmp_path, code, options=SourceOptions(workspace="prod")) == Known("prod")
    assert local(tmp_path, code, options=SourceOptions(environment={"TF_WORKSPACE": "dev"})) == Known("dev")


@pytest.mark.parametrize(("opener", "indent"), [("<<EOT", 0), ("<<-EOT", 2)])
def test_places_in_a_text_are_those_of_its_source_whatever_its_expressions_became(tmp_path: Path, opener: str, indent: int) -> None:
    margin = " " * indent
    lines = ["{'a': ['${local.long}/*', '${local.long}'],", " 'b': ['x',", "   'y']}"]
    code = (
        f'locals {{\n  long = "{"l" * 40}"\n  x = {opener}\n'
        + "".join(f"{margin}{line}\n" for line in lines).replace("'", '"')
        + "EOT\n}\n"
    )
    content, errors = parse_json(local(tmp_path, code), Location("x"))
    assert errors == ()
    assert isinstance(content, MapValue)
    places = {key: entry.items[1].location for key, entry in content.entries.items() if isinstance(entry, ListValue)}
    path = str(tmp_path / "main.tf")
    assert places == {
        "a": Location(path, 4, indent + 27, 4, indent + 28 + len('${local.long}"')),
        "b": Location(path, 6, indent + 4, 6, indent + 7),
    }


def test_open_texts_of_different_items_are_different(tmp_path: Path) -> None:
    code = 'variable "a" {}\nvariable "b" {}\nlocals {\n  x = formatlist("%5s", [var.a, var.b])\n}\n'
    value = local(tmp_path, code)
    assert isinstance(value, ListValue)
    assert value.items[0] != value.items[1]


# How a module may write that it calls another one, or seem to: `@` stands for the name of a directory beside it, `{:x}` for its code.
CALLS = (
    'module "m" { source = "../@" }',
    'module "m" { source = "./../@/" }',
    'module "m" { source = "../x/../@" }',
    'module "m" { source = "..\\u002f@" }',
    'module "m" { source = "\\u002e./@" }',
    'module "m" { source = "../\\u00{:x}" }',
    'module "m" {\n  version = "1"\n  source = "../@//"\n}',
    'module "m" { source = "../$${x}/../@" }',
    'module "m" { source = "../${var.x}/@" }',
    'module "m" { source = "${path.module}/../@" }',
    'locals { l = ["../@", "./"] }',
    '# module "m" { source = "../@" }',
    'module "m" { source = "../@',
)
CALLS_IN_JSON = (
    '{"module": {"m": {"source": "../@"}}}',
    '{"module": {"m": {"source": "..\\/@"}}}',
    '{"locals": {"l": "../@"}}',
)
DIRECTORIES = ("a", "b", "c", "d")
A_CALL = st.tuples(
    st.sampled_from([*((text, "main.tf") for text in CALLS), *((text, "main.tf.json") for text in CALLS_IN_JSON)]),
    st.sampled_from(DIRECTORIES),
)


@given(st.fixed_dictionaries({name: st.lists(A_CALL, max_size=3) for name in DIRECTORIES}), st.sets(st.sampled_from(DIRECTORIES)))
def test_what_no_module_calls_is_a_root(
    tmp_path_factory: pytest.TempPathFactory, calls: dict[str, list[tuple[tuple[str, str], str]]], named: set[str]
) -> None:
    top = tmp_path_factory.mktemp("roots")
    for directory, code in calls.items():
        (top / directory).mkdir()
        (top / directory / "variables.tf").write_text('variable "x" {}\n')
        for at, ((text, name), target) in enumerate(code):
            whole = text.replace("@", target).replace("{:x}", f"{ord(target):x}").replace('"m"', f'"m{at}"')
            (top / directory / f"{at}{name}").write_text(whole + "\n")
    texts = Texts(border=border_of((str(top),)))
    directories = {f"{top}/{name}": name in named for name in DIRECTORIES}
    library = Library(texts, TERRAFORM.names)
    called = frozenset().union(*map(library.calls, directories))
    roots = [one.root for one in read_modules(directories, SourceOptions(), Texts(border=texts.disk.border), TERRAFORM)]
    assert roots == [one for one in sorted(directories) if directories[one] or one not in called]


@pytest.mark.parametrize(("name", "written"), [("${x}", "$${x}"), ("%{x}", "%%{x}"), ("xy", r"x\u0079")])
def test_a_directory_is_called_by_its_name_however_that_has_to_be_written(tmp_path: Path, name: str, written: str) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "main.tf").write_text('resource "aws_s3_bucket" "b" {}\n')
    (tmp_path / "main.tf").write_text(f'module "m" {{\n  source = "./{written}"\n}}\n')
    directories = {str(tmp_path): True, f"{tmp_path}/{name}": False}
    roots = [one.root for one in read_modules(directories, SourceOptions(), Texts(border=border_of((str(tmp_path),))), TERRAFORM)]
    assert roots == [str(tmp_path)]


# What is not looked into


@pytest.mark.parametrize(
    ("code", "reached"),
    [
        ('resource "null_resource" "a" {}\n', False),
        ('data "aws_region" "a" {}\nlocals {\n  a = 1\n}\noutput "a" {\n  value = local.a\n}\n', False),
        ('module "m" {\n  source = "./quiet"\n}\n', False),
        ('resource "null_resource" "a" {\n  provisioner "local-exec" {\n    command = "true"\n  }\n}\n', True),
        ("moved {\n  from = null_resource.a\n  to   = null_resource.b\n}\n", True),
        ("removed {\n  from = aws_s3_bucket_policy.a\n}\n", True),
        ('# auditor: ignore=bucket-acls -- why\nresource "null_resource" "a" {}\n', True),
        ('resource "null_resource" {}\n', True),
        ('module "m" {\n  source = "./gone"\n}\n', True),
        ('module "m" {\n  source = "../inner"\n}\n', True),
        ('module "m" {\n  source = "example/any/aws"\n}\n', True),
        ('module "m" {\n  source = "terraform-aws-modules/s3-bucket/aws"\n  version = "4.1.2"\n}\n', True),
        ('module "m" {\n  source = "./moving"\n}\n', True),
    ],
)
def test_a_module_that_is_resources_alone_is_reached_only_for_those(code: str, reached: bool, tmp_path: Path) -> None:
    files = {
        "main.tf": 'module "inner" {\n  source   = "./inner"\n  for_each = toset(["x", "y"])\n}\n',
        "inner/main.tf": code,
        "inner/quiet/main.tf": 'resource "null_resource" "a" {}\n',
        "inner/moving/main.tf": "moved {\n  from = null_resource.a\n  to   = null_resource.b\n}\n",
    }
    found = root(tmp_path, files)
    called = [module.address for module in found.modules_saying_more() if module.address.count(".") == 1]
    assert called == (['module.inner["x"]', 'module.inner["y"]'] if reached else [])
