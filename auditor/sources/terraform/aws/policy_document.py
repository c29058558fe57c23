"""`aws_iam_policy_document`: the policy that the data source renders, in the shape of IAM's JSON.

Source: terraform-provider-aws, internal/service/iam: policy_document_data_source.go (reading, order of merging) and policy_model.go
(merging by sid, rendering of principals and conditions); the provider's documentation of the data source aws_iam_policy_document.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import TypeVar

from auditor.foundation.location import Location
from auditor.foundation.value import (
    ALWAYS,
    NULL,
    Choice,
    JsonText,
    Known,
    ListValue,
    MapValue,
    Symbol,
    Template,
    Unknown,
    Value,
    When,
    alternatives,
    is_null,
)
from auditor.lazy.classes import dataclass
from auditor.sources.choices import choose, distribute, in_branches
from auditor.sources.naming import derived, name_of
from auditor.sources.terraform.modules.body import made_of
from auditor.sources.terraform.values.failure import resolve
from auditor.sources.terraform.values.json_encoding import decode
from auditor.sources.terraform.values.nulls import ABSENT
from auditor.sources.terraform.values.resource_instance import EvaluatedBlocks, EvaluatedBody
from auditor.sources.terraform.values.types import to_string

_DEFAULT_VERSION = "2012-10-17"
_MOST_PLACES = 8  # statements that may stand in the place of one

T = TypeVar("T")


def policy_of(body: EvaluatedBody, address: str) -> MapValue:
    """The policy of one `aws_iam_policy_document`.

    Args:
        body: its arguments and blocks.
        address: its address, for the names of what stays unknown.

    Returns:
        Version, Id and Statement as IAM writes them. A statement that is there only under a condition is a choice between it and
        nothing; statements that are not known are the `rest` of the list. Each part is located at its block or argument.
    """
    merged, own = _Document(), _written(body)
    sources = [(when, _read(content)) for when, content in _documents(body, ("source_json", "source_policy_documents"))]
    for when, source in sources:
        merged = merged.extended(source, when, address)
    merged = merged.with_(own, address)
    for when, content in _documents(body, ("override_json", "override_policy_documents")):
        merged = merged.overridden(content, when, address)
    keys = {"Version": body.written("version"), "Id": body.written("policy_id"), "Statement": _first(body.blocks("statement"))}
    entries: dict[str, Value] = {"Version": merged.version or Known(_DEFAULT_VERSION, body.location)}
    if merged.identifier is not None:
        entries["Id"] = merged.identifier
    entries["Statement"] = ListValue(merged.statements, body.location, merged.rest)
    for statements in (own.statements, [one for when, source in sources if when == ALWAYS for one in source.statements]):
        if (sid := _repeated_sid(statements)) is not None:
            reason = f"two statements have the sid '{sid}', which Terraform refuses"
            entries["Statement"] = Unknown(Symbol(f"{address}.json", reason, "give each statement a sid of its own", body.location))
    return MapValue(entries, body.location, None, _places(keys))


# Merging


class _TooManyPlacesError(Exception):
    """What stands in the place of a statement depends on too much to be told apart."""


@dataclass(frozen=True, slots=True)
class _Document:
    """A policy document while it is put together."""

    version: Value | None = None
    identifier: Value | None = None
    statements: tuple[Value, ...] = ()
    rest: Symbol | None = None

    def with_(self, newer: _Document, address: str) -> _Document:
        """This document with a newer one merged in: a statement with a sid that is there already takes its place.

        Where that depends on too much, the newer one counts as not known.
        """
        statements, rest = self.statements, self.rest or newer.rest
        try:
            for statement in newer.statements:
                statements = _placed(statements, statement)
        except _TooManyPlacesError:
            unclear = Symbol(f"the statements that are merged in {address}", "which of them have the same sid depends on too much")
            statements, rest = tuple(_perhaps_replaced(one, unclear, address) for one in self.statements), rest or unclear
        return _Document(_later(self.version, newer.version), newer.identifier or self.identifier, statements, rest)

    def extended(self, newer: _Document, when: When, address: str) -> _Document:
        """This document with a source document that is there under a condition."""
        return self.with_(replace(newer, statements=tuple(under(when, statement) for statement in newer.statements)), address)

    def overridden(self, content: Value, when: When, address: str) -> _Document:
        """This document with an overriding one; one that is not known may replace every statement that has a sid."""
        newer = _read(content)
        merged = self.extended(newer, when, address)
        if newer.rest is None:
            return merged
        return replace(
            merged, statements=tuple(_perhaps_replaced(statement, newer.rest, address) for statement in merged.statements)
        )


def _documents(body: EvaluatedBody, names: Iterable[str]) -> Iterator[tuple[When, Value]]:
    """The documents that are merged in, each with the conditions under which it is; an empty text is none."""
    for name in names:
        yield from _documents_in(body.attribute(name))


def _documents_in(value: Value) -> list[tuple[When, Value]]:
    """The documents of a list, each with the conditions under which it is there; what two lists begin or end with is there in either case."""
    match value:
        case Choice(condition, then, otherwise):
            one, other = _documents_in(then), _documents_in(otherwise)
            before = _alike(one, other)
            after = _alike(one[before:][::-1], other[before:][::-1])
            between = [
                (more, document)
                for truth, part in ((True, one), (False, other))
                for when, document in part[before : len(part) - after]
                if not (more := when.and_(condition, truth)).contradictory
            ]
            return [*one[:before], *between, *one[len(one) - after :]]
        case ListValue(items, _, rest):
            further = [] if rest is None else [(ALWAYS, Unknown(rest, value.location))]
            return [*(found for item in items for found in _documents_in(item)), *further]
    return [] if _is_empty(value) else [(ALWAYS, value)]


def _alike(one: Sequence[tuple[When, Value]], other: Sequence[tuple[When, Value]]) -> int:
    """How many documents two lists begin with alike."""
    return next((at for at, (here, there) in enumerate(zip(one, other, strict=False)) if here != there), min(len(one), len(other)))


def _read(content: Value) -> _Document:
    """A policy document that is given as JSON text."""
    if isinstance(content, Known) and isinstance(content.value, str):
        try:
            return _read(JsonText(decode(content.value, content.location), content.location))
        except (ValueError, RecursionError):
            return _unread(derived(name_of(content), reason="a policy document that is to be merged is not JSON"))
    if not isinstance(content, JsonText) or not isinstance(content.content, MapValue):
        return _unread(derived(name_of(content), content))
    policy = content.content
    statements, rest = _statements_in(policy.entries.get("Statement", NULL), ALWAYS)
    return _Document(_given(policy, "Version"), _given(policy, "Id"), statements, rest or policy.rest)


def _unread(value: Unknown) -> _Document:
    return _Document(version=value, rest=value.symbol)


def _given(policy: MapValue, name: str) -> Value | None:
    value = policy.entries.get(name)
    return None if value is None or _is_empty(value) else value


def _statements_in(value: Value, when: When) -> tuple[tuple[Value, ...], Symbol | None]:
    """The statements of a document: those known, and a symbol for those that are not."""
    found: list[Value] = []
    rest: Symbol | None = None
    for more, branch in alternatives(value, when):
        match branch:
            case ListValue(items, _, open_items):
                found.extend(under(more, item) for item in items)
                rest = rest or open_items
            case MapValue():
                found.append(under(more, branch))
            case Known(None):
                pass
            case _:
                rest = rest or derived(name_of(branch), branch).symbol
    return tuple(found), rest


def _later(version: Value | None, newer: Value | None) -> Value | None:
    """The later of two versions: a newer document only ever raises the version."""
    if version is None or newer is None:
        return newer if version is None else version
    if Known(_DEFAULT_VERSION) in (version, newer):
        return Known(_DEFAULT_VERSION, newer.location if newer == Known(_DEFAULT_VERSION) else version.location)
    return version if not isinstance(version, Known) or newer == version else newer


def _placed(statements: tuple[Value, ...], statement: Value) -> tuple[Value, ...]:
    """Statements with one more, which takes the place of the one that has its sid."""
    for when, branch in alternatives(statement):
        statements = _placed_branch(statements, branch, when)
    return statements


def _placed_branch(statements: tuple[Value, ...], statement: Value, when: When) -> tuple[Value, ...]:
    if is_null(statement):
        return statements
    sid = _sid(statement)
    if sid is None:
        return (*statements, under(when, statement))
    placed: list[Value] = []
    left = when  # where the statement has not found its place yet
    for at, existing in enumerate(statements):
        replaced = existing
        for condition, branch in alternatives(existing):
            same = _same_sid(_sid(branch), sid)
            both = left.also(condition)
            if same is False or both.contradictory:
                continue
            if isinstance(same, Symbol):
                both = both.and_(same)
            replaced = _chosen(both, statement, replaced)
            if next(itertools.islice(alternatives(replaced), _MOST_PLACES, None), None) is not None:
                raise _TooManyPlacesError
            if both == left:
                return (*placed, replaced, *statements[at + 1 :])
            if len(both.literals - left.literals) == 1:
                ((symbol, truth),) = both.literals - left.literals
                left = left.and_(symbol, not truth)
        placed.append(replaced)
    return (*placed, under(left, statement))


def _sid(statement: Value) -> Value | None:
    """The sid of a statement, None when it certainly has none."""
    if not isinstance(statement, MapValue):
        return None
    sid = statement.entries.get("Sid")
    return None if sid is None or _is_empty(sid) else sid


def _repeated_sid(statements: Sequence[Value]) -> str | None:
    """A sid that two statements certainly have.

    Source: hashicorp/terraform-provider-aws, issue 6675; data source aws_iam_policy_document, `source_policy_documents`: unique sids.
    """
    sids = [str(sid.value) for one in statements if isinstance(sid := _sid(one), Known)]
    return next((sid for sid in sids if sids.count(sid) > 1), None)


def _same_sid(one: Value | None, other: Value) -> bool | Symbol:
    """Whether two sids are equal, or the condition that they are."""
    if one is None:
        return False
    if one == other:
        return True
    if isinstance(one, Known) and isinstance(other, Known):
        return False
    because = derived(f"{name_of(one)} == {name_of(other)}", one, other)
    return because.symbol


def _perhaps_replaced(statement: Value, rest: Symbol, address: str) -> Value:
    """A statement that a document which is not known may replace, if it has a sid."""

    def perhaps(branch: Value) -> Value:
        sid = _sid(branch)
        if sid is None:
            return branch
        condition = replace(rest, name=f"{address} keeps its statement {name_of(sid)}")
        return choose(condition, branch, ABSENT)

    return in_branches(statement, perhaps)


# The document's own statements


def _written(body: EvaluatedBody) -> _Document:
    blocks = body.blocks("statement")
    default = Known(_DEFAULT_VERSION, body.location)
    version = in_branches(body.attribute("version"), lambda branch: default if is_null(branch) else branch)
    identifier = body.attribute("policy_id")
    return _Document(
        version,
        None if _is_empty(identifier) else identifier,
        tuple(under(when, _statement(block)) for when, block in blocks.items),
        blocks.rest,
    )


_Element = tuple[str, Value, Location | None]
"""An element of a statement: its name, its value, and where it is written."""


def _statement(body: EvaluatedBody) -> MapValue:
    # Instances of a module differ in the resources of a statement, and seldom in what is beside them.
    elements = [*made_of(body, _before_resources), *made_of(body, _resources), *made_of(body, _condition)]
    entries = {name: value for name, value, _ in elements}
    return MapValue(entries, body.location, None, {name: place for name, _, place in elements if place is not None})


def _before_resources(body: EvaluatedBody) -> Iterator[_Element]:
    sid = body.attribute("sid")
    if not _is_empty(sid):
        yield "Sid", in_branches(sid, lambda branch: NULL if _is_empty(branch) else branch), body.written("sid")
    effect = in_branches(body.attribute("effect"), lambda branch: Known("Allow", body.location) if is_null(branch) else branch)
    yield "Effect", effect, body.written("effect")
    for block, key in (("principals", "Principal"), ("not_principals", "NotPrincipal")):
        blocks = body.blocks(block)
        if blocks.items or blocks.rest:
            yield key, _principals(blocks), _first(blocks)
    for argument, key in (("actions", "Action"), ("not_actions", "NotAction")):
        yield from _list(body, argument, key, has_variables=False)


def _resources(body: EvaluatedBody) -> Iterator[_Element]:
    for argument, key in (("resources", "Resource"), ("not_resources", "NotResource")):
        yield from _list(body, argument, key, has_variables=True)


def _condition(body: EvaluatedBody) -> Iterator[_Element]:
    blocks = body.blocks("condition")
    if blocks.items or blocks.rest:
        yield "Condition", _conditions(blocks), _first(blocks)


def _list(body: EvaluatedBody, argument: str, key: str, *, has_variables: bool) -> Iterator[_Element]:
    value = _texts(body.attribute(argument), has_variables)
    if not is_null(value):
        yield key, value, body.written(argument)


@dataclass(frozen=True, slots=True)
class _Named:
    """A block whose meaning depends on one text: a type of principal, or a condition's test."""

    body: EvaluatedBody
    name: Value


