from __future__ import annotations

import importlib
from dataclasses import replace
from typing import Any

import pytest

from auditor.finding import Certainty, Related, Severity, Symptom
from auditor.fixes import Append, Change, Fix, Remove, Replace
from auditor.fixes.write import write
from auditor.foundation.text import Texts
from auditor.foundation.value import Choice, Symbol, When
from auditor.model import Bucket
from auditor.rule import Problem
from tests.cors.subjects import BUCKET, DARWIN, ORIGIN, READ, bucket, line, subject
from tests.policy.cors_case import value_of

RULES = ("cors_request_refused", "cors_impossible_origin", "cors_rejected_by_s3", "cors_wider_than_needed")


def found(name: str, of: Bucket, contract: Any = DARWIN) -> list[Problem]:
    return list(importlib.import_module(f"auditor.rules.{name}").check(subject(of, contract)))


def written(problem: Problem, of: Bucket) -> str:
    """The lines of the only fix of a problem."""
    (fix,) = problem.fixes
    return write(fix, of, Texts()).text


def rule(origins: Any = (ORIGIN,), methods: Any = ("GET", "PUT"), headers: Any = ("*",), **more: Any) -> dict[str, Any]:
    return {"AllowedOrigins": list(origins), "AllowedMethods": list(methods), "AllowedHeaders": list(headers), **more}


RIGHT = bucket([rule()])
UNKNOWN = bucket([rule(("{{unresolved:var.origin}}",))])
CANNOT = "objects of aws_s3_bucket.images from a page at 'https://darwin.v7labs.com'"
SLASH = f"AllowedOrigins has '{ORIGIN}/' with a trailing slash, which no browser sends"
ADDED = f"""cors_rule {{
  allowed_origins = ["{ORIGIN}"]
  allowed_methods = ["GET", "PUT"]
  allowed_headers = ["*"]
}}"""
BESIDE = (Related(BUCKET, "bucket"),)


@pytest.mark.parametrize("name", RULES)
def test_says_nothing_of_what_is_right_or_open(name: str) -> None:
    assert found(name, RIGHT) == []
    assert found(name, UNKNOWN) == []


@pytest.mark.parametrize("name", RULES)
def test_says_nothing_where_the_consumer_needs_no_cors(name: str) -> None:
    assert found(name, bucket([rule(("*",), ("PATCH",))]), replace(DARWIN, needs=())) == []


@pytest.mark.parametrize(
    ("name", "severity", "symptoms"),
    [
        ("cors_request_refused", Severity.ERROR, (Symptom.CORS,)),
        ("cors_impossible_origin", Severity.WARNING, (Symptom.CORS,)),
        ("cors_rejected_by_s3", Severity.ERROR, (Symptom.CORS,)),
        ("cors_wider_than_needed", Severity.WARNING, ()),
    ],
)
def test_is_documented(name: str, severity: Severity, symptoms: tuple[Symptom, ...]) -> None:
    module = importlib.import_module(f"auditor.rules.{name}")
    assert (severity, symptoms) == (module.SEVERITY, module.SYMPTOMS)
    assert module.REFERENCES
    headings = [text for text in (module.__doc__ or "").splitlines() if text.startswith("## ")]
    assert headings == ["## What it does", "## Why it matters", "## Example"]
    assert "```terraform" in (module.__doc__ or "")
    assert "```yaml" in (module.__doc__ or "")


TERRAFORM = """resource "aws_s3_bucket_cors_configuration" "images" {
  bucket = %s.id

  cors_rule {
    allowed_origins = ["https://darwin.v7labs.com"]
    allowed_methods = ["GET", "PUT"]
    allowed_headers = ["*"]
  }
}"""


@pytest.mark.parametrize(
    ("address", "local"),
    [
        ("aws_s3_bucket.images", "aws_s3_bucket.images"),
        ('module.data["a.b"].module.x[0].aws_s3_bucket.images', "aws_s3_bucket.images"),
        ("data.aws_s3_bucket.images", "data.aws_s3_bucket.images"),
    ],
)
def test_a_bucket_without_any_configuration(address: str, local: str) -> None:
    (problem,) = found("cors_request_refused", bucket(address=address))
    assert problem == Problem(
        f"V7 Darwin cannot GET and PUT objects of {address} from a page at '{ORIGIN}': the bucket has no CORS configuration.",
        BUCKET,
        "",
        (),
        "cors:GET cors:PUT",
        problem.fixes,
    )
    assert written(problem, bucket(address=address)) == TERRAFORM % local


