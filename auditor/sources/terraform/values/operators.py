"""HCL's operators on values, some of them unknown.

Source: github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md, "Operations"; equality as go-cty's Value.Equals.
"""

from __future__ import annotations

import decimal
from collections.abc import Callable, Iterable
from dataclasses import replace

from auditor.foundation.equality import same_text
from auditor.foundation.location import Location
from auditor.foundation.value import (
    Choice,
    Domain,
    JsonText,
    Known,
    ListValue,
    MapValue,
    Symbol,
    Template,
    Truth,
    Unknown,
    Value,
    all_of,
    is_null,
)
from auditor.sources.choices import choose, distribute
from auditor.sources.naming import derived, is_constant, name_of, operand_name, value_key
from auditor.sources.numbers import Inexact, context, decimal_of, dyadic, number_of, number_text
from auditor.sources.terraform.values import types as conversion
from auditor.sources.terraform.values.failure import Failed, failed
from auditor.sources.terraform.values.json_encoding import in_plain


def binary(operator: str, left: Value, right: Value, location: Location, types: Truth = Truth.UNKNOWN) -> Value:
    """`left operator right`.

    Args:
        operator: as it is written.
        left: the left side.
        right: the right one.
        location: of the whole.
        types: of `==` and `!=`, whether the sides are of one type, which lists and maps do not show; FALSE where they are unequal for that.
    """
    if operator in ("&&", "||"):
        return logical(operator, left, right, location)
    deep = operator in ("==", "!=")
    answer = distribute((left, right), lambda operands: _binary(operator, operands[0], operands[1], location, types), deep)
    return (
        derived(f"{operand_name(left)} {operator} {operand_name(right)}", left, right, location=location)
        if answer is None
        else answer
    )


def _binary(operator: str, left: Value, right: Value, location: Location, types: Truth) -> Value:
    for operand in (left, right):
        if isinstance(operand, Failed):
            return operand
    if operator == "==":
        return equal(left, right, location, types)
    if operator == "!=":
        return inverted(equal(left, right, location, types), location)
    left, right = conversion.to_number(left), conversion.to_number(right)
    for operand in (left, right):
        if isinstance(operand, Failed):
            return operand
        if is_null(operand):
            return failed("an operand is null", location)
    if not isinstance(left, Known) or not isinstance(right, Known):
        return derived(f"{operand_name(left)} {operator} {operand_name(right)}", left, right, location=location)
    assert isinstance(left.value, int | float)  # noqa: S101 to_number leaves nothing else
    assert isinstance(right.value, int | float)  # noqa: S101 likewise
    first, second = decimal_of(left.value), decimal_of(right.value)
    if operator in _ORDER:
        return Known(_ORDER[operator](first, second), location)
    if operator == "%" and second == 0:
        return left  # as go-cty's Modulo has it
    try:
        if operator == "/" and second == 0:
            raise Inexact  # noqa: TRY301 - infinity
        return Known(number_of(_ARITHMETIC[operator](dyadic(first), dyadic(second))), location)
    except (Inexact, decimal.DecimalException):
        return derived(
            f"{number_text(left.value)} {operator} {number_text(right.value)}",
            reason="the number has more digits than are kept exact",
            location=location,
        )


