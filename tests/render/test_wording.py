from __future__ import annotations

import dataclasses

import pytest

from auditor.foundation.errors import enumerated
from auditor.render.parts.wording import (
    counted,
    depends_on,
    resolution_sentence,
    sentence,
    summary,
    unknown_sentence,
    witness,
)
from auditor.verdict import Outcome, Resolution, Status, Verdict
from tests.render.builder import ARCHIVE, CONTRACT, IMAGES, NEEDS, ROLE, ROLE_SETTLES, at, empty, opened, sample

GET, PUT, DECRYPT, _, CORS_GET, CORS_PUT, _ = NEEDS


@pytest.mark.parametrize(
    ("need", "named", "said"),
    [
        (PUT, {}, ""),
        (PUT, {"key": "in/a"}, "PUT of 'in/a' is refused"),
        (GET, {"request": f"GetObject by {ROLE}", "key": "x"}, "GET of 'x' is refused"),
        (
            GET,
            {"request": f"GetObject by {ROLE}", "key": "x", "aws:SourceIp": "1.2.3.4"},
            "GET of 'x' (aws:SourceIp: 1.2.3.4) is refused",
        ),
        (DECRYPT, {"request": f"Decrypt by {ROLE}"}, f"Decrypt by {ROLE} is refused"),
        (DECRYPT, {"request": "Decrypt by P", "key": "x"}, "Decrypt by P for 'x' is refused"),
        (DECRYPT, {"region": "eu-west-1"}, ""),
        (CORS_GET, {"method": "GET", "origin": "https://o"}, "GET from https://o is refused"),
        (
            CORS_PUT,
            {"origin": "https://o", "method": "PUT", "headers": "content-type", "answer": "S3 answers 403 to the preflight"},
            "PUT from https://o with the headers content-type: S3 answers 403 to the preflight",
        ),
    ],
)
def test_witness(need: object, named: dict[str, str], said: str) -> None:
    verdict = Verdict(CONTRACT, IMAGES, need, Outcome(Status.FAILS, "why", at("x", 1), named))  # type: ignore[arg-type]
    assert witness(verdict) == said


@pytest.mark.parametrize(
    ("resolution", "needs", "said"),
    [
        (ROLE_SETTLES, (), f"holds if it is {ROLE}, fails if it is something else"),
        (ROLE_SETTLES, ("a", "b"), f"a and b hold if it is {ROLE}, fail if it is something else"),
        (ROLE_SETTLES, ("a",), f"a holds if it is {ROLE}, fails if it is something else"),
        (Resolution("x", "unknown", fails_if="y is 1"), ("a",), "a fails if y is 1"),
        (Resolution("x", "unknown"), ("a",), ""),
        (Resolution("x", "x is unknown", "x is 1"), ("a",), "a holds if it is 1"),
        (Resolution("Env == 1", "Env has no default", "Env == 1 is true"), ("a",), "a holds if Env == 1 is true"),
        (
            Resolution("long" * 30, "the module is not available locally", f"{'long' * 30} denies it"),
            ("a",),
            "a holds if it denies it",
        ),
        (
            Resolution("lookup(a, b)", "a has no default", "lookup(a, b) makes it x", "lookup(a, b) is something else"),
            ("a",),
            "a holds if lookup(a, b) makes it x, fails if it is something else",
        ),
        (
            Resolution("var.x == 0", "why", "var.x == 0 is false", "var.x == 0 is true"),
            (),
            "holds if var.x == 0 is false, fails if it is true",
        ),
        (Resolution("PAB", "why", "PAB is false", "PAB is true"), (), "holds if PAB is false, fails if PAB is true"),
        (
            Resolution("data.b.c", "data.b.c is elsewhere", "a rule from data.b.c allows it", "no rule from data.b.c allows it"),
            (),
            "holds if a rule from it allows it, fails if none does",
        ),
        (
            Resolution("aws:x", "why", "aws:x is 1", "the request has no aws:x"),
            (),
            "holds if aws:x is 1, fails if the request has no aws:x",
        ),
    ],
)
def test_turns_on(resolution: Resolution, needs: tuple[str, ...], said: str) -> None:
    assert depends_on(resolution, needs) == said


def test_settlement_sentence() -> None:
    assert resolution_sentence(ROLE_SETTLES) == (
        f"var.role_arn has no default: holds if it is {ROLE}, fails if it is something else; give it with --var role_arn=…"
    )
    assert resolution_sentence(Resolution("x", "x is unknown")) == "x is unknown"


def test_open_sentence() -> None:
    unknown = opened(ARCHIVE)[0]
    resolution = Resolution("x", "x is unknown", hint="set it")
    verdict = dataclasses.replace(unknown, outcome=dataclasses.replace(unknown.outcome, resolved_by=(resolution,)))
    assert (
        unknown_sentence(verdict)
        == "s3:GetObject of 'aws_s3_bucket.archive' is unknown: it depends on 'var.role_arn'. x is unknown; set it."
    )


def test_summary() -> None:
    assert summary(sample()) == (
        "3 buckets: 4 fail, 2 unknown, 9 hold, 6 not applicable; 3 findings (2 errors, 1 warning); 1 input not read"
    )
    assert summary(empty()) == "nothing was audited"


def test_words() -> None:
    assert [counted(1, "bucket"), counted(2, "bucket"), counted(0, "entry", "entries")] == ["1 bucket", "2 buckets", "0 entries"]
    assert [enumerated(words) for words in ((), ("a",), ("a", "b"), ("a", "b", "c"))] == ["", "a", "a and b", "a, b and c"]
    assert [sentence(text) for text in ("a", "a.", " a… ", "")] == ["a.", "a.", "a…", ""]
