"""A document as it is written: its statements and their elements under every way in which its choices can turn out.

Unlike `auditor.policy.document`, which reads what a document means, this keeps what is only written: elements that no policy has, values of
the wrong type, empty lists.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from auditor.foundation.json_text import parse_json
from auditor.foundation.location import Location
from auditor.foundation.value import (
    NULL,
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
    text_parts,
)
from auditor.lazy.classes import dataclass
from auditor.policy.document import StatementItem
from auditor.policy.parse import read_items
from auditor.policy.refusals.refusal import Fault, Flaw


@dataclass(frozen=True, slots=True)
class Entries:
    """The entries of a list in a statement: those that are known, and what stands for further ones."""

    items: tuple[StatementItem, ...]
    rest: tuple[Symbol, ...]


@dataclass(frozen=True, slots=True)
class WrittenStatement:
    """One statement as it is written.

    Attributes:
        index: its place, counted from 0.
        value: its elements.
        when: the unresolved conditions under which it is there, and has these elements.
        location: where it is written.
    """

    index: int
    value: MapValue
    when: When
    location: Location

    @property
    def title(self) -> str:
        """How to call it: its Sid in quotes, else its number, counted from 1."""
        sid = self.value.entries.get("Sid")
        return f"'{sid.value}'" if isinstance(sid, Known) and isinstance(sid.value, str) and sid.value else str(self.index + 1)

    @property
    def denies(self) -> bool:
        """Whether it certainly is a Deny."""
        effect = self.value.entries.get("Effect")
        return isinstance(effect, Known) and effect.value == "Deny"

    def branches(self, name: str) -> Iterator[tuple[When, Value]]:
        """The values of an element that is written, each with when; null is not written."""
        for when, branch in alternatives(self.value.entries.get(name, NULL), self.when):
            if not is_null(branch):
                yield when, branch

    def absent(self, *names: str) -> Iterator[When]:
        """When none of some elements is written, as far as it is known which are."""
        whens = [self.when]
        for name in names:
            entry = self.value.entries.get(name)
            if entry is not None:
                missing = [when for when, branch in alternatives(entry) if is_null(branch)]
                whens = [joined for when in whens for other in missing if not (joined := when.also(other)).contradictory]
        yield from whens

    def place(self, name: str) -> Location:
        """Where an element is written."""
        entry = self.value.entries.get(name)
        return (entry.location if entry is not None else None) or self.value.key_locations.get(name, self.location)

    def entries(self, name: str) -> Entries:
        """The entries of an element."""
        entry = self.value.entries.get(name)
        if entry is None:
            return Entries((), (self.value.rest,) if self.value.rest is not None else ())
        items, rest = read_items(entry, self.place(name), self.when)
        return Entries(items, tuple(symbol for _, symbol in rest))

    def fault(self, flaw: Flaw, element: str, clause: str, fix: str, location: Location | None = None, value: str = "",
              when: When | None = None, unless: tuple[When, ...] = (), depends: tuple[Symbol, ...] = ()) -> Fault:  # fmt: skip
        """A flaw of this statement; `clause` goes on after its title."""
        return Fault(
            flaw,
            f"statement {self.title} {clause}",
            location or self.place(element),
            fix,
            value,
            element,
            self.index,
            self.title,
            self.location,
            self.when if when is None else when,
            unless,
            depends,
        )


@dataclass(frozen=True, slots=True)
class DocumentCase:
    """A document in one of the ways in which its choices can turn out.

    Attributes:
        value: its elements.
        when: the conditions of that way.
        location: where it is written.
        statements: those that are known.
    """

    value: MapValue
    when: When
    location: Location
    statements: tuple[WrittenStatement, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: the documents, and what is wrong with values that are none."""

    documents: tuple[DocumentCase, ...]
    faults: tuple[Fault, ...]


def read(content: Value, location: Location) -> Reading:
    """The documents that a value can be; total.

    Args:
        content: a map, JSON text, or text that holds JSON; choices, holes and unknowns may stand at any level.
        location: where it is written, for what has no place of its own.
    """
    documents: list[DocumentCase] = []
    faults: list[Fault] = []
    for when, branch in alternatives(content):
        _read(branch, when, branch.location or location, documents, faults)
    return Reading(tuple(documents), tuple(faults))


def _read(value: Value, when: When, place: Location, documents: list[DocumentCase], faults: list[Fault]) -> None:
    match value:
        case Known(None):
            return
        case Unknown(symbol):
            faults.append(Fault(Flaw.NOT_JSON, "the policy is not a JSON object", place, "", when=when, depends=(symbol,)))
        case JsonText(content):
            for within, branch in alternatives(content, when):
                _read(branch, within, branch.location or place, documents, faults)
        case MapValue():
            documents.append(DocumentCase(value, when, place, tuple(_statements(value, when, place, faults))))
        case Known(str()) | Template():
            parsed, errors = parse_json(value, place)
            if parsed is not None:
                _read(parsed if not isinstance(parsed, Known) else ListValue((parsed,)), when, place, documents, faults)
            elif isinstance(value, Known):
                told = f"the policy {errors[0].message}" if str(value.value).strip() else "the policy is empty"
                faults.append(
                    Fault(Flaw.NOT_JSON, told, errors[0].location if errors else place, "Write a JSON object.", when=when)
                )
            else:
                faults.append(
                    Fault(
                        Flaw.NOT_JSON,
                        "the policy is not JSON",
                        place,
                        "Write a JSON object.",
                        when=when,
                        depends=first_symbol(value),
                    )
                )
        case _:
            faults.append(Fault(Flaw.NOT_JSON, "the policy is not a JSON object", place, "Write a JSON object.", when=when))


def _statements(document: MapValue, when: When, location: Location, faults: list[Fault]) -> Iterator[WrittenStatement]:
    for within, branch in alternatives(document.entries.get("Statement", Known(None)), when):
        items = branch.items if isinstance(branch, ListValue) else (branch,)
        place = branch.location or location
        if isinstance(branch, ListValue) and branch.rest is not None:
            faults.append(_no_object(0, within, place, (branch.rest,)))
        for index, item in enumerate(items):
            for each, statement in alternatives(item, within):
                where = statement.location or place
                if isinstance(statement, MapValue):
                    yield WrittenStatement(index, statement, each, where)
                elif isinstance(statement, Unknown):
                    faults.append(_no_object(index, each, where, (statement.symbol,)))
                elif not is_null(statement):
                    faults.append(_no_object(index, each, where, ()))
                elif isinstance(branch, ListValue) and is_written_null(statement):
                    faults.append(
                        replace(_no_object(index, each, where, ()), flaw=Flaw.NULL, clause=f"statement {index + 1} is null")
                    )


def _no_object(index: int, when: When, place: Location, depends: tuple[Symbol, ...]) -> Fault:
    number = str(index + 1)
    fix = "Write each statement as an object of the list."
    return Fault(
        Flaw.TYPE, f"statement {number} is not an object", place, fix, statement=index, title=number, when=when, depends=depends
    )


def is_written_null(value: Value) -> bool:
    """Whether null stands somewhere; a null without a place says that in this case nothing is written."""
    return is_null(value) and value.location is not None


def first_symbol(text: Text) -> tuple[Symbol, ...]:
    """The first hole of a text, as what a flaw of it depends on; nothing for a text without."""
    return tuple(part for part in text_parts(text) if isinstance(part, Symbol))[:1]


def plain(text: Text) -> str | None:
    """A text that is resolved; None for one with holes."""
    return str(text.value) if isinstance(text, Known) else None
