"""The command line: the general commands; those of platforms are found in their folders."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from auditor.console import (
    Output,
    ReadingCommand,
    also_taken,
    answer_of,
    clock,
    color_option,
    complete_change_format,
    complete_contract,
    complete_topic,
    contract_parameters,
    fail,
    form_of,
    gathered,
    give,
    number_in,
    output_options,
    outputs_of,
    page_options,
    path_arguments,
    say,
    settings_of,
    settings_option,
    source_options,
    texts_of,
    told,
    wants_color,
    watched,
    width,
    write,
    write_patch,
)
from auditor.foundation.errors import AuditError, did_you_mean, known_ones
from auditor.foundation.platforms import import_name, platforms
from auditor.foundation.version import __version__
from auditor.lazy.classes import dataclass
from auditor.platforms import AUTO, DEFAULT_CONTRACT
from auditor.render import TERMINAL_FORMATS, Form

if TYPE_CHECKING:
    from auditor.api.request import BucketScope
    from auditor.baseline.entry import Baseline
    from auditor.foundation.text import Texts
    from auditor.host.cache import CachedOutput
    from auditor.pipeline import Request
    from auditor.render import RenderOptions
    from auditor.report import Report
    from auditor.sources.options import SourceOptions


_ELSEWHERE = (
    "auditor.commands.contracts",
    "auditor.commands.fleet",
    "auditor.commands.platforms",
    "auditor.commands.scaffold",
    "auditor.commands.schema",
    "auditor.lsp.command",
)
"""The modules whose `COMMANDS` are general ones, beside those of this module."""


class _Table(MutableMapping[str, click.Command]):
    """The commands by name: those of other modules are loaded when one is asked for that is not in this one, or all are."""

    def __init__(self) -> None:
        self._here: dict[str, click.Command] = {}
        self._complete = False

    def __getitem__(self, name: str) -> click.Command:
        return self._here[name] if name in self._here else self._all()[name]

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._here[name] = command

    def __delitem__(self, name: str) -> None:
        del self._here[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def _all(self) -> Mapping[str, click.Command]:
        if not self._complete:
            self._complete = True
            for module in (*_ELSEWHERE, *map(import_name, platforms("commands.py"))):
                for command in importlib.import_module(module).COMMANDS:
                    main.add_command(command)
        return self._here


class _Commands(click.Group):
    """`auditor PATH` is `auditor check PATH`; whatever goes wrong, the exit code says what it promises to say."""

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        """Takes in a command, and its help from the text of the program where Python keeps none (`-OO`)."""
        for one in (self, cmd, *getattr(cmd, "commands", {}).values()):
            if one.help is None and one.callback is not None:
                import inspect

                from auditor.rule import documented

                called = inspect.unwrap(one.callback).__code__
                one.help = documented(called.co_filename, called.co_name)
        super().add_command(cmd, name)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The arguments, with the command that an option or a path at their beginning stands for."""
        if args and args[0] not in {"-h", "--help", "--version"}:
            first = args[0]
            if first.startswith("-") or os.sep in first or "." in first or (first not in self.commands and os.path.exists(first)):
                args = ["check", *args]
            elif first not in self.commands and not ctx.resilient_parsing:  # as it is while a shell completes the line
                raise click.UsageError(
                    told(f"'{first}' is neither a command nor a path that exists{did_you_mean(first, self.commands)}"), ctx
                )
        return super().parse_args(ctx, args)

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Runs the command line; a reader that has seen enough of a help text (`auditor --help | head`) changes no exit code."""
        try:
            return super().main(*args, **kwargs)
        except SystemExit:
            # Source: Click, `core.py`, `BaseCommand.main`: what is put in the place of a pipe that nobody reads. Reports see to that themselves.
            if type(sys.stdout).__name__.endswith("PacifyFlushWrapper"):
                sys.exit(0)
            raise

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command; an interruption ends with 130 as shells expect, an internal error with 2."""
        if signal.getsignal(signal.SIGINT) not in (signal.SIG_IGN, None):
            signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except click.UsageError as error:
            message = error.format_message()
            if told(message) == message:
                raise
            raise click.UsageError(told(message), error.ctx) from error  # it quotes what was given, such as the name of a file
        except KeyboardInterrupt:
            say("interrupted")
            sys.exit(130)
        except Exception:  # noqa: BLE001 - whatever it is, it must not look like an answer
            _tell_of_fault()
            sys.exit(2)


