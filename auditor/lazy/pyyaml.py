"""PyYAML, loaded when something is YAML. Its own readers' expressions take 16 ms to compile, and libyaml needs none of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.lazy.expressions import imported

if TYPE_CHECKING:
    import yaml as yaml  # noqa: PLC0414 - so that it is exported
else:
    yaml = imported("yaml")

# PyYAML has libyaml in every wheel, but not where it was built without.
LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""Reads events of a text as fast as can be."""
