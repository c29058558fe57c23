"""A key policy that lets in S3 of another region than the bucket's.

## What it does

Reports a grant on the bucket's key that is missing because its condition on `kms:ViaService` names S3 in another region than the bucket's, when
the code resolves the bucket's region.

## Why it matters

S3 asks KMS as `s3.REGION.amazonaws.com`, with the region of the bucket. A copy of a policy from another region never matches, so every request
for an encrypted object ends in 403.

## Example

```terraform
condition {
  test     = "StringEquals"
  variable = "kms:ViaService"
  values   = ["s3.us-east-1.amazonaws.com"] # the bucket is in eu-west-1
}
```

Use instead:

```terraform
condition {
  test     = "StringEquals"
  variable = "kms:ViaService"
  values   = ["s3.eu-west-1.amazonaws.com"]
}
```

In CloudFormation, where the region need not be written:

```yaml
Condition:
  StringEquals:
    kms:ViaService: !Sub "s3.${AWS::Region}.amazonaws.com"
```
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.diagnosis import key_condition
from auditor.diagnosis import nearest as near
from auditor.diagnosis.story import of_statement, story
from auditor.finding import Severity, Symptom
from auditor.fixes import Fix, Replace
from auditor.foundation.value import Known
from auditor.needs.key import KeyCause
from auditor.rule import Problem, Subject

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.FORBIDDEN,)
REFERENCES = ("https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service",)


def check(subject: Subject) -> Iterator[Problem]:
    """One problem, with all actions that are missing for this reason."""
    found = [
        (verdict, cause, met)
        for verdict, cause in subject.failing(KeyCause)
        if (met := key_condition.mistake(subject, cause)) and met[0] is key_condition.Mistake.ANOTHER_REGION
    ]
    region = subject.bucket.declaration.region
    if not found or not isinstance(region, Known):
        return
    _, cause, (_, said, condition) = found[0]
    actions = " and ".join(verdict.need.id for verdict, *_ in found)
    service = f"s3.{region.value}.amazonaws.com"
    key = cause.key.declaration.location if cause.key else None
    place, items = condition.values.location or condition.location, condition.values.items
    change = Replace(items[0].location if len(items) == 1 else place, service if len(items) == 1 else (service,))
    yield Problem(
        f"{subject.contract.title} is denied {actions} with the key of {subject.bucket.declaration.address}: statement "
        f"{said.statement.title} of the key policy requires '{condition.key}' to be {near.quoted(condition.values)}, and the bucket is in "
        f"'{region.value}', so that S3 asks as '{service}'.",
        place,
        "",
        story(place, (subject.bucket.declaration.location, "bucket"), (key, "key"), of_statement(said.statement)),
        actions,
        (Fix(f"Write '{service}' instead of {near.quoted(condition.values)}", (change,)),),
    )
