"""Patterns of paths: `*` and `?` stay within a name, `**` crosses directories; what covers a directory covers everything in it."""

from __future__ import annotations

import os
from collections.abc import Sequence

from auditor.foundation.location import Location
from auditor.lazy.classes import dataclass


@dataclass(frozen=True, slots=True)
class Territory:
    """The part of a tree that something speaks for.

    Attributes:
        directory: its top, absolute, symbolic links resolved.
        without: directories below that something else speaks for.
        inside: where the directory lies in the tree that patterns are relative to.
    """

    directory: str
    without: tuple[str, ...] = ()
    inside: str = "."

    def path(self, path: str) -> str | None:
        """A path from the top of the territory on, with `/` (`.` for the top); None when it is not in the territory."""
        full = os.path.realpath("." if path == "-" else path)
        if not is_within(full, self.directory) or any(is_within(full, other) for other in self.without):
            return None
        return os.path.normpath(os.path.join(self.inside, os.path.relpath(full, self.directory))).replace(os.sep, "/")

    def moved(self, old: str, new: str) -> Territory:
        """The same territory for a copy of a directory; both paths are absolute, symbolic links resolved."""
        if not is_within(self.directory, old) and not is_within(old, self.directory):
            return self
        directory = _moved(self.directory, old, new) if is_within(self.directory, old) else new
        inside = "." if is_within(self.directory, old) else os.path.relpath(old, self.directory)
        return Territory(directory, tuple(_moved(one, old, new) for one in self.without if is_within(one, old)), inside)


def _moved(path: str, old: str, new: str) -> str:
    return os.path.normpath(os.path.join(new, os.path.relpath(path, old)))


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
        wanted = [part for part in self.text.split("/") if part not in ("", ".")]
        return _begins(wanted, [part for part in inside.split("/") if part != "."])


def is_within(path: str, directory: str) -> bool:
    """Whether an absolute path is a directory or lies below it."""
    return path == directory or path.startswith(directory.rstrip(os.sep) + os.sep)


def _begins(pattern: Sequence[str], path: Sequence[str]) -> bool:
    """Whether a path, or one that it is in, is of a pattern: every length of it that some part of the pattern can reach, part by part."""
    ends = {0}
    for part in pattern:
        if part == "**":
            ends = set(range(min(ends, default=len(path) + 1), len(path) + 1))
        else:
            ends = {end + 1 for end in ends if end < len(path) and _is_of(part, path[end])}
    return bool(ends)


def _is_of(pattern: str, name: str) -> bool:
    """Whether a name is of a pattern without `/`; a star that took too little takes one more, and no earlier one has to."""
    at, star, taken, place = 0, -1, 0, 0
    while place < len(name):
        if at < len(pattern) and pattern[at] == "*":
            star, taken, at = at, place, at + 1
        elif at < len(pattern) and pattern[at] in ("?", name[place]):
            at, place = at + 1, place + 1
        elif star >= 0:
            taken += 1
            at, place = star + 1, taken
        else:
            return False
    return set(pattern[at:]) <= {"*"}
