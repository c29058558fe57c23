"""An allowed origin that no browser can send.

## What it does

Finds entries of AllowedOrigins that can never equal an `Origin` header: with a trailing slash or a path, in angle
brackets, without a scheme, with upper-case letters, or with the default port of the scheme.

## Why it matters

A browser sends `scheme://host`, in lower case, with the port only where it is not the default one, and nothing behind
it. S3 compares the whole string. So the entry looks right and allows nothing; it is copied from the address bar more
often than not.

## Example

```terraform
cors_rule {
  allowed_origins = ["https://darwin.v7labs.com/"]
  allowed_methods = ["GET"]
}
```

Use instead:

```terraform
cors_rule {
  allowed_origins = ["https://darwin.v7labs.com"]
  allowed_methods = ["GET"]
}
```

In CloudFormation, instead of `AllowedOrigins: ["https://darwin.v7labs.com:443"]`:

```yaml
CorsRules:
  - AllowedOrigins: ["https://darwin.v7labs.com"]
    AllowedMethods: [GET]
```
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.cors import CorsFlaw
from auditor.finding import Related, Severity, Symptom
from auditor.fixes import Fix, Replace
from auditor.needs.cors import CorsCause
from auditor.rule import Problem, Subject

SEVERITY = Severity.WARNING
SYMPTOMS = (Symptom.CORS,)
REFERENCES = (
    "https://html.spec.whatwg.org/multipage/browsers.html#ascii-serialisation-of-an-origin",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors-troubleshooting.html",
)


def check(subject: Subject) -> Iterator[Problem]:
    """One problem for each such entry of a configuration that is, or may be, the bucket's."""
    declaration = subject.bucket.declaration
    cause = next(subject.causes(CorsCause), None)
    if cause is None:
        return
    for configuration in cause.configurations:
        for defect in configuration.problems:
            if defect.flaw is CorsFlaw.USELESS:
                yield Problem(
                    f"{declaration.address}: {defect.reason}, which no browser sends, so the entry allows nothing.",
                    defect.location,
                    "" if defect.instead else defect.hint,
                    (Related(declaration.location, "bucket"),),
                    defect.subject,
                    (Fix(f"Write '{defect.instead}'", (Replace(defect.location, defect.instead),)),) if defect.instead else (),
                )
