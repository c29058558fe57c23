from __future__ import annotations

from typing import Any

import pytest

from auditor.aws.cors_fields import API, CLOUD_CONTROL, CLOUDFORMATION, TERRAFORM, XML, CorsFields
from auditor.cors import CorsConfiguration, CorsFlaw, Defect, Rest, as_browsers_send, origin_fault, parse_cors
from auditor.foundation.location import Location
from auditor.foundation.value import ALWAYS, Choice, JsonText, Known, ListValue, MapValue, Symbol, Unknown, Value, When
from tests.policy.cors_case import value_of

FILE = Location("main.tf", 1, 1, 9, 2)


def at(line: int) -> Location:
    return Location("main.tf", line, 3, line, 9)


def parsed(data: Any) -> CorsConfiguration:
    return parse_cors(value_of(data), FILE)


def reasons(data: Any) -> list[str]:
    return [problem.reason for problem in parsed(data).problems]


GOOD = {"AllowedOrigins": ["https://a.example"], "AllowedMethods": ["GET"]}


def test_places_are_those_of_the_entries() -> None:
    origin, method = Known("https://a.example/", at(4)), Known("GET", at(5))
    rule = MapValue(
        {"AllowedOrigins": ListValue((origin,), at(3)), "AllowedMethods": ListValue((method,)), "AllowedHeaders": Known(None)},
        at(2),
        key_locations={"AllowedMethods": at(6)},
    )
    configuration = parse_cors(ListValue((rule,), at(1)), FILE)
    (found,) = configuration.known_rules
    assert configuration.location == at(1)
    assert (found.number, found.location) == (1, at(2))
    assert (found.origins.location, found.origins.items[0].location) == (at(3), at(4))
    assert (found.methods.location, found.methods.items[0].location) == (at(6), at(5))
    assert (found.headers.location, found.headers.written) == (at(2), False)
    assert configuration.problems == (
        Defect(
            CorsFlaw.USELESS,
            "AllowedOrigins of rule 1 has 'https://a.example/' with a trailing slash",
            at(4),
            subject="https://a.example/",
            hint="Write 'https://a.example'.",
            instead="https://a.example",
        ),
    )


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ([], ["it has no rules"]),
        ([GOOD] * 101, ["it has 101 rules, and at most 100 are allowed"]),
        ([{**GOOD, "AllowedOrigins": ["x" * 70_000 + "://*"]}], ["it is larger than 64 KB"]),
        ([{}], ["rule 1 has no AllowedOrigins", "rule 1 has no AllowedMethods"]),
        ([GOOD, {**GOOD, "AllowedMethods": []}], ["rule 2 has an empty AllowedMethods"]),
        ([{**GOOD, "AllowedMethods": ["put"]}],
         ["rule 1 lists the method 'put', and S3 knows only GET, PUT, POST, DELETE and HEAD"]),
        ([{**GOOD, "AllowedOrigins": ["https://*.*"]}], ["AllowedOrigins of rule 1 has 'https://*.*' with more than one '*'"]),
        ([{**GOOD, "AllowedHeaders": ["*-*"]}], ["AllowedHeaders of rule 1 has '*-*' with more than one '*'"]),
        ([{**GOOD, "ExposeHeaders": ["x-*"]}], ["ExposeHeaders of rule 1 has 'x-*', and S3 takes no wildcard there"]),
        ([{**GOOD, "ID": "i" * 300}], ["the ID of rule 1 has 300 characters, and at most 255 are allowed"]),
        ([{**GOOD, "MaxAgeSeconds": "ten"}], ["the MaxAgeSeconds of rule 1 is 'ten', which is not a whole number"]),
        ([{**GOOD, "MaxAgeSeconds": 1.5}], ["the MaxAgeSeconds of rule 1 is '1.5', which is not a whole number"]),
        ([{**GOOD, "MaxAgeSeconds": "300"}], []),
        ([{**GOOD, "MaxAgeSeconds": -1}], []),
        ([{**GOOD, "responseHeader": ["*"]}], ["rule 1 has 'responseHeader', which is not a field of a CORS rule"]),
        ([{**GOOD, "AllowedMethods": ["{{unresolved:var.m}}"]}], []),
        ([{**GOOD, "AllowedMethods": ["{{unresolved:var.m}}-"]}],
         ["rule 1 lists the method '<var.m>-', and S3 knows only GET, PUT, POST, DELETE and HEAD"]),
        ({"CORSRules": [GOOD]}, []),
        ({"CORSRules": []}, ["it has no rules"]),
    ],
)  # fmt: skip
def test_what_s3_rejects(data: Any, expected: list[str]) -> None:
    assert reasons(data) == expected


