"""IAM: roles, users and groups, and the policies attached to them, in the shapes of `auditor.model`."""

from __future__ import annotations

from auditor.foundation.value import ALWAYS, NULL, Known, Symbol, Unknown, Value, When, alternatives, is_null, origin_of
from auditor.lazy.classes import dataclass
from auditor.model import (
    ExclusiveDeclaration,
    ExclusiveList,
    IdentityDeclaration,
    IdentityKind,
    IdentityPolicyDeclaration,
    MembershipDeclaration,
    OrganizationPolicyDeclaration,
    PolicyOwner,
)
from auditor.policy.services.managed import managed_policy
from auditor.sources.api_terms import organization_policy_kinds
from auditor.sources.choices import choose, items_of, where_written
from auditor.sources.naming import name_of
from auditor.sources.terraform.aws.attributes import account_of
from auditor.sources.terraform.aws.blocks import text
from auditor.sources.terraform.aws.found import RootDeclarations
from auditor.sources.terraform.aws.policy_document import under
from auditor.sources.terraform.values.resource_instance import EvaluatedBlocks, Instance

_MANAGED = "aws_iam_policy"


@dataclass(frozen=True, slots=True)
class Of:
    """The identity that a policy is attached to: its kind, and a reference to it by name."""

    kind: IdentityKind
    name: Value


def role(instance: Instance, found: RootDeclarations) -> None:
    """Declares a role with the policies that are written inside it."""
    of = _identity(instance, found, IdentityKind.ROLE)
    blocks, arns = instance.body.blocks("inline_policy"), instance.body.attribute("managed_policy_arns")
    _inline_policies(instance, found, of, blocks)
    attached(instance, found, of, arns)
    names = tuple((when, block.attribute("name")) for when, block in blocks.items)
    for when in dict.fromkeys((*(when for when, _ in blocks.items), *([ALWAYS] if blocks.rest else []))):
        _claim(instance, found, ExclusiveList.INLINE_POLICIES, of, names, "inline_policy", when)
    for when, written in where_written(arns):
        if not is_null(written):
            _claim(instance, found, ExclusiveList.MANAGED_POLICIES, of, tuple(items_of(written)), "managed_policy_arns", when)


def _claim(
    instance: Instance,
    found: RootDeclarations,
    list_: ExclusiveList,
    of: Of,
    listed: tuple[tuple[When, Value], ...],
    argument: str,
    when: When = ALWAYS,
) -> None:
    """Declares that an argument holds all there is of a list; under `ignore_changes` nothing is removed for it."""
    if instance.ignored.isdisjoint({argument, "all"}):
        found.declare(
            ExclusiveDeclaration, instance, when, list=list_, kind=of.kind, subject=of.name, listed=listed, argument=argument
        )


def user(instance: Instance, found: RootDeclarations) -> None:
    """Declares a user."""
    _identity(instance, found, IdentityKind.USER)


def group(instance: Instance, found: RootDeclarations) -> None:
    """Declares a group."""
    _identity(instance, found, IdentityKind.GROUP)


def organization_policy(instance: Instance, found: RootDeclarations) -> None:
    """Declares a policy of an organization."""
    body = instance.body
    for when, kind in organization_policy_kinds(body.attribute("type"), instance.address, body.location):
        found.declare(OrganizationPolicyDeclaration, instance, when, kind=kind, document=body.attribute("content"))


def _identity(instance: Instance, found: RootDeclarations, kind: IdentityKind) -> Of:
    body = instance.body
    name = text(found.attribute_of(instance, "name"))
    found.declare(
        IdentityDeclaration,
        instance,
        kind=kind,
        name=name,
        arn=text(found.attribute_of(instance, "arn")),
        trust_policy=body.attribute("assume_role_policy") if kind is IdentityKind.ROLE else NULL,
        boundary=NULL if kind is IdentityKind.GROUP else boundary(body.attribute("permissions_boundary"), found),
        account=account_of(instance),
        unique_id=NULL if kind is IdentityKind.GROUP else text(found.attribute_of(instance, "unique_id")),
    )
    return Of(kind, name)


def _inline_policies(instance: Instance, found: RootDeclarations, of: Of, blocks: EvaluatedBlocks) -> None:
    written = ALWAYS if blocks.kept is None else ALWAYS.and_(blocks.kept[0])
    for when, block in blocks.items:
        identity_policy(instance, found, of, block.attribute("policy"), written.also(when), called=block.attribute("name"))
    if blocks.rest is not None:
        identity_policy(instance, found, of, Unknown(blocks.rest, instance.body.location), written)
    if blocks.kept is not None:
        as_written, deployed = blocks.kept
        identity_policy(instance, found, of, choose(as_written, NULL, Unknown(deployed, deployed.location)))


def identity_policy(
    instance: Instance,
    found: RootDeclarations,
    of: Of,
    document: Value,
    when: When = ALWAYS,
    owner: PolicyOwner = PolicyOwner.INLINE,
    called: Value = NULL,
) -> None:
    """Declares a policy of the identity that a reference means; none where the document is null."""
    if not is_null(document):
        found.declare(
            IdentityPolicyDeclaration,
            instance,
            when,
            kind=of.kind,
            identity=of.name,
            document=document,
            owner=owner,
            called=called,
            account=account_of(instance),
        )


