"""What every page to look at shares: one file without scripts, and without anything from elsewhere; nothing of the code in it is markup."""

from __future__ import annotations

import html
import os

from auditor.foundation.border import beside, own
from auditor.foundation.location import Location
from auditor.render.parts.terminal import clean, clean_lines


def document(title: str, body: str) -> str:
    """A page.

    Args:
        title: of the window.
        body: markup.
    """
    style = own(beside(os.path.dirname(__file__), "page.css"))
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{text(title)}</title><style>{style}</style>'
    policy = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    return f'<!DOCTYPE html>\n<html lang="en"><head>{policy}{head}</head><body><main>\n{body}\n</main></body></html>\n'


def place(location: Location) -> str:
    """Where something is, as text."""
    return f"{'standard input' if location.path == '-' else location.path}:{location.line}"


def text(given: str, *, lines: bool = False) -> str:
    """Text that a page shows as it is; nothing that a scanned file holds is markup, or a character that cannot be seen."""
    return html.escape(clean_lines(given.expandtabs(2)) if lines else clean(given))
