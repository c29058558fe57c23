"""A piece of source with the exact region marked, as compilers show it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence

from auditor.foundation.location import Location
from auditor.lazy.expressions import regex
from auditor.render.parts.lines import SourceLines
from auditor.render.parts.terminal import Paint, clean, width_of

_MOST_LINES = 3
_TAB = 4
_AROUND = 4000
"""How far to both sides of the start of a region a line is looked at; much more than a terminal shows."""

_SECRET = regex(
    r"""(?ix)
    (?: passw(?:or)?d | passphrase | secret | token | credential | api_?-?key | access_?-?key | private_?-?key ) [\w.-]* ["']?
    \s* [:=] \s* (?: "(?P<double>(?:[^"\\]|\\.)+) | '(?P<single>[^']+) | (?P<bare>[^\s"'{\[(,$][^\s,]*) )
    """
)
_OF_SECRETS = ("passw", "passphrase", "secret", "token", "credential", "key")
_ACCESS_KEY = regex(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----.*")
_OF_KEYS = ("AKIA", "ASIA", "PRIVATE KEY")
_REFERENCE = regex(r"(?:var|local|data|module|each|aws_\w+)\.[\w.\[\]\"*-]+|true|false|null")


def mask(line: str) -> str:
    """The line with what looks like a secret overwritten by asterisks, one for each character, so that columns stay.

    Masked are the value of an assignment whose name speaks of a password, secret, token, credential or key (references such as
    `var.token` are shown), access key ids, and private keys.
    """
    secret: list[tuple[int, int]] = []
    assigns = any(mark in line.rstrip()[:-1] for mark in ":=")
    folded = line.casefold() if assigns else ""
    for match in _SECRET.finditer(line) if any(mark in folded for mark in _OF_SECRETS) else ():
        group = next(name for name in ("double", "single", "bare") if match[name] is not None)
        if group != "bare" or not _REFERENCE.fullmatch(match[group]):
            secret.append(match.span(group))
    if any(mark in line for mark in _OF_KEYS):
        secret += (match.span() for match in _ACCESS_KEY.finditer(line))
    masked = list(line) if secret else []
    for start, end in secret:
        masked[start:end] = "*" * (end - start)
    return "".join(masked) if secret else line


def excerpt(
    lines: SourceLines, location: Location, width: int, paint: Paint, *, mark: Callable[[str], str], indent: str = ""
) -> list[str]:
    """The lines of a region with its place above them; only the place when the text cannot be had.

    A region on one line has carets under it. One of several lines has a bar beside it; of more than three the middle is left out.

    Args:
        lines: the texts.
        location: the region.
        width: of the terminal.
        paint: for colour.
        mark: paints the carets.
        indent: what every line begins with.
    """
    numbers = list(range(location.line, min(location.end_line, lines.count(location.path)) + 1))
    if len(numbers) > 1 and location.end_column == 1:
        numbers.pop()  # nothing of the last line belongs to the region
    gutter = len(str(numbers[-1])) if numbers else 1
    place = clean(str(location)) if location.path != "-" else f"standard input:{location.line}:{location.column}"
    shown = [f"{indent}{' ' * gutter}{paint.cyan('-->')} {place}"]
    if not numbers:
        return shown
    room = max(20, width - width_of(indent) - gutter - 3)
    several = len(numbers) > 1
    left_out = len(numbers) > _MOST_LINES
    shown.append(f"{indent}{' ' * gutter} {paint.dim('|')}")
    for number in [*numbers[:2], numbers[-1]] if left_out else numbers:
        if left_out and number == numbers[-1]:
            shown.append(f"{indent}{paint.dim('.' * max(gutter, 3))}")
        source = lines.line(location.path, number)
        start = location.column - 1 if number == location.line else 0
        end = location.end_column - 1 if number == location.end_line else len(source)
        skipped = max(0, start - _AROUND)  # a payload may be one line of megabytes
        source = mask(source[skipped : start + _AROUND])
        text, before, marked = _window(source, start - skipped, end - skipped, room - 2 * several)
        bar = mark("| ") if several else ""
        shown.append(f"{indent}{paint.dim(f'{number:>{gutter}} |')} {bar}{text}".rstrip())
        if not several:
            shown.append(f"{indent}{' ' * gutter} {paint.dim('|')} {' ' * before}{mark('^' * marked)}")
    return shown


def _window(source: str, start: int, end: int, room: int) -> tuple[str, int, int]:
    """What of a line is shown, the columns before the marked part, and the columns of the marked part (at least one)."""
    cells, columns = _cells(source)
    start, end = min(start, len(cells)), min(end, len(cells))
    first, last = 0, len(cells)
    if columns[-1] > room:
        wanted = max(0, min(columns[start] - room // 4, columns[-1] - room + 1))
        first = bisect_left(columns, wanted)
        # The columns never fall; that nothing is left out behind spares the place of a sign, which takes one.
        last = bisect_right(columns, columns[first] + room - (first > 0)) - 1
        if last < len(cells):
            last = bisect_right(columns, columns[first] + room - (first > 0) - 1) - 1
    head = "…" if first > 0 else ""
    tail = "…" if last < len(cells) else ""
    before = len(head) + columns[start] - columns[first]
    marked = max(1, columns[min(end, last)] - columns[start])
    return head + "".join(cells[first:last]) + tail, before, marked


def _cells(source: str) -> tuple[Sequence[str], Sequence[int]]:
    """How each character of a line is shown, and the column that it begins at; then the column after the last."""
    if source.isascii() and source.isprintable():
        return source, range(len(source) + 1)
    known: dict[str, tuple[str, int]] = {}
    cells: list[str] = []
    columns = [0]
    for character in source:
        if character == "\t":
            cell, width = " " * (_TAB - columns[-1] % _TAB), _TAB - columns[-1] % _TAB
        else:
            if character not in known:
                known[character] = clean(character), width_of(clean(character))
            cell, width = known[character]
        cells.append(cell)
        columns.append(columns[-1] + width)
    return cells, columns
