"""The wheel holds every package and every data file."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.process


def _tracked(project: Path, *below: str) -> list[str]:
    command = ["git", "ls-files", "--", *below]
    return subprocess.run(command, cwd=project, check=True, capture_output=True, text=True).stdout.splitlines()


@pytest.fixture(scope="session")
def wheel(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    # From a copy: what an earlier build left beside the sources would be packed again.
    copy, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in _tracked(project, "auditor", "rules", "pyproject.toml", "README.md", "LICENSE"):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(project / name, copy / name)
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
        str(copy),
    ]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = target.glob("*.whl")
    return built


def test_the_wheel_is_complete(project: Path, wheel: Path) -> None:
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    tracked = _tracked(project, "auditor", "rules")
    wanted = {name.replace("rules/", "auditor/rules/", 1) if name.startswith("rules/") else name for name in tracked}
    wanted -= {"auditor/rules/README.md"}
    assert wanted - packed == set()
    assert {name for name in packed - wanted if not name.startswith("auditor/rules/README")} == set()
