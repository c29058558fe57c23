"""A side of a change, read: a directory, a file, or a git revision."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from auditor.audit import Request, audit
from auditor.changes.change import Side
from auditor.changes.revisions import extracted, is_revision, merge_base
from auditor.contract import Contract
from auditor.foundation.errors import AuditError
from auditor.foundation.text import Texts
from auditor.link import link
from auditor.sources.options import Assignment, Options
from auditor.sources.read import read
from auditor.verdict import Verdict


@contextmanager
def located(name: str | None, directory: str, scope: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What a side is called, and the path where its files are.

    Args:
        name: a path, a git revision, or None for the commit where the branch left the main one.
        directory: the work tree.
        scope: the paths, relative to the top of the repository, to which a revision is narrowed.

    Raises:
        AuditError: it is neither.
    """
    if name is not None and os.path.exists(name):
        yield name, name
        return
    if name is not None and not is_revision(name, directory):
        raise AuditError(f"'{name}' is neither a path that exists nor a git revision")
    revision = name or merge_base(directory)
    with extracted(revision, directory, scope) as place:
        yield name or revision[:12], place


def side(name: str, path: str, contracts: Sequence[Contract], options: Options) -> Side:
    """A side as it is read at a path: from within, so that both sides name everything alike, whatever they are called."""
    directory, inside = (path, ".") if os.path.isdir(path) else (os.path.dirname(path) or ".", os.path.basename(path))
    options = dataclasses.replace(
        options,
        assignments=tuple(map(_absolute, options.assignments)),
        parameter_files=tuple(map(os.path.abspath, options.parameter_files)),
    )
    with contextlib.chdir(directory):
        texts = Texts()
        roots, errors = read((inside,), dataclasses.replace(options, roles=True), texts)
        buckets = link(roots)
        verdicts: tuple[Verdict, ...] = ()
        if buckets:
            verdicts = audit(Request((inside,), tuple(contracts), options, every_bucket=True), texts).verdicts
    return Side(name, buckets, verdicts, tuple(errors))


def sides_of_plan(path: str, contracts: Sequence[Contract], options: Options) -> tuple[Side, Side]:
    """What was there before the apply of a plan, and what will be."""
    before = side(f"the state before {path}", path, contracts, dataclasses.replace(options, before=True))
    return before, side(path, path, contracts, options)


def _absolute(given: Assignment) -> Assignment:
    return given if given.name else Assignment("", os.path.abspath(given.value))
