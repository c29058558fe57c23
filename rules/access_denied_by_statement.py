"""A Deny that refuses what the consumer needs.

## What it does

Reports a Deny of the bucket policy or key policy that certainly applies to a request that the contract lists, whatever else is allowed.

## Why it matters

An explicit Deny wins over every Allow, on either side. Such statements are usually meant for somebody else: for callers outside a VPC endpoint,
an address range or an organization, or for uploads without an encryption header. The consumer comes from another account and another
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

from auditor.contract import PartyKind
from auditor.diagnosis import acl_demand, grants
from auditor.diagnosis import nearest as near
from auditor.diagnosis.story import story
from auditor.finding import Related, Severity, Symptom
from auditor.fixes import AddCondition, Append, Fix, Replace
from auditor.foundation.location import Location
from auditor.foundation.value import Known, scalar_text
from auditor.model import OrganizationPolicyDeclaration
from auditor.needs.access import AccessCause
from auditor.needs.key import KeyCause
from auditor.policy import Condition, DenyKind, Statement
from auditor.proofs.grant import GrantCause
from auditor.rule import Problem, Subject
from auditor.verdict import Verdict

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
    "aws:principalorgid": "the organization of the caller",
    "aws:principalorgpaths": "the organization of the caller",
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
        if not isinstance(cause, AccessCause | KeyCause):
            continue  # `role-trust-missing`
        if isinstance(cause, AccessCause) and acl_demand.demanded(subject.bucket, cause) is not None:
            continue
        if cause.decision is not None and cause.decision.kind is DenyKind.EXPLICIT:
            for statement in cause.decision.deciding:
                refusing.setdefault(statement.location, (statement, []))[1].append((verdict, cause))
    for location, (statement, found) in refusing.items():
        actions = " and ".join(verdict.need.id for verdict, _ in found)
        verdict, cause = found[0]
        yield Problem(
            f"Statement {statement.title} denies {subject.contract.title} {actions} in {_where(subject, cause, statement)}"
            f"{_shown(verdict)}{_because(subject, statement)}.",
            location,
            _help(subject, statement),
            _story(subject, location, cause),
            f"{statement.sid or statement.index} {actions}",
            tuple(_fixes(subject, statement)),
        )


def _where(subject: Subject, cause: GrantCause, statement: Statement) -> str:
    address = subject.bucket.declaration.address
    if (policy := _of_organization(subject, statement)) is not None:
        return f"{address}: it is in a {policy.kind.value}, {policy.address}"
    if isinstance(cause, KeyCause) and cause.key is not None:
        return f"{address}: it is in the policy of {cause.key.declaration.address}, which encrypts the bucket"
    return address


def _of_organization(subject: Subject, statement: Statement) -> OrganizationPolicyDeclaration | None:
    """The policy of the organization that a statement is of, if it is of one; each stands in a file of its own."""
    known = subject.bucket.estate.organization_policies
    return next((policy for policy in known if policy.location.path == statement.location.path), None)


def _shown(verdict: Verdict) -> str:
    key = verdict.witness.get("key", "")
    return f"; the shortest key that it denies is '{key}'" if key else ""


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


def _help(subject: Subject, statement: Statement) -> str:
    if _of_organization(subject, statement) is not None:
        return "Only who manages the organization's policies can change it: ask for a condition that exempts the consumer."
    if any(map(_is_turned_round, statement.conditions)):
        return "The usual statement denies requests that are not encrypted in transit, by the value 'false': this one denies all others."
    if not statement.principals.negated:
        return ""
    return (
        f"To exempt {subject.contract.title} from statement {statement.title}, make its principal '*', and let a condition ArnNotEquals "
        f"'aws:PrincipalArn' name {subject.contract.title} and whom NotPrincipal names."
    )


def _is_turned_round(condition: Condition) -> bool:
    """Whether a Deny tests for encryption in transit where the one that AWS recommends tests for the want of it.

    Source: Amazon S3 User Guide, "Security best practices": deny where aws:SecureTransport is false.
    """
    values = [scalar_text(item.text.value).lower() for item in condition.values.items if isinstance(item.text, Known)]
    return (
        condition.key.lower() == "aws:securetransport"
        and condition.operator.lower() in ("bool", "boolifexists")
        and values == ["true"]
        and not condition.values.rest
    )


def _fixes(subject: Subject, statement: Statement) -> Iterator[Fix]:
    contract, title = subject.contract, statement.title
    change: Replace | AddCondition
    turned = next(filter(_is_turned_round, statement.conditions), None)
    if turned is not None:
        change = Replace(turned.values.items[0].location, "false", within=statement.location)
        yield Fix(f"Deny by statement {title} what is not encrypted in transit", (change,))
        return
    if subject.party.kind in (PartyKind.SERVICE, PartyKind.ACCOUNT):
        return
    for condition in statement.conditions:
        if condition.key.lower() in _CALLER and "not" in condition.operator.lower():
            by_arn = condition.key.lower() == "aws:principalarn"
            if by_arn or subject.party.account:
                value = grants.consumer(subject) if by_arn else subject.party.account
                where = condition.values.location or condition.location
                yield Fix(
                    f"Add {contract.title} to the values of {condition.operator} '{condition.key}' in statement {title}",
                    (Append(where, (value,), statement.location),),
                )
            return
    if not statement.principals.negated:
        change = AddCondition(statement, "ArnNotEquals", "aws:PrincipalArn", grants.consumer(subject))
        yield Fix(f"Exempt {contract.title} from statement {title} by a condition", (change,))


def _story(subject: Subject, place: Location, cause: GrantCause) -> tuple[Related, ...]:
    attached = cause.attachment
    key = cause.key.declaration.location if isinstance(cause, KeyCause) and cause.key is not None else None
    shown = attached is not None and not (isinstance(cause, KeyCause) and attached.inline)
    return story(
        place,
        (subject.bucket.declaration.location, "bucket"),
        (key, "key"),
        (attached.location if attached and shown else None, "key policy" if isinstance(cause, KeyCause) else "bucket policy"),
    )
