"""Trees of HCL as text, in the form of `tests/oracle/hcl/main.go`: what two readers are compared by."""

from __future__ import annotations

import json

from auditor.foundation.errors import InputError
from auditor.foundation.location import Lines
from auditor.sources.terraform.syntax.native import parse_attribute, parse_block
from auditor.sources.terraform.syntax.scanner import scan
from auditor.sources.terraform.syntax.tree import (
    Attribute,
    Binary,
    Block,
    Body,
    Call,
    Conditional,
    Expression,
    ForExpression,
    GetAttribute,
    Index,
    Literal,
    ObjectExpression,
    Splat,
    SplatItem,
    TemplateExpression,
    TemplateFor,
    TupleExpression,
    Unary,
    UnparsedBlock,
    Unsupported,
    Variable,
)

REFUSED = "refused"


def quoted(text: str) -> str:
    """A text in quotes, as JSON writes it."""
    return json.dumps(text, ensure_ascii=False).replace("\\b", "\\u0008").replace("\\f", "\\u000c")


def number(value: float) -> str:
    if isinstance(value, int) and abs(value) < 10**15:
        return str(value)
    return f"{value:.15g}"


def expression(tree: str | Expression) -> str:  # noqa: C901 - one case for each class
    """An expression; text is a literal part of a template."""
    match tree:
        case str():
            return quoted(tree)
        case Literal(None):
            return "null"
        case Literal(bool() as truth):
            return str(truth).lower()
        case Literal(str() as text):
            return quoted(text)
        case Literal(value):
            return number(value)  # type: ignore[arg-type]  # the other scalars are done
        case TemplateExpression(parts):
            return f"(template {' '.join(expression(part) for part in parts if part != '')})"  # HCL keeps what was stripped, the judge not
        case TemplateFor(key, value, collection, body):
            return f"(tfor {key or ''},{value} {expression(collection)} {expression(body)})"
        case TupleExpression(items):
            return "".join(["(tuple", *(f" {expression(item)}" for item in items), ")"])
        case ObjectExpression(entries):
            return "".join(["(object", *(f" ({expression(key)} {expression(value)})" for key, value in entries), ")"])
        case ForExpression(key, value, collection, result_key, result, condition, grouping):
            return (
                f"(for {key or ''},{value} {expression(collection)} {f'key {expression(result_key)} ' if result_key else ''}"
                f"{expression(result)}{f' cond {expression(condition)}' if condition else ''}{' group' if grouping else ''})"
            )
        case Call(name, arguments, expand):
            return f"(call {name}{''.join(f' {expression(argument)}' for argument in arguments)}{' ...' if expand else ''})"
        case Conditional(condition, then, otherwise):
            return f"(if {expression(condition)} {expression(then)} {expression(otherwise)})"
        case Unary(operator, operand):
            return f"({'neg' if operator == '-' else operator} {expression(operand)})"
        case Binary(operator, left, right):
            return f"({operator} {expression(left)} {expression(right)})"
        case Variable(name):
            return f"(var {name})"
        case GetAttribute(source, name):
            return f"(attr {expression(source)} {name})"
        case Index(source, key):
            return f"(index {expression(source)} {expression(key)})"
        case Splat(source, each):
            return f"(splat {expression(source)} {expression(each)})"
        case SplatItem():
            return "item"
        case Unsupported(reason):
            return f"<{reason}>"


def item(tree: Attribute | Block) -> str:
    """An attribute or a block with its extent in lines and columns."""
    place = tree.location
    extent = f"@{place.line}:{place.column}-{place.end_line}:{place.end_column}"
    if isinstance(tree, Attribute):
        return f"({tree.name} {extent} {expression(tree.expression)})"
    return f"(block {tree.type}{''.join(f' {quoted(label)}' for label in tree.labels)} {extent} {body(tree.body)})"


def body(tree: Body) -> str:
    """The items of a body in the order of the text."""
    items: list[Attribute | Block] = [*tree.attributes.values(), *tree.blocks]
    return " ".join(map(item, sorted(items, key=lambda one: (one.location.line, one.location.column))))


def file(text: str) -> str:
    """A whole file as our reader reads it; `refused` when anything in it is."""
    scanned = scan(Lines(text, "f"))
    if scanned.errors:
        return f"{REFUSED} {scanned.errors[0].message}"
    found = []
    for raw in scanned.blocks:
        if raw.is_attribute:
            attribute = parse_attribute(raw)
            if isinstance(attribute, InputError):
                return f"{REFUSED} {attribute.message}"
            found.append(item(attribute))
            continue
        block, errors = parse_block(raw)
        if errors or isinstance(block, UnparsedBlock):
            return f"{REFUSED} {errors[0].message}"
        found.append(item(block))
    return " ".join(found)
