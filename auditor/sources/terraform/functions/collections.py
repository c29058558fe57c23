"""Functions on lists, sets and maps: what is known of a partly unknown collection is kept."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from auditor.foundation.location import Location
from auditor.foundation.value import (
    NULL,
    Choice,
    Domain,
    JsonText,
    Known,
    ListValue,
    MapValue,
    Meaning,
    Symbol,
    Template,
    Truth,
    Unknown,
    Value,
    any_of,
    is_null,
)
from auditor.sources.choices import choose, distribute
from auditor.sources.naming import derived, name_of, sorted_items, to_set, value_key
from auditor.sources.terraform.functions.registry import Arguments, each_alone, structural, text_argument
from auditor.sources.terraform.values.declared import Type
from auditor.sources.terraform.values.failure import Failed, doubtful, failed
from auditor.sources.terraform.values.indexing import bounded, by_unknown_order, by_unresolved_key, by_unresolved_position
from auditor.sources.terraform.values.json_encoding import in_plain
from auditor.sources.terraform.values.kinds import Kind, is_certainly
from auditor.sources.terraform.values.nulls import TypedNull, kind_of_null
from auditor.sources.terraform.values.operators import equal, same_value
from auditor.sources.terraform.values.types import (
    convert,
    has_order,
    is_resolved,
    kind_of,
    may_be_fewer,
    to_bool,
    to_number,
    to_string,
    unified,
    unify,
)

_MOST_ITEMS = 50_000
_MOST_COMPARED = 64


def _list(arguments: Arguments, value: Value) -> ListValue | Unknown:
    """An argument as a list: a failure when it is none, an `Unknown` when that is unknown."""
    if isinstance(value, ListValue) or (isinstance(value, Unknown) and not _is_another(value, "map")):
        return value
    return failed(f"{arguments.name}: a list is required", arguments.location)


def _map(arguments: Arguments, value: Value) -> MapValue | Unknown:
    if isinstance(value, MapValue) or (isinstance(value, Unknown) and not _is_another(value, "items")):
        return value
    return failed(f"{arguments.name}: a map is required", arguments.location)


def _is_another(value: Unknown, kind: Kind) -> bool:
    """Whether something unknown is certainly a scalar, or a collection of another kind."""
    if value.symbol.domain is Domain.ASSIGNED:
        return False  # what a provider assigns is perhaps a collection
    return is_certainly(value, "string") or is_certainly(value, kind)


def _more(arguments: Arguments, *because: Symbol) -> Symbol:
    """What stands for the further items of a result."""
    return arguments.unknown(*map(Unknown, because)).symbol


# Joining


@structural("concat", 1, None, takes=("list",))
def concat(arguments: Arguments) -> Value:
    """`concat`: an unknown list adds what is unknown, known items stay."""
    items: list[Value] = []
    opened: list[Symbol] = []
    for value in arguments.values:
        collection = _list(arguments, value)
        if isinstance(collection, Failed):
            return collection
        if isinstance(collection, Unknown):
            opened.append(collection.symbol)
            continue
        if collection.is_set:
            return failed("concat: a set is not a list", arguments.location)
        items += collection.items
        if collection.rest is not None:
            opened.append(collection.rest)
    if _may_convert([value for value in arguments.values if isinstance(value, ListValue)]):
        # Lists of different types become one list of strings, tuples stay as they are, and which of them these are does not show.
        made = arguments.unknown()
        items = [
            derived(f"{name_of(item)} in {made.symbol.name}", made) if kind_of(item) in ("number", "bool") else item
            for item in items
        ]
    if len(items) > _MOST_ITEMS:
        return arguments.not_evaluated("there are too many items to be evaluated")
    unordered = any(isinstance(value, ListValue) and not has_order(value) for value in arguments.values)
    return ListValue(
        tuple(items),
        arguments.location,
        _one_rest(opened),
        each=_one_each(arguments.values),
        order=arguments.order(unordered=unordered),
    )


def _one_each(values: Sequence[Value]) -> Template | None:
    """What every unresolved item of some lists looks like, where only one of them has such items."""
    opened = [value for value in values if not isinstance(value, ListValue) or value.rest is not None]
    return opened[0].each if len(opened) == 1 and isinstance(opened[0], ListValue) else None


def _may_convert(lists: Sequence[ListValue]) -> bool:
    """Whether numbers or bools in some lists may have to become strings, because another list is one of strings, or empty."""
    kinds = [{kind_of(item) for item in one.items} - {"null"} for one in lists]
    found = set[str]().union(*kinds)
    return bool(found & {"number", "bool"}) and ("string" in found or not all(kinds)) and len(lists) > 1


def _one_rest(opened: Sequence[Symbol]) -> Symbol | None:
    if not opened:
        return None
    names = sorted({symbol.name for symbol in opened})
    return opened[0] if len(names) == 1 else derived(f"concat({', '.join(names)})", Unknown(opened[0])).symbol


@structural("flatten", 1, 1, takes=("items",))
def flatten(arguments: Arguments) -> Value:
    """`flatten`: lists in lists to any depth."""
    collection = _list(arguments, arguments.values[0])
    if isinstance(collection, Unknown):
        return collection if isinstance(collection, Failed) else ListValue((), arguments.location, arguments.unknown().symbol)
    branching = tuple(filter(_may_be_list, _leaves(collection)))
    if branching:
        answer = distribute(
            branching, lambda taken: _flattened(arguments, collection, dict(zip(map(id, branching), taken, strict=True)))
        )
        if answer is not None:
            return answer
    return _flattened(arguments, collection, {})


def _may_be_list(item: Value) -> bool:
    """Whether an item is a choice of which a branch may be a list."""
    return isinstance(item, Choice) and kind_of(item) not in ("string", "number", "bool", "map")


def _leaves(collection: ListValue) -> Iterable[Value]:
    for item in collection.items:
        if isinstance(item, ListValue):
            yield from _leaves(item)
        else:
            yield item


def _flattened(arguments: Arguments, collection: ListValue, taken: dict[int, Value]) -> Value:
    failure = next((item for item in taken.values() if isinstance(item, Failed)), None)
    if failure is not None:
        return failure
    items: list[Value] = []
    opened: list[Symbol] = []
    eaches: list[Template | None] = []
    unordered = False

    def collect(one: ListValue) -> None:
        nonlocal unordered
        unordered |= not has_order(one)
        for item in one.items:
            item = taken.get(id(item), item)  # noqa: PLW2901 the branch taken stands for the choice
            if isinstance(item, ListValue):
                collect(item)
            elif isinstance(item, Unknown) and item.origin is None:
                # It may be a list of its own or an item.
                opened.append(item.symbol)
            elif _may_be_list(item):
                opened.append(derived(name_of(item), item).symbol)
            else:
                items.append(item)
        if one.rest is not None:
            opened.append(one.rest)
            eaches.append(one.each)

    collect(collection)
    if len(items) > _MOST_ITEMS:
        return arguments.not_evaluated("there are too many items to be evaluated")
    each = eaches[0] if len(opened) == len(eaches) == 1 else None
    return ListValue(tuple(items), arguments.location, _one_rest(opened), each=each, order=arguments.order(unordered=unordered))


@structural("merge", 0, None, nulls=True, takes=("map or null",))
def merge(arguments: Arguments) -> Value:
    """`merge`: an entry stays known unless a later, unknown map may replace it."""
    entries: dict[str, Value] = {}
    places: dict[str, Location] = {}
    opened: Symbol | None = None
    for value in arguments.values:
        if is_null(value) and kind_of_null(value) in ("", "map"):
            continue
        mapping = _map(arguments, value)
        if isinstance(mapping, Failed):
            return mapping
        if isinstance(mapping, Unknown) or mapping.rest is not None:
            rest = mapping.symbol if isinstance(mapping, Unknown) else mapping.rest
            assert rest is not None  # noqa: S101 one of the two
            known = {} if isinstance(mapping, Unknown) else mapping.entries
            for key, entry in list(entries.items()):
                if key not in known:
                    entries[key] = derived(f"merge({name_of(entry)}, {rest.name})[{name_of(Known(key))}]", Unknown(rest))
            opened = rest if opened is None else derived(f"merge({opened.name}, {rest.name})", Unknown(opened)).symbol
            if isinstance(mapping, Unknown):
                continue
        entries.update(mapping.entries)
        places.update(mapping.key_locations)
    return MapValue(entries, arguments.location, opened, places)


@structural("setproduct", 1, None)
def set_product(arguments: Arguments) -> Value:
    """`setproduct`: every combination."""
    lists = [_list(arguments, value) for value in arguments.values]
    failure = next((one for one in lists if isinstance(one, Failed)), None)
    if failure is not None:
        return failure
    if len(lists) < 2:
        return failed("setproduct: at least two sets are required", arguments.location)
    if any(isinstance(one, ListValue) and not one.items and one.rest is None for one in lists):
        return ListValue((), arguments.location, None, any(isinstance(one, ListValue) and one.is_set for one in lists))
    size = 1
    opened = next((symbol for one in lists if (symbol := one.symbol if isinstance(one, Unknown) else one.rest) is not None), None)
    columns = [one.items if isinstance(one, ListValue) else () for one in lists]
    for column in columns:
        size *= len(column)
        if size > _MOST_ITEMS:
            return arguments.not_evaluated("there are too many items to be evaluated")
    columns = [unified(column) for column in columns]
    is_set = any(isinstance(one, ListValue) and one.is_set for one in lists)
    if is_set:
        columns = [to_set(ListValue(column)).items for column in columns]
    rows = tuple(ListValue(row, arguments.location) for row in itertools.product(*columns))
    unordered = not is_set and any(isinstance(one, ListValue) and not has_order(one) for one in lists)
    rest = None if opened is None else _more(arguments, opened)
    return ListValue(rows, arguments.location, rest, is_set, order=arguments.order(unordered=unordered))


# Taking apart


def _may_be_empty(text: Value) -> bool:
    """Whether a text is perhaps empty, or null."""
    if isinstance(text, Template):
        return not any(isinstance(part, str) for part in text.parts)
    return isinstance(text, Unknown) and text.symbol.domain is Domain.ANY and text.origin is None


@structural("compact", 1, 1)
def compact(arguments: Arguments) -> Value:
    """`compact`: strings that are neither empty nor null; unknown ones may be either."""
    collection = _list(arguments, arguments.values[0])
    if isinstance(collection, Unknown):
        return collection if isinstance(collection, Failed) else ListValue((), arguments.location, arguments.unknown().symbol)

    def keep(values: tuple[Value, ...]) -> Value:
        kept: list[Value] = []
        opened = [] if collection.rest is None else [collection.rest]
        for item in values:
            text = to_string(item)
            if isinstance(text, Failed):
                return text
            if _may_be_empty(text):
                opened.append(text.symbol if isinstance(text, Unknown) else derived(name_of(text), text).symbol)
            elif not is_null(text) and not (isinstance(text, Known) and text.value == ""):
                kept.append(text)
        return ListValue(
            tuple(kept), arguments.location, _one_rest(opened), order=arguments.order(unordered=not has_order(collection))
        )

    answer = distribute(collection.items, keep)
    return ListValue((), arguments.location, arguments.unknown().symbol) if answer is None else answer


@structural("distinct", 1, 1)
def distinct(arguments: Arguments) -> Value:
    """`distinct`: the first of equal items; unknown items that are not certainly equal are kept."""
    collection = _list(arguments, arguments.values[0])
    if isinstance(collection, Unknown):
        return collection if isinstance(collection, Failed) else ListValue((), arguments.location, arguments.unknown().symbol)
    items: dict[object, Value] = {}
    alike = unify(collection.items)
    if alike is None:
        return failed("distinct: the elements have no common type", arguments.location)
    for item in alike:
        items.setdefault(_key(item), item)
    unordered = not has_order(collection) or collection.rest is not None or not _apart(list(items.values()))
    return ListValue(
        tuple(items.values()), arguments.location, collection.rest, each=collection.each, order=arguments.order(unordered=unordered)
    )


def _key(item: Value) -> object:
    """As `value_key`, with JSON text the same as the text that it is."""
    return value_key(in_plain(item))


def _apart(items: Sequence[Value]) -> bool:
    """Whether no two of some items may be equal, so that none of them goes and has the others move up."""
    if all(isinstance(item, Known) for item in items):
        return True
    return len(items) <= _MOST_COMPARED and all(
        same_value(one, other) is Truth.FALSE for one, other in itertools.combinations(items, 2)
    )


@structural("chunklist", 2, 2, deep=True)
def chunk_list(arguments: Arguments) -> Value:
    """`chunklist`."""
    collection, size = _list(arguments, arguments.values[0]), to_number(arguments.values[1])
    if isinstance(collection, Failed) or isinstance(size, Failed):
        return collection if isinstance(collection, Failed) else size
    if isinstance(collection, Unknown) or collection.rest is not None or not isinstance(size, Known) or not has_order(collection):
        return arguments.unknown()
    if not isinstance(size.value, int) or size.value < 0:
        return failed("chunklist: the size must be a whole number", arguments.location)
    if not collection.items:
        return ListValue((), arguments.location)
    step = size.value or len(collection.items)
    alike = unify(collection.items)
    if alike is None:
        return failed("chunklist: the elements have no common type", arguments.location)
    chunks = (alike[at : at + step] for at in range(0, len(collection.items), step))
    return ListValue(tuple(ListValue(chunk, arguments.location) for chunk in chunks), arguments.location)


@structural("slice", 3, 3, deep=True, takes=("evident",))
def slice_list(arguments: Arguments) -> Value:
    """`slice`."""
    collection = _list(arguments, arguments.values[0])
    start, end = to_number(arguments.values[1]), to_number(arguments.values[2])
    for one in (collection, start, end):
        if isinstance(one, Failed):
            return one
    if isinstance(collection, Unknown) or collection.rest is not None or not isinstance(start, Known) or not isinstance(end, Known):
        return arguments.unknown()
    if collection.is_set:
        return failed("slice: a set has no order", arguments.location)
    first, last = start.value, end.value
    if not isinstance(first, int) or not isinstance(last, int) or not 0 <= first <= last <= len(collection.items):
        return failed("slice: the indices do not fit the list", arguments.location)
    if not has_order(collection) and last - first < len(collection.items):
        return arguments.unknown()
    return ListValue(collection.items[first:last], arguments.location, order=arguments.order(unordered=not has_order(collection)))


@structural("element", 2, 2, takes=("evident",))
def element(arguments: Arguments) -> Value:
    """`element`: the index goes round the list, a negative one too, which Terraform before 1.10 refuses."""
    collection, number = _list(arguments, arguments.values[0]), to_number(arguments.values[1])
    if isinstance(collection, Failed) or isinstance(number, Failed):
        return collection if isinstance(collection, Failed) else number
    if isinstance(collection, Unknown):
        return arguments.unknown()
    if collection.is_set:
        return failed("element: a set has no order", arguments.location)
    if collection.rest is not None:
        return arguments.unknown(Unknown(collection.rest))
    if not collection.items:
        return failed("element: the list is empty", arguments.location)
    if not isinstance(number, Known):
        return by_unresolved_position(collection.items, arguments.unknown(number).symbol.name, number, arguments.location)
    if not isinstance(number.value, int):
        return failed("element: the index must be whole", arguments.location)
    if not has_order(collection):
        return by_unknown_order(collection, arguments.unknown(collection).symbol.name, arguments.location)
    return collection.items[number.value % len(collection.items)]


@structural("one", 1, 1, nulls=True, takes=("evident",))
def one_item(arguments: Arguments) -> Value:
    """`one`: the only item, null for an empty list."""
    collection = arguments.values[0]
    if is_null(collection):
        return failed("one: the list is null", arguments.location)
    collection = _list(arguments, collection)
    if isinstance(collection, Unknown):
        return collection if isinstance(collection, Failed) else arguments.unknown()
    if len(collection.items) > 1 and may_be_fewer(collection):
        return arguments.unknown()
    if len(collection.items) > 1:
        return failed("one: the list has more than one item", arguments.location)
    if collection.rest is not None:
        whole = arguments.unknown(Unknown(collection.rest))
        several = failed("one: the list has more than one item", arguments.location)
        if collection.items:
            item = collection.items[0]
        elif collection.each is not None:
            item = choose(derived(f"{whole.symbol.name} == null", whole).symbol, NULL, collection.each)
        else:
            return whole
        return Choice(derived(f"can({whole.symbol.name})", whole).symbol, item, several)
    return collection.items[0] if collection.items else Known(None, arguments.location)


@structural("reverse", 1, 1, takes=("items",))
def reverse(arguments: Arguments) -> Value:
    """`reverse`."""
    collection = _list(arguments, arguments.values[0])
    if isinstance(collection, Unknown):
        return collection if isinstance(collection, Failed) else arguments.unknown()
    order = arguments.order(unordered=not has_order(collection))
    return replace(collection, items=collection.items[::-1], is_set=False, order=order, location=arguments.location)


@structural("sort", 1, 1, deep=True)
def sort(arguments: Arguments) -> Value:
    """`sort`, of strings; among others, no position is known of any item as soon as one of them is unresolved."""
    collection = _list(arguments, arguments.values[0])
    if isinstance(collection, Unknown):
        return collection if isinstance(collection, Failed) else ListValue((), arguments.location, arguments.unknown().symbol)
    items = []
    for item in collection.items:
        text = to_string(in_plain(item))
        if isinstance(text, Failed):
            return text
        if is_null(text):
            return failed("sort: an item is null", arguments.location)
        items.append(text)
    unordered = len(items) > 1 and not all(isinstance(item, Known) for item in items)
    return ListValue(
        sorted_items(items), arguments.location, collection.rest, each=collection.each, order=arguments.order(unordered=unordered)
    )


# Looking up


@structural("length", 1, 1, makes="number", takes=("sized",))
def length(arguments: Arguments) -> Value:
    """`length` of a collection, or of a string in characters."""
    value = in_plain(arguments.values[0])
    match value:
        case ListValue(items, _, None):
            if may_be_fewer(value):
                return arguments.unknown()
            return Known(len(items), arguments.location)
        case MapValue(entries, _, None) if isinstance(entries, dict):
            return Known(len(entries), arguments.location)
        case Known(str() as text):
            if each_alone(text):
                return Known(len(text), arguments.location)
            return arguments.not_evaluated("length of characters that are joined is not evaluated")
        case Known():
            return failed("length: a collection or a string is required", arguments.location)
    return arguments.unknown()


@structural("contains", 2, 2, deep=True, makes="bool", takes=("items", "given"))
def contains(arguments: Arguments) -> Value:
    """`contains`: true as soon as a known item is equal."""
    collection, wanted = arguments.values
    if isinstance(collection, Unknown):
        return arguments.unknown()
    collection = _list(arguments, collection)
    if isinstance(collection, Unknown):
        return collection
    items = collection.items
    if (
        kind_of(wanted) in ("string", "number", "bool")
        and items
        and len({kind_of(item) for item in items}) == 1
        and kind_of(items[0]) != kind_of(wanted)
    ):
        # A list converts what is looked for to its own type, a tuple does not, and which of them it is does not show.
        loose = any_of(same_value(to_string(item), to_string(wanted)) for item in items)
        return Known(False, arguments.location) if loose is Truth.FALSE and collection.rest is None else arguments.unknown()
    found = any_of(same_value(item, wanted) for item in items)
    if (
        found is Truth.UNKNOWN
        and isinstance(wanted, JsonText)
        and is_resolved(wanted)
        and any(is_resolved(item) and name_of(item) == name_of(wanted) for item in items)
    ):
        found = Truth.TRUE
    if found is Truth.TRUE or (found is Truth.FALSE and collection.rest is None):
        return Known(found is Truth.TRUE, arguments.location)
    unknown = arguments.unknown()
    if collection.rest is not None or not isinstance(wanted, Unknown) or not all(isinstance(item, Known) for item in items):
        return unknown
    tree: Value = Known(False)
    for item in reversed(items):
        same = equal(wanted, item, arguments.location)
        tree = choose(same.symbol, Known(True), tree) if isinstance(same, Unknown) else tree
    return replace(unknown, symbol=replace(unknown.symbol, meaning=Meaning(unknown.symbol.name, tree=tree)))


@structural("index", 2, 2, deep=True, makes="number", takes=("evident", "given"))
def index(arguments: Arguments) -> Value:
    """`index`: where a value first stands in a list."""
    collection = _list(arguments, arguments.values[0])
    if isinstance(collection, Failed):
        return collection
    if isinstance(collection, Unknown) or collection.rest is not None or collection.order:
        return arguments.unknown()
    if collection.is_set:
        return failed("index: a set has no order", arguments.location)
    for at, item in enumerate(collection.items):
        match same_value(item, arguments.values[1]):
            case Truth.TRUE:
                return Known(at, arguments.location)
            case Truth.UNKNOWN:
                return arguments.unknown()
    return failed("index: the item is not found", arguments.location)


@structural("lookup", 2, 3, nulls=True)
def lookup(arguments: Arguments) -> Value:
    """`lookup`: an entry, or the default where there is none."""
    if any(map(is_null, arguments.values[:2])):
        return failed("lookup: an argument is null", arguments.location)
    mapping, key = _map(arguments, arguments.values[0]), to_string(arguments.values[1])
    if isinstance(mapping, Failed) or isinstance(key, Failed):
        return mapping if isinstance(mapping, Failed) else key
    if isinstance(mapping, Unknown):
        return arguments.unknown()
    default = arguments.values[2] if len(arguments.values) == 3 else None
    if isinstance(key, Known) and (found := mapping.entries.get(str(key.value))) is not None:
        return _unless_refused(arguments, mapping, found, default)
    if mapping.rest is not None:
        return arguments.unknown(Unknown(mapping.rest))
    if default is None and isinstance(key, Known):
        return failed(f"lookup: there is no key {key.value!r}", arguments.location)
    if (
        default is not None
        and kind_of(default) in ("number", "bool")
        and any(kind_of(value) == "string" for value in mapping.entries.values())
    ):
        return arguments.unknown()  # a map converts it, an object does not
    if isinstance(key, Known) and default is not None:
        return _unless_refused(arguments, mapping, default, default)
    return bounded(by_unresolved_key(mapping, key, arguments.unknown(key).symbol.name, arguments.location, default))


def _unless_refused(arguments: Arguments, mapping: MapValue, found: Value, default: Value | None) -> Value:
    """What is found; a map refuses a default of another type than that of its elements, an object does not, and which it is does not show."""
    if default is None or is_null(default) or not isinstance(mapping.entries, dict):
        return found
    kinds = {kind_of(entry) for entry in mapping.entries.values()} - {"null"}
    if kind_of(default) in {*kinds, "any"} or len(kinds) != 1 or (kinds == {"string"} and kind_of(default) in ("number", "bool")):
        return found
    can = derived(f"can({arguments.unknown().symbol.name})", *arguments.values, reason="an object is not told from a map").symbol
    return Choice(can, found, failed(f"lookup: the default is not a {kinds.pop()}", arguments.location))


@structural("keys", 1, 1, takes=("map",))
def keys(arguments: Arguments) -> Value:
    """`keys`, in order."""
    mapping = _map(arguments, arguments.values[0])
    if isinstance(mapping, Unknown):
        return mapping if isinstance(mapping, Failed) else ListValue((), arguments.location, arguments.unknown().symbol)
    rest = None if mapping.rest is None else _more(arguments, mapping.rest)
    return ListValue(tuple(Known(key, mapping.key_locations.get(key)) for key in sorted(mapping.entries)), arguments.location, rest)


@structural("values", 1, 1, takes=("map",))
def values(arguments: Arguments) -> Value:
    """`values`, in the order of the keys."""
    mapping = _map(arguments, arguments.values[0])
    if isinstance(mapping, Unknown):
        return mapping if isinstance(mapping, Failed) else ListValue((), arguments.location, arguments.unknown().symbol)
    rest = None if mapping.rest is None else _more(arguments, mapping.rest)
    return ListValue(tuple(mapping.entries[key] for key in sorted(mapping.entries)), arguments.location, rest)


@structural("matchkeys", 3, 3, deep=True)
def match_keys(arguments: Arguments) -> Value:
    """`matchkeys`: the values whose keys are among the ones looked for."""
    lists = [_list(arguments, value) for value in arguments.values]
    failure = next((one for one in lists if isinstance(one, Failed)), None)
    if failure is not None:
        return failure
    found, names, wanted = (one if isinstance(one, ListValue) else ListValue((), None, one.symbol) for one in lists)
    if any(not is_resolved(one) for one in (names, wanted)) or found.rest is not None or not all(map(has_order, (found, names))):
        return arguments.unknown()
    if len(found.items) != len(names.items):
        return failed("matchkeys: the lists have different lengths", arguments.location)
    alike = unify((*names.items, *wanted.items))
    if alike is None:
        return failed("matchkeys: the keys have no common type", arguments.location)
    sought = {_key(item) for item in alike[len(names.items) :]}
    chosen = (item for item, name in zip(found.items, alike, strict=False) if _key(name) in sought)
    return ListValue(tuple(chosen), arguments.location)


# Choosing


@structural("coalesce", 1, None, nulls=True, deep=True)
def coalesce(arguments: Arguments) -> Value:
    """`coalesce`: the first argument that is neither null nor empty."""
    alike = unify(arguments.values)
    if alike is None:
        return failed("coalesce: the arguments have no common type", arguments.location)
    mixed = any(kind_of(value) == "string" for value in alike)
    for at, value in enumerate(alike):
        given = to_string(value) if mixed and kind_of(value) in ("number", "bool") else value
        if isinstance(given, ListValue | MapValue):
            return given
        if _may_be_empty(given):
            rest = alike[at:]
            return (
                given
                if len(rest) == 1
                else doubtful(derived(f"coalesce({', '.join(map(name_of, rest))})", given, location=arguments.location))
            )
        if not is_null(given) and not (isinstance(given, Known) and given.value == "" and isinstance(given.value, str)):
            return given
    return failed("coalesce: every argument is null or empty", arguments.location)


@structural("coalescelist", 1, None, nulls=True, deep=True)
def coalesce_list(arguments: Arguments) -> Value:
    """`coalescelist`: the first list that is not empty; every argument must be a list, if a null one."""
    given = [value for value in arguments.values if not (isinstance(value, TypedNull) and value.kind in ("list", "tuple"))]
    lists = [_list(arguments, value) for value in given]
    for one in lists:
        if isinstance(one, Failed):
            return one
        if isinstance(one, ListValue) and one.is_set:
            return failed("coalescelist: a set is not a list", arguments.location)
    for one in lists:
        if isinstance(one, Unknown) or (one.rest is not None and not one.items):
            return arguments.unknown()
        if one.items:
            return one
    return failed("coalescelist: every list is empty", arguments.location)


def _quantified(name: str, decisive: bool) -> None:
    @structural(name, 1, 1, deep=True, makes="bool")
    def run(arguments: Arguments) -> Value:
        collection = _list(arguments, arguments.values[0])
        if isinstance(collection, Unknown):
            return collection if isinstance(collection, Failed) else arguments.unknown()
        opened = collection.rest is not None
        truths = [to_bool(item) for item in collection.items]
        failure = next((truth for truth in truths if isinstance(truth, Failed)), None)
        if failure is not None:
            return failure
        for truth in truths:
            if isinstance(truth, Known):
                if (truth.value is True) is decisive:
                    return Known(decisive, arguments.location)
            else:
                opened = True
        return arguments.unknown() if opened else Known(not decisive, arguments.location)


_quantified("anytrue", decisive=True)
_quantified("alltrue", decisive=False)


# Sets


def _combined(name: str, combine: Callable[[list[dict[object, Value]]], dict[object, Value]]) -> None:
    @structural(name, 1, None, deep=True)
    def run(arguments: Arguments) -> Value:
        lists = [_list(arguments, value) for value in arguments.values]
        failure = next((one for one in lists if isinstance(one, Failed)), None)
        if failure is not None:
            return failure
        resolved = [one for one in lists if isinstance(one, ListValue) and is_resolved(one)]
        mixed = unify(tuple(item for one in lists if isinstance(one, ListValue) for item in one.items))
        if mixed is None:
            return failed(f"{name}: the elements have no common type", arguments.location)
        if len(resolved) != len(lists):
            rest = arguments.unknown().symbol
            if name != "setunion":
                return replace(to_set(ListValue(())), location=arguments.location, rest=rest)
            known = tuple(item for one in lists if isinstance(one, ListValue) for item in one.items)
            return replace(to_set(ListValue(known)), location=arguments.location, rest=rest, each=_one_each(lists))
        if any(not one.items for one in resolved) and any(kind_of(item) in ("number", "bool") for item in mixed):
            return arguments.unknown()  # the empty one may be of strings
        sets: list[dict[object, Value]] = []
        for one in resolved:
            sets.append({_key(item): item for item in mixed[: len(one.items)]})
            mixed = mixed[len(one.items) :]
        return to_set(ListValue(tuple(combine(sets).values()), arguments.location))


def _union(sets: list[dict[object, Value]]) -> dict[object, Value]:
    return {key: item for one in sets for key, item in one.items()}


def _intersection(sets: list[dict[object, Value]]) -> dict[object, Value]:
    return {key: item for key, item in sets[0].items() if all(key in one for one in sets[1:])}


def _difference(sets: list[dict[object, Value]]) -> dict[object, Value]:
    return {key: item for key, item in sets[0].items() if not any(key in one for one in sets[1:])}


_combined("setunion", _union)
_combined("setintersection", _intersection)
_combined("setsubtract", _difference)


# Making


@structural("zipmap", 2, 2)
def zip_map(arguments: Arguments) -> Value:
    """`zipmap`."""
    names, found = (_list(arguments, value) for value in arguments.values)
    if isinstance(names, Failed) or isinstance(found, Failed):
        return names if isinstance(names, Failed) else found
    lists = [one for one in (names, found) if isinstance(one, ListValue) and one.rest is None and has_order(one)]
    if isinstance(names, Unknown) or isinstance(found, Unknown) or len(lists) < 2:
        return arguments.unknown()
    if found.is_set:
        return failed("zipmap: a set is not a list", arguments.location)
    if len(names.items) != len(found.items):
        return failed("zipmap: the lists have different lengths", arguments.location)
    entries: dict[str, Value] = {}
    for name, value in zip(names.items, found.items, strict=True):
        text = to_string(name)
        if isinstance(text, Failed):
            return text
        if is_null(text):
            return failed("zipmap: a key is null", arguments.location)
        if not isinstance(text, Known):
            return MapValue({}, arguments.location, arguments.unknown().symbol)
        entries[str(text.value)] = value
    return MapValue(entries, arguments.location)


@structural("transpose", 1, 1, deep=True)
def transpose(arguments: Arguments) -> Value:
    """`transpose`: a map of lists of strings, turned round."""
    mapping = _map(arguments, arguments.values[0])
    if isinstance(mapping, Failed):
        return mapping
    if isinstance(mapping, Unknown) or not is_resolved(mapping):
        return arguments.unknown()
    turned: dict[str, list[Value]] = {}
    for key in sorted(mapping.entries):
        names = mapping.entries[key]
        if not isinstance(names, ListValue):
            return failed("transpose: a map of lists is required", arguments.location)
        for name in names.items:
            text = text_argument(name)
            if not isinstance(text, Known):
                return failed("transpose: a map of lists of strings is required", arguments.location)
            turned.setdefault(str(text.value), []).append(Known(key))
    return MapValue({key: ListValue(tuple(turned[key])) for key in sorted(turned)}, arguments.location)


@structural("list", 0, None)
def old_list(arguments: Arguments) -> Value:
    """`list`, which was removed."""
    return failed("function list was removed; use tolist([...])", arguments.location)


@structural("map", 0, None)
def old_map(arguments: Arguments) -> Value:
    """`map`, which was removed."""
    return failed("function map was removed; use tomap({...})", arguments.location)


def _converted(name: str, wanted: Type) -> None:
    @structural(name, 1, 1, nulls=True)
    def run(arguments: Arguments) -> Value:
        value = arguments.values[0]
        if not isinstance(value, Unknown):
            converted = convert(value, wanted)
            return doubtful(converted) if isinstance(converted, Unknown) else converted
        match wanted.kind:
            case "set":
                return ListValue((), arguments.location, arguments.unknown().symbol, is_set=True)
            case "list":
                return ListValue((), arguments.location, value.symbol)
        return doubtful(value)


_converted("tostring", Type("string"))
_converted("tonumber", Type("number"))
_converted("tobool", Type("bool"))
_converted("tolist", Type("list"))
_converted("toset", Type("set"))
_converted("tomap", Type("map"))


def _passed_on(name: str) -> None:
    @structural(name, 1, 1, nulls=True, takes=("any",))
    def run(arguments: Arguments) -> Value:
        return arguments.values[0]


_passed_on("nonsensitive")
_passed_on("sensitive")
_passed_on("ephemeralasnull")


@structural("issensitive", 1, 1, nulls=True, makes="bool", takes=("any",))
def is_sensitive(arguments: Arguments) -> Value:
    """`issensitive` is unknown: sensitivity is not followed."""
    return arguments.not_evaluated("function issensitive is not evaluated")
