"""What Terraform knows of a type of resource: its part of a record of `auditor.sources.resource_types`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from auditor.foundation.value import Value
from auditor.lazy.classes import dataclass

if TYPE_CHECKING:  # or else a run over templates would load how Terraform's values are read
    from auditor.sources.terraform.aws.found import RootDeclarations, Written
    from auditor.sources.terraform.values.resource_instance import EvaluatedBody, Instance

Compute = Callable[["Instance"], Value]
"""An attribute of an instance that follows from what is written."""

Content = Callable[["EvaluatedBody"], "Iterable[Written]"]
"""The configuration that a body holds, in the shape that `auditor.model` documents for its kind."""


@dataclass(frozen=True, slots=True)
class TerraformType:
    """A type of resource or data source.

    Attributes:
        name: `aws_s3_bucket_policy`.
        declare: reads an instance that is something of its own; None when it only configures something else, or is only referred to.
        content: reads the configuration of a bucket or key; None when it configures none.
        target: the argument that says which bucket or key `content` is for.
        data: whether it is a data source.
        owner: whether it is a bucket, key or role, of which more may be configured beside it.
        consulted: whether others are read with its help.
        computed: the attributes that the provider computes.
        links: the arguments that hold nothing but a reference, each with the attribute that is meant where a plan does not tell.
        foreign: whether it makes or runs something that is not in the code, and may configure whatever it is given.
        holds_template: whether it makes a stack of a template of CloudFormation, which may be written in it.
        filled_in: the blocks that the provider fills in itself when they are not written, so that a plan shows them as unknown.
    """

    name: str
    declare: Callable[[Instance, RootDeclarations], None] | None = None
    content: Content | None = None
    target: str = "bucket"
    data: bool = False
    owner: bool = False
    consulted: bool = False
    computed: Mapping[str, Compute] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    foreign: bool = False
    holds_template: bool = False
    filled_in: frozenset[str] = frozenset()

    @property
    def is_read(self) -> bool:
        """Whether its instances are looked at, not only referred to."""
        return self.consulted or self.declare is not None or self.content is not None

    @property
    def is_referred_to(self) -> bool:
        """Whether it is a thing that others refer to, a bucket, key, alias or role, each by one of its computed attributes."""
        return self.declare is not None and bool(self.computed)


@dataclass(frozen=True, slots=True)
class Inside:
    """Configuration that is written inside a bucket or key itself.

    Attributes:
        owner: the type it is written in.
        content: what it says; nothing where it is not written.
    """

    owner: str
    content: Content
