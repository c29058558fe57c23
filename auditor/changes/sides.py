"""The two sides of a change, read and audited: directories, files, plans, or what a change of a repository reaches, before and after."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Sequence

from auditor.baseline.entry import Baseline
from auditor.baseline.file import read as read_baseline
from auditor.changes.asked import Read, Wishes, asked_of
from auditor.changes.configuration import Configuration, configuration_of
from auditor.changes.kept import with_what_stays
from auditor.changes.places import SidePlace, places
from auditor.changes.side import Side
from auditor.foundation.errors import AuditError, InputError
from auditor.foundation.text import Texts
from auditor.inputs import linked_inputs
from auditor.link import estate_of
from auditor.pipeline import Request, audit, distinct
from auditor.settings.apply import moved, with_settings
from auditor.settings.read import read_settings
from auditor.settings.types import Asked, Settings
from auditor.sources.options import Assignment, SourceOptions
from auditor.sources.reach import on_disk


def sides(
    old: str | None, new: str | None, wishes: Wishes, options: SourceOptions, within: Sequence[str] = ()
) -> tuple[Side, Side]:
    """Both sides of a change.

    Args:
        old: a path or git revision; None for the commit where the branch left the main one.
        new: likewise; None for the work tree.
        wishes: whose verdicts are wanted.
        options: how sources are read.
        within: the files and directories of the repository to which the comparison is narrowed; empty for all of it.

    Raises:
        AuditError: a side is neither a path nor a revision, git cannot read it, or the settings of the new side cannot be used.
    """
    with places(old, new, options, within, (wishes.baseline,) if wishes.baseline else ()) as (before, after):
        return _sides((before, after), wishes, (options, options))


def sides_of_plan(path: str, wishes: Wishes, options: SourceOptions) -> tuple[Side, Side]:
    """What was there before the apply of a plan, and what will be."""
    before, after = (dataclasses.replace(options, before=before) for before in (True, False))
    full = os.path.abspath(path)
    return _sides((SidePlace(f"the state before {path}", full), SidePlace(path, full)), wishes, (before, after))


def _sides(both: tuple[SidePlace, SidePlace], wishes: Wishes, options: tuple[SourceOptions, SourceOptions]) -> tuple[Side, Side]:
    before, after = both
    if after.empty:
        return Side(before.name), Side(after.name)
    own, problems = _settings_of(before, wishes)
    counting, faults = _settings_of(after, wishes)
    if faults or counting is None:
        raise AuditError("\n".join(map(str, faults)), faults)
    elsewhere = moved(counting, os.path.realpath(after.directory), os.path.realpath(before.directory))
    known = _baseline_of(after, wishes.baseline) if wishes.baseline else None
    former = _former(before, after, wishes.baseline) if wishes.baseline else None
    old = _Reading(before, options[0], elsewhere, own, problems, former)
    new = _Reading(after, options[1], counting, counting, known=known)
    if not options[0].before:  # a plan tells what stays
        new.read = dataclasses.replace(new.read, inputs=with_what_stays(old.read.inputs, new.read.inputs))
    with contextlib.chdir(after.directory):
        asks, wrong = wishes.asks(counting)
    asked = asked_of(asks, wishes, (old.read, new.read))
    return old.side(asked[0], wishes), new.side(asked[1], wishes, wrong, counting=True)


def _settings_of(place: SidePlace, wishes: Wishes) -> tuple[Settings | None, tuple[InputError, ...]]:
    """The settings files of a side; None with what is wrong when they cannot be used."""
    if not wishes.settings:
        return Settings(), ()
    with contextlib.chdir(place.directory):
        try:
            return read_settings((place.inside,)), ()
        except AuditError as error:
            return None, error.problems


def _baseline_of(place: SidePlace, file: str) -> Baseline:
    """The baseline of the new side.

    Raises:
        AuditError: it is not a valid baseline.
    """
    placed = place.placed(file)
    with contextlib.chdir(place.directory):
        return read_baseline(placed)


def _former(before: SidePlace, after: SidePlace, file: str) -> Baseline | None:
    """The baseline of the old side: what lies there under the path that the new one has; None where that cannot be used.

    One that lies on neither side is the same for both.
    """
    try:
        return read_baseline(os.path.join(os.path.realpath(before.directory), after.placed(file)))
    except AuditError:
        return None


class _Reading:
    """A side, read.

    Args:
        place: where.
        options: how.
        settings: that count.
        own: that it has; None when they cannot be used.
        problems: what is wrong with those.
        known: the baseline that it has.
    """

    def __init__(
        self,
        place: SidePlace,
        options: SourceOptions,
        settings: Settings,
        own: Settings | None,
        problems: tuple[InputError, ...] = (),
        known: Baseline | None = None,
    ) -> None:
        self._place, self._settings, self._problems = place, settings, problems
        self._options = dataclasses.replace(
            with_settings(options, settings),
            assignments=tuple(one if one.name else Assignment("", place.placed(one.value)) for one in options.assignments),
            parameter_files=tuple(map(place.placed, options.parameter_files)),
            changed=place.reach is not None,
            roles=True,
            compared=True,
            also_read=(*options.also_read, *([os.path.realpath(place.original)] if place.original else [])),
        )
        self._texts = Texts()
        with contextlib.chdir(place.directory):
            here = place.reach and dataclasses.replace(
                on_disk(place.reach), tops=[*place.reach.tops, *([place.original] if place.original else [])]
            )
            inputs = linked_inputs((place.inside,), self._options, self._texts, here)
            self.read = Read(inputs, {root.root: settings.asking(root.root) for root in inputs.roots})
            said = Configuration(None, inputs.directives) if own is None else configuration_of(own, inputs.directives)
            self._configuration = dataclasses.replace(said, baseline=known)

    def side(self, asked: tuple[Asked, ...], wishes: Wishes, wrong: tuple[InputError, ...] = (), *, counting: bool = False) -> Side:
        """The side, audited.

        Args:
            asked: the contracts, each with its buckets.
            wishes: what the user asks of the comparison.
            wrong: what is wrong with what is asked.
            counting: whether its baseline counts: findings of the old side are never known, so that those of both can be compared.
        """
        place, inputs = self._place, self.read.inputs
        request = Request(
            (place.inside,),
            distinct(one.contract for one in asked),
            dataclasses.replace(self._options, changed=True),
            today=wishes.today,
            settings=self._settings,
            asked=asked,
            baseline=self._configuration.baseline if counting else None,
        )
        with contextlib.chdir(place.directory):
            report = audit(request, self._texts, inputs)
        estates = {root.root: estate_of(root) for root in inputs.roots}
        moves = {root.root: root.moved for root in inputs.roots}
        errors = tuple(dict.fromkeys((*wrong, *self._problems, *inputs.errors, *report.errors)))
        original = place.original or place.directory
        return Side(
            place.name, inputs.buckets, estates, moves, report.verdicts, errors, report, original, configuration=self._configuration
        )
