"""A bucket policy that demands an ACL which S3 refuses, since ACLs are turned off or public ones are blocked.

## What it does

Reports writes that the bucket policy allows only with an `x-amz-acl` header of another value than `bucket-owner-full-control`, while the bucket
has `BucketOwnerEnforced`; and those that it allows only with a public ACL, such as `public-read`, while `BlockPublicAcls` is on.

## Why it matters

With ACLs turned off, S3 refuses an upload with any other ACL (400, AccessControlListNotSupported), and with `BlockPublicAcls` one with a public
ACL (403); without the header the policy does not allow it. So no upload can succeed, whatever the consumer sends.

## Example

```terraform
condition {
  test     = "StringEquals"
  variable = "s3:x-amz-acl"
  values   = ["public-read"] # the bucket has BucketOwnerEnforced
}
```

Remove the condition: with ACLs turned off the bucket's owner owns every object anyway. In CloudFormation, remove:

```yaml
Condition: {StringEquals: {s3:x-amz-acl: public-read}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.diagnosis import acl_demand, grants
from auditor.diagnosis import nearest as near
from auditor.diagnosis.story import story
from auditor.finding import Severity, Symptom
from auditor.fixes import Fix, RemoveConditions
from auditor.needs.access import AccessCause
from auditor.policy import Statement
from auditor.rule import Problem, Subject

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.FORBIDDEN, Symptom.BAD_REQUEST)
REFERENCES = (
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-ownership-error-responses.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html",
)


def check(subject: Subject) -> Iterator[Problem]:
    """At most one problem, at the condition."""
    for verdict, cause in subject.failing(AccessCause):
        found = acl_demand.demanded(subject.bucket, cause)
        if found is None:
            continue
        statement, condition = found.statement, found.condition
        alone = statement.effect == "Allow" and len(statement.conditions) == 1 and grants.is_for(statement, subject)
        fix = Fix(f"Remove the condition on 's3:x-amz-acl' from statement {statement.title}", (RemoveConditions(statement),))
        yield Problem(
            f"{subject.contract.title} is denied {verdict.need.id} in {subject.bucket.declaration.address}: the bucket policy requires the ACL "
            f"{near.quoted(condition.values)}, and S3 refuses that ACL, since {found.because}.",
            condition.location,
            "" if alone else f"{_advice(subject, statement)}: S3 takes no upload with that ACL.",
            story(
                condition.location,
                (subject.bucket.declaration.location, "bucket"),
                (found.place, found.setting),
            ),
            verdict.need.id,
            (fix,) if alone else (),
        )


def _advice(subject: Subject, statement: Statement) -> str:
    """What to do about the condition of a statement that is not the consumer's alone."""
    if statement.effect == "Deny":
        return f"Remove statement {statement.title}"
    if grants.may_lose_conditions(statement, subject):
        return f"Remove the condition on 's3:x-amz-acl' from statement {statement.title}"
    return f"Let {subject.contract.title} in by a statement of its own without the condition on 's3:x-amz-acl'"
