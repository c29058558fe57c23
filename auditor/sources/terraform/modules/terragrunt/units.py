"""Where there are units of Terragrunt: each is read once, and nothing of that is loaded where there is none."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from auditor.foundation.text import UNIT_FILE
from auditor.sources.terraform.modules.directory import Library
from auditor.sources.terraform.modules.written import target_of
from auditor.sources.walk import holds_code

if TYPE_CHECKING:
    from auditor.sources.terraform.modules.terragrunt.unit import Unit


def unit_at(directory: str, library: Library) -> Unit | None:
    """The unit in a directory; None where there is none."""
    if directory not in library.units:
        library.units[directory] = None  # as long as it is read, which may lead to units that read it
        with suppress(OSError):  # it is told of the module
            if UNIT_FILE in library.texts.disk.files(directory):
                from auditor.sources.terraform.modules.terragrunt.unit import unit_in

                library.units[directory] = unit_in(directory, library)
    found: Unit | None = library.units[directory]
    return found


def holds_root(directory: str, library: Library) -> bool:
    """Whether there is Terraform in a directory, or a unit, and not only what units include."""
    with suppress(OSError):  # it is told of the module
        names = library.texts.disk.files(directory)
        return UNIT_FILE not in names or holds_code(names) or unit_at(directory, library) is not None
    return True


def called_from(directory: str, library: Library) -> frozenset[str]:
    """The other directories that a module or unit calls by a relative path."""
    unit = unit_at(directory, library)
    if unit is None:
        return library.calls(directory)
    return frozenset({target_of(directory, unit.target)} if unit.target else ()) - {directory}
