"""Places in source text."""

from __future__ import annotations

import copyreg
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from auditor.lazy.classes import dataclass


class _Deferred:
    """A place that is worked out when somebody asks for it: most places of a tree are never asked for."""

    __slots__ = ("_region",)

    if not TYPE_CHECKING:  # a name that is misspelt stays an error of types

        def __getattr__(self, name: str) -> object:
            if name not in _NAMES:
                raise AttributeError(name)
            lines, start, end = self._region
            for one, value in zip(_NAMES, (lines.path, *lines.place(start), *lines.place(max(start, end))), strict=True):
                object.__setattr__(self, one, value)
            return object.__getattribute__(self, name)


_NAMES = ("path", "line", "column", "end_line", "end_column")


@dataclass(frozen=True, slots=True, order=True)
class Location(_Deferred):
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


class Lines:
    """The line table of one text: turns offsets into lines and columns.

    Args:
        text: the whole text.
        path: of the file, as the user would name it.
        line: the line of its first character, counted from 1; not 1 where the text is a part of a file.
        column: the column of its first character, counted from 1 in code points.
    """

    __slots__ = ("_column", "_line", "_starts", "path", "text")

    def __init__(self, text: str, path: str, line: int = 1, column: int = 1) -> None:
        self.text, self.path = text, path
        self._line, self._column = line, column
        self._starts: Sequence[int] | None = None

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, counted from 1 in code points; a byte order mark takes no column."""
        starts = self._table()
        index = bisect_right(starts, offset) - 1
        column = offset - starts[index]
        if index:
            return self._line + index, column + 1
        if column and self.text.startswith("\ufeff"):
            column -= 1
        return self._line, self._column + column

    def line(self, number: int) -> str:
        """A line of the text, counted from 1, with its end; empty when there is none."""
        starts = self._table()
        return self.text[starts[number - 1] : starts[number] if number < len(starts) else None] if number <= len(starts) else ""

    @property
    def count(self) -> int:
        """How many lines there are; what follows the last line end is one."""
        return len(self._table())

    def _table(self) -> Sequence[int]:
        """Where the lines start."""
        if self._starts is None:
            from array import array

            self._starts = array("I", starts_of(self.text))
        return self._starts

    def region(self, start: int, end: int) -> Location:
        """The region from one offset up to another; worked out when it is looked at."""
        place = _new(Location)
        _set_region(place, (self, start, end))
        return place


class Placing(Protocol):
    """What turns numbers into lines and columns of a file."""

    @property
    def path(self) -> str:
        """The file as the user would name it."""
        ...

    def place(self, offset: int, /) -> tuple[int, int]:
        """Line and column, counted from 1, of a number that it gave out."""
        ...


def place_between(placing: Placing, start: int, end: int) -> Location:
    """The region between two numbers that mean something to what places them; worked out when it is looked at."""
    place = _new(Location)
    _set_region(place, (placing, start, end))
    return place


def carried(place: Location) -> tuple[Any, ...]:
    """How a place is carried over to another process, as `copyreg` has it: what nobody asked for is not worked out for that."""
    region = getattr(place, "_region", None)
    if region is not None and type(region[0]) is Lines:
        return place_between, region
    return copyreg.__newobj__, (Location,), place.__getstate__()  # type: ignore[attr-defined]


def written_at(place: Location) -> str | None:
    """The text of a region, as long as the text that it is of is known by offsets; None for another one."""
    region = getattr(place, "_region", None)
    if region is None or type(region[0]) is not Lines:
        return None
    lines, start, end = region
    return str(lines.text[start:end])


class OnePlace(Lines):
    """The lines of a text all of which has one place, because it is written nowhere, or nothing is known but where it begins.

    Args:
        text: the whole text.
        place: likewise.
    """

    __slots__ = ("_place",)

    def __init__(self, text: str, place: Location) -> None:
        super().__init__(text, place.path)
        self._place = place

    def region(self, start: int, end: int) -> Location:  # noqa: ARG002 - one place for all
        """That place."""
        return self._place


def starts_of(text: str) -> Iterator[int]:
    """The offset of each line of a text."""
    start = 0
    while True:
        yield start
        start = text.find("\n", start) + 1
        if not start:
            return


_new = object.__new__
_set_region = vars(_Deferred)["_region"].__set__  # the slot itself, which a frozen class leaves open
