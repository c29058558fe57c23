"""The platforms that bring more than a contract: one folder each below `auditor/platforms`, found by what lies in it."""

from __future__ import annotations

import os

from auditor.foundation.border import OWN_TOP, own_names

_PLATFORMS = os.path.join(OWN_TOP, "platforms")


def platforms(part: str) -> tuple[str, ...]:
    """The paths of what the platforms bring of one kind, sorted by the platform's name.

    Args:
        part: what it is called in a platform's folder: `contract.yaml`, `rules`, `guides`, `commands.py`.
    """
    paths = (os.path.join(_PLATFORMS, name, part) for name in own_names(_PLATFORMS))
    return tuple(path for path in paths if os.path.exists(path))


def import_name(path: str) -> str:
    """The name by which a package or module below `auditor/platforms` is imported."""
    return ".".join(("auditor.platforms", *os.path.relpath(path, _PLATFORMS).removesuffix(".py").split(os.sep)))
