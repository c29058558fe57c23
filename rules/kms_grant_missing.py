"""A grant on the bucket's key that the consumer needs and the key policy does not give.

## What it does

Follows the bucket's default encryption to its key and decides whether the key policy lets the consumer's principal use it through S3, as reading
(`kms:Decrypt`) and writing (`kms:GenerateDataKey`) need. A key without a policy has the default one, which lets in only its own account.

## Why it matters

The bucket policy alone is not enough: S3 asks KMS in the consumer's name, and KMS asks the key policy. Without the grant every request for an
encrypted object ends in 403, although the bucket policy is right. `kms:Encrypt` is not what S3 uses. A statement without `Resource` has no effect:
in a key policy it is `"*"`, which means the key itself.

A policy that is written replaces the default one: it must go on letting in the key's own account, or nobody can manage the key any more. Two
causes have rules of their own: `kms-encryption-context-with-bucket-key` and `kms-via-service-region`.

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

from collections.abc import Iterator
from typing import TYPE_CHECKING

from auditor.diagnosis import grants, key_condition, missing_grant, nearest
from auditor.diagnosis.missing_grant import Terms
from auditor.diagnosis.story import of_statement, story
from auditor.finding import Severity, Symptom
from auditor.fixes import AddElement, Attach, Change, Fix
from auditor.foundation.location import Location
from auditor.lazy.modules import module
from auditor.model import Kind
from auditor.needs.key import KeyCause, KeyKind
from auditor.policy import DenyKind, StatementOutcome
from auditor.rule import Problem, Subject
from auditor.verdict import Verdict

if TYPE_CHECKING:
    from auditor.diagnosis import own_policies
else:
    own_policies = module("auditor.diagnosis.own_policies")

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
        if key_condition.mistake(subject, cause) is not None:
            continue
        if cause.kind is KeyKind.DEFAULT_POLICY or (cause.decision is not None and cause.decision.kind is DenyKind.IMPLICIT):
            places.setdefault(nearest.place_of(verdict, cause), []).append((verdict, cause))
    for place, found in places.items():
        cause = found[0][1]
        role = cause.consumer.declared
        if role is not None and own_policies.lack(role, cause):
            yield own_policies.problem(subject, role, found)
            continue
        actions = [cause.need.action for _, cause in found]
        outcome = nearest.nearest(cause.decision, subject.party, cause.question)
        key = cause.key.declaration if cause.key else None
        address = subject.bucket.declaration.address
        yield Problem(
            f"{subject.contract.title} is denied {' and '.join(actions)} with {key.address if key else 'its key'}, which encrypts {address}: "
            + _missing(subject, actions, cause, outcome),
            place,
            missing_grant.help_for(subject, outcome, _terms(subject)),
            story(
                place,
                (subject.bucket.declaration.location, "bucket"),
                (cause.encryption.location, "default encryption"),
                (key.location if key else None, "key"),
                (cause.attachment.location if cause.attachment else None, "key policy"),
                of_statement(outcome.statement if outcome else None),
            ),
            " ".join(actions),
            _fixes(subject, [cause for _, cause in found], outcome),
        )


def _missing(subject: Subject, actions: list[str], cause: KeyCause, outcome: StatementOutcome | None) -> str:
    if cause.kind is KeyKind.DEFAULT_POLICY:
        return "the key has the default policy, which grants access only to its own account."
    text = "no statement of the key policy allows it."
    if outcome is None:
        return text + missing_grant.of_everyone(subject, actions, cause, _terms(subject))
    return f"{text} The nearest is statement {outcome.statement.title}: {missing_grant.lacks(subject, actions, outcome, _terms(subject))}."


def _terms(subject: Subject) -> Terms:
    return Terms(
        request=f"a request that S3 makes for {subject.contract.title}",
        asker="S3",
        resource=lambda _: "it has no Resource, and KMS gives no effect to a statement without one",
        add_resource=_add_resource,
        statement=grants.key_use(subject),
        where="the key policy",
    )


def _add_resource(outcome: StatementOutcome) -> tuple[str, Change]:
    statement = outcome.statement
    return f"Add the Resource to statement {statement.title}", AddElement(statement, "Resource", "*")


def _fixes(subject: Subject, causes: list[KeyCause], outcome: StatementOutcome | None) -> tuple[Fix, ...]:
    cause = causes[0]
    if cause.kind is not KeyKind.DEFAULT_POLICY or cause.key is None:
        return missing_grant.fixes(subject, causes, outcome, _terms(subject))
    change = Attach(Kind.KEY_POLICY, cause.key.declaration, grants.key_policy(subject, cause.key))
    title = "Give the key a policy; its first statement is what the default policy says, and must stay"
    return (grants.granting(title, change, [grants.key_use(subject)], subject.party),)
