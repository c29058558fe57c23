"""S3: how long a bucket keeps objects, and in which storage class, in the shapes of `auditor.model`.

Source: AWS CloudFormation Template Reference, AWS::S3::Bucket: LifecycleConfiguration, Rule, Transition, IntelligentTieringConfiguration and
ObjectLockConfiguration.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from auditor.foundation.location import Location
from auditor.foundation.value import NULL, Known, ListValue, MapValue, Unknown, Value, is_null
from auditor.sources.choices import in_branches
from auditor.sources.cloudformation.aws.buckets import in_entry, misshapen

_FILTER = {
    "Prefix": "Prefix",
    "TagFilters": "Tags",
    "ObjectSizeGreaterThan": "ObjectSizeGreaterThan",
    "ObjectSizeLessThan": "ObjectSizeLessThan",
}
_TRANSITION = {"TransitionInDays": "Days", "TransitionDate": "Date", "StorageClass": "StorageClass"}
_EXPIRATION = {
    "ExpirationInDays": "Days",
    "ExpirationDate": "Date",
    "ExpiredObjectDeleteMarker": "ExpiredObjectDeleteMarker",
}
# Source: the same, Transition, StorageClass: `Glacier` is another name of GLACIER.
_CALLED_OTHERWISE = {"Glacier": "GLACIER"}


def object_lock(content: Value) -> Value:
    """The Object Lock configuration in `ObjectLockConfiguration`."""

    def shape(lock: MapValue) -> Value:
        rule = lock.entries.get("Rule", NULL)
        retention = NULL if is_null(rule) else in_entry(rule, "DefaultRetention")
        entries = {"ObjectLockEnabled": lock.entries.get("ObjectLockEnabled", NULL), "DefaultRetention": retention}
        place = retention.location
        return MapValue(entries, lock.location, lock.rest, {"DefaultRetention": place} if place else {})

    return _of_maps(content, shape)


def lifecycle(content: Value) -> Value:
    """The rules in `LifecycleConfiguration`."""
    return _each(in_entry(content, "Rules"), _lifecycle_rule)


def _lifecycle_rule(rule: MapValue) -> Value:
    entries = {"ID": rule.entries.get("Id", NULL), "Status": rule.entries.get("Status", NULL), "Filter": _renamed(rule, _FILTER)}
    # `Transition` is the older property, for one of them.
    several, one = rule.entries.get("Transitions", NULL), rule.entries.get("Transition", NULL)
    if not is_null(one):
        several = in_branches(one, lambda branch: branch if is_null(branch) else ListValue((branch,), branch.location))
    entries["Transitions"] = _each(several, lambda transition: _renamed(transition, _TRANSITION))
    expiration = _renamed(rule, _EXPIRATION)
    if expiration.entries:
        entries["Expiration"] = expiration
    return MapValue({name: value for name, value in entries.items() if not is_null(value)}, rule.location, rule.rest, _status(rule))


def intelligent_tiering(content: Value) -> Value:
    """The configurations in `IntelligentTieringConfigurations`."""

    def shape(one: MapValue) -> Value:
        entries = {name: one.entries[name] for name in ("Id", "Status", "Tierings") if name in one.entries}
        return MapValue({**entries, "Filter": _renamed(one, _FILTER)}, one.location, one.rest, _status(one))

    return _each(content, shape)


def _renamed(written: MapValue, names: Mapping[str, str]) -> MapValue:
    """Some of the entries of a map, under their names of the API."""
    entries = {
        ours: _named(written.entries[theirs]) if ours == "StorageClass" else written.entries[theirs]
        for theirs, ours in names.items()
        if not is_null(written.entries.get(theirs, NULL))
    }
    places = {names[name]: place for name, place in written.key_locations.items() if name in names}
    return MapValue(entries, written.location, None, places)


def _named(storage_class: Value) -> Value:
    return in_branches(
        storage_class,
        lambda one: replace(one, value=_CALLED_OTHERWISE.get(str(one.value), one.value)) if isinstance(one, Known) else one,
    )


def _status(rule: MapValue) -> Mapping[str, Location]:
    return {name: place for name, place in rule.key_locations.items() if name == "Status"}


def _each(content: Value, shape: Callable[[MapValue], Value]) -> Value:
    """A list with each of its maps in another shape."""

    def branch(one: Value) -> Value:
        if isinstance(one, ListValue):
            return replace(one, items=tuple(_of_maps(item, shape) for item in one.items))
        return one if isinstance(one, Unknown) else misshapen(one)

    return in_branches(content, branch)


def _of_maps(content: Value, shape: Callable[[MapValue], Value]) -> Value:
    """A map in another shape, in every branch; what is unknown stays so."""

    def branch(one: Value) -> Value:
        if isinstance(one, MapValue):
            return shape(one)
        return one if isinstance(one, Unknown) else misshapen(one)

    return in_branches(content, branch)
