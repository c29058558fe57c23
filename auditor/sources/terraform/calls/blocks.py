"""Blocks read backwards: what has to be given so that there is a block, or a policy, that says what is wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from auditor.fixes import AddField, Change, Content, Replace, items_of
from auditor.fixes.hcl import ARGUMENTS
from auditor.foundation.value import Known, ListValue, MapValue, Value
from auditor.lazy.classes import dataclass
from auditor.sources.terraform.calls.backwards import way_into, way_of_truth, way_to
from auditor.sources.terraform.calls.goals import NULL, Allowing, Exactly, Frame, Goal, Including, Item, Route, document
from auditor.sources.terraform.syntax.tree import Block, Body, Call, Conditional, Expression, GetAttribute, Variable


@dataclass(frozen=True, slots=True)
class WantedBlock:
    """A nested block that is wanted.

    Attributes:
        type: `cors_rule`.
        arguments: what has to be written in it, by the names of Terraform.
        blocks: what has to stand in it.
        optional: the arguments that may be missing.
    """

    type: str
    arguments: Mapping[str, Content]
    blocks: tuple[WantedBlock, ...] = ()
    optional: frozenset[str] = frozenset()


def way_to_block(body: Body, wanted: WantedBlock, frame: Frame) -> Route | None:
    """The way to a nested block; None where none is known."""
    ways = (
        _of_dynamic(block, wanted, frame) if block.type == "dynamic" else _of_static(block.body, wanted, frame)
        for block in body.blocks
        if block.type == wanted.type or (block.type == "dynamic" and block.labels[:1] == (wanted.type,))
    )
    return next((way for way in ways if way is not None), None)


def with_instance(way: Route | None, block: Block, frame: Frame) -> Route | None:
    """A way to something of a resource or data source, with what it needs for an instance of it; None where none is known."""
    there = _way_to_instance(block, frame.giving(way)) if way is not None else None
    return there.also(way) if there is not None else None


def _way_to_instance(block: Block, frame: Frame) -> Route | None:
    attributes = block.body.attributes
    for name, is_some in (("count", _is_positive), ("for_each", _is_filled)):
        if name in attributes:
            return _to_some(attributes[name].expression, is_some, frame)
    return Route()


def way_to_policy(body: Body, statements: tuple[Content, ...], frame: Frame) -> Route | None:
    """The way to an argument `policy` that allows something."""
    policy = body.attributes.get("policy")
    return None if policy is None else reach(policy.expression, Allowing(statements), frame)


def reach(expression: Expression, goal: Goal, frame: Frame) -> Route | None:
    """The way to what is wanted of an expression; None where none is known."""
    return way_to(expression, goal, frame, _of_document)


def _of_static(body: Body, wanted: WantedBlock, frame: Frame) -> Route | None:
    """The way to a body that says what is wanted."""
    way: Route | None = Route()
    for name, content in wanted.arguments.items():
        attribute = body.attributes.get(name)
        if attribute is None and name in wanted.optional:
            continue
        goal = Including(content) if isinstance(content, tuple) else Exactly(content)
        way = way.also(reach(attribute.expression, goal, frame)) if way and attribute else None
    for block in wanted.blocks:
        way = way.also(way_to_block(body, block, frame)) if way else None
    return replace(way, shared=True) if way and len(way.changes) > 1 else way


def _of_dynamic(block: Block, wanted: WantedBlock, frame: Frame) -> Route | None:
    """The way to one more element of what a `dynamic` block goes through, such that its content says what is wanted."""
    loop = _loop(block, frame)
    if loop is None:
        return None
    name, collection, content, inside = loop
    item = inside.items[name]
    way = _of_static(content, wanted, inside)
    if not item.fields and item.whole is None:  # it is there once, under a condition
        way = _of_static(content, wanted, frame)
        return way.also(_to_some(collection, _is_filled, frame)) if way is not None else None
    if way is None:
        return None
    way = replace(way, shared=bool(way.changes))
    for expression in _expressions(content):
        path = way_into(expression, inside)
        if path is not None and path[0] == name and path[1] and isinstance(expression, GetAttribute):
            item.fields.setdefault(path[1], NULL)  # what is asked for like this must be there
    return way.also(reach(collection, Including((item.content,)), frame))


def _loop(block: Block, frame: Frame) -> tuple[str, Expression, Body, Frame] | None:
    """The iterator of a `dynamic` block, what it goes through, its content, and where that stands; None where one is not written."""
    written, collection = block.body.attributes.get("iterator"), block.body.attributes.get("for_each")
    content = next((inner.body for inner in block.body.blocks if inner.type == "content"), None)
    if collection is None or content is None:
        return None
    name = written.expression.name if written and isinstance(written.expression, Variable) else block.labels[0]
    return name, collection.expression, content, replace(frame, items={**frame.items, name: Item()})


def in_element(block: Block, name: str, wanted: AddField, frame: Frame) -> Change | None:
    """The change of the element from which a `dynamic` block makes one block, so that this has an argument; None where none is known.

    Args:
        block: the `dynamic` block.
        name: of the argument.
        wanted: what is wanted of it.
        frame: where the block stands.
    """
    loop = _loop(block, frame)
    if loop is None or wanted.beside is None:
        return None
    iterator, collection, content, inside = loop
    way, fields = _of_static(content, WantedBlock("", {name: wanted.content}), inside), inside.items[iterator].fields
    value = frame.module.value_of(collection)
    if way is None or way.changes or [*map(len, fields)] != [1] or not isinstance(value, ListValue):
        return None
    ((key,),) = fields
    for item in value.items:
        if isinstance(item, MapValue) and item.location is not None and wanted.beside.within(item.location):
            if key in item.key_locations:
                return Replace(item.key_locations[key], wanted.content, key)
            return AddField(item.location, key, wanted.content) if _is_taken(key, collection, frame) else None
    return None


def _is_taken(key: str, collection: Expression, frame: Frame) -> bool:
    """Whether the elements of a collection keep an attribute that they are given: those of a variable only where its type has it."""
    declared = frame.module.declared(collection.name) if isinstance(collection, GetAttribute) else None
    element = declared.type.element if declared is not None else None
    return element is None or element.kind != "object" or key in element.attributes


def _expressions(body: Body) -> Iterator[Expression]:
    """The values of all arguments of a body."""
    yield from (attribute.expression for attribute in body.attributes.values())


def _to_some(expression: Expression, is_some: Callable[[Value], bool], frame: Frame) -> Route | None:
    """The way to a `count` or `for_each` with which there is something."""
    if is_some(frame.module.value_of(expression)):
        return Route()
    match expression:
        case Conditional(condition, then, otherwise):
            for branch, truth in ((then, True), (otherwise, False)):
                if is_some(frame.module.value_of(branch)):
                    return way_of_truth(condition, truth, frame, _of_document)
        case GetAttribute(Variable("local"), name):
            attribute = frame.module.source.local(name)
            return _to_some(attribute.expression, is_some, frame) if attribute else None
        case Call("toset" | "tolist" | "tonumber" | "try", (first, *_)):
            return _to_some(first, is_some, frame)
    return None


def _is_positive(value: Value) -> bool:
    return isinstance(value, Known) and isinstance(value.value, int) and value.value > 0


def _is_filled(value: Value) -> bool:
    return (isinstance(value, ListValue) and bool(value.items)) or (isinstance(value, MapValue) and bool(value.entries))


# Source: registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document, "Argument Reference".
_MERGED = ("source_policy_documents", "override_policy_documents")
_MERGED_ONE = ("source_json", "override_json")


def _of_document(label: str, goal: Allowing, frame: Frame) -> Route | None:
    """The way of a data source of a policy document to statements that it has not."""
    block = frame.module.parsed("data", "aws_iam_policy_document", label)
    if block is None:
        return None
    attributes = block.body.attributes
    merged = document(goal.statements)
    ways = (
        *(reach(attributes[name].expression, Including((merged,)), frame) for name in _MERGED if name in attributes),
        *(reach(attributes[name].expression, goal, frame) for name in _MERGED_ONE if name in attributes),
        _of_blocks(block.body, goal, frame),
    )
    return with_instance(next((way for way in ways if way is not None), None), block, frame)


def _of_blocks(body: Body, goal: Allowing, frame: Frame) -> Route | None:
    way: Route | None = Route()
    for statement in goal.statements:
        wanted = statement_block(statement) if isinstance(statement, Mapping) else None
        way = way.also(way_to_block(body, wanted, frame)) if way and wanted else None
    return way


def statement_block(statement: Mapping[str, Content]) -> WantedBlock | None:
    """A statement as a block; None where it has what blocks are not made for."""
    principals = statement.get("Principal")
    if set(statement) - {"Sid", "Effect", "Principal", "Action", "Resource"} or not isinstance(principals, Mapping):
        return None
    arguments: dict[str, Content] = {"sid": statement.get("Sid", ""), "effect": statement["Effect"]}
    for name, content in (("actions", statement["Action"]), ("resources", statement["Resource"])):
        arguments[name] = items_of(content)
    blocks = tuple(WantedBlock("principals", {"type": kind, "identifiers": items_of(named)}) for kind, named in principals.items())
    return WantedBlock("statement", arguments, blocks, frozenset({"sid", "effect"}))


def rule_block(rule: Mapping[str, Content]) -> WantedBlock:
    """A CORS rule as a block."""
    return WantedBlock("cors_rule", {ARGUMENTS[name]: content for name, content in rule.items()})
