"""Nulls of a type: `tolist(null)` is a null that `tonumber` refuses, the literal `null` goes with everything.

Source: go-cty, convert/conversion.go (the conversion of a null is that of its type); HCL, hclsyntax/expression.go, SplatExpr.
"""

from __future__ import annotations

from auditor.foundation.value import NULL, Known, Value
from auditor.lazy.classes import unguarded
from auditor.sources.terraform.values.failure import failed


@unguarded
class TypedNull(Known):
    """A null of which it is known what it would be a value of.

    Attributes:
        kind: of its type: `string`, `number`, `bool`, `list`, `set`, `map`, `tuple` or `object`.
    """

    kind: str = ""

    def __eq__(self, other: object) -> bool:
        """Whether the other is null, of whatever type: that is what it means to whoever reads it."""
        return isinstance(other, Known) and other.value is None

    def __hash__(self) -> int:
        return hash(NULL)


_TAKEN = {
    "string": ("string", "number", "bool"),
    "number": ("number", "string"),
    "bool": ("bool", "string"),
    "list": ("list", "set", "tuple"),
    "set": ("list", "set", "tuple"),
    "tuple": ("list", "set", "tuple"),
    "map": ("map", "object"),
    "object": ("map", "object"),
}


def null_as(null: Known, kind: str) -> Value:
    """A null converted to a kind of type: a failure where its own type is one that Terraform does not convert to that.

    Args:
        null: with a type or without.
        kind: as of `TypedNull`.
    """
    if isinstance(null, TypedNull) and null.kind not in _TAKEN[kind]:
        return failed(f"a {kind} is required", null.location)
    return TypedNull(None, null.location, null.origin, None, kind)


def kind_of_null(null: Value) -> str:
    """What a null is known to be a null of: `string`, `number`, `bool`, `list`, `map`; empty where that is not known."""
    return _FAMILIES.get(null.kind, null.kind) if isinstance(null, TypedNull) else ""


_FAMILIES = {"set": "list", "tuple": "list", "object": "map"}

_NOTHING = "nothing"

ABSENT: Known = TypedNull(None, kind=_NOTHING)
"""What stands in a list where no item is in that case. A null that is written is one: `jsonencode` writes it, too."""


def is_absent(value: Value) -> bool:
    """Whether a value stands for an item that is not there."""
    return isinstance(value, TypedNull) and value.kind == _NOTHING
