"""`auditor check`: audits files and directories."""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from auditor.commands.requested import FindingFilter, KnownFindings, RequestedAudit, audit_options, now_called
from auditor.console import (
    Output,
    ReadingCommand,
    also_taken,
    answer_of,
    clock,
    fail,
    gathered,
    give,
    output_options,
    path_arguments,
    say,
    settings_option,
    source_options,
    texts_of,
    wants_color,
    watched,
    width,
    write,
    write_patch,
)
from auditor.foundation.border import walked_once
from auditor.foundation.errors import AuditError
from auditor.lazy.classes import dataclass
from auditor.render import Form

if TYPE_CHECKING:
    from auditor.api.request import BucketScope
    from auditor.foundation.text import Texts
    from auditor.host.cache import CachedOutput
    from auditor.pipeline import Request
    from auditor.report import Report
    from auditor.sources.options import SourceOptions


def _shown(
    explain: bool, verbose: bool, summary: bool, strict: bool, exit_zero: bool, show_suppressed: bool, sarif_category: str | None
) -> dict[str, bool | str | None]:
    return {
        "explain": explain,
        "verbose": verbose,
        "summary": summary,
        "strict": strict,
        "exit_zero": exit_zero,
        "show_suppressed": show_suppressed,
        "category": sarif_category,
    }


_shown_options = gathered(
    "shown",
    _shown,
    click.option("--explain", is_flag=True, help="Show for every verdict how it was reached."),
    click.option("--verbose", is_flag=True, help="Show every bucket in full, also those with nothing to do, and all assumptions."),
    click.option("--summary", is_flag=True, help="Show one line for each bucket."),
    click.option("--strict", is_flag=True, help="Exit with 1 for unknown verdicts too."),
    click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever fails; input errors still exit with 2."),
    click.option("--show-suppressed", is_flag=True, help="Also show suppressed findings, marked as such."),
    click.option("--sarif-category", metavar="NAME", help="The category of the SARIF run."),
)


@dataclass(frozen=True, slots=True)
class _Fixing:
    """Which fixes are made, and whether they are written or shown."""

    fix: bool
    fix_rule: str | None
    diff: bool
    suggest: str | None

    @property
    def writes(self) -> bool:
        """Whether fixes are made, shown or suggested."""
        return self.fix or self.diff or self.fix_rule is not None or self.suggest is not None

    def report(self, request: Request, texts: Texts) -> Report:
        """The report on the code as the fixes make it; what was done, and what was not, is told on standard error.

        Raises:
            AuditError: the audit cannot be done, or a file cannot be written.
        """
        from auditor.pipeline import audit

        if self.suggest is not None:
            write(_suggested(request, texts, self.suggest), None, terminal=False, form=Form.JSON)
            sys.exit(0)
        if not self.writes:
            return audit(request, texts)
        from auditor.api.request import rules_named
        from auditor.fixing.apply import fix
        from auditor.fixing.files import UnifiedDiff, patch, written

        if "-" in request.paths and not self.diff:
            raise AuditError("standard input cannot be changed: --diff shows the fixes as a patch")
        fixed = fix(request, texts, rules_named([now_called(self.fix_rule)])[0] if self.fix_rule else "")
        shown = UnifiedDiff("")
        try:
            if self.diff:
                shown = patch(fixed.files, texts)
            else:
                written(fixed.files, texts)
        except OSError as error:
            raise AuditError(f"{error.filename or 'a file'}: cannot be written: {error.strerror or error}") from error
        for one in fixed.tried:
            did = f"not fixed, for {one.faults[0]}" if one.faults else "would fix" if self.diff else "fixed"
            say(f"{one.finding.location}: {did}: {one.patch.title} [{one.finding.rule}]")
        if not fixed.tried:
            say("no fix to apply" if self.fix_rule else "no safe fix to apply")
        if self.diff:
            write_patch(shown, None)
            unread = fixed.state.report.errors
            for fault in unread:
                say(f"{fault.location}: not read: {fault.message}")
            sys.exit(2 if unread else 1 if fixed.files else 0)
        return fixed.state.report


def _suggested(request: Request, texts: Texts, base: str) -> str:
    """The safe fixes in lines that differ from a revision, as review comments."""
    from auditor.changes.revisions import shown_lines, top_of
    from auditor.fixing.suggest import suggestions
    from auditor.render.suggestions import render

    top = top_of(".")
    here = os.path.relpath(os.path.realpath("."), top)
    shown = {os.path.relpath(path, here): lines for path, lines in shown_lines(top, base).items()}
    return render(suggestions(request, texts, shown), str(top))


