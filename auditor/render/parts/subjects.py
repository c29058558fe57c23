"""A report by resource: its verdicts under each contract and the findings about it."""

from __future__ import annotations

from dataclasses import field

from auditor.contract import Contract
from auditor.finding import Finding
from auditor.lazy.classes import dataclass
from auditor.model import Resource
from auditor.report import Report
from auditor.verdict import Status, Verdict


@dataclass(slots=True, eq=False)
class ReportedResource:
    """One resource of the report.

    Attributes:
        resource: it.
        contracts: the contracts it was put to, each with its verdicts.
        findings: about it, in the order of the report.
    """

    resource: Resource
    contracts: list[tuple[Contract, list[Verdict]]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Its address."""
        return self.resource.address

    @property
    def verdicts(self) -> list[Verdict]:
        """Those of every contract."""
        return [verdict for _, verdicts in self.contracts for verdict in verdicts]

    @property
    def at_peace(self) -> bool:
        """Whether there is nothing to do about it: no finding, and every need holds or does not apply."""
        return not self.findings and all(verdict.status in {Status.HOLDS, Status.NOT_APPLICABLE} for verdict in self.verdicts)


def by_subject(report: Report) -> tuple[list[ReportedResource], list[Finding]]:
    """The subjects root by root, else in the order of their verdicts, and the findings that belong to none of them."""
    subjects: dict[tuple[str, str], ReportedResource] = {}
    for verdict in report.verdicts:
        key = (verdict.subject.root, verdict.subject.address)
        subject = subjects.setdefault(key, ReportedResource(verdict.subject))
        if not subject.contracts or subject.contracts[-1][0] != verdict.contract:
            subject.contracts.append((verdict.contract, []))
        subject.contracts[-1][1].append(verdict)
    elsewhere: list[Finding] = []
    for finding in report.findings:
        if (own := subjects.get((finding.root, finding.bucket))) is not None:
            own.findings.append(finding)
            continue
        candidates = [subject for subject in subjects.values() if finding.bucket and subject.address == finding.bucket]
        if candidates:
            max(candidates, key=lambda subject: _nearness(subject, finding)).findings.append(finding)
        else:
            elsewhere.append(finding)
    roots = {root: number for number, root in enumerate(dict.fromkeys(root for root, _ in subjects))}
    return sorted(subjects.values(), key=lambda subject: roots[subject.resource.root]), elsewhere


def _nearness(subject: ReportedResource, finding: Finding) -> tuple[int, int]:
    """How well a finding fits the resource where several roots have one of its address: by its files, then by the root."""
    files = {finding.location.path, *(related.location.path for related in finding.related)}
    root = subject.resource.root.rstrip("/") + "/"
    return (
        int(subject.resource.location.path in files),
        len(root) if finding.location.path.startswith(root) or finding.location.path == subject.resource.root else 0,
    )
