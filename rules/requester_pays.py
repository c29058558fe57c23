"""A bucket whose requests are paid by the requester, which a consumer that does not agree to pay cannot use.

## What it does

Reports a bucket whose payer is certainly `Requester`, if the contract needs `bucket:no-requester-pays`.

## Why it matters

With Requester Pays, S3 denies every request that does not say `x-amz-request-payer: requester`, whatever the policies grant: the consumer gets
403 for every object. A consumer that does not send the header, or browsers that open the URLs that it signs, cannot use the bucket.

## Example

```terraform
resource "aws_s3_bucket_request_payment_configuration" "images" {
  bucket = aws_s3_bucket.images.id
  payer  = "Requester"
}
```

Use instead:

```terraform
resource "aws_s3_bucket_request_payment_configuration" "images" {
  bucket = aws_s3_bucket.images.id
  payer  = "BucketOwner"
}
```

CloudFormation has no property for it: a bucket that it makes is paid by its owner.

```yaml
ImagesBucket:
  Type: AWS::S3::Bucket
```
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.diagnosis.story import story
from auditor.finding import Severity, Symptom
from auditor.fixes import Fix, Replace
from auditor.model import Kind
from auditor.proofs.setting import DemandCause
from auditor.rule import Problem, Subject

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.FORBIDDEN,)
REFERENCES = (
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/RequesterPaysBuckets.html",
    "https://repost.aws/knowledge-center/s3-cross-account-access-denied",
)


def check(subject: Subject) -> Iterator[Problem]:
    """At most one problem."""
    for verdict, cause in subject.failing(DemandCause):
        if cause.kind is not Kind.REQUEST_PAYMENT or cause.attachment is None:
            continue
        declaration, place = subject.bucket.declaration, verdict.location
        name = "" if cause.attachment.inline else "Payer"
        yield Problem(
            f"Requests of {subject.contract.title} to {declaration.address} are denied: the payer is the requester, and it does not agree "
            "to pay.",
            place,
            "",
            story(place, (declaration.location, "bucket"), (cause.attachment.location, "request payment")),
            "payer",
            (Fix("Let the owner of the bucket pay", (Replace(place, "BucketOwner", name),)),),
        )
