"""`auditor inspect`: shows what was read."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

import click

from auditor.console import (
    ReadingCommand,
    color_option,
    fail,
    form_of,
    page_options,
    path_arguments,
    say,
    settings_of,
    settings_option,
    source_options,
    texts_of,
    write,
)
from auditor.foundation.errors import AuditError

if TYPE_CHECKING:
    from auditor.sources.options import SourceOptions


@click.command(cls=ReadingCommand, short_help="Show what was read about each bucket.")
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


COMMANDS = (inspect,)
"""What `auditor.cli` takes in."""
