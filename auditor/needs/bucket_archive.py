"""The demand that no object is archived before the consumer reads it, by lifecycle rules or by Intelligent-Tiering: of its current version.

Sources: see `auditor.proofs.stored`. That nothing deletes the objects is not a part of it: an object that is gone is not one that the consumer
is refused. `rules/objects_expire.py` warns of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Self

from auditor.contract import Contract, Need, WrittenNeed
from auditor.foundation.cases import Choices
from auditor.foundation.location import Location
from auditor.foundation.value import NULL, Known, ListValue, MapValue, Symbol, Value
from auditor.lazy.classes import dataclass
from auditor.model import Attachment, Bucket
from auditor.proofs.outcome import open_because, taken
from auditor.proofs.setting import number_of
from auditor.proofs.stored import (
    ARCHIVED,
    TIERED,
    RuleAction,
    RuleReach,
    StorageRule,
    deletes,
    lifecycle_rules,
    moves,
    reach_of,
    tiering_rules,
    tiers_of,
    unclear,
)
from auditor.verdict import Cause, Outcome, Resolution, Status

READABLE = "GLACIER_IR"
"""The storage class of archives whose objects are read at once."""


@dataclass(frozen=True, slots=True)
class ArchiveNeed(Need):
    """That S3 archives no object before the consumer reads it.

    Attributes:
        prefixes: of the keys that the consumer reads; the empty one for all.
        within: in how many days after an object is written the consumer has read it; None where it may read it at any time.
    """

    IDS: ClassVar[str] = "bucket:no-archive"
    EXAMPLES: ClassVar[tuple[str, ...]] = ("bucket:no-archive",)
    KEYS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "prefixes": {
            "description": "The prefixes of the keys that are read; all keys where they are not written.",
            "type": "array",
            "items": {"type": "string"},
            "minItems": 1,
        },
        "within-days": {
            "description": "In how many days after an object is written it is read; at any time where that is not written.",
            "type": "string",
            "pattern": r"^([0-9]{1,18}|\$\{[a-z][a-z0-9-]*\})$",
            "examples": ["30"],
        },
    }

    prefixes: tuple[str, ...] = ("",)
    within: int | None = None

    @classmethod
    def read(cls, written: WrittenNeed) -> Self:
        """The need."""
        return cls(*written.head, written.texts("prefixes") or ("",), written.number("within-days"))

    def prove(self, bucket: Bucket, contract: Contract, choices: Choices) -> Outcome:  # noqa: ARG002 - it is the same for all
        """Whether every object can be read, in one case."""
        rules, unknown = lifecycle_rules(bucket, choices)
        configurations, more = tiering_rules(bucket, choices)
        unknown += more
        tiered: list[RuleAction] = []
        failing: list[tuple[StorageRule, Outcome]] = []
        for found in (one for rule in rules for one in moves(rule, self.prefixes, choices)):
            if isinstance(found, Outcome):
                unknown.append(found)
            elif found.storage_class == TIERED:
                tiered.append(found)
            elif answer := self._of_move(found, rules, choices):
                if answer.status is Status.FAILS:
                    failing.append((found.rule, answer))
                else:
                    unknown.append(answer)
        if failing:
            return _with_all(failing)
        for answer in self._of_tiering(configurations, tiered, rules, choices):
            if answer.status is Status.FAILS:
                return answer
            unknown.append(answer)
        reason = "no rule archives an object" if rules or configurations else "no rule that archives objects is written"
        return unknown[0] if unknown else Outcome(Status.HOLDS, reason, bucket.declaration.location)

    def _of_move(self, action: RuleAction, rules: Sequence[StorageRule], choices: Choices) -> Outcome | None:
        """What follows of objects that become archived; None where nothing does: they have been read, or are gone, by then."""
        if isinstance(action.days, Symbol) and self.within is not None:
            return open_because(action.days, action.location)
        if isinstance(action.days, int) and self.within is not None and action.days >= self.within:
            return None
        if action.reach.tagged:
            return _by_tags(action.rule, action.location)
        # In its own rule, S3 takes an expiration only after the transition.
        gone = _gone(action.reach.prefix, action.days, [rule for rule in rules if rule != action.rule], choices)
        if gone is True or isinstance(gone, Outcome):
            return None if gone is True else gone
        reason = f"a lifecycle rule moves objects{_which(action)} to {action.storage_class} {action.when('they are written')}"
        request = f"GetObject {action.when('the object is written')}"
        return _fails(reason, action.reach.prefix, request, action.location, action.rule.attachment, action.storage_class)

    def _of_tiering(
        self, configurations: Sequence[StorageRule], tiered: Sequence[RuleAction], rules: Sequence[StorageRule], choices: Choices
    ) -> Iterator[Outcome]:
        """What follows of Intelligent-Tiering configurations with archive tiers."""
        for configuration in configurations:
            days = _first_tier(configuration, choices)
            if isinstance(days, Outcome):
                yield days
            if not isinstance(days, int) or (self.within is not None and days >= self.within):
                continue
            reach = reach_of(configuration, self.prefixes, choices)
            if isinstance(reach, Outcome):
                yield reach
            elif reach is not None:
                yield from self._of_tier(configuration, reach, days, tiered, rules, choices)

    def _of_tier(
        self,
        configuration: StorageRule,
        reach: RuleReach,
        days: int,
        tiered: Sequence[RuleAction],
        rules: Sequence[StorageRule],
        choices: Choices,
    ) -> Iterator[Outcome]:
        """What follows of a configuration that archives what nobody reads for some days: it counts from when an object is of its class."""
        place = configuration.location
        if reach.tagged:
            yield _by_tags(configuration, place)
            return
        for moved in (one for one in tiered if not one.reach.tagged and _reaches(configuration, one, choices)):
            earliest = moved.days + days if isinstance(moved.days, int) else None
            in_time = self.within is None or (earliest is not None and earliest < self.within)
            if in_time and _gone(moved.reach.prefix, earliest, rules, choices) is False:
                reason = f"a lifecycle rule moves objects to {TIERED}, which archives an object that nobody reads for {days} days"
                request = f"GetObject of an object that nobody has read for {days} days"
                yield _fails(reason, moved.reach.prefix, request, place, configuration.attachment, "")
                return
        if _gone(reach.prefix, days, rules, choices) is not True:
            yield _by_class(place, days)


KIND = ArchiveNeed


@dataclass(frozen=True, slots=True)
class ArchiveCause(Cause):
    """What archives objects.

    Attributes:
        attachment: what holds the rule.
        storage_class: that a lifecycle rule gives them; empty for Intelligent-Tiering.
        places: where it and further rules of the bucket say so; none for Intelligent-Tiering, and where one of them moves objects on.
    """

    attachment: Attachment
    storage_class: str
    places: tuple[Location, ...] = ()


def expiry(bucket: Bucket, need: ArchiveNeed, choices: Choices) -> RuleAction | None:
    """What certainly deletes all objects under a prefix that the consumer reads, before it has read them, in one case."""
    rules, _ = lifecycle_rules(bucket, choices)
    for found in (one for rule in rules for one in deletes(rule, need.prefixes, choices)):
        if (
            isinstance(found, RuleAction)
            and found.reach.every
            and isinstance(found.days, int)
            and (need.within is None or found.days < need.within)
        ):
            return found
    return None


def _fails(reason: str, prefix: str, request: str, place: Location, attachment: Attachment, storage_class: str) -> Outcome:
    witness = {"key": f"{prefix}…", "request": request} if prefix else {"request": request}
    return Outcome(Status.FAILS, reason, place, witness, cause=ArchiveCause(attachment, storage_class))


def _with_all(failing: Sequence[tuple[StorageRule, Outcome]]) -> Outcome:
    """The first of what fails, which knows where the others are, where each can have the class of archives that are read at once.

    That S3 takes two transitions of one rule to one class is not documented.
    """
    first = failing[0][1]
    if not isinstance(first.cause, ArchiveCause) or any(len(_to_archives(rule)) > 1 for rule, _ in failing):
        return first
    return replace(first, cause=replace(first.cause, places=tuple(one.location for _, one in failing)))


def _to_archives(rule: StorageRule) -> Sequence[Value]:
    """The transitions of a lifecycle rule that go to an archive, or may do so."""
    listed = rule.content.entries.get("Transitions", NULL)
    items = listed.items if isinstance(listed, ListValue) else ()
    classes = (one.entries.get("StorageClass", NULL) if isinstance(one, MapValue) else one for one in items)
    return [one for one in classes if not isinstance(one, Known) or one.value in (*ARCHIVED, READABLE)]


def _gone(prefix: str, days: int | Symbol | None, rules: Sequence[StorageRule], choices: Choices) -> bool | Outcome:
    """Whether lifecycle rules delete all objects with a prefix in some days; an outcome where that is unknown."""
    for one in (one for rule in rules for one in deletes(rule, (prefix,), choices)):
        if isinstance(one, Outcome):
            return one
        if one.reach.every and isinstance(days, int):
            if not isinstance(one.days, int):
                return open_because(one.days or _date(one), one.location)
            if one.days <= days:
                return True
    return False


def _which(action: RuleAction) -> str:
    keys = f" under '{action.reach.prefix}'" if action.reach.prefix else ""
    return keys + (f" {action.reach.sizes}" if action.reach.sizes else "")


def _by_tags(rule: StorageRule, place: Location) -> Outcome:
    reason = "a rule archives objects with some tags, and the code does not say which objects have them"
    resolution = Resolution("the tags of objects", reason, "no object that is read has them", "one has them", location=place)
    return Outcome(Status.UNKNOWN, reason, rule.location, resolved_by=(resolution,))


def _by_class(place: Location, days: int) -> Outcome:
    reason = f"Intelligent-Tiering archives objects that nobody reads for {days} days, and the code does not say which are of its storage class"
    name = "the storage class of objects"
    resolution = Resolution(name, reason, f"no object that is read is written with {TIERED}", "one is", location=place)
    return Outcome(Status.UNKNOWN, reason, place, resolved_by=(resolution,))


def _date(action: RuleAction) -> Symbol:
    return Symbol(
        "the date of an expiration",
        f"a lifecycle rule deletes the objects {action.when('they are written')}",
        location=action.location,
    )


def _reaches(configuration: StorageRule, moved: RuleAction, choices: Choices) -> bool:
    reach = reach_of(configuration, (moved.reach.prefix,), choices)
    return reach is not None and not isinstance(reach, Outcome)


def _first_tier(configuration: StorageRule, choices: Choices) -> int | Outcome | None:
    """After how many days without a reader the first archive tier takes an object; None without any. Both tiers that there are archive."""
    found: list[int] = []
    for tier in tiers_of(configuration, choices):
        if isinstance(tier, Outcome):
            return tier
        days = taken(tier.entries.get("Days", NULL), choices)
        number = number_of(days)
        if number is None:
            return unclear(days, "Days", configuration.location)
        found.append(number)
    return min(found, default=None)
