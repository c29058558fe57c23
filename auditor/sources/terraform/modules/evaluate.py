"""Expressions to values: total, and nothing is guessed.

Source: github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md, and Terraform's language documentation for what goes beyond it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from auditor.foundation.errors import InputError
from auditor.foundation.location import Location
from auditor.foundation.value import (
    Choice,
    JsonText,
    Known,
    ListValue,
    MapValue,
    SourceMap,
    Symbol,
    Template,
    Truth,
    Unknown,
    Value,
    is_null,
    text_of,
    text_parts,
)
from auditor.sources.choices import choose, consistent, distribute, in_branches
from auditor.sources.naming import SOME, derived, in_one, item_at, name_of, standing_for, value_key
from auditor.sources.terraform.functions import call as functions
from auditor.sources.terraform.modules.doubts import Doubts
from auditor.sources.terraform.syntax.native import template_in_text
from auditor.sources.terraform.syntax.tree import (
    Binary,
    Call,
    Conditional,
    Expression,
    ForExpression,
    GetAttribute,
    Index,
    Literal,
    ObjectExpression,
    Splat,
    SplatItem,
    TemplateExpression,
    TemplateFor,
    TupleExpression,
    Unary,
    Unsupported,
    Variable,
)
from auditor.sources.terraform.values import json_encoding as encoding
from auditor.sources.terraform.values.declared import DeclaredType, as_declared, declared, each_of, some_pair
from auditor.sources.terraform.values.failure import Failed, doubtful, failed, may_fail, resolve
from auditor.sources.terraform.values.indexing import (
    bounded,
    by_unknown_order,
    by_unresolved_key,
    by_unresolved_position,
    instance_at,
    written_index,
)
from auditor.sources.terraform.values.nulls import kind_of_null
from auditor.sources.terraform.values.operators import binary, inverted, negative
from auditor.sources.terraform.values.resource_value import InstanceList, InstanceMap, any_element
from auditor.sources.terraform.values.scope import Scope
from auditor.sources.terraform.values.types import (
    beside_set,
    has_order,
    keeps_its_type,
    kind_of,
    may_be_fewer,
    order_in,
    to_bool,
    to_number,
    to_string,
    unify,
)
from auditor.sources.terraform.values.written_types import compared, written_type

_LONGEST_TEXT = 4_000_000
_MOST_PARTS = 2_000
_ROUND = 12  # steps that a round of a loop costs, beside its expressions: loops in loops are what takes long


def evaluate(expression: Expression, scope: Scope) -> Value:
    """The value of an expression; a `Failed` where Terraform certainly refuses it.

    Args:
        expression: any tree of `syntax`.
        scope: what its names mean.
    """
    if not scope.module.meter.spend():
        name = scope.module.meter.mark(expression.location)
        return Unknown(Symbol(name, "there is too much to evaluate"), expression.location)
    return _EVALUATORS[type(expression)](expression, scope)


def resolved(expression: Expression, scope: Scope) -> Value:
    """The value of a whole argument, local value or output: without failing branches."""
    try:
        return resolve(evaluate(expression, scope))
    except RecursionError:
        name = scope.module.meter.mark(expression.location)
        return Unknown(Symbol(name, "it is nested too deeply to be evaluated"), expression.location)


def _literal(expression: Literal, scope: Scope) -> Value:
    value = expression.value
    if isinstance(value, str):
        value = encoding.normal(value)
    elif isinstance(value, float):
        if not math.isfinite(value):
            name = scope.module.meter.mark(expression.location)
            return Unknown(Symbol(name, "the number has more digits than are kept exact"), expression.location)
        value = int(value) if value.is_integer() else value
    return Known(value, expression.location, None, expression.source_map)


# Templates


def _template(expression: TemplateExpression, scope: Scope) -> Value:
    parts = tuple(Known(part) if isinstance(part, str) else evaluate(part, scope) for part in expression.parts)
    if len(parts) == 1:
        only = parts[0]
        if isinstance(expression.parts[0], str):
            return Known(encoding.normal(expression.parts[0]), expression.location, None, expression.source_map)
        return only  # a template that is one interpolation passes its value on, of whatever type

    def join(values: tuple[Value, ...]) -> Value:
        text = _joined(values, expression.location)
        if expression.source_map is None or not isinstance(text, Known | Template):
            return text
        return replace(text, source_map=_shifted(expression.source_map, expression.parts, values))

    answer = distribute(parts, join)
    return join(tuple(_one_hole(part) for part in parts)) if answer is None else answer


def _one_hole(value: Value) -> Value:
    return derived(name_of(value), value) if isinstance(value, Choice) else value


def _joined(values: tuple[Value, ...], location: Location) -> Value:
    pieces: list[tuple[str | Symbol, ...]] = []
    for value in values:
        text = as_text(value)
        if isinstance(text, Failed):
            return text
        if is_null(text):
            return failed("a template includes a null value", location)
        pieces.append(text_parts(text))
    text = text_of((part for piece in pieces for part in piece), location)
    size = len(str(text.value)) if isinstance(text, Known) else sum(len(part) for part in text_parts(text) if isinstance(part, str))
    if size > _LONGEST_TEXT or sum(map(len, pieces)) > _MOST_PARTS:
        return derived(name_of(text), reason="the text is too long to be evaluated", location=location)
    return replace(text, value=encoding.normal(str(text.value))) if isinstance(text, Known) else text


def _shifted(source_map: SourceMap, parts: tuple[str | Expression, ...], values: tuple[Value, ...]) -> SourceMap:
    """A source map of a template moved to the text that it became: each expression counted as one character before."""
    moved: list[tuple[int, int, int]] = []
    borders: list[tuple[int, int]] = []  # where a part begins: before and after
    insides: list[tuple[int, int, SourceMap | Location]] = []
    before = after = 0
    for part, value in zip(parts, values, strict=True):
        borders.append((before, after))
        before += len(part) if isinstance(part, str) else 1
        text = as_text(value)
        pieces = text_parts(text)
        begun = after
        after += sum(1 if isinstance(piece, Symbol) else len(piece) for piece in pieces)
        if isinstance(part, str):
            continue
        of_its_own = text.source_map if isinstance(text, Known | Template) else None
        if (of_its_own and _is_mapped(part)) or any(isinstance(piece, str) and "\n" in piece for piece in pieces):
            insides.append((begun, after, of_its_own or part.location))
    borders.append((before, after))
    starts = source_map.starts
    if insides:  # what follows one begins where it is written, however many lines there are in between
        written = "".join(part if isinstance(part, str) else " " for part in parts)
        after_each = {end for _, end, _ in insides}
        starts = tuple(sorted({*starts, *((old, *source_map.place(old, written)) for old, new in borders if new in after_each)}))
    at = 0
    for start, line, column in starts:
        while at + 1 < len(borders) and borders[at + 1][0] <= start:
            at += 1
        moved.append((borders[at][1] + start - borders[at][0], line, column))
    return SourceMap(source_map.path, tuple(moved), tuple(insides))


def _is_mapped(part: Expression) -> bool:
    """Whether a part of a template is a directive, whose text is written in the template too, or the body of one."""
    match part:
        case TemplateFor(body=body) | Conditional(then=body):
            return _is_mapped(body)
        case TemplateExpression() | Literal():
            return part.source_map is not None
    return False


def as_text(value: Value) -> Known | Template | Unknown:
    """A value as text inside a larger text: JSON text is encoded when nothing in it is unknown; a `Failed` for what is not text."""
    if isinstance(value, JsonText):
        return encoding.json_text(value)
    text = to_string(value)
    return text if isinstance(text, Known | Template | Unknown) else failed("a string is required", value.location)


def _template_for(expression: TemplateFor, scope: Scope) -> Value:
    body = ForExpression(
        expression.key, expression.value, expression.collection, None, expression.body, None, False, expression.location
    )
    items = evaluate(body, scope)

    def concatenated(values: tuple[Value, ...]) -> Value:
        listed = values[0]
        if not isinstance(listed, ListValue):
            return listed
        if listed.rest is not None or not has_order(listed):
            return derived(f"join({name_of(listed)})", listed, location=expression.location)
        text = _joined(listed.items, expression.location)
        if not _is_mapped(expression.body) or not isinstance(text, Known | Template):
            return text
        bodies = (expression.body,) * len(listed.items)
        return replace(text, source_map=_shifted(SourceMap(expression.location.path, ()), bodies, listed.items))

    answer = distribute((items,), concatenated, deep=True)
    return derived(f"join({name_of(items)})", items, location=expression.location) if answer is None else answer


# Constructors


def _tuple(expression: TupleExpression, scope: Scope) -> Value:
    items = tuple(evaluate(item, scope) for item in expression.items)
    return next((item for item in items if isinstance(item, Failed)), None) or ListValue(items, expression.location)


def _object(expression: ObjectExpression, scope: Scope) -> Value:
    entries: dict[str, Value] = {}
    places: dict[str, Location] = {}
    rest: Symbol | None = None
    for key_expression, value_expression in expression.entries:
        key = _key(key_expression, scope)
        value = evaluate(value_expression, scope)
        if isinstance(key, Failed) or isinstance(value, Failed):
            return key if isinstance(key, Failed) else value
        if key is None:
            return failed("a key is null", key_expression.location)
        if isinstance(key, str):
            entries[key] = value
            places[key] = key_expression.location
        else:
            opened = derived(f"{{({name_of(key)}) = {name_of(value)}}}", key).symbol
            rest = opened if rest is None else derived(f"{rest.name}, {opened.name}", key).symbol
    return MapValue(entries, expression.location, rest, places)


def _key(expression: Expression, scope: Scope) -> str | Value | None:
    """A key as text where it is resolved, most often because it is written out; None for null."""
    if type(expression) is Literal and isinstance(expression.value, str) and scope.module.meter.spend():
        return encoding.normal(expression.value)
    key = _key_value(expression, scope)
    if isinstance(key, Known):
        return None if key.value is None else str(key.value)
    return key


def _key_value(expression: Expression, scope: Scope) -> Value:
    return in_one(to_string(encoding.in_plain(evaluate(expression, scope))))


def _for(expression: ForExpression, scope: Scope) -> Value:
    collection = evaluate(expression.collection, scope)
    answer = distribute((collection,), lambda values: _for_over(expression, values[0], scope))
    return _for_unknown(expression, collection, scope) if answer is None else answer


def _for_over(expression: ForExpression, collection: Value, scope: Scope) -> Value:
    if isinstance(collection, Failed):
        return collection
    if (found := _by_own_keys(expression, collection, scope)) is not None:
        return found
    if isinstance(collection, Unknown):
        return _for_unknown(expression, collection, scope)
    pairs = pairs_of(collection)
    if pairs is None:
        return failed("a collection is required", expression.location)
    pairs = list(pairs)
    if not pairs and isinstance(tried := _tried(expression, scope), Failed):
        return tried
    rounds: list[_Round] = []
    for key, value in pairs:
        inner = _for_scope(expression, scope, key, value)
        condition = Known(True) if expression.condition is None else to_bool(evaluate(expression.condition, inner))
        if isinstance(condition, Failed) or is_null(condition):
            return condition if isinstance(condition, Failed) else failed("the condition is null", expression.location)
        if isinstance(condition, Known) and condition.value is False:
            continue
        result_key = Known(None) if expression.result_key is None else _key_value(expression.result_key, inner)
        if isinstance(result_key, Failed):
            return result_key
        if expression.result_key is not None and is_null(result_key):
            return failed("a key is null", expression.location)
        result = evaluate(expression.result, inner)
        if isinstance(result, Failed):
            if isinstance(condition, Known):
                return result
            result = resolve(result)
        rounds.append(_Round(_branching(condition), result_key, result, value))
    rest = collection.rest if isinstance(collection, ListValue | MapValue) else None
    if isinstance(collection, ListValue) and may_be_fewer(collection) and len(kept := _once(rounds)) < len(rounds):
        rounds, rest = kept, rest or derived(f"item of {name_of(collection)}", collection).symbol
    if rest is not None:
        opened = _for_unknown(expression, Unknown(rest), scope)
        rest = opened.rest if isinstance(opened, ListValue | MapValue) else rest
    conditions = tuple(one.condition for one in rounds)
    answer = distribute(conditions, lambda taken: _collected(expression, collection, rounds, taken, rest))
    if answer is not None:
        return answer
    opened_rest = derived(f"for({', '.join(name_of(condition) for condition in conditions)})", *conditions).symbol
    certain = [one for one in rounds if isinstance(one.condition, Known)]
    return _collected(expression, collection, certain, tuple(one.condition for one in certain), rest or opened_rest)


def _tried(expression: ForExpression, scope: Scope) -> Value | None:
    """The condition of a loop over nothing: Terraform tries it once on something unknown, so one that always fails, fails even there."""
    if expression.condition is None:
        return None
    nothing = (Unknown(Symbol(f"each {what}", "there is none")) for what in ("key", "item"))
    return evaluate(expression.condition, _for_scope(expression, scope, *nothing))


def _by_own_keys(expression: ForExpression, collection: Value, scope: Scope) -> InstanceMap | None:
    """What a `for` makes of each element by its own key, of unresolved keys as well; None where it filters, or makes something else."""
    instances, result_key = _opened(collection), expression.result_key
    if instances is None or result_key is None or expression.condition is not None or expression.grouping:
        return None
    opened = _for_unknown(expression, collection, scope)
    rest = opened.rest if isinstance(opened, MapValue) else None
    failing = False

    def made(key: Value, value: Value) -> Value:
        nonlocal failing
        inner = _for_scope(expression, scope, key, value)
        result = evaluate(expression.result, inner)
        failing |= isinstance(result, Failed) or name_of(to_string(evaluate(result_key, inner))) != name_of(key)
        return result

    entries = {key: made(Known(key), value) for key, value in instances.entries.items()}
    unresolved = tuple((key, made(key, value)) for key, value in instances.unresolved)
    other = instances.representative
    if other is not None and rest is not None:
        other = replace(other, value=made(Unknown(other.key), other.value), address=rest.name)
    return None if failing else InstanceMap(entries, expression.location, rest, unresolved=unresolved, representative=other)


def _opened(collection: Value) -> InstanceMap | None:
    """A map that has elements of unknown keys, with one that stands for them; None for everything else."""
    match collection:
        case InstanceMap():
            return collection
        case Unknown(symbol):
            return InstanceMap({}, collection.location, symbol, representative=any_element(collection))
        case MapValue(entries, rest=Symbol() as symbol):
            return InstanceMap(entries, collection.location, symbol, representative=any_element(Unknown(symbol)))
    return None


def _for_scope(expression: ForExpression, scope: Scope, key: Value, value: Value) -> Scope:
    scope.module.meter.spend(_ROUND)
    return scope.bound({expression.value: value} if expression.key is None else {expression.key: key, expression.value: value})


class _Round(NamedTuple):
    """One round of a loop: whether its result is there, its key in a map, the result, and the item of which it is made."""

    condition: Value
    key: Value
    result: Value
    item: Value


def _once(rounds: list[_Round]) -> list[_Round]:
    """The rounds of a loop over items of which some are perhaps one: those with the same result are perhaps one, too."""
    distinct: dict[object, _Round] = {}
    for one in rounds:
        distinct.setdefault((value_key(one.key), value_key(one.result)), one)
    return list(distinct.values())


def _branching(condition: Value) -> Value:
    """A condition as a choice wherever it is unknown, in the branches of a choice too: an item is there or not in each case."""
    match condition:
        case Choice(symbol, then, otherwise):
            return Choice(symbol, _branching(then), _branching(otherwise))
        case Known(None):
            return failed("the condition is null", condition.location)
        case Unknown(symbol) if not isinstance(condition, Failed):
            return Choice(symbol, Known(True), Known(False))
    return condition


def _collected(
    expression: ForExpression, collection: Value, rounds: list[_Round], taken: tuple[Value, ...], rest: Symbol | None
) -> Value:
    failure = next((truth for truth in taken if isinstance(truth, Failed)), None)
    if failure is not None:
        return failure
    chosen = [one for one, truth in zip(rounds, taken, strict=True) if isinstance(truth, Known) and truth.value is True]

    def listed(some: list[_Round]) -> ListValue:
        order = order_in(collection, ((one.item, one.result) for one in some), rest) if isinstance(collection, ListValue) else ""
        return ListValue(tuple(one.result for one in some), expression.location, rest, order=order)

    if expression.result_key is None:
        return listed(chosen)
    entries: dict[str, Value] = {}
    groups: dict[str, list[_Round]] = {}
    for one in chosen:
        key, result = one.key, one.result
        if not isinstance(key, Known):
            rest = rest or derived(f"{{({name_of(key)}) = {name_of(result)}}}", key).symbol
        elif expression.grouping:
            groups.setdefault(str(key.value), []).append(one)
        elif str(key.value) in entries:
            return failed(f"two items have the key {str(key.value)!r}", expression.location)
        else:
            entries[str(key.value)] = result
    if expression.grouping:
        entries = {key: listed(of_key) for key, of_key in groups.items()}  # an unknown key or item may belong to any group
    return MapValue(entries, expression.location, rest)


def _for_unknown(expression: ForExpression, collection: Value, scope: Scope) -> Value:
    """A `for` over something unknown: named by what it does to the item, so that equal ones are equal."""
    source = name_of(collection)
    item, key = some_pair(collection)
    inner = _for_scope(expression, scope, key, item)
    made = resolved(expression.result, inner)
    result = name_of(made)
    condition = "" if expression.condition is None else f" if {name_of(resolved(expression.condition, inner))}"
    if expression.result_key is None:
        symbol = derived(f"[for {source} : {result}{condition}]", collection).symbol
        return ListValue((), expression.location, symbol, each=_some_item(expression, collection, scope, made))
    result_key = name_of(resolved(expression.result_key, inner))
    dots = "..." if expression.grouping else ""
    symbol = derived(f"{{for {source} : {result_key} => {result}{dots}{condition}}}", collection).symbol
    return MapValue({}, expression.location, symbol)


def _some_item(expression: ForExpression, collection: Value, scope: Scope, made: Value) -> Template | None:
    """What every item of a `for` over something unknown looks like, where that is text.

    Its hole is not the item that stands for an instance of something for each of them: that one may be another.
    """
    if not isinstance(made, Template):
        return None
    item, key = some_pair(collection, SOME)
    found = resolved(expression.result, _for_scope(expression, scope, key, item))
    return found if isinstance(found, Template) else None


def pairs_of(collection: Value) -> Iterable[tuple[Value, Value]] | None:
    """Keys and values in Terraform's order of iteration, None for what is not a collection."""
    match collection:
        case ListValue(items, is_set=True):
            return [(item, item) for item in items]
        case ListValue(items, rest=rest, order=order) if order or rest is not None:  # the rest may come before any item
            return [(derived(f"index of {name_of(item)}", item if rest is None else Unknown(rest)), item) for item in items]
        case ListValue(items):
            return [(Known(at), item) for at, item in enumerate(items)]
        case MapValue(entries):
            return [(Known(key, collection.key_locations.get(key)), entries[key]) for key in sorted(entries)]
    return None


