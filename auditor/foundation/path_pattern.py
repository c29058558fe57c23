"""Patterns of paths: `*` and `?` stay within a name, `**` crosses directories; what covers a directory covers everything in it."""

from __future__ import annotations

import functools
import os
import re
from dataclasses import dataclass

from auditor.foundation.location import Location


@dataclass(frozen=True, slots=True)
class Territory:
    """The part of a tree that something speaks for.

    Attributes:
        directory: its top, absolute, symbolic links resolved.
        without: directories below that something else speaks for.
    """

    directory: str
    without: tuple[str, ...] = ()

    def path(self, path: str) -> str | None:
        """A path from the top of the territory on, with `/` (`.` for the top); None when it is not in the territory."""
        full = os.path.realpath("." if path == "-" else path)
        if not is_within(full, self.directory) or any(is_within(full, other) for other in self.without):
            return None
        return os.path.relpath(full, self.directory).replace(os.sep, "/")


@dataclass(frozen=True, slots=True)
class PathPattern:
    """A pattern of paths in a territory.

    Attributes:
        text: as it is written, relative to the top of the territory.
        territory: where it applies.
        location: where it is written.
    """

    text: str
    territory: Territory
    location: Location

    def covers(self, path: str) -> bool:
        """Whether a file or directory, or one that it is in, is of the pattern."""
        inside = self.territory.path(path)
        if inside is None:
            return False
        parts = inside.split("/")
        expression = _expression(self.text)
        return any(expression.fullmatch("/".join(parts[:end])) for end in range(1, len(parts) + 1)) or self.text in {".", "**"}


def is_within(path: str, directory: str) -> bool:
    """Whether an absolute path is a directory or lies below it."""
    return path == directory or path.startswith(directory.rstrip(os.sep) + os.sep)


@functools.cache
def _expression(text: str) -> re.Pattern[str]:
    pieces = re.split(r"(\*\*/|/\*\*$|\*\*|\*|\?)", text.removeprefix("./").rstrip("/"))
    meaning = {"**/": "(?:.*/)?", "/**": "(?:/.*)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(meaning.get(piece) or re.escape(piece) for piece in pieces), re.DOTALL)
