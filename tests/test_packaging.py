"""The wheel holds every package and every data file."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def wheel(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--wheel-dir",
        str(target),
        str(project),
    ]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = target.glob("*.whl")
    return built


def test_the_wheel_is_complete(project: Path, wheel: Path) -> None:
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    tracked = subprocess.run(
        ["git", "ls-files", "auditor", "rules"], cwd=project, check=True, capture_output=True, text=True
    ).stdout.split("\n")
    wanted = {name.replace("rules/", "auditor/rules/", 1) if name.startswith("rules/") else name for name in tracked if name}
    wanted -= {"auditor/rules/README.md"}
    assert wanted - packed == set()
    assert {name for name in packed - wanted if not name.startswith("auditor/rules/README")} == set()
