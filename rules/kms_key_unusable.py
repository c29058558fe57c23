"""A bucket whose key S3 cannot use, whatever the key policy says.

## What it does

Reports a default encryption with a KMS key that is certainly of another Region than the bucket, asymmetric, or not for encryption.

## Why it matters

S3 uses symmetric encryption keys of the bucket's Region only. It stores a default encryption with any other key without looking at the key; every write
then fails, and so does every read of what the key would have encrypted.

## Example

```terraform
resource "aws_kms_key" "images" {
  customer_master_key_spec = "RSA_2048"
}
```

Use a symmetric key, which is what a key is unless something else is written:

```terraform
resource "aws_kms_key" "images" {
}
```

In CloudFormation, instead of `KeySpec: RSA_2048`:

```yaml
ImagesKey:
  Type: AWS::KMS::Key
  Properties:
    KeySpec: SYMMETRIC_DEFAULT
```
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.diagnosis.unusable_key import unusable_key
from auditor.finding import Severity, Symptom
from auditor.rule import Problem, Subject

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.FORBIDDEN,)
REFERENCES = ("https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",)


def check(subject: Subject) -> Iterator[Problem]:
    """At most one problem, with all actions that fail."""
    yield from unusable_key(subject, "Encrypt with a symmetric key of the bucket's Region.", passing=False)