# Operators


def _conditional(expression: Conditional, scope: Scope) -> Value:
    condition = to_bool(evaluate(expression.condition, scope))
    if is_null(condition):
        return failed("the condition is null", expression.condition.location)
    if isinstance(condition, Known):
        chosen, other = (expression.then, expression.otherwise) if condition.value else (expression.otherwise, expression.then)
        value = evaluate(chosen, scope)
        return (
            value
            if keeps_its_type(value)
            else _of_one_type((chosen, other), (value, evaluate(other, scope)), expression.location, scope)[0]
        )
    if isinstance(condition, Failed):
        return condition
    then, otherwise = evaluate(expression.then, scope), evaluate(expression.otherwise, scope)
    then, otherwise = _of_one_type((expression.then, expression.otherwise), (then, otherwise), expression.location, scope)

    def branch(conditions: tuple[Value, ...]) -> Value:
        match conditions[0]:
            case Failed() as failure:
                return failure
            case Unknown(symbol):
                return choose(symbol, then, otherwise)
            case Known(None):
                return failed("the condition is null", expression.location)
            case Known(truth):
                return then if truth else otherwise
        return failed("a bool is required", expression.location)

    answer = distribute((condition,), branch)
    if answer is None:
        answer = choose(standing_for(name_of(condition), condition).symbol, then, otherwise)
    return consistent(answer)


