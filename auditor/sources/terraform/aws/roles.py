"""IAM: roles and the policies attached to them, in the shapes of `auditor.model`."""

from __future__ import annotations

from auditor.foundation.value import ALWAYS, NULL, Known, Symbol, Unknown, Value, When, alternatives, is_null
from auditor.model import IdentityPolicyDeclaration, PolicyOwner, RoleDeclaration
from auditor.policy.services.managed import managed_policy
from auditor.sources.choices import choose, items_of
from auditor.sources.naming import name_of
from auditor.sources.terraform.aws.attributes import account_of
from auditor.sources.terraform.aws.blocks import text
from auditor.sources.terraform.aws.found import Found
from auditor.sources.terraform.aws.policy_document import under
from auditor.sources.terraform.values.resource_instance import EvaluatedBlocks, Instance


def role(instance: Instance, found: Found) -> None:
    """Declares a role with the policies that are written inside it."""
    body = instance.body
    name = text(found.attribute_of(instance, "name"))
    found.declare(
        RoleDeclaration,
        instance,
        name=name,
        arn=text(found.attribute_of(instance, "arn")),
        trust_policy=body.attribute("assume_role_policy"),
        boundary=_boundary(body.attribute("permissions_boundary"), found),
        account=account_of(instance),
    )
    _inline_policies(instance, found, name, body.blocks("inline_policy"))
    _attached(instance, found, name, body.attribute("managed_policy_arns"))


def _inline_policies(instance: Instance, found: Found, name: Value, blocks: EvaluatedBlocks) -> None:
    written = ALWAYS if blocks.kept is None else ALWAYS.and_(blocks.kept[0])
    for when, block in blocks.items:
        identity_policy(instance, found, name, block.attribute("policy"), written.also(when))
    if blocks.rest is not None:
        identity_policy(instance, found, name, Unknown(blocks.rest, instance.body.location), written)
    if blocks.kept is not None:
        as_written, deployed = blocks.kept
        identity_policy(instance, found, name, choose(as_written, NULL, Unknown(deployed, deployed.location)))


def identity_policy(
    instance: Instance, found: Found, of: Value, document: Value, when: When = ALWAYS, owner: PolicyOwner = PolicyOwner.ROLE
) -> None:
    """Declares a policy of the role that a reference means; none where the document is null."""
    if not is_null(document):
        found.declare(IdentityPolicyDeclaration, instance, when, role=of, document=document, owner=owner)


def role_policy(instance: Instance, found: Found) -> None:
    """Declares a policy written for one role."""
    identity_policy(instance, found, instance.body.attribute("role"), instance.body.attribute("policy"))


def policy_attachment(instance: Instance, found: Found) -> None:
    """Declares a managed policy of one role."""
    _attached(instance, found, instance.body.attribute("role"), instance.body.attribute("policy_arn"))


def policy_attachments(instance: Instance, found: Found) -> None:
    """Declares all managed policies of one role."""
    _attached(instance, found, instance.body.attribute("role_name"), instance.body.attribute("policy_arns"))


def policy_of_roles(instance: Instance, found: Found) -> None:
    """Declares a managed policy of several roles."""
    for _, one in items_of(instance.body.attribute("roles")):
        _attached(instance, found, one, instance.body.attribute("policy_arn"))


def _attached(instance: Instance, found: Found, of: Value, arns: Value) -> None:
    for when, arn in items_of(arns):
        owner = PolicyOwner.AWS if _of_account(arn, found) is None else PolicyOwner.ACCOUNT
        identity_policy(instance, found, of, _managed(arn, found), when, owner)


def _boundary(arn: Value, found: Found) -> Value:
    """The document of a permissions boundary, null when there is none."""
    document: Value = NULL
    for when, branch in alternatives(arn):
        if not is_null(branch):
            document = under(when, _managed(branch, found), document)
    return document


def _of_account(arn: Value, found: Found) -> Instance | None:
    """The managed policy of the code that a reference means."""
    policy = found.instances.get(getattr(arn, "origin", None) or "")
    return policy if policy is not None and policy.type == "aws_iam_policy" else None


def _managed(arn: Value, found: Found) -> Value:
    """The document of the managed policy that a reference means."""
    policy = _of_account(arn, found)
    if policy is not None:
        return policy.body.attribute("policy")
    if isinstance(arn, Known) and (document := managed_policy(str(arn.value))) is not None:
        return document
    if isinstance(arn, Unknown):
        return arn
    name = arn.value if isinstance(arn, Known) else name_of(arn)
    return Unknown(Symbol(f"policy {name}", "the managed policy is not in the code", location=getattr(arn, "location", None)))
