"""A picture for a page: SVG with a title and a description, without scripts; the colours come from the page."""

from __future__ import annotations

import html
from collections.abc import Iterator

from auditor.model import Bucket
from auditor.render.parts.terminal import clean, shortened
from auditor.render.picture.graph import Graph, Node, PictureRow, graph_of

_COLUMNS = (0, 330, 660)
_WIDTH, _LINE, _GAP, _LETTERS = 270, 18, 14, 34
_EDGE = _COLUMNS[-1] + _WIDTH


def render(bucket: Bucket, number: int) -> str:
    """The picture of a bucket.

    Args:
        bucket: it.
        number: tells its ids from those of other pictures on a page.
    """
    graph = graph_of(bucket)
    heights = [_height(row.by) for row in graph.rows]
    total = max(sum(height + _GAP for height in heights), sum(_height(node) + _GAP for node in (graph.bucket, *graph.keys)))
    title = f"Who reaches {bucket.address}"
    parts = "".join(_parts(graph, heights, total))
    return (
        f'<svg viewBox="0 0 {_EDGE} {total}" role="img" aria-labelledby="t{number} d{number}">'
        f'<title id="t{number}">{_text(title)}</title><desc id="d{number}">{_text(described(graph))}</desc>{parts}</svg>'
    )


def described(graph: Graph) -> str:
    """The picture in words."""
    ways = "; ".join(f"{row.who.lines[0]} by {', '.join(row.by.lines)} to {row.to.lines[0]}" for row in graph.rows)
    return ways or "nobody is named in its policies"


def _height(node: Node) -> int:
    return _LINE * len(node.lines) + 12


def _parts(graph: Graph, heights: list[int], total: int) -> Iterator[str]:
    ends = (graph.bucket, *graph.keys)
    space = (total - sum(_height(node) for node in ends)) // (len(ends) + 1)
    middle: dict[str, int] = {}
    top = space
    for node in ends:
        middle[node.id] = top + _height(node) // 2
        yield _box(node, _COLUMNS[2], top)
        top += _height(node) + space
    top = 0
    for row, height in zip(graph.rows, heights, strict=True):
        yield from _row(row, top, height, middle[row.to.id])
        top += height + _GAP


def _row(row: PictureRow, top: int, height: int, to: int) -> Iterator[str]:
    center = top + height // 2
    yield _box(row.who, _COLUMNS[0], center - _height(row.who) // 2)
    yield _box(row.by, _COLUMNS[1], top)
    yield f'<path class="{row.by.shape.name.lower()}" d="M{_COLUMNS[0] + _WIDTH} {center}H{_COLUMNS[1]}"/>'
    start, end = _COLUMNS[1] + _WIDTH, _COLUMNS[2]
    yield f'<path class="{row.by.shape.name.lower()}" d="M{start} {center}C{start + 30} {center} {end - 30} {to} {end} {to}"/>'


def _box(node: Node, left: int, top: int) -> str:
    lines = "".join(
        f'<text x="{left + 10}" y="{top + 20 + _LINE * index}">{_text(shortened(line, _LETTERS))}</text>'
        for index, line in enumerate(node.lines)
    )
    return f'<g class="{node.shape.name.lower()}"><rect x="{left}" y="{top}" width="{_WIDTH}" height="{_height(node)}" rx="6"/>{lines}</g>'


def _text(text: str) -> str:
    return html.escape(clean(text))
