"""JSON for people, as `json.dumps` with an indent of 2 writes it: that has no fast path for an indent, and a report has 100,000 values."""

from __future__ import annotations

import json
from json.encoder import encode_basestring
from typing import Any


def indented(value: Any) -> str:
    """The lines of a JSON value, the last one ended; keys are texts, and characters beyond ASCII stand as they are."""
    return _written(value, "\n") + "\n"


def _written(value: Any, line: str) -> str:
    inner = line + "  "
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, dict) and value:
        entries = [f"{encode_basestring(key)}: {_written(entry, inner)}" for key, entry in value.items()]
        return f"{{{inner}{f',{inner}'.join(entries)}{line}}}"
    if isinstance(value, list | tuple) and value:
        return f"[{inner}{f',{inner}'.join([_written(item, inner) for item in value])}{line}]"
    return json.dumps(value)
