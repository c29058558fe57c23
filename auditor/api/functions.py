"""The interface for Python: what `auditor` exports. Nothing here prints, exits or changes the process."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import field, replace

from auditor.api.request import BucketScope, Contracts, change_of, request_of, rules_named, with_needs
from auditor.baseline.file import read as read_baseline
from auditor.changes.change import Change
from auditor.foundation.errors import AuditError, known_ones
from auditor.foundation.text import Texts
from auditor.lazy.classes import dataclass
from auditor.pipeline import Request
from auditor.pipeline import audit as run
from auditor.platforms import DEFAULT_CONTRACT
from auditor.render import FORMATS, RenderOptions, render
from auditor.render.change import FORMATS as CHANGE_FORMATS
from auditor.render.change import render as render_change
from auditor.report import Report
from auditor.settings.read import read_settings
from auditor.settings.types import Settings
from auditor.sources.options import Assignment, SourceOptions
from auditor.verdict import Verdict

Path = str | os.PathLike[str]
"""A file or directory."""


@dataclass(frozen=True, slots=True)
class Given:
    """What you know and the code leaves unresolved.

    Attributes:
        variables: Terraform variables, as `--var` takes them: text, or an HCL expression for what is not text.
        variable_files: files of Terraform variables, a later one wins; `variables` win over all of them.
        parameters: CloudFormation parameters by name.
        parameter_files: files of CloudFormation parameters, in a form of the AWS command line, or a samconfig of the SAM CLI.
        region: the AWS region.
        account: the AWS account that the code is deployed to, twelve digits.
        workspace: the Terraform workspace.
        environment: environment variables that Terraform reads, `TF_VAR_…` and `TF_WORKSPACE`. Those of the process are not read; pass
            `os.environ` for them.
        also_read: directories outside of the repository that modules, links and names of files may lead to. Without it nothing is read there.
    """

    variables: Mapping[str, str] = field(default_factory=dict)
    variable_files: Sequence[Path] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    parameter_files: Sequence[Path] = ()
    region: str | None = None
    account: str | None = None
    workspace: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    also_read: Sequence[Path] = ()

    def options(self) -> SourceOptions:
        """The same as the readers take it.

        Raises:
            AuditError: the account does not have twelve digits, or the region has not the form of a code.
        """
        from auditor.needs.bucket_region import no_region

        if self.account is not None and not re.fullmatch("[0-9]{12}", self.account):
            raise AuditError(f"'{self.account}' is not the id of an account, which has twelve digits")
        if self.region is not None and (problem := no_region(self.region)):
            raise AuditError(problem)
        return SourceOptions(
            (
                *(Assignment("", os.fspath(path)) for path in self.variable_files),
                *(Assignment(name, value) for name, value in self.variables.items()),
            ),
            {name: value for name, value in self.environment.items() if name.startswith("TF_VAR_") or name == "TF_WORKSPACE"},
            self.parameters,
            tuple(os.fspath(path) for path in self.parameter_files),
            self.region,
            self.account,
            self.workspace,
            also_read=tuple(map(os.path.realpath, self.also_read)),
        )


def audit(
    paths: Path | Sequence[Path] = ".",
    *,
    contract: str | Sequence[str] = (),
    parameters: Mapping[str, str] | None = None,
    given: Given | None = None,
    buckets: Sequence[str] = (),
    all_buckets: bool = False,
    related: bool = False,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    suppressions: bool = True,
    baseline: Path | None = None,
    settings: bool = True,
    now: dt.datetime | None = None,
) -> Report:
    """Audits files and directories, as `auditor check` does.

    Args:
        paths: one or several files and directories.
        contract: what to prove: names of built-in contracts, paths of contract files, or "auto" for every built-in platform that the code
            mentions. Without it: the contracts of `.auditor.yaml`, else "auto", and "v7-darwin" where the code mentions no platform.
        parameters: of the contracts, by name.
        given: what you know and the code leaves unresolved.
        buckets: addresses of the buckets to audit; without them they are chosen as `auditor check` chooses them.
        all_buckets: audit every bucket.
        related: audit only buckets that are marked or mention the consumer; where there are none, the report is empty.
        select: ids of the rules whose findings are wanted, all without it.
        ignore: ids of rules whose findings are not wanted.
        suppressions: whether comments suppress findings.
        baseline: a file of findings that do not count.
        settings: whether `.auditor.yaml` files are read.
        now: the time, for suppressions that expire and requests that are signed; by default the present.

    Returns:
        The report. What could not be read is in its `errors`: it is incomplete then, and `exit_code()` is 2.

    Raises:
        AuditError: the audit cannot be done: no such contract, parameter, rule or bucket, a settings file or baseline that cannot be used,
            or several buckets and nothing that says which.
    """
    request = replace(
        _request(paths, contract, parameters, given, _scope(buckets, all_buckets, related), settings, now),
        select=rules_named(select),
        ignore=rules_named(ignore),
        honour_suppressions=suppressions,
        baseline=None if baseline is None else read_baseline(os.fspath(baseline), anew=False),
    )
    return run(request, Texts())


def prove(
    need: str,
    paths: Path | Sequence[Path] = ".",
    *,
    bucket: str | None = None,
    contract: str = DEFAULT_CONTRACT,
    parameters: Mapping[str, str] | None = None,
    given: Given | None = None,
    settings: bool = True,
    now: dt.datetime | None = None,
) -> Verdict:
    """Proves one need of one bucket.

    Args:
        need: its id in the contract, such as "s3:PutObject" or "cors:PUT".
        paths: one or several files and directories.
        bucket: the address of the bucket; without it, the only one that the contract applies to.
        contract: the name of a built-in contract, or the path of a contract file.
        parameters: of the contract, by name.
        given: what you know and the code leaves unresolved.
        settings: whether `.auditor.yaml` files are read.
        now: the time; by default the present.

    Returns:
        The verdict: `status`, `reason`, `location`, and `witness` or `resolved_by`.

    Raises:
        AuditError: as `audit` raises it; the contract does not ask for the need; something could not be read; or there is not exactly one
            verdict.
    """
    request = _request(paths, contract, parameters, given, BucketScope((bucket,) if bucket else ()), settings, now)
    narrowed = replace(with_needs(request, lambda one: one.id == need), auto=False)
    if not narrowed.contracts:
        known = [one.id for asked in request.contracts for one in asked.needs]
        raise AuditError(f"{contract} does not ask for '{need}'{known_ones(need, known, 'needs')}")
    report = run(narrowed, Texts())
    if report.errors:
        raise AuditError("\n".join(map(str, report.errors)), report.errors)
    if len(report.verdicts) != 1:
        found = ", ".join(verdict.subject.address for verdict in report.verdicts)
        raise AuditError(
            f"there are {len(report.verdicts)} verdicts on '{need}', not one{found and f': name the bucket, one of {found}'}"
        )
    return report.verdicts[0]


def diff(
    old: Path | None = None,
    new: Path | None = None,
    *,
    contract: str | Sequence[str] = (),
    parameters: Mapping[str, str] | None = None,
    given: Given | None = None,
    kind: str | None = None,
    settings: bool = True,
    baseline: Path | None = None,
    now: dt.datetime | None = None,
) -> Change:
    """What a change does, as `auditor diff` says it.

    Args:
        old: a git revision, a directory, a policy document or a plan; without it, the commit where the branch left the main one.
        new: likewise; without it, the work tree, or what a plan makes of the state before it.
        contract: whose verdicts are compared, for every bucket. Without it: the contracts of `.auditor.yaml`, else every built-in platform that
            the code mentions; for the buckets that mention them on either side.
        parameters: of the contracts, by name.
        given: what you know and the code leaves unresolved.
        kind: what two policy documents are attached to ("bucket", "key", "identity", "trust"), where their shape does not tell.
        settings: whether `.auditor.yaml` files are read; those of the new side count on both.
        baseline: a file of findings that do not count, as it is on the new side; its own changes are told.
        now: the time; by default the present.

    Returns:
        The change. What could not be read of the new side is in its `errors`, of the old side in `old_errors`.

    Raises:
        AuditError: a side or a contract cannot be had, or there is no such kind.
    """
    if kind not in (None, "bucket", "key", "identity", "trust"):
        raise AuditError(f"'{kind}' is not a kind of policy: bucket, key, identity or trust")
    before, after = (None if side is None else os.fspath(side) for side in (old, new))
    known = None if baseline is None else os.fspath(baseline)
    asked, options = _contracts(contract, parameters, now), (given or Given()).options()
    return change_of(before, after, asked, options, kind, settings=settings, baseline=known)


def format_report(
    result: Report | Change, form: str = "json", *, explain: bool = False, show_suppressed: bool = False, width: int = 100
) -> str:
    """A report or a change as text, as the command line writes it.

    Args:
        result: what `audit` or `diff` returned.
        form: for a report one of human, concise, json, sarif, github, markdown, junit, gitlab; for a change one of human, json, markdown, sarif, github, html.
        explain: whether every verdict shows how it was reached.
        show_suppressed: whether suppressed findings are shown too.
        width: columns, for the format "human".

    Raises:
        AuditError: there is no such format.
    """
    known = FORMATS if isinstance(result, Report) else CHANGE_FORMATS
    if form not in known:
        raise AuditError(f"there is no format '{form}'{known_ones(form, known, 'formats')}")
    options = RenderOptions(explain=explain, show_suppressed=show_suppressed, width=width)
    return render(form, result, options) if isinstance(result, Report) else render_change(form, result, options)


def _request(
    paths: Path | Sequence[Path],
    contract: str | Sequence[str],
    parameters: Mapping[str, str] | None,
    given: Given | None,
    scope: BucketScope,
    settings: bool,
    now: dt.datetime | None,
) -> Request:
    named = (os.fspath(paths),) if isinstance(paths, str | os.PathLike) else tuple(os.fspath(path) for path in paths)
    files = read_settings(named) if settings else Settings()
    return request_of(named, _contracts(contract, parameters, now), scope, (given or Given()).options(), files)


def _contracts(contract: str | Sequence[str], parameters: Mapping[str, str] | None, now: dt.datetime | None) -> Contracts:
    names = (contract,) if isinstance(contract, str) else tuple(contract)
    return Contracts(names, parameters or {}, now or dt.datetime.now(tz=dt.UTC))


def _scope(buckets: Sequence[str], all_buckets: bool, related: bool) -> BucketScope:
    if all_buckets + related + bool(buckets) > 1:
        raise AuditError("buckets, all_buckets and related cannot be combined")
    return BucketScope(tuple(buckets), all_buckets, related)
