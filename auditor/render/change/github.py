"""A change as GitHub workflow annotations."""

from __future__ import annotations

from auditor.changes.change import Change
from auditor.finding import Severity
from auditor.foundation.text import Texts
from auditor.render.change.sentences import entries, summary
from auditor.render.github import annotation
from auditor.render.parts.options import RenderOptions
from auditor.render.parts.places import Places


def render(change: Change, options: RenderOptions) -> str:
    """An annotation for each thing that changed at a place of the new side, and a line that counts."""
    places = Places(Texts(), options.repository_root)
    lines = [
        *(annotation(places, Severity.ERROR, error.location, "not read", error.message) for error in change.errors),
        *(
            annotation(places, entry.severity, entry.location, entry.title, "\n".join(entry.lines) or entry.title)
            for entry in entries(change)
            if entry.location is not None
        ),
    ]
    return "\n".join((*lines, f"auditor: {summary(change)}")) + "\n"
