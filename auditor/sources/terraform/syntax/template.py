"""Quoted templates, heredocs and template files: literal text, interpolations, directives.

Source: HCL Native Syntax Specification, "Template Expressions" and "Templates"; hclsyntax/parser_template.go.
"""

from __future__ import annotations

import re
from dataclasses import field
from typing import NoReturn, Protocol

from auditor.foundation.location import Lines, Location
from auditor.foundation.value import SourceMap
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex
from auditor.sources.terraform.syntax.lexicon import END_OF_WORD, ESCAPE, SPACE, Rare
from auditor.sources.terraform.syntax.tree import Conditional, Expression, Literal, TemplateExpression, TemplateFor

_ESCAPES = regex(rf"{ESCAPE}|\$\$\{{|%%\{{")
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_NEXT = regex(r"\$\$\{|%%\{|\$\{|%\{")
_QUOTED = re.compile(rf'(?:\$\$\{{|%%\{{|[^"\\$%\n]++|{ESCAPE}|[$%](?!\{{))*+').match
_LINE = re.compile(r"(?:\$\$\{|%%\{|[^$%\n]++|[$%](?!\{))*+\n?").match
_WORD = Rare(rf"{SPACE}(if|else|endif|for|endfor){END_OF_WORD}")
_CLOSES = re.compile(rf"{SPACE}(~?)\}}").match


class ExpressionReader(Protocol):
    """What reads the expressions in a template: see `reader.Reader`."""

    at: int
    depth: int
    lines: Lines
    text: str

    def region(self, start: int, end: int, /) -> Location:
        """The place of what stands between two offsets."""

    def refuse(self, message: str, start: int | None = None, end: int | None = None) -> NoReturn:
        """Refuses the text."""

    def deeper(self) -> None:
        """Takes note of one more level."""

    def inside(self) -> Expression:
        """An expression in brackets, where line ends do not count."""

    def close(self, mark: str) -> None:
        """Reads a closing bracket."""

    def for_names(self) -> tuple[str | None, str]:
        """The names that a `for` binds."""


@dataclass(slots=True)
class _Piece:
    """Literal text (resolved), an interpolation, or a directive. Outside quotes a literal ends with its line.

    Attributes:
        kind: `literal`, `interpolation`, or the word of a directive.
        start: the offset of its first character.
        text: of a literal.
        expression: of an interpolation, an `if` or a `for`.
        names: what a `for` binds.
        left: whether the text before it is stripped.
        right: whether the text after it is.
    """

    kind: str
    start: int
    text: str = ""
    expression: Expression | None = None
    names: tuple[str | None, str] = (None, "")
    left: bool = False
    right: bool = False


def unescape(text: str) -> str:
    """Literal text of a quoted template with its escapes resolved; a code point that is none becomes U+FFFD, as in Go."""
    return _ESCAPES.sub(_unescaped, text)


def _unescaped(match: re.Match[str]) -> str:
    written = match[0]
    if written[0] != "\\":
        return written[1:]
    if len(written) == 2:
        return _SIMPLE[written[1]]
    number = int(written[2:], base=16)  # noqa: FURB166 - the prefix is a letter of HCL
    return chr(number) if number < 0xD800 or 0xDFFF < number <= 0x10FFFF else "\ufffd"


def invalid_escape(text: str) -> str | None:
    """The first escape in the inside of a quoted string that means nothing."""
    for match in re.finditer(r"\\.", text):
        if not _ESCAPES.match(text, match.start()):
            return match[0]
    return None


def has_sequence(text: str) -> bool:
    """Whether text as written holds an interpolation or a directive."""
    return any(len(match[0]) == 2 for match in _NEXT.finditer(text))


def quoted(reader: ExpressionReader, start: int) -> Expression:
    """The quoted template whose opening quote, at an offset, has been read.

    Raises:
        Refused: it cannot be read.
    """
    pieces: list[_Piece] = []
    text = reader.text
    while True:
        end = _end(_QUOTED(text, reader.at))
        if end > reader.at:
            pieces.append(_Piece("literal", reader.at, unescape(text[reader.at : end])))
            reader.at = end
        mark = text[end : end + 1]
        if mark == '"':
            reader.at += 1
            break
        if mark == "\\" and text[end + 1 : end + 2] not in ("", "\n"):
            reader.refuse(f"'{text[end : end + 2]}' is not a valid escape", end, end + 2)
        if mark not in ("$", "%"):
            reader.refuse("this string is never closed", start, start + 1)
        pieces.append(_sequence(reader))
    _strip(pieces)
    return _built(pieces, reader, reader.region(start, reader.at))


