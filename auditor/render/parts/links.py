"""Where the tool is at home on the web."""

from __future__ import annotations

INFORMATION_URI = "https://github.com/auditor-dev/auditor"
"""The address of the project, for the formats that want one."""


def rule_page(rule: str) -> str:
    """The address of the documentation of a rule, by its id."""
    return f"{INFORMATION_URI}/blob/main/rules/README.md#{rule}"
