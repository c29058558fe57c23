"""Calls of local modules in a whole tree, found in its text: who else uses a module that an audit looked at alone."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping

from auditor.foundation.border import Disk
from auditor.foundation.location import Location
from auditor.foundation.text import TERRAFORM_SUFFIXES
from auditor.lazy.expressions import regex
from auditor.sources.walk import is_passed_over

# Source: developer.hashicorp.com/terraform/language/modules/sources, "Local paths": they begin with `./` or `../`.
_CALL = regex(r'^[ \t]*(module[ \t]+"[\w-]+")[ \t]*\{|^[ \t]*source[ \t]*=[ \t]*"(\.{1,2}(?:/[^"\n]*)?)"', re.MULTILINE)


def local_calls(top: str, disk: Disk) -> Mapping[str, tuple[Location, ...]]:
    """The headers of the calls of each local module in a tree, in the order of their places; none that is written in JSON.

    Args:
        top: of the tree, absolute.
        disk: through which it is read.

    Returns:
        By the real directory of the module; places are named from the current directory.
    """
    found: dict[str, list[Location]] = {}
    for directory, below, files in disk.walk(top):
        below[:] = [name for name in below if not is_passed_over(name)]
        for name in sorted(files):
            if not name.endswith(TERRAFORM_SUFFIXES):
                continue
            path = os.path.join(directory, name)
            try:
                text = disk.text(path)
            except (OSError, UnicodeDecodeError):
                continue  # who asks for this file is told
            for place, source in _calls(os.path.relpath(path), text):
                found.setdefault(os.path.normpath(os.path.join(directory, source)), []).append(place)
    return {module: tuple(sorted(places)) for module, places in found.items()}


def _calls(path: str, text: str) -> Iterator[tuple[Location, str]]:
    """The header of each call of a local module, and its source."""
    header: re.Match[str] | None = None
    for match in _CALL.finditer(text):
        if match[1] is not None:
            header = match
        elif header is not None:
            line = text.count("\n", 0, header.start(1)) + 1
            column = header.start(1) - text.rfind("\n", 0, header.start(1))
            yield Location(path, line, column, line, column + len(header[1])), match[2]
            header = None
