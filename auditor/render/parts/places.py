"""Places as code scanning counts them: paths from the root of the repository, columns in UTF-16 code units.

Sources: GitHub, "SARIF support for code scanning" (paths relative to the root of the repository, symbolic links resolved; the
file is matched by path alone); SARIF 2.1.0, 3.14.27 (`columnKind`) and 3.30 (`region`); RFC 3986 for the encoding.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from urllib.parse import quote

from auditor.foundation.location import Location
from auditor.foundation.repository import PARENT, STANDARD_INPUT, RepositoryPaths
from auditor.foundation.text import Texts
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex
from auditor.render.parts.lines import SourceLines

_ASTRAL = regex("[\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Region:
    """A region with columns in UTF-16 code units, end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


class Places:
    """Converts the locations of one report.

    Args:
        texts: the files, for the width of their characters.
        root: the root of the repository; None finds the nearest directory with `.git` above each file, else the current directory.
    """

    def __init__(self, texts: Texts, root: str | None = None) -> None:
        self.lines = SourceLines(texts)
        self._paths = RepositoryPaths(root)
        self._astral: dict[tuple[str, int], list[int]] = {}

    def path(self, path: str) -> str:
        """The path from the root of the repository, with `/`; see `PARENT` and `STANDARD_INPUT` for what has none."""
        return self._paths.of(path)

    def inside(self, path: str) -> bool:
        """Whether a reader of the repository can open the file: it lies inside, and not among downloaded modules."""
        parts = self.path(path).split("/")
        return parts[0] not in {STANDARD_INPUT, PARENT} and ".terraform" not in parts

    def uri(self, path: str) -> str:
        """The path as a relative URI reference that `decodeURIComponent` turns back into it."""
        return quote(self.path(path), safe="/", errors="replace")

    def region(self, location: Location) -> Region:
        """The region; an empty one is widened to the rest of its line, or one column."""
        exact = self.exactly(location)
        if (exact.line, exact.column) != (exact.end_line, exact.end_column):
            return exact
        rest = len(self.lines.line(location.path, location.line))
        return replace(exact, end_column=max(exact.column + 1, self._utf16(location.path, location.line, rest + 1)))

    def exactly(self, location: Location) -> Region:
        """The region as it is: an empty one is a place to insert at."""
        column = self._utf16(location.path, location.line, location.column)
        return Region(location.line, column, location.end_line, self._utf16(location.path, location.end_line, location.end_column))

    def _utf16(self, path: str, number: int, column: int) -> int:
        if (path, number) not in self._astral:
            self._astral[path, number] = [match.start() for match in _ASTRAL.finditer(self.lines.line(path, number))]
        return column + bisect_left(self._astral[path, number], column - 1)
