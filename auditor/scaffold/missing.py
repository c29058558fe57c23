"""What a bucket of code lacks: the fixes of the needs that do not hold, as a patch, and what no fix can do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from auditor.contract import Contract
from auditor.finding import INPUT_ERROR, Finding
from auditor.fixing.apply import fix
from auditor.fixing.files import UnifiedDiff, patch
from auditor.foundation.errors import InputError
from auditor.foundation.text import Texts
from auditor.lazy.classes import dataclass
from auditor.pipeline import Request
from auditor.scaffold import proof
from auditor.sources.options import SourceOptions


@dataclass(frozen=True, slots=True)
class MissingParts:
    """What is missing.

    Attributes:
        patch: the changes.
        left: what still keeps the contract from holding then, as sentences.
        errors: what could not be read or proven.
    """

    patch: UnifiedDiff
    left: tuple[str, ...]
    errors: tuple[InputError, ...]


def missing(contract: Contract, address: str, paths: Sequence[str], options: SourceOptions, texts: Texts) -> MissingParts:
    """What a bucket lacks for a contract to hold: each fix was tried, and none gives anything to anybody but the consumer.

    Args:
        contract: what is to hold.
        address: of the bucket.
        paths: the code.
        options: how it is read.
        texts: the files.

    Raises:
        AuditError: there is no such bucket.
    """
    fixed = fix(Request(tuple(paths), (contract,), options, buckets=(address,)), texts)
    kept_back = {one.finding.fingerprint: f"'{one.patch.title}' is left out: {one.faults[0]}." for one in fixed.tried if one.faults}

    def told(finding: Finding) -> str:
        return f"{finding.message} {kept_back.get(finding.fingerprint) or _to_do(finding)}"

    report = fixed.state.report
    read = replace(report, errors=(), findings=tuple(one for one in report.findings if one.rule != INPUT_ERROR))
    return MissingParts(patch(fixed.files, texts), tuple(dict.fromkeys(proof.faults(read, told))), report.errors)


def _to_do(finding: Finding) -> str:
    """What a person has to decide or do about a finding."""
    for one in finding.fixes:
        how = f"; to apply it: auditor check --fix={finding.rule}" if one.edits else ""
        return f"To be reviewed: {one.title}{how}."
    return finding.help
