"""From a report to text: one module for each format, loaded when it is asked for. Only renderers make text of findings.

Modules: one a format, `buckets` for what `auditor inspect` shows, `page` for documentation on a terminal; what they share is in `parts`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from auditor.lazy.expressions import regex
from auditor.render.parts.options import RenderOptions
from auditor.render.parts.runner import Form
from auditor.render.parts.terminal import is_printed

if TYPE_CHECKING:
    from auditor.report import Report

__all__ = ["FORMATS", "FORMS", "TERMINAL_FORMATS", "Form", "RenderOptions", "render"]

FORMATS: Mapping[str, str] = MappingProxyType(
    {
        "human": "human",
        "concise": "concise",
        "json": "json_report",
        "sarif": "sarif",
        "github": "github",
        "markdown": "markdown",
        "junit": "junit",
        "gitlab": "gitlab",
        "html": "html_report",
    }
)
"""The module of each format, by the name that the user gives."""

TERMINAL_FORMATS = ("human", "concise")
"""The formats that are read on a terminal, where not every character can be shown."""

FORMS: Mapping[str, Form] = MappingProxyType(
    {
        "json": Form.JSON,
        "sarif": Form.JSON,
        "gitlab": Form.JSON,
        "github": Form.COMMANDS,
        "junit": Form.MARKUP,
        "html": Form.MARKUP,
    }
)
"""What the text of a format is, by its name; plain text where it is not listed."""

_LONE_SURROGATE = regex("[\ud800-\udfff]")


def render(name: str, report: Report, options: RenderOptions) -> str:
    """The report in a format, ending with a newline unless it is empty; can always be written as UTF-8.

    Args:
        name: one of `FORMATS`.
        report: what was found.
        options: how to show it.

    Raises:
        KeyError: there is no such format.
    """
    module = importlib.import_module(f"auditor.render.{FORMATS[name]}")
    renderer = cast("Callable[[Report, RenderOptions], str]", module.render)
    text = renderer(report, options)
    return text if is_printed(text) else _LONE_SURROGATE.sub("\ufffd", text)
