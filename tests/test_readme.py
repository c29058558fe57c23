"""What the README shows is what the tool prints."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from auditor.cli import main


def test_the_run_in_the_readme_is_real(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (project / "README.md").read_text(encoding="utf-8")
    found = re.search(r"```\n\$ auditor (?P<arguments>.*)\n(?P<output>[\s\S]*?)```", text)
    assert found is not None
    monkeypatch.chdir(project)
    monkeypatch.setenv("COLUMNS", "100")
    result = CliRunner().invoke(main, shlex.split(found["arguments"]), catch_exceptions=False)
    assert result.stdout == found["output"]


def test_every_command_and_option_of_the_readme_exists(project: Path) -> None:
    text = (project / "README.md").read_text(encoding="utf-8")
    help_texts = "".join(
        CliRunner().invoke(main, [*command, "--help"]).stdout
        for command in ([], ["check"], ["inspect"], ["explain"], ["registration"], ["contracts"])
    )
    for option in set(re.findall(r"--[a-z][a-z-]+", text)):
        assert option in help_texts, option
    for command in set(re.findall(r"`auditor ([a-z]+)", text)):
        assert command in help_texts, command
