"""`auditor scaffold`: the smallest configuration with which a contract holds."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from auditor.console import (
    ReadingCommand,
    clock,
    contract_parameters,
    fail,
    path_arguments,
    say,
    source_options,
    texts_of,
    write,
    write_patch,
)
from auditor.foundation.errors import AuditError

if TYPE_CHECKING:
    from auditor.sources.options import SourceOptions

_LANGUAGES = ("terraform", "cloudformation-yaml", "cloudformation-json", "json")


@click.command(cls=ReadingCommand, short_help="Write the smallest code with which a contract holds.")
@click.argument("contract", metavar="NAME|FILE")
@path_arguments
@contract_parameters
@click.option("--language", type=click.Choice(_LANGUAGES), help="What to write [default: terraform].")
@click.option("--name", default="", metavar="BUCKET", help="The name of the new bucket [default: one that is made up].")
@click.option("--kms", is_flag=True, help="Encrypt the new bucket with a KMS key of its own, also where nothing needs one.")
@click.option("--bucket", metavar="ADDRESS", help="Print what this bucket of the code under PATH lacks, as a patch.")
@click.option("--output", metavar="FILE", help="Write to a file.")
@source_options
def scaffold(
    contract: str,
    paths: tuple[str, ...],
    parameters_of_contract: dict[str, str],
    language: str | None,
    name: str,
    kms: bool,
    bucket: str | None,
    output: str | None,
    reading: SourceOptions,
) -> None:
    """Write the smallest configuration with which a contract holds: for a new bucket, or what one of the code lacks.

    A parameter of the contract that is not given becomes a variable of Terraform or a parameter of the template. What is written is audited
    first: every need holds or is not applicable, and no finding is above a note.

    Exit code 0: the contract holds with what is written. Exit code 1: with --bucket, something is left for a person to do. Exit code 2: no
    configuration can be written, or not all was read, and each reason is told.
    """
    if bucket is not None:
        if language or name or kms:
            raise click.UsageError("--language, --name and --kms are for a new bucket: leave out --bucket")
        _missing(contract, bucket, paths or (".",), parameters_of_contract, reading, output)
        return
    if paths or reading.assignments or reading.parameters or reading.parameter_files:
        raise click.UsageError("PATH and values of its code are for a bucket that is there: give its address with --bucket")
    from auditor.scaffold.scaffold import Wanted
    from auditor.scaffold.scaffold import scaffold as make

    wanted = Wanted(
        contract, parameters_of_contract, language or _LANGUAGES[0], name, reading.account or "", reading.region or "", kms
    )
    try:
        made = make(wanted)
    except AuditError as error:
        fail(error)
    for note in made.notes:
        say(f"note: {note}")
    write(made.text, output, terminal=False)


def _missing(
    contract: str, bucket: str, paths: tuple[str, ...], given: dict[str, str], reading: SourceOptions, output: str | None
) -> None:
    from auditor.contract.load import load_all
    from auditor.scaffold.missing import missing

    try:
        contracts, problems = load_all((contract,), given, clock())
        found = missing(contracts[0], bucket, paths, reading, texts_of(paths))
    except AuditError as error:
        fail(error)
    write_patch(found.patch, output)
    for reason in found.left:
        say(f"not fixed: {reason}")
    for trouble in found.errors:
        say(f"error: {trouble}")
    if not (found.patch.text or found.left or found.errors):
        say("nothing is missing")
    sys.exit(2 if problems or found.errors else 1 if found.left else 0)


COMMANDS = (scaffold,)
"""What `auditor.cli` takes in."""
