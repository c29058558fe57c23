"""Places in source text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A region of one file.

    Attributes:
        path: the file as the user would name it, `/` between its parts, `-` for standard input.
        line: first line, counted from 1.
        column: first column, counted from 1 in Unicode code points.
        end_line: last line.
        end_column: the column after the last one.

    Raises:
        ValueError: a number below 1, or an end before the start.
    """

    path: str
    line: int = 1
    column: int = 1
    end_line: int = 1
    end_column: int = 1

    def __post_init__(self) -> None:
        if min(self.line, self.column, self.end_line, self.end_column) < 1:
            raise ValueError(f"a location counts from 1: {self!r}")
        if (self.end_line, self.end_column) < (self.line, self.column):
            raise ValueError(f"a location ends before it starts: {self!r}")

    def within(self, other: Location) -> bool:
        """Whether this region lies in another one, or is it."""
        return (
            self.path == other.path
            and (other.line, other.column) <= (self.line, self.column)
            and (self.end_line, self.end_column) <= (other.end_line, other.end_column)
        )

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"
