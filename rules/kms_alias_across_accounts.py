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

Name the key by its ARN:

```terraform
kms_master_key_id = aws_kms_key.images.arn
```

In CloudFormation, instead of `KMSMasterKeyID: alias/images`:

```yaml
KMSMasterKeyID: !GetAtt ImagesKey.Arn
```
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.finding import Certainty, Related, Severity, Symptom
from auditor.fixes import Fix, Reference, Replace
from auditor.foundation.location import Location
from auditor.foundation.value import MapValue
from auditor.needs.key import KeyCause
from auditor.rule import Problem, Subject

SEVERITY = Severity.WARNING
SYMPTOMS = (Symptom.FORBIDDEN,)
REFERENCES = ("https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html",)


def check(subject: Subject) -> Iterator[Problem]:
    """At most one problem."""
    for cause in subject.causes(KeyCause):
        if cause.alias and not cause.alias.startswith("arn:") and cause.key is not None:
            declaration = subject.bucket.declaration
            yield Problem(
                f"{declaration.address} names its key by '{cause.alias}', which KMS resolves in the account of the caller: when "
                f"{subject.contract.title} writes, that is not this account.",
                _place(cause),
                "",
                (Related(declaration.location, "bucket"), Related(cause.key.declaration.location, "key")),
                cause.alias,
                (
                    Fix(
                        f"Name {cause.key.declaration.address} by its ARN",
                        (Replace(_place(cause), Reference(cause.key.declaration, "arn"), "KMSMasterKeyID"),),
                        Certainty.SAFE,
                    ),
                ),
            )
            return


def _place(cause: KeyCause) -> Location:
    """Where the key is named."""
    content = cause.encryption.content
    named = content.entries.get("KMSMasterKeyID") if isinstance(content, MapValue) else None
    return (named.location if named else None) or cause.encryption.content_location or cause.encryption.location