def _of_one_type(
    written: tuple[Expression, Expression], values: tuple[Value, Value], place: Location, scope: Scope
) -> tuple[Value, Value]:
    """Both results of a conditional, converted to their common type."""
    one, other = values
    if isinstance(one, Unknown) or isinstance(other, Unknown):
        return values
    if isinstance(one, ListValue) and isinstance(other, ListValue) and one.is_set is not other.is_set:
        beside = written[1] if one.is_set else written[0]
        known = written_type(beside, scope)
        kind = known.type.kind if known else "tuple" if isinstance(beside, ForExpression) else "any"
        one, other = beside_set(one, other, kind)
    both = unify((one, other))
    if both is None:
        failure = failed("the results of the conditional have no common type", place)
        return failure, failure
    return both[0], both[1]


def _unary(expression: Unary, scope: Scope) -> Value:
    operand = evaluate(expression.operand, scope)
    return inverted(operand, expression.location) if expression.operator == "!" else negative(operand, expression.location)


def _binary(expression: Binary, scope: Scope) -> Value:
    left, right = evaluate(expression.left, scope), evaluate(expression.right, scope)
    types = compared(expression.left, expression.right, scope) if expression.operator in ("==", "!=") else Truth.UNKNOWN
    return binary(expression.operator, left, right, expression.location, types)


