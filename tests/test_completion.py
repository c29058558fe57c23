"""What a shell offers while a line is typed, and `python -m auditor`."""

from __future__ import annotations

import runpy
import sys

import pytest
from click.shell_completion import ZshComplete
from click.testing import CliRunner

from auditor.cli import main


def offered(*arguments: str) -> list[str]:
    *before, begun = arguments
    found = ZshComplete(main, {}, "auditor", "_AUDITOR_COMPLETE").get_completions(before, begun)
    return [item.value if item.type == "plain" else f"<{item.type}>" for item in found]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (["con"], ["config", "contracts"]),
        (["check", "--exp"], ["--explain"]),
        (["check", "--contract", "v7"], ["v7-darwin"]),
        (["check", "--contract", "own/"], ["<file>"]),
        (["diff", "--contract", "v7"], ["v7-darwin"]),
        (["diff", "--kind", "i"], ["identity"]),
        (["check", "--format", "ju"], ["junit"]),
        (["diff", "--format", "h"], ["human", "html"]),
        (["check", "infr"], ["<file>"]),
        (["explain", "acls-e"], ["acls-enabled"]),
        (["explain", "40"], ["400", "401", "403", "404"]),
        (["schema", "re"], ["report"]),
        (["nonsense", "sche"], ["schema"]),  # and no error
    ],
)
def test_a_shell_completes(line: list[str], expected: list[str]) -> None:
    assert offered(*line) == expected


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_readme_names_what_sets_it_up(shell: str) -> None:
    ran = CliRunner().invoke(main, [], prog_name="auditor", env={"_AUDITOR_COMPLETE": f"{shell}_source"})
    assert f"_AUDITOR_COMPLETE={shell}_complete" in ran.stdout


def test_python_runs_it_as_a_module(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["x", "--help"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("auditor", run_name="__main__")
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("Usage: auditor [OPTIONS] COMMAND")