def inline_policy(instance: Instance, found: RootDeclarations) -> None:
    """Declares the policy that `aws_iam_role_policy`, `aws_iam_user_policy` or `aws_iam_group_policy` writes for one identity."""
    of = _named(instance)
    identity_policy(instance, found, of, instance.body.attribute("policy"), called=instance.body.attribute("name"))


def policy_attachment(instance: Instance, found: RootDeclarations) -> None:
    """Declares the managed policy that `aws_iam_role_policy_attachment` and its like attach to one identity."""
    attached(instance, found, _named(instance), instance.body.attribute("policy_arn"))


def policy_attachments(instance: Instance, found: RootDeclarations) -> None:
    """Declares all managed policies of one identity (`aws_iam_role_policy_attachments_exclusive` and its like)."""
    of, arns = _named(instance, "_name"), instance.body.attribute("policy_arns")
    attached(instance, found, of, arns)
    _claim(instance, found, ExclusiveList.MANAGED_POLICIES, of, tuple(items_of(arns)), "policy_arns")


def policy_names(instance: Instance, found: RootDeclarations) -> None:
    """Declares which inline policies one identity has (`aws_iam_role_policies_exclusive` and its like); others write them."""
    of, names = _named(instance, "_name"), instance.body.attribute("policy_names")
    _claim(instance, found, ExclusiveList.INLINE_POLICIES, of, tuple(items_of(names)), "policy_names")


def _named(instance: Instance, ending: str = "") -> Of:
    """The one identity that a type is about, by the argument that is called like its kind."""
    kind = next(kind for kind in IdentityKind if instance.type.startswith(f"aws_iam_{kind.value}_"))
    return Of(kind, instance.body.attribute(f"{kind.value}{ending}"))


def policy_of_many(instance: Instance, found: RootDeclarations) -> None:
    """Declares the managed policy that `aws_iam_policy_attachment` attaches to roles, users and groups."""
    arn = instance.body.attribute("policy_arn")
    for kind in IdentityKind:
        argument = f"{kind.value}s"
        holders = tuple(items_of(instance.body.attribute(argument)))
        for when, one in holders:
            attached(instance, found, Of(kind, one), arn, when)
        _claim(instance, found, ExclusiveList.HOLDERS, Of(kind, arn), holders, argument)


def members(instance: Instance, found: RootDeclarations) -> None:
    """Declares the users of a group (`aws_iam_group_membership`)."""
    group, users = instance.body.attribute("group"), tuple(items_of(instance.body.attribute("users")))
    for when, one in users:
        found.declare(MembershipDeclaration, instance, when, user=one, group=group)
    _claim(instance, found, ExclusiveList.MEMBERS, Of(IdentityKind.GROUP, group), users, "users")


def groups(instance: Instance, found: RootDeclarations) -> None:
    """Declares the groups of a user (`aws_iam_user_group_membership`)."""
    for when, one in items_of(instance.body.attribute("groups")):
        found.declare(MembershipDeclaration, instance, when, user=instance.body.attribute("user"), group=one)


def attached(instance: Instance, found: RootDeclarations, of: Of, arns: Value, when: When = ALWAYS) -> None:
    """Declares the managed policies that references mean."""
    for within, arn in items_of(arns):
        owner = PolicyOwner.AWS if _of_account(arn, found) is None else PolicyOwner.ACCOUNT
        identity_policy(instance, found, of, _managed(arn, found), when.also(within), owner, arn)


def boundary(arn: Value, found: RootDeclarations) -> Value:
    """The document of a permissions boundary, null when there is none.

    Source: Terraform's provider for AWS: an optional argument that is the empty text is not configured.
    """
    document: Value = NULL
    for when, branch in alternatives(arn):
        if not is_null(branch) and branch != Known(""):
            document = under(when, _managed(branch, found), document)
    return document


def _of_account(arn: Value, found: RootDeclarations) -> Instance | None:
    """The managed policy of the code that a reference means: what it was read from, or the one that certainly has that ARN."""
    origin = origin_of(arn)
    if origin is not None or not isinstance(arn, Known):
        policy = found.instances.get(origin or "")
        return policy if policy is not None and policy.type == _MANAGED else None
    return found.of_arn(_MANAGED, arn)


def _managed(arn: Value, found: RootDeclarations) -> Value:
    """The document of the managed policy that a reference means."""
    policy = _of_account(arn, found)
    if policy is not None:
        return policy.body.attribute("policy")
    if isinstance(arn, Known) and (document := managed_policy(str(arn.value))) is not None:
        return document
    if isinstance(arn, Unknown):
        return arn
    name = arn.value if isinstance(arn, Known) else name_of(arn)
    return Unknown(Symbol(f"policy {name}", "the managed policy is not in the code", location=arn.location))