def _call(expression: Call, scope: Scope) -> Value:
    match expression.function:
        case "try":
            return _first_success(expression.arguments, scope, expression.location)
        case "can":
            return _can(expression, scope)
    arguments = [evaluate(argument, scope) for argument in expression.arguments]
    order = ""
    if expression.expand and arguments:
        last = in_one(arguments.pop())
        if isinstance(last, Failed):
            return last
        if not isinstance(last, ListValue) or last.rest is not None:
            if isinstance(last, ListValue | Unknown):
                return functions.call_unknown(expression.name, (*arguments, last), expression.location)
            return failed("a list is required before ...", expression.location)
        if not has_order(last):
            anyhow = functions.call_unknown(expression.name, (*arguments, last), expression.location)
            if not _takes_any_order(expression.name, last):
                return anyhow
            order = anyhow.symbol.name
        arguments += last.items
    if expression.name in ("templatefile", "templatestring"):
        return _template_call(expression.name, tuple(arguments), scope, expression.location)
    made = functions.call(expression.name, tuple(arguments), scope.module, expression.location)
    return replace(made, order=order) if isinstance(made, ListValue) and order and not made.is_set else made


_OF_ANY_ORDER = frozenset({"max", "min", "setunion", "setintersection", "concat"})


def _takes_any_order(name: str, arguments: ListValue) -> bool:
    """Whether a function makes the same of arguments in any order: `merge` does of maps that have no key in common."""
    if name != "merge":
        return name in _OF_ANY_ORDER
    keys = [key for one in arguments.items if isinstance(one, MapValue) and one.rest is None for key in one.entries]
    return all(isinstance(one, MapValue) and one.rest is None for one in arguments.items) and len(set(keys)) == len(keys)


