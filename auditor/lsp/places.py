"""Places as the protocol counts them: addresses of files, lines from 0, columns in the units that the editor asked for.

Source: Language Server Protocol 3.17, "URI" and "Position" (`positionEncoding`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from lsprotocol.types import Location as Address
from lsprotocol.types import Position, Range
from pygls.uris import from_fs_path
from pygls.workspace import PositionCodec

from auditor.foundation.location import Location
from auditor.foundation.text import Texts
from auditor.render.parts.lines import SourceLines


class EditorPlaces:
    """The places of one run.

    Args:
        texts: what was read.
        codec: how the editor counts columns.
        addresses: of the open files, by their real paths: a file is called what the editor calls it.
    """

    def __init__(self, texts: Texts, codec: PositionCodec, addresses: Mapping[str, str]) -> None:
        self._lines, self._codec, self._addresses = SourceLines(texts), codec, addresses

    def address(self, path: str) -> str:
        """The address of a file."""
        return self._addresses.get(os.path.realpath(path)) or str(from_fs_path(os.path.abspath(path)))

    def range(self, location: Location) -> Range:
        """The region; an empty one is a place to insert at."""
        return Range(
            self._position(location.path, location.line, location.column),
            self._position(location.path, location.end_line, location.end_column),
        )

    def seen(self, location: Location) -> Range:
        """The region, an empty one widened to the rest of its line, so that it can be seen."""
        region = self.range(location)
        if region.start != region.end:
            return region
        width = len(self._lines.line(location.path, location.line))
        return Range(region.start, self._position(location.path, location.line, width + 1))

    def located(self, location: Location) -> Address:
        """The region with its file."""
        return Address(self.address(location.path), self.range(location))

    def end(self, path: str) -> Position:
        """The end of a file."""
        count = self._lines.count(path)
        return self._position(path, count, len(self._lines.line(path, count)) + 1)

    def _position(self, path: str, line: int, column: int) -> Position:
        return Position(line - 1, self._codec.client_num_units(self._lines.line(path, line)[: column - 1]))


def contains(region: Range, position: Position) -> bool:
    """Whether a position lies in a region, or at its end."""
    return (
        (region.start.line, region.start.character)
        <= (position.line, position.character)
        <= (region.end.line, region.end.character)
    )


def overlap(one: Range, other: Range) -> bool:
    """Whether two regions have a position in common."""
    return contains(one, other.start) or contains(other, one.start)
