"""The types of resources that are known: one record each, in one table for all languages.

To add a type, add its record to the module of its service. Whatever a language needs to know of it stands there: nothing else lists types.
The table of a language, with its readers, is made when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auditor.model import Declarations, Kind
from auditor.sources.resource_types import iam, kms, named, s3

if TYPE_CHECKING:
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


def _inline(instance: Instance) -> Declarations | None:
    """What the template in a stack of Terraform declares."""
    from auditor.sources.cloudformation.inline import Spread, declared_inline
    from auditor.sources.resource_types import CLOUDFORMATION
    from auditor.sources.terraform.aws.attributes import account_of, region_of

    body, is_set = instance.body, instance.type.endswith("_stack_set")
    spread = Spread.of(instance.address, body.location) if is_set else None
    return declared_inline(
        body.attribute("template_body"),
        body.attribute("parameters"),
        body.written("template_body") or body.location,
        address=instance.address,
        account=spread.account if spread else account_of(instance),
        region=spread.region if spread else region_of(instance),
        when=instance.when.and_(spread.exists) if spread else instance.when,
        calls=(*instance.calls, body.location),
        types=CLOUDFORMATION,
        overridden=is_set,
    )
