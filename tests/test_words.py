"""One word for one thing: the glossary has every word once, and the documentation does not use the words that others replaced."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from auditor.finding import Severity
from auditor.guides import symptoms
from auditor.verdict import Status

PROJECT = Path(__file__).parent.parent
PAGES = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", *(f"docs/{page.name}" for page in (PROJECT / "docs").glob("*.md"))]
REPLACED = {
    r"\bturns? on\b": "depends on",
    r"\bsettle[sd]?\b": "resolve",
    r"\bmend(s|ed)?\b": "fix",
    r"\btaken? for granted\b": "assumption",
    r"\bput up with\b": "accept",
    r"\bheld back\b": "suppressed",
    r"\bon disk\b": "available locally",
    r"\boutside platform\b": "external platform",
    r"\b(is|are) no (?!more\b|longer\b|stricter\b)[a-z]+": "is not a valid",
}
WORDS = re.findall(r"^\| ([^|]+?) \| ", (PROJECT / "docs/glossary.md").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_glossary_has_every_word_once() -> None:
    words = [word for word in WORDS if word != "word"]
    assert sorted(words) == sorted(set(words))


def test_the_glossary_has_the_verdicts_and_the_readme_leads_to_it() -> None:
    assert {f"`{status.value}`" for status in Status} <= set(WORDS)
    text = (PROJECT / "docs/glossary.md").read_text(encoding="utf-8")
    assert all(f"`{severity.value}`" in text for severity in Severity)
    assert set(re.findall(r"`(\w+)`", next(line for line in text.splitlines() if line.startswith("| symptom ")))) <= set(symptoms())
    assert "](docs/glossary.md)" in (PROJECT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_replaced_words_are_not_used(page: str) -> None:
    text = " ".join((PROJECT / page).read_text(encoding="utf-8").split())
    assert {found[0]: better for old, better in REPLACED.items() if (found := re.search(old, text))} == {}
