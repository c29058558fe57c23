"""The content of a document: where it stands, in the shape that `auditor.model` documents, with what a tool fills in as holes."""

from __future__ import annotations

import enum
from dataclasses import replace
from typing import Any

from auditor.foundation.errors import InputError
from auditor.foundation.json_text import parse_json, source_map
from auditor.foundation.location import Location
from auditor.foundation.value import Known, ListValue, MapValue, Symbol, Value, text_of
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex
from auditor.model import Kind

PARTITION = "${AWS::Partition}"
# A placeholder that some tool fills in. IAM's own policy variables have one colon or are one of * ? $; CloudFormation's have two.
# Source: IAM User Guide, "IAM policy elements: Variables and tags".
PLACEHOLDER = regex(r"\$\{(?:(?![*?$]\})[^{}:\"]+|AWS::\w+)\}|\{\{[^{}\"]+\}\}")


class Described(enum.Enum):
    """What a document tells that configures nothing."""

    REGION = "bucket location"
    KEY = "key description"
    ALIASES = "key aliases"
    GRANTS = "key grants"
    IDENTITIES = "authorization details of an account"
    SERVICE_CONTROL = "service control policy"
    RESOURCE_CONTROL = "resource control policy"


@dataclass(frozen=True, slots=True)
class Shape:
    """What a document is, and where its content stands in it.

    Attributes:
        form: what it holds.
        steps: the keys (or places) that lead to the content.
        embedded: whether the content is JSON in a string.
        weak: whether only the key around the content tells what it is, and the content does not look like it.
        named: the key that has the name of the bucket or the id of the key, where the document is the request that puts the content; else empty.
    """

    form: Kind | Described
    steps: tuple[str | int, ...] = ()
    embedded: bool = False
    weak: bool = False
    named: str = ""


def content_at(value: Value, shape: Shape, text: str, path: str) -> tuple[Value | None, tuple[InputError, ...]]:
    """The content that a shape points to, as the model wants it; None and an error when it is JSON in a string that is none."""
    place = Location(path)
    for step in shape.steps:
        if isinstance(value, MapValue) and isinstance(step, str):
            place = value.key_locations.get(step, place)
            value = value.entries[step]
        elif isinstance(value, ListValue) and isinstance(step, int):
            value = value.items[step]
    place = value.location or place
    if shape.embedded and isinstance(value, Known):
        inner, errors = parse_json(replace(value, source_map=source_map(text, place)), place)
        if inner is None:
            return None, (InputError(errors[0].location, f"holds a policy that is not valid JSON: {errors[0].message}"),)
        return inner, errors
    match shape.form:
        case Kind.OWNERSHIP:
            return _entry(value, "ObjectOwnership", place), ()
        case Kind.ENCRYPTION:
            return _encryption(value, place), ()
        case Kind.ACL:
            return _granted_to_others(value), ()
        case Kind.ACCELERATION:
            return _renamed(value, "Status", "AccelerationStatus"), ()
        case Kind.OBJECT_LOCK:
            return _object_lock(value), ()
        case Kind.LIFECYCLE | Kind.INTELLIGENT_TIERING:
            return _listed(value), ()
        case _:
            return value, ()


def _entry(value: Value, name: str, place: Location) -> Value:
    return value.entries.get(name, Known(None, place)) if isinstance(value, MapValue) else value


def _encryption(rule: Value, place: Location) -> Value:
    """An encryption rule in the flat form of the model."""
    if not isinstance(rule, MapValue):
        return rule
    entries = {name: entry for name, entry in rule.entries.items() if name == "BucketKeyEnabled"}
    places = dict(rule.key_locations)
    default = rule.entries.get("ApplyServerSideEncryptionByDefault")
    if isinstance(default, MapValue):
        entries.update(default.entries)
        places.update(default.key_locations)
    return MapValue(entries, rule.location or place, None, places)


def _renamed(value: Value, theirs: str, ours: str) -> Value:
    """A map with one of its keys under the name that the model has for it."""
    if not isinstance(value, MapValue):
        return value
    entries = {ours if name == theirs else name: entry for name, entry in value.entries.items()}
    return replace(
        value, entries=entries, key_locations={ours if name == theirs else name: at for name, at in value.key_locations.items()}
    )


