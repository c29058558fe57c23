"""Canonical names of what is unknown: derived from meaning, so that equal names mean equal values.

A name is written like the expression it stands for, over the names of the symbols it depends on, whatever locals, inputs and outputs lie
between: `var.env == "prod"` in a child module and in its caller is one symbol. By what it is called an item is in a set once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from auditor.foundation.location import Location
from auditor.foundation.value import (
    CUT,
    Choice,
    Domain,
    JsonText,
    Known,
    ListValue,
    MapValue,
    Meaning,
    Symbol,
    Template,
    Unknown,
    Value,
    is_null,
    symbols_in,
)
from auditor.lazy.expressions import regex
from auditor.sources.numbers import number_text

_LONGEST = 300


def name_of(value: Value) -> str:
    """How a value is written inside the name of a symbol; long ones are cut and told apart by a hash of the whole."""
    pieces: list[str] = []
    _write(value, pieces)
    return shortened("".join(pieces))


def shortened(name: str) -> str:
    """A name of bounded length: what is cut off is replaced by a hash of the whole."""
    if len(name) <= _LONGEST:
        return name
    import hashlib

    return f"{name[:200]}{CUT}{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def quoted(text: str) -> str:
    """A string as a quoted template that means it; also Terraform's form of a string instance key.

    Source: Terraform, internal/addrs/instance_key.go, toHCLQuotedString.
    """
    if text.isprintable() and _ESCAPED.isdisjoint(text):
        return f'"{text}"'
    escaped = []
    for at, character in enumerate(text):
        if character in _ESCAPES:
            escaped.append(_ESCAPES[character])
        elif character in "$%" and text[at + 1 : at + 2] == "{":
            escaped.append(character * 2)
        elif character.isprintable():
            escaped.append(character)
        else:
            escaped.append(f"\\u{ord(character):04x}" if ord(character) < 0x10000 else f"\\U{ord(character):08x}")
    return f'"{"".join(escaped)}"'


_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}
_ESCAPED = frozenset((*_ESCAPES, "$", "%"))


def _write(value: Value, into: list[str]) -> None:
    """Adds the pieces of how a value is written."""
    match value:
        case Known(None):
            into.append("null")
        case Known(bool() as truth):
            into.append("true" if truth else "false")
        case Known(str() as text):
            into.append(quoted(text))
        case Known(int() | float() as number):
            into.append(number_text(number))
        case Unknown(symbol):
            into.append(symbol.name)
        case Template(parts):
            into.append('"')
            into.extend(quoted(part)[1:-1] if isinstance(part, str) else "${" + part.name + "}" for part in parts)
            into.append('"')
        case JsonText(content):
            into.append("jsonencode(")
            _write(content, into)
            into.append(")")
        case Choice():
            _write_choice(value, into)
        case ListValue(order=order) if order:
            into.append(order)
        case ListValue(items, _, rest, is_set):
            into.append("toset([" if is_set else "[")
            for at, item in enumerate(items):
                if at:
                    into.append(", ")
                _write(item, into)
            if rest:
                into.append(f"{', ' if items else ''}{rest.name}...")
            into.append("])" if is_set else "]")
        case MapValue(entries, _, rest):
            if rest is not None and not isinstance(entries, dict):
                into.append(rest.name)  # a whole resource: its address says what it is
                return
            into.append("{")
            for at, key in enumerate(sorted(entries)):
                into.append(f"{', ' if at else ''}{json.dumps(key)} = ")
                _write(entries[key], into)
            if rest:
                into.append(f"{', ' if entries else ''}{rest.name}...")
            into.append("}")


def _write_choice(value: Choice, into: list[str]) -> None:
    match value:
        case Choice(written=written) if written:
            into.append(written)
        case Choice(condition, Known(True), Unknown(Symbol(meaning=Meaning(subject=str(subject))) as other)) if subject:
            into.append(f"({condition.name} || {other.name})")
        case Choice(condition, then, otherwise):
            into.append(f"({condition.name} ? ")
            _write(then, into)
            into.append(" : ")
            _write(otherwise, into)
            into.append(")")


def may_identify(value: Value) -> bool:
    """Whether a text may be the name, id, alias or ARN of a bucket or a key, or a part of it.

    Where one is chosen from several, it is one resource under one name, to which everything else refers by the same expression.
    """
    return not isinstance(value, Known) or (isinstance(value.value, str) and bool(_IDENTIFIER.fullmatch(value.value)))


# A switch is not a part of a name.
_IDENTIFIER = regex(r"(?!(?:true|false|yes|no|on|off|enabled|disabled)$)[a-z0-9._-]+|alias/.*|arn:[^:]*:(?:s3|kms):.*", re.DOTALL)


def open_symbol(values: Iterable[Value]) -> Symbol | None:
    """The first symbol that some values depend on: what is to be said about whatever is made of them."""
    return next((symbol for value in values for symbol in _symbols(value)), None)


def _symbols(value: Value) -> Iterator[Symbol]:
    """As `symbols_in`, but a whole resource is its rest, so that naming it does not evaluate it."""
    match value:
        case ListValue(items, _, rest):
            for item in items:
                yield from _symbols(item)
            if rest:
                yield rest
        case MapValue(entries, _, rest):
            for entry in entries.values() if isinstance(entries, dict) else ():
                yield from _symbols(entry)
            if rest:
                yield rest
        case JsonText(content):
            yield from _symbols(content)
        case Choice(condition, then, otherwise):
            yield condition
            yield from _symbols(then)
            yield from _symbols(otherwise)
        case _:
            yield from symbols_in(value)


def derived(name: str, *values: Value, location: Location | None = None, reason: str = "") -> Unknown:
    """What cannot be resolved because of the first symbol in `values`: an unknown of this name with that symbol's reason and hint."""
    because = open_symbol(values)
    if because is None:
        return Unknown(Symbol(shortened(name), reason or f"{shortened(name)} is not evaluated", location=location), location)
    hint = "" if reason else because.hint
    return Unknown(Symbol(shortened(name), reason or because.reason, hint, because.location, Domain.ANY, because.meaning), location)


