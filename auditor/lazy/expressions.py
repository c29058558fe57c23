"""Regular expressions that are compiled when they are first used: each takes half a millisecond, and a run uses a third of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any


class _Expression:
    """A regular expression, compiled when one of its methods is first asked for."""

    def __init__(self, pattern: Any, flags: int = 0) -> None:
        self._given = (pattern, flags)

    def __getattr__(self, name: str) -> Any:
        found = getattr(re.compile(*self._given), name)
        setattr(self, name, found)  # from now on it is found without coming here
        return found


if TYPE_CHECKING:
    from re import compile as regex
else:
    regex = _Expression

__all__ = ["regex"]
