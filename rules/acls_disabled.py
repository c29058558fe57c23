"""A bucket whose ACLs are off, where the consumer needs them.

## What it does

Reports a bucket whose Object Ownership is certainly `BucketOwnerEnforced`, written or as the default of a new bucket, if the contract needs
`ownership` with `acls: enabled`.

## Why it matters

With `BucketOwnerEnforced`, S3 refuses every request that sets an ACL other than `bucket-owner-full-control`, with 400
AccessControlListNotSupported. A consumer that grants access by ACL cannot write to such a bucket.

## Example

```terraform
resource "aws_s3_bucket_ownership_controls" "logs" {
  bucket = aws_s3_bucket.logs.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}
```

Use `BucketOwnerPreferred` instead. In CloudFormation:

```yaml
OwnershipControls:
  Rules:
    - ObjectOwnership: BucketOwnerPreferred
```
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.diagnosis.story import story
from auditor.finding import Severity, Symptom
from auditor.fixes import Fix, Replace
from auditor.needs.ownership import OwnershipCause
from auditor.proofs.ownership import ENFORCED, PREFERRED
from auditor.rule import Problem, Subject

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.BAD_REQUEST,)
REFERENCES = ("https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html",)


def check(subject: Subject) -> Iterator[Problem]:
    """At most one problem."""
    for verdict, cause in subject.failing(OwnershipCause):
        if cause.setting != ENFORCED or cause.acl:
            continue
        declaration, place = subject.bucket.declaration, verdict.location
        attached = cause.attachment
        yield Problem(
            f"{subject.contract.title} needs ACLs, and {declaration.address} has none: {verdict.reason}.",
            place,
            "",
            story(place, (declaration.location, "bucket"), (attached.location if attached else None, "ownership controls")),
            ENFORCED,
            (Fix("Turn ACLs on", (Replace(place, PREFERRED),) if attached else ()),),
        )
