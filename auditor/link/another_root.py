"""What one root leaves unresolved, named so that another root takes it for nothing of its own but what was given by it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Container
from dataclasses import fields, replace
from typing import Any, TypeVar

from auditor.foundation.value import Domain, Meaning, Symbol, Value, When
from auditor.link.renaming import conditions_with_symbols, with_symbols
from auditor.model import Declared, Key, Slot

# A bucket is configured by its own account, and what is unresolved of the Region is so for both.
_SHARED = (Domain.ACCOUNT, Domain.REGION)
_D = TypeVar("_D", bound=Declared)
Naming = Callable[[str], str]
"""How another root calls what has a name."""


def naming(root: str, roots: Container[str] = (), seer: str | None = None) -> Naming:
    """How what a root says is called elsewhere.

    Args:
        root: it.
        roots: all of them: what has the name of something of one of these keeps it.
        seer: the root that sees it, which calls its own things as ever.
    """

    def named(name: str) -> str:
        there = owner_of(name, roots)
        if there is None:
            return f"{name} ({root})"
        own, owner = there
        return own if owner == seer else name

    return named


def owner_of(name: str, roots: Container[str]) -> tuple[str, str] | None:
    """What is called so in the root that it is of, and that root; None for what is named as of none of some roots."""
    at = name.find(" (") if name.endswith(")") else -1
    while at >= 0:
        if name[at + 2 : -1] in roots:
            return name[:at], name[at + 2 : -1]
        at = name.find(" (", at + 2)
    return None


def value_seen(value: Value, named: Naming) -> Value:
    """A value as another root sees it: its symbols and origins have names of their own."""
    return with_symbols(value, functools.partial(_symbol_seen, named=named), named)


def declared_seen(declared: _D, named: Naming) -> _D:
    """A declaration as another root sees it, with the address by which that refers to it."""
    own = {one.name: getattr(declared, one.name) for one in fields(declared)}
    changed: dict[str, Any] = {name: value_seen(value, named) for name, value in own.items() if isinstance(value, Value)}
    return replace(declared, **changed, address=named(declared.address), when=_conditions_seen(declared.when, named))


def key_seen(key: Key, named: Naming) -> Key:
    """A key with what belongs to it, likewise; only the key itself has another address."""
    linked = (
        replace(one, attachment=_in_place(one.attachment, named), when=_conditions_seen(one.when, named))
        for one in key.policy.linked
    )
    perhaps, unread = ([_symbol_seen(one, named) for one in symbols] for symbols in (key.policy.perhaps, key.policy.unread))
    return replace(
        key,
        declaration=declared_seen(key.declaration, named),
        policy=Slot(tuple(linked), tuple(perhaps), tuple(unread)),
        grants=tuple((_conditions_seen(when, named), _in_place(grant, named)) for when, grant in key.grants),
    )


def _in_place(declared: _D, named: Naming) -> _D:
    """A declaration as another root sees it, which does not refer to it."""
    return replace(declared_seen(declared, named), address=declared.address)


def _conditions_seen(when: When, named: Naming) -> When:
    return conditions_with_symbols(when, functools.partial(_symbol_seen, named=named))


def _symbol_seen(symbol: Symbol, named: Naming) -> Symbol:
    """A symbol as another root sees it; accounts and Regions are those of all roots."""
    if symbol.domain in _SHARED:
        return symbol
    meaning = symbol.meant
    if meaning is not None:
        meaning = _meaning_seen(meaning, named)
    return replace(symbol, name=named(symbol.name), meaning=meaning)


def _meaning_seen(meaning: Meaning, named: Naming) -> Meaning:
    # What may be given last is a file that the one root is given, and perhaps not the other.
    constant = named(meaning.constant) if meaning.among else meaning.constant
    return replace(
        meaning,
        name=named(meaning.name),
        subject=meaning.subject and named(meaning.subject),
        constant=constant,
        tree=meaning.tree and value_seen(meaning.tree, named),
        encoded=meaning.encoded and value_seen(meaning.encoded, named),
        among=frozenset(map(named, meaning.among)),
    )
