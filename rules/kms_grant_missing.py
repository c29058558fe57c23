"""A grant on the bucket's key that the consumer needs and the key policy does not give.

## What it does

Follows the bucket's default encryption to its key and decides whether the key policy lets the consumer's principal use it through S3, as reading
(`kms:Decrypt`) and writing (`kms:GenerateDataKey`) need. A key without a policy has the default one, which lets in only its own account.

## Why it matters

The bucket policy alone is not enough: S3 asks KMS in the consumer's name, and KMS asks the key policy. Without the grant every request for an
encrypted object ends in 403, although the bucket policy is right. `kms:Encrypt` is not what S3 uses.

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

from auditor.contract import NeedKind
from auditor.finding import Related, Severity, Symptom
from auditor.location import Location
from auditor.policy import DenyKind
from auditor.proofs.encryption import EncryptionCause, KeyKind
from auditor.rule import Problem, Subject
from auditor.verdict import Status, Verdict

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.FORBIDDEN,)
REFERENCES = (
    "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
    "https://docs.v7labs.com/docs/external-storage-troubleshooting",
)


def check(subject: Subject) -> Iterator[Problem]:
    """One problem for each place, with all actions that are missing there."""
    places: dict[Location, list[tuple[Verdict, EncryptionCause]]] = {}
    for verdict in subject.of_kind(NeedKind.KMS):
        cause = verdict.cause
        if verdict.status is not Status.FAILS or not isinstance(cause, EncryptionCause):
            continue
        if cause.kind is KeyKind.DEFAULT_POLICY or (cause.decision is not None and cause.decision.kind is DenyKind.IMPLICIT):
            nearest = cause.decision.nearest if cause.decision else None
            useful = nearest is not None and nearest.element not in ("Principal", "existence")
            place = nearest.location if nearest is not None and useful else _policy_place(verdict, cause)
            places.setdefault(place, []).append((verdict, cause))
    for place, found in places.items():
        cause = found[0][1]
        actions = [verdict.need.id for verdict, _ in found]
        yield Problem(
            _message(subject, actions, cause),
            place,
            _fix(subject, actions, cause),
            tuple(_related(subject, place, cause)),
            " ".join(actions),
        )


def _policy_place(verdict: Verdict, cause: EncryptionCause) -> Location:
    if cause.policy_attachment is not None:
        return cause.policy_attachment.content_location or cause.policy_attachment.location
    return verdict.location


def _message(subject: Subject, actions: Sequence[str], cause: EncryptionCause) -> str:
    listed, title = " or ".join(actions), subject.contract.title
    address = subject.bucket.declaration.address
    key = cause.key.declaration.address if cause.key else "its key"
    if cause.kind is KeyKind.DEFAULT_POLICY:
        return f"{title} may not {listed} with {key}, which encrypts {address}: the key has the default policy, which lets in only its own account."
    text = f"{title} may not {listed} with {key}, which encrypts {address}: no statement of the key policy allows it."
    nearest = cause.decision.nearest if cause.decision else None
    if nearest is not None and nearest.element not in ("Principal", "existence"):
        return f"{text} The nearest is statement {nearest.statement.title}, whose {nearest.clause}."
    return text


def _fix(subject: Subject, actions: Sequence[str], cause: EncryptionCause) -> str:
    nearest = cause.decision.nearest if cause.decision else None
    if nearest is not None and nearest.element == "Action" and not nearest.statement.actions.negated:
        return f"Add {' and '.join(actions)} to the actions of statement {nearest.statement.title}."
    if nearest is not None and nearest.element == "Condition":
        return f"Write a condition that S3 meets when it asks for {subject.contract.title}, or remove it from statement {nearest.statement.title}."
    listed = ", ".join(f'"{need.id}"' for need in subject.contract.needs if need.kind is NeedKind.KMS)
    principal = subject.contract.principal
    match subject.language:
        case "terraform":
            lines = [
                "{",
                '  Sid       = "PlatformKey"',
                '  Effect    = "Allow"',
                f'  Principal = {{ AWS = "{principal}" }}',
                f"  Action    = [{listed}]",
                '  Resource  = "*"',
                "}",
            ]
        case "cloudformation":
            lines = ["- Effect: Allow", f"  Principal: {{AWS: {principal}}}", f"  Action: [{listed}]", '  Resource: "*"']
        case _:
            lines = [f'{{"Effect": "Allow", "Principal": {{"AWS": "{principal}"}}, "Action": [{listed}], "Resource": "*"}}']
    where = (
        "Give the key a policy with this statement, beside the one for its own account:"
        if cause.policy is None
        else "Add a statement to the key policy:"
    )
    return "\n".join((where, *lines))


def _related(subject: Subject, place: Location, cause: EncryptionCause) -> Iterator[Related]:
    for location, message in (
        (subject.bucket.declaration.location, "bucket"),
        (cause.encryption.location, "default encryption"),
        (cause.key.declaration.location if cause.key else None, "key"),
    ):
        if location is not None and location != place:
            yield Related(location, message)
