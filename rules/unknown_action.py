"""An action of S3 or KMS that does not exist.

## What it does

Compares the actions of the bucket policy and of the key policy with the list of all actions in AWS's Service Authorization Reference (of September
2026), without regard to case, and reports a name, or a pattern, that means none of them, with the name that was probably meant.

## Why it matters

In a bucket policy one such entry has S3 refuse the whole policy: "Policy has invalid action". Then nothing of it is in force, and that is an
error. A name that may be newer than the list is a warning, and so is one in a key policy, which KMS stores: it grants nothing and denies nothing.
Names of API calls are a frequent mistake: `HeadObject` is decided by `s3:GetObject`, `ListObjectsV2` by `s3:ListBucket`, the parts of a
multipart upload by `s3:PutObject`. Guides of vendors print such names too.

## Example

```terraform
actions = ["s3:GetObject", "s3:HeadObject"]
```

Use instead:

```terraform
actions = ["s3:GetObject"]
```

In CloudFormation, instead of `Action: ["s3:GetObjects"]`:

```yaml
Action: ["s3:GetObject"]
```
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.diagnosis import nearest as near
from auditor.diagnosis import refused
from auditor.finding import Certainty, Related, Severity, Symptom
from auditor.fixes import Fix, Remove, Replace
from auditor.foundation.value import Known
from auditor.policy import Policy
from auditor.policy.refusals import Flaw
from auditor.policy.services.actions import exists, nearest
from auditor.rule import Problem, Subject

SEVERITY = Severity.WARNING
SYMPTOMS = (Symptom.FORBIDDEN,)
REFERENCES = (
    "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html",
    "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html",
)


def check(subject: Subject) -> Iterator[Problem]:
    """One problem for each entry."""
    bucket, key = near.bucket_policy(subject), near.key_policy(subject)
    if bucket is not None and bucket.policy is not None:
        yield from _unknown(subject, bucket.policy, f"the policy of {subject.bucket.declaration.address}")
    if key is not None and key.policy is not None and key.key is not None:
        yield from _unknown(subject, key.policy, f"the policy of {key.key.declaration.address}")


def _unknown(subject: Subject, policy: Policy, where: str) -> Iterator[Problem]:
    found = {one.fault.location: one for one in refused.refusals(subject, (Flaw.UNKNOWN_ACTION, Flaw.NEW_ACTION))}
    for statement in policy.statements:
        for item in statement.actions.items:
            if not isinstance(item.text, Known) or exists(item.written):
                continue
            refusal = found.get(item.location)
            service = "KMS" if item.written.lower().startswith("kms:") else "S3"
            meant = nearest(item.written)
            there = meant is not None and any(other.written.lower() == meant.lower() for other in statement.actions.items)
            if meant is not None and not there:
                fix = Fix(f"Write '{meant}' instead of '{item.written}'", (Replace(item.location, meant, "", statement.location),))
            else:
                because = f": '{meant}' decides it, and the statement has it" if there else ""
                fix = Fix(f"Remove '{item.written}'{because}", (Remove(item.location),), Certainty.SAFE)
            yield Problem(
                f"{service} has no action '{item.written}', which statement {statement.title} of {where} lists"
                + (f"; the nearest is '{meant}'" if meant else "")
                + (f": {refused.consequence(subject, refusal)}." if refusal else "."),
                item.location,
                "",
                (
                    Related(subject.bucket.declaration.location, "bucket"),
                    Related(statement.location, f"statement {statement.title}"),
                ),
                f"{statement.sid or statement.index} {item.written}",
                (fix,),
                severity=refused.severity(subject, refusal) if refusal else None,
            )
