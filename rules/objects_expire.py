"""A lifecycle rule that deletes the objects that the consumer reads.

## What it does

Reports a lifecycle rule that certainly deletes every object under a prefix that the consumer reads, after some days, if the contract needs
`bucket:no-archive`. A rule for some tags or sizes only, or for a narrower prefix, is not reported.

## Why it matters

The consumer keeps on naming objects that are gone: it gets 404, or 403 where it may not list the bucket. That may be meant; then the consumer's
items should go with them.

## Example

```terraform
resource "aws_s3_bucket_lifecycle_configuration" "images" {
  bucket = aws_s3_bucket.images.id

  rule {
    id     = "clean"
    status = "Enabled"
    filter {}

    expiration {
      days = 30
    }
  }
}
```

Give the rule a filter with a prefix that the consumer does not read, such as `tmp/`. In CloudFormation:

```yaml
LifecycleConfiguration:
  Rules:
    - Status: Enabled
      Prefix: tmp/
      ExpirationInDays: 30
```
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.finding import Severity, Symptom
from auditor.fixes import Fix
from auditor.foundation.cases import Choices, TooManyCases, by_cases
from auditor.needs.bucket_archive import ArchiveNeed, expiry
from auditor.proofs.stored import RuleAction
from auditor.rule import Problem, Subject

SEVERITY = Severity.WARNING
SYMPTOMS = (Symptom.NOT_FOUND, Symptom.FORBIDDEN)
REFERENCES = ("https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-expire-general-considerations.html",)


def check(subject: Subject) -> Iterator[Problem]:
    """At most one problem for each such need."""
    declaration = subject.bucket.declaration
    for need in subject.contract.needs_of(ArchiveNeed):
        action = _certain(subject, need)
        if action is None:
            continue
        from auditor.diagnosis.story import story

        objects = f"every object under '{action.reach.prefix}'" if action.reach.prefix else "every object"
        attachment = action.rule.attachment
        when = action.when("it is written")
        yield Problem(
            f"A lifecycle rule of {declaration.address} deletes {objects} {when}: {subject.contract.title} cannot read it from then on.",
            action.location,
            "",
            story(action.location, (declaration.location, "bucket"), (attachment.location, attachment.kind.value)),
            f"expiration {action.reach.prefix}",
            (Fix("Give the rule a prefix that the consumer does not read", ()),),
        )


def _certain(subject: Subject, need: ArchiveNeed) -> RuleAction | None:
    """What deletes objects in every case; the first of them speaks for all."""
    exists = Choices.where(subject.bucket.declaration.when)
    try:
        found = [case.answer for case in by_cases(lambda choices: expiry(subject.bucket, need, choices), 64, exists)]
    except TooManyCases:
        return None
    return found[0] if all(found) else None
