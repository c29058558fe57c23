"""IAM: roles, users and groups, and the policies attached to them, in the shapes of `auditor.model`.

Source: AWS CloudFormation Template Reference, "Properties" of AWS::IAM::Role, AWS::IAM::User, AWS::IAM::Group, AWS::IAM::Policy,
AWS::IAM::ManagedPolicy, AWS::IAM::RolePolicy, AWS::IAM::UserPolicy, AWS::IAM::GroupPolicy and AWS::IAM::UserToGroupAddition; AWS SAM
Developer Guide, AWS::Serverless::Function.
"""

from __future__ import annotations

from dataclasses import replace

from auditor.foundation.equality import same_text
from auditor.foundation.value import (
    ALWAYS,
    NULL,
    Known,
    Symbol,
    Truth,
    Unknown,
    Value,
    When,
    alternatives,
    is_null,
    is_text,
    origin_of,
    scalar_text,
)
from auditor.lazy.classes import dataclass
from auditor.model import (
    IdentityDeclaration,
    IdentityKind,
    IdentityPolicyDeclaration,
    MembershipDeclaration,
    OrganizationPolicyDeclaration,
    PolicyOwner,
)
from auditor.policy.services.managed import managed_policy
from auditor.sources.api_terms import organization_policy_kinds
from auditor.sources.choices import in_branches, items_of
from auditor.sources.cloudformation.aws import serverless
from auditor.sources.cloudformation.aws.attributes import iam_name, text
from auditor.sources.cloudformation.aws.buckets import in_entry
from auditor.sources.cloudformation.aws.called import by_name
from auditor.sources.cloudformation.aws.found import StackDeclarations
from auditor.sources.cloudformation.stack import Stack, StackResource
from auditor.sources.naming import name_of

_MANAGED = "AWS::IAM::ManagedPolicy"


@dataclass(frozen=True, slots=True)
class _Of:
    """The identity that a policy is attached to: its kind, and a reference to it by name."""

    kind: IdentityKind
    name: Value


def identity(resource: StackResource, found: StackDeclarations) -> None:
    """Declares a role, user or group with the policies that it names or holds, and the groups of a user."""
    kind = IdentityKind(resource.type.rpartition("::")[2].lower())
    reference = replace(text(iam_name(resource, f"{kind.value.title()}Name")), origin=resource.address)
    found.declare(
        IdentityDeclaration,
        resource,
        kind=kind,
        name=reference,
        arn=text(resource.stack.surroundings.types.attribute_of(resource, "Arn")),
        trust_policy=resource.value("AssumeRolePolicyDocument") if kind is IdentityKind.ROLE else NULL,
        boundary=NULL if kind is IdentityKind.GROUP else _boundary(resource.stack, resource.value("PermissionsBoundary")),
        account=resource.stack.surroundings.account,
        unique_id=text(resource.stack.surroundings.types.attribute_of(resource, "RoleId")) if kind is IdentityKind.ROLE else NULL,
    )
    of = _Of(kind, reference)
    for when, policy in items_of(resource.value("Policies")):
        _policy(found, resource, of, in_entry(policy, "PolicyDocument"), when, called=in_entry(policy, "PolicyName"))
    for when, arn in items_of(resource.value("ManagedPolicyArns")):
        _policy(found, resource, of, _managed(resource.stack, arn), when, _owner(resource.stack, arn))
    if kind is IdentityKind.USER:
        for when, group in items_of(resource.value("Groups")):
            by_name(resource, "Groups", group, "group", listed=True)
            found.declare(MembershipDeclaration, resource, when, user=reference, group=group)


def policy_of_many(resource: StackResource, found: StackDeclarations) -> None:
    """Declares a policy of several roles, users and groups."""
    owner = PolicyOwner.ACCOUNT if resource.type == _MANAGED else PolicyOwner.INLINE
    called = resource.value("PolicyName")
    for kind in IdentityKind:
        argument = f"{kind.value.title()}s"
        for when, one in items_of(resource.value(argument)):
            by_name(resource, argument, one, kind.value, listed=True)
            _policy(found, resource, _Of(kind, one), resource.value("PolicyDocument"), when, owner, called)


