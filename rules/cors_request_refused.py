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

import json
from collections.abc import Iterator, Sequence

from auditor.cors import Fit, Stage
from auditor.finding import Related, Severity, Symptom
from auditor.foundation.location import Location
from auditor.foundation.value import Truth
from auditor.needs.cors import CorsCause, CorsNeed
from auditor.rule import Problem, Subject
from auditor.verdict import Verdict

from . import _paste as paste

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.CORS,)
REFERENCES = (
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors-troubleshooting.html",
    "https://docs.v7labs.com/docs/external-storage-troubleshooting",
    "https://fetch.spec.whatwg.org/#http-cors-protocol",
)

_TERRAFORM = {
    "AllowedOrigins": "allowed_origins",
    "AllowedMethods": "allowed_methods",
    "AllowedHeaders": "allowed_headers",
    "ExposeHeaders": "expose_headers",
}
# Source: AWS CloudFormation, AWS::S3::Bucket CorsRule.
_CLOUDFORMATION = {"ExposeHeaders": "ExposedHeaders"}


def check(subject: Subject) -> Iterator[Problem]:
    """One problem for each place, with all needs that are refused there."""
    places: dict[Location, list[tuple[Verdict, CorsCause]]] = {}
    for verdict, cause in subject.failing(CorsCause):
        # What S3 rejects is told by a rule of its own.
        if cause.stage is not Stage.REJECTED:
            places.setdefault(verdict.location, []).append((verdict, cause))
    for location, found in places.items():
        causes = [cause for _, cause in found]
        yield Problem(
            _message(subject, found),
            location,
            _fix(subject, causes),
            tuple(_related(subject, location, causes[0])),
            " ".join(verdict.need.id for verdict, _ in found),
        )


def _message(subject: Subject, found: Sequence[tuple[Verdict, CorsCause]]) -> str:
    reasons = first = found[0][0].reason
    for other, cause in found[1:]:
        if other.reason != first:
            reasons += f"; for {cause.request.method}, {other.reason.removeprefix(f'{first}, and ')}"
    methods = " and ".join(cause.request.method for _, cause in found)
    address = subject.bucket.declaration.address
    return f"{subject.contract.title} cannot {methods} objects of {address} from a page at '{subject.contract.origin}': {reasons}."


def _related(subject: Subject, location: Location, cause: CorsCause) -> Iterator[Related]:
    told = {location}
    attachment, nearest = cause.attachment, cause.nearest
    for place, message in (
        (subject.bucket.declaration.location, "bucket"),
        (attachment.location if attachment else None, "CORS configuration"),
        (nearest.rule.location if nearest else None, f"rule {nearest.rule.number}" if nearest else ""),
    ):
        if place is not None and place not in told:
            told.add(place)
            yield Related(place, message)


# -------------------------------------------------------------------------------------------------- the smallest change


def _fix(subject: Subject, causes: Sequence[CorsCause]) -> str:
    if any(cause.stage is Stage.NOT_EXPOSED for cause in causes):
        hidden = dict.fromkeys(name for cause in causes for name in cause.request.read_response_headers)
        return f"Add {', '.join(hidden)} to {_name('ExposeHeaders', subject.language)} of the rule that answers."
    if subject.bucket.declaration.directory:
        return "Use a general purpose bucket."
    nearest = [cause.nearest for cause in causes if cause.nearest is not None]
    if not any(cause.attachment for cause in causes):
        return _whole(subject)
    if not nearest or any(fit.origin is Truth.FALSE and not fit.near for fit in nearest):
        return f"Add a rule:\n{_indented(_rule(subject), subject)}"
    return _changes(subject, nearest)


def _changes(subject: Subject, fits: Sequence[Fit]) -> str:
    """What to change in the nearest rule."""
    rule = fits[0].rule
    methods = [need.method for need in subject.contract.needs_of(CorsNeed)]
    lines, sentences = [], []
    for field, entries, name in (
        (rule.origins, _mended(subject, fits[0]), "AllowedOrigins"),
        (
            rule.methods,
            [*rule.methods.texts, *(method for method in methods if method not in rule.methods.texts)]
            if any(fit.method is Truth.FALSE for fit in fits)
            else None,
            "AllowedMethods",
        ),
        (rule.headers, ["*"] if any(fit.lacking for fit in fits) else None, "AllowedHeaders"),
    ):
        if entries is None:
            continue
        if field.resolved or entries == ["*"]:
            lines.append(_line(name, entries, subject))
        else:
            new = ", ".join(entry for entry in entries if entry not in field.texts)
            sentences.append(f"Add {new} to {_name(name, subject.language)} of rule {rule.number}.")
    if lines:
        sentences.append(f"In rule {rule.number}, write:\n" + "\n".join(lines))
    return " ".join(sentences)


def _mended(subject: Subject, fit: Fit) -> list[str] | None:
    if fit.near is None or fit.origin is not Truth.FALSE:
        return None
    return [subject.contract.origin if text == fit.near[0].written else text for text in fit.rule.origins.texts]


def _name(field: str, language: str) -> str:
    return {"terraform": _TERRAFORM, "cloudformation": _CLOUDFORMATION}.get(language, {}).get(field, field)


def _line(field: str, entries: Sequence[str], subject: Subject) -> str:
    listed, name = json.dumps(list(entries), ensure_ascii=False), _name(field, subject.language)
    return f"{name} = {listed}" if subject.language == "terraform" else paste.entry(subject, name, listed)


def _rule(subject: Subject) -> list[str]:
    """The lines of a rule that answers all that the contract asks for."""
    methods = list(dict.fromkeys(need.method for need in subject.contract.needs_of(CorsNeed)))
    exposed = list(dict.fromkeys(name for need in subject.contract.needs_of(CorsNeed) for name in need.exposed))
    fields = {"AllowedOrigins": [subject.contract.origin], "AllowedMethods": methods, "AllowedHeaders": ["*"]}
    if exposed:
        fields["ExposeHeaders"] = exposed
    return [_line(name, entries, subject) for name, entries in fields.items()]


def _indented(lines: Sequence[str], subject: Subject) -> str:
    match paste.style_of(subject, None):
        case paste.Style.OBJECT:
            return "\n".join(("cors_rule {", *(f"  {line}" for line in lines), "}"))
        case paste.Style.YAML:
            return "\n".join((f"- {lines[0]}", *(f"  {line}" for line in lines[1:])))
        case _:
            return "\n".join(("{", *(f"  {line}," for line in lines[:-1]), f"  {lines[-1]}", "}"))


def _whole(subject: Subject) -> str:
    """A CORS configuration for a bucket that has none."""
    rule = _indented(_rule(subject), subject).split("\n")
    address = subject.bucket.declaration.address
    match subject.language:
        case "terraform":
            reference = paste.bucket(subject)
            header = f'resource "aws_s3_bucket_cors_configuration" "{paste.label(subject)}" {{'
            return "\n".join(
                ("Add beside the bucket:", header, f"  bucket = {reference}", "", *(f"  {line}" for line in rule), "}")
            )
        case "cloudformation":
            lines = ["CorsConfiguration:", "  CorsRules:", *(f"    {line}" for line in rule)]
            if paste.style_of(subject, None) is paste.Style.JSON:
                lines = ['"CorsConfiguration": {', '  "CorsRules": [', *(f"    {line}" for line in rule), "  ]", "}"]
            return paste.said(f"Add to the Properties of {address}:", lines)
        case _:
            return "\n".join(("Put this CORS configuration on the bucket:", "[", *(f"  {line}" for line in rule), "]"))
