"""One word for one thing: the glossary has every word once, and the documentation does not use the words that others replaced."""

from __future__ import annotations

import ast
import re
import tomllib

import pytest

from auditor.finding import Severity
from auditor.guides import symptoms
from auditor.verdict import Status
from tests.own_code import PROJECT, modules

pytestmark = pytest.mark.whole

PAGES = [
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "action.yml",
    *(f"docs/{page.name}" for page in (PROJECT / "docs").glob("*.md")),
    *(str(text.relative_to(PROJECT)) for text in sorted((PROJECT / "auditor/contract").rglob("*.yaml"))),
]
REPLACED = {
    r"\bturns? on\b": "depends on",
    r"\bsettle[sd]?\b": "resolve",
    r"\bmend(s|ed)?\b": "fix",
    r"\btaken? for granted\b": "assumption",
    r"\bput up with\b": "accept",
    r"\bheld back\b": "suppressed",
    r"\bon disk\b": "available locally",
    r"\boutside platform\b": "external platform",
    r"(?<!there )(?<!There )\b(is|are|was|were) no (?!more\b|longer\b|stricter\b)[A-Za-z]+": "is not a valid",
}
ANY_REPLACED = re.compile("|".join(f"(?:{old})" for old in REPLACED))
WORDS = re.findall(r"^\| ([^|]+?) \| ", (PROJECT / "docs/glossary.md").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_glossary_has_every_word_once() -> None:
    words = [word for word in WORDS if word != "word"]
    assert sorted(words) == sorted(set(words))


def test_the_glossary_has_the_verdicts_and_the_readme_leads_to_it() -> None:
    assert {f"`{status.value}`" for status in Status} <= set(WORDS)
    text = (PROJECT / "docs/glossary.md").read_text(encoding="utf-8")
    assert all(f"`{severity.value}`" in text for severity in Severity)
    assert set(re.findall(r"`(\w+)`", next(line for line in text.splitlines() if line.startswith("| symptom ")))) <= set(symptoms())
    assert "/docs/glossary.md)" in (PROJECT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_replaced_words_are_not_used(page: str) -> None:
    text = " ".join((PROJECT / page).read_text(encoding="utf-8").split())
    assert {found[0]: better for old, better in REPLACED.items() if (found := re.search(old, text))} == {}


def test_replaced_words_are_not_in_messages_and_docstrings() -> None:
    texts = (
        (module, " ".join(node.value.split()))
        for module, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    assert [
        f"{module}: {found[0]!r} in {text!r}, better {better!r}"
        for module, text in texts
        if ANY_REPLACED.search(text)
        for old, better in REPLACED.items()
        if (found := re.search(old, text))
    ] == []


def test_the_architecture_has_every_layer_in_the_order_of_the_linter() -> None:
    contracts = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(one["layers"] for one in contracts if one["containers"] == ["auditor"])
    page = (PROJECT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    table = page.partition("| layer | what it knows |")[2].partition("\n\n")[0]
    rows = [re.findall(r"`(\w+)`", line.split("|")[1]) for line in table.splitlines()[2:]]
    assert rows == [layer.split(" | ") for layer in layers]


def test_the_rooms_that_the_architecture_names_exist() -> None:
    page = (PROJECT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert [
        path for path in re.findall(r"`((?:auditor|rules|fixtures|tests)/[\w./]*)`", page) if not (PROJECT / path).exists()
    ] == []
