"""A mapping whose values are made when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

P = TypeVar("P")
T = TypeVar("T")


class PartedMapping(Mapping[str, T], Generic[P, T]):
    """A mapping that knows of what its values are made.

    Args:
        parts: what each value is made of.
    """

    __slots__ = ("_parts",)

    def __init__(self, parts: Mapping[str, P]) -> None:
        self._parts = parts

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a key; another one where there is none."""
        return self[key] if key in self._parts else default

    def __contains__(self, key: object) -> bool:
        return key in self._parts

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)


class LazyMapping(PartedMapping[P, T]):
    """A mapping whose values are made when they are asked for, once.

    Args:
        parts: what each value is made of.
        make: makes it.
    """

    __slots__ = ("_made", "_make")

    def __init__(self, parts: Mapping[str, P], make: Callable[[P], T]) -> None:
        super().__init__(parts)
        self._make = make
        self._made: dict[str, T] | None = None  # of most mappings nothing is asked

    def __getitem__(self, key: str) -> T:
        if self._made is None:
            self._made = {}
        if key not in self._made:
            self._made[key] = self._make(self._parts[key])
        return self._made[key]
