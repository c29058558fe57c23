"""What a bucket can be called.

Source: Amazon S3 User Guide, "General purpose bucket naming rules": 3 to 63 of a-z, 0-9, dot and hyphen, a letter or digit first and last; before
March 2018 us-east-1 took upper case, underscores and up to 255 characters, and such buckets are still there. Names that are made up: AWS
CloudFormation User Guide, "Name type"; Terraform plugin SDK, `helper/id`, `UniqueIDSuffixLength`, which is 26.
"""

from __future__ import annotations

from collections.abc import Sequence

from auditor.aws import holes
from auditor.foundation.equality import DRAWN
from auditor.foundation.value import Known, Symbol, Template, Unknown, Value, alternatives, text_parts
from auditor.lazy.expressions import regex

SHORTEST = 3
LONGEST = 63
GENERATED = len("a-b-") + DRAWN
"""How many characters a name that is made up has at the least: those of CloudFormation have the names of stack and resource before what is drawn."""
NAME = regex(r"[A-Za-z0-9][A-Za-z0-9._-]{2,254}")
NEW_NAME = regex(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_BEGINNING = regex(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_WITHIN = regex(r"[A-Za-z0-9._-]*")


def is_possible(parts: Sequence[str | Symbol]) -> bool:
    """Whether some bucket, of whatever age, can have a name of these parts.

    Args:
        parts: its texts, and what is not resolved.
    """
    if len(parts) == 1 and isinstance(parts[0], str):
        return NAME.fullmatch(parts[0]) is not None
    begins = _BEGINNING if parts and isinstance(parts[0], str) else _WITHIN
    texts = [part for part in parts if isinstance(part, str)]
    return all(map(_WITHIN.fullmatch, texts)) and all(map(begins.fullmatch, texts[:1]))


def is_plain(name: Value) -> bool:
    """Whether a bucket can have a name, and that is of letters, digits and hyphens, in each of its cases."""
    return all(_is_plain(one) for _, one in alternatives(name))


def _is_plain(name: Value) -> bool:
    if not isinstance(name, Known | Template | Unknown) or not holes.is_plain(name):
        return False
    parts = text_parts(name)
    return is_possible(parts) and sum(len(part) for part in parts if isinstance(part, str)) <= LONGEST