def _tell_of_fault() -> None:
    """Writes that the program broke down, with where; or that the working directory is gone, for which nobody has to report anything."""
    import traceback

    try:
        os.getcwd()
    except OSError as error:
        say(f"error: the working directory cannot be read: {error.strerror}")
        return
    for line in traceback.format_exc().splitlines():
        say(line)
    say(f"error: internal error in auditor {__version__}; please report it with the lines above")


@click.group(cls=_Commands, commands=_Table(), context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, message="auditor %(version)s")
def main() -> None:
    """Proves, before you deploy, that an external platform can use your S3 bucket.

    Reads Terraform, OpenTofu, plan JSON, CloudFormation, SAM and raw policy and CORS JSON. It executes nothing,
    and no data leaves this machine.

    Exit codes: 0 nothing failed; 1 something fails (or is unknown under --strict); 2 the audit could not run or is incomplete.
    """


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
class _Findings:
    """Which findings are reported."""

    select: tuple[str, ...]
    ignore: tuple[str, ...]
    no_ignores: bool


_finding_options = gathered(
    "findings",
    _Findings,
    click.option("--select", multiple=True, metavar="RULE", help="Report only findings of this rule (repeatable)."),
    click.option("--ignore", multiple=True, metavar="RULE", help="Report no findings of this rule (repeatable)."),
    click.option("--no-ignores", is_flag=True, help="Ignore suppression comments."),
)


@dataclass(frozen=True, slots=True)
class _Known:
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
    _Known,
    click.option("--baseline", metavar="FILE", help="Do not count the findings that this file lists."),
    click.option("--update-baseline", is_flag=True, help="Write the findings of this run to the file of --baseline."),
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
        fixed = fix(request, texts, rules_named([_now(self.fix_rule)])[0] if self.fix_rule else "")
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


_CONTRACT_HELP = (
    f"What to prove (repeatable); {AUTO} stands for every built-in platform that the code mentions [default: {AUTO}, and "
    f"{DEFAULT_CONTRACT} where it mentions none]."
)


