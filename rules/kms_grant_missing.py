"""A grant on the bucket's key that the consumer needs and the key policy does not give.

## What it does

Follows the bucket's default encryption to its key and decides whether the key policy lets the consumer's principal use it through S3, as reading
(`kms:Decrypt`) and writing (`kms:GenerateDataKey`) need. A key without a policy has the default one, which lets in only its own account.

## Why it matters

The bucket policy alone is not enough: S3 asks KMS in the consumer's name, and KMS asks the key policy. Without the grant every request for an
encrypted object ends in 403, although the bucket policy is right. `kms:Encrypt` is not what S3 uses. A statement without `Resource` has no effect:
in a key policy it is `"*"`, which means the key itself.

A policy that is written replaces the default one: it must go on letting in the key's own account, or nobody can manage the key any more. Two
causes have rules of their own: `kms-encryption-context-with-bucket-key` and `kms-via-service-of-another-region`.

## Example

```terraform
Action = ["kms:Encrypt", "kms:Decrypt"]
```

Use instead:

```terraform
Action = ["kms:Decrypt", "kms:GenerateDataKey"]
```

In CloudFormation, in the KeyPolicy:

```yaml
- Effect: Allow
  Principal: {AWS: "arn:aws:iam::258327614892:role/external_s3"}
  Action: ["kms:Decrypt", "kms:GenerateDataKey"]
  Resource: "*"
```
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from auditor.finding import Related, Severity, Symptom
from auditor.foundation.location import Location
from auditor.foundation.value import ALWAYS, Known
from auditor.needs.key import KeyCause, KeyKind, KeyNeed
from auditor.policy import DenyKind, StatementOutcome
from auditor.policy.services.actions import exists
from auditor.policy.services.excess import never_met
from auditor.rule import Problem, Subject
from auditor.verdict import Verdict

from . import _key_condition
from . import _nearest as near
from . import _own_policies as own
from . import _paste as paste

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.FORBIDDEN,)
REFERENCES = (
    "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html",
    "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html",
    "https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
    "https://docs.v7labs.com/docs/external-storage-troubleshooting",
)


def check(subject: Subject) -> Iterator[Problem]:
    """One problem for each place, with all actions that are missing there."""
    places: dict[Location, list[tuple[Verdict, KeyCause]]] = {}
    for verdict, cause in subject.failing(KeyCause):
        if _key_condition.mistake(subject, cause) is not None:
            continue
        if cause.kind is KeyKind.DEFAULT_POLICY or (cause.decision is not None and cause.decision.kind is DenyKind.IMPLICIT):
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
            _message(subject, actions, cause, said),
            place,
            _fix(subject, actions, cause, said),
            tuple(_related(subject, place, cause, said)),
            " ".join(actions),
        )


def _message(subject: Subject, actions: Sequence[str], cause: KeyCause, said: StatementOutcome | None) -> str:
    title, address = subject.contract.title, subject.bucket.declaration.address
    key = cause.key.declaration.address if cause.key else "its key"
    refused = f"{title} is refused {' and '.join(actions)} with {key}, which encrypts {address}"
    if cause.kind is KeyKind.DEFAULT_POLICY:
        return f"{refused}: the key has the default policy, which lets in only its own account."
    text = f"{refused}: no statement of the key policy allows it."
    return f"{text} The nearest is statement {said.statement.title}: {_lacks(subject, actions, said)}." if said else text


def _lacks(subject: Subject, actions: Sequence[str], said: StatementOutcome) -> str:
    statement, title = said.statement, subject.contract.title
    match said.element:
        case "Principal":
            meant = near.mistaken_principal(said, subject.contract)
            return f"it names '{meant.written if meant else ''}' and not '{subject.contract.principal}'"
        case "Action":
            return f"it allows {'everything but' if statement.actions.negated else 'only'} {near.quoted(statement.actions)}"
        case "Resource":
            return "it has no Resource, and KMS gives no effect to a statement without one"
    condition = near.failing_condition(said)
    if condition is None:
        return f"what S3 asks for {title} does not meet its conditions"
    test = f"the condition {condition.operator} '{condition.key}' {near.quoted(condition.values)}"
    if never_met(condition, actions[0], near.caller(subject)):
        return f"it has {test}, and what S3 asks for {title} never has '{condition.key}'"
    return f"it has {test}, which what S3 asks for {title} does not meet"


def _fix(subject: Subject, actions: Sequence[str], cause: KeyCause, said: StatementOutcome | None) -> str:
    style = paste.style_of(subject, cause.attachment)
    if said is not None:
        statement = said.statement
        match said.element:
            case "Principal" if meant := near.mistaken_principal(said, subject.contract):
                return f"Write '{subject.contract.principal}' instead of '{meant.written}'."
            case "Action" if not statement.actions.negated:
                items = statement.actions.items
                if statement.actions.rest or not all(isinstance(item.text, Known) and item.when == ALWAYS for item in items):
                    return f"Add {' and '.join(actions)} to the actions of statement {statement.title}."
                kept = [item.written for item in items if exists(item.written)]
                return paste.said(f"In statement {statement.title}, write:", [paste.listed("Action", [*kept, *actions], style)])
            case "Resource":
                return paste.said(f"Add to statement {statement.title}:", [paste.listed("Resource", ["*"], style)])
            case "Condition" if condition := near.failing_condition(said):
                return f"Remove the condition on '{condition.key}' from statement {statement.title}, or write one that S3 meets."
    wanted = [need.action for need in subject.contract.needs_of(KeyNeed)]
    lines = paste.statement("PlatformKey", paste.consumer(subject), wanted, '"*"', style)
    if cause.kind is not KeyKind.DEFAULT_POLICY:
        return paste.said("Add a statement to the key policy:", lines)
    return paste.said(
        "Give the key a policy; the first statement is what the default policy says, and must stay:",
        paste.key_policy(subject, cause.key.declaration.account if cause.key else None, lines, style),
    )


def _related(subject: Subject, place: Location, cause: KeyCause, said: StatementOutcome | None) -> Iterator[Related]:
    told = {place}
    for location, message in (
        (subject.bucket.declaration.location, "bucket"),
        (cause.encryption.location, "default encryption"),
        (cause.key.declaration.location if cause.key else None, "key"),
        (cause.attachment.location if cause.attachment else None, "key policy"),
        (said.statement.location if said else None, f"statement {said.statement.title}" if said else ""),
    ):
        if location is not None and location not in told:
            told.add(location)
            yield Related(location, message)
