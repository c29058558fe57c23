"""A condition on a key that no request of the consumer has.

## What it does

Reports an Allow that names the consumer and has a condition on a key that a request which the consumer makes itself never carries:
`aws:SourceArn` and `aws:SourceAccount` (only calls that an AWS service makes for a resource have them), `s3:prefix` on object actions (only
listing has it), `aws:username` for a role. A grant that is missing for this reason is reported by `access-grant-missing` or
`kms-grant-missing`, and not here again: then this rule is about a statement that has no effect beside one that does.

## Why it matters

A positive operator without `IfExists` is not met by a key that is missing, so the statement allows nothing. Whoever reads it thinks that the
consumer is let in by it, and removes the statement that really does it.

## Example

```terraform
condition {
  test     = "StringEquals"
  variable = "aws:SourceAccount"
  values   = ["258327614892"]
}
```

Use a key that the requests have:

```terraform
condition {
  test     = "StringEquals"
  variable = "aws:PrincipalAccount"
  values   = ["258327614892"]
}
```

In CloudFormation, instead of `Condition: {StringEquals: {aws:SourceAccount: "258327614892"}}`:

```yaml
Condition: {StringEquals: {aws:PrincipalAccount: "258327614892"}}
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from auditor.diagnosis import nearest as near
from auditor.diagnosis import refused
from auditor.finding import Related, Severity, Symptom
from auditor.foundation.location import Location
from auditor.foundation.value import Known
from auditor.lazy.modules import module
from auditor.policy import Condition, Policy, Statement
from auditor.policy.services.actions import matching
from auditor.policy.services.excess import names, never_met
from auditor.rule import Problem, Subject

if TYPE_CHECKING:
    from auditor.diagnosis import grants
else:
    grants = module("auditor.diagnosis.grants")

SEVERITY = Severity.WARNING
SYMPTOMS = (Symptom.FORBIDDEN,)
REFERENCES = (
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html",
)

# What the requests have instead. Source: IAM User Guide, "AWS global condition context keys".
_INSTEAD = {"aws:sourceaccount": "aws:PrincipalAccount", "aws:sourcearn": "aws:PrincipalArn", "aws:username": "aws:PrincipalArn"}


def check(subject: Subject) -> Iterator[Problem]:
    """One problem for each such condition."""
    reported, refusals = near.reported(subject), refused.places(subject)
    bucket, key = near.bucket_policy(subject), near.key_policy(subject)
    if bucket is not None and bucket.policy is not None:
        yield from _dead(subject, bucket.policy, reported, refusals, f"the policy of {subject.bucket.declaration.address}")
    if key is not None and key.policy is not None and key.key is not None:
        yield from _dead(subject, key.policy, reported, refusals, f"the policy of {key.key.declaration.address}")


def _dead(
    subject: Subject, policy: Policy, reported: frozenset[tuple[Location, str]], refusals: frozenset[Location], where: str
) -> Iterator[Problem]:
    for statement in policy.statements:
        if statement.effect != "Allow" or not names(statement, near.caller(subject)):
            continue
        if (statement.location, "Condition") in reported:
            continue
        for condition in statement.conditions:
            if condition.location not in refusals and _never(subject, statement, condition):
                yield Problem(
                    f"Statement {statement.title} of {where} allows nothing: its condition {condition.operator} '{condition.key}' is never "
                    f"met, since a request that {subject.contract.title} makes itself has no '{condition.key}'.",
                    condition.location,
                    _advice(subject, statement, condition),
                    (
                        Related(subject.bucket.declaration.location, "bucket"),
                        Related(statement.location, f"statement {statement.title}"),
                    ),
                    f"{statement.sid or statement.index} {condition.key}",
                )


def _advice(subject: Subject, statement: Statement, condition: Condition) -> str:
    """What to do about a condition; whom else the statement names would be let in without it."""
    instead = _INSTEAD.get(condition.key.lower())
    alone = grants.may_lose_conditions(statement, subject)
    if instead:
        return f"Write '{instead}' instead of '{condition.key}'{', or remove the condition' if alone else ''}."
    return "Remove the condition." if alone else f"Let {subject.contract.title} in by a statement of its own without the condition."


def _never(subject: Subject, statement: Statement, condition: Condition) -> bool:
    """Whether the condition is never met whatever action of the statement is asked for."""
    if statement.actions.negated or statement.actions.rest:
        return False
    if not all(isinstance(item.text, Known) for item in statement.actions.items):
        return False
    actions = {action for item in statement.actions.items for action in matching(item.written)}
    return bool(actions) and all(never_met(condition, action, near.caller(subject)) for action in actions)