def heredoc(reader: ExpressionReader, start: int, tag: str, *, trimmed: bool) -> Expression:
    """The heredoc whose opening line, from an offset, has been read.

    Args:
        reader: at the line after it.
        start: the offset of `<<`.
        tag: the word that ends it.
        trimmed: whether it was opened with `<<-`.

    Raises:
        Refused: it cannot be read.
    """
    pieces: list[_Piece] = []
    text = reader.text
    at_start = True
    while True:
        begin = reader.at
        if at_start:
            line_end = text.find("\n", begin)
            if line_end >= 0 and text[begin:line_end].strip() == tag:
                reader.at = line_end - (text[line_end - 1] == "\r")
                break
        end = _end(_LINE(text, begin))
        if end > begin:
            pieces.append(_Piece("literal", begin, _plain(text[begin:end])))
            reader.at = end
            at_start = text[end - 1] == "\n"
            continue
        if end == len(text):
            reader.refuse(f"the heredoc '{tag}' is never closed", start, start + 2)
        pieces.append(_sequence(reader))
        at_start = False
    _strip(pieces)
    if trimmed:
        _unindent(pieces)
    return _built(pieces, reader, reader.region(start, reader.at), mapped=True)


def whole(reader: ExpressionReader, location: Location | None = None) -> Expression:
    """A whole text as a template: a template file, or a string of JSON syntax.

    Args:
        reader: at its beginning.
        location: of the string; None for a file, which keeps where its lines are.

    Raises:
        Refused: it cannot be read.
    """
    pieces: list[_Piece] = []
    text = reader.text
    while reader.at < len(text):
        begin = reader.at
        end = _end(_LINE(text, begin))
        if end > begin:
            pieces.append(_Piece("literal", begin, _plain(text[begin:end])))
            reader.at = end
        else:
            pieces.append(_sequence(reader))
    _strip(pieces)
    if location is not None:
        return _built(pieces, reader, location)
    return _built(pieces, reader, reader.region(0, len(text)), mapped=True)


def _end(match: re.Match[str] | None) -> int:
    assert match is not None  # noqa: S101 - these patterns match the empty text too
    return match.end()


def _plain(text: str) -> str:
    return text.replace("$${", "${").replace("%%{", "%{")


def _sequence(reader: ExpressionReader) -> _Piece:
    """The interpolation or directive at the reader's place."""
    start = reader.at
    directive = reader.text[start] == "%"
    left = reader.text.startswith("~", start + 2)
    reader.at = start + 2 + left
    piece = _Piece("interpolation", start, left=left)
    reader.deeper()
    if directive:
        word = _WORD(reader.text, reader.at)
        if word is None:
            reader.refuse("expected if, else, endif, for or endfor here")
        reader.at = word.end()
        piece.kind = word[1]
        if piece.kind == "for":
            piece.names = reader.for_names()
        if piece.kind in ("if", "for"):
            piece.expression = reader.inside()
    else:
        piece.expression = reader.inside()
    closing = _CLOSES(reader.text, reader.at)
    if closing is None:
        reader.close("}")
    else:
        reader.at = closing.end()
        piece.right = bool(closing[1])
    reader.depth -= 1
    return piece


def _strip(pieces: list[_Piece]) -> None:
    for index, piece in enumerate(pieces):
        if piece.left and index and pieces[index - 1].kind == "literal":
            pieces[index - 1].text = pieces[index - 1].text.rstrip()
        if piece.right and index + 1 < len(pieces) and pieces[index + 1].kind == "literal":
            following = pieces[index + 1]
            kept = following.text.lstrip()
            following.start += len(following.text) - len(kept)
            following.text = kept


