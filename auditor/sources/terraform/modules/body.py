"""Evaluated blocks: lazy, and nothing is evaluated twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import field, replace
from typing import TypeVar

from auditor.foundation.errors import InputError
from auditor.foundation.location import Location
from auditor.foundation.value import ALWAYS, NULL, ListValue, MapValue, Symbol, Unknown, Value, When, alternatives, is_null
from auditor.lazy.classes import dataclass
from auditor.sources.choices import MOST_CASES
from auditor.sources.naming import derived, name_of
from auditor.sources.terraform.modules.evaluate import pairs_of, resolved
from auditor.sources.terraform.syntax.tree import Attribute, Block, Body, Variable, is_constant
from auditor.sources.terraform.values.resource_instance import EvaluatedBlocks, EvaluatedBody
from auditor.sources.terraform.values.scope import Scope
from auditor.sources.terraform.values.types import has_order

T = TypeVar("T")

_MOST_BLOCKS = 2000


class Memo:
    """What has been evaluated in one root, with the way that led to what is being evaluated: that is how cycles are found.

    Attributes:
        errors: the cycles.
        asked: how often something was asked that may be another one in each instance of a block.
    """

    def __init__(self) -> None:
        self.errors: list[InputError] = []
        self.asked = 0
        self._values: dict[object, Value] = {}
        self._pending: dict[object, str] = {}
        self._reported: set[frozenset[str]] = set()
        self._constants: dict[int, tuple[Attribute, Value]] = {}
        self._alike: dict[tuple[object, int], tuple[Body, object]] = {}

    def value(self, key: object, name: str, location: Location | None, compute: Callable[[], Value]) -> Value:
        """The value of a key, computed once.

        Args:
            key: identity.
            name: how a cycle is to name it.
            location: where it is written.
            compute: gives the value; asks for others through this memo.
        """
        known = self._values.get(key)
        if known is not None:
            return known
        if key in self._pending:
            return self._cycle(key, name, location)
        self._pending[key] = name
        try:
            value = compute()
        except RecursionError:
            value = Unknown(Symbol(name, f"{name} is nested too deeply to be evaluated", location=location), location)
        finally:
            del self._pending[key]
        self._values[key] = value
        return value

    def constant(self, attribute: Attribute, scope: Scope) -> Value | None:
        """The value of an argument that is written out, the same one for each instance; None for any other argument."""
        known = self._constants.get(id(attribute))
        if known is None:
            if not is_constant(attribute.expression):
                return None
            known = attribute, resolved(attribute.expression, scope)
            if scope.module.meter.spend(0):  # or else it may be another one next time
                self._constants[id(attribute)] = known
        return known[1]

    def alike(self, body: WrittenBody, make: Callable[[EvaluatedBody], Iterable[T]]) -> Iterable[T]:
        """What is made of a body: the same for each instance of the block, where nothing was asked that may differ between them."""
        key = make, id(body.syntax)
        known = self._alike.get(key)
        if known is not None:
            return known[1]  # type: ignore[return-value]  # it was made by the same function
        before = self.asked
        made = tuple(make(body))
        if self.asked == before and body.scope.module.meter.spend(0):
            self._alike[key] = body.syntax, made
        return made

    def _cycle(self, key: object, name: str, location: Location | None) -> Value:
        way = list(self._pending.items())
        at = next(index for index, (one, _) in enumerate(way) if one == key)
        names = [one for _, one in way[at:]]
        reason = f"{name} depends on itself: {' → '.join([*names, name])}"
        if frozenset(names) not in self._reported:
            self._reported.add(frozenset(names))
            self.errors.append(InputError(location or Location("-"), reason))
        return Unknown(Symbol(name, reason, "break the cycle", location), location)


@dataclass(frozen=True, slots=True, eq=False)
class WrittenBody:
    """The inside of a block that is written in the code.

    Attributes:
        syntax: it.
        header: the header of the block.
        scope: what its names mean.
        memo: of the root.
        name: how a cycle names the block.
    """

    syntax: Body
    header: Location
    scope: Scope
    memo: Memo
    name: str
    _blocks: dict[str, EvaluatedBlocks] = field(default_factory=dict)

    @property
    def location(self) -> Location:
        """The header of the block."""
        return self.header

    def attribute(self, name: str) -> Value:
        """The value of an argument; null when it is not written."""
        attribute = self.syntax.attributes.get(name)
        if attribute is None:
            return NULL
        constant = self.memo.constant(attribute, self.scope)
        if constant is not None:
            return constant
        self.memo.asked += 1
        return self.memo.value(
            (self, name), f"{self.name}.{name}", attribute.location, lambda: resolved(attribute.expression, self.scope)
        )

    def written(self, name: str) -> Location | None:
        """The place of an argument, None when it is not written."""
        attribute = self.syntax.attributes.get(name)
        return None if attribute is None else attribute.location

    def names(self) -> tuple[str, ...]:
        """The names of the written arguments."""
        return tuple(self.syntax.attributes)

    def holds(self, name: str) -> bool:
        """Whether an argument or a nested block of a name is written."""
        return name in self.syntax.attributes or any(block.type == name for block in self.syntax.blocks)

    def everything(self) -> Iterator[Value]:
        """The values of all arguments, those of nested blocks included."""
        for name in self.syntax.attributes:
            yield self.attribute(name)
        for name in dict.fromkeys(block.labels[0] if block.type == "dynamic" else block.type for block in self.syntax.blocks):
            found = self.blocks(name)
            if found.rest is not None:
                yield Unknown(found.rest)
            for _, inner in found.items:
                if isinstance(inner, WrittenBody):
                    yield from inner.everything()

    def blocks(self, name: str) -> EvaluatedBlocks:
        """The nested blocks of a type, `dynamic` ones expanded; an argument of that name that holds objects counts as blocks."""
        found = self._blocks.get(name)
        if found is None:
            found = self._blocks[name] = self._expanded(name)
        else:
            self.memo.asked += 1  # perhaps when they were found
        return found

    def _expanded(self, name: str) -> EvaluatedBlocks:
        parts: list[tuple[Location, EvaluatedBlocks]] = []
        for block in self.syntax.blocks:
            if block.type == name:
                parts.append((block.header, EvaluatedBlocks(((ALWAYS, self._inner(block, block.header, self.scope)),))))
            elif block.type == "dynamic" and block.labels[:1] == (name,):
                parts.append((block.header, self._dynamic(block, name)))
        attribute = self.syntax.attributes.get(name)
        if attribute is not None:
            # Attributes as blocks: developer.hashicorp.com/terraform/language/attr-as-blocks; JSON syntax writes all blocks so but dynamic ones.
            at = sum(_begins(header) < _begins(attribute.location) for header, _ in parts)
            parts.insert(at, (attribute.location, blocks_of(self.attribute(name), self.header)))
        return EvaluatedBlocks(
            tuple(item for _, part in parts for item in part.items),
            next((part.rest for _, part in parts if part.rest), None),
            unordered=any(part.unordered for _, part in parts),
        )

    def _inner(self, block: Block, header: Location, scope: Scope) -> WrittenBody:
        return WrittenBody(block.body, header, scope, self.memo, f"{self.name}.{block.type}")

    def _dynamic(self, block: Block, name: str) -> EvaluatedBlocks:
        attribute = block.body.attributes.get("for_each")
        content = next((inner for inner in block.body.blocks if inner.type == "content"), None)
        self.memo.asked += 1
        if attribute is None or content is None:
            return EvaluatedBlocks(
                (), Symbol(f"{self.name}.{name}", f"the dynamic block {name} lacks for_each or content", location=block.header)
            )
        iterator = name
        written = block.body.attributes.get("iterator")
        if written is not None and isinstance(written.expression, Variable):
            iterator = written.expression.name
        collection = resolved(attribute.expression, self.scope)
        items: list[tuple[When, EvaluatedBody]] = []
        opened: Symbol | None = None
        branches = list(alternatives(collection))
        if len(branches) > MOST_CASES:
            return EvaluatedBlocks((), derived(name_of(collection), collection).symbol)
        for when, branch in branches:
            pairs = None if isinstance(branch, Unknown) else pairs_of(branch)
            if pairs is None:
                if not is_null(branch):
                    opened = (
                        opened
                        or derived(
                            name_of(branch), branch, reason="" if isinstance(branch, Unknown) else "for_each needs a collection"
                        ).symbol
                    )
                continue
            pairs = list(pairs)
            if len(pairs) > _MOST_BLOCKS:
                opened = derived(name_of(branch), reason="there are too many blocks to be evaluated").symbol
                continue
            if isinstance(branch, ListValue | MapValue) and branch.rest is not None:
                opened = opened or branch.rest
            for key, value in pairs:
                scope = self.scope.bound({iterator: MapValue({"key": key, "value": value})})
                items.append((when, self._inner(replace(content, type=name), block.header, scope)))
        return EvaluatedBlocks(tuple(items), opened, unordered=_is_unordered(collection))


@dataclass(frozen=True, slots=True)
class ObjectBody:
    """A nested block that was written as an object."""

    value: MapValue
    location: Location

    def attribute(self, name: str) -> Value:
        """The value of an attribute; null when it is not there."""
        found = self.value.entries.get(name)
        if found is None and self.value.rest is not None:
            return derived(f"{name_of(self.value)}.{name}", Unknown(self.value.rest))
        return NULL if found is None else found

    def written(self, name: str) -> Location | None:
        """The place of an attribute's key, or that of the object."""
        return self.value.key_locations.get(name, self.location) if name in self.value.entries else None

    def blocks(self, name: str) -> EvaluatedBlocks:
        """The objects of an attribute."""
        return blocks_of(self.attribute(name), self.location)


