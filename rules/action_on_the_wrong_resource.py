"""An action that is granted on a resource of the wrong kind.

## What it does

Reports an Allow for the consumer that lists object actions (`s3:GetObject`, `s3:PutObject`) while its resources are only buckets, or bucket actions
(`s3:ListBucket`) while its resources are only objects.

## Why it matters

`arn:aws:s3:::acme-images` is the bucket, `arn:aws:s3:::acme-images/*` are its objects. An object action on the bucket's ARN grants nothing.

## Example

```terraform
actions   = ["s3:GetObject"]
resources = [aws_s3_bucket.images.arn]
```

Use `"${aws_s3_bucket.images.arn}/*"` instead. In CloudFormation: `!Sub "${ImagesBucket.Arn}/*"`.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.contract import NeedKind
from auditor.finding import Related, Severity, Symptom
from auditor.policy import Item
from auditor.proofs.access import AccessCause
from auditor.rule import Problem, Subject

SEVERITY = Severity.WARNING
SYMPTOMS = (Symptom.FORBIDDEN,)
REFERENCES = ("https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html",)

# Source: Service Authorization Reference, "Actions defined by Amazon S3": the resource types of the actions that integrations use.
_OBJECT = frozenset(
    {
        "s3:getobject", "s3:putobject", "s3:deleteobject", "s3:getobjectversion", "s3:putobjectacl", "s3:getobjectacl", "s3:getobjecttagging",
        "s3:putobjecttagging", "s3:abortmultipartupload", "s3:listmultipartuploadparts", "s3:restoreobject", "s3:deleteobjectversion",
    }
)  # fmt: skip
_BUCKET = frozenset(
    {"s3:listbucket", "s3:getbucketlocation", "s3:listbucketmultipartuploads", "s3:listbucketversions", "s3:getbucketpolicy"}
)


def check(subject: Subject) -> Iterator[Problem]:
    """One problem for each statement."""
    cause = next((verdict.cause for verdict in subject.of_kind(NeedKind.S3) if isinstance(verdict.cause, AccessCause)), None)
    if cause is None or cause.policy is None:
        return
    for statement in cause.policy.statements:
        actions, resources = statement.actions, statement.resources
        if (
            statement.effect != "Allow"
            or actions.negated
            or resources.negated
            or actions.rest
            or resources.rest
            or not resources.items
        ):
            continue
        kinds = {_kind(item) for item in resources.items}
        for wrong, names, right in (("bucket", _OBJECT, "its objects"), ("object", _BUCKET, "the bucket itself")):
            found = [item for item in actions.items if item.written.lower() in names]
            if kinds == {wrong} and found:
                listed = " and ".join(f"'{item.written}'" for item in found)
                yield Problem(
                    f"Statement {statement.title} grants {listed} on the ARN of {'a bucket' if wrong == 'bucket' else 'objects'}, "
                    f"where it grants nothing in {subject.bucket.declaration.address}.",
                    resources.items[0].location,
                    f"Add the ARN of {right}{' (with /* at its end)' if wrong == 'bucket' else ''}.",
                    (Related(subject.bucket.declaration.location, "bucket"),),
                    f"{statement.sid or statement.index} {wrong}",
                )


def _kind(item: Item) -> str:
    """Whether a resource is a bucket, objects, or perhaps both."""
    rest = item.written.partition(":::")[2] or item.written
    if "/" in rest:
        return "object"
    return "either" if "*" in rest or "?" in rest or ":::" not in item.written else "bucket"
