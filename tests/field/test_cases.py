"""What people asked or reported in public: each case through the command line, with the answer that is right.

A case is a directory of `fixtures/field`: the files as somebody wrote them, and `expected.json`, which says where the case comes from and what
each run must answer. A case that is still answered wrongly names in `wrong` what lets it through. `--update` writes the words anew, and only
where exit codes and verdicts are the expected ones.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.field.command_line import Answer, answer

pytestmark = pytest.mark.whole

FIELD = Path(__file__).parents[2] / "fixtures" / "field"
CASES = sorted(path.parent for path in FIELD.glob("*/expected.json"))


def _case(directory: Path) -> object:
    expected = json.loads((directory / "expected.json").read_text())
    marks = [pytest.mark.xfail(reason=expected["wrong"], strict=True)] if "wrong" in expected else []
    if any("--changed" in run["arguments"] for run in expected["runs"]):
        marks.append(pytest.mark.process)  # git is asked
    return pytest.param(directory, id=directory.name, marks=marks)


@pytest.mark.parametrize("case", [_case(directory) for directory in CASES])
def test_a_case_from_the_field(case: Path, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config) -> None:
    expected = json.loads((case / "expected.json").read_text())
    answers = [answer(case, run, monkeypatch) for run in expected["runs"]]
    for run, told in zip(expected["runs"], answers, strict=True):
        assert _decisions(told) == _decisions(run["answer"]), run["arguments"]
    if pytestconfig.getoption("--update"):
        runs = [{**run, "answer": told} for run, told in zip(expected["runs"], answers, strict=True)]
        (case / "expected.json").write_text(json.dumps({**expected, "runs": runs}, indent=2, ensure_ascii=False) + "\n")
        return
    assert answers == [run["answer"] for run in expected["runs"]]


def _decisions(told: Answer) -> dict[str, Any]:
    """An answer without its words: what no change of wording may change."""
    verdicts = {
        bucket: {need: verdict.partition(":")[0] for need, verdict in needs.items()}
        for bucket, needs in told.get("verdicts", {}).items()
    }
    rules = sorted({error.partition(":")[0] for error in told.get("errors", ())})
    places = [error.partition(": ")[0] for error in told.get("not read", ())]
    return {"exit": told["exit"], "verdicts": verdicts, "rules": rules, "not read": places}


def test_every_case_says_where_it_comes_from() -> None:
    unnamed = [case.name for case in CASES if not json.loads((case / "expected.json").read_text()).get("origin")]
    assert unnamed == []
