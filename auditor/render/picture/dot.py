"""A picture in the language of Graphviz.

Source: Graphviz documentation, "DOT Language" (quoted strings: only `"` and the backslash are special).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from auditor.model import Bucket
from auditor.render.parts.terminal import clean
from auditor.render.picture.graph import NodeShape, graph_of, title_of

_SHAPES = {
    NodeShape.CALLER: "ellipse",
    NodeShape.ALLOW: "box",
    NodeShape.DENY: "octagon",
    NodeShape.RULE: "parallelogram",
    NodeShape.BUCKET: "cylinder",
    NodeShape.KEY: "house",
}


def render(buckets: Sequence[Bucket]) -> str:
    """The pictures of buckets, one graph with a cluster for each."""
    parts = [line for index, bucket in enumerate(buckets) for line in _part(index, bucket)]
    fonts = (f'  {of} [fontname="sans-serif"];' for of in ("graph", "node", "edge"))
    return "\n".join(("digraph auditor {", "  rankdir=LR;", *fonts, *parts, "}")) + "\n"


def _part(index: int, bucket: Bucket) -> Iterator[str]:
    graph = graph_of(bucket)
    yield f"  subgraph cluster_{index} {{"
    yield f"    label={_text((title_of(bucket),))};"
    for node in graph.nodes():
        yield f"    g{index}{node.id} [shape={_SHAPES[node.shape]}, label={_text(node.lines)}];"
    edges = [f"g{index}{row.who.id} -> g{index}{row.by.id};" for row in graph.rows]
    for row in graph.rows:
        style = " [style=dashed, arrowhead=tee]" if row.by.shape is NodeShape.DENY else ""
        edges.append(f"g{index}{row.by.id} -> g{index}{row.to.id}{style};")
    edges += [f'g{index}{graph.bucket.id} -> g{index}{key.id} [label="encrypted with"];' for key in graph.keys]
    yield from (f"    {edge}" for edge in dict.fromkeys(edges))
    yield "  }"


def _text(lines: Sequence[str]) -> str:
    escaped = (clean(line).replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(escaped) + '"'
