"""The repositories of a fleet."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence

from auditor.foundation.border import digest, named
from auditor.foundation.errors import AuditError
from auditor.lazy.classes import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """A repository.

    Attributes:
        path: of its directory, absolute; of a bare repository, the directory that git keeps.
        stem: the name of its results without an ending, which no other repository has.
    """

    path: str
    stem: str


def targets(given: Sequence[str]) -> tuple[Target, ...]:
    """The repositories that are named, each once.

    Args:
        given: directories, and files that list directories, one a line; a path in such a file is relative to it, and `#` begins a comment.

    Raises:
        AuditError: a list cannot be read.
    """
    paths = dict.fromkeys(path for one in given for path in ([one] if os.path.isdir(one) else _listed(one)))
    absolute = dict.fromkeys(map(os.path.abspath, paths))
    names = [_name(path) for path in absolute]
    return tuple(
        Target(path, name if names.count(name) == 1 else f"{name}-{digest(path.encode('utf-8', 'surrogateescape'))[:8]}")
        for path, name in zip(absolute, names, strict=True)
    )


def _listed(file: str) -> Iterator[str]:
    try:
        text = named(file).text(file)
    except OSError as error:
        raise AuditError(f"{file}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise AuditError(f"{file}: is not UTF-8") from error
    lines: Iterable[str] = (line.strip() for line in text.splitlines())
    yield from (os.path.join(os.path.dirname(file), line) for line in lines if line and not line.startswith("#"))


def _name(path: str) -> str:
    """The last part of a path, as a name that any file can have."""
    return re.sub(r"[^\w.+-]", "_", os.path.basename(path)).lstrip(".") or "repository"


def is_bare(directory: str) -> bool:
    """Whether a directory is a git repository without a work tree."""
    parts = (os.path.join(directory, name) for name in ("objects", "refs"))
    return os.path.isfile(os.path.join(directory, "HEAD")) and all(map(os.path.isdir, parts))
