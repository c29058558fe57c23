"""A key policy that demands the ARN of an object, while an S3 Bucket Key makes S3 send the ARN of the bucket.

## What it does

Reports a grant on the bucket's key that is missing because its condition on `kms:EncryptionContext:aws:s3:arn` lists ARNs of objects, and the
bucket has `BucketKeyEnabled`.

## Why it matters

Without a Bucket Key, S3 names the object when it asks KMS (`arn:aws:s3:::acme-images/in/a.jpg`). With one, it asks for the whole bucket and
names the bucket (`arn:aws:s3:::acme-images`). A condition on object ARNs stops matching on the day the Bucket Key is turned on, and every
request for a newly written object ends in 403.

## Example

```terraform
condition {
  test     = "StringLike"
  variable = "kms:EncryptionContext:aws:s3:arn"
  values   = ["${aws_s3_bucket.images.arn}/*"]
}
```

List the bucket's ARN as well (older objects keep the context that they were written with):

```terraform
condition {
  test     = "StringLike"
  variable = "kms:EncryptionContext:aws:s3:arn"
  values   = [aws_s3_bucket.images.arn, "${aws_s3_bucket.images.arn}/*"]
}
```

In CloudFormation:

```yaml
Condition:
  StringLike:
    kms:EncryptionContext:aws:s3:arn: ["arn:aws:s3:::acme-images", "arn:aws:s3:::acme-images/*"]
```
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.diagnosis import grants, key_condition
from auditor.diagnosis import nearest as near
from auditor.diagnosis.story import of_statement, story
from auditor.finding import Certainty, Severity, Symptom
from auditor.fixes import Append, Content, Fix, Reference
from auditor.foundation.value import Known
from auditor.needs.key import KeyCause
from auditor.policy import Condition
from auditor.rule import Problem, Subject

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.FORBIDDEN,)
REFERENCES = (
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
)


def check(subject: Subject) -> Iterator[Problem]:
    """One problem, with all actions that are missing for this reason."""
    found = [
        (verdict, cause, met)
        for verdict, cause in subject.failing(KeyCause)
        if (met := key_condition.mistake(subject, cause)) and met[0] is key_condition.Mistake.OBJECTS_WITH_BUCKET_KEY
    ]
    if not found:
        return
    _, cause, (_, said, condition) = found[0]
    actions = " and ".join(verdict.need.id for verdict, *_ in found)
    address = subject.bucket.declaration.address
    change = Append(condition.values.location or condition.location, (_arn(subject, condition, cause),), said.statement.location)
    certainty = Certainty.SAFE if grants.is_for(said.statement, subject) else Certainty.NEEDS_REVIEW
    yield Problem(
        f"{subject.contract.title} is denied {actions} with the key of {address}: statement {said.statement.title} of the key policy requires "
        f"'{condition.key}' to be {near.quoted(condition.values)}, but the bucket has an S3 Bucket Key, and S3 then names the bucket itself.",
        condition.location,
        f"Or turn the Bucket Key off for {address}.",
        story(
            condition.location,
            (subject.bucket.declaration.location, "bucket"),
            (cause.encryption.content_location or cause.encryption.location, "default encryption with a Bucket Key"),
            of_statement(said.statement),
        ),
        actions,
        (Fix("Add the bucket's own ARN to the values, beside the objects'", (change,), certainty),),
    )


def _arn(subject: Subject, condition: Condition, cause: KeyCause) -> Content:
    """The bucket's ARN, as literally as the objects' are written: a key that refers to the bucket that refers to it is refused."""
    name = subject.bucket.declaration.name
    for item in condition.values.items:
        place, (arn, *rest) = item.location, item.written.split("/")
        quotes = place.end_column - place.column - len(item.written)
        if isinstance(name, Known) and rest and quotes in (0, 2) and arn.endswith(f":::{name.value}"):
            return arn
    return Reference(subject.bucket.declaration, "arn", written_out=cause.encryption.inline)
