"""The walk-through of CONTRIBUTING.md, performed word for word in a copy of the tree."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

pytestmark = pytest.mark.process

FENCED = re.compile(r"^ {3}(`{3,})(\w+)\n(.*?)^ {3}\1$", re.MULTILINE | re.DOTALL)
COPIED = ("auditor", "rules", "tests", "fixtures", "docs", "README.md", "Makefile", "pyproject.toml", "CHANGELOG.md", "action.yml")


@pytest.fixture
def copy(project: Path, tmp_path: Path) -> Path:
    """A copy of the tree that uses the environment in which the tests run."""
    for name in COPIED:
        if (project / name).is_dir():
            shutil.copytree(project / name, tmp_path / name)  # with what is compiled, which is that of the same texts
        else:
            shutil.copy2(project / name, tmp_path / name)
    (tmp_path / "auditor" / "rules").symlink_to("../rules")  # as the wheel has it
    (tmp_path / ".venv").symlink_to(sys.prefix)
    return tmp_path


def walk_through(project: Path) -> str:
    text = (project / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return text.partition("\n## A rule in ten minutes\n")[2].partition("\n## ")[0]


def run(command: str, directory: Path) -> None:
    """Runs a line of the walk-through; what is there of the environment is not made anew."""
    words = shlex.split(command)
    if words[0] == "make":
        words[1:1] = ["-o", ".venv/.ready"]
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV", "MAKE"))}
    done = subprocess.run(
        words, cwd=directory, env={**surroundings, "PYTHONPATH": str(directory)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


def test_the_walk_through_ends_with_a_rule_that_passes(project: Path, copy: Path) -> None:
    text = walk_through(project)
    written, performed = [], []
    for block in FENCED.finditer(text):
        content = textwrap.dedent(block[3])
        if block[2] == "console":
            for command in content.splitlines():
                run(command, copy)
                performed.append(command)
        else:
            path = copy / re.findall(r"`([\w.-]+(?:/[\w.-]+)+)`", text[: block.start()])[-1]
            path.parent.mkdir(exist_ok=True)
            path.write_text(content, encoding="utf-8")
            written.append(path.name)
    assert written == ["scratch_bucket.py", "fails.tf", "holds.tf"]
    assert len(performed) >= 4
    expected = copy / "fixtures" / "rules" / "scratch-bucket" / "fails.txt"
    found = [line for line in expected.read_text(encoding="utf-8").splitlines() if line.endswith("[scratch-bucket]")]
    assert found == [
        "fails.tf:1:1-1:34: note: aws_s3_bucket.images is named 'scratch-images', as if it were to go soon. [scratch-bucket]"
    ]
    assert "| [scratch-bucket](#scratch-bucket) | note |" in (copy / "rules" / "README.md").read_text(encoding="utf-8")
