"""What names mean where an expression stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Protocol

from auditor.foundation.location import Location
from auditor.foundation.value import Value
from auditor.lazy.classes import dataclass
from auditor.sources.terraform.syntax.tree import Expression
from auditor.sources.terraform.values.declared import DeclaredType

_MOST_STEPS = 3_000_000


class Meter:
    """Bounds the work that the expressions of one root may cause, so that hostile input ends.

    Args:
        most: the number of steps after which everything else stays unknown; an attribute too.
    """

    def __init__(self, most: int = _MOST_STEPS) -> None:
        self.most = self._left = most
        self._marks = 0
        self._named: dict[str, int] = {}

    def mark(self, location: Location, called: str = "") -> str:
        """A name for what is not evaluated at a place, another one each time: two instances need not have the same value."""
        if called:
            number = self._named[f"{called}{location}"] = self._named.get(f"{called}{location}", 0) + 1
            return f"{called} at {location}" if number == 1 else f"{called} at {location} ({number})"
        self._marks += 1
        return f"expression {self._marks} at {location}"

    def spend(self, steps: int = 1) -> bool:
        """Takes steps; False when they are used up."""
        self._left -= steps
        return self._left >= 0

    def renew(self) -> None:
        """Lets as many steps be taken as at first."""
        self._left = self.most


class ReadableFiles(Protocol):
    """The files that functions may read."""

    def read(self, path: str) -> bytes | str:
        """The content of a file, or as a clause why it cannot be had; `path` is relative to the root module or absolute."""
        ...

    def exists(self, path: str) -> bool | str | None:
        """Whether a regular file is there, None for something else, or as a clause why that cannot be told."""
        ...

    def path(self, path: str) -> str:
        """A file as the user would name it."""
        ...

    def names(self, directory: str) -> tuple[str, ...] | str:
        """The paths of all files below a directory, sorted, or as a clause why they cannot be had."""
        ...

    def template(self, path: str) -> Expression | str:
        """A file parsed as a template, or as a clause why it cannot be had."""
        ...


class References(Protocol):
    """What a module defines; each answers with a value, never an exception."""

    address: str
    meter: Meter
    files: ReadableFiles

    def variable(self, name: str) -> Value:
        """`var.name`."""
        ...

    def local(self, name: str) -> Value:
        """`local.name`."""
        ...

    def type_of(self, root: str, name: str) -> DeclaredType | None:
        """Of what type `var.name` or `local.name` is, as far as that shows without its value."""
        ...

    def call(self, name: str) -> Value:
        """`module.name`."""
        ...

    def resource(self, mode: str, resource_type: str, name: str) -> Value:
        """`type.name`, and `data.type.name` for the mode "data"."""
        ...

    def constant(self, root: str, name: str) -> Value:
        """`path.name` and `terraform.name`."""
        ...

    def function(self, name: str, values: tuple[Value, ...], location: Location) -> Value | None:
        """What a function gives that Terraform does not have; None where there is none of that name."""
        ...


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression is evaluated.

    Attributes:
        module: what `var`, `local`, `module` and resources mean.
        names: what is bound on top: `each`, `count`, `self`, the names of `for`, the variables of a template file.
        item: the element under the innermost splat.
    """

    module: References
    names: Mapping[str, Value] = field(default_factory=dict)
    item: Value | None = None

    def bound(self, names: Mapping[str, Value]) -> Scope:
        """This scope with further names."""
        return Scope(self.module, {**self.names, **names}, self.item)
