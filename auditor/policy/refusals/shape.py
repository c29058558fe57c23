"""What is wrong with the shape of a document, whatever it is for: its elements, their types, its size.

Source: IAM User Guide, "Grammar of the IAM JSON policy language" (the elements, which exclude each other, the values of Effect and Version).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

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
    Unknown,
    Value,
    When,
    alternatives,
    is_null,
    scalar_text,
)
from auditor.lazy.expressions import regex
from auditor.policy.refusals.reading import DocumentCase, WrittenStatement, first_symbol, is_written_null
from auditor.policy.refusals.refusal import Fault, Flaw

_DOCUMENT = ("Version", "Id", "Statement")
_STATEMENT = ("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition")
VERSIONS = ("2008-10-17", "2012-10-17")
_SID = regex(r"[0-9A-Za-z]*")
# Source: AWS KMS API Reference, CreateKey, Policy: "printable ASCII", tab, line feed, carriage return, and Latin-1.
_BEYOND_LATIN = regex(r"[^\t\n\r\u0020-\u00ff]")
# How many combinations of conditions are looked at.
_MANY = 64
_OF_ACCOUNT = 12  # Source: AWS Account Management Reference Guide, "View AWS account identifiers".
_json = json.JSONEncoder(ensure_ascii=False).encode
_ONE_AS_TEXT = ("AWS", "Service", "Federated", "CanonicalUser", "Action", "NotAction", "Resource", "NotResource")


def version(document: DocumentCase) -> Iterator[Fault]:
    """A Version that there is not, and one from before 2012, or none."""
    entry = document.value.entries.get("Version", Known(None))
    place = entry.location or document.value.key_locations.get("Version", document.location)
    fix = 'Write "Version": "2012-10-17".'
    for when, branch in alternatives(entry, document.when):
        if is_written_null(branch) and "Version" in document.value.entries:
            yield Fault(Flaw.NULL, "the policy has a Version that is null", place, fix, when=when)
        if is_null(branch):
            depends = (document.value.rest,) if document.value.rest is not None else ()
            yield Fault(Flaw.OLD_VERSION, "the policy has no Version", place, fix, when=when, depends=depends)
        elif isinstance(branch, Known):
            text = scalar_text(branch.value)
            if text not in VERSIONS or not isinstance(branch.value, str):
                yield Fault(Flaw.VERSION, f"the policy has the Version '{text}', which does not exist", place, fix, text, when=when)
            elif text == VERSIONS[0]:
                yield Fault(Flaw.OLD_VERSION, f"the policy has the Version {text}", place, fix, text, when=when)
        elif isinstance(branch, Template | Unknown):
            yield Fault(
                Flaw.VERSION, "the policy has a Version that does not exist", place, fix, when=when, depends=first_symbol(branch)
            )
        else:
            yield Fault(Flaw.TYPE, "the Version of the policy is not text", place, fix, when=when)


def elements(document: DocumentCase) -> Iterator[Fault]:
    """Elements that no policy has, and a Statement that is missing or empty."""
    value = document.value
    for key, entry in value.entries.items():
        if key not in _DOCUMENT:
            fix = f"Move '{key}' into a statement." if key in _STATEMENT else f"Remove '{key}'."
            meant = next((name for name in _DOCUMENT if name.lower() == key.lower()), None)
            yield Fault(
                Flaw.DOCUMENT_ELEMENT,
                f"the policy has '{key}', which is not an element of a policy",
                value.key_locations.get(key, entry.location or document.location),
                f"Write '{meant}' instead of '{key}'." if meant else fix,
                key,
                when=document.when,
            )
    if "Statement" not in value.entries:
        depends = (value.rest,) if value.rest is not None else ()
        yield Fault(
            Flaw.NO_STATEMENT, "the policy has no Statement", document.location, "Write 'Statement', a list.", when=document.when, depends=depends
        )  # fmt: skip
        return
    for when, branch in alternatives(value.entries["Statement"], document.when):
        place = branch.location or document.location
        if is_null(branch):
            yield Fault(Flaw.NO_STATEMENT, "the policy has no Statement", place, "Write 'Statement', a list.", when=when)
        elif isinstance(branch, ListValue) and branch.rest is None:
            for empty in _without_items(branch.items, when):
                clause = "the list of statements is empty" if empty == document.when else "the list of statements can be empty"
                yield Fault(Flaw.EMPTY_STATEMENT, clause, place, "Write a statement, or no policy.", when=empty)


def _without_items(items: Iterable[Value], when: When) -> list[When]:
    """The conditions under which no item of a list is there; none where those are too many to look at."""
    found = [when]
    for item in items:
        found = [within for each in found for within, branch in alternatives(item, each) if is_null(branch)]
        if len(found) > _MANY:
            return []
    return found


def statement_elements(statement: WrittenStatement) -> Iterator[Fault]:
    """Elements that no statement has, and two of which one excludes the other."""
    for key, entry in statement.value.entries.items():
        if key not in _STATEMENT and not is_null(entry):
            meant = next((name for name in _STATEMENT if key.lower() in (name.lower(), f"{name.lower()}s")), None)
            fix = f"Write '{meant}' instead of '{key}'." if meant else f"Remove '{key}' from statement {statement.title}."
            place = statement.value.key_locations.get(key, statement.place(key))
            yield statement.fault(
                Flaw.STATEMENT_ELEMENT, key, f"has '{key}', which is not an element of a statement", fix, place, key
            )
    for name in ("Principal", "Action", "Resource"):
        for one, _ in statement.branches(name):
            for other, _ in statement.branches(f"Not{name}"):
                yield statement.fault(
                    Flaw.BOTH_FORMS,
                    name,
                    f"has both {name} and Not{name}",
                    f"Keep one of {name} and Not{name} in statement {statement.title}.",
                    when=one.also(other),
                )


def unresolved(document: DocumentCase) -> Iterator[Fault]:
    """Entries of objects that the code leaves unresolved: what they are called, and so whether any of them may be there."""
    for symbol in dict.fromkeys(_open_objects(document.value)):
        clause, fix = "the policy has entries that are not resolved", "Write them out."
        yield Fault(
            Flaw.STATEMENT_ELEMENT, clause, symbol.location or document.location, fix, when=document.when, depends=(symbol,)
        )


def _open_objects(value: Value) -> Iterator[Symbol]:
    match value:
        case MapValue(entries, _, rest):
            if rest is not None:
                yield rest
            for entry in entries.values():
                yield from _open_objects(entry)
        case ListValue(items):
            for item in items:
                yield from _open_objects(item)
        case Choice(_, then, otherwise):
            yield from _open_objects(then)
            yield from _open_objects(otherwise)


def effect(statement: WrittenStatement) -> Iterator[Fault]:
    """An Effect that is missing, or neither Allow nor Deny."""
    depends = (statement.value.rest,) if statement.value.rest is not None else ()
    fix = f"Write Allow or Deny as the Effect of statement {statement.title}."
    for when in statement.absent("Effect"):
        yield statement.fault(Flaw.NO_EFFECT, "Effect", "has no Effect", fix, when=when, depends=depends)
    for when, branch in statement.branches("Effect"):
        if isinstance(branch, Template | Unknown):
            yield statement.fault(
                Flaw.EFFECT, "Effect", "has an Effect that is neither Allow nor Deny", fix, when=when, depends=first_symbol(branch)
            )
        elif not isinstance(branch, Known):
            yield statement.fault(Flaw.TYPE, "Effect", "has an Effect that is not text", fix, when=when)
        elif branch.value not in ("Allow", "Deny"):
            text = scalar_text(branch.value)
            cased = text.lower() in ("allow", "deny")
            flaw = Flaw.EFFECT_CASE if cased else Flaw.EFFECT
            fix = f"Write '{text.capitalize()}' instead of '{text}'." if cased else fix
            clause = f"has the Effect '{text}', which is neither Allow nor Deny"
            yield statement.fault(flaw, "Effect", clause, fix, branch.location, text, when)


def required(statement: WrittenStatement) -> Iterator[Fault]:
    """An Action or a Resource that is missing or empty."""
    depends = (statement.value.rest,) if statement.value.rest is not None else ()
    for name, missing, empty in (
        ("Action", Flaw.NO_ACTION, Flaw.EMPTY_ACTION),
        ("Resource", Flaw.NO_RESOURCE, Flaw.EMPTY_RESOURCE),
    ):
        fix = f"Write the {name} of statement {statement.title}."
        for when in statement.absent(name, f"Not{name}"):
            yield statement.fault(missing, name, f"has no {name}", fix, statement.location, when=when, depends=depends)
        for written in (name, f"Not{name}"):
            for when, branch in statement.branches(written):
                place = branch.location or statement.place(written)
                if isinstance(branch, MapValue | JsonText):
                    yield statement.fault(
                        Flaw.TYPE, name, f"has a {written} that is neither text nor a list", fix, place, when=when
                    )
                elif isinstance(branch, ListValue) and branch.rest is None and all(map(is_null, branch.items)):
                    yield statement.fault(empty, name, f"has an empty {written}", fix, place, when=when)
                for item in branch.items if isinstance(branch, ListValue) else (branch,):
                    for within, text in alternatives(item, when):
                        if text == Known(""):
                            yield statement.fault(empty, name, f"has an empty {written}", fix, place, when=within)


def types(statement: WrittenStatement) -> Iterator[Fault]:
    """Values of a statement that are neither text nor a list of texts: a list in a list, a number, true or false, null."""
    for key, entry in statement.value.entries.items():
        if key not in _STATEMENT or key == "Effect":
            continue
        for when, branch in alternatives(entry, statement.when):
            place = branch.location or statement.place(key)
            if is_written_null(branch):
                fix = f"Leave '{key}' out of statement {statement.title}."
                yield statement.fault(Flaw.NULL, key, f"has a {key} that is null", fix, place, when=when)
            elif key != "Condition" and not is_null(branch):
                yield from _not_text(statement, key, branch, when, place)


def _not_text(statement: WrittenStatement, key: str, value: Value, when: When, place: Location) -> Iterator[Fault]:
    """What is not text in an element of a statement; what stands in lists and, under Principal, in its entries."""
    fix = "Write text."
    match value:
        case ListValue() | MapValue() if key == "Sid":
            yield statement.fault(Flaw.TYPE, key, "has a Sid that is not text", fix, place, when=when)
        case MapValue(entries) if key in ("Principal", "NotPrincipal"):
            for entry in entries.values():
                for within, branch in alternatives(entry, when):
                    yield from _not_text_inside(statement, key, branch, within, branch.location or place)
        case ListValue(items):
            for item in items:
                for within, branch in alternatives(item, when):
                    where = branch.location or place
                    if isinstance(branch, ListValue):
                        clause = f"has a list inside a list in its {key}"
                        yield statement.fault(Flaw.TYPE, key, clause, "Write one list of texts.", where, when=within)
                    else:
                        yield from _not_text_inside(statement, key, branch, within, where)
        case Known(None):
            clause = f"has null in its {key}"
            yield statement.fault(Flaw.NULL_ENTRY, key, clause, "Leave null out of the list.", place, when=when)
        case Known(bool() | int() | float() as scalar):
            text = scalar_text(scalar)
            clause = f"has {text} without quotes in its {key}"
            yield statement.fault(Flaw.SCALAR, key, clause, f'Write "{text}".' if text.isdigit() else fix, place, text, when)


def _not_text_inside(statement: WrittenStatement, key: str, value: Value, when: When, place: Location) -> Iterator[Fault]:
    """The same for what stands in a list, or in an entry of Principal: no object does."""
    if isinstance(value, MapValue | JsonText):
        yield statement.fault(Flaw.TYPE, key, f"has an object inside its {key}", "Write text.", place, when=when)
    else:
        yield from _not_text(statement, key, value, when, place)


def sids(document: DocumentCase) -> Iterator[Fault]:
    """A Sid that is not alphanumeric, and one that two statements have."""
    seen: dict[str, list[WrittenStatement]] = {}
    for statement in document.statements:
        for when, branch in statement.branches("Sid"):
            place = branch.location or statement.place("Sid")
            if not isinstance(branch, Known):
                depends = first_symbol(branch) if isinstance(branch, Template | Unknown) else ()
                clause = "has a Sid that is not alphanumeric, or that another statement has"
                yield statement.fault(
                    Flaw.SID_FORM, "Sid", clause, "Use letters and digits only.", place, when=when, depends=depends
                )
                continue
            text = scalar_text(branch.value)
            if not _SID.fullmatch(text):
                clause = f"has the Sid '{text}', which is not alphanumeric"
                yield statement.fault(Flaw.SID_FORM, "Sid", clause, "Use letters and digits only.", place, text, when)
            for other in seen.get(text, ()) if text else ():
                if other.index != statement.index:
                    clause = f"has the Sid of statement {other.index + 1}"
                    yield statement.fault(
                        Flaw.SID_TWICE, "Sid", clause, "Give each statement a Sid of its own.", place, text, when.also(other.when)
                    )
            seen.setdefault(text, []).append(statement)


def characters(document: DocumentCase) -> Iterator[Fault]:
    """Characters beyond Latin-1."""
    for value in _leaves(document.value):
        found = _BEYOND_LATIN.search(value)
        if found:
            clause = f"the policy has the character '{found[0]}' (U+{ord(found[0]):04X})"
            yield Fault(Flaw.CHARACTERS, clause, document.location, f"Write '{value}' without it.", value, when=document.when)
            return


def _leaves(value: Value) -> Iterator[str]:
    """The texts of a value that are there whatever is unresolved."""
    match value:
        case Known(str() as text):
            yield text
        case Template(parts):
            yield from (part for part in parts if isinstance(part, str))
        case JsonText(content):
            yield from _leaves(content)
        case ListValue(items):
            for item in items:
                yield from _leaves(item)
        case MapValue(entries):
            for key, entry in entries.items():
                yield key
                yield from _leaves(entry)


def size(document: DocumentCase, most: int, *, normalized: bool, quota: int = 0) -> Iterator[Fault]:
    """A document that is too large; a text that the code leaves unresolved is taken to be short.

    Args:
        document: it.
        most: how many bytes it may have, without white space.
        normalized: whether a list of one entry counts as that entry, as in S3.
        quota: how many it may have in an account whose quota was not raised; 0 where that is the same.
    """
    least, greatest = _extent(document.value, normalized=normalized)
    fix = "Join statements, or name fewer resources and principals."
    clause = f"the policy has {{}} bytes without white space, and {most} are the most"
    if least > most:
        yield Fault(Flaw.SIZE, clause.format(least), document.location, fix, str(least), when=document.when)
    elif greatest is not None and greatest > most:
        yield Fault(Flaw.SIZE_PERHAPS, clause.format(f"up to {greatest}"), document.location, fix, when=document.when)
    elif quota and least > quota:
        clause = f"the policy has {least} bytes without white space, and {quota} are the quota that an account has at first"
        yield Fault(Flaw.SIZE_BEYOND_QUOTA, clause, document.location, fix, str(least), when=document.when)


def least_size(document: DocumentCase) -> int:
    """The least number of bytes without white space that a document can have."""
    return _extent(document.value, normalized=False)[0]


def _extent(value: Value, *, normalized: bool, key: str = "") -> tuple[int, int | None]:
    """The least and the greatest number of bytes of a value as JSON without white space; None when there is no greatest."""
    match value:
        case Known(scalar):
            exact = len(_json(scalar).encode())
            return exact, exact
        case Template(parts):
            return _sum(list(map(_extent_within, parts)), 2, open_=False)
        case JsonText(content):
            return _extent(content, normalized=normalized)[0], None
        case Choice(_, then, otherwise):
            first, second = (_extent(branch, normalized=normalized, key=key) for branch in (then, otherwise))
            return min(first[0], second[0]), None if first[1] is None or second[1] is None else max(first[1], second[1])
        case ListValue(items, _, rest):
            alone = normalized and key in _ONE_AS_TEXT and len(items) == 1 and rest is None
            found = [_extent(item, normalized=normalized) for item in items if not is_null(item)]
            return _sum(found, 0 if alone else 2 + max(len(found) - 1, 0), open_=rest is not None)
        case MapValue(entries, _, rest):
            written = {name: entry for name, entry in entries.items() if not is_null(entry)}
            found = [_extent(entry, normalized=normalized, key=name) for name, entry in written.items()]
            names = sum(len(_json(name).encode()) + 1 for name in written)
            return _sum(found, names + 2 + max(len(written) - 1, 0), open_=rest is not None)
        case _:
            return 1, None


def _extent_within(part: str | Symbol) -> tuple[int, int | None]:
    """The same of a part of a text."""
    if isinstance(part, str):
        exact = len(_json(part).encode()) - 2
        return exact, exact
    return (_OF_ACCOUNT, _OF_ACCOUNT) if part.domain is Domain.ACCOUNT else (0, None)


def _sum(found: list[tuple[int, int | None]], around: int, *, open_: bool) -> tuple[int, int | None]:
    least = around + sum(one for one, _ in found)
    greatest = [other for _, other in found if other is not None]
    return least, None if open_ or len(greatest) < len(found) else around + sum(greatest)
