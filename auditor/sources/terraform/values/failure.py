"""Expressions that certainly fail in Terraform.

`try` and `can` must tell a failure from something unknown, so a failure is an `Unknown` of its own class while one expression is evaluated.
At the border of the expression it becomes a plain unknown; a branch of a choice that fails is dropped there, since a configuration that
fails deploys nothing.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection
from dataclasses import replace

from auditor.foundation.location import Location, written_at
from auditor.foundation.value import Choice, Compound, JsonText, Known, ListValue, MapValue, Symbol, Template, Unknown, Value
from auditor.sources.naming import shortened


class Failed(Unknown):
    """The evaluation fails in Terraform, whatever is unknown."""

    __slots__ = ()


class Doubtful(Unknown):
    """Something unknown that may turn out to be a failure: an element of something unknown, a function of it."""

    __slots__ = ()


def doubtful(value: Unknown) -> Unknown:
    """An unknown value marked as one that may fail."""
    return value if isinstance(value, Failed | Doubtful) else Doubtful(value.symbol, value.location, value.origin)


def failed(reason: str, location: Location | None = None) -> Failed:
    """A failure; `reason` is a clause that follows "the expression fails: "."""
    name = shortened(f"failure of {_written(location)}: {reason}") if location else f"failure: {reason}"
    return Failed(Symbol(name, f"the expression fails: {reason}", location=location), location)


def _written(location: Location) -> str:
    """What fails, as it is written, and of which module: which stays as it is where lines are added before it."""
    text, module = written_at(location), posixpath.dirname(location.path)
    if text is None:
        return str(location)
    return f"{' '.join(text.split())} in {module}" if module else " ".join(text.split())


_SOUND = frozenset({Known, Template, Unknown})  # of which most values are made
_FAILING = (Failed, Doubtful)


def may_fail(value: Value) -> bool:
    """Whether a value is, or may turn out to be, a failure in some branch or part."""
    return type(value) not in _SOUND and extent(value) is None


def is_doubtful(value: Value) -> bool:
    """Whether a value, or something that it is made of, may turn out to be a failure, but is none for certain."""
    return may_fail(value) and (isinstance(value, Doubtful) or any(map(is_doubtful, _parts(value))))


def extent(value: Value) -> int | None:
    """How many values a value is made of, a long text counted as several; None where it may fail.

    Values are made of each other, of the same large ones again and again: each of them is gone through once, and keeps what was found.
    """
    pending = [value] if not hasattr(value, "extent") else []
    counted: list[tuple[Compound, Collection[Value]]] = []
    for one in pending:  # which grows as it is gone through
        if isinstance(one, _FAILING):
            return None
        if isinstance(one, Compound):
            parts = _parts(one)
            counted.append((one, parts))
            pending.extend([part for part in parts if type(part) not in _SOUND and not hasattr(part, "extent")])
    for whole, parts in reversed(counted):  # what something is made of before it
        _set_extent(whole, 1 + sum(map(_counted, parts)))
    return _counted(value)


def _parts(value: Value) -> Collection[Value]:
    """What a value is made of; of a whole resource nothing."""
    if isinstance(value, MapValue):
        return value.entries.values() if isinstance(value.entries, dict) else ()
    if isinstance(value, ListValue):
        return value.items
    if isinstance(value, Choice):
        return value.then, value.otherwise
    return (value.content,) if isinstance(value, JsonText) else ()


def _counted(value: Value) -> int:
    """How many values one is made of, where that is kept with it or evident."""
    if isinstance(value, Known):
        return 1 + (len(value.value) >> 10 if isinstance(value.value, str) else 0)
    return value.extent if isinstance(value, Compound) else 1


_set_extent = vars(Compound)["extent"].__set__  # the slot itself, which a frozen class leaves open


def resolve(value: Value) -> Value:
    """The value at the border of an expression: without failing branches, and no `Failed` left."""
    return _resolved(value) if may_fail(value) else value


def _resolved(value: Value) -> Value:
    match value:
        case Failed(symbol, location, origin) | Doubtful(symbol, location, origin):
            return Unknown(symbol, location, origin)
        case Choice(_, then, otherwise):
            then, otherwise = _without_failures(then), _without_failures(otherwise)
            if isinstance(then, Failed):
                return _resolved(otherwise)
            return _named(then, value.written) if isinstance(otherwise, Failed) else replace(value, then=then, otherwise=otherwise)
        case JsonText(content):
            return replace(value, content=resolve(content))
        case ListValue(items):
            return replace(value, items=tuple(resolve(item) for item in items))
        case MapValue(entries) if isinstance(entries, dict):
            return replace(value, entries={key: resolve(entry) for key, entry in entries.items()})
    return value


def _named(value: Value, written: str) -> Value:
    """The only branch that does not fail, by the name of the whole."""
    return replace(value, written=written) if isinstance(value, Choice) and written else value


def _without_failures(value: Value) -> Value:
    """A branch without its own failing branches; still a `Failed` when nothing else is left."""
    if isinstance(value, Choice):
        then, otherwise = _without_failures(value.then), _without_failures(value.otherwise)
        if isinstance(then, Failed):
            return otherwise
        return _named(then, value.written) if isinstance(otherwise, Failed) else replace(value, then=then, otherwise=otherwise)
    return value if isinstance(value, Failed) else resolve(value)
