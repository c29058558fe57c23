"""Of what type that which is written certainly is, as far as that shows without its value: `[]` is a tuple, whatever a variable of lists holds.

Two values of different types are never equal, as a tuple and a list are. Source: github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md, "Equality
operators"; go-cty, Value.Equals, which finds two nulls equal; of what each function returns, `terraform console`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from auditor.foundation.value import Truth, all_of
from auditor.sources.terraform.syntax.tree import (
    Call,
    Expression,
    GetAttribute,
    Literal,
    ObjectExpression,
    TemplateExpression,
    TupleExpression,
    Variable,
)
from auditor.sources.terraform.values.declared import ANY, BOOL, NUMBER, STRING, DeclaredType, ObjectAttribute, Type
from auditor.sources.terraform.values.scope import Scope

_MADE_BY: Mapping[str, Type] = {
    "compact": Type("list", STRING),
    "distinct": Type("list"),
    "range": Type("list", NUMBER),
    "setintersection": Type("set"),
    "setsubtract": Type("set"),
    "setunion": Type("set"),
    "sort": Type("list", STRING),
    "split": Type("list", STRING),
}
_CONVERSIONS = {"tolist": "list", "toset": "set", "tomap": "map"}
_COLLECTIONS = (TupleExpression, ObjectExpression, Call, GetAttribute)


def compared(left: Expression, right: Expression, scope: Scope) -> Truth:
    """Whether two expressions are of one type: FALSE where they are certainly unequal for it, UNKNOWN where it does not show."""
    if not isinstance(left, _COLLECTIONS) or not isinstance(right, _COLLECTIONS):
        return Truth.UNKNOWN  # scalars show their types
    one, other = written_type(left, scope), written_type(right, scope)
    if one is None or other is None:
        return Truth.UNKNOWN
    same = _same(one.type, other.type)
    return Truth.UNKNOWN if same is Truth.FALSE and one.nullable and other.nullable else same


def _same(one: Type, other: Type) -> Truth:
    if "any" in (one.kind, other.kind):
        return Truth.UNKNOWN
    if one.kind != other.kind:
        return Truth.FALSE
    return all_of(_same_parts(one, other))


def _same_parts(one: Type, other: Type) -> Iterator[Truth]:
    match one.kind:
        case "list" | "set" | "map":
            yield _same(one.element or ANY, other.element or ANY)
        case "tuple":
            yield Truth.of(len(one.elements) == len(other.elements))
            yield from map(_same, one.elements, other.elements)
        case "object":
            yield Truth.of(set(one.attributes) == set(other.attributes))
            yield from (
                _same(one.attributes[name].type, other.attributes[name].type) for name in one.attributes if name in other.attributes
            )


def written_type(expression: Expression, scope: Scope) -> DeclaredType | None:
    """Of what type an expression is, and whether it may be null; None where that does not show. Of its parts, `any` is what does not show.

    Args:
        expression: any tree of `syntax`.
        scope: where it stands.
    """
    match expression:
        case Literal(value) if value is not None:
            return DeclaredType(BOOL if isinstance(value, bool) else STRING if isinstance(value, str) else NUMBER, nullable=False)
        case TemplateExpression(parts) if any(isinstance(part, str) for part in parts):
            return DeclaredType(STRING, nullable=False)
        case TupleExpression(items):
            return DeclaredType(Type("tuple", elements=tuple(_part(item, scope) for item in items)), nullable=False)
        case ObjectExpression(entries) if all(map(_is_plain_key, (key for key, _ in entries))):
            attributes = {
                str(key.value): ObjectAttribute(_part(entry, scope)) for key, entry in entries if isinstance(key, Literal)
            }
            return DeclaredType(Type("object", attributes=attributes), nullable=False)
        case Call() if (made := _MADE_BY.get(expression.function)) is not None:
            return DeclaredType(made, nullable=False)
        case Call(arguments=(argument,)) if (kind := _CONVERSIONS.get(expression.function)) is not None and not expression.expand:
            return DeclaredType(Type(kind, _element(argument, scope)))
        case GetAttribute(Variable("var" | "local" as root), name) if root not in scope.names:
            return scope.module.type_of(root, name)
    return None


def _is_plain_key(key: Expression) -> bool:
    # Others become text, and text is normalized.
    return isinstance(key, Literal) and isinstance(key.value, str) and key.value.isascii()


def _element(collection: Expression, scope: Scope) -> Type:
    """Of what type each element is after a conversion: of that of all items, where all are of one scalar type."""
    known = written_type(collection, scope)
    parts = () if known is None else known.type.elements or tuple(one.type for one in known.type.attributes.values())
    return parts[0] if parts and parts[0] in (STRING, NUMBER, BOOL) and all(part == parts[0] for part in parts) else ANY


def _part(expression: Expression, scope: Scope) -> Type:
    known = written_type(expression, scope)
    return ANY if known is None else known.type
