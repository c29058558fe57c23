"""An action that is granted or denied on a resource of the wrong kind.

## What it does

Reports a statement of the bucket policy that lists object actions (`s3:GetObject`) while its resources are only buckets, or bucket actions
(`s3:ListBucket`) while its resources are only objects. A grant that the consumer lacks for this reason is reported by `access-grant-missing`,
and not here again.

## Why it matters

`arn:aws:s3:::acme-images` is the bucket, `arn:aws:s3:::acme-images/*` are its objects; neither covers the other. An object action on the
bucket's ARN grants nothing and denies nothing.

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

from collections.abc import Iterator

from auditor.diagnosis import grants
from auditor.diagnosis import nearest as near
from auditor.finding import Related, Severity, Symptom
from auditor.fixes import Append, Content, Fix, Reference
from auditor.foundation.value import Known
from auditor.policy import Item, Statement
from auditor.policy.services.actions import actions, matching, resource_kinds
from auditor.rule import Problem, Subject

SEVERITY = Severity.WARNING
SYMPTOMS = (Symptom.FORBIDDEN,)
REFERENCES = (
    "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security_iam_service-with-iam.html",
)


def check(subject: Subject) -> Iterator[Problem]:
    """One problem for each statement."""
    cause = near.bucket_policy(subject)
    if cause is None or cause.policy is None:
        return
    reported = near.reported(subject)
    for statement in cause.policy.statements:
        if (statement.location, "Resource") in reported:
            continue
        found = _misplaced(subject, statement)
        if not found:
            continue
        kind = "bucket" if _kinds(subject, statement) == {"bucket"} else "object"
        listed = " and ".join(f"'{item.written}'" for item in found)
        verb = {"Allow": "allows", "Deny": "denies"}.get(str(statement.effect), "has")
        named, wanted = ("a bucket", "the objects") if kind == "bucket" else ("objects", "the bucket")
        arn: Content = grants.objects(subject.bucket, "") if kind == "bucket" else Reference(subject.bucket.declaration, "arn")
        yield Problem(
            f"Statement {statement.title} of the policy of {subject.bucket.declaration.address} {verb} {listed} on the ARN of {named} only, "
            f"and {'they are' if len(found) > 1 else 'it is'} about {wanted}, so that part of it has no effect.",
            statement.resources.items[0].location,
            f"Or remove {listed}.",
            (Related(subject.bucket.declaration.location, "bucket"), Related(statement.location, f"statement {statement.title}")),
            f"{statement.sid or statement.index} {kind}",
            (
                Fix(
                    f"Add {wanted} to the resources of statement {statement.title}",
                    (Append(statement.resources.location or statement.location, (arn,), statement.location),),
                ),
            ),
        )


def _kinds(subject: Subject, statement: Statement) -> frozenset[str]:
    name = subject.bucket.declaration.name
    return frozenset().union(*(resource_kinds(item.text, name) for item in statement.resources.items))


def _misplaced(subject: Subject, statement: Statement) -> tuple[Item, ...]:
    """The actions that are about none of the resources."""
    if statement.actions.negated or statement.resources.negated or statement.resources.rest or not statement.resources.items:
        return ()
    kinds = _kinds(subject, statement)
    if len(kinds) != 1:
        return ()
    return tuple(item for item in statement.actions.items if isinstance(item.text, Known) and _is_about_another(item, kinds))


def _is_about_another(item: Item, kinds: frozenset[str]) -> bool:
    about = [actions()[action] & {"bucket", "object"} for action in matching(item.written)]
    return bool(about) and all(one and not one & kinds for one in about)
