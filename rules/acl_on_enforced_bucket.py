"""An ACL for a bucket that has ACLs turned off.

## What it does

Reports an ACL that the code certainly sets for a bucket with `BucketOwnerEnforced`: any at all in a resource of its own, and in the bucket itself
one other than `private` or `bucket-owner-full-control`. Where no ownership controls are written it is a warning, since a new bucket has ACLs
turned off.

## Why it matters

S3 refuses to set such an ACL (400, AccessControlListNotSupported), whatever it grants, so the deployment fails half-way. When the ACL is there
first, S3 refuses to turn ACLs off (400, InvalidBucketAclWithObjectOwnership). An ACL that grants something to others can be there with
`BucketOwnerEnforced` in no order, so the need for that ownership fails.

## Example

```terraform
resource "aws_s3_bucket_acl" "images" {
  bucket = aws_s3_bucket.images.id # has BucketOwnerEnforced
  acl    = "public-read"
}
```

Remove the ACL; grant what it granted in the bucket policy. Standard logs (legacy) of CloudFront are delivered by an ACL alone: there, turn ACLs on
with `BucketOwnerPreferred`. In CloudFormation, remove `AccessControl` of a bucket that has:

```yaml
AccessControl: PublicRead
OwnershipControls:
  Rules:
    - ObjectOwnership: BucketOwnerEnforced
```
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.aws.log_delivery import CANONICAL_USERS
from auditor.finding import Related, Severity, Symptom
from auditor.foundation.location import Location
from auditor.foundation.value import ALWAYS, Known, MapValue, Value, is_null, text_parts, texts_in
from auditor.model import Attachment, Kind, Storage
from auditor.needs.ownership import OwnershipCause, OwnershipNeed
from auditor.proofs.ownership import ENFORCED, GRANTS_OTHERS
from auditor.rule import Problem, Subject

SEVERITY = Severity.ERROR
SYMPTOMS: tuple[Symptom, ...] = ()
REFERENCES = (
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-ownership-error-responses.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html",
    "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/AccessLogs.html",
)

# Source: Amazon S3 User Guide, "Controlling ownership of objects": a bucket can be made with an ACL that gives the owner full control, and
# nobody else anything. Amazon S3 API Reference, PutBucketAcl: with ACLs off every request to set or update one fails.
_ACCEPTED = ("private", "bucket-owner-full-control")
# Source: Amazon CloudFront Developer Guide, "Configure standard logging (legacy)": the account awslogsdelivery writes them by an ACL with its
# canonical user id, and to no bucket with BucketOwnerEnforced.
_LOG_DELIVERY = CANONICAL_USERS.values()


def check(subject: Subject) -> Iterator[Problem]:
    """One problem for each ACL that is refused."""
    slot, declared = subject.bucket.slot(Kind.OWNERSHIP), subject.bucket.declaration
    owned = [linked.attachment for linked in slot.linked if linked.when == ALWAYS]
    enforced = any(attachment.content == Known(ENFORCED) for attachment in owned)
    if not enforced and (slot.linked or slot.perhaps or not declared.managed):
        return
    # Source: Amazon S3 User Guide, "Default settings for new S3 buckets": ACLs are off since April 2023.
    off = "has ACLs turned off" if enforced else "has ACLs turned off if it is new, as no ownership controls are written"
    # Where a need fails for the ACL, this is told of that need, and without it only in passing.
    answers = {cause.acl.address for _, cause in subject.failing(OwnershipCause) if cause.acl}
    asked = any(isinstance(need, OwnershipNeed) for need in subject.contract.needs)
    for linked in subject.bucket.slot(Kind.ACL).linked:
        attachment = linked.attachment
        acl = _acl(attachment) if linked.when == ALWAYS and attachment.storage is Storage.TO_BE_PUT else None
        if acl is None or (attachment.inline and acl in _ACCEPTED):
            continue
        answered = attachment.address in answers
        named = f"the ACL '{acl}'" if acl else "the ACL"
        ownership = (Related(owned[0].location, "ownership controls"),) if owned else ()
        yield Problem(
            f"{declared.address} {off}, so S3 refuses {named} and the deployment fails.",
            _place(attachment),
            _advice(attachment, acl),
            (Related(declared.location, "bucket"), *ownership),
            acl,
            severity=Severity.ERROR if answered or (enforced and not (asked and acl in GRANTS_OTHERS)) else Severity.WARNING,
        )


def _advice(attachment: Attachment, acl: str) -> str:
    if acl in _ACCEPTED:
        return "Remove the ACL: it grants nobody else anything."
    if any(part in _LOG_DELIVERY for text in texts_in(attachment.content) for part in text_parts(text)):
        return "Turn ACLs on with BucketOwnerPreferred: CloudFront delivers standard logs (legacy) by this ACL alone."
    if acl == "log-delivery-write":
        # Source: Amazon S3 User Guide, "Enabling Amazon S3 server access logging", "Permissions for log delivery".
        return "Remove the ACL, and let logging.s3.amazonaws.com put objects by the bucket policy, for your own account (aws:SourceAccount) alone."
    return "Remove the ACL, and grant what it granted in the bucket policy."


def _acl(attachment: Attachment) -> str | None:
    """The canned ACL that is set, empty where it is a list of grants; None where it is not resolved or nothing is set."""
    canned = _entry(attachment, "ACL")
    if isinstance(canned, Known) and canned.value is not None:
        return str(canned.value)
    return "" if not attachment.inline and is_null(canned) and not is_null(_entry(attachment, "Grants")) else None


def _place(attachment: Attachment) -> Location:
    return _entry(attachment, "ACL").location or attachment.location


def _entry(attachment: Attachment, name: str) -> Value:
    content = attachment.content
    return content.entries.get(name, Known(None)) if isinstance(content, MapValue) else Known(None)
