"""An action that is granted or denied on a resource of the wrong kind.

## What it does

Reports a statement of the bucket policy that lists object actions (`s3:GetObject`) while its resources are only buckets, or bucket actions
(`s3:ListBucket`) while its resources are only objects. A grant that the consumer lacks for this reason is reported by `access-grant-missing`,
and not here again.

## Why it matters

`arn:aws:s3:::acme-images` is the bucket, `arn:aws:s3:::acme-images/*` are its objects; neither covers the other. S3 refuses the whole policy when
an action that it lists fits none of the resources of its statement: "Action does not apply to any resource(s) in statement". Then no statement
of it is in force. A pattern such as `s3:*` or `s3:Get*` needs only one action that fits.

## Example

```terraform
actions   = ["s3:GetObject", "s3:ListBucket"]
resources = ["${aws_s3_bucket.images.arn}/*"]
```

Use a statement for each kind, or list both resources:

```terraform
actions   = ["s3:GetObject", "s3:ListBucket"]
resources = [aws_s3_bucket.images.arn, "${aws_s3_bucket.images.arn}/*"]
```

In CloudFormation:

```yaml
Resource: [!GetAtt ImagesBucket.Arn, !Sub "${ImagesBucket.Arn}/*"]
```
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

from auditor.diagnosis import refused
from auditor.finding import Severity, Symptom
from auditor.fixes import Append, Content, Fix, Reference
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
REFERENCES = (
    "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security_iam_service-with-iam.html",
)

# What the actions are about, and what the resources are instead.
_WANTED = {Flaw.ACTION_WITHOUT_BUCKET: ("the bucket", "object"), Flaw.ACTION_WITHOUT_OBJECT: ("the objects", "bucket")}


def check(subject: Subject) -> Iterator[Problem]:
    """One problem for each statement and kind of resource."""
    cause = next(subject.causes(AccessCause), None)
    statements = cause.policy.statements if cause is not None and cause.policy is not None else ()
    found = refused.refusals(subject, _WANTED)
    for (index, flaw), group in itertools.groupby(found, key=lambda one: (one.fault.statement, one.fault.flaw)):
        first, *more = group
        wanted, named = _WANTED[flaw]
        fault = first.fault
        listed = " and ".join(f"'{one.fault.value}'" for one in (first, *more))
        yield Problem(
            f"Statement {fault.title} of the policy of {subject.bucket.declaration.address} lists {listed}, which {'are' if more else 'is'} about "
            f"{wanted}, and none of its resources is: {refused.consequence(subject, first)}.",
            fault.location,
            f"Or remove {listed}.",
            refused.related(subject, first),
            f"{fault.title.strip(chr(39)) or index} {named}",
            tuple(_fix(subject, statement, flaw) for statement in statements if statement.index == index),
        )


def _fix(subject: Subject, statement: Statement, flaw: Flaw) -> Fix:
    bucket, wanted = subject.bucket, _WANTED[flaw][0]
    arn: Content = grants.objects(bucket, "") if flaw is Flaw.ACTION_WITHOUT_OBJECT else Reference(bucket.declaration, "arn")
    place = statement.resources.location or statement.location
    return Fix(f"Add {wanted} to the resources of statement {statement.title}", (Append(place, (arn,), statement.location),))
