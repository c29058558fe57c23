"""What lifecycle and Intelligent-Tiering rules make of objects, in one case: which ones they archive, and which ones they delete.

Sources: Amazon S3 User Guide, "Transitioning objects using Amazon S3 Lifecycle", "Lifecycle configuration elements" (the conditions of a filter
hold together; where one rule deletes an object and another one moves it, it is deleted), "Working with archived objects" (what is in GLACIER,
DEEP_ARCHIVE or an archive tier of Intelligent-Tiering must be restored before a GET, which is refused with InvalidObjectState until then;
what is in GLACIER_IR need not) and "Using S3 Intelligent-Tiering" (an object is archived when nobody reads it for so many days).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from auditor.foundation.cases import Choices
from auditor.foundation.location import Location
from auditor.foundation.value import (
    NULL,
    Known,
    ListValue,
    MapValue,
    Symbol,
    Value,
    is_null,
    is_text,
    scalar_text,
    shown,
    symbols_in,
    text_parts,
)
from auditor.lazy.classes import dataclass
from auditor.model import Attachment, Bucket, Kind
from auditor.proofs.outcome import attached_all, open_because, taken
from auditor.proofs.setting import configured, number_of, open_elsewhere, word_of
from auditor.verdict import Outcome

TIERED = "INTELLIGENT_TIERING"
ARCHIVED = ("GLACIER", "DEEP_ARCHIVE")
# Source: Amazon S3 API Reference, Transition, StorageClass.
_CLASSES = (*ARCHIVED, TIERED, "STANDARD_IA", "ONEZONE_IA", "GLACIER_IR")
# Source: Amazon S3 API Reference, IntelligentTieringConfiguration, Status, and LifecycleRule, Status.
_STATUSES = ("Enabled", "Disabled")
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class StorageRule:
    """A rule that is in force.

    Attributes:
        content: as `auditor.model` documents it.
        attachment: what holds it.
    """

    content: MapValue
    attachment: Attachment

    @property
    def location(self) -> Location:
        """Where it is written."""
        return self.content.location or self.attachment.location


@dataclass(frozen=True, slots=True)
class RuleReach:
    """Objects that a rule applies to and a consumer reads.

    Attributes:
        prefix: what their keys have in common; what is unresolved stands in it by name.
        sizes: of which sizes, as the end of a clause; empty for all.
        tagged: whether only those with some tags.
        every: whether they are all that the consumer reads under one of its prefixes.
    """

    prefix: str
    sizes: str = ""
    tagged: bool = False
    every: bool = False


@dataclass(frozen=True, slots=True)
class RuleAction:
    """What a rule does with objects.

    Attributes:
        rule: it.
        reach: the objects.
        storage_class: that they get; empty where they are deleted.
        days: after how many days; a symbol where that is not resolved, None where a date says it.
        date: the date; empty where it is not resolved, or days say it.
        location: what says so.
    """

    rule: StorageRule
    reach: RuleReach
    storage_class: str
    days: int | Symbol | None
    date: str
    location: Location

    def when(self, written: str) -> str:
        """When it is done, as the end of a clause.

        Args:
            written: the clause that follows "after" ("they are written").
        """
        if self.days is None:
            return f"on {self.date or 'a certain date'}"
        if self.days == 0:
            return f"as soon as {written}"
        if isinstance(self.days, Symbol) and len(self.days.name) > _LONGEST_NAME:
            return f"an unresolved number of days after {written}"
        count = self.days.name if isinstance(self.days, Symbol) else self.days
        return f"{count} {'day' if count == 1 else 'days'} after {written}"


def lifecycle_rules(bucket: Bucket, choices: Choices) -> tuple[list[StorageRule], list[Outcome]]:
    """The lifecycle rules that are in force, and why there may be more."""
    found = configured(bucket, Kind.LIFECYCLE, choices)
    if found is None or isinstance(found, Outcome):
        return [], [found] if found else []
    return _enabled(found.content, found.attachment, choices)


def tiering_rules(bucket: Bucket, choices: Choices) -> tuple[list[StorageRule], list[Outcome]]:
    """The Intelligent-Tiering configurations that are in force, and why there may be more."""
    header = bucket.declaration.location
    attachments, more = attached_all(bucket.slot(Kind.INTELLIGENT_TIERING), choices)
    rules: list[StorageRule] = []
    unknown = [open_because(more, header)] if more is not None else []
    for attachment in attachments:
        some, others = _enabled(taken(attachment.content, choices), attachment, choices)
        rules += some
        unknown += others
    if not bucket.declaration.managed:
        unknown.append(open_elsewhere(bucket, Kind.INTELLIGENT_TIERING))
    return rules, unknown


def _enabled(content: Value, attachment: Attachment, choices: Choices) -> tuple[list[StorageRule], list[Outcome]]:
    location = attachment.content_location or attachment.location
    rules: list[StorageRule] = []
    unknown: list[Outcome] = []
    for rule in _items(content, "the rules", location, choices):
        if isinstance(rule, Outcome):
            unknown.append(rule)
            continue
        place = rule.key_locations.get("Status") or rule.location or location
        status = word_of(taken(rule.entries.get("Status", NULL), choices), _STATUSES, "Status", place, choices)
        if isinstance(status, Outcome):
            unknown.append(status)
        elif status == "Enabled":
            rules.append(StorageRule(rule, attachment))
            unknown.extend([open_because(rule.rest, place)] if rule.rest is not None else [])
    return rules, unknown


def moves(rule: StorageRule, prefixes: Sequence[str], choices: Choices) -> Iterator[RuleAction | Outcome]:
    """What a lifecycle rule moves to where it is, or may come to be, archived; an outcome for what may be so.

    Args:
        rule: it.
        prefixes: of the keys that the consumer reads.
        choices: of the case.
    """
    for one in _items(rule.content.entries.get("Transitions", NULL), "Transitions", rule.location, choices):
        if isinstance(one, Outcome):
            yield one
            continue
        place = one.key_locations.get("StorageClass") or one.location or rule.location
        word = word_of(taken(one.entries.get("StorageClass", NULL), choices), _CLASSES, "StorageClass", place, choices)
        if isinstance(word, Outcome):
            yield word
        elif word in (*ARCHIVED, TIERED):
            yield from _action(word, one, place, rule, prefixes, choices)


def deletes(rule: StorageRule, prefixes: Sequence[str], choices: Choices) -> Iterator[RuleAction | Outcome]:
    """What a lifecycle rule deletes, likewise."""
    expiration = taken(rule.content.entries.get("Expiration", NULL), choices)
    if is_null(expiration):
        return
    if not isinstance(expiration, MapValue):
        yield unclear(expiration, "Expiration", rule.location)
        return
    days, date = (taken(expiration.entries.get(name, NULL), choices) for name in ("Days", "Date"))
    if is_null(date) and (is_null(days) or number_of(days) == 0):
        return  # delete markers only
    place = expiration.key_locations.get("Days") or expiration.location or rule.location
    yield from _action("", expiration, place, rule, prefixes, choices)


def tiers_of(rule: StorageRule, choices: Choices) -> Iterator[MapValue | Outcome]:
    """The archive tiers of an Intelligent-Tiering configuration; outcomes for what is unresolved."""
    return _items(rule.content.entries.get("Tierings", NULL), "Tierings", rule.location, choices)


def _action(
    storage_class: str, written: MapValue, place: Location, rule: StorageRule, prefixes: Sequence[str], choices: Choices
) -> Iterator[RuleAction | Outcome]:
    reach = reach_of(rule, prefixes, choices)
    if reach is None:
        return
    if isinstance(reach, Outcome):
        yield reach
        return
    date, days = (taken(written.entries.get(name, NULL), choices) for name in ("Date", "Days"))
    told = written.entries.get("StorageClass" if storage_class else "Days")
    place = (told.location if told is not None else None) or place
    if not is_null(date):
        yield RuleAction(rule, reach, storage_class, None, scalar_text(date.value) if isinstance(date, Known) else "", place)
        return
    number = number_of(days)
    symbol = next(symbols_in(days), Symbol("Days", "unsupported syntax", location=place))
    yield RuleAction(rule, reach, storage_class, symbol if number is None else number, "", place)


def reach_of(rule: StorageRule, prefixes: Sequence[str], choices: Choices) -> RuleReach | Outcome | None:
    """Which of the objects under some prefixes a rule applies to; None where to none, an outcome where the code does not say it."""
    filter_ = taken(rule.content.entries.get("Filter", NULL), choices)
    if not is_null(filter_) and not isinstance(filter_, MapValue):
        return unclear(filter_, "Filter", rule.location)
    entries = filter_.entries if isinstance(filter_, MapValue) else {}
    written = taken(entries.get("Prefix", NULL), choices)
    common = [one for one in (_common(written, needed) for needed in prefixes) if one is not None]
    if not common:
        return None
    reached = next((one for one in common if not isinstance(one, Symbol)), None)
    if reached is None:
        return unclear(written, "Prefix", rule.location)
    if isinstance(filter_, MapValue) and filter_.rest is not None:
        return open_because(filter_.rest, rule.location)
    tags = taken(entries.get("Tags", NULL), choices)
    if not is_null(tags) and not isinstance(tags, ListValue):
        return unclear(tags, "Tags", rule.location)
    tagged = isinstance(tags, ListValue) and (bool(tags.items) or tags.rest is not None)
    sizes = _sizes(entries, rule.location, choices)
    return sizes if isinstance(sizes, Outcome) else RuleReach(reached[0], sizes, tagged, reached[1] and not sizes and not tagged)


def _common(prefix: Value, needed: str) -> tuple[str, bool] | Symbol | None:
    """What keys with two prefixes have in common, and whether all keys with the second have the first; None where none has both."""
    if is_null(prefix):
        return needed, True
    if not is_text(prefix):
        return Symbol("Prefix", "unsupported syntax")
    parts = text_parts(prefix)
    head = parts[0] if parts and isinstance(parts[0], str) else ""
    if head.startswith(needed):
        return shown(parts, "<{}>"), head == needed and len(parts) < 2
    if not needed.startswith(head):
        return None
    return next((part for part in parts if isinstance(part, Symbol)), None) or (needed, True)


def _sizes(entries: Mapping[str, Value], location: Location, choices: Choices) -> str | Outcome:
    """The sizes that a filter names, as the end of a clause; empty for none."""
    bounds: list[int] = []
    for name in ("ObjectSizeGreaterThan", "ObjectSizeLessThan"):
        value = taken(entries.get(name, NULL), choices)
        number = 0 if is_null(value) else number_of(value)
        if number is None:
            return unclear(value, name, location)
        bounds.append(number)
    least, most = bounds
    if most and most <= least + 1:
        return open_because(Symbol("ObjectSizeLessThan", "no object has a size that fits the filter", location=location), location)
    said = ([f"larger than {least} bytes"] if least else []) + ([f"smaller than {most} bytes"] if most else [])
    return " and ".join(said)


def _items(value: Value, name: str, location: Location, choices: Choices) -> Iterator[MapValue | Outcome]:
    """The maps of a list that are there in a case; outcomes for what is unresolved."""
    value = taken(value, choices)
    if is_null(value):
        return
    if not isinstance(value, ListValue):
        yield unclear(value, name, location)
        return
    for item in value.items:
        one = taken(item, choices)
        if isinstance(one, MapValue):
            yield one
        elif not is_null(one):
            yield unclear(one, name, location)
    if value.rest is not None:
        yield open_because(value.rest, location)


def unclear(value: Value, name: str, location: Location) -> Outcome:
    """The outcome for a value that the code leaves unresolved, or that has another form than AWS takes."""
    place = value.location or location
    return open_because(next(symbols_in(value), Symbol(name, "unsupported syntax", location=place)), place)
