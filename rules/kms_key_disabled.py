"""A bucket whose key is disabled, or is not there any longer or yet.

## What it does

Reports a default encryption with a KMS key that is certainly disabled, pending deletion or pending import.

## Why it matters

KMS refuses every request with such a key, whatever its policy grants: nobody can read what the key encrypted, and nothing new can be written.

## Example

```terraform
resource "aws_kms_key" "images" {
  is_enabled = false
}
```

Enable the key, or encrypt with another one:

```terraform
resource "aws_kms_key" "images" {
  is_enabled = true
}
```

In CloudFormation, instead of `Enabled: false`:

```yaml
ImagesKey:
  Type: AWS::KMS::Key
  Properties:
    Enabled: true
```
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.finding import Related, Severity, Symptom
from auditor.needs.key import KeyCause
from auditor.rule import Problem, Subject

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.FORBIDDEN,)
REFERENCES = ("https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html",)


def check(subject: Subject) -> Iterator[Problem]:
    """At most one problem, with all actions that are refused."""
    found = [(verdict, cause) for verdict, cause in subject.failing(KeyCause) if cause.unusable is not None]
    if not found:
        return
    cause = found[0][1]
    if cause.unusable is None or cause.key is None:
        return
    actions = " and ".join(verdict.need.id for verdict, _ in found)
    declaration, key = subject.bucket.declaration, cause.key.declaration
    place = cause.unusable.location or key.location
    yield Problem(
        f"{subject.contract.title} is denied {actions} with the key of {declaration.address}: {cause.unusable.reason}.",
        place,
        "Enable the key, or encrypt with another one.",
        (Related(declaration.location, "bucket"), Related(cause.encryption.location, "default encryption")),
        actions,
    )
