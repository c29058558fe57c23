"""A fleet as a table for a terminal, and as a page."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Sequence

from auditor.fleet.summary import Repository, Row
from auditor.outcome import Status
from auditor.render.parts.page import document, text
from auditor.render.parts.terminal import clean
from auditor.render.parts.wording import tally

_HEADS = ("Repository", "Platform", "Bucket", "Root", "Verdict")


def table(repositories: Sequence[Repository]) -> str:
    """The buckets and what is not known, one line each, and a line that counts."""
    rows = [(one.repository, one.platform, one.bucket, one.root, _told(one)) for each in repositories for one in each.rows]
    lines = [[clean(cell) for cell in row] for row in (_HEADS, *rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(_HEADS))]
    shown = (
        ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines] if rows else []
    )
    unread = [f"{clean(each.target.stem)}: not read: {clean(error)}" for each in repositories for error in each.errors]
    return "\n".join((*shown, *unread, summary(repositories))) + "\n"


def summary(repositories: Sequence[Repository]) -> str:
    """How many repositories there are, how many of them fail, and how many are not known whole."""
    mentioning, failing = sum(bool(one.rows) for one in repositories), sum(one.failing for one in repositories)
    unread = sum(bool(one.errors) for one in repositories)
    named = f"{len(repositories)} {'repository' if len(repositories) == 1 else 'repositories'}"
    mention, fail = (
        f"{number} {verb}{'s' if number == 1 else ''}" for number, verb in ((mentioning, "mention"), (failing, "fail"))
    )
    return f"{named}: {mention} a platform, {fail}, {unread} could not be read whole"


def page(repositories: Sequence[Repository]) -> str:
    """The page: one file without scripts, and without anything from elsewhere."""
    return document("auditor fleet", "\n".join(_sections(repositories)))


def _sections(repositories: Sequence[Repository]) -> Iterator[str]:
    yield f"<h1>auditor: {text(summary(repositories))}</h1>"
    reached = [row for one in repositories for row in one.rows]
    if reached:
        yield "<h2>Which platform reaches which bucket</h2>"
        yield _table(_HEADS, map(_row, reached))
    unread = [(one, error) for one in repositories for error in one.errors]
    if unread:
        yield "<h2>Not read</h2>"
        rows = (f'<th scope="row">{text(one.target.stem)}</th><td>{text(error)}</td>' for one, error in unread)
        yield _table(("Repository", "Why"), rows)
    yield "<h2>Repositories</h2>"
    yield _table(("Repository", "Directory", "Results"), map(_repository, repositories))


def _table(heads: Iterable[str], rows: Iterable[str]) -> str:
    titles = "".join(f'<th scope="col">{head}</th>' for head in heads)
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{''.join(f'<tr>{row}</tr>' for row in rows)}</tbody></table>"


def _row(row: Row) -> str:
    cells = "".join(f"<td>{text(cell)}</td>" for cell in (row.platform, row.bucket, row.root))
    return f'<th scope="row">{text(row.repository)}</th>{cells}<td class="status {row.status}">{_told(row)}</td>'


def _repository(one: Repository) -> str:
    stem = html.escape(one.target.stem)
    links = " ".join(f'<a href="{stem}.{form}">{form}</a>' for form in ("sarif", "json"))
    return f'<th scope="row">{text(one.target.stem)}</th><td>{text(one.target.path)}</td><td>{links}</td>'


def _told(row: Row) -> str:
    return f"{row.status} ({tally({Status(status): count for status, count in row.counts})})"
