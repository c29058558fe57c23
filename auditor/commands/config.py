"""`auditor config`: shows the settings of a path."""

from __future__ import annotations

import os
import sys

import click

from auditor.console import color_option, fail, page_options, say, settings_of, write
from auditor.foundation.errors import AuditError
from auditor.platforms import DEFAULT_CONTRACT
from auditor.render import Form


@click.command(short_help="Show the settings that apply to a path, and where they are written.")
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


COMMANDS = (config,)
"""What `auditor.cli` takes in."""
