"""A change for people at a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.changes.change import Change
from auditor.finding import Severity
from auditor.render.change.sentences import ChangeEntry, entries, summary
from auditor.render.parts.options import RenderOptions
from auditor.render.parts.terminal import Paint, clean, wrap


def render(change: Change, options: RenderOptions) -> str:
    """What changed, a block each; what could not be read; a summary."""
    paint = Paint(options.color)
    lines: list[str] = []
    for entry in entries(change):
        lines += [*_entry(entry, paint, options.width), ""]
    for side, errors in ((change.new, change.errors), (change.old, change.old_errors)):
        lines += [f"{paint.yellow('not read')} ({side}): {clean(str(error))}" for error in errors]
    mark = paint.red("✗") if change.exit_code() else paint.green("✓")
    lines += [
        f"{mark} {line}" if index == 0 else f"  {line}" for index, line in enumerate(wrap(summary(change), options.width - 2))
    ]
    return "\n".join(lines) + "\n"


def _entry(entry: ChangeEntry, paint: Paint, width: int) -> Iterator[str]:
    color = {Severity.ERROR: paint.red, Severity.WARNING: paint.yellow, Severity.NOTE: paint.bold}[entry.severity]
    for line in wrap(entry.title, width):
        yield color(line)
    if entry.location is not None:
        yield paint.dim(f"  --> {clean(str(entry.location))}")
    for text in entry.lines:
        for index, line in enumerate(wrap(text, width - 4)):
            yield f"  {line}" if index == 0 else f"    {line}"
