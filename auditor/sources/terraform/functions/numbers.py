"""Functions on numbers."""

from __future__ import annotations

import decimal

from auditor.foundation.value import Known, ListValue, Unknown, Value
from auditor.sources.numbers import Inexact, context, decimal_of, dyadic
from auditor.sources.terraform.functions.registry import (
    FUNCTIONS,
    Arguments,
    FunctionError,
    NotEvaluated,
    finish,
    strict,
    structural,
)
from auditor.sources.terraform.values.failure import Failed, failed
from auditor.sources.terraform.values.types import to_number

Number = decimal.Decimal


@strict("abs", "number", makes="number", total=True)
def absolute(number: Number) -> Number:
    """`abs`."""
    return number.copy_abs()


@strict("ceil", "number", makes="number", total=True)
def ceil(number: Number) -> Number:
    """`ceil`."""
    return number.to_integral_value(decimal.ROUND_CEILING)


@strict("floor", "number", makes="number", total=True)
def floor(number: Number) -> Number:
    """`floor`."""
    return number.to_integral_value(decimal.ROUND_FLOOR)


@strict("signum", "number", makes="number")
def signum(number: Number) -> int:
    """`signum`, of a whole number."""
    if number != int(number):
        raise FunctionError("the number must be whole")
    return (number > 0) - (number < 0)


@strict("min", "number", variadic="number", makes="number", total=True)
def smallest(*numbers: Number) -> Number:
    """`min`."""
    return min(numbers)


@strict("max", "number", variadic="number", makes="number", total=True)
def greatest(*numbers: Number) -> Number:
    """`max`."""
    return max(numbers)


@strict("pow", "number", "number", makes="number")
def power(base: Number, exponent: Number) -> Number:
    """`pow`, for whole exponents."""
    if exponent != int(exponent) or abs(exponent) > 512 or (base == 0 and exponent <= 0):
        raise NotEvaluated("pow is evaluated for small whole exponents only")
    return context().power(dyadic(base), exponent)


@strict("parseint", "text", "number")
def _parse_int(text: str, base: Number) -> int:
    """`parseint`."""
    if not 2 <= base <= 62 or base != int(base):
        raise FunctionError("the base must be a whole number from 2 to 62")
    if base > 36:
        raise NotEvaluated("parseint is evaluated up to base 36")
    if not text.isascii() or "_" in text or text.strip() != text or text[:2].lower() in ("0x", "0o", "0b"):
        raise FunctionError(f"{text!r} is not a valid number of base {base}")
    try:
        return int(text, int(base))
    except ValueError:
        raise FunctionError(f"{text!r} is not a valid number of base {base}") from None


_RESOLVED_PARSEINT = FUNCTIONS["parseint"].work


@structural("parseint", 2, 2, deep=True, makes="number")
def parse_int(arguments: Arguments) -> Value:
    """`parseint`, of nothing but a string."""
    if isinstance(arguments.values[0], Known) and not isinstance(arguments.values[0].value, str):
        return failed("parseint: a string is required", arguments.location)
    return _RESOLVED_PARSEINT(arguments)


@structural("sum", 1, 1, deep=True, makes="number")
def total(arguments: Arguments) -> Value:
    """`sum` of a list that is not empty."""
    collection = arguments.values[0]
    if isinstance(collection, Unknown):
        return arguments.unknown()
    if not isinstance(collection, ListValue):
        return failed("sum: a list is required", arguments.location)
    if not collection.items and collection.rest is None:
        return failed("sum: the list is empty", arguments.location)
    numbers = []
    for item in collection.items:
        number = to_number(item)
        if isinstance(number, Failed):
            return number
        if isinstance(number, Known) and number.value is None:
            return failed("sum: an item is null", arguments.location)
        if not isinstance(number, Known) or not isinstance(number.value, int | float):
            return arguments.unknown()
        numbers.append(decimal_of(number.value))
    if collection.rest is not None:
        return arguments.unknown()

    def add() -> Number:
        result = decimal.Decimal(0)
        for number in numbers:
            result = context().add(dyadic(result), dyadic(number))
        return result

    return finish(arguments, add)


@structural("range", 1, 3, deep=True)
def sequence(arguments: Arguments) -> Value:
    """`range`: at most 1,024 numbers, as Terraform's own limit is."""
    numbers = []
    for value in arguments.values:
        number = to_number(value)
        if isinstance(number, Failed):
            return number
        if not isinstance(number, Known) or not isinstance(number.value, int | float):
            return arguments.unknown()
        numbers.append(decimal_of(number.value))

    def count() -> list[Number]:
        start, end = (decimal.Decimal(0), numbers[0]) if len(numbers) == 1 else (numbers[0], numbers[1])
        step = numbers[2] if len(numbers) == 3 else decimal.Decimal(1 if start <= end else -1)
        if step == 0 and start != end:
            raise FunctionError("the step must not be zero")
        if (end > start and step < 0) or (end < start and step > 0):
            raise FunctionError("the step goes away from the limit")
        found: list[Number] = []
        while (start < end) if step > 0 else (start > end):
            if len(found) >= 1024:
                raise FunctionError("there are more than 1024 numbers")
            found.append(start)
            start = context().add(start, dyadic(step))
        return found

    try:
        listed = count()
    except FunctionError as error:
        return failed(f"range: {error}", arguments.location)
    except Inexact:
        return arguments.not_evaluated("the number has more digits than are kept exact")
    return ListValue(tuple(finish(arguments, lambda one=one: one) for one in listed), arguments.location)  # type: ignore[misc]  # bound in the loop
