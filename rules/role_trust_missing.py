"""A role that the platform cannot assume.

## What it does

Where a contract says who assumes the role of yours that makes the requests, decides whether the trust policy of that role lets them: the principal, the
action of AWS STS, and conditions such as the external id. Where the role has to assume itself, that is decided too, by its trust policy and its own
policies.

## Why it matters

Without it the platform does not even get as far as the bucket: `AssumeRole` ends in AccessDenied, whatever the policies of the role and the bucket
allow. The causes are an external id of another connection, the principal of another region or environment of the platform, and a test for MFA,
which no program meets.

## Example

```terraform
assume_role_policy = jsonencode({
  Version = "2012-10-17"
  Statement = [{
    Effect    = "Allow"
    Action    = "sts:AssumeRole"
    Principal = { AWS = "arn:aws:iam::464622532012:root" }
    Condition = { StringEquals = { "sts:ExternalId" = "the external id of an older connection" } }
  }]
})
```

Write the external id that the platform shows for this connection:

```terraform
Condition = { StringEquals = { "sts:ExternalId" = var.external_id } }
```

In CloudFormation:

```yaml
AssumeRolePolicyDocument:
  Version: "2012-10-17"
  Statement:
    - Effect: Allow
      Action: sts:AssumeRole
      Principal: {AWS: "arn:aws:iam::464622532012:root"}
      Condition: {StringEquals: {"sts:ExternalId": !Ref ExternalId}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.diagnosis import nearest, trust_policy
from auditor.diagnosis.story import of_statement, story
from auditor.finding import Severity, Symptom
from auditor.policy import DenyKind
from auditor.proofs.trust import Part, TrustCause
from auditor.rule import Problem, Subject
from auditor.verdict import Verdict

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.FORBIDDEN,)
REFERENCES = (
    "https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html",
    "https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html",
)


def check(subject: Subject) -> Iterator[Problem]:
    """One problem for each role, action and way of assuming it, however many needs fail for it."""
    found: dict[tuple[Part, str], tuple[Verdict, TrustCause]] = {}
    for verdict, cause in subject.failing(TrustCause):
        if cause.part is Part.KIND or (cause.decision is not None and cause.decision.kind is not None):
            found.setdefault((cause.part, cause.action), (verdict, cause))
    for verdict, cause in found.values():
        yield _itself(subject, verdict, cause) if cause.part is Part.ITSELF else _outside(subject, verdict, cause)


def _outside(subject: Subject, verdict: Verdict, cause: TrustCause) -> Problem:
    implicit = cause.decision is not None and cause.decision.kind is DenyKind.IMPLICIT
    outcome = nearest.nearest(cause.decision, cause.asker) if implicit else None
    text = f"{verdict.reason}."
    if outcome is not None:
        text += f" The nearest is statement {outcome.statement.title}: {trust_policy.lacks(subject, cause, outcome)}."
    place = nearest.place_of(verdict, cause) if implicit else verdict.location
    chapters = ((cause.role.location, cause.role.declaration.kind.value), of_statement(outcome.statement if outcome else None))
    return Problem(
        text,
        place,
        trust_policy.help_for(subject, outcome),
        story(place, *chapters),
        cause.action,
        fixes=trust_policy.fixes(subject, cause, outcome) if implicit else (),
        about=cause.role.address,
    )


def _itself(subject: Subject, verdict: Verdict, cause: TrustCause) -> Problem:
    place = cause.role.location if cause.is_let_in else verdict.location
    return Problem(
        f"{verdict.reason}; {subject.contract.title} needs that it can.",
        place,
        related=story(place, (cause.role.location, "role")),
        subject=f"{cause.action} itself",
        fixes=(trust_policy.of_itself(subject, cause),) if cause.decision and cause.decision.kind is DenyKind.IMPLICIT else (),
        about=cause.role.address,
    )
