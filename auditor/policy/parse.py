"""From a value to a policy document.

Source: IAM User Guide, "IAM JSON policy element reference" and "Grammar of the IAM JSON policy language".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field, replace

from auditor.foundation.json_text import parse_json
from auditor.foundation.location import Location
from auditor.foundation.value import (
    ALWAYS,
    JsonText,
    Known,
    ListValue,
    MapValue,
    Meaning,
    Symbol,
    Template,
    Unknown,
    Value,
    When,
    alternatives,
    scalar_text,
)
from auditor.lazy.answers import made_once
from auditor.lazy.classes import dataclass
from auditor.policy.document import Condition, DocumentProblem, Items, Policy, Principal, Principals, Statement, StatementItem

_DOCUMENT = ("Version", "Id", "Statement")
_STATEMENT = ("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition")
_PRINCIPALS = ("AWS", "Service", "Federated", "CanonicalUser")


# What proofs look at, and after them the selection.
_KEPT = 1024


@made_once(_KEPT)
def parse_policy(content: Value, location: Location) -> Policy:
    """The policy in a value; total.

    Args:
        content: a map, JSON text, or text that holds JSON; choices, holes and unknowns may stand at any level.
        location: where it is written, for what has no place of its own.
    """
    found = _Found([], [], [])
    for when, branch in alternatives(content):
        _document(branch, when, location, found)
    place = content.location or location
    empty = found.empty[0] if len(found.empty) == 1 and not found.statements else None
    return Policy(tuple(found.statements), place, tuple(found.rest), tuple(found.problems), empty)


@dataclass(slots=True)
class _Found:
    statements: list[Statement]
    rest: list[tuple[When, Symbol]]
    problems: list[DocumentProblem] = field(default_factory=list)
    empty: list[Location] = field(default_factory=list)


def _document(value: Value, when: When, location: Location, found: _Found) -> None:
    place = value.location or location
    match value:
        case Known(None):
            return
        case Known(str() as text) if not text.strip():
            # Nothing is stored for it: the API takes no empty policy.
            found.problems.append(DocumentProblem("the policy is empty", place))
        case JsonText(content):
            for within, branch in alternatives(content, when):
                _document(branch, within, place, found)
        case Known(str()) | Template():
            parsed, errors = parse_json(value, place)
            found.problems.extend(DocumentProblem(f"the policy {error.message}", error.location) for error in errors)
            if parsed is None:
                found.rest.append((when, Symbol("the policy", "the policy is not JSON", "fix the JSON", place)))
            elif isinstance(parsed, MapValue | Unknown):
                _document(parsed, when, place, found)
            else:
                found.problems.append(DocumentProblem("the policy is not a JSON object", place))
                found.rest.append((when, Symbol("the policy", "the policy is not a JSON object", "", place)))
        case Unknown(symbol):
            found.rest.append((when, symbol))
        case MapValue():
            _map(value, when, place, found)
        case _:
            found.problems.append(DocumentProblem("the policy is not a JSON object", place))
            found.rest.append((when, Symbol("the policy", "the policy is not a JSON object", "", place)))


def _map(value: MapValue, when: When, location: Location, found: _Found) -> None:
    found.problems.extend(
        DocumentProblem(f"'{key}' is not an element of a policy", value.key_locations.get(key, location))
        for key in value.entries
        if key not in _DOCUMENT
    )
    versions = list(alternatives(value.entries.get("Version", Known(None)), when))
    for version_when, version in versions:
        variables = _variables(version, value)
        statements = value.entries.get("Statement")
        if statements is None:
            if value.rest is not None:
                found.rest.append((version_when, value.rest))
            else:
                found.problems.append(DocumentProblem("the policy has no Statement", location))
            continue
        for within, branch in alternatives(statements, version_when):
            items = branch.items if isinstance(branch, ListValue) else (branch,)
            if isinstance(branch, ListValue) and branch.rest is not None:
                found.rest.append((within, branch.rest))
            if isinstance(branch, ListValue) and not items and branch.location is not None:
                found.empty.append(branch.location)
            for index, item in enumerate(items):
                for each, statement in alternatives(item, within):
                    _statement(statement, index, each, variables, location, found)


def _variables(version: Value, document: MapValue) -> bool | Symbol:
    """Whether policy variables are replaced. Source: IAM User Guide, "Version": a missing element means 2008-10-17, which has none."""
    if isinstance(version, Known):
        if version.value is None and document.rest is not None:
            return document.rest
        return version.value == "2012-10-17"
    if isinstance(version, Unknown):
        return version.symbol
    return Symbol("the policy's Version", "it is not resolved")


def _statement(value: Value, index: int, when: When, variables: bool | Symbol, location: Location, found: _Found) -> None:
    place = value.location or location
    if isinstance(value, Known) and value.value is None:
        return
    if isinstance(value, Unknown):
        found.rest.append((when, value.symbol))
        return
    if not isinstance(value, MapValue):
        found.problems.append(DocumentProblem(f"statement {index + 1} is not an object", place))
        found.rest.append((when, Symbol(f"statement {index + 1}", "it is not an object", "", place)))
        return
    doubts = list(_doubts(value, index, place))
    found.problems.extend(DocumentProblem(message, where) for message, where in doubts)
    doubt = None
    if value.rest is not None:
        doubt = value.rest
    elif doubts:
        doubt = Symbol(f"statement {index + 1}", doubts[0][0], "fix the statement", doubts[0][1])
    sid_value = value.entries.get("Sid")
    sid = sid_value.value if isinstance(sid_value, Known) and isinstance(sid_value.value, str) else ""
    for within, effect in alternatives(value.entries.get("Effect", Known(None)), when):
        decided: str | Symbol
        if isinstance(effect, Known) and effect.value in ("Allow", "Deny"):
            decided = str(effect.value)
        elif isinstance(effect, Unknown):
            decided = effect.symbol
        else:
            decided = doubt or Symbol(f"the Effect of statement {index + 1}", "it is neither Allow nor Deny", "", place)
        conditions, unknown_conditions = _conditions(value, place, found)
        found.statements.append(
            Statement(
                index=index,
                sid=sid,
                effect=decided,
                principals=_principals(value, place),
                actions=_either(value, "Action", "NotAction", place),
                resources=_either(value, "Resource", "NotResource", place),
                conditions=tuple(conditions),
                unknown_conditions=tuple(unknown_conditions),
                variables=variables,
                when=within,
                doubt=doubt,
                location=place,
                condition_location=value.entries.get("Condition", Known(None)).location,
            )
        )


NO_SERVICE = "which names no service"
"""How the doubt about a statement ends that has an action without a service: AWS refuses it, though what its pattern matches is clear."""


def _doubts(value: MapValue, index: int, place: Location) -> Iterator[tuple[str, Location]]:
    number = index + 1
    entries = {key for key, entry in value.entries.items() if not (isinstance(entry, Known) and entry.value is None)}
    for key in value.entries:
        if key not in _STATEMENT:
            yield f"statement {number} has '{key}', which is not an element of a statement", value.key_locations.get(key, place)
    if value.rest is not None:
        return
    for positive in ("Principal", "Action", "Resource"):
        if positive in entries and f"Not{positive}" in entries:
            yield f"statement {number} has both {positive} and Not{positive}", place
    if "Effect" not in entries:
        yield f"statement {number} has no Effect", place
    elif isinstance(effect := value.entries["Effect"], Known) and effect.value not in ("Allow", "Deny"):
        yield f"statement {number} has the Effect '{effect.value}', which is neither Allow nor Deny", effect.location or place
    if not entries & {"Action", "NotAction"}:
        yield f"statement {number} has no Action", place
    for name in ("Action", "NotAction"):
        for item in read_items(value.entries.get(name, Known(None)), place)[0]:
            if isinstance(item.text, Known) and item.text.value != "*" and ":" not in str(item.text.value):
                yield f"statement {number} has the action '{item.text.value}', {NO_SERVICE}", item.location


def _either(value: MapValue, positive: str, negative: str, place: Location) -> Items:
    negated = value.entries.get(positive) is None and value.entries.get(negative) is not None
    name = negative if negated else positive
    entry = value.entries.get(name)
    if entry is None:
        return Items(location=place)
    where = entry.location or value.key_locations.get(name, place)
    items, rest = read_items(entry, where)
    written = bool(items or rest) or not (isinstance(entry, Known) and entry.value is None)
    return Items(items, rest, negated, where, written)


@made_once(_KEPT)
def read_items(
    value: Value, location: Location, when: When = ALWAYS
) -> tuple[tuple[StatementItem, ...], tuple[tuple[When, Symbol], ...]]:
    """The entries of a list in a policy, which may be one text, and what stands for further ones.

    Args:
        value: text, or a list; choices, holes and unknowns may stand at any level.
        location: where it is written, for what has no place of its own.
        when: the unresolved conditions under which it is there.
    """
    items: list[StatementItem] = []
    rest: list[tuple[When, Symbol]] = []
    _read_items(value, location, when, items, rest)
    return tuple(items), tuple(rest)


def _read_items(value: Value, location: Location, when: When, items: list[StatementItem], rest: list[tuple[When, Symbol]]) -> None:
    for within, branch in alternatives(value, when):
        place = branch.location or location
        match branch:
            case Known(None):
                continue
            case Known(scalar):
                items.append(StatementItem(Known(scalar_text(scalar), branch.location), place, within))
            case Template():
                items.append(StatementItem(branch, place, within))
            case Unknown():
                items.append(StatementItem(branch, place, within))
            case ListValue(entries, _, more):
                for entry in entries:
                    _read_items(entry, place, within, items, rest)
                if more is not None:
                    rest.append(
                        (within, replace(more, meaning=Meaning(more.name, each=branch.each)) if branch.each is not None else more)
                    )
            case JsonText() | MapValue() | _:
                rest.append((within, Symbol("a value of the policy", "it is neither text nor a list", "", place)))


def _with_some(listed: Value) -> Value:
    """A list with one item for those that are unresolved, where what each of them looks like cannot be everyone; any other list as it is.

    Only one question depends on the item, whether it is the caller: that none of them is, is the case in which this one is not.
    """
    if not isinstance(listed, ListValue) or listed.rest is None or listed.each is None:
        return listed
    first = listed.each.parts[0]
    if not (isinstance(first, str) and first.startswith("arn:")):
        return listed
    return ListValue((*listed.items, listed.each), listed.location)


def _principals(value: MapValue, place: Location) -> Principals:
    negated = value.entries.get("Principal") is None and value.entries.get("NotPrincipal") is not None
    name = "NotPrincipal" if negated else "Principal"
    entry = value.entries.get(name)
    if entry is None:
        return Principals(location=place)
    return _listed_principals(entry, entry.location or value.key_locations.get(name, place), negated)


@made_once(_KEPT)
def _listed_principals(entry: Value, where: Location, negated: bool) -> Principals:
    principals: list[Principal] = []
    rest: list[tuple[When, Symbol]] = []
    for within, branch in alternatives(entry):
        match branch:
            case Known(None):
                continue
            case Known(str()):
                principals.append(
                    Principal("*" if branch.value == "*" else "?", StatementItem(branch, branch.location or where, within))
                )
            case MapValue(entries, _, more):
                for kind, listed in entries.items():
                    for inside, one in alternatives(listed, within):
                        some = _with_some(one) if not negated and kind == "AWS" else one
                        items, further = read_items(some, listed.location or where, inside)
                        principals.extend(Principal(kind if kind in _PRINCIPALS else "?", item) for item in items)
                        rest.extend((there, _apart(symbol, "" if kind == "AWS" else kind)) for there, symbol in further)
                if more is not None:
                    rest.append((within, _apart(more, known=entries)))
            case Unknown(symbol):
                rest.append((within, symbol))
            case _:
                rest.append((within, Symbol("the principal", "it is neither * nor an object", "", where)))
    return Principals(tuple(principals), tuple(rest), negated, where, written=True)


def _conditions(value: MapValue, place: Location, found: _Found) -> tuple[list[Condition], list[tuple[When, Symbol]]]:
    tests: list[Condition] = []
    open_tests: list[tuple[When, Symbol]] = []
    for within, block in alternatives(value.entries.get("Condition", Known(None))):
        match block:
            case Known(None):
                continue
            case Unknown(symbol):
                open_tests.append((within, symbol))
            case MapValue(operators, _, more):
                if more is not None:
                    open_tests.append((within, _apart(more, known=operators)))
                for operator, keys in operators.items():
                    where = block.key_locations.get(operator, keys.location or place)
                    for inside, branch in alternatives(keys, within):
                        _tests(operator, branch, inside, where, tests, open_tests)
            case _:
                found.problems.append(DocumentProblem("the Condition is not an object", block.location or place))
                open_tests.append((within, Symbol("the Condition", "it is not an object", "", place)))
    return tests, open_tests


def _tests(
    operator: str, keys: Value, when: When, location: Location, tests: list[Condition], open_tests: list[tuple[When, Symbol]]
) -> None:
    match keys:
        case Known(None):
            return
        case MapValue(entries, _, more):
            if more is not None:
                open_tests.append((when, _apart(more, operator, entries)))
            for key, values in entries.items():
                where = keys.key_locations.get(key, values.location or location)
                items, rest = read_items(values, values.location or where)
                tests.append(
                    Condition(operator, key, Items(items, rest, location=values.location or where, written=True), when, where)
                )
        case Unknown(symbol):
            open_tests.append((when, _apart(symbol, operator)))
        case _:
            open_tests.append((when, Symbol(f"the condition {operator}", "it is not an object", "", location)))


def _apart(symbol: Symbol, of: str = "", known: Iterable[str] = ()) -> Symbol:
    """What stands for unresolved entries, apart from what the same value stands for under another operator or kind, or beside other entries."""
    besides = ", ".join(sorted(known))
    name = f"{of} {symbol.name}".lstrip() + (f" besides {besides}" if besides else "")
    return symbol if name == symbol.name else replace(symbol, name=name, meaning=None)
