"""Tries the fixes of other people's code: applied to a copy, proven again, formatted as it was.

    python -m tests.fixing.cures [--roots N] [--contract NAME]… DIRECTORY…

Each DIRECTORY is a repository. In each of its roots that declare a bucket (N of them at most) every bucket is audited under each contract, the
safe fixes are made, as `auditor check --fix` makes them, and the result is read anew: no verdict may be worse than before or than promised,
nothing may be left unread that was read, and what `terraform fmt -check` accepted it has to accept still. Counted are, for each repository and
for each contract, the errors with a safe fix, with one that a person has to review, and with none, and why there is none.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from auditor.contract import Contract
from auditor.contract.load import load, names, read
from auditor.finding import Certainty, Finding, Severity
from auditor.fixing.apply import Fixed, fix
from auditor.foundation.border import border_of
from auditor.foundation.errors import AuditError
from auditor.foundation.text import Texts
from auditor.pipeline import Request, audit
from auditor.report import Report
from auditor.scaffold.parameters import filled
from auditor.sources.options import SourceOptions
from auditor.verdict import Status

CONTRACTS = ("v7-darwin", "cloudfront-oac", "segments-ai", "cloudtrail", "rekognition-custom-labels")
_KEPT = (".tf", ".tofu", ".tfvars", ".json", ".yaml", ".yml", ".template", ".tftpl", ".tpl", ".hcl")
_LARGEST = 1_000_000
_COLUMNS = ("safe", "review", "none", "made", "gone")


@dataclass
class Count:
    """What was found.

    Attributes:
        findings: how many errors have a fix of each kind (`_kind`), how many fixes were made, and how many errors were gone then.
        none: the errors without a fix, each with what the report says is to be done.
        kept_back: why fixes were not made.
        faults: the harm that was done.
    """

    findings: Counter[str] = field(default_factory=Counter)
    none: Counter[str] = field(default_factory=Counter)
    kept_back: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def __add__(self, other: Count) -> Count:
        """Both together."""
        return Count(
            self.findings + other.findings, self.none + other.none, self.kept_back + other.kept_back, self.faults + other.faults
        )


def copied(repository: Path, place: Path) -> None:
    """The code of a repository, in a repository of its own."""
    for directory, below, files in os.walk(repository):
        below[:] = [name for name in below if not name.startswith(".") and name != "node_modules"]
        for name in files:
            file = Path(directory, name)
            if name.endswith(_KEPT) and not file.is_symlink() and file.stat().st_size < _LARGEST:
                target = place / file.relative_to(repository)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, target)
    (place / ".git").mkdir(parents=True)


def roots(place: Path, most: int) -> Iterator[str]:
    """The directories with code that declares a bucket, those first that say most of it."""
    said: Counter[str] = Counter()
    for file in place.rglob("*"):
        if file.is_file() and file.suffix in (".tf", ".yaml", ".yml", ".json", ".template"):
            text = file.read_text(encoding="utf-8", errors="replace")
            if '"aws_s3_bucket"' in text or "AWS::S3::Bucket" in text or "s3-bucket/aws" in text:
                said[str(file.parent.relative_to(place))] += text.count("aws_s3_bucket") + text.count("AWS::S3::") + 1
    yield from (root for root, _ in said.most_common(most))


def _is_formatted(file: str) -> bool:
    return subprocess.run(["terraform", "fmt", "-check", file], capture_output=True, check=False).returncode == 0


def tried(root: str, contract: Contract, count: Count) -> None:
    """The fixes of one root under one contract."""
    request = Request((root,), (contract,), SourceOptions(), every_bucket=True)
    before = audit(request, Texts(border=border_of((root,))))
    errors = [one for one in before.findings if one.severity is Severity.ERROR and one.rule != "input-error"]
    for finding in errors:
        count.findings[_kind(finding)] += 1
        if not any(patch.edits for patch in finding.fixes):
            count.none[f"{finding.rule}: {finding.fixes[0].title if finding.fixes else finding.help}"] += 1
    if not any(map(_is_safe, errors)):
        return
    texts = Texts(border=border_of((root,)))
    fixed = fix(request, texts)
    count.kept_back.update(fault.partition(":")[0][:90] for one in fixed.tried for fault in one.faults[:1])
    count.findings["made"] += sum(not one.faults for one in fixed.tried)
    with _as_it_was(fixed):
        formatted = {file for file in fixed.files if file.endswith(".tf") and _is_formatted(file)}
        _put(fixed.files)
        after = audit(request, Texts(border=border_of((root,))))
        count.findings["gone"] += len({*map(_identity, errors)} - {*map(_identity, after.findings)})
        count.faults += [f"{root}, {contract.id}: {said}" for said in _faults(before, fixed, after)]
        count.faults += [f"{root}, {contract.id}: {file} is no longer formatted" for file in formatted if not _is_formatted(file)]


@contextlib.contextmanager
def _as_it_was(fixed: Fixed) -> Iterator[None]:
    old = {file: Path(file).read_bytes() for file in fixed.files}
    try:
        yield
    finally:
        _put(old)


def _put(files: Mapping[str, bytes]) -> None:
    for path, content in files.items():
        Path(path).write_bytes(content)


def _identity(finding: Finding) -> tuple[str, ...]:
    return finding.rule, finding.location.path, finding.bucket, finding.subject, finding.root


def _is_safe(finding: Finding) -> bool:
    return any(patch.edits and patch.certainty is Certainty.SAFE for patch in finding.fixes)


def _kind(finding: Finding) -> str:
    if _is_safe(finding):
        return "safe"
    return "review" if any(patch.edits for patch in finding.fixes) else "none"


_ORDER = (Status.HOLDS, Status.NOT_APPLICABLE, Status.UNKNOWN, Status.FAILS)


def _faults(before: Report, fixed: Fixed, after: Report) -> Iterator[str]:
    def statuses(report: Report) -> dict[tuple[str, str, str], Status]:
        return {(one.subject.root, one.subject.address, one.need.id): one.status for one in report.verdicts}

    old, promised, now = statuses(before), statuses(fixed.state.report), statuses(after)
    if promised != now:
        yield "what is written is not what was tried"
    for key, status in now.items():
        if key in old and _ORDER.index(status) > max(1, _ORDER.index(old[key])):
            yield f"{key} was {old[key].value} and is {status.value}"
    if len(after.errors) > len(before.errors):
        yield f"not read any more: {after.errors[-1]}"


def main(arguments: Sequence[str]) -> int:
    """1 when a fix did harm."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--roots", type=int, default=4)
    parser.add_argument("--contract", action="append", choices=names())
    parser.add_argument("repositories", nargs="+", type=Path)
    given = parser.parse_args(arguments)
    contracts = [load(name, dict(filled(read(name), {}).values)) for name in given.contract or CONTRACTS]
    counts: dict[tuple[str, str], Count] = {}
    sys.stdout.write(f"{'':55}" + "".join(f"{name:>8}" for name in _COLUMNS) + "\n")
    for repository in given.repositories:
        with tempfile.TemporaryDirectory(prefix="auditor-cures-") as place:
            copied(repository, Path(place))
            with contextlib.chdir(place):
                for root in roots(Path(place), given.roots):
                    for contract in contracts:
                        count = counts.setdefault((repository.name, contract.id), Count())
                        try:
                            tried(root, contract, count)
                        except AuditError as error:
                            count.kept_back[f"not audited: {str(error)[:60]}"] += 1
        _row(repository.name, _sum(count for key, count in counts.items() if key[0] == repository.name))
    return told(counts)


def told(counts: Mapping[tuple[str, str], Count]) -> int:
    """Tells what was counted in all; 1 when a fix did harm."""
    for contract in dict.fromkeys(key[1] for key in counts):
        _row(contract, _sum(count for key, count in counts.items() if key[1] == contract))
    total = _sum(counts.values())
    _row("all", total)
    for label, counted in (("no fix", total.none), ("kept back", total.kept_back)):
        for what, number in counted.most_common():
            sys.stdout.write(f"{label}: {number} {what}\n")
    for fault in total.faults:
        sys.stdout.write(f"FAULT {fault}\n")
    return int(bool(total.faults))


def _sum(counts: Iterable[Count]) -> Count:
    return sum(counts, Count())


def _row(name: str, count: Count) -> None:
    sys.stdout.write(f"{name:55}" + "".join(f"{count.findings[column]:8}" for column in _COLUMNS) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
