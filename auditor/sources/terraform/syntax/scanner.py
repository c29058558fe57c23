"""The lazy scanner: a file's text to its top-level blocks, without parsing what is inside them.

One regular expression finds what can hide a bracket (strings, heredocs, comments) and the brackets themselves; everything between is
skipped at the speed of the regular expression engine.

Source: HCL Native Syntax Specification, "Lexical Elements" and "Structural Elements"
(https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field

from auditor.foundation.errors import InputError
from auditor.foundation.location import Location
from auditor.model import Directive

# What matters inside a bracket: a comment, a string without interpolation, an opening quote, a heredoc, a bracket.
_TOKEN = re.compile(
    r"""
    (?P<comment>\#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z))
  | (?P<string>"(?:[^"\\$%\n]|\\[^\n]|[$%](?!\{))*")
  | (?P<quote>")
  | <<(?P<indented>-?)(?P<tag>[^\W\d][\w-]*)[ \t]*\r?\n
  | (?P<open>[{(\[])
  | (?P<close>[})\]])
    """,
    re.VERBOSE | re.DOTALL,
)
_HEAD = re.compile(
    r'(?P<name>[^\W\d][\w-]*+)(?P<labels>(?:(?:[ \t]|/\*[^*]*\*/)*+(?:"(?:[^"\\\n]|\\.)*+"|[^\W\d][\w-]*+))*+)(?:[ \t]|/\*[^*]*\*/)*+(?P<mark>\{|=(?![=>]))'
)
_LABEL = re.compile(r'/\*.*?\*/|"((?:[^"\\\n]|\\.)*)"|([^\W\d][\w-]*)', re.DOTALL)
_SPACE = re.compile(r"[ \t\r\n\ufeff]+")
_COMMENT = re.compile(r"\#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_IN_QUOTES = re.compile(r'(?:[^"\\$%\n]|\\[^\n]|\$\$\{|%%\{|[$%](?!\{))*')
_CLOSES = {"{": "}", "(": ")", "[": "]"}
_DIRECTIVE = re.compile(r"(?:\#|//)[ \t]*auditor:[ \t]*([^\n]*)")


@dataclass(frozen=True, slots=True)
class RawBlock:
    """A top-level block or attribute that has not been parsed.

    Attributes:
        type: `resource`, `locals`, …; for an attribute its name.
        labels: the labels in order.
        start: offset of its first character.
        end: offset after its last character.
        body: offset after its opening brace (or its equals sign).
        header: the type and labels as written.
        comments: the comment lines directly above it and on its header line, without marks.
        text: as written; cheap to look through before it is parsed.
        is_attribute: whether it is `name = …`, as in a file of variables.
    """

    type: str
    labels: tuple[str, ...]
    start: int
    end: int
    body: int
    header: Location
    text: str
    comments: tuple[str, ...] = ()
    is_attribute: bool = False


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scan found, in the order of the text."""

    blocks: tuple[RawBlock, ...]
    errors: tuple[InputError, ...] = ()
    directives: tuple[Directive, ...] = ()


@dataclass(slots=True)
class Lines:
    """Turns offsets into lines and columns."""

    text: str
    path: str
    _starts: list[int] = field(default_factory=list)

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, counted from 1 in code points; a byte order mark takes no column."""
        if not self._starts:
            self._starts = [0, *(match.end() for match in re.finditer("\n", self.text))]
        line = bisect_right(self._starts, offset)
        start = self._starts[line - 1]
        mark = 1 if line == 1 and self.text.startswith("\ufeff") and offset else 0
        return line, max(1, offset - start + 1 - mark)

    def region(self, start: int, end: int) -> Location:
        """The region from one offset up to another."""
        line, column = self.place(start)
        end_line, end_column = self.place(max(start, end))
        return Location(self.path, line, column, end_line, end_column)


class _Fault(Exception):
    def __init__(self, offset: int, message: str) -> None:
        self.offset, self.message = offset, message


def scan(text: str, path: str) -> Scan:
    """The top-level blocks and attributes of a file; total.

    A fault is reported with its place; the scan resumes at the next line that begins a block.
    """
    lines = Lines(text, path)
    blocks: list[RawBlock] = []
    errors: list[InputError] = []
    comments: list[tuple[int, int]] = []
    position = 0
    while position < len(text):
        if space := _SPACE.match(text, position):
            position = space.end()
            continue
        if comment := _COMMENT.match(text, position):
            comments.append(comment.span())
            position = comment.end()
            continue
        head = _HEAD.match(text, position)
        if head is None:
            errors.append(InputError(lines.region(position, position + 1), "expected a block or an attribute here"))
            position = _resume(text, position)
            continue
        try:
            if head["mark"] == "{":
                end = _close(text, head.end() - 1)
                labels = tuple(quoted if quoted or bare is None else bare for quoted, bare in _labels(head["labels"]))
                last = head.start("mark")
                header = lines.region(position, position + len(text[position:last].rstrip()))
            else:
                end = _attribute_end(text, head.end())
                labels, header = (), lines.region(position, head.end("name"))
        except _Fault as fault:
            errors.append(InputError(lines.region(fault.offset, min(len(text), fault.offset + 1)), fault.message))
            position = _resume(text, position)
            continue
        except RecursionError:
            errors.append(InputError(lines.region(position, head.end("name")), "nested too deeply to be read"))
            position = _resume(text, position)
            continue
        above = _comments_above(text, comments, position)
        blocks.append(
            RawBlock(head["name"], labels, position, end, head.end(), header, text[position:end], above, head["mark"] != "{")
        )
        comments = []
        position = end
    return Scan(tuple(blocks), tuple(errors), _directives(text, blocks, lines) if "auditor:" in text else ())


def _labels(text: str) -> list[tuple[str, str | None]]:
    return [(match[1] or "", match[2]) for match in _LABEL.finditer(text) if not match[0].startswith("/*")]


def _close(text: str, opening: int) -> int:
    """The offset after the bracket that closes the one at `opening`."""
    stack: list[tuple[str, int]] = []
    position = opening
    search = _TOKEN.search
    while match := search(text, position):
        kind = match.lastgroup
        position = match.end()
        if kind == "open":
            stack.append((_CLOSES[match[0]], match.start()))
        elif kind == "close":
            if not stack or stack[-1][0] != match[0]:
                expected = f"expected '{stack[-1][0]}'" if stack else "nothing is open"
                raise _Fault(match.start(), f"unexpected '{match[0]}'; {expected}")
            stack.pop()
            if not stack:
                return position
        elif kind == "quote":
            position = _string_end(text, match.start())
        elif kind == "tag":
            position = _heredoc_end(text, match)
        elif kind == "comment" and match[0].startswith("/*") and not match[0].endswith("*/"):
            raise _Fault(match.start(), "this comment is never closed")
    raise _Fault(stack[0][1] if stack else opening, f"'{text[opening]}' is never closed")


def _string_end(text: str, opening: int) -> int:
    """The offset after the quote that closes the string at `opening`, interpolations included."""
    position = opening + 1
    while True:
        position = _IN_QUOTES.match(text, position).end()  # type: ignore[union-attr]  # it matches the empty string
        if position >= len(text) or text[position] == "\n":
            raise _Fault(opening, "this string is never closed")
        if text[position] == '"':
            return position + 1
        if text[position] == "\\":
            position += 2
            continue
        position = _close(text, position + 1)


def _heredoc_end(text: str, opening: re.Match[str]) -> int:
    """The offset at the end of the line that ends a heredoc."""
    end = re.compile(rf"^[ \t]*{re.escape(opening['tag'])}[ \t]*\r?$", re.MULTILINE).search(text, opening.end())
    if end is None:
        raise _Fault(opening.start(), f"the heredoc '{opening['tag']}' is never closed")
    return end.end()


def _attribute_end(text: str, position: int) -> int:
    """The offset at the end of an attribute: the first line end outside brackets, strings and heredocs."""
    while True:
        line_end = text.find("\n", position)
        line_end = len(text) if line_end < 0 else line_end
        match = _TOKEN.search(text, position)
        if match is None or match.start() >= line_end:
            return line_end
        kind = match.lastgroup
        if kind == "comment" and not match[0].startswith("/*"):
            return match.start()
        if kind == "open":
            position = _close(text, match.start())
        elif kind == "close":
            raise _Fault(match.start(), f"unexpected '{match[0]}'; nothing is open")
        elif kind == "quote":
            position = _string_end(text, match.start())
        elif kind == "tag":
            position = _heredoc_end(text, match)
        else:
            position = match.end()


_BEGIN = re.compile(r"^[^\W\d][\w-]*(?:[ \t]+(?:\"[^\"\n]*\"|[^\W\d][\w-]*))*[ \t]*\{", re.MULTILINE)


def _resume(text: str, position: int) -> int:
    """Where the scan goes on after a fault: the next line that begins with a block, at its left edge."""
    line_end = text.find("\n", position)
    if line_end < 0:
        return len(text)
    match = _BEGIN.search(text, line_end + 1)
    return match.start() if match else len(text)


def _comments_above(text: str, comments: list[tuple[int, int]], start: int) -> tuple[str, ...]:
    """The comment lines that stand right above an offset, without marks."""
    found: list[str] = []
    below = start
    for begin, end in reversed(comments):
        if text[end:below].strip(" \t\r") not in ("", "\n") or (below != start and text[end:below].count("\n") > 1):
            break
        found.append(text[begin:end].lstrip("#/* \t").rstrip("*/ \t\r\n"))
        below = begin
    line_end = text.find("\n", start)
    trailing = _COMMENT.search(text, start, line_end if line_end >= 0 else len(text))
    tail = [trailing[0].lstrip("#/* \t").strip()] if trailing and '"' not in text[trailing.start() : trailing.end()] else []
    return (*reversed(found), *tail)


def _directives(text: str, blocks: list[RawBlock], lines: Lines) -> tuple[Directive, ...]:
    found: list[Directive] = []
    for match in _DIRECTIVE.finditer(text):
        line_start = text.rfind("\n", 0, match.start()) + 1
        alone = not text[line_start : match.start()].strip(" \t\ufeff")
        region = lines.region(match.start(), match.end())
        applies = lines.region(line_start, match.end())
        if alone:
            following = _SPACE.match(text, match.end())
            position = following.end() if following else match.end()
            while comment := _COMMENT.match(text, position):
                position = comment.end()
                if following := _SPACE.match(text, position):
                    position = following.end()
            block = next((block for block in blocks if block.start == position), None)
            if block is not None:
                applies = lines.region(block.start, block.end)
            elif position < len(text):
                line_end = text.find("\n", position)
                applies = lines.region(position, len(text) if line_end < 0 else line_end)
        found.append(Directive(match[1].strip(), region, applies))
    return tuple(found)
