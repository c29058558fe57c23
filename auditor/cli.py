"""The command line: the only module that prints or exits."""

from __future__ import annotations

import functools
import gc
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import click

from auditor import __version__
from auditor.foundation.errors import AuditError, did_you_mean
from auditor.render import FORMATS, TERMINAL_FORMATS

if TYPE_CHECKING:
    from auditor.contract import Contract
    from auditor.foundation.errors import InputError
    from auditor.render import Options as RenderOptions
    from auditor.report import Report
    from auditor.sources.options import Options as ReadOptions

_PLAIN = str.maketrans({"✓": "+", "✗": "x", "→": "->", "·": "-", "…": "...", "─": "-", "–": "-", "⚠": "!"})


class _Commands(click.Group):
    """`auditor PATH` is `auditor check PATH`; whatever goes wrong, the exit code says what it promises to say."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The arguments, with the command that an option or a path at their beginning stands for."""
        if args and args[0] not in self.commands and args[0] not in {"-h", "--help", "--version"}:
            first = args[0]
            if first.startswith("-") or os.sep in first or "." in first or os.path.exists(first):
                args = ["check", *args]
            else:
                raise click.UsageError(
                    f"'{first}' is neither a command nor a path that exists{did_you_mean(first, self.commands)}", ctx
                )
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command; an interruption ends with 130 as shells expect, an internal error with 2."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt:
            _say("interrupted")
            sys.exit(130)
        except Exception:  # noqa: BLE001 - whatever it is, it must not look like an answer
            import traceback

            _say(f"{traceback.format_exc()}error: internal error in auditor {__version__}; please report it with the lines above")
            sys.exit(2)


# Most of a run makes data that stays until its end: looking for garbage again and again costs a tenth of the time.
gc.set_threshold(200_000, 50, 50)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, message="auditor %(version)s")
def main() -> None:
    """Proves, before you deploy, that an external platform can use your S3 bucket.

    Reads Terraform, OpenTofu, plan JSON, CloudFormation, SAM and raw policy and CORS JSON. It executes nothing,
    and no data leaves this machine.

    Exit codes: 0 nothing failed; 1 something fails (or is unknown under --strict); 2 the audit could not run or is incomplete.
    """


