"""KMS: keys and their aliases, in the shapes of `auditor.model`.

Source: AWS CloudFormation Template Reference, "Properties" of AWS::KMS::Key, AWS::KMS::ReplicaKey and AWS::KMS::Alias.
"""

from __future__ import annotations

from auditor.foundation.value import Known, is_null, origin_of
from auditor.model import AliasDeclaration, KeyDeclaration
from auditor.sources.api_terms import imported, key_state, multi_region, multi_region_type
from auditor.sources.choices import in_branches
from auditor.sources.cloudformation.aws.attributes import key_arn, key_id, text
from auditor.sources.cloudformation.aws.found import StackDeclarations
from auditor.sources.cloudformation.stack import StackResource


def key(resource: StackResource, found: StackDeclarations) -> None:
    """Declares a key. A replica has the spec and usage of its primary key, where that is in the code.

    Source: AWS KMS Developer Guide, "Multi-Region keys", shared properties: key spec and key usage, but not the key state.
    """
    around, stack = resource.stack.surroundings, resource.stack
    origin = origin_of(resource.value("PrimaryKeyArn")) or ""
    made = stack.resources.get(origin.removeprefix(stack.prefix), resource)
    replica = resource.type == "AWS::KMS::ReplicaKey"
    unread = replica and made is resource
    found.declare(
        KeyDeclaration,
        resource,
        key_id=key_id(resource),
        arn=key_arn(resource),
        region=around.region,
        account=around.account,
        spec=made.value("KeySpec"),
        usage=made.value("KeyUsage"),
        state=imported(key_state(resource.value("Enabled")), made.value("Origin"), resource.address, resource.location),
        origin=in_branches(made.value("Origin"), lambda given: Known("AWS_KMS") if is_null(given) and not unread else given),
        multi_region=multi_region(resource.value("MultiRegion"), replica=replica),
        multi_region_type=multi_region_type(replica=replica),
    )


def alias(resource: StackResource, found: StackDeclarations) -> None:
    """Declares an alias."""
    name = text(resource.stack.surroundings.types.reference_to(resource))
    around = resource.stack.surroundings
    target = resource.value("TargetKeyId")
    found.declare(AliasDeclaration, resource, name=name, target=target, region=around.region, account=around.account)
