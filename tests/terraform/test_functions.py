"""Functions against recorded answers of `terraform console` (1.11.4); what is not evaluated says why."""

from __future__ import annotations

import importlib
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.foundation.border import border_of
from auditor.foundation.text import Texts
from auditor.foundation.value import Choice, JsonText, Known, ListValue, MapValue, Symbol, Template, Unknown, Value, alternatives
from auditor.sources.regular_expression import InvalidPattern, NotMatched, compiled
from auditor.sources.terraform.functions.call import HOMES
from auditor.sources.terraform.functions.registry import FUNCTIONS
from auditor.sources.terraform.modules.directory import Library
from auditor.sources.terraform.modules.module import Root, SourceOptions
from tests.terraform.test_console import FAILS, FIXTURES, UNKNOWN, our_answer
from tests.terraform.trees import TERRAFORM

RECORDED = [json.loads(line) for line in (FIXTURES / "functions.jsonl").read_text(encoding="utf-8").splitlines()]


def evaluated(directory: Path, expression: str, before: str = "") -> Value:
    (directory / "main.tf").write_text(f"{before}locals {{\n  x = {expression}\n}}\n", encoding="utf-8")
    return Root(
        str(directory), SourceOptions(), Library(Texts(border=border_of((str(directory),)))), TERRAFORM.attribute_of
    ).module.local("x")


@pytest.mark.parametrize("case", RECORDED, ids=lambda case: case["expression"])
def test_a_function_gives_what_terraform_gives(tmp_path: Path, case: dict[str, str]) -> None:
    value = evaluated(tmp_path, f'try(jsonencode({case["expression"]}), "{FAILS}")')
    ours = our_answer(value)
    if "unknown" in case:
        content = value.content if isinstance(value, JsonText) else value
        assert isinstance(content, Unknown)
        assert ours is UNKNOWN
        assert content.symbol.reason == case["unknown"]
        return
    theirs = FAILS if case["answer"] == FAILS else json.loads(case["answer"], parse_float=Decimal, parse_int=Decimal)
    assert ours == theirs


VARIABLE = 'variable "v" {}\n'
HOLE = Symbol("var.v", "")


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ('templatestring("a-$${x}%%{ for y in z }$${y}%%{ endfor }", { x = "b", z = [1, 2] })', Known("a-b12")),
        ('templatestring("a-$${x}", { x = var.v })', Template(("a-", HOLE))),
        ('provider::aws::arn_build("aws", "s3", "", "", "b/*")', Known("arn:aws:s3:::b/*")),
        ('provider::aws::arn_build("aws", "s3", "", "", var.v)', Template(("arn:aws:s3:::", HOLE))),
        ('provider::aws::arn_parse("arn:aws:iam::258327614892:role/a:b").account_id', Known("258327614892")),
        ('provider::aws::arn_parse("arn:aws:iam::258327614892:role/a:b").resource', Known("role/a:b")),
        ('provider::aws::arn_parse("arn:aws:s3:::${var.v}/x").resource', Template((HOLE, "/x"))),
        ('provider::aws::trim_iam_role_path("arn:aws:iam::1:role/a/b/c")', Known("arn:aws:iam::1:role/c")),
        ('try(provider::aws::arn_parse("a:b"), "none")', Known("none")),
        ('try(provider::aws::trim_iam_role_path("arn:aws:iam::1:user/a"), "none")', Known("none")),
        ("[{ t = [{ n = 1 }, { n = 2 }] }][*].t[*].n", ListValue((ListValue((Known(1), Known(2))),))),
        ("[{ a = [1, 2] }].*.a[0]", ListValue((Known(1), Known(2)))),
        ('regex("(?P<a>x)", "x")', MapValue({"a": Known("x")})),
        ('regex("a{0,1000}", "aab")', Known("aa")),
        (f'regex("{"|".join(f"a{number}z" for number in range(500))}", "a499z")', Known("a499z")),
    ],
)  # fmt: skip
def test_what_terraform_console_was_not_asked(tmp_path: Path, expression: str, value: Value) -> None:
    assert evaluated(tmp_path, expression, VARIABLE) == value


@pytest.mark.parametrize(
    "expression",
    [
        'templatestring("${"$"}{", {})',
        "templatestring(var.v, {})",
        "provider::aws::arn_parse(var.v)",
        'provider::aws::arn_parse("arn:aws:${var.v}")',
        "yamlencode([var.v])",
    ],
)
def test_what_depends_on_something_unknown_is_unknown(tmp_path: Path, expression: str) -> None:
    assert isinstance(evaluated(tmp_path, expression, VARIABLE), Unknown)


