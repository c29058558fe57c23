"""A grant that the consumer needs and the bucket policy does not give.

## What it does

Decides, for every key of the bucket (below the contract's prefix), whether the bucket policy lets the consumer's principal do what the
contract asks. The finding names the shortest key that no statement covers, and the statement that comes nearest with the element that fails.

## Why it matters

The consumer is in another account: without an Allow in the bucket policy its requests end in 403, whatever its own account allows. A missing
object answers 403 as well, so the platform cannot tell the two apart.

## Example

```terraform
statement {
  actions   = ["s3:GetObject"]
  resources = [aws_s3_bucket.images.arn] # the bucket, not its objects

  principals {
    type        = "AWS"
    identifiers = ["arn:aws:iam::258327614892:role/external_s3"]
  }
}
```

Use instead:

```terraform
statement {
  actions   = ["s3:GetObject", "s3:PutObject"]
  resources = ["${aws_s3_bucket.images.arn}/*"]

  principals {
    type        = "AWS"
    identifiers = ["arn:aws:iam::258327614892:role/external_s3"]
  }
}
```

In CloudFormation:

```yaml
- Effect: Allow
  Principal: {AWS: "arn:aws:iam::258327614892:role/external_s3"}
  Action: ["s3:GetObject", "s3:PutObject"]
  Resource: !Sub "${ImagesBucket.Arn}/*"
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from auditor.contract import NeedKind
from auditor.finding import Related, Severity, Symptom
from auditor.location import Location
from auditor.policy import DenyKind
from auditor.proofs.access import AccessCause
from auditor.rule import Problem, Subject
from auditor.value import Symbol, text_parts
from auditor.verdict import Status, Verdict

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.FORBIDDEN,)
REFERENCES = (
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-walkthroughs-managing-access-example2.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html",
    "https://docs.v7labs.com/docs/aws-s3-configuration",
)

_RESOURCE = re.compile(r"(?:module\.[\w-]+(?:\[[^\]]*\])?\.)*(?P<local>aws_s3_bucket\.(?P<label>[\w-]+)(?:\[[^\]]*\])?)")


def check(subject: Subject) -> Iterator[Problem]:
    """One problem for each place, with all actions that are missing there."""
    places: dict[Location, list[Verdict]] = {}
    for verdict in subject.of_kind(NeedKind.S3):
        cause = verdict.cause
        if verdict.status is not Status.FAILS or not isinstance(cause, AccessCause):
            continue
        if cause.decision is None or cause.decision.kind is DenyKind.IMPLICIT:
            places.setdefault(_place(verdict), []).append(verdict)
    for place, verdicts in places.items():
        actions = [verdict.need.id for verdict in verdicts]
        yield Problem(
            _message(subject, verdicts),
            place,
            _fix(subject, verdicts),
            tuple(_related(subject, place, verdicts[0])),
            " ".join(actions),
        )


def _place(verdict: Verdict) -> Location:
    cause = verdict.cause
    if isinstance(cause, AccessCause) and cause.decision is not None and (nearest := cause.decision.nearest) is not None:
        return nearest.location
    return verdict.location


def _message(subject: Subject, verdicts: Sequence[Verdict]) -> str:
    actions = " or ".join(verdict.need.id for verdict in verdicts)
    address, title = subject.bucket.declaration.address, subject.contract.title
    cause = verdicts[0].cause
    if not isinstance(cause, AccessCause) or cause.decision is None or cause.attachment is None:
        return f"{title} may not {actions} in {address}: the bucket has no policy, and nothing else lets another account in."
    key = verdicts[0].witness.get("key", "")
    shown = f", for example for the key '{key}'" if key else ""
    text = f"{title} may not {actions} in {address}{shown}: no statement of {cause.attachment.address} allows it."
    nearest = cause.decision.nearest
    return f"{text} The nearest is statement {nearest.statement.title}, whose {nearest.clause}." if nearest else text


def _related(subject: Subject, place: Location, verdict: Verdict) -> Iterator[Related]:
    cause = verdict.cause
    attachment = cause.attachment if isinstance(cause, AccessCause) else None
    for location, message in (
        (subject.bucket.declaration.location, "bucket"),
        (attachment.location if attachment else None, "bucket policy"),
    ):
        if location is not None and location != place:
            yield Related(location, message)


def _fix(subject: Subject, verdicts: Sequence[Verdict]) -> str:
    actions = [verdict.need.id for verdict in verdicts]
    cause = verdicts[0].cause
    principal, keys = subject.contract.principal, f"{verdicts[0].need.prefix}*"
    nearest = cause.decision.nearest if isinstance(cause, AccessCause) and cause.decision else None
    element = nearest.element if nearest else ""
    if nearest and element == "Action" and not nearest.statement.actions.negated:
        return f"Add {' and '.join(actions)} to the actions of statement {nearest.statement.title}."
    if nearest and element == "Resource" and not nearest.statement.resources.negated:
        return f"Add the objects to the resources of statement {nearest.statement.title}:\n  {_objects(subject, keys)}"
    if nearest and element == "Condition":
        return f"Remove the condition from statement {nearest.statement.title}, or write one that {subject.contract.title} meets."
    return "\n".join(
        _statement(subject, principal, [verdict.need.id for verdict in subject.of_kind(NeedKind.S3)], keys, whole=_is_absent(cause))
    )


def _is_absent(cause: object) -> bool:
    """Whether there is no policy at all."""
    return isinstance(cause, AccessCause) and cause.attachment is None


def _objects(subject: Subject, keys: str) -> str:
    declaration = subject.bucket.declaration
    found = _RESOURCE.fullmatch(declaration.address)
    match subject.language:
        case "terraform" if found:
            return f'"${{{found["local"]}.arn}}/{keys}"'
        case "cloudformation" if declaration.managed:
            return f'!Sub "${{{declaration.address}.Arn}}/{keys}"'
    name = "".join("NAME" if isinstance(part, Symbol) else part for part in text_parts(declaration.name))
    return f'"arn:aws:s3:::{name}/{keys}"'


def _statement(subject: Subject, principal: str, actions: Sequence[str], keys: str, *, whole: bool) -> Iterator[str]:
    objects = _objects(subject, keys)
    listed = ", ".join(f'"{action}"' for action in actions)
    match subject.language:
        case "terraform":
            found = _RESOURCE.fullmatch(subject.bucket.declaration.address)
            label, reference = (found["label"], f"{found['local']}.id") if found else ("this", '"NAME"')
            statement = (
                "{",
                '  Sid       = "PlatformAccess"',
                '  Effect    = "Allow"',
                f'  Principal = {{ AWS = "{principal}" }}',
                f"  Action    = [{listed}]",
                f"  Resource  = {objects}",
                "}",
            )
            if not whole:
                yield "Add a statement to the bucket policy:"
                yield from statement
                return
            yield "Add a bucket policy:"
            yield f'resource "aws_s3_bucket_policy" "{label}" {{'
            yield f"  bucket = {reference}"
            yield "  policy = jsonencode({"
            yield '    Version   = "2012-10-17"'
            yield f"    Statement = [{statement[0]}"
            yield from (f"    {line}" for line in statement[1:-1])
            yield "    }]"
            yield "  })"
            yield "}"
        case "cloudformation":
            if whole:
                yield "Add a bucket policy:"
                yield from ("Type: AWS::S3::BucketPolicy", "Properties:", f"  Bucket: !Ref {subject.bucket.declaration.address}")
                yield from ("  PolicyDocument:", '    Version: "2012-10-17"', "    Statement:")
            else:
                yield "Add a statement to the bucket policy:"
            lead = "      " if whole else ""
            yield f"{lead}- Effect: Allow"
            yield f"{lead}  Principal: {{AWS: {principal}}}"
            yield f"{lead}  Action: [{listed}]"
            yield f"{lead}  Resource: {objects}"
        case _:
            yield "Add a statement to the bucket policy:"
            yield f'{{"Effect": "Allow", "Principal": {{"AWS": "{principal}"}}, "Action": [{listed}], "Resource": {objects}}}'
