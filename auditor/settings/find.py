"""Where settings files are: the nearest above each path, and those below it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from auditor.foundation.border import Border, Disk, tree_around
from auditor.foundation.path_pattern import Territory, is_within
from auditor.foundation.repository import top_above
from auditor.sources.walk import SETTINGS_FILE, is_passed_over

MISNAMED = ".auditor.yml"
"""A name that people give the file, and that is not read: silence about it would be worst."""


OWN_CONTRACTS = ".auditor/contracts"
"""The folder of a repository's own contracts."""


def territories(paths: Sequence[str], *, changed: bool) -> tuple[Territory, ...]:
    """The directories that hold settings files for what is audited, each with what it speaks for.

    Args:
        paths: files and directories; `-` is standard input, which the working directory stands for.
        changed: whether the paths are the files of a change, which may reach anything in the repository.
    """
    holding: set[str] = set()
    repositories: set[str] = set()
    walked: set[str] = set()
    for path in paths:
        start = _start_of("." if path == "-" else path)
        top = top_of(start)
        holding.update(_nearest_above(start, top))
        below = top if changed else start if os.path.isdir(path) else None
        if below is not None and below not in walked:
            walked.add(below)
            for directory, held, is_repository in _walk(below):
                holding.update([directory] if held else ())
                repositories.update([directory] if is_repository else ())
    ends = holding | repositories
    return tuple(
        Territory(directory, tuple(sorted(other for other in ends if other != directory and is_within(other, directory))))
        for directory in sorted(holding)
    )


def _start_of(path: str) -> str:
    """The directory that a path names or is in; the one of the link where a link leads out of the tree that a person named: it decides nothing."""
    full, tree = os.path.realpath(path), tree_around(path)
    if not is_within(full, tree):
        full = os.path.realpath(os.path.dirname(os.path.abspath(path)))
        return full if is_within(full, tree) else tree
    return full if os.path.isdir(full) else os.path.dirname(full)


def top_of(directory: str) -> str:
    """Where the search ends: the directory with `.git`, else the working directory, else the directory itself.

    Args:
        directory: absolute, symbolic links resolved.
    """
    here = os.path.realpath(os.getcwd())
    return top_above(directory) or (here if is_within(directory, here) else directory)


def _nearest_above(directory: str, top: str) -> Iterator[str]:
    while not any(os.path.lexists(os.path.join(directory, name)) for name in (SETTINGS_FILE, MISNAMED)):
        if directory in (top, os.path.dirname(directory)):  # above which there may be nothing
            return
        directory = os.path.dirname(directory)
    yield directory


def _walk(top: str) -> Iterator[tuple[str, bool, bool]]:
    """Each directory at and below one: whether it holds a settings file, and whether it is the top of a repository."""
    for directory, names, files in Disk(Border(frozenset({os.path.realpath(top)}))).walk(top):
        yield directory, SETTINGS_FILE in files or MISNAMED in files, ".git" in names or ".git" in files
        names[:] = [name for name in names if not is_passed_over(name)]
