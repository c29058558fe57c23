"""Whether a reference means a key or an identity."""

from __future__ import annotations

from auditor.foundation.equality import same_text
from auditor.foundation.value import Truth, Value, any_of, is_text, origin_of
from auditor.model import IdentityDeclaration, KeyDeclaration


def is_identity(target: Value, declaration: IdentityDeclaration) -> Truth:
    """Whether a reference by name or ARN means an identity."""
    origin = origin_of(target)
    if origin is not None:
        return Truth.of(origin == declaration.address)
    if not is_text(target):
        return Truth.UNKNOWN
    return any_of((same_text(target, declaration.name), same_text(target, declaration.arn)))


def is_key(target: Value, declaration: KeyDeclaration) -> Truth:
    """Whether a reference by id or ARN means a key."""
    origin = origin_of(target)
    if origin is not None and origin == declaration.address:
        return Truth.TRUE
    if not is_text(target):
        return Truth.UNKNOWN
    return any_of((same_text(target, declaration.arn), same_text(target, declaration.key_id)))
