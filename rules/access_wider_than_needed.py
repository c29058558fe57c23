"""A grant to the consumer that goes beyond what its contract needs.

## What it does

Reports the actions that an Allow certainly grants the consumer and that the contract does not list: wildcards such as `s3:*`, and actions such as
`s3:DeleteObject`. Actions that only help to find a mistake are put up with: `s3:ListBucket` (a missing object then answers 404 instead of 403),
`s3:GetBucketLocation`, `s3:AbortMultipartUpload` and `s3:ListMultipartUploadParts`.

## Why it matters

What the consumer may do beyond its need, somebody who takes over the consumer may do too.

## Example

```terraform
actions = ["s3:*"]
```

Use instead:

```terraform
actions = ["s3:GetObject", "s3:PutObject"]
```

In CloudFormation: `Action: ["s3:GetObject", "s3:PutObject"]`.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.contract import NeedKind
from auditor.finding import Related, Severity, Symptom
from auditor.policy import Item, Statement
from auditor.proofs.access import AccessCause
from auditor.rule import Problem, Subject
from auditor.value import ALWAYS, Known

SEVERITY = Severity.WARNING
SYMPTOMS: tuple[Symptom, ...] = ()
REFERENCES = ("https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",)

# Source: V7, "AWS S3 configuration" (ListBucket for MIRAX); Amazon S3 User Guide, "Multipart upload API and permissions".
_HARMLESS = ("s3:listbucket", "s3:getbucketlocation", "s3:abortmultipartupload", "s3:listmultipartuploadparts")


def check(subject: Subject) -> Iterator[Problem]:
    """One problem for each statement that grants more."""
    cause = next((verdict.cause for verdict in subject.of_kind(NeedKind.S3) if isinstance(verdict.cause, AccessCause)), None)
    if cause is None or cause.policy is None:
        return
    needed = {need.id.lower() for need in subject.contract.needs if need.kind is NeedKind.S3}
    for statement in cause.policy.statements:
        if statement.effect != "Allow" or statement.when != ALWAYS or not _names(statement, subject):
            continue
        wider = [item for item in statement.actions.items if _is_wider(item, needed)]
        if not wider and not statement.actions.negated:
            continue
        listed = (
            "every action but those it lists" if statement.actions.negated else " and ".join(f"'{item.written}'" for item in wider)
        )
        yield Problem(
            f"Statement {statement.title} grants {subject.contract.title} more than it needs in {subject.bucket.declaration.address}: {listed}.",
            wider[0].location if wider else statement.actions.location or statement.location,
            f"Grant only {' and '.join(need.id for need in subject.contract.needs if need.kind is NeedKind.S3)}.",
            (Related(subject.bucket.declaration.location, "bucket"),),
            f"{statement.sid or statement.index}",
        )


def _names(statement: Statement, subject: Subject) -> bool:
    """Whether a statement certainly names the consumer by its role or account."""
    account = subject.contract.account
    meant = {subject.contract.principal, account, f"arn:aws:iam::{account}:root"}
    return not statement.principals.negated and any(
        isinstance(principal.item.text, Known) and principal.item.text.value in meant
        for principal in statement.principals.principals
    )


def _is_wider(item: Item, needed: set[str]) -> bool:
    if not isinstance(item.text, Known):
        return False
    action = str(item.text.value).lower()
    return action not in needed and action not in _HARMLESS
