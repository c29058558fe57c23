"""`auditor platforms`: which platforms code mentions, and where."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from auditor.console import ReadingCommand, fail, path_arguments, say, source_options, texts_of, write
from auditor.foundation.errors import AuditError
from auditor.render import Form
from auditor.render.parts.terminal import clean

if TYPE_CHECKING:
    from auditor.sources.options import SourceOptions


@click.command(cls=ReadingCommand, short_help="List the platforms that the code mentions.")
@path_arguments
@source_options
@click.option("--format", "form", type=click.Choice(["human", "json"]), default="human", help="How to print it.")
def platforms(paths: tuple[str, ...], reading: SourceOptions, form: str) -> None:
    """List the platforms that the buckets under PATH mention, and where."""
    from auditor.inputs import read_inputs
    from auditor.selection import mentioned

    paths = paths or (".",)
    try:
        inputs = read_inputs(paths, (), reading, texts_of(paths), auto=True)
    except AuditError as error:
        fail(error)
    for trouble in inputs.errors:
        say(f"error: {trouble}")
    found = [
        (one.contract, bucket, place) for one in mentioned(inputs.buckets) for bucket, places in one.buckets for place in places
    ]
    if form == "json":
        told = [
            {
                "contract": contract.id,
                "title": contract.title,
                "root": bucket.root,
                "bucket": bucket.address,
                "what": place.what,
                "path": place.location.path,
                "line": place.location.line,
            }
            for contract, bucket, place in found
        ]
        write(json.dumps(told, indent=2) + "\n", None, form=Form.JSON)
        sys.exit(2 if inputs.errors else 0)
    for contract in dict.fromkeys(contract.id for contract, _, _ in found):
        mine = [(contract_, bucket, place) for contract_, bucket, place in found if contract_.id == contract]
        write(f"{contract}  {mine[0][0].title}\n", None)
        # A module that several roots call is told once.
        lines = (f"{bucket.address}: {place.what}  {place.location.path}:{place.location.line}" for _, bucket, place in mine)
        for line in dict.fromkeys(lines):
            write(f"  {clean(line)}\n", None)
    if not found:
        write("no platform is mentioned\n", None)
    sys.exit(2 if inputs.errors else 0)


COMMANDS = (platforms,)
"""What `auditor.cli` takes in."""
