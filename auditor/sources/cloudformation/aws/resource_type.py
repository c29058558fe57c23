"""What CloudFormation knows of a type of resource: its part of a record of `auditor.sources.resource_types`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from auditor.foundation.value import Value
from auditor.lazy.classes import dataclass
from auditor.sources.cloudformation.aws.found import StackDeclarations

if TYPE_CHECKING:
    from auditor.sources.cloudformation.stack import StackResource

Compute = Callable[["StackResource"], Value]
"""What a reference to a resource gives."""


@dataclass(frozen=True, slots=True)
class TemplateType:
    """A type of resource.

    Attributes:
        name: `AWS::S3::Bucket`.
        declare: reads a resource; None when it is only referred to.
        reference: what `Ref` gives, None when it is only known at deployment.
        attributes: what `Fn::GetAtt` gives.
        owner: whether it is a bucket or key, of which more may be configured beside it.
    """

    name: str
    declare: Callable[[StackResource, StackDeclarations], None] | None = None
    reference: Compute | None = None
    attributes: Mapping[str, Compute] = field(default_factory=dict)
    owner: bool = False


@dataclass(frozen=True, slots=True)
class Property:
    """Configuration that is a property of a bucket or key.

    Attributes:
        owners: the types that have it.
        name: of the property.
        content: the property, in the shape that `auditor.model` documents for its kind; it is asked for every branch on its own.
    """

    owners: tuple[str, ...]
    name: str
    content: Callable[[Value], Value]
