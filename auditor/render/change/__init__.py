"""From what a change does to text: one module for each format."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import cast

from auditor.changes.change import Change
from auditor.render.parts.options import RenderOptions

FORMATS: Mapping[str, str] = MappingProxyType(
    {"human": "human", "json": "json_change", "markdown": "markdown", "sarif": "sarif", "github": "github", "html": "page"}
)
"""The module of each format, by the name that the user gives."""


def render(name: str, change: Change, options: RenderOptions) -> str:
    """The change in a format, ending with a newline.

    Raises:
        KeyError: there is no such format.
    """
    module = importlib.import_module(f"auditor.render.change.{FORMATS[name]}")
    with contextlib.chdir(change.place):
        return cast("Callable[[Change, RenderOptions], str]", module.render)(change, options)