def _fixing(fix: bool, fix_rule: str | None, diff: bool, suggest: str | None) -> _Fixing:
    return _Fixing(fix, fix_rule, diff, suggest)


_fixing_options = gathered(
    "fixing",
    _fixing,
    click.option(
        "--fix",
        is_flag=True,
        help="Apply the fixes that are safe: each is tried first, and kept only if it fixes what it should and nobody else gains "
        "anything. --fix=RULE applies those of one rule, also those that need review.",
    ),
    click.option("--fix-rule", metavar="RULE", hidden=True),
    click.option("--diff", is_flag=True, help="Show what --fix would change as a patch, and change nothing."),
    click.option(
        "--suggest",
        metavar="REVISION",
        help="Show the safe fixes in lines that differ from REVISION as review comments for GitHub, one JSON object a line, and change nothing.",
    ),
)


@click.command(cls=ReadingCommand, short_help="Audit files and directories.")
@path_arguments
@source_options
@click.option(
    "--changed",
    is_flag=True,
    help="Treat PATH… as changed files, and audit what they reach: modules with their callers, whoever reads a file. "
    "Without PATH, the files that git says have changed.",
)
@audit_options
@_fixing_options
@settings_option
@output_options
@_shown_options
@click.option(
    "--cache/--no-cache",
    "cached",
    default=True,
    help="Whether an answer that was given before and is still right is given again [default: it is].",
)
@click.option("--quiet", is_flag=True, help="Do not show on a terminal what is being done.")
def check(
    paths: tuple[str, ...],
    reading: SourceOptions,
    changed: bool,
    contracts: tuple[str, ...],
    parameters_of_contract: dict[str, str],
    scope: BucketScope,
    symptom: str | None,
    findings: FindingFilter,
    known: KnownFindings,
    fixing: _Fixing,
    use: bool,
    output: Output,
    shown: dict[str, bool | str | None],
    cached: bool,
    quiet: bool,
) -> None:
    """Audit Terraform, CloudFormation and JSON under PATH (default: the current directory).

    `auditor PATH` is the same. A path may be a file, a directory, or - for standard input.
    """
    from auditor.host.cache import answered, directory

    try:
        paths = _changed(paths) if changed else paths or (".",)
    except AuditError as error:
        fail(error)
    repeatable = not (changed or "-" in paths or fixing.writes)
    reading = replace(reading, changed=changed)
    asked = RequestedAudit(paths, reading, contracts, parameters_of_contract, scope, findings, known, use, symptom)

    def answer() -> CachedOutput:
        try:
            with contextlib.nullcontext() if fixing.writes else walked_once():
                request = asked.request()
                with watched(quiet=quiet or fixing.writes):
                    report = fixing.report(request, texts_of(paths))
        except AuditError as error:
            fail(error)
        known.update(report)
        if report.findings and repeatable:
            shown["again"] = _for_explain()
        return answer_of(_with_causes(report, symptom) if symptom else report, output, **shown)

    place = directory() if cached and repeatable and not known.update_baseline else None
    if place is None:
        give(answer(), output)
    looks = [(name, wants_color(output.color, file)) for name, file in output.wanted]
    question = [*map(repr, (looks, sorted(shown.items()), width(), clock().date())), *asked.question()]
    give(answered(place, question, asked.places(), answer), output)


def _for_explain() -> str:
    """What follows the number of a finding for `auditor explain`, so that it makes the same audit."""
    from auditor.commands.explain import explain

    return also_taken(explain, but=("color", "jobs"))


def _changed(paths: tuple[str, ...]) -> tuple[str, ...]:
    """The files of a change: those that are named, with those that are gone, which pre-commit does not name."""
    from auditor.changes.revisions import changed_files

    return (*paths, *changed_files(".", gone=bool(paths)))


def _with_causes(report: Report, symptom: str) -> Report:
    """The report with what it says of the causes of a symptom."""
    from auditor.guides import causes

    live = f"see 'auditor explain {symptom}' for what only the live system can tell"
    return replace(report, notes=(*report.notes, *causes(symptom, report.verdicts), live))


COMMANDS = (check,)
"""What `auditor.cli` takes in."""