def _principals(blocks: EvaluatedBlocks) -> Value:
    return _by_conditions(_named(blocks, "type"), lambda found: _principals_of(found, blocks.rest))


def _principals_of(found: Sequence[_Named], rest: Symbol | None) -> Value:
    if not found and rest is None:
        return NULL
    if len(found) == 1 and rest is None and found[0].name == Known("*"):
        identifiers = _texts(found[0].body.attribute("identifiers"), has_variables=True)
        if isinstance(identifiers, ListValue) and identifiers.items == (Known("*"),) and identifiers.rest is None:
            return replace(identifiers.items[0], location=identifiers.items[0].location or identifiers.location)
    gathered = _Gathered()
    for one in found:
        gathered.add(one.name, one.body, "identifiers")
    return gathered.map(rest)


def _conditions(blocks: EvaluatedBlocks) -> Value:
    return _by_conditions(_named(blocks, "test"), lambda found: _conditions_of(found, blocks.rest))


def _conditions_of(found: Sequence[_Named], rest: Symbol | None) -> Value:
    if not found and rest is None:
        return NULL
    tests: dict[str, _Gathered] = {}
    places: dict[str, Location] = {}
    for one in found:
        if not isinstance(one.name, Known):
            rest = rest or derived(name_of(one.name), one.name).symbol
            continue
        test = str(one.name.value)
        places.setdefault(test, one.body.location)
        gathered = tests.setdefault(test, _Gathered())
        for when, variable in alternatives(one.body.attribute("variable")):
            if when == ALWAYS:
                gathered.add(variable, one.body, "values")
            else:
                gathered.rest = (
                    gathered.rest or derived(name_of(one.body.attribute("variable")), one.body.attribute("variable")).symbol
                )
    entries = {test: gathered.map(None) for test, gathered in tests.items()}
    return MapValue(entries, next(iter(places.values()), None), rest, places)