SOME = "some "
"""How the names begin that stand for any item of an unresolved list, or for its key: in them another one may be meant for each item."""


def some_item(listed: Value) -> Unknown:
    """What stands for any item of an unresolved list: see `ListValue.each`."""
    return derived(f"{SOME}item of {name_of(listed)}", listed)


def item_at(each: Template, key: Value) -> Template:
    """What the item at one position of an unresolved list looks like, which is another one than those at others: see `ListValue.each`.

    Args:
        each: what each item looks like.
        key: the position.
    """

    def there(part: str | Symbol) -> str | Symbol:
        if isinstance(part, str) or not (SOME in part.name or CUT in part.name):  # what was cut off may have it
            return part
        return replace(part, name=shortened(f"{part.name} at {name_of(key)}"), meaning=None)

    return replace(each, parts=tuple(map(there, each.parts)))


def in_one(value: Value) -> Value:
    """A value that is not a choice: an undecided one becomes a symbol."""
    return derived(name_of(value), value, location=value.location) if isinstance(value, Choice) else value


_QUOTED = regex(r'"(?:[^"\\]|\\.)*"')
_BRACKETED = regex(r"\([^()]*\)|\[[^][]*\]|\{[^{}]*\}")
_OPERATION = regex(r" (?:[-+*/%<>]|[<>=!]=|&&|\|\|) ")


def operand_name(value: Value) -> str:
    """How a value is written beside an operator: in parentheses where it is an operation itself, or two of them would have one name."""
    name = name_of(value)
    if not isinstance(value, Unknown) or not _OPERATION.search(name):
        return name
    outer, count = _QUOTED.sub("", name), 1
    while count:
        outer, count = _BRACKETED.subn("", outer)
    return f"({name})" if _OPERATION.search(outer) else name


def is_constant(value: Unknown, constant: Known) -> Unknown:
    """The condition that something unknown is a constant; no two different constants."""
    condition = derived(f"{operand_name(value)} == {name_of(constant)}", value)
    known = value.symbol.meant
    meaning = Meaning(condition.symbol.name, value.symbol.name, name_of(constant), known.possible if known else ())
    return replace(condition, symbol=replace(condition.symbol, meaning=meaning))


def standing_for(name: str, tree: Value) -> Unknown:
    """One unknown condition of a name for a tree of choices between conditions."""
    condition = derived(name, tree)
    return replace(condition, symbol=replace(condition.symbol, meaning=Meaning(condition.symbol.name, tree=tree)))


def value_key(value: Value) -> object:
    """Something hashable that is equal for equal resolved values, and for unknown ones only when they are the same."""
    if isinstance(value, Known):
        scalar = value.value
        kind = "bool" if isinstance(scalar, bool) else "number" if isinstance(scalar, int | float) else "other"
        return (kind, scalar)
    return (type(value).__name__, name_of(value))


def to_set(value: ListValue) -> ListValue:
    """A list as a set: equal items once, primitives in Terraform's order of iteration."""
    distinct: dict[object, Value] = {}
    for item in value.items:
        distinct.setdefault(value_key(item), item)
    return replace(value, items=sorted_items(distinct.values()), is_set=True, order="")


def sorted_items(items: Collection[Value]) -> tuple[Value, ...]:
    """Items of a set in the order of iteration: strings by code points, numbers by size, false before true; others as they come."""
    listed = tuple(item for item in items if not is_null(item))
    nulls = tuple(item for item in items if is_null(item))
    if nulls:
        return (*sorted_items(listed), *nulls)
    if all(isinstance(item, Known) and isinstance(item.value, str) for item in listed):
        return tuple(sorted(listed, key=lambda item: str(item.value) if isinstance(item, Known) else ""))
    if all(isinstance(item, Known) and isinstance(item.value, bool | int | float) for item in listed):
        return tuple(sorted(listed, key=lambda item: float(item.value or 0) if isinstance(item, Known) else 0.0))
    return listed
