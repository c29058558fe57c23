"""A grant that Block Public Access cuts off, because another statement of the policy is public.

## What it does

Reports a bucket whose policy has a public statement while `RestrictPublicBuckets` is on, or while `BlockPublicPolicy` keeps such a policy from
being stored at all.

## Why it matters

One public statement makes the whole policy public. With `RestrictPublicBuckets` S3 then lets in only AWS services and the bucket's own account:
the grant to the consumer is cut off with it, although it names one role. With `BlockPublicPolicy` the deployment fails instead.

## Example

```terraform
statement {
  actions   = ["s3:GetObject"]
  resources = ["${aws_s3_bucket.images.arn}/public/*"]

  principals {
    type        = "*"
    identifiers = ["*"]
  }
}
```

Remove the public statement, or limit it to fixed principals, addresses or endpoints. In CloudFormation likewise, instead of:

```yaml
- Effect: Allow
  Principal: "*"
  Action: s3:GetObject
  Resource: !Sub "${ImagesBucket.Arn}/public/*"
```
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.finding import Related, Severity, Symptom
from auditor.needs.access import AccessCause
from auditor.policy import DenyKind
from auditor.policy.services.public import public_statements
from auditor.rule import Problem, Subject

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.FORBIDDEN,)
REFERENCES = ("https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",)


def check(subject: Subject) -> Iterator[Problem]:
    """At most one problem, at the first public statement."""
    for verdict, cause in subject.failing(AccessCause):
        if cause.decision is None or cause.policy is None:
            continue
        if cause.decision.kind not in (DenyKind.BLOCK_PUBLIC_ACCESS, DenyKind.DEPLOY_ERROR):
            continue
        public = public_statements(cause.policy)
        location = public[0].location if public else verdict.location
        title = f"statement {public[0].title}" if public else "a statement"
        how = (
            "RestrictPublicBuckets then lets in only the bucket's own account"
            if cause.decision.kind is DenyKind.BLOCK_PUBLIC_ACCESS
            else "BlockPublicPolicy then keeps S3 from storing it, so that the deployment fails"
        )
        declaration = subject.bucket.declaration
        yield Problem(
            f"{subject.contract.title} is cut off from {declaration.address}: {title} makes the bucket policy public, and {how}.",
            location,
            f"Remove {title}, or limit it to fixed principals, addresses or endpoints.",
            (Related(declaration.location, "bucket"),),
            title,
        )
        return