@pytest.mark.parametrize("seconds", [-1, 2**31])
def test_seconds_that_s3_may_not_take(seconds: int) -> None:
    (when,) = parsed([GOOD, {**GOOD, "MaxAgeSeconds": seconds}]).absent
    ((symbol, truth),) = when.literals
    assert (symbol.name, symbol.reason, truth) == (
        "MaxAgeSeconds of rule 2",
        f"AWS does not document whether S3 takes {seconds} seconds",
        True,
    )


def test_an_unknown_field_is_told_its_name() -> None:
    fixes = {
        problem.subject: problem.hint for problem in parsed([{**GOOD, "ExposedHeaders": [], "maxAge": 1, "colour": 1}]).problems
    }
    assert fixes == {"ExposedHeaders": "Write 'ExposeHeaders'.", "maxAge": "Write 'MaxAgeSeconds'.", "colour": "Remove 'colour'."}


SWITCH = Symbol("var.on", "var.on has no default")
ON, OFF = When().and_(SWITCH), When().and_(SWITCH, truth=False)
UNKNOWN = Symbol("var.rules", "var.rules has no default")


@pytest.mark.parametrize(
    ("content", "whens", "absent"),
    [
        (Known(None), [], (ALWAYS,)),
        (Choice(SWITCH, value_of([GOOD]), Known(None)), [ON], (OFF,)),
        (Choice(SWITCH, value_of([GOOD]), value_of([GOOD, GOOD])), [ON, OFF, OFF], ()),
        (ListValue((Choice(SWITCH, value_of(GOOD), Known(None)), value_of(GOOD))), [ON, ALWAYS], ()),
        (JsonText(value_of([GOOD])), [ALWAYS], ()),
        (Unknown(UNKNOWN), [], ()),
    ],
)
def test_conditions_become_guards(content: Value, whens: list[When], absent: tuple[When, ...]) -> None:
    configuration = parse_cors(content, FILE)
    assert [rule.when for rule in configuration.known_rules] == whens
    assert configuration.absent == absent


def test_what_is_open_stays_in_its_place() -> None:
    assert parse_cors(Unknown(UNKNOWN), FILE).rules == (Rest(UNKNOWN, ALWAYS, FILE),)
    further = parse_cors(ListValue((value_of(GOOD),), rest=UNKNOWN), FILE)
    assert further.rules[0] == Rest(UNKNOWN, ALWAYS, FILE)
    assert further.known_rules == parsed([GOOD]).known_rules
    (partly,) = parse_cors(ListValue((MapValue({"AllowedMethods": value_of(["GET"])}, rest=UNKNOWN),)), FILE).known_rules
    assert partly.origins.rests == (Rest(UNKNOWN, ALWAYS, FILE),)
    assert parse_cors(ListValue((MapValue({"AllowedMethods": value_of(["GET"])}, rest=UNKNOWN),)), FILE).problems == ()


@pytest.mark.parametrize(
    "content", [Known("text"), Known(1), MapValue({}), ListValue((Known("text"),)), value_of([{"AllowedOrigins": "*"}])]
)
def test_what_has_another_shape_is_open_and_not_guessed(content: Value) -> None:
    configuration = parse_cors(content, FILE)
    rests = [rule for rule in configuration.rules if isinstance(rule, Rest)]
    rests.extend(rest for rule in configuration.known_rules for rest in rule.origins.rests)
    assert [rest.symbol.reason for rest in rests] in (
        ["they are not a list of rules"],
        ["it is not a rule"],
        ["it is not a list"],
    )


