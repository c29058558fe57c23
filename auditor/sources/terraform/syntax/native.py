"""From a block's text to the typed syntax tree: the only module that knows python-hcl2."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from auditor.foundation.errors import InputError
from auditor.foundation.location import Location
from auditor.sources.terraform.syntax import template
from auditor.sources.terraform.syntax.scanner import Lines, RawBlock, scan
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
    TupleExpression,
    Unary,
    Unsupported,
    Variable,
)

_LONGEST = 500_000
_TOO_DEEP = "nested too deeply to be parsed"
_HEREDOC = re.compile(r"<<-?([^\W\d][\w.-]*)[ \t]*\r?\n")


def parse_block(raw: RawBlock, text: str, path: str) -> tuple[Block | None, tuple[InputError, ...]]:
    """The syntax tree of a scanned block, or why it cannot be parsed."""
    piece = text[raw.start : raw.end]
    lowering = _Lowering(text, path, raw.start)
    tree, error = _tree(piece, lowering)
    if tree is None:
        return None, (error,) if error else ()
    block = next(node for node in tree.children[0].children if getattr(node, "data", "") == "block")
    try:
        body = lowering.body(block.children[-2])
    except RecursionError:
        return None, (InputError(lowering.region(0, 1), _TOO_DEEP),)
    location = lowering.lines.region(raw.start, raw.end)
    return Block(raw.type, raw.labels, body, raw.header, location, raw.comments), tuple(lowering.errors)


def parse_attributes(text: str, path: str) -> tuple[Mapping[str, Attribute], tuple[InputError, ...]]:
    """The attributes of a file of variables."""
    found: dict[str, Attribute] = {}
    scanned = scan(text, path)
    errors = list(scanned.errors)
    for raw in scanned.blocks:
        if not raw.is_attribute:
            errors.append(InputError(raw.header, "a file of variables holds only attributes, no blocks"))
            continue
        lowering = _Lowering(text, path, raw.start)
        tree, error = _tree(text[raw.start : raw.end], lowering)
        if tree is None:
            errors.extend((error,) if error else ())
            continue
        try:
            attributes = lowering.body(tree.children[0]).attributes
        except RecursionError:
            errors.append(InputError(lowering.region(0, 1), _TOO_DEEP))
            continue
        for name, attribute in attributes.items():
            if name in found:
                errors.append(InputError(attribute.location, f"'{name}' is set twice"))
            found[name] = attribute
    return found, tuple(errors)


def parse_expression(text: str, path: str, line: int, column: int) -> tuple[Expression | None, tuple[InputError, ...]]:
    """One expression; `line` and `column` are the place of its first character."""
    shifted = "\n" * (line - 1) + " " * (column - 1) + text
    return expression_at(shifted, line - 1 + column - 1, len(shifted), path)


def expression_at(text: str, start: int, end: int, path: str) -> tuple[Expression | None, tuple[InputError, ...]]:
    """The expression that stands at `text[start:end]` of a file."""
    lowering = _Lowering(text, path, start - 5)
    tree, error = _tree(f"x = ({text[start:end]}\n)", lowering)
    if tree is None:
        return None, (error,) if error else ()
    try:
        attributes = lowering.body(tree.children[0]).attributes
    except RecursionError:
        return None, (InputError(lowering.region(0, 1), _TOO_DEEP),)
    return attributes["x"].expression, tuple(lowering.errors)


def _tree(piece: str, lowering: _Lowering) -> tuple[Any, InputError | None]:
    from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken

    if len(piece) > _LONGEST:
        return None, InputError(lowering.region(0, 1), f"longer than {_LONGEST} characters, which is too long to be parsed")
    try:
        return _parser()(_cured(piece)), None
    except RecursionError:
        return None, InputError(lowering.region(0, 1), _TOO_DEEP)
    except UnexpectedToken as error:
        start = getattr(error, "pos_in_stream", None) or 0
        shown = str(error.token).strip() or "end of line"
        return None, InputError(lowering.region(start, start + len(str(error.token).rstrip("\n"))), f"unexpected '{shown}'")
    except UnexpectedCharacters as error:
        start = getattr(error, "pos_in_stream", None) or 0
        return None, InputError(lowering.region(start, start + 1), f"unexpected '{piece[start : start + 1]}'")
    except (UnexpectedEOF, UnexpectedInput):
        return None, InputError(lowering.region(max(0, len(piece) - 1), len(piece)), "unexpected end of the block")


@functools.lru_cache(maxsize=1)
def _parser() -> Any:
    """The parser of python-hcl2.

    It keeps its compiled grammar beside itself; where that place cannot be written, each run would compile it anew (more than a second), so
    the file then goes to the user's cache directory.
    """
    from hcl2 import parser
    from hcl2.api import parses_to_tree

    if not parser.PARSER_FILE.exists() and not os.access(parser.PARSER_FILE.parent, os.W_OK):
        home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        place = os.path.join(home, "auditor")
        with contextlib.suppress(OSError):
            os.makedirs(place, exist_ok=True)
            parser.PARSER_FILE = Path(place, f"hcl2-{sys.version_info.major}.{sys.version_info.minor}.bin")
    return parses_to_tree


def _cured(piece: str) -> str:
    """The text with what python-hcl2 cannot read replaced by equally long text that it can.

    Heredoc terminators with trailing blanks (it would swallow what follows), comments between labels, non-ASCII identifiers.
    """
    text = piece
    for opening in list(_HEREDOC.finditer(piece)):
        terminator = re.compile(rf"^([ \t]*{re.escape(opening[1])})([ \t]+)(\r?)$", re.MULTILINE).search(text, opening.end())
        if terminator:
            text = text[: terminator.start(1)] + terminator[2] + terminator[1] + text[terminator.start(3) :]
    return text


class _Lowering:
    """Lowers one Lark tree; positions are relative to `base` in the file."""

    def __init__(self, text: str, path: str, base: int) -> None:
        self.text, self.path, self.base = text, path, base
        self.lines = Lines(text, path)
        self.errors: list[InputError] = []

    def region(self, start: int, end: int) -> Location:
        begin = max(0, self.base + start)
        return self.lines.region(begin, max(begin, min(len(self.text), self.base + end)))

    def place(self, node: Any) -> Location:
        start, end = _span(node)
        return self.region(start, end)

    def body(self, node: Any) -> Body:
        attributes: dict[str, Attribute] = {}
        blocks: list[Block] = []
        for child in node.children:
            kind = getattr(child, "data", "")
            if kind == "attribute":
                name = str(_first_token(child.children[0])).strip()
                attribute = Attribute(name, self.expression(child.children[2]), self.place(child))
                if name in attributes:
                    self.errors.append(
                        InputError(self.place(child), f"'{name}' is set twice; first in line {attributes[name].location.line}")
                    )
                    continue
                attributes[name] = attribute
            elif kind == "block":
                blocks.append(self.block(child))
        return Body(attributes, tuple(blocks))

    def block(self, node: Any) -> Block:
        parts = [child for child in node.children[:-3] if getattr(child, "data", "") != "new_line_or_comment"]
        words = [self._label(part) for part in parts]
        header = self.region(_span(parts[0])[0], _span(parts[-1])[1])
        return Block(words[0], tuple(words[1:]), self.body(node.children[-2]), header, self.place(node))

    def _label(self, node: Any) -> str:
        if node.data == "string":
            return "".join(str(_first_token(part)) for part in node.children[1:-1])
        return str(_first_token(node)).strip()

    def expression(self, node: Any) -> Expression:
        kind = node.data
        location = self.place(node)
        parts = _solid(node)
        match kind:
            case "expr_term":
                if len(parts) == 3 and str(parts[0]).strip() == "(":
                    return self.expression(parts[1])
                return self.term(parts[0])
            case "conditional":
                return Conditional(self.expression(parts[0]), self.expression(parts[2]), self.expression(parts[4]), location)
            case "binary_op":
                operator, right = _solid(parts[1])
                return Binary(str(_first_token(operator)).strip(), self.expression(parts[0]), self.expression(right), location)
            case "unary_op":
                return Unary(str(parts[0]).strip(), self.expression(parts[1]), location)
        return self.term(node)

    def term(self, node: Any) -> Expression:
        location = self.place(node)
        parts = _solid(node)
        match node.data:
            case "identifier":
                return Variable(str(parts[0]), location)
            case "keyword":
                return Variable(str(parts[0]), location)
            case "literal_value":
                return Literal({"true": True, "false": False, "null": None}[str(parts[0])], location)
            case "int_lit":
                return Literal(int(str(parts[0])), location)
            case "float_lit":
                number = float(str(parts[0]))
                return Literal(int(number) if number.is_integer() else number, location)
            case "string":
                return self.string(node)
            case "heredoc_template" | "heredoc_template_trim":
                start, end = _span(node)
                expression, errors = template.heredoc(self.text, self.base + start, self.base + end, self.path, expression_at)
                self.errors.extend(errors)
                return expression
            case "tuple":
                return TupleExpression(tuple(self.expression(part) for part in parts[1:-1] if not _is_token(part)), location)
            case "object":
                return ObjectExpression(
                    tuple(self.entry(part) for part in parts if getattr(part, "data", "") == "object_elem"), location
                )
            case "function_call":
                return self.call(node, location)
            case "index_expr_term":
                return self.index(self.expression(parts[0]), parts[1], location)
            case "get_attr_expr_term":
                return self.attribute(self.expression(parts[0]), parts[1], location)
            case "attr_splat_expr_term" | "full_splat_expr_term":
                splat = parts[1]
                each: Expression = SplatItem(self.place(splat))
                for step in _solid(splat)[1:]:
                    each = (
                        self.attribute(each, step, self.place(step))
                        if step.data == "get_attr"
                        else self.index(each, step, self.place(step))
                    )
                return Splat(self.expression(parts[0]), each, node.data == "full_splat_expr_term", location)
            case "for_tuple_expr" | "for_object_expr":
                return self.for_expression(parts, node.data == "for_object_expr", location)
            case "expr_term" | "conditional" | "binary_op" | "unary_op":
                return self.expression(node)
        return Unsupported(f"syntax '{node.data}' is not evaluated", location)

    def attribute(self, source: Expression, node: Any, location: Location) -> Expression:
        return GetAttribute(source, str(_first_token(_solid(node)[1])), location)

    def index(self, source: Expression, node: Any, location: Location) -> Expression:
        parts = _solid(node)
        if node.data == "short_index":
            return Index(source, Literal(int(str(parts[1])), self.place(node)), location, legacy=True)
        return Index(source, self.expression(parts[1]), location)

    def entry(self, node: Any) -> tuple[Expression, Expression]:
        parts = _solid(node)
        key_node = parts[0].children[0]
        key = (
            self.expression(key_node) if key_node.data != "keyword" else Literal(str(_first_token(key_node)), self.place(key_node))
        )
        parenthesised = key_node.data == "expr_term" and _is_token(_solid(key_node)[0])
        if isinstance(key, Variable) and not parenthesised:
            key = Literal(key.name, key.location)
        return key, self.expression(parts[2])

    def call(self, node: Any, location: Location) -> Expression:
        names, arguments, expand = [], [], False
        for part in _solid(node):
            if getattr(part, "data", "") == "identifier":
                names.append(str(part.children[0]))
            elif getattr(part, "data", "") == "arguments":
                for argument in _solid(part):
                    if _is_token(argument):
                        expand = expand or str(argument).strip() == "..."
                    else:
                        arguments.append(self.expression(argument))
        return Call("::".join(names), tuple(arguments), expand, location)

    def for_expression(self, parts: list[Any], is_object: bool, location: Location) -> Expression:
        intro = _solid(next(part for part in parts if getattr(part, "data", "") == "for_intro"))
        names = [str(part.children[0]) for part in intro if getattr(part, "data", "") == "identifier"]
        count = 2 if any(_is_token(part) and str(part).strip() == "," for part in intro) else 1
        collection = next(
            part
            for part in intro[[str(part).strip() if _is_token(part) else "" for part in intro].index("in") + 1 :]
            if not _is_token(part)
        )
        condition = next((part for part in parts if getattr(part, "data", "") == "for_cond"), None)
        results = [part for part in parts if not _is_token(part) and part.data not in ("for_intro", "for_cond")]
        grouping = any(_is_token(part) and str(part).strip() == "..." for part in parts)
        key, value = (names[0], names[1]) if count == 2 else (None, names[0])
        return ForExpression(
            key, value, self.expression(collection), self.expression(results[0]) if is_object else None, self.expression(results[-1]),
            self.expression(_solid(condition)[1]) if condition is not None else None, grouping, location,
        )  # fmt: skip

    def string(self, node: Any) -> Expression:
        parts: list[str | Expression] = []
        location = self.place(node)
        if any(getattr(part.children[0], "data", "").startswith("template_") for part in node.children[1:-1]):
            start, end = _span(node)
            expression, errors = template.quoted(self.text, self.base + start, self.base + end, self.path, expression_at)
            self.errors.extend(errors)
            return expression
        for part in node.children[1:-1]:
            inner = part.children[0]
            if getattr(inner, "data", "") == "interpolation":
                parts.append(self.expression(inner.children[1]))
            elif inner.type == "STRING_CHARS":
                parts.append(template.unescape(str(inner)))
            else:
                parts.append(str(inner)[1:])
        return template.build(parts, location)


def _solid(node: Any) -> list[Any]:
    return [
        child
        for child in node.children
        if getattr(child, "data", "") != "new_line_or_comment" and getattr(child, "type", "") != "NL_OR_COMMENT"
    ]


def _is_token(node: Any) -> bool:
    return hasattr(node, "type")


def _first_token(node: Any) -> Any:
    while not _is_token(node):
        node = node.children[0]
    return node


def _span(node: Any) -> tuple[int, int]:
    """Offsets of a node without the line ends and blanks around it."""
    first, last = _outermost(node, 0), _outermost(node, -1)
    start = first.start_pos + len(str(first)) - len(str(first).lstrip()) if _is_token(first) else first.meta.start_pos
    end = last.start_pos + len(str(last).rstrip()) if _is_token(last) else last.meta.end_pos
    return start, end


def _outermost(node: Any, end: int) -> Any:
    """The first or last token of a node; the node in it that has none."""
    while not _is_token(node):
        inner = [child for child in node.children if getattr(child, "data", "") != "new_line_or_comment"]
        if not inner:
            return node
        node = inner[end]
    return node
