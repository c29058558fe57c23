"""Access that ends at a date in a condition.

## What it does

Reports access that is granted now and that may be refused from a moment on which a test of `aws:CurrentTime` or `aws:EpochTime` names.

## Why it matters

Nothing fails until that moment; then every request ends in 403, although nothing was deployed. A date in the past is not a matter of this
rule: the need itself fails.

## Example

```terraform
condition {
  test     = "DateLessThan"
  variable = "aws:CurrentTime"
  values   = ["2027-01-01T00:00:00Z"]
}
```

Leave the condition out, or renew the date before it is reached.

In CloudFormation:

```yaml
Condition:
  DateLessThan:
    aws:CurrentTime: "2027-01-01T00:00:00Z"
```
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.finding import Severity, Symptom
from auditor.policy import date_text
from auditor.proofs.grant import GrantCause
from auditor.rule import Problem, Subject
from auditor.verdict import Status

SEVERITY = Severity.WARNING
SYMPTOMS = (Symptom.FORBIDDEN,)
REFERENCES = (
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html",
)


def check(subject: Subject) -> Iterator[Problem]:
    """One problem for each moment at which what holds now may end, with the needs that do."""
    ending: dict[float, list[tuple[str, GrantCause]]] = {}
    for verdict in subject.verdicts:
        cause = verdict.cause
        if verdict.status is not Status.HOLDS or not isinstance(cause, GrantCause) or cause.decision is None:
            continue
        if cause.decision.expires is not None:
            ending.setdefault(cause.decision.expires, []).append((verdict.need.id, cause))
    for moment, found in sorted(ending.items()):
        needs = " and ".join(need for need, _ in found)
        deciding = found[0][1].decision.deciding if found[0][1].decision else ()
        place = deciding[0].condition_location or deciding[0].location if deciding else subject.bucket.location
        yield Problem(
            f"{subject.contract.title} may be denied {needs} of '{subject.bucket.address}' from {date_text(moment)} on.", place
        )
