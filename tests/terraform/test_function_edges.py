"""The edges of Terraform's functions: what fails, with its reason, and what is known of a result although something is unresolved."""

from __future__ import annotations

import itertools
import json
import string
from pathlib import Path

import pytest

from auditor.foundation.value import Choice, Known, ListValue, MapValue, Symbol, Template, Unknown, Value
from auditor.render.parts.values import written
from tests.terraform.test_functions import evaluated

BEFORE = 'variable "v" {}\ndata "aws_caller_identity" "c" {}\nresource "terraform_data" "t" {\n  input = "a-${var.v}"\n}\n'


def plain(value: Value) -> object:
    match value:
        case Known(scalar):
            return scalar
        case ListValue(items, rest=None):
            return [plain(item) for item in items]
        case MapValue(entries, rest=None):
            return {name: plain(entry) for name, entry in entries.items()}
    raise AssertionError(value)


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ('indent(1.5, "a")', "indent: the number of spaces must be whole"),
        ('join("-", "a")', "join: a list is required"),
        ('trimprefix([], "a")', "a string is required"),
        ('format("%s", [])', "format: a string is required"),
        ('format("%s", null)', "format: an argument is null"),
        ('format("%t", "yes")', "format: a bool is required"),
        ('format("%d", 1.5)', "format: a whole number is required for %d"),
        ('format("%d", "x")', "format: a number is required"),
        ('format("%k", 1)', "format: there is no verb 'k'"),
        ('format("%s %s", "a")', "format: there are not enough arguments for '%s %s'"),
        ('format("%s", "a", "b")', "format: there are too many arguments for '%s'"),
        ('formatlist("%s-%s", ["a", "b"], ["c"])', "formatlist: the lists have different lengths"),
        ('regex("b", "a")', "regex: the pattern does not match"),
        ('regex("(?P<a>x)(y)", "xy")', "regex: the regular expression has groups with names and without"),
        ('replace("abc", "/(/", "x")', "replace: the regular expression lacks a ')'"),
        ('chunklist(["a"], -1)', "chunklist: the size must be a whole number"),
        ('coalesce(null, "")', "coalesce: every argument is null or empty"),
        ("coalescelist([], [])", "coalescelist: every list is empty"),
        ('coalescelist("a")', "coalescelist: a list is required"),
        ('concat(["a"], toset(["b"]))', "concat: a set is not a list"),
        ('concat("a")', "concat: a list is required"),
        ('contains("a", "a")', "contains: a list is required"),
        ("element([], 0)", "element: the list is empty"),
        ('flatten("a")', "flatten: a list is required"),
        ('index(["a"], "b")', "index: the item is not found"),
        ('keys("a")', "keys: a map is required"),
        ("length(1)", "length: a collection or a string is required"),
        ('lookup({ a = 1 }, "b")', "lookup: there is no key 'b'"),
        ('matchkeys(["a"], ["x", "y"], ["y"])', "matchkeys: the lists have different lengths"),
        ('merge({ a = 1 }, "b")', "merge: a map is required"),
        ('one(["a", "b"])', "one: the list has more than one item"),
        ('one("a")', "one: a list is required"),
        ("range(1, 0, 1)", "range: the step goes away from the limit"),
        ("range(0, 1, 0)", "range: the step must not be zero"),
        ('reverse("a")', "reverse: a list is required"),
        ('setproduct(["a"])', "setproduct: at least two sets are required"),
        ('slice(["a"], 1, 5)', "slice: the indices do not fit the list"),
        ('slice(toset(["a"]), 0, 1)', "slice: a set has no order"),
        ("sum([])", "sum: the list is empty"),
        ('sum(["a"])', "a number is required, not 'a'"),
        ('zipmap(["a"], [1, 2])', "zipmap: the lists have different lengths"),
    ],
)
def test_what_fails_says_why(tmp_path: Path, expression: str, reason: str) -> None:
    value = evaluated(tmp_path, expression, BEFORE)
    assert isinstance(value, Unknown)
    assert value.symbol.reason == f"the expression fails: {reason}"


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ('split("", "abc")', ["a", "b", "c"]),
        ('startswith("a-${var.v}", "b-c")', False),
        ('startswith("a-${var.v}", "a-")', True),
        ('endswith("${var.v}-b", "x-c")', False),
        ('endswith("${var.v}-b", "-b")', True),
        ('substr("abc-${var.v}", 0, 3)', "abc"),
        ('format("%t", true)', "true"),
        ('format("%.2s", "abc")', "ab"),
        ('format("%5s|%-5s", "a", "b")', "    a|b    "),
        ('format("%#x", 255)', "0xff"),
        ('format("%#x", -255)', "-0xff"),
        ('format("%05d", -42)', "-0042"),
        ('format("%+d", 42)', "+42"),
        ('format("%g", 0.0000001)', "1e-07"),
        ('format("%G", 0.0000001)', "1E-07"),
        ('format("%e", 12345.678)', "1.234568e+04"),
        ('formatlist("%s-%s", ["a", "b"], "c")', ["a-c", "b-c"]),
        ('regex("(x)(y)", "xy")', ["x", "y"]),
        ('regexall("(x)|y", "xyx")', [["x"], [None], ["x"]]),
        ('replace("abc", "/b/", "x")', "axc"),
        ('replace("abc", "X", var.v)', "abc"),
        ('replace("abc", "/X/", upper("x"))', "abc"),
        ('replace(jsonencode({ n = 12 }), "1", "2")', '{"n":22}'),
        ('chunklist(["a", "b", "c"], 2)', [["a", "b"], ["c"]]),
        ('coalesce("", "a")', "a"),
        ('coalescelist([], ["a"])', ["a"]),
        ('compact(["a", "", null])', ["a"]),
        ('contains(["a"], "b")', False),
        ('element(["a", "b"], 3)', "b"),
        ('flatten([["a"], "b"])', ["a", "b"]),
        ('index(["a", "b"], "b")', 1),
        ("keys({ b = 1, a = 2 })", ["a", "b"]),
        ('length("äb")', 2),
        ('lookup({ a = 1 }, "b", 2)', 2),
        ('matchkeys(["a", "b"], ["x", "y"], ["y"])', ["b"]),
        ("merge({ a = 1 }, null)", {"a": 1}),
        ("one([])", None),
        ("range(3)", [0, 1, 2]),
        ('reverse(["a", "b"])', ["b", "a"]),
        ('setintersection(["a", "b"], ["b"])', ["b"]),
        ('setunion(["a"], ["b"])', ["a", "b"]),
        ('setproduct(["a"], ["b", "c"])', [["a", "b"], ["a", "c"]]),
        ('slice(["a", "b", "c"], 1, 2)', ["b"]),
        ('sort(["b", "a"])', ["a", "b"]),
        ("sum([1, 2.5])", 3.5),
        ('transpose({ a = ["x"], b = ["x", "y"] })', {"x": ["a", "b"], "y": ["b"]}),
        ("values({ b = 1, a = 2 })", [2, 1]),
        ('zipmap(["a", "b"], [1, 2])', {"a": 1, "b": 2}),
    ],
)
def test_what_is_resolved(tmp_path: Path, expression: str, result: object) -> None:
    assert plain(evaluated(tmp_path, expression, BEFORE)) == result


