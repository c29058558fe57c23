"""One need as a contract's file has it, for the kind of need that reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from auditor.contract.file import ContractFile
from auditor.contract.types import Confidence, Source
from auditor.foundation.errors import InputError

_HOLE = re.compile(r"\$\{([a-z][a-z0-9-]*)\}")


class Filling:
    """Puts the values of parameters where the texts of a contract name them as `${name}`.

    Args:
        file: the contract.
        parameters: the values, by name.

    Attributes:
        problems: what was found wrong on the way.
    """

    def __init__(self, file: ContractFile, parameters: Mapping[str, str]) -> None:
        self._file, self._parameters = file, parameters
        self.problems: list[InputError] = []

    def text(self, value: str, *place: str | int) -> str:
        """A text of the contract with its holes filled."""

        def one(hole: re.Match[str]) -> str:
            if hole[1] not in self._parameters:
                self.problem(f"${{{hole[1]}}} names no parameter of the contract", *place)
            return self._parameters.get(hole[1], "")

        return _HOLE.sub(one, value)

    def problem(self, message: str, *place: str | int) -> None:
        """Takes down what is wrong with the value at a path of the contract."""
        self.problems.append(InputError(self._file.place(*place), message))


def holes(text: str) -> list[str]:
    """The names of the parameters in a text."""
    return _HOLE.findall(text)


class NeedInFile:
    """One need as it is written: a `WrittenNeed`.

    Args:
        document: the need, as the schema has found it right.
        index: its place among the needs.
        filling: of the contract.
    """

    def __init__(self, document: Mapping[str, Any], index: int, filling: Filling) -> None:
        self._document, self._index, self._filling = document, index, filling
        self._id: str = document["id"]

    @property
    def id(self) -> str:
        """What is needed."""
        return self._id

    @property
    def head(self) -> tuple[str, str, tuple[Source, ...]]:
        """What every need has: id, why, and sources."""
        sources = tuple(Source(source["url"], Confidence(source["confidence"])) for source in self._document.get("sources", ()))
        return self._id, self._document["why"], sources

    def text(self, key: str) -> str:
        """The text of a key with its holes filled; empty when it is not written."""
        return self._filling.text(self._document.get(key, ""), "needs", self._index, key)

    def texts(self, key: str) -> tuple[str, ...]:
        """The list of texts of a key, likewise."""
        return tuple(
            self._filling.text(item, "needs", self._index, key, place) for place, item in enumerate(self._document.get(key, ()))
        )

    def problem(self, message: str, key: str) -> None:
        """Takes down what is wrong with the value of a key."""
        self._filling.problem(message, "needs", self._index, key)
