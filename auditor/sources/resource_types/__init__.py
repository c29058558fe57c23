"""The types of resources that are known: one record each, in one table for all languages.

To add a type, add its record to the module of its service. Whatever a language needs to know of it stands there: nothing else lists types.
The table of a language, with its readers, is made when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from auditor.model import Declarations, Kind
from auditor.sources.resource_types import iam, kms, named, s3

if TYPE_CHECKING:
    from auditor.foundation.errors import InputError
    from auditor.sources.cloudformation.aws.template_types import TemplateTypes
    from auditor.sources.terraform.aws.provider import Provider
    from auditor.sources.terraform.values.resource_instance import Instance

    CLOUDFORMATION: TemplateTypes
    TERRAFORM: Provider

RECORDS = (*s3.RECORDS, *kms.RECORDS, *iam.RECORDS, *named.RECORDS)

COMMANDS: dict[Kind, str] = {record.kind: record.command for record in RECORDS if record.kind is not None and record.command}
"""The command of `aws` that prints each kind of configuration, where a document can be told by its output."""


def __getattr__(name: str) -> Any:
    """`CLOUDFORMATION` or `TERRAFORM`, made now."""
    makers = {"CLOUDFORMATION": _cloudformation, "TERRAFORM": _terraform}
    if name not in makers:
        raise AttributeError(f"module 'auditor.sources.resource_types' has no attribute '{name}'")
    globals()[name] = made = makers[name]()
    return made


def _cloudformation() -> TemplateTypes:
    from auditor.sources.cloudformation.aws.resource_type import TemplateType
    from auditor.sources.cloudformation.aws.template_types import TemplateTypes

    parts = [(record, part) for record in RECORDS for part in record.cloudformation()]
    return TemplateTypes(
        ((record.kind, part) for record, part in parts),
        frozenset(part.name for record, part in parts if record.of_roles and isinstance(part, TemplateType)),
    )


def _terraform() -> Provider:
    from auditor.sources.resource_types.argument_names import NAMES
    from auditor.sources.terraform.aws.provider import Provider
    from auditor.sources.terraform.aws.resource_type import TerraformType

    parts = [(record, part) for record in RECORDS for part in record.terraform()]
    return Provider(
        ((record.kind, part) for record, part in parts),
        frozenset(part.name for record, part in parts if record.of_roles and isinstance(part, TerraformType)),
        _inline,
        NAMES,
    )


def _inline(instance: Instance, instances: Iterable[Instance]) -> Declarations | tuple[InputError, ...]:
    """See `inline`, which few runs need."""
    from auditor.sources.resource_types import CLOUDFORMATION
    from auditor.sources.resource_types.inline import inline

    return inline(instance, instances, CLOUDFORMATION)