@pytest.mark.parametrize(
    ("written", "fault", "sent"),
    [
        ("*", "", ""),
        ("null", "", ""),
        ("https://darwin.v7labs.com", "", ""),
        ("http://localhost:3000", "", ""),
        ("http://[::1]:3000", "", ""),
        ("capacitor://localhost", "", ""),
        ("https://*.v7labs.com", "", ""),
        ("*.v7labs.com", "", ""),
        ("http*", "", ""),
        ("*://darwin.v7labs.com", "", ""),
        ("http://localhost:*", "", ""),
        ("", "which is empty", ""),
        ("https://darwin.v7labs.com/", "with a trailing slash", "https://darwin.v7labs.com"),
        ("*://darwin.v7labs.com/", "with a trailing slash", "*://darwin.v7labs.com"),
        ("https://darwin.v7labs.com/*", "with a path", "https://darwin.v7labs.com"),
        ("https://darwin.v7labs.com/workview", "with a path", "https://darwin.v7labs.com"),
        ("https://darwin.v7labs.com?a", "with a query or fragment", "https://darwin.v7labs.com"),
        ("https://user@darwin.v7labs.com", "with user information", "https://darwin.v7labs.com"),
        ("https://Darwin.V7labs.com", "with upper-case letters", "https://darwin.v7labs.com"),
        ("HTTPS://darwin.v7labs.com:443/", "with a trailing slash", "https://darwin.v7labs.com"),
        ("https://darwin.v7labs.com:443", "with the default port 443", "https://darwin.v7labs.com"),
        ("http://darwin.v7labs.com:80", "with the default port 80", "http://darwin.v7labs.com"),
        ("https://darwin.v7labs.com:80", "", ""),
        ("<https://darwin.v7labs.com>", "with angle brackets", "https://darwin.v7labs.com"),
        (" https://darwin.v7labs.com", "with white space", "https://darwin.v7labs.com"),
        ("darwin.v7labs.com", "without a scheme", "https://darwin.v7labs.com"),
        ("localhost:3000", "without a scheme", ""),
        ("localhost:*", "without a scheme", ""),
        ("https://", "without a host", ""),
        ("https://münchen.example", "with letters that browsers write in Punycode", ""),
        ("https://a.example:0443", "with a port that begins with 0", ""),
    ],
)
def test_what_browsers_send(written: str, fault: str, sent: str) -> None:
    assert (origin_fault(written), as_browsers_send(written)) == (fault, sent)


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("get", "Write 'GET'."),
        ("GET,PUT", "Write 'GET' and 'PUT' as entries of their own."),
        ("get, put head", "Write 'GET', 'PUT' and 'HEAD' as entries of their own."),
        ("GET,PATCH", "Remove 'GET,PATCH'."),
        ("OPTIONS", "Remove 'OPTIONS'."),
    ],
)
def test_what_to_do_about_a_method_that_s3_does_not_know(written: str, hint: str) -> None:
    assert [problem.hint for problem in parsed([{**GOOD, "AllowedMethods": [written]}]).problems] == [hint]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (API, "ExposeHeaders, AllowedOrigins, AllowedMethods, MaxAgeSeconds, ID"),
        (XML, "ExposeHeader, AllowedOrigin, AllowedMethod, MaxAgeSeconds, ID"),
        (CLOUDFORMATION, "ExposedHeaders, AllowedOrigins, AllowedMethods, MaxAge, Id"),
        (TERRAFORM, "expose_headers, allowed_origins, allowed_methods, max_age_seconds, id"),
        (CLOUD_CONTROL, "exposed_headers, allowed_origins, allowed_methods, max_age, id"),
    ],
)
def test_fields_are_called_as_their_language_calls_them(fields: CorsFields, said: str) -> None:
    exposed, origins, methods, age, name = said.split(", ")
    rule = {"AllowedOrigins": ["https://*.*"], "ExposeHeaders": ["*"], "MaxAgeSeconds": "x", "ID": "a" * 256}
    assert [(problem.reason, problem.hint) for problem in parse_cors(value_of([rule]), FILE, fields).problems] == [
        (f"rule 1 has no {methods}", f"Give it {methods} with at least a method."),
        (f"{origins} of rule 1 has 'https://*.*' with more than one '*'", "Keep at most one '*' in each entry."),
        (f"{exposed} of rule 1 has '*', and S3 takes no wildcard there", "List the response headers one by one."),
        (f"the {name} of rule 1 has 256 characters, and at most 255 are allowed", f"Shorten the {name}."),
        (f"the {age} of rule 1 is 'x', which is not a whole number", "Write a number of seconds."),
    ]
