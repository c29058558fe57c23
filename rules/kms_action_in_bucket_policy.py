"""A KMS action in a bucket policy, where it grants nothing.

## What it does

Reports actions of KMS in the bucket policy.

## Why it matters

A bucket policy is about S3; whether somebody may use a key is up to the key policy. At best such an action does nothing, and the key stays closed:
reading an encrypted object ends in 403.

## Example

```terraform
actions = ["s3:GetObject", "kms:Decrypt"] # in a bucket policy
```

Move the KMS actions to the key policy:

```terraform
actions = ["kms:Decrypt", "kms:GenerateDataKey"] # in the policy of the key
```

In CloudFormation, from the PolicyDocument of the AWS::S3::BucketPolicy to the KeyPolicy of the AWS::KMS::Key:

```yaml
KeyPolicy:
  Statement:
    - Effect: Allow
      Principal: {AWS: "arn:aws:iam::258327614892:role/external_s3"}
      Action: ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource: "*"
```
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.diagnosis import grants
from auditor.finding import Certainty, Related, Severity, Symptom
from auditor.fixes import Fix, Replace
from auditor.needs.access import AccessCause
from auditor.policy import Statement
from auditor.rule import Problem, Subject

SEVERITY = Severity.WARNING
SYMPTOMS = (Symptom.FORBIDDEN,)
REFERENCES = ("https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html",)


def check(subject: Subject) -> Iterator[Problem]:
    """One problem for each statement with such an action."""
    cause = next(subject.causes(AccessCause), None)
    if cause is None or cause.policy is None:
        return
    for statement in cause.policy.statements:
        found = [item for item in statement.actions.items if item.written.lower().startswith("kms:")]
        if found:
            listed = " and ".join(f"'{item.written}'" for item in found)
            yield Problem(
                f"Statement {statement.title} of the policy of {subject.bucket.declaration.address} lists {listed}: a bucket policy grants nothing on a key.",
                found[0].location,
                "Move the KMS actions to the key policy.",
                (Related(subject.bucket.declaration.location, "bucket"),),
                statement.sid or str(statement.index),
                tuple(_fixes(statement, [item.written for item in statement.actions.items if item not in found])),
            )


def _fixes(statement: Statement, left: list[str]) -> Iterator[Fix]:
    actions = statement.actions
    if left and grants.is_resolved(actions) and actions.location is not None and not actions.negated:
        change = Replace(actions.location, tuple(left), "Action", statement.location)
        yield Fix(f"Remove the KMS actions from statement {statement.title}", (change,), Certainty.SAFE)
