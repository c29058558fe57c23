"""The Object Ownership of a bucket, for the need of that name and for the access to objects.

Source: Amazon S3 User Guide, "Controlling ownership of objects and disabling ACLs" and "Default settings for new S3 buckets" (new buckets
since April 2023 are BucketOwnerEnforced, older ones are as they were).
"""

from __future__ import annotations

from auditor.foundation.cases import Choices
from auditor.foundation.value import NULL, Known, MapValue, Symbol, Unknown, Value, is_null
from auditor.model import Attachment, Bucket, Kind, Storage
from auditor.proofs.outcome import attached, open_because, taken
from auditor.proofs.setting import elsewhere
from auditor.verdict import Outcome, Status

ENFORCED = "BucketOwnerEnforced"
PREFERRED = "BucketOwnerPreferred"
SETTINGS = (ENFORCED, PREFERRED, "ObjectWriter")

# Source: Amazon S3 User Guide, "Access control list (ACL) overview", Canned ACL.
GRANTS_OTHERS = frozenset({"public-read", "public-read-write", "authenticated-read", "aws-exec-read", "log-delivery-write"})
_OF_THE_OWNER = frozenset({"private", "bucket-owner-read", "bucket-owner-full-control"})


def not_configured(bucket: Bucket) -> Symbol:
    """What stands for the Object Ownership of a bucket for which nothing configures it."""
    name = "Object Ownership"
    if not bucket.declaration.managed:
        return elsewhere(bucket, Kind.OWNERSHIP, name, or_else=f"write ownership controls with {ENFORCED} here")
    reason = "no Object Ownership is written: a new bucket has ACLs disabled, one from before April 2023 may not"
    return Symbol(name, reason, f"write ownership controls with {ENFORCED}", bucket.declaration.location)


def object_ownership(bucket: Bucket, choices: Choices) -> Value:
    """The setting of a bucket in a case; where nothing configures it, that of a new bucket, or unknown where the bucket may be an old one."""
    slot = bucket.slot(Kind.OWNERSHIP)
    attachment = attached(slot, choices) if slot.linked or slot.unread else next(iter(slot.perhaps), None)
    if isinstance(attachment, Symbol):
        return Unknown(attachment)
    value = taken(attachment.content, choices) if attachment else None
    if value is not None and not is_null(value):
        return value
    return Known(ENFORCED, bucket.declaration.location) if bucket.declaration.new else Unknown(not_configured(bucket))


def may_have_acls_on(bucket: Bucket, choices: Choices) -> bool:
    """Whether an Object Ownership is written in a case that leaves ACLs on, or may."""
    slot = bucket.slot(Kind.OWNERSHIP)
    attachment = attached(slot, choices) if slot.linked else None
    if attachment is None or isinstance(attachment, Symbol):
        return False
    value = taken(attachment.content, choices)
    return not is_null(value) and value != Known(ENFORCED)


def conflicting_acl(bucket: Bucket, choices: Choices) -> tuple[Attachment, Known] | Symbol | None:
    """The canned ACL that is to be put in a case and grants something to others, with its name; what stands for one that cannot be read; or None.

    With `BucketOwnerEnforced` it is refused in any order: the ACL where ACLs are off (400 AccessControlListNotSupported, at the creation of a
    bucket InvalidBucketAclWithObjectOwnership), and turning them off where it is in force (400 InvalidBucketAclWithObjectOwnership). An ACL
    that only confirms the owner is refused too, but may have been put before.

    Source: Amazon S3 User Guide, "Error responses when you disable ACLs" and "Prerequisites for disabling ACLs".
    """
    slot = bucket.slot(Kind.ACL)
    attachment = attached(slot, choices) if slot.linked or slot.unread else None
    if attachment is None or isinstance(attachment, Symbol):
        return attachment
    if attachment.storage is Storage.TO_BE_PUT and isinstance(attachment.content, MapValue):
        name = taken(attachment.content.entries.get("ACL", Known(None)), choices)
        if isinstance(name, Known) and name.value in GRANTS_OTHERS:
            return attachment, name
    return None


def if_created(outcome: Outcome, bucket: Bucket, choices: Choices) -> Outcome:
    """An outcome of access, which holds only if S3 creates the bucket with the ACL and the Object Ownership that are written in it.

    A bucket that was there before keeps what it had; so nothing fails for it. An ACL of its own is refused later, when the bucket is there.

    Source: as of `conflicting_acl`; Amazon S3 API Reference, CreateBucket (the values of ACL and ObjectOwnership).
    """
    refused = _refused_at_creation(bucket, choices) if outcome.status is Status.HOLDS else None
    return open_because(refused, bucket.declaration.location) if refused else outcome


def _refused_at_creation(bucket: Bucket, choices: Choices) -> Symbol | None:
    """What stands for something written in the bucket that S3 certainly refuses when the bucket is created."""
    ownership, acl = (_written_inside(bucket, kind, choices) for kind in (Kind.OWNERSHIP, Kind.ACL))
    setting = taken(ownership.content, choices) if ownership else None
    canned = taken(acl.content.entries.get("ACL", NULL), choices) if acl and isinstance(acl.content, MapValue) else None
    reason, fix, place = "", "", bucket.declaration.location
    if isinstance(setting, Known) and not is_null(setting) and setting.value not in SETTINGS:
        reason, fix = f"'{setting.value}' is not a valid Object Ownership value", f"write {ENFORCED}"
        place = setting.location or place
    elif acl and isinstance(canned, Known) and not is_null(canned):
        place = canned.location or acl.location
        if canned.value not in GRANTS_OTHERS | _OF_THE_OWNER:
            reason, fix = f"'{canned.value}' is not a canned ACL", "remove the ACL"
        elif canned.value in GRANTS_OTHERS and object_ownership(bucket, choices) == Known(ENFORCED):
            reason, fix = f"S3 refuses the ACL '{canned.value}' together with {ENFORCED}", "remove the ACL"
    return Symbol(f"whether S3 creates {bucket.declaration.address}", reason, fix, place) if reason else None


def _written_inside(bucket: Bucket, kind: Kind, choices: Choices) -> Attachment | None:
    """The configuration of a kind that is written in the bucket and is to be put, in a case."""
    slot = bucket.slot(kind)
    attachment = attached(slot, choices) if slot.linked else None
    if attachment is None or isinstance(attachment, Symbol) or not attachment.inline:
        return None
    return attachment if attachment.storage is Storage.TO_BE_PUT else None