def _first_success(arguments: Sequence[Expression], scope: Scope, location: Location) -> Value:
    if not arguments:
        return failed("no expression of try succeeds", location)
    value = evaluate(arguments[0], scope)
    if len(arguments) == 1:  # where it fails, nothing takes its place
        return value
    doubt = None if fails(value) else _DOUBTS.whether(arguments[0], scope)

    def attempt(values: tuple[Value, ...]) -> Value:
        value = values[0]
        if fails(value):
            return _first_success(arguments[1:], scope, location)
        if doubt is not None and not may_fail(value) and not isinstance(value, Template | Unknown):
            return choose(doubt.symbol, value, _first_success(arguments[1:], scope, location))
        if may_fail(value) or doubt is not None:
            others = ", ".join(name_of(resolved(other, scope)) for other in arguments[1:])
            return derived(f"try({name_of(resolve(value))}, {others})", value, location=location)
        return value

    answer = distribute((value,), attempt, deep=may_fail(value))
    return attempt((value,)) if answer is None else answer


def fails(value: Value) -> bool:
    """Whether a value without choices is a failure, or holds one."""
    match value:
        case Failed():
            return True
        case JsonText(content):
            return fails(content)
        case ListValue(items):
            return any(fails(item) for item in items)
        case MapValue(entries):
            return isinstance(entries, dict) and any(fails(entry) for entry in entries.values())
    return False


