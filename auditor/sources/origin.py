"""Which resource a value was read from: what makes a reference mean a resource, whatever its text is."""

from __future__ import annotations

from dataclasses import replace

from auditor.foundation.value import Choice, JsonText, Known, Template, Unknown, Value


def read_from(value: Value, address: str) -> Value:
    """A value that says where it was read from; what was passed on from another resource keeps saying that."""
    match value:
        case Known() | Unknown() | Template() | JsonText():
            return value if value.origin else replace(value, origin=address)
        case Choice():
            return replace(value, then=read_from(value.then, address), otherwise=read_from(value.otherwise, address))
    return value


def meaning(value: Value, address: str) -> Value:
    """A value that means the resource of an address itself, wherever its text comes from."""
    match value:
        case Known() | Unknown() | Template():
            return replace(value, origin=address)
        case Choice():
            return replace(value, then=meaning(value.then, address), otherwise=meaning(value.otherwise, address))
    return value
