"""Regular expressions that are compiled when they are first used: each takes half a millisecond, and a run uses a third of them."""

from __future__ import annotations

import importlib
import re
import sys
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

    Args:
        name: its full name.
    """
    if name not in sys.modules:
        re.compile = _Expression  # type: ignore[assignment]
        try:
            importlib.import_module(name)
        finally:
            re.compile = _compiled
    return sys.modules[name]


if TYPE_CHECKING:
    from re import compile as regex
else:
    regex = _Expression

__all__ = ["imported", "regex"]
