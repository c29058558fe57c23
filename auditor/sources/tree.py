"""The files of a repository as names and texts, wherever they are, also partly replaced; and what its modules name, unparsed.

Paths are relative to the top of the repository, with `/` between their parts.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from typing import Protocol

from auditor.foundation.border import Border, Disk
from auditor.foundation.text import TERRAFORM_SUFFIXES
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex
from auditor.sources.walk import directory_of, is_passed_over, joined

# A relative path, in quotes: the source of a module, or a file.
_LOCAL = regex(rb'"(\.\.?(?:/[^"\n]*)?)"')


@dataclass(slots=True)
class TreeListing:
    """What a walk of a repository sees.

    Attributes:
        names: the files of each directory.
        links: what is a link, and the path that it leads to.
        unlisted: the directories that cannot be listed.
    """

    names: dict[str, list[str]] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    unlisted: set[str] = field(default_factory=set)


class Files(Protocol):
    """The files of a repository."""

    def listing(self) -> TreeListing:
        """What a walk sees: nothing of the directories that are passed over."""

    def names(self, directory: str) -> Iterable[str]:
        """What is in one directory, also in one that a walk passes over."""

    def read(self, path: str) -> bytes | None:
        """The content of a file; None when it cannot be read."""


@dataclass(slots=True)
class OnDisk:
    """The files below a directory."""

    top: str
    _disk: Disk = field(init=False)

    def __post_init__(self) -> None:
        self._disk = Disk(Border(frozenset({os.path.realpath(self.top)})))

    def listing(self) -> TreeListing:
        """What a walk sees."""
        found = TreeListing()
        todo = ["."]
        while todo:
            directory = todo.pop()
            names = found.names.setdefault(directory, [])
            try:
                with self._disk.entries(os.path.join(self.top, directory)) as entries:
                    for entry in entries:
                        path = joined(directory, entry.name)
                        if entry.is_symlink():
                            found.links[path] = os.path.relpath(os.path.realpath(entry.path), self.top)
                        if not entry.is_dir():
                            names.append(entry.name)
                        elif not entry.is_symlink() and not is_passed_over(entry.name):
                            todo.append(path)
            except OSError:
                found.unlisted.add(directory)
        return found

    def names(self, directory: str) -> Iterable[str]:
        """What is in one directory."""
        full = os.path.join(self.top, directory)
        return self._disk.names(full) if os.path.isdir(full) and self._disk.holds(full) else ()

    def read(self, path: str) -> bytes | None:
        """The content of a file."""
        try:
            return self._disk.content(os.path.join(self.top, path))
        except OSError:
            return None


@dataclass(frozen=True, slots=True)
class Replaced:
    """Other files with some contents in place of theirs; None for what is gone."""

    base: Files
    contents: Mapping[str, bytes | None]

    def listing(self) -> TreeListing:
        """What a walk sees."""
        found = self.base.listing()
        for path, content in self.contents.items():
            _enter(found, path, there=content is not None)
        return found

    def names(self, directory: str) -> Iterable[str]:
        """What is in one directory."""
        mine = {path: content for path, content in self.contents.items() if directory_of(path) == directory}
        others = (name for name in self.base.names(directory) if joined(directory, name) not in mine)
        return (*others, *(posixpath.basename(path) for path, content in mine.items() if content is not None))

    def read(self, path: str) -> bytes | None:
        """The content of a file."""
        return self.contents[path] if path in self.contents else self.base.read(path)


@dataclass(frozen=True, slots=True)
class Either:
    """Two sides of a change at once: a file that differs says what it says on either."""

    base: Files
    contents: Mapping[str, bytes | None]

    def listing(self) -> TreeListing:
        """What a walk sees on either side."""
        found = self.base.listing()
        for path, content in self.contents.items():
            if content is not None:
                _enter(found, path, there=True)
        return found

    def names(self, directory: str) -> Iterable[str]:
        """What is in one directory on either side."""
        mine = (path for path, content in self.contents.items() if content is not None)
        own = (posixpath.basename(path) for path in mine if directory_of(path) == directory)
        return {*self.base.names(directory), *own}

    def read(self, path: str) -> bytes | None:
        """The content of a file, that of the other side after it."""
        texts = [text for text in (self.base.read(path), self.contents.get(path)) if text is not None]
        return b"\n".join(texts) if texts else None


def _enter(listing: TreeListing, path: str, *, there: bool) -> None:
    """Puts a file into a listing, or takes it out."""
    directory, name = directory_of(path), posixpath.basename(path)
    if any(map(is_passed_over, directory.split("/"))) and directory != ".":
        return
    listing.links.pop(path, None)
    names = listing.names.setdefault(directory, [])
    if name in names:
        names.remove(name)
    if there:
        names.append(name)


class Tree:
    """The names of a repository, and the text of its Terraform, by directories.

    Attributes:
        files: where they are.
        names: the files of each directory.
        links: what is a link, and the path that it leads to.
        code: the text of the Terraform of each directory that has some.
        unread: the directories that cannot be listed, or whose code cannot be read.
        callers: the directories of the modules that name a path, by that path.
    """

    def __init__(self, files: Files) -> None:
        self.files = files
        listing = files.listing()
        self.names, self.links, self.unread = listing.names, listing.links, listing.unlisted
        self.code = {
            directory: self._text(directory, code)
            for directory, names in self.names.items()
            if (code := [name for name in names if name.endswith(TERRAFORM_SUFFIXES)])
        }
        self.callers: dict[str, set[str]] = {}
        for directory, text in self.code.items():
            for name in _LOCAL.findall(text):
                for place in (directory, *self.aliases(directory)):
                    target = posixpath.normpath(posixpath.join(place, name.decode("utf-8", "replace")))
                    self.callers.setdefault(target, set()).add(place)

    def _text(self, directory: str, names: Iterable[str]) -> bytes:
        texts = [self.files.read(joined(directory, name)) for name in names]
        if any(text is None for text in texts):
            self.unread.add(directory)
        return b"\n".join(text for text in texts if text is not None)

    def aliases(self, path: str) -> Iterator[str]:
        """The other paths of a file or directory, through links."""
        for link, target in self.links.items():
            if target != "." and is_below(path, target):
                yield link + path[len(target) :]

    def is_hidden_module(self, directory: str) -> bool:
        """Whether a directory of Terraform is one that a walk passes over."""
        hidden = directory != "." and any(map(is_passed_over, directory.split("/")))
        return hidden and any(name.endswith(TERRAFORM_SUFFIXES) for name in self.files.names(directory))

    def above(self, directories: Iterable[str]) -> set[str]:
        """Directories with those whose modules call them, at any depth."""
        found: set[str] = set()
        todo = list(directories)
        while todo:
            directory = todo.pop()
            if directory not in found:
                found.add(directory)
                todo.extend(self.callers.get(directory, ()))
        return found


def is_below(path: str, directory: str) -> bool:
    """Whether a path is a directory, or within it."""
    return directory in (".", path) or path.startswith(f"{directory}/")
