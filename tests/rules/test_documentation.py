"""Every rule says what it finds, why that matters and what to write instead, in both languages."""

from __future__ import annotations

import re

import pytest

from auditor.finding import Severity
from auditor.rule import Rule, all_rules

RULES = all_rules()
CHECKING = [rule for rule in RULES if rule.check is not None]


def _id(rule: Rule) -> str:
    return rule.id


@pytest.mark.parametrize("rule", RULES, ids=_id)
def test_the_id_is_kebab_case_and_completes_allow(rule: Rule) -> None:
    # "allow access-grant-missing", "allow acls-enabled": a thing that one may put up with, never an order or a verb.
    assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)+", rule.id)
    assert rule.id.partition("-")[0] not in {"no", "not", "forbid", "disallow", "require", "check", "use", "avoid", "allow", "must"}


@pytest.mark.parametrize("rule", RULES, ids=_id)
def test_the_summary_is_one_sentence(rule: Rule) -> None:
    assert re.fullmatch(r"[A-Z][^\n]*\.", rule.summary)
    assert len(rule.summary) <= 120


@pytest.mark.parametrize("rule", RULES, ids=_id)
def test_references_are_addresses(rule: Rule) -> None:
    assert all(re.fullmatch(r"https://[a-z0-9.-]+/[^\s]*", reference) for reference in rule.references)
    assert len(set(rule.references)) == len(rule.references)


@pytest.mark.parametrize("rule", CHECKING, ids=_id)
def test_a_rule_that_checks_rests_on_a_document(rule: Rule) -> None:
    assert rule.references


@pytest.mark.parametrize("rule", CHECKING, ids=_id)
def test_the_sections_are_there_in_order(rule: Rule) -> None:
    assert re.findall(r"^## (.+)$", rule.documentation, re.MULTILINE) == ["What it does", "Why it matters", "Example"]


@pytest.mark.parametrize("rule", CHECKING, ids=_id)
def test_the_examples_are_in_terraform_and_cloudformation(rule: Rule) -> None:
    example = rule.documentation.partition("## Example")[2]
    assert "```terraform\n" in example
    assert "```yaml\n" in example
    assert "CloudFormation" in example
    assert example.count("```") % 2 == 0


@pytest.mark.parametrize("rule", CHECKING, ids=_id)
def test_an_error_shows_a_symptom_unless_it_fails_at_deployment(rule: Rule) -> None:
    if rule.severity is Severity.ERROR and not rule.symptoms:
        assert "deployment fails" in rule.documentation


def test_other_rules_that_are_named_exist() -> None:
    ids = {rule.id for rule in RULES}
    for rule in CHECKING:
        named = re.findall(r"`((?:access|kms|policy|action|condition|cors|acl|acls|bucket)-[a-z-]+)`", rule.documentation)
        assert set(named) - ids - {"bucket-owner-full-control"} == set(), rule.id