@pytest.mark.parametrize(
    "expression",
    [
        "can(tonumber(var.v))",
        'can(tonumber("1${var.v}"))',
        "can(tostring(var.v))",
        "can(tolist(var.v))",
        "can(tomap(var.v))",
        "can(keys(var.v))",
        "can(upper(var.v))",
        'can(concat(["a"], var.v))',
        'can(one(concat(["a"], var.v)))',
        "can([tobool(var.v)])",
        "can(var.v + 1)",
        "can([for item in var.v : item])",
        "can(var.v[*].a)",
        "can(!var.v)",
        "can(-var.v)",
        "can(var.v && true)",
        "can(var.v || true)",
        "can(true || var.v)",
        "can(var.v ? 1 : 2)",
        "can(var.v ? 1 : 1)",
        'can(true ? "a" : var.v)',
        "can(var.v.y)",
        "can(var.v[0])",
        'can("a${var.v}")',
        "can({ (var.v) = 1 })",
        "can([!var.v][0])",
        'can(length("a${var.v}"))',
        "can([for item in [var.v] : !item])",
        "can([for item in [1] : item if var.v])",
        'can("%{ if var.v }a%{ else }b%{ endif }")',
        'can({ a = "b" }[var.v])',
        'can(startswith(var.v, ""))',
        'can(coalesce("a", var.v))',
        'can(tolist([var.v, "a"]))',
        "can(jsonencode([var.v + 1]))",
        "can([{ a = !var.v }][*].a)",
        "can(try(var.v.a, !var.v))",
        "can(tonumber(jsonencode(var.v)))",
        "try(tonumber(var.v), 5)",
        "try(tobool(var.v), true)",
        "try(var.v || true, false)",
        'try(true ? "a" : var.v, "b")',
        "length(try([var.v || true], []))",
        'try(startswith(var.v, ""), false)',
        'can(contains(["a"], var.v))',
        'can(index(["a", var.v], var.v))',
        "can(core::tonumber(var.v))",
        'can(var.v == "a" ? var.v == 1 : length([var.v]))',
        'can(range("1${data.aws_caller_identity.c.account_id}"))',
        'can(fileset(".", "["))',
        "can(var.v.a == 1)",
        "can(var.v.a != null ? 1 : 2)",
        "can([1, var.v.a][0])",
        "can({ a = var.v.a, b = 1 }.b)",
        "can(length([var.v.a]))",
        "can(element([1, var.v.a], 0))",
        'can(contains([var.v.a], "x"))',
        "can([for item in [var.v.a] : 1])",
        "can([for item in [] : item if var.v])",
        "can([{ a = var.v.a, b = 1 }][*].b)",
        'can(transpose({ a = ["a${data.aws_caller_identity.c.account_id}"], b = "c" }))',
        'can({ for item in ["a${data.aws_caller_identity.c.account_id}", "b"] : item => 1 })',
        "can(pow(0, -1))",
        'can(file("not-there.txt"))',
        'can(templatefile("not-there.tpl", {}))',
    ],
)
def test_what_fails_for_some_values_is_not_taken_to_succeed(tmp_path: Path, expression: str) -> None:
    value = evaluated(tmp_path, expression, VARIABLE + 'data "aws_caller_identity" "c" {}\n')
    assert isinstance(value, Unknown) or (isinstance(value, Choice) and value.then != value.otherwise)


@pytest.mark.parametrize(
    "argument",
    [
        "var.v",
        "[var.v]",
        "{ a = var.v }",
        '"${var.v}"',
        'concat(["a"], ["b"])',
        "keys({ a = var.v })",
        "var.v == 1",
        "!(var.v == 1)",
        "var.v == 1 && var.v != 2",
        'var.v == 1 ? "a" : "b"',
        '"a-${var.v == 1}"',
        "length([var.v]) > 0",
        "[for item in [var.v] : item if item != null]",
        '{ for item in [var.v] : "a" => item }',
        "[var.v][*]",
        "merge({ a = var.v }, { b = 1 }).a",
        "one([var.v])",
        "try(var.v.a, var.v)",
        "jsonencode(var.v)",
        "core::jsonencode(var.v)",
        "ephemeralasnull(var.v)",
        "issensitive(var.v)",
        "merge({ a = var.v }, null)",
        "reverse([var.v])",
        "max(length([var.v]), 1)",
        'contains([var.v], "a")',
        "{ for item in [local.named] : item => 1 }",
        "local.named",
    ],
)
def test_what_never_fails_succeeds(tmp_path: Path, argument: str) -> None:
    before = VARIABLE + 'locals {\n  named = "a${var.v}"\n}\n'
    assert evaluated(tmp_path, f"can({argument})", before) == Known(True)


