"""The baseline in a comparison: what it lists does not count, and what the change adds to it is said first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.changes.said import said
from tests.changes.test_configuration import LESS, changed
from tests.changes.test_diff import BUCKET, Run, run
from tests.changes.test_repository import committed, git
from tests.test_reach import planted

__all__ = ["run"]  # the fixture, which works in `tmp_path`

KNOWN = "access-grant-missing of aws_s3_bucket.b in {} (s3:PutObject, v7-darwin)"


def baseline(*entries: tuple[str, str], bucket: str = "aws_s3_bucket.b", count: int = 1) -> str:
    """One with a missing grant to write for each root and file."""
    found: list[dict[str, Any]] = [
        {
            "fingerprint": f"access-grant-missing/{file.replace('/', '%2F')}/{bucket}/s3:PutObject",
            "contract": "v7-darwin",
            "root": root,
            "count": count,
        }
        for root, file in entries
    ]
    return json.dumps({"version": 1, "findings": found}, indent=2)


def told(*arguments: str) -> list[tuple[object, ...]]:
    return changed(said(*arguments), "kind", "name", "old", "new", "weakens")


@pytest.fixture
def two(tmp_path: Path, run: Run) -> Run:
    """Two directories, of which the new one allows one action less."""
    (tmp_path / ".git").mkdir()
    for name, code in (("a", BUCKET), ("b", LESS)):
        planted(tmp_path / name, {"main.tf": code})
    return run


def test_what_the_baseline_lists_does_not_count(two: Run, tmp_path: Path) -> None:
    planted(tmp_path, {"known.json": baseline(("b", "b/main.tf"))})
    assert two("a", "b").exit_code == 1
    ran = two("a", "b", "--baseline", "known.json")
    assert ran.exit_code == 0
    assert ran.stdout == (
        "aws_s3_bucket.b: s3:PutObject was 'holds' and is 'fails' (v7-darwin)\n"
        "  --> main.tf:19:12\n"
        "  now: no statement allows s3:PutObject\n"
        "  accepted by a comment, a setting or the baseline\n"
        "\n"
        "the bucket policy of aws_s3_bucket.b allows less\n"
        "  --> main.tf:19:12\n"
        "  lost: arn:aws:iam::258327614892:role/external_s3 may s3:PutObject on arn:aws:s3:::acme/x (statement 'Darwin')\n"
        "\n"
        "✓ 1 verdict got worse, 1 policy allows less.\n"
    )
    states = [one.get("baselineState") for one in json.loads(two("b", "b", "--format", "sarif").stdout)["runs"][0]["results"]]
    assert states == ["unchanged"]
    ran = two("b", "b", "--format", "sarif", "--baseline", "known.json")
    assert json.loads(ran.stdout)["runs"][0]["results"] == [], "as in the audit, what is known is left out; it is not absent either"


CASES: dict[str, tuple[str | None, str, list[tuple[object, ...]]]] = {
    "an entry more": (
        baseline(),
        baseline(("b", "b/main.tf")),
        [("baseline-entry", KNOWN.format("b/main.tf"), None, "1 finding", True)],
    ),
    "an entry less": (baseline(("x", "x.tf")), baseline(), [("baseline-entry", KNOWN.format("x.tf"), "1 finding", None, False)]),
    "one that stands for more": (
        baseline(("x", "x.tf")),
        baseline(("x", "x.tf"), count=2),
        [("baseline-entry", KNOWN.format("x.tf"), "1 finding", "2 findings", True)],
    ),
    "a new baseline": (None, baseline(("x", "x.tf"), ("y", "y.tf")), [("baseline", "known.json", None, "2 findings", True)]),
    "the same in another order": (baseline(("x", "x.tf"), ("y", "y.tf")), baseline(("y", "y.tf"), ("x", "x.tf")), []),
}


@pytest.mark.parametrize("name", CASES)
def test_what_a_change_does_to_the_baseline_is_told(name: str, two: Run, tmp_path: Path) -> None:
    old, new, expected = CASES[name]
    for folder, text in (("a", old), ("b", new)):
        planted(tmp_path / folder, {"known.json": text} if text else {})
    assert told("a", "b", "--baseline", "b/known.json") == expected
    ran = two("a", "b", "--baseline", "b/known.json")
    if expected and expected[0][-1]:
        assert ran.stdout.startswith(f"the audit itself: the {'baseline' if old is None else 'baseline entry'} '")


@pytest.mark.usefixtures("run")
def test_an_entry_of_what_moved_is_the_same(tmp_path: Path) -> None:
    moved = LESS.replace('"aws_s3_bucket" "b"', '"aws_s3_bucket" "c"').replace("aws_s3_bucket.b.", "aws_s3_bucket.c.")
    moved += "moved {\n  from = aws_s3_bucket.b\n  to   = aws_s3_bucket.c\n}\n"
    planted(tmp_path / "a", {"main.tf": LESS, "known.json": baseline((".", "main.tf"))})
    planted(tmp_path / "b", {"main.tf": moved, "known.json": baseline((".", "main.tf"), bucket="aws_s3_bucket.c")})
    assert told("a", "b", "--baseline", "b/known.json") == []


def test_a_baseline_that_cannot_be_used_is_an_error(two: Run, tmp_path: Path) -> None:
    ran = two("a", "b", "--baseline", "known.json")
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert ran.stderr.endswith("known.json:1:1: there is no such baseline: --update-baseline writes it\n")
    planted(tmp_path / "b", {"known.json": "{"})
    assert two("a", "b", "--baseline", "b/known.json").exit_code == 2


@pytest.mark.process
def test_of_revisions_each_has_its_own(tmp_path: Path, run: Run) -> None:
    planted(tmp_path, {"infra/main.tf": BUCKET, "known.json": baseline()})
    committed()
    planted(tmp_path, {"infra/main.tf": LESS, "known.json": baseline(("infra", "infra/main.tf"))})
    entry = ("baseline-entry", KNOWN.format("infra/main.tf"), None, "1 finding", True)
    assert told("HEAD", "--baseline", "known.json") == [entry]
    assert run("HEAD", "--baseline", "known.json").exit_code == 0
    git("commit", "--quiet", "--all", "--message", "b")
    planted(tmp_path, {"known.json": baseline()})
    assert told("HEAD~1", "HEAD", "--baseline", "known.json") == [entry]
    assert run("HEAD~1", "HEAD", "--baseline", "known.json").exit_code == 0
    assert run("HEAD~1", "HEAD").exit_code == 1
