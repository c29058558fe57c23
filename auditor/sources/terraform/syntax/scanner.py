"""The lazy scanner: a file's text to its top-level blocks, without parsing what is inside them.

One regular expression passes over everything in which no bracket counts (text between, comments, strings, brackets without brackets inside)
at the speed of the regular expression engine; a stack keeps the rest.

Source: HCL Native Syntax Specification, "Lexical Elements" and "Structural Elements"
(https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import field
from sys import intern

from auditor.foundation.errors import InputError
from auditor.foundation.location import Lines, Location
from auditor.lazy.classes import dataclass, unguarded
from auditor.lazy.expressions import regex
from auditor.model import Directive
from auditor.sources.terraform.syntax.lexicon import (
    BLANK,
    COMMENT,
    END_OF_LINE,
    IDENTIFIER,
    LABEL,
    LINE_COMMENT,
    SPACE,
    Rare,
    is_identifier,
)
from auditor.sources.terraform.syntax.reader import DEEPEST, labels_of
from auditor.sources.terraform.syntax.refusal import TOO_DEEP
from auditor.sources.terraform.syntax.tree import Block, UnparsedBlock

# A file with more faults than that is given up: each of them may cost a look through all that follows.
_MOST_FAULTS = 50
# How many texts are kept with their parts, and how many characters those have at most.
_MOST_KEPT, _LONGEST_KEPT = 256, 16_384

_IN_QUOTES = r'(?:[^"\\$%\n]++|\\[^\n]|\$\$\{|%%\{|[$%](?!\{))*+'
_STRING = rf'"{_IN_QUOTES}(?:[$%]\{{[^{{}}"\n#/]*+\}}{_IN_QUOTES})*+"'
_INERT = rf'[^"\#/<{{}}()\[\]]++|{_STRING}|{LINE_COMMENT}|{COMMENT}|/(?![/*])|<(?!<-?{IDENTIFIER}\r?\n)'
_SHALLOW = rf"(?:{_INERT}|\[(?:{_INERT})*+\]|\((?:{_INERT})*+\)|\{{(?:{_INERT})*+\}})*+"
# Most blocks whole, at once: a header whose labels stand for themselves, a body with brackets in it but none in those, the rest of the line.
_LABEL = r'(?:[ \t]++"([^"\\$%\n]*+)")?+'
_PLAIN = re.compile(
    rf"{SPACE}(([a-zA-Z_][a-zA-Z0-9_-]*+){_LABEL}{_LABEL})[ \t]*+\{{(){_SHALLOW}(?:(\}}){END_OF_LINE})?+",
).match
_RUN = Rare(_SHALLOW)
# The same up to the end of a line, for an attribute outside of blocks.
_RUN_OF_LINE = Rare(rf'(?:[^"\#/<{{}}()\[\]\n]++|{_STRING}|{COMMENT}|/(?![/*])|<(?!<-?{IDENTIFIER}\r?\n))*+')
_HEREDOC = Rare(rf"<<-?({IDENTIFIER})\r?\n")
_HEREDOC_STOP = regex(r"^[^\S\n]*+([^\s$%]++)[^\S\n]*+$|\$\$\{|%%\{|[$%]\{", re.MULTILINE)
_QUOTED = Rare(_IN_QUOTES)
_SPACES = Rare(SPACE)
_REST_OF_LINE = Rare(END_OF_LINE)
_HEAD = Rare(rf"({IDENTIFIER})((?:{BLANK}{LABEL})*+){BLANK}(?:(\{{)|=(?![=>]))")
_CLOSES = {"{": "}", "(": ")", "[": "]"}
_DIRECTIVE = regex(r"(?:\#|//)[ \t]*auditor:[ \t]*([^\n]*)")
_BEGIN = regex(r"^[^\W\d][\w-]*+(?:[ \t]++(?:\"[^\"\n]*+\"|[^\W\d][\w-]*+))*+[ \t]*+\{", re.MULTILINE)


@unguarded
class RawBlock:
    """A top-level block or attribute that has not been parsed.

    Attributes:
        lines: the file.
        type: `resource`, `locals`, …; for an attribute its name.
        labels: the labels in order.
        start: offset of its first character.
        end_of_header: offset after the type and labels.
        body: offset after its opening brace (or its equals sign).
        end: offset after its last character.
        is_attribute: whether it is `name = …`, as in a file of variables.
        tree: what `parse_block` makes of it, once it did: a scan that is kept for the next run keeps its trees.
    """

    lines: Lines
    type: str
    labels: tuple[str, ...]
    start: int
    end_of_header: int
    body: int
    end: int
    is_attribute: bool = False
    tree: tuple[Block | UnparsedBlock, tuple[InputError, ...]] | None = field(default=None, repr=False, compare=False)

    @property
    def header(self) -> Location:
        """The type and labels as written."""
        return self.lines.region(self.start, self.end_of_header)

    @property
    def text(self) -> str:
        """As written; cheap to look through before it is parsed."""
        return self.lines.text[self.start : self.end]

    def mentions(self, word: str) -> bool:
        """Whether a word occurs in its text, wherever that may be."""
        return self.lines.text.find(word, self.start, self.end) >= 0

    @property
    def location(self) -> Location:
        """The whole block."""
        return self.lines.region(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scan found, in the order of the text.

    Attributes:
        blocks: the blocks and attributes.
        unparsed: what could not be scanned, block by block; where not even a header could be read, the type is empty.
        directives: the comments that speak to the tool.
    """

    blocks: tuple[RawBlock, ...]
    unparsed: tuple[UnparsedBlock, ...] = ()
    directives: tuple[Directive, ...] = ()

    @property
    def errors(self) -> tuple[InputError, ...]:
        """Why something could not be scanned."""
        return tuple(one.error for one in self.unparsed)