def _assignments(_: click.Context, parameter: click.Parameter, values: Sequence[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for value in values:
        name, text = _assignment(value)
        if "=" not in value or not name:
            raise click.BadParameter(f"'{value}' is not NAME=VALUE", param=parameter)
        pairs[name] = text
    return pairs


_ASSIGNMENTS = "auditor.assignments"


class _ReadingCommand(click.Command):
    """A command that keeps the order of `--var` and `--var-file`: the later one wins, as in Terraform."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The arguments; in `ctx.meta`, names and values of variables, and files under an empty name, in their order."""
        given, _, order = self.make_parser(ctx).parse_args(list(args))
        values = {name: iter(given.get(name, ())) for name in ("variables", "var_files")}
        ctx.meta[_ASSIGNMENTS] = [
            ("", next(values["var_files"])) if one.name == "var_files" else _assignment(next(values["variables"]))
            for one in order
            if one.name in values
        ]
        return super().parse_args(ctx, args)


def _assignment(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip(), value


def _options(*decorators: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def decorate(command: Any) -> Any:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return decorate


_paths = click.argument("paths", nargs=-1, metavar="[PATH]...")
_sources = _options(
    click.option(
        "--var", "variables", multiple=True, metavar="NAME=VALUE", callback=_assignments, help="Set a Terraform variable."
    ),
    click.option("--var-file", "var_files", multiple=True, metavar="FILE", help="Read Terraform variables from a file."),
    click.option(
        "--parameter",
        "parameters",
        multiple=True,
        metavar="NAME=VALUE",
        callback=_assignments,
        help="Set a CloudFormation parameter.",
    ),
    click.option(
        "--parameter-file",
        "parameter_files",
        multiple=True,
        metavar="FILE",
        help="Read CloudFormation parameters from a file, in the form of the AWS CLI.",
    ),
    click.option("--region", metavar="REGION", help="The AWS region, where the code leaves it unresolved."),
    click.option("--workspace", metavar="NAME", help="The Terraform workspace."),
)


def _source_options(command: Callable[..., None]) -> Any:
    """The options that say how sources are read, which the command is given as one."""

    @functools.wraps(command)
    def with_reading(
        *,
        variables: dict[str, str],  # noqa: ARG001 - checked, and taken in the order of the command line
        var_files: tuple[str, ...],  # noqa: ARG001 - likewise
        parameters: dict[str, str],
        parameter_files: tuple[str, ...],
        region: str | None,
        workspace: str | None,
        **others: Any,
    ) -> None:
        from auditor.sources.options import Assignment, Options

        assignments = tuple(Assignment(name, value) for name, value in click.get_current_context().meta[_ASSIGNMENTS])
        environment = {name: value for name, value in os.environ.items() if name.startswith("TF_VAR_") or name == "TF_WORKSPACE"}
        command(reading=Options(assignments, environment, parameters, parameter_files, region, workspace), **others)

    return _sources(with_reading)


_with = click.option(
    "--with",
    "parameters_of_contract",
    multiple=True,
    metavar="KEY=VALUE",
    callback=_assignments,
    help="Set a parameter of the contract.",
)
_formats = click.option(
    "--format",
    "formats",
    multiple=True,
    metavar="FORMAT[=FILE]",
    help=f"One of {', '.join(FORMATS)} (repeatable) [default: human].",
)
_color = click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="Color the output (NO_COLOR and FORCE_COLOR are honored).",
)


@main.command(cls=_ReadingCommand, short_help="Audit files and directories.")
@_paths
@_source_options
@click.option(
    "--changed",
    is_flag=True,
    help="Treat PATH… as changed files: audit their modules, skip files that are not infrastructure code.",
)
@click.option("--contract", "contracts", multiple=True, metavar="NAME|FILE", help="What to prove [default: v7-darwin].")
@_with
@click.option("--bucket", "buckets", multiple=True, metavar="ADDRESS", help="Audit only this bucket (repeatable).")
@click.option("--all-buckets", is_flag=True, help="Audit every bucket, whether or not it mentions the consumer.")
@click.option(
    "--related", is_flag=True, help="Audit only buckets that are marked or mention the consumer; succeed if there are none."
)
@click.option(
    "--symptom",
    metavar="SYMPTOM",
    help="Check only the possible causes of a symptom (403, cors, …), and report which of them are excluded.",
)
@_formats
@click.option("--output", metavar="FILE", help="Write the report to a file.")
@click.option("--explain", is_flag=True, help="Show for every verdict how it was reached.")
@click.option("--strict", is_flag=True, help="Exit with 1 for unknown verdicts too.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever fails; input errors still exit with 2.")
@click.option("--select", multiple=True, metavar="RULE", help="Report only findings of this rule (repeatable).")
@click.option("--ignore", multiple=True, metavar="RULE", help="Report no findings of this rule (repeatable).")
@click.option("--no-ignores", is_flag=True, help="Ignore suppression comments.")
@click.option("--show-suppressed", is_flag=True, help="Also show suppressed findings, marked as such.")
@click.option("--sarif-category", metavar="NAME", help="The category of the SARIF run.")
@_color
def check(
    paths: tuple[str, ...],
    reading: ReadOptions,
    changed: bool,
    contracts: tuple[str, ...],
    parameters_of_contract: dict[str, str],
    buckets: tuple[str, ...],
    all_buckets: bool,
    related: bool,
    symptom: str | None,
    formats: tuple[str, ...],
    output: str | None,
    explain: bool,
    strict: bool,
    exit_zero: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    no_ignores: bool,
    show_suppressed: bool,
    sarif_category: str | None,
    color: str,
) -> None:
    """Audit Terraform, CloudFormation and JSON under PATH (default: the current directory).

    `auditor PATH` is the same. A path may be a file, a directory, or - for standard input.
    """
    import datetime as dt
    from dataclasses import replace

    from auditor.audit import Request, audit
    from auditor.render import Options as RenderOptions

    if all_buckets + related + bool(buckets) > 1:
        raise click.UsageError("--bucket, --all-buckets and --related cannot be combined")
    outputs = _outputs(formats, output)
    paths = paths or (".",)
    try:
        asked, problems = _contracts(contracts or ("v7-darwin",), parameters_of_contract)
        select, ignore = _rules_named(select), _rules_named(ignore)
        if symptom:
            asked, select = _narrowed(asked, symptom, select)
        report = audit(
            Request(
                paths=paths,
                contracts=asked,
                options=replace(reading, changed=changed),
                buckets=buckets,
                every_bucket=all_buckets,
                related=related,
                select=select,
                ignore=ignore,
                honour_suppressions=not no_ignores,
                today=dt.datetime.now(tz=dt.UTC).date(),
                problems=problems,
            ),
            _texts(paths),
        )
    except AuditError as error:
        _fail(error)
    if symptom:
        report = _with_causes(report, symptom)
    for name, file in outputs:
        options = RenderOptions(
            color=_wants_color(color, file),
            width=_width(),
            explain=explain,
            strict=strict,
            exit_zero=exit_zero,
            show_suppressed=show_suppressed,
            category=sarif_category,
        )
        _write(_render(name, report, options), file, terminal=name in TERMINAL_FORMATS)
    _tell_errors(report, outputs)
    sys.exit(report.exit_code(strict=strict, exit_zero=exit_zero))


@main.command(cls=_ReadingCommand, short_help="Say what a change does: verdicts, access, CORS.")
@click.argument("old", required=False)
@click.argument("new", required=False)
@_source_options
@click.option("--contract", "contracts", multiple=True, metavar="NAME|FILE", help="Whose verdicts are compared.")
@_with
@click.option("--no-new-access", is_flag=True, help="Exit with 1 also when somebody gains access, or may.")
@click.option(
    "--kind", type=click.Choice(["bucket", "key", "identity", "trust"]), help="What two policy documents are attached to."
)
@click.option(
    "--format", "formats", multiple=True, metavar="FORMAT[=FILE]", help="One of human, json, markdown, github [default: human]."
)
@click.option("--output", metavar="FILE", help="Write the report to a file.")
@_color
def diff(
    old: str | None,
    new: str | None,
    reading: ReadOptions,
    contracts: tuple[str, ...],
    parameters_of_contract: dict[str, str],
    no_new_access: bool,
    kind: str | None,
    formats: tuple[str, ...],
    output: str | None,
    color: str,
) -> None:
    """Say what a change does: which verdicts change, who gains and who loses access, what pages gain and lose.

    OLD and NEW are git revisions, directories, or two policy documents. Without NEW it is the work tree, without OLD the commit where the
    branch left the main one.
    """
    from dataclasses import replace

    from auditor.changes.compare import compare
    from auditor.render.change import FORMATS as CHANGE_FORMATS
    from auditor.render.change import render
    from auditor.render.parts.options import Options as RenderOptions

    outputs = _outputs(formats, output, tuple(CHANGE_FORMATS))
    try:
        asked, problems = _contracts(contracts or ("v7-darwin",), parameters_of_contract)
        change = compare(old, new, asked, reading, kind)
    except AuditError as error:
        _fail(error)
    change = replace(change, errors=(*problems, *change.errors))
    for name, file in outputs:
        options = RenderOptions(color=_wants_color(color, file), width=_width())
        _write(render(name, change, options), file, terminal=name in TERMINAL_FORMATS)
    sys.exit(change.exit_code(no_new_access=no_new_access))


@main.command(cls=_ReadingCommand, short_help="Show what was read about each bucket.")
@_paths
@_source_options
@click.option("--format", "format_", type=click.Choice(["human", "json"]), default="human")
@_color
def inspect(
    paths: tuple[str, ...],
    reading: ReadOptions,
    format_: str,
    color: str,
) -> None:
    """Show what was read: each bucket with its policy, key, CORS and ownership, and what is unresolved."""
    from auditor.link import link
    from auditor.render import Options as RenderOptions
    from auditor.render import buckets
    from auditor.sources.read import read

    paths = paths or (".",)
    try:
        roots, errors = read(paths, reading, _texts(paths))
    except AuditError as error:
        _fail(error)
    options = RenderOptions(color=_wants_color(color, None), width=_width())
    render = buckets.render_json if format_ == "json" else buckets.render
    _write(render(link(roots), tuple(errors), options), None, terminal=format_ == "human")
    sys.exit(2 if errors else 0)


@main.command(cls=_ReadingCommand, short_help="Check the request that registers items.")
@click.argument("payloads", nargs=-1, required=True, metavar="PAYLOAD...")
@click.option("--contract", metavar="NAME|FILE", default="v7-darwin", help="The platform [default: v7-darwin].")
@_with
@click.option("--dataset-slug", default="", metavar="SLUG", help="The dataset for bare items.")
@click.option("--storage-slug", default="", metavar="SLUG", help="The storage for bare items.")
@click.option(
    "--inventory",
    metavar="LISTING",
    help="A listing of the bucket: aws s3 ls --recursive, list-objects-v2, S3 Inventory CSV, or keys.",
)
@click.option(
    "--policy",
    "policies",
    multiple=True,
    metavar="PATH",
    help="Check against this infrastructure code whether the platform may read each file (repeatable).",
)
@click.option("--bucket", "buckets", multiple=True, metavar="ADDRESS", help="The bucket in that code.")
@_source_options
@click.option(
    "--split", type=click.IntRange(min=1), metavar="N", help="Write requests of at most N items as JSON Lines instead of checking."
)
@_formats
@click.option("--output", metavar="FILE", help="Write the report (or the requests) to a file.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever is found; input errors still exit with 2.")
@_color
def registration(
    payloads: tuple[str, ...],
    contract: str,
    parameters_of_contract: dict[str, str],
    dataset_slug: str,
    storage_slug: str,
    inventory: str | None,
    policies: tuple[str, ...],
    buckets: tuple[str, ...],
    reading: ReadOptions,
    split: int | None,
    formats: tuple[str, ...],
    output: str | None,
    exit_zero: bool,
    color: str,
) -> None:
    """Check the JSON request that registers items from external storage.

    A payload is a request, a list of requests, JSON Lines, or (with --dataset-slug and --storage-slug) a list of items.
    """
    from auditor.platforms.v7_darwin import check as requests
    from auditor.render import Options as RenderOptions
    from auditor.report import Report
    from auditor.rule import all_rules

    texts = _texts(payloads)
    outputs = _outputs(formats, output)
    try:
        loaded = _contracts((contract,), parameters_of_contract)[0][0]
        if split is not None:
            _split(payloads, split, dataset_slug, storage_slug, texts, output)
            return
        policy = None
        if policies:
            from auditor.platforms.v7_darwin.bucket import object_access

            policy = object_access(policies, loaded, reading, buckets, _texts(policies))
        result = requests.check(
            payloads,
            requests.RegistrationOptions(
                read_only=loaded.parameters.get("access") == "read-only",
                dataset_slug=dataset_slug,
                storage_slug=storage_slug,
                bucket=policy.name if policy else "",
                inventory=inventory,
                policy=policy,
            ),
            texts,
            _progress if sys.stderr.isatty() else None,
        )
    except AuditError as error:
        _fail(error)
    sent = "request" if result.requests == 1 else "requests"
    checked = f"{result.requests:,} {sent}, {result.items:,} {'item' if result.items == 1 else 'items'}"
    report = Report(
        contracts=(loaded,),
        verdicts=(),
        findings=result.findings,
        errors=result.errors,
        rules=all_rules(),
        checked=checked if result.requests else "",
        notes=result.notes,
        texts=texts,
    )
    for name, file in outputs:
        options = RenderOptions(color=_wants_color(color, file), width=_width(), exit_zero=exit_zero)
        _write(_render(name, report, options), file, terminal=name in TERMINAL_FORMATS)
    _tell_errors(report, outputs)
    sys.exit(report.exit_code(exit_zero=exit_zero))


def _split(payloads: tuple[str, ...], size: int, dataset_slug: str, storage_slug: str, texts: Any, output: str | None) -> None:
    """Writes requests of at most `size` items, one a line."""
    import json

    from auditor.foundation.errors import InputError
    from auditor.platforms.v7_darwin.requests.document import NotJson
    from auditor.platforms.v7_darwin.split import split as split_request

    lines: list[str] = []
    for payload in payloads:
        text = texts.read(payload)
        if isinstance(text, InputError):
            raise AuditError(str(text))
        try:
            lines.extend(
                json.dumps(request, ensure_ascii=False) + "\n"
                for request in split_request(text, size, dataset_slug=dataset_slug, storage_slug=storage_slug)
            )
        except NotJson as error:
            raise AuditError(f"{payload}: is not JSON: {error}") from error
        except ValueError as error:
            raise AuditError(f"{payload}: {error}") from error
    _write("".join(lines), output)


def _progress(what: str, done: int, total: int | None) -> None:
    share = f" {100 * done // total} %" if total else f" {done:,}"
    click.echo(f"\r{what}{share}\x1b[K", nl=False, err=True)
    if total and done >= total:
        click.echo("\r\x1b[K", nl=False, err=True)


@main.command(short_help="Explain a rule or a symptom (403, cors, …).")
@click.argument("topic", metavar="RULE|SYMPTOM")
@_color
def explain(topic: str, color: str) -> None:
    """Explain a rule, or the causes of a symptom: 400, 401, 403, 404, cors, kms, misplaced, ownership, slow."""
    from auditor.guides import guide, symptoms
    from auditor.render import page
    from auditor.rule import all_rules

    options = _page_options(color)
    if topic in symptoms():
        _write(page.render(guide(topic).text, options), None)
        return
    rules = {rule.id: rule for rule in all_rules()}
    topic = _now(topic)
    if topic not in rules:
        known = ", ".join(symptoms())
        hint = did_you_mean(topic, (*rules, *symptoms()))
        _fail(AuditError(f"there is no rule or symptom '{topic}'{hint}; 'auditor rules' lists rules; symptoms: {known}"))
    _write(page.render_rule(rules[topic], options), None)


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
        _write(json.dumps(listing, indent=2) + "\n", None)
        return
    widest = max(len(rule.id) for rule in catalogue)
    _write("".join(f"{rule.id:<{widest}}  {rule.severity.value:<7}  {rule.summary}\n" for rule in catalogue), None)


@main.group(invoke_without_command=True, short_help="List the contracts, or show one.")
@click.pass_context
def contracts(ctx: click.Context) -> None:
    """List the built-in contracts; `auditor contracts show NAME` prints one."""
    if ctx.invoked_subcommand is None:
        from auditor.contract.load import load, names

        for name in names():
            contract = load(name, {})
            needs = ", ".join(need.id for need in contract.needs)
            _write(f"{name}  {contract.title}\n  needs {needs}\n  parameters: {', '.join(contract.parameters)}\n", None)


@contracts.command("show")
@click.argument("name")
def show_contract(name: str) -> None:
    """Print the YAML of a built-in contract, as a starting point for your own."""
    from auditor.contract.load import text

    try:
        _write(text(name), None)
    except AuditError as error:
        _fail(error)


def _outputs(formats: Sequence[str], output: str | None, known: Sequence[str] = tuple(FORMATS)) -> list[tuple[str, str | None]]:
    """(format, file) of every report that is wanted; no file is standard output."""
    wanted: list[tuple[str, str | None]] = []
    for text in formats or ("human",):
        name, _, file = text.partition("=")
        if name not in known:
            hint = did_you_mean(name, known)
            raise click.BadParameter(f"there is no format '{name}'{hint}; known formats: {', '.join(known)}", param_hint="--format")
        wanted.append((name, file or None))
    bare = [index for index, (_, file) in enumerate(wanted) if file is None]
    if len(bare) > 1:
        raise click.UsageError("only one format can go to standard output: give the others a file, --format sarif=FILE")
    if output is not None:
        if not bare:
            raise click.UsageError("--output needs a format without a file")
        wanted[bare[0]] = (wanted[bare[0]][0], output)
    return wanted


def _contracts(names: Sequence[str], parameters: dict[str, str]) -> tuple[tuple[Contract, ...], tuple[InputError, ...]]:
    from auditor.contract.load import load_all

    return load_all(names, parameters)


def _narrowed(
    contracts: tuple[Contract, ...], symptom: str, select: tuple[str, ...]
) -> tuple[tuple[Contract, ...], tuple[str, ...]]:
    """The contracts with only the needs behind a symptom, and the rules that can explain it."""
    from dataclasses import replace

    from auditor.guides import guide, symptoms

    if symptom not in symptoms():
        raise AuditError(
            f"there is no symptom '{symptom}'{did_you_mean(symptom, symptoms())}; known symptoms: {', '.join(symptoms())}"
        )
    page = guide(symptom)
    narrowed = [replace(contract, needs=tuple(need for need in contract.needs if need.id in page.needs)) for contract in contracts]
    if not any(contract.needs for contract in narrowed):
        elsewhere = "; 'auditor registration PAYLOAD' checks the request" if page.rules else ""
        raise AuditError(f"'{symptom}' does not depend on anything in a bucket's code: see 'auditor explain {symptom}'{elsewhere}")
    rules = tuple(rule for rule in page.rules if not select or rule in select)
    if not rules:
        raise AuditError(f"none of the selected rules can explain '{symptom}'; rules that can: {', '.join(page.rules)}")
    return tuple(contract for contract in narrowed if contract.needs), rules


def _with_causes(report: Report, symptom: str) -> Report:
    """The report with what it says of the causes of a symptom."""
    from dataclasses import replace

    from auditor.guides import causes

    live = f"see 'auditor explain {symptom}' for what only the live system can tell"
    return replace(report, notes=(*report.notes, *causes(symptom, report.verdicts), live))


def _rules_named(ids: Sequence[str]) -> tuple[str, ...]:
    """The rules that are meant, by their present ids.

    Raises:
        AuditError: there is no such rule.
    """
    if not ids:
        return ()
    from auditor.rule import all_rules

    known = [rule.id for rule in all_rules()]
    named = tuple(map(_now, ids))
    for name in named:
        if name not in known:
            raise AuditError(f"there is no rule '{name}'" + (did_you_mean(name, known) or "; 'auditor rules' lists them"))
    return named


def _now(rule: str) -> str:
    """The present id of a rule; a former one is told."""
    from auditor.rule import current

    now = current(rule)
    if now != rule:
        _say(f"note: the rule '{rule}' is now called '{now}'")
    return now


def _texts(paths: Sequence[str]) -> Any:
    from auditor.foundation.text import Texts

    if "-" not in paths:
        return Texts()
    if sys.stdin is None:
        _fail(AuditError("standard input is closed"))
    return Texts({"-": sys.stdin.buffer.read()})


def _render(name: str, report: Report, options: RenderOptions) -> str:
    from auditor.render import render

    return render(name, report, options)


def _page_options(color: str) -> RenderOptions:
    from auditor.render import Options

    return Options(color=_wants_color(color, None), width=_width())


def _wants_color(choice: str, file: str | None) -> bool:
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return file is None and sys.stdout is not None and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def _width() -> int:
    import shutil

    return max(60, min(shutil.get_terminal_size((100, 24)).columns, 120))


def _write(text: str, file: str | None, *, terminal: bool = True) -> None:
    """Writes a report: UTF-8, but for a terminal in what the terminal can show.

    A reader that has seen enough (`auditor … | head`) is not an error and does not change the exit code.
    """
    if file is None and sys.stdout is None:
        _fail(AuditError("standard output is closed: --output FILE writes the report to a file"))
    try:
        if file is not None:
            with open(file, "w", encoding="utf-8", newline="\n") as stream:
                stream.write(text)
        else:
            encoding = sys.stdout.encoding if terminal else "utf-8"
            sys.stdout.flush()
            sys.stdout.buffer.write(_encoded(text, encoding))
            sys.stdout.buffer.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that nothing complains when Python closes it
    except OSError as error:
        if file is None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _fail(AuditError(f"{file or 'standard output'}: cannot be written: {error.strerror or error}"))


def _encoded(text: str, encoding: str) -> bytes:
    """The text for a terminal; what its encoding lacks is written in ASCII, so that no mark is mistaken for another."""
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_PLAIN).encode(encoding, "replace")


def _tell_errors(report: Report, outputs: Sequence[tuple[str, str | None]]) -> None:
    """What could not be read, on standard error, unless a report there tells it to a reader already."""
    if ("human", None) not in outputs:
        for trouble in report.errors:
            _say(f"error: {trouble}")


def _say(text: str) -> None:
    """Writes to standard error, if that is there."""
    if sys.stderr is not None:
        click.echo(text, err=True)


def _fail(error: AuditError) -> NoReturn:
    for line in str(error).split("\n"):
        _say(line if line.startswith("  ") else f"error: {line}")
    sys.exit(2)