@pytest.mark.parametrize(
    ("expression", "parts"),
    [
        ('join(var.v, ["a", "b"])', ("a", "<var.v>", "b")),
        ('join("-", ["a", var.v], ["b"])', ("a-", "<var.v>", "-b")),
        ('format("arn:aws:s3:::acme-${var.v}/%s/*", "a")', ("arn:aws:s3:::acme-", "<var.v>", "/a/*")),
        ('trimprefix("ab-${var.v}", "x")', ("ab-", "<var.v>")),
        ('replace("a-X-b-X", "X", "${var.v}/")', ("a-", "<var.v>", "/-b-", "<var.v>", "/")),
        ('replace("${data.aws_caller_identity.c.account_id}-X", "X", var.v)', ("<account of the aws provider>", "-", "<var.v>")),
        ('trimprefix("a${var.v}", "xy")', ("a", "<var.v>")),
        ("terraform_data.t.output", ("a-", "<var.v>")),
        ('trimspace(" a-${var.v}/b \\n")', ("a-", "<var.v>", "/b")),
        ('trimspace("${data.aws_caller_identity.c.account_id}: ")', ("<account of the aws provider>", ":")),
        ('chomp("${var.v}/b\\n\\n")', ("<var.v>", "/b")),
        ('upper("a-${data.aws_caller_identity.c.account_id}")', ("A-", "<account of the aws provider>")),
    ],
)
def test_what_is_resolved_in_parts(tmp_path: Path, expression: str, parts: tuple[str, ...]) -> None:
    value = evaluated(tmp_path, expression, BEFORE)
    assert isinstance(value, Template)
    assert tuple(f"<{part.name}>" if isinstance(part, Symbol) else part for part in value.parts) == parts


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        (
            '[for at, item in compact([var.v, "k"]) : "${at}-${item}"]',
            '${index of "k"}-k, …${[for var.v : "${key of var.v}-${item of var.v}"]}',
        ),
        ('[for at, item in concat(["a"], var.v) : item]', "a, …${[for var.v : item of var.v]}"),
        ('compact(["${var.v}${var.v}", "a"])', 'a, …${"${var.v}${var.v}"}'),
        ('compact(["${var.v}/", "a"])', "${var.v}/, a"),
    ],
)
def test_an_item_beside_unresolved_ones_has_no_index(tmp_path: Path, expression: str, value: str) -> None:
    assert written(evaluated(tmp_path, expression, BEFORE)) == value


