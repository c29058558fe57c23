"""Bucket ACLs that may grant what no policy does.

Source: Amazon S3 User Guide, "Access control list (ACL) overview" (mapping of ACL permissions and access policy permissions, canned ACL),
"Controlling ownership of objects and disabling ACLs".
"""

from __future__ import annotations

from collections.abc import Collection

from auditor.aws.log_delivery import CANONICAL_USERS
from auditor.foundation.cases import Choices
from auditor.foundation.value import NULL, Domain, Known, ListValue, MapValue, Scalar, Symbol, Unknown, Value, is_null
from auditor.model import Bucket, Kind
from auditor.proofs.outcome import attached, taken
from auditor.proofs.ownership import ENFORCED, may_have_acls_on, object_ownership

_BY_WRITE = ("s3:PutObject", "s3:DeleteObject")


def acl_grant(bucket: Bucket, action: str, choices: Choices, *, ignored: bool) -> Symbol | None:
    """Why the bucket's ACL may let the consumer in, None when it certainly does not.

    Args:
        bucket: the bucket.
        action: what is needed of it ("s3:PutObject").
        choices: the case.
        ignored: whether public ACLs certainly are ignored.
    """
    attachment = attached(bucket.slot(Kind.ACL), choices)
    if action not in _BY_WRITE or attachment is None:
        return None
    if object_ownership(bucket, choices) == Known(ENFORCED):
        return None
    if isinstance(attachment, Symbol):
        return attachment if _is_considered(attachment, bucket, choices) else None
    content = taken(attachment.content, choices)
    if not _may_grant(content, choices, ignored=ignored, apart=CANONICAL_USERS.values()):
        return None
    return Symbol(
        attachment.address,
        "while ACLs are on, it may let others write to the bucket",
        "set BucketOwnerEnforced and grant it in the bucket policy",
        attachment.location,
    )


def acl_lets_others_write(bucket: Bucket, choices: Choices) -> bool:
    """Whether the ACL of the bucket may let someone else than its owner write, ACLs being on.

    Args:
        bucket: the bucket.
        choices: the case.
    """
    attachment = attached(bucket.slot(Kind.ACL), choices)
    if attachment is None:
        return False
    if isinstance(attachment, Symbol):
        return _is_considered(attachment, bucket, choices)
    return _may_grant(taken(attachment.content, choices), choices, ignored=False)


def _is_considered(unread: Symbol, bucket: Bucket, choices: Choices) -> bool:
    """Whether an ACL that was not read counts: one that the code has, or any one where ACLs are on by what is written.

    Where neither is so, that the bucket has only its first ACL is an assumption, which the answer tells.
    """
    return unread in bucket.slot(Kind.ACL).unread or may_have_acls_on(bucket, choices)


def _may_grant(content: Value, choices: Choices, *, ignored: bool, apart: Collection[Scalar] = ()) -> bool:
    """Whether an ACL may let someone else than the owner write, and than those with some canonical user ids."""
    if not isinstance(content, MapValue):
        return True
    canned = taken(content.entries.get("ACL", NULL), choices)
    grants = taken(content.entries.get("Grants", NULL), choices)
    if isinstance(canned, Known) and is_null(grants):
        return not ignored and canned.value == "public-read-write"
    if not isinstance(grants, ListValue) or grants.rest is not None:
        return True
    given = [grant for item in grants.items if not is_null(grant := taken(item, choices))]
    return any(_gives(grant, choices, ignored=ignored, apart=apart) for grant in given)


def _gives(grant: Value, choices: Choices, *, ignored: bool, apart: Collection[Scalar]) -> bool:
    """Whether one grant may: see above."""
    if not isinstance(grant, MapValue):
        return True
    named, grantee = taken(grant.entries.get("Permission", NULL), choices), taken(grant.entries.get("Grantee", NULL), choices)
    if isinstance(named, Known) and named.value not in ("WRITE", "FULL_CONTROL"):
        return False
    if not isinstance(grantee, MapValue):
        return True
    user, group = (taken(grantee.entries.get(name, NULL), choices) for name in ("ID", "URI"))
    if isinstance(group, Known) and not is_null(group):
        return not ignored and str(group.value).endswith(("/AllUsers", "/AuthenticatedUsers"))
    if isinstance(user, Known) and user.value in apart:
        return False
    # What the provider says of the account that it deploys to is the owner.
    return not (isinstance(user, Unknown) and user.symbol.domain is Domain.ASSIGNED)