@dataclass(slots=True)
class _Gathered:
    """Lists of texts by name, where blocks of one name are joined."""

    lists: dict[str, Value] = field(default_factory=dict)
    places: dict[str, Location] = field(default_factory=dict)
    rest: Symbol | None = None

    def add(self, name: Value, body: EvaluatedBody, argument: str) -> None:
        """Adds the list of one block under its name."""
        if not isinstance(name, Known) or is_null(name):
            self.rest = self.rest or derived(name_of(name), name).symbol
            return
        key = str(name.value)
        self.places.setdefault(key, body.location)
        place = body.written(argument) or body.location
        added = in_branches(_texts(body.attribute(argument), has_variables=True), lambda branch: _listed(branch, place))
        self.lists[key] = _joined(self.lists[key], added) if key in self.lists else added

    def map(self, rest: Symbol | None) -> MapValue:
        """The lists as a map; `rest` stands for further entries."""
        return MapValue(dict(self.lists), next(iter(self.places.values()), None), rest or self.rest, dict(self.places))


def _listed(branch: Value, place: Location) -> Value:
    """A list of texts; one text alone is a list of it."""
    if is_null(branch):
        return ListValue((), place)
    return branch if isinstance(branch, ListValue | Unknown) else ListValue((branch,), place)


def _joined(one: Value, other: Value) -> Value:
    """Two lists as one, in each branch of both; unknown where there are too many."""

    def both(lists: tuple[Value, ...]) -> Value:
        first, second = map(_as_list, lists)
        return ListValue((*first.items, *second.items), first.location, first.rest or second.rest)

    found = distribute((one, other), both)
    return derived(f"{name_of(one)} and {name_of(other)}", one, other) if found is None else found


