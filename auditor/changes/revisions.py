"""The files of a git revision, read from the object store without touching the work tree.

`git` itself reads the objects: it is there where there are revisions. It runs without hooks, filters and file-system monitors, so that
nothing of the repository is carried out.
"""

from __future__ import annotations

import os
import posixpath
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from auditor.foundation.errors import AuditError
from auditor.foundation.repository import top_above
from auditor.foundation.text import FILE_SUFFIXES, TERRAFORM_SUFFIXES
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex
from auditor.sources.large import LARGE
from auditor.sources.tree import TreeListing
from auditor.sources.walk import SETTINGS_FILE, is_passed_over

_QUIET = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "protocol.allow=never")
_NAMES = ("--name-only", "--no-renames", "--no-ext-diff", "--ignore-submodules=dirty", "-z")
_LINK = "120000"
_MOST_LINKS = 8
_PIECE = 1 << 20


def commit_of(text: str, directory: str = ".") -> str | None:
    """The id of the commit that a text names in the repository around a directory; None when it names none, or there is no repository.

    Raises:
        AuditError: git refuses to read the repository.
    """
    ran = _git(directory, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{text}^{{commit}}")
    if ran.returncode == 0:
        return ran.stdout.decode().strip()
    there = _git(directory, "rev-parse", "--git-dir")
    if there.returncode and _NO_REPOSITORY not in there.stderr:
        raise _refused(there)
    return None


def top_of(directory: str, *, bare: bool = False) -> Path:
    """The top of the work tree around a directory.

    Args:
        directory: it.
        bare: whether a repository without a work tree will do: the top is its own directory then.

    Raises:
        AuditError: there is no repository, it has no work tree, or git refuses to read it.
    """
    ran = _git(directory, "rev-parse", "--show-toplevel")
    if ran.returncode and bare:
        ran = _git(directory, "rev-parse", "--absolute-git-dir")
    if _NO_REPOSITORY in ran.stderr:
        raise AuditError(
            "this is not a git repository, so there is no revision; 'auditor diff' compares two directories or documents as well"
        )
    if ran.returncode:
        raise _refused(ran)
    return Path(os.fsdecode(ran.stdout).removesuffix("\n"))


_NO_REPOSITORY = b"not a git repository"


def _refused(ran: subprocess.CompletedProcess[bytes]) -> AuditError:
    """Git's own words: of another user's repository, for example, they say what to configure."""
    words = " ".join(ran.stderr.decode("utf-8", "replace").split()).removeprefix("fatal: ")
    return AuditError(f"git does not read this repository: {words}")


def lacking(directory: str) -> str:
    """What to add where a revision was not found: that the clone has not all of them, if so."""
    ran = _git(directory, "rev-parse", "--is-shallow-repository")
    return (
        "; this clone is shallow: 'git fetch --unshallow' brings the commits that it lacks" if ran.stdout.strip() == b"true" else ""
    )


def merge_base(directory: str) -> str:
    """The commit where the current branch left the main one.

    Raises:
        AuditError: there is no repository, or no main branch.
    """
    top_of(directory)
    for main in ("origin/HEAD", "origin/main", "origin/master", "main", "master"):
        ran = _git(directory, "merge-base", "HEAD", main)
        if ran.returncode == 0:
            return ran.stdout.decode().strip()
    raise AuditError(
        f"no main branch was found to compare with: name a revision, for example 'auditor diff HEAD~1'{lacking(directory)}"
    )


def changed_files(directory: str, *, gone: bool) -> tuple[str, ...]:
    """The files that differ from the last commit, or between the two that pre-commit is asked about; a renamed file under both names.

    Sources: git-diff, "--no-renames", "--diff-filter"; pre-commit, "during push" (`PRE_COMMIT_FROM_REF` and `PRE_COMMIT_TO_REF`).

    Args:
        directory: within the work tree; the files are told from it.
        gone: whether only those are wanted that are gone; outside of a repository there are none.

    Raises:
        AuditError: there is no repository, and all changes are wanted.
    """
    if gone and top_above(os.path.abspath(directory)) is None:
        return ()
    top = top_of(directory)
    between = os.environ.get("PRE_COMMIT_FROM_REF"), os.environ.get("PRE_COMMIT_TO_REF")
    revisions = ("...".join(filter(None, between)),) if all(between) else ("HEAD",)
    kind = ("--diff-filter=D",) if gone else ()
    ran = _git(str(top), "diff", *_NAMES, *kind, "--end-of-options", *revisions, "--")
    if ran.returncode:  # there is no commit yet
        ran = _git(str(top), "ls-files", "-z", *(("--deleted",) if gone else ()))
    names = ran.stdout.split(b"\0")
    if not gone and not all(between):
        names += _git(str(top), "ls-files", "-z", "--others", "--exclude-standard").stdout.split(b"\0")
        names += map(os.fsencode, _in_submodules(top, "HEAD", None))
    return tuple(os.path.relpath(top / os.fsdecode(name), directory) for name in names if name)


def differing(top: Path, old: str, new: str | None) -> tuple[str, ...]:
    """The files that differ between a revision and another one, or the work tree; a renamed file under both names, from the top.

    Those of submodules that are checked out are among them.

    Raises:
        AuditError: git cannot tell.
    """
    between = (old,) if new is None else (old, new)
    ran = _git(str(top), "diff", *_NAMES, "--end-of-options", *between, "--")
    if ran.returncode:
        raise AuditError(f"git cannot compare '{old}': {ran.stderr.decode('utf-8', 'replace').strip()}")
    names = ran.stdout.split(b"\0")
    if new is None:
        names += _git(str(top), "ls-files", "-z", "--others", "--exclude-standard").stdout.split(b"\0")
    return tuple(dict.fromkeys([*(os.fsdecode(name) for name in names if name), *_in_submodules(top, old, new)]))


def _in_submodules(top: Path, old: str, new: str | None) -> Iterator[str]:
    """The files that differ in submodules; in one that a side does not have, or whose commit is not there, all that the other has."""
    before, after = ({} if side is None else _submodules(top, side) for side in (old, new))
    for path in before if new is None else {**before, **after}:
        place, commits = top / path, [before.get(path), after.get(path)]
        was, now = (one if one and commit_of(one, str(place)) else _EMPTY for one in commits)
        yield from (f"{path}/{name}" for name in differing(place, was, None if new is None else now))


_EMPTY = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
"""The tree without files, which git knows. Source: git, hash-object.c and `git hash-object -t tree /dev/null`."""


def _submodules(top: Path, revision: str) -> dict[str, str]:
    """The commit of each submodule that is checked out, by its path."""
    if not (top / ".gitmodules").exists():
        return {}
    kinds = _entries(_git(str(top), "ls-tree", "-r", "-z", "--full-tree", revision).stdout)
    return {path: name for path, _, kind, name in kinds if kind == "commit" and (top / path / ".git").exists()}


def _entries(listed: bytes) -> Iterator[tuple[str, str, str, str]]:
    """Path, mode, kind and id of each entry of a tree."""
    for entry in filter(None, listed.split(b"\0")):
        facts, _, path = entry.partition(b"\t")
        mode, kind, name = facts.decode().split(" ")
        yield os.fsdecode(path), mode, kind, name


_HUNK = regex(rb"@@ -\S+ \+(\d+)(?:,(\d+))? @@")


def shown_lines(top: Path, base: str) -> dict[str, list[tuple[int, int]]]:
    """The lines of the work tree that a change since a revision shows, with three of context, as first and last, by path from the top.

    Raises:
        AuditError: it is not a revision, or git cannot compare it.
    """
    commit = commit_of(base, str(top))
    if commit is None:
        raise AuditError(f"'{base}' is not a git revision")
    plain = ("--no-ext-diff", "--no-color", "--no-textconv", "--ignore-submodules", "--src-prefix=a/", "--dst-prefix=b/", "-U3")
    found: dict[str, list[tuple[int, int]]] = {}
    for path in (path for path in differing(top, commit, None) if path.endswith((*TERRAFORM_SUFFIXES, *FILE_SUFFIXES))):
        ran = _git(str(top), "diff", *plain, "--end-of-options", commit, "--", f":(literal){path}")
        for first, count in _HUNK.findall(ran.stdout):
            start, number = int(first), int(count or 1)
            if number:
                found.setdefault(path, []).append((start, start + number - 1))
    return found


def _contents(top: Path, objects: Sequence[str], most: int | None = None) -> Iterator[bytes | None]:
    """The contents of files of the object store, by their ids, one after the other; None for one that is larger than asked for.

    Args:
        top: of the repository.
        objects: the ids.
        most: the bytes of the largest that is wanted; None for any.

    Raises:
        AuditError: the clone does not have one of them: it is partial, and nothing is fetched.
    """
    with tempfile.TemporaryFile() as asked:
        asked.writelines(f"{one}\n".encode() for one in objects)
        asked.seek(0)
        with _running(str(top), "cat-file", "--batch", given=asked) as told:
            for _ in objects:
                header = told.readline().split()
                if len(header) != 3:  # id, kind and size; of one that is missing, id and "missing"
                    raise AuditError(
                        "this clone is partial and lacks files of the revision: 'git fetch --refetch --no-filter' brings them"
                    )
                size = int(header[2])
                if most is None or size <= most:
                    yield told.read(size)
                else:
                    for at in range(0, size, _PIECE):
                        told.read(min(_PIECE, size - at))
                    yield None
                told.read(1)  # the end of its line


@dataclass(frozen=True, slots=True)
class _Object:
    """A file of a revision: its mode and id, and the repository that has it."""

    mode: str
    name: str
    top: Path


def _objects(top: Path, revision: str) -> Iterator[tuple[str, _Object]]:
    """The files of a revision by their paths, those of submodules that are checked out and have the commit among them."""
    ran = _git(str(top), "ls-tree", "-r", "-z", "--full-tree", revision)
    if ran.returncode:
        raise AuditError(f"git cannot read '{revision}': {ran.stderr.decode('utf-8', 'replace').strip()}")
    for path, mode, kind, name in _entries(ran.stdout):
        if kind == "blob":
            yield path, _Object(mode, name, top)
    for path, commit in _submodules(top, revision).items():
        if commit_of(commit, str(top / path)):
            yield from ((f"{path}/{name}", one) for name, one in _objects(top / path, commit))


class AtRevision:
    """The files of a revision, read from the object store.

    Args:
        top: of the repository.
        revision: the commit.
    """

    def __init__(self, top: Path, revision: str) -> None:
        self._objects = dict(_objects(top, revision))
        self._contents: dict[str, bytes | None] = {}
        links = [path for path, one in self._objects.items() if one.mode == _LINK]
        self.links = {path: _led_to(path, written or b"") for path, written in self._read(links)}

    def fetch(self, paths: Iterable[str]) -> None:
        """Reads some files together, those that are there: each call of git costs as much as a hundred files. Large ones are not held."""
        wanted = (path for path in paths if path in self._objects and path not in self._contents)
        self._contents.update(self._read(wanted, LARGE))

    def _read(self, paths: Iterable[str], most: int | None = None) -> Iterator[tuple[str, bytes | None]]:
        """Files with their contents; None for one that is larger than asked for."""
        of_top: dict[Path, list[str]] = {}
        for path in paths:
            of_top.setdefault(self._objects[path].top, []).append(path)
        for top, its in of_top.items():
            yield from zip(its, _contents(top, [self._objects[path].name for path in its], most), strict=True)

    def contents(self, paths: Iterable[str]) -> dict[str, bytes | None]:
        """The contents of some files; None for one that is not there. A link has what it leads to, be it a directory."""
        paths = tuple(paths)
        self.fetch(path for path in paths if path not in self.links)
        found = {path: None if path in self.links else self._held(path) for path in paths}
        for link in self.links.keys() & found.keys():
            inner = (path for path in self._objects if path.startswith(f"{self.links[link]}/"))
            found |= {path: self.read(path) for path in (link, *(link + one[len(self.links[link]) :] for one in inner))}
        return found

    def files(self) -> Iterator[tuple[str, bytes]]:
        """All files that are not links, with their contents, one after the other."""
        for path, content in self._read(path for path in self._objects if path not in self.links):
            assert content is not None  # noqa: S101 - none is too large
            yield path, content

    def _held(self, path: str) -> bytes | None:
        """The content of a file that was fetched; None where it is not there."""
        content = self._contents.get(path)
        return dict(self._read([path]))[path] if content is None and path in self._objects else content

    def listing(self) -> TreeListing:
        """What a walk sees."""
        found = TreeListing(names={".": []}, links=dict(self.links))
        passed: dict[str, bool] = {}
        for path in self._objects:
            directory, _, name = path.rpartition("/")
            if directory not in passed:
                passed[directory] = any(map(is_passed_over, directory.split("/"))) if directory else False
            leads = self.links.get(path)
            if not passed[directory] and (leads is None or leads in self._objects):
                found.names.setdefault(directory or ".", []).append(name)
        return found

    def names(self, directory: str) -> Iterable[str]:
        """What is in one directory."""
        return (path.rpartition("/")[2] for path in self._objects if (path.rpartition("/")[0] or ".") == directory)

    def read(self, path: str) -> bytes | None:
        """The content of a file, links followed."""
        for _ in range(_MOST_LINKS):
            link = next((link for link in self.links if path == link or path.startswith(f"{link}/")), None)
            if link is None:
                break
            path = posixpath.normpath(self.links[link] + path[len(link) :])
        if path in self._objects and path not in self._contents:
            kinds = () if posixpath.basename(path) == SETTINGS_FILE else (TERRAFORM_SUFFIXES, FILE_SUFFIXES)
            together = next((each for each in kinds if path.endswith(each)), (path,))
            self.fetch(one for one in self._objects if one.endswith(together))
        return self._held(path)


def _led_to(link: str, written: bytes) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(link), os.fsdecode(written)))


def _git(directory: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(_command(directory, *arguments), capture_output=True, check=False, env=_english())  # noqa: S603 - see above
    except OSError as error:
        raise AuditError(f"git cannot be run: {error.strerror}") from error


@contextmanager
def _running(directory: str, *arguments: str, given: IO[bytes]) -> Iterator[IO[bytes]]:
    """What git says, while it runs."""
    command, pipe = _command(directory, *arguments), subprocess.PIPE
    try:
        git = subprocess.Popen(command, stdin=given, stdout=pipe, stderr=subprocess.DEVNULL, env=_english())  # noqa: S603 - see above
    except OSError as error:
        raise AuditError(f"git cannot be run: {error.strerror}") from error
    with git:
        assert git.stdout is not None  # noqa: S101 - it is a pipe
        yield git.stdout


def _command(directory: str, *arguments: str) -> list[str]:
    return ["git", "-C", directory, *_QUIET, *arguments]


def _english() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C"}