def _can(expression: Call, scope: Scope) -> Value:
    if len(expression.arguments) != 1:
        return failed("can takes one expression", expression.location)
    value = evaluate(expression.arguments[0], scope)
    doubt = None if fails(value) else _DOUBTS.whether(expression.arguments[0], scope)

    def succeeds(values: tuple[Value, ...]) -> Value:
        value = values[0]
        if fails(value):
            return Known(False, expression.location)
        if may_fail(value):
            return derived(f"can({name_of(resolve(value))})", value, location=expression.location)
        return Known(True, expression.location) if doubt is None else doubt

    answer = distribute((value,), succeeds, deep=may_fail(value))
    return succeeds((value,)) if answer is None else answer


def _template_call(name: str, arguments: tuple[Value, ...], scope: Scope, location: Location) -> Value:
    """`templatefile` and `templatestring`: a template from a file or from a text, with the variables that it is given."""
    if len(arguments) != 2:
        return failed(f"{name} takes a template and a map of variables", location)

    def render(values: tuple[Value, ...]) -> Value:
        source, variables = values
        if not isinstance(source, Known) or not isinstance(variables, MapValue):
            unknown = source if not isinstance(source, Known) else variables
            written = f"{name}({name_of(source)}, {name_of(variables)})"
            return unknown if isinstance(unknown, Failed) else derived(written, unknown, location=location)
        template = scope.module.files.template(str(source.value)) if name == "templatefile" else _template_of(source, location)
        if isinstance(template, str):
            return doubtful(derived(f"{name}({name_of(source)}, {name_of(variables)})", reason=template, location=location))
        made = evaluate(template, Scope(_TemplateScope(scope), dict(variables.entries)))
        if is_null(made):
            return failed(f"{name}: the result of the template is null", location)
        return made if name == "templatefile" else to_string(made)

    answer = distribute(arguments, render)
    return derived(f"{name}({', '.join(map(name_of, arguments))})", *arguments, location=location) if answer is None else answer


def template_file(template: Value, variables: Value, scope: Scope, location: Location) -> Value:
    """What `data.template_file` renders: the template with its variables, each of them a string.

    Source: registry.terraform.io/providers/hashicorp/template/latest/docs/data-sources/file, "Argument Reference".

    Args:
        template: its argument `template`.
        variables: its argument `vars`, null where it is not written.
        scope: of the module that it is in.
        location: where it is declared.
    """

    def strings(branch: Value) -> Value:
        if is_null(branch):
            return MapValue({}, location)
        if not isinstance(branch, MapValue) or not isinstance(branch.entries, dict):
            return branch
        return replace(branch, entries={name: in_branches(value, to_string) for name, value in branch.entries.items()})

    return resolve(_template_call("templatestring", (template, in_branches(variables, strings)), scope, location))


def _template_of(text: Known, location: Location) -> Expression | str:
    """A text as a template, or as a clause why it cannot be parsed; its places are those of the text, or the one where it is used."""
    parsed = template_in_text(str(text.value), text.source_map, location)
    return f"the template cannot be parsed: {parsed.message}" if isinstance(parsed, InputError) else parsed


class _TemplateScope:
    """The module as a template file sees it: only its own variables."""

    def __init__(self, scope: Scope) -> None:
        self.address, self.meter, self.files = scope.module.address, scope.module.meter, scope.module.files

    def variable(self, name: str) -> Value:
        return failed(f"a template file cannot refer to var.{name}")

    def local(self, name: str) -> Value:
        return failed(f"a template file cannot refer to local.{name}")

    def type_of(self, root: str, name: str) -> DeclaredType | None:  # noqa: ARG002 - of the protocol
        return None

    def call(self, name: str) -> Value:
        return failed(f"a template file cannot refer to module.{name}")

    def resource(self, mode: str, resource_type: str, name: str) -> Value:  # noqa: ARG002 - of the protocol
        return failed(f"a template file has no variable {resource_type}")

    def constant(self, root: str, name: str) -> Value:
        return failed(f"a template file cannot refer to {root}.{name}")

    def function(self, name: str, values: tuple[Value, ...], location: Location) -> Value | None:  # noqa: ARG002 - of the protocol
        return None


