"""Modules that are imported when something of them is first asked for, for tables whose rows are read by language."""

from __future__ import annotations

import importlib
from typing import Any


class module:  # noqa: N801 - it stands for one
    """A module; beside it, the type checker is given the import.

    Args:
        name: its full name.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module(self._name), name)
