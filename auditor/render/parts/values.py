"""Values as text for people and as JSON for programs, with what they leave unresolved by name."""

from __future__ import annotations

from typing import Any

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
    When,
    is_null,
    scalar_text,
)


def written(value: Value) -> str:
    """The value in one line; what is unknown appears as `${name}`, further items that are not known as `…${name}`."""
    match value:
        case Known(scalar):
            return "null" if scalar is None else scalar_text(scalar)
        case Unknown(symbol):
            return _hole(symbol)
        case Template(parts):
            return "".join(_hole(part) if isinstance(part, Symbol) else part for part in parts)
        case JsonText(content):
            return written(content)
        case Choice(condition, then, otherwise):
            return f"({written(then)} if {condition.written}, else {written(otherwise)})"
        case ListValue(items, _, rest):
            return ", ".join((*(written(item) for item in items if not is_null(item)), *((f"…{_hole(rest)}",) if rest else ())))
        case MapValue(entries, _, rest):
            pairs = (f"{name}: {written(entry)}" for name, entry in entries.items() if not is_null(entry))
            return "{" + ", ".join((*pairs, *((f"…{_hole(rest)}",) if rest else ()))) + "}"


def as_json(value: Value) -> Any:
    """The value as JSON; what is unknown is an object with one of the keys `unknown`, `template`, `if`, `rest`."""
    match value:
        case Known(scalar):
            return scalar
        case Unknown(symbol):
            return {"unknown": symbol.name}
        case Template():
            return {"template": written(value)}
        case JsonText(content):
            return as_json(content)
        case Choice(condition, then, otherwise):
            return {"if": condition.name, "then": as_json(then), "else": as_json(otherwise)}
        case ListValue(items, _, rest):
            listed = [as_json(item) for item in items if not is_null(item)]
            return [*listed, {"rest": rest.name}] if rest else listed
        case MapValue(entries, _, rest):
            named = {name: as_json(entry) for name, entry in entries.items() if not is_null(entry)}
            return {**named, "rest": {"rest": rest.name}} if rest else named


def conditions(when: When) -> str:
    """Under which conditions something is there: `only if var.enable and unless var.off`; empty when always."""
    clauses = [
        f"{'if' if truth else 'unless'} {symbol.written}"
        for symbol, truth in sorted(when.literals, key=lambda literal: (literal[0].name, literal[1]))
    ]
    return f"only {' and '.join(clauses)}" if clauses else ""


def _hole(symbol: Symbol) -> str:
    return f"${{{symbol.written}}}"
