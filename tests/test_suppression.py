"""Suppression comments: what they hold back, and what is wrong with them."""

from __future__ import annotations

import datetime as dt

import pytest

from auditor.finding import Finding, Related, Severity
from auditor.foundation.location import Location
from auditor.model import Directive
from auditor.rule import all_rules
from auditor.suppression import MODULE_CALL, apply_suppressions

RULES = all_rules()
TODAY = dt.date(2026, 11, 24)


def directive(text: str, first: int = 5, last: int = 9) -> Directive:
    return Directive(text, Location("main.tf", first - 1, 1, first - 1, 30), Location("main.tf", first, 1, last, 2))


def finding(line: int = 7, rule: str = "acls-enabled", related: tuple[Related, ...] = ()) -> Finding:
    return Finding(rule, Severity.ERROR, "m", Location("main.tf", line, 1, line, 9), related=related)


def said(text: str, *findings: Finding) -> tuple[list[tuple[str, str]], int]:
    result = apply_suppressions(findings, (directive(text),), RULES, TODAY)
    return [(one.rule, one.message) for one in result.findings], len(result.suppressed)


def test_a_finding_in_the_block_is_held_back() -> None:
    assert said("ignore[acls-enabled] until=2026-11-24 -- agreed with support", finding()) == ([], 1)


def test_the_reason_goes_with_what_is_held_back() -> None:
    (held,) = apply_suppressions((finding(),), (directive("ignore[acls-enabled] -- agreed with support"),), RULES, TODAY).suppressed
    assert held.justification == "agreed with support"


def test_one_outside_is_not_and_the_suppression_is_unused() -> None:
    message = "'acls-enabled' finds nothing here: this suppression has no effect."
    assert said("ignore[acls-enabled]", finding(10)) == ([("acls-enabled", "m"), ("suppression-unused", message)], 0)


def test_one_of_another_rule_is_not() -> None:
    assert said("ignore[acls-enabled, input-error]", finding(), finding(rule="cors-request-refused"))[0] == [
        ("cors-request-refused", "m")
    ]


def test_one_whose_module_call_is_in_the_block_is() -> None:
    called = finding(99, related=(Related(Location("main.tf", 6, 1, 6, 9), MODULE_CALL),))
    assert said("ignore[acls-enabled]", called) == ([], 1)
    related = finding(99, related=(Related(Location("main.tf", 6, 1, 6, 9), "bucket"),))
    assert said("ignore[acls-enabled]", related)[1] == 0


def test_it_ends() -> None:
    message = "This suppression expired on 2026-11-23 and no longer applies."
    assert said("ignore[acls-enabled] until=2026-11-23", finding()) == (
        [("acls-enabled", "m"), ("suppression-expired", message)],
        0,
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("ignore[acl-enabled]", "there is no rule 'acl-enabled'; did you mean 'acls-enabled'?"),
        ("ignore[]", "ignore[] names no rule"),
        ("ignore[acls-enabled] until=soon", "'soon' is not a valid date; write until=YYYY-MM-DD"),
        ("ignore[acls-enabled] reason=x", "unknown option 'reason=x'; the only option is until=YYYY-MM-DD"),
        (
            "ignor[acls-enabled]",
            "'auditor: ignor[acls-enabled]' is neither ignore[rule-id] nor contract=name; did you mean 'ignore'?",
        ),
        ("please", "'auditor: please' is neither ignore[rule-id] nor contract=name"),
    ],
)
def test_malformed(text: str, reason: str) -> None:
    assert said(text) == ([("suppression-malformed", f"This suppression is malformed: {reason}.")], 0)


def test_a_contract_mark_is_no_suppression() -> None:
    assert said("contract=v7-darwin") == ([], 0)
