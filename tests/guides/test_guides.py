"""The guides are complete: every point of the troubleshooting page, every symptom, and no rule that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from auditor.contract.load import load
from auditor.guides import guide, symptoms
from auditor.rule import all_rules

TABLE = Path(__file__).parents[2] / "docs" / "troubleshooting.md"
RULES = {rule.id: rule for rule in all_rules()}
NEEDS = {need.id for need in load("v7-darwin", {}).needs}
POINTS = [
    "answer to the registration",
    "401",
    "slug",
    "upper and lower case",
    "Bad request",
    "unique",
    "500",
    "developer tools",
    "403",
    "CORS",
    "SSE-KMS",
    "ACLs should be disabled",
    "addresses",
    "width and height",
    "low-quality",
    "twenty minutes",
    "support",
]
"""What tells the points of the page apart, in the order of the page."""


def rows() -> list[list[str]]:
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if re.match(r"\| \d+ \|", line)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_table_has_every_point_of_the_page() -> None:
    assert [row[0] for row in rows()] == [str(number) for number in range(1, len(POINTS) + 1)]
    assert all(word in row[1] for word, row in zip(POINTS, rows(), strict=True))


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_each_point_names_a_guide_and_what_the_guide_covers(row: list[str]) -> None:
    _, _, command, covered, topic = row
    assert re.match(r"`auditor (check|registration|explain)", command)
    (symptom,) = re.findall("`(.+?)`", topic)
    assert symptom in symptoms()
    named = re.findall("`(.+?)`", covered)
    assert bool(named) is not covered.startswith("none: ")
    assert set(named) <= RULES.keys() | NEEDS
    assert set(named) & RULES.keys() <= set(guide(symptom).rules)


def test_every_guide_is_the_answer_to_a_point() -> None:
    assert {row[4].strip("`") for row in rows()} == set(symptoms())


def test_every_symptom_of_a_rule_has_a_guide() -> None:
    assert {symptom.value for rule in all_rules() for symptom in rule.symptoms} <= set(symptoms())


@pytest.mark.parametrize("symptom", symptoms())
def test_guide(symptom: str) -> None:
    page = guide(symptom)
    assert page.text.startswith(f"# {page.title}\n")
    assert page.title.startswith(f"{symptom}: ")
    headings = [line for line in page.text.splitlines() if line.startswith("## ")]
    assert headings[:4] == [
        "## What you see",
        "## Causes, likeliest first",
        "## What only the live system can tell",
        "## How to check by hand",
    ]
    assert set(page.rules) <= RULES.keys()
    cited = set(re.findall(r"`((?:registration|cors|kms|grant|ownership|acls?|bucket|policy)-[a-z0-9-]+)`", page.text))
    assert cited <= RULES.keys()
    assert all(f"- `{rule}` ({RULES[rule].severity.value}): {RULES[rule].summary}\n" in page.text for rule in page.rules)


@pytest.mark.parametrize("symptom", symptoms())
def test_every_cause_says_what_code_shows(symptom: str) -> None:
    causes = guide(symptom).text.partition("## Causes, likeliest first\n")[2].partition("\n## ")[0]
    parts = re.split(r"^\d+\. ", causes, flags=re.MULTILINE)[1:]
    assert len(parts) >= 3
    for part in parts:
        assert "From code: " in part or "See the guide" in part, part


def test_every_rule_with_a_symptom_is_in_its_guides() -> None:
    for rule in RULES.values():
        for symptom in rule.symptoms:
            assert rule.id in guide(symptom.value).rules


def test_every_registration_rule_is_told_of_in_a_guide() -> None:
    told = "".join(guide(symptom).text.partition("\n## Rules\n")[0] for symptom in symptoms())
    assert [rule for rule in RULES if rule.startswith("registration-") and f"`{rule}`" not in told] == []


def test_there_is_no_guide_to_anything_else() -> None:
    with pytest.raises(KeyError):
        guide("500")
