"""`auditor lsp`: the command that an editor starts."""

from __future__ import annotations

import sys

import click

from auditor.console import fail
from auditor.foundation.errors import AuditError
from auditor.foundation.version import installing


@click.command(short_help="Run the language server for editors, on standard input and output.")
def lsp() -> None:
    """Run the language server for editors: diagnostics while you type, verdicts on hover, fixes.

    It speaks the Language Server Protocol on standard input and output, and listens nowhere else. It needs the extra 'lsp'; where that
    is missing, it says how to install it.
    """
    try:
        import pygls  # noqa: F401 - only whether it is there
    except ImportError:
        fail(AuditError(f"the language server needs packages that are not installed: {installing('lsp')}"))
    from auditor.lsp.server import serve

    sys.exit(serve())


COMMANDS = (lsp,)
"""What `auditor.cli` takes in."""
