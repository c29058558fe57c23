"""A request from the consumer's page that the bucket's CORS configuration refuses.

## What it does

Plays the exchange between the browser and S3 for each request that the contract lists: the preflight with its
headers, then the request itself. S3 takes the first rule that allows the origin, the method and every listed header;
parts of two rules do not add up. The finding names the rule that comes nearest and what it lacks.

## Why it matters

The browsers of the people who work on the images load them straight from the bucket. Without a rule that matches, S3
answers the preflight with 403, or serves the object without CORS headers; either way the page shows nothing, and only
the developer console says why. Access is another matter: a CORS rule grants none, and a grant does not replace a CORS
rule.

## Example

```terraform
resource "aws_s3_bucket_cors_configuration" "images" {
  bucket = aws_s3_bucket.images.id

  cors_rule {
    allowed_origins = ["https://darwin.v7labs.com/"] # a browser sends no slash
    allowed_methods = ["GET"]                        # uploads use PUT
  }
}
```

Use instead:

```terraform
resource "aws_s3_bucket_cors_configuration" "images" {
  bucket = aws_s3_bucket.images.id

  cors_rule {
    allowed_origins = ["https://darwin.v7labs.com"]
    allowed_methods = ["GET", "PUT"]
    allowed_headers = ["*"]
  }
}
```

In CloudFormation, instead of a bucket without it:

```yaml
ImagesBucket:
  Type: AWS::S3::Bucket
  Properties:
    CorsConfiguration:
      CorsRules:
        - AllowedOrigins: ["https://darwin.v7labs.com"]
          AllowedMethods: [GET, PUT]
          AllowedHeaders: ["*"]
```
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from auditor.cors import CorsRule, Fit, Stage
from auditor.cors.request import READABLE, UNREADABLE
from auditor.diagnosis.story import story
from auditor.finding import Certainty, Severity, Symptom
from auditor.fixes import AddField, AddRule, Append, Attach, Change, Content, Fix, Replace
from auditor.foundation.location import Location
from auditor.foundation.value import Truth
from auditor.model import Kind
from auditor.needs.cors import CorsCause, CorsNeed
from auditor.rule import Problem, Subject
from auditor.verdict import Verdict

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.CORS,)
REFERENCES = (
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors-troubleshooting.html",
    "https://docs.v7labs.com/docs/external-storage-troubleshooting",
    "https://fetch.spec.whatwg.org/#http-cors-protocol",
)


def check(subject: Subject) -> Iterator[Problem]:
    """One problem for each place, with all needs that are refused there."""
    places: dict[tuple[Location, str], list[tuple[Verdict, CorsCause]]] = {}
    for verdict, cause in subject.failing(CorsCause):
        # What S3 rejects is told by a rule of its own.
        if cause.stage is not Stage.REJECTED:
            places.setdefault((verdict.location, cause.request.origin or ""), []).append((verdict, cause))
    for (location, _), found in places.items():
        causes = [cause for _, cause in found]
        attachment, fit = causes[0].attachment, causes[0].nearest
        yield Problem(
            _message(subject, found),
            location,
            subject.instead,
            story(
                location,
                (subject.bucket.declaration.location, "bucket"),
                (attachment.location if attachment else None, "CORS configuration"),
                (fit.rule.location, f"rule {fit.rule.number}") if fit else (None, ""),
            ),
            " ".join(verdict.need.id for verdict, _ in found),
            () if subject.instead else tuple(_fixes(subject, causes)),
        )


def _message(subject: Subject, found: Sequence[tuple[Verdict, CorsCause]]) -> str:
    reasons = first = found[0][0].reason
    for other, cause in found[1:]:
        if other.reason != first:
            reasons += f"; for {cause.request.method}, {other.reason.removeprefix(f'{first}, and ')}"
    methods = " and ".join(cause.request.method for _, cause in found)
    address = subject.bucket.declaration.address
    return (
        f"{subject.contract.title} cannot {methods} objects of {address} from a page at '{found[0][1].request.origin}': {reasons}."
    )


# -------------------------------------------------------------------------------------------------- the smallest change


def _fixes(subject: Subject, causes: Sequence[CorsCause]) -> Iterator[Fix]:
    nearest = [cause.nearest for cause in causes if cause.nearest is not None]
    attached = [cause for cause in causes if cause.attachment]
    if any(cause.stage is Stage.NOT_EXPOSED for cause in causes):
        yield from _expose(causes)
    elif not attached:
        change = Attach(Kind.CORS, subject.bucket.declaration, (_rule(subject, causes[0]),))
        yield Fix("Add a CORS configuration", (change,), Certainty.SAFE)
    elif not nearest or any(fit.origin is Truth.FALSE and not fit.near for fit in nearest):
        yield from _further_rule(subject, attached[0])
    else:
        rule = nearest[0].rule
        changes = tuple(_changes(subject, nearest, causes[0].request.origin or ""))
        alone = _answers_nobody_else(subject, nearest[0])
        corrected = nearest[0].near is not None and len(changes) == 1
        if changes and not alone and not corrected:  # what is added to a rule, each of its origins is given
            yield from _further_rule(subject, attached[0])
        if changes:
            certainty = Certainty.SAFE if alone else Certainty.NEEDS_REVIEW
            yield Fix(f"Let rule {rule.number} answer {subject.contract.title}", changes, certainty)


def _answers_nobody_else(subject: Subject, fit: Fit) -> bool:
    """Whether every origin of a rule is the consumer's, as it is written or once it is corrected."""
    own = {need.origin for need in subject.needs(CorsNeed)} | ({fit.near[0].written} if fit.near else set())
    return fit.rule.origins.resolved and own.issuperset(fit.rule.origins.texts)


