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
    variable = "aws:PrincipalAccount"
    values   = ["111122223333"]
  }
}
```

Exempt the consumer with a further condition, so that both must be met:

```terraform
condition {
  test     = "ArnNotEquals"
  variable = "aws:PrincipalArn"
  values   = ["arn:aws:iam::258327614892:role/external_s3"]
}
```

In CloudFormation:

```yaml
Condition:
  StringNotEquals:
    aws:PrincipalAccount: "111122223333"
  ArnNotEquals:
    aws:PrincipalArn: arn:aws:iam::258327614892:role/external_s3
```
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.finding import Related, Severity, Symptom
from auditor.foundation.location import Location
from auditor.needs.access import AccessCause
from auditor.needs.key import KeyCause
from auditor.policy import DenyKind, Statement
from auditor.proofs.grant import GrantCause
from auditor.rule import Problem, Subject
from auditor.verdict import Verdict

from . import _acl_demand
from . import _nearest as near
from . import _paste as paste

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.FORBIDDEN,)
REFERENCES = (
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html",
)


# What a condition of a Deny is usually about, by its key in lower case.
_MEANT = {
    "aws:sourceip": "the address that the request comes from",
    "aws:vpcsourceip": "the address that the request comes from",
    "aws:sourcevpc": "the VPC that the request comes from",
    "aws:sourcevpce": "the VPC endpoint that the request comes through",
    "aws:principalorgid": "the organisation of the caller",
    "aws:principalorgpaths": "the organisation of the caller",
    "aws:principalarn": "the caller",
    "aws:principalaccount": "the account of the caller",
    "aws:securetransport": "whether the request is encrypted in transit",
    "s3:tlsversion": "the version of TLS",
    "s3:x-amz-server-side-encryption": "the encryption header of an upload",
    "s3:x-amz-server-side-encryption-aws-kms-key-id": "the encryption header of an upload",
    "s3:x-amz-acl": "the ACL header of an upload",
    "kms:viaservice": "the service that asks for the caller",
    "kms:calleraccount": "the account of the caller",
}
_CALLER = ("aws:principalarn", "aws:principalaccount", "kms:calleraccount")


def check(subject: Subject) -> Iterator[Problem]:
    """One problem for each Deny, with all needs that it refuses."""
    refusing: dict[Location, tuple[Statement, list[tuple[Verdict, GrantCause]]]] = {}
    for verdict, cause in subject.failing(GrantCause):
        if isinstance(cause, AccessCause) and _acl_demand.demanded(subject.bucket, cause) is not None:
            continue
        if cause.decision is not None and cause.decision.kind is DenyKind.EXPLICIT:
            for statement in cause.decision.deciding:
                refusing.setdefault(statement.location, (statement, []))[1].append((verdict, cause))
    for location, (statement, found) in refusing.items():
        actions = " and ".join(verdict.need.id for verdict, _ in found)
        verdict, cause = found[0]
        yield Problem(
            f"Statement {statement.title} refuses {subject.contract.title} {actions} in {_where(subject, cause)}"
            f"{_shown(verdict)}{_because(subject, statement)}.",
            location,
            _fix(subject, statement, cause),
            tuple(_related(subject, location, cause)),
            f"{statement.sid or statement.index} {actions}",
        )


def _where(subject: Subject, cause: GrantCause) -> str:
    address = subject.bucket.declaration.address
    if isinstance(cause, KeyCause) and cause.key is not None:
        return f"{address}: it is in the policy of {cause.key.declaration.address}, which encrypts the bucket"
    return address


def _shown(verdict: Verdict) -> str:
    key = verdict.witness.get("key", "")
    return f"; the shortest key that it refuses is '{key}'" if key else ""


def _because(subject: Subject, statement: Statement) -> str:
    title = subject.contract.title
    if statement.principals.negated:
        listed = ", ".join(f"'{one.item.written}'" for one in statement.principals.principals)
        return f". It is for everyone but {listed}, and so for {title}"
    if not statement.conditions:
        return ""
    tests = " and ".join(
        f"{condition.operator} '{condition.key}' {near.quoted(condition.values)}" for condition in statement.conditions
    )
    about = " and ".join(
        dict.fromkeys(_MEANT.get(condition.key.lower(), f"'{condition.key}'") for condition in statement.conditions)
    )
    return f". Its condition, {tests}, is about {about}; what {title} sends meets it"


def _fix(subject: Subject, statement: Statement, cause: GrantCause) -> str:
    contract, title = subject.contract, statement.title
    style = paste.style_of(subject, cause.attachment)
    for condition in statement.conditions:
        if condition.key.lower() in _CALLER and "not" in condition.operator.lower():
            value = paste.consumer(subject) if condition.key.lower() == "aws:principalarn" else contract.account or "its account"
            return f"Add '{value}' to the values of {condition.operator} '{condition.key}' in statement {title}."
    everyone = "make its principal * and " if statement.principals.negated else ""
    lines = paste.condition("ArnNotEquals", "aws:PrincipalArn", paste.consumer(subject), style)
    return paste.said(f"To exempt {contract.title} from statement {title}, {everyone}add to its conditions:", lines)


def _related(subject: Subject, place: Location, cause: GrantCause) -> Iterator[Related]:
    yield Related(subject.bucket.declaration.location, "bucket")
    if isinstance(cause, AccessCause) and cause.attachment is not None and cause.attachment.location != place:
        yield Related(cause.attachment.location, "bucket policy")
    if isinstance(cause, KeyCause):
        if cause.key is not None:
            yield Related(cause.key.declaration.location, "key")
        if cause.attachment is not None and not cause.attachment.inline and cause.attachment.location != place:
            yield Related(cause.attachment.location, "key policy")