def test_what_may_fail_unseen_is_followed_by_what_takes_its_place(tmp_path: Path) -> None:
    value = evaluated(tmp_path, "try([!var.v || true, upper(var.v)], [])", VARIABLE)
    assert isinstance(value, Choice)
    assert value.condition.name == "can(!var.v, upper(var.v))"
    assert value.otherwise == ListValue(())


_OF_A_SET = 'tolist(toset([var.v, "a"]))'


@pytest.mark.parametrize(
    "expression",
    [
        f"{_OF_A_SET}[0]",
        f"{_OF_A_SET}[1]",
        f"element({_OF_A_SET}, 1)",
        f"one({_OF_A_SET})",
        f'index({_OF_A_SET}, "a")',
        f"length({_OF_A_SET})",
        f"slice({_OF_A_SET}, 0, 1)",
        f"reverse({_OF_A_SET})[0]",
        f'concat({_OF_A_SET}, ["b"])[1]',
        f"flatten([{_OF_A_SET}])[1]",
        f"distinct({_OF_A_SET})[1]",
        f"compact({_OF_A_SET})[1]",
        f"chunklist({_OF_A_SET}, 1)",
        f'formatlist("%s!", {_OF_A_SET})[1]',
        f'setproduct({_OF_A_SET}, ["b"])[0][0]',
        f'zipmap(["a", "b"], {_OF_A_SET}).a',
        f"[for at, item in {_OF_A_SET} : at][0]",
        f"{_OF_A_SET}[*][1]",
        'one(toset([var.v, "a"]))',
        '[for item in toset([var.v, "a"]) : item][1]',
        '{ for item in toset([var.v, "a"]) : "x" => item... }.x[0]',
        'distinct([var.v, "a", "b"])[1]',
        'tolist(toset([["a"], ["b"]]))[0]',
        '[for item in toset([{ a = "a" }, { a = "b" }]) : item.a][0]',
        'join(",", toset([var.v, "a"]))',
        '"%{ for item in toset([var.v, "a"]) }${item}%{ endfor }"',
        '"%{ for item in toset([{ a = "a" }, { a = "b" }]) }${item.a}%{ endfor }"',
        'length([for item in toset([var.v, "a"]) : 1])',
        'length(toset([{ a = var.v, b = 1 }, { a = "a", b = 1 }])[*].b)',
        'coalesce(tolist(toset([var.v, "a"]))...)',
        'merge([for item in toset([var.v, "a"]) : { k = item }]...).k',
        'concat([for item in toset([var.v, "a"]) : [item]]...)[0]',
        'toset([var.v, "a"]) == toset(["a"])',
        'jsondecode(jsonencode(toset([var.v, "a"])))[0]',
        'yamlencode(toset([{ a = "b" }, { a = "a" }]))',
        'jsondecode(jsonencode(toset(["b", var.v == "x" ? "a" : "c"])))[0]',
    ],
)
def test_where_an_item_of_a_set_stands_is_unknown(tmp_path: Path, expression: str) -> None:
    assert isinstance(evaluated(tmp_path, expression, VARIABLE), Unknown)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ('tolist(toset(["b", "a"]))[0]', Known("a")),
        ("tolist(toset([10, 9]))[1]", Known(10)),
        ('[for item in toset(["b", "a"]) : upper(item)][1]', Known("B")),
        ("tolist(toset([var.v]))[0]", Unknown(HOLE)),
        (f'contains({_OF_A_SET}, "a")', Known(True)),
        ('distinct(["a", "b", "a"])[1]', Known("b")),
        ('distinct(["x-${var.v}", "a"])[1]', Known("a")),
        ('[for item in toset([{ a = "a", b = 1 }, { a = "a", b = 2 }]) : item.a][1]', Known("a")),
        ('join(",", toset(["c", "a"]))', Known("a,c")),
        ('join(",", toset(["b", var.v == "x" ? "a" : "c"]))', Known("a,b")),
        ('merge([for item in toset([{ a = "a" }, { a = "b" }]) : { (item.a) = item.a }]...).b', Known("b")),
        ('length(concat([for item in toset(["a", "b"]) : [item]]...))', Known(2)),
    ],
)
def test_what_a_set_leaves_no_doubt_about_is_known(tmp_path: Path, expression: str, value: Value) -> None:
    assert next(branch for _, branch in alternatives(evaluated(tmp_path, expression, VARIABLE))) == value


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(((a*)*)*)*b", "a" * 5_000),
        ("(?:aa|aa|aa|aa|aa|aa|aa|aa)*b", "a" * 5_000),
        ("(?:a|a.|a..|.a|.|..|...)*b$", "a" * 5_000),
        ("(a?){30}a{30}", "a" * 30),
        ("(x+x+)+y", "x" * 5_000),
        ("a*b|a", "a" * 5_000),
        ("((a{0,100}){0,100}){0,100}", "a" * 100),
        ("(" * 200 + ")" * 200, "a"),
    ],
)
def test_a_pattern_takes_no_longer_than_its_length_allows(pattern: str, text: str) -> None:
    try:
        made = compiled(pattern)
        list(made.all(text))
        made.replaced(text, "$1")
    except NotMatched:
        pass


