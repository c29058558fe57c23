from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from auditor.cors import Stage
from auditor.foundation.location import Location
from auditor.foundation.value import Choice, Known, ListValue, MapValue, Symbol, Unknown, When
from auditor.model import Bucket
from auditor.needs.cors import CorsCause, CorsNeed
from auditor.pipeline import prove
from auditor.verdict import Resolution, Status, Step
from tests.cors.subjects import BUCKET, DARWIN, ORIGIN, READ, WRITE, bucket, line
from tests.policy.cors_case import value_of

WRITTEN = "content-type, x-amz-content-sha256, x-amz-date"
REFUSED = "S3 answers 403 to the preflight"
SILENT = "S3 answers without CORS headers"
SWITCH = Symbol("var.cors", "var.cors has no default", "give it with --var cors=…", line(9))


def rule(origins: Any = (ORIGIN,), methods: Any = ("GET", "PUT"), headers: Any = ("*",)) -> dict[str, Any]:
    return {"AllowedOrigins": list(origins), "AllowedMethods": list(methods), "AllowedHeaders": list(headers)}


OTHER = rule(("https://other.example",))


@pytest.mark.parametrize(
    ("of", "need", "reason", "location"),
    [
        (bucket([rule()]), READ, f"rule 1 answers GET from {ORIGIN}", line(102, 3)),
        (bucket([rule()]), WRITE, f"rule 1 answers PUT from {ORIGIN}", line(102, 3)),
        (bucket([OTHER, rule()]), WRITE, f"rule 2 answers PUT from {ORIGIN}", line(112, 3)),
        (bucket([rule()], [rule(("*",))]), READ, f"rule 1 answers GET from {ORIGIN}", line(102, 3)),
        (bucket([rule(("{{unresolved:var.o}}",)), rule()]), READ, f"a rule answers GET from {ORIGIN}", line(101, 1)),
        (bucket([rule(("{{unresolved:var.o}}", ORIGIN))]), READ, f"rule 1 answers GET from {ORIGIN}", line(102, 3)),
        (
            bucket(Choice(SWITCH, value_of([OTHER, rule()]), value_of([rule()]))),
            READ,
            f"in every case a rule answers GET from {ORIGIN}",
            line(101, 1),
        ),
    ],
)
def test_holds(of: Bucket, need: CorsNeed, reason: str, location: Location) -> None:
    verdict = prove(of, need, DARWIN)
    assert (verdict.status, verdict.reason, verdict.location, verdict.witness) == (Status.HOLDS, reason, location, {})


