"""Modules that are loaded when something of them is first asked for."""

from __future__ import annotations

import importlib
import sys
from importlib.machinery import PathFinder
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


_RUNNING = RLock()


class _Postponed(ModuleType):
    """A module that runs when it is first asked for something that it does not have yet."""

    def __getattr__(self, name: str) -> Any:
        with _RUNNING:
            if self.__class__ is _Postponed and self.__spec__ is None:
                _run(self)
        return ModuleType.__getattribute__(self, name)


def _run(postponed: _Postponed) -> None:
    """Makes of a module what an import would have made of it."""
    spec = postponed.__spec__ = PathFinder.find_spec(postponed.__name__)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"No module named {postponed.__name__!r}", name=postponed.__name__)
    postponed.__loader__, postponed.__file__ = spec.loader, spec.origin
    vars(postponed).update(__cached__=spec.cached, __package__=spec.parent)
    spec.loader.exec_module(postponed)
    postponed.__class__ = ModuleType  # type: ignore[assignment]  # a module like any other


def postponed(name: str, **there: Any) -> None:
    """Lets a module run when something of it is first used, whoever imports it.

    With `importlib.util.LazyLoader` they would run when they are imported a second time (Python 3.11).

    Args:
        name: of a module of the standard library that lies in no package and is written in Python.
        there: what it has from the beginning, by name: equal to what it will have itself, or `withdrawn` soon.
    """
    if name not in sys.modules:
        module = sys.modules[name] = _Postponed(name)
        vars(module).update(there)


def withdrawn(name: str, *there: str) -> None:
    """Takes back what a postponed module had from the beginning, where it has not run: whoever asks from now on is given the real one."""
    module = sys.modules[name]
    if module.__class__ is _Postponed:
        for one in there:
            delattr(module, one)


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
