"""A change as SARIF: the findings of both sides with their `baselineState`, and the access that is gained."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from auditor.changes import findings
from auditor.cli import main
from tests.changes.test_diff import BUCKET
from tests.changes.test_repository import committed, git
from tests.render.test_sarif import finding, validator

NO_METHOD = BUCKET.replace('"GET", "PUT"', '"GET"')


def results(*arguments: str) -> list[Any]:
    ran = CliRunner().invoke(main, ["diff", *arguments, "--format", "sarif"], catch_exceptions=False)
    log = json.loads(ran.stdout)
    assert [error.message for error in validator().iter_errors(log)] == []
    [run] = log["runs"]
    assert run["invocations"][0]["exitCode"] == ran.exit_code
    found: list[Any] = run["results"]
    return found


def states(found: list[Any]) -> list[tuple[str, str, str, int]]:
    return [
        (
            one["ruleId"],
            one["baselineState"],
            one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            one["locations"][0]["physicalLocation"]["region"]["startLine"],
        )
        for one in found
    ]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    for name, text in {
        "good": BUCKET,
        "bad": NO_METHOD,
        "shifted": f"# a comment\n{NO_METHOD}",
        "renamed": NO_METHOD.replace('" "b"', '" "c"').replace(".b.", ".c.")
        + "moved {\n  from = aws_s3_bucket.b\n  to = aws_s3_bucket.c\n}\n",
        "public": BUCKET.replace('AWS = "arn:aws:iam::258327614892:role/external_s3"', 'AWS = "*"'),
    }.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.tf").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("good", "good", []),
        ("good", "bad", [("cors-request-refused", "new", "bad/main.tf", 12)]),
        ("bad", "good", [("cors-request-refused", "absent", "good/main.tf", 12)]),
        ("bad", "shifted", [("cors-request-refused", "unchanged", "shifted/main.tf", 13)]),
        ("bad", "renamed", [("cors-request-refused", "unchanged", "renamed/main.tf", 12)]),
    ],
)
def test_every_finding_has_its_state(old: str, new: str, expected: list[tuple[str, str, str, int]]) -> None:
    assert states(results(old, new)) == expected


def test_a_finding_that_says_something_else_is_updated() -> None:
    old, other = finding(message="It is A.", subject="a"), finding(message="It is A.", subject="b")
    new = [
        finding(message="It is B.", subject="a"),
        finding(4, message="It is A.", subject="b"),
        finding(message="It is A.", subject="c"),
    ]
    assert list(findings.states([old, other], new, str).values()) == [
        findings.BaselineState.UPDATED,
        findings.BaselineState.UNCHANGED,
        findings.BaselineState.NEW,
    ]
    assert findings.states([old], [], str) == {old: findings.BaselineState.ABSENT}


@pytest.mark.usefixtures("here")
def test_what_is_gone_is_not_told_beside_what_is_there(here: Path) -> None:
    for name, methods in (("none", '"HEAD"'), ("one", '"GET"')):
        (here / name).mkdir()
        (here / name / "main.tf").write_text(BUCKET.replace('"GET", "PUT"', methods), encoding="utf-8")
    [one] = results("none", "one")
    assert one["baselineState"] == "updated"
    assert "GET and PUT" not in json.dumps(one)
    assert "more here" not in one["message"]["text"]


@pytest.mark.usefixtures("here")
def test_public_access_is_an_error() -> None:
    [one] = [one for one in results("good", "public") if one["ruleId"] == "access-gained"]
    assert (one["level"], one["baselineState"]) == ("error", "new")
    assert one["message"]["text"].startswith(
        "Public access: the bucket policy of aws_s3_bucket.b allows more: anyone may s3:GetObject on arn:aws:s3:::acme/x (statement 'Darwin')."
    )


@pytest.mark.process
def test_places_are_told_from_the_top_of_the_repository(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / ".git").rmdir()
    committed()
    (here / "good" / "main.tf").write_text(NO_METHOD, encoding="utf-8")
    monkeypatch.chdir(here / "bad")
    expected = [("cors-request-refused", "new", "good/main.tf", 12)]
    assert states(results("HEAD")) == expected
    git("add", "--all", "..")
    git("commit", "--quiet", "--message", "b")
    assert states(results("HEAD~1", "HEAD")) == expected
