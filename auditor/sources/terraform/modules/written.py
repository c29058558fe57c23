"""Which modules a file may call, told by its text alone: nothing is scanned."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.foundation.text import Texts
from auditor.lazy.expressions import regex

_RELATIVE = regex(rb'"(\.\.?/[^"]*)')


def written_paths(path: str, texts: Texts) -> Sequence[str] | None:
    """The relative paths that stand in quotes in a file; None where one may be written in other words than its own.

    Args:
        path: of the file.
        texts: where it is read from.

    Raises:
        OSError: it cannot be read.
    """
    told: dict[str, Sequence[str] | None] = texts.told("relative paths")
    if path not in told:
        told[path] = _written_paths(texts.read_bytes(path))
    return told[path]


def _written_paths(text: bytes) -> tuple[str, ...] | None:
    if b"\\" in text and (rb"\u" in text or rb"\U" in text or rb"\/" in text):
        return None
    if b"./" not in text:
        return ()
    found = set[bytes](_RELATIVE.findall(text))
    if any(sign in path for path in found for sign in (b"\\", b"$", b"%")):
        return None
    return tuple(path.decode("utf-8", "replace") for path in found)
