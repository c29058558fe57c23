"""What is data alone: it asks nothing more of what it was made from, which need not stay."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from enum import Enum

from auditor.foundation.location import Location
from auditor.foundation.value import SourceMap

_SIMPLE = frozenset({str, int, float, bool, type(None), Location, SourceMap})


def is_plain(whole: object) -> bool:
    """Whether something is data alone down to its last part; what is not known to be, such as a map that is made when it is asked, is not."""
    pending, seen = [whole], set[int]()
    names: dict[type, tuple[str, ...]] = {}
    while pending:
        one = pending.pop()
        kind = type(one)
        if kind in _SIMPLE or id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, tuple | list | frozenset):
            pending.extend(one)
        elif type(one) is dict:
            pending.extend(one.values())
        elif is_dataclass(one):
            if kind not in names:
                names[kind] = tuple(field.name for field in fields(one))
            pending.extend([getattr(one, name) for name in names[kind]])
        elif not issubclass(kind, Enum):
            return False
    return True
