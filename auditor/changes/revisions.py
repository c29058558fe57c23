"""The files of a git revision, read from the object store without touching the work tree.

`git` itself reads the objects: it is there where there are revisions. It runs without hooks, filters and file-system monitors, so that
nothing of the repository is carried out.
"""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from auditor.foundation.errors import AuditError
from auditor.foundation.repository import top_above

_QUIET = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "protocol.allow=never")
_READ = (".tf", ".tofu", ".tfvars", ".json", ".yaml", ".yml", ".template", ".tftpl", ".tpl")
_LARGEST = 8 * 1024 * 1024


def is_revision(text: str, directory: str = ".") -> bool:
    """Whether a text names a commit of the repository around a directory."""
    return _git(directory, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{text}^{{commit}}").returncode == 0


def top_of(directory: str) -> Path:
    """The top of the work tree around a directory.

    Raises:
        AuditError: there is no repository.
    """
    ran = _git(directory, "rev-parse", "--show-toplevel")
    if ran.returncode:
        raise AuditError("this is not a git repository: name two directories or documents to compare")
    return Path(ran.stdout.decode().strip())


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
    raise AuditError("no main branch was found to compare with: name a revision, for example 'auditor diff HEAD~1'")


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
    plain = ("--name-only", "--no-renames", "--no-ext-diff", "--ignore-submodules=dirty", "-z")
    ran = _git(str(top), "diff", *plain, *kind, "--end-of-options", *revisions, "--")
    if ran.returncode:  # there is no commit yet
        ran = _git(str(top), "ls-files", "-z", *(("--deleted",) if gone else ()))
    names = ran.stdout.split(b"\0")
    if not gone and not all(between):
        names += _git(str(top), "ls-files", "-z", "--others", "--exclude-standard").stdout.split(b"\0")
    return tuple(os.path.relpath(top / os.fsdecode(name), directory) for name in names if name)


@contextmanager
def extracted(revision: str, directory: str, paths: Sequence[str]) -> Iterator[str]:
    """A temporary directory with the infrastructure code of a revision, and nothing else; it is removed in the end.

    Args:
        revision: of the repository around `directory`.
        directory: likewise.
        paths: relative to the top of the repository; none for everything.

    Raises:
        AuditError: git cannot read the revision.
    """
    ran = _git(str(top_of(directory)), "archive", "--format=tar", revision, "--", *paths)
    if ran.returncode:
        raise AuditError(f"git cannot read '{revision}': {ran.stderr.decode('utf-8', 'replace').strip()}")
    with tempfile.TemporaryDirectory(prefix="auditor-") as place:
        with tarfile.open(fileobj=io.BytesIO(ran.stdout)) as archive:
            for member in archive:
                if member.isfile() and member.size <= _LARGEST and member.name.endswith(_READ):
                    archive.extract(member, place, filter="data")
        yield place


def _git(directory: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["git", "-C", directory, *_QUIET, *arguments], capture_output=True, check=False)  # noqa: S603, S607 - see above
    except OSError as error:
        raise AuditError(f"git cannot be run: {error.strerror}") from error