def _further_rule(subject: Subject, cause: CorsCause) -> Iterator[Fix]:
    configuration = next(
        (one for linked, one in zip(cause.linked, cause.configurations, strict=False) if linked.attachment is cause.attachment),
        None,
    )
    if configuration is None or cause.attachment is None:
        return
    rules = configuration.known_rules
    place = rules[-1].location if rules else configuration.location
    change = AddRule(cause.attachment, configuration.location, place, _rule(subject, cause))
    yield Fix("Add a CORS rule", (change,), Certainty.SAFE)


def _expose(causes: Sequence[CorsCause]) -> Iterator[Fix]:
    """The response headers that the page must read, added to the rule that answers."""
    needed = _to_expose(name for cause in causes for name in cause.request.read_response_headers)
    for cause in causes:
        for configuration in cause.configurations:
            rules = configuration.known_rules
            if len(rules) == 1:
                field, rule = rules[0].exposed, rules[0]
                there = {text.lower() for text in field.texts}
                hidden = tuple(name for name in needed if name.lower() not in there)
                if not hidden:
                    return
                change: Change = (
                    Append(field.location, hidden)
                    if field.written
                    else AddField(rule.location, "ExposeHeaders", hidden, rule.methods.location)
                )
                yield Fix(f"Expose {', '.join(hidden)} in rule {rule.number}", (change,))
                return


def _to_expose(names: Iterable[str]) -> tuple[str, ...]:
    """Those of some response headers that a page can read where a rule exposes them, and only there."""
    return tuple(dict.fromkeys(name for name in names if name.lower() not in READABLE | UNREADABLE))


def _changes(subject: Subject, fits: Sequence[Fit], origin: str) -> Iterator[Change]:
    """What to change in the nearest rule."""
    rule, near = fits[0].rule, fits[0].near
    methods = [need.method for need in subject.needs(CorsNeed)]
    if near is not None and fits[0].origin is Truth.FALSE:
        yield Replace(near[0].location, origin)
    lacking = tuple(method for method in dict.fromkeys(methods) if method not in rule.methods.texts)
    if lacking and any(fit.method is Truth.FALSE for fit in fits):
        yield Append(rule.methods.location, lacking)
    if any(fit.lacking for fit in fits):
        yield _headers(rule)


def _headers(rule: CorsRule) -> Change:
    """Every header: which ones a page sends changes from release to release, and the list guards nothing."""
    if rule.headers.written:
        return Replace(rule.headers.location, ("*",), "AllowedHeaders")
    return AddField(rule.location, "AllowedHeaders", ("*",), rule.methods.location)


def _rule(subject: Subject, cause: CorsCause) -> Mapping[str, Content]:
    """A rule that answers all that the contract asks for from the origin of a request."""
    origin = cause.request.origin or ""
    needs = [need for need in subject.needs(CorsNeed) if need.origin == origin]
    exposed = _to_expose(name for need in needs for name in need.exposed)
    fields: dict[str, Content] = {
        "AllowedOrigins": (origin,),
        "AllowedMethods": tuple(dict.fromkeys(need.method for need in needs)),
        "AllowedHeaders": ("*",),
    }
    return fields | {"ExposeHeaders": exposed} if exposed else fields
