"""The audit of a scaffold: what is written is read back, and what keeps the contract from holding is told."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from operator import attrgetter
from pathlib import Path

from auditor.contract import Contract
from auditor.finding import Finding, Severity
from auditor.foundation.text import Texts
from auditor.pipeline import Request, audit
from auditor.report import Report
from auditor.sources.options import SourceOptions
from auditor.verdict import Status


def report(name: str, text: str, contract: Contract, options: SourceOptions) -> Report:
    """The report on a file that is not there yet.

    Args:
        name: of the file, which tells how it is read.
        text: what is in it.
        contract: what is to hold.
        options: how it is read.

    Raises:
        AuditError: the audit cannot be done.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, name)
        Path(path).write_text(text, encoding="utf-8")
        return audit(Request((path,), (contract,), options, every_bucket=True), Texts())


def faults(found: Report, told: Callable[[Finding], str] = attrgetter("message")) -> Iterator[str]:
    """Why a contract does not hold, as sentences; none when every need holds or is not applicable, and no finding is above a note.

    Args:
        found: the report.
        told: what is said of a finding.
    """
    yield from (error.message for error in found.errors)
    for verdict in found.verdicts:
        if verdict.status not in (Status.HOLDS, Status.NOT_APPLICABLE):
            hints = dict.fromkeys(one.hint for one in verdict.resolved_by if one.hint)
            yield f"{verdict.need.id} {verdict.status.value}: {'; '.join((verdict.reason, *hints))}"
    yield from (told(finding) for finding in found.findings if finding.severity.is_above(Severity.NOTE))
    if not found.verdicts:
        yield "nothing was audited"