def _unindent(pieces: list[_Piece]) -> None:
    """Takes the least indentation of all lines off each, as `<<-` does; blank lines neither count nor change.

    Source: hclsyntax/parser_template.go, flushHeredocTemplateParts. Strip markers have done their work before, so what follows a line end
    that was stripped is not the beginning of a line.
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


def _built(pieces: list[_Piece], reader: ExpressionReader, location: Location, *, mapped: bool = False) -> Expression:
    """Pieces as one expression: one interpolation alone is that expression itself, unless it is told where lines are."""
    if not mapped and len(pieces) == 1 and pieces[0].expression is not None and pieces[0].kind == "interpolation":
        return pieces[0].expression
    body, _ = _Assembly(pieces, reader, mapped=mapped).until(0, None)
    return body.joined(location)


@dataclass(slots=True)
class _Body:
    """What stands between two marks of directives, or in the whole template.

    Attributes:
        lines: of the file; None where a string has one place for all that it holds.
        parts: literal text and expressions; a directive with all that is in it is one of them.
        starts: where each part begins, as a `SourceMap` has it.
    """

    lines: Lines | None
    parts: list[str | Expression] = field(default_factory=list)
    starts: list[tuple[int, int, int]] = field(default_factory=list)
    size: int = 0

    def add(self, part: str | Expression, start: int) -> None:
        """Adds a part that begins at an offset of the file."""
        self.parts.append(part)
        if self.lines is not None:
            self.starts.append((self.size, *self.lines.place(start)))
            self.size += len(part) if isinstance(part, str) else 1

    def joined(self, location: Location) -> Expression:
        """The simplest template for the parts: neighbouring literals are joined."""
        source_map = SourceMap(self.lines.path, tuple(self.starts)) if self.lines is not None else None
        joined: list[str | Expression] = []
        for part in self.parts:
            if isinstance(part, str) and joined and isinstance(joined[-1], str):
                joined[-1] += part
            elif part != "":
                joined.append(part)
        if not joined:
            return Literal("", location, source_map)
        if len(joined) == 1 and isinstance(joined[0], str):
            return Literal(joined[0], location, source_map)
        if len(joined) == 1 < len(self.parts):
            joined.append("")  # a literal that was stripped of all it had: what is beside it becomes text
        return TemplateExpression(tuple(joined), location, source_map)


class _Assembly:
    """Nests directives."""

    def __init__(self, pieces: list[_Piece], reader: ExpressionReader, *, mapped: bool) -> None:
        self.pieces, self.reader = pieces, reader
        self.lines = reader.lines if mapped else None

    def until(self, index: int, opening: _Piece | None, *, otherwise: bool = False) -> tuple[_Body, int]:
        """The parts from an index up to what ends the directive that was opened, with the index of that; up to the end where none was.

        Args:
            index: of the first piece.
            opening: the `if` or `for` around them.
            otherwise: whether its `else` has been read.
        """
        body = _Body(self.lines)
        while index < len(self.pieces):
            piece = self.pieces[index]
            if piece.kind == "literal":
                body.add(piece.text, piece.start)
            elif piece.kind == "interpolation" and piece.expression is not None:
                body.add(piece.expression, piece.start)
            elif piece.kind in ("if", "for") and piece.expression is not None:
                self.reader.deeper()
                made, index = self._directive(piece, piece.expression, index)
                self.reader.depth -= 1
                body.add(made, piece.start)
            elif opening is not None and (
                piece.kind == f"end{opening.kind}" or (piece.kind == "else" and opening.kind == "if" and not otherwise)
            ):
                return body, index
            else:
                self.reader.refuse(f"'{piece.kind}' ends nothing here", piece.start, piece.start + 2)
            index += 1
        if opening is not None:
            self.reader.refuse(f"this '{opening.kind}' lacks its 'end{opening.kind}'", opening.start, opening.start + 2)
        return body, index

    def _directive(self, piece: _Piece, expression: Expression, index: int) -> tuple[Expression, int]:
        location = expression.location
        body, index = self.until(index + 1, piece)
        if piece.kind == "for":
            return TemplateFor(*piece.names, expression, body.joined(location), location), index
        otherwise = _Body(self.lines)
        if self.pieces[index].kind == "else":
            otherwise, index = self.until(index + 1, piece, otherwise=True)
        return Conditional(expression, body.joined(location), otherwise.joined(location), location), index
