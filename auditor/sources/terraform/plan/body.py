"""The planned values of a resource, as the body of a block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from auditor.foundation.location import Location
from auditor.foundation.value import (
    ALWAYS,
    NULL,
    Known,
    ListValue,
    MapValue,
    Symbol,
    Unknown,
    Value,
    When,
    alternatives,
    is_null,
    origin_of,
)
from auditor.lazy.classes import dataclass
from auditor.sources.choices import choose
from auditor.sources.naming import name_of
from auditor.sources.terraform.aws.resource_type import TerraformType
from auditor.sources.terraform.plan.document import Json, array, entries
from auditor.sources.terraform.plan.references import HINT, PlanReferences, Site
from auditor.sources.terraform.values.resource_instance import EvaluatedBlocks, EvaluatedBody, Exporting

_REASON = "it is known only after apply"
_SENSITIVE = "it is sensitive, and sensitive values are not read"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a resource is written.

    Attributes:
        header: of its block.
        arguments: of the block itself, by name.
    """

    header: Location
    arguments: Mapping[str, Location] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlanBody(Exporting):
    """The planned values of a resource or nested block.

    Attributes:
        references: those of the plan, None for a provider.
        type: what is known of the type of resource.
        site: the instance it belongs to.
        name: what it is called in the names of what is unknown: the address, and the way to a nested block.
        values: as planned.
        unknown: what of them is known only after apply.
        sensitive: what of them must not be shown.
        expressions: how the arguments are configured; None where that is not known.
        place: where the resource is written.
        source: the same body as the configuration beside the plan says, None where there is none.
    """

    references: PlanReferences | None
    type: TerraformType
    site: Site
    name: str
    values: Json
    unknown: Json
    sensitive: Json
    expressions: Json | None
    place: Place
    source: EvaluatedBody | None = None

    @property
    def location(self) -> Location:
        """The header of the block."""
        return self.place.header

    def attribute(self, name: str) -> Value:
        """The planned value of an argument."""
        value, unknown = self.values.get(name), self.unknown.get(name)
        if value is not None and not (value == "" and self._may_be_read(name)):
            planned = _value(value, unknown, self.sensitive.get(name), f"{self.name}.{name}", self.written(name))
            if isinstance(planned, Unknown):
                return self._from_source(name) or planned
            return self._identified(planned, name) if isinstance(planned, Known) else planned
        if not unknown or self.is_filled_in(name):
            return NULL
        return self._from_source(name) or self._referred(name)

    def is_filled_in(self, name: str) -> bool:
        """Whether an argument or block is not configured, so that what the plan says of it is what the provider read or makes of it."""
        return self.expressions is not None and name not in self.expressions

    def _may_be_read(self, name: str) -> bool:
        """Whether what is said of an argument may be what the provider read, which is an empty text where there is nothing."""
        return self.expressions is None or name not in self.expressions

    def _from_source(self, name: str) -> Value | None:
        """What the configuration beside the plan says; None where it says no more than the plan."""
        found = NULL if self.source is None else self.source.attribute(name)
        return None if is_null(found) or (isinstance(found, Unknown) and found.origin is None) else found

    def _identified(self, planned: Known, name: str) -> Known:
        """A planned value that says which resource it was read from, when its expression is plainly a reference."""
        usual = self.type.links.get(name) if name != "policy" else None
        if usual is None or self.references is None:
            return planned
        found = self.references.meaning(entries((self.expressions or {}).get(name)), self.site, usual)
        branches = (branch for _, branch in alternatives(found.value)) if found else ()
        return next((replace(planned, origin=origin_of(branch)) for branch in branches if branch == planned), planned)

    def _referred(self, name: str) -> Value:
        """What an argument refers to where it is known only after apply: certainly, perhaps, or not at all."""
        unknown = Unknown(self._symbol(name), self.place.header)
        usual = self.type.links.get(name)
        found = None
        if usual is not None and self.references is not None:
            found = self.references.meaning(entries((self.expressions or {}).get(name)), self.site, usual)
        if found is None:
            return unknown
        if found.certain:
            return found.value
        target = origin_of(found.value) or name_of(found.value)
        as_referred = Symbol(
            f"{self.name}.{name} is that of {target}",
            "the plan says what the argument refers to, not what it makes of it",
            HINT,
            self.place.header,
        )
        return choose(as_referred, found.value, unknown)

    def exported(self, name: str) -> Value:
        """A planned value that the provider computed; null when it is not known."""
        value = self.values.get(name)
        written = self.expressions is not None and name in self.expressions
        if value is None or written:
            return NULL
        return _value(value, self.unknown.get(name), self.sensitive.get(name), f"{self.name}.{name}", self.location)

    def written(self, name: str) -> Location | None:
        """The place of an argument, None when it is not written."""
        if self.is_filled_in(name) or (self.values.get(name) is None and not self.unknown.get(name)):
            return None
        return self.place.arguments.get(name, self.place.header)

    def blocks(self, name: str) -> EvaluatedBlocks:
        """The planned nested blocks."""
        values, unknown, sensitive = array(self.values.get(name)), self.unknown.get(name), self.sensitive.get(name)
        if unknown is True or sensitive is True:
            filled_in = unknown is True and name in self.type.filled_in and self.is_filled_in(name)
            inner = EvaluatedBlocks() if self.source is None or filled_in else self.source.blocks(name)
            if filled_in or inner.items or inner.rest:
                return inner
            return EvaluatedBlocks((), self._symbol(name))
        holes, more = aligned(values, unknown)
        written = _one_each((self.expressions or {}).get(name), len(values))
        found = self._blocks_of_source(name, len(values))
        items: list[tuple[When, EvaluatedBody]] = [
            (
                ALWAYS,
                replace(
                    self,
                    values=one,
                    unknown=entries(holes[at]),
                    sensitive=entries(_at(sensitive, at)),
                    expressions=written[at],
                    name=f"{self.name}.{name}[{at}]",
                    source=found[at],
                ),
            )
            for at, one in enumerate(values)
            if isinstance(one, dict)
        ]
        return EvaluatedBlocks(tuple(items), self._symbol(name) if more else None)

    def _blocks_of_source(self, name: str, count: int) -> Sequence[EvaluatedBody | None]:
        """The same blocks of the configuration beside the plan. A set has an order of its own, so that only a single one is certainly the same."""
        found = EvaluatedBlocks() if self.source is None else self.source.blocks(name)
        alone = count == 1 == len(found.items) and found.rest is None and found.kept is None and found.items[0][0] == ALWAYS
        return [found.items[0][1]] if alone else [None] * count

    def _symbol(self, name: str) -> Symbol:
        return Symbol(f"{self.name}.{name}", _REASON, HINT, self.place.header)


