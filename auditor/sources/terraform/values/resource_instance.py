"""Evaluated blocks: what the evaluation hands to the adapter.

An `EvaluatedBody` is lazy: an attribute is evaluated when it is asked for, once.
"""

from __future__ import annotations

import abc
from typing import Protocol

from auditor.foundation.location import Location
from auditor.foundation.value import ALWAYS, Symbol, Value, When
from auditor.lazy.classes import dataclass


class EvaluatedBody(Protocol):
    """The inside of a resource, data source, provider or nested block of one instance."""

    @property
    def location(self) -> Location:
        """The header of the block."""
        ...

    def attribute(self, name: str) -> Value:
        """The value of an argument; null when it is not written."""
        ...

    def written(self, name: str) -> Location | None:
        """The place of an argument (`name = expression`), None when it is not written."""
        ...

    def blocks(self, name: str) -> EvaluatedBlocks:
        """The nested blocks of a type, `dynamic` ones expanded."""
        ...


class Exporting(abc.ABC):
    """A body that knows attributes which the provider computed, such as that of a plan; to be inherited, since every attribute asks for it."""

    __slots__ = ()

    @abc.abstractmethod
    def exported(self, name: str) -> Value:
        """The computed attribute, null when it is not known."""


class ProviderBody(EvaluatedBody, Protocol):
    """The inside of a provider configuration."""

    @property
    def name(self) -> str:
        """`provider.aws.west`, with the address of its module before it; unique within a root."""
        ...


@dataclass(frozen=True, slots=True)
class EvaluatedBlocks:
    """Nested blocks of one type in order.

    Attributes:
        items: each with the unresolved conditions under which it is there.
        rest: stands for zero or more further blocks (a `dynamic` block over something unresolved).
        kept: where `ignore_changes` keeps what is deployed, the condition that the blocks are as written, and what is there otherwise.
        unordered: whether they were made of a set, whose items come in an order that is not known.
    """

    items: tuple[tuple[When, EvaluatedBody], ...] = ()
    rest: Symbol | None = None
    kept: tuple[Symbol, Symbol] | None = None
    unordered: bool = False


@dataclass(frozen=True, slots=True)
class Deployment:
    """What the user says of a deployment beside the code: its region and account, None where nothing."""

    region: str | None = None
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Instance:
    """One instance of a resource or data source.

    Attributes:
        mode: "resource" or "data".
        type: `aws_s3_bucket`.
        name: its label.
        address: as Terraform prints it, with module path and instance key.
        body: its arguments.
        provider: the body of its provider configuration, None when there is none in the code.
        when: the unresolved conditions under which it exists.
        calls: the module calls that lead to it, outermost first.
        ignored: the arguments in `ignore_changes`: what is deployed may differ from what they say; `all` stands for every one.
        deployment: what the user says of it.
    """

    mode: str
    type: str
    name: str
    address: str
    body: EvaluatedBody
    provider: ProviderBody | None = None
    when: When = ALWAYS
    calls: tuple[Location, ...] = ()
    ignored: frozenset[str] = frozenset()
    deployment: Deployment = Deployment()
