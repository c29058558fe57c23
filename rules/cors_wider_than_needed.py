"""A CORS rule that allows more origins or methods than the consumer needs.

## What it does

Looks at the rules that answer the consumer's origin. It reports an origin with a wildcard where the contract names
one origin, and the methods DELETE and POST where the contract does not ask for them. `AllowedHeaders: ["*"]` is not
reported: which headers a page sends changes from release to release, and the list guards nothing.

## Why it matters

Any page whose origin matches may use every URL that is signed for the bucket and read the answer. A rule that names
one origin does the same work for the consumer and nothing for anyone else.

## Example

```terraform
cors_rule {
  allowed_origins = ["*"]
  allowed_methods = ["GET", "PUT", "DELETE"]
}
```

Use instead:

```terraform
cors_rule {
  allowed_origins = ["https://darwin.v7labs.com"]
  allowed_methods = ["GET", "PUT"]
}
```

In CloudFormation, instead of `AllowedOrigins: ["https://*"]`:

```yaml
CorsRules:
  - AllowedOrigins: ["https://darwin.v7labs.com"]
    AllowedMethods: [GET, PUT]
```
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.cors import CorsRule, origin_matches
from auditor.cors.configuration import CorsItem
from auditor.finding import Related, Severity, Symptom
from auditor.fixes import Fix, Replace
from auditor.foundation.value import Known
from auditor.needs.cors import CorsCause, CorsNeed
from auditor.rule import Problem, Security, Subject

SEVERITY = Severity.WARNING
SYMPTOMS: tuple[Symptom, ...] = ()
SECURITY = Security(5.5, 942)
REFERENCES = (
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html",
)

_WRITING = ("DELETE", "POST")


def check(subject: Subject) -> Iterator[Problem]:
    """One problem for each origin with a wildcard, and one for the methods of a rule."""
    cause = next(subject.causes(CorsCause), None)
    if cause is None:
        return
    for configuration in cause.configurations:
        for rule in configuration.known_rules:
            yield from _wide_origins(subject, rule)
            yield from _methods(subject, rule)


def _wide_origins(subject: Subject, rule: CorsRule) -> Iterator[Problem]:
    declaration, contract = subject.bucket.declaration, subject.contract
    for item in rule.origins.items:
        needed = _matched(subject, item)
        if needed and "*" in item.written:
            wanted = " and ".join(f"'{origin}'" for origin in needed)
            yield Problem(
                f"CORS rule {rule.number} of {declaration.address} allows the origin '{item.written}', "
                f"and {contract.title} needs only {wanted}.",
                item.location,
                "",
                (Related(declaration.location, "bucket"),),
                f"origin {item.written}",
                (Fix(f"Write {wanted} instead of '{item.written}'", (Replace(item.location, needed[0]),)),)
                if len(needed) == 1
                else (),
            )


def _matched(subject: Subject, item: CorsItem) -> tuple[str, ...]:
    """The origins that the contract needs and that an origin of a rule certainly matches."""
    origins = dict.fromkeys(need.origin for need in subject.needs(CorsNeed))
    return tuple(origin for origin in origins if isinstance(item.text, Known) and origin_matches(item.written, origin))


def _methods(subject: Subject, rule: CorsRule) -> Iterator[Problem]:
    declaration, contract = subject.bucket.declaration, subject.contract
    origins = tuple(dict.fromkeys(origin for item in rule.origins.items for origin in _matched(subject, item)))
    if not origins:
        return
    needed = {need.method for need in subject.needs(CorsNeed)}
    pages = " and ".join(f"'{origin}'" for origin in origins)
    extra = [item for item in rule.methods.items if item.written in _WRITING and item.written not in needed]
    if extra:
        methods = " and ".join(item.written for item in extra)
        left = tuple(item.written for item in rule.methods.items if item not in extra)
        yield Problem(
            f"CORS rule {rule.number} of {declaration.address} lets pages at {pages} use {methods}, "
            f"which {contract.title} does not need.",
            rule.methods.location,
            "",
            (Related(declaration.location, "bucket"),),
            f"methods of rule {rule.number}",
            (
                Fix(
                    f"Remove {methods} from the methods of rule {rule.number}",
                    (Replace(rule.methods.location, left, "AllowedMethods"),) if left and rule.methods.resolved else (),
                ),
            ),
        )
