"""Of what kind a value certainly is, however much of it is unknown."""

from __future__ import annotations

from typing import Literal

from auditor.foundation.value import Choice, Domain, JsonText, Known, ListValue, MapValue, Template, Unknown, Value, is_null
from auditor.sources.terraform.values.declared import declared
from auditor.sources.terraform.values.failure import is_doubtful, may_fail
from auditor.sources.terraform.values.types import may_be_fewer

Kind = Literal["any", "given", "string", "number", "bool", "list", "items", "map", "map or null", "sized", "evident"]
"""What is asked of an argument or operand.

- `any`: nothing;
- `given`: that it is not null, as do all that follow but `map or null`;
- `string`, `number`, `bool`: that it is one, or what Terraform converts to one;
- `list`: that it is a list or tuple; `items`: or a set;
- `map`, `map or null`: that it is a map or object;
- `sized`: that it is a collection or a string;
- `evident`: that it is a resolved scalar, or a collection of which it is known how many items it has, whatever they are.
"""

_OF_A_LIST = ("given", "list", "items", "sized")
_OF_A_MAP = ("given", "map", "map or null", "sized")
_OF_A_SCALAR: dict[Kind, tuple[Kind, ...]] = {
    "string": ("given", "string", "sized"),
    "number": ("given", "string", "number"),
    "bool": ("given", "string", "bool"),
}


def serves(scalar: Kind | None, kind: Kind) -> bool:
    """Whether every string, every number or every bool is of a kind; None is one of which not even that is known."""
    return kind == "any" or (scalar is not None and kind in _OF_A_SCALAR[scalar])


def is_certainly(value: Value, kind: Kind) -> bool:
    """Whether a value is certainly of a kind, and nothing in it may fail; one that is resolved would have failed if it were not."""
    if is_doubtful(value):
        return False
    match value:
        case Choice(_, then, otherwise):
            return is_certainly(then, kind) and is_certainly(otherwise, kind)
        case Known():
            return not is_null(value) or kind in ("any", "map or null")
        case ListValue(rest=rest) if kind == "evident":
            return rest is None and not may_be_fewer(value)
        case ListValue(items, rest=rest, is_set=is_set):  # a list of unknown items alone is perhaps null
            return kind == "any" or (kind in _OF_A_LIST and not (is_set and kind == "list") and (rest is None or bool(items)))
        case MapValue(entries, rest=rest) if kind == "evident":
            return rest is None or not isinstance(entries, dict)  # a whole resource
        case MapValue():
            return kind == "any" or kind in _OF_A_MAP
        case Template() | JsonText():
            return serves("string", kind) and not may_fail(value)
    return kind == "any" or (not may_fail(value) and _is_declared(value, kind))


def meant_scalar(value: Unknown) -> Kind | None:
    """What scalar something unknown is by what it stands for; None where that does not say so."""
    meant = value.symbol.meant
    if meant is not None and (meant.subject or meant.tree is not None):
        return "bool"
    return "string" if value.symbol.domain is not Domain.ANY or (meant is not None and meant.possible) else None


def _is_declared(value: Unknown, kind: Kind) -> bool:
    scalar = meant_scalar(value)
    if scalar is not None:
        return serves(scalar, kind)
    known = declared(value)
    if known is None:
        return False
    if known.nullable:
        return kind == "map or null" and known.type.kind in ("map", "object")
    match known.type.kind:
        case "string" | "number" | "bool" as scalar:
            return serves(scalar, kind)
        case "list" | "tuple":
            return kind in _OF_A_LIST
        case "set":
            return kind in _OF_A_LIST and kind != "list"
        case "map" | "object":
            return kind in _OF_A_MAP
    return kind == "given"


def scalar_of(value: Value) -> Kind | None:
    """What scalar a value certainly is, unless it is null; None where that is not known."""
    match value:
        case Choice(_, then, otherwise):
            one, other = scalar_of(then), scalar_of(otherwise)
            return one if one == other else None
        case Known(bool()):
            return "bool"
        case Known(int() | float()):
            return "number"
        case Known(str()):
            return "string"
        case Unknown() if (known := declared(value)) is not None:
            return next((scalar for scalar in _OF_A_SCALAR if scalar == known.type.kind), None)
    return next((scalar for scalar in _OF_A_SCALAR if is_certainly(value, scalar)), None)
