"""A bucket name with a dot, which a consumer that puts the name into a host name cannot use.

## What it does

Reports a bucket whose name certainly contains a dot, if the contract says `addressing: {style: virtual-hosted}`. A name that the code leaves
unresolved is not reported.

## Why it matters

A virtual-hosted address has the bucket's name in its host name (`https://NAME.s3.REGION.amazonaws.com`). The wildcard in the certificate of S3
stands for one label, so with a dot in the name the certificate does not match, and the connection fails. A bucket cannot be renamed: the
objects must be copied to a new one.

## Example

```terraform
resource "aws_s3_bucket" "images" {
  bucket = "acme.training.images"
}
```

Use instead:

```terraform
resource "aws_s3_bucket" "images" {
  bucket = "acme-training-images"
}
```

In CloudFormation, instead of `BucketName: acme.training.images`:

```yaml
ImagesBucket:
  Type: AWS::S3::Bucket
  Properties:
    BucketName: acme-training-images
```
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.contract import Addressing
from auditor.finding import Related, Severity, Symptom
from auditor.foundation.value import text_parts
from auditor.rule import Problem, Subject

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.FORBIDDEN, Symptom.CORS)
REFERENCES = ("https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html",)


def check(subject: Subject) -> Iterator[Problem]:
    """At most one problem."""
    declaration, contract = subject.bucket.declaration, subject.contract
    parts = text_parts(declaration.name)
    if contract.addressing is not Addressing.VIRTUAL_HOSTED or not any(isinstance(part, str) and "." in part for part in parts):
        return
    name = "".join(part if isinstance(part, str) else f"<{part.name}>" for part in parts)
    location = declaration.name.location or declaration.location
    yield Problem(
        f"{contract.title} cannot use {declaration.address}: its name '{name}' contains a dot.",
        location,
        f"Choose a name without dots, such as '{name.replace('.', '-')}', and copy the objects there."
        if name.count("<") == 0
        else "",
        (Related(declaration.location, "bucket"),) if location != declaration.location else (),
        "name",
    )
