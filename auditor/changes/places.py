"""Where the two sides of a change are read: directories and files as they are, or copies of what a change of a repository reaches."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from auditor.changes.revisions import AtRevision, commit_of, differing, lacking, merge_base, top_of
from auditor.foundation.errors import AuditError
from auditor.foundation.path_pattern import is_within
from auditor.lazy.classes import dataclass
from auditor.settings.find import OWN_CONTRACTS
from auditor.settings.read import named_in
from auditor.sources.closure import closure
from auditor.sources.options import SourceOptions
from auditor.sources.reach import reached_within
from auditor.sources.tree import Either, Files, OnDisk, Replaced, Tree, is_below
from auditor.sources.walk import SETTINGS_FILE, Reached, joined

_WORK_TREE = "."
_PROVIDERS = ".terraform"


@dataclass(frozen=True, slots=True)
class SidePlace:
    """Where a side is read: from within, so that both sides name everything alike, whatever they are called.

    Attributes:
        name: what the user called the side.
        path: the directory or file, absolute.
        reach: what of it is read, where that is not everything.
        original: the directory that a copy stands for: files of values that lie in it are read from the copy.
        empty: whether nothing is read, since both sides are one.
    """

    name: str
    path: str
    reach: Reached | None = None
    original: str = ""
    empty: bool = False

    @property
    def directory(self) -> str:
        """The directory that it is read from."""
        return self.path if os.path.isdir(self.path) else os.path.dirname(self.path) or "."

    @property
    def inside(self) -> str:
        """The path of what is read, from there."""
        return "." if os.path.isdir(self.path) else os.path.basename(self.path)

    def placed(self, file: str) -> str:
        """Where a file that the user names is read: from the directory, so that both sides call it alike, where it lies within."""
        full, top = os.path.realpath(file), os.path.realpath(self.original or self.directory)
        return os.path.relpath(full, top) if is_within(full, top) else full


@contextmanager
def places(
    old: str | None, new: str | None, options: SourceOptions, within: Sequence[str], beside: Sequence[str] = ()
) -> Iterator[tuple[SidePlace, SidePlace]]:
    """Both sides of a change; copies are removed in the end.

    Args:
        old: a path or git revision; None for the commit where the branch left the main one.
        new: likewise; None for the work tree.
        options: what the user gives; a file of values reaches everything.
        within: the files and directories of the repository to which the comparison is narrowed; empty for all of it.
        beside: files that are wanted on both sides, whatever the change reaches.

    Raises:
        AuditError: a side is neither a path nor a revision, or git cannot read it.
    """
    names = (old, _WORK_TREE if new is None else new)
    revisions = [None if name is not None and os.path.exists(name) else _revision(name) for name in names]
    called = [name or str(revision)[:12] for name, revision in zip(names, revisions, strict=True)]
    if not any(revisions):
        if within:
            raise AuditError("--within narrows a comparison with a git revision, and neither side is one")
        yield SidePlace(called[0], os.path.abspath(called[0])), SidePlace(called[1], os.path.abspath(called[1]))
        return
    top = top_of(_WORK_TREE, bare=all(revisions))
    paths = [name for name, revision in zip((old, new), revisions, strict=True) if revision is None and name is not None]
    scopes = _scopes(top, within) or _scopes(top, paths)
    with ExitStack() as copies:
        also = frozenset(_from_top(top, path) for path in beside)
        before, after = _of_repository(top, revisions, called, scopes, options, also, copies)
        yield before, after


def _revision(name: str | None) -> str:
    """The commit that a side is."""
    if name is None:
        return merge_base(_WORK_TREE)
    commit = commit_of(name)
    if commit is None:
        raise AuditError(f"'{name}' is neither a path that exists nor a git revision{lacking(_WORK_TREE)}")
    return commit


def _scopes(top: Path, paths: Sequence[str]) -> tuple[str, ...]:
    """The paths from the top of the repository; none where it is the repository itself that is named."""
    scopes = [_from_top(top, path) for path in paths]
    for path, scope in zip(paths, scopes, strict=True):
        if scope.startswith(".."):
            raise AuditError(f"'{path}' lies outside of this repository")
    return () if "." in scopes else tuple(scopes)


def _of_repository(
    top: Path,
    revisions: Sequence[str | None],
    called: Sequence[str],
    scopes: Sequence[str],
    options: SourceOptions,
    beside: frozenset[str],
    copies: ExitStack,
) -> Iterator[SidePlace]:
    """The sides of a change of which one at least is a revision; of the repository only what the change reaches is read.

    Args:
        top: of the repository.
        revisions: the commit of each side, None for the work tree.
        called: what the user called them.
        scopes: the paths within the repository to which the comparison is narrowed; empty for all of it.
        options: what the user gives.
        beside: further files that are wanted, from the top.
        copies: the copies that are made.
    """
    old, new = revisions
    one = old or new
    assert one is not None  # noqa: S101 - one of them is a revision
    changed = differing(top, one, new if old else None)
    if not changed:
        yield from (SidePlace(name, str(top), empty=True) for name in called)
        return
    at_one = AtRevision(top, one)
    other: Files = AtRevision(top, new) if old and new else OnDisk(str(top))
    before = at_one.contents(changed)
    tree = Tree(Either(other, before))
    before.update((alias, content) for path, content in tuple(before.items()) for alias in tree.aliases(path))
    configuration = frozenset(_configuration(tree, [other, Replaced(other, before)]))
    given = [*(one.value for one in options.assignments if not one.name), *options.parameter_files]
    files_of_values = {_from_top(top, path) for path in given} | {path for path in configuration if not _is_settings(path)}
    everything = any(path in files_of_values for path in changed)
    reach = _narrowed(Reached(["."], tops=["."]) if everything else reached_within(tree, changed, options), scopes, top)
    needed = closure(tree, reach) | files_of_values | configuration | beside
    if isinstance(other, AtRevision):
        other.fetch(needed)
    for revision, name in zip(revisions, called, strict=True):
        if revision is None:
            yield SidePlace(name, str(top), reach)
            continue
        files: Files = Replaced(other, before) if revision == one else other
        yield SidePlace(name, copies.enter_context(_copied(files, needed, tree.links, top)), reach, str(top))


def _from_top(top: Path, path: str) -> str:
    return os.path.relpath(os.path.realpath(path), os.path.realpath(top))


def _configuration(tree: Tree, sides: Sequence[Files]) -> Iterator[str]:
    """The settings files and contracts of a repository, and the files that its settings name on either side."""
    for directory, names in tree.names.items():
        if SETTINGS_FILE in names:
            path = joined(directory, SETTINGS_FILE)
            yield path
            for files in sides:
                yield from named_in(files.read(path) or b"", directory)
    yield from (joined(OWN_CONTRACTS, name) for name in tree.files.names(OWN_CONTRACTS))


def _is_settings(path: str) -> bool:
    return os.path.basename(path) == SETTINGS_FILE or OWN_CONTRACTS in path


def _narrowed(reach: Reached, scopes: Sequence[str], top: Path) -> Reached:
    """What is reached within paths of the repository; of a file of Terraform, its module."""
    if not scopes:
        return reach
    directories = [os.path.dirname(scope) or "." if (top / scope).is_file() else scope for scope in scopes]
    return dataclasses.replace(
        reach,
        everything=[*scopes] if reach.everything else [],
        modules={path: named for path, named in reach.modules.items() if any(is_below(path, one) for one in directories)},
        files={path: named for path, named in reach.files.items() if any(is_below(path, scope) for scope in scopes)},
    )


@contextmanager
def _copied(files: Files, paths: frozenset[str], links: Mapping[str, str], top: Path) -> Iterator[str]:
    """A temporary directory with some files of a repository; it is removed in the end."""
    with tempfile.TemporaryDirectory(prefix="auditor-") as place:
        directories = {os.path.dirname(path) for path in paths}
        contents = {path: content for path in sorted(paths) if (content := files.read(path)) is not None}
        plain = (one for one in directories if not any(is_below(one, link) for link in links))
        for directory in {*plain, *map(os.path.dirname, contents)}:  # what is a link on this side may be a directory on the other
            os.makedirs(os.path.join(place, directory), exist_ok=True)
        for path, content in contents.items():
            Path(place, path).write_bytes(content)
        for link, target in links.items():
            if link not in paths and not target.startswith("..") and os.path.isdir(os.path.join(place, os.path.dirname(link))):
                with contextlib.suppress(FileExistsError):
                    os.symlink(os.path.relpath(target, os.path.dirname(link) or "."), os.path.join(place, link))
        for directory in directories:
            installed = top / directory / _PROVIDERS
            if installed.is_dir():
                with contextlib.suppress(FileExistsError, FileNotFoundError):  # beyond a link, or of the other side alone
                    os.symlink(installed, os.path.join(place, directory, _PROVIDERS))
        yield place
