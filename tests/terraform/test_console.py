"""Terraform itself as the oracle: what we decide of an expression is what `terraform console` says."""

from __future__ import annotations

import base64
import json
import os
import random
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from auditor.foundation.border import border_of
from auditor.foundation.text import Texts
from auditor.foundation.value import JsonText, Known, Value
from auditor.sources.options import SourceOptions
from auditor.sources.resource_types import TERRAFORM
from auditor.sources.terraform.modules.directory import Library
from auditor.sources.terraform.modules.module import Root
from auditor.sources.terraform.values.json_encoding import encode

FIXTURES = Path(__file__).parents[2] / "fixtures/sources/terraform/console"
GENERATED = 1600
FAILS = "<<fails>>"
UNKNOWN = object()

needs_terraform = pytest.mark.skipif(shutil.which("terraform") is None, reason="there is no terraform command to compare with")


def picked() -> list[str]:
    lines = (FIXTURES / "expressions.txt").read_text(encoding="utf-8").splitlines()
    recorded = (FIXTURES / "functions.jsonl").read_text(encoding="utf-8").splitlines()
    return [*(line for line in lines if line and not line.startswith("#")), *(json.loads(line)["expression"] for line in recorded)]


def heredocs() -> list[str]:
    return (FIXTURES / "heredocs.txt").read_text(encoding="utf-8").rstrip("\n").split("\n====\n")