def test_no_key_is_made_of_an_index_beside_unresolved_items(tmp_path: Path) -> None:
    value = evaluated(tmp_path, '{ for at, item in concat(var.v, ["a"]) : at => item }', BEFORE)
    assert isinstance(value, MapValue)
    assert (value.entries, value.rest is not None) == ({}, True)


def test_a_text_of_nothing_but_holes_may_be_empty(tmp_path: Path) -> None:
    assert isinstance(evaluated(tmp_path, 'coalesce("${var.v}${var.v}", "a")', BEFORE), Unknown)
    assert isinstance(evaluated(tmp_path, 'coalesce("${var.v}/", "a")', BEFORE), Template)


@pytest.mark.parametrize(
    ("type_", "other", "made"), [("string", "1", "1"), ("string", "true", "true"), ("number", '"a"', "a"), ("number", "1", 1)]
)
def test_a_scalar_is_converted_to_the_declared_type_of_an_unresolved_one(
    tmp_path: Path, type_: str, other: str, made: object
) -> None:
    value = evaluated(tmp_path, f"tolist([var.v, {other}])[1]", f'variable "v" {{\n  type = {type_}\n}}\n')
    assert isinstance(value, Known)
    assert (value.value, type(value.value)) == (made, type(made))


@pytest.mark.parametrize(
    ("type_", "name"), [("string", "var.v"), ("number", 'format("%v", var.v)'), ("map(string)", 'format("%v", var.v)')]
)
def test_what_is_no_string_has_a_form_of_its_own(tmp_path: Path, type_: str, name: str) -> None:
    value = evaluated(tmp_path, 'format("%v", var.v)', f'variable "v" {{\n  type = {type_}\n}}\n')
    assert isinstance(value, Unknown)
    assert value.symbol.name == name


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        ("(var.v + 1) * 2", "(var.v + 1) * 2"),
        ("var.v + 1 * var.v", "var.v + (1 * var.v)"),
        ("-(-var.v)", "0 - (0 - var.v)"),
        ('length("${var.v + 1}-x") + 1', 'length("${var.v + 1}-x") + 1'),
        ("(var.v > 1) == (var.v > 2)", "(var.v > 1) == (var.v > 2)"),
    ],
)
def test_an_operation_within_another_is_named_in_parentheses(tmp_path: Path, expression: str, name: str) -> None:
    value = evaluated(tmp_path, expression, BEFORE)
    assert isinstance(value, Unknown)
    assert value.symbol.name == name


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        ('can(index(["a", var.v], "b") + 1)', 'can(index(["a", var.v], "b"))'),
        ('try("x-${index(["a", var.v], "b")}", "d")', 'try("x-${index(["a", var.v], "b")}", "d")'),
    ],
)
def test_an_operand_that_may_fail_has_the_operation_fail(tmp_path: Path, expression: str, name: str) -> None:
    value = evaluated(tmp_path, expression, BEFORE)
    assert isinstance(value, Unknown)
    assert value.symbol.name == name


@pytest.mark.parametrize("expression", ['try({ a = 1 }.b, "${var.v}/*")', 'try("${var.v}/*")'])
def test_the_last_expression_of_try_is_its_result(tmp_path: Path, expression: str) -> None:
    value = evaluated(tmp_path, expression, BEFORE)
    assert isinstance(value, Template)
    assert written(value) == "${var.v}/*"


def test_numbers_that_may_have_become_strings_are_not_one_value(tmp_path: Path) -> None:
    value = evaluated(tmp_path, 'concat([1, 2, 1], ["a"])', BEFORE)
    assert isinstance(value, ListValue)
    first, second, third, _ = value.items
    assert first != second
    assert first == third


