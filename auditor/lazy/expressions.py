"""Regular expressions that are compiled when they are first used: each takes half a millisecond, and a run uses a third of them."""

from __future__ import annotations

import importlib
import re
import sys
import typing
from typing import TYPE_CHECKING, Any

_compiled = re.compile


class _Expression:
    """A regular expression, compiled when one of its methods is first asked for."""

    def __init__(self, pattern: Any, flags: int = 0) -> None:
        self._given = (pattern, flags)

    def __getattr__(self, name: str) -> Any:
        found = getattr(_compiled(*self._given), name)
        setattr(self, name, found)  # from now on it is found without coming here
        return found


def imported(name: str) -> Any:
    """A module; its regular expressions, and those of modules that it brings, are compiled like those of here, whoever wrote them.

    Types that are declared as text stay text: `typing` compiles them for whoever asks for them later (Python 3.11, `ForwardRef`), and the first
    compilation of a process makes the 119 classes of `ast`, in 2 ms.

    Args:
        name: its full name.
    """
    if name not in sys.modules:
        re.compile = _Expression  # type: ignore[assignment]
        vars(typing)["compile"] = _as_text
        try:
            importlib.import_module(name)
        finally:
            re.compile = _compiled
            vars(typing).pop("compile", None)
    return sys.modules[name]


def _as_text(source: str, *_: object) -> str:
    """Stands for `compile`: `eval` takes a text, too."""
    return source


if TYPE_CHECKING:
    from re import compile as regex
else:
    regex = _Expression

__all__ = ["imported", "regex"]