@pytest.mark.parametrize(
    ("of", "need", "reason", "location", "answer"),
    [
        (bucket(), READ, "the bucket has no CORS configuration", BUCKET, SILENT),
        (bucket(), WRITE, "the bucket has no CORS configuration", BUCKET, f"{REFUSED}: CORS is not enabled for this bucket"),
        (bucket(Known(None)), READ, "the bucket has no CORS configuration", line(100, 1), SILENT),
        (bucket(directory=True), READ, "directory buckets have no CORS configuration", BUCKET, SILENT),
        (bucket([rule(methods=("GET",))]), WRITE, "rule 1 does not list PUT", line(104), REFUSED),
        (bucket([OTHER]), READ, f"rule 1 does not allow the origin {ORIGIN}", line(103), SILENT),
        (bucket([OTHER, OTHER]), WRITE, f"no rule allows the origin {ORIGIN}", line(103), REFUSED),
        (bucket([OTHER, rule(methods=("HEAD",))]), READ, "rule 2 does not list GET", line(114), SILENT),
        (bucket([rule(methods=("GET",)), rule(methods=("HEAD",))]), WRITE, "no rule lists PUT", line(104), REFUSED),
        (
            bucket([rule((f"{ORIGIN}/",))]),
            READ,
            f"AllowedOrigins has '{ORIGIN}/' with a trailing slash, which no browser sends",
            line(103, 20),
            SILENT,
        ),
        (
            bucket([rule((f"{ORIGIN}/",), ("GET",))]),
            WRITE,
            f"AllowedOrigins has '{ORIGIN}/' with a trailing slash, which no browser sends, and rule 1 does not list PUT",
            line(103, 20),
            REFUSED,
        ),
        (bucket([rule(headers=("c*", "x-amz-c*"))]), WRITE, "rule 1 does not allow the header x-amz-date", line(105), REFUSED),
        (
            bucket([rule(headers=("content-type",)), rule(headers=("content-type", "x-amz-c*"))]),
            WRITE,
            "rule 1 does not allow the headers x-amz-content-sha256, x-amz-date",
            line(105),
            REFUSED,
        ),
        (
            bucket([rule(headers=("content-type", "x-amz-c*")), rule(headers=("content-type",))]),
            WRITE,
            "no rule allows the header x-amz-date",
            line(105),
            REFUSED,
        ),
        (
            bucket([{"AllowedOrigins": [ORIGIN], "AllowedMethods": ["GET"]}]),
            WRITE,
            f"rule 1 does not list PUT and does not allow the headers {WRITTEN}",
            line(104),
            REFUSED,
        ),
        (
            bucket([rule(methods=("GET", "PATCH"))]),
            READ,
            "S3 rejects the CORS configuration: rule 1 lists the method 'PATCH', and S3 knows only GET, PUT, POST, DELETE and HEAD",
            line(104, 30),
            SILENT,
        ),
        (bucket([rule()]), replace(READ, exposed=("ETag",)), "rule 1 does not expose etag", line(102, 3),
         "the page may not read a response header that it needs"),
        (bucket([rule(("http://{{unresolved:var.o}}",))]), READ,
         f"rule 1 does not allow the origin {ORIGIN}", line(103), SILENT),
    ],
)  # fmt: skip
def test_fails(of: Bucket, need: CorsNeed, reason: str, location: Location, answer: str) -> None:
    verdict = prove(of, need, DARWIN)
    assert (verdict.status, verdict.reason, verdict.location) == (Status.FAILS, reason, location)
    headers = {"headers": WRITTEN} if need is WRITE else {}
    assert verdict.witness == {"origin": ORIGIN, "method": need.method, **headers, "answer": answer}


OPEN_RULES = Symbol("var.rules", "var.rules has no default", "give it with --var rules=…", line(8))


@pytest.mark.parametrize(
    ("of", "need", "resolved_by"),
    [
        (
            bucket([rule(("{{unresolved:var.o}}",))]),
            READ,
            [Resolution("var.o", "var.o is not resolved", f"var.o is '{ORIGIN}'", "var.o is anything else")],
        ),
        (
            bucket([rule(methods=("GET", "{{unresolved:var.m}}"))]),
            WRITE,
            [Resolution("var.m", "var.m is not resolved", "var.m is 'PUT'", "var.m is 'GET'")],
        ),
        (
            bucket(value_of([{**rule(), "AllowedHeaders": "{{unresolved:var.h}}"}])),
            WRITE,
            [
                Resolution(
                    "var.h",
                    "var.h is not resolved",
                    "var.h allows content-type, x-amz-content-sha256 and x-amz-date",
                    "var.h does not allow all of content-type, x-amz-content-sha256 and x-amz-date",
                )
            ],
        ),
        (
            bucket([rule()], when=When().and_(SWITCH)),
            READ,
            [Resolution("var.cors", SWITCH.reason, "var.cors is true", "var.cors is false", SWITCH.hint, line(9))],
        ),
        (
            bucket(Choice(SWITCH, value_of([rule()]), value_of([OTHER]))),
            READ,
            [Resolution("var.cors", SWITCH.reason, "var.cors is true", "var.cors is false", SWITCH.hint, line(9))],
        ),
        (
            bucket(Unknown(OPEN_RULES)),
            READ,
            [
                Resolution(
                    "var.rules",
                    OPEN_RULES.reason,
                    f"a rule from var.rules allows GET from {ORIGIN}",
                    f"no rule from var.rules allows GET from {ORIGIN}",
                    OPEN_RULES.hint,
                    line(8),
                )
            ],
        ),
        (
            bucket(managed=False),
            READ,
            [
                Resolution(
                    "the CORS configuration of aws_s3_bucket.images",
                    "the bucket is declared elsewhere",
                    f"a rule from the CORS configuration of aws_s3_bucket.images allows GET from {ORIGIN}",
                    f"no rule from the CORS configuration of aws_s3_bucket.images allows GET from {ORIGIN}",
                    "audit the code that declares the bucket, or write the CORS configuration here",
                    BUCKET,
                )
            ],
        ),
        (
            bucket([rule()], [OTHER]),
            READ,
            [
                Resolution(
                    "the order of aws_s3_bucket_cors_configuration.c0 and aws_s3_bucket_cors_configuration.c1",
                    "aws_s3_bucket_cors_configuration.c0 and aws_s3_bucket_cors_configuration.c1 write the CORS configuration of "
                    "one bucket, and the last one to be applied wins",
                    "aws_s3_bucket_cors_configuration.c0 is applied last",
                    "aws_s3_bucket_cors_configuration.c1 is applied last",
                    "keep one of them",
                    line(200, 1),
                )
            ],
        ),
    ],
)
def test_stays_open_and_says_what_would_settle_it(of: Bucket, need: CorsNeed, resolved_by: list[Resolution]) -> None:
    verdict = prove(of, need, DARWIN)
    assert verdict.status is Status.UNKNOWN
    assert list(verdict.resolved_by) == resolved_by
    assert verdict.witness == {}


