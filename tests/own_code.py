"""The project's own code, parsed once for all tests that look at it."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).parent.parent


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the product by its dotted name; `rules/` is installed as `auditor.rules`."""
    return {
        dotted_name(path): ast.parse(path.read_text(encoding="utf-8"))
        for folder in ("auditor", "rules")
        for path in sorted((PROJECT / folder).rglob("*.py"))
        if not path.is_relative_to(PROJECT / "auditor" / "rules")
    }


def dotted_name(path: Path) -> str:
    """The name by which a file of the product is imported."""
    parts = path.relative_to(PROJECT).with_suffix("").parts
    parts = parts if parts[0] == "auditor" else ("auditor", *parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def packages() -> frozenset[str]:
    """The packages of the product."""
    return frozenset(name.rpartition(".")[0] for name in modules())
