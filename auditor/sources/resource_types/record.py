"""What is known of a type of resource, in one record for all languages."""

from __future__ import annotations

from collections.abc import Callable

from auditor.lazy.classes import dataclass
from auditor.model import Kind
from auditor.sources.cloudformation.aws.resource_type import Property, TemplateType
from auditor.sources.terraform.aws.resource_type import Inside, TerraformType


@dataclass(frozen=True, slots=True)
class ResourceType:
    """One thing of AWS, and how each language says it.

    Attributes:
        kind: what it configures, None when it is something of its own.
        command: the command of `aws` whose output is read as a document of it; empty where its output is like that of another command, or
            where it is something of its own.
        terraform: the types of Terraform that write it, and the types inside which it is written; asked for where Terraform is read.
        cloudformation: the types of CloudFormation that make it, and the properties that it is; asked for where templates are read.
        of_roles: whether it matters only where the consumer is a role of the code.
    """

    kind: Kind | None = None
    command: str = ""
    terraform: Callable[[], tuple[TerraformType | Inside, ...]] = tuple
    cloudformation: Callable[[], tuple[TemplateType | Property, ...]] = tuple
    of_roles: bool = False