def test_buckets_of_one_resource_get_a_configuration_each() -> None:
    of = bucket(address='module.data["a.b"].module.x[0].aws_s3_bucket.images["eu.1"]')
    (problem,) = found("cors_request_refused", of)
    assert written(problem, of).splitlines()[1:3] == [
        "  for_each = aws_s3_bucket.images",
        "  bucket   = aws_s3_bucket.images[each.key].id",
    ]


def test_a_bucket_without_any_configuration_in_cloudformation() -> None:
    of = bucket(address="ImagesBucket", language="cloudformation")
    (problem,) = found("cors_request_refused", of)
    assert (
        written(problem, of)
        == """CorsConfiguration:
  CorsRules:
    - AllowedOrigins: ["https://darwin.v7labs.com"]
      AllowedMethods: [GET, PUT]
      AllowedHeaders: ["*"]"""
    )


def test_a_bucket_without_any_configuration_in_json() -> None:
    of = bucket(address="images", language="json")
    (problem,) = found("cors_request_refused", of, replace(DARWIN, needs=(READ,)))
    assert (
        written(problem, of)
        == """[
  {
    "AllowedOrigins": ["https://darwin.v7labs.com"],
    "AllowedMethods": ["GET"],
    "AllowedHeaders": ["*"]
  }
]"""
    )


@pytest.mark.parametrize(
    ("rules", "message", "place", "changes", "needs"),
    [
        (
            [rule(methods=("GET", "HEAD"))],
            f"V7 Darwin cannot PUT {CANNOT}: rule 1 does not list PUT.",
            line(104),
            (Append(line(104), ("PUT",)),),
            "cors:PUT",
        ),
        (
            [rule(headers=("content-type",))],
            f"V7 Darwin cannot PUT {CANNOT}: rule 1 does not allow the headers x-amz-content-sha256, x-amz-date.",
            line(105),
            (Replace(line(105), ("*",), "AllowedHeaders"),),
            "cors:PUT",
        ),
        (
            [rule(("https://b.example", f"{ORIGIN}/workview"))],
            f"V7 Darwin cannot GET and PUT {CANNOT}: AllowedOrigins has '{ORIGIN}/workview' with a path, which no browser sends.",
            line(103, 30),
            (Replace(line(103, 30), ORIGIN),),
            "cors:GET cors:PUT",
        ),
        (
            [rule((f"{ORIGIN}/",), ("GET",))],
            f"V7 Darwin cannot GET and PUT {CANNOT}: {SLASH}; for PUT, rule 1 does not list PUT.",
            line(103, 20),
            (Replace(line(103, 20), ORIGIN), Append(line(104), ("PUT",))),
            "cors:GET cors:PUT",
        ),
        (
            [rule(methods=("GET", "HEA{{unresolved:var.d}}"))],
            f"V7 Darwin cannot PUT {CANNOT}: rule 1 does not list PUT.",
            line(104),
            (Append(line(104), ("PUT",)),),
            "cors:PUT",
        ),
    ],
)
def test_a_refused_request(rules: Any, message: str, place: Any, changes: tuple[Change, ...], needs: str) -> None:
    chain = (Related(BUCKET, "bucket"), Related(line(100, 1), "CORS configuration"), Related(line(102, 3), "rule 1"))
    certainty = Certainty.NEEDS_REVIEW if "b.example" in str(rules) else Certainty.SAFE
    assert found("cors_request_refused", bucket(rules)) == [
        Problem(message, place, "", chain, needs, (Fix("Let rule 1 answer V7 Darwin", changes, certainty),))
    ]


def test_a_rule_for_someone_else_is_left_alone() -> None:
    of = bucket([rule(("https://b.example",))])
    (problem,) = found("cors_request_refused", of)
    assert problem.message == f"V7 Darwin cannot GET and PUT {CANNOT}: rule 1 does not allow the origin {ORIGIN}."
    assert (problem.location, problem.help, problem.subject) == (line(103), "", "cors:GET cors:PUT")
    assert written(problem, of) == ADDED


def test_needs_that_are_refused_at_different_places_are_told_apart() -> None:
    problems = found("cors_request_refused", bucket([rule(methods=("PUT",), headers=())]))
    assert [(problem.location, problem.subject) for problem in problems] == [(line(104), "cors:GET"), (line(105), "cors:PUT")]


def test_a_header_that_is_not_exposed() -> None:
    contract = replace(DARWIN, needs=(replace(READ, exposed=("ETag",)),))
    (problem,) = found("cors_request_refused", bucket([rule(ExposeHeaders=["x-amz-id-2"])]), contract)
    assert problem.message == f"V7 Darwin cannot GET {CANNOT}: rule 1 does not expose etag."
    assert problem.location == line(106)
    assert problem.fixes == (Fix("Expose ETag in rule 1", (Append(line(106), ("ETag",)),)),)


