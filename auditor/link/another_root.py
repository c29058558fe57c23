"""What one root leaves unresolved, named so that another root does not take it for something of its own."""

from __future__ import annotations

from dataclasses import replace

from auditor.foundation.value import Domain, Meaning, Symbol, Value, When
from auditor.link.renaming import conditions_with_symbols, with_symbols

# A bucket is configured by its own account, and what is unresolved of the Region is so for both.
_SHARED = (Domain.ACCOUNT, Domain.REGION)


def value_of_root(value: Value, root: str) -> Value:
    """A value of a root as other roots see it: its symbols and origins have names of their own."""
    return with_symbols(value, lambda symbol: symbol_of_root(symbol, root), lambda origin: _named(origin, root))


def conditions_of_root(when: When, root: str) -> When:
    """Conditions of a root, likewise."""
    return conditions_with_symbols(when, lambda symbol: symbol_of_root(symbol, root))


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
