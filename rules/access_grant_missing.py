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

In CloudFormation, likewise on the objects and not on the bucket:

```yaml
- Effect: Allow
  Principal: {AWS: "arn:aws:iam::258327614892:role/external_s3"}
  Action: ["s3:GetObject", "s3:PutObject"]
  Resource: !Sub "${ImagesBucket.Arn}/*"
```
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from auditor.finding import Related, Severity, Symptom
from auditor.foundation.location import Location
from auditor.foundation.value import ALWAYS, Known
from auditor.needs.access import AccessCause, AccessNeed
from auditor.policy import DenyKind, Items, StatementOutcome
from auditor.policy.services.actions import exists, resource_kinds
from auditor.policy.services.excess import never_met
from auditor.rule import Problem, Subject
from auditor.verdict import Verdict

from . import _nearest as near
from . import _own_policies as own
from . import _paste as paste

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.FORBIDDEN,)
REFERENCES = (
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-walkthroughs-managing-access-example2.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html",
    "https://docs.v7labs.com/docs/aws-s3-configuration",
)


def check(subject: Subject) -> Iterator[Problem]:
    """One problem for each place, with all actions that are missing there."""
    places: dict[Location, list[tuple[Verdict, AccessCause]]] = {}
    for verdict, cause in subject.failing(AccessCause):
        if cause.decision is None or cause.decision.kind is DenyKind.IMPLICIT:
            places.setdefault(near.place_of(verdict, cause), []).append((verdict, cause))
    for place, found in places.items():
        cause = found[0][1]
        role = cause.consumer.role
        if role is not None and own.lack(role, cause.decision):
            yield own.problem(subject, role, found)
            continue
        actions = [verdict.need.id for verdict, _ in found]
        said = near.nearest(cause.decision, subject.contract)
        yield Problem(
            _message(subject, found[0][0], actions, cause, said),
            place,
            _fix(subject, actions, cause, said),
            tuple(_related(subject, place, cause, said)),
            " ".join(actions),
        )


# -------------------------------------------------------------------------------------------------- what is missing


def _message(subject: Subject, verdict: Verdict, actions: Sequence[str], cause: AccessCause, said: StatementOutcome | None) -> str:
    address, title = subject.bucket.declaration.address, subject.contract.title
    refused = f"{title} is refused {' and '.join(actions)} in {address}"
    if cause.attachment is None:
        return f"{refused}: the bucket has no policy, and nothing else lets another account in."
    text = f"{refused}: no statement of {cause.attachment.address} allows it for every key"
    key = verdict.witness.get("key")
    text += f"; the shortest key without is '{key}'." if key else "."
    return f"{text} The nearest is statement {said.statement.title}: {_lacks(subject, actions, said)}." if said else text


def _lacks(subject: Subject, actions: Sequence[str], said: StatementOutcome) -> str:
    """What a statement lacks to be the grant, as a clause."""
    statement, title = said.statement, subject.contract.title
    match said.element:
        case "Principal":
            meant = near.mistaken_principal(said, subject.contract)
            return f"it names '{meant.written if meant else ''}' and not '{subject.contract.principal}'"
        case "Action":
            return f"it allows {_but(statement.actions)}"
        case "Resource" if _only_buckets(subject, statement.resources):
            return f"it names {near.quoted(statement.resources)}, which is the bucket and not its objects"
        case "Resource":
            return f"it covers {_but(statement.resources)}"
    condition = near.failing_condition(said)
    if condition is None:
        return f"{title} does not meet its conditions"
    test = f"the condition {condition.operator} '{condition.key}' {near.quoted(condition.values)}"
    if never_met(condition, actions[0], near.caller(subject)):
        return f"it has {test}, and a request that {title} makes itself never has '{condition.key}'"
    return f"it has {test}, which {title} does not meet"


def _but(items: Items) -> str:
    return f"everything but {near.quoted(items)}" if items.negated else f"only {near.quoted(items)}"


def _only_buckets(subject: Subject, items: Items) -> bool:
    name = subject.bucket.declaration.name
    return not items.negated and not items.rest and all(resource_kinds(item.text, name) == {"bucket"} for item in items.items)


def _related(subject: Subject, place: Location, cause: AccessCause, said: StatementOutcome | None) -> Iterator[Related]:
    told = {place}
    for location, message in (
        (subject.bucket.declaration.location, "bucket"),
        (cause.attachment.location if cause.attachment else None, "bucket policy"),
        (said.statement.location if said else None, f"statement {said.statement.title}" if said else ""),
    ):
        if location is not None and location not in told:
            told.add(location)
            yield Related(location, message)