class Generator:
    """Expressions at random, mostly of fitting types."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def of(self, kind: str, depth: int) -> str:
        if self.random.random() < 0.04:
            kind = self.random.choice(["text", "number", "bool", "texts", "numbers", "map"])
        if depth <= 0 or kind == "small":
            return self.leaf(kind)
        form = self.random.choice(FORMS[kind])
        while "{" in form and any(mark in form for mark in MARKS):
            for mark, wanted in MARKS.items():
                if mark in form:
                    form = form.replace(mark, self.of(wanted, depth - 1), 1)
        return form

    def leaf(self, kind: str) -> str:
        return self.random.choice(LEAVES[kind])


MARKS = {
    "{t}": "text",
    "{n}": "number",
    "{b}": "bool",
    "{l}": "texts",
    "{L}": "numbers",
    "{m}": "map",
    "{i}": "small",
    "{s}": "given",
}
LEAVES = {
    "text": ['"a"', '"b"', '""', '"a-b"', '"Hello"', '"x/y"', "null", '"12"', '"true"', '"arn:aws:s3:::b"', '"é"'],
    "given": ['"g"', '"1"', "2", "true"],
    "number": ["0", "1", "2", "3", "10", "1.5", "-1", '"4"', "0.1"],
    "small": ["0", "1", "2", "3"],
    "bool": ["true", "false", "true", "false", '"true"', "null"],
    "texts": ['["a", "b"]', "[]", '["b", "a", "b"]', '["", "x"]', 'toset(["c", "a"])', 'tolist(["z"])', '["a", null]'],
    "numbers": ["[1, 2, 3]", "[]", "[3, 1, 2]", "range(3)", "toset([10, 9])", "[1.5]"],
    "map": ['{ a = "x", b = "y" }', "{}", '{ b = "z" }', 'tomap({ a = "q" })', '{ a = 1, c = "w" }', "{ a = null }"],
}
FORMS = {
    "text": [
        "upper({t})", "lower({t})", '"${{t}}-${{n}}"', '"p${{t}}"', "join({t}, {l})", "replace({t}, {t}, {t})", "trimprefix({t}, {t})",
        "trimsuffix({t}, {t})", "trimspace({t})", "trim({t}, {t})", "substr({t}, {i}, {n})", "({b} ? {t} : {t})", "coalesce({t}, {t})",
        "try({t}, {t})", "element({l}, {i})", "{l}[{i}]", "lookup({m}, {t}, {t})", "{m}.a", '{m}["b"]', 'format("%s/%s", {s}, {s})',
        'format("%d-%s", {n}, {s})', "title({t})", "tostring({n})", "tostring({b})", "one({l})", "try({m}[{t}], {t})", "jsonencode({m})",
        "jsonencode({l})", "try({l}[{i}], {t})", "base64encode({t})", "sha1({t})", 'format("%v", {m})', 'format("%5s|%-4s|", {s}, {s})',
        '"%{ if {b} }<${{t}}>%{ else }n%{ endif }"', '"%{ for x in {l} }<${x}>%{ endfor }"', "strrev({t})", "chomp({t})", "urlencode({t})",
    ],
    "given": ['coalesce({t}, "z")', "upper({t})", '"q${{t}}"', "trimspace({t})", "tostring(length({l}))"],
    "number": [
        "({n} + {n})", "({n} - {n})", "({n} * {n})", "({n} / {n})", "({n} % {n})", "-{n}", "length({l})", "length({m})", "length({t})",
        "abs({n})", "ceil({n})", "floor({n})", "max({n}, {n})", "min({n}, {n})", "sum({L})", "({b} ? {n} : {n})", "try({L}[{i}], {n})",
        "element({L}, {i})", "index({l}, {t})", "tonumber({t})", "parseint({t}, 16)", "signum({n})", "try({n}, {n})", "length({L})",
    ],
    "bool": [
        "({n} == {n})", "({n} < {n})", "({n} >= {n})", "({t} == {t})", "({t} != {t})", "({b} && {b})", "({b} || {b})", "!{b}",
        "contains({l}, {t})", "can({t})", "can({m}.a)", "startswith({t}, {t})", "endswith({t}, {t})", "strcontains({t}, {t})",
        "alltrue([{b}, {b}])", "anytrue([{b}, {b}])", "tobool({t})", "({b} ? {b} : {b})", "contains(keys({m}), {t})", "({l} == {l})",
        "({m} == {m})", "({t} == {n})", "can({n})", "contains({L}, {n})", "({t} == null)", "fileexists({t})",
    ],
    "texts": [
        "[{t}, {t}]", "concat({l}, {l})", "distinct({l})", "compact({l})", "sort({l})", "reverse({l})", "keys({m})", "values({m})",
        "split({t}, {t})", "flatten([{l}, [{t}]])", "toset({l})", "tolist({l})", "setunion({l}, {l})", "setintersection({l}, {l})",
        "setsubtract({l}, {l})", "[for x in {l} : upper(x)]", "[for x in {l} : x if x != {t}]", '[for j, x in {l} : "${j}${x}"]',
        "({b} ? {l} : {l})", 'formatlist("%s-%s", {s}, compact({l}))', "slice({l}, 0, {i})", '[for k, v in {m} : "${k}=${v}"]', "coalescelist({l}, {l})",
        "try({l}, {l})", "{l}[*]", "matchkeys({l}, {l}, {l})", "[{m}, {m}][*].a", 'formatlist("%s", compact({l}))', "flatten({l})",
    ],
    "numbers": [
        "[{n}, {n}]", "range({i})", "range({n}, {n})", "[for x in {L} : x * {n}]", "[for x in {L} : x if x > {n}]", "concat({L}, {L})",
        "distinct({L})", "toset({L})", "reverse({L})", "[for x in {l} : length(x)]", "({b} ? {L} : {L})", "flatten([{L}, {L}])",
        "setunion({L}, {L})", "chunklist({L}, {i})", "tolist({L})", "sort({L})",
    ],
    "map": [
        "{ a = {t}, b = {n} }", "{ ({t}) = {t} }", "merge({m}, {m})", "{ for x in {l} : x => upper(x) }", "zipmap({l}, {l})",
        "{ for k, v in {m} : upper(k) => v }", "({b} ? {m} : {m})", "tomap({m})", "{ for k, v in {m} : k => v if v != {t} }", "try({m}, {m})",
        "{ for x in {l} : x => x... }", "{ a = {l}, b = {m} }", "jsondecode(jsonencode({m}))", "transpose({ a = {l}, b = {l} })",
    ],
}  # fmt: skip


def generated() -> list[str]:
    made = Generator(20240501)
    kinds = ["text", "number", "bool", "texts", "numbers", "map"]
    return [made.of(kinds[at % len(kinds)], 1 + at % 3) for at in range(GENERATED)]


def terraform_answers(directory: Path, count: int) -> list[Any]:
    """The JSON value of each expression, or FAILS."""
    empty = directory / "none.tfrc"
    empty.write_text("")
    environment = {**os.environ, "TF_CLI_CONFIG_FILE": str(empty), "CHECKPOINT_DISABLE": "1"}
    run = subprocess.run(
        ["terraform", "console", "-no-color"], cwd=directory, env=environment, input="base64encode(jsonencode(local.all))\n",
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[:4000]
    texts = json.loads(base64.b64decode(run.stdout.strip().strip('"')))
    assert len(texts) == count
    return [FAILS if text == FAILS else json.loads(text, parse_float=Decimal, parse_int=Decimal) for text in texts]


def our_answer(value: Value) -> Any:
    """The JSON value, FAILS, or UNKNOWN."""
    if isinstance(value, Known) and value.value == FAILS:
        return FAILS
    text = encode(value.content) if isinstance(value, JsonText) else None
    return UNKNOWN if text is None else json.loads(text, parse_float=Decimal, parse_int=Decimal)


@needs_terraform
@pytest.mark.oracle
def test_no_decided_value_differs_from_terraforms(tmp_path: Path) -> None:
    texts = [f"local.h{at}" for at in range(len(heredocs()))]
    expressions = [*texts, *picked(), *generated()]
    lines = [f"locals {{\n  h{at} = {text}\n}}\n" for at, text in enumerate(heredocs())]
    lines += [f'locals {{\n  e{at} = try(jsonencode({expression}), "{FAILS}")\n}}\n' for at, expression in enumerate(expressions)]
    listed = ", ".join(f"local.e{at}" for at in range(len(expressions)))
    (tmp_path / "main.tf").write_text("".join(lines) + f"locals {{\n  all = [{listed}]\n}}\n", encoding="utf-8")
    for name in ("data.json", "greeting.tpl"):
        shutil.copy(FIXTURES / name, tmp_path / name)
    module = Root(str(tmp_path), SourceOptions(), Library(Texts(border=border_of((str(tmp_path),)))), TERRAFORM.attribute_of).module
    ours = [our_answer(module.local(f"e{at}")) for at in range(len(expressions))]
    wrong = [
        f"{expression}\n    ours:       {mine!r}\n    terraform's: {theirs!r}"
        for expression, mine, theirs in zip(expressions, ours, terraform_answers(tmp_path, len(expressions)), strict=True)
        if mine is not UNKNOWN and mine != theirs
    ]
    assert len(expressions) >= 1500
    assert not wrong, f"{len(wrong)} of {len(expressions)} differ:\n" + "\n".join(wrong)
    opened = [expression for expression, mine in zip(expressions, ours, strict=True) if mine is UNKNOWN]
    assert len(opened) <= len(expressions) // 16, f"{len(opened)} of {len(expressions)} are unknown:\n" + "\n".join(opened)
