"""`primaryLocationLineHash`: the fingerprint by which GitHub recognises a result in changed code.

Source: github/codeql-action, `src/fingerprints.ts`. The upload action computes the same and warns of every difference, so this
must agree with it byte for byte.
"""

from __future__ import annotations

import re
from collections import Counter

from auditor.lazy.expressions import regex

_WINDOW = 100
_END_OF_FILE = "\uffff"
_BLANKS = str.maketrans("", "", " \t")
_ASTRAL = regex("[\U00010000-\U0010ffff]")


class LineHashes:
    """The fingerprints of the lines of one file.

    A line's hash covers the 100 UTF-16 code units from its start on, blanks left out and line ends made LF, so that indentation
    does not matter and a few lines below it do. Equal hashes are numbered in the order of their lines.

    Args:
        content: the file. A byte order mark counts; malformed UTF-8 counts as U+FFFD.
    """

    def __init__(self, content: bytes) -> None:
        text = content.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").translate(_BLANKS)
        self._units = _ASTRAL.sub(_surrogates, text) + _END_OF_FILE + "\0" * _WINDOW
        self._starts = [0, *(match.end() for match in re.finditer("\n", self._units))]
        seen: Counter[str] = Counter()
        self._ordinals: list[int] = []
        for start in self._starts:
            window = self._units[start : start + _WINDOW]
            seen[window] += 1
            self._ordinals.append(seen[window])

    def __len__(self) -> int:
        """How many lines there are; a file that ends with a line end has one more, empty."""
        return len(self._starts)

    def of(self, line: int) -> str | None:
        """The fingerprint of a line counted from 1, as `hash:ordinal`; None beyond the end."""
        if not 1 <= line <= len(self._starts):
            return None
        start = self._starts[line - 1]
        value = 0
        for unit in self._units[start : start + _WINDOW]:
            value = value * 37 + ord(unit) & 0xFFFF_FFFF_FFFF_FFFF
        return f"{value:x}:{self._ordinals[line - 1]}"


def _surrogates(match: re.Match[str]) -> str:
    offset = ord(match.group()) - 0x10000
    return chr(0xD800 + (offset >> 10)) + chr(0xDC00 + (offset & 0x3FF))
