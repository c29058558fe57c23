"""The trees of python-hcl2, in our terms: the other reader that ours is compared with."""

from __future__ import annotations

from typing import Any

from auditor.foundation.location import Lines
from auditor.sources.terraform.syntax.reader import STRICT, Reader
from auditor.sources.terraform.syntax.second_opinion import parser
from auditor.sources.terraform.syntax.template import unescape
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
    TupleExpression,
    Unary,
    Variable,
)

WORDS = {"true": True, "false": False, "null": None}


def read(text: str) -> Body:
    """A file as python-hcl2 reads it; heredocs and directives, which it leaves as they are written, are read by our own reader."""
    return Lowering(text).body(parser()(text).children[0])


class Lowering:
    def __init__(self, text: str) -> None:
        self.lines = Lines(text, "f")

    def body(self, node: Any) -> Body:
        attributes: dict[str, Attribute] = {}
        blocks: list[Block] = []
        for child in node.children:
            match getattr(child, "data", ""):
                case "attribute":
                    name = word(child.children[0])
                    attributes[name] = Attribute(name, self.expression(child.children[2]), self.lines.region(*span(child)))
                case "block":
                    words = [self.label(part) for part in solid(child)[:-3]]
                    place = self.lines.region(*span(child))
                    blocks.append(Block(words[0], tuple(words[1:]), self.body(child.children[-2]), place, place))
        return Body(attributes, tuple(blocks))

    def label(self, node: Any) -> str:
        return "".join(str(first(part)) for part in node.children[1:-1]) if node.data == "string" else word(node)

    def expression(self, node: Any) -> Expression:  # noqa: C901 - one case for each kind of node
        place = self.lines.region(*span(node))
        parts = solid(node)
        match node.data:
            case "expr_term":
                return self.expression(parts[1] if len(parts) == 3 and str(parts[0]).strip() == "(" else parts[0])
            case "conditional":
                return Conditional(*(self.expression(parts[at]) for at in (0, 2, 4)), place)
            case "binary_op":
                operator, right = solid(parts[1])
                return Binary(word(operator), self.expression(parts[0]), self.expression(right), place)
            case "unary_op":
                return Unary(str(parts[0]).strip(), self.expression(parts[1]), place)
            case "identifier" | "keyword":
                return Variable(str(parts[0]), place)
            case "literal_value":
                return Literal(WORDS[str(parts[0])], place)
            case "int_lit":
                return Literal(int(str(parts[0])), place)
            case "float_lit":
                number = float(str(parts[0]))
                return Literal(int(number) if number.is_integer() else number, place)
            case "string":
                return self.string(node, place)
            case "heredoc_template" | "heredoc_template_trim":
                return Reader(self.lines, span(node)[0]).term(STRICT)
            case "tuple":
                return TupleExpression(tuple(self.expression(part) for part in parts[1:-1] if not is_token(part)), place)
            case "object":
                return ObjectExpression(
                    tuple(self.entry(part) for part in parts if getattr(part, "data", "") == "object_elem"), place
                )
            case "for_tuple_expr" | "for_object_expr":
                return self.loop(parts, place, keyed=node.data == "for_object_expr")
            case "function_call":
                return self.call(node, place)
            case "index_expr_term" | "get_attr_expr_term":
                return self.step(self.expression(parts[0]), parts[1], place)
            case "attr_splat_expr_term" | "full_splat_expr_term":
                each: Expression = SplatItem(place)
                for one in solid(parts[1])[1:]:
                    each = self.step(each, one, place)
                return Splat(self.expression(parts[0]), each, node.data == "full_splat_expr_term", place)
        raise AssertionError(node.data)

    def string(self, node: Any, place: Any) -> Expression:
        inside = [part.children[0] for part in node.children[1:-1]]
        if any(getattr(part, "data", "").startswith("template_") for part in inside):
            return Reader(self.lines, span(node)[0]).term(STRICT)
        parts: list[str | Expression] = []
        for part in inside:
            if getattr(part, "data", "") == "interpolation":
                parts.append(self.expression(part.children[1]))
                continue
            text = unescape(str(part)) if part.type == "STRING_CHARS" else str(part)[1:]
            if parts and isinstance(parts[-1], str):
                parts[-1] += text
            else:
                parts.append(text)
        if not parts:
            return Literal("", place)
        if len(parts) == 1:
            return Literal(parts[0], place) if isinstance(parts[0], str) else parts[0]
        return TemplateExpression(tuple(parts), place)

    def step(self, source: Expression, node: Any, place: Any) -> Expression:
        parts = solid(node)
        if node.data == "get_attr":
            return GetAttribute(source, str(first(parts[1])), place)
        key = Literal(int(str(parts[1])), place) if node.data == "short_index" else self.expression(parts[1])
        return Index(source, key, place, legacy=node.data == "short_index")

    def entry(self, node: Any) -> tuple[Expression, Expression]:
        parts = solid(node)
        written = parts[0].children[0]
        key = self.expression(written)
        bare = not (written.data == "expr_term" and is_token(solid(written)[0]))
        if bare and isinstance(key, Variable):
            key = Literal(key.name, key.location)
        elif bare and isinstance(key, Literal) and not isinstance(key.value, str | int):
            key = Literal(word(written), key.location)
        return key, self.expression(parts[2])

    def call(self, node: Any, place: Any) -> Expression:
        names, arguments, expand = [], [], False
        for part in solid(node):
            if getattr(part, "data", "") == "identifier":
                names.append(str(part.children[0]))
            elif getattr(part, "data", "") == "arguments":
                for argument in solid(part):
                    if is_token(argument):
                        expand = expand or str(argument).strip() == "..."
                    else:
                        arguments.append(self.expression(argument))
        return Call("::".join(names), tuple(arguments), expand, place)

    def loop(self, parts: list[Any], place: Any, *, keyed: bool) -> Expression:
        intro = solid(next(part for part in parts if getattr(part, "data", "") == "for_intro"))
        names = [str(part.children[0]) for part in intro if getattr(part, "data", "") == "identifier"]
        both = any(is_token(part) and str(part).strip() == "," for part in intro)
        opened = [str(part).strip() if is_token(part) else "" for part in intro].index("in")
        collection = next(part for part in intro[opened + 1 :] if not is_token(part))
        condition = next((part for part in parts if getattr(part, "data", "") == "for_cond"), None)
        results = [part for part in parts if not is_token(part) and part.data not in ("for_intro", "for_cond")]
        return ForExpression(
            names[0] if both else None,
            names[1] if both else names[0],
            self.expression(collection),
            self.expression(results[0]) if keyed else None,
            self.expression(results[-1]),
            self.expression(solid(condition)[1]) if condition is not None else None,
            any(is_token(part) and str(part).strip() == "..." for part in parts),
            place,
        )


def solid(node: Any) -> list[Any]:
    return [
        child
        for child in node.children
        if getattr(child, "data", "") != "new_line_or_comment" and getattr(child, "type", "") != "NL_OR_COMMENT"
    ]


def is_token(node: Any) -> bool:
    return hasattr(node, "type")


def first(node: Any) -> Any:
    while not is_token(node):
        node = node.children[0]
    return node


def word(node: Any) -> str:
    return str(first(node)).strip()


def span(node: Any) -> tuple[int, int]:
    """Offsets of a node without the line ends and blanks around it."""
    begin, end = outermost(node, 0), outermost(node, -1)
    start = begin.start_pos + len(str(begin)) - len(str(begin).lstrip()) if is_token(begin) else begin.meta.start_pos
    return start, end.start_pos + len(str(end).rstrip()) if is_token(end) else end.meta.end_pos


def outermost(node: Any, end: int) -> Any:
    while not is_token(node):
        inner = [child for child in node.children if getattr(child, "data", "") != "new_line_or_comment"]
        if not inner:
            return node
        node = inner[end]
    return node
