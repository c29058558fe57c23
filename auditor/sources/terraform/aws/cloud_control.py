"""The provider awscc: its types are those of CloudFormation, with the names of their properties in snake case.

Source: registry.terraform.io/providers/hashicorp/awscc/latest/docs: it is generated from the schemas of the CloudFormation registry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from auditor.foundation.value import NULL, ListValue, MapValue, Value, is_null
from auditor.model import IdentityDeclaration, IdentityKind, PolicyOwner
from auditor.sources.choices import in_branches, items_of, where_written
from auditor.sources.terraform.aws.attributes import account_of
from auditor.sources.terraform.aws.blocks import text
from auditor.sources.terraform.aws.found import RootDeclarations, Written
from auditor.sources.terraform.aws.identities import Of, attached, boundary, identity_policy
from auditor.sources.terraform.aws.resource_type import Content
from auditor.sources.terraform.values.resource_instance import EvaluatedBody, Instance

# Where a property has letters in a row in upper case.
_NAMES = {"kms_master_key_id": "KMSMasterKeyID", "sse_algorithm": "SSEAlgorithm"}


def in_property(name: str, shape: Callable[[Value], Value]) -> Content:
    """Configuration that is a property, in the form that CloudFormation's reader of it takes.

    Args:
        name: of the argument.
        shape: that reader; it is asked for every branch on its own.
    """

    def content(body: EvaluatedBody) -> Iterator[Written]:
        for when, value in where_written(body.attribute(name)):
            written = in_branches(in_terms_of_cloudformation(value), shape)
            if not is_null(written):
                yield Written(written, body.written(name), when)

    return content


def in_terms_of_cloudformation(value: Value) -> Value:
    """A value whose maps have the names of CloudFormation's properties; what is null is not written."""

    def branch(one: Value) -> Value:
        match one:
            case ListValue(items):
                return replace(one, items=tuple(in_terms_of_cloudformation(item) for item in items))
            case MapValue(entries):
                return MapValue(
                    {_property(name): in_terms_of_cloudformation(entry) for name, entry in entries.items() if not is_null(entry)},
                    one.location,
                    one.rest,
                    {_property(name): place for name, place in one.key_locations.items()},
                )
        return one

    return in_branches(value, branch)


def _property(name: str) -> str:
    return _NAMES.get(name) or "".join(part.capitalize() for part in name.split("_"))


def role(instance: Instance, found: RootDeclarations) -> None:
    """Declares a role with the policies that it holds or names."""
    body = instance.body
    name = text(found.attribute_of(instance, "role_name"))
    found.declare(
        IdentityDeclaration,
        instance,
        kind=IdentityKind.ROLE,
        name=name,
        arn=text(found.attribute_of(instance, "arn")),
        trust_policy=body.attribute("assume_role_policy_document"),
        boundary=boundary(body.attribute("permissions_boundary"), found),
        account=account_of(instance),
        unique_id=text(found.attribute_of(instance, "role_id")),
    )
    of = Of(IdentityKind.ROLE, name)
    for when, policy in items_of(body.attribute("policies")):
        entries = policy.entries if isinstance(policy, MapValue) else {"policy_document": policy}
        document, called = (entries.get(name, NULL) for name in ("policy_document", "policy_name"))
        identity_policy(instance, found, of, document, when, called=called)
    attached(instance, found, of, body.attribute("managed_policy_arns"))


def role_policy(instance: Instance, found: RootDeclarations) -> None:
    """Declares a policy written for one role."""
    of = Of(IdentityKind.ROLE, instance.body.attribute("role_name"))
    identity_policy(instance, found, of, instance.body.attribute("policy_document"), called=instance.body.attribute("policy_name"))


def managed_policy(instance: Instance, found: RootDeclarations) -> None:
    """Declares a managed policy for the roles, users and groups that it names."""
    for kind in IdentityKind:
        for when, one in items_of(instance.body.attribute(f"{kind.value}s")):
            identity_policy(instance, found, Of(kind, one), instance.body.attribute("policy_document"), when, PolicyOwner.ACCOUNT)
