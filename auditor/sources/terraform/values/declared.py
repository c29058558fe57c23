"""Types, and what is known of something unknown by its type: what a variable is given is of the type that it declares, or the deployment fails.

Source: developer.hashicorp.com/terraform/language/values/variables ("Type Constraints", "Disallowing Null Input Values"),
developer.hashicorp.com/terraform/language/expressions/type-constraints ("Optional Object Type Attributes").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace

from auditor.foundation.value import NULL, Meaning, Unknown, Value, is_null
from auditor.lazy.classes import dataclass
from auditor.sources.naming import derived, name_of


@dataclass(frozen=True, slots=True)
class Type:
    """A type constraint.

    Attributes:
        kind: `any`, `string`, `number`, `bool`, `list`, `set`, `map`, `tuple` or `object`.
        element: of a list, set or map.
        elements: of a tuple.
        attributes: of an object.
    """

    kind: str
    element: Type | None = None
    elements: tuple[Type, ...] = ()
    attributes: Mapping[str, ObjectAttribute] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether `any` stands in it, for the one type that all values in that place then have."""
        inner = (*self.elements, *(attribute.type for attribute in self.attributes.values()), *filter(None, [self.element]))
        return self.kind == "any" or any(type_.is_open for type_ in inner)


@dataclass(frozen=True, slots=True)
class ObjectAttribute:
    """An attribute of an object type: whether it may be missing, and what it then is (null unless given)."""

    type: Type
    optional: bool = False
    default: Value = NULL


ANY, STRING, NUMBER, BOOL = Type("any"), Type("string"), Type("number"), Type("bool")


@dataclass(frozen=True, slots=True)
class DeclaredType:
    """What a declaration says of something unknown.

    Attributes:
        type: what it is, unless it is null.
        nullable: whether it may be null.
    """

    type: Type
    nullable: bool = True

    def at(self, key: str) -> DeclaredType | None:
        """What is declared of an attribute or element of a key, if it is there; None where nothing is."""
        attribute = self.type.attributes.get(key)
        if attribute is not None:
            return DeclaredType(attribute.type, is_null(attribute.default))
        return self.element

    @property
    def element(self) -> DeclaredType | None:
        """What is declared of each element, which may be null; None where nothing is."""
        return None if self.type.element is None else DeclaredType(self.type.element)

    @property
    def key(self) -> DeclaredType | None:
        """What is declared of each key in a loop, of a set that of each element."""
        match self.type.kind:
            case "map" | "object":
                return DeclaredType(STRING, nullable=False)
            case "list" | "tuple":
                return DeclaredType(NUMBER, nullable=False)
        return self.element

    def has(self, key: str) -> bool:
        """Whether there is certainly an attribute of a name."""
        return not self.nullable and key in self.type.attributes

    def lacks(self, key: str) -> bool:
        """Whether there is certainly no attribute of a name."""
        return self.type.kind in _WITHOUT_ATTRIBUTES or (self.type.kind == "object" and key not in self.type.attributes)


_WITHOUT_ATTRIBUTES = ("string", "number", "bool", "list", "set", "tuple")


def declared(value: Unknown) -> DeclaredType | None:
    """What is declared of something unknown; None where nothing is."""
    meant = value.symbol.meant
    return meant.type if meant is not None and isinstance(meant.type, DeclaredType) else None


def as_declared(value: Unknown, what: DeclaredType | None) -> Unknown:
    """Something unknown of which something is declared, beside what already is."""
    if what is None or (what.type.kind == "any" and what.nullable):
        return value
    before = declared(value)
    if before is not None:
        what = DeclaredType(before.type if what.type.kind == "any" else what.type, what.nullable and before.nullable)
    known = value.symbol.meant or Meaning(value.symbol.name)
    return replace(value, symbol=replace(value.symbol, meaning=replace(known, type=what)))


def some_pair(collection: Value, some: str = "") -> tuple[Unknown, Unknown]:
    """What stands for each item of something unknown, and for its key."""
    source = name_of(collection)
    item, key = (derived(f"{some}{one} of {source}", collection) for one in ("item", "key"))
    known = declared(collection) if isinstance(collection, Unknown) else None
    return (item, key) if known is None else (as_declared(item, known.element), as_declared(key, known.key))


def each_of(source: Unknown) -> Unknown:
    """What stands for each item of something unknown under a splat, which is itself an item where it is neither list nor set."""
    known, item = declared(source), derived(f"{source.symbol.name}[*]", source)
    if known is None or known.type.kind in ("any", "tuple"):
        return item
    return as_declared(item, known.element if known.type.kind in ("list", "set") else DeclaredType(known.type, nullable=False))
