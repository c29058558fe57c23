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

from auditor.contract import NeedKind
from auditor.finding import Related, Severity, Symptom
from auditor.proofs.ownership import ENFORCED, OwnershipCause
from auditor.rule import Problem, Subject
from auditor.verdict import Status

from . import _paste as paste

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.FORBIDDEN,)
REFERENCES = (
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html",
    "https://docs.v7labs.com/docs/external-storage-troubleshooting",
)


def check(subject: Subject) -> Iterator[Problem]:
    """At most one problem for each ownership need."""
    for verdict in subject.of_kind(NeedKind.OWNERSHIP):
        if verdict.status is not Status.FAILS or not isinstance(verdict.cause, OwnershipCause):
            continue
        declaration = subject.bucket.declaration
        yield Problem(
            f"Objects that other accounts write to {declaration.address} may be out of reach of {subject.contract.title}: {verdict.reason}, "
            f"and the bucket policy does not reach an object that another account owns.",
            verdict.location,
            _fix(subject),
            (Related(declaration.location, "bucket"),),
            verdict.cause.setting or "",
        )


def _fix(subject: Subject) -> str:
    line = (
        f'object_ownership = "{ENFORCED}"'
        if subject.language == "terraform"
        else paste.entry(subject, "ObjectOwnership", f'"{ENFORCED}"')
    )
    return f"Write:\n{line}"
