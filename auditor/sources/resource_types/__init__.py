"""The types of resources that are known: one record each, in one table for all languages.

To add a type, add its record to the module of its service. Whatever a language needs to know of it stands there: nothing else lists types.
"""

from __future__ import annotations

from auditor.model import Kind
from auditor.sources.cloudformation.aws.resource_type import TemplateType
from auditor.sources.cloudformation.aws.template_types import TemplateTypes
from auditor.sources.resource_types import iam, kms, named, s3
from auditor.sources.terraform.aws.provider import Provider
from auditor.sources.terraform.aws.resource_type import TerraformType

RECORDS = (*s3.RECORDS, *kms.RECORDS, *iam.RECORDS, *named.RECORDS)

TERRAFORM = Provider(
    ((record.kind, part) for record in RECORDS for part in record.terraform),
    frozenset(part.name for record in RECORDS if record.of_roles for part in record.terraform if isinstance(part, TerraformType)),
)

CLOUDFORMATION = TemplateTypes(
    ((record.kind, part) for record in RECORDS for part in record.cloudformation),
    frozenset(
        part.name for record in RECORDS if record.of_roles for part in record.cloudformation if isinstance(part, TemplateType)
    ),
)

COMMANDS: dict[Kind, str] = {record.kind: record.command for record in RECORDS if record.kind is not None and record.command}
"""The command of `aws` that prints each kind of configuration, where a document can be told by its output."""
