"""Addresses of resources and modules, taken apart. Source: developer.hashicorp.com/terraform/cli/state/resource-addressing."""

from __future__ import annotations

import json
import re
from typing import Any

from auditor.lazy.expressions import regex

_STEP = regex(r"module\.([\w-]+)(\[(?:\d+|\"(?:[^\"\\]|\\.)*\")\])?\.")


def module_of(address: str) -> tuple[str, tuple[str, ...]]:
    """The address of the module that a resource is in, and the names of the calls that lead to it."""
    at, names = 0, []
    while match := _STEP.match(address, at):
        names.append(match[1])
        at = match.end()
    return address[: max(0, at - 1)], tuple(names)


def parent(module: str) -> tuple[str, str]:
    """The address of the calling module, and the last step of a module's address."""
    starts = [match.start() for match in _STEP.finditer(f"{module}.")]
    last = starts[-1] if starts else 0
    return module[: max(0, last - 1)], module[last:]


def key_of(step: str) -> Any:
    """The instance key at the end of an address, None when there is none."""
    match = re.search(r"\[(.*)\]$", step)
    return json.loads(match[1]) if match else None


def suffix(key: Any) -> str:
    """An instance key as it ends an address; nothing for None."""
    return "" if key is None else f"[{json.dumps(key, ensure_ascii=False)}]"
