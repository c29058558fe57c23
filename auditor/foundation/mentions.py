"""What values refer to, each walked once however often it is asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from auditor.foundation.value import Known, Symbol, Text, Value, children, is_text, scalar_text, text_parts

_FIRST_CODE = 0xF0000  # the first character of a plane for private use


class Mentions:
    """The texts that some values are made of.

    Args:
        values: they are walked when something is asked for the first time, and only then.
    """

    def __init__(self, values: Iterable[Value]) -> None:
        self._values = tuple(values)
        self._walked = False
        self._origins: set[str] = set()
        self._codes: dict[Symbol, str] = {}
        self._text = ""

    def refer_to(self, address: str, names: Sequence[Text]) -> bool:
        """Whether one of the values was read from an address, or is a text with a name in it as a word of its own (an ARN, a command)."""
        self._walk()
        return address in self._origins or any(self._hold(text_parts(name)) for name in names)

    def _walk(self) -> None:
        if self._walked:
            return
        self._walked = True
        texts: dict[str, None] = {}
        waiting = list(self._values)
        while waiting:
            value = waiting.pop()
            if isinstance(value, Known):  # most are
                texts[scalar_text(value.value)] = None
            elif is_text(value):
                texts["".join(part if isinstance(part, str) else self._code(part) for part in text_parts(value))] = None
            else:
                waiting.extend(children(value))
                continue
            if value.origin is not None:
                self._origins.add(value.origin)
        self._text = "\n".join(texts)

    def _code(self, symbol: Symbol) -> str:
        """A character for a part that is not resolved, which is a part of no word: what it stands for may be empty."""
        return self._codes.setdefault(symbol, chr(_FIRST_CODE + len(self._codes)))

    def _hold(self, name: Sequence[str | Symbol]) -> bool:
        if not name or not all(isinstance(part, str) or part in self._codes for part in name):
            return False
        word = "".join(part if isinstance(part, str) else self._codes[part] for part in name)
        return word in self._text and re.search(rf"(?<![\w.-]){re.escape(word)}(?![\w-])", self._text) is not None
