"""A value with other names for what it leaves unresolved, and for where it was read from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from auditor.foundation.value import Choice, JsonText, Known, ListValue, MapValue, Symbol, Template, Unknown, Value, When
from auditor.lazy.mapping import LazyMapping


def with_symbols(value: Value, symbol: Callable[[Symbol], Symbol], origin: Callable[[str], str] = str) -> Value:
    """A value with other symbols.

    Args:
        value: it.
        symbol: what takes the place of a symbol.
        origin: likewise of the address that a value was read from; the same by default.
    """
    match value:
        case Known():
            return value if value.origin is None else replace(value, origin=origin(value.origin))
        case Unknown(one):
            return replace(value, symbol=symbol(one), origin=value.origin and origin(value.origin))
        case Template(parts):
            holes = tuple(part if isinstance(part, str) else symbol(part) for part in parts)
            return replace(value, parts=holes, origin=value.origin and origin(value.origin))
        case JsonText(content):
            return replace(value, content=with_symbols(content, symbol, origin), origin=value.origin and origin(value.origin))
        case Choice(condition, then, otherwise):
            first, second = (with_symbols(branch, symbol, origin) for branch in (then, otherwise))
            return replace(value, condition=symbol(condition), then=first, otherwise=second)
        case ListValue(items, _, rest):
            each = with_symbols(value.each, symbol, origin) if value.each is not None else None
            return replace(
                value,
                items=tuple(with_symbols(item, symbol, origin) for item in items),
                rest=rest and symbol(rest),
                order=value.order and symbol(Symbol(value.order, "positions are not known")).name,
                each=each if isinstance(each, Template) else None,
            )
        case MapValue(entries, _, rest):
            inner = _Renamed(entries, lambda entry: with_symbols(entry, symbol, origin))
            return replace(value, entries=dict(inner) if isinstance(entries, dict) else inner, rest=rest and symbol(rest))


def conditions_with_symbols(when: When, symbol: Callable[[Symbol], Symbol]) -> When:
    """Conditions with other symbols."""
    return When(frozenset((symbol(one), truth) for one, truth in when.literals))


class _Renamed(LazyMapping[Value, Value]):
    """The attributes of a resource, of which any may be asked, each with other symbols."""

    def __reduce__(self) -> tuple[type[_Renamed], tuple[object, ...]]:
        """As it is carried over to another process, as what it is made of is."""
        return _Renamed, (dict(self), _same)


def _same(value: Value) -> Value:
    return value
