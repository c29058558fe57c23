"""The settings of a bucket as plain facts: its CORS rules as a browser notices them, encryption, ownership, Block Public Access.

Two settings are the same when they are the same in every case of the conditions of the code, what is unresolved under the same name.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import field, replace

from auditor.cors import CorsConfiguration, CorsRule, Rest, parse_cors
from auditor.foundation.location import Location
from auditor.foundation.value import ALWAYS, NULL, Choice, JsonText, ListValue, MapValue, Symbol, Value, When, children
from auditor.lazy.classes import dataclass
from auditor.link.renaming import conditions_with_symbols, with_symbols
from auditor.model import Bucket, Kind

_COMPARED = tuple(kind for kind in Kind if kind not in (Kind.POLICY, Kind.KEY_POLICY, Kind.CORS))

_MOST_CONDITIONS = 6


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a bucket.

    Attributes:
        kind: what it configures.
        values: each with the conditions under which it is there; none where it is not configured.
        location: where it is written, None where it is not.
    """

    kind: Kind
    values: tuple[tuple[When, Value], ...] = ()
    location: Location | None = field(default=None, compare=False)


def settings_of(bucket: Bucket) -> dict[Kind, Setting]:
    """The settings of a bucket beside its policy and CORS rules."""
    return {kind: setting_of(bucket, kind) for kind in _COMPARED}


def setting_of(bucket: Bucket, kind: Kind) -> Setting:
    """What a bucket has of a kind."""
    linked = bucket.slot(kind).linked
    place = linked[0].attachment.content_location or linked[0].attachment.location if linked else None
    return Setting(kind, tuple((one.when, one.attachment.content) for one in linked), place)


def called(setting: Setting, present: Callable[[str], str]) -> Setting:
    """A setting of the old side with everything unresolved as it is called at present."""

    def symbol(one: Symbol) -> Symbol:
        return replace(one, name=present(one.name))

    values = ((conditions_with_symbols(when, symbol), with_symbols(value, symbol)) for when, value in setting.values)
    return replace(setting, values=tuple(values))


def is_same(one: Setting, other: Setting) -> bool:
    """Whether two settings are the same in every case of the conditions of the code, however these are written."""
    if one.values == other.values:
        return True
    asked = [found for when, value in (*one.values, *other.values) for found in (when, *_conditions(value))]
    symbols = sorted({symbol for when in asked for symbol in when.symbols()}, key=lambda symbol: symbol.name)
    if len(symbols) > _MOST_CONDITIONS:
        return False
    for truths in itertools.product((True, False), repeat=len(symbols)):
        case = When(frozenset(zip(symbols, truths, strict=True)))
        if not case.contradictory and _there(one, case) != _there(other, case):
            return False
    return True


def _there(setting: Setting, case: When) -> list[Value]:
    """What is configured in one case of the conditions of the code."""
    return [_taken(value, case) for when, value in setting.values if when.literals <= case.literals]


def _conditions(value: Value) -> Iterator[When]:
    """The conditions that branches anywhere in a value depend on."""
    if isinstance(value, Choice):
        yield ALWAYS.and_(value.condition)
    for child in children(value):
        yield from _conditions(child)


def _taken(value: Value, case: When) -> Value:
    """A value with the branches that are taken in a case."""
    match value:
        case Choice(condition, then, otherwise):
            return _taken(then if ALWAYS.and_(condition).literals <= case.literals else otherwise, case)
        case ListValue(items):
            return replace(value, items=tuple(_taken(item, case) for item in items))
        case MapValue(entries):
            return replace(value, entries={key: _taken(entry, case) for key, entry in entries.items()})
        case JsonText(content):
            return replace(value, content=_taken(content, case))
        case _:
            return value


@dataclass(frozen=True, slots=True)
class CorsAnswer:
    """What the first rule that matches an origin and a method lets a page do: send some headers, read some others."""

    headers: frozenset[str]
    exposed: frozenset[str]


def cors_answers(bucket: Bucket) -> dict[tuple[str, str], CorsAnswer] | None:
    """What pages may do, by origin (as a rule names it) and method; None where the code leaves that unresolved."""
    slot = bucket.slot(Kind.CORS)
    if slot.more or len(slot.linked) > 1 or any(linked.when.literals for linked in slot.linked):
        return None
    content: Value = slot.linked[0].attachment.content if slot.linked else NULL
    place = slot.linked[0].attachment.location if slot.linked else bucket.declaration.location
    return _answers(parse_cors(content, place)) if slot.linked else {}


def _answers(configuration: CorsConfiguration) -> dict[tuple[str, str], CorsAnswer] | None:
    found: dict[tuple[str, str], CorsAnswer] = {}
    for rule in configuration.rules:
        if isinstance(rule, Rest) or not _is_resolved(rule):
            return None
        for origin, method in itertools.product(rule.origins.texts, rule.methods.texts):
            headers, exposed = (frozenset(text.lower() for text in field.texts) for field in (rule.headers, rule.exposed))
            found.setdefault((origin, method), CorsAnswer(headers, exposed))
    return found


def _is_resolved(rule: CorsRule) -> bool:
    fields = (rule.origins, rule.methods, rule.headers, rule.exposed)
    return not rule.when.literals and all(field.resolved for field in fields)


@dataclass(frozen=True, slots=True)
class CorsChange:
    """What a page at an origin gains or loses with a method: everything, headers that it may send, or headers that it may read."""

    origin: str
    method: str
    gained: bool
    headers: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()


def cors_changes(old: dict[tuple[str, str], CorsAnswer], new: dict[tuple[str, str], CorsAnswer]) -> Iterator[CorsChange]:
    """What changed, gains first; what a wildcard of the other side covers is not a change."""
    for gained, before, after in ((True, old, new), (False, new, old)):
        for (origin, method), answer in after.items():
            others = [one for (pattern, verb), one in before.items() if verb == method and _covers(pattern, origin)]
            if not others:
                yield CorsChange(origin, method, gained)
                continue
            headers, exposed = (
                _beyond(mine, theirs) for mine, theirs in ((answer.headers, others[0].headers), (answer.exposed, others[0].exposed))
            )
            if headers or exposed:
                yield CorsChange(origin, method, gained, headers, exposed)


def _beyond(mine: frozenset[str], theirs: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(one for one in mine if not any(_covers(pattern, one) for pattern in theirs)))


def _covers(pattern: str, text: str) -> bool:
    """Whether a pattern with at most one `*` matches all that another one does."""
    before, star, after = pattern.partition("*")
    if not star:
        return pattern == text
    return len(text) >= len(before) + len(after) and text.startswith(before) and text.endswith(after)
