"""A bucket encrypted with the AWS managed key, which no other account can use.

## What it does

Reports a bucket whose default encryption is SSE-KMS without a key of the customer's own: no key is named, or it is `alias/aws/s3`.

## Why it matters

The policy of the AWS managed key `aws/s3` lets in its own account only, and cannot be changed. The consumer's role is in another account, so
every read of an encrypted object ends in 403, whatever the bucket policy grants.

## Example

```terraform
resource "aws_s3_bucket_server_side_encryption_configuration" "images" {
  bucket = aws_s3_bucket.images.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "aws:kms" # without kms_master_key_id this is the AWS managed key
    }
  }
}
```

Name a customer managed key whose policy lets the consumer in, or use `AES256`. Objects that are already there keep the key they were
encrypted with until they are copied over themselves.

```terraform
apply_server_side_encryption_by_default {
  sse_algorithm     = "aws:kms"
  kms_master_key_id = aws_kms_key.images.arn
}
```

In CloudFormation:

```yaml
ServerSideEncryptionByDefault:
  SSEAlgorithm: aws:kms
  KMSMasterKeyID: !GetAtt ImagesKey.Arn
```
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.finding import Related, Severity, Symptom
from auditor.fixes import Fix, Replace
from auditor.foundation.value import NULL, MapValue, is_null
from auditor.needs.key import KeyCause, KeyKind
from auditor.rule import Problem, Subject

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.FORBIDDEN,)
REFERENCES = (
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html",
    "https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-cmk",
)


def check(subject: Subject) -> Iterator[Problem]:
    """At most one problem, however many KMS needs fail."""
    for verdict, cause in subject.failing(KeyCause):
        if cause.kind is KeyKind.MANAGED:
            declaration = subject.bucket.declaration
            yield Problem(
                f"{subject.contract.title} cannot use the key of {declaration.address}: {verdict.reason}.",
                verdict.location,
                f"Name a customer managed key whose policy grants access to {subject.contract.title}, or use SSE-S3.",
                (Related(declaration.location, "bucket"),),
                "aws/s3",
                tuple(_without_a_key(cause)),
            )
            return


def _without_a_key(cause: KeyCause) -> Iterator[Fix]:
    """SSE-S3 where the code names the algorithm and no key."""
    content = cause.encryption.content
    if not isinstance(content, MapValue) or not is_null(content.entries.get("KMSMasterKeyID", NULL)):
        return
    algorithm = content.entries.get("SSEAlgorithm")
    if algorithm is not None and algorithm.location is not None:
        yield Fix("Use SSE-S3, which needs no key", (Replace(algorithm.location, "AES256", "SSEAlgorithm"),))
