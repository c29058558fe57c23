"""Fixed files: written in place, or shown as a patch."""

from __future__ import annotations

import difflib
import errno
import os
import re
import stat
import tempfile
from collections.abc import Mapping

from auditor.foundation.text import Texts


def written(files: Mapping[str, bytes], texts: Texts) -> None:
    """Writes each file whole or not at all; its mode stays, and a link stays a link.

    Args:
        files: the new content of each, by path.
        texts: as they were read.

    Raises:
        OSError: a file cannot be written, is read-only, or is not what was read any more; when that is seen before anything is written, nothing is.
    """
    new = _by_name(files)
    for path, (read, _) in new.items():
        if not os.stat(path).st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
            raise OSError(errno.EACCES, "it is read-only", path)
        with open(path, "rb") as stream:
            if stream.read() != texts.read_bytes(read):
                raise OSError(errno.EBUSY, "it changed while it was audited", path)
    for path, (_, content) in new.items():
        handle, beside = tempfile.mkstemp(dir=os.path.dirname(path) or ".", prefix=".auditor-")
        try:
            with open(handle, "wb") as stream:
                stream.write(content)
            os.chmod(beside, os.stat(path).st_mode & 0o7777)
            os.replace(beside, path)
        except OSError:
            os.unlink(beside)
            raise


def patch(files: Mapping[str, bytes], texts: Texts) -> str:
    """The changes as a unified diff, as `patch -p1` and `git apply` take it.

    Raises:
        OSError: two names of one file give it different contents.
    """
    shown: list[str] = []
    for path, (read, content) in _by_name(files).items():
        old, new = (_lines(each.decode("utf-8")) for each in (texts.read_bytes(read), content))
        lines = difflib.unified_diff(old, new, _named(f"a/{path}"), _named(f"b/{path}"))
        shown += (line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
    return "".join(shown)


def _named(path: str) -> str:
    """A name in the header of a patch: with a tab behind it where it has blanks, in quotes where it has control characters.

    Source: git-diff, "Generating patch text with -p": file names with unusual characters are quoted as `core.quotePath` says.
    """
    if not any(one < " " for one in path):
        return f"{path}\t" if " " in path else path
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(f"\\{ord(one):03o}" if one < " " else one for one in escaped) + '"'


def _lines(text: str) -> list[str]:
    """Lines with their ends, as `patch` and git count them: a line feed alone ends one."""
    return [line for line in re.split(r"(?<=\n)", text) if line]


def _by_name(files: Mapping[str, bytes]) -> dict[str, tuple[str, bytes]]:
    """By the real name of each file: the name under which it was read, and its new content."""
    new: dict[str, tuple[str, bytes]] = {}
    for path, content in files.items():
        real = os.path.realpath(path)
        name = path if real == os.path.abspath(path) else os.path.relpath(real)
        if new.setdefault(name, (path, content))[1] != content:
            raise OSError(errno.EEXIST, f"{path} is the same file, and would change in another way", name)
    return new
