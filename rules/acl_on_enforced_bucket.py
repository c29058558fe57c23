"""An ACL for a bucket that has ACLs turned off.

## What it does

Reports a bucket with `BucketOwnerEnforced` for which the code certainly sets an ACL other than `private` or `bucket-owner-full-control`.

## Why it matters

S3 refuses to set such an ACL (400, AccessControlListNotSupported), so the deployment fails half-way. When the ACL is there first, S3 refuses to
turn ACLs off (400, InvalidBucketAclWithObjectOwnership).

## Example

```terraform
resource "aws_s3_bucket_acl" "images" {
  bucket = aws_s3_bucket.images.id # has BucketOwnerEnforced
  acl    = "public-read"
}
```

Remove the ACL; grant what it granted in the bucket policy. In CloudFormation, remove `AccessControl` of a bucket that has:

```yaml
AccessControl: PublicRead
OwnershipControls:
  Rules:
    - ObjectOwnership: BucketOwnerEnforced
```
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.finding import Related, Severity, Symptom
from auditor.foundation.value import ALWAYS, Known, MapValue
from auditor.model import Kind
from auditor.needs.ownership import ENFORCED
from auditor.rule import Problem, Subject

SEVERITY = Severity.ERROR
SYMPTOMS: tuple[Symptom, ...] = ()
REFERENCES = ("https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-ownership-error-responses.html",)

# Source: Amazon S3 User Guide, "Controlling ownership of objects": ACLs that give the owner full control, and nobody else anything, are accepted.
_ACCEPTED = ("private", "bucket-owner-full-control")


def check(subject: Subject) -> Iterator[Problem]:
    """One problem for each ACL that is certainly refused."""
    owned = [linked.attachment for linked in subject.bucket.slot(Kind.OWNERSHIP).linked if linked.when == ALWAYS]
    if not any(attachment.content == Known(ENFORCED) for attachment in owned):
        return
    for linked in subject.bucket.slot(Kind.ACL).linked:
        content = linked.attachment.content
        if linked.when != ALWAYS or not isinstance(content, MapValue):
            continue
        canned = content.entries.get("ACL", Known(None))
        if isinstance(canned, Known) and canned.value is not None and canned.value not in _ACCEPTED:
            yield Problem(
                f"{subject.bucket.declaration.address} has ACLs turned off, so S3 refuses the ACL '{canned.value}' and the deployment fails.",
                canned.location or linked.attachment.location,
                "Remove the ACL, and grant what it granted in the bucket policy.",
                (Related(subject.bucket.declaration.location, "bucket"), Related(owned[0].location, "ownership controls")),
                str(canned.value),
            )
