"""Places as code scanning counts them: paths from the root of the repository, columns in UTF-16 code units.

Sources: GitHub, "SARIF support for code scanning" (paths relative to the root of the repository, symbolic links resolved; the
file is matched by path alone); SARIF 2.1.0, 3.14.27 (`columnKind`) and 3.30 (`region`); RFC 3986 for the encoding.
"""

from __future__ import annotations

import os
import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from auditor.foundation.location import Location
from auditor.foundation.text import Texts
from auditor.render.parts.lines import Lines

STANDARD_INPUT = "_standard-input"
"""The path of what was read from standard input: relative, not empty, and no file of the repository."""

PARENT = "_parent"
"""What stands for each `..` on the way to a file outside the repository.

GitHub refuses an upload whose addresses have a scheme or are empty, and an absolute path would depend on the machine. This way
the path is relative, no file of the repository is mistaken for it, and two files never become one.
"""


_ASTRAL = re.compile("[\U00010000-\U0010ffff]")


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
        self.lines = Lines(texts)
        self._root = root
        self._roots: dict[Path, Path] = {}
        self._paths: dict[str, str] = {}
        self._astral: dict[tuple[str, int], list[int]] = {}

    def path(self, path: str) -> str:
        """The path from the root of the repository, with `/`; see `PARENT` and `STANDARD_INPUT` for what has none."""
        if path not in self._paths:
            self._paths[path] = STANDARD_INPUT if path == "-" else self._relative(path)
        return self._paths[path]

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

    def _relative(self, path: str) -> str:
        try:
            resolved = os.path.realpath(path)
            root = os.path.realpath(self._root) if self._root is not None else str(self._nearest(Path(resolved).parent))
            relative = Path(os.path.relpath(resolved, root))
            if relative.parts[:1] == (os.pardir,):
                # a symbolic link that leads out of the repository: its own path is the better name
                named = Path(os.path.relpath(path, root))
                relative = relative if named.parts[:1] == (os.pardir,) else named
        except ValueError:  # another drive, or a name that no file can have
            return "/".join((PARENT, *(part for part in path.replace("\\", "/").split("/") if part not in {"", "..", "."})))
        return "/".join(PARENT if part == os.pardir else part for part in relative.parts) or "."

    def _nearest(self, directory: Path) -> Path:
        """The nearest directory with `.git` at or above one; the current directory when there is none."""
        if directory not in self._roots:
            if (directory / ".git").exists():
                self._roots[directory] = directory
            else:
                self._roots[directory] = Path.cwd().resolve() if directory.parent == directory else self._nearest(directory.parent)
        return self._roots[directory]
