"""What was found so far, and the one way in which a resource declares something."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any, TypeVar

from auditor.aws.cors_fields import CLOUDFORMATION
from auditor.foundation.location import Location
from auditor.foundation.value import ALWAYS, NULL, Known, Symbol, Value, When
from auditor.lazy.classes import dataclass
from auditor.model import Attachment, Declared, Kind, Opaque

if TYPE_CHECKING:
    from auditor.sources.cloudformation.stack import StackResource

D = TypeVar("D", bound=Declared)


@dataclass(slots=True)
class StackDeclarations:
    """The declarations of one root, by what they declare.

    Attributes:
        not_read: what is not in the code.
    """

    not_read: list[str] = field(default_factory=list)
    _declared: dict[type[Declared], list[Any]] = field(default_factory=dict)

    def of(self, made: type[D]) -> tuple[D, ...]:
        """What was declared of one kind, in order."""
        return tuple(self._declared.get(made, ()))

    def add(self, declared: Declared) -> None:
        """Adds a declaration."""
        if not declared.when.contradictory:
            self._declared.setdefault(type(declared), []).append(declared)

    def declare(
        self, made: type[D], resource: StackResource, when: When = ALWAYS, *, header: Location | None = None, **parts: Any
    ) -> None:
        """Declares something that a resource makes.

        Args:
            made: what it is.
            resource: what makes it.
            when: the unresolved conditions under which it does, beside those under which it exists itself.
            header: where it is written, when that is not the resource's own header.
            parts: what else the declaration holds.
        """
        place = header or resource.location
        self.add(made(resource.address, place, resource.when.also(when), resource.stack.calls, **parts))

    def attach(
        self,
        resource: StackResource,
        kind: Kind,
        content: Value,
        written: str,
        when: When = ALWAYS,
        *,
        target: Value | None = None,
    ) -> None:
        """Declares configuration of a bucket or key.

        Args:
            resource: what holds it.
            kind: what it configures.
            content: it.
            written: the property that holds it.
            when: the unresolved conditions under which it is there.
            target: the reference to the bucket or key; None when it is written inside that one.
        """
        header = resource.written.key_locations.get(written) or resource.location
        self.declare(
            Attachment,
            resource,
            when,
            header=header if target is None else None,
            kind=kind,
            target=Known(resource.address, resource.location, resource.address) if target is None else target,
            content=content,
            content_location=content.location or header,
            inline=target is None,
            cors_fields=CLOUDFORMATION,
            unchecked=resource.value("BypassPolicyLockoutSafetyCheck") if kind is Kind.KEY_POLICY else NULL,
        )

    def may_configure(self, resource: StackResource, symbol: Symbol, given: tuple[Value, ...]) -> None:
        """Declares something that was not evaluated and may configure what it is given."""
        self.declare(Opaque, resource, symbol=symbol, given=given)
