"""A condition that requires an ACL which S3 refuses."""

from __future__ import annotations

from auditor.foundation.value import ALWAYS, Known
from auditor.model import Bucket, Kind
from auditor.needs.access import AccessCause
from auditor.policy import Condition, DenyKind, Statement
from auditor.proofs.ownership import ENFORCED

# Source: Amazon S3 User Guide, "Controlling ownership of objects": with ACLs turned off, S3 takes this one in a request.
_ACCEPTED = Known("bucket-owner-full-control")


def demanded(bucket: Bucket, cause: AccessCause) -> tuple[Statement, Condition] | None:
    """The statement and condition that require an ACL which S3 refuses, and for which a write fails; None when it fails for another reason.

    A write that fails whatever ACL header it has is one that the policy refuses without the header, and S3 with it.
    """
    if cause.need.action != "s3:PutObject" or cause.decision is None or cause.policy is None:
        return None
    owned = bucket.slot(Kind.OWNERSHIP).linked
    if not any(linked.when == ALWAYS and linked.attachment.content == Known(ENFORCED) for linked in owned):
        return None
    statements: tuple[Statement, ...]
    if cause.decision.kind is DenyKind.EXPLICIT and len(cause.decision.deciding) == 1:
        statements = cause.decision.deciding
    elif cause.decision.kind is DenyKind.NOT_IAM:
        statements = cause.policy.statements
    else:
        return None
    for statement in statements:
        for condition in statement.conditions:
            values = [item.text for item in condition.values.items]
            if (
                condition.key.lower() == "s3:x-amz-acl"
                and _ACCEPTED not in values
                and all(isinstance(text, Known) for text in values)
            ):
                return statement, condition
    return None
