"""A bucket whose Object Ownership leaves ACLs on.

## What it does

Reports a bucket whose Object Ownership is certainly `BucketOwnerPreferred` or `ObjectWriter`.

## Why it matters

With ACLs on, an object belongs to the account that wrote it unless that account gave it away. A bucket policy does not reach such an object:
the consumer gets 403 for it, though every grant in the code is right. `BucketOwnerEnforced` turns ACLs off, for existing objects too.

The consumer's documentation names an alternative: ACLs stay on, and the addresses of its servers and of all its users are let in. Its support
gives out the list; code alone cannot show that it is complete.

## Example

```terraform
resource "aws_s3_bucket_ownership_controls" "images" {
  bucket = aws_s3_bucket.images.id

  rule {
    object_ownership = "BucketOwnerPreferred"
  }
}
```

Use `BucketOwnerEnforced` instead. In CloudFormation:

```yaml
OwnershipControls:
  Rules:
    - ObjectOwnership: BucketOwnerEnforced
```
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.diagnosis.story import story
from auditor.finding import Severity, Symptom
from auditor.fixes import Fix, Replace
from auditor.foundation.location import Location
from auditor.needs.ownership import OwnershipCause
from auditor.proofs.ownership import ENFORCED
from auditor.rule import Problem, Subject

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.FORBIDDEN,)
REFERENCES = (
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html",
    "https://docs.v7labs.com/docs/external-storage-troubleshooting",
)


def check(subject: Subject) -> Iterator[Problem]:
    """At most one problem for each ownership need."""
    for verdict, cause in subject.failing(OwnershipCause):
        if cause.setting == ENFORCED:
            continue  # the consumer needs ACLs
        declaration, place = subject.bucket.declaration, verdict.location
        attached = cause.attachment
        # It may be the default of a variable, or the argument of a call.
        here = _is_written_there(place, cause)
        yield Problem(
            f"Objects that other accounts write to {declaration.address} may be out of reach of {subject.contract.title}: {verdict.reason}, "
            f"and the bucket policy does not reach an object that another account owns.",
            place,
            f"Remove the ACL of {cause.acl.address}, grant what it grants in the bucket policy, then write {ENFORCED}."
            if cause.acl
            else "",
            story(
                place,
                (declaration.location, "bucket"),
                (attached.content_location or attached.location if attached and not here else None, "ownership controls"),
            ),
            cause.setting or "",
            () if cause.acl else (Fix("Turn ACLs off", (Replace(place, ENFORCED, "ObjectOwnership" if here else ""),)),),
        )


def _is_written_there(place: Location, cause: OwnershipCause) -> bool:
    """Whether the setting stands in the ownership controls themselves."""
    attachment = cause.attachment
    return attachment is None or attachment.content_location is None or place.within(attachment.content_location)
