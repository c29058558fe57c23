"""Whole resources as values: `aws_s3_bucket.b` without an attribute."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping

from auditor.foundation.location import Location
from auditor.foundation.value import Choice, ListValue, MapValue, Symbol, Text, Unknown, Value
from auditor.lazy.classes import dataclass
from auditor.sources.naming import derived, name_of
from auditor.sources.terraform.values.failure import doubtful


class Attributes(Mapping[str, Value]):
    """The attributes of one resource instance (or the outputs of a module), computed when asked for.

    Any name can be asked for; iteration yields those that are known to exist.

    Args:
        address: identity.
        compute: gives an attribute by its name, None when there is certainly none.
        names: those that are known to exist.
    """

    def __init__(self, address: str, compute: Callable[[str], Value | None], names: Callable[[], tuple[str, ...]]) -> None:
        self.address = address
        self._compute = compute
        self._names = names

    def __getitem__(self, name: str) -> Value:
        value = self._compute(name)
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return len(self._names())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Attributes) and other.address == self.address

    def __hash__(self) -> int:
        return hash(self.address)

    def __reduce__(self) -> tuple[type[Attributes], tuple[object, ...]]:
        """As it is carried over to another process: with those that are known to exist, which is all that is asked for once a root was read."""
        made = dict(self)
        return Attributes, (self.address, made.get, functools.partial(tuple, made))


@dataclass(frozen=True, slots=True)
class Representative:
    """The instance that stands for all whose keys are unknown.

    Attributes:
        value: the instance.
        key: the symbol that stands for its key.
        address: of the resource, without a key; of a map over its instances, the map's name.
        exists: the condition under which there is any; None where there certainly is.
    """

    value: Value
    key: Symbol
    address: str
    exists: Symbol | None

    def at(self, key: Value, location: Location) -> Value:
        """The instance of a key: the representative itself where the key is its own, else perhaps the representative."""
        name = name_of(key)
        if name == self.key.name:
            return self.value
        other = doubtful(derived(f"{self.address}[{name}]", Unknown(self.key), location=location))
        return Choice(derived(f"{self.key.name} == {name}", Unknown(self.key)).symbol, self.value, other, location)


def any_element(collection: Value) -> Representative:
    """The element that stands for all whose keys are unknown, of an unknown map or set."""
    name = name_of(collection)
    key, item = derived(f"key of {name}", collection), derived(f"item of {name}", collection)
    return Representative(item, key.symbol, name, derived(f"length({name}) > 0", collection).symbol)


@dataclass(frozen=True, slots=True)
class PartlyKeyed(MapValue):
    """A map of which some keys are unresolved texts.

    Attributes:
        unresolved: these keys, each with its element.
    """

    unresolved: tuple[tuple[Text, Value], ...] = ()


@dataclass(frozen=True, slots=True)
class InstanceMap(PartlyKeyed):
    """The instances of a resource whose `for_each` is not wholly known, or what a `for` makes of each element by its own key.

    Its rest stands for all of them whose keys are not known.

    Attributes:
        representative: stands for any that has neither a known key nor one of `unresolved`; None where there is none.
    """

    representative: Representative | None = None


@dataclass(frozen=True, slots=True)
class InstanceList(ListValue):
    """The instances of a resource whose `count` is unknown: one stands for all."""

    representative: Representative | None = None
