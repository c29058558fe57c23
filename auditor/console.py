"""What every command shares: the options of the sources and of the output, and how a report is written or an error told."""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import re
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

import click

from auditor.foundation.errors import AuditError, known_ones
from auditor.lazy.classes import dataclass
from auditor.render import FORMATS, FORMS, TERMINAL_FORMATS, Form
from auditor.render.parts.runner import inert
from auditor.render.parts.terminal import clean

if TYPE_CHECKING:
    import datetime as dt

    from click.shell_completion import CompletionItem

    from auditor.fixing.files import UnifiedDiff
    from auditor.foundation.text import Texts
    from auditor.host.cache import CachedOutput
    from auditor.render import RenderOptions
    from auditor.report import Report
    from auditor.settings.types import Settings
    from auditor.sources.options import SourceOptions

_PLAIN = str.maketrans({"✓": "+", "✗": "x", "→": "->", "·": "-", "…": "...", "─": "-", "–": "-", "⚠": "!"})


def _assignments(_: click.Context, parameter: click.Parameter, values: Sequence[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for value in values:
        name, text = _assignment(value)
        if "=" not in value or not name:
            raise click.BadParameter(f"'{value}' is not NAME=VALUE", param=parameter)
        pairs[name] = text
    return pairs


def _account_id(_: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and not re.fullmatch("[0-9]{12}", value):
        raise click.BadParameter(f"'{value}' is not the id of an account, which has twelve digits", param=parameter)
    return value


def _region(_: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None:
        from auditor.needs.bucket_region import no_region

        if problem := no_region(value):
            raise click.BadParameter(problem, param=parameter)
    return value


_ASSIGNMENTS = "auditor.assignments"
_GIVEN = "auditor.given"


class ReadingCommand(click.Command):
    """A command that keeps what was given in its order: the later one of `--var` and `--var-file` wins, as in Terraform."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The arguments; in `ctx.meta`, each with its value, and names and values of variables, and files under an empty name, in their order."""
        # `--fix` takes no value, `--fix=RULE` does: click would take the path behind a bare `--fix` for one.
        args = [f"--fix-rule={one.removeprefix('--fix=')}" if one.startswith("--fix=") else one for one in args]
        given, _, order = self.make_parser(ctx).parse_args(list(args))
        values = {one.name: iter(given[one.name]) for one in order if one.name and isinstance(given.get(one.name), list)}
        ctx.meta[_GIVEN] = [(one, next(values[one.name]) if one.name in values else given.get(one.name or "")) for one in order]
        ctx.meta[_ASSIGNMENTS] = [
            ("", value) if one.name == "var_files" else _assignment(value)
            for one, value in ctx.meta[_GIVEN]
            if one.name in ("variables", "var_files")
        ]
        return super().parse_args(ctx, args)


def _assignment(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip(), value


def also_taken(by: click.Command, but: Sequence[str]) -> str:
    """What this command was given that another one takes too, as it is written in a shell: its paths, then its options.

    Args:
        by: the other one.
        but: the names of parameters that are left out.
    """
    context = click.get_current_context()
    paths = (f"./{path}" if path.startswith("-") else path for path in context.params["paths"])
    taken = {one.name for one in by.params if isinstance(one, click.Option)}.difference(but)
    options = (word for one, value in context.meta[_GIVEN] if one.name in taken for word in _words(one, value))
    return shlex.join([*paths, *options])


def _words(option: click.Option, value: Any) -> list[str]:
    """An option as it was given; the value of a variable may be a secret."""
    if option.is_flag:
        return [option.opts[0] if value else option.secondary_opts[0]]
    return [option.opts[0], f"{_assignment(value)[0]}=…" if option.name in ("variables", "parameters") else str(value)]


def gathered(name: str, make: Callable[..., Any], *options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Options that a command is given as one argument.

    Args:
        name: of the argument.
        make: what makes it, of what the options say by their names: a function or a dataclass.
        options: as click makes them; they are listed in this order.
    """
    taken: tuple[str, ...] = getattr(make, "__match_args__", ()) or make.__code__.co_varnames[: make.__code__.co_argcount]

    def decorate(command: Callable[..., None]) -> Any:
        @functools.wraps(command)
        def with_one(**given: Any) -> None:
            one = make(**{option: given.pop(option) for option in taken})
            command(**{name: one}, **given)

        return functools.reduce(lambda made, option: option(made), reversed(options), with_one)

    return decorate


path_arguments = click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path())


def complete_contract(_: click.Context, __: click.Parameter, begun: str) -> list[CompletionItem]:
    """What a shell offers where a contract is named: the contracts at hand, and files."""
    from click.shell_completion import CompletionItem

    from auditor.contract.load import names

    found = [CompletionItem(name) for name in names() if name.startswith(begun)]
    return found or [CompletionItem(begun, type="file")]


def complete_topic(_: click.Context, __: click.Parameter, begun: str) -> list[str]:
    """What a shell offers where a rule or a symptom is named."""
    from auditor.guides import symptoms
    from auditor.rule import all_rules

    return [topic for topic in (*(rule.id for rule in all_rules()), *symptoms()) if topic.startswith(begun)]


def complete_format(_: click.Context, __: click.Parameter, begun: str) -> list[str]:
    """What a shell offers where a format of a report is named."""
    return [name for name in FORMATS if name.startswith(begun)]


def complete_change_format(_: click.Context, __: click.Parameter, begun: str) -> list[str]:
    """What a shell offers where a format of a comparison is named."""
    from auditor.render.change import FORMATS as CHANGE_FORMATS

    return [name for name in CHANGE_FORMATS if name.startswith(begun)]


def _reading(
    variables: dict[str, str],  # noqa: ARG001 - checked, and taken in the order of the command line
    var_files: tuple[str, ...],  # noqa: ARG001 - likewise
    parameters: dict[str, str],
    parameter_files: tuple[str, ...],
    region: str | None,
    account: str | None,
    workspace: str | None,
    also_read: tuple[str, ...],
    jobs: int | None,
) -> SourceOptions:
    from auditor.host.workers import cores
    from auditor.sources.options import Assignment, SourceOptions

    assignments = tuple(Assignment(name, value) for name, value in click.get_current_context().meta[_ASSIGNMENTS])
    opened = tuple(map(os.path.realpath, also_read))
    environment = {name: value for name, value in os.environ.items() if name.startswith("TF_VAR_") or name == "TF_WORKSPACE"}
    return SourceOptions(
        assignments, environment, parameters, parameter_files, region, account, workspace, also_read=opened, jobs=jobs or cores()
    )


source_options = gathered(
    "reading",
    _reading,
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
        help="Read CloudFormation parameters from a file of the AWS CLI (JSON, YAML) or a samconfig.",
    ),
    click.option("--region", metavar="REGION", callback=_region, help="The AWS region, where the code leaves it unresolved."),
    click.option(
        "--account",
        metavar="ID",
        callback=_account_id,
        help="The AWS account that the code is deployed to, where the code leaves it unresolved.",
    ),
    click.option("--workspace", metavar="NAME", help="The Terraform workspace."),
    click.option(
        "--also-read",
        multiple=True,
        metavar="DIR",
        type=click.Path(exists=True, file_okay=False),
        help="Read what modules, links and file names lead to in this directory outside of the repository (repeatable).",
    ),
    click.option(
        "--jobs",
        type=click.IntRange(min=1),
        metavar="N",
        help="How many processes share the work where there is much [default: the cores that there are].",
    ),
)
"""How sources are read: `reading`, the `auditor.sources.options.SourceOptions`."""
contract_parameters = click.option(
    "--with",
    "parameters_of_contract",
    multiple=True,
    metavar="KEY=VALUE",
    callback=_assignments,
    help="Set a parameter of the contract.",
)
color_option = click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="Color the output (NO_COLOR, FORCE_COLOR and CLICOLOR are honored).",
)


def outputs_of(formats: Sequence[str], output: str | None, known: Sequence[str] = tuple(FORMATS)) -> list[tuple[str, str | None]]:
    """(format, file) of every report that is wanted; no file is standard output."""
    wanted: list[tuple[str, str | None]] = []
    for text in formats or ("human",):
        name, equals, file = text.partition("=")
        if name not in known:
            raise click.BadParameter(f"there is no format '{name}'{known_ones(name, known, 'formats')}", param_hint="--format")
        if equals and not file:
            raise click.BadParameter(
                f"'{text}' names no file: write {name}=FILE, or {name} for standard output", param_hint="--format"
            )
        wanted.append((name, file or None))
    bare = [index for index, (_, file) in enumerate(wanted) if file is None]
    if len(bare) > 1:
        raise click.UsageError("only one format can go to standard output: give the others a file, --format sarif=FILE")
    if output is not None:
        if not bare:
            raise click.UsageError("--output needs a format without a file")
        wanted[bare[0]] = (wanted[bare[0]][0], output)
    files = [os.path.realpath(file) for _, file in wanted if file is not None and _mode_of(file) is not None]
    if twice := next((file for _, file in wanted if file is not None and files.count(os.path.realpath(file)) > 1), None):
        raise click.UsageError(f"two formats cannot go to one file: '{twice}'")
    if code := next((file for _, file in wanted if file is not None and _is_code(file)), None):
        raise click.UsageError(f"'{code}' is code, and a report would take its place: name another file")
    return wanted


def _is_code(file: str) -> bool:
    """Whether a file is there that is audited: it has an ending that no report has, or is named as what to audit, not merely as changed."""
    from auditor.foundation.text import TERRAFORM_SUFFIXES, VARIABLE_SUFFIXES

    given = click.get_current_context().params
    named = [] if given.get("changed") else [*given.get("paths", ()), *filter(None, (given.get("old"), given.get("new")))]
    endings = (*TERRAFORM_SUFFIXES, *VARIABLE_SUFFIXES, ".yaml", ".yml", ".template")
    return os.path.isfile(file) and (
        file.endswith(endings) or any(os.path.exists(one) and os.path.samefile(one, file) for one in named)
    )


@dataclass(frozen=True, slots=True)
class Output:
    """Where reports go.

    Attributes:
        wanted: (format, file) of each; no file is standard output.
        file: that of the report whose format has none.
        color: "auto", "always" or "never".
    """

    wanted: tuple[tuple[str, str | None], ...]
    file: str | None
    color: str


def _output(formats: tuple[str, ...], output: str | None, color: str) -> Output:
    return Output(tuple(outputs_of(formats, output)), output, color)


output_options = gathered(
    "output",
    _output,
    click.option(
        "--format",
        "formats",
        multiple=True,
        metavar="FORMAT[=FILE]",
        help=f"One of {', '.join(FORMATS)} (repeatable) [default: human].",
        shell_complete=complete_format,
    ),
    click.option("--output", metavar="FILE", help="Write the report to a file."),
    color_option,
)
"""Where reports go: `output`, an `Output`."""


def clock() -> dt.datetime:
    """The time, which the command line reads here and nowhere else."""
    import datetime as dt

    return dt.datetime.now(tz=dt.UTC)


settings_option = click.option(
    "--config/--no-config", "use", default=True, help="Whether .auditor.yaml files are read [default: they are]."
)


def settings_of(paths: Sequence[str], use: bool, *, changed: bool = False) -> Settings:
    """The settings files for what is audited, see `auditor.settings.read.read_settings`; none where they are not wanted."""
    from auditor.settings.read import read_settings
    from auditor.settings.types import Settings

    return read_settings(paths, changed=changed) if use else Settings()


def texts_of(paths: Sequence[str]) -> Texts:
    """The files; `-` among the paths is standard input."""
    from auditor.foundation.text import Texts

    if "-" not in paths:
        return Texts()
    if sys.stdin is None:
        fail(AuditError("standard input is closed"))
    return Texts({"-": sys.stdin.buffer.read()})


def finish(report: Report, output: Output, **shown: Any) -> NoReturn:
    """Writes a report in each format that is wanted, tells what could not be read on standard error, and exits.

    Args:
        report: the report.
        output: where it goes.
        shown: the rest of `auditor.render.RenderOptions`.
    """
    give(answer_of(report, output, **shown), output)


def answer_of(report: Report, output: Output, **shown: Any) -> CachedOutput:
    """What is to be said of a report, see `finish`; where a format breaks down, the others are given, and the process ends."""
    from auditor.host.cache import CachedOutput
    from auditor.render import RenderOptions, render

    options = RenderOptions(width=width(), **shown)

    def rendered(name: str, file: str | None) -> str:
        return render(name, report, replace(options, color=wants_color(output.color, file)))

    texts = texts_in(output, rendered)
    told = tuple(_errors(report, output.wanted))
    return CachedOutput(texts, told, report.exit_code(strict=options.strict, exit_zero=options.exit_zero))


def texts_in(output: Output, render: Callable[[str, str | None], str]) -> tuple[str, ...]:
    """What is to be written in each format; where one breaks down, the others are written, and the process ends with 2.

    Args:
        output: where it goes.
        render: makes the text, of a format and the file that it is for.
    """
    from auditor.host.cache import CachedOutput
    from auditor.sources.failsafe import internal

    texts: list[str] = []
    sound: list[tuple[str, str | None]] = []
    faults: list[str] = []
    for name, file in output.wanted:
        try:
            texts.append(render(name, file))
            sound.append((name, file))
        except Exception as error:  # noqa: BLE001 - whatever it is, the other formats are written
            faults.append(f"error: {internal(file or name, error, f'writing {name}')}")
    if faults:
        give(CachedOutput(tuple(texts), tuple(faults), 2), replace(output, wanted=tuple(sound)))
    return tuple(texts)


def give(answer: CachedOutput, output: Output) -> NoReturn:
    """Writes an answer where it is to go, and exits; what cannot be written in one place is written in the others."""
    faults: list[str] = []
    for text, (name, file) in zip(answer.texts, output.wanted, strict=True):
        try:
            _put(text, file, terminal=name in TERMINAL_FORMATS, form=form_of(name))
        except AuditError as error:
            faults.append(str(error))
    for line in answer.told:
        say(line)
    if faults:
        fail(AuditError("\n".join(faults)))
    sys.exit(answer.code)


def page_options(color: str) -> RenderOptions:
    """How documentation is shown on standard output."""
    from auditor.render import RenderOptions

    return RenderOptions(color=wants_color(color, None), width=width())


def wants_color(choice: str, file: str | None) -> bool:
    """Whether the output is colored; by default only on a terminal.

    Sources: no-color.org, force-color.org, bixense.com/clicolors.
    """
    if choice != "auto":
        return choice == "always"
    said = os.environ.get
    if said("NO_COLOR"):
        return False
    if said("FORCE_COLOR") or said("CLICOLOR_FORCE", "0") not in ("", "0"):
        return True
    if said("CLICOLOR") == "0":
        return False
    return file is None and sys.stdout is not None and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def width() -> int:
    """How many columns the output has."""
    return max(60, min(_columns() or 100, 160))


def number_in(text: str) -> int | None:
    """The number that a text is; None where it is another text, or has more than nine digits."""
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _columns() -> int:
    """What `COLUMNS` says, else the terminal; 0 where neither does."""
    given = number_in(os.environ.get("COLUMNS", ""))
    if given:
        return given
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns  # type: ignore[union-attr]  # where it is None, that is caught
    except (AttributeError, ValueError, OSError):
        return 0


def form_of(name: str) -> Form:
    """What the text of a format is, by the name of the format."""
    return FORMS.get(name, Form.TEXT)


def write(text: str, file: str | None, *, terminal: bool = True, form: Form = Form.TEXT) -> None:
    """Writes a report: UTF-8, but for a terminal in what the terminal can show; nothing in it is a command for a runner.

    A reader that has seen enough (`auditor … | head`) is not an error and does not change the exit code.

    Args:
        text: the report.
        file: where it goes; None is standard output.
        terminal: whether people read it there.
        form: what the text is.
    """
    try:
        _put(text, file, terminal=terminal, form=form)
    except AuditError as error:
        fail(error)


def _put(text: str, file: str | None, *, terminal: bool, form: Form) -> None:
    """Writes a report.

    Raises:
        AuditError: it cannot be written.
    """
    text = inert(text, form)
    if file is None and sys.stdout is None:
        raise AuditError("standard output is closed: --output FILE writes the report to a file")
    try:
        if file is not None:
            within_its_tree(file)
            _write_whole(text.encode(), file)
        else:
            encoding = sys.stdout.encoding if terminal else "utf-8"
            sys.stdout.flush()
            sys.stdout.buffer.write(_encoded(text, encoding))
            sys.stdout.buffer.flush()
    except OSError as error:
        if file is None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that nothing complains when Python closes it
        if isinstance(error, BrokenPipeError):
            return
        raise AuditError(f"{file or 'standard output'}: cannot be written: {error.strerror or error}") from error


def write_patch(patch: UnifiedDiff, file: str | None) -> None:
    """Writes a patch as it is, but for a terminal and a runner's log, where its lines could act; says where it is to be applied."""
    text = patch.text
    if patch.directory and text:
        say(f"note: the patch is to be applied in {patch.directory}")
    seen = file is None and ("GITHUB_ACTIONS" in os.environ or (sys.stdout is not None and sys.stdout.isatty()))
    form = Form.TEXT if seen else Form.EXACT
    if inert(text, form) != text:
        say("note: the patch holds what acts on a terminal or in a runner's log; it is printed without that and cannot be applied")
    write(text, file, terminal=False, form=form)


def within_its_tree(file: str) -> None:
    """Sees to it that what is written stays where a person named it: whoever wrote the tree may have put a link there.

    Raises:
        OSError: a link leads out of the tree around the file.
    """
    from auditor.foundation.border import named

    if not named(file).holds(file):
        raise OSError(errno.EACCES, "a link leads out of the tree around it; name the place that it leads to")


def _write_whole(content: bytes, file: str) -> None:
    """Writes a file whole or not at all, so that nobody takes the beginning of a report for one.

    A device or pipe, and a file in a directory where nothing can be added, is written as it is.
    """
    import tempfile

    real, mode = os.path.realpath(file), _mode_of(file)
    try:
        handle, beside = (None, "") if mode is None else tempfile.mkstemp(dir=os.path.dirname(real), prefix=".auditor-")
    except PermissionError:
        handle, beside = None, ""
    if handle is None or mode is None:
        with open(file, "wb") as stream:
            stream.write(content)
        return
    try:
        with open(handle, "wb") as stream:
            stream.write(content)
        os.chmod(beside, mode)
        os.replace(beside, real)
    except BaseException:
        os.unlink(beside)
        raise


def _mode_of(file: str) -> int | None:
    """The permissions of a file, or those that it gets when it is made; None when it is not a file of its own, such as `/dev/stdout`."""
    if os.path.abspath(file).startswith(("/dev/", "/proc/")):
        return None
    if os.path.exists(file):
        return os.stat(file).st_mode & 0o7777 if os.path.isfile(file) else None
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _encoded(text: str, encoding: str) -> bytes:
    """The text for a terminal; what its encoding lacks is written in ASCII, so that no mark is mistaken for another."""
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_PLAIN).encode(encoding, "replace")


def _errors(report: Report, outputs: Sequence[tuple[str, str | None]]) -> Iterator[str]:
    """What could not be read and what does not count, unless a report on standard output tells it to a reader already."""
    if ("human", None) not in outputs:
        yield from (f"error: {trouble}" for trouble in report.errors)
        yield from (f"note: {note}" for note in report.left_out)


def say(text: str) -> None:
    """Writes a line to standard error, if that is there; nothing in it is a command for a terminal or a runner."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError):  # a full device: the exit code still tells
            click.echo(told(text), err=True)


def told(text: str) -> str:
    """A message as one line that acts on nothing; whatever would end the line is shown."""
    return inert(clean(text))


_ERASE = "\r\x1b[2K"
_FIRST, _AGAIN = 1.0, 0.1


@contextlib.contextmanager
def watched(*, quiet: bool = False) -> Iterator[None]:
    """While it lasts, a terminal shows from the second second on what is being done, in a line that is gone at the end.

    Args:
        quiet: whether it shows nothing; so it is in CI, and where there is no terminal.
    """
    import signal
    import threading

    unseen = quiet or "CI" in os.environ or os.environ.get("TERM") == "dumb" or sys.stderr is None or not sys.stderr.isatty()
    if unseen or not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    from auditor.host.progress import Doing

    seen: list[str] = []

    def show(*_: object) -> None:
        if not (Doing.now or seen):
            return
        with contextlib.suppress(OSError, RuntimeError):  # it comes in the middle of whatever is done, such as writing
            seen.append(Doing.now)
            click.echo(f"{_ERASE}{told(Doing.now)[: width() - 1]}", err=True, nl=False)

    before = signal.signal(signal.SIGALRM, show)
    signal.setitimer(signal.ITIMER_REAL, _FIRST, _AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        Doing.now = ""
        show()


def fail(error: AuditError) -> NoReturn:
    """Tells the error, line by line, and exits with 2."""
    for line in str(error).split("\n"):
        say(line if line.startswith("  ") else f"error: {line}")
    sys.exit(2)
