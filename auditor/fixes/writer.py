"""What a syntax must be able to write: values, and entries of a map. One writer for each syntax stands beside this module."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from auditor.fixes.fix import Content, Encoded, JoinedText, Part, Reference
from auditor.lazy.classes import dataclass


@dataclass(frozen=True, slots=True)
class Writer(ABC):
    """Writes content in one syntax; lines are without the indentation of their surroundings.

    Attributes:
        language: of the root: "terraform", "cloudformation" or "json"; it decides how references are written.
    """

    language: str

    @abstractmethod
    def text(self, parts: Sequence[Part]) -> str:
        """A text, or a reference on its own, as an expression."""

    @abstractmethod
    def mapping(self, content: Mapping[str, Content]) -> list[str]:
        """A map over several lines."""

    @abstractmethod
    def flow(self, content: Mapping[str, Content]) -> str:
        """A map in one line."""

    @abstractmethod
    def key(self, name: str) -> str:
        """The key of an entry with what stands between it and the value (`Action = `)."""

    def sequence(self, content: Sequence[Content]) -> list[str]:
        """A list: in one line, or its maps over several."""
        if not any(isinstance(item, Mapping | Encoded) for item in content):
            return ["[" + ", ".join(self.value(item)[0] for item in content) + "]"]
        lines = ["["]
        for number, item in enumerate(content, 1):
            written = self.value(item, nested=False)
            written[-1] += "," if number < len(content) else ""
            lines.extend(f"  {line}" for line in written)
        return [*lines, "]"]

    def value(self, content: Content, *, nested: bool = True) -> list[str]:
        """Content as lines: a small map that is nested in another one stands in one line."""
        if isinstance(content, Mapping):
            return [self.flow(content)] if nested and _is_small(content) else self.mapping(content)
        if isinstance(content, tuple):
            return self.sequence(content)
        if isinstance(content, bool):
            return ["true" if content else "false"]
        if isinstance(content, Encoded):
            return self.encoded(content.document)
        return [self.text(parts_of(content))]

    def encoded(self, document: Mapping[str, Content]) -> list[str]:
        """A document where a text that holds it as JSON is wanted; the document itself where the syntax takes that."""
        return self.mapping(document)

    def entry(self, name: str, content: Content) -> list[str]:
        """An entry of a map."""
        first, *rest = self.value(content)
        return [f"{self.key(name)}{first}", *rest]


def parts_of(content: str | Reference | JoinedText) -> tuple[Part, ...]:
    """A text as its parts."""
    return content.parts if isinstance(content, JoinedText) else (content,)


def quoted(text: str) -> str:
    """A text in double quotes, as JSON, YAML and HCL have it."""
    return json.dumps(text, ensure_ascii=False)


def _is_small(content: Mapping[str, Content]) -> bool:
    """Whether a map has one entry, and that one as well."""
    return len(content) == 1 and all(
        _is_small(value)
        if isinstance(value, Mapping)
        else not (isinstance(value, tuple) and any(isinstance(item, Mapping) for item in value))
        for value in content.values()
    )
