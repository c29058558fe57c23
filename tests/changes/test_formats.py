"""What a change does, as a comment on a pull request and as workflow annotations."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.render.change import markdown
from tests.changes.test_diff import BUCKET, ROLE, Run, run

__all__ = ["run"]  # the fixture


@pytest.fixture
def sides(tmp_path: Path, run: Run) -> Run:
    """The command in a repository with two sides: the new one allows one action less, and another method."""
    (tmp_path / ".git").mkdir()
    less = BUCKET.replace('"s3:GetObject", "s3:PutObject"', '"s3:GetObject"').replace('"PUT"', '"HEAD"')
    for name, text in (("a", BUCKET), ("b", less), ("broken", less + "\nlocals {")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.tf").write_text(text, encoding="utf-8")
    return run


def test_a_comment_has_what_changed_and_where(sides: Run) -> None:
    ran = sides("a", "b", "--format", "markdown")
    assert ran.exit_code == 1
    assert ran.stdout == (
        "## ❌ auditor: what this change does\n"
        "\n"
        "2 verdicts got worse, 1 policy allows less, CORS changed on 1 bucket.\n"
        "\n"
        "- ❌ **aws\\_s3\\_bucket.b: s3:PutObject was `holds` and is `fails` (v7-darwin)** — main.tf:19:12\n"
        "  - now: no statement allows s3:PutObject\n"
        "\n"
        "- ❌ **aws\\_s3\\_bucket.b: cors:PUT was `holds` and is `fails` (v7-darwin)** — main.tf:12:23\n"
        "  - now: rule 1 does not list PUT\n"
        "\n"
        "- 💡 **the bucket policy of aws\\_s3\\_bucket.b allows less** — main.tf:19:12\n"
        f"  - lost: {ROLE.replace('_', chr(92) + '_')} may s3:PutObject on arn:aws:s3:::acme/x (statement `Darwin`)\n"
        "\n"
        "- ⚠️ **pages see aws\\_s3\\_bucket.b differently** — main.tf:9:1\n"
        "  - gained: HEAD from `https://darwin.v7labs.com`\n"
        "  - lost: PUT from `https://darwin.v7labs.com`\n"
    )
    assert sides("a", "a", "--format", "markdown").stdout == (
        "## ✅ auditor: what this change does\n\na and a allow the same, and every verdict is what it was.\n"
    )


def test_a_comment_says_what_was_not_read(sides: Run) -> None:
    ran = sides("b", "broken", "--format", "markdown")
    assert ran.exit_code == 2
    assert ran.stdout == (
        "## ❌ auditor: what this change does\n"
        "\n"
        "As far as b and broken were read, they allow the same, and every verdict is what it was.\n"
        "\n"
        "Not read: main.tf:28:8: `{` is never closed\n"
    )


def test_a_comment_has_an_end(sides: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markdown, "LONGEST", 250)
    assert sides("a", "b", "--format", "markdown").stdout == (
        "## ❌ auditor: what this change does\n"
        "\n"
        "2 verdicts got worse, 1 policy allows less, CORS changed on 1 bucket.\n"
        "\n"
        "- ❌ **aws\\_s3\\_bucket.b: s3:PutObject was `holds` and is `fails` (v7-darwin)** — main.tf:19:12\n"
        "  - now: no statement allows s3:PutObject\n"
        "\n"
        "… and 3 more.\n"
    )


def test_annotations_stand_at_the_places_of_the_new_side(sides: Run) -> None:
    ran = sides("a", "b", "--format", "github")
    assert ran.exit_code == 1
    assert ran.stdout == (
        "::error file=b/main.tf,line=19,endLine=25,title=auditor%3A aws_s3_bucket.b%3A s3%3APutObject was 'holds' and is 'fails' "
        "(v7-darwin)::now: no statement allows s3:PutObject\n"
        "::error file=b/main.tf,line=12,endLine=12,col=23,endColumn=38,title=auditor%3A aws_s3_bucket.b%3A cors%3APUT was 'holds' "
        "and is 'fails' (v7-darwin)::now: rule 1 does not list PUT\n"
        "::notice file=b/main.tf,line=19,endLine=25,title=auditor%3A the bucket policy of aws_s3_bucket.b allows less::"
        f"lost: {ROLE} may s3:PutObject on arn:aws:s3:::acme/x (statement 'Darwin')\n"
        "::warning file=b/main.tf,line=9,endLine=9,col=1,endColumn=48,title=auditor%3A pages see aws_s3_bucket.b differently::"
        "gained: HEAD from https://darwin.v7labs.com%0Alost: PUT from https://darwin.v7labs.com\n"
        "auditor: 2 verdicts got worse, 1 policy allows less, CORS changed on 1 bucket.\n"
    )


def test_annotations_say_what_was_not_read(sides: Run) -> None:
    ran = sides("b", "broken", "--format", "github")
    assert ran.exit_code == 2
    assert ran.stdout == (
        "::error file=broken/main.tf,line=28,endLine=28,col=8,endColumn=9,title=auditor%3A not read::'{' is never closed\n"
        "auditor: As far as b and broken were read, they allow the same, and every verdict is what it was.\n"
    )


def test_a_comment_is_headed_by_what_is_to_be_looked_at(sides: Run) -> None:
    less, more = sides("b", "a", "--format", "markdown"), sides("a", "a", "--format", "markdown")
    assert (less.exit_code, less.stdout.splitlines()[0]) == (0, "## ⚠️ auditor: what this change does")
    assert more.stdout.splitlines()[0] == "## ✅ auditor: what this change does"


def test_what_is_new_or_gone_is_said_to_be(tmp_path: Path, run: Run) -> None:
    for name, text in (("a", ""), ("b", BUCKET)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.tf").write_text(f"locals {{}}\n{text}", encoding="utf-8")
    assert "  aws_s3_bucket.b is new\n" in run("a", "b").stdout
    assert "  aws_s3_bucket.b is gone\n" in run("b", "a").stdout
