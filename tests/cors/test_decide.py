from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.policy.cors_case import decide_cors

CASES = json.loads((Path(__file__).parents[2] / "fixtures" / "policy" / "cors-cases.json").read_text(encoding="utf-8"))["cases"]
APP = "https://app.example.com"


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['id']} {case['title']}")
def test_decides_the_case(case: dict[str, Any]) -> None:
    got = decide_cors(case)
    named = ("answer", "preflight_rule", "actual_rule", "witness", "witness_headers", "deploy_error")
    expected = {name: value for name, value in case["expect"].items() if name in named}
    if expected.get("deploy_error"):
        # Which rule would match is beside the point when none is stored.
        expected.pop("actual_rule")
    assert {name: got.get(name) for name in expected} == expected


def rule(origins: Any = (APP,), methods: Any = ("GET",), headers: Any = None, expose: Any = None, **more: Any) -> dict[str, Any]:
    fields = {"AllowedOrigins": origins, "AllowedMethods": methods, "AllowedHeaders": headers, "ExposeHeaders": expose, **more}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in fields.items() if value is not None}


def unresolved(name: str) -> str:
    return "{{unresolved:" + name + "}}"


X, Y = unresolved("var.x"), unresolved("var.y")
ALL = ("*",)
GET: dict[str, Any] = {"origin": APP, "method": "GET"}
PUT: dict[str, Any] = {"origin": APP, "method": "PUT"}

