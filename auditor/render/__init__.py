"""From a report to text: one module for each format, loaded when it is asked for. Only renderers make text of findings."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import cast

from auditor.render.options import Options
from auditor.report import Report

__all__ = ["FORMATS", "Options", "render"]

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
    }
)
"""The module of each format, by the name that the user gives."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def render(name: str, report: Report, options: Options) -> str:
    """The report in a format, ending with a newline unless it is empty; can always be written as UTF-8.

    Args:
        name: one of `FORMATS`.
        report: what was found.
        options: how to show it.

    Raises:
        KeyError: there is no such format.
    """
    module = importlib.import_module(f"auditor.render.{FORMATS[name]}")
    renderer = cast("Callable[[Report, Options], str]", module.render)
    return _LONE_SURROGATE.sub("\ufffd", renderer(report, options))
