"""`count`, `for_each` and OpenTofu's `enabled`: which instances a resource or module call has.

Source: developer.hashicorp.com/terraform/language/meta-arguments/count and …/for_each; opentofu.org/docs/language/meta-arguments/enabled; the form of
keys in addresses: Terraform, internal/addrs/instance_key.go.

Where there are too many instances for each to be looked at, one with an unknown key stands for all: what is proven of it is proven of each.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace

from auditor.foundation.border import digest
from auditor.foundation.value import (
    ALWAYS,
    NULL,
    Choice,
    Known,
    ListValue,
    MapValue,
    Meaning,
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
from auditor.lazy.expressions import regex
from auditor.sources.choices import choose, in_branches
from auditor.sources.naming import derived, name_of, quoted, standing_for, to_set
from auditor.sources.terraform.values.failure import Failed, failed, resolve
from auditor.sources.terraform.values.operators import equal
from auditor.sources.terraform.values.resource_value import InstanceList, InstanceMap, PartlyKeyed, Representative, any_element
from auditor.sources.terraform.values.types import to_bool, to_number, to_string

MOST_INSTANCES = 2000
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


_ONLY = ExpandedInstance()
SINGLE = Expansion((_ONLY,), lambda make: make(_ONLY))
"""The expansion of a block without `count` and `for_each`."""


def by_enabled(enabled: Value) -> Expansion:
    """The expansion by `enabled`: a single instance where it is true, none and a null value where it is false.

    Args:
        enabled: its value.
    """
    enabled = resolve(in_branches(enabled, lambda one: failed("enabled is null", one.location) if is_null(one) else to_bool(one)))
    if not any(isinstance(branch, Unknown) or branch == Known(True) for _, branch in alternatives(enabled)):
        return Expansion((), lambda _: NULL)
    member = ExpandedInstance(when=_presence(enabled, lambda branch: branch))

    def shape(make: Callable[[ExpandedInstance], Value]) -> Value:
        def existing(branch: Value) -> Value:
            if isinstance(branch, Unknown):
                return choose(branch.symbol, make(member), NULL)
            return make(member) if branch == Known(True) else NULL

        return in_branches(enabled, existing)

    return Expansion((member,), shape)


class _Many(Unknown):
    """A count of more instances than are looked at one by one."""

    __slots__ = ()


def by_count(count: Value, address: str, most: int = MOST_INSTANCES) -> Expansion:
    """The expansion by `count`.

    Args:
        count: its value.
        address: of the block.
        most: the greatest number of instances that are looked at one by one.
    """
    count = resolve(in_branches(to_number(count), functools.partial(_bounded, most=most)))
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
        exists = None if isinstance(opened, _Many) else enough
        other = ExpandedInstance(
            "[count.index]", _presence(count, lambda branch: _is_open(branch, enough)), {"count": _iterator(index=Unknown(key))}
        )
        representative = lambda one: Representative(one, key, address, exists)  # noqa: E731 closes over the key

    def shape(make: Callable[[ExpandedInstance], Value]) -> Value:
        def listed(branch: Value) -> Value:
            if isinstance(branch, Known):
                return ListValue(tuple(make(member) for member in members[: int(branch.value or 0)]))
            if other is None or representative is None or not isinstance(branch, Unknown):
                return branch
            return InstanceList((), None, derived(address, branch).symbol, representative=representative(make(other)))

        return in_branches(count, listed)

    return Expansion((*members, *([other] if other else [])), shape)


def _bounded(count: Value, most: int) -> Value:
    if isinstance(count, Known) and isinstance(count.value, int | float) and not 0 <= count.value <= most:
        if count.value > 0:
            return _Many(Symbol(f"count {count.value}", _TOO_MANY))
        return derived(f"count {count.value}", reason="a count is negative")
    return derived("count null", reason="a count is null") if is_null(count) else count


def _reaches(branch: Value, at: int) -> Value:
    return Known(isinstance(branch, Known) and int(branch.value or 0) > at)


def _is_open(branch: Value, enough: Symbol) -> Value:
    if isinstance(branch, _Many):
        return Known(True)
    return Choice(enough, Known(True), Known(False)) if isinstance(branch, Unknown) else Known(False)


def by_each(collection: Value, address: str, most: int = MOST_INSTANCES) -> Expansion:
    """The expansion by `for_each`.

    Args:
        collection: its value.
        address: of the block.
        most: the greatest number of instances that are looked at one by one.
    """
    collection = resolve(in_branches(_as_set(collection), functools.partial(_keyed, most=most)))
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
        any_other = _any_element(opened)
        key, exists = any_other.key, any_other.exists
        other = ExpandedInstance(
            "[each.key]",
            _presence(collection, functools.partial(_has_other, exists=exists)),
            {"each": _iterator(key=Unknown(key), value=any_other.value)},
        )
        representative = lambda one: Representative(one, key, address, exists)  # noqa: E731 closes over the key

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
    """A set, as the map of its items to themselves.

    Attributes:
        many: whether there are more items than are looked at one by one, so that the rest is not empty.
        plain: whether they all are letters, digits and hyphens.
    """

    many: bool = False
    plain: bool = False


@dataclass(frozen=True, slots=True)
class _ManyKeys(MapValue):
    """A map with more keys than are looked at one by one, so that its rest is not empty.

    Attributes:
        plain: whether they all are letters, digits and hyphens.
    """

    plain: bool = False


def _any_element(branch: MapValue) -> Representative:
    """What stands for any element beside those of known keys."""
    if isinstance(branch, InstanceMap) and branch.representative is not None:
        return branch.representative
    other = any_element(NULL if branch.rest is None else Unknown(branch.rest))
    if isinstance(branch, _SetOfKeys | _ManyKeys) and branch.plain:
        other = replace(other, key=replace(other.key, meaning=Meaning(other.key.name, plain=True)))
    if isinstance(branch, _SetOfKeys):
        other = replace(other, value=Unknown(other.key))
    there = isinstance(branch, _ManyKeys) or (isinstance(branch, _SetOfKeys) and branch.many)
    return replace(other, exists=None) if there else other


def _has_other(branch: Value, exists: Symbol | None) -> Value:
    """Whether an instance of an unknown key is there on a branch; `exists` is the condition for it on the first branch that has any."""
    if not isinstance(branch, MapValue) or not _has_rest(branch):
        return Known(False)
    own = _any_element(branch).exists
    return Known(True) if own is None else Choice(exists or own, Known(True), Known(False))


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


def _as_set(collection: Value) -> Value:
    """The set, of what is a list or a set of the same items: a list is refused."""
    match collection:
        case Choice(_, ListValue(is_set=False) as one, ListValue(is_set=True) as other) if to_set(one) == other:
            return other
        case Choice(_, then, otherwise):
            return replace(collection, then=_as_set(then), otherwise=_as_set(otherwise))
    return collection


def _keyed(collection: Value, most: int) -> Value:
    """What `for_each` goes through, as a map; how many there would be is unknown where Terraform refuses it: a list, or a set of anything but texts.

    Source: Terraform, internal/terraform/eval_for_each.go, "Invalid for_each argument" and "Invalid for_each set argument".
    """
    match collection:
        case ListValue(items, location, rest, is_set=True) if not any(map(_is_no_text, items)):
            if rest is None and len(items) > most:
                texts = (item.value if isinstance(item, Known) else None for item in items)
                return _SetOfKeys({}, location, _keys_of(collection), many=True, plain=all(map(_is_plain, texts)))
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
            if len(entries) > most:
                return _ManyKeys({}, location, _keys_of(collection), plain=all(map(_is_plain, entries)))
            return collection
        case Unknown(symbol, location):
            return MapValue({}, location, symbol)
    return MapValue({}, None, derived(f"for_each over {name_of(collection)}", reason="for_each needs a map or a set").symbol)


def _is_no_text(item: Value) -> bool:
    return isinstance(item, Known) and not isinstance(item.value, str)


_PLAIN = regex("[A-Za-z0-9-]*")


def _is_plain(text: object) -> bool:
    return isinstance(text, str) and _PLAIN.fullmatch(text) is not None


def _keys_of(collection: ListValue | MapValue) -> Symbol:
    """What stands for the keys of a large collection, the same for equal ones only."""
    told = digest(name_of(collection).encode("utf-8", "surrogatepass"))[:16]
    return derived(f"for_each at {collection.location} ({told})", reason=_TOO_MANY).symbol


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
