"""Finds the modules of this package by the names in its directories: Python asks the file system for each of 200 again, a 40th of a short run."""

from __future__ import annotations

import os
import sys
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES, ModuleSpec, PathFinder, SourceFileLoader
from io import FileIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

_PACKAGE = f"{__name__.partition('.')[0]}."
_COMPILED = tuple(EXTENSION_SUFFIXES)


class _Loader(SourceFileLoader):
    """Reads as Python does, without the buffer of a stream that is read once."""

    def get_data(self, path: str) -> bytes:
        """The content of a file. Raises OSError."""
        with FileIO(path) as stream:
            return stream.readall()


class _Finder:
    """Finds what Python would find, where only source files can be meant; all else is left to Python."""

    @classmethod
    def find_spec(cls, name: str, path: Sequence[str] | None = None, _: Any = None) -> ModuleSpec | None:
        """The module or package of this name, as a finder on `sys.meta_path` is asked for it; none where Python has to look."""
        if not path or not name.startswith(_PACKAGE):
            return None
        directory, last = path[0], name.rpartition(".")[2]
        names, place = _names(directory), f"{directory}/{last}"
        is_package = last in names
        if is_package and "__init__.py" in _names(place):
            file = f"{place}/__init__.py"
        elif f"{last}.py" in names and not is_package:
            file = f"{place}.py"
        else:
            return None
        spec = ModuleSpec(name, _Loader(name, file), origin=file, is_package=is_package)
        spec.has_location = True
        if spec.submodule_search_locations is not None:
            spec.submodule_search_locations.append(place)
        return spec


@cache
def _names(directory: str) -> frozenset[str]:
    """The names in a directory; none where something is compiled, which Python would prefer."""
    try:
        names = frozenset(os.listdir(directory))
    except OSError:  # there is none, or it lies in an archive
        return frozenset()
    return frozenset() if any(name.endswith(_COMPILED) for name in names) else names


def install() -> None:
    """Has the modules of this package found so from now on, before Python looks for them itself and after whoever else was put before that."""
    if _Finder not in sys.meta_path:
        sys.meta_path.insert(sys.meta_path.index(PathFinder) if PathFinder in sys.meta_path else 0, _Finder)
