"""What of IAM several resources write: whether it is in force depends on which of them is applied last.

An inline policy has a name, and what is written last under a name is in force. Some resources write a whole list, and remove what others add
to it whenever they are applied.

Sources: AWS IAM API Reference, PutRolePolicy (adds or updates the policy of a name); registry.terraform.io/providers/hashicorp/aws/latest/docs:
aws_iam_role, `inline_policy` and `managed_policy_arns`; aws_iam_policy_attachment, aws_iam_group_membership, aws_iam_role_policies_exclusive,
aws_iam_role_policy_attachments_exclusive, and what is like these for users and groups.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from auditor.foundation.equality import same_text
from auditor.foundation.value import ALWAYS, Symbol, Truth, Value, When, is_null, is_text, origin_of, shown, text_parts
from auditor.link.meant import is_identity
from auditor.model import (
    Declared,
    ExclusiveDeclaration,
    ExclusiveList,
    IdentityDeclaration,
    IdentityPolicyDeclaration,
    MembershipDeclaration,
    PolicyOwner,
)

AttachedPolicy = tuple[When, IdentityPolicyDeclaration]


class Claims:
    """The claims of the resources of a root to write lists of IAM exclusively.

    Args:
        claims: they.
    """

    def __init__(self, claims: Sequence[ExclusiveDeclaration]) -> None:
        self._all = claims

    def in_force(self, attached: Sequence[AttachedPolicy], identity: IdentityDeclaration) -> Iterator[AttachedPolicy]:
        """The policies that resources attach to an identity, also under the conditions that no other resource replaces or removes them."""
        named = [(at, when, policy) for at, (when, policy) in enumerate(attached) if _has_name(policy)]
        for at, (when, policy) in enumerate(attached):
            kept = when
            for claim in self._on_policy(policy, identity):
                kept = kept.and_(_stays(policy, claim))
            for other_at, other_when, other in named if _has_name(policy) else ():
                if _may_replace(policy, other) and not when.also(other_when).contradictory:
                    first, last = (policy, other) if at < other_at else (other, policy)
                    kept = kept.and_(_order(first, last), policy is last)
            yield kept, policy

    def _on_policy(self, policy: IdentityPolicyDeclaration, identity: IdentityDeclaration) -> Iterator[ExclusiveDeclaration]:
        """The claims of others to a list that the attachment of a policy is in, and that does not certainly hold it."""
        sort = ExclusiveList.INLINE_POLICIES if policy.owner is PolicyOwner.INLINE else ExclusiveList.MANAGED_POLICIES
        managed = policy.owner is not PolicyOwner.INLINE
        for claim in self._all:
            if claim.kind is not identity.kind:
                continue
            if claim.list is sort and is_identity(claim.subject, identity) is not Truth.FALSE:
                competes = _competes(claim, policy, lambda name: _is_called(name, policy))
            elif claim.list is ExclusiveList.HOLDERS and managed and _is_called(claim.subject, policy) is not Truth.FALSE:
                competes = _competes(claim, policy, lambda holder: is_identity(holder, identity))
            else:
                continue
            if competes:
                yield claim

    def stays(self, membership: MembershipDeclaration, user: IdentityDeclaration, group: IdentityDeclaration) -> When:
        """The conditions under which a user stays in a group of which others may write the members."""
        kept = ALWAYS
        for claim in self._all:
            if (
                claim.list is ExclusiveList.MEMBERS
                and is_identity(claim.subject, group) is not Truth.FALSE
                and _competes(claim, membership, lambda member: is_identity(member, user))
            ):
                kept = kept.and_(_stays(membership, claim))
        return kept

    def not_written(self, attached: Sequence[AttachedPolicy], identity: IdentityDeclaration) -> Iterator[Symbol]:
        """What stands for the inline policies of an identity that a list names, and that nothing in the code writes."""
        for claim in self._all:
            of_kind = claim.list is ExclusiveList.INLINE_POLICIES and claim.kind is identity.kind
            if not of_kind or is_identity(claim.subject, identity) is not Truth.TRUE:
                continue
            for _, name in claim.listed:
                if not is_null(name) and not any(_is_called(name, policy) is Truth.TRUE for _, policy in attached):
                    text = shown(text_parts(name)) if is_text(name) else "?"
                    reason = f"{claim.address} lists it, and it is not in the code"
                    yield Symbol(f"the inline policy {text} of {identity.address}", reason, "", claim.location)


def _competes(claim: ExclusiveDeclaration, added: Declared, means: Callable[[Value], Truth]) -> bool:
    """Whether a claim of another resource is about what a resource adds, and does not list it wherever that is added."""
    if claim.address == added.address or claim.when.also(added.when).contradictory:
        return False
    return not any(means(one) is Truth.TRUE and when.literals <= added.when.literals for when, one in claim.listed)


def _is_called(name: Value, policy: IdentityPolicyDeclaration) -> Truth:
    """Whether a name or ARN is that of a policy; what has no name, and what lists none, have none in common."""
    origin = origin_of(name)
    if origin is not None and origin in (policy.address, origin_of(policy.called)):
        return Truth.TRUE
    if is_null(name) or is_null(policy.called):
        return Truth.UNKNOWN
    return same_text(name, policy.called) if is_text(name) and is_text(policy.called) else Truth.UNKNOWN


def _has_name(policy: IdentityPolicyDeclaration) -> bool:
    """Whether it is an inline policy with a name: one that nobody gives is made up at deployment, and another one each time."""
    return policy.owner is PolicyOwner.INLINE and not is_null(policy.called)


def _may_replace(policy: IdentityPolicyDeclaration, other: IdentityPolicyDeclaration) -> bool:
    """Whether two resources may write one inline policy; both have names."""
    if policy.address == other.address:
        return False
    return not (is_text(policy.called) and is_text(other.called)) or same_text(policy.called, other.called) is not Truth.FALSE


def _order(first: IdentityPolicyDeclaration, last: IdentityPolicyDeclaration) -> Symbol:
    """The condition that the last of two resources is applied last."""
    names = f"{first.address} and {last.address}"
    reason = f"{names} write an inline policy of one name for one {first.kind.value}, and the last one to be applied wins"
    return Symbol(f"the order of {names}", reason, "give each a name of its own", last.location)


def _stays(added: Declared, claim: ExclusiveDeclaration) -> Symbol:
    """The condition that what a resource adds to a list stays there although another one claims the list."""
    whose = "policy" if claim.list is ExclusiveList.HOLDERS else claim.kind.value
    reason = f"{claim.address} manages the {claim.list.value} of the {whose} exclusively, and removes what {added.address} adds when it is applied again"
    hint = f"list it in {claim.argument} of {claim.address}, or use only one of the two"
    return Symbol(f"{added.address} stays beside {claim.address}", reason, hint, claim.location)
