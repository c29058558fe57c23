"""The platforms that bring more than a contract: one folder each below `auditor/platforms`, found by what lies in it."""

from __future__ import annotations

from pathlib import Path

from auditor.foundation.border import own_names

_PLATFORMS = Path(__file__).parents[1] / "platforms"


def platforms(part: str) -> tuple[Path, ...]:
    """What the platforms bring of one kind, sorted by the platform's name.

    Args:
        part: what it is called in a platform's folder: `contract.yaml`, `rules`, `guides`, `commands.py`.
    """
    return tuple(folder / part for folder in map(_PLATFORMS.joinpath, own_names(_PLATFORMS)) if (folder / part).exists())


def import_name(path: Path) -> str:
    """The name by which a package or module below `auditor/platforms` is imported."""
    return ".".join(("auditor.platforms", *path.relative_to(_PLATFORMS).with_suffix("").parts))
