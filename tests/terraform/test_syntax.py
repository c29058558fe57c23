"""The reader of native syntax: HCL's own trees, exact places, and faults that stay where they are."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.foundation.errors import InputError
from auditor.foundation.location import Lines, Location
from auditor.sources.terraform.syntax.native import parse_attributes, parse_block, parse_expression
from auditor.sources.terraform.syntax.scanner import scan
from auditor.sources.terraform.syntax.tree import (
    Attribute,
    Body,
    Conditional,
    Expression,
    Literal,
    ObjectExpression,
    Splat,
    TemplateExpression,
    TemplateFor,
    UnparsedBlock,
)
from tests.oracle.hcl import CASES, agree, cases
from tests.terraform import second_reader, shown

FIXTURES = Path(__file__).parents[2] / "fixtures"
FILES = sorted(FIXTURES.rglob("*.tf"))


def read(text: str) -> str:
    tree, errors = parse_expression(text, "f", 1, 1)
    return shown.expression(tree) if tree is not None else f"{shown.REFUSED} {errors[0].message}"


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["text"][:40])
def test_a_text_is_read_as_hcl_reads_it(case: dict[str, str]) -> None:
    ours = shown.file(case["text"])
    assert agree(ours, case["tree"]), f"{ours}\n{case['tree']}\nrecorded in {CASES}"


@pytest.mark.whole
@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FIXTURES)))
def test_both_readers_agree_on_the_fixtures(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    ours = shown.file(text)
    if ours.startswith(shown.REFUSED):
        with pytest.raises(Exception, match=r".*"):
            second_reader.read(text)
        return
    assert ours == shown.body(second_reader.read(text))


# Printing and reading


BLANK = "\x01"  # stands for what may be between two tokens, which depends on what is around
INSIDE = ["", " ", "\n", " # c\n", " /* c */ ", " // c\n\t", "\r\n"]
OUTSIDE = ["", " ", "\t", " /* c */"]


@dataclasses.dataclass(frozen=True)
class Made:
    """An expression as text and as a tree."""

    text: str
    tree: str


class Writer:
    """Expressions at random."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw

    def pick(self, *choices: str) -> str:
        return self.draw(st.sampled_from(choices))

    def blanks(self, text: str, of: list[str]) -> str:
        first, *others = text.split(BLANK)
        return first + "".join(self.draw(st.sampled_from(of)) + part for part in others)

    def inside(self, made: Made) -> Made:
        return Made(self.blanks(made.text, INSIDE), made.tree)

    def outside(self, made: Made) -> Made:
        return Made(self.blanks(made.text, OUTSIDE), made.tree)

    def expression(self, depth: int) -> Made:
        kinds = ["operator", "conditional", "operand", "operand", "operand"]
        kind = self.pick(*kinds) if depth else "operand"
        if kind == "conditional":
            condition, then, otherwise = (self.operand(depth - 1) for _ in range(3))
            text = f"{condition.text} {BLANK}?{BLANK} {then.text} {BLANK}:{BLANK} {otherwise.text}"
            return Made(text, f"(if {condition.tree} {then.tree} {otherwise.tree})")
        if kind == "operator":
            operator = self.pick("||", "&&", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%")
            left, right = self.operand(depth - 1), self.operand(depth - 1)
            return Made(f"{left.text} {BLANK}{operator}{BLANK} {right.text}", f"({operator} {left.tree} {right.tree})")
        return self.operand(depth)

    def operand(self, depth: int) -> Made:
        if not depth:
            return self.draw(st.sampled_from(LEAVES))
        kind = self.pick("leaf", "parentheses", "unary", "tuple", "object", "call", "step", "splat", "for", "template", "heredoc")
        inner = self.expression(depth - 1)
        match kind:
            case "parentheses":
                made = self.inside(Made(f"({BLANK}{inner.text}{BLANK})", inner.tree))
                return Made(made.text, inner.tree)
            case "unary":
                operand = self.operand(depth - 1)
                return Made(f"!{BLANK}{operand.text}", f"(! {operand.tree})")
            case "tuple":
                other = self.expression(depth - 1)
                end = self.pick("", ",")
                text = f"[{BLANK}{inner.text}{BLANK},{BLANK}{other.text}{BLANK}{end}{BLANK}]"
                return self.inside(Made(text, f"(tuple {inner.tree} {other.tree})"))
            case "object":
                return self.object(inner, self.expression(depth - 1))
            case "call":
                expand = self.pick("", "...")
                text = self.blanks(f"{BLANK}{inner.text}{BLANK}{expand}{BLANK})", INSIDE)
                return Made(f"f({text}", f"(call f {inner.tree}{f' {expand}' if expand else ''})")
            case "step":
                name, tree = self.draw(st.sampled_from([("x.y", "(attr (var x) y)"), ("f()", "(call f)"), ("(z)", "(var z)")]))
                index = self.inside(Made(f"[{BLANK}{inner.text}{BLANK}]", ""))
                return Made(f"{name}{BLANK}{index.text}{BLANK}.{BLANK}größe", f"(attr (index {tree} {inner.tree}) größe)")
            case "splat":
                return self.draw(st.sampled_from(SPLATS))
            case "for":
                return self.loop(inner, self.expression(depth - 1))
            case "template":
                made = self.inside(Made(f"${{{BLANK}{inner.text}{BLANK}}}", ""))
                return Made(f'"a\\n{made.text}$${{b}}"', f'(template "a\\n" {inner.tree} "${{b}}")')
            case "heredoc":
                made = self.inside(Made(f"${{{BLANK}{inner.text}{BLANK}}}", ""))
                return Made(f"(<<-END\n    a\n  {made.text} b\n  END\n)", f'(template "  a\\n" {inner.tree} " b\\n")')
        return self.operand(0)

    def object(self, one: Made, other: Made) -> Made:
        first, second = self.outside(one), self.outside(other)
        between = self.pick(",", "\n", ", # c\n", " # c\n", " /* c */\n\n", ",\n")
        sign = self.pick("=", ":")
        text = f'{{{self.pick("", " ", chr(10), " # c" + chr(10))}é {sign} {first.text} {between} "k" {sign} {second.text} }}'
        return Made(text, f'(object ("é" {one.tree}) ("k" {other.tree}))')

    def loop(self, collection: Made, result: Made) -> Made:
        if self.pick("tuple", "object") == "tuple":
            text = (
                f"[{BLANK}for {BLANK}v {BLANK}in {BLANK}{collection.text}{BLANK} :{BLANK} {result.text} {BLANK}if {BLANK}v{BLANK}]"
            )
            return self.inside(Made(text, f"(for ,v {collection.tree} {result.tree} cond (var v))"))
        text = f"{{{BLANK}for {BLANK}k{BLANK},{BLANK}v {BLANK}in {BLANK}{collection.text}{BLANK} :{BLANK}k {BLANK}=>{BLANK} {result.text}{BLANK}...{BLANK}}}"
        return self.inside(Made(text, f"(for k,v {collection.tree} key (var k) {result.tree} group)"))


LEAVES = [
    Made("1", "1"), Made("2.5", "2.5"), Made("true", "true"), Made("null", "null"), Made('"s"', '"s"'), Made('"\\"#{"', '"\\"#{"'),
    Made("x", "(var x)"), Made("x-y", "(var x-y)"), Made("var.größe", "(attr (var var) größe)"), Made("a.b.c", "(attr (attr (var a) b) c)"),
    Made("a.0.b", "(attr (index (var a) 0) b)"), Made("[]", "(tuple)"), Made("{}", "(object)"), Made("p::q::f(1)", "(call p::q::f 1)"),
]  # fmt: skip
SPLATS = [
    Made("a[*].b[0]", "(splat (var a) (index (attr item b) 0))"), Made("a.*.b[0]", "(index (splat (var a) (attr item b)) 0)"),
    Made("a[*].b[*].c", "(splat (var a) (splat (attr item b) (attr item c)))"), Made("a[*]", "(splat (var a) item)"),
]  # fmt: skip


@st.composite
def expressions(draw: st.DrawFn) -> Made:
    writer = Writer(draw)
    return writer.inside(writer.expression(draw(st.integers(0, 4))))


@given(expressions())
def test_what_is_printed_is_read_back(made: Made) -> None:
    assert read(made.text) == made.tree


@given(expressions())
def test_the_text_at_the_place_of_an_expression_is_that_expression(made: Made) -> None:
    tree, errors = parse_expression(made.text, "f", 1, 1)
    assert errors == ()
    assert tree is not None
    for node in inner(tree):
        assert read(cut(made.text, node.location)) == shown.expression(node)


@pytest.mark.whole
@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FIXTURES)))
def test_the_text_at_the_place_of_a_part_of_a_file_is_that_part(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for raw in scan(Lines(text, "f")).blocks:
        block, _ = parse_block(raw)
        if isinstance(block, UnparsedBlock):
            continue
        for attribute in attributes_in(block.body):
            written = cut(text, attribute.location)
            assert shown.file(written + "\n").startswith(f"({attribute.name} @1:1-")
            for node in inner(attribute.expression):
                assert read(cut(text, node.location)) == shown.expression(node)


def cut(text: str, place: Location) -> str:
    """The text of a region; an expression that ends with a heredoc needs the line end after it too."""
    lines = text.split("\n")
    chosen = lines[place.line - 1 : place.end_line]
    chosen[-1] = chosen[-1][: place.end_column - 1]
    chosen[0] = chosen[0][place.column - 1 :]
    return "\n".join(chosen) + "\n"


def attributes_in(body: Body) -> Iterator[Attribute]:
    yield from body.attributes.values()
    for block in body.blocks:
        yield from attributes_in(block.body)


def inner(tree: Expression) -> Iterator[Expression]:
    """The expressions in an expression that stand for themselves: not the item of a splat, a bare key, or what a directive makes."""
    yield tree
    for part in _parts(tree):
        if isinstance(part, Conditional | TemplateFor) and isinstance(tree, TemplateExpression):
            yield from inner(part.condition if isinstance(part, Conditional) else part.collection)
        else:
            yield from inner(part)


def _parts(tree: Expression) -> list[Expression]:
    match tree:
        case Splat(source):
            return [source]
        case ObjectExpression(entries):
            return [*(value for _, value in entries), *(key for key, _ in entries if not isinstance(key, Literal))]
        case TemplateExpression(parts):
            return [part for part in parts if not isinstance(part, str)]
    found: list[Expression] = []
    for field in dataclasses.fields(tree):
        value = getattr(tree, field.name)
        found += [one for one in (value if isinstance(value, tuple) else (value,)) if isinstance(one, Expression)]
    return found


# Faults


BROKEN = """resource "aws_s3_bucket" "a" {
  bucket = "a"
}
resource "aws_s3_bucket_policy" "broken" {
  bucket = "a" "b"
}
data "x" "half" {
  y = [1, }
}
output "after" {
  value = 1
}
"""


def test_a_block_that_cannot_be_parsed_stays_known_by_its_header_and_hides_no_other() -> None:
    found = scan(Lines(BROKEN, "f"))
    assert [(raw.type, raw.labels) for raw in found.blocks] == [
        ("resource", ("aws_s3_bucket", "a")),
        ("resource", ("aws_s3_bucket_policy", "broken")),
        ("output", ("after",)),
    ]
    fault = InputError(Location("f", 8, 11, 8, 12), "unexpected '}'; expected ']'")
    header = Location("f", 7, 1, 7, 16)
    written = 'data "x" "half" {\n  y = [1, }\n}\n'
    assert found.unparsed == (UnparsedBlock("data", ("x", "half"), header, Location("f", 7, 1, 9, 2), fault, written),)
    assert found.errors == (fault,)
    block, errors = parse_block(found.blocks[1])
    refused = InputError(Location("f", 5, 16, 5, 19), "unexpected '\"'")
    assert errors == (dataclasses.replace(refused, location=Location("f", 5, 16, 5, 17)),)
    assert block == UnparsedBlock(
        "resource",
        ("aws_s3_bucket_policy", "broken"),
        Location("f", 4, 1, 4, 41),
        Location("f", 4, 1, 6, 2),
        errors[0],
        found.blocks[1].text,
    )


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("a {", (1, 3), "'{' is never closed"),
        ("=", (1, 1), "expected a block or an attribute here"),
        ("/* c", (1, 1), "this comment is never closed"),
        ("a {} b {}", (1, 6), "a block or an attribute ends with its line"),
        ("²a {}", (1, 1), "'²a' is not a valid identifier"),
        ('a "${x}" {}', (1, 2), "a label holds no interpolation"),
        ('a "\\q" {}', (1, 2), "'\\q' is not a valid escape"),
        ("a ² {}", (1, 2), "'²' is not a valid identifier"),
        ("a {\n  b = <<E\n}", (2, 7), "the heredoc 'E' is never closed"),
        ('a {\n  b = "\n}', (2, 7), "this string is never closed"),
        ("a {\n  b = 1 c = 2\n}", (2, 9), "unexpected 'c'"),
        ("a {\n  b = x.²\n}", (2, 9), "unexpected '²'"),
        ("a {\n  b = x.a²\n}", (2, 10), "unexpected '²'"),
        ('a {\n  b = "\\q"\n}', (2, 8), "'\\q' is not a valid escape"),
        ('a {\n  b = "%{ if x }"\n}', (2, 8), "this 'if' lacks its 'endif'"),
        ('a {\n  b = "%{ endfor }"\n}', (2, 8), "'endfor' ends nothing here"),
        ('a {\n  b = "%{ x }"\n}', (2, 11), "unexpected 'x'"),
        ("a { b = 1, c = 2 }", (1, 10), "unexpected ','"),
        ("a {\n  b = a.*.b.*.c\n}", (2, 13), "a splat cannot follow an attribute-only splat; write [*]"),
        ("a {\n  b = (1\n}", (3, 1), "unexpected '}'; expected ')'"),
    ],
)
def test_a_fault_has_its_place(text: str, place: tuple[int, int], message: str) -> None:
    found = scan(Lines(text, "f"))
    errors = found.errors or parse_block(found.blocks[0])[1]
    assert [(error.location.line, error.location.column, error.message) for error in errors] == [(*place, message)]


