"""What values refer to, each walked once however often it is asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from auditor.foundation.value import Symbol, Text, Value, children, is_text, text_parts


class Mentions:
    """The texts that some values are made of.

    Args:
        values: they are walked when something is asked for the first time, and only then.
    """

    def __init__(self, values: Iterable[Value]) -> None:
        self._values = tuple(values)
        self._walked = False
        self._origins: set[str] = set()
        self._composed: dict[tuple[str | Symbol, ...], None] = {}
        self._symbols: set[str | Symbol] = set()
        self._literal = ""

    def refer_to(self, address: str, names: Sequence[Text]) -> bool:
        """Whether one of the values was read from an address, or is a text with a name in it as a word of its own (an ARN, a command)."""
        self._walk()
        return address in self._origins or any(self._hold(text_parts(name)) for name in names)

    def _walk(self) -> None:
        if self._walked:
            return
        self._walked = True
        literal: dict[str, None] = {}
        waiting = list(self._values)
        while waiting:
            value = waiting.pop()
            if not is_text(value):
                waiting.extend(children(value))
                continue
            if value.origin is not None:
                self._origins.add(value.origin)
            parts = text_parts(value)
            literal.update((part, None) for part in parts if isinstance(part, str))
            if len(parts) > 1 or (parts and not isinstance(parts[0], str)):
                self._composed[parts] = None
                self._symbols.update(part for part in parts if not isinstance(part, str))
        self._literal = "\n".join(literal)

    def _hold(self, name: Sequence[str | Symbol]) -> bool:
        if not name:
            return False
        if len(name) == 1 and isinstance(name[0], str):
            word = name[0]
            return word in self._literal and re.search(rf"(?<![\w.-]){re.escape(word)}(?![\w-])", self._literal) is not None
        if not all(part in self._symbols for part in name if not isinstance(part, str)):
            return False
        return any(_has(parts, name) for parts in self._composed)


def _has(parts: Sequence[str | Symbol], name: Sequence[str | Symbol]) -> bool:
    return any(
        _ends(parts[at], name[0])
        and tuple(parts[at + 1 : at + len(name) - 1]) == tuple(name[1:-1])
        and _begins(parts[at + len(name) - 1], name[-1])
        for at in range(len(parts) - len(name) + 1)
    )


def _ends(part: str | Symbol, with_: str | Symbol) -> bool:
    return part == with_ or (isinstance(part, str) and isinstance(with_, str) and part.endswith(with_))


def _begins(part: str | Symbol, with_: str | Symbol) -> bool:
    return part == with_ or (isinstance(part, str) and isinstance(with_, str) and part.startswith(with_))
