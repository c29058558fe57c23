"""What may fail in an expression although its value does not show it: `var.x || true` is true, or fails where `var.x` is a list.

Only `try` and `can` tell: elsewhere an expression that fails deploys nothing. A part is certain where its operands are of types that it takes,
whatever is unknown of them.

Source: what each operator and function takes, developer.hashicorp.com/terraform/language/functions and `terraform console`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, replace

from auditor.foundation.value import Choice, Domain, JsonText, Known, ListValue, MapValue, Template, Unknown, Value, is_null
from auditor.sources.naming import derived, name_of
from auditor.sources.terraform.syntax.tree import (
    Binary,
    Call,
    Conditional,
    Expression,
    ForExpression,
    GetAttribute,
    Index,
    Literal,
    ObjectExpression,
    Splat,
    TemplateExpression,
    TemplateFor,
    TupleExpression,
    Unary,
    Unsupported,
)
from auditor.sources.terraform.values.failure import Failed, may_fail, resolve
from auditor.sources.terraform.values.scope import Scope
from auditor.sources.terraform.values.types import to_bool

Evaluate = Callable[[Expression, Scope], Value]
Pairs = Callable[[Value], Iterable[tuple[Value, Value]] | None]

_TRUTHS = frozenset({"==", "!=", "<", "<=", ">", ">=", "&&", "||"})
_NEVER_FAILING = frozenset({"can", "jsonencode", "sensitive", "nonsensitive", "issensitive", "type"})
# What each of these makes, whatever its arguments are.
_MADE = {
    **dict.fromkeys(("can", "alltrue", "anytrue", "contains", "startswith", "endswith", "strcontains", "tobool"), "bool"),
    **dict.fromkeys(("length", "abs", "ceil", "floor", "max", "min", "sum", "index", "signum", "tonumber", "parseint"), "number"),
    **dict.fromkeys(
        ("lower", "upper", "join", "replace", "format", "jsonencode", "title", "trimspace", "sha1", "sha256"), "string"
    ),
}
# Those that look at nothing but how their collections are made up, however unknown the items are.
_OF_WHOLE = frozenset({"one", "concat", "element", "length", "flatten", "keys", "values", "merge", "reverse", "slice"})
_OF_FIRST = frozenset({"contains", "index"})
_MOST_ITEMS = 64
_DEEPEST = 4


class Doubts:
    """The parts of expressions that may fail unseen.

    Args:
        evaluate: from an expression and a scope to its value.
        pairs: the keys and values of a collection, None for what is not one.
    """

    def __init__(self, evaluate: Evaluate, pairs: Pairs) -> None:
        self._evaluate, self._pairs = evaluate, pairs

    def whether(self, expression: Expression, scope: Scope) -> Unknown | None:
        """The condition that an expression does not fail unseen, named by what may; None where nothing does."""
        if _depth(expression) > _DEEPEST:  # each of them is evaluated again for the one around it
            mark = scope.module.meter.mark(expression.location)
            return derived(f"can({mark})", reason="it is nested too deeply to be evaluated", location=expression.location)
        found = {name_of(one): one for one in self.of(expression, scope)}
        return derived(f"can({', '.join(found)})", *found.values(), location=expression.location) if found else None

    def of(self, expression: Expression, scope: Scope) -> Iterator[Unknown]:
        """Each part that may fail, as something unknown that is named like it."""
        match expression:
            case TupleExpression(items):
                for item in items:
                    yield from self.of(item, scope)
            case ObjectExpression(entries):
                for key, item in entries:
                    yield from self._needs(key, scope, "string")
                    yield from self.of(item, scope)
            case GetAttribute(source):
                yield from self.of(source, scope)
            case Index(source, key):
                yield from self.of(source, scope)
                yield from self.of(key, scope)
            case TemplateExpression(parts):
                for part in parts:
                    if not isinstance(part, str):  # one alone is passed on, of whatever type
                        yield from self.of(part, scope) if len(parts) == 1 else self._needs(part, scope, "string")
            case _:
                yield from self._of_operation(expression, scope)

    def _of_operation(self, expression: Expression, scope: Scope) -> Iterator[Unknown]:
        match expression:
            case Unary(operator, operand):
                yield from self._needs(operand, scope, "bool" if operator == "!" else "number", operator)
            case Binary(operator, left, right):
                yield from self._of_binary(operator, (left, right), scope)
            case Conditional():
                yield from self._of_conditional(expression, scope)
            case Call():
                yield from self._of_call(expression, scope)
            case ForExpression() | TemplateFor():
                yield from self._of_loop(expression, scope)
            case Splat(source, each):
                yield from self._of_splat(source, each, scope)
            case Unsupported():
                unread = self._evaluate(expression, scope)
                yield derived(name_of(unread), unread)

    def _needs(self, operand: Expression, scope: Scope, kind: str, operator: str = "") -> Iterator[Unknown]:
        """The doubts about an operand that must be of a kind, the last of them whether it is."""
        if isinstance(operand, Literal):
            return
        yield from self.of(operand, scope)
        made = _made(operand)
        if made == kind or (made and kind == "string"):
            return
        value = self._evaluate(operand, scope)
        if not _fits(value, kind):
            yield derived(f"{operator}{name_of(resolve(value))}" if operator else f"to{kind}({name_of(resolve(value))})", value)

    def _of_binary(self, operator: str, sides: tuple[Expression, Expression], scope: Scope) -> Iterator[Unknown]:
        kind = "bool" if operator in ("&&", "||") else "number"
        for side in sides:
            yield from self.of(side, scope) if operator in ("==", "!=") else self._needs(side, scope, kind)

    def _of_conditional(self, expression: Conditional, scope: Scope) -> Iterator[Unknown]:
        yield from self._needs(expression.condition, scope, "bool")
        condition = to_bool(self._evaluate(expression.condition, scope))
        sides = (expression.then, expression.otherwise)
        for side in sides if not isinstance(condition, Known) else sides[:1] if condition.value else sides[1:]:
            yield from self.of(side, scope)
        values = [self._evaluate(side, scope) for side in sides]
        if any(is_null(value) or isinstance(value, Failed) for value in values) or name_of(values[0]) == name_of(values[1]):
            return  # goes with the other, whatever that is
        if not all(_made(side) or _is_solid(value) for side, value in zip(sides, values, strict=True)):
            yield derived(f"tolist([{', '.join(name_of(resolve(value)) for value in values)}])", *values)

    def _of_call(self, expression: Call, scope: Scope) -> Iterator[Unknown]:
        if expression.name == "can":
            return
        if expression.name == "try":
            yield from self.of(expression.arguments[-1], scope) if expression.arguments else ()
            return
        for argument in expression.arguments:
            yield from self.of(argument, scope)
        if expression.name in _NEVER_FAILING:
            return
        values = tuple(self._evaluate(argument, scope) for argument in expression.arguments)
        certain = all(
            _is_whole(value) if _looks_at_the_whole_of(expression, at) else _is_solid(value) or bool(_made(argument))
            for at, (argument, value) in enumerate(zip(expression.arguments, values, strict=True))
            if not (at and expression.name in _OF_FIRST)
        )
        if not certain:
            named = ", ".join(name_of(resolve(value)) for value in values)
            yield derived(f"{expression.name}({named}{'...' if expression.expand else ''})", *values)

    def _of_loop(self, expression: ForExpression | TemplateFor, scope: Scope) -> Iterator[Unknown]:
        yield from self.of(expression.collection, scope)
        collection = self._evaluate(expression.collection, scope)
        pairs = list(self._pairs(collection) or ()) if _is_whole(collection) else []
        if not _is_whole(collection) or isinstance(collection, Choice) or len(pairs) > _MOST_ITEMS:
            yield derived(f"for({name_of(resolve(collection))})", collection)
            return
        for key, item in pairs:
            names = {expression.value: item} if expression.key is None else {expression.key: key, expression.value: item}
            inner = scope.bound(names)
            if isinstance(expression, TemplateFor):
                yield from self._needs(expression.body, inner, "string")
                continue
            yield from self.of(expression.result, inner)
            if expression.condition is not None:
                yield from self._needs(expression.condition, inner, "bool")
            if expression.result_key is not None:
                yield from self._needs(expression.result_key, inner, "string")

    def _of_splat(self, source: Expression, each: Expression, scope: Scope) -> Iterator[Unknown]:
        yield from self.of(source, scope)
        value = self._evaluate(source, scope)
        if not _is_whole(value):
            yield derived(f"{name_of(resolve(value))}[*]", value)
        elif isinstance(value, ListValue):
            for item in value.items[:_MOST_ITEMS]:
                yield from self.of(each, replace(scope, item=item))


def _depth(part: object) -> int:
    """How many calls of `try` and `can` are within each other in an expression."""
    if isinstance(part, tuple):
        return max(map(_depth, part), default=0)
    if not isinstance(part, Expression):
        return 0
    inside = max(_depth(getattr(part, field.name)) for field in fields(part))
    return inside + (isinstance(part, Call) and part.name in ("try", "can"))


def _made(expression: Expression) -> str:
    """The kind of what an expression makes, where how it is written says so."""
    match expression:
        case Binary(operator):
            return "bool" if operator in _TRUTHS else "number"
        case Unary(operator):
            return "bool" if operator == "!" else "number"
        case TemplateExpression(parts) if len(parts) > 1:
            return "string"
        case Call(name):
            return _MADE.get(name, "")
    return ""


def _looks_at_the_whole_of(call: Call, at: int) -> bool:
    """Whether a function looks at nothing but how an argument is made up."""
    alone = call.name == "coalesce" and len(call.arguments) == 1  # with nothing that it has to be of one type with
    return (alone or call.name in _OF_WHOLE or (call.name in _OF_FIRST and not at)) and not call.expand


def _fits(value: Value, kind: str) -> bool:
    """Whether a value is certainly one of a kind, or what Terraform converts to it; one that is known would have failed."""
    match value:
        case Choice(_, then, otherwise):
            return _fits(then, kind) and _fits(otherwise, kind)
        case Unknown(symbol):
            if isinstance(value, Failed) or may_fail(value):
                return False
            meant = symbol.meant
            is_bool = meant is not None and bool(meant.subject or meant.tree is not None)
            return is_bool if kind == "bool" else kind == "string" and (is_bool or symbol.domain is not Domain.ANY)
        case Template() | JsonText():
            return kind == "string" and not may_fail(value)
    return isinstance(value, Known) and not is_null(value)


def _is_whole(value: Value) -> bool:
    """Whether it is known of how many items a value is made, or that it is a text."""
    match value:
        case Choice(_, then, otherwise):
            return _is_whole(then) and _is_whole(otherwise)
        case ListValue(rest=None) | MapValue(rest=None) | Known() | Template() | JsonText():
            return True
        case MapValue(entries):
            return not isinstance(entries, dict)  # a whole resource
    return False


def _is_solid(value: Value) -> bool:
    """Whether the type of all that a value is made of is known."""
    match value:
        case Choice(_, then, otherwise):
            return _is_solid(then) and _is_solid(otherwise)
        case ListValue(items, rest=None):
            return all(map(_is_solid, items))
        case MapValue(entries, rest=None) if isinstance(entries, dict):
            return all(map(_is_solid, entries.values()))
        case Known(None):
            return True
    return _fits(value, "string")