def _as_list(value: Value) -> ListValue:
    return (
        value
        if isinstance(value, ListValue)
        else ListValue((), value.location, value.symbol if isinstance(value, Unknown) else None)
    )


def _texts(value: Value, has_variables: bool) -> Value:
    """A list of texts as the provider renders it; null when it is certainly empty.

    Args:
        value: the argument.
        has_variables: whether `&{` stands for `${` in it, so that Terraform leaves it alone.
    """

    def text(item: Value) -> Value:
        return in_branches(resolve(to_string(item)), lambda branch: _with_variables(branch) if has_variables else branch)

    def listed(branch: Value) -> Value:
        if not isinstance(branch, ListValue):
            return NULL if is_null(branch) else branch
        if not branch.items and branch.rest is None:
            return NULL
        return replace(branch, items=tuple(text(item) for item in branch.items))

    return in_branches(value, listed)


def _with_variables(value: Value) -> Value:
    if isinstance(value, Known) and isinstance(value.value, str) and "&{" in value.value:
        return replace(value, value=value.value.replace("&{", "${"))
    if isinstance(value, Template):
        parts = tuple(part.replace("&{", "${") if isinstance(part, str) else part for part in value.parts)
        return replace(value, parts=parts)
    return value


# Helpers


def under(when: When, value: Value, otherwise: Value = ABSENT) -> Value:
    """A value where some conditions hold, and another one, by default nothing, where they do not."""
    return _chosen(when, value, otherwise)


