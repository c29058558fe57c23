"""An element by a key that is unresolved, or of which some keys are: one of the elements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from auditor.foundation.location import Location
from auditor.foundation.value import Choice, Known, ListValue, MapValue, Symbol, Template, Unknown, Value, alternatives
from auditor.sources.choices import MOST_CASES, choose, same
from auditor.sources.naming import derived, may_identify, name_of, open_symbol
from auditor.sources.terraform.values.failure import Failed, doubtful, failed
from auditor.sources.terraform.values.operators import equal
from auditor.sources.terraform.values.resource_value import InstanceMap
from auditor.sources.terraform.values.types import to_string

_MOST_CONDITIONS = 4  # a text is composed of no more


def by_unresolved_key(mapping: MapValue, key: Value, name: str, location: Location, missing: Value | None = None) -> Value:
    """`mapping[key]` or `lookup(mapping, key, missing)`, where the key is an unresolved text.

    Args:
        mapping: the map.
        key: neither known nor a choice.
        name: the whole, as its author refers to it (`written_index`).
        location: where it is.
        missing: what a key that is not in the map finds; a failure by default.

    Returns:
        A choice between the elements whose key it may be, and what is found for a key that is none of them; something unknown where the
        map is not wholly known, or large.
    """
    if mapping.rest is not None or not isinstance(mapping.entries, dict) or len(mapping.entries) > MOST_CASES:
        return doubtful(derived(name, key, location=location))
    tests = [(equal(key, Known(text), location), entry) for text, entry in mapping.entries.items()]
    possible = [(test.symbol, entry) for test, entry in tests if isinstance(test, Unknown)]
    absent = failed(f"there is no element {name_of(key)}", location)
    if not possible:
        return absent if missing is None else missing
    if missing is None:
        condition, (_, last) = derived(f"can({name})", key).symbol, possible.pop()
        found: Value = Choice(condition, _chosen(possible, last), absent, location)
    else:
        found = _chosen(possible, missing)
    return replace(found, written=name) if isinstance(found, Choice) else found


def _chosen(possible: Sequence[tuple[Symbol, Value]], otherwise: Value) -> Value:
    for condition, entry in reversed(possible):
        otherwise = choose(condition, entry, otherwise)
    return otherwise


def by_unresolved_position(items: Sequence[Value], name: str, because: Value, location: Location, reason: str = "") -> Value:
    """An item of a list at an unresolved position, which fails where it is outside: the one that all are, else something unknown.

    Args:
        items: all of them, at least one.
        name: the whole, as it is written.
        because: the position.
        location: where it is.
        reason: why it is not resolved; empty where `because` says so.
    """
    if all(same(item, items[0]) for item in items):
        can = derived(f"can({name})", because, reason=reason).symbol
        return Choice(can, items[0], failed("there is no such element", location), location)
    return doubtful(derived(name, because, location=location, reason=reason))


def by_unknown_order(collection: ListValue, name: str, location: Location) -> Value:
    """An item of a list that was made of a set: any of them.

    Args:
        collection: it, which has no order (`has_order`).
        name: the whole, as it is written.
        location: where it is.
    """
    reason = "" if open_symbol((collection,)) else "the items of this set have no order that Terraform documents"
    return by_unresolved_position(collection.items, name, collection, location, reason)


def written_index(mapping: Value, key: Value, written: str) -> str:
    """`mapping[key]` as its author refers to it; `written` is the map as it is written, empty where it is not a reference."""
    return f"{written or name_of(mapping)}[{name_of(key)}]"


def instance_at(instances: InstanceMap, key: Value, location: Location) -> Value:
    """`resource[key]` where `for_each` is not wholly known: the instance of an equal key, else perhaps that of each key it may equal."""
    text = to_string(key)
    if isinstance(text, Failed):
        return text
    if isinstance(text, Known) and (found := instances.entries.get(str(text.value))) is not None:
        return found
    last = instances.representative
    if last is not None and name_of(text) == last.key.name:
        return last.value  # it is none of the others
    known = [] if isinstance(text, Known) else [(Known(name), entry) for name, entry in instances.entries.items()]
    if len(known) > MOST_CASES:
        return doubtful(derived(f"{name_of(instances)}[{name_of(text)}]", text, location=location))
    tests = [(equal(text, one, location), entry) for one, entry in (*known, *instances.unresolved)]
    for test, entry in tests:
        if isinstance(test, Known) and test.value is True:
            return entry
    answer = failed(f"there is no element {name_of(text)}", location) if last is None else last.at(text, location)
    for test, entry in reversed(tests):
        if isinstance(test, Unknown):
            answer = choose(test.symbol, entry, answer)
    return answer


def bounded(value: Value) -> Value:
    """A value that was found by unresolved keys, as one unknown under the name that its author wrote where that says more than its cases.

    It does where there are too many cases, and where they may identify a bucket or a key: whatever its name, that is one resource, which
    everything else refers to by the same expression.
    """
    if not isinstance(value, Choice) or not value.written:
        return value
    branches = [branch for _, branch in alternatives(value) if not isinstance(branch, Failed)]
    if not all(isinstance(branch, Known | Unknown | Template) for branch in branches):
        return value
    if len(branches) == 1 or (len(_conditions(value)) <= _MOST_CONDITIONS and not any(map(may_identify, branches))):
        return value
    return doubtful(derived(value.written, value))


def _conditions(value: Value) -> frozenset[Symbol]:
    if not isinstance(value, Choice):
        return frozenset()
    return frozenset({value.condition}) | _conditions(value.then) | _conditions(value.otherwise)
