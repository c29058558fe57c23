"""A bucket whose name, Region, default encryption or another setting is not as the consumer requires it.

## What it does

Reports a bucket that certainly does not meet one of the needs `bucket:name`, `bucket:region`, `bucket:encryption`, `bucket:versioning`,
`bucket:acceleration` and `bucket:no-retention` of the contract.

## Why it matters

Some consumers work only with buckets of a certain kind, whatever the policies grant: log delivery of load balancers with SSE-S3 alone, clients
that put the name into a host name with names without dots, uploads without a checksum only where Object Lock has no default retention. The
consumer's documentation, which the contract quotes, says what is refused otherwise. A bucket cannot be renamed: one whose name does not do, such as
one with dots for a consumer that puts the name into a host name, has to be replaced, and its objects copied.

## Example

```terraform
resource "aws_s3_bucket_versioning" "images" {
  bucket = aws_s3_bucket.images.id

  versioning_configuration {
    status = "Suspended"
  }
}
```

For a contract that needs `bucket:versioning`, write `Enabled` instead. In CloudFormation:

```yaml
ImagesBucket:
  Type: AWS::S3::Bucket
  Properties:
    VersioningConfiguration:
      Status: Enabled
```
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.diagnosis.story import story
from auditor.finding import Severity, Symptom
from auditor.fixes import Fix, Replace
from auditor.foundation.location import Location
from auditor.model import Kind
from auditor.proofs.setting import DemandCause
from auditor.rule import Problem, Subject

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.BAD_REQUEST, Symptom.FORBIDDEN)
REFERENCES = (
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-bucket-encryption.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html",
)


def check(subject: Subject) -> Iterator[Problem]:
    """One problem for each need that is not met."""
    seen: set[tuple[str, str]] = set()
    for verdict, cause in subject.failing(DemandCause):
        if cause.kind is Kind.REQUEST_PAYMENT or (cause.requires, verdict.reason) in seen:
            continue
        seen.add((cause.requires, verdict.reason))
        declaration, place = subject.bucket.declaration, verdict.location
        attached, fixes = cause.attachment, tuple(_fixes(cause, subject, verdict.location))
        yield Problem(
            f"{declaration.address} does not meet a requirement of {subject.contract.title}, {cause.requires}: {verdict.reason}.",
            place,
            f"{cause.decision}." if cause.decision and not fixes else "",
            story(place, (declaration.location, "bucket"), (attached.location if attached else None, _called(cause))),
            verdict.need.id,
            fixes,
        )


def _called(cause: DemandCause) -> str:
    return cause.kind.value if cause.kind else ""


def _fixes(cause: DemandCause, subject: Subject, place: Location) -> Iterator[Fix]:
    """Another word, where it stands as a word of the AWS API: inside a bucket of Terraform, versioning is true or false."""
    if cause.correct is None or cause.attachment is None:
        return
    if cause.attachment.inline and cause.kind is Kind.VERSIONING and subject.bucket.language == "terraform":
        return
    name, word = cause.correct
    yield Fix(f"Write {word}", (Replace(place, word, name),))