def _object_lock(lock: Value) -> Value:
    """An Object Lock configuration without the rule around its retention."""
    if not isinstance(lock, MapValue):
        return lock
    rule = lock.entries.get("Rule")
    retention = rule.entries.get("DefaultRetention") if isinstance(rule, MapValue) else rule
    entries = {name: entry for name, entry in lock.entries.items() if name != "Rule"}
    place = retention.location if isinstance(retention, MapValue) else None
    found = entries if retention is None else {**entries, "DefaultRetention": retention}
    return replace(lock, entries=found, key_locations={"DefaultRetention": place} if place else {})


def _listed(rules: Value) -> Value:
    """Lifecycle rules or Intelligent-Tiering configurations, each with a flat filter; one alone becomes a list."""
    if isinstance(rules, MapValue):
        rules = ListValue((rules,), rules.location)
    return replace(rules, items=tuple(map(_filtered, rules.items))) if isinstance(rules, ListValue) else rules


def _filtered(rule: Value) -> Value:
    if not isinstance(rule, MapValue):
        return rule
    written = rule.entries.get("Filter")
    found = dict(written.entries) if isinstance(written, MapValue) else {}
    both = found.pop("And", None)
    found.update(both.entries if isinstance(both, MapValue) else {})
    tag = found.pop("Tag", None)
    if tag is not None:
        found["Tags"] = ListValue((tag,), tag.location if isinstance(tag, MapValue) else None)
    if "Prefix" in rule.entries:
        found["Prefix"] = rule.entries["Prefix"]
    entries = {name: entry for name, entry in rule.entries.items() if name != "Prefix"}
    place = written.location if isinstance(written, MapValue) else rule.location
    return replace(rule, entries={**entries, "Filter": MapValue(found, place)})


def _granted_to_others(acl: Value) -> Value:
    """The grants of an ACL without the owner's own, which every bucket has. Source: Amazon S3 User Guide, "ACL overview"."""
    if not isinstance(acl, MapValue):
        return acl
    grants, owner = acl.entries["Grants"], _entry(acl.entries["Owner"], "ID", Location("-"))
    if isinstance(grants, ListValue):
        kept = tuple(
            grant
            for grant in grants.items
            if not (
                isinstance(grant, MapValue)
                and isinstance(grantee := grant.entries.get("Grantee"), MapValue)
                and grantee.entries.get("ID") == owner
            )
        )
        grants = replace(grants, items=kept)
    return MapValue({"Grants": grants}, acl.location, None, acl.key_locations)


def opened(value: Value) -> Value:
    """The value with placeholders in its texts as holes."""
    match value:
        case Known(str() as text):
            if not PLACEHOLDER.search(text):
                return value
            parts: list[str | Symbol] = []
            end = 0
            for match in PLACEHOLDER.finditer(text):
                # As in templates, the partition is the commercial one: no grant crosses partitions.
                hole = "aws" if match[0] == PARTITION else _placeholder(match[0], value.location)
                parts += [text[end : match.start()], hole]
                end = match.end()
            return text_of((*parts, text[end:]), value.location)
        case ListValue(items):
            return replace(value, items=tuple(opened(item) for item in items))
        case MapValue(entries):
            resolved = {key: opened(entry) for key, entry in entries.items() if not PLACEHOLDER.search(key)}
            place = value.key_locations
            rest = next((_placeholder(key, place.get(key)) for key in entries if key not in resolved), None)
            return replace(value, entries=resolved, rest=rest)
        case _:
            return value


def _placeholder(text: str, location: Location | None) -> Symbol:
    return Symbol(text, f"'{text}' is filled in before the document is used", "audit the document as it is used", location)


def plain_of(value: Value) -> Any:
    """A value without unknown parts as JSON has it."""
    match value:
        case Known(plain):
            return plain
        case ListValue(items):
            return [plain_of(item) for item in items]
        case MapValue(entries):
            return {key: plain_of(entry) for key, entry in entries.items()}
    return None
