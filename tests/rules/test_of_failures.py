"""The rules that are not loaded beside some verdicts find nothing there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from auditor import pipeline, rules
from auditor.contract.load import load
from auditor.foundation.text import Texts
from auditor.inputs import read_inputs
from auditor.pipeline import Request
from auditor.rule import general_rule, general_rules
from auditor.verdict import Status, Verdict
from tests.test_fixtures import contract_of

pytestmark = pytest.mark.whole

FIXTURES = Path(__file__).parents[2] / "fixtures" / "rules"


def _finds_something(verdict: Verdict, name: str) -> bool:
    """Whether a rule may find something because of a verdict."""
    of_class = {kind.__name__ for kind in type(verdict.cause).__mro__}
    if name in rules.OF_CAUSES:
        return rules.OF_CAUSES[name] in of_class
    return verdict.status is Status.FAILS and rules.OF_FAILURES[name] in of_class


@pytest.mark.parametrize("name", sorted(rules.OF_FAILURES | rules.OF_CAUSES))
def test_a_rule_of_some_verdicts_finds_nothing_beside_others(name: str, tmp_path: Path) -> None:
    rule = general_rule(name.replace("_", "-"))
    assert rule.check is not None
    case = FIXTURES / rule.id / "fails.tf"
    (tmp_path / "main.tf").write_bytes(case.read_bytes())
    request = Request(paths=(str(tmp_path),), contracts=(load(contract_of(case), {}),), every_bucket=True)
    texts = Texts()
    inputs = read_inputs(request.paths, request.contracts, request.options, texts)
    subjects = list(pipeline._subjects(request, inputs, texts.kept, [], []))
    assert [problem for subject in subjects for problem in rule.check(subject)]
    for subject in subjects:
        assert rule in general_rules(subject.verdicts)
        kept = tuple(verdict for verdict in subject.verdicts if not _finds_something(verdict, name))
        assert list(rule.check(replace(subject, verdicts=kept))) == []
        assert rule not in general_rules(kept)


def test_rules_without_a_check_and_those_of_some_verdicts_are_left_out_where_there_is_no_verdict() -> None:
    every, beside_nothing = ({rule.id: rule for rule in found} for found in (general_rules(), general_rules(())))
    assert {rule.id for rule in every.values() if rule.check is None} == {name.replace("_", "-") for name in rules.MADE_ELSEWHERE}
    left_out = rules.MADE_ELSEWHERE | rules.OF_FAILURES.keys() | rules.OF_CAUSES.keys()
    assert every.keys() - beside_nothing.keys() == {name.replace("_", "-") for name in left_out}
