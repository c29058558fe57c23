"""Tries the pre-commit hooks of this repository, as it is committed, on a repository with good, bad and unreadable modules.

    python -m venv .oracle/pre-commit && .oracle/pre-commit/bin/pip install pre-commit
    python -m tests.oracle.hooks .oracle/pre-commit/bin/pre-commit

Each hook is run for the files that a commit would change; what is compared is whether it passes and what it prints.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[2]
DEMO = PROJECT / "fixtures" / "demo"


@dataclass(frozen=True)
class Trial:
    """A run of one hook.

    Attributes:
        hook: its id.
        files: the changed files.
        passes: whether it is to pass.
        says: what is to stand in its output.
    """

    hook: str
    files: Sequence[str]
    passes: bool
    says: str


TRIALS = (
    Trial("auditor", ["good/images.tf"], passes=True, says="Passed"),
    Trial("auditor", ["bad/scans.tf"], passes=False, says="4 fail, 3 hold; 5 findings (4 errors, 1 warning)."),
    # one file of a module stands for all of it
    Trial("auditor", ["bad/main.tf"], passes=False, says="error[acls-enabled]"),
    Trial("auditor", ["good/images.tf", "bad/scans.tf"], passes=False, says="read 2 roots, found 2 buckets"),
    Trial("auditor", ["latin/main.tf"], passes=False, says="not read: is not UTF-8: byte 0xe9 at offset 5"),
    Trial("auditor", ["notes.txt"], passes=True, says="(no files to check)Skipped"),
    Trial("auditor", ["package.json"], passes=True, says="Passed"),
    Trial("auditor", ["live/cors.json"], passes=False, says="error[cors-request-refused]"),
    Trial("auditor-all", ["notes.txt"], passes=True, says="(no files to check)Skipped"),
    Trial("auditor-all", ["good/images.tf"], passes=False, says="read 4 roots, "),
)


def _repository(folder: Path) -> None:
    """A repository with three modules."""
    for module, file in (("good", "images.tf"), ("bad", "scans.tf")):
        (folder / module).mkdir()
        for name in (file, "main.tf"):
            shutil.copy(DEMO / name, folder / module)
    (folder / "latin").mkdir()
    (folder / "latin" / "main.tf").write_bytes(b"# caf\xe9\n")
    (folder / "live").mkdir()
    rules = '{"CORSRules": [{"AllowedOrigins": ["https://darwin.v7labs.com/"], "AllowedMethods": ["GET", "PUT"]}]}'
    (folder / "live" / "cors.json").write_text(rules, encoding="utf-8")
    (folder / "package.json").write_text('{"name": "x"}', encoding="utf-8")
    (folder / "notes.txt").write_text("nothing\n", encoding="utf-8")
    _git(folder, "init", "--quiet")
    _git(folder, "add", "--all")


def _git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True).stdout.strip()


def main(arguments: list[str]) -> int:
    """Runs the trials; 0 when all are as they should be, 1 when one is not, 2 when pre-commit is not there."""
    program = shutil.which(os.path.abspath(arguments[0])) if arguments else shutil.which("pre-commit")
    if program is None:
        sys.stderr.write(f"pre-commit is not there\n{__doc__}")
        return 2
    worst = 0
    with tempfile.TemporaryDirectory() as store, tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        _repository(folder)
        hooks = "".join(f"      - id: {name}\n" for name in ("auditor", "auditor-all"))
        configuration = folder / ".pre-commit-config.yaml"
        revision = _git(PROJECT, "rev-parse", "HEAD")
        configuration.write_text(f"repos:\n  - repo: {PROJECT}\n    rev: {revision}\n    hooks:\n{hooks}", encoding="utf-8")
        for trial in TRIALS:
            run = subprocess.run(
                [program, "run", trial.hook, "--files", *trial.files],
                cwd=folder,
                env={**os.environ, "PRE_COMMIT_HOME": store, "COLUMNS": "100"},
                capture_output=True,
                text=True,
                check=False,
            )
            right = (run.returncode == 0) is trial.passes and trial.says in run.stdout
            worst |= not right
            sys.stdout.write(f"{'as expected' if right else 'WRONG'}: {trial.hook} for {', '.join(trial.files)}\n")
            if not right:
                sys.stdout.write(run.stdout + run.stderr)
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
