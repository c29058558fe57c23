"""`import` blocks: what they take over existed before, and what the code does not say of it may be configured all the same.

Source: developer.hashicorp.com/terraform/language/block/import: a block stands in the root module; `to` is an address, which may have keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.model import Declarations, Opaque
from auditor.sources.terraform.module import Root
from auditor.sources.terraform.syntax import Expression, GetAttribute, Index, Literal, TemplateExpression, Variable
from auditor.value import Known, Symbol

_KEY = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"|[^\]"]*)\]')


def imported(root: Root, declared: Declarations) -> Iterator[Opaque]:
    """What may be configured of imported buckets and keys besides what the code says.

    Args:
        root: whose `import` blocks are read.
        declared: by its resources; one with `count` or `for_each` is taken as imported where any of its instances is.
    """
    for definition in root.module.source.of("import"):
        block = definition.block(root.module.source.errors)
        to = block.body.attributes.get("to") if block else None
        if block is None or to is None:
            continue
        address = _without_keys(to.expression)
        for one in (*declared.buckets, *declared.keys):
            if _KEY.sub("", one.address) == address:
                symbol = Symbol(
                    f"what {one.address} had before its import",
                    f"{one.address} is imported with what was configured before",
                    "write it in the code",
                    block.header,
                )
                place = Known(one.address, block.header, one.address)
                yield Opaque(one.address, block.header, one.when, one.calls, one.comments, symbol=symbol, given=(place,))


def _without_keys(address: Expression) -> str:
    match address:
        case Variable(name):
            return name
        case GetAttribute(source, name):
            return f"{_without_keys(source)}.{name}"
        case Index(source):
            return _without_keys(source)
        case Literal(str() as text) | TemplateExpression((str() as text,)):
            return _KEY.sub("", text)
    return ""
