"""Fixed files: written in place, or shown as a patch."""

from __future__ import annotations

import difflib
import errno
import os
import re
import stat
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from io import RawIOBase

from auditor.foundation.repository import top_above
from auditor.foundation.text import Texts
from auditor.lazy.classes import dataclass


def written(files: Mapping[str, bytes], texts: Texts) -> None:
    """Writes each file whole or not at all, and none where a disk is full; its owner, mode and attributes stay, and a link stays a link.

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
    beside: dict[str, str] = {}
    path = ""
    try:
        for path, (_, content) in new.items():
            beside[path] = _beside(path, content)
        for path, (read, content) in new.items():
            _put_in_place(path, beside[path], texts.read_bytes(read), content)
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from error
    finally:
        for one in beside.values():
            with suppress(FileNotFoundError):
                os.unlink(one)


def _beside(path: str, content: bytes) -> str:
    """A new file beside a file, with its mode."""
    handle, beside = tempfile.mkstemp(dir=os.path.dirname(path) or ".", prefix=".auditor-")
    try:
        with open(handle, "wb") as stream:
            stream.write(content)
        os.chmod(beside, stat.S_IMODE(os.stat(path).st_mode))
    except BaseException:
        os.unlink(beside)
        raise
    return beside


def _put_in_place(path: str, beside: str, old: bytes, content: bytes) -> None:
    """Puts a new file in the place of a file where that changes nothing but the content, else writes into the file itself."""
    if _status(beside) == _status(path):
        os.replace(beside, path)
    else:
        _write_into(path, old, content)


def _status(path: str) -> tuple[object, ...]:
    """What another file in the place of a file must have: its owner, mode, names and extended attributes."""
    found, attributes = os.stat(path), {}
    if hasattr(os, "listxattr"):  # on Linux only
        with suppress(OSError):  # a file system that has none
            attributes = {name: os.getxattr(path, name) for name in os.listxattr(path)}
    return found.st_uid, found.st_gid, found.st_mode, found.st_nlink, attributes


def _write_into(path: str, old: bytes, content: bytes) -> None:
    """Writes into a file that other names or an owner have; what it held comes back where that fails."""
    with open(path, "r+b", buffering=0) as stream:
        try:
            _put(stream, content)
        except BaseException:
            _put(stream, old)
            raise


def _put(stream: RawIOBase, content: bytes) -> None:
    stream.seek(0)
    rest = memoryview(content)
    while rest:
        rest = rest[stream.write(rest) or 0 :]
    stream.truncate()


@dataclass(frozen=True, slots=True)
class UnifiedDiff:
    """Changes of files, as `patch -p1` and `git apply` take them.

    Attributes:
        text: the diff; empty where nothing changes.
        directory: where it is to be applied; empty for the current one.
    """

    text: str
    directory: str = ""


def patch(files: Mapping[str, bytes], texts: Texts) -> UnifiedDiff:
    """The changes as a diff.

    Raises:
        OSError: two names of one file give it different contents.
    """
    shown: list[str] = []
    changed, here = _by_name(files), os.path.realpath(".")
    base = _directory_of(changed, here)
    for path, (read, content) in changed.items():
        old, new = (_lines(each.decode("utf-8")) for each in (texts.read_bytes(read), content))
        name = os.path.relpath(os.path.realpath(path), base)
        lines = difflib.unified_diff(old, new, _named(f"a/{name}"), _named(f"b/{name}"))
        shown += (line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
    return UnifiedDiff("".join(shown), "" if base == here else base)


def _directory_of(files: Iterable[str], here: str) -> str:
    """The directory in which a diff of some files is applied: the current one, else the repository or directory that holds them all.

    Neither program takes a name that is absolute or leads upwards. Source: git-apply, "--unsafe-paths"; GNU patch, "Multiple Patches in a File".
    """
    holders = {os.path.dirname(os.path.realpath(path)) for path in files} or {here}
    common = os.path.commonpath(holders)
    return here if os.path.commonpath([here, common]) == here else top_above(common) or common


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
