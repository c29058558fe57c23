"""Expressions read backwards: from what is wanted of one to the arguments of the calls that lead to its module.

Source of what each form means: developer.hashicorp.com/terraform/language/expressions, and …/language/functions. What is not listed here has no way back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from auditor.fixes import Append, Content, Encoded, JoinedText, Replace, items_of
from auditor.foundation.value import Known, is_null
from auditor.sources.terraform.calls.goals import (
    Allowing,
    Exactly,
    Frame,
    Goal,
    Including,
    Route,
    conformed,
    contents,
    document,
    given,
)
from auditor.sources.terraform.calls.uses import is_for_buckets
from auditor.sources.terraform.syntax.tree import (
    Binary,
    Call,
    Conditional,
    Expression,
    GetAttribute,
    Index,
    Literal,
    ObjectExpression,
    Splat,
    SplatItem,
    TupleExpression,
    Unary,
    Variable,
)

# What gives its first argument back where that is something.
_FIRST = frozenset({"try", "coalesce", "nonsensitive", "sensitive", "tostring", "tobool", "one", "lookup"})
# What has the items of all its arguments.
_JOINING = frozenset({"concat", "compact", "distinct", "flatten", "setunion", "tolist", "toset", "sort", "coalescelist"})
# What one expression takes of the steps that the evaluation of a root may take: there are a few thousand of them.
_STEP = 1000
_EMPTY = (None, "", 0, False)

DocumentRoute = Callable[[str, Allowing, Frame], Route | None]
"""How the data source of a policy document, by its label, comes to allow something."""


def way_to(expression: Expression, goal: Goal, frame: Frame, of_document: DocumentRoute) -> Route | None:
    """The way to a goal; None where none is known.

    Args:
        expression: of which something is wanted.
        goal: that.
        frame: where it stands.
        of_document: the way of a data source of a policy document.
    """
    if not frame.module.meter.spend(_STEP):
        return None
    path = way_into(expression, frame)
    if path is not None:
        name, way = path
        return Route() if frame.items[name].wants(way, _content(goal)) else None
    if goal.is_met(lambda: frame.module.value_of(expression)):
        return Route()
    here = _where_written(expression, goal, frame) if frame.below is not None else None
    return here or next((way for way in _through(expression, goal, frame, of_document) if way is not None), None)


def way_into(expression: Expression, frame: Frame) -> tuple[str, tuple[str, ...]] | None:
    """The iterator of a loop around an expression, and the attributes that lead from its value to what the expression is."""
    match expression:
        case GetAttribute(Variable(name), "value") if name in frame.items:
            return name, ()
        case (
            GetAttribute(source, field)
            | Index(source, Literal(str() as field))
            | Call("lookup", (source, Literal(str() as field), *_))
        ):
            before = way_into(source, frame)
            return None if before is None else (before[0], (*before[1], field))
    return None


def _content(goal: Goal) -> Content:
    match goal:
        case Exactly(content):
            return content
        case Including(items):
            return items
    return document(goal.statements)


def _where_written(expression: Expression, goal: Goal, frame: Frame) -> Route | None:
    """The way to a goal by a change of an expression that a call has already."""
    match goal, expression:
        case Exactly(str() | bool() as content), Literal():
            return Route(((Replace(expression.location, content), frame),))
        case Including(items), TupleExpression():
            return Route(((Append(expression.location, items), frame),))
        case Allowing(statements), Literal("" | None):
            return Route(((Replace(expression.location, document(statements)), frame),))
        case Allowing(statements), Call("jsonencode", (ObjectExpression(entries),)):
            listed = _statements(entries)
            if isinstance(listed, TupleExpression):
                return Route(((Append(listed.location, statements), frame),))
    return None


def _through(expression: Expression, goal: Goal, frame: Frame, of_document: DocumentRoute) -> Iterator[Route | None]:
    """The ways through the parts of an expression, the likely ones first."""

    def on(part: Expression, other: Goal = goal) -> Route | None:
        return way_to(part, other, frame, of_document)

    if isinstance(goal, Allowing):
        yield from _through_text(expression, goal, frame, of_document)
    match expression:
        case GetAttribute(Variable("var"), name):
            yield _of_variable(name, goal, frame, of_document)
        case GetAttribute(Variable("local"), name):
            attribute = frame.module.source.local(name)
            yield on(attribute.expression) if attribute else None
        case Conditional(condition, then, otherwise):
            for branch, truth in ((then, True), (otherwise, False)):
                way = on(branch)
                chosen = way_of_truth(condition, truth, frame.giving(way), of_document) if way else None
                yield chosen.also(way) if chosen else None
        case Call(name, arguments) if name in _JOINING and isinstance(goal, Including):
            yield from map(on, reversed(arguments))
        case Call("try", (Call("jsondecode"), other)) if isinstance(goal, Including):
            yield on(other)  # a list is no text of JSON
        case Call(name, (first, *_)) if name in _FIRST:
            yield on(first)
        case Index(source) | Splat(source, SplatItem()):
            yield on(source)
        case Splat(source, GetAttribute(SplatItem(), name) as each):
            yield on(GetAttribute(source, name, each.location))
        case TupleExpression((item,)) if isinstance(goal, Including) and len(goal.items) == 1 and way_into(item, frame):
            yield on(item, Exactly(goal.items[0]))
        case TupleExpression(items) if isinstance(goal, Including) and len(goal.items) == 1:
            yield from (on(item, _of_item(goal.items[0])) for item in reversed(items) if _is_free(item, frame))


def _through_text(expression: Expression, goal: Allowing, frame: Frame, of_document: DocumentRoute) -> Iterator[Route | None]:
    """The ways through what makes the text of a policy."""

    def on(part: Expression, other: Goal = goal) -> Route | None:
        return way_to(part, other, frame, of_document)

    match expression:
        case GetAttribute(source, "json") if label := _document_label(source):
            yield of_document(label, goal, frame)
        case Call("jsonencode", (ObjectExpression(entries),)):
            listed = _statements(entries)
            yield on(listed, Including(goal.statements)) if listed else None
        case Call("jsonencode", (inner,)):
            yield on(inner, Exactly(document(goal.statements).document))
        case Call("join", (_, listed)):
            yield on(listed)
        case Call("replace", (text, Literal(str() as old), _)) if not _would_replace(old, goal.statements):
            yield on(text)


def _would_replace(old: str, content: Content) -> bool:
    """Whether the function `replace`, which takes a text between slashes for a regular expression, may change something of a content."""
    match content:
        case str():
            return old in content or (old.startswith("/") and old.endswith("/"))
        case JoinedText(parts):
            return any(isinstance(part, str) and _would_replace(old, part) for part in parts)
        case tuple():
            return any(_would_replace(old, item) for item in content)
        case Mapping():
            return any(_would_replace(old, each) for entry in content.items() for each in entry)
    return False


def _of_item(wanted: Content) -> Goal:
    """What is wanted of an item of a list that is to have a content."""
    if not isinstance(wanted, Encoded):
        return Exactly(wanted)
    statements = wanted.document["Statement"]
    return Allowing(items_of(statements))


def _is_free(item: Expression, frame: Frame) -> bool:
    """Whether an item of a list is nothing yet, so that it can become what is wanted."""
    value = frame.module.value_of(item)
    return isinstance(value, Known) and value.value in ("", None)


def _statements(entries: tuple[tuple[Expression, Expression], ...]) -> Expression | None:
    return next((value for key, value in entries if isinstance(key, Literal) and key.value == "Statement"), None)


def _document_label(expression: Expression) -> str:
    """The label of the data source of a policy document that an expression means."""
    match expression:
        case Index(source):
            return _document_label(source)
        case GetAttribute(GetAttribute(Variable("data"), "aws_iam_policy_document"), label):
            return label
    return ""


def _of_variable(name: str, goal: Goal, frame: Frame, of_document: DocumentRoute) -> Route | None:
    """The way to a goal by the argument of the call: one that it has is changed, one that it has not is given."""
    module = frame.module
    call, declared = module.call_of_it, module.declared(name)
    if call is None or declared is None or not is_for_buckets(name, module, frame.below):
        return None
    caller, block = call
    argument = block.body.attributes.get(name)
    if argument is not None and not is_null(caller.value_of(argument.expression)):
        way = way_to(argument.expression, goal, Frame(caller, module), of_document)
        return way.named(argument.expression.location, name) if way else None
    if argument is not None:
        return None
    default = module.value_of(declared.default) if declared.default is not None else Known(None)
    match goal:
        case Including(items):
            before = contents(default)
            content: Content | None = None if before is None else (*before, *(item for item in items if item not in before))
        case Allowing() if not (isinstance(default, Known) and default.value in ("", None)):
            content = None
        case _:
            content = _content(goal)
    return None if content is None else given(frame, name, conformed(content, declared.type))


def way_of_truth(condition: Expression, truth: bool, frame: Frame, of_document: DocumentRoute) -> Route | None:
    """The way to a condition that is true, or to one that is false; None where none is known."""

    def on(part: Expression, wanted: bool = truth) -> Route | None:
        return way_of_truth(part, wanted, frame, of_document)

    value = frame.module.value_of(condition)
    if not frame.module.meter.spend(_STEP):
        return None
    if (isinstance(value, Known) and value.value is truth) or (truth and value == frame.there):
        return Route()
    match condition:
        case Unary("!", inner):
            return on(inner, not truth)
        case Binary("&&" | "||" as operator, left, right):
            if (operator == "&&") is truth:
                way = on(left)
                return way.also(on(right)) if way else None
            ways = [way for way in (on(left), on(right)) if way is not None]
            return min(ways, key=lambda way: way.beyond(frame.given), default=None)
        case Binary("==" | "!=" as operator, left, right):
            return _of_equality(left, right, (operator == "==") is truth, frame, of_document)
        case Binary(">" | ">=", Call("length"), Literal()) if truth:
            return Route()  # of what else is given
        case GetAttribute(Variable("local"), name):
            attribute = frame.module.source.local(name)
            return on(attribute.expression) if attribute else None
    return way_to(condition, Exactly(truth), frame, of_document)


def _of_equality(left: Expression, right: Expression, equal: bool, frame: Frame, of_document: DocumentRoute) -> Route | None:
    """The way to two expressions, one of them literal, that are equal or not; what is not empty is so by what else is given."""
    for one, other in ((left, right), (right, left)):
        match other:
            case Literal(value) if value in _EMPTY and not equal and value is not False:
                return Route()
            case Literal(str() | bool() as value) if equal and value != "":
                return way_to(one, Exactly(value), frame, of_document)
            case TupleExpression(()) | ObjectExpression(()) if not equal:
                return Route()
    return None
