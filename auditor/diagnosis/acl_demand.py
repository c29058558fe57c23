"""A condition that requires an ACL which S3 refuses."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.foundation.location import Location
from auditor.foundation.value import ALWAYS, Known, MapValue, Text
from auditor.lazy.classes import dataclass
from auditor.model import Bucket, Kind, Linked
from auditor.needs.access import AccessCause
from auditor.policy import Condition, DenyKind, Statement
from auditor.policy.services.s3 import PUBLIC_ACLS
from auditor.proofs.ownership import ENFORCED

# Source: Amazon S3 User Guide, "Controlling ownership of objects": with ACLs turned off, S3 takes this one in a request.
_ACCEPTED = Known("bucket-owner-full-control")
_PUBLIC = tuple(map(Known, PUBLIC_ACLS))


@dataclass(frozen=True, slots=True)
class Demand:
    """A condition on the ACL of a write.

    Attributes:
        statement: the statement that has it.
        condition: it.
        because: why S3 refuses the ACL, as a clause.
        place: of the setting for which S3 does; None where it is a default.
        setting: what that setting is called.
    """

    statement: Statement
    condition: Condition
    because: str
    place: Location | None
    setting: str


def demanded(bucket: Bucket, cause: AccessCause) -> Demand | None:
    """What requires an ACL that S3 refuses, and for which a write fails; None when it fails for another reason.

    A write that fails whatever ACL header it has is one that the policy refuses without the header, and S3 with it.
    """
    if cause.need.action != "s3:PutObject" or cause.decision is None or cause.policy is None:
        return None
    statements: tuple[Statement, ...]
    if cause.decision.kind is DenyKind.EXPLICIT and len(cause.decision.deciding) == 1:
        statements = cause.decision.deciding
    elif cause.decision.kind is DenyKind.NOT_IAM:
        statements = cause.policy.statements
    else:
        return None
    found = [(statement, condition) for statement in statements for condition in statement.conditions if _is_on_acl(condition)]
    for linked in bucket.slot(Kind.OWNERSHIP).linked:
        for statement, condition in found:
            if _is_certain(linked, Known(ENFORCED)) and _ACCEPTED not in _values(condition):
                return Demand(statement, condition, "ACLs are turned off", linked.attachment.location, "ownership controls")
    for place in _blocks(bucket):
        for statement, condition in found:
            if all(text in _PUBLIC for text in _values(condition)):
                return Demand(statement, condition, "BlockPublicAcls is on", place, "public access block")
    return None


def _is_on_acl(condition: Condition) -> bool:
    return condition.key.lower() == "s3:x-amz-acl" and all(isinstance(text, Known) for text in _values(condition))


def _values(condition: Condition) -> list[Text]:
    return [item.text for item in condition.values.items]


def _is_certain(linked: Linked, content: Known) -> bool:
    return linked.when == ALWAYS and linked.attachment.content == content


def _blocks(bucket: Bucket) -> Iterator[Location | None]:
    """Where public ACLs are certainly blocked: in a public access block of the bucket or its account, or (None) by the default."""
    own, account = bucket.slot(Kind.PUBLIC_ACCESS_BLOCK).linked, bucket.account_public_access_block.linked
    for linked in (*own, *account):
        content = linked.attachment.content
        if linked.when == ALWAYS and isinstance(content, MapValue) and content.entries.get("BlockPublicAcls") == Known(True):
            yield linked.attachment.location
    if not own and bucket.declaration.new:
        yield None
