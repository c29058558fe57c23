"""A CORS configuration that S3 does not accept.

## What it does

Finds what PutBucketCors answers with an error: a method other than GET, PUT, POST, DELETE and HEAD (in capitals),
more than one `*` in an origin or header, a wildcard in ExposeHeaders, a rule without origins or methods, no rules at
all, more than 100 rules, an ID of more than 255 characters, a field that does not exist.

## Why it matters

S3 checks the configuration as a whole. One bad entry keeps all rules from being stored: the deployment fails, and the
bucket keeps the configuration that it had, or none.

## Example

```terraform
cors_rule {
  allowed_origins = ["https://darwin.v7labs.com"]
  allowed_methods = ["GET", "OPTIONS"] # S3 answers OPTIONS by itself
  expose_headers  = ["*"]              # no wildcard here
}
```

Use instead:

```terraform
cors_rule {
  allowed_origins = ["https://darwin.v7labs.com"]
  allowed_methods = ["GET", "PUT"]
  expose_headers  = ["ETag"]
}
```

In CloudFormation, instead of `AllowedMethods: [get]`:

```yaml
CorsRules:
  - AllowedOrigins: ["https://darwin.v7labs.com"]
    AllowedMethods: [GET]
```
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.cors import CorsFlaw, Defect
from auditor.finding import Related, Severity, Symptom
from auditor.fixes import Fix, Remove, Replace
from auditor.foundation.value import ALWAYS
from auditor.needs.cors import CorsCause
from auditor.rule import Problem, Subject

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.CORS,)
REFERENCES = (
    "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/API/API_CORSRule.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html",
)


def check(subject: Subject) -> Iterator[Problem]:
    """One problem for each thing that is certainly rejected; what is there only under an unknown condition is not certain."""
    declaration = subject.bucket.declaration
    cause = next(subject.causes(CorsCause), None)
    if cause is None:
        return
    for linked, configuration in zip(cause.linked, cause.configurations, strict=True):
        for defect in configuration.problems:
            if defect.flaw is CorsFlaw.REJECTED and defect.when == ALWAYS:
                fix = _fix(defect)
                yield Problem(
                    f"S3 rejects the CORS configuration of {declaration.address}: {defect.reason}.",
                    defect.location,
                    "" if fix else defect.hint,
                    tuple(
                        Related(place, message)
                        for place, message in (
                            (declaration.location, "bucket"),
                            (linked.attachment.location, "CORS configuration"),
                        )
                        if place != defect.location
                    ),
                    defect.subject,
                    (fix,) if fix else (),
                )


def _fix(defect: Defect) -> Fix | None:
    """What a person has to look at: the configuration has not been in force, for whomever it lets in."""
    if defect.instead:
        return Fix(f"Write '{defect.instead}'", (Replace(defect.location, defect.instead),))
    return Fix(f"Remove '{defect.subject}'", (Remove(defect.location),)) if defect.removable else None
