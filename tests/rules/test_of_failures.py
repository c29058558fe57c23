"""The rules that are not loaded where nothing fails find nothing there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from auditor import pipeline, rules
from auditor.contract.load import load
from auditor.foundation.text import Texts
from auditor.inputs import read_inputs
from auditor.pipeline import Request
from auditor.rule import general_rules
from auditor.verdict import Status
from tests.test_fixtures import contract_of

pytestmark = pytest.mark.whole

FIXTURES = Path(__file__).parents[2] / "fixtures" / "rules"


@pytest.mark.parametrize("name", sorted(rules.OF_FAILURES))
def test_a_rule_of_failures_finds_nothing_where_none_is(name: str, tmp_path: Path) -> None:
    rule = next(rule for rule in general_rules() if rule.id == name.replace("_", "-"))
    assert rule.check is not None
    case = FIXTURES / rule.id / "fails.tf"
    (tmp_path / "main.tf").write_bytes(case.read_bytes())
    request = Request(paths=(str(tmp_path),), contracts=(load(contract_of(case), {}),), every_bucket=True)
    texts = Texts()
    inputs = read_inputs(request.paths, request.contracts, request.options, texts)
    subjects = list(pipeline._subjects(request, inputs, texts.kept, [], []))
    assert [problem for subject in subjects for problem in rule.check(subject)]
    for subject in subjects:
        kept = tuple(verdict for verdict in subject.verdicts if verdict.status is not Status.FAILS)
        assert list(rule.check(replace(subject, verdicts=kept))) == []


def test_the_rules_of_failures_are_rules_and_left_out_where_nothing_fails() -> None:
    ids = {name.replace("_", "-") for name in rules.OF_FAILURES}
    every, without = ({rule.id for rule in general_rules(failing=failing)} for failing in (True, False))
    assert every - without == ids
    assert {"need-fails", "input-error"} <= without
