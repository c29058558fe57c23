"""The examples of the pages on configuration, the baseline and suppression: their files, and every command with all that it prints or writes."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from auditor.cli import main

DOCS = Path(__file__).parent.parent / "docs"
_BLOCK = re.compile(r"(?:^`([^`\n]+)`[^\n]*:\n\n)?^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", ["baseline.md", "configuration.md", "suppression.md"])
def test_the_examples_of_a_page_are_real(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tried = 0
    for name, language, text in _BLOCK.findall((DOCS / page).read_text(encoding="utf-8")):
        if language == "console":
            for command, printed in re.findall(r"^\$ auditor (.+)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE):
                tried += 1
                assert CliRunner().invoke(main, shlex.split(command), catch_exceptions=False).output == printed, command
        elif name and language == "json":
            assert (tmp_path / name).read_text(encoding="utf-8") == text, name
        elif name:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
    assert tried


def test_the_example_of_the_page_on_changes_is_real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    own = {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme/*"}
    everyone = {"Sid": "Everyone", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme/*"}
    for name, statements in (("old.json", [own]), ("new.json", [own, everyone])):
        (tmp_path / name).write_text(json.dumps({"Version": "2012-10-17", "Statement": statements}), encoding="utf-8")
    page = (DOCS / "diff.md").read_text(encoding="utf-8")
    ((command, printed),) = re.findall(r"^```\n\$ auditor ([^\n]+)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert CliRunner().invoke(main, shlex.split(command), catch_exceptions=False).output == printed