@pytest.mark.parametrize(
    ("exposed", "fixes"),
    [
        (("ETag", "Content-Length", "Last-Modified"), (Fix("Expose ETag in rule 1", (Append(line(106), ("ETag",)),)),)),
        (("X-Amz-Id-2", "ETag"), (Fix("Expose ETag in rule 1", (Append(line(106), ("ETag",)),)),)),
        (("ETag", "Set-Cookie"), (Fix("Expose ETag in rule 1", (Append(line(106), ("ETag",)),)),)),
        (("Set-Cookie",), ()),
    ],
)
def test_only_what_a_rule_must_expose_is_added(exposed: tuple[str, ...], fixes: tuple[Fix, ...]) -> None:
    contract = replace(DARWIN, needs=(replace(READ, exposed=exposed),))
    (problem,) = found("cors_request_refused", bucket([rule(ExposeHeaders=["x-amz-id-2"])]), contract)
    assert problem.fixes == fixes


def test_the_fix_is_what_the_proof_accepts() -> None:
    assert found("cors_request_refused", bucket([rule(("https://b.example",)), rule()])) == []


def test_an_origin_that_no_browser_sends() -> None:
    problems = found("cors_impossible_origin", bucket([rule((ORIGIN, f"{ORIGIN}:443", "localhost:*"))]))
    assert problems == [
        Problem(
            f"aws_s3_bucket.images: AllowedOrigins of rule 1 has '{ORIGIN}:443' with the default port 443, which no browser sends, "
            "so the entry allows nothing.",
            line(103, 30),
            "",
            BESIDE,
            f"{ORIGIN}:443",
            (Fix(f"Write '{ORIGIN}'", (Replace(line(103, 30), ORIGIN),)),),
        ),
        Problem(
            "aws_s3_bucket.images: AllowedOrigins of rule 1 has 'localhost:*' without a scheme, which no browser sends, "
            "so the entry allows nothing.",
            line(103, 40),
            "Remove it.",
            BESIDE,
            "localhost:*",
        ),
    ]


def test_what_s3_rejects() -> None:
    of = bucket([rule(methods=("GET", "PUT", "OPTIONS"))])
    assert found("cors_request_refused", of) == []
    assert found("cors_rejected_by_s3", of) == [
        Problem(
            "S3 rejects the CORS configuration of aws_s3_bucket.images: rule 1 lists the method 'OPTIONS', and S3 knows only "
            "GET, PUT, POST, DELETE and HEAD.",
            line(104, 40),
            "",
            (*BESIDE, Related(line(100, 1), "CORS configuration")),
            "OPTIONS",
            (Fix("Remove 'OPTIONS'", (Remove(line(104, 40)),)),),
        )
    ]


def test_what_s3_would_reject_only_in_some_case_is_not_reported() -> None:
    switch = Symbol("var.on", "var.on has no default")
    bad, good = value_of([rule(methods=("PATCH",))]), value_of([rule()])
    assert found("cors_rejected_by_s3", bucket(Choice(switch, bad, good))) == []
    # A configuration that may not exist at all is wrong wherever it does.
    assert len(found("cors_rejected_by_s3", bucket([rule(methods=("PATCH",))], when=When().and_(switch)))) == 1


def test_wider_than_needed() -> None:
    of = bucket(
        [
            rule((ORIGIN, "https://*.v7labs.com", "https://*.example"), ("GET", "PUT", "POST", "DELETE")),
            rule(("https://b.example",), ("POST",)),
        ]
    )
    assert found("cors_wider_than_needed", of) == [
        Problem(
            f"CORS rule 1 of aws_s3_bucket.images allows the origin 'https://*.v7labs.com', and V7 Darwin needs only '{ORIGIN}'.",
            line(103, 30),
            "",
            BESIDE,
            "origin https://*.v7labs.com",
            (Fix(f"Write '{ORIGIN}' instead of 'https://*.v7labs.com'", (Replace(line(103, 30), ORIGIN),)),),
        ),
        Problem(
            f"CORS rule 1 of aws_s3_bucket.images lets pages at '{ORIGIN}' use POST and DELETE, which V7 Darwin does not need.",
            line(104),
            "",
            BESIDE,
            "methods of rule 1",
            (Fix("Remove POST and DELETE from the methods of rule 1", (Replace(line(104), ("GET", "PUT"), "AllowedMethods"),)),),
        ),
    ]


def test_messages_are_plain() -> None:
    of = bucket(
        [rule(("{{unresolved:var.o}}/", "https://b.example/"), ("GET", "PATCH{{unresolved:var.m}}"), ("*-*",))],
    )
    messages = [problem.message for name in RULES for problem in found(name, of)]
    assert len(messages) >= 3
    assert not [message for message in messages if set(message) & set("`{}") or not message.endswith(".")]
