"""Fixes in parts that have nothing to do with each other: what is wrong with many of them together is then known of each part."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence

from auditor.finding import Finding, Patch
from auditor.fixing.harm import FixFault
from auditor.foundation.text import FILE_SUFFIXES
from auditor.lazy.classes import dataclass

Wanted = tuple[Finding, Patch]
"""A finding and its fix."""


@dataclass(frozen=True, slots=True)
class FixGroup:
    """Some fixes; and the roots that they are for, with the directories that they change."""

    wanted: Sequence[Wanted]
    places: frozenset[str] = frozenset()


def parted(wanted: Iterable[Wanted]) -> list[FixGroup]:
    """The fixes in parts: those of one root, or that change one directory, are together; in their order."""
    leads: dict[str, str] = {}

    def leader(place: str) -> str:
        while leads.setdefault(place, place) != place:
            leads[place] = place = leads[leads[place]]
        return place

    found = [(one, frozenset(_places(one))) for one in wanted]
    for (finding, _), places in found:
        for place in places:
            leads[leader(place)] = leader(finding.root)
    by_leader: dict[str, list[tuple[Wanted, frozenset[str]]]] = {}
    for one, places in found:
        by_leader.setdefault(leader(one[0].root), []).append((one, places))
    return [
        FixGroup(tuple(one for one, _ in some), frozenset().union(*(places for _, places in some))) for some in by_leader.values()
    ]


def _places(one: Wanted) -> Iterator[str]:
    finding, patch = one
    yield finding.root
    files = [edit.location.path for edit in patch.edits] + [finding.root] * finding.root.endswith(FILE_SUFFIXES)
    yield from (os.path.dirname(file) or "." for file in files)


def blamed(faults: Iterable[FixFault], parts: Sequence[FixGroup]) -> list[tuple[FixFault, ...]] | None:
    """What is wrong with each part; None where something cannot be told of one."""
    if len(parts) == 1:
        return [tuple(faults)]
    of_place = {place: at for at, part in enumerate(parts) for place in part.places}
    found: list[list[FixFault]] = [[] for _ in parts]
    for fault in faults:
        if fault.place not in of_place:
            return None
        found[of_place[fault.place]].append(fault)
    return [*map(tuple, found)]
