"""An Allow for everyone that nothing limits.

## What it does

Reports an Allow of the bucket policy whose principal is `*` (or a web identity provider, or everyone but some) and whose conditions limit it to no
fixed value, as Block Public Access understands it.

## Why it matters

The consumer needs access for one role. A statement for everyone opens the bucket to the world where Block Public Access is off, and takes the
consumer's own access away where it is on.

## Example

```terraform
principals {
  type        = "*"
  identifiers = ["*"]
}
```

Name the role instead:

```terraform
principals {
  type        = "AWS"
  identifiers = ["arn:aws:iam::258327614892:role/external_s3"]
}
```

In CloudFormation: `Principal: {AWS: "arn:aws:iam::258327614892:role/external_s3"}`.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.contract import NeedKind
from auditor.finding import Related, Severity, Symptom
from auditor.policy import public_statements
from auditor.proofs.access import AccessCause
from auditor.rule import Problem, Subject

SEVERITY = Severity.WARNING
SYMPTOMS: tuple[Symptom, ...] = ()
REFERENCES = ("https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",)


def check(subject: Subject) -> Iterator[Problem]:
    """One problem for each public statement."""
    for verdict in subject.of_kind(NeedKind.S3):
        cause = verdict.cause
        if isinstance(cause, AccessCause) and cause.policy is not None:
            for statement in public_statements(cause.policy):
                yield Problem(
                    f"Statement {statement.title} grants everyone access to {subject.bucket.declaration.address}; "
                    f"{subject.contract.title} needs it for one principal.",
                    statement.principals.location or statement.location,
                    f"Name the principal: {subject.contract.principal}",
                    (Related(subject.bucket.declaration.location, "bucket"),),
                    statement.sid or str(statement.index),
                )
            return
