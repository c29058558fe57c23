"""Whether the policies of a role can be about a bucket: which of the roles that trust a platform it can use for the bucket."""

from __future__ import annotations

from auditor.foundation.equality import same_text
from auditor.foundation.value import Text, Truth, is_null, text_parts
from auditor.model import Bucket, IamIdentity, Kind
from auditor.policy import Items, Policy, parse_policy

_WILD, _MARK = ("*", "?"), "\0"


def may_be_about(identity: IamIdentity, bucket: Bucket) -> bool:
    """Whether a role or user may be meant for a bucket: some Allow of its own may cover the bucket or objects of it, or the bucket's policy name it."""
    if identity.perhaps:
        return True
    own = _spelled(bucket.declaration.arn)
    policies = [parse_policy(policy.document, policy.location) for _, policy in identity.policies]
    return any(_allows_of(policy, own) for policy in policies) or _is_named(identity, bucket)


def _allows_of(policy: Policy, own: str) -> bool:
    return bool(policy.rest) or any(
        statement.effect != "Deny" and _may_cover(statement.resources, own) for statement in policy.statements
    )


def _may_cover(resources: Items, own: str) -> bool:
    if resources.negated or resources.rest or not resources.written:
        return True
    return any(_may_be(_spelled(item.text), own) for item in resources.items)


def _may_be(resource: str, own: str) -> bool:
    """Whether a text of a Resource may cover a bucket or objects of it.

    Up to where the two differ, both hold the same values; only where one of the different characters is of such a value may they be the same text.
    """
    for index, character in enumerate(resource):
        if character in _WILD:
            return True
        if index == len(own):
            return character in ("/", _MARK)
        if character != own[index]:
            return resource[:index].count(_MARK) % 2 == 1 or _MARK in (character, own[index])
    return own[len(resource) :][:1] in ("", _MARK)


def _spelled(text: Text) -> str:
    """A text in which a value that is not resolved stands by its name, between two marks."""
    return "".join(part if isinstance(part, str) else f"{_MARK}{part.name}{_MARK}" for part in text_parts(text))


def _is_named(identity: IamIdentity, bucket: Bucket) -> bool:
    """Whether the bucket's policy may name the role."""
    for linked in bucket.slot(Kind.POLICY).linked:
        if is_null(linked.attachment.content):
            continue
        policy = parse_policy(linked.attachment.content, linked.attachment.location)
        if policy.rest:
            return True
        for statement in policy.statements:
            named = statement.principals
            if named.rest or any(same_text(one.item.text, identity.declaration.arn) is Truth.TRUE for one in named.principals):
                return True
    return False
