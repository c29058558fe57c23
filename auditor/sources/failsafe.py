"""What goes wrong in reading one root ends there: it is an error of that root, and nothing switches off the audit of the others."""

from __future__ import annotations

from collections.abc import Callable

from auditor.foundation.errors import AuditError, InputError
from auditor.foundation.location import Location
from auditor.model import Declarations

_LONGEST = 200


def one_root(root: str, language: str, read: Callable[[], Declarations]) -> Declarations:
    """What a root declares; nothing but an error where it cannot be read for a fault of the program.

    Args:
        root: the directory or file.
        language: of the root.
        read: reads it.

    Raises:
        AuditError: as `read` raises it.
    """
    try:
        return read()
    except AuditError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the other roots are read
        return Declarations(root, language, errors=(internal(root, error),))


def internal(path: str, error: Exception) -> InputError:
    """The error of a file or directory whose reading broke down."""
    return InputError(Location(path), f"internal error while reading ({repr(error)[:_LONGEST]}); please report this")
