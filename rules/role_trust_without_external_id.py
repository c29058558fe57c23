"""A trust policy that does not test what the platform sends to tell its customers apart.

## What it does

Where a contract says that the trust policy must test a context key, such as `sts:ExternalId`, asks whether the platform could also assume the role with
the value of another customer, or without one.

## Why it matters

The platform assumes the roles of all its customers with one principal. Without the external id in the trust policy, another customer who knows the
ARN of your role can give it to the platform as his own, and the platform works in your bucket for him: it is a confused deputy.

## Example

```terraform
Principal = { AWS = "arn:aws:iam::464622532012:root" }
```

Use instead:

```terraform
Principal = { AWS = "arn:aws:iam::464622532012:root" }
Condition = { StringEquals = { "sts:ExternalId" = var.external_id } }
```

In CloudFormation:

```yaml
Principal: {AWS: "arn:aws:iam::464622532012:root"}
Condition: {StringEquals: {"sts:ExternalId": !Ref ExternalId}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.diagnosis.story import story
from auditor.finding import Severity
from auditor.fixes import AddCondition, Fix
from auditor.proofs.trust import TrustCause
from auditor.rule import Problem, Security, Subject

SEVERITY = Severity.WARNING
SYMPTOMS = ()
REFERENCES = (
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",
)
SECURITY = Security(6.5, 441)


def check(subject: Subject) -> Iterator[Problem]:
    """One problem for each statement and key that it does not test."""
    found = {
        (key, statement.location): (cause, key, statement)
        for cause in subject.causes(TrustCause)
        for key, by in cause.unguarded
        for statement in by
    }
    if not found:
        return
    from auditor.diagnosis import trust_policy

    for cause, key, statement in found.values():
        title = subject.contract.title
        tests = (
            (operator, name, value) for operator, tested in trust_policy.tests(subject).items() for name, value in tested.items()
        )
        changes = tuple(AddCondition(statement, *test) for test in tests if test[1].lower() == key.lower())
        yield Problem(
            f"{cause.role.address} lets in {title} whatever '{key}' it sends: statement {statement.title} does not test it, so that another customer "
            f"of {title} can have it use this role.",
            statement.location,
            related=story(statement.location, (cause.role.location, "role")),
            subject=f"{statement.title} {key}",
            fixes=(Fix(f"Test '{key}' in statement {statement.title}", changes),),
            about=cause.role.address,
        )
