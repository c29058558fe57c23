"""An action that is granted or denied on a resource of the wrong kind.

## What it does

Reports a statement of the bucket policy that lists object actions (`s3:GetObject`) while its resources are only buckets, or bucket actions
(`s3:ListBucket`) while its resources are only objects. Where the fix of `access-grant-missing` corrects the resources of that statement, it is
not reported here again.

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
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from auditor.diagnosis import refused
from auditor.finding import Severity, Symptom
from auditor.fixes import Append, Content, Fix, Reference, Remove
from auditor.lazy.modules import module
from auditor.needs.access import AccessCause, AccessNeed
from auditor.policy import Statement
from auditor.policy.refusals import Fault, Flaw
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
        faults = [one.fault for one in (first, *more)]
        listed = " and ".join(f"'{one.value}'" for one in faults)
        cures = [_cure(subject, one, flaw, faults, listed) for one in statements if one.index == index]
        yield Problem(
            f"Statement {fault.title} of the policy of {subject.bucket.declaration.address} lists {listed}, which {'are' if more else 'is'} about "
            f"{wanted}, and none of its resources is: {refused.consequence(subject, first)}.",
            fault.location,
            next((help_ for _, help_ in cures), f"Add {wanted} to its resources, or remove {listed}."),
            refused.related(subject, first),
            f"{fault.title.strip(chr(39)) or index} {named}",
            tuple(fix for fix, _ in cures if fix is not None),
        )


def _cure(subject: Subject, statement: Statement, flaw: Flaw, faults: Sequence[Fault], listed: str) -> tuple[Fix | None, str]:
    """The change that cures a statement, None where a person has to choose it, and what else can be done.

    What fits no resource gives nobody anything, so in an Allow for others too it goes: with a resource that fits, they would gain it.
    """
    wanted, title = _WANTED[flaw][0], statement.title
    needed = {need.action for need in subject.needs(AccessNeed)}
    is_meant = grants.is_for_account(statement, subject) and all(one.value in needed for one in faults)
    if statement.effect == "Deny" or is_meant or grants.is_for(statement, subject):
        arn: Content = (
            grants.objects(subject.bucket, "")
            if flaw is Flaw.ACTION_WITHOUT_OBJECT
            else Reference(subject.bucket.declaration, "arn")
        )
        change = Append(statement.resources.location or statement.location, (arn,), statement.location)
        return Fix(f"Add {wanted} to the resources of statement {title}", (change,)), f"Or remove {listed}."
    adding = f"add {wanted} to the resources of statement {title}, which lets all whom it names use {listed}."
    if len(faults) == len(statement.actions.items) or statement.actions.rest:
        return None, f"Remove {listed}, or {adding}"
    changes = tuple(Remove(one.location) for one in faults)
    return Fix(f"Remove {listed} from the actions of statement {title}", changes), f"Or {adding}"
