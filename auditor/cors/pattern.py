"""Patterns of a rule, with at most one `*`.

Source: Amazon S3 User Guide, "Elements of a CORS configuration": at most one `*` in an origin or header.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from auditor.foundation.value import Symbol


def origin_matches(pattern: str, origin: str) -> bool:
    """Whether S3 takes an entry of AllowedOrigins for an origin: the whole string, case and all, with at most one `*`."""
    return star_matches(pattern, origin)


def star_matches(pattern: str, subject: str) -> bool:
    """Whether a pattern with at most one `*` (any characters, or none) matches the whole of a text; with more it never does."""
    before, star, after = pattern.partition("*")
    if not star:
        return pattern == subject
    return "*" not in after and len(subject) >= len(before) + len(after) and subject.startswith(before) and subject.endswith(after)


def shape_of(parts: Iterable[str | Symbol], *, wild: bool) -> re.Pattern[str]:
    """All that text with holes can match, its literal `*` being a wildcard if `wild`."""
    pieces = []
    for part in parts:
        if isinstance(part, Symbol):
            pieces.append(".*")
        else:
            pieces.append(".*".join(re.escape(piece) for piece in part.split("*")) if wild else re.escape(part))
    return re.compile("".join(pieces), re.DOTALL)
