"""The kinds of need, and what follows from them: which kind an id is of, and the schema of contracts."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterator
from functools import cache
from itertools import chain
from typing import Any

from auditor.contract.types import Need
from auditor.foundation.border import beside, own, own_modules

_FRAME = beside(__file__, "contract.schema.json")


def kinds() -> tuple[type[Need], ...]:
    """Every kind of need that is installed: the `KIND` of each module of the package `auditor.needs`, sorted by the module's name."""
    package = importlib.import_module("auditor.needs")
    return _kinds_in(tuple(package.__path__))


@cache
def _kinds_in(folders: tuple[str, ...]) -> tuple[type[Need], ...]:
    return tuple(importlib.import_module(f"auditor.needs.{name}").KIND for name in own_modules(folders))


@cache
def kind_of(need: str) -> type[Need]:
    """The kind of the need with an id.

    Raises:
        KeyError: there is none; the schema of contracts admits no such id.
    """
    homes = importlib.import_module("auditor.needs").HOMES
    home = homes.get(need) or homes.get(need.partition(":")[0])
    likeliest: tuple[type[Need], ...] = () if home is None else (importlib.import_module(f"auditor.needs.{home}").KIND,)
    for kind in chain(likeliest, _every()):
        if need == kind.IDS or (not _is_one_id(kind.IDS) and re.fullmatch(kind.IDS, need)):
            return kind
    raise KeyError(need)


def _every() -> Iterator[type[Need]]:
    """All kinds, which are loaded when the first is wanted."""
    yield from kinds()


def _is_one_id(ids: str) -> bool:
    """Whether the expression is an id itself, so that nothing has to be compiled."""
    return ids.replace(":", "").replace("-", "").isalnum()


def schema() -> dict[str, Any]:
    """The JSON Schema of contracts: the frame that is common to all, with what each kind of need has of its own."""
    document: dict[str, Any] = json.loads(own(_FRAME))
    item = document["properties"]["needs"]["items"]
    common = item["properties"]
    common["id"] |= {
        "examples": [example for kind in kinds() for example in kind.EXAMPLES],
        "pattern": f"^({'|'.join(kind.IDS for kind in kinds())})$",
    }
    item["allOf"] = [
        {
            "if": {"properties": {"id": {"pattern": f"^({kind.IDS})$"}}},
            "then": {"properties": {**dict.fromkeys(common, True), **kind.KEYS}, "additionalProperties": False},
        }
        for kind in kinds()
    ]
    return document