_Span = tuple[str, tuple[str, ...], int, int, int, int, bool]
"""A block or an attribute as a `RawBlock` has it after its file, in that order; the same in every file of the same text."""


@dataclass(frozen=True, slots=True)
class _Flaw:
    """What could not be scanned: where it is, and what is wrong at which offset."""

    start: int
    end: int
    offset: int
    message: str


class _Fault(Exception):
    def __init__(self, offset: int, message: str) -> None:
        self.offset, self.message = offset, message


def scan(lines: Lines) -> Scan:
    """The top-level blocks and attributes of a file; total.

    A fault is reported with its place; the scan resumes at the next line that begins a block.
    """
    text = lines.text
    blocks: list[RawBlock] = []
    unparsed: list[UnparsedBlock] = []
    for one in _scanned(text) if len(text) <= _LONGEST_KEPT else _parts(text):
        if isinstance(one, tuple):
            blocks.append(RawBlock(lines, *one))
        else:
            error = InputError(lines.region(one.offset, min(len(text), one.offset + 1)), one.message)
            unparsed.append(_unparsed(lines, _HEAD(text, one.start), one.start, one.end, error))
    return Scan(tuple(blocks), tuple(unparsed), _directives(lines, blocks) if "auditor:" in text else ())


@functools.lru_cache(_MOST_KEPT)
def _scanned(text: str) -> tuple[_Span | _Flaw, ...]:
    """The parts of a text; environments are copies of each other, file by file."""
    return tuple(_parts(text))


def _parts(text: str) -> Iterator[_Span | _Flaw]:
    position = 1 if text.startswith("\ufeff") else 0
    faults = 0
    crowded = False  # whether something else stands on the line where the last block ended
    while True:
        plain = _PLAIN(text, position)
        position = plain.start(1) if plain else _end_of_spaces(text, position)
        if position >= len(text):
            return
        try:
            span = _span_of(text, plain) if plain and not crowded else _span(text, position, crowded=crowded)
        except _Fault as fault:
            last = faults == _MOST_FAULTS
            message = f"{fault.message}; the rest of the file is not read, since it has too many faults" if last else fault.message
            end = len(text) if last else _resume(text, position)
            yield _Flaw(position, end, fault.offset, message)
            faults, position, crowded = faults + 1, end, False
            continue
        yield span
        position = span[-2]
        crowded = (plain is None or plain[6] is None) and _REST_OF_LINE(text, position) is None


def _end_of_spaces(text: str, position: int) -> int:
    match = _SPACES(text, position)
    return match.end() if match else position


def _span_of(text: str, plain: re.Match[str]) -> _Span:
    """A block of which `_PLAIN` matched the beginning, or all."""
    _, name, first, second, _, end = plain.groups()
    # All blocks share the few types there are: of two labels, the first is one.
    labels = () if first is None else (first,) if second is None else (intern(first), second)
    body = plain.start(5)
    return (
        intern(name),
        labels,
        plain.start(1),
        plain.end(1),
        body,
        plain.end(6) if end else _close(text, body - 1, plain.end()),
        False,
    )


def _span(text: str, start: int, *, crowded: bool) -> _Span:
    head = _HEAD(text, start)
    if head is None:
        unclosed = text.startswith("/*", start)
        raise _Fault(start, "this comment is never closed" if unclosed else "expected a block or an attribute here")
    if crowded:
        raise _Fault(start, "a block or an attribute ends with its line")
    name = head[1]
    if not is_identifier(name):
        raise _Fault(start, f"'{name}' is not a valid identifier")
    if not head[3]:
        if head[2]:
            raise _Fault(start, "expected a block or an attribute here")
        return name, (), start, head.end(1), head.end(), _attribute_end(text, head.end()), True
    labels = labels_of(head[2]) if head[2] else ()
    if isinstance(labels, str):
        raise _Fault(head.start(2), labels)
    return name, labels, start, max(head.end(1), head.end(2)), head.end(), _close(text, head.end() - 1, head.end()), False


