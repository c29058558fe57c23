"""A bucket that names its key by an alias, which resolves in the caller's account.

## What it does

Reports a default encryption that certainly names its key as `alias/NAME`, without the ARN.

## Why it matters

KMS resolves an alias in the account of whoever makes the request. When the consumer writes, `alias/images` means an alias of the consumer's account:
there is none, and the write is refused; or there is one, and the object is encrypted with somebody else's key.

## Example

```terraform
kms_master_key_id = aws_kms_alias.images.name # alias/images
```

Name the key by its ARN: `aws_kms_key.images.arn`. In CloudFormation: `!GetAtt ImagesKey.Arn`.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.contract import NeedKind
from auditor.finding import Related, Severity, Symptom
from auditor.proofs.encryption import EncryptionCause
from auditor.rule import Problem, Subject

SEVERITY = Severity.WARNING
SYMPTOMS = (Symptom.FORBIDDEN,)
REFERENCES = ("https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html",)


def check(subject: Subject) -> Iterator[Problem]:
    """At most one problem."""
    for verdict in subject.of_kind(NeedKind.KMS):
        cause = verdict.cause
        if isinstance(cause, EncryptionCause) and cause.alias and not cause.alias.startswith("arn:") and cause.key is not None:
            declaration = subject.bucket.declaration
            arn = f"{cause.key.declaration.address}.arn" if subject.language == "terraform" else "its ARN"
            yield Problem(
                f"{declaration.address} names its key by '{cause.alias}', which KMS resolves in the account of the caller: when "
                f"{subject.contract.title} writes, that is not this account.",
                cause.encryption.content_location or cause.encryption.location,
                f"Name the key by its ARN:\n  kms_master_key_id = {arn}"
                if subject.language == "terraform"
                else "Name the key by its ARN.",
                (Related(declaration.location, "bucket"), Related(cause.key.declaration.location, "key")),
                cause.alias,
            )
            return
