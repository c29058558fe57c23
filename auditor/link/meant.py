"""Whether a reference means a key or an identity."""

from __future__ import annotations

from auditor.foundation.equality import same_text
from auditor.foundation.value import Domain, Known, Text, Truth, Unknown, Value, any_of, is_text, origin_of
from auditor.model import IdentityDeclaration, KeyDeclaration

# What is unresolved of these is not the name of a bucket, role or user.
_NO_NAMES = (Domain.ACCOUNT, Domain.REGION, Domain.KEY, Domain.ARN, Domain.NETWORK, Domain.IDENTITY)


def is_identity(target: Value, declaration: IdentityDeclaration) -> Truth:
    """Whether a reference by name means an identity; by its ARN perhaps, since IAM takes none for a name."""
    origin = origin_of(target)
    if origin is not None and origin != declaration.address:
        return Truth.FALSE
    if not is_text(target):
        return Truth.UNKNOWN
    if origin is not None:
        return Truth.UNKNOWN if is_misnamed(target, declaration.name) else Truth.TRUE
    by_arn = same_text(target, declaration.arn)
    return any_of((same_text(target, declaration.name), Truth.UNKNOWN if by_arn is Truth.TRUE else by_arn))


def is_misnamed(target: Value, name: Text) -> bool:
    """Whether what a reference gives of a bucket or identity is certainly not its name, but its ARN, its unique id or another attribute.

    Source: Amazon S3 API Reference, PutBucketPolicy, Bucket ("the name of the bucket"); IAM API Reference, AttachRolePolicy, RoleName (a pattern
    without `:` and `/`).
    """
    if isinstance(target, Unknown):
        return target.symbol.domain in _NO_NAMES
    if not is_text(target):
        return False
    origin, same = origin_of(target), same_text(target, name)
    if target == Known(origin):
        return False  # the address of what it means
    # What is resolved and read from something is not its name where that is made up at deployment.
    return same is Truth.FALSE or (same is Truth.UNKNOWN and isinstance(target, Known) and origin is not None)


def is_key(target: Value, declaration: KeyDeclaration) -> Truth:
    """Whether a reference by id or ARN means a key."""
    origin = origin_of(target)
    if origin is not None and origin == declaration.address:
        return Truth.TRUE
    if not is_text(target):
        return Truth.UNKNOWN
    return any_of((same_text(target, declaration.arn), same_text(target, declaration.key_id)))