def test_an_attribute_that_is_set_twice_is_an_error_and_the_first_counts() -> None:
    block, errors = parse_block(scan(Lines("a {\n  b = 1\n  b = 2\n}", "f")).blocks[0])
    assert errors == (InputError(Location("f", 3, 3, 3, 8), "'b' is set twice; first in line 2"),)
    assert not isinstance(block, UnparsedBlock)
    assert block.body.attributes["b"].expression == Literal(1, Location("f", 2, 7, 2, 8))


def test_a_file_of_variables_has_attributes_only() -> None:
    attributes, unread, errors = parse_attributes("a = 1\nb {\n}\na = [\n2]\nc = 1 1\nd = <<E\nx\nE\n", "f")
    assert {name: shown.expression(attribute.expression) for name, attribute in attributes.items()} == {
        "a": "(tuple 2)",
        "d": '"x\\n"',
    }
    assert [str(error) for error in errors] == [
        "f:2:1: a file of variables holds only attributes, no blocks",
        "f:4:1: 'a' is set twice",
        "f:6:7: unexpected '1'",
    ]
    assert unread == {"a": errors[1], "c": errors[2]}


def test_numbers_beyond_measure_are_not_evaluated() -> None:
    for digits in (
        "9" * 301,
        "9" * 5000,
        "1e400",
        "1e-400",
        "1e999999999",
        "1e" + "9" * 30,
        "1e" + "9" * 400,
        "0.12345678901234567890123",
    ):
        assert read(digits).startswith("<a number")


@pytest.mark.parametrize("shape", ["[", "(", "{ a = ", "f(", "x[", "-", '"${', "true ? 1 : "])
def test_nesting_has_an_end(shape: str) -> None:
    assert read(shape * 100_000) == f"{shown.REFUSED} nested too deeply to be parsed"


@pytest.mark.process
def test_nothing_of_python_hcl2_is_loaded_for_what_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('resource "aws_s3_bucket" "b" {\n  bucket = "${local.x}-y"\n}\nlocals {\n  x = "z"\n}\n')
    code = (
        "import sys; from auditor.cli import main\n"
        "try: main()\n"
        "finally: sys.stderr.write(str([name for name in ('hcl2', 'lark') if name in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "check", str(tmp_path), "--all-buckets"], capture_output=True, text=True, check=False
    )
    assert done.stderr.endswith("[]"), done.stderr
