"""The image of the Containerfile, built and run as the README says: on code that fails, code that holds, and none at all.

`python -m tests.oracle.container PODMAN DIRECTORY` prints seconds and sizes, and exits with 1 where the image does something else than is promised.

Where mmdebstrap is installed, the base image is made of Debian's packages and kept in DIRECTORY, and no registry is asked; elsewhere it is pulled.
Images and containers are stored in a temporary directory, as plain files, so that no storage driver is needed.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.own_code import PROJECT

BASE = "docker.io/library/python:3.13-slim"
# How this machine's pip reaches the package index; seen while the image is built, and no part of it.
MOUNTED = ("/etc/pip.conf", "/etc/ssl/certs")
# The limits are below those of any machine: the engine's own may be above, which it then cannot set.
CONFIGURATION = """
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "none"
"""
# What a process of the image may do: who it is, where it can write, whether there is an installer.
LOOK = """
import importlib.util, os
print(os.getuid(), [place for place in ("/", "/opt/auditor", "/code") if os.access(place, os.W_OK)], importlib.util.find_spec("pip"))
"""


class FailedError(Exception):
    """The image does something else than is promised."""


def _timed(what: str, command: Sequence[str], *, code: int = 0, cwd: Path = PROJECT, **more: str) -> str:
    """The output of a command; says how long it took."""
    started = time.monotonic()
    ran = subprocess.run(command, cwd=cwd, env={**os.environ, **more}, capture_output=True, text=True, check=False, timeout=1200)
    if ran.returncode != code:
        raise FailedError(f"{what}: {shlex.join(command)} exits with {ran.returncode} instead of {code}:\n{ran.stdout}{ran.stderr}")
    sys.stdout.write(f"{what}: {time.monotonic() - started:.1f} s\n")
    sys.stdout.flush()
    return ran.stdout


def _of_readme(verb: str) -> list[str]:
    """The arguments of the README's `podman build` or `podman run`."""
    (line,) = re.findall(rf"`podman {verb} ([^`]+)`", (PROJECT / "README.md").read_text(encoding="utf-8"))
    return [verb, *shlex.split(line)]


def _base(podman: Sequence[str], kept: Path) -> list[str]:
    """The base image, made here where that can be done; the options of a build that uses it."""
    if not (mmdebstrap := shutil.which("mmdebstrap")):
        return []
    packed = kept / "base.tar"
    if not packed.exists():
        link = 'ln -s /usr/bin/python3 "$1/usr/local/bin/python"'
        made = kept / "base.part.tar"
        packages = "--include=python3,python3-venv"
        _timed(
            "base image", [mmdebstrap, "--quiet", "--variant=essential", packages, f"--customize-hook={link}", "trixie", str(made)]
        )
        made.rename(packed)
    _timed("base image, stored", [*podman, "import", str(packed), BASE])
    return ["--pull=never", *(f"--volume={path}:{path}:ro" for path in MOUNTED if Path(path).exists())]


def _tried(podman: Sequence[str], code: Path) -> None:
    """Raises FailedError where a run says something else than the image's promises, or exits with another code."""
    verb, *run = _of_readme("run")
    mount = next(part for part in run if part.startswith("$PWD:"))
    run = [part.replace("$PWD", str(code)) for part in run]
    start = [verb, *run[: run.index("auditor")]]
    said = _timed("README's line, exit code 1", [*podman, verb, *run], code=1)
    if "✓ s3:GetObject" not in said or "✗ s3:PutObject" not in said:
        raise FailedError(f"README's line says something else:\n{said}")
    _timed("no arguments: all of /code, exit code 1", [*podman, *start, "auditor"], code=1)
    _timed("code that holds, exit code 0", [*podman, *start, "auditor", "check", "infra", "--bucket", "aws_s3_bucket.images"])
    _timed("nothing to audit, exit code 2", [*podman, "run", "--rm", "--network=none", "auditor"], code=2)
    strict = ["--read-only", "--cap-drop=all", "--user=12345:12345"]
    if _timed("any user, nothing writable", [*podman, *start, *strict, "auditor", "check", "infra"], code=1) != said:
        raise FailedError("another user is told something else")
    seen = _timed("from within", [*podman, *start, "--entrypoint=/opt/auditor/bin/python", "auditor", "-c", LOOK])
    if seen.strip() != "10001 [] None" or not mount.endswith(":ro"):
        raise FailedError(f"user, writable places and installer are: {seen}")


def main() -> None:
    """Exits with 1 where the image cannot be built, or does something else than is promised."""
    engine, folder = sys.argv[1:]
    kept = Path(folder)
    kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        place = Path(made)
        runtime = 'runtime = "runc"\n' if shutil.which("runc") else ""  # knows every layout of control groups
        (place / "containers.conf").write_text(CONFIGURATION + runtime, encoding="utf-8")
        os.environ["CONTAINERS_CONF"] = str(place / "containers.conf")
        podman = [engine, f"--root={place / 'images'}", f"--runroot={place / 'run'}", "--storage-driver=vfs"]
        shutil.copytree(PROJECT / "fixtures/demo", place / "code/infra")
        try:
            base = _base(podman, kept)
            verb, *rest = _of_readme("build")
            _timed("image", [*podman, verb, "--isolation=chroot", *base, *rest])
            size, under = (
                int(_timed(f"size of {name}", [*podman, "image", "inspect", "--format={{.Size}}", name]))
                for name in ("auditor", BASE)
            )
            sys.stdout.write(f"{size / 1e6:.0f} MB, of which the base image is {under / 1e6:.0f} MB\n")
            _tried(podman, place / "code")
        except FailedError as error:
            sys.exit(str(error))


if __name__ == "__main__":
    main()
