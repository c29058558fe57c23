"""The page of assumptions tells every one that a report can print."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.settings.types import ASSUMPTIONS

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "assumptions.md").read_text(encoding="utf-8")
TOLD = re.findall(r"^\| (.+?) \|", PAGE.partition("|---|")[2], re.MULTILINE)
PROOFS = [
    *(ROOT / "auditor" / "needs").glob("*.py"),
    *(ROOT / "auditor" / "proofs").glob("*.py"),
    ROOT / "auditor/contract/doubt.py",
]
HOLE = "\0"


def printed() -> Iterator[str]:
    """The sentences that proofs make, with holes: reasons are clauses, so what ends in a full stop is an assumption, or describes a key."""
    for path in PROOFS:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        other = {id(inner) for node in ast.walk(tree) for child in _aside(node) for inner in ast.walk(child)}
        for node in ast.walk(tree):
            parts = node.values if isinstance(node, ast.JoinedStr) else [node]
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else HOLE for part in parts)
            if (
                id(node) not in other
                and isinstance(node, ast.JoinedStr | ast.Constant)
                and re.fullmatch(r"(?s)[A-Z\0].* .*\.", text)
            ):
                yield text


def _aside(node: ast.AST) -> Iterator[ast.AST]:
    """What is no sentence of its own: docstrings, descriptions of keys, the parts of an f-string."""
    if isinstance(node, ast.Expr):
        yield node.value
    if isinstance(node, ast.JoinedStr):
        yield from node.values
    if isinstance(node, ast.Dict):
        yield from (
            value
            for key, value in zip(node.keys, node.values, strict=True)
            if isinstance(key, ast.Constant) and key.value == "description"
        )


SENTENCES = sorted({*printed(), *(f"{text} ({HOLE}:{HOLE})." for text in ASSUMPTIONS.values())})


def matches(sentence: str, told: str) -> bool:
    return re.fullmatch(".+".join(map(re.escape, sentence.split(HOLE))), told) is not None


@pytest.mark.parametrize("sentence", SENTENCES)
def test_every_assumption_is_on_the_page(sentence: str) -> None:
    assert [told for told in TOLD if matches(sentence, told)] != [], sentence.replace(HOLE, "…")


@pytest.mark.parametrize("told", TOLD)
def test_nothing_else_is_on_the_page(told: str) -> None:
    assert any(matches(sentence, told) for sentence in SENTENCES)
