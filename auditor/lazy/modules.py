"""Modules that are loaded when something of them is first asked for."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from threading import RLock
from types import ModuleType
from typing import Any


class module:  # noqa: N801 - it stands for one
    """A module, for tables of functions of which a run calls few; beside it, the type checker is given the import.

    A constant (in capitals) is read at once, anything else is taken from the module when it is called.

    Args:
        name: its full name.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        if name.isupper():
            return getattr(importlib.import_module(self._name), name)

        function: Any = None

        def called(*args: Any, **given: Any) -> Any:
            nonlocal function
            if function is None:
                function = getattr(importlib.import_module(self._name), name)
            return function(*args, **given)

        return called


class _Postponed(ModuleType):
    """A module that runs when it is first asked for something that it does not have yet."""

    def __getattr__(self, name: str) -> Any:
        spec = self.__spec__
        with _RUNNING:
            if spec is not None and spec.loader is not None and spec.loader_state is not _RUNNING:
                spec.loader_state = _RUNNING
                spec.loader.exec_module(self)
                self.__class__ = ModuleType  # type: ignore[assignment]  # a module like any other
        return ModuleType.__getattribute__(self, name)


_RUNNING = RLock()  # and what marks that a module runs, or did


def postponed(name: str, **there: Any) -> None:
    """Lets a module run when something of it is first used, whoever imports it.

    With `importlib.util.LazyLoader` they would run when they are imported a second time (Python 3.11).

    Args:
        name: of a module of the standard library that lies in no package.
        there: what it has from the beginning, by name: equal to what it will have itself.
    """
    spec = None if name in sys.modules else importlib.util.find_spec(name)
    if spec is not None:
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        module.__class__ = _Postponed
        vars(module).update(there)


def cleandoc(doc: str) -> str:
    """What `inspect.cleandoc` makes of a documentation: no blank lines around it, no tabs, the margin of its further lines taken away."""
    first, *more = doc.expandtabs().split("\n")
    margin = min((len(line) - len(line.lstrip()) for line in more if line.strip()), default=0)
    lines = [first.lstrip(), *(line[margin:] for line in more)]
    while lines and not lines[-1]:
        lines.pop()
    while lines and not lines[0]:
        lines.pop(0)
    return "\n".join(lines)