@given(st.text(alphabet="ab(|)*+?[]^$.{1,2}\\dQE:imsU<>P-", max_size=12), st.text(alphabet="ab1\n", max_size=8))
def test_any_pattern_is_read_or_refused(pattern: str, text: str) -> None:
    try:
        made = compiled(pattern)
        found = list(made.all(text))
    except (InvalidPattern, NotMatched):
        return
    assert all(match.text[match.places[0] : match.places[1]] == match.group(0) for match in found)
    assert [match.places[0] for match in found] == sorted(match.places[0] for match in found)


def test_each_function_is_found_in_its_module() -> None:
    assert set(HOMES.values()) == {
        "collections",
        "dates",
        "encoding",
        "filesystem",
        "network",
        "numbers",
        "provider",
        "strings",
        "yaml_text",
    }
    for module in set(HOMES.values()):
        importlib.import_module(f"auditor.sources.terraform.functions.{module}")
    assert set(FUNCTIONS) == set(HOMES)
    places = {name: function.work.__module__.rpartition(".")[2] for name, function in FUNCTIONS.items()}
    assert {name: place for name, place in places.items() if place not in ("registry", HOMES[name])} == {}


@pytest.mark.parametrize(
    "expression",
    [
        'contains([["a"]], ["a"])',
        'contains([{ a = "b" }], { a = "b" })',
        'try(lookup({ a = 1 }, "b", "x"), "y")',
        'try(lookup({ a = [] }, "a", "x"), "y")',
        'jsonencode(setproduct(["z", "a"], toset(["b"])))',
    ],
)
def test_what_depends_on_a_type_that_does_not_show_is_unknown(tmp_path: Path, expression: str) -> None:
    value = evaluated(tmp_path, expression)
    assert isinstance(value.content if isinstance(value, JsonText) else value, Unknown) or our_answer(value) is UNKNOWN


def test_a_default_of_another_type_is_found_where_an_object_has_no_such_attribute(tmp_path: Path) -> None:
    assert evaluated(tmp_path, 'lookup({ a = 1 }, "b", "x")') == Known("x")


UNSEEN = "locals {\n  m = { b = 1 }\n}\n"
IS_LIST = Symbol('["b"] is a list', "")
A, B = (ListValue((Known(text),)) for text in "ab")


def as_set(one: ListValue) -> ListValue:
    return replace(one, is_set=True)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ('true ? toset(["a"]) : keys(local.m)', Choice(IS_LIST, A, as_set(A))),
        ('false ? toset(["a"]) : keys(local.m)', Choice(IS_LIST, B, as_set(B))),
        ('true ? { k = toset(["a"]) } : { k = ["b"] }', MapValue({"k": Choice(IS_LIST, A, as_set(A))})),
        ('try((false ? toset(["a"]) : keys(local.m))[0], "none")', Choice(IS_LIST, Known("b"), Known("none"))),
        ('contains(true ? toset(["a"]) : keys(local.m), "a")', Known(True)),
    ],
)
def test_a_set_beside_a_list_or_a_tuple_is_what_the_other_makes_of_it(tmp_path: Path, expression: str, value: Value) -> None:
    assert evaluated(tmp_path, expression, UNSEEN) == value
