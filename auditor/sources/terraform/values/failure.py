"""Expressions that certainly fail in Terraform.

`try` and `can` must tell a failure from something unknown, so a failure is an `Unknown` of its own class while one expression is evaluated.
At the border of the expression it becomes a plain unknown; a branch of a choice that fails is dropped there, since a configuration that
fails deploys nothing.
"""

from __future__ import annotations

from dataclasses import replace

from auditor.foundation.location import Location
from auditor.foundation.value import Choice, JsonText, Known, ListValue, MapValue, Symbol, Template, Unknown, Value


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
    name = f"failure at {location}: {reason}" if location else f"failure: {reason}"
    return Failed(Symbol(name, f"the expression fails: {reason}", location=location), location)


_SOUND = frozenset({Known, Template, Unknown})  # of which most values are made
_FAILING = (Failed, Doubtful)


def may_fail(value: Value) -> bool:
    """Whether a value is, or may turn out to be, a failure in some branch or part."""
    pending = [value]
    for one in pending:  # which grows as it is gone through
        if type(one) in _SOUND:
            continue
        if isinstance(one, _FAILING):
            return True
        if isinstance(one, MapValue):
            if isinstance(one.entries, dict) and not _SOUND.issuperset(map(type, one.entries.values())):
                pending.extend(one.entries.values())
        elif isinstance(one, ListValue):
            if not _SOUND.issuperset(map(type, one.items)):
                pending.extend(one.items)
        elif isinstance(one, Choice):
            pending += (one.then, one.otherwise)
        elif isinstance(one, JsonText):
            pending.append(one.content)
    return False


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
