"""The ways to install it, each from an empty place: no cache, no user's configuration, a first verdict on code at the end.

python -m tests.oracle.installs

The address of the project in README's lines is replaced by this checkout, packed as it would be downloaded; everything that they install beside it
comes from the package index.
"""

from __future__ import annotations

import os
import re
import resource
import shlex
import shutil
import stat
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.own_code import PROJECT

HOME = re.compile(r"https://github\.com/auditor-dev/auditor/archive/refs/tags/v[\d.]+\.tar\.gz")
VERDICT = "✓ s3:GetObject"
CODE = PROJECT / "fixtures/demo"
TESTS = (
    "tests/test_value.py",
    "tests/test_cases.py",
    "tests/policy/test_corners.py",
    "tests/lsp/test_command.py",
    "tests/test_house.py",
)


class FailedError(Exception):
    """A way does not lead to a verdict."""


def _environment(place: Path) -> dict[str, str]:
    """That of somebody who has nothing: a home of its own, and nothing kept from earlier."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PIP_CACHE", "UV_", "PIPX_", "XDG_"))
    }
    return kept | {
        "HOME": str(place),
        "PIP_NO_CACHE_DIR": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "UV_NO_CACHE": "1",
        "PYTHONUTF8": "1",
    }


def _run(command: list[str], place: Path, *, codes: tuple[int, ...] = (0,), **more: str) -> str:
    ran = subprocess.run(
        command, cwd=place, env={**_environment(place), **more}, capture_output=True, text=True, check=False, timeout=600
    )
    if ran.returncode not in codes:
        raise FailedError(f"{shlex.join(command)} exits with {ran.returncode}:\n{ran.stdout}{ran.stderr}")
    return ran.stdout


def _venv(place: Path, name: str = "venv") -> Path:
    _run([sys.executable, "-m", "venv", name], place)
    return place / name / "bin"


def _verdict(command: list[str], place: Path, **more: str) -> None:
    """A verdict by a command, on code that has all four kinds."""
    said = _run([*command, "check", str(CODE)], place, codes=(1,), **more)
    if VERDICT not in said or "✗ s3:PutObject" not in said:
        raise FailedError(f"{shlex.join(command)} says something else:\n{said}")


def _of_readme(tool: str, source: Path) -> str:
    """The line of the README for a tool, which installs this checkout as it would be downloaded."""
    (line,) = re.findall(rf"^\| {tool} \| `([^`]+)` \|$", (PROJECT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    packed = source.with_suffix(".tar.gz")
    _run(["git", "-C", str(source), "archive", "--prefix=auditor/", "--output", str(packed), "HEAD"], source)
    line, replaced = HOME.subn(packed.as_uri(), line)
    if not replaced:
        raise FailedError(f"the README's line for {tool} installs something else")
    return line


def _in_shell(line: str, place: Path, bins: Path, **more: str) -> None:
    """Runs a line as somebody would type it, with only Python and the tools of `bins`; git is not found."""
    found = place / "path"
    found.mkdir()
    for tool in ("sh", "uname"):
        (found / tool).symlink_to(shutil.which(tool) or tool)
    _run(["sh", "-c", line], place, PATH=f"{bins}:{found}", **more)


def _pip(place: Path, source: Path) -> None:
    _in_shell(_of_readme("pip", source), place, _venv(place))
    bins = place / ".auditor/bin"
    _verdict([str(bins / "auditor")], place)
    _verdict([str(bins / "python"), "-m", "auditor"], place)


def _pipx(place: Path, source: Path) -> None:
    bins = _venv(place, "tools")
    _run([str(bins / "python"), "-m", "pip", "install", "--quiet", "pipx"], place)
    _in_shell(_of_readme("pipx", source), place, bins)
    _verdict([str(place / ".local/bin/auditor")], place)


def _uvx(place: Path, source: Path) -> None:
    bins = _venv(place, "tools")
    _run([str(bins / "python"), "-m", "pip", "install", "--quiet", "uv"], place)
    *command, check, infra = shlex.split(_of_readme("uv", source))
    if (check, infra) != ("check", "infra"):
        raise FailedError(f"the README's line for uv ends in '{check} {infra}'")
    _verdict([str(bins / command[0]), *command[1:]], place, UV_PYTHON=sys.executable)


def _read_only(place: Path, source: Path) -> None:
    """A wheel in a place where nobody can write, with no compiled modules."""
    bins = _venv(place)
    _run([str(bins / "python"), "-m", "pip", "install", "--quiet", "--no-compile", f"{source}[lsp]"], place)
    for path in sorted((place / "venv").rglob("*"), reverse=True):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
    before = {path for path in (place / "venv").rglob("*") if "auditor" in path.parts}
    _verdict([str(bins / "auditor")], place, PYTHONDONTWRITEBYTECODE="1")
    if {path for path in (place / "venv").rglob("*") if "auditor" in path.parts} != before:
        raise FailedError("something was written to where it is installed")
    for path in (place / "venv").rglob("*"):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | stat.S_IWUSR)  # so that it can be removed


def _sdist(place: Path, source: Path) -> None:
    """The source distribution, unpacked: its own tests run, and it builds the wheel."""
    bins = _venv(place)
    python = str(bins / "python")
    _run([python, "-m", "pip", "install", "--quiet", "build", "pip>=25.1"], place)
    checkout = place / "checkout"
    _run(["git", "clone", "--quiet", "--depth", "1", source.as_uri(), str(checkout)], place)
    _run([python, "-m", "build", "--sdist", "--outdir", "dist", str(checkout)], place)
    (packed,) = (place / "dist").glob("*.tar.gz")
    with tarfile.open(packed) as archive:
        archive.extractall(place / "unpacked", filter="data")
    (top,) = (place / "unpacked").iterdir()
    _run([python, "-m", "pip", "install", "--quiet", "--editable", ".", "--group", "dev"], top)
    _run([python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS], top)


def _spent() -> float:
    """The CPU time of all processes that ended so far, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


WAYS: Mapping[str, Callable[[Path, Path], None]] = {
    "pip, then auditor and python -m auditor": _pip,
    "pipx": _pipx,
    "uvx": _uvx,
    "a wheel in a read-only place": _read_only,
    "the sdist, its tests from within": _sdist,
}


def main() -> None:
    """Prints the seconds of each way, from an empty directory to the verdict; exits with 1 where one does not lead there."""
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "auditor")
        subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(PROJECT), str(source)], check=True)
        for name, way in WAYS.items():
            place = Path(folder, re.sub(r"\W+", "-", name))
            place.mkdir()
            started, before = time.monotonic(), _spent()
            try:
                way(place, source)
                sys.stdout.write(f"{name}: {time.monotonic() - started:.0f} s, CPU {_spent() - before:.0f} s\n")
            except (FailedError, subprocess.TimeoutExpired) as error:
                failed = True
                sys.stdout.write(f"{name}: {error}\n")
            sys.stdout.flush()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
