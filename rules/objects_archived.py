"""A rule that archives objects, which the consumer then cannot read until somebody restores them.

## What it does

Reports a lifecycle rule that certainly moves objects to `GLACIER` or `DEEP_ARCHIVE`, or that moves them to `INTELLIGENT_TIERING` where a
configuration has archive tiers, if the contract needs `bucket:no-archive` and reads such objects.

## Why it matters

A GET of an archived object is refused with 403 InvalidObjectState. The consumer reads every object at first, and each one fails when it is old
enough. `GLACIER_IR` costs about as little, and its objects can be read at once.

## Example

```terraform
resource "aws_s3_bucket_lifecycle_configuration" "images" {
  bucket = aws_s3_bucket.images.id

  rule {
    id     = "archive"
    status = "Enabled"
    filter {}

    transition {
      days          = 90
      storage_class = "DEEP_ARCHIVE"
    }
  }
}
```

Use `GLACIER_IR` instead, or a filter with a prefix that the consumer does not read. In CloudFormation:

```yaml
LifecycleConfiguration:
  Rules:
    - Status: Enabled
      Transitions:
        - StorageClass: GLACIER_IR
          TransitionInDays: 90
```
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.diagnosis.story import story
from auditor.finding import Severity, Symptom
from auditor.fixes import Fix, Replace
from auditor.needs.bucket_archive import READABLE, ArchiveCause
from auditor.rule import Problem, Subject

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.FORBIDDEN,)
REFERENCES = (
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/archived-objects.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html",
)


def check(subject: Subject) -> Iterator[Problem]:
    """At most one problem."""
    for verdict, cause in subject.failing(ArchiveCause):
        declaration, place = subject.bucket.declaration, verdict.location
        changes = tuple(Replace(one, READABLE, "StorageClass") for one in cause.places)
        title = f"Move the objects to {READABLE}" if cause.storage_class else "Remove the archive tiers"
        title += ", once in each rule" if cause.storage_class and not changes else ""
        yield Problem(
            f"{subject.contract.title} cannot read objects of {declaration.address} once they are archived: {verdict.reason}.",
            place,
            "",
            story(place, (declaration.location, "bucket"), (cause.attachment.location, cause.attachment.kind.value)),
            verdict.reason,
            (Fix(title, changes),),
        )