_symptom_option = click.option(
    "--symptom",
    metavar="SYMPTOM",
    help="Check only the possible causes of a symptom (403, cors, …), and report which of them are excluded.",
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is audited, and how: what `check` and `explain` have in common."""

    paths: tuple[str, ...]
    reading: SourceOptions
    contracts: tuple[str, ...]
    parameters: dict[str, str]
    scope: BucketScope
    findings: _Findings
    known: _Known
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
            select=rules_named(map(_now, self.findings.select)),
            ignore=rules_named(map(_now, self.findings.ignore)),
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


@main.command(cls=ReadingCommand, short_help="Audit files and directories.")
@path_arguments
@source_options
@click.option(
    "--changed",
    is_flag=True,
    help="Treat PATH… as changed files, and audit what they reach: modules with their callers, whoever reads a file. "
    "Without PATH, the files that git says have changed.",
)
@click.option("--contract", "contracts", multiple=True, metavar="NAME|FILE", help=_CONTRACT_HELP, shell_complete=complete_contract)
@contract_parameters
@_scope_options
@_symptom_option
@_finding_options
@_baseline_options
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
    findings: _Findings,
    known: _Known,
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
    reading = replace(reading, changed=changed)
    if not (changed or "-" in paths or fixing.writes):
        shown["again"] = also_taken(explain, but=("color", "jobs"))
    asked = _Asked(paths, reading, contracts, parameters_of_contract, scope, findings, known, use, symptom)

    def answer() -> CachedOutput:
        try:
            request = asked.request()
            texts = texts_of(paths)
            with watched(quiet=quiet or fixing.writes):
                report = fixing.report(request, texts)
        except AuditError as error:
            fail(error)
        known.update(report)
        return answer_of(_with_causes(report, symptom) if symptom else report, output, **shown)

    place = directory() if cached and not (changed or "-" in paths or known.update_baseline or fixing.writes) else None
    if place is None:
        give(answer(), output)
    looks = [(name, wants_color(output.color, file)) for name, file in output.wanted]
    question = [*map(repr, (looks, sorted(shown.items()), width(), clock().date())), *asked.question()]
    give(answered(place, question, asked.places(), answer), output)


def _changed(paths: tuple[str, ...]) -> tuple[str, ...]:
    """The files of a change: those that are named, with those that are gone, which pre-commit does not name."""
    from auditor.changes.revisions import changed_files

    return (*paths, *changed_files(".", gone=bool(paths)))


@main.command(cls=ReadingCommand, short_help="Say what a change does: verdicts, access, CORS.")
@click.argument("old", required=False)
@click.argument("new", required=False)
@source_options
@click.option(
    "--contract",
    "contracts",
    multiple=True,
    metavar="NAME|FILE",
    help="Whose verdicts are compared, for every bucket (repeatable) [default: those of .auditor.yaml, else every platform that is mentioned].",
    shell_complete=complete_contract,
)
@contract_parameters
@click.option("--no-new-access", is_flag=True, help="Exit with 1 also when somebody gains access, or may.")
@click.option(
    "--within",
    multiple=True,
    metavar="PATH",
    help="Compare only what lies in this file or directory of the repository (repeatable).",
)
@click.option(
    "--kind", type=click.Choice(["bucket", "key", "identity", "trust"]), help="What two policy documents are attached to."
)
@click.option(
    "--baseline",
    metavar="FILE",
    help="Do not count the findings that this file lists on the side of NEW, and say what the change adds to it.",
)
@settings_option
@click.option(
    "--format",
    "formats",
    multiple=True,
    metavar="FORMAT[=FILE]",
    help="One of human, json, markdown, sarif, github, html [default: human].",
    shell_complete=complete_change_format,
)
@click.option("--output", metavar="FILE", help="Write the report to a file.")
@color_option
def diff(
    old: str | None,
    new: str | None,
    reading: SourceOptions,
    contracts: tuple[str, ...],
    parameters_of_contract: dict[str, str],
    no_new_access: bool,
    within: tuple[str, ...],
    kind: str | None,
    baseline: str | None,
    use: bool,
    formats: tuple[str, ...],
    output: str | None,
    color: str,
) -> None:
    """Say what a change does: which verdicts change, who gains and who loses access, what pages gain and lose.

    OLD and NEW are git revisions, directories, or two policy documents. Without NEW it is the work tree, without OLD the commit where the
    branch left the main one. A plan alone is compared with the state before it.
    """
    from auditor.api.request import Contracts, change_of
    from auditor.render.change import FORMATS as CHANGE_FORMATS
    from auditor.render.change import render
    from auditor.render.parts.options import RenderOptions

    outputs = outputs_of(formats, output, tuple(CHANGE_FORMATS))
    try:
        asked = Contracts(contracts, parameters_of_contract, clock())
        change = change_of(old, new, asked, reading, kind, within, settings=use, baseline=baseline)
    except AuditError as error:
        fail(error)
    for name, file in outputs:
        options = RenderOptions(color=wants_color(color, file), width=width())
        write(render(name, change, options), file, terminal=name in TERMINAL_FORMATS, form=form_of(name))
    sys.exit(change.exit_code(no_new_access=no_new_access))


@main.command(cls=ReadingCommand, short_help="Show what was read about each bucket.")
@path_arguments
@source_options
@settings_option
@click.option(
    "--format",
    "format_",
    type=click.Choice(["human", "json", "mermaid", "dot"]),
    default="human",
    help="mermaid and dot draw who reaches each bucket.",
)
@color_option
def inspect(
    paths: tuple[str, ...],
    reading: SourceOptions,
    use: bool,
    format_: str,
    color: str,
) -> None:
    """Show what was read: each bucket with its policy, key, CORS and ownership, and what is unresolved."""
    from auditor.link import link
    from auditor.render import buckets
    from auditor.settings.apply import with_settings
    from auditor.sources.failsafe import internal
    from auditor.sources.read import read_sources

    paths = paths or (".",)
    try:
        sources = read_sources(paths, with_settings(reading, settings_of(paths, use)), texts_of(paths))
    except AuditError as error:
        fail(error)
    linked = link(sources.roots, lambda root, error: sources.errors.append(internal(root, error, "linking")))
    if format_ in ("mermaid", "dot"):
        picture = importlib.import_module(f"auditor.render.picture.{format_}")
        write(picture.render(linked), None, terminal=False)
        for trouble in sources.errors:
            say(f"error: {trouble}")
    else:
        render = buckets.render_json if format_ == "json" else buckets.render
        write(render(linked, tuple(sources.errors), page_options(color)), None, terminal=format_ == "human", form=form_of(format_))
    for root, pattern in sources.left_out.items():
        say(f"note: {root} is excluded by {pattern.location}: {pattern.text}")
    sys.exit(2 if sources.errors else 0)


@main.command(short_help="Show the settings that apply to a path, and where they are written.")
@click.argument("path", default=".", metavar="[PATH]", type=click.Path(exists=True))
@click.option("--schema", is_flag=True, help="Print the JSON Schema of .auditor.yaml instead.")
@color_option
def config(path: str, schema: bool, color: str) -> None:
    """Show what .auditor.yaml says of PATH (default: the current directory), each thing with the file and line that says it."""
    from auditor.settings.apply import asked_by
    from auditor.settings.find import top_of

    if schema:
        import json

        from auditor.render.schemas import schema as schema_named

        write(json.dumps(schema_named("settings"), indent=2) + "\n", None, terminal=False, form=Form.JSON)
        return
    from auditor.render.settings import render

    try:
        settings = settings_of((path,), True)
        _, problems = asked_by(settings, DEFAULT_CONTRACT, {})
    except AuditError as error:
        fail(error)
    directory = path if os.path.isdir(path) else os.path.dirname(path) or "."
    write(render(path, settings.of(path), os.path.relpath(top_of(os.path.realpath(directory))), page_options(color)), None)
    for problem in problems:
        say(f"error: {problem}")
    sys.exit(2 if problems else 0)


@main.command(cls=ReadingCommand, short_help="Explain a finding by its number, a rule, a symptom (403, cors, …) or an error.")
@click.argument("topic", metavar="NUMBER|RULE|SYMPTOM|MESSAGE", shell_complete=complete_topic)
@path_arguments
@source_options
@click.option("--contract", "contracts", multiple=True, metavar="NAME|FILE", help=_CONTRACT_HELP, shell_complete=complete_contract)
@contract_parameters
@_scope_options
@_symptom_option
@_finding_options
@_baseline_options
@settings_option
@color_option
def explain(
    topic: str,
    paths: tuple[str, ...],
    reading: SourceOptions,
    contracts: tuple[str, ...],
    parameters_of_contract: dict[str, str],
    scope: BucketScope,
    symptom: str | None,
    findings: _Findings,
    known: _Known,
    use: bool,
    color: str,
) -> None:
    """Explain a rule, or the causes of a symptom: 400, 401, 403, 404, cors, kms, misplaced, ownership, slow.

    NUMBER is that of a finding in the report of 'auditor check': with the same PATH and options, this says what it decides and how, and what
    would be needed.

    MESSAGE is an error as AWS, a browser or a tool writes it, in quotes, or '-' for standard input: the page of what it is about is shown.
    """
    from auditor.guides import symptoms
    from auditor.guides.messages import LONGEST

    options = page_options(color)
    number = number_in(topic)
    if number is not None and topic not in symptoms():
        asked = _Asked(paths or (".",), reading, contracts, parameters_of_contract, scope, findings, known, use, symptom)
        write(_explained(number, asked, options), None)
        return
    if paths:
        raise click.UsageError(
            told(f"PATH goes with the number of a finding, and '{topic}' is none; an error message goes in quotes")
        )
    if topic == "-":
        topic = texts_of((topic,)).read_bytes(topic).decode("utf-8", "replace").strip()
    if len(topic) > LONGEST:
        say(f"note: of the {len(topic):,} characters of the message, only the last {LONGEST:,} are read")
    write(_page_of(topic, options), None)


def _page_of(topic: str, options: RenderOptions) -> str:
    """The page of a symptom or a rule, or of what an error message is about."""
    from auditor.guides import guide, symptoms
    from auditor.guides.messages import recognized
    from auditor.render import page
    from auditor.render.parts.terminal import shortened
    from auditor.rule import all_rules

    if topic in symptoms():
        return page.render(guide(topic).text, options)
    rules = {rule.id: rule for rule in all_rules()}
    topic = _now(topic)
    if topic in rules:
        return page.render_rule(rules[topic], options)
    found = recognized(topic)
    if found is None:
        named = shortened(topic, 80)
        hint = (
            did_you_mean(named, (*rules, *symptoms())) or f"; 'auditor rules' lists rules; known symptoms: {', '.join(symptoms())}"
        )
        fail(AuditError(f"there is no rule or symptom '{' '.join(named.split())}'{hint}"))
    others = ", ".join(f"auditor explain {other}" for other in found.topics[1:])
    heading = f"The message says '{told(found.words)}'." + (f" See also: {others}" if others else "")
    return f"{heading}\n\n{_page_of(found.topics[0], options)}"


def _explained(number: int, asked: _Asked, options: RenderOptions) -> str:
    """What the audit numbers so, in full, with the page of its rule."""
    from auditor.pipeline import audit
    from auditor.render.human import count, explained

    try:
        report = audit(asked.request(), texts_of(asked.paths))
    except AuditError as error:
        fail(error)
    text = explained(report, number, options)
    if text is None:
        there = count(report, options)
        numbered = f"its findings are 1 to {there}" if there > 1 else "it has one finding" if there else "it has no findings"
        fail(AuditError(f"the audit of {', '.join(asked.paths)} has no finding {number}: {numbered}"))
    return text


@main.command()
@click.option("--format", "format_", type=click.Choice(["human", "json"]), default="human")
def rules(format_: str) -> None:
    """List the rules."""
    from auditor.rule import all_rules

    catalogue = all_rules()
    if format_ == "json":
        import json

        listing = [
            {
                "id": rule.id,
                "severity": rule.severity.value,
                "symptoms": [symptom.value for symptom in rule.symptoms],
                "summary": rule.summary,
            }
            for rule in catalogue
        ]
        write(json.dumps(listing, indent=2) + "\n", None, form=Form.JSON)
        return
    widest = max(len(rule.id) for rule in catalogue)
    write("".join(f"{rule.id:<{widest}}  {rule.severity.value:<7}  {rule.summary}\n" for rule in catalogue), None)


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


def _with_causes(report: Report, symptom: str) -> Report:
    """The report with what it says of the causes of a symptom."""
    from auditor.guides import causes

    live = f"see 'auditor explain {symptom}' for what only the live system can tell"
    return replace(report, notes=(*report.notes, *causes(symptom, report.verdicts), live))


def _now(rule: str) -> str:
    """The present id of a rule; a former one is told."""
    from auditor.rule import current

    now = current(rule)
    if now != rule:
        say(f"note: the rule '{rule}' is now called '{now}'")
    return now
