"""What functions say of themselves, against Terraform: what each takes never fails it, and each makes what it says."""

from __future__ import annotations

import importlib
import itertools
from decimal import Decimal
from pathlib import Path
from typing import get_args

import pytest

from auditor.foundation.value import NULL, Choice, Domain, Known, ListValue, MapValue, Meaning, Symbol, Template, Unknown, Value
from auditor.sources.terraform.functions.call import HOMES
from auditor.sources.terraform.functions.registry import FUNCTIONS
from auditor.sources.terraform.values.failure import doubtful
from auditor.sources.terraform.values.kinds import Kind, is_certainly
from tests.terraform.test_console import FAILS, needs_terraform, terraform_answers

STRINGS, NUMBERS, BOOLS = ['""', '"a-é/b"', '"12"', '"%["'], ["0", "-1.5", "10000000"], ["true", "false"]
LISTS = ["[]", '["a", 1, null, []]', '[{ a = 1 }, "x"]', 'tolist(["b", "b"])', "tolist([null])", "[[1], [null]]"]
SETS = ["toset([])", 'toset(["b", "a"])', "toset([null])"]
MAPS = ["{}", '{ a = null, b = [1], c = "x" }', 'tomap({ a = "b" })', "tomap({ a = null })"]
OF: dict[Kind, list[str]] = {
    "given": [*STRINGS, *NUMBERS, *BOOLS, *LISTS, *SETS, *MAPS],
    "string": [*STRINGS, *NUMBERS, *BOOLS],
    "number": [*NUMBERS, '"12"'],
    "bool": [*BOOLS, '"true"'],
    "list": LISTS,
    "items": [*LISTS, *SETS],
    "map": MAPS,
    "map or null": [*MAPS, "null", "tomap(null)"],
    "sized": [*STRINGS, *LISTS, *SETS, *MAPS],
    "evident": [*STRINGS, *NUMBERS, *LISTS],
}
OF["any"] = [*OF["given"], "null", "tostring(null)", "tolist(null)", "tomap(null)"]
SAMPLES = {
    "base64decode": '"YQ=="',
    "cidrhost": '"10.0.0.0/8", 5',
    "cidrnetmask": '"10.0.0.0/8"',
    "cidrsubnet": '"10.0.0.0/8", 8, 1',
    "format": '"%s-%d", "a", 3',
    "formatdate": '"YYYY", "2020-01-01T00:00:00Z"',
    "indent": '2, "a"',
    "index": '["a", "b"], "b"',
    "join": '"-", ["a", "b"]',
    "parseint": '"12", 10',
    "pow": "2, 3",
    "replace": '"a", "a", "1"',
    "signum": "-2",
    "substr": '"12", 0, 1',
    "sum": "[1, 2]",
    "textdecodebase64": '"YQ==", "UTF-8"',
    "textencodebase64": '"a", "UTF-8"',
    "timeadd": '"2020-01-01T00:00:00Z", "1h"',
    "timecmp": '"2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z"',
    "uuidv5": '"dns", "a"',
    **dict.fromkeys(("alltrue", "anytrue"), "[true, false]"),
    **dict.fromkeys((name for name in HOMES if name.startswith("file")), '"main.tf"'),
    **dict.fromkeys(("abspath", "pathexpand"), '"12"'),
}
NEWER = ("urldecode",)  # than the Terraform of the recorded answers
MADE: dict[Kind, type] = {"string": str, "number": Decimal, "bool": bool}


def loaded() -> list[str]:
    for module in set(HOMES.values()):
        importlib.import_module(f"auditor.sources.terraform.functions.{module}")
    return sorted(name for name in FUNCTIONS if "::" not in name and name not in NEWER)


def calls(name: str) -> list[str]:
    """Calls of a function, with arguments of every kind that it takes, or the sample of one that may fail of some."""
    function = FUNCTIONS[name]
    if not function.takes or "evident" in function.takes:
        return [f"{name}({SAMPLES[name]})"] if function.makes else []
    counts = range(function.least, (function.most or 2) + 1)
    given = (itertools.product(*(OF[kind] for kind in function.kinds(count))) for count in counts)
    return [f"{name}({', '.join(arguments)})" for arguments in itertools.chain.from_iterable(given)]


@needs_terraform
@pytest.mark.oracle
def test_what_a_function_takes_never_fails_it_and_it_makes_what_it_says(tmp_path: Path) -> None:
    asked = [(name, call) for name in loaded() for call in calls(name)]
    lines = [f'  e{at} = try(jsonencode(nonsensitive({call})), "{FAILS}")\n' for at, (_, call) in enumerate(asked)]
    listed = ", ".join(f"local.e{at}" for at in range(len(asked)))
    (tmp_path / "main.tf").write_text(f"locals {{\n{''.join(lines)}  all = [{listed}]\n}}\n", encoding="utf-8")
    answers = terraform_answers(tmp_path, len(asked))
    assert len(asked) > 1000
    assert [call for (_, call), answer in zip(asked, answers, strict=True) if answer == FAILS] == []
    assert [
        call
        for (name, call), answer in zip(asked, answers, strict=True)
        if (made := FUNCTIONS[name].makes) and not isinstance(answer, MADE[made])
    ] == []


def test_what_makes_a_scalar_is_written_down_as_such() -> None:
    assert {FUNCTIONS[name].makes for name in loaded()} == {None, "string", "number", "bool"}


OPEN, TEXT = Symbol("var.v", ""), Template(("a-", Symbol("var.v", "")))
TRUTH = Unknown(Symbol("c", "", meaning=Meaning("c", "var.v", '"a"')))
HELD: dict[str, tuple[Value, set[Kind]]] = {
    "null": (NULL, {"any", "map or null"}),
    "unknown": (Unknown(OPEN), {"any"}),
    "may fail": (doubtful(Unknown(OPEN)), set()),
    "assigned": (Unknown(Symbol("a.b", "", domain=Domain.ARN)), {"any", "given", "string", "sized"}),
    "text": (TEXT, {"any", "given", "string", "sized"}),
    "condition": (TRUTH, {"any", "given", "string", "bool"}),
    "list": (ListValue((Unknown(OPEN),)), {"any", "given", "list", "items", "sized", "evident"}),
    "list of what may fail": (ListValue((doubtful(Unknown(OPEN)),)), set()),
    "longer list": (ListValue((TEXT,), rest=OPEN), {"any", "given", "list", "items", "sized"}),
    "perhaps no list": (ListValue((), rest=OPEN), {"any"}),
    "set": (ListValue((TEXT,), is_set=True), {"any", "given", "items", "sized", "evident"}),
    "set of one or two": (ListValue((TEXT, Known("a-b")), is_set=True), {"any", "given", "items", "sized"}),
    "map": (MapValue({"a": Unknown(OPEN)}), {"any", "given", "map", "map or null", "sized", "evident"}),
    "longer map": (MapValue({}, rest=OPEN), {"any", "given", "map", "map or null", "sized"}),
    "choice": (Choice(OPEN, TEXT, TRUTH), {"any", "given", "string"}),
}


@pytest.mark.parametrize("name", HELD)
def test_of_which_kinds_a_value_certainly_is(name: str) -> None:
    value, kinds = HELD[name]
    assert {kind for kind in get_args(Kind) if is_certainly(value, kind)} == kinds
