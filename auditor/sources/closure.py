"""The files that the audit of what a change reaches may read: enough of a repository to audit it in another place.

Whatever lies below a directory that is reached may be read by its code; from elsewhere only what a path with `..` in it leads to, from the
code's own directory or from a root's. Files are taken whole directories at a time: one too many costs a copy, never a verdict.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator

from auditor.lazy.expressions import regex
from auditor.sources.tree import Tree, is_below
from auditor.sources.walk import Reached, directory_of, joined

_UPWARDS = regex(rb"(?:\./)*(?:\.\./)+[^\"'\s,)\]*?${}]*")
_PARENT = regex(rb"\bdirname\s*\(")


def closure(tree: Tree, reach: Reached) -> frozenset[str]:
    """The files, relative to the top of the repository."""
    if reach.everything:
        return frozenset(_below(tree, ["."]))
    todo = {*reach.modules, *reach.folders, *(directory_of(path) for path in reach.files)}
    texts = [(directory_of(path), tree.files.read(path) or b"") for path in (*reach.files, *sorted(reach.beside))]
    seen: set[str] = set()
    files: set[str] = set()
    while todo or texts:
        for directory in todo:
            hidden = {} if directory in tree.names else _hidden(tree, directory)
            files.update(hidden)
            texts.append((directory, tree.code.get(directory, b"\n".join(hidden.values()))))
        seen |= todo
        places = {
            place
            for directory, text in texts
            for path in _named(text, (directory, *reach.modules))
            for place in _places(tree, path)
        }
        todo, texts = places - seen, []
        linked = {tree.links[link] for link in tree.links if _holds(seen | todo, link)}
        todo |= linked - seen
    return frozenset((*files, *_below(tree, seen)))


def _hidden(tree: Tree, directory: str) -> dict[str, bytes]:
    """The files of a directory that a walk passes over."""
    read = ((path, tree.files.read(path)) for path in (joined(directory, name) for name in tree.files.names(directory)))
    return {path: content for path, content in read if content is not None}


def _places(tree: Tree, path: str) -> Iterator[str]:
    """The directories to take for a path that code names: itself, or the one that holds what has such a name, or begins with it."""
    if any(is_below(one, path) for one in tree.names) or any(tree.files.names(path)):
        yield path
        return
    above = directory_of(path)
    names = (joined(above, name) for name in tree.files.names(above))
    if any(one.startswith(path) for one in (*tree.names, *names)):
        yield above


def _named(text: bytes, bases: Iterable[str]) -> Iterator[str]:
    """The paths from a parent directory on that a text has, from any of some directories."""
    # data may be large, and an expression takes a hundred times as long as a look for a word
    written = {found.decode("utf-8", "replace") for found in _UPWARDS.findall(text)} if b"../" in text else set()
    if b"dirname" in text and _PARENT.search(text):
        written.add("..")
    for base in dict.fromkeys(bases):
        for one in written:
            path = posixpath.normpath(posixpath.join(base, one))
            if not path.startswith("../") and path != "..":
                yield path


def _holds(directories: Iterable[str], path: str) -> bool:
    return any(is_below(path, directory) for directory in directories)


def _below(tree: Tree, directories: Iterable[str]) -> Iterator[str]:
    """Every file below some directories."""
    directories = tuple(directories)
    for place, names in tree.names.items():
        if _holds(directories, place):
            yield from (joined(place, name) for name in names)
