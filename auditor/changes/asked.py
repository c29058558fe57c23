"""Which contracts are compared, and for which buckets: the same ones on both sides, whichever of them speaks of the consumer."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence

from auditor.contract import Contract
from auditor.foundation.errors import InputError
from auditor.inputs import Inputs
from auditor.lazy.classes import dataclass
from auditor.model import Bucket, present_address
from auditor.selection import mentioned, select
from auditor.settings.types import Asked, Settings


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user asks of a comparison.

    Attributes:
        asks: the contracts, by the settings; and what is wrong with them.
        every: whether they are compared for every bucket, whether or not it speaks of the consumer.
        auto: whether the platforms that the code mentions are compared too.
        settings: whether settings files are read: those of the new side count on both.
        today: the day that dates in comments are compared with.
        baseline: the file of findings that do not count on the new side, as the user named it; None for none.
    """

    asks: Callable[[Settings], tuple[tuple[Asked, ...], tuple[InputError, ...]]]
    every: bool
    auto: bool
    settings: bool
    today: dt.date
    baseline: str | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """A side as it was read: what it declares, and the settings file that speaks for each root (see `Settings.asking`)."""

    inputs: Inputs
    asking: Mapping[str, str]

    def buckets(self, of: str | None) -> list[Bucket]:
        """The buckets of the roots that a settings file speaks for; all of them for None."""
        return [bucket for bucket in self.inputs.buckets if of in (None, self.asking.get(bucket.root, ""))]


def asked_of(asks: Sequence[Asked], wishes: Wishes, sides: tuple[Read, Read]) -> tuple[tuple[Asked, ...], tuple[Asked, ...]]:
    """What each side is asked.

    Args:
        asks: the contracts.
        wishes: for which buckets, where they do not say.
        sides: the old and the new one.
    """
    found: tuple[list[Asked], list[Asked]] = ([], [])
    for asked in asks:
        if wishes.every or asked.every or asked.buckets:
            one = dataclasses.replace(asked, every=asked.every or wishes.every)
            for mine in found:
                mine.append(one)
            continue
        related: list[Sequence[Bucket]] = [
            select(side.buckets(asked.of), asked.contract, side.inputs.directives, (), related=True).buckets for side in sides
        ]
        _add(found, asked.contract, asked.of, related, sides)
    if wishes.auto:
        known = {asked.contract.id for asked in asks if not asked.of}
        for contract, mentioning in _mentioned(sides, None if any(asked.of is None for asked in asks) else ""):
            if contract.id not in known:
                _add(found, dataclasses.replace(contract, now=asks[0].contract.now), None, mentioning, sides)
    return tuple(found[0]), tuple(found[1])


def _mentioned(sides: tuple[Read, Read], of: str | None) -> Sequence[tuple[Contract, Sequence[Sequence[Bucket]]]]:
    """The platforms that either side mentions, each with the buckets of either side.

    One that both have is asked in the variant of the new one, unless that of the old one has more values: then what was let in is not any more.
    """
    each = [[(one.contract, bucket) for one in mentioned(side.buckets(of)) for bucket, _ in one.buckets] for side in sides]
    variants: dict[tuple[str, str, str], Contract] = {}
    for contract, bucket in (*each[0], *each[1]):
        place = contract.id, bucket.root, bucket.address
        if place not in variants or _values(contract) >= _values(variants[place]):
            variants[place] = contract
    asked: list[tuple[Contract, list[list[Bucket]]]] = []
    for at, found in enumerate(each):
        for contract, bucket in found:
            variant = variants[contract.id, bucket.root, bucket.address]
            related = next((buckets for one, buckets in asked if one == variant), None)
            if related is None:
                related = [[], []]
                asked.append((variant, related))
            related[at].append(bucket)
    return asked


def _values(contract: Contract) -> int:
    """How many of its parameters have a value."""
    return sum(bool(value) for value in contract.parameters.values())


def _add(
    found: tuple[list[Asked], list[Asked]],
    contract: Contract,
    of: str | None,
    related: Sequence[Iterable[Bucket]],
    sides: tuple[Read, Read],
) -> None:
    """Asks both sides for the buckets that are related to the consumer on either."""
    moves = {root.root: root.moved for root in sides[1].inputs.roots}
    places = {(bucket.root, bucket.address) for buckets in related for bucket in buckets}
    places |= {(root, present_address(address, moves.get(root, ()))) for root, address in places}
    former = {(root, present_address(address, moves.get(root, ()))): address for root, address in _places(sides[0])}
    places |= {(root, former[root, address]) for root, address in places if (root, address) in former}
    for mine, side in zip(found, sides, strict=True):
        names = tuple(f"{root}:{address}" for root, address in _places(side) if (root, address) in places)
        if names:
            mine.append(Asked(contract, names, of=of))


def _places(side: Read) -> list[tuple[str, str]]:
    return [(bucket.root, bucket.address) for bucket in side.inputs.buckets]
