"""Why a text cannot be read."""

from __future__ import annotations

TOO_DEEP = "nested too deeply to be parsed"


class Refused(Exception):
    """The reader refuses a text.

    Args:
        start: offset of what it cannot read.
        end: offset after it.
        message: one clause.
    """

    def __init__(self, start: int, end: int, message: str) -> None:
        super().__init__(message)
        self.start, self.end, self.message = start, end, message
