"""Proves offline that a bucket will work for the external platform that is to use it.

The names in `__all__` are the interface for Python, described in `docs/api.md`; everything else may change at any time. What stands
behind a name is imported when it is first asked for: the command line does not pay for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from auditor.api.functions import Given as Given
    from auditor.api.functions import audit as audit
    from auditor.api.functions import diff as diff
    from auditor.api.functions import format_report as format_report
    from auditor.api.functions import prove as prove
    from auditor.changes.change import Change as Change
    from auditor.finding import Finding as Finding
    from auditor.finding import Severity as Severity
    from auditor.foundation.errors import AuditError as AuditError
    from auditor.foundation.errors import InputError as InputError
    from auditor.foundation.location import Location as Location
    from auditor.foundation.version import __version__ as __version__
    from auditor.render.schemas import schema as schema
    from auditor.report import Report as Report
    from auditor.verdict import Status as Status
    from auditor.verdict import Verdict as Verdict

_HOMES = {
    "AuditError": "auditor.foundation.errors",
    "Change": "auditor.changes.change",
    "Finding": "auditor.finding",
    "Given": "auditor.api.functions",
    "InputError": "auditor.foundation.errors",
    "Location": "auditor.foundation.location",
    "Report": "auditor.report",
    "Severity": "auditor.finding",
    "Status": "auditor.verdict",
    "Verdict": "auditor.verdict",
    "__version__": "auditor.foundation.version",
    "audit": "auditor.api.functions",
    "diff": "auditor.api.functions",
    "format_report": "auditor.api.functions",
    "prove": "auditor.api.functions",
    "schema": "auditor.render.schemas",
}

__all__ = [
    "AuditError",
    "Change",
    "Finding",
    "Given",
    "InputError",
    "Location",
    "Report",
    "Severity",
    "Status",
    "Verdict",
    "__version__",
    "audit",
    "diff",
    "format_report",
    "prove",
    "schema",
]


def __getattr__(name: str) -> Any:
    """A name of the interface, imported now."""
    if name not in _HOMES:
        raise AttributeError(f"module 'auditor' has no attribute '{name}'")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """The interface."""
    return sorted(_HOMES)
