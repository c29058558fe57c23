"""What `check` and `explain` have in common: which audit is asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from auditor.console import clock, complete_contract, contract_parameters, gathered, say, settings_of, write
from auditor.foundation.errors import AuditError, known_ones
from auditor.lazy.classes import dataclass
from auditor.platforms import AUTO, DEFAULT_CONTRACT
from auditor.render import Form

if TYPE_CHECKING:
    from auditor.api.request import BucketScope
    from auditor.baseline.entry import Baseline
    from auditor.pipeline import Request
    from auditor.report import Report
    from auditor.sources.options import SourceOptions


_contract_option = click.option(
    "--contract",
    "contracts",
    multiple=True,
    metavar="NAME|FILE",
    help=f"What to prove (repeatable); {AUTO} stands for every built-in platform that the code mentions [default: {AUTO}, and "
    f"{DEFAULT_CONTRACT} where it mentions none].",
    shell_complete=complete_contract,
)


_symptom_option = click.option(
    "--symptom",
    metavar="SYMPTOM",
    help="Check only the possible causes of a symptom (403, cors, …), and report which of them are excluded.",
)


def _scope(buckets: tuple[str, ...], all_buckets: bool, related: bool) -> BucketScope:
    from auditor.api.request import BucketScope

    if all_buckets + related + bool(buckets) > 1:
        raise click.UsageError("--bucket, --all-buckets and --related cannot be combined")
    return BucketScope(buckets, all_buckets, related)


_scope_options = gathered(
    "scope",
    _scope,
    click.option("--bucket", "buckets", multiple=True, metavar="ADDRESS", help="Audit only this bucket (repeatable)."),
    click.option("--all-buckets", is_flag=True, help="Audit every bucket, whether or not it mentions the consumer."),
    click.option(
        "--related", is_flag=True, help="Audit only buckets that are marked or mention the consumer; succeed if there are none."
    ),
)


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """Which findings are reported."""

    select: tuple[str, ...]
    ignore: tuple[str, ...]
    no_ignores: bool


_finding_options = gathered(
    "findings",
    FindingFilter,
    click.option("--select", multiple=True, metavar="RULE", help="Report only findings of this rule (repeatable)."),
    click.option("--ignore", multiple=True, metavar="RULE", help="Report no findings of this rule (repeatable)."),
    click.option("--no-ignores", is_flag=True, help="Ignore suppression comments."),
)


@dataclass(frozen=True, slots=True)
class KnownFindings:
    """Which findings are known, and whether the file that says so is written anew."""

    baseline: str | None
    update_baseline: bool

    def __post_init__(self) -> None:
        if self.update_baseline and self.baseline is None:
            raise click.UsageError("--update-baseline needs --baseline FILE")

    def read(self) -> Baseline | None:
        """The baseline; None when there is none.

        Raises:
            AuditError: the file is not a valid baseline.
        """
        if self.baseline is None:
            return None
        from auditor.baseline.file import read

        return read(self.baseline, anew=self.update_baseline)

    @property
    def places(self) -> tuple[str, ...]:
        """The file, where there is one."""
        return () if self.baseline is None else (self.baseline,)

    def update(self, report: Report) -> None:
        """Writes the baseline, if it is to be updated and nothing is missing in the report."""
        if self.update_baseline and report.compared is not None and not report.errors:
            from auditor.baseline.file import written

            write(written(report.compared.updated), self.baseline, form=Form.JSON)


_baseline_options = gathered(
    "known",
    KnownFindings,
    click.option("--baseline", metavar="FILE", help="Do not count the findings that this file lists."),
    click.option("--update-baseline", is_flag=True, help="Write the findings of this run to the file of --baseline."),
)


def audit_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say what is audited, beside paths, how code is read, and settings."""
    for options in (_baseline_options, _finding_options, _symptom_option, _scope_options, contract_parameters, _contract_option):
        command = options(command)
    return command


@dataclass(frozen=True, slots=True)
class RequestedAudit:
    """What is audited, and how: what `check` and `explain` have in common."""

    paths: tuple[str, ...]
    reading: SourceOptions
    contracts: tuple[str, ...]
    parameters: dict[str, str]
    scope: BucketScope
    findings: FindingFilter
    known: KnownFindings
    use: bool
    symptom: str | None

    def request(self) -> Request:
        """The request of the audit.

        Raises:
            AuditError: a contract, rule, settings file or baseline cannot be had, or nothing in code is behind the symptom.
        """
        from auditor.api.request import Contracts, request_of, rules_named

        settings = settings_of(self.paths, self.use, changed=self.reading.changed)
        request = replace(
            request_of(self.paths, Contracts(self.contracts, self.parameters, clock()), self.scope, self.reading, settings),
            select=rules_named(map(now_called, self.findings.select)),
            ignore=rules_named(map(now_called, self.findings.ignore)),
            honour_suppressions=not self.findings.no_ignores,
            baseline=self.known.read(),
        )
        return _narrowed(request, self.symptom) if self.symptom else request

    def named(self) -> tuple[str, ...]:
        """The files and directories that are named."""
        from auditor.contract.load import is_path

        contracts = (one for one in self.contracts if is_path(one))
        variables = (one.value for one in self.reading.assignments if not one.name)
        return (*self.places(), *contracts, *variables, *self.reading.parameter_files)

    def question(self) -> Iterator[str]:
        """All of it as texts, with the places that names lead to; but how many processes share the work makes no difference."""
        yield repr(replace(self, reading=replace(self.reading, jobs=1)))
        yield from map(os.path.realpath, self.named())

    def places(self) -> tuple[str, ...]:
        """What is named of which more is looked at than its content."""
        return (*self.paths, *self.reading.also_read, *self.known.places)


def _narrowed(request: Request, symptom: str) -> Request:
    """The request with only the needs behind a symptom, and the rules that can explain it."""
    from auditor.api.request import with_needs
    from auditor.guides import guide, symptoms

    if symptom not in symptoms():
        raise AuditError(f"there is no symptom '{symptom}'{known_ones(symptom, symptoms(), 'symptoms')}")
    page = guide(symptom)
    narrowed = with_needs(request, lambda need: need.id.partition(" ")[0] in page.needs)
    if not narrowed.contracts:
        raise AuditError(f"'{symptom}' does not depend on anything in a bucket's code: see 'auditor explain {symptom}'")
    rules = tuple(rule for rule in page.rules if not request.select or rule in request.select)
    if not rules:
        raise AuditError(f"none of the selected rules can explain '{symptom}'; rules that can: {', '.join(page.rules)}")
    return replace(narrowed, select=rules)


def now_called(rule: str) -> str:
    """The present id of a rule; a former one is told."""
    from auditor.rule import current

    now = current(rule)
    if now != rule:
        say(f"note: the rule '{rule}' is now called '{now}'")
    return now
