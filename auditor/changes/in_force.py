"""What lets requests to a bucket in: its policy, less what Block Public Access refuses, and its ACL, where ACLs are on.

Both are written as statements, so that one comparison sees all of it.

Source: Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage" (RestrictPublicBuckets, IgnorePublicAcls), "Access control
list (ACL) overview" (mapping of ACL permissions and access policy permissions, canned ACL), "Controlling ownership of objects and
disabling ACLs".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from auditor.foundation.cases import Choices
from auditor.foundation.location import Location
from auditor.foundation.value import (
    ALWAYS,
    Domain,
    Known,
    ListValue,
    MapValue,
    Symbol,
    Text,
    Truth,
    Unknown,
    Value,
    is_null,
    text_parts,
)
from auditor.model import Bucket, Kind, Slot, Storage
from auditor.policy.document import Condition, Items, Policy, Principal, Principals, Statement, StatementItem
from auditor.policy.evaluation.partial_case import PartialCase
from auditor.policy.services.public import is_public
from auditor.proofs.ownership import ENFORCED
from auditor.proofs.public_access import default_block

_READ = ("s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads")
_ALLOWED = {
    "READ": (_READ, ()),
    "WRITE": ((), ("s3:PutObject",)),
    "READ_ACP": (("s3:GetBucketAcl",), ()),
    "WRITE_ACP": (("s3:PutBucketAcl",), ()),
    "FULL_CONTROL": ((*_READ, "s3:GetBucketAcl", "s3:PutBucketAcl"), ("s3:PutObject",)),
}
"""What a permission of a bucket's ACL allows: actions on the bucket, and on its objects."""
_CANNED = {
    "public-read": (("AllUsers", "READ"),),
    "public-read-write": (("AllUsers", "READ"), ("AllUsers", "WRITE")),
    "authenticated-read": (("AuthenticatedUsers", "READ"),),
}
TIED = frozenset({"aws:PrincipalAccount", "aws:PrincipalIsAWSService", "aws:PrincipalType"})
"""The keys that these statements test; they follow from the caller."""


def in_force(bucket: Bucket, policy: Policy) -> Policy:
    """The statements that decide who may do what with a bucket, its policy being `policy`."""
    place = bucket.declaration.location
    statements = list(policy.statements)
    restricted = _setting(bucket, "RestrictPublicBuckets")
    if restricted is not False:
        public = is_public(policy, PartialCase(Choices({})), _is_everyone)
        when = ALWAYS
        if isinstance(restricted, Symbol):
            when = when.and_(restricted)
        if public is Truth.UNKNOWN:
            when = when.and_(Symbol(f"whether the policy of {bucket.declaration.address} is public", "it is not resolved"))
        if public is not Truth.FALSE:
            statements.append(replace(_cut_off(bucket.declaration.account, place), when=when))
    if _setting(bucket, "IgnorePublicAcls") is not True:
        statements.extend(_of_acl(bucket))
    return replace(policy, statements=tuple(statements))


def storable(bucket: Bucket, policy: Policy) -> bool | Symbol:
    """Whether S3 takes a policy when it is put; BlockPublicPolicy refuses one that is public. A symbol where that is not resolved.

    Source: Amazon S3 API Reference, PublicAccessBlockConfiguration: the setting does not affect a policy that is stored already.
    """
    blocked = _setting(bucket, "BlockPublicPolicy")
    if blocked is False or all(one.attachment.storage is not Storage.TO_BE_PUT for one in bucket.slot(Kind.POLICY).linked):
        return True
    public = is_public(policy, PartialCase(Choices({})), _is_everyone)
    if public is Truth.FALSE:
        return True
    if blocked is True and public is Truth.TRUE:
        return False
    return Symbol(f"whether S3 stores the policy of {bucket.declaration.address}", "BlockPublicPolicy may keep it from being put")


def _setting(bucket: Bucket, name: str) -> bool | Symbol:
    """A setting of Block Public Access; where nothing is written, it is off, as it is once a block is removed."""
    account = bucket.account_public_access_block
    found = [_of_slot(slot, name) for slot in (bucket.slot(Kind.PUBLIC_ACCESS_BLOCK), account)]
    if True in found or (found == [None, None] and default_block(bucket, name) == Known(True)):
        return True
    return next((one for one in found if isinstance(one, Symbol)), False)


