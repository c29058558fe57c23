"""What goes wrong in reading one root ends there: it is an error of that root, and nothing switches off the audit of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable

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


def roots_of(directory: str, language: str, read: Callable[[], Iterable[Declarations]]) -> list[Declarations]:
    """The same of a directory that may hold several roots."""
    found: list[Declarations] = []

    def all_of_them() -> Declarations:
        found.extend([*read()])
        return Declarations(directory, language)

    failed = one_root(directory, language, all_of_them)
    return [failed] if failed.errors else found


def internal(path: str, error: Exception, doing: str = "reading") -> InputError:
    """The error of a file or directory on which the program broke down.

    Args:
        path: of it.
        error: what was raised.
        doing: what was done with it, as a participle.
    """
    return InputError(Location(path), f"internal error while {doing} ({repr(error)[:_LONGEST]}); please report this")
