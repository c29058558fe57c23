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

from auditor.diagnosis.unusable_key import unusable_key
from auditor.finding import Severity, Symptom
from auditor.rule import Problem, Subject

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.FORBIDDEN,)
REFERENCES = ("https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html",)


def check(subject: Subject) -> Iterator[Problem]:
    """At most one problem, with all actions that are refused."""
    yield from unusable_key(subject, "Enable the key, or encrypt with another one.", passing=True)
