"""What is wrong with the conditions of a statement: their form, their operators, and in a bucket policy keys that its actions do not have.

Sources: IAM User Guide, "IAM JSON policy elements: Condition operators"; Service Authorization Reference, "Condition keys for Amazon S3"
(which key each action takes: `auditor/policy/services/actions.jsonl`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from auditor.foundation.location import Location
from auditor.foundation.value import (
    JsonText,
    Known,
    ListValue,
    MapValue,
    Symbol,
    Template,
    Text,
    Unknown,
    Value,
    When,
    alternatives,
    is_null,
    scalar_text,
)
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex
from auditor.policy.refusals.reading import WrittenStatement, first_symbol, plain
from auditor.policy.refusals.refusal import Fault, Flaw
from auditor.policy.services.actions import has_condition_key, is_condition_key, matching

_OPERATORS = frozenset(
    {
        *(f"String{relation}" for relation in ("Equals", "NotEquals", "EqualsIgnoreCase", "NotEqualsIgnoreCase", "Like", "NotLike")),
        *(
            f"{kind}{relation}"
            for kind in ("Numeric", "Date")
            for relation in ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
        ),
        *(f"Arn{relation}" for relation in ("Equals", "NotEquals", "Like", "NotLike")),
        "Bool", "BinaryEquals", "IpAddress", "NotIpAddress",
    }
)  # fmt: skip
_OPERATOR = regex(r"(?:ForAllValues:|ForAnyValue:)?([A-Za-z]+?)(?:IfExists)?")


@dataclass(frozen=True, slots=True)
class _Tested:
    """One key under one operator, with its values."""

    operator: str
    key: str
    values: Value
    when: When
    location: Location


def _tests(statement: WrittenStatement) -> Iterator[_Tested]:
    for when, block in statement.branches("Condition"):
        for operator, keys, _ in _entries(block):
            for inside, branch in alternatives(keys, when):
                for key, values, place in _entries(branch):
                    if not is_null(values):
                        yield _Tested(operator, key, values, inside, place or values.location or statement.place("Condition"))


def _entries(value: Value) -> Iterator[tuple[str, Value, Location | None]]:
    """The entries of a map with the places of their keys; nothing for what is not a map."""
    if isinstance(value, MapValue):
        for key, entry in value.entries.items():
            yield key, entry, value.key_locations.get(key)


def form(statement: WrittenStatement) -> Iterator[Fault]:
    """A Condition that is not an object of objects, and operators that do not exist."""
    fix = 'Write {"operator": {"key": "value"}}.'
    for when, block in statement.branches("Condition"):
        place = block.location or statement.place("Condition")
        if isinstance(block, Known | ListValue | JsonText):
            yield statement.fault(Flaw.TYPE, "Condition", "has a Condition that is not an object", fix, place, when=when)
        for symbol in _open(block):
            clause = "has a condition that is not of the form of one"
            yield statement.fault(Flaw.STATEMENT_ELEMENT, "Condition", clause, fix, place, when=when, depends=(symbol,))
        for operator, keys, named in _entries(block):
            where = named or keys.location or place
            for inside, branch in alternatives(keys, when):
                if isinstance(branch, Known | ListValue | JsonText) and not is_null(branch):
                    clause = f"has the condition {operator} with something that is not an object"
                    yield statement.fault(Flaw.TYPE, "Condition", clause, fix, where, when=inside)
                yield from _nulls(statement, operator, branch, inside, where)
                if isinstance(branch, MapValue) and branch.entries and not is_operator(operator):
                    clause = f"has the operator '{operator}', which does not exist"
                    yield statement.fault(Flaw.OPERATOR, "Condition", clause, _meant(operator), where, operator, inside)
    for test in _tests(statement):
        for inside, branch in alternatives(test.values, test.when):
            items = branch.items if isinstance(branch, ListValue) else (branch,)
            if any(isinstance(item, MapValue | ListValue) for item in items):
                clause = f"compares '{test.key}' with something that is not text"
                yield statement.fault(Flaw.TYPE, "Condition", clause, "Write text.", test.location, when=inside)


def _nulls(statement: WrittenStatement, operator: str, keys: Value, when: When, place: Location) -> Iterator[Fault]:
    """What is null where an operator has its keys, or a key its values."""
    values = [(key, values, named or place) for key, values, named in _entries(keys)]
    for name, value, where in ((operator, keys, place), *values):
        for within, branch in alternatives(value, when):
            if is_null(branch) or (isinstance(branch, ListValue) and any(is_null(item) for item in branch.items)):
                clause = f"has null under '{name}' of its Condition"
                yield statement.fault(Flaw.NULL, "Condition", clause, "Leave it out.", where, when=within)


def _open(block: Value) -> Iterator[Symbol]:
    """What stands for conditions, or for the keys of an operator, that are not resolved."""
    if isinstance(block, Unknown):
        yield block.symbol
    for _, keys, _ in _entries(block):
        yield from (branch.symbol for _, branch in alternatives(keys) if isinstance(branch, Unknown))


def is_operator(text: str) -> bool:
    """Whether a text is a condition operator, in its very spelling."""
    found = _OPERATOR.fullmatch(text)
    return text == "Null" or (found is not None and found[1] in _OPERATORS)


def _meant(operator: str) -> str:
    import difflib

    known = [*_OPERATORS, "Null"]
    by_case = next((name for name in known if name.lower() == operator.lower()), None)
    near = [by_case] if by_case else difflib.get_close_matches(operator, known, 1)
    return f"Write '{near[0]}' instead of '{operator}'." if near else f"Remove '{operator}'."


def keys_of_s3(statement: WrittenStatement) -> Iterator[Fault]:
    """Condition keys that S3 does not have, and keys that an action of the statement does not have."""
    entries = statement.entries("Action")
    for test in _tests(statement):
        service, colon, _ = test.key.partition(":")
        if service.lower() == "aws" and colon:
            continue
        if service.lower() != "s3" or not is_condition_key(test.key):
            clause = f"has a condition on '{test.key}', which is not a condition key of S3"
            more = "deny" if statement.denies else "allow"
            fix = f"Write a condition key of S3 instead of '{test.key}': without a condition, statement {statement.title} would {more} more."
            yield statement.fault(Flaw.CONDITION_KEY, "Condition", clause, fix, test.location, test.key, test.when)
            continue
        for item in entries.items:
            text = plain(item.text)
            names = _of_s3(text)
            lacking = names and not any(has_condition_key(name, test.key) for name in names)
            if text is not None and not lacking:
                continue
            flaw = Flaw.CONDITION_OF_NO_ACTION if text and set(text) & set("*?") else Flaw.CONDITION_OF_ANOTHER_ACTION
            yield statement.fault(
                flaw,
                "Condition",
                f"has a condition on '{test.key}', which a request for '{item.written}' never has",
                f"Take '{item.written}' out of statement {statement.title}{'' if statement.denies else ', and allow it in one of its own'}.",
                test.location,
                item.written,
                test.when.also(item.when),
                depends=() if text is not None else first_symbol(item.text),
            )


def _of_s3(pattern: str | None) -> list[str]:
    """The actions of S3 that a text of Action means."""
    return [name for name in matching(pattern) if name.startswith("s3:")] if pattern else []


def addresses(statement: WrittenStatement) -> Iterator[Fault]:
    """Values of aws:SourceIp that are neither an address nor a range."""
    for test, when, value in _values(statement):
        if test.key.lower() == "aws:sourceip":
            text = plain(value)
            if text is None or ("${" not in text and not _is_network(text)):
                clause = f"compares '{test.key}' with '{text or test.key}', which is neither an address nor a range"
                fix, depends = "Write an address or a CIDR block.", first_symbol(value)
                yield statement.fault(Flaw.ADDRESS, "Condition", clause, fix, test.location, text or "", when, depends=depends)


def values(statement: WrittenStatement) -> Iterator[Fault]:
    """Values of a form that the operator does not take: no ARN, no address, no number, no date."""
    for test, when, value in _values(statement):
        found = _OPERATOR.fullmatch(test.operator)
        text, fits = plain(value), _form_of(found[1] if found else "")
        if fits is not None and (text is None or not fits(text)):
            clause = f"compares '{test.key}' by {test.operator} with '{text or test.key}', which is not of that form"
            fix, depends = f"Write a value that {test.operator} takes.", first_symbol(value)
            flaw = Flaw.CONDITION_NUMBER if found and found[1].startswith(("Numeric", "Date")) else Flaw.CONDITION_VALUE
            yield statement.fault(
                flaw, "Condition", clause, fix, test.location, text or "", when, depends=depends
            )  # fmt: skip


def _form_of(family: str) -> Callable[[str], bool] | None:
    """What tells whether a value is of the form that an operator takes; None when it takes any."""
    if family.startswith("Arn"):
        return lambda text: text == "*" or text.count(":") >= 5
    if family in ("IpAddress", "NotIpAddress"):
        return _is_network
    if family.startswith("Numeric"):
        return lambda text: re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text) is not None
    if family.startswith("Date"):
        return lambda text: re.fullmatch(r"\d+|\d{4}-\d\d(-\d\d([T ].+)?)?", text) is not None
    return None


def _values(statement: WrittenStatement) -> Iterator[tuple[_Tested, When, Text]]:
    """The values of all tests."""
    for test in _tests(statement):
        for inside, branch in alternatives(test.values, test.when):
            if isinstance(branch, ListValue) and branch.rest is not None:
                yield test, inside, Unknown(branch.rest)
            for item in branch.items if isinstance(branch, ListValue) else (branch,):
                for each, one in alternatives(item, inside):
                    if isinstance(one, Known | Template | Unknown) and not is_null(one):
                        yield test, each, Known(scalar_text(one.value)) if isinstance(one, Known) else one


def _is_network(text: str) -> bool:
    import ipaddress

    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True