def _unparsed(lines: Lines, head: re.Match[str] | None, start: int, end: int, error: InputError) -> UnparsedBlock:
    location = lines.region(start, start + len(lines.text[start:end].rstrip()))
    if head is None or not head[3]:
        return UnparsedBlock("", (), location, location, error, lines.text[start:end])
    header = lines.region(start, max(head.end(1), head.end(2)))
    labels = labels_of(head[2])
    return UnparsedBlock(head[1], () if isinstance(labels, str) else labels, header, location, error, lines.text[start:end])


def _close(text: str, opening: int, position: int, depth: int = 0) -> int:
    """The offset after the bracket that closes the one at `opening`, where all that was opened after it is closed up to `position`."""
    stack = [(_CLOSES[text[opening]], opening)]
    while True:
        run = _RUN(text, position)
        position = run.end() if run else position
        mark = text[position : position + 1]
        if mark in ("{", "(", "["):
            if len(stack) + depth > DEEPEST:
                raise _Fault(position, TOO_DEEP)
            stack.append((_CLOSES[mark], position))
            position += 1
        elif mark in ("}", ")", "]"):
            expected, _ = stack.pop()
            if mark != expected:
                raise _Fault(position, f"unexpected '{mark}'; expected '{expected}'")
            position += 1
            if not stack:
                return position
        elif mark:
            position = _past(text, position, depth + len(stack))
        else:
            raise _Fault(stack[0][1], f"'{text[opening]}' is never closed")


def _past(text: str, position: int, depth: int) -> int:
    """The offset after the string or heredoc that begins at an offset."""
    if text[position] == '"':
        return _string_end(text, position, depth)
    if heredoc := _HEREDOC(text, position):
        return _heredoc_end(text, heredoc, depth)
    raise _Fault(position, "this comment is never closed")


def _string_end(text: str, opening: int, depth: int) -> int:
    """The offset after the quote that closes the string at `opening`, interpolations included."""
    if depth > DEEPEST:
        raise _Fault(opening, TOO_DEEP)
    position = opening + 1
    while True:
        match = _QUOTED(text, position)
        position = match.end() if match else position
        mark = text[position : position + 1]
        if mark == '"':
            return position + 1
        if mark not in ("$", "%"):
            raise _Fault(opening, "this string is never closed")
        position = _close(text, position + 1, position + 2, depth + 1)


def _heredoc_end(text: str, opening: re.Match[str], depth: int) -> int:
    """The offset at the end of the line that ends a heredoc: one that holds its word only and does not begin inside an interpolation."""
    if depth > DEEPEST:
        raise _Fault(opening.start(), TOO_DEEP)
    position = opening.end()
    while match := _HEREDOC_STOP.search(text, position):
        if match[1] is not None:
            if match[1] == opening[1] and match.end() < len(text):
                return match.end() - (text[match.end() - 1] == "\r")
            position = match.end()
        elif len(match[0]) == 3:
            position = match.end()
        else:
            position = _close(text, match.end() - 1, match.end(), depth + 1)
    raise _Fault(opening.start(), f"the heredoc '{opening[1]}' is never closed")


def _attribute_end(text: str, position: int) -> int:
    """The offset at the end of an attribute: the first line end or comment outside brackets, strings and heredocs."""
    while True:
        run = _RUN_OF_LINE(text, position)
        position = run.end() if run else position
        mark = text[position : position + 1]
        if mark in ("", "\n", "#") or text.startswith("//", position):
            return position
        if mark in ("{", "(", "["):
            position = _close(text, position, position + 1)
        elif mark in ("}", ")", "]"):
            raise _Fault(position, f"unexpected '{mark}'; nothing is open")
        else:
            position = _past(text, position, 0)


def _resume(text: str, position: int) -> int:
    """Where the scan goes on after a fault: the next line that begins with a block, at its left edge."""
    line_end = text.find("\n", position)
    if line_end < 0:
        return len(text)
    match = _BEGIN.search(text, line_end + 1)
    return match.start() if match else len(text)


def _directives(lines: Lines, blocks: list[RawBlock]) -> tuple[Directive, ...]:
    text = lines.text
    starts = {block.start: block for block in blocks}
    found: list[Directive] = []
    target, below = lines.region(0, 0), 0
    for match in _DIRECTIVE.finditer(text):
        line_start = text.rfind("\n", 0, match.start()) + 1
        region = lines.region(match.start(), match.end())
        if text[line_start : match.start()].strip(" \t\ufeff"):
            found.append(Directive(match[1].strip(), region, lines.region(line_start, match.end())))
            continue
        if match.start() >= below:
            below = _end_of_spaces(text, match.end())
            block = starts.get(below)
            if block is not None:
                target = block.location
            elif below < len(text):
                line_end = text.find("\n", below)
                target = lines.region(below, len(text) if line_end < 0 else line_end)
            else:
                target = lines.region(line_start, match.end())
        found.append(Directive(match[1].strip(), region, target))
    return tuple(found)
