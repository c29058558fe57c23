"""Numbers as Terraform computes and prints them, without the noise of binary fractions.

Terraform computes with 512-bit binary floats (github.com/zclconf/go-cty, cty.Number). Decimal arithmetic of the same precision agrees
with it wherever the result has a short decimal form; where it has none, the result is left unresolved rather than printed differently.
"""

from __future__ import annotations

import decimal
from functools import cache

_LARGEST = 2**512
_DIGITS = 15


class Inexact(Exception):
    """A number has no short decimal form, or is too large to be exact."""


@cache
def context() -> decimal.Context:
    """The context in which decimals are to be computed."""
    return decimal.Context(prec=170, Emin=-100_000, Emax=100_000, traps=[decimal.InvalidOperation, decimal.Overflow])


def decimal_of(number: float) -> decimal.Decimal:
    """A number as the decimal that it was written as."""
    return decimal.Decimal(number) if isinstance(number, int) else decimal.Decimal(repr(number))


def dyadic(value: decimal.Decimal) -> decimal.Decimal:
    """A number that binary floats hold exactly, so that computing with it leaves no noise.

    Raises:
        Inexact: they do not.
    """
    denominator = value.as_integer_ratio()[1]
    if denominator & (denominator - 1):
        raise Inexact
    return value


def number_of(value: decimal.Decimal) -> int | float:
    """The int, or the float of the same short decimal form.

    Raises:
        Inexact: there is none.
    """
    if abs(value) > _LARGEST or not value.is_finite():
        raise Inexact
    if value == value.to_integral_value(context=context()):
        return int(value)
    if len(value.normalize(context()).as_tuple().digits) > _DIGITS:
        raise Inexact
    return float(value)


def plain(number: float) -> int | float:
    """A number as an int when it is whole."""
    return int(number) if abs(number) < _LARGEST and float(number).is_integer() else number


def number_text(number: float) -> str:
    """A number as Terraform turns it into a string: never with an exponent, whole ones without a point."""
    return format(decimal_of(plain(number)), "f")


def parse_number(text: str) -> int | float | None:
    """The number that a string converts to, None when it is none.

    Source: go-cty, cty.ParseNumberVal: decimal digits, optional sign, point and exponent, nothing around them.

    Raises:
        Inexact: it is a number, but not one with a short form.
    """
    if not text or not text.isascii() or any(character not in "0123456789+-.eE" for character in text) or text[-1] in "+-eE":
        return None
    try:
        value = decimal.Decimal(text)
    except decimal.InvalidOperation:
        return None
    if value.adjusted() > 400 or value.adjusted() < -400:  # far beyond what is exact
        raise Inexact
    return number_of(value)
