"""An element of a known map by a key that is unresolved: one of its elements."""

from __future__ import annotations

import re
from dataclasses import replace

from auditor.foundation.location import Location
from auditor.foundation.value import Choice, Known, MapValue, Symbol, Template, Unknown, Value, alternatives
from auditor.sources.choices import choose
from auditor.sources.naming import derived, name_of
from auditor.sources.terraform.values.failure import Failed, doubtful, failed
from auditor.sources.terraform.values.operators import equal

_MOST_ELEMENTS = 32
_MOST_CONDITIONS = 4  # a text is composed of no more


def by_unresolved_key(mapping: MapValue, key: Value, written: str, location: Location) -> Value:
    """`mapping[key]`, where the key is an unresolved text.

    Args:
        mapping: the map.
        key: neither known nor a choice.
        written: the map as its author refers to it, with the module that it is in; empty where it is not a reference.
        location: where the index is.

    Returns:
        A choice between the elements whose key it may be, with a failing branch for a key that is none of them; something unknown where
        the map is not wholly known, or large.
    """
    name = f"{written or name_of(mapping)}[{name_of(key)}]"
    if mapping.rest is not None or not isinstance(mapping.entries, dict) or len(mapping.entries) > _MOST_ELEMENTS:
        return doubtful(derived(name, key, location=location))
    tests = [(equal(key, Known(text), location), entry) for text, entry in mapping.entries.items()]
    possible = [(test.symbol, entry) for test, entry in tests if isinstance(test, Unknown)]
    if not possible:
        return failed(f"there is no element {name_of(key)}", location)
    chosen = possible[-1][1]
    for condition, entry in reversed(possible[:-1]):
        chosen = choose(condition, entry, chosen)
    found = Choice(derived(f"can({name})", key).symbol, chosen, failed(f"there is no element {name_of(key)}", location), location)
    return replace(found, written=name)


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
    if len(branches) == 1 or (len(_conditions(value)) <= _MOST_CONDITIONS and not any(map(_may_identify, branches))):
        return value
    return doubtful(derived(value.written, value))


def _may_identify(value: Value) -> bool:
    """Whether a text may be the name, id, alias or ARN of a bucket or a key."""
    return not isinstance(value, Known) or (isinstance(value.value, str) and bool(_IDENTIFIER.fullmatch(value.value)))


_IDENTIFIER = re.compile(r"[a-z0-9._-]*|alias/.*|arn:[^:]*:(s3|kms):.*", re.DOTALL)


def _conditions(value: Value) -> frozenset[Symbol]:
    if not isinstance(value, Choice):
        return frozenset()
    return frozenset({value.condition}) | _conditions(value.then) | _conditions(value.otherwise)
