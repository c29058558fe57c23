"""A role that has another name than the one under which the platform assumes it.

## What it does

Where a platform assumes a role of a fixed name, compares the name of the role in the code with it.

## Why it matters

Such a platform makes the ARN of the role from your account and that name. It gets AccessDenied for a role of any other name, however right its trust
policy and its permissions are.

## Example

```terraform
resource "aws_iam_role" "scale" {
  name = "scale-integration"
  # …
}
```

Use instead:

```terraform
resource "aws_iam_role" "scale" {
  name = "ScaleAI-Integration"
  # …
}
```

In CloudFormation, give the role the `RoleName` that the platform wants; without one CloudFormation makes up a name.

```yaml
RoleName: ScaleAI-Integration
```
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.diagnosis.story import story
from auditor.finding import Severity, Symptom
from auditor.fixes import Fix, Replace
from auditor.foundation.value import Known
from auditor.proofs.trust import Part, TrustCause
from auditor.rule import Problem, Subject

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.FORBIDDEN,)
REFERENCES = ("https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html",)


def check(subject: Subject) -> Iterator[Problem]:
    """At most one problem for each role."""
    named = {cause.role.address: (verdict, cause) for verdict, cause in subject.failing(TrustCause) if cause.part is Part.NAME}
    for verdict, cause in named.values():
        name = cause.role.declaration.name
        place = verdict.location
        written = isinstance(name, Known) and name.location is not None
        change = Replace(place, subject.party.name)
        yield Problem(
            f"{verdict.reason}.",
            place,
            related=story(place, (cause.role.location, "role")),
            subject="name",
            fixes=(Fix(f"Name the role '{subject.party.name}'", (change,)),) if written else (),
            about=cause.role.address,
        )
