"""One need as a contract's file has it, for the kind of need that reads it."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from auditor.contract.file import ContractFile
from auditor.contract.party import Party, Sent
from auditor.contract.types import Confidence, Doubt, Source
from auditor.foundation.errors import InputError
from auditor.foundation.value import NULL, Known, Value
from auditor.lazy.expressions import regex

_ABSENT = "absent"
# The keys whose texts are prefixes: of keys, or of what is listed.
PREFIXES = frozenset({"prefix", "prefixes", "lists"})
_PLAIN = regex(r"[\w./:@=+-]*")
_NUMBER = regex(r"[0-9]{1,18}")
_HOLE = regex(r"\$\{([a-z][a-z0-9-]*)\}")


class Filling:
    """Puts the values of parameters where the texts of a contract name them as `${name}`.

    Args:
        file: the contract.
        parameters: the values, by name.

        ungiven: the names of those whose values are not known. A prefix then ends before it: all that begins with the prefix begins with that.

    Attributes:
        problems: what was found wrong on the way.
    """

    def __init__(self, file: ContractFile, parameters: Mapping[str, str], ungiven: Collection[str] = ()) -> None:
        self._file, self._parameters, self._ungiven = file, parameters, ungiven
        self.problems: list[InputError] = []

    def text(self, value: str, *place: str | int) -> str:
        """A text of the contract with its holes filled."""
        unknown = next((hole for hole in _HOLE.finditer(value) if hole[1] in self._ungiven), None)
        if unknown is not None and PREFIXES & set(place):
            value = value[: unknown.start()] + ("*" if "lists" in place else "")
        return self._filled(value, "", *place)

    def given(self, name: str) -> str:
        """The value of a parameter as a command line takes it; "…" for one that is not known, or would have to be quoted."""
        value = self._parameters.get(name, "")
        return value if name not in self._ungiven and _PLAIN.fullmatch(value) else "…"

    def _filled(self, value: str, unknown: str, *place: str | int) -> str:
        def one(hole: re.Match[str]) -> str:
            if hole[1] not in self._parameters:
                self.problem(f"${{{hole[1]}}} names no parameter of the contract", *place)
            return unknown if hole[1] in self._ungiven else self._parameters.get(hole[1], "")

        return _HOLE.sub(one, value)

    def texts(self, value: str | list[str], *place: str | int) -> tuple[str, ...]:
        """A text, or a list of texts, with the holes filled."""
        if isinstance(value, str):
            return (self.text(value, *place),)
        return tuple(self.text(item, *place, index) for index, item in enumerate(value))

    def sent(self, values: Mapping[str, str | list[str]], *place: str | int) -> dict[str, Sent]:
        """A map of context keys or headers, with the holes filled; `absent` stands for none, and a text that turns out empty for any."""
        found: dict[str, Sent] = {}
        for key, value in values.items():
            written = [value] if isinstance(value, str) else value
            filled = [self._filled(text, "*", *place, key) for text in written]
            # Where a text is not known, it may be any.
            texts = () if "*" in filled else tuple(text for text in filled if text)
            found[key] = None if texts == (_ABSENT,) else texts
        return found

    def document(self, value: Any, *place: str | int) -> Value:
        """A policy document with the holes of its texts filled, as its JSON; null where there is none."""
        if value is None:
            return NULL
        return Known(json.dumps(self._each(value, *place)), self._file.place(*place))

    def _each(self, value: Any, *place: str | int) -> Any:
        if isinstance(value, dict):
            return {key: self._each(child, *place, key) for key, child in value.items()}
        if isinstance(value, list):
            return [self._each(child, *place, index) for index, child in enumerate(value)]
        return self._filled(value, "", *place)

    def problem(self, message: str, *place: str | int) -> None:
        """Takes down what is wrong with the value at a path of the contract; what a value that is not known may still make right is not."""
        if not self._may_become_right(place):
            self.problems.append(InputError(self._file.place(*place), message))

    def _may_become_right(self, place: tuple[str | int, ...]) -> bool:
        value: Any = self._file.document
        for step in place:
            # That a need lacks a key is told of the key or of its id: what is written beside it decides.
            if step == "id" or (isinstance(value, dict) and step not in value):
                break
            value = value[step]
        if isinstance(value, dict) and "id" in value:
            value = {key: child for key, child in value.items() if key not in PREFIXES | {"by", "sends", "why", "when"}}
        return any(name in self._ungiven for name in _holes_in(value))


def _holes_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from holes(value)
    elif isinstance(value, dict | list):
        for child in value.values() if isinstance(value, dict) else value:
            yield from _holes_in(child)


def split(text: str) -> tuple[list[str], list[str]]:
    """What stands before, between and behind the parameters in a text, and their names."""
    pieces = _HOLE.split(text)
    return pieces[::2], pieces[1::2]


def holes(text: str) -> list[str]:
    """The names of the parameters in a text."""
    return _HOLE.findall(text) if "${" in text else []


class NeedInFile:
    """One need as it is written: a `WrittenNeed`.

    Args:
        document: the need, as the schema has found it right.
        index: its place among the needs.
        filling: of the contract.
        party: whose need it is.
        scope: what tells it from other needs of the same id; empty where there is none.
        doubt: what is uncertain of it.
    """

    def __init__(
        self,
        document: Mapping[str, Any],
        index: int,
        filling: Filling,
        party: Party,
        scope: str = "",
        doubt: Doubt | None = None,
    ) -> None:
        self._document, self._index, self._filling = document, index, filling
        self._id: str = document["id"]
        self._party, self._scope, self._doubt = party, scope, doubt

    @property
    def id(self) -> str:
        """What is needed."""
        return self._id

    @property
    def head(self) -> tuple[str, str, tuple[Source, ...], Party, Doubt | None]:
        """What every need has: id, why, sources, whose it is, and what is uncertain of it."""
        sources = tuple(
            Source(source.get("url", ""), Confidence(source["confidence"])) for source in self._document.get("sources", ())
        )
        return f"{self._id} {self._scope}".rstrip(), self._document["why"], sources, self._party, self._doubt

    def text(self, key: str) -> str:
        """The text of a key with its holes filled; empty when it is not written."""
        return self._filling.text(self._document.get(key, ""), "needs", self._index, key)

    def texts(self, key: str) -> tuple[str, ...]:
        """The list of texts of a key, likewise."""
        return self._filling.texts(self._document.get(key, []), "needs", self._index, key)

    def number(self, key: str) -> int | None:
        """The number that the text of a key is; None when it is not written, or is not one, which is taken down."""
        text = self.text(key)
        if _NUMBER.fullmatch(text):
            return int(text)
        if text:
            self.problem(f"'{text}' is not a whole number of at most 18 digits", key)
        return None

    def sent(self, key: str) -> Mapping[str, Sent]:
        """The map of a key: what requests have, by context key or header."""
        return self._filling.sent(self._document.get(key, {}), "needs", self._index, key)

    def problem(self, message: str, key: str) -> None:
        """Takes down what is wrong with the value of a key."""
        self._filling.problem(message, "needs", self._index, key)
