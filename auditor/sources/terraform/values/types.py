"""Terraform's types and the conversion of values to them.

Source: developer.hashicorp.com/terraform/language/expressions/type-constraints, and go-cty's `convert` package for what converts to what.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise
from operator import is_

from auditor.foundation.value import (
    Choice,
    JsonText,
    Known,
    ListValue,
    MapValue,
    Symbol,
    Template,
    Unknown,
    Value,
    alternatives,
    is_null,
)
from auditor.sources.choices import in_branches
from auditor.sources.naming import derived, name_of, shortened, sorted_items, to_set
from auditor.sources.numbers import Inexact, number_text, parse_number
from auditor.sources.terraform.values.declared import ANY, DeclaredType, Type, as_declared, declared
from auditor.sources.terraform.values.failure import Failed, failed
from auditor.sources.terraform.values.nulls import TypedNull, kind_of_null, null_as

_PRIMITIVE = ("string", "number", "bool")


def convert(value: Value, wanted: Type) -> Value:
    """A value converted to a type: a failure where Terraform refuses it, unknown parts left unresolved."""
    if isinstance(value, Choice):
        return in_branches(value, lambda branch: convert(branch, wanted))
    if wanted.kind == "any":
        return value
    if isinstance(value, Unknown):
        return as_declared(value, DeclaredType(wanted))
    if isinstance(value, Known) and value.value is None:
        return null_as(value, wanted.kind)
    match wanted.kind:
        case "string":
            return to_string(value)
        case "number":
            return to_number(value)
        case "bool":
            return to_bool(value)
        case "list" | "set" | "tuple":
            return _to_sequence(value, wanted)
        case _:
            return _to_mapping(value, wanted)


def to_string(value: Value) -> Value:
    """A primitive as a string."""
    match value:
        case Choice():
            return in_branches(value, to_string)
        case Known(str()) | Template() | Unknown() | JsonText():
            return value
        case Known(None):
            return null_as(value, "string")
        case Known(bool() as truth):
            return Known("true" if truth else "false", value.location)
        case Known(int() | float() as number):
            return Known(number_text(number), value.location)
    return failed("a string is required", value.location)


def to_number(value: Value) -> Value:
    """A number, or a string that holds one, as a number."""
    match value:
        case Choice():
            return in_branches(value, to_number)
        case Known(bool()):
            return failed("a number is required", value.location)
        case Known(int() | float()) | Unknown():
            return value
        case Known(None):
            return null_as(value, "number")
        case Known(str() as text):
            try:
                number = parse_number(text)
            except Inexact:
                return derived(f"tonumber({name_of(value)})", reason="the number has more digits than are kept exact")
            return (
                failed(f"a number is required, not {text!r}", value.location) if number is None else Known(number, value.location)
            )
        case Template() | JsonText(Known() | Unknown() | Choice()):
            return derived(f"tonumber({name_of(value)})", value)
    return failed("a number is required", value.location)


def to_bool(value: Value) -> Value:
    """A bool, or a string that means one, as a bool."""
    match value:
        case Choice():
            return in_branches(value, to_bool)
        case Known(bool()) | Unknown():
            return value
        case Known(None):
            return null_as(value, "bool")
        case Known("true" | "false" | "1" | "0" as text):  # go-cty, convert/conversion_primitive.go
            return Known(text in ("true", "1"), value.location)
        case Template() | JsonText(Known() | Unknown() | Choice()):
            return derived(f"tobool({name_of(value)})", value)
    return failed("a bool is required", value.location)


def _to_sequence(value: Value, wanted: Type) -> Value:
    if not isinstance(value, ListValue):
        return failed(f"a {wanted.kind} is required", value.location)
    if wanted.kind == "tuple":
        if value.rest is None and len(value.items) != len(wanted.elements):
            return failed(f"a tuple of {len(wanted.elements)} elements is required", value.location)
        return _of_items(value, tuple(convert(item, element) for item, element in zip(value.items, wanted.elements, strict=False)))
    element = wanted.element or ANY
    items: tuple[Value, ...] | None = tuple(convert(item, element) for item in value.items)
    if items and len(items) > 1 and element.is_open:
        items = _of_one_type(items)
    if items is None:
        return failed("the elements have no common type", value.location)
    if wanted.kind == "set":
        return to_set(_of_items(value, items))
    if value.is_set:
        made = replace(value, items=sorted_items(items))
        return replace(made, is_set=False, order=order_in(made, zip(made.items, made.items, strict=True), made.rest))
    return _of_items(value, items)


def _of_items(value: ListValue, items: tuple[Value, ...]) -> ListValue:
    """The list with other items; itself where each is the one that is there, so that it keeps what was found out about it."""
    same = len(items) == len(value.items) and all(map(is_, items, value.items))
    return value if same else replace(value, items=items, order=order_in(value, zip(value.items, items, strict=False), value.rest))


def _of_entries(value: MapValue, entries: Collection[Value]) -> MapValue:
    """The map with other values under its keys; itself where each is the one that is there."""
    if all(map(is_, entries, value.entries.values())):
        return value
    return replace(value, entries=dict(zip(value.entries, entries, strict=True)))


def has_order(value: ListValue) -> bool:
    """Whether it is known which item comes first: not in a set of collections, nor where an item is not resolved.

    Source: developer.hashicorp.com/terraform/language/expressions/types ("Sets"): only sets of strings, numbers and bools have a defined
    order of iteration.
    """
    if len(value.items) < 2:
        return True
    return all(isinstance(item, Known) for item in value.items) if value.is_set else not value.order


def order_in(source: ListValue, made: Iterable[tuple[Value, Value]], rest: Symbol | None = None) -> str:
    """The `order` of a list that is made of another list or set, in its order; empty where positions are known there.

    Args:
        source: the other one.
        made: its items, or some of them, each with the item that is made of it.
        rest: what stands for further items of the list that is made.
    """
    if has_order(source):
        return ""
    own = source.order or f"tolist({name_of(ListValue(source.items, rest=source.rest))})"
    names = [(name_of(item), name_of(one)) for item, one in made]
    if rest is source.rest and [one for _, one in names] == [*map(name_of, source.items)]:
        return own
    written = [one if one == item else f"{item} => {one}" for item, one in names]
    return shortened(f"[for {own} : {', '.join((*written, *([f'{rest.name}...'] if rest else [])))}]")


def is_resolved(value: Value) -> bool:
    """Whether nothing at all is unknown in a value."""
    match value:
        case Known():
            return True
        case ListValue(items, _, None):
            return all(map(is_resolved, items))
        case MapValue(entries, _, None):
            return isinstance(entries, dict) and all(map(is_resolved, entries.values()))
        case JsonText(content):
            return is_resolved(content)
    return False


def may_be_fewer(value: ListValue) -> bool:
    """Whether some items are perhaps one: those of a set, and of what was made of one, if they are not resolved."""
    return (value.is_set or bool(value.order)) and len(value.items) > 1 and not all(map(is_resolved, value.items))


def _to_mapping(value: Value, wanted: Type) -> Value:
    if not isinstance(value, MapValue):
        return failed(f"a {wanted.kind} is required", value.location)
    if wanted.kind == "map":
        if not isinstance(value.entries, dict):
            return value
        element = wanted.element or ANY
        items: tuple[Value, ...] | None = tuple(convert(entry, element) for entry in value.entries.values())
        if items and len(items) > 1 and element.is_open:
            items = _entries_of_one_type(items)
        if items is None:
            return failed("the elements have no common type", value.location)
        return _of_entries(value, items)
    entries: dict[str, Value] = {}
    for name, attribute in wanted.attributes.items():
        given = value.entries.get(name)
        if given is None and value.rest is not None:
            given = derived(f"{name_of(value)}.{name}", value)
        if given is None and not attribute.optional:
            return failed(f"attribute {name!r} is required", value.location)
        if given is None or (attribute.optional and is_null(given)):
            entries[name] = convert(attribute.default, attribute.type)
        else:
            entries[name] = convert(given, attribute.type)
    for entry in entries.values():
        if isinstance(entry, Unknown) and type(entry) is not Unknown:
            return entry
    locations = {name: place for name, place in value.key_locations.items() if name in entries}
    return MapValue(entries, value.location, None, locations)


def _of_one_type(values: tuple[Value, ...]) -> tuple[Value, ...] | None:
    """What becomes the elements of one collection: a null of no type does not stand beside lists and maps there."""
    return None if _has_open_null(values) and any(kind_of(value) in ("list", "map") for value in values) else unify(values)


def _has_open_null(values: Collection[Value]) -> bool:
    return any(is_null(value) and not kind_of_null(value) for value in values)


def _declared_kinds(value: Value) -> Iterator[str]:
    """The kinds of scalars that something unresolved may be, as far as it is declared or some of its branches are known."""
    for _, branch in alternatives(value):
        known = declared(branch) if isinstance(branch, Unknown) else None
        kind = kind_of(branch) if known is None else known.type.kind
        if kind in _PRIMITIVE_KINDS:
            yield kind


def unify(values: tuple[Value, ...]) -> tuple[Value, ...] | None:
    """Values converted to one type, None where Terraform finds none.

    Strings take other primitives in. Lists of one length, and objects of the same attributes, are taken apart item by item; others
    become lists and maps, whose elements share one type. What is unknown or null goes with everything.

    Source: go-cty, convert/unify.go.
    """
    found = {kind_of(value) for value in values}
    nulls = "null" in found
    if "any" in found:
        found |= {kind for value in values for kind in _declared_kinds(value)}
    if nulls:
        found |= {kind_of_null(value) for value in values}
    kinds = found - {"null", "any", ""}
    if not kinds:
        return values
    if len(kinds) > 1:
        if not kinds <= _PRIMITIVE_KINDS:
            return None
        return tuple(map(to_string, values)) if "string" in kinds else values if "any" in found else None  # it may be a string
    (kind,) = kinds
    if nulls:
        return _with_nulls(values, kind)
    return values if kind in _PRIMITIVE_KINDS else _unify_lists(values) if kind == "list" else _unify_maps(values)


def _with_nulls(values: tuple[Value, ...], kind: str) -> tuple[Value, ...] | None:
    """Values of one kind, some of them null, as values of one type: a null of a list has a tuple become a list, one of no type has not."""
    wanted = {value.kind for value in values if isinstance(value, TypedNull)} & {"list", "set", "map"}
    others = tuple(value for value in values if not is_null(value))
    if wanted:
        collection = Type("set" if "set" in wanted else wanted.pop())
        others = tuple(convert(value, collection) for value in others)
    alike = unify(others)
    if alike is None or any(isinstance(value, Failed) for value in alike):
        return None
    rest = iter(alike)
    return tuple(null_as(value, kind) if isinstance(value, Known) and value.value is None else next(rest) for value in values)


def unified(values: tuple[Value, ...]) -> tuple[Value, ...]:
    """As `unify`, but values without a common type are left as they are."""
    return unify(values) or values


_PRIMITIVE_KINDS = frozenset(_PRIMITIVE)


def _unify_lists(values: tuple[Value, ...]) -> tuple[Value, ...] | None:
    lists = [value for value in values if isinstance(value, ListValue)]
    if len(lists) != len(values):
        return values
    if any(one.is_set for one in lists) and not all(one.is_set for one in lists):
        return _unify_with_sets(lists)
    if len({len(one.items) for one in lists}) == 1 and not lists[0].is_set:
        columns = [unify(column) for column in zip(*(one.items for one in lists), strict=True)]
        if None in columns:
            return None
        return tuple(_of_items(one, tuple(column[at] for column in columns if column)) for at, one in enumerate(lists))
    parts = _unify_elements([one.items for one in lists], _of_one_type)
    if parts is None:
        return None
    made = [_of_items(one, part) for one, part in zip(lists, parts, strict=True)]
    return tuple(to_set(new) if new.is_set and new is not one else new for one, new in zip(lists, made, strict=True))


def beside_set(one: ListValue, other: ListValue, kind: str) -> tuple[Value, Value]:
    """A set and what is none, of which it shows whether it is a list or a tuple, as far as they become of one type for that.

    Args:
        one: either.
        other: the other one.
        kind: of the type of what is none: `list`, `tuple`, or `any` where it does not show.
    """
    if kind == "list":
        return convert(one, Type("list")), convert(other, Type("list"))
    if kind != "tuple" or unify((to_set(one), to_set(other))) is None:
        return one, other
    kinds = {kind_of(item) for item in (one if one.is_set else other).items}
    wanted = Type("set", Type(kinds.pop()) if len(kinds) == 1 and kinds <= _PRIMITIVE_KINDS else None)
    return (one, convert(other, wanted)) if one.is_set else (convert(one, wanted), other)


def _unify_with_sets(lists: Sequence[ListValue]) -> tuple[Value, ...] | None:
    """Sets and others as of one type: a set beside a list becomes a list, a tuple beside a set becomes a set.

    Source: go-cty, convert/unify.go, of which `terraform console` shows the same.
    """
    as_sets, as_lists = unify(tuple(map(to_set, lists))), unify(tuple(convert(one, Type("list")) for one in lists))
    if as_sets is None or as_lists is None:
        return None
    name = name_of(next(one for one in lists if not one.is_set))
    is_list = Symbol(shortened(f"{name} is a list"), "whether it is a list or a tuple does not show where it is evaluated")
    return tuple(Choice(is_list, *ways) for ways in zip(as_lists, as_sets, strict=True))


_Converted = tuple[Value, ...] | None


def _unify_elements(
    parts: Sequence[tuple[Value, ...]], by_itself: Callable[[tuple[Value, ...]], _Converted]
) -> list[tuple[Value, ...]] | None:
    """The elements of several collections as of one type.

    A null of no type among elements that are not all scalars has that one type be any: each collection then is converted by itself.
    """
    elements = tuple(element for part in parts for element in part)
    kinds = {kind_of(element) for element in elements} & {"list", "map"}
    if kinds and _has_open_null(elements):
        alone = [by_itself(part) for part in parts]
        return None if len(kinds) > 1 or None in alone else [part for part in alone if part is not None]
    flat = unify(elements)
    if flat is None:
        return None
    ends = list(accumulate(map(len, parts), initial=0))
    return [flat[start:end] for start, end in pairwise(ends)]


def _entries_of_one_type(elements: tuple[Value, ...]) -> _Converted:
    """As `_of_one_type`, but of a map: lists and maps beside a null of no type have to be alike as they are, and it fails only if it is chosen."""
    alike = unify(elements)
    if _has_open_null(elements) and (alike is None or (alike != elements and _of_one_type(elements) is None)):
        return (failed("the elements have no common type"),) * len(elements)
    return alike


def _unify_maps(values: tuple[Value, ...]) -> tuple[Value, ...] | None:
    maps = [value for value in values if isinstance(value, MapValue) and isinstance(value.entries, dict)]
    if len(maps) != len(values):
        return values
    if all(set(one.entries) == set(maps[0].entries) for one in maps):
        rows: list[dict[str, Value]] = [{} for _ in maps]
        for key in maps[0].entries:
            column = unify(tuple(one.entries[key] for one in maps))
            if column is None:
                return None
            for row, entry in zip(rows, column, strict=True):
                row[key] = entry
        return tuple(_of_entries(one, [row[key] for key in one.entries]) for one, row in zip(maps, rows, strict=True))
    parts = _unify_elements([tuple(one.entries.values()) for one in maps], _entries_of_one_type)
    return None if parts is None else tuple(map(_of_entries, maps, parts))


def keeps_its_type(value: Value) -> bool:
    """Whether a conditional leaves a chosen value as it is, whatever the other result: what is unknown, or a whole resource."""
    return isinstance(value, Unknown) or (isinstance(value, MapValue) and not isinstance(value.entries, dict))


def kind_of(value: Value) -> str:
    """The kind of type a value has: `string`, `number`, `bool`, `null`, `list`, `map`, or `any` when that is unknown."""
    match value:
        case Known(None):
            return "null"
        case Known(str()) | Template() | JsonText():
            return "string"
        case Known(bool()):
            return "bool"
        case Known():
            return "number"
        case ListValue():
            return "list"
        case MapValue():
            return "map"
        case Choice(_, then, otherwise):
            kinds = {kind_of(then), kind_of(otherwise)} - {"null"}
            return kinds.pop() if len(kinds) == 1 else "any"
    return "any"
