"""What was found so far, and the one way in which a resource declares something."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, replace
from typing import Any, TypeVar

from auditor.aws.cors_fields import CLOUD_CONTROL, TERRAFORM
from auditor.foundation.equality import Lookup, known_by
from auditor.foundation.errors import InputError
from auditor.foundation.location import Location
from auditor.foundation.value import ALWAYS, NULL, JsonText, Known, ListValue, MapValue, Symbol, Text, Unknown, Value, When, is_null
from auditor.lazy.classes import dataclass
from auditor.model import Attachment, Declarations, Declared, Kind
from auditor.sources.choices import in_branches
from auditor.sources.terraform.aws.attributes import account_of, region_of
from auditor.sources.terraform.aws.blocks import text
from auditor.sources.terraform.values.nulls import is_absent
from auditor.sources.terraform.values.resource_instance import Instance

D = TypeVar("D", bound=Declared)


@dataclass(frozen=True, slots=True)
class Written:
    """One piece of configuration.

    Attributes:
        content: in the shape that `auditor.model` documents for its kind.
        place: the argument or block that holds it.
        when: the unresolved conditions under which it is this one.
    """

    content: Value
    place: Location | None
    when: When = ALWAYS


@dataclass(slots=True)
class RootDeclarations:
    """The declarations of one root, by what they declare.

    Attributes:
        instances: every instance that is read, by address, as it is in force.
        attribute_of: the value of an attribute of an instance.
        errors: what is wrong with templates of CloudFormation in the code.
    """

    instances: Mapping[str, Instance]
    attribute_of: Callable[[Instance, str], Value]
    errors: list[InputError] = field(default_factory=list)
    _declared: dict[type[Declared], list[Any]] = field(default_factory=dict)
    _of_arn: dict[str, Lookup[Instance]] = field(default_factory=dict)

    def of(self, made: type[D]) -> tuple[D, ...]:
        """What was declared of one kind, in order."""
        return tuple(self._declared.get(made, ()))

    def of_arn(self, resource_type: str, arn: Text) -> Instance | None:
        """The first resource of a type that certainly is there and certainly has an ARN."""
        if resource_type not in self._of_arn:
            certain = [one for one in self.instances.values() if one.type == resource_type and not one.when.literals]
            self._of_arn[resource_type] = Lookup(certain, lambda one: (known_by(text(self.attribute_of(one, "arn"))),))
        return next(iter(self._of_arn[resource_type].of(known_by(arn))), None)

    def declare(self, made: type[D], instance: Instance, when: When = ALWAYS, **parts: Any) -> None:
        """Declares something that an instance makes.

        Args:
            made: what it is.
            instance: what makes it.
            when: the unresolved conditions under which it does, beside those under which it exists itself.
            parts: what else the declaration holds.
        """
        exists = instance.when.also(when)
        if not exists.contradictory:
            declared = made(instance.address, instance.body.location, exists, instance.calls, **parts)
            self._declared.setdefault(made, []).append(declared)

    def join(self, declared: Declarations) -> None:
        """Adds what a stack inside the code declares, and what CloudFormation refuses it for."""
        self.errors.extend(declared.errors)
        parts: Iterable[Iterable[Declared]] = (
            declared.buckets, declared.attachments, declared.keys, declared.aliases, declared.grants, declared.identities,
            declared.identity_policies, declared.memberships, declared.organization_policies, declared.opaque,
        )  # fmt: skip
        for part in parts:
            for one in part:
                self._declared.setdefault(type(one), []).append(one)

    def attach(self, instance: Instance, kind: Kind, written: Written, target: Value | None) -> None:
        """Declares configuration of a bucket or key; without a target it is written inside the instance itself."""
        self.declare(
            Attachment,
            instance,
            written.when,
            kind=kind,
            target=Known(instance.address, instance.body.location, instance.address) if target is None else target,
            content=in_branches(written.content, _without_null_statements),
            content_location=written.place,
            inline=target is None,
            account=NULL if target is None else account_of(instance),
            cors_fields=CLOUD_CONTROL if instance.type.startswith("awscc_") else TERRAFORM,
            region=NULL if target is None else region_of(instance),
            unchecked=instance.body.attribute("bypass_policy_lockout_safety_check") if kind is Kind.KEY_POLICY else NULL,
        )


def _without_null_statements(content: Value) -> Value:
    """A policy whose statements that are null by themselves are unknown: `jsonencode` writes the null, and S3 does not take it."""
    if not isinstance(content, JsonText) or not isinstance(content.content, MapValue):
        return content
    statements = content.content.entries.get("Statement")
    if not isinstance(statements, ListValue) or not any(map(is_null, statements.items)):
        return content
    items = tuple(
        Unknown(Symbol(f"statement {number}", "a statement is null, which S3 does not take", "leave it out", content.location))
        if is_null(item)
        else item
        for number, item in enumerate(itertools.filterfalse(is_absent, statements.items), 1)
    )
    entries = {**content.content.entries, "Statement": replace(statements, items=items)}
    return replace(content, content=replace(content.content, entries=entries))
