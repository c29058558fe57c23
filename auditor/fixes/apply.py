"""Edits made: the content of files with patches applied, in memory."""

from __future__ import annotations

import re
from collections.abc import Iterable

from auditor.finding import Edit
from auditor.fixes.source import SourceFile
from auditor.foundation.location import Location
from auditor.foundation.text import Texts

_MARK = b"\xef\xbb\xbf"
_DEEPEST = 1 << 20


def applied(texts: Texts, edits: Iterable[Edit]) -> dict[str, bytes]:
    """The new content of each file that edits change; every other byte stays as it is, line ends and a byte order mark included.

    Args:
        texts: the files.
        edits: none over another.

    Raises:
        OSError: a file cannot be read.
        ValueError: a file is not UTF-8, or two edits lie over one another.
    """
    by_path: dict[str, list[Edit]] = {}
    for edit in edits:
        by_path.setdefault(edit.location.path, []).append(edit)
    return {path: _changed(path, texts.read_bytes(path), sorted(of, key=_order)) for path, of in by_path.items()}


def _order(edit: Edit) -> tuple[Location, int]:
    """Where an edit comes: at one place, such as the end of a resource, first what continues the line, then what lies deepest."""
    first = next(filter(None, map(str.rstrip, edit.text.split("\n"))), "")
    return edit.location, len(first.lstrip()) - len(first) if edit.text.startswith("\n") else -_DEEPEST


def _changed(path: str, content: bytes, edits: list[Edit]) -> bytes:
    mark = _MARK if content.startswith(_MARK) else b""
    text = content.removeprefix(mark).decode("utf-8")
    # Not `SourceFile.of`: what no edit touches keeps its own line ends. Columns are the same, since a line end is in no region but a whole one.
    source = SourceFile(path, text, (0, *(match.end() for match in re.finditer("\n", text))))
    ends = "\r\n" if "\r\n" in text else "\n"
    pieces: list[str] = []
    position = 0
    for edit in edits:
        start, end = source.start(edit.location), source.end(edit.location)
        if start < position:
            raise ValueError(f"two edits of {path} lie over one another at line {edit.location.line}")
        pieces += (text[position:start], edit.text.replace("\n", ends))
        position = end
    return mark + "".join((*pieces, text[position:])).encode("utf-8")
