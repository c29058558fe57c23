"""A change as a page to look at: what may weaken the audit, then what changed of each bucket, key and role, with its picture before and after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from auditor.changes.change import Change
from auditor.finding import Severity
from auditor.foundation.errors import InputError
from auditor.model import Bucket
from auditor.render.change.sentences import ChangeEntry, entries, summary
from auditor.render.parts.options import RenderOptions
from auditor.render.parts.page import document, place, text
from auditor.render.picture import svg

_LABELS = {Severity.ERROR: "worse", Severity.WARNING: "look at this", Severity.NOTE: "changed"}


def render(change: Change, options: RenderOptions) -> str:
    """The change as a page."""
    del options
    return document("auditor: what a change does", "\n".join(_sections(change)))


def _sections(change: Change) -> Iterator[str]:
    yield f"<h1>{text(summary(change))}</h1>"
    yield f'<p class="soft">From <code>{text(change.old)}</code> to <code>{text(change.new)}</code></p>'
    yield from _unread(change.new, change.errors)
    yield from _unread(change.old, change.old_errors)
    of: dict[str, list[ChangeEntry]] = {}
    for entry in entries(change):
        of.setdefault(entry.subject, []).append(entry)
    pictures = _Pictures(change)
    for number, (subject, mine) in enumerate(of.items()):
        yield f'<section aria-labelledby="part-{number}"><h2 id="part-{number}">{text(subject or "The audit itself")}</h2>'
        yield from pictures.of(subject)
        yield from map(_entry, mine)
        yield "</section>"


def _unread(side: str, errors: Iterable[InputError]) -> Iterator[str]:
    rows = "".join(f"<li><code>{text(place(one.location))}</code> {text(one.message)}</li>" for one in errors)
    if rows:
        yield f"<h2>Not read of {text(side)}</h2><ul>{rows}</ul>"


def _entry(entry: ChangeEntry) -> str:
    where = f'<p class="soft"><code>{text(place(entry.location))}</code></p>' if entry.location else ""
    lines = "".join(f"<li>{text(line)}</li>" for line in entry.lines)
    return (
        f'<article class="{entry.severity.value}"><h3><span class="status">{_LABELS[entry.severity]}</span>: {text(entry.title)}</h3>'
        + (f"<ul>{lines}</ul>" if lines else "")
        + f"{where}</article>"
    )


class _Pictures:
    """The pictures of the buckets of both sides.

    Args:
        change: what happened between them.
    """

    def __init__(self, change: Change) -> None:
        self._sides = (("Before", change.before), ("After", change.after))
        self._number = 0

    def of(self, address: str) -> Iterator[str]:
        """Those of a bucket: before and after where they differ; nothing for a key or role."""
        shown: dict[str, tuple[list[str], Bucket]] = {}
        for label, buckets in self._sides:
            for bucket in buckets:
                if bucket.address == address:
                    shown.setdefault(f"{bucket.root}\0{svg.render(bucket, 0)}", ([], bucket))[0].append(label)
        for labels, bucket in shown.values():
            self._number += 1
            said = "Before and after" if len(labels) > 1 else labels[0]
            yield f'<figure tabindex="0"><figcaption>{said}</figcaption>{svg.render(bucket, self._number)}</figure>'
