"""What one root leaves unresolved, named so that another root does not take it for something of its own."""

from __future__ import annotations

from dataclasses import replace

from auditor.foundation.value import (
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
    When,
)

# A bucket is configured by its own account, and what is unresolved of the Region is so for both.
_SHARED = (Domain.ACCOUNT, Domain.REGION)


def value_of_root(value: Value, root: str) -> Value:
    """A value of a root as other roots see it: its symbols and origins have names of their own."""
    match value:
        case Known():
            return value if value.origin is None else replace(value, origin=_named(value.origin, root))
        case Unknown(symbol):
            return replace(value, symbol=symbol_of_root(symbol, root), origin=value.origin and _named(value.origin, root))
        case Template(parts):
            holes = tuple(part if isinstance(part, str) else symbol_of_root(part, root) for part in parts)
            return replace(value, parts=holes, origin=value.origin and _named(value.origin, root))
        case JsonText(content):
            return replace(value, content=value_of_root(content, root), origin=value.origin and _named(value.origin, root))
        case Choice(condition, then, otherwise):
            branches = value_of_root(then, root), value_of_root(otherwise, root)
            return replace(value, condition=symbol_of_root(condition, root), then=branches[0], otherwise=branches[1])
        case ListValue(items, _, rest):
            each = value_of_root(value.each, root) if value.each is not None else None
            return replace(
                value,
                items=tuple(value_of_root(item, root) for item in items),
                rest=rest and symbol_of_root(rest, root),
                each=each if isinstance(each, Template) else None,
            )
        case MapValue(entries, _, rest):
            inner = {name: value_of_root(entry, root) for name, entry in entries.items()}
            return replace(value, entries=inner, rest=rest and symbol_of_root(rest, root))


def conditions_of_root(when: When, root: str) -> When:
    """Conditions of a root, likewise."""
    return When(frozenset((symbol_of_root(symbol, root), truth) for symbol, truth in when.literals))


def symbol_of_root(symbol: Symbol, root: str) -> Symbol:
    """A symbol of a root, likewise; accounts and Regions are those of all roots."""
    if symbol.domain in _SHARED:
        return symbol
    meaning = symbol.meant
    if meaning is not None:
        meaning = Meaning(
            _named(meaning.name, root),
            meaning.subject and _named(meaning.subject, root),
            meaning.constant,
            meaning.possible,
            value_of_root(meaning.tree, root) if meaning.tree is not None else None,
            meaning.plain,
            made_up=meaning.made_up,
            in_name=meaning.in_name,
            branched=meaning.branched,
        )
    return replace(symbol, name=_named(symbol.name, root), meaning=meaning)


def _named(name: str, root: str) -> str:
    return f"{name} ({root})"
