"""The lines of the texts under audit, each file split once."""

from __future__ import annotations

from auditor.foundation.text import Texts


class SourceLines:
    """Lines by path and number, counted from 1 and ended by LF, as locations count them.

    Args:
        texts: where they come from.
    """

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._lines: dict[str, list[str]] = {}

    def of(self, path: str) -> list[str]:
        """All lines of a file without their ends and without a byte order mark; none when it cannot be read."""
        if path not in self._lines:
            try:
                content = self._texts.read_bytes(path)
            except (OSError, ValueError):  # ValueError: a name that no file can have
                self._lines[path] = []
            else:
                text = content.decode("utf-8", "replace").removeprefix("\ufeff")
                self._lines[path] = [line.removesuffix("\r") for line in text.split("\n")]
        return self._lines[path]

    def line(self, path: str, number: int) -> str:
        """One line; empty when there is none."""
        lines = self.of(path)
        return lines[number - 1] if number <= len(lines) else ""
