"""A KMS action in a bucket policy, which S3 then refuses.

## What it does

Reports actions of KMS in the bucket policy.

## Why it matters

A bucket policy is about S3; whether somebody may use a key is up to the key policy. S3 refuses the whole bucket policy for such an action:
"Policy has invalid action". Then no statement of it is in force.

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

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

from auditor.diagnosis import refused
from auditor.finding import Certainty, Severity, Symptom
from auditor.fixes import Fix, Replace
from auditor.lazy.modules import module
from auditor.needs.access import AccessCause
from auditor.policy import Statement
from auditor.policy.refusals import Flaw
from auditor.rule import Problem, Subject

if TYPE_CHECKING:
    from auditor.diagnosis import grants
else:
    grants = module("auditor.diagnosis.grants")

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.FORBIDDEN,)
REFERENCES = ("https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html",)


def check(subject: Subject) -> Iterator[Problem]:
    """One problem for each statement with such an action."""
    cause = next(subject.causes(AccessCause), None)
    statements = cause.policy.statements if cause is not None and cause.policy is not None else ()
    found = refused.refusals(subject, (Flaw.ACTION_OF_KMS,))
    for index, group in itertools.groupby(found, key=lambda one: one.fault.statement):
        first, *more = group
        fault = first.fault
        listed = " and ".join(f"'{one.fault.value}'" for one in (first, *more))
        yield Problem(
            f"Statement {fault.title} of the policy of {subject.bucket.declaration.address} lists {listed}: a bucket policy grants nothing on a "
            f"key, and {refused.consequence(subject, first)}.",
            fault.location,
            fault.fix,
            refused.related(subject, first),
            fault.title.strip("'") or str(index),
            tuple(fix for statement in statements if statement.index == index for fix in _fixes(statement)),
        )


def _fixes(statement: Statement) -> Iterator[Fix]:
    actions = statement.actions
    left = [item.written for item in actions.items if not item.written.lower().startswith("kms:")]
    if left and grants.is_resolved(actions) and actions.location is not None and not actions.negated:
        change = Replace(actions.location, tuple(left), "Action", statement.location)
        yield Fix(f"Remove the KMS actions from statement {statement.title}", (change,), Certainty.SAFE)