@dataclass(frozen=True, slots=True)
class UnreadBody:
    """The inside of a provider's configuration that could not be read.

    Attributes:
        location: its header.
        symbol: says so.
        name: what it is asked for by, with the alias.
    """

    location: Location
    symbol: Symbol
    name: str

    def attribute(self, name: str) -> Value:
        """Something unknown."""
        return derived(f"{self.symbol.name}.{name}", Unknown(self.symbol))

    def written(self, _name: str) -> Location | None:
        """No place."""
        return None

    def blocks(self, _name: str) -> EvaluatedBlocks:
        """Any number of blocks of which nothing is known."""
        return EvaluatedBlocks((), self.symbol)


def made_of(body: EvaluatedBody, make: Callable[[EvaluatedBody], Iterable[T]]) -> Iterable[T]:
    """What a function makes of a body: the same objects for every instance of a block where nothing of that differs between them.

    Args:
        body: of one instance.
        make: depends on nothing else.
    """
    return body.memo.alike(body, make) if isinstance(body, WrittenBody) else make(body)


def _begins(place: Location) -> tuple[int, int]:
    return place.line, place.column


def _is_unordered(collection: Value) -> bool:
    return any(isinstance(branch, ListValue) and not has_order(branch) for _, branch in alternatives(collection))


def blocks_of(value: Value, location: Location) -> EvaluatedBlocks:
    """An object, or a list of objects, as blocks."""
    items: list[tuple[When, EvaluatedBody]] = []
    rest: Symbol | None = None
    for when, branch in alternatives(value):
        if is_null(branch):
            continue
        listed = branch.items if isinstance(branch, ListValue) else (branch,)
        if isinstance(branch, ListValue):
            rest = rest or branch.rest
        for item in listed:
            for inner, one in alternatives(item, when):
                if isinstance(one, MapValue):
                    items.append((inner, ObjectBody(one, one.location or location)))
                elif not is_null(one):
                    rest = (
                        rest
                        or derived(name_of(one), one, reason="" if isinstance(one, Unknown) else "a block is not an object").symbol
                    )
    return EvaluatedBlocks(tuple(items), rest, unordered=_is_unordered(value))
