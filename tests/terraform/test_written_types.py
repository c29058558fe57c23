"""Lists, maps and objects are equal only where they are of one type, which `==` finds out without their values where it shows."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from auditor import prove
from auditor.foundation.value import Choice, Known, ListValue, Unknown, Value
from tests.terraform.test_functions import evaluated

VARIABLES = """
variable "l" { type = list(string) }
variable "default" {
  type    = list(string)
  default = []
}
variable "m" { type = map(string) }
variable "s" { type = set(string) }
variable "o" { type = object({ a = optional(string) }) }
variable "t" { type = tuple([string]) }
variable "n" { type = list(number) }
variable "u" { default = [] }
variable "any" {
  type    = any
  default = {}
}
variable "open" {}
locals {
  empty = []
  none  = {}
  same  = local.empty
  loop  = local.pool
  pool  = local.loop
}
"""
WRITTEN = {
    "tuple": ('["a"]', "[var.open]", "[]", "local.empty", "local.same", "var.u"),
    "object": ("{}", "{ a = var.open }", "{ b = 1 }", "local.none", "var.any"),
    "list": ("tolist(var.open)", 'split(",", var.open)', "var.l", "var.default", "compact(var.l)", "range(2)"),
    "set": ("toset(var.open)", "var.s", "setunion(var.s, var.s)"),
    "map": ("tomap(var.open)", "var.m"),
}
"""Expressions of each type, most of which are not resolved."""
NEVER_NULL = frozenset(
    {'["a"]', "[var.open]", "[]", "local.empty", "local.same", "{}", "{ a = var.open }", "{ b = 1 }", "local.none", "range(2)"}
)


def answers(directory: Path, expressions: list[str]) -> tuple[Value, ...]:
    value = evaluated(directory, f"[{', '.join(expressions)}]", VARIABLES)
    assert isinstance(value, ListValue)
    return value.items


@pytest.mark.parametrize(("one", "other"), [pair for pair in product(WRITTEN, WRITTEN) if pair[0] != pair[1]])
def test_what_is_of_different_types_is_unequal_whatever_it_holds(tmp_path: Path, one: str, other: str) -> None:
    pairs = [pair for pair in product(WRITTEN[one], WRITTEN[other]) if NEVER_NULL.intersection(pair)]
    assert answers(tmp_path, [f"{left} {operator} {right}" for left, right in pairs for operator in ("==", "!=")]) == (
        Known(False),
        Known(True),
    ) * len(pairs)


@pytest.mark.parametrize("kind", WRITTEN)
def test_what_is_of_one_type_is_not_unequal_for_that(tmp_path: Path, kind: str) -> None:
    assert Known(False) not in answers(tmp_path, [f"{written} == {written}" for written in WRITTEN[kind]])


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ("var.u == []", True),
        ("var.any == {}", True),
        ("var.any != {}", False),
        ("local.same == []", True),
        ("var.o == {}", False),
        ('var.t == ["a", "b"]', False),
        ('split(",", "a,b") == tolist(["a", "b"])', True),
        ("tolist([1]) == tolist([1, 2])", False),
        ("core::tolist([1]) == [1]", False),
        ('{ "é" = 1 } == { "é" = 1 }', None),
        # Both may be null, and two nulls are equal.
        ("var.l == var.m", None),
        ("var.l == var.n", None),
        ("var.open == []", None),
        ("local.loop == []", None),
        ("[null] == [null]", None),
        ("var.l == var.default", None),
        ("tolist([]) == tolist([])", None),
        ("concat([], []) == []", None),
    ],
)  # fmt: skip
def test_what_the_types_decide(tmp_path: Path, expression: str, answer: bool | None) -> None:
    value = evaluated(tmp_path, expression, VARIABLES)
    assert isinstance(value, Unknown | Choice) if answer is None else value == Known(answer)


@pytest.mark.parametrize("given", ["", "u = tolist([])", 'u = ["a"]'])
def test_a_variable_of_any_type_that_is_given_has_the_type_of_what_it_is_given(tmp_path: Path, given: str) -> None:
    (tmp_path / "terraform.tfvars").write_text(given, encoding="utf-8")
    assert (evaluated(tmp_path, "var.u == []", VARIABLES) == Known(True)) is (given == "")


def test_a_name_of_a_loop_is_not_a_variable(tmp_path: Path) -> None:
    value = evaluated(tmp_path, "[for var in [{ l = [] }] : var.l == []]", VARIABLES)
    assert value != evaluated(tmp_path, "[false]", VARIABLES)


def test_what_is_there_where_a_list_is_no_empty_tuple_is_always_there(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        """
variable "rules" {
  type = list(string)
}
resource "aws_s3_bucket" "b" {
  bucket = "acme-images"
}
resource "aws_s3_bucket_ownership_controls" "b" {
  count  = var.rules != [] ? 1 : 0
  bucket = aws_s3_bucket.b.id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}
""",
        encoding="utf-8",
    )
    assert prove("ownership", tmp_path).status.value == "holds"
