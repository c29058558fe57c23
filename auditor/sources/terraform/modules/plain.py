"""What is data alone: it asks nothing more of what it was made from, which need not stay."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from auditor.foundation.location import Location
from auditor.foundation.value import Known, SourceMap

_SIMPLE = frozenset({str, int, float, bool, type(None), Location, SourceMap, Known})


def is_plain(whole: object) -> bool:
    """Whether something is data alone down to its last part; what is not known to be, such as a map that is made when it is asked, is not."""
    pending: list[Any] = [whole]
    seen: set[int] = set()
    while pending:
        one = pending.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        parts = _parts_of(one.__class__)
        if parts is None:
            return False
        pending.extend([part for part in parts(one) if type(part) not in _SIMPLE])
    return True


@functools.cache
def _parts_of(kind: type) -> Callable[[Any], Iterable[object]] | None:
    """What gives the parts of an object of a class; None for one that may ask for more."""
    if kind in (tuple, list, frozenset):
        return iter
    if kind is dict:
        return dict.values
    if issubclass(kind, Enum):
        return lambda _: ()
    if is_dataclass(kind):
        names = [field.name for field in fields(kind)]
        # Of one name the getter gives what it is, not a tuple.
        return operator.attrgetter(*names) if len(names) > 1 else lambda one: [getattr(one, name) for name in names]
    return None