# -------------------------------------------------------------------------------------------------- the smallest change


def _fix(subject: Subject, actions: Sequence[str], cause: AccessCause, said: StatementOutcome | None) -> str:
    style = paste.style_of(subject, cause.attachment)
    if said is None:
        return _statement(subject, cause, style)
    statement, title = said.statement, said.statement.title
    match said.element:
        case "Principal" if meant := near.mistaken_principal(said, subject.contract):
            return f"Write '{subject.contract.principal}' instead of '{meant.written}'."
        case "Action" if not statement.actions.negated:
            if not _resolved(statement.actions):
                return f"Add {' and '.join(actions)} to the actions of statement {title}."
            kept = [item.written for item in statement.actions.items if exists(item.written)]
            return paste.said(f"In statement {title}, write:", [paste.listed("Action", [*kept, *actions], style)])
        case "Resource" if not statement.resources.negated:
            objects = paste.objects(subject, cause.need.prefix, style)
            return paste.said(
                f"Add the objects to the resources of statement {title}{_or_prefix(subject, statement.resources)}:", [objects]
            )
        case "Condition" if condition := near.failing_condition(said):
            return f"Remove the condition on '{condition.key}' from statement {title}, or write one that {subject.contract.title} meets."
    return _statement(subject, cause, style)


def _resolved(items: Items) -> bool:
    return not items.rest and all(isinstance(item.text, Known) and item.when == ALWAYS for item in items.items)


def _or_prefix(subject: Subject, items: Items) -> str:
    """The other way out, when a statement covers just the keys below one prefix."""
    if subject.contract.parameters.get("prefix") != "" or len(items.items) != 1 or not _resolved(items):
        return ""
    _, slash, keys = items.items[0].written.partition("/")
    prefix = keys.removesuffix("*")
    if not slash or not prefix or keys == prefix or set(prefix) & set("*?$"):
        return ""
    return f" (or, when {subject.contract.title} uses only keys below '{prefix}', audit with prefix={prefix})"


def _statement(subject: Subject, cause: AccessCause, style: paste.Style) -> str:
    """A statement that grants all that the contract asks for, in a policy of its own when there is none yet."""
    actions = [need.action for need in subject.contract.needs_of(AccessNeed)]
    objects = paste.objects(subject, cause.need.prefix, style)
    lines = paste.statement("PlatformAccess", paste.consumer(subject), actions, objects, style)
    if cause.attachment is not None:
        return paste.said(f"Add a statement to {cause.attachment.address}:", lines)
    match subject.language:
        case "terraform":
            head = [
                f'resource "aws_s3_bucket_policy" "{paste.label(subject)}" {{',
                f"  bucket = {paste.bucket(subject)}",
                "  policy = jsonencode({",
            ]
            inner = [
                '    Version   = "2012-10-17"',
                f"    Statement = [{lines[0]}",
                *(f"    {line}" for line in lines[1:-1]),
                "    }]",
            ]
            return paste.said("Add a bucket policy:", [*head, *inner, "  })", "}"])
        case "cloudformation" if style is paste.Style.YAML:
            head = [f"{_policy_id(subject)}:", "  Type: AWS::S3::BucketPolicy", "  Properties:"]
            inner = [
                f"    Bucket: {paste.bucket(subject)}",
                "    PolicyDocument:",
                '      Version: "2012-10-17"',
                "      Statement:",
            ]
            return paste.said("Add a bucket policy:", [*head, *inner, *(f"        {line}" for line in lines)])
        case "cloudformation":
            head = [f'"{_policy_id(subject)}": {{', '  "Type": "AWS::S3::BucketPolicy",', '  "Properties": {']
            inner = [
                f'    "Bucket": {paste.bucket(subject)},',
                '    "PolicyDocument": {',
                '      "Version": "2012-10-17",',
                f'      "Statement": [{lines[0]}',
                *(f"      {line}" for line in lines[1:-1]),
                "      }]",
            ]
            return paste.said("Add a bucket policy:", [*head, *inner, "    }", "  }", "}"])
    document = [
        "{",
        '  "Version": "2012-10-17",',
        f'  "Statement": [{lines[0]}',
        *(f"  {line}" for line in lines[1:-1]),
        "  }]",
        "}",
    ]
    return paste.said("Add a bucket policy:", document)


def _policy_id(subject: Subject) -> str:
    """A logical id for the policy of a bucket."""
    return f"{paste.logical_id(subject.bucket.declaration) or 'Bucket'}Policy"
