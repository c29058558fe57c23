"""What two revisions decide differently: on every fixture, and on any directories.

python -m tests.compare.verdicts BASE [DIRECTORY]...

The fixtures are those of BASE, each alone in a directory of its own. BASE's code judges them beside the code of the work tree. Reasons,
findings and places are aside: compared are the verdicts (root, resource and need, and how often each status), and what could not be read.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[2]
SUFFIXES = {".tf", ".yaml", ".json"}
ALONE = ("rules", "twins", "sources/terraform-plan")  # folders of fixtures where every file is one input
TOGETHER = ("demo", "documents/*")  # a folder is one input
ROLES = {".tf": ("main.tf", "aws_iam_role.app"), ".yaml": ("template.yaml", "App")}

# What was called otherwise once. A verdict's resource was a bucket, and `unknown` was `open`.
STATUSES = {"open": "unknown"}
RESOURCES = ("subject", "resource", "bucket")

Input = tuple[str, str, list[str]]  # its name, the directory where the audit runs, the arguments
Decided = Mapping[tuple[str, ...], Counter[str]]  # what was asked → how often each status was the answer


def code_of(revision: str | None, directory: Path) -> None:
    """Lays the product as it was at a revision (None: as it is in the work tree) and the fixtures of then into a directory."""
    directory.mkdir()
    if revision is None:
        for folder in ("auditor", "rules"):
            shutil.copytree(PROJECT / folder, directory / folder, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        command = ["git", "-C", str(PROJECT), "archive", revision, "auditor", "rules", "fixtures"]
        archive = subprocess.run(command, check=True, capture_output=True).stdout
        subprocess.run(["tar", "-x", "-C", str(directory)], check=True, input=archive)
    if not (directory / "auditor" / "rules").exists():
        (directory / "auditor" / "rules").symlink_to("../rules")  # as the wheel has it


def fixtures(source: Path, directory: Path) -> Iterator[Input]:
    """Every fixture below `source`, copied alone into a directory of its own below `directory`."""
    cases = [case for folder in ALONE for case in sorted((source / folder).rglob("*")) if case.suffix in SUFFIXES]
    cases += [case for folder in TOGETHER for case in sorted(source.glob(folder)) if case.is_dir()]
    for case in cases:
        name = str(case.relative_to(source))
        place = directory / name.replace("/", "-")
        place.mkdir(parents=True)
        if case.is_dir():
            shutil.copytree(case, place / case.name)
        else:
            shutil.copy(case, place)
        yield f"fixtures/{name}", str(place), [case.name, "--all-buckets"]
    for case in sorted((source / "roles").iterdir()):
        if case.suffix in ROLES:
            file, role = ROLES[case.suffix]
            place = directory / f"roles-{case.name}"
            place.mkdir()
            shutil.copy(case, place / file)
            yield f"fixtures/roles/{case.name}", str(place), [file, "--with", f"principal={role}"]


def reports(code: Path, inputs: list[Input]) -> dict[str, Any]:
    """The JSON reports on some inputs by name, made by the code in a directory."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(code), str(PROJECT)))}
    command = [sys.executable, "-P", "-m", "tests.compare.under_revision"]
    run = subprocess.run(command, env=environment, input=json.dumps(inputs), capture_output=True, text=True, check=False)
    if run.returncode:
        sys.exit(f"{code.name}: {run.stderr}")
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def decided(report: Mapping[str, Any]) -> Decided:
    """What a report decides and what it could not read, in today's words."""
    if "refused" in report:
        return {("refused",): Counter([report["refused"]])}
    answers: dict[tuple[str, ...], Counter[str]] = {}
    for verdict in report["verdicts"]:
        resource = next(verdict[key] for key in RESOURCES if key in verdict)
        address = resource["address"] if isinstance(resource, dict) else resource
        asked = (verdict["root"], address, verdict["need"])
        answers.setdefault(asked, Counter())[STATUSES.get(verdict["status"], verdict["status"])] += 1
    for error in report["errors"]:
        place = error.get("location") or {}
        answers.setdefault(("not read", str(place.get("path")), str(place.get("line"))), Counter())["error"] += 1
    return answers


def differences(name: str, old: Decided, new: Decided) -> Iterator[str]:
    """One line for each thing that was asked of one input and answered otherwise."""
    for asked in sorted({*old, *new}):
        before, after = (", ".join(sorted(side.get(asked, Counter()).elements())) or "nothing" for side in (old, new))
        if before != after:
            yield f"{name}: {' '.join(asked)}: {before} → {after}"


def main() -> None:
    """Prints the differences, then how much was compared; exit code 1 where there is one."""
    if len(sys.argv) < 2:
        sys.exit("usage: python -m tests.compare.verdicts BASE [DIRECTORY]...")
    base, *corpora = sys.argv[1:]
    with tempfile.TemporaryDirectory() as scratch:
        old, new = Path(scratch, "base"), Path(scratch, "work-tree")
        code_of(base, old)
        code_of(None, new)
        inputs = list(fixtures(old / "fixtures", Path(scratch, "inputs")))
        inputs += [(corpus, str(Path(corpus).resolve()), [".", "--all-buckets"]) for corpus in corpora]
        with ThreadPoolExecutor(2) as both:
            before, after = both.map(lambda code: reports(code, inputs), (old, new))
    count, verdicts = 0, 0
    for name, _, _ in inputs:
        asked = decided(before[name])
        verdicts += sum(sum(answers.values()) for answers in asked.values())
        for line in differences(name, asked, decided(after[name])):
            count += 1
            sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"{len(inputs)} inputs, {verdicts} answers at {base}, {count} differences\n")
    sys.exit(1 if count else 0)


if __name__ == "__main__":
    main()
