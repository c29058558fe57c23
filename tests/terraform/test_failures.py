"""What fails under a condition is no part of where it does not, and is named by what is written, wherever that stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.foundation.value import Choice, JsonText, Known, ListValue, MapValue, Symbol, Unknown, Value
from tests.terraform.test_functions import evaluated

FLAG, OTHER = Symbol("var.flag", ""), Symbol("var.other", "")
CODE = """variable "flag" {}
variable "other" {}
locals {
  more   = var.flag ? ["m"] : []
  either = var.flag ? "y" : "n"
}
"""
A, M = Known("a"), Known("m")


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("var.flag ? [local.more[0]] : []", Choice(FLAG, ListValue((M,)), ListValue(()))),
        ('flatten([["a"], var.flag ? [local.more[0]] : []])', Choice(FLAG, ListValue((A, M)), ListValue((A,)))),
        ('flatten([["a"], [local.more[0]]])', ListValue((A, M))),
        ('var.flag ? { k = [local.either] } : { k = ["o"] }',
         Choice(FLAG, MapValue({"k": ListValue((Known("y"),))}), MapValue({"k": ListValue((Known("o"),))}))),
        ("var.flag ? jsonencode([local.either]) : null", Choice(FLAG, JsonText(ListValue((Known("y"),))), Known(None))),
        ('var.flag ? toset([local.either, "y"]) : toset([])',
         Choice(FLAG, ListValue((Known("y"),), is_set=True), ListValue((), is_set=True))),
        ("var.flag && var.other ? [local.more[0]] : []",
         Choice(FLAG, Choice(OTHER, ListValue((M,)), ListValue(())), ListValue(()))),
        ("var.other ? [var.flag ? local.either : local.either] : []",
         Choice(OTHER, ListValue((Choice(FLAG, Known("y"), Known("n")),)), ListValue(()))),
    ],
)  # fmt: skip
def test_a_condition_that_is_decided_decides_in_lists_and_maps_too(tmp_path: Path, expression: str, value: Value) -> None:
    assert evaluated(tmp_path, expression, CODE) == value


def name_in(directory: Path, expression: str, before: str = "") -> str:
    found = evaluated(directory, expression, before)
    assert isinstance(found, Unknown)
    return found.symbol.name


def test_a_failure_keeps_its_name_where_lines_move(tmp_path: Path) -> None:
    name = f"failure of [][0] in {tmp_path}: there is no element 0"
    assert name_in(tmp_path, "[][0]") == name
    assert name_in(tmp_path, "[][0]", "# a comment\n\n") == name
    assert name_in(tmp_path, "[][\n  0]") == f"failure of [][ 0] in {tmp_path}: there is no element 0"


def test_different_failures_have_different_names(tmp_path: Path) -> None:
    (tmp_path / "child").mkdir()
    names = [
        name_in(directory, expression)
        for directory in (tmp_path, tmp_path / "child")
        for expression in (
            "[][0]",
            "[][1]",
            '["a"][1]',
            "upper([])",
            f"upper(concat({'[], ' * 100}[]))",
            f"upper(concat({'[], ' * 99}[]))",
        )
    ]
    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= 300
