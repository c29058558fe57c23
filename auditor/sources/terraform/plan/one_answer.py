"""A plan beside its configuration: one answer for both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from auditor.foundation.equality import same_text
from auditor.foundation.errors import InputError
from auditor.foundation.json_text import parse_json
from auditor.foundation.location import Location
from auditor.foundation.value import (
    ALWAYS,
    NULL,
    Choice,
    JsonText,
    Known,
    ListValue,
    MapValue,
    Text,
    Truth,
    Unknown,
    Value,
    alternatives,
    is_null,
    is_text,
    scalar_text,
)
from auditor.lazy.expressions import regex
from auditor.model import Declarations, Declared
from auditor.sources.walk import directory_of

_KEYS = regex(r'\[(?:"(?:[^"\\]|\\.)*"|\d+)\]')


def one_answer(
    roots: Sequence[Declarations], plans: Sequence[Declarations], as_given: Callable[[Declarations, str], Declarations]
) -> list[Declarations]:
    """All roots, without a configuration that a plan in its directory was made of.

    The plan says what the configuration leaves unresolved, and knows what is there already. Where a plan was made of another state of the
    configuration, or is not whole, the configuration is the answer, and an error says so.

    Args:
        roots: what was read of configurations.
        plans: what was read of plans, and of the configuration beside each.
        as_given: what the configuration in a directory declares with the values that a plan gives to variables.
    """
    kept = {root.root: root for root in roots}
    replaced: set[str] = set()
    found: list[Declarations] = []
    for plan in plans:
        directory = directory_of(plan.root)
        code = next((root for root in roots if root.root == directory and root.language == "terraform"), None)
        if code is None or not (plan.buckets or plan.attachments or any(key.managed for key in plan.keys)):
            found.append(plan)
            continue
        fault = _fault(plan, code) and _fault(plan, as_given(plan, directory))
        if fault:
            found.append(Declarations(plan.root, "terraform", errors=(*plan.errors, InputError(Location(plan.root), fault))))
            continue
        replaced.add(directory)
        found.append(
            replace(
                plan,
                errors=tuple(dict.fromkeys((*plan.errors, *code.errors))),
                directives=code.directives,
                inputs=code.inputs,
                not_read=code.not_read,
                moved=tuple(dict.fromkeys((*plan.moved, *code.moved))),
            )
        )
    return [*(root for root in kept.values() if root.root not in replaced), *found]


OTHER_CODE = "was not made of the configuration beside it"
"""How the message begins that a plan is of another state of the code."""


def _fault(plan: Declarations, code: Declarations) -> str:
    """Why a plan does not answer for the configuration beside it; empty when it does."""
    if any(opaque.address == plan.root for opaque in plan.opaque):
        return "is not whole, so the configuration beside it is audited instead: make a plan of the whole configuration"
    differs = next(_differences(plan, code), None)
    if differs is None:
        return ""
    return f"{OTHER_CODE}, which is audited instead ({differs} differs): make the plan again"


def _differences(plan: Declarations, code: Declarations) -> Iterator[str]:
    """The addresses of what is in one of both only, or is another one there."""
    planned, written = {one.address: one for one in _managed(plan)}, {one.address: one for one in _managed(code)}
    yield from (address for address, one in written.items() if one.when == ALWAYS and address not in planned)
    if not code.not_read and not code.opaque:
        known = {_KEYS.sub("", address) for address in written}
        added = (address for address in planned if address not in plan.forgotten)
        yield from (address for address in added if _KEYS.sub("", address) not in known)
    contents = {(one.address, one.kind): one.content for one in code.attachments if one.when == ALWAYS}
    for one in plan.attachments:
        other = contents.get((one.address, one.kind))
        if other is not None and not may_be_same(one.content, other):
            yield one.address
    names = {one.address: one.name for one in code.buckets}
    yield from (one.address for one in plan.buckets if not may_be_same(one.name, names.get(one.address, one.name)))


def _managed(declarations: Declarations) -> Iterator[Declared]:
    yield from (one for one in declarations.buckets if one.managed)
    yield from (one for one in declarations.keys if one.managed)
    yield from (one for one in declarations.attachments if not one.inline)


def may_be_same(one: Value, other: Value) -> bool:
    """Whether two pieces of configuration may be the same, as AWS and its provider write them: in any order, one value as a list of one.

    What is unknown may be anything; what is empty or off may be missing.
    """
    one, other = _parsed(one), _parsed(other)
    if isinstance(one, Choice) or isinstance(other, Choice):
        return any(may_be_same(a, b) for _, a in alternatives(one) for _, b in alternatives(other))
    if isinstance(one, Unknown) or isinstance(other, Unknown) or (_is_nothing(one) and _is_nothing(other)):
        return True
    if isinstance(one, ListValue) or isinstance(other, ListValue):
        first, second = _items(one), _items(other)
        return first is None or second is None or (_within(first, second) and _within(second, first))
    if isinstance(one, MapValue) and isinstance(other, MapValue):
        if one.rest is not None or other.rest is not None:
            return True
        names = {*one.entries, *other.entries}
        return all(may_be_same(one.entries.get(name, NULL), other.entries.get(name, NULL)) for name in names)
    if is_text(one) and is_text(other):
        return same_text(_as_text(one), _as_text(other)) is not Truth.FALSE
    return False


def _within(some: Sequence[Value], others: Sequence[Value]) -> bool:
    return all(any(may_be_same(one, other) for other in others) for one in some)


def _items(value: Value) -> Sequence[Value] | None:
    """The items of a list, or a value as the only one; None where there may be more."""
    if not isinstance(value, ListValue):
        return () if is_null(value) else (value,)
    return None if value.rest is not None else [item for item in value.items if not is_null(item)]


def _is_nothing(value: Value) -> bool:
    match value:
        case ListValue(items=items, rest=rest):
            return not items and rest is None
        case MapValue(entries=entries, rest=rest):
            return not entries and rest is None
        case Known(value=scalar):
            return not scalar
    return False


def _as_text(value: Text) -> Text:
    return Known(scalar_text(value.value)) if isinstance(value, Known) and value.value is not None else value


def _parsed(value: Value) -> Value:
    """A document in a text as what it says."""
    if isinstance(value, JsonText):
        return value.content
    if not isinstance(value, Known) or not str(value.value).lstrip().startswith("{"):
        return value
    found, _ = parse_json(value, value.location or Location("-"))
    return value if found is None else found
