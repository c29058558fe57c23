"""Everything an audit found: what the renderers are given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from auditor.contract import Contract
from auditor.finding import Finding, Severity
from auditor.foundation.errors import InputError
from auditor.foundation.text import Texts
from auditor.lazy.classes import dataclass
from auditor.rule import Rule
from auditor.verdict import Status, Verdict

if TYPE_CHECKING:
    from auditor.baseline.compare import Compared


@dataclass(frozen=True, slots=True)
class Report:
    """The result of one run.

    Attributes:
        contracts: those that were asked, with their parameters.
        verdicts: in the order of roots, buckets and needs.
        findings: sorted by place, then rule.
        errors: what could not be read or done.
        rules: the whole catalogue, sorted by id.
        suppressed: findings that a suppression comment suppresses.
        notes: what the user should know about the run itself (how the buckets were chosen), one sentence each.
        texts: the files, for excerpts and fingerprints.
        checked: what was checked when it was not a bucket ("1 request, 100,000 items").
        excused: verdicts that fail only by findings that are suppressed, in the baseline, or were not asked for: they do not count for the exit code.
        compared: the findings beside the baseline; None without one.
        left_out: those of the notes that say what does not count, which every run tells.
        answers: the failing verdicts, each with the findings that tell why, whether they count or not.
        unrelated: the buckets that mention none of the contracts they were put to, by root and address, where others do.
        apart: the buckets that nothing was asked of, by root and address.
        nothing: whether nothing at all was audited, though something should have been: neither that nor its absence proves anything.
    """

    contracts: tuple[Contract, ...]
    verdicts: tuple[Verdict, ...]
    findings: tuple[Finding, ...]
    errors: tuple[InputError, ...]
    rules: Sequence[Rule]
    suppressed: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    texts: Texts = field(default_factory=Texts)
    checked: str = ""
    excused: tuple[Verdict, ...] = ()
    nothing: bool = False
    compared: Compared | None = None
    left_out: tuple[str, ...] = ()
    answers: tuple[tuple[Verdict, tuple[Finding, ...]], ...] = ()
    unrelated: tuple[tuple[str, str], ...] = ()
    apart: tuple[tuple[str, str], ...] = ()

    @property
    def assumptions(self) -> tuple[str, ...]:
        """The assumptions of the verdicts, each once, in the order of first use."""
        return tuple(dict.fromkeys(assumption for verdict in self.verdicts for assumption in verdict.assumptions))

    @property
    def counts(self) -> dict[str, int]:
        """How many verdicts of each status, and how many findings are suppressed and, with a baseline, known."""
        counted = Counter(verdict.status for verdict in self.verdicts)
        known = {} if self.compared is None else {"known": len(self.compared.known)}
        return {**{status.value: counted[status] for status in Status}, "suppressed": len(self.suppressed), **known}

    def is_excused(self, verdict: Verdict) -> bool:
        """Whether a verdict is one of `excused`."""
        return any(verdict is one for one in self.excused)

    def exit_code(self, *, strict: bool = False, exit_zero: bool = False) -> int:
        """0 nothing failed, 1 something fails (or is unknown under `strict`; never under `exit_zero`), 2 something was not read or done."""
        if self.errors:
            return 2
        failed = any(finding.severity is Severity.ERROR for finding in self.findings) or any(
            verdict.status is Status.FAILS and not self.is_excused(verdict) for verdict in self.verdicts
        )
        unknown = strict and any(verdict.status is Status.UNKNOWN for verdict in self.verdicts)
        return 1 if (failed or unknown) and not exit_zero else 0