VARIANTS: list[tuple[str, Any, dict[str, Any], str]] = [
    # origins
    ("scheme differs", [rule(("http://app.example.com",))], GET, "fail"),
    ("host in capitals in the rule", [rule(("https://App.example.com",))], GET, "fail"),
    ("path in the rule", [rule(("https://app.example.com/page",))], GET, "fail"),
    ("wildcard path in the rule", [rule(("https://app.example.com/*",))], GET, "fail"),
    ("a subdomain wildcard wants its dot", [rule(("https://*.example.com",))], {**GET, "origin": "https://example.com"}, "fail"),
    ("a wildcard may be empty", [rule(("https://app*.example.com",))], GET, "pass"),
    ("a wildcard in the scheme", [rule(("http*://app.example.com",))], GET, "pass"),
    ("a port wildcard wants a port", [rule(("https://app.example.com:*",))], GET, "fail"),
    ("a port wildcard takes a port", [rule(("http://localhost:*",))], {**GET, "origin": "http://localhost:3000"}, "pass"),
    ("prefix and suffix must not overlap", [rule(("https://app.e*e.com",))], {**GET, "origin": "https://app.e.com"}, "fail"),
    ("a wildcard for null", [rule(ALL)], {**GET, "origin": "null"}, "pass"),
    ("null by name", [rule(("null",))], {**GET, "origin": "null"}, "pass"),
    ("null is not everything else", [rule((APP,))], {**GET, "origin": "null"}, "fail"),
    ("second entry matches", [rule(("https://b.example.com", APP))], GET, "pass"),
    ("no Origin header", [rule(("https://b.example.com",))], {"origin": None, "method": "GET"}, "pass"),
    ("no Origin header, no configuration", None, {"origin": None, "method": "GET"}, "pass"),
    ("OPTIONS without Origin", [rule()], {"origin": None, "method": "OPTIONS"}, "fail"),
    ("a question mark is not a wildcard", [rule(("https://ap?.example.com",))], GET, "fail"),
    # methods
    ("GET does not imply HEAD", [rule()], {**GET, "method": "HEAD"}, "fail"),
    ("HEAD by name", [rule(methods=("HEAD",))], {**GET, "method": "HEAD"}, "pass"),
    ("PUT is not listed", [rule()], PUT, "fail"),
    ("DELETE is not listed", [rule(methods=("GET", "PUT"), headers=ALL)], {**GET, "method": "DELETE"}, "fail"),
    ("DELETE by name", [rule(methods=("DELETE",))], {**GET, "method": "DELETE"}, "pass"),
    ("the page writes put", [rule(methods=("PUT",))], {**PUT, "method": "put"}, "pass"),
    ("the page writes patch", [rule(methods=("PUT",))], {**PUT, "method": "patch"}, "fail"),
    ("browsers send no TRACE", [rule()], {**GET, "method": "TRACE"}, "fail"),
    ("a page sends OPTIONS itself", [rule()], {**GET, "method": "OPTIONS"}, "fail"),
    ("a star is not a method", [rule(methods=ALL)], GET, "fail"),
    # headers and content types
    (
        "POST of JSON is preflighted",
        [rule(methods=("POST",))],
        {**GET, "method": "POST", "content_type": "application/json"},
        "fail",
    ),
    (
        "POST of JSON, header allowed",
        [rule(methods=("POST",), headers=("Content-Type",))],
        {**GET, "method": "POST", "headers": ["content-type"], "content_type": "application/json"},
        "pass",
    ),
    (
        "POST of plain text",
        [rule(methods=("POST",))],
        {**GET, "method": "POST", "content_type": "text/plain;charset=UTF-8"},
        "pass",
    ),
    (
        "POST of a form",
        [rule(methods=("POST",))],
        {**GET, "method": "POST", "content_type": "application/x-www-form-urlencoded"},
        "pass",
    ),
    (
        "an unsafe byte in a safe type",
        [rule(methods=("POST",))],
        {**GET, "method": "POST", "content_type": 'text/plain; a="b"'},
        "fail",
    ),
    ("PUT without headers", [rule(methods=("PUT",))], PUT, "pass"),
    ("PUT of an image", [rule(methods=("PUT",))], {**PUT, "content_type": "image/png"}, "fail"),
    ("GET with a header is preflighted", [rule()], {**GET, "headers": ["x-amz-date"]}, "fail"),
    ("case of header names", [rule(headers=("X-AMZ-Date",))], {**GET, "headers": ["x-amz-date"]}, "pass"),
    ("case of requested names", [rule(headers=("x-amz-*",))], {**GET, "headers": ["X-Amz-Date"]}, "pass"),
    ("a star covers authorization", [rule(headers=ALL)], {**GET, "headers": ["authorization"]}, "pass"),
    ("a wildcard in the middle", [rule(headers=("x-*-date",))], {**GET, "headers": ["x-amz-date"]}, "pass"),
    ("a wildcard at the front", [rule(headers=("*-date",))], {**GET, "headers": ["x-amz-date"]}, "pass"),
    ("an empty list of headers", [rule(headers=())], {**GET, "headers": ["x-amz-date"]}, "fail"),
    (
        "several entries cover together",
        [rule(headers=("x-amz-*", "content-type"))],
        {**GET, "headers": ["content-type", "x-amz-a"]},
        "pass",
    ),
    ("two wildcards in a header", [rule(headers=("x-*-*",))], GET, "fail"),
    ("range is covered", [rule(headers=("range",))], {**GET, "headers": ["range"]}, "pass"),
    ("range beside a refused header", [rule(headers=("range",))], {**GET, "headers": ["range", "x-a"]}, "fail"),
    ("range beside an allowed header", [rule(headers=("x-a",))], {**GET, "headers": ["range", "x-a"]}, "unknown"),
    ("range from another origin", [rule(("https://b.example.com",))], {**GET, "headers": ["range"]}, "fail"),
    # several rules
    (
        "an earlier rule answers the request itself, without the header to read",
        [rule(), rule(expose=("ETag",))],
        {**GET, "read_response_headers": ["ETag"]},
        "fail",
    ),
    ("the exposing rule first", [rule(expose=("ETag",)), rule()], {**GET, "read_response_headers": ["etag"]}, "pass"),
    (
        "the exposing rule answers only the preflight",
        [rule(methods=("PUT",)), rule(methods=("PUT",), headers=ALL, expose=("ETag",))],
        {**PUT, "headers": ["content-type"], "read_response_headers": ["ETag"]},
        "fail",
    ),
    ("ETag is not exposed", [rule()], {**GET, "read_response_headers": ["ETag"]}, "fail"),
    ("cookies are never readable", [rule(expose=("Set-Cookie",))], {**GET, "read_response_headers": ["Set-Cookie"]}, "fail"),
    (
        "another method does not shadow",
        [rule(ALL), rule(methods=("PUT",), headers=ALL)],
        {**PUT, "headers": ["content-type"]},
        "pass",
    ),
    ("a star first, with credentials", [rule(ALL), rule()], {**GET, "credentials": "include"}, "fail"),
    (
        "a star answers the preflight, with credentials",
        [rule(methods=("PUT",)), rule(ALL, ("PUT",), ALL)],
        {**PUT, "headers": ["content-type"], "credentials": "include"},
        "fail",
    ),
    ("a partial wildcard with credentials", [rule(("https://*",))], {**GET, "credentials": "include"}, "pass"),
    # what S3 rejects
    ("no rules", [], GET, "fail"),
    ("no origins", [{"AllowedMethods": ["GET"]}], GET, "fail"),
    ("no methods", [{"AllowedOrigins": [APP]}], GET, "fail"),
    ("another rule is invalid", [rule(), rule(methods=("PATCH",))], GET, "fail"),
    ("an ID of 256 characters", [rule(ID="x" * 256)], GET, "fail"),
    ("an ID of 255 characters", [rule(ID="x" * 255)], GET, "pass"),
    ("100 rules", [rule()] * 100, GET, "pass"),
    ("a field of CloudFormation's", [rule(ExposedHeaders=["ETag"])], GET, "fail"),
    ("MaxAgeSeconds does not matter", [rule(MaxAgeSeconds=0)], GET, "pass"),
    # all origins, all headers
    ("every origin", [rule(ALL)], {"for_all_origins": "*", "method": "GET"}, "pass"),
    ("every origin of a wider pattern", [rule(("https://a*",))], {"for_all_origins": "https://*", "method": "GET"}, "fail"),
    ("two rules cover together", [rule(("https://*",)), rule(("http*",))], {"for_all_origins": "http*", "method": "GET"}, "pass"),
    ("an unresolved origin for all", [rule((X,))], {"for_all_origins": "https://*.example.com", "method": "GET"}, "unknown"),
    ("no star can help a scheme", [rule((f"http://{X}",))], {"for_all_origins": "https://*.example.com", "method": "GET"}, "fail"),
    ("all metadata headers", [rule(methods=("PUT",), headers=ALL)], {**PUT, "for_all_headers": "x-amz-meta-*"}, "pass"),
    ("all headers", [rule(methods=("PUT",), headers=("x-*",))], {**PUT, "for_all_headers": "*"}, "fail"),
    # what is unresolved
    ("the whole configuration", unresolved("var.rules"), GET, "unknown"),
    ("the whole configuration, a method that S3 does not know", unresolved("var.rules"), {**GET, "method": "PATCH"}, "fail"),
    ("a whole rule", [X], GET, "unknown"),
    ("a whole rule before one that matches", [X, rule()], GET, "pass"),
    ("a whole rule after one that matches", [rule(), X], {**GET, "credentials": "include"}, "pass"),
    ("a whole rule before, with credentials", [X, rule()], {**GET, "credentials": "include"}, "unknown"),
    (
        "a whole rule before, and a header to read",
        [X, rule(expose=("ETag",))],
        {**GET, "read_response_headers": ["ETag"]},
        "unknown",
    ),
    ("a list of origins", [rule(X)], GET, "unknown"),
    ("a list of origins, wrong method", [rule(X, ("PUT",))], GET, "fail"),
    ("a list of methods", [rule(methods=X)], GET, "unknown"),
    ("a list of headers that nobody asks for", [rule(methods=("PUT",), headers=X)], PUT, "pass"),
    ("a list of headers", [rule(methods=("PUT",), headers=X)], {**PUT, "headers": ["content-type"]}, "unknown"),
    ("a header that is listed beside an unknown one", [rule(headers=("x-a", X))], {**GET, "headers": ["x-a"]}, "pass"),
    ("an unknown header", [rule(headers=("x-a", X))], {**GET, "headers": ["x-a", "x-b"]}, "unknown"),
    ("an unknown header that cannot match", [rule(headers=(f"y-{X}",))], {**GET, "headers": ["x-a"]}, "fail"),
    ("an unknown header of two that cannot match both", [rule(headers=(f"x-a{X}",))], {**GET, "headers": ["x-a", "x-b"]}, "fail"),
    ("an exposed header", [rule(expose=(X,))], {**GET, "read_response_headers": ["ETag"]}, "unknown"),
    ("one unknown exposed header for two", [rule(expose=(X,))], {**GET, "read_response_headers": ["ETag", "x-a"]}, "fail"),
    ("an exposed list", [rule(expose=X)], {**GET, "read_response_headers": ["ETag"]}, "unknown"),
    ("an exposed list that nobody needs", [rule(expose=X)], GET, "pass"),
    ("an unknown origin", [rule((X,))], GET, "unknown"),
    ("an unknown origin beside the one", [rule((X, APP))], GET, "pass"),
    ("an unknown origin beside the one, with credentials", [rule((X, APP))], {**GET, "credentials": "include"}, "unknown"),
    ("a template is never a star", [rule((f"https://{X}", APP))], {**GET, "credentials": "include"}, "pass"),
    ("an unknown host", [rule((f"https://{X}",))], GET, "unknown"),
    ("an unknown host with a trailing slash", [rule((f"https://{X}/",))], GET, "fail"),
    ("an unknown subdomain", [rule((f"https://{X}.example.com",))], GET, "unknown"),
    ("an unknown subdomain of another domain", [rule((f"https://{X}.example.org",))], GET, "fail"),
    ("an unknown port", [rule((f"{APP}:{X}",))], GET, "fail"),
    ("two holes", [rule((f"https://{X}.{Y}",))], GET, "unknown"),
    ("two holes that cannot match", [rule((f"https://{X}.{Y}/",))], GET, "fail"),
    ("an unknown method", [rule(methods=(X,))], GET, "unknown"),
    ("an unknown method that S3 would have to know", [rule(methods=(f"X-{X}",))], GET, "fail"),
    ("an unknown method for one that S3 does not know", [rule(methods=(X,))], {**GET, "method": "PATCH"}, "fail"),
    ("one variable is not an origin and method at once", [rule((X,), (X,))], GET, "fail"),
    ("one variable is not two hosts", [rule((f"https://a.{X}",)), rule((f"https://b.{X}",))], GET, "fail"),
    ("an unknown rule or a certain one", [rule((X,), ("PUT",), ALL), rule((APP,), ("PUT",), ALL)], PUT, "pass"),
    ("the same variable in both rules", [rule((X,), ("GET",)), rule((X,), ("PUT",))], {**PUT}, "unknown"),
    ("invalid beside unresolved", [rule((X,)), rule(methods=("PATCH",))], GET, "fail"),
    ("an unknown ID", [rule(ID=X)], GET, "pass"),
    ("an unknown MaxAgeSeconds", [rule(MaxAgeSeconds=X)], GET, "pass"),
]