def _chosen(when: When, value: Value, otherwise: Value) -> Value:
    for symbol, truth in sorted(when.literals, key=lambda literal: literal[0].name):
        value = choose(symbol, value, otherwise) if truth else choose(symbol, otherwise, value)
    return value


def _named(blocks: EvaluatedBlocks, argument: str) -> tuple[tuple[When, _Named], ...]:
    """Blocks with the text that their meaning depends on, once for each value that it can have."""
    return tuple(
        (more, _Named(body, resolve(to_string(name))))
        for when, body in blocks.items
        for more, name in alternatives(body.attribute(argument), when)
    )


def _by_conditions(found: Sequence[tuple[When, T]], build: Callable[[Sequence[T]], Value]) -> Value:
    """What is built of the blocks that are there, by the conditions under which they are."""
    there = tuple(under(when, Known(at)) for at, (when, _) in enumerate(found))
    answer = distribute(there, lambda taken: build([one for (_, one), at in zip(found, taken, strict=True) if not is_null(at)]))
    if answer is None:
        symbols = sorted({symbol.name for when, _ in found for symbol, _ in when.literals})
        return derived(" and ".join(symbols), reason="it depends on too many conditions at once")
    return answer


def _is_empty(value: Value) -> bool:
    return is_null(value) or value == Known("")


def _first(blocks: EvaluatedBlocks) -> Location | None:
    return blocks.items[0][1].location if blocks.items else None


def _places(keys: Mapping[str, Location | None]) -> dict[str, Location]:
    return {key: place for key, place in keys.items() if place is not None}
