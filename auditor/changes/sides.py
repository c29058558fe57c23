"""The two sides of a change, read: directories, files, plans, or what a change of a repository reaches, before and after."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from auditor.changes.revisions import AtRevision, commit_of, differing, merge_base, top_of
from auditor.changes.side import Side
from auditor.contract import Contract
from auditor.foundation.errors import AuditError
from auditor.foundation.text import Texts
from auditor.inputs import linked_inputs
from auditor.link import estate_of
from auditor.pipeline import Request, audit
from auditor.sources.closure import closure
from auditor.sources.options import Assignment, Options
from auditor.sources.reach import Reached, reached_within
from auditor.sources.tree import Either, Files, OnDisk, Replaced, Tree, is_below

_WORK_TREE = "."
_PROVIDERS = ".terraform"


@dataclass(frozen=True, slots=True)
class _Asked:
    """What both sides are asked.

    Attributes:
        contracts: whose verdicts are wanted.
        options: how sources are read.
    """

    contracts: tuple[Contract, ...]
    options: Options


def sides(
    old: str | None, new: str | None, contracts: Sequence[Contract], options: Options, within: Sequence[str] = ()
) -> tuple[Side, Side]:
    """Both sides of a change.

    Args:
        old: a path or git revision; None for the commit where the branch left the main one.
        new: likewise; None for the work tree.
        contracts: whose verdicts are wanted.
        options: how sources are read.
        within: the files and directories of the repository to which the comparison is narrowed; empty for all of it.

    Raises:
        AuditError: a side is neither a path nor a revision, or git cannot read it.
    """
    asked = _Asked(tuple(contracts), options)
    names = (old, _WORK_TREE if new is None else new)
    revisions = [None if name is not None and os.path.exists(name) else _revision(name) for name in names]
    called = [name or str(revision)[:12] for name, revision in zip(names, revisions, strict=True)]
    if not any(revisions):
        if within:
            raise AuditError("--within narrows a comparison with a git revision, and neither side is one")
        before, after = (_side(name, name, asked) for name in called)
        return before, after
    top = top_of(_WORK_TREE)
    paths = [name for name, revision in zip((old, new), revisions, strict=True) if revision is None and name is not None]
    scopes = _scopes(top, within) or _scopes(top, paths)
    first, second = _of_repository(top, revisions, called, scopes, asked)
    return first, second


def _scopes(top: Path, paths: Sequence[str]) -> tuple[str, ...]:
    """The paths from the top of the repository; none where it is the repository itself that is named."""
    scopes = [os.path.relpath(os.path.realpath(path), os.path.realpath(top)) for path in paths]
    for path, scope in zip(paths, scopes, strict=True):
        if scope.startswith(".."):
            raise AuditError(f"'{path}' lies outside of this repository")
    return () if "." in scopes else tuple(scopes)


def _revision(name: str | None) -> str:
    """The commit that a side is."""
    if name is None:
        return merge_base(_WORK_TREE)
    commit = commit_of(name)
    if commit is None:
        raise AuditError(f"'{name}' is neither a path that exists nor a git revision")
    return commit


def _of_repository(
    top: Path, revisions: Sequence[str | None], called: Sequence[str], scopes: Sequence[str], asked: _Asked
) -> Iterator[Side]:
    """The sides of a change of which one at least is a revision; of the repository only what the change reaches is read.

    Args:
        top: of the repository.
        revisions: the commit of each side, None for the work tree.
        called: what the user called them.
        scopes: the paths within the repository to which the comparison is narrowed; empty for all of it.
        asked: what is asked.
    """
    old, new = revisions
    one = old or new
    assert one is not None  # noqa: S101 - one of them is a revision
    changed = differing(top, one, new if old else None)
    if not changed:
        yield from map(Side, called)
        return
    at_one = AtRevision(top, one)
    other: Files = AtRevision(top, new) if old and new else OnDisk(str(top))
    before = at_one.contents(changed)
    tree = Tree(Either(other, before))
    before.update((alias, content) for path, content in tuple(before.items()) for alias in tree.aliases(path))
    given = {os.path.realpath(one.value) for one in asked.options.assignments if not one.name}
    given |= {os.path.realpath(path) for path in asked.options.parameter_files}
    everything = any(os.path.realpath(top / path) in given for path in changed)
    reach = _narrowed(Reached(["."], tops=["."]) if everything else reached_within(tree, changed), scopes, top)
    needed = closure(tree, reach) | {os.path.relpath(path, os.path.realpath(top)) for path in given}
    for revision, name in zip(revisions, called, strict=True):
        if revision is None:
            yield _side(name, str(top), asked, reach)
            continue
        files: Files = Replaced(other, before) if revision == one else other
        with _copied(files, needed, tree.links, top) as place:
            yield _side(name, place, asked, reach, str(top))


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
        for directory in directories:
            os.makedirs(os.path.join(place, directory), exist_ok=True)
        for path in sorted(paths):
            content = files.read(path)
            if content is not None:
                Path(place, path).write_bytes(content)
        for link, target in links.items():
            if link not in paths and not target.startswith("..") and os.path.isdir(os.path.join(place, os.path.dirname(link))):
                with contextlib.suppress(FileExistsError):
                    os.symlink(os.path.relpath(target, os.path.dirname(link) or "."), os.path.join(place, link))
        for directory in directories:
            installed = top / directory / _PROVIDERS
            if installed.is_dir():
                os.symlink(installed, os.path.join(place, directory, _PROVIDERS))
        yield place


def _side(name: str, path: str, asked: _Asked, reach: Reached | None = None, original: str = "") -> Side:
    """A side as it is read at a path: from within, so that both sides name everything alike, whatever they are called.

    Args:
        name: what the user called it.
        path: the directory or file.
        asked: what is asked.
        reach: what of it is read, where that is not everything.
        original: the directory that a copy stands for: files of values that lie in it are read from the copy.
    """
    directory, inside = (path, ".") if os.path.isdir(path) else (os.path.dirname(path) or ".", os.path.basename(path))

    def placed(file: str) -> str:
        full = os.path.realpath(file)
        relative = os.path.relpath(full, os.path.realpath(original)) if original else ".."
        return full if relative.startswith("..") else os.path.join(os.path.realpath(path), relative)

    options = dataclasses.replace(
        asked.options,
        assignments=tuple(one if one.name else Assignment("", placed(one.value)) for one in asked.options.assignments),
        parameter_files=tuple(map(placed, asked.options.parameter_files)),
        changed=reach is not None,
        roles=True,
        also_read=(*asked.options.also_read, *([os.path.realpath(original)] if original else [])),
    )
    with contextlib.chdir(directory):
        texts = Texts()
        here = reach and dataclasses.replace(reach.on_disk(), tops=[*reach.tops, *([original] if original else [])])
        inputs = linked_inputs((inside,), options, texts, here)
        request = Request((inside,), asked.contracts, dataclasses.replace(options, changed=True), every_bucket=True)
        report = audit(request, texts, inputs)
    estates = {root.root: estate_of(root) for root in inputs.roots}
    moves = {root.root: root.moved for root in inputs.roots}
    return Side(name, inputs.buckets, estates, moves, report.verdicts, inputs.errors, report, original or directory)


def sides_of_plan(path: str, contracts: Sequence[Contract], options: Options) -> tuple[Side, Side]:
    """What was there before the apply of a plan, and what will be."""
    before, after = (_Asked(tuple(contracts), dataclasses.replace(options, before=before)) for before in (True, False))
    return _side(f"the state before {path}", path, before), _side(path, path, after)