# References


def _variable(expression: Variable, scope: Scope) -> Value:
    bound = scope.names.get(expression.name)
    if bound is not None:
        return bound
    return failed(f"{expression.name} is not a value by itself", expression.location)


def _reached(expression: Expression, scope: Scope) -> Value:
    """The value of `a.b[c].d` at each of its steps: whatever an unresolved key may find, however much it is."""
    match expression:
        case GetAttribute():
            return _get_attribute(expression, scope)
        case Index():
            return _index(expression, scope)
    return evaluate(expression, scope)


def _written(expression: Expression, scope: Scope) -> str:
    """A reference to what the module defines, as it is written, with the address of the module; empty for anything else."""
    if isinstance(expression, GetAttribute):
        if not isinstance(expression.source, Variable):
            before = _written(expression.source, scope)
            return f"{before}.{expression.name}" if before else ""
        if expression.source.name in ("var", "local", "module") and expression.source.name not in scope.names:
            prefix = f"{scope.module.address}." if scope.module.address else ""
            return f"{prefix}{expression.source.name}.{expression.name}"
    return ""


def _get_attribute(expression: GetAttribute, scope: Scope) -> Value:
    source, name = expression.source, expression.name
    if isinstance(source, Variable) and source.name not in scope.names:
        return _placed(_reference(source.name, name, scope, expression), expression.location)
    if (
        isinstance(source, GetAttribute)
        and isinstance(source.source, Variable)
        and source.source.name in ("data", "ephemeral")
        and source.source.name not in scope.names
    ):
        return _placed(scope.module.resource(source.source.name, source.name, name), expression.location)
    found = _reached(source, scope)
    if not isinstance(found, Choice):
        return attribute(found, name, expression.location)
    reached = in_branches(found, lambda value: attribute(value, name, expression.location))
    if found.written and isinstance(reached, Choice):
        return replace(reached, written=f"{found.written}.{name}")
    return reached


def _placed(value: Value, location: Location) -> Value:
    return replace(value, location=location) if isinstance(value, Unknown) and value.location is None else value


def _reference(root: str, name: str, scope: Scope, expression: GetAttribute) -> Value:
    module = scope.module
    match root:
        case "var":
            return module.variable(name)
        case "local":
            return module.local(name)
        case "module":
            return module.call(name)
        case "path" | "terraform":
            return module.constant(root, name)
        case "each" | "count" | "self" | "data" | "ephemeral":
            return Unknown(
                Symbol(f"{root}.{name} at {expression.location}", f"{root}.{name} has no meaning here"), expression.location
            )
    return module.resource("resource", root, name)


def attribute(value: Value, name: str, location: Location) -> Value:
    """`value.name`; `value` is not a choice."""
    match value:
        case Failed():
            return value
        case Unknown():
            return _part(value, name, f"{value.symbol.name}.{name}", value, location)
        case MapValue(entries, _, rest):
            found = entries.get(name)
            if found is not None:
                return found
            if rest is not None:
                return doubtful(derived(f"{rest.name}.{name}", Unknown(rest), location=location))
            return failed(f"there is no attribute {name!r}", location)
    return failed(f"a {kind_of(value)} has no attribute {name!r}", location)


def _part(value: Unknown, key: str | None, name: str, because: Value, location: Location) -> Unknown:
    """An attribute or element of something unknown, as far as what is declared of that says anything of it; None for a key that is unknown."""
    known, part = declared(value), derived(name, because, location=location)
    if known is None:
        return doubtful(part)
    if key is not None and known.lacks(key):
        return failed(f"there is no attribute {key!r}", location)
    if key is None:
        return doubtful(as_declared(part, known.element))
    part = as_declared(part, known.at(key))
    return part if known.has(key) else doubtful(part)


def _index(expression: Index, scope: Scope) -> Value:
    source, key = _reached(expression.source, scope), evaluate(expression.key, scope)
    written = _written(expression.source, scope)
    if not isinstance(key, Choice):  # the element of each branch, however many there are, as for an attribute
        return in_branches(source, lambda value: index(value, key, expression.location, written))
    answer = distribute((source, key), lambda values: index(values[0], values[1], expression.location, written))
    return derived(f"{name_of(source)}[{name_of(key)}]", source, key, location=expression.location) if answer is None else answer


