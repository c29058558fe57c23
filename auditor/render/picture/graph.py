"""What a picture of a bucket shows: who is let in or kept out, by which statement, with which key; and which pages may read the answers."""

from __future__ import annotations

import enum
from collections.abc import Iterator

from auditor.cors import parse_cors
from auditor.foundation.value import is_text, shown, text_parts
from auditor.lazy.classes import dataclass
from auditor.model import Bucket, Kind, Slot
from auditor.policy import Policy, Statement, parse_policy

_MOST = 3
"""How many entries of a list are written out."""


class NodeShape(enum.Enum):
    """What a node is."""

    CALLER = "caller"
    ALLOW = "allow"
    DENY = "deny"
    RULE = "CORS rule"
    BUCKET = "bucket"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Node:
    """One box.

    Attributes:
        id: its name within the picture: a letter and a number.
        shape: what it is.
        lines: what stands in it.
    """

    id: str
    shape: NodeShape
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PictureRow:
    """One way to the bucket or its key: who, by what, to which."""

    who: Node
    by: Node
    to: Node


@dataclass(frozen=True, slots=True)
class Graph:
    """A picture: the bucket, its key where it has one in the code, and the ways to them."""

    bucket: Node
    keys: tuple[Node, ...]
    rows: tuple[PictureRow, ...]

    def nodes(self) -> tuple[Node, ...]:
        """Every box once."""
        ends = (node for row in self.rows for node in (row.who, row.by))
        return tuple(dict.fromkeys((self.bucket, *self.keys, *ends)))


def title_of(bucket: Bucket) -> str:
    """What stands above the picture of a bucket among others: its root and address, or the address alone in the current directory."""
    return bucket.address if bucket.root == "." else f"{bucket.root}: {bucket.address}"


def graph_of(bucket: Bucket) -> Graph:
    """The picture of a bucket."""
    callers: dict[str, Node] = {}
    name = shown(text_parts(bucket.declaration.name))
    own = Node("b0", NodeShape.BUCKET, (bucket.address, *((name,) if name else ()), *_settings(bucket)))
    rows = list(_ways(bucket.slot(Kind.POLICY), own, "s", callers))
    keys = []
    for index, key in enumerate(bucket.keys):
        node = Node(f"k{index}", NodeShape.KEY, (key.address,))
        keys.append(node)
        rows += _ways(key.policy, node, f"k{index}s", callers)
    rows += _pages(bucket, own, callers)
    return Graph(own, tuple(keys), tuple(rows))


def _settings(bucket: Bucket) -> Iterator[str]:
    ownership = [linked.attachment.content for linked in bucket.slot(Kind.OWNERSHIP).linked]
    yield from (shown(text_parts(content)) for content in ownership if is_text(content))
    if bucket.slot(Kind.PUBLIC_ACCESS_BLOCK).linked:
        yield "public access block"


def _ways(slot: Slot, to: Node, prefix: str, callers: dict[str, Node]) -> Iterator[PictureRow]:
    for linked in slot.linked:
        attachment = linked.attachment
        policy: Policy = parse_policy(attachment.content, attachment.content_location or attachment.location)
        for statement in policy.statements:
            denies = statement.effect == "Deny"
            by = Node(f"{prefix}{statement.index}", NodeShape.DENY if denies else NodeShape.ALLOW, tuple(_said(statement)))
            for who in _named(statement):
                yield PictureRow(_caller(who, callers), by, to)


def _said(statement: Statement) -> Iterator[str]:
    verb = statement.effect if isinstance(statement.effect, str) else f"{statement.effect.name}?"
    yield f"{verb} {statement.title}"
    actions = [item.written for item in statement.actions.items]
    yield _some(actions, "all but " if statement.actions.negated else "")
    if statement.conditions:
        yield f"if {_some([condition.key for condition in statement.conditions])}"


def _named(statement: Statement) -> tuple[str, ...]:
    names = [one.item.written for one in statement.principals.principals]
    names += [symbol.name for _, symbol in statement.principals.rest]
    if statement.principals.negated:
        return (f"everyone but {_some(names)}",)
    return tuple("everyone" if name == "*" else name for name in names[:_MOST]) + (
        (f"{len(names) - _MOST} more",) if len(names) > _MOST else ()
    )


def _pages(bucket: Bucket, to: Node, callers: dict[str, Node]) -> Iterator[PictureRow]:
    for linked in bucket.slot(Kind.CORS).linked:
        attachment = linked.attachment
        for rule in parse_cors(attachment.content, attachment.content_location or attachment.location).known_rules:
            methods = _some([item.written for item in rule.methods.items])
            by = Node(f"c{rule.number}", NodeShape.RULE, (f"CORS rule {rule.number}", methods))
            for item in rule.origins.items[:_MOST]:
                yield PictureRow(_caller("any page" if item.written == "*" else f"pages at {item.written}", callers), by, to)


def _caller(name: str, callers: dict[str, Node]) -> Node:
    return callers.setdefault(name, Node(f"p{len(callers)}", NodeShape.CALLER, (name,)))


def _some(texts: list[str], before: str = "") -> str:
    more = f" and {len(texts) - _MOST} more" if len(texts) > _MOST else ""
    return f"{before}{', '.join(texts[:_MOST])}{more}"
