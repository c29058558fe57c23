"""What the README names exists; that its run is real is held by `test_generated`."""

from __future__ import annotations

import re
from pathlib import Path

from click.testing import CliRunner

from auditor.cli import main


def test_every_command_and_option_of_the_readme_exists(project: Path) -> None:
    text = (project / "README.md").read_text(encoding="utf-8")
    help_texts = "".join(
        CliRunner().invoke(main, [*command, "--help"]).stdout
        for command in ([], ["check"], ["inspect"], ["explain"], ["registration"], ["contracts"])
    )
    others = {"--from", "--rm", "--network"}  # of uvx and podman
    for option in set(re.findall(r"--[a-z][a-z-]+", text)) - others:
        assert option in help_texts, option
    for command in set(re.findall(r"`auditor ([a-z]+)", text)):
        assert command in help_texts, command