def test_scalars_of_two_types_do_not_fail_beside_an_unresolved_one(tmp_path: Path) -> None:
    assert isinstance(evaluated(tmp_path, "tolist([var.v, 1, true])", BEFORE), ListValue)


MANY = [f'startswith(var.v, "{one}") ? ["{one}"] : []' for one in "bcdefg"]


@pytest.mark.parametrize(
    "expression",
    [
        f'concat(["a"], {", ".join(MANY)})',
        f'flatten([["a"], {", ".join(MANY)}])',
        f'flatten(["a", [{", ".join(MANY)}]])',
    ],
)
def test_what_is_certain_stays_beside_what_is_under_many_conditions(tmp_path: Path, expression: str) -> None:
    value = evaluated(tmp_path, expression, BEFORE)
    assert isinstance(value, ListValue)
    assert value.rest is not None
    assert (value.items, value.rest.reason) == ((Known("a"),), "var.v has no default")


LETTERS = string.ascii_lowercase
CHAIN = " : ".join(f'var.v == "{one}" ? ["{one}"]' for one in LETTERS)


@pytest.mark.parametrize(
    ("expression", "beside"),
    [
        (f'concat({CHAIN} : [], ["x"])', ["x"]),
        (f"""concat({", ".join(f'var.v == "{one}" ? ["{one}"] : []' for one in LETTERS)})""", []),
        (f"""[for one in {json.dumps([*LETTERS])} : one if one == var.v]""", []),
    ],
)
def test_comparisons_of_one_value_are_as_many_cases_as_constants(tmp_path: Path, expression: str, beside: list[str]) -> None:
    """Nothing equals two of them, so that there are 27 cases and not 2 to the power of 26."""
    value = evaluated(tmp_path, expression, BEFORE)
    for one in LETTERS:
        assert isinstance(value, Choice)
        assert (value.condition.name, value.then) == (f'var.v == "{one}"', ListValue((Known(one), *map(Known, beside))))
        value = value.otherwise
    assert value == ListValue((*map(Known, beside),))


def test_an_entry_stays_beside_maps_under_many_conditions(tmp_path: Path) -> None:
    maps = ", ".join(f'startswith(var.v, "{one}") ? {{ {one} = 1 }} : {{}}' for one in "bcdefg")
    value = evaluated(tmp_path, f'merge({maps}, {{ a = "x" }})', BEFORE)
    assert isinstance(value, MapValue)
    assert value.rest is not None
    assert value.entries == {"a": Known("x")}


@pytest.mark.parametrize(
    ("expression", "name", "reason"),
    [
        ('trimspace(" ${var.v}b")', 'trimspace(" ${var.v}b")', "var.v has no default"),
        ('chomp("a${var.v}\\n")', 'chomp("a${var.v}\\n")', "var.v has no default"),
        ('join("-", var.v)', 'join("-", var.v)', "var.v has no default"),
        ('join("-", concat(["a"], var.v))', 'join("-", ["a", var.v...])', "var.v has no default"),
        ('startswith(var.v, "a")', 'startswith(var.v, "a")', "var.v has no default"),
        ('startswith("ab", var.v)', 'startswith("ab", var.v)', "var.v has no default"),
        ('trimprefix("ab-${var.v}", "ab-")', "var.v", "var.v has no default"),
        ('trimprefix("a${var.v}", "ab")', 'trimprefix("a${var.v}", "ab")', "var.v has no default"),
        ('trimprefix("ab", var.v)', 'trimprefix("ab", var.v)', "var.v has no default"),
        ('trimsuffix("${var.v}-ab", "-ab")', "var.v", "var.v has no default"),
        ('substr("abc-${var.v}", 0, 9)', 'substr("abc-${var.v}", 0, 9)', "var.v has no default"),
        ('format("%t", var.v)', 'format("%t", var.v)', "var.v has no default"),
        ('format("%v", var.v)', "var.v", "var.v has no default"),
        ('format("a/${var.v}/%s", "a")', 'format("a/${var.v}/%s", "a")', "var.v has no default"),
        ('format("%.2s", "äbc")', 'format("%.2s", "äbc")', "a precision is evaluated for ASCII only"),
        ('format("%5s", "ä")', 'format("%5s", "ä")', "a width is evaluated for ASCII only"),
        ('format("%+s", "a")', 'format("%+s", "a")', "the form %+s is not evaluated"),
        ('format("%.1v", 1)', 'format("%.1v", 1)', "the form %.1v is not evaluated"),
        ('format("%.1d", 1)', 'format("%.1d", 1)', "the form %.1d is not evaluated"),
        ('format("%#08x", 255)', 'format("%#08x", 255)', "the form %#08x is not evaluated"),
        ('format("%.2g", 1.5)', 'format("%.2g", 1.5)', "the form %.2g is not evaluated"),
        ('format("%#f", 1)', 'format("%#f", 1)', "the form %#f is not evaluated"),
        ('format("%5%", 1)', 'format("%5%", 1)', "the form %5% is not evaluated"),
        ('format("%*d", 1, 2)', 'format("%*d", 1, 2)', "the form %*d is not evaluated"),
        ('format(var.v, "a")', 'format(var.v, "a")', "var.v has no default"),
        ('replace("a-${var.v}", "a", "b")', 'replace("a-${var.v}", "a", "b")', "var.v has no default"),
        ('replace("a", "/a/", var.v)', 'replace("a", "/a/", var.v)', "var.v has no default"),
        ('replace("a", "", var.v)', 'replace("a", "", var.v)', "var.v has no default"),
        ('coalesce(var.v, "a")', 'coalesce(var.v, "a")', "var.v has no default"),
        ('contains(["a", var.v], "b")', 'contains(["a", var.v], "b")', "var.v has no default"),
        ("element(var.v, 0)", "element(var.v, 0)", "var.v has no default"),
        ("length(var.v)", "length(var.v)", "var.v has no default"),
        ('lookup(var.v, "b", 2)', 'lookup(var.v, "b", 2)', "var.v has no default"),
    ],
)
def test_what_is_unresolved_has_a_name(tmp_path: Path, expression: str, name: str, reason: str) -> None:
    value = evaluated(tmp_path, expression, BEFORE)
    assert isinstance(value, Unknown)
    assert (value.symbol.name, value.symbol.reason) == (name, reason)


