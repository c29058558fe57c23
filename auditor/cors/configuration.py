"""A CORS configuration, parsed once: with what the code leaves unresolved kept as guards, holes and rests.

Source: Amazon S3 API Reference, PutBucketCors and CORSRule: the methods, required fields and limits.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence

from auditor.aws.cors_fields import API, CorsFields
from auditor.cors.origin import as_browsers_send, origin_fault
from auditor.cors.pattern import shape_of
from auditor.foundation.location import Location
from auditor.foundation.value import (
    ALWAYS,
    JsonText,
    Known,
    ListValue,
    MapValue,
    Symbol,
    Text,
    Unknown,
    Value,
    When,
    alternatives,
    is_text,
    scalar_text,
    text_parts,
    whole,
)
from auditor.lazy.answers import made_once
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex

# Source: Amazon S3 API Reference, CORSRule.
METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD")
MAX_RULES = 100
MAX_ID = 255
MAX_BYTES = 64 * 1024
# What the type of MaxAgeSeconds, Integer, takes; whether S3 takes a negative number, the reference does not say.
_INTEGER = regex(r"[+-]?\d+")
_MAX_SECONDS = 2**31 - 1


@dataclass(frozen=True, slots=True)
class CorsItem:
    """One entry of a list of a rule: its text, when it is there, and where it is written."""

    text: Text
    when: When
    location: Location

    @property
    def written(self) -> str:
        """The text as it is written, a hole as its name in angle brackets."""
        return "".join(part if isinstance(part, str) else f"<{part.name}>" for part in text_parts(self.text))


@dataclass(frozen=True, slots=True)
class Rest:
    """Zero or more entries (or rules) that the code leaves unresolved."""

    symbol: Symbol
    when: When
    location: Location


@dataclass(frozen=True, slots=True)
class Field:
    """A list of a rule.

    Attributes:
        items: the entries that are known to be there, in order.
        rests: what may be there besides.
        location: where it is written; that of the rule when it is not.
        written: whether it is written at all.
        name: what the language calls it.
    """

    items: tuple[CorsItem, ...]
    rests: tuple[Rest, ...]
    location: Location
    written: bool
    name: str

    @property
    def texts(self) -> tuple[str, ...]:
        """The entries as they are written."""
        return tuple(item.written for item in self.items)

    @property
    def resolved(self) -> bool:
        """Whether the code resolves every entry."""
        return not self.rests and all(item.when == ALWAYS and isinstance(item.text, Known) for item in self.items)


@dataclass(frozen=True, slots=True)
class CorsRule:
    """One CORS rule.

    Attributes:
        number: its place in the configuration, counted from 1.
        location: the rule as a whole.
        when: the unresolved conditions under which it is there.
        origins: AllowedOrigins.
        methods: AllowedMethods.
        headers: AllowedHeaders.
        exposed: ExposeHeaders.
    """

    number: int
    location: Location
    when: When
    origins: Field
    methods: Field
    headers: Field
    exposed: Field


class CorsFlaw(enum.Enum):
    """What can be wrong with a configuration, whatever is asked of it."""

    REJECTED = "S3 rejects it"
    USELESS = "no browser can send it"


@dataclass(frozen=True, slots=True)
class Defect:
    """Something wrong in a configuration.

    Attributes:
        flaw: how it is wrong.
        reason: a clause: "rule 1 lists the method 'PATCH', which S3 does not know".
        location: where.
        when: the conditions under which it is there.
        subject: the text it is about.
        hint: what to do about it, as an imperative sentence; may be empty.
        instead: the text to write in the place of the one there; empty when that is not certain.
        removable: whether it is an entry of a list that has valid ones besides, so that it can just go.
    """

    flaw: CorsFlaw
    reason: str
    location: Location
    when: When = ALWAYS
    subject: str = ""
    hint: str = ""
    instead: str = ""
    removable: bool = False


@dataclass(frozen=True, slots=True)
class CorsConfiguration:
    """The CORS configuration of a bucket.

    Attributes:
        rules: in order; a `Rest` stands for unknown rules. Where rules may come anywhere, a `Rest` stands first: a rule that comes
            before all others can do whatever one further down can do.
        absent: conditions under which there is no configuration at all.
        problems: what is wrong with it, whatever is asked.
        location: the content as a whole.
        ordered: whether S3 gets the rules in this order; a set of rules comes in any.
    """

    rules: tuple[CorsRule | Rest, ...]
    absent: tuple[When, ...]
    problems: tuple[Defect, ...]
    location: Location
    ordered: bool = True

    @property
    def known_rules(self) -> tuple[CorsRule, ...]:
        """The rules that are written, in order."""
        return tuple(rule for rule in self.rules if isinstance(rule, CorsRule))


# What proofs look at, and after them the selection.
_KEPT = 1024


@made_once(_KEPT)
def parse_cors(content: Value, location: Location, fields: CorsFields = API) -> CorsConfiguration:
    """The configuration in a value of the shape that `auditor.model` documents; total.

    Args:
        content: a ListValue of MapValue in the form of the S3 API (or an object with `CORSRules`). CloudFormation calls three of
            the fields otherwise (ExposedHeaders, Id, MaxAge); its source has to write them as the API does.
        location: where the content is written, for what has no place of its own.
        fields: what the language of the content calls them, for what is said of them.
    """
    found = _Found([], [], [], fields)
    for when, branch in alternatives(content):
        _parse_branch(branch, when, location, found)
    place = _place(content, location)
    return CorsConfiguration(tuple(found.rules), tuple(found.absent), tuple(found.problems), place, ordered=not found.unordered)


@dataclass(slots=True)
class _Found:
    """What parsing gathers; the attributes are those of `CorsConfiguration`, and what the language calls the fields of a rule."""

    rules: list[CorsRule | Rest]
    absent: list[When]
    problems: list[Defect]
    fields: CorsFields
    unordered: bool = False


def _parse_branch(branch: Value, when: When, location: Location, found: _Found) -> None:
    place = _place(branch, location)
    match branch:
        case Known(None):
            found.absent.append(when)
        case Unknown(symbol):
            found.rules.append(Rest(symbol, when, place))
        case JsonText(inner):
            for within, part in alternatives(inner, when):
                _parse_branch(part, within, place, found)
        case MapValue(entries) if "CORSRules" in entries:
            for within, part in alternatives(entries["CORSRules"], when):
                _parse_branch(part, within, place, found)
        case ListValue():
            _parse_list(branch, when, place, found)
        case _:
            found.rules.append(Rest(Symbol("the CORS rules", "they are not a list of rules"), when, place))


def _parse_list(value: ListValue, when: When, place: Location, found: _Found) -> None:
    if value.rest:
        found.rules.append(Rest(value.rest, when, place))
    rules = _parse_rules(value.items, when, place, found)
    found.rules.extend(rules)
    found.unordered |= value.is_set or bool(value.order)
    certain = [rule for rule in rules if isinstance(rule, CorsRule) and rule.when == when]
    size = sum(len(item.written) for rule in rules if isinstance(rule, CorsRule) for item in _items(rule) if item.when == when)
    if value.items and not rules and not value.rest:
        # What is left of a list whose rules are all left out is not a configuration.
        found.absent.append(when)
    if not value.items and not value.rest:
        found.problems.append(Defect(CorsFlaw.REJECTED, "it has no rules", place, when, "rules", "Write at least one rule."))
    if len(certain) > MAX_RULES:
        reason = f"it has {len(certain)} rules, and at most {MAX_RULES} are allowed"
        found.problems.append(Defect(CorsFlaw.REJECTED, reason, place, when, "rules", "Merge or remove rules."))
    if size > MAX_BYTES:
        found.problems.append(Defect(CorsFlaw.REJECTED, "it is larger than 64 KB", place, when, "rules", "Merge or remove rules."))


def _items(rule: CorsRule) -> Iterator[CorsItem]:
    for field in (rule.origins, rule.methods, rule.headers, rule.exposed):
        yield from field.items


def _parse_rules(items: Sequence[Value], when: When, location: Location, found: _Found) -> list[CorsRule | Rest]:
    rules: list[CorsRule | Rest] = []
    for number, item in enumerate(items, 1):
        for within, value in alternatives(item, when):
            place = _place(value, location)
            match value:
                case Known(None):
                    continue
                case MapValue():
                    rules.append(_parse_rule(value, number, within, place, found))
                    found.absent.extend(_doubted(value, number, within, place, found.fields))
                case Unknown(symbol):
                    rules.append(Rest(symbol, within, place))
                case _:
                    rules.append(Rest(Symbol(f"CORS rule {number}", "it is not a rule"), within, place))
    return rules


def _parse_rule(value: MapValue, number: int, when: When, location: Location, found: _Found) -> CorsRule:
    origins, methods, headers, exposed = (
        _parse_field(value, name, found.fields[name], number, when, location)
        for name in ("AllowedOrigins", "AllowedMethods", "AllowedHeaders", "ExposeHeaders")
    )
    rule = CorsRule(number, location, when, origins, methods, headers, exposed)
    found.problems.extend(_defects(rule))
    for key, entry in value.entries.items():
        if key not in API:
            place = value.key_locations.get(key) or _place(entry, location)
            nearest = _NEAR_FIELDS.get(key.lower())
            hint = f"Write '{found.fields[nearest]}'." if nearest else f"Remove '{key}'."
            reason = f"rule {number} has '{key}', which is not a field of a CORS rule"
            found.problems.append(Defect(CorsFlaw.REJECTED, reason, place, when, key, hint))
    found.problems.extend(_scalar_defects(value, number, when, location, found.fields))
    return rule


def _scalar_defects(value: MapValue, number: int, when: When, location: Location, fields: CorsFields) -> Iterator[Defect]:
    """What S3 rejects in the ID and MaxAgeSeconds of a rule."""
    for within, identifier in alternatives(value.entries.get("ID", Known(None)), when):
        length = len(scalar_text(identifier.value)) if isinstance(identifier, Known) else 0
        if length > MAX_ID:
            reason = f"the {fields['ID']} of rule {number} has {length} characters, and at most {MAX_ID} are allowed"
            place = _place(identifier, location)
            yield Defect(CorsFlaw.REJECTED, reason, place, within, f"ID {number}", f"Shorten the {fields['ID']}.")
    for within, seconds in alternatives(value.entries.get("MaxAgeSeconds", Known(None)), when):
        if isinstance(seconds, Known) and seconds.value is not None and not _INTEGER.fullmatch(scalar_text(seconds.value)):
            reason = (
                f"the {fields['MaxAgeSeconds']} of rule {number} is '{scalar_text(seconds.value)}', which is not a whole number"
            )
            place, hint = _place(seconds, location), "Write a number of seconds."
            yield Defect(CorsFlaw.REJECTED, reason, place, within, f"MaxAgeSeconds {number}", hint)


def _doubted(value: MapValue, number: int, when: When, location: Location, fields: CorsFields) -> Iterator[When]:
    """The conditions under which there is no configuration, since S3 did not take a number that the reference does not speak of."""
    for within, seconds in alternatives(value.entries.get("MaxAgeSeconds", Known(None)), when):
        text = scalar_text(seconds.value) if isinstance(seconds, Known) and seconds.value is not None else ""
        if _INTEGER.fullmatch(text) and not 0 <= whole(text) <= _MAX_SECONDS:
            reason = f"AWS does not document whether S3 takes {text} seconds"
            place = _place(seconds, location)
            symbol = Symbol(
                f"{fields['MaxAgeSeconds']} of rule {number}", reason, "write a number of seconds that is not negative", place
            )
            yield within.and_(symbol)


# What people write for a field of a rule: the names of Google Cloud Storage, of CloudFormation, and the singular of the XML form.
_NEAR_FIELDS = {
    **{name.lower(): name for name in API},
    "exposedheaders": "ExposeHeaders",
    "exposeheader": "ExposeHeaders",
    "allowedorigin": "AllowedOrigins",
    "allowedmethod": "AllowedMethods",
    "allowedheader": "AllowedHeaders",
    "maxage": "MaxAgeSeconds",
    "origin": "AllowedOrigins",
    "origins": "AllowedOrigins",
    "method": "AllowedMethods",
    "methods": "AllowedMethods",
    "responseheader": "ExposeHeaders",
}


def _parse_field(rule: MapValue, field: str, name: str, number: int, when: When, location: Location) -> Field:
    items: list[CorsItem] = []
    rests: list[Rest] = []
    value = rule.entries.get(field)
    if value is None:
        if rule.rest:
            rests.append(Rest(rule.rest, when, location))
        return Field((), tuple(rests), location, written=False, name=name)
    place = _place(value, rule.key_locations.get(field) or location)
    written = False
    for within, branch in alternatives(value, when):
        match branch:
            case Known(None):
                continue
            case ListValue(entries, _, rest):
                here = _place(branch, place)
                for entry in entries:
                    for each, text in alternatives(entry, within):
                        if is_text(text):
                            if not (isinstance(text, Known) and text.value is None):
                                items.append(CorsItem(text, each, _place(text, here)))
                        else:
                            rests.append(
                                Rest(Symbol(f"{name} of rule {number}", "one of its entries is not text"), each, _place(text, here))
                            )
                if rest:
                    rests.append(Rest(rest, within, here))
            case Unknown(symbol):
                rests.append(Rest(symbol, within, _place(branch, place)))
            case _:
                rests.append(Rest(Symbol(f"{name} of rule {number}", "it is not a list"), within, _place(branch, place)))
        written = True
    return Field(tuple(items), tuple(rests), place, written, name)


def _place(value: Value, otherwise: Location) -> Location:
    return value.location or otherwise


def _instead_of_method(written: str, upper: str) -> str:
    """What to do about a method that S3 does not know."""
    several = upper.replace(",", " ").split()
    if len(several) > 1 and set(several) <= set(METHODS):
        quoted = [f"'{part}'" for part in several]
        return f"Write {listing(quoted)} as entries of their own."
    return f"Write '{upper}'." if upper in METHODS else f"Remove '{written}'."


def _defects(rule: CorsRule) -> Iterator[Defect]:
    """What S3 rejects in one rule, and what no browser can send."""
    number = rule.number
    for field, example in ((rule.origins, "an origin"), (rule.methods, "a method")):
        if not field.items and not field.rests:
            reason = f"rule {number} has {'an empty' if field.written else 'no'} {field.name}"
            yield Defect(
                CorsFlaw.REJECTED,
                reason,
                field.location,
                rule.when,
                f"{field.name} {number}",
                f"Give it {field.name} with at least {example}.",
            )
    some = any(item.written in METHODS and item.when == rule.when for item in rule.methods.items)
    for item in rule.methods.items:
        if not any(_may_equal(item.text, method) for method in METHODS):
            reason = f"rule {number} lists the method '{item.written}', and S3 knows only {listing(METHODS)}"
            upper = item.written.upper()
            hint = _instead_of_method(item.written, upper)
            instead, removable = upper if upper in METHODS else "", some and hint.startswith("Remove ")
            yield Defect(CorsFlaw.REJECTED, reason, item.location, item.when, item.written, hint, instead, removable)
    for field in (rule.origins, rule.headers):
        for item in field.items:
            if _stars(item.text) > 1:
                reason = f"{field.name} of rule {number} has '{item.written}' with more than one '*'"
                yield Defect(
                    CorsFlaw.REJECTED, reason, item.location, item.when, item.written, "Keep at most one '*' in each entry."
                )
    for item in rule.exposed.items:
        if _stars(item.text):
            reason = f"{rule.exposed.name} of rule {number} has '{item.written}', and S3 takes no wildcard there"
            yield Defect(CorsFlaw.REJECTED, reason, item.location, item.when, item.written, "List the response headers one by one.")
    for item in rule.origins.items:
        if isinstance(item.text, Known) and _stars(item.text) <= 1:
            fault = origin_fault(item.written)
            if fault:
                hint = as_browsers_send(item.written)
                reason = f"{rule.origins.name} of rule {number} has '{item.written}' {fault}"
                said = f"Write '{hint}'." if hint else "Remove it."
                yield Defect(CorsFlaw.USELESS, reason, item.location, item.when, item.written, said, hint or "")


def listing(names: Sequence[str]) -> str:
    """Names as a clause lists them."""
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def _stars(text: Text) -> int:
    return sum(part.count("*") for part in text_parts(text) if isinstance(part, str))


def _may_equal(text: Text, literal: str) -> bool:
    return bool(shape_of(text_parts(text), wild=False).fullmatch(literal))
