"""A change as a comment on a pull request."""

from __future__ import annotations

from auditor.changes.change import Change
from auditor.finding import Severity
from auditor.render.change.sentences import ChangeEntry, entries, summary
from auditor.render.markdown import inline
from auditor.render.parts.options import RenderOptions

LONGEST = 65_000
_MARKS = {Severity.ERROR: "❌", Severity.WARNING: "⚠️", Severity.NOTE: "💡"}


def render(change: Change, options: RenderOptions) -> str:  # noqa: ARG001 - every format is given the options
    """The change in one list; beyond `LONGEST`, only how many entries there are more."""
    left = list(entries(change))
    look = any(entry.severity is not Severity.NOTE for entry in left)
    mark = "❌" if change.exit_code() else "⚠️" if look else "✅"
    text = f"## {mark} auditor: what this change does\n\n{inline(summary(change))}\n"
    while left and len(text) + len(block := _entry(left[0])) < LONGEST:
        text += block
        left.pop(0)
    if left:
        text += f"\n… and {len(left)} more.\n"
    for side, errors in (("", change.errors), (f" ({inline(change.old)})", change.old_errors)):
        for error in errors:
            text += f"\nNot read{side}: {inline(str(error.location))}: {inline(error.message)}\n"
    return text


def _entry(entry: ChangeEntry) -> str:
    place = f" — {inline(str(entry.location))}" if entry.location else ""
    lines = "".join(f"  - {inline(line)}\n" for line in entry.lines)
    return f"\n- {_MARKS[entry.severity]} **{inline(entry.title)}**{place}\n{lines}"