@pytest.mark.parametrize("items", ['"b", "a-${var.v}"', '"b", var.v', 'var.v, "b", "b"'])
def test_no_item_has_a_place_in_a_sorted_list_where_one_is_unresolved(tmp_path: Path, items: str) -> None:
    for place in (
        "sort([{}])[0]",
        "element(sort([{}]), 1)",
        "slice(sort([{}]), 0, 1)[0]",
        "reverse(sort([{}]))[1]",
        "[for n, i in sort([{}]) : n][0]",
    ):
        assert isinstance(evaluated(tmp_path, place.format(items), BEFORE), Unknown), place
    value, given = (evaluated(tmp_path, expression.format(items), BEFORE) for expression in ("sort([{}])", "[{}]"))
    assert isinstance(value, ListValue)
    assert isinstance(given, ListValue)
    assert sorted(value.items, key=repr) == sorted(given.items, key=repr)
    assert (value.rest, bool(value.order)) == (None, True)


# Lists of the same items, each in an order of its own.
_ORDERED_APART = [
    'tolist(toset(["b", var.v]))', 'distinct(["b", var.v])', 'reverse(sort(["b", var.v]))', 'concat(["b"], sort(["c", var.v]))',
    'sort(["b", "c", var.v])', '[for one in sort(["b", var.v]) : one == "b" ? var.v : "b"]', 'sort(["b", var.v, var.w])[*]',
    '[for one in sort(["b", var.v, var.w, "c"]) : one if one != "c"]',
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), [*itertools.combinations(_ORDERED_APART, 2)])
def test_a_position_in_one_order_is_not_taken_for_that_in_another(tmp_path: Path, one: str, other: str) -> None:
    before = f'{BEFORE}variable "w" {{}}\n'
    assert evaluated(tmp_path, f"({one})[0] == ({one})[0]", before) == Known(True)
    assert isinstance(evaluated(tmp_path, f"({one})[0] == ({other})[0]", before), Unknown | Choice)


@pytest.mark.parametrize(
    "expression",
    [
        'format("%12000s", "x")',
        'format("%-12000s", "x")',
        f'format("%{"9" * 5000}s", "x")',
        'format("%012000d", 7)',
        'format("%.150f", 0.5)',
        'indent(12000, "a\\nb")',
    ],
    ids=["width", "left", "digits", "zeros", "precision", "indent"],
)
def test_a_text_that_is_too_long_is_unknown_and_never_cut_off(tmp_path: Path, expression: str) -> None:
    value = evaluated(tmp_path, expression)
    assert isinstance(value, Unknown)
    assert value.symbol.reason == "the text is too long to be evaluated"
