"""Two resources that write the same configuration of one bucket.

## What it does

Reports a bucket whose policy, CORS configuration, ownership controls, default encryption, public access block or ACL is certainly written by
more than one resource (or inside the bucket and by a resource of its own).

## Why it matters

S3 keeps one configuration of each kind, and every write replaces it whole. Nothing orders the two resources, so either may be applied last: the
platform's grant or CORS rule is there after one deployment and gone after the next. Needs that depend on it stay unknown.

## Example

```terraform
resource "aws_s3_bucket_policy" "tls" {
  bucket = aws_s3_bucket.images.id
  policy = data.aws_iam_policy_document.tls.json
}

resource "aws_s3_bucket_policy" "darwin" {
  bucket = aws_s3_bucket.images.id
  policy = data.aws_iam_policy_document.darwin.json
}
```

Write one policy with the statements of both:

```terraform
data "aws_iam_policy_document" "images" {
  source_policy_documents = [
    data.aws_iam_policy_document.tls.json,
    data.aws_iam_policy_document.darwin.json,
  ]
}

resource "aws_s3_bucket_policy" "images" {
  bucket = aws_s3_bucket.images.id
  policy = data.aws_iam_policy_document.images.json
}
```

In CloudFormation likewise, one `AWS::S3::BucketPolicy` with all statements:

```yaml
ImagesPolicy:
  Type: AWS::S3::BucketPolicy
  Properties:
    Bucket: !Ref Images
    PolicyDocument:
      Version: "2012-10-17"
      Statement: [] # the statements of both
```
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.finding import Related, Severity, Symptom
from auditor.foundation.value import ALWAYS
from auditor.model import Kind
from auditor.rule import Problem, Subject

SEVERITY = Severity.WARNING
SYMPTOMS = (Symptom.FORBIDDEN, Symptom.CORS)
# Source: "PutBucketPolicy" and "PutBucketCors" replace what is there; the provider's pages warn of two resources for one bucket.
REFERENCES = (
    "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html",
)


def check(subject: Subject) -> Iterator[Problem]:
    """One problem for each resource after the first that writes a configuration."""
    bucket = subject.bucket.declaration
    for kind in (kind for kind in Kind if not kind.several):
        certain = [linked.attachment for linked in subject.bucket.slot(kind).linked if linked.when == ALWAYS]
        for further in certain[1:]:
            first = certain[0]
            yield Problem(
                f"{bucket.address} gets its {kind.value} from {first.address} and from {further.address}; S3 keeps one, and the last one to be "
                "applied wins.",
                further.location,
                f"Write one {kind.value} that holds what both hold.",
                (Related(bucket.location, "bucket"), Related(first.location, f"the other {kind.value}")),
                f"{kind.value} {further.address}",
            )