def _at(marks: Any, at: int) -> Any:
    listed = array(marks)
    return listed[at] if at < len(listed) else None


def _one_each(expressions: Any, count: int) -> Sequence[Json | None]:
    """The configuration of each of so many blocks; None where the plan does not tell, as with a `dynamic` block."""
    listed = expressions if isinstance(expressions, list) else [expressions]
    if len(listed) != count:
        return [None] * count
    return [one if isinstance(one, dict) else None for one in listed]


def _value(planned: Any, unknown: Any, sensitive: Any, name: str, place: Location | None) -> Value:
    """A planned value with its unknown and its sensitive parts as symbols."""
    if unknown is True or sensitive is True:
        return Unknown(Symbol(name, _REASON if unknown is True else _SENSITIVE, HINT, place), place)
    match planned:
        case list():
            holes, more = aligned(planned, unknown)
            return ListValue(
                tuple(_value(one, holes[at], _at(sensitive, at), f"{name}[{at}]", place) for at, one in enumerate(planned)),
                place,
                Symbol(name, _REASON, HINT, place) if more else None,
            )
        case dict():
            parts, marks = entries(unknown), entries(sensitive)
            keys = [*planned, *(key for key in parts if key not in planned)]
            values = {key: _value(planned.get(key), parts.get(key), marks.get(key), f"{name}.{key}", place) for key in keys}
            return MapValue(values, place)
        case str() | bool() | int() | float() | None:
            return Known(planned, place)
    return Unknown(Symbol(name, "it is not valid JSON"), place)


def aligned(planned: Sequence[Any], unknown: Any) -> tuple[Sequence[Any], bool]:
    """What is unknown of each planned item, and whether further items are unknown.

    A set has no item for what is wholly unknown, so that what is unknown of it has more items than it has itself.
    Source: Terraform, internal/command/jsonplan/plan.go, omitUnknowns and unknownAsBool.
    """
    holes = array(unknown)
    if len(holes) > len(planned):
        left = [hole for hole in holes if hole is not True]
        return left if len(left) == len(planned) else [True] * len(planned), True
    return [*holes, *[None] * (len(planned) - len(holes))], unknown is True
