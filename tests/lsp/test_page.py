"""`docs/editors.md`: its problem matchers match what is printed, and what it names is there."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from auditor import audit, format_report
from auditor.cli import main
from tests.own_code import PROJECT

PAGE = (PROJECT / "docs/editors.md").read_text(encoding="utf-8")
BLOCKS = [json.loads(block) for block in re.findall(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)]


def patterns(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return [pattern for one in value for pattern in patterns(one)]
    if not isinstance(value, dict):
        return []
    return [value] if "regexp" in value else [pattern for one in value.values() for pattern in patterns(one)]


@pytest.mark.parametrize("pattern", patterns(BLOCKS), ids=["code", "github"])
def test_a_problem_matcher_matches_every_line(pattern: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)
    report = audit("fixtures/demo")
    lines = format_report(report, "concise").splitlines()
    matched = [re.search(pattern["regexp"], line) for line in lines]
    found = [tuple(match[pattern[part]] for part in ("file", "line", "column", "severity", "code")) for match in matched if match]
    assert len(found) == len(lines)
    assert found[:2] == [
        ("fixtures/demo/scans.tf", "11", "24", "error", "acls-enabled"),
        ("fixtures/demo/scans.tf", "32", "21", "error", "kms-grant-missing"),
    ]
    assert {one[3] for one in found} == {"error", "warning", "note"}


def test_the_settings_start_the_command_that_is_there() -> None:
    assert BLOCKS[0]["glspc.server.commandArguments"] == ["lsp"]
    assert 'cmd = { "auditor", "lsp" }' in PAGE
    assert "lsp" in main.commands