def index(value: Value, key: Value, location: Location, written: str = "") -> Value:
    """`value[key]`; neither is a choice, and `written` is the value as its author refers to it."""
    for one in (value, key):
        if isinstance(one, Failed):
            return one
    if is_null(key):
        return failed("an index is null", location)
    match value:
        case Unknown():
            return _index_of_unknown(value, key, location)
        case InstanceList(representative=representative) if representative is not None:
            return representative.at(key, location)
        case InstanceMap():
            return instance_at(value, key, location)
        case MapValue(entries, _, rest):
            text = to_string(key)
            if isinstance(text, Known):
                found = entries.get(str(text.value))
                if found is not None:
                    return found
                if rest is None:
                    return failed(f"there is no element {text.value!r}", location)
                return doubtful(derived(f"{rest.name}[{name_of(text)}]", Unknown(rest), location=location))
            if isinstance(text, Failed):
                return text
            return by_unresolved_key(value, text, written_index(value, text, written), location)
        case ListValue(items, _, rest, is_set):
            if is_set:
                return failed("a set has no index", location)
            number = to_number(key)
            if isinstance(number, Known) and isinstance(number.value, int) and rest is None and not has_order(value):
                return by_unknown_order(value, f"{name_of(value)}[{name_of(key)}]", location)
            if isinstance(number, Known) and isinstance(number.value, int) and rest is None:
                in_range = 0 <= number.value < len(items)
                return items[number.value] if in_range else failed(f"there is no element {number.value}", location)
            if isinstance(number, Failed) or (isinstance(number, Known) and rest is None):
                return number if isinstance(number, Failed) else failed("an index must be whole", location)
            name = f"{name_of(value)}[{name_of(key)}]"
            if rest is None and items:  # an index that is out of range fails
                return by_unresolved_position(items, name, key, location)
            because = key if rest is None else Unknown(rest)
            if isinstance(number, Known) and not items and value.each is not None:
                there = derived(f"can({name})", because, location=location).symbol
                return Choice(there, item_at(value.each, key), failed("there may be no such element", location))
            return doubtful(derived(name, because, location=location))
    return failed(f"a {kind_of(value)} has no elements", location)


def _index_of_unknown(value: Unknown, key: Value, location: Location) -> Value:
    known = declared(value)
    attribute = None
    if known is not None and known.type.kind in ("object", "map") and isinstance(key, Known) and isinstance(key.value, str):
        attribute = key.value
    return _part(value, attribute, f"{name_of(value)}[{name_of(key)}]", value, location)


def _splat(expression: Splat, scope: Scope) -> Value:
    source = evaluate(expression.source, scope)
    answer = distribute((source,), lambda values: _splat_over(expression, values[0], scope))
    return derived(f"{name_of(source)}[*]", source, location=expression.location) if answer is None else answer


def _splat_over(expression: Splat, source: Value, scope: Scope) -> Value:
    match source:
        case Failed():
            return source
        case Unknown():
            inner = evaluate(expression.each, replace(scope, item=each_of(source)))
            return ListValue((), expression.location, derived(name_of(resolve(inner)), source).symbol)
        case Known(None) if kind_of_null(source) == "list":
            return failed("a null list has no elements", expression.location)
        case Known(None):
            return ListValue((), expression.location)
        case ListValue(items, _, rest):
            results = tuple(evaluate(expression.each, replace(scope, item=item)) for item in items)
            if rest is not None:
                inner = evaluate(expression.each, replace(scope, item=derived(f"{rest.name}[*]", Unknown(rest))))
                rest = derived(name_of(resolve(inner)), Unknown(rest)).symbol
            failure = next((item for item in results if isinstance(item, Failed)), None)
            made = tuple(zip(items, results, strict=True))
            if may_be_fewer(source) and len(distinct := {value_key(result): result for result in results}) < len(results):
                results = tuple(distinct.values())
                rest = rest or derived(f"{name_of(source)}[*]", source).symbol
            return failure or ListValue(results, expression.location, rest, order=order_in(source, made, rest))
    result = evaluate(expression.each, replace(scope, item=source))
    return result if isinstance(result, Failed) else ListValue((result,), expression.location)


def _splat_item(expression: SplatItem, scope: Scope) -> Value:
    return failed("there is no splat here", expression.location) if scope.item is None else scope.item


def _unsupported(expression: Unsupported, scope: Scope) -> Value:
    name = scope.module.meter.mark(expression.location, expression.called)
    return Unknown(Symbol(name, expression.reason, location=expression.location), expression.location)


# Each evaluator takes exactly the class that it is registered for, which the type of a dictionary cannot say.
_EVALUATORS: dict[type, Callable[[Any, Scope], Value]] = {
    Literal: _literal,
    TemplateExpression: _template,
    TemplateFor: _template_for,
    TupleExpression: _tuple,
    ObjectExpression: _object,
    ForExpression: _for,
    Call: _call,
    Conditional: _conditional,
    Unary: _unary,
    Binary: _binary,
    Variable: _variable,
    GetAttribute: lambda expression, scope: bounded(_get_attribute(expression, scope)),
    Index: lambda expression, scope: bounded(_index(expression, scope)),
    Splat: _splat,
    SplatItem: _splat_item,
    Unsupported: _unsupported,
}
_DOUBTS = Doubts(evaluate, pairs_of)
