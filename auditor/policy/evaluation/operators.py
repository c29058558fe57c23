"""Condition operators: their names taken apart.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Multivalued context keys".
"""

from __future__ import annotations

import enum
import operator
import re
from collections.abc import Callable, Mapping

from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex


class Family(enum.Enum):
    """How a family of operators compares a value of the request with one of the policy."""

    EQUALS = "equals"
    ANY_CASE = "equals, whatever the case"
    LIKE = "like"
    ARN = "like, part by part"
    NUMERIC = "number"
    DATE = "date"
    ADDRESS = "IP address"
    NULL = "absent"


class Quantifier(enum.Enum):
    """For how many values of a key a test must be met: the one that it has, some of them, or all of them."""

    ONE = ""
    SOME = "ForAnyValue"
    ALL = "ForAllValues"


TEXTUAL = frozenset({Family.EQUALS, Family.ANY_CASE, Family.LIKE, Family.ARN})
_OPERATOR = regex(r"(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?", re.IGNORECASE)
_NAMES = {
    "stringequals": (Family.EQUALS, False), "stringnotequals": (Family.EQUALS, True),
    "stringequalsignorecase": (Family.ANY_CASE, False), "stringnotequalsignorecase": (Family.ANY_CASE, True),
    "stringlike": (Family.LIKE, False), "stringnotlike": (Family.LIKE, True),
    "arnequals": (Family.ARN, False), "arnlike": (Family.ARN, False), "arnnotequals": (Family.ARN, True), "arnnotlike": (Family.ARN, True),
    "bool": (Family.ANY_CASE, False), "binaryequals": (Family.EQUALS, False),
    "ipaddress": (Family.ADDRESS, False), "notipaddress": (Family.ADDRESS, True),
}  # fmt: skip
RELATIONS: Mapping[str, Callable[[float, float], bool]] = {
    "equals": operator.eq,
    "lessthan": operator.lt,
    "lessthanequals": operator.le,
    "greaterthan": operator.gt,
    "greaterthanequals": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Operator:
    """A condition operator, taken apart.

    Attributes:
        family: how it compares.
        negated: whether it is a Not… operator.
        quantifier: see `Quantifier`.
        if_exists: whether a missing key meets it.
        relation: for numbers and dates, a key of `RELATIONS`.
        boolean: whether it takes nothing but true and false.
    """

    family: Family
    negated: bool = False
    quantifier: Quantifier = Quantifier.ONE
    if_exists: bool = False
    relation: str = ""
    boolean: bool = False


def read_operator(text: str) -> Operator | None:
    """The operator of a name (`ForAnyValue:StringLikeIfExists`), None when there is no such operator; names are compared without case."""
    found = _OPERATOR.fullmatch(text)
    if not found:
        return None
    quantifier = next(one for one in Quantifier if one.value.lower() == (found[1] or "").lower())
    name, if_exists = found[2].lower(), bool(found[3])
    if name == "null":
        return None if if_exists or quantifier is not Quantifier.ONE else Operator(Family.NULL)
    if name in _NAMES:
        family, negated = _NAMES[name]
        return Operator(family, negated, quantifier, if_exists, boolean=name == "bool")
    for family, start in ((Family.NUMERIC, "numeric"), (Family.DATE, "date")):
        relation = name.removeprefix(start)
        if name.startswith(start) and relation == "notequals":
            return Operator(family, True, quantifier, if_exists, "equals")
        if name.startswith(start) and relation in RELATIONS:
            return Operator(family, False, quantifier, if_exists, relation)
    return None
