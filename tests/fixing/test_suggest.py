"""Suggestions: safe fixes of one place, in lines that a change shows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.contract.load import load
from auditor.fixing.suggest import Suggestion, suggestions
from auditor.foundation.border import border_of
from auditor.foundation.text import Texts
from auditor.pipeline import Request
from auditor.render.suggestions import render
from tests.fixing.test_fix import LACKING

CONTRACT = load("v7-darwin", {"access": "read-only"})


def found(here: Path, text: str, *shown: tuple[int, int]) -> list[Suggestion]:
    (here / "main.tf").write_text(text, encoding="utf-8", newline="")
    request = Request((".",), (CONTRACT,), every_bucket=True, select=("access-grant-missing",))
    return suggestions(request, Texts(border=border_of((".",))), {"main.tf": shown})


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


LINE = LACKING.split("\n").index(next(line for line in LACKING.split("\n") if "Sid" in line)) + 1


def test_only_lines_that_a_change_shows(here: Path) -> None:
    [one] = found(here, LACKING, (1, 2), (LINE - 3, LINE + 3))
    assert (one.path, one.first, one.last) == ("main.tf", LINE, LINE)
    assert one.lines == (
        LACKING.split("\n")[LINE - 1].replace("= aws_s3_bucket.b.arn ", '= [aws_s3_bucket.b.arn, "${aws_s3_bucket.b.arn}/*"] '),
    )
    assert found(here, LACKING, (LINE + 1, LINE + 9)) == []
    assert found(here, LACKING) == []


def test_line_ends_and_other_separators_do_not_shift_lines(here: Path) -> None:
    [one] = found(here, "# \u2028 \x0c\n" + LACKING.replace("\n", "\r\n"), (1, 99))
    assert (one.first, one.last) == (LINE + 1, LINE + 1)
    assert not any("\r" in line for line in one.lines)


def test_a_fence_that_the_code_cannot_close(here: Path) -> None:
    [one] = found(here, LACKING.replace('Sid = "S"', 'Sid = "``` - "'), (1, 99))
    comment = json.loads(render([one], str(here)))
    assert comment["body"].count("````suggestion\n") == 1
    assert comment["body"].endswith("\n````\n")
    assert "start_line" not in comment
