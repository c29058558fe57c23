"""`auditor diff`: says what a change does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from auditor.console import (
    Output,
    ReadingCommand,
    clock,
    color_option,
    complete_change_format,
    complete_contract,
    contract_parameters,
    fail,
    give,
    outputs_of,
    settings_option,
    source_options,
    texts_in,
    wants_color,
    width,
)
from auditor.foundation.errors import AuditError

if TYPE_CHECKING:
    from auditor.sources.options import SourceOptions


@click.command(cls=ReadingCommand, short_help="Say what a change does: verdicts, access, CORS.")
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
    from auditor.host.cache import CachedOutput
    from auditor.render.change import FORMATS as CHANGE_FORMATS
    from auditor.render.change import render
    from auditor.render.parts.options import RenderOptions

    outputs = outputs_of(formats, output, tuple(CHANGE_FORMATS))
    try:
        asked = Contracts(contracts, parameters_of_contract, clock())
        change = change_of(old, new, asked, reading, kind, within, settings=use, baseline=baseline)
    except AuditError as error:
        fail(error)

    def rendered(name: str, file: str | None) -> str:
        return render(name, change, RenderOptions(color=wants_color(color, file), width=width()))

    written = Output(tuple(outputs), output, color)
    give(CachedOutput(texts_in(written, rendered), (), change.exit_code(no_new_access=no_new_access)), written)


COMMANDS = (diff,)
"""What `auditor.cli` takes in."""
