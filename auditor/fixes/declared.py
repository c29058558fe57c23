"""What the files of a module of Terraform declare already: nothing else may take those names."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator

from auditor.lazy.expressions import regex

_HEADER = regex(r'^[ \t]*(?:resource|data) "\w+" "[\w-]+"', re.MULTILINE)


@functools.lru_cache(maxsize=1024)
def headers_of(content: bytes, *, in_json: bool) -> frozenset[str]:
    """The headers of the resources and data sources of a file (`resource "aws_s3_bucket" "images"`); total.

    Args:
        content: of the file.
        in_json: whether it is written in JSON; where that cannot be read, nothing is declared.
    """
    text = content.decode("utf-8", "replace").removeprefix("\ufeff")
    return frozenset(_in_json(text) if in_json else (header.strip() for header in _HEADER.findall(text)))


@functools.lru_cache(maxsize=1024)
def named(content: bytes, kind: str, *, in_json: bool) -> tuple[str, ...]:
    """The names of the resources or data sources of one kind (`data "aws_caller_identity"`) in a file, sorted; else as of `headers_of`."""
    found = (header.split('"')[3] for header in headers_of(content, in_json=in_json) if header.startswith(f'{kind} "'))
    return tuple(sorted(found))


def _in_json(text: str) -> Iterator[str]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return
    for kind in ("resource", "data"):
        for types in _objects(document, kind):
            for name in types:
                yield from (f'{kind} "{name}" "{label}"' for labels in _objects(types, name) for label in labels)


def _objects(holder: object, name: str) -> Iterator[dict[str, object]]:
    """The objects under a name of an object, or of each object of a list."""
    for one in holder if isinstance(holder, list) else [holder]:
        value = one.get(name) if isinstance(one, dict) else None
        yield from (item for item in (value if isinstance(value, list) else [value]) if isinstance(item, dict))