_ORDER: dict[str, Callable[[decimal.Decimal, decimal.Decimal], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
_ARITHMETIC: dict[str, Callable[[decimal.Decimal, decimal.Decimal], decimal.Decimal]] = {
    "+": lambda a, b: context().add(a, b),
    "-": lambda a, b: context().subtract(a, b),
    "*": lambda a, b: context().multiply(a, b),
    "/": lambda a, b: context().divide(a, b),
    "%": lambda a, b: context().remainder(a, b),
}


def logical(operator: str, left: Value, right: Value, location: Location) -> Value:
    """`&&` and `||`: a side that decides alone decides, whatever is unknown on the other."""
    decisive = operator == "||"
    left, right = conversion.to_bool(left), conversion.to_bool(right)
    answer = distribute((left, right), lambda operands: _logical(decisive, operands[0], operands[1], location))
    return (
        derived(f"{operand_name(left)} {operator} {operand_name(right)}", left, right, location=location)
        if answer is None
        else answer
    )


_BOTH_SIDES = Symbol(
    "Terraform before 1.12", "whether a failing right side of && or || fails the whole depends on the version of Terraform"
)


def _logical(decisive: bool, left: Value, right: Value, location: Location) -> Value:
    left, right = (failed("an operand is null", location) if is_null(side) else side for side in (left, right))
    if isinstance(left, Failed):
        return left
    if isinstance(left, Known):
        if left.value is not decisive:
            return right
        # Terraform looks at the right side only since 1.12 when the left one decides.
        return Choice(_BOTH_SIDES, right, Known(decisive, location)) if isinstance(right, Failed) else Known(decisive, location)
    if isinstance(right, Known):
        return right if right.value is decisive else left
    if not isinstance(left, Unknown):
        return failed("a bool is required", location)
    return choose(left.symbol, Known(True, location), right) if decisive else choose(left.symbol, right, Known(False, location))


def inverted(value: Value, location: Location | None = None) -> Value:
    """`!value`: of something unknown, the choice with its branches exchanged, so that no negated name is needed."""
    value = conversion.to_bool(value)
    match value:
        case Failed():
            return value
        case Choice(condition, then, otherwise):
            return choose(condition, inverted(then, location), inverted(otherwise, location))
        case Unknown(symbol):
            return Choice(symbol, Known(False, location), Known(True, location), location)
        case Known(bool() as truth):
            return Known(not truth, location)
    return failed("an operand is null", location)


def negative(value: Value, location: Location) -> Value:
    """`-value`."""
    return binary("-", Known(0), value, location)


def equal(left: Value, right: Value, location: Location | None, types: Truth = Truth.UNKNOWN) -> Value:
    """`left == right`, with `types` as of `binary`; unknown, a symbol whose name does not depend on the order of the sides."""
    match Truth.FALSE if types is Truth.FALSE else same_value(left, right, typed=types is Truth.TRUE):
        case Truth.TRUE:
            return Known(True, location)
        case Truth.FALSE:
            return Known(False, location)
    first, second = sorted((left, right), key=lambda side: (isinstance(side, Known), name_of(side)))
    if isinstance(first, Unknown) and isinstance(second, Known) and isinstance(second.value, str | None):
        return replace(is_constant(first, second), location=location)
    return derived(f"{operand_name(first)} == {operand_name(second)}", first, second, location=location)


def same_value(left: Value, right: Value, *, typed: bool = False) -> Truth:
    """Whether two values are equal: of one type, and alike; `typed` where they are known to be of one type, with all that they hold."""
    left, right = in_plain(left), in_plain(right)
    match left, right:
        case (Known(), Known()):
            return Truth.of(value_key(left) == value_key(right))
        case (Choice(), _) | (_, Choice()):
            return Truth.TRUE if name_of(left) == name_of(right) else Truth.UNKNOWN
        case (Unknown(symbol), other) | (other, Unknown(symbol)) if not isinstance(other, Known | Template | Unknown) or is_null(
            other
        ):
            return Truth.FALSE if symbol.domain is not Domain.ANY and symbol.domain is not Domain.ASSIGNED else Truth.UNKNOWN
        case (Known() | Template() | Unknown(), Known() | Template() | Unknown()):
            return _same_text(left, right)
        case (JsonText(), JsonText()):
            same = same_value(left.content, right.content)
            return same if same is Truth.TRUE else Truth.UNKNOWN
        case (JsonText(), other) | (other, JsonText()):
            if isinstance(other, Known) and (not isinstance(other.value, str) or not other.value):
                return Truth.FALSE
            return Truth.UNKNOWN if isinstance(other, Known | Template) else Truth.FALSE
        case (ListValue(), ListValue()):
            return _same_lists(left, right, typed)
        case (MapValue(), MapValue()):
            return _same_maps(left, right, typed)
    return Truth.FALSE


def _same_lists(left: ListValue, right: ListValue, typed: bool) -> Truth:
    if left.rest is None and right.rest is None and len(left.items) != len(right.items):
        return Truth.UNKNOWN if conversion.may_be_fewer(left) or conversion.may_be_fewer(right) else Truth.FALSE
    if left.rest or right.rest:
        return Truth.UNKNOWN
    if left.is_set and right.is_set and left.items and _are_texts((*left.items, *right.items)):
        return Truth.of({*map(value_key, left.items)} == {*map(value_key, right.items)})
    if left.is_set or right.is_set or left.order or right.order:
        return Truth.UNKNOWN
    # Alike, but whether both are tuples or both lists does not show; Terraform holds a tuple and a list to be different.
    alike = all_of(same_value(one, other, typed=typed) for one, other in zip(left.items, right.items, strict=True))
    return alike if typed or alike is Truth.FALSE else Truth.UNKNOWN


def _are_texts(items: Iterable[Value]) -> bool:
    """Whether all are resolved texts, so that a set of them is none of numbers that are written alike."""
    return all(isinstance(item, Known) and isinstance(item.value, str) for item in items)


def _same_maps(left: MapValue, right: MapValue, typed: bool) -> Truth:
    if left.rest or right.rest:
        return Truth.UNKNOWN
    if set(left.entries) != set(right.entries):
        return Truth.FALSE
    alike = all_of(same_value(left.entries[key], right.entries[key], typed=typed) for key in left.entries)
    return alike if typed or alike is Truth.FALSE else Truth.UNKNOWN


def _same_text(left: Known | Template | Unknown, right: Known | Template | Unknown) -> Truth:
    if any(isinstance(side, Known) and not isinstance(side.value, str) for side in (left, right)):
        # A hole between literal text is a string; a bare symbol may be anything.
        return Truth.UNKNOWN if isinstance(left, Unknown) or isinstance(right, Unknown) else Truth.FALSE
    return same_text(left, right)


def truth_of(value: Value) -> Truth:
    """The truth of a bool value; UNKNOWN when unknown."""
    if isinstance(value, Known) and isinstance(value.value, bool):
        return Truth.of(value.value)
    return Truth.UNKNOWN
