"""Large files of a walk: whether one can be something that is audited is told from its pieces, so that no data is held for nothing."""

from __future__ import annotations

import codecs

from auditor.foundation.border import Digest, Disk, LargeError
from auditor.foundation.text import Texts

LARGE = 4 << 20
"""The size, in bytes, from which on a file is looked through before it is read."""
_PIECE = 1 << 20
_OVERLAP = 1 << 10  # bytes; no mark is longer


# What stands in every plan, template and XML of CORS; see `may_be_plan`, `may_be_cors`, and templates in `read`.
_WORDS = (b'"format_version"', b"AWSTemplateFormatVersion", b"Resources", b"CORSConfiguration")


def is_small(path: str, texts: Texts) -> bool:
    """Whether a file is too small for it to matter what it is; then it was read.

    Args:
        path: of the file.
        texts: where it is read from.

    Raises:
        OSError: it cannot be read.
    """
    try:
        texts.read_bytes(path, LARGE - 1)
    except LargeError:
        return False
    return True


def may_be_read(path: str, texts: Texts) -> bool:
    """Whether a file can be a plan, a template or a document, or is too small for it to matter and so was read, or cannot be told.

    Args:
        path: of the file.
        texts: where it is read from.
    """
    try:
        return is_small(path, texts) or _may_be_told(path, texts.disk)
    except OSError:
        return True


def _may_be_told(path: str, disk: Disk) -> bool:
    """Whether a file has a word of what is audited in it, or cannot be told."""
    from auditor.sources.documents.shape import marks_in_lower_case

    marks, before, whole = marks_in_lower_case(), b"", Digest()
    try:
        with disk.stream(path) as file:
            while piece := file.read(_PIECE):
                whole.take(piece)
                text = before + piece
                if not before and text.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                    return True
                if any(word in text for word in _WORDS) or marks.search(text.lower()):
                    return True
                before = piece[-_OVERLAP:]
        disk.note(path, str(whole))
    except OSError:
        return True
    return False
