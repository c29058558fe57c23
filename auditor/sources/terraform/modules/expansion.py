"""`count` and `for_each`: which instances a resource or module call has.

Source: developer.hashicorp.com/terraform/language/meta-arguments/count and …/for_each; the form of keys in addresses: Terraform,
internal/addrs/instance_key.go.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field

from auditor.foundation.value import (
    ALWAYS,
    NULL,
    Choice,
    Known,
    ListValue,
    MapValue,
    Symbol,
    Template,
    Text,
    Unknown,
    Value,
    When,
    alternatives,
    is_null,
)
from auditor.lazy.classes import dataclass
from auditor.sources.choices import choose, in_branches
from auditor.sources.naming import derived, name_of, quoted, standing_for
from auditor.sources.terraform.values.failure import Failed, failed, resolve
from auditor.sources.terraform.values.operators import equal
from auditor.sources.terraform.values.resource_value import InstanceList, InstanceMap, PartlyKeyed, Representative
from auditor.sources.terraform.values.types import to_number, to_string

_MOST_INSTANCES = 2000
_MOST_UNRESOLVED = 64
_TOO_MANY = "there are too many instances to be evaluated"


@dataclass(frozen=True, slots=True)
class ExpandedInstance:
    """One instance.

    Attributes:
        suffix: what follows the address of the block: `[0]`, `["eu"]`, or nothing.
        when: the unresolved conditions under which it is there.
        names: what `each` or `count` mean in it.
    """

    suffix: str = ""
    when: When = ALWAYS
    names: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Expansion:
    """The instances of a block.

    Attributes:
        members: in order of their keys; one that stands for an unknown number of others comes last.
        shape: gives the whole block as a value, from each member's value.
    """

    members: tuple[ExpandedInstance, ...]
    shape: Callable[[Callable[[ExpandedInstance], Value]], Value]


def single() -> Expansion:
    """The expansion of a block without `count` and `for_each`."""
    member = ExpandedInstance()
    return Expansion((member,), lambda make: make(member))


def by_count(count: Value, address: str) -> Expansion:
    """The expansion by `count`."""
    count = resolve(in_branches(to_number(count), _bounded))
    sizes = [int(branch.value or 0) for _, branch in alternatives(count) if isinstance(branch, Known)]
    members = [
        ExpandedInstance(f"[{at}]", _presence(count, functools.partial(_reaches, at=at)), {"count": _iterator(index=Known(at))})
        for at in range(max(sizes, default=0))
    ]
    opened = next((branch for _, branch in alternatives(count) if isinstance(branch, Unknown)), None)
    other: ExpandedInstance | None = None
    representative: Callable[[Value], Representative] | None = None
    if opened is not None:
        key = derived(f"count.index below {name_of(opened)}", opened).symbol
        enough = derived(f"{name_of(opened)} > 0", opened).symbol
        other = ExpandedInstance(
            "[count.index]", _presence(count, lambda branch: _is_open(branch, enough)), {"count": _iterator(index=Unknown(key))}
        )
        representative = lambda one: Representative(one, key, address, enough)  # noqa: E731 closes over the key

    def shape(make: Callable[[ExpandedInstance], Value]) -> Value:
        def listed(branch: Value) -> Value:
            if isinstance(branch, Known):
                return ListValue(tuple(make(member) for member in members[: int(branch.value or 0)]))
            if other is None or representative is None or not isinstance(branch, Unknown):
                return branch
            return InstanceList((), None, derived(address, branch).symbol, representative=representative(make(other)))

        return in_branches(count, listed)

    return Expansion((*members, *([other] if other else [])), shape)


def _bounded(count: Value) -> Value:
    if isinstance(count, Known) and isinstance(count.value, int | float) and not 0 <= count.value <= _MOST_INSTANCES:
        return derived(f"count {count.value}", reason=_TOO_MANY if count.value > 0 else "a count is negative")
    return derived("count null", reason="a count is null") if is_null(count) else count


def _reaches(branch: Value, at: int) -> Value:
    return Known(isinstance(branch, Known) and int(branch.value or 0) > at)


def _is_open(branch: Value, enough: Symbol) -> Value:
    return Choice(enough, Known(True), Known(False)) if isinstance(branch, Unknown) else Known(False)


def by_each(collection: Value, address: str) -> Expansion:
    """The expansion by `for_each`."""
    collection = resolve(in_branches(collection, _keyed))
    keys = dict.fromkeys(
        key for _, branch in alternatives(collection) if isinstance(branch, MapValue) for key in sorted(branch.entries)
    )
    members = {
        key: ExpandedInstance(
            f"[{quoted(key)}]",
            _presence(collection, lambda branch, key=key: Known(isinstance(branch, MapValue) and key in branch.entries)),  # type: ignore[misc]  # bound in the loop
            {"each": _iterator(key=Known(key), value=resolve(in_branches(collection, functools.partial(_entry, key=key))))},
        )
        for key in keys
    }
    unresolved = {name_of(key): member for key, member in _of_unresolved_keys(collection)}
    opened = next((branch for _, branch in alternatives(collection) if isinstance(branch, MapValue) and _has_rest(branch)), None)
    other: ExpandedInstance | None = None
    representative: Callable[[Value], Representative] | None = None
    if opened is not None:
        rest = Unknown(opened.rest) if opened.rest is not None else NULL
        if isinstance(opened, InstanceMap) and opened.representative is not None:
            key, value, enough = opened.representative.key, opened.representative.value, opened.representative.exists
        else:
            key = derived(f"key of {name_of(rest)}", rest).symbol
            value = Unknown(key) if isinstance(opened, _SetOfKeys) else derived(f"item of {name_of(rest)}", rest)
            enough = derived(f"length({name_of(rest)}) > 0", rest).symbol
        presence = _presence(
            collection, lambda branch: Choice(enough, Known(True), Known(False)) if _has_rest(branch) else Known(False)
        )
        other = ExpandedInstance("[each.key]", presence, {"each": _iterator(key=Unknown(key), value=value)})
        representative = lambda one: Representative(one, key, address, enough)  # noqa: E731 closes over the key

    def shape(make: Callable[[ExpandedInstance], Value]) -> Value:
        def mapped(branch: Value) -> Value:
            if not isinstance(branch, MapValue):
                return branch
            entries = {key: make(members[key]) for key in branch.entries}
            found = [key for key, _ in branch.unresolved] if isinstance(branch, PartlyKeyed) else []
            stand_in = representative(make(other)) if _has_rest(branch) and other and representative else None
            if not found and stand_in is None:
                return MapValue(entries)
            because = Unknown(branch.rest) if branch.rest is not None else found[0]
            made = tuple((key, make(unresolved[name_of(key)])) for key in found)
            return InstanceMap(entries, None, derived(address, because).symbol, unresolved=made, representative=stand_in)

        return in_branches(collection, mapped)

    return Expansion((*members.values(), *unresolved.values(), *([other] if other else [])), shape)


@dataclass(frozen=True, slots=True)
class _SetOfKeys(PartlyKeyed):
    """A set, as the map of its items to themselves."""


def _of_unresolved_keys(collection: Value) -> Iterator[tuple[Text, ExpandedInstance]]:
    """The instances whose keys are unresolved texts, of all branches."""
    for _, branch in alternatives(collection):
        for key, _ in branch.unresolved if isinstance(branch, PartlyKeyed) else ():
            value = resolve(in_branches(collection, functools.partial(_element, key=key)))
            when = _presence(collection, functools.partial(_is_there, key=key))
            yield key, ExpandedInstance(f"[{name_of(key)}]", when, {"each": _iterator(key=key, value=value)})


def _element(branch: Value, key: Text) -> Value:
    found = dict(branch.unresolved) if isinstance(branch, PartlyKeyed) else {}
    return found[key] if key in found else failed(f"there is no key {name_of(key)}")


def _is_there(branch: Value, key: Text) -> Value:
    """Whether an unresolved key has an instance of its own: it is among the keys, and equal to none of those before it."""
    keys = [one for one, _ in branch.unresolved] if isinstance(branch, PartlyKeyed) else []
    if not isinstance(branch, MapValue) or key not in keys:
        return Known(False)
    truth: Value = Known(True)
    for other in (*map(Known, branch.entries), *keys[: keys.index(key)]):
        same = equal(key, other, key.location)
        if isinstance(same, Unknown):
            truth = choose(same.symbol, Known(False), truth)
    return truth


def _keyed(collection: Value) -> Value:
    """What `for_each` goes through, as a map."""
    match collection:
        case ListValue(items, location, rest):
            if rest is None and len(items) > _MOST_INSTANCES:
                return _SetOfKeys({}, location, derived(f"for_each at {location}", reason=_TOO_MANY).symbol)
            keyed: dict[str, Value] = {}
            unresolved: dict[str, Text] = {}
            for item in items:
                key = to_string(item)
                if isinstance(key, Known):
                    keyed[str(key.value)] = key
                elif isinstance(key, Template | Unknown) and not isinstance(key, Failed) and len(unresolved) < _MOST_UNRESOLVED:
                    unresolved[name_of(key)] = key
                else:
                    rest = rest or derived(name_of(item), item).symbol
            return _SetOfKeys(keyed, location, rest, unresolved=tuple((key, key) for key in unresolved.values()))
        case MapValue(entries, location):
            if len(entries) > _MOST_INSTANCES:
                return MapValue({}, location, derived(f"for_each at {location}", reason=_TOO_MANY).symbol)
            return collection
        case Unknown(symbol, location):
            return MapValue({}, location, symbol)
    return MapValue({}, None, derived(f"for_each over {name_of(collection)}", reason="for_each needs a map or a set").symbol)


def _entry(branch: Value, key: str) -> Value:
    found = branch.entries.get(key) if isinstance(branch, MapValue) else None
    return failed(f"there is no key {key!r}") if found is None else found


def _has_rest(branch: Value) -> bool:
    """Whether there may be elements beside those whose keys are known or unresolved texts."""
    if isinstance(branch, InstanceMap) and branch.unresolved:
        return branch.representative is not None
    return isinstance(branch, MapValue) and branch.rest is not None


def _iterator(**parts: Value) -> Value:
    return MapValue(parts)


def _presence(value: Value, test: Callable[[Value], Value]) -> When:
    """Under which conditions a test holds on the branch that is taken."""
    return when_true(in_branches(value, test))


def when_true(truth: Value) -> When:
    """A resolved or branching truth as a conjunction: an alternative of several becomes one symbol."""
    ways = [when for when, branch in alternatives(truth) for when in _ways(when, branch)]
    if not isinstance(truth, Choice):
        return ways[0] if ways else ALWAYS
    if len(ways) == 1:
        return ways[0]
    return ALWAYS.and_(standing_for(name_of(truth), truth).symbol)


def _ways(when: When, branch: Value) -> list[When]:
    if isinstance(branch, Unknown):
        return [when.and_(branch.symbol)]
    return [when] if isinstance(branch, Known) and branch.value is True else []
