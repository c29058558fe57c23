"""KMS: keys, their policies, aliases and grants, one record each.

Source: registry.terraform.io/providers/hashicorp/aws/latest/docs and AWS CloudFormation Template Reference, under the name of each type.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.lazy.modules import module
from auditor.model import Kind
from auditor.sources.cloudformation.aws.resource_type import Property, TemplateType
from auditor.sources.resource_types.record import ResourceType
from auditor.sources.terraform.aws.resource_type import Compute, Inside, TerraformType

if TYPE_CHECKING:
    from auditor.sources.cloudformation.aws import attributes as template
    from auditor.sources.cloudformation.aws import keys as properties
    from auditor.sources.terraform.aws import attributes, buckets, keys
else:
    template = module("auditor.sources.cloudformation.aws.attributes")
    properties = module("auditor.sources.cloudformation.aws.keys")
    attributes = module("auditor.sources.terraform.aws.attributes")
    buckets = module("auditor.sources.terraform.aws.buckets")
    keys = module("auditor.sources.terraform.aws.keys")

_TO_KEY = {"key_id": "key_id"}
_KEYS = ("aws_kms_key", "aws_kms_external_key", "aws_kms_replica_key", "aws_kms_replica_external_key")
_CLOUD_CONTROL_KEYS = ("awscc_kms_key", "awscc_kms_replica_key")
_TEMPLATE_KEYS = ("AWS::KMS::Key", "AWS::KMS::ReplicaKey")


def _computed() -> dict[str, Compute]:
    return {"id": attributes.key_id, "key_id": attributes.key_id, "arn": attributes.key_arn}


KEY = ResourceType(
    terraform=lambda: (
        *(
            TerraformType(name, keys.key, owner=True, computed=_computed(), links={"policy": "json", "primary_key_arn": "arn"})
            for name in _KEYS
        ),
        *(TerraformType(name, keys.key, owner=True, computed=_computed()) for name in _CLOUD_CONTROL_KEYS),
        TerraformType(
            "aws_kms_key",
            keys.referred_key,
            data=True,
            computed={
                "id": lambda instance: attributes.key_id_from(instance, instance.body.attribute("key_id")),
                "arn": lambda instance: attributes.key_arn_from(instance, instance.body.attribute("key_id")),
            },
            links=_TO_KEY,
        ),
    ),
    cloudformation=lambda: tuple(
        TemplateType(name, properties.key, template.key_id, {"Arn": template.key_arn, "KeyId": template.key_id}, owner=True)
        for name in _TEMPLATE_KEYS
    ),
)

KEY_POLICY = ResourceType(
    Kind.KEY_POLICY,
    "kms get-key-policy",
    terraform=lambda: (
        TerraformType(
            "aws_kms_key_policy", content=buckets.argument("policy"), target="key_id", links={**_TO_KEY, "policy": "json"}
        ),
        *(Inside(name, buckets.argument_if_written("policy")) for name in _KEYS),
        *(Inside(name, buckets.argument_if_written("key_policy")) for name in _CLOUD_CONTROL_KEYS),
    ),
    cloudformation=lambda: (Property(_TEMPLATE_KEYS, "KeyPolicy", lambda document: document),),
)

ALIAS = ResourceType(
    terraform=lambda: (
        TerraformType(
            "aws_kms_alias",
            keys.alias,
            computed={
                "id": attributes.alias_name,
                "name": attributes.alias_name,
                "arn": attributes.alias_arn,
                "target_key_arn": lambda instance: attributes.key_arn_from(instance, instance.body.attribute("target_key_id")),
            },
            links={"target_key_id": "key_id"},
        ),
        TerraformType("awscc_kms_alias", keys.alias, computed=dict.fromkeys(("id", "name"), attributes.cloud_control_alias_name)),
        TerraformType(
            "aws_kms_alias",
            keys.referred_key,
            data=True,
            computed={
                "id": attributes.alias_arn,
                "arn": attributes.alias_arn,
                "target_key_id": attributes.referred_alias_key_id,
                "target_key_arn": attributes.referred_alias_key_arn,
            },
        ),
    ),
    cloudformation=lambda: (TemplateType("AWS::KMS::Alias", properties.alias, template.alias_name),),
)

GRANT = ResourceType(
    Kind.KEY_GRANT,
    terraform=lambda: (TerraformType("aws_kms_grant", keys.grant, links=_TO_KEY),),
)

RECORDS = (KEY, KEY_POLICY, ALIAS, GRANT)
