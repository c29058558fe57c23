"""A picture in the language of Mermaid, which GitHub and GitLab draw.

Source: Mermaid documentation, "Flowcharts - Basic Syntax" and "Entity codes to escape characters"; "Config schema", `maxTextSize` and
`maxEdges`, which no picture can raise for itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from auditor.model import Bucket
from auditor.render.parts.terminal import clean
from auditor.render.parts.wording import counted
from auditor.render.picture.graph import Graph, Node, NodeShape, graph_of, title_of

_BRACKETS = {
    NodeShape.CALLER: ("([", "])"),
    NodeShape.ALLOW: ("[", "]"),
    NodeShape.DENY: ("{{", "}}"),
    NodeShape.RULE: ("[/", "/]"),
    NodeShape.BUCKET: ("[(", ")]"),
    NodeShape.KEY: ("(", ")"),
}


_LONGEST = 50_000
_MOST_EDGES = 499
_ROOM = 200
"""For the first and the last line."""

_ARROWS = (" --> ", " -.-x ", " -- encrypted with --> ")


def render(buckets: Sequence[Bucket]) -> str:
    """The pictures of buckets, one flowchart with a part for each; beyond what Mermaid draws, how many are left out."""
    lines = ["flowchart LR"]
    size = edges = 0
    for index, bucket in enumerate(buckets):
        part = [*_part(index, bucket)]
        size += sum(len(line) + 1 for line in part)
        edges += sum(any(arrow in line for arrow in _ARROWS) for line in part)
        if index and (size > _LONGEST - _ROOM or edges > _MOST_EDGES):
            left = counted(len(buckets) - index, "more bucket is", "more buckets are")
            lines.append(f"  more[{_text((f'{left} left out', 'inspect a directory of them alone'))}]")
            break
        lines += part
    return "\n".join(lines) + "\n"


def _part(index: int, bucket: Bucket) -> Iterator[str]:
    graph, before = graph_of(bucket), f"g{index}"
    yield f"  subgraph {before}[{_text((title_of(bucket),))}]"
    yield "    direction LR"
    for node in graph.nodes():
        opening, closing = _BRACKETS[node.shape]
        yield f"    {before}{node.id}{opening}{_text(node.lines)}{closing}"
    yield from (f"    {line}" for line in _edges(graph, before))
    yield "  end"


def _edges(graph: Graph, before: str) -> list[str]:
    def arrow(node: Node) -> str:
        return "-.-x" if node.shape is NodeShape.DENY else "-->"

    lines = [f"{before}{row.who.id} --> {before}{row.by.id}" for row in graph.rows]
    lines += [f"{before}{row.by.id} {arrow(row.by)} {before}{row.to.id}" for row in graph.rows]
    lines += [f"{before}{graph.bucket.id} -- encrypted with --> {before}{key.id}" for key in graph.keys]
    return list(dict.fromkeys(lines))


def _text(lines: Sequence[str]) -> str:
    """Quoted text; what Mermaid or a page would take for markup is written as entity codes."""
    coded = ("".join(c if c.isalnum() or c in " .,:*/_-" else f"#{ord(c)};" for c in clean(line)) for line in lines)
    return f'"{"<br/>".join(coded)}"'
