"""A side of a change as it was read, and the old side in terms of the new one: what was moved or renamed is the same thing.

A resource is known by its root and its address. `moved` blocks say what has another address now; beyond that a bucket, role or user that is
gone and one that is new are the same when they have one name, since AWS has one of that name; and a root that is gone and one that is new
are the same when they declare mostly the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import TypeVar

from auditor.changes.configuration import Configuration
from auditor.foundation.errors import InputError
from auditor.foundation.value import Known, Text
from auditor.lazy.classes import dataclass
from auditor.model import Bucket, Estate, Move, Resource, present_address
from auditor.report import Report
from auditor.verdict import Verdict

_R = TypeVar("_R", bound=Resource)
_Place = tuple[str, str]
"""A root and an address."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a change, read.

    Attributes:
        name: what the user called it.
        buckets: with what belongs to them; their roots are relative to the side.
        estates: what each root declares beside them.
        moves: what the code of each root says it moved.
        verdicts: of the contracts that were asked.
        errors: what could not be read or proven.
        report: of the audit, None where none was made.
        place: the directory that its places are told from.
        configuration: what it says of its own audit.
    """

    name: str
    buckets: tuple[Bucket, ...] = ()
    estates: Mapping[str, Estate] = field(default_factory=dict)
    moves: Mapping[str, tuple[Move, ...]] = field(default_factory=dict)
    verdicts: tuple[Verdict, ...] = ()
    errors: tuple[InputError, ...] = ()
    report: Report | None = None
    place: str = "."
    configuration: Configuration = field(default_factory=Configuration)

    def named(self) -> Iterator[tuple[_Place, Text]]:
        """The buckets, roles and users, each with its name."""
        yield from (((one.root, one.address), one.declaration.name) for one in self.buckets if one.declaration.managed)
        for root, estate in self.estates.items():
            yield from (((root, one.address), one.declaration.name) for one in estate.identities)

    def places(self) -> Iterator[_Place]:
        """Everything that is declared."""
        yield from ((one.root, one.address) for one in self.buckets)
        for root, estate in self.estates.items():
            yield from ((root, one.address) for one in (*estate.keys, *estate.identities))


@dataclass(frozen=True, slots=True)
class Followed:
    """The old side in terms of the new one.

    Attributes:
        side: it.
        present: what something of the old code is called in the new one, by the root that it is in now.
        anywhere: likewise for an address of whatever root.
        renamed: the roots that have another path now, by their former one.
    """

    side: Side
    present: Mapping[str, Callable[[str], str]]
    anywhere: Callable[[str], str] = str
    renamed: Mapping[str, str] = field(default_factory=dict)


def followed(old: Side, new: Side) -> Followed:
    """The old side with the roots and addresses that everything has on the new one."""
    roots = _roots(old, new)
    moves = {root: new.moves.get(roots.get(root, root), ()) for root in old.estates}
    places = {(root, address): (roots.get(root, root), present_address(address, moves[root])) for root, address in old.places()}
    places |= _by_name(old, new, places)

    def there(one: _R) -> _R:
        root, address = places[one.root, one.address]
        return one if (root, address) == (one.root, one.address) else _called(one, root, address)

    keys = [there(one) for estate in old.estates.values() for one in estate.keys]
    identities = [there(one) for estate in old.estates.values() for one in estate.identities]
    estates = {
        at: replace(
            estate,
            keys=tuple(one for one in keys if one.root == at),
            identities=tuple(one for one in identities if one.root == at),
        )
        for at, estate in [
            *((at, Estate()) for at, _ in places.values()),
            *((roots.get(at, at), one) for at, one in old.estates.items()),
        ]
    }
    verdicts = tuple(
        replace(one, subject=there(one.subject)) if (one.subject.root, one.subject.address) in places else one
        for one in old.verdicts
    )
    side = replace(old, buckets=tuple(map(there, old.buckets)), estates=estates, verdicts=verdicts)
    shifted = _Shifted(old, new)
    present = {
        root: shifted.after(
            _renaming(
                [(former, now) for (_, former), (at, now) in places.items() if at == root and former != now],
                new.moves.get(root, ()),
            )
        )
        for root in {at for at, _ in places.values()}
    }
    anywhere = _renaming(((former, now) for (_, former), (_, now) in places.items() if former != now), ())
    return Followed(side, present, anywhere, roots)


class _Shifted:
    """The places in names, such as that of an expression that fails: where its line is the same, and only lies elsewhere now, so is the name.

    Blanks make no difference. A line that its file has no more may be in another one, if only one has it.

    Args:
        old: the side before.
        new: the side after.
    """

    def __init__(self, old: Side, new: Side) -> None:
        self._reports = old.report, new.report
        self._now: dict[str, dict[int, tuple[str, int]]] = {}
        self._elsewhere: dict[str, list[tuple[str, int]]] | None = None

    def after(self, renamed: Callable[[str], str]) -> Callable[[str], str]:
        """A renaming, and after it this one."""
        return lambda name: _PLACE.sub(self._place, renamed(name)) if " at " in name else renamed(name)

    def _place(self, found: re.Match[str]) -> str:
        path, line, column = found[1], int(found[2]), int(found[3])
        if path not in self._now:
            self._now[path] = self._lines(path)
        if line not in self._now[path]:
            return found[0]
        now, at = self._now[path][line]
        before, after = self._text(0, path)[line - 1], self._text(1, now)[at - 1]
        inked = [number for number, char in enumerate(after, 1) if not char.isspace()]
        return f"{now}:{at}:{inked[len(_bare(before[: column - 1]))]}"

    def _text(self, side: int, path: str) -> list[str]:
        report = self._reports[side]
        text = report.texts.read(path) if report is not None else None
        return text.splitlines() if isinstance(text, str) else []

    def _lines(self, path: str) -> dict[int, tuple[str, int]]:
        """The present places of the lines of a file that are still there."""
        before, after = ([*map(_bare, self._text(side, path))] for side in (0, 1))
        import difflib

        blocks = difflib.SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
        here = {one.a + at + 1: (path, one.b + at + 1) for one in blocks for at in range(one.size)}
        gone = {number: self._others().get(line, ()) for number, line in enumerate(before, 1) if line and number not in here}
        return here | {number: places[0] for number, places in gone.items() if len(places) == 1}

    def _others(self) -> Mapping[str, Sequence[tuple[str, int]]]:
        """The places of each line of the new side."""
        if self._elsewhere is None:
            self._elsewhere = {}
            for other in self._reports[1].texts.paths if self._reports[1] is not None else ():
                for number, line in enumerate(self._text(1, other), 1):
                    self._elsewhere.setdefault(_bare(line), []).append((other, number))
        return self._elsewhere


_PLACE = re.compile(r"(?<= at )([^\s:]+):(\d+):(\d+)(?!\d)")


def _bare(line: str) -> str:
    return "".join(line.split())


def _called(one: _R, root: str, address: str) -> _R:
    return replace(one, root=root, declaration=replace(one.declaration, address=address))


def _roots(old: Side, new: Side) -> dict[str, str]:
    """The roots of the old side that are gone and have another path on the new one: that which shares most of their addresses, at least half."""
    declared: dict[str, dict[str, set[str]]] = {"old": {}, "new": {}}
    for label, mine, other in (("old", old, new), ("new", new, old)):
        for root, address in mine.places():
            if root not in other.estates:
                declared[label].setdefault(root, set()).add(address)
    pairs = [
        (len(one & its) / len(one | its), root, present)
        for root, one in declared["old"].items()
        for present, its in declared["new"].items()
        if 2 * len(one & its) >= len(one | its)
    ]
    found: dict[str, str] = {}
    for _, root, present in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2])):
        if root not in found and present not in found.values():
            found[root] = present
    return found


def _by_name(old: Side, new: Side, places: Mapping[_Place, _Place]) -> dict[_Place, _Place]:
    """The present places of what is gone and, under the same name, new."""
    there, before = {*new.places()}, {*places.values()}
    added: dict[str, list[_Place]] = {}
    for place, name in new.named():
        if place not in before and isinstance(name, Known) and name.value:
            added.setdefault(str(name.value), []).append(place)
    found: dict[_Place, _Place] = {}
    for place, name in old.named():
        same = added.get(str(name.value), []) if isinstance(name, Known) else []
        if places[place] not in there and len(same) == 1 and same[0] not in found.values():
            found[place] = same[0]
    return found


def _renaming(addresses: Iterable[tuple[str, str]], moves: Iterable[Move]) -> Callable[[str], str]:
    """What something unresolved is called at present: the addresses in its name are."""
    known = {**{move.former: move.present for move in moves}, **dict(addresses)}
    if not known:
        return str
    pattern = re.compile(rf"(?<![\w.-])(?:{'|'.join(map(re.escape, sorted(known, key=len, reverse=True)))})(?![\w-])")
    return lambda name: pattern.sub(lambda found: known[found[0]], name)
