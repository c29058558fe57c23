"""The command line: a group of commands, each loaded when it is asked for."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Iterator, MutableMapping
from typing import Any

import click

from auditor.console import say, told
from auditor.foundation.errors import did_you_mean
from auditor.foundation.platforms import import_name, platforms
from auditor.foundation.version import __version__

_GENERAL = ("check", "config", "contracts", "diff", "explain", "fleet", "inspect", "platforms", "rules", "scaffold", "schema")
"""The modules of `auditor.commands` that hold a command of their name."""

_HOMES = {**{name: f"auditor.commands.{name}" for name in _GENERAL}, "lsp": "auditor.lsp.command"}
"""The module whose `COMMANDS` has a command, by its name; those of platforms are found in their folders."""


class _Table(MutableMapping[str, click.Command]):
    """The commands by name: a module is loaded when a command is asked for that is in it, or may be."""

    def __init__(self) -> None:
        self._loaded: dict[str, click.Command] = {}
        self._left = dict(_HOMES)
        self._complete = False

    def __getitem__(self, name: str) -> click.Command:
        if name not in self._loaded:
            if name in self._left:
                self._load(self._left.pop(name))
            else:
                self._find()
        return self._loaded[name]

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        del self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        self._find()
        return iter({**self._loaded, **self._left})

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _load(self, module: str) -> None:
        for command in importlib.import_module(module).COMMANDS:
            main.add_command(command)

    def _find(self) -> None:
        """Takes in the commands of platforms, whose names nobody knows before."""
        if not self._complete:
            self._complete = True
            for module in map(import_name, platforms("commands.py")):
                self._load(module)


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
        """Runs the command line; an internal error ends it with 2.

        A reader that has seen enough of a help text (`auditor --help | head`) changes no exit code.
        """
        try:
            return super().main(*args, **kwargs)
        except SystemExit:
            # Source: Click, `core.py`, `BaseCommand.main`: what is put in the place of a pipe that nobody reads. Reports see to that themselves.
            if type(sys.stdout).__name__.endswith("PacifyFlushWrapper"):
                sys.exit(0)
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not look like an answer
            try:
                _tell_of_fault(error)
            finally:
                sys.exit(2)

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command; an interruption ends with 130 and a termination with 143 as shells expect, when all is put in order."""
        if signal.getsignal(signal.SIGINT) not in (signal.SIG_IGN, None):
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, _terminated)
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            message = error.format_message()
            if told(message) == message:
                raise
            raise click.UsageError(told(message), error.ctx) from error  # it quotes what was given, such as the name of a file
        except KeyboardInterrupt:
            say("interrupted")
            sys.exit(130)


def _terminated(*_: object) -> None:
    """Leaves through whatever removes temporary files and ends processes; without it, they would stay."""
    raise SystemExit(128 + signal.SIGTERM)


def _tell_of_fault(fault: Exception) -> None:
    """Writes that the program broke down, with where; or that a disk is full or the working directory gone, for which nobody reports anything."""
    import errno
    import traceback

    if isinstance(fault, OSError) and fault.errno == errno.ENOSPC:
        say(f"error: what there is to say cannot be written: {fault.strerror}")
        return
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
