"""The lines of the texts under audit."""

from __future__ import annotations

from auditor.foundation.location import Lines
from auditor.foundation.text import Texts


class SourceLines:
    """Lines by path and number, counted from 1 and ended by LF, as locations count them.

    Args:
        texts: where they come from.
    """

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._lines: dict[str, Lines | None] = {}

    def count(self, path: str) -> int:
        """How many lines a file has; 0 when it cannot be read."""
        lines = self._of(path)
        return lines.count if lines else 0

    def line(self, path: str, number: int) -> str:
        """One line without its end and without a byte order mark; empty when there is none."""
        lines = self._of(path)
        return lines.line(number).removesuffix("\n").removesuffix("\r") if lines else ""

    def _of(self, path: str) -> Lines | None:
        if path not in self._lines:
            try:
                content = self._texts.read_bytes(path)
            except (OSError, ValueError):  # ValueError: a name that no file can have
                self._lines[path] = None
            else:
                self._lines[path] = Lines(content.decode("utf-8", "replace").removeprefix("\ufeff"), path)
        return self._lines[path]
