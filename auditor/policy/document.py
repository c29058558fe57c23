"""Policy documents: statements, with what is unknown kept as guards, holes and rests.

Source: IAM User Guide, "IAM JSON policy element reference".
"""

from __future__ import annotations

from dataclasses import replace

from auditor.foundation.location import Location
from auditor.foundation.value import ALWAYS, Symbol, Text, When, text_parts
from auditor.lazy.classes import dataclass


@dataclass(frozen=True, slots=True)
class DocumentProblem:
    """Something that AWS rejects, or that means something else than it seems to."""

    message: str
    location: Location


@dataclass(frozen=True, slots=True)
class StatementItem:
    """One entry of a list in a statement: its text, when it is there, and where."""

    text: Text
    location: Location
    when: When = ALWAYS

    @property
    def written(self) -> str:
        """The text as it is written, a hole as its name (in angle brackets beside other text)."""
        parts = text_parts(self.text)
        if len(parts) == 1 and isinstance(parts[0], Symbol):
            return parts[0].name
        return "".join(part if isinstance(part, str) else f"<{part.name}>" for part in parts)


@dataclass(frozen=True, slots=True)
class Items:
    """A list in a statement.

    Attributes:
        items: the entries that are known to be there.
        rest: stand for zero or more further entries.
        negated: whether it is the Not… form.
        location: where it is written.
        written: whether it is written at all.
    """

    items: tuple[StatementItem, ...] = ()
    rest: tuple[tuple[When, Symbol], ...] = ()
    negated: bool = False
    location: Location | None = None
    written: bool = False


@dataclass(frozen=True, slots=True)
class Principal:
    """One principal: its kind (`AWS`, `Service`, `Federated`, `CanonicalUser`, or `*` for the bare star) and its text."""

    kind: str
    item: StatementItem


@dataclass(frozen=True, slots=True)
class Principals:
    """The Principal or NotPrincipal element; like `Items`."""

    principals: tuple[Principal, ...] = ()
    rest: tuple[tuple[When, Symbol], ...] = ()
    negated: bool = False
    location: Location | None = None
    written: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """One test of a Condition block: an operator, a key and the values.

    Attributes:
        operator: as written (`ForAnyValue:StringLikeIfExists`).
        key: as written.
        values: what the key is compared with.
        when: the unresolved conditions under which the test is there.
        location: the operator's or the key's place.
    """

    operator: str
    key: str
    values: Items
    when: When
    location: Location


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement.

    Attributes:
        index: its place in the document, counted from 0.
        sid: its Sid, empty when it has none that is resolved.
        effect: "Allow", "Deny", or the symbol that decides which.
        principals, actions, resources: its elements.
        conditions: its tests, all of which must be met.
        unknown_conditions: further tests that the code leaves unresolved.
        variables: whether policy variables are replaced (Version 2012-10-17), or the symbol that decides it.
        when: the unresolved conditions under which it is there.
        doubt: why it is uncertain what it means, None when it is not.
        location: the statement.
        condition_location: its Condition; None where it has none, or where that is not one value.
    """

    index: int
    sid: str
    effect: str | Symbol
    principals: Principals
    actions: Items
    resources: Items
    conditions: tuple[Condition, ...]
    unknown_conditions: tuple[tuple[When, Symbol], ...]
    variables: bool | Symbol
    when: When
    doubt: Symbol | None
    location: Location
    condition_location: Location | None = None

    @property
    def title(self) -> str:
        """How to call it: its Sid in quotes, else its number, counted from 1."""
        return f"'{self.sid}'" if self.sid else str(self.index + 1)


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy document.

    Attributes:
        statements: those that are known.
        rest: stand for zero or more further statements, or for a document that is wholly unknown.
        problems: what is wrong with it.
        location: where it is written.
        empty: where its list of statements is written, when there is none in it.
    """

    statements: tuple[Statement, ...]
    location: Location
    rest: tuple[tuple[When, Symbol], ...] = ()
    problems: tuple[DocumentProblem, ...] = ()
    empty: Location | None = None

    def under(self, when: When) -> Policy:
        """The policy where some conditions hold; where they do not, nothing."""
        return replace(
            self,
            statements=tuple(replace(statement, when=statement.when.also(when)) for statement in self.statements),
            rest=tuple((within.also(when), symbol) for within, symbol in self.rest),
        )
