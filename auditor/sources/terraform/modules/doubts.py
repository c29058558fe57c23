"""What may fail in an expression although its value does not show it: `var.x || true` is true, or fails where `var.x` is a list.

Only `try` and `can` tell: elsewhere an expression that fails deploys nothing. A part is certain where its operands are of types that it takes,
whatever is unknown of them.

Source: what each operator and function takes, developer.hashicorp.com/terraform/language/functions and `terraform console`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, replace

from auditor.foundation.value import Choice, JsonText, Known, ListValue, MapValue, Symbol, Template, Unknown, Value, is_null
from auditor.sources.naming import derived, name_of
from auditor.sources.terraform.functions.call import function_of
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
    SplatItem,
    TemplateExpression,
    TemplateFor,
    TupleExpression,
    Unary,
    Unsupported,
    Variable,
)
from auditor.sources.terraform.values.declared import DeclaredType, declared, each_of, some_pair
from auditor.sources.terraform.values.failure import Failed, is_doubtful, may_fail, resolve
from auditor.sources.terraform.values.kinds import Kind, is_certainly, meant_scalar, scalar_of, serves
from auditor.sources.terraform.values.scope import Scope
from auditor.sources.terraform.values.types import to_bool, to_number, to_string

Evaluate = Callable[[Expression, Scope], Value]
Pairs = Callable[[Value], Iterable[tuple[Value, Value]] | None]

_TRUTHS = frozenset({"==", "!=", "<", "<=", ">", ">=", "&&", "||"})
_REFERENCES = (Variable, GetAttribute, Index, SplatItem)
_CONVERSIONS: dict[Kind, Callable[[Value], Value]] = {"string": to_string, "number": to_number, "bool": to_bool}
_MOST_ITEMS = 64
# Terraform tries the condition of a loop over nothing once, on something unknown.
_NO_PAIR = (Unknown(Symbol("each key", "there is none")), Unknown(Symbol("each item", "there is none")))
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
                yield from self._of_source(source, scope)
            case Index(source, key):
                yield from self._of_source(source, scope)
                yield from self._unseen(key, scope)
            case TemplateExpression(parts):
                for part in parts:
                    if not isinstance(part, str):  # one alone is passed on, of whatever type
                        yield from self.of(part, scope) if len(parts) == 1 else self._needs(part, scope, "string")
            case _:
                yield from self._of_operation(expression, scope)

    def _of_source(self, source: Expression, scope: Scope) -> Iterator[Unknown]:
        """The doubts about what something is taken of; what is taken shows those about a reference."""
        yield from self.of(source, scope) if isinstance(source, _REFERENCES) else self._unseen(source, scope)

    def _unseen(self, part: Expression, scope: Scope, fails: Callable[[Value], bool] = is_doubtful) -> Iterator[Unknown]:
        """The doubts about a part whose value is not seen in that of the whole, the last of them about that value."""
        if isinstance(part, Literal):
            return
        yield from self.of(part, scope)
        value = self._evaluate(part, scope)
        if fails(value):
            yield derived(name_of(resolve(value)), value)

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

    def _needs(self, operand: Expression, scope: Scope, kind: Kind, operator: str = "") -> Iterator[Unknown]:
        """The doubts about an operand that must be of a kind, the last of them whether it is."""
        if isinstance(operand, Literal) and isinstance(operand.value, str) and kind == "string":
            return
        yield from self.of(operand, scope)
        value = self._evaluate(operand, scope)
        if serves(_made(operand), kind):
            if is_doubtful(value):
                yield derived(name_of(resolve(value)), value)
            return
        if not is_certainly(value, kind) or isinstance(_CONVERSIONS[kind](value), Failed):
            name = name_of(resolve(value))
            yield derived(f"{operator}{name}" if operator else f"to{kind}({name})", value)

    def _of_binary(self, operator: str, sides: tuple[Expression, Expression], scope: Scope) -> Iterator[Unknown]:
        kind: Kind = "bool" if operator in ("&&", "||") else "number"
        for side in sides:
            yield from self._unseen(side, scope) if operator in ("==", "!=") else self._needs(side, scope, kind)

    def _of_conditional(self, expression: Conditional, scope: Scope) -> Iterator[Unknown]:
        yield from self._needs(expression.condition, scope, "bool")
        condition = to_bool(self._evaluate(expression.condition, scope))
        sides = (expression.then, expression.otherwise)
        for side in sides if not isinstance(condition, Known) else sides[:1] if condition.value else sides[1:]:
            yield from self.of(side, scope)
        values = [self._evaluate(side, scope) for side in sides]
        if any(is_null(value) or isinstance(value, Failed) for value in values) or name_of(values[0]) == name_of(values[1]):
            return  # goes with the other, whatever that is
        scalars = [_made(side) or scalar_of(value) for side, value in zip(sides, values, strict=True)]
        if {*scalars} == {"bool", "number"} or not (all(scalars) or _go_together(*values)):
            yield derived(f"tolist([{', '.join(name_of(resolve(value)) for value in values)}])", *values)

    def _of_call(self, expression: Call, scope: Scope) -> Iterator[Unknown]:
        if expression.function == "can":
            return
        if expression.function == "try":
            yield from self._unseen(expression.arguments[-1], scope, may_fail) if expression.arguments else ()
            return
        for argument in expression.arguments:
            yield from self.of(argument, scope)
        function = function_of(expression.function)
        kinds = () if function is None or expression.expand else function.kinds(len(expression.arguments))
        values = tuple(self._evaluate(argument, scope) for argument in expression.arguments)
        if kinds:
            certain = all(
                serves(_made(argument), kind) or is_certainly(value, kind)
                for argument, value, kind in zip(expression.arguments, values, kinds, strict=True)
            )
        else:
            certain = all(_made(argument) or _is_solid(value) for argument, value in zip(expression.arguments, values, strict=True))
            if certain and any(isinstance(value, Unknown) for value in values):
                certain = not _is_open(self._evaluate(expression, scope))
        if not certain:
            named = ", ".join(name_of(resolve(value)) for value in values)
            yield derived(f"{expression.name}({named}{'...' if expression.expand else ''})", *values)

    def _of_loop(self, expression: ForExpression | TemplateFor, scope: Scope) -> Iterator[Unknown]:
        yield from self._unseen(expression.collection, scope)
        collection = self._evaluate(expression.collection, scope)
        pairs = self._rounds(expression, collection)
        if pairs is None:
            yield derived(f"for({name_of(resolve(collection))})", collection)
            return
        condition = expression.condition if isinstance(expression, ForExpression) else None
        for key, item in pairs or [_NO_PAIR]:
            names = {expression.value: item} if expression.key is None else {expression.key: key, expression.value: item}
            inner = scope.bound(names)
            doubts = iter(()) if condition is None else self._needs(condition, inner, "bool")
            if not pairs:  # what rests on an item alone never comes to be
                yield from (doubt for doubt in doubts if doubt.symbol.reason != _NO_PAIR[1].symbol.reason)
                return
            yield from doubts
            if isinstance(expression, TemplateFor):
                yield from self._needs(expression.body, inner, "string")
                continue
            yield from self._unseen(expression.result, inner, may_fail if isinstance(collection, Unknown) else is_doubtful)
            if expression.result_key is not None:
                yield from self._needs(expression.result_key, inner, "string")
        if (
            isinstance(expression, ForExpression)
            and expression.result_key is not None
            and not expression.grouping
            and len(pairs) > 1
        ):
            value = self._evaluate(expression, scope)
            if not _is_whole(value):  # two of its keys may be one
                yield derived(name_of(resolve(value)), value)

    def _rounds(self, expression: ForExpression | TemplateFor, collection: Value) -> list[tuple[Value, Value]] | None:
        """The keys and items of a loop, or what stands for all of them; None where it is not certain that there are any, or there are too many."""
        if isinstance(collection, Unknown):
            if not (is_certainly(collection, "items") or is_certainly(collection, "map")) or _may_repeat_a_key(
                expression, collection
            ):
                return None
            item, key = some_pair(collection)
            return [(key, item)]
        if not _is_whole(collection) or isinstance(collection, Choice):
            return None
        pairs = list(self._pairs(collection) or ())
        return pairs if len(pairs) <= _MOST_ITEMS else None

    def _of_splat(self, source: Expression, each: Expression, scope: Scope) -> Iterator[Unknown]:
        yield from self._unseen(source, scope)
        value = self._evaluate(source, scope)
        if isinstance(value, Unknown) and (is_certainly(value, "given") or is_certainly(value, "map or null")):
            yield from self._unseen(each, replace(scope, item=each_of(value)), may_fail)  # for no item at all it does not fail
        elif not _is_whole(value):
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
    return inside + (isinstance(part, Call) and part.function in ("try", "can"))


def _made(expression: Expression) -> Kind | None:
    """What scalar an expression makes, where how it is written says so."""
    match expression:
        case Binary(operator):
            return "bool" if operator in _TRUTHS else "number"
        case Unary(operator):
            return "bool" if operator == "!" else "number"
        case TemplateExpression(parts) if len(parts) > 1:
            return "string"
        case Call(function="can"):
            return "bool"
        case Call():
            function = function_of(expression.function)
            return None if function is None else function.makes
    return None


def _may_repeat_a_key(expression: ForExpression | TemplateFor, collection: Unknown) -> bool:
    """Whether a loop over something unknown perhaps makes two entries of one key: not where each has the key that it had."""
    if isinstance(expression, TemplateFor) or expression.result_key is None or expression.grouping:
        return False
    own = [expression.key] if is_certainly(collection, "map") else []
    return not (isinstance(expression.result_key, Variable) and expression.result_key.name in own)


def _go_together(one: Value, other: Value) -> bool:
    """Whether two values certainly have a common type, not both of which are scalars; two that are resolved would have failed."""
    for this, that in ((one, other), (other, one)):
        known = declared(this) if isinstance(this, Unknown) else None
        if known is not None:
            return _is_empty_of(known, that) or (
                isinstance(that, Unknown) and (same := declared(that)) is not None and same.type == known.type
            )
    return not isinstance(one, Unknown) and not isinstance(other, Unknown) and _is_solid(one) and _is_solid(other)


def _is_empty_of(known: DeclaredType, value: Value) -> bool:
    """Whether a value is an empty collection, of a kind that is declared of another."""
    match value:
        case ListValue((), rest=None):
            return known.type.kind in ("list", "set")
        case MapValue(entries, rest=None):
            return known.type.kind == "map" and isinstance(entries, dict) and not entries
    return False


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


def _is_open(value: Value) -> bool:
    """Whether it is a collection with items that are unknown, which does not show that what made it may fail."""
    return isinstance(value, ListValue | MapValue) and value.rest is not None


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
        case Unknown():  # one of which no more than the type is declared may fail a function that looks into it
            return meant_scalar(value) is not None and is_certainly(value, "string")
    return is_certainly(value, "string")
