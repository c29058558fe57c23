"""A policy that S3, KMS or IAM refuses to store.

## What it does

Checks the bucket policy, the policy of the bucket's key and, where the consumer is a role of the code, the policies of that role as AWS does when
they are put, and reports what AWS refuses. What is refused for certain is an error; what is only known at second hand is a warning, and its needs
are unknown. An action that does not exist, an action of KMS in a bucket policy and an action that fits none of its resources have rules of
their own.

## Why it matters

One flaw has AWS refuse the whole document, whatever its other statements say and of whom they speak. Nothing of it comes into force: Terraform
stops half-way and leaves a bucket without a policy, CloudFormation rolls back.

## Example

```terraform
statement {
  actions   = ["s3:GetObject", "s3:PutObject"]
  resources = ["*"] # a bucket policy names its bucket
  # …
}
```

Name the bucket:

```terraform
resources = ["${aws_s3_bucket.images.arn}/*"]
```

In CloudFormation, a condition that one of the actions does not have is refused as well:

```yaml
Action: ["s3:GetObject", "s3:PutObject"]
Condition: {StringEquals: {"s3:x-amz-server-side-encryption": "aws:kms"}} # a request for GetObject never has it
```

Use a statement of its own for `s3:PutObject`.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.diagnosis import refused
from auditor.finding import Severity, Symptom
from auditor.policy.refusals import Flaw
from auditor.rule import Problem, Subject

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.FORBIDDEN,)
REFERENCES = (
    "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html",
    "https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html",
    "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html",
)

# These have rules of their own.
_ELSEWHERE = (Flaw.UNKNOWN_ACTION, Flaw.NEW_ACTION, Flaw.ACTION_OF_KMS, Flaw.ACTION_WITHOUT_BUCKET, Flaw.ACTION_WITHOUT_OBJECT)
_HERE = frozenset(Flaw) - frozenset(_ELSEWHERE)


def check(subject: Subject) -> Iterator[Problem]:
    """One problem for each flaw."""
    for refusal in refused.refusals(subject, _HERE):
        fault = refusal.fault
        clause = fault.clause[:1].upper() + fault.clause[1:]
        yield Problem(
            f"{clause}, and {refused.consequence(subject, refusal)}.",
            fault.location,
            fault.fix,
            refused.related(subject, refusal),
            f"{fault.title} {fault.flaw.name.lower().replace('_', ' ')} {fault.value}".strip(),
            severity=refused.severity(subject, refusal),
        )
