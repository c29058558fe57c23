"""The open files: which of them belong together, and what the audit of what they reach says, kept until one of them changes.

Open files that reach a common module, file or folder are one unit: they are audited together, and a change in one of them audits that
unit alone. Within a unit, texts that are as they were are neither scanned nor parsed again, and nothing is proven again of a bucket that is as it
was (`auditor.foundation.text.Kept`).
"""

from __future__ import annotations

import datetime as dt
import functools
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from auditor.api.functions import Given
from auditor.api.request import BucketScope, Contracts, request_of
from auditor.foundation.border import OWN, Border
from auditor.foundation.errors import AuditError, InputError
from auditor.foundation.repository import top_above
from auditor.foundation.text import TERRAFORM_SUFFIXES, VARIABLE_SUFFIXES, Kept, Texts
from auditor.inputs import read_inputs
from auditor.lazy.classes import dataclass
from auditor.pipeline import Request, audit
from auditor.report import Report
from auditor.settings.read import read_settings
from auditor.settings.types import Settings
from auditor.sources.failsafe import internal
from auditor.sources.reach import reached
from auditor.sources.tree import OnDisk, Tree
from auditor.sources.walk import SETTINGS_FILE, Reached


@dataclass(frozen=True, slots=True)
class Audited:
    """What the audit of a unit says.

    Attributes:
        documents: the open files of the unit.
        texts: what was read.
        request: what was asked; None where that could not be said.
        report: the report; None where there is none.
        problems: why there is none, where that has a place.
        trouble: why there is none, where that has no place; empty otherwise.
    """

    documents: frozenset[str]
    texts: Texts
    request: Request | None = None
    report: Report | None = None
    problems: tuple[InputError, ...] = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class _Unit:
    documents: frozenset[str]
    places: frozenset[tuple[str, str]]
    reach: tuple[Reached, ...]
    faults: tuple[InputError, ...] = ()

    @property
    def settings(self) -> Settings:
        """Those that count for it; what may be read for them is as with `_is_loose`."""
        paths = tuple(sorted(self.documents))
        return read_settings(paths, changed=not all(map(_is_loose, paths)))


class Project:
    """The files below a folder that are open in an editor, and the answers about them.

    Every path is as somebody in the folder would name it.
    """

    def __init__(self) -> None:
        self._kept = Kept()
        self._reach: dict[str, Reached] = {}
        self._answers: dict[frozenset[str], Audited] = {}

    def answers(self, buffers: Mapping[str, bytes], changed: Collection[str] | None) -> tuple[Audited, ...]:
        """What is to be said of the open files; only what a change can have touched is audited again.

        Args:
            buffers: the content of each open file.
            changed: those whose content is another one than the last time; None when files that are not open, or settings, may be too.
        """
        if changed is None:
            self._reach.clear()
            self._answers.clear()
        texts = texts_of(buffers, self._kept)
        found: dict[frozenset[str], Audited] = {}
        for unit in self._units(buffers):
            before = self._answers.get(unit.documents)
            if before is None or not unit.documents.isdisjoint(changed or ()):
                before = _audited(unit, texts.replaced({}))
            found[unit.documents] = before
        self._answers = found
        return tuple(found.values())

    def _units(self, documents: Iterable[str]) -> list[_Unit]:
        """The open files in units: those whose places are not apart are together."""
        trees = functools.cache(lambda top: Tree(OnDisk(top)))
        units: list[_Unit] = []
        for path in sorted(documents):
            try:
                reach = self._reach.get(path) or _reach_of(path, trees)
            except Exception as error:  # noqa: BLE001 - whatever it is, the other files are audited
                units.append(_Unit(frozenset({path}), frozenset({("file", path)}), (), (internal(path, error),)))
                continue
            self._reach[path] = reach
            places = frozenset(_places(path, reach))
            together = [unit for unit in units if not unit.places.isdisjoint(places)]
            units = [unit for unit in units if unit not in together]
            units.append(
                _Unit(
                    frozenset({path}.union(*(unit.documents for unit in together))),
                    places.union(*(unit.places for unit in together)),
                    (*(one for unit in together for one in unit.reach), reach),
                    tuple(one for unit in together for one in unit.faults),
                )
            )
        return units


def _audited(unit: _Unit, texts: Texts) -> Audited:
    nothing = Audited(unit.documents, texts, problems=unit.faults)
    if unit.faults:
        return nothing
    paths = tuple(sorted(unit.documents))
    reach = Reached()
    for one in unit.reach:
        reach.take(one, lambda path: path)
    try:
        request = _request(paths, unit.settings)
        inputs = read_inputs(request.paths, request.contracts, request.options, texts, auto=request.auto, reach=reach)
        return replace(nothing, request=request, report=audit(request, texts, inputs))
    except AuditError as error:
        return replace(nothing, problems=error.problems, trouble="" if error.problems else str(error))
    except Exception as error:  # noqa: BLE001 - whatever it is, the server goes on and says so
        return replace(nothing, problems=tuple(internal(path, error) for path in paths))


def texts_of(buffers: Mapping[str, bytes], kept: Kept | None = None, border: Border = OWN) -> Texts:
    """The files, those that are open as they are in the editor."""
    return Texts({}, border, {os.path.realpath(path): content for path, content in buffers.items()}, kept)


def _request(paths: tuple[str, ...], settings: Settings) -> Request:
    """What `auditor check --changed` asks; where no settings file says otherwise, only of buckets that have to do with a consumer."""
    options = replace(Given(environment=os.environ).options(), changed=True)
    # by the hour: under a contract with another time, everything would have to be proven again
    now = dt.datetime.now(tz=dt.UTC).replace(minute=0, second=0, microsecond=0)
    request = request_of(paths, Contracts((), {}, now), BucketScope(), options, settings)
    return replace(request, asked=tuple(one if one.location else replace(one, related=True) for one in request.asks))


def _reach_of(path: str, tree: functools._lru_cache_wrapper[Tree]) -> Reached:
    """What an open file reaches; nothing where that would be everything: such a file counts once it is saved, for the others."""
    if os.path.basename(path) == SETTINGS_FILE:
        return Reached()
    if _is_loose(path):
        return _reach_of_loose(path)
    try:
        settings = read_settings((path,), changed=True)
        found = reached((path,), _request((path,), settings).options, tree)
    except AuditError:
        found = reached((path,), replace(Given().options(), changed=True), tree)
    return Reached() if found.everything else found


def _reach_of_loose(path: str) -> Reached:
    """The module, or the documents, in whose directory a file is; what lies below that is read where code names it."""
    directory = os.path.dirname(path)
    if path.endswith((*TERRAFORM_SUFFIXES, *VARIABLE_SUFFIXES)):
        return Reached(modules={directory: True}, directories={directory}, tops=[directory])
    return Reached(files={path: False}, folders={directory}, tops=[directory])


def _is_loose(path: str) -> bool:
    """Whether a file is neither in the folder nor in a repository, so that nothing bounds what is around it, such as a home or a whole disk."""
    return os.path.isabs(path) and top_above(os.path.dirname(path)) is None


def _places(path: str, reach: Reached) -> Iterator[tuple[str, str]]:
    yield "file", path
    yield from (("module", directory) for directory in reach.modules)
    yield from (("file", file) for file in reach.files)
    yield from (("folder", directory) for directory in reach.folders)