def _of_slot(slot: Slot, name: str) -> bool | Symbol | None:
    """A setting of one public access block; None where there is none."""
    if slot.more:
        return slot.more[0]
    if not slot.linked:
        return None
    linked = slot.linked[0]
    if len(slot.linked) > 1 or linked.when.literals:
        return Symbol(linked.attachment.address, "which public access block is in force is not known")
    content = linked.attachment.content
    value = content.entries.get(name) if isinstance(content, MapValue) else content
    if isinstance(value, Unknown):
        return value.symbol
    if value is None or is_null(value):
        return False
    return (
        value.value is True if isinstance(value, Known) else Symbol(f"{name} of {linked.attachment.address}", "it is not resolved")
    )


def _is_everyone(principal: Principal, _: PartialCase) -> Truth:
    """Whether a principal that is not resolved is everyone: what begins with text is not, nor what AWS assigns."""
    first = text_parts(principal.item.text)[0]
    return Truth.FALSE if isinstance(first, str) or first.domain is not Domain.ANY else Truth.UNKNOWN


def _cut_off(account: Text, place: Location) -> Statement:
    """What RestrictPublicBuckets does with a public policy: nobody but the bucket's own account and AWS services is let in."""
    tests = tuple(
        _condition("StringNotEquals", key, value, place)
        for key, value in (("aws:PrincipalAccount", account), ("aws:PrincipalIsAWSService", Known("true")))
    )
    return _statement("RestrictPublicBuckets", "Deny", ("s3:*",), (Known("*"),), tests, place)


def _of_acl(bucket: Bucket) -> Iterator[Statement]:
    """What a bucket's ACL lets the public do; nothing where it, or whether ACLs are on, is not resolved, which the settings tell."""
    acl, ownership = bucket.slot(Kind.ACL), bucket.slot(Kind.OWNERSHIP)
    contents = [one.attachment.content for one in ownership.linked]
    if len(acl.linked) != 1 or acl.linked[0].when.literals or any(map(_enforces, contents)):
        return
    place = acl.linked[0].attachment.content_location or acl.linked[0].attachment.location
    on_bucket, on_objects = bucket.declaration.arn, bucket.declaration.arn_of("/*")
    for title, group, permission in _public_grants(acl.linked[0].attachment.content):
        tests = (
            (_condition("StringNotEquals", "aws:PrincipalType", Known("Anonymous"), place),)
            if group == "AuthenticatedUsers"
            else ()
        )
        for actions, resource in zip(_ALLOWED.get(permission, ()), (on_bucket, on_objects), strict=False):
            if actions:
                yield _statement(title, "Allow", actions, (resource,), tests, place)


def _enforces(ownership: Value) -> bool:
    return not isinstance(ownership, Known) or ownership.value == ENFORCED


def _public_grants(content: Value) -> Iterator[tuple[str, str, str]]:
    """The grants of an ACL to everybody, or to everybody with an account: what to call it, the group, the permission."""
    entries = content.entries if isinstance(content, MapValue) else {}
    canned, grants = entries.get("ACL"), entries.get("Grants")
    if isinstance(canned, Known) and isinstance(canned.value, str):
        yield from ((f"ACL {canned.value}", group, permission) for group, permission in _CANNED.get(canned.value, ()))
    for grant in grants.items if isinstance(grants, ListValue) else ():
        grantee = grant.entries.get("Grantee") if isinstance(grant, MapValue) else None
        uri = grantee.entries.get("URI") if isinstance(grantee, MapValue) else None
        permission = grant.entries.get("Permission") if isinstance(grant, MapValue) else None
        if isinstance(uri, Known) and isinstance(permission, Known):
            group = str(uri.value).rpartition("/")[2]
            if group in ("AllUsers", "AuthenticatedUsers"):
                yield f"ACL {permission.value} to {group}", group, str(permission.value)


def _condition(operator: str, key: str, value: Text, place: Location) -> Condition:
    return Condition(operator, key, Items((StatementItem(value, place),), written=True), ALWAYS, place)


def _statement(
    title: str,
    effect: str,
    actions: tuple[str, ...],
    resources: tuple[Text, ...],
    conditions: tuple[Condition, ...],
    place: Location,
) -> Statement:
    return Statement(
        index=0,
        sid=title,
        effect=effect,
        principals=Principals((Principal("*", StatementItem(Known("*"), place)),), written=True),
        actions=Items(tuple(StatementItem(Known(action), place) for action in actions), written=True),
        resources=Items(tuple(StatementItem(resource, place) for resource in resources), written=True),
        conditions=conditions,
        unknown_conditions=(),
        variables=False,
        when=ALWAYS,
        doubt=None,
        location=place,
    )
