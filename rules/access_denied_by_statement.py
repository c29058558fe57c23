"""A Deny that refuses what the consumer needs.

## What it does

Reports a Deny of the bucket policy or key policy that certainly applies to a request that the contract lists, whatever else is allowed.

## Why it matters

An explicit Deny wins over every Allow, on either side. Such statements are usually meant for somebody else: for callers outside a VPC endpoint,
an address range or an organisation, or for uploads without an encryption header. The consumer comes from another account and another
network, so it is refused too. With a negated operator, `IfExists` does not help: a key that the request does not have counts as a match.

## Example

```terraform
statement {
  effect    = "Deny"
  actions   = ["s3:*"]
  resources = ["${aws_s3_bucket.images.arn}/*"]

  principals {
    type        = "*"
    identifiers = ["*"]
  }

  condition {
    test     = "StringNotEquals"
    variable = "aws:PrincipalOrgID"
    values   = ["o-acme123456"]
  }
}
```

Exempt the consumer in the same operator, so that both must differ:

```terraform
condition {
  test     = "StringNotEquals"
  variable = "aws:PrincipalAccount"
  values   = ["258327614892"]
}
```

In CloudFormation, add `aws:PrincipalAccount: "258327614892"` to the `StringNotEquals` of the statement.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.contract import NeedKind
from auditor.finding import Related, Severity, Symptom
from auditor.location import Location
from auditor.policy import DenyKind, Statement
from auditor.proofs.access import AccessCause
from auditor.proofs.encryption import EncryptionCause
from auditor.rule import Problem, Subject
from auditor.verdict import Status, Verdict

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.FORBIDDEN,)
REFERENCES = (
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html",
)


def check(subject: Subject) -> Iterator[Problem]:
    """One problem for each Deny, with all needs that it refuses."""
    refusing: dict[Location, tuple[Statement, list[Verdict]]] = {}
    for kind in (NeedKind.S3, NeedKind.KMS):
        for verdict in subject.of_kind(kind):
            cause = verdict.cause
            decision = cause.decision if isinstance(cause, AccessCause | EncryptionCause) else None
            if verdict.status is Status.FAILS and decision is not None and decision.kind is DenyKind.EXPLICIT:
                for statement in decision.deciding:
                    refusing.setdefault(statement.location, (statement, []))[1].append(verdict)
    for location, (statement, verdicts) in refusing.items():
        actions = " and ".join(verdict.need.id for verdict in verdicts)
        key = verdicts[0].witness.get("key", "")
        shown = f", for example for the key '{key}'" if key else ""
        yield Problem(
            f"Statement {statement.title} denies {subject.contract.title} {actions} in {subject.bucket.declaration.address}{shown}{_because(statement)}.",
            location,
            _fix(subject, statement),
            tuple(_related(subject, location, verdicts[0])),
            f"{statement.sid or statement.index} {actions}",
        )


def _because(statement: Statement) -> str:
    if not statement.conditions:
        return ""
    tests = " and ".join(f"{condition.operator} {condition.key}" for condition in statement.conditions)
    return f": its condition ({tests}) is met by a request from outside"


def _fix(subject: Subject, statement: Statement) -> str:
    account = subject.contract.account
    negated = next((condition for condition in statement.conditions if condition.operator.startswith("StringNot")), None)
    operator = negated.operator if negated else "StringNotEquals"
    sentence = f"Exempt {subject.contract.title} from statement {statement.title} with a further condition:"
    lines: tuple[str, ...]
    match subject.language:
        case "terraform":
            lines = (f'Condition = {{ {operator} = {{ "aws:PrincipalAccount" = "{account}" }} }}',)
        case "cloudformation":
            lines = ("Condition:", f"  {operator}:", f'    aws:PrincipalAccount: "{account}"')
        case _:
            lines = (f'"Condition": {{"{operator}": {{"aws:PrincipalAccount": "{account}"}}}}',)
    return "\n".join((sentence, *lines))


def _related(subject: Subject, place: Location, verdict: Verdict) -> Iterator[Related]:
    cause = verdict.cause
    yield Related(subject.bucket.declaration.location, "bucket")
    if isinstance(cause, AccessCause) and cause.attachment is not None and cause.attachment.location != place:
        yield Related(cause.attachment.location, "bucket policy")
    if isinstance(cause, EncryptionCause):
        if cause.key is not None:
            yield Related(cause.key.declaration.location, "key")
        if cause.policy_attachment is not None and not cause.policy_attachment.inline and cause.policy_attachment.location != place:
            yield Related(cause.policy_attachment.location, "key policy")
