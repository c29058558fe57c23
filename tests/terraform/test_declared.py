"""A law of declared types: what is decided of expressions over variables without values is what Terraform says, whatever the values are."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from auditor.foundation.border import border_of
from auditor.foundation.text import Texts
from auditor.sources.options import SourceOptions
from auditor.sources.resource_types import TERRAFORM
from auditor.sources.terraform.modules.directory import Library
from auditor.sources.terraform.modules.module import Root
from tests.terraform.test_console import FAILS, UNKNOWN, needs_terraform, our_answer, terraform_answers

# Of each variable its type, and values; null is one of those that are nullable.
VALUES = {
    "b": ("bool", ["true", "false"]),
    "n": ("number", ["0", "2", "-1.5"]),
    "s": ("string", ['""', '"a"', '"7"', '"true"']),
    "l": ("list(string)", ["[]", '["a"]', '["a", null]']),
    "t": ("set(string)", ["[]", '["a", "b"]']),
    "m": ("map(string)", ["{}", '{ a = "x" }', "{ a = null }"]),
    "o": (
        "object({ s = string, b = optional(bool, true), m = optional(map(string)), n = optional(number, 3) })",
        ['{ s = "a" }', "{ s = null, b = false, m = {} }", '{ s = "1", m = { a = "b" }, n = null }'],
    ),
    "p": (
        "map(object({ s = string, b = optional(bool, true) }))",
        ["{}", '{ a = { s = "x" } }', "{ a = null }", "{ a = { s = null } }"],
    ),
    "v": ("any", ["1", '"a"', "true", "[]", '["a"]', "{}", '{ a = { a = "b" } }', "{ a = [1] }"]),
}
FORMS = [
    "!X", "-X", "(X == X)", "(X != X)", "(X > X)", "(X && X)", "(X || X)", "(X ? X : X)", '"${X}"', '"${X}-x"', "[X]", "{ a = X }", "[X, X][0]",
    "{ a = X, b = X }.a", "X.a", "X.s", "X.b", "X[0]", 'X["a"]', "X[*]", "X[*].s", "[for x in X : x]", "[for x in X : !x]", "[for x in X : x.s]",
    "{ for k, x in X : k => x }", "{ for x in X : x => 1 }", "[for k, x in X : k if X]", '"%{ for x in X }${x}%{ endfor }"', "length(X)", "upper(X)",
    "contains(X, X)", "keys(X)", "values(X)", "merge(X, X)", "concat(X, X)", "jsonencode(X)", "flatten(X)", "one(X)", "element(X, 0)", "reverse(X)",
    "tostring(X)", "tonumber(X)", "tobool(X)", "tolist(X)", "toset(X)", "tomap(X)", 'lookup(X, "a", X)', 'lookup(X, "a")', "coalesce(X, X)",
    'join("-", X)', "try(X, X)", "can(X)", "startswith(X, X)", "split(X, X)", "max(X, X)", "abs(X)", "sum(X)", "distinct(X)", "compact(X)",
    "sort(X)", "setunion(X, X)", "index(X, X)", "range(X)", "zipmap(X, X)", "coalescelist(X, X)",
    "slice(X, 0, 1)", "replace(X, X, X)", "chunklist(X, X)", "alltrue(X)", "transpose(X)", "(X == null)", "(X != null ? X : X)",
]  # fmt: skip
LEAVES = [
    *(f"var.{name}" for name in VALUES),
    *(f"var.{name}{name}" for name in VALUES if name != "v"),
    '"a"',
    "1",
    "true",
    "[]",
    "{}",
    "null",
]


def expression(drawn: random.Random, depth: int) -> str:
    if depth == 0 or drawn.random() < 0.15:
        return drawn.choice(LEAVES)
    form = drawn.choice(FORMS)
    while "X" in form:
        form = form.replace("X", expression(drawn, depth - 1), 1)
    return form


def declared(drawn: random.Random | None) -> str:
    """The variables, each once nullable (its name doubled) and once not, with values drawn as defaults, or without."""
    blocks = []
    for name, (kind, values) in VALUES.items():
        for named, nullable in ((name, False), (name * 2, True)):
            given = "" if drawn is None else f"  default = {drawn.choice([*values, 'null'] if nullable else values)}\n"
            blocks.append(f'variable "{named}" {{\n  type = {kind}\n  nullable = {str(nullable).lower()}\n{given}}}\n')
    return "".join(blocks)


def module(directory: Path, text: str) -> str:
    directory.mkdir()
    (directory / "main.tf").write_text(text, encoding="utf-8")
    return str(directory)


def differences(directory: Path, seed: int, count: int, rounds: int) -> tuple[int, list[str]]:
    """How many expressions were decided, and what Terraform says otherwise."""
    drawn = random.Random(seed)
    asked = []
    for at in range(count):
        inner = expression(drawn, 1 + at % 3)
        asked.append(f"can({inner})" if at % 2 else f'try({inner}, "{FAILS}")')
    lines = "".join(f'locals {{\n  e{at} = try(jsonencode({one}), "{FAILS}")\n}}\n' for at, one in enumerate(asked))
    lines += f"locals {{\n  all = [{', '.join(f'local.e{at}' for at in range(count))}]\n}}\n"
    opened = module(directory / "opened", declared(None) + lines)
    root = Root(opened, SourceOptions(), Library(Texts(border=border_of((opened,)))), TERRAFORM.attribute_of)
    ours = [our_answer(root.module.local(f"e{at}")) for at in range(count)]
    wrong = []
    for number in range(rounds):
        values = declared(drawn)
        answers = terraform_answers(Path(module(directory / f"given{number}", values + lines)), count)
        wrong += [
            f"{one}\n    ours: {mine!r}\n    terraform's: {theirs!r}\n{values}"
            for one, mine, theirs in zip(asked, ours, answers, strict=True)
            if mine is not UNKNOWN and mine != theirs
        ]
    return sum(mine is not UNKNOWN for mine in ours), wrong


@needs_terraform
@pytest.mark.oracle
def test_what_is_decided_by_declared_types_is_so_for_every_value(tmp_path: Path) -> None:
    decided, wrong = differences(tmp_path, 20261128, 1200, 4)
    assert decided > 300
    assert not wrong, f"{len(wrong)} differ:\n" + "\n".join(wrong)