def test_something_that_was_not_evaluated_may_attach_it() -> None:
    module = Symbol("module.cors", "module.cors is not available locally", "run terraform init", line(7))
    verdict = prove(bucket(perhaps=(module,)), READ, DARWIN)
    assert (verdict.status, [resolution.name for resolution in verdict.resolved_by]) == (Status.UNKNOWN, ["module.cors"])
    # What is certainly attached is the bucket's configuration: a second one would be a conflict.
    assert prove(bucket([rule()], perhaps=(module,)), READ, DARWIN).status is Status.HOLDS


def test_a_consumer_without_a_page_needs_no_cors() -> None:
    verdict = prove(bucket(), replace(READ, origin=""), DARWIN)
    assert (verdict.status, verdict.reason) == (Status.NOT_APPLICABLE, "the consumer has no page in a browser")


def test_deployment_is_assumed_and_said() -> None:
    verdict = prove(bucket([rule(methods=("{{unresolved:var.m}}",))]), READ, DARWIN)
    assert verdict.assumptions == ("What is unknown in the CORS configuration of aws_s3_bucket.images is such that S3 accepts it.",)
    assert prove(bucket([rule()]), READ, DARWIN).assumptions == ()


def test_explains_every_rule() -> None:
    verdict = prove(bucket([rule(("{{unresolved:var.o}}",), ("GET",), ("content-type",))]), WRITE, DARWIN)
    assert verdict.steps == (
        Step("aws_s3_bucket_cors_configuration.c0 holds the CORS configuration", line(100, 1)),
        Step(
            f"rule 1 may allow the origin {ORIGIN}, does not list PUT, allows the header content-type, does not allow the header "
            "x-amz-content-sha256, does not allow the header x-amz-date",
            line(102, 3),
        ),
    )
    assert prove(bucket(), WRITE, DARWIN).steps == (Step("nothing in the code gives the bucket a CORS configuration", BUCKET),)


def test_the_cause_holds_what_the_rules_need() -> None:
    cause = prove(bucket([OTHER, rule(methods=("GET",))]), WRITE, DARWIN).cause
    assert isinstance(cause, CorsCause)
    assert cause.stage is Stage.PREFLIGHT_REFUSED
    assert cause.attachment is not None
    assert cause.attachment.address == "aws_s3_bucket_cors_configuration.c0"
    assert cause.nearest is not None
    assert cause.nearest.rule.number == 2


@pytest.mark.hostile
def test_too_much_at_once_is_open() -> None:
    rules = [
        rule([f"{{{{unresolved:o{i}{j}}}}}" for j in range(5)], [f"{{{{unresolved:m{i}{j}}}}}" for j in range(5)])
        for i in range(20)
    ]
    verdict = prove(bucket(rules), WRITE, DARWIN)
    assert (verdict.status, verdict.reason) == (Status.UNKNOWN, "too much is unknown at once to go through every case")
    assert "o00" in [resolution.name for resolution in verdict.resolved_by]
    # One rule that certainly answers is enough.
    assert prove(bucket([*rules, rule()]), WRITE, DARWIN).status is Status.HOLDS


def test_an_object_with_unknown_entries_is_open() -> None:
    content = ListValue((MapValue({"AllowedMethods": value_of(["GET"])}, rest=OPEN_RULES),))
    assert prove(bucket(content), READ, DARWIN).status is Status.UNKNOWN
