"""The types of resources that are known: one record each, in one table for all languages.

To add a type, add its record to the module of its service. Whatever a language needs to know of it stands there: nothing else lists types.
"""

from __future__ import annotations

from auditor.model import Declarations, Kind
from auditor.sources.cloudformation.aws.resource_type import TemplateType
from auditor.sources.cloudformation.aws.template_types import TemplateTypes
from auditor.sources.resource_types import iam, kms, named, s3
from auditor.sources.resource_types.argument_names import NAMES
from auditor.sources.terraform.aws.attributes import account_of, region_of
from auditor.sources.terraform.aws.provider import Provider
from auditor.sources.terraform.aws.resource_type import TerraformType
from auditor.sources.terraform.values.resource_instance import Instance

RECORDS = (*s3.RECORDS, *kms.RECORDS, *iam.RECORDS, *named.RECORDS)

CLOUDFORMATION = TemplateTypes(
    ((record.kind, part) for record in RECORDS for part in record.cloudformation),
    frozenset(
        part.name for record in RECORDS if record.of_roles for part in record.cloudformation if isinstance(part, TemplateType)
    ),
)


def _inline(instance: Instance) -> Declarations | None:
    """What the template in a stack of Terraform declares."""
    from auditor.sources.cloudformation.inline import Spread, declared_inline

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


TERRAFORM = Provider(
    ((record.kind, part) for record in RECORDS for part in record.terraform),
    frozenset(part.name for record in RECORDS if record.of_roles for part in record.terraform if isinstance(part, TerraformType)),
    _inline,
    NAMES,
)

COMMANDS: dict[Kind, str] = {record.kind: record.command for record in RECORDS if record.kind is not None and record.command}
"""The command of `aws` that prints each kind of configuration, where a document can be told by its output."""
