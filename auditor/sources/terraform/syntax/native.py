"""From text to the typed syntax tree: blocks, files of variables, single expressions, template files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from auditor.foundation.errors import InputError
from auditor.foundation.location import Lines, Location, OnePlace
from auditor.foundation.value import SourceMap
from auditor.sources.terraform.syntax import template
from auditor.sources.terraform.syntax.reader import LOOSE, STRICT, Reader
from auditor.sources.terraform.syntax.refusal import TOO_DEEP, Refused
from auditor.sources.terraform.syntax.scanner import RawBlock, scan
from auditor.sources.terraform.syntax.tree import Attribute, Block, Expression, UnparsedBlock

_Read = TypeVar("_Read")


def parse_block(raw: RawBlock) -> tuple[Block | UnparsedBlock, tuple[InputError, ...]]:
    """The syntax tree of a scanned block, and what is wrong with it; a block that cannot be parsed stays known by its header."""
    found = raw.tree or _tree(raw)
    object.__setattr__(raw, "tree", found)
    return found


def _tree(raw: RawBlock) -> tuple[Block | UnparsedBlock, tuple[InputError, ...]]:
    reader = Reader(raw.lines, raw.body)
    body = _read(reader, raw, reader.block_body)
    if isinstance(body, InputError):
        return UnparsedBlock(raw.type, raw.labels, raw.header, raw.location, body, raw.text), (body,)
    return Block(raw.type, raw.labels, body, raw.header, raw.location), tuple(reader.errors)


def parse_attribute(raw: RawBlock) -> Attribute | InputError:
    """The syntax tree of a scanned attribute, or why it cannot be parsed."""
    reader = Reader(raw.lines, raw.body)
    expression = _read(reader, raw, lambda: reader.expression(STRICT))
    if isinstance(expression, InputError):
        return expression
    return Attribute(raw.type, expression, raw.lines.region(raw.start, reader.at))


def parse_attributes(text: str, path: str) -> tuple[Mapping[str, Attribute], Mapping[str, InputError], tuple[InputError, ...]]:
    """The attributes of a file of variables, those that cannot be read (under no name, where not even that is known), and what is wrong."""
    found: dict[str, Attribute] = {}
    unread: dict[str, InputError] = {}
    scanned = scan(Lines(text, path))
    errors = list(scanned.errors)
    for error in errors[:1]:
        unread[""] = error
    for raw in scanned.blocks:
        if not raw.is_attribute:
            errors.append(InputError(raw.header, "a file of variables holds only attributes, no blocks"))
            continue
        attribute = parse_attribute(raw)
        if isinstance(attribute, InputError):
            unread[raw.type] = attribute
            errors.append(attribute)
            continue
        if raw.type in found:
            unread[raw.type] = InputError(attribute.location, f"'{raw.type}' is set twice")
            errors.append(unread[raw.type])
        found[raw.type] = attribute
    return found, unread, tuple(errors)


def _read(reader: Reader, raw: RawBlock, read: Callable[[], _Read]) -> _Read | InputError:
    """What is read up to the end of a block or attribute, or why it cannot be read."""
    try:
        found = read()
        if not reader.at_end(raw.end):
            reader.unexpected()
    except Refused as refused:
        if refused.message == TOO_DEEP:
            return InputError(raw.header, TOO_DEEP)
        from auditor.sources.terraform.syntax import second_opinion

        return _error(second_opinion.worded(refused, raw.text, raw.start), raw.lines)
    return found


def parse_expression(text: str, path: str, line: int, column: int) -> tuple[Expression | None, tuple[InputError, ...]]:
    """One expression; `line` and `column` are the place of its first character."""
    reader = Reader(Lines(text, path, line, column))
    try:
        expression = reader.expression(LOOSE)
        if not reader.at_end(len(text)):
            reader.unexpected()
    except Refused as refused:
        return None, (_error(refused, reader.lines),)
    return expression, ()


def parse_template(text: str, path: str) -> Expression | InputError:
    """The content of a template file, or why it cannot be parsed."""
    reader = Reader(Lines(text, path))
    try:
        return template.whole(reader)
    except Refused as refused:
        return _error(refused, reader.lines)


def template_in_string(text: str, location: Location) -> Expression | InputError:
    """The template in a string of JSON syntax, or why it cannot be parsed.

    Args:
        text: its content, unescaped.
        location: the string with its quotes; places inside are exact as long as the string has no escapes.
    """
    reader = Reader(Lines(text, location.path, location.line, location.column + 1))
    try:
        return template.whole(reader, location)
    except Refused as refused:
        return _error(refused, reader.lines)


def template_in_text(text: str, written: SourceMap | None, used: Location) -> Expression | InputError:
    """The template in a text that some expression made, or why it cannot be parsed.

    Args:
        text: that text.
        written: where it is written; None where that is not known.
        used: where it is used: the place of all of it in that case.
    """
    reader = Reader(_LinesElsewhere(text, written) if written else OnePlace(text, used))
    try:
        return template.whole(reader, None if written else used)
    except Refused as refused:
        return _error(refused, reader.lines)


class _LinesElsewhere(Lines):
    """The lines of a text that stands in a file as a source map says."""

    __slots__ = ("_written",)

    def __init__(self, text: str, written: SourceMap) -> None:
        super().__init__(text, written.path)
        self._written = written

    def place(self, offset: int) -> tuple[int, int]:
        return self._written.place(offset, self.text)


def _error(refused: Refused, lines: Lines) -> InputError:
    end = min(len(lines.text), refused.end)
    return InputError(lines.region(min(refused.start, end), end), refused.message)