def policy_of_one(resource: StackResource, found: StackDeclarations) -> None:
    """Declares the policy of one role, user or group (`AWS::IAM::RolePolicy` and its like)."""
    kind = IdentityKind(resource.type.rpartition("::")[2].removesuffix("Policy").lower())
    argument = f"{kind.value.title()}Name"
    of = _Of(kind, by_name(resource, argument, resource.value(argument), kind.value))
    _policy(found, resource, of, resource.value("PolicyDocument"), called=resource.value("PolicyName"))


def members(resource: StackResource, found: StackDeclarations) -> None:
    """Declares users of a group (`AWS::IAM::UserToGroupAddition`)."""
    for when, one in items_of(resource.value("Users")):
        user = by_name(resource, "Users", one, "user", listed=True)
        group = by_name(resource, "GroupName", resource.value("GroupName"), "group")
        found.declare(MembershipDeclaration, resource, when, user=user, group=group)


def function(resource: StackResource, found: StackDeclarations) -> None:
    """Declares the role that SAM makes for a function or state machine which names none."""
    for when, written in alternatives(resource.value("Role")):
        if not is_null(written):
            continue
        made = serverless.role(resource)
        found.add(replace(made, when=made.when.also(when), boundary=_boundary(resource.stack, made.boundary)))
        for within, policy in items_of(resource.value("Policies")):
            document, owner = serverless.document(policy, resource)
            if is_null(document):
                document, owner = _managed(resource.stack, policy), _owner(resource.stack, policy)
            _policy(found, resource, _Of(IdentityKind.ROLE, made.name), document, when.also(within), owner)


def _policy(
    found: StackDeclarations,
    resource: StackResource,
    of: _Of,
    document: Value,
    when: When = ALWAYS,
    owner: PolicyOwner = PolicyOwner.INLINE,
    called: Value = NULL,
) -> None:
    if not is_null(document):
        found.declare(
            IdentityPolicyDeclaration, resource, when, kind=of.kind, identity=of.name, document=document, owner=owner, called=called
        )


def _boundary(stack: Stack, arn: Value) -> Value:
    """The document of a permissions boundary, null when there is none."""
    return in_branches(arn, lambda branch: branch if is_null(branch) else _managed(stack, branch))


def organization_policy(resource: StackResource, found: StackDeclarations) -> None:
    """Declares a policy of an organization."""
    for when, kind in organization_policy_kinds(resource.value("Type"), resource.address, resource.location):
        found.declare(OrganizationPolicyDeclaration, resource, when, kind=kind, document=resource.value("Content"))


def _of_account(stack: Stack, arn: Value) -> StackResource | None:
    """The managed policy of the template, or of a stack nested in it, that a role names: by a reference, or by its ARN."""
    if (address := origin_of(arn)) is not None:
        policy = stack.top.find(address)
        return policy if policy is not None and policy.type == _MANAGED else None
    if not is_text(arn):
        return None
    policies = (one for one in stack.resources.values() if one.type == _MANAGED and not one.when.literals)
    types = stack.surroundings.types
    return next((one for one in policies if same_text(text(types.attribute_of(one, "PolicyArn")), arn) is Truth.TRUE), None)


def _owner(stack: Stack, arn: Value) -> PolicyOwner:
    return PolicyOwner.AWS if _of_account(stack, arn) is None else PolicyOwner.ACCOUNT


def _managed(stack: Stack, arn: Value) -> Value:
    """The document of a managed policy that a role names."""
    policy = _of_account(stack, arn)
    if policy is not None:
        return policy.value("PolicyDocument")
    if isinstance(arn, Known) and (document := managed_policy(str(arn.value))) is not None:
        return document
    if isinstance(arn, Unknown):
        return arn
    name = scalar_text(arn.value) if isinstance(arn, Known) else name_of(arn)
    return Unknown(Symbol(f"policy {name}", "the managed policy is not in the code", location=arn.location))
