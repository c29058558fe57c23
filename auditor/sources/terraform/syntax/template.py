"""Quoted templates and heredocs: literal text, interpolations, directives; how expressions are parsed is given.

Source: HCL Native Syntax Specification, "Template Expressions" and "Templates".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from auditor.foundation.errors import InputError
from auditor.foundation.location import Location
from auditor.foundation.value import SourceMap
from auditor.sources.terraform.syntax.scanner import Lines, _close, _Fault
from auditor.sources.terraform.syntax.tree import Conditional, Expression, Literal, TemplateExpression, TemplateFor, Unsupported

_ESCAPE = re.compile(r'\\(n|r|t|"|\\|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)|\$\$\{|%%\{', re.DOTALL)
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_NEXT = re.compile(r"\$\$\{|%%\{|\$\{|%\{")


ParseExpression = Callable[[str, int, int, str], tuple[Expression | None, tuple[InputError, ...]]]
"""Parses the expression at `text[start:end]` of the file at a path: `(text, start, end, path)`."""


def unescape(text: str) -> str:
    """Literal text of a quoted template with its escapes resolved."""

    def one(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0][1:]
        return _SIMPLE.get(match[1]) or (chr(int(match[1][1:], 16)) if len(match[1]) > 1 else match[0])

    return _ESCAPE.sub(one, text)


def build(
    parts: list[str | Expression], location: Location, source_map: SourceMap | None = None, *, unwrap: bool = True
) -> Expression:
    """The simplest expression for parts: neighbouring literals joined, one interpolation alone is that expression itself."""
    joined: list[str | Expression] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        elif part != "":
            joined.append(part)
    if not joined:
        return Literal("", location, source_map)
    if len(joined) == 1 and isinstance(joined[0], str):
        return Literal(joined[0], location, source_map)
    if len(joined) == 1 and unwrap and not isinstance(joined[0], str):
        return joined[0]
    return TemplateExpression(tuple(joined), location, source_map)


def quoted(text: str, start: int, end: int, path: str, parse: ParseExpression) -> tuple[Expression, tuple[InputError, ...]]:
    """The quoted template at `text[start:end]`, its quotes included."""
    reader = _Reader(text, path, parse, quoted=True)
    parts = reader.read(start + 1, end - 1)
    return build(_assemble(parts), reader.lines.region(start, end)), tuple(reader.errors)


def heredoc(text: str, start: int, end: int, path: str, parse: ParseExpression) -> tuple[Expression, tuple[InputError, ...]]:
    """The heredoc at `text[start:end]`, from its `<<` to its terminator."""
    first = text.index("\n", start) + 1
    trimmed = text.startswith("<<-", start)
    body_end = text.rfind("\n", first - 1, text.rfind("\n", 0, end) + 1 if text[end - 1 : end] == "\n" else end) + 1
    body_end = max(body_end, first)
    reader = _Reader(text, path, parse, quoted=False)
    pieces = reader.read(first, body_end)
    if trimmed:
        _unindent(pieces)
    location = reader.lines.region(start, end)
    return build(_assemble(pieces), location, _source_map(pieces, reader.lines), unwrap=False), tuple(reader.errors)


def parse_template(text: str, path: str, parse: ParseExpression) -> tuple[Expression, tuple[InputError, ...]]:
    """The content of a template file."""
    reader = _Reader(text, path, parse, quoted=False)
    pieces = reader.read(0, len(text))
    return build(_assemble(pieces), reader.lines.region(0, len(text)), _source_map(pieces, reader.lines), unwrap=False), tuple(
        reader.errors
    )


def of_string(text: str, location: Location, parse: ParseExpression) -> tuple[Expression, tuple[InputError, ...]]:
    """The template in a string of JSON syntax.

    Args:
        text: its content, unescaped.
        location: the string with its quotes; places inside are exact as long as the string has no escapes.
        parse: how its expressions are parsed.
    """
    before = "\n" * (location.line - 1) + " " * location.column
    reader = _Reader(before + text, location.path, parse, quoted=False)
    pieces = reader.read(len(before), len(before) + len(text))
    return build(_assemble(pieces), location), tuple(reader.errors)


@dataclass(slots=True)
class _Piece:
    """Literal text (as written, then resolved), an interpolation, or a directive. Outside quotes a literal ends with its line."""

    kind: str
    start: int
    text: str = ""
    expression: Expression | None = None
    words: str = ""
    left: bool = False
    right: bool = False


class _Reader:
    def __init__(self, text: str, path: str, parse: ParseExpression, *, quoted: bool) -> None:
        self.text, self.path, self.parse, self.quoted = text, path, parse, quoted
        self.lines = Lines(text, path)
        self.errors: list[InputError] = []

    def read(self, start: int, end: int) -> list[_Piece]:
        pieces: list[_Piece] = []
        position = literal = start
        while match := _NEXT.search(self.text, position, end):
            if len(match[0]) == 3:
                position = match.end()
                continue
            self._literal(pieces, literal, match.start())
            try:
                close = _close(self.text, match.end() - 1)
            except _Fault as fault:
                self.errors.append(InputError(self.lines.region(fault.offset, fault.offset + 1), fault.message))
                close = end
            inner_start, inner_end = match.end(), close - 1
            left, right = self.text[inner_start : inner_start + 1] == "~", self.text[inner_end - 1 : inner_end] == "~"
            inner_start, inner_end = inner_start + left, inner_end - (right and inner_end > inner_start + left)
            piece = _Piece("interpolation" if match[0] == "${" else "directive", match.start(), left=left, right=right)
            if piece.kind == "interpolation":
                piece.expression = self._expression(inner_start, inner_end)
            else:
                self._directive(piece, inner_start, inner_end)
            pieces.append(piece)
            position = literal = close
        self._literal(pieces, literal, end)
        for index, piece in enumerate(pieces):
            if piece.left and index and pieces[index - 1].kind == "literal":
                pieces[index - 1].text = pieces[index - 1].text.rstrip()
            if piece.right and index + 1 < len(pieces) and pieces[index + 1].kind == "literal":
                pieces[index + 1].text = pieces[index + 1].text.lstrip()
        return pieces

    def _literal(self, pieces: list[_Piece], start: int, end: int) -> None:
        if end <= start:
            return
        if self.quoted:
            pieces.append(_Piece("literal", start, unescape(self.text[start:end])))
            return
        for line in _LINE.findall(self.text, start, end):
            pieces.append(_Piece("literal", start, line.replace("$${", "${").replace("%%{", "%{")))
            start += len(line)

    def _expression(self, start: int, end: int) -> Expression:
        expression, errors = self.parse(self.text, start, end, self.path)
        self.errors.extend(errors)
        return expression or Unsupported("this interpolation cannot be parsed", self.lines.region(start, end))

    def _directive(self, piece: _Piece, start: int, end: int) -> None:
        words = self.text[start:end]
        match = re.match(r"\s*(if|else|endif|for|endfor)\b", words)
        piece.words = match[1] if match else "?"
        if piece.words == "if" and match:
            piece.expression = self._expression(start + match.end(), end)
        elif piece.words == "for" and match:
            loop = re.match(r"\s*for\s+([\w-]+)(?:\s*,\s*([\w-]+))?\s+in\s", words)
            if loop:
                piece.text = f"{loop[1]},{loop[2] or ''}"
                piece.expression = self._expression(start + loop.end(), end)


def _unindent(pieces: list[_Piece]) -> None:
    """Takes the least indentation of all lines off each, as `<<-` does; blank lines neither count nor change.

    Source: github.com/hashicorp/hcl, hclsyntax/parser_template.go, flushHeredocTemplateParts. Strip markers have done their work before, so
    what follows a line end that was stripped is not the beginning of a line.
    """
    least: int | None = None
    indented: list[_Piece] = []
    at_start = True
    for piece in pieces:
        literal = piece.kind == "literal"
        if at_start:
            content = piece.text.lstrip() if literal else ""
            if not literal or content or not piece.text.endswith("\n"):
                indent = len(piece.text) - len(content) if literal else 0
                least = indent if least is None else min(least, indent)
                if literal:
                    indented.append(piece)
            at_start = False
        if literal and piece.text.endswith("\n"):
            at_start = True
    for piece in indented:
        piece.text = piece.text[least:]
        piece.start += least or 0


def _source_map(pieces: list[_Piece], lines: Lines) -> SourceMap:
    starts: list[tuple[int, int, int]] = []
    offset = 0
    for piece in pieces:
        line, column = lines.place(piece.start)
        if piece.kind == "literal":
            for number, content in enumerate(piece.text.split("\n")):
                starts.append((offset, line + number, 1 if number else column))
                offset += len(content) + 1
            offset -= 1
        else:
            starts.append((offset, line, column))
            offset += 1
    return SourceMap(lines.path, tuple(starts))


def _assemble(pieces: list[_Piece]) -> list[str | Expression]:
    """Pieces as parts, directives nested."""
    parts, _ = _until(pieces, 0, frozenset())
    return parts


def _until(pieces: list[_Piece], index: int, ends: frozenset[str]) -> tuple[list[str | Expression], int]:
    parts: list[str | Expression] = []
    while index < len(pieces):
        piece = pieces[index]
        if piece.kind == "literal":
            parts.append(piece.text)
        elif piece.kind == "interpolation" and piece.expression is not None:
            parts.append(piece.expression)
        elif piece.words in ends:
            return parts, index
        elif piece.words == "if" and piece.expression is not None:
            location = piece.expression.location
            then, index = _until(pieces, index + 1, frozenset({"else", "endif"}))
            otherwise: list[str | Expression] = []
            if index < len(pieces) and pieces[index].words == "else":
                otherwise, index = _until(pieces, index + 1, frozenset({"endif"}))
            parts.append(
                Conditional(
                    piece.expression, build(then, location, unwrap=False), build(otherwise, location, unwrap=False), location
                )
            )
        elif piece.words == "for" and piece.expression is not None:
            location = piece.expression.location
            first, _, second = piece.text.partition(",")
            body, index = _until(pieces, index + 1, frozenset({"endfor"}))
            parts.append(
                TemplateFor(
                    first if second else None, second or first, piece.expression, build(body, location, unwrap=False), location
                )
            )
        index += 1
    return parts, index