@pytest.mark.parametrize(
    ("rules", "request_", "answer"), [variant[1:] for variant in VARIANTS], ids=[variant[0] for variant in VARIANTS]
)
def test_decides_the_variant(rules: Any, request_: dict[str, Any], answer: str) -> None:
    assert decide_cors({"cors_rules": rules, "request": request_})["answer"] == answer


@pytest.mark.parametrize(
    ("rules", "request_", "witness"),
    [
        ([rule(("https://a*",))], {"for_all_origins": "https://*", "method": "GET"}, "https://"),
        ([rule(("https://*.a.com",)), rule(("https://.*",))], {"for_all_origins": "https://*", "method": "GET"}, "https://"),
        ([rule(methods=("PUT",), headers=("x-*",))], {**PUT, "for_all_headers": "*"}, ""),
        ([rule(methods=("PUT",), headers=("X-Amz-Meta-*",))], {**PUT, "for_all_headers": "x-amz-*"}, "x-amz-"),
    ],
)
def test_shows_the_shortest_that_fails(rules: Any, request_: dict[str, Any], witness: str) -> None:
    assert decide_cors({"cors_rules": rules, "request": request_})["witness"] == witness


def test_names_what_an_answer_turns_on() -> None:
    rules = [rule((X,), ("PUT", Y), unresolved("var.z"))]
    got = decide_cors({"cors_rules": rules, "request": {**GET, "headers": ["x-a"]}})
    assert got["answer"] == "unknown"
    assert sorted(got["unknown_because"]) == ["var.x", "var.y", "var.z"]


@pytest.mark.hostile
def test_too_much_that_is_open_stays_open() -> None:
    rules = [
        rule(tuple(unresolved(f"o{i}{j}") for j in range(5)), tuple(unresolved(f"m{i}{j}") for j in range(5)), unresolved(f"h{i}"))
        for i in range(20)
    ]
    got = decide_cors({"cors_rules": rules, "request": {**PUT, "headers": ["x-a"]}})
    assert got["answer"] == "unknown"
    assert "o00" in got["unknown_because"]
