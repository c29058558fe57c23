"""An allowed origin that no browser can send.

## What it does

Finds entries of AllowedOrigins that can never equal an `Origin` header: with a trailing slash or a path, in angle
brackets, without a scheme, with upper-case letters, or with the default port of the scheme.

## Why it matters

A browser sends `scheme://host`, in lower case, with the port only where it is not the default one, and nothing behind
it. S3 compares the whole string. So the entry looks right and allows nothing; it is copied from the address bar more
often than not.

An entry that is the reason why a request of the platform is refused is reported by `cors-request-refused`, with the same
fix, and not here.

## Example

```terraform
cors_rule {
  allowed_origins = ["https://labels.acme.com/"]
  allowed_methods = ["GET"]
}
```

Use instead:

```terraform
cors_rule {
  allowed_origins = ["https://labels.acme.com"]
  allowed_methods = ["GET"]
}
```

In CloudFormation, instead of `AllowedOrigins: ["https://labels.acme.com:443"]`:

```yaml
CorsRules:
  - AllowedOrigins: ["https://labels.acme.com"]
    AllowedMethods: [GET]
```
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.cors import CorsFlaw, Stage
from auditor.finding import Related, Severity, Symptom
from auditor.fixes import Fix, Replace
from auditor.foundation.location import Location
from auditor.foundation.value import Truth
from auditor.needs.cors import CorsCause
from auditor.rule import Problem, Subject

SEVERITY = Severity.WARNING
SYMPTOMS = (Symptom.CORS,)
REFERENCES = (
    "https://html.spec.whatwg.org/multipage/browsers.html#ascii-serialisation-of-an-origin",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors-troubleshooting.html",
)


def check(subject: Subject) -> Iterator[Problem]:
    """One problem for each such entry of a configuration that is, or may be, the bucket's, and that nothing else reports."""
    declaration = subject.bucket.declaration
    cause = next(subject.causes(CorsCause), None)
    if cause is None:
        return
    told = set(_told(subject))
    for configuration in cause.configurations:
        for defect in configuration.problems:
            if defect.flaw is CorsFlaw.USELESS and defect.location not in told:
                yield Problem(
                    f"{declaration.address}: {defect.reason}, which no browser sends, so the entry allows nothing.",
                    defect.location,
                    "" if defect.instead else defect.hint,
                    (Related(declaration.location, "bucket"),),
                    defect.subject,
                    (Fix(f"Write '{defect.instead}'", (Replace(defect.location, defect.instead),)),) if defect.instead else (),
                )


def _told(subject: Subject) -> Iterator[Location]:
    """The entries for which a request of the consumer is refused, which `cors-request-refused` reports."""
    for _, cause in subject.failing(CorsCause):
        fit = cause.nearest
        if cause.stage is not Stage.REJECTED and fit is not None and fit.near is not None and fit.origin is Truth.FALSE:
            yield fit.near[0].location
