"""Code that could not be read: what it may configure is unknown for everything of the root.

A block is known by its header, so only what its type can configure is unknown. Of what only gives values (`locals`, `variable`, `data`,
`output`, `provider`), whatever refers to it is unknown by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from auditor.foundation.errors import RESOLVE
from auditor.foundation.text import TERRAGRUNT_SUFFIX
from auditor.foundation.value import Symbol
from auditor.lazy.expressions import regex
from auditor.model import Kind, Opaque
from auditor.sources.terraform.modules.module import Root
from auditor.sources.terraform.modules.terragrunt.config import HINT
from auditor.sources.terraform.syntax.tree import UnparsedBlock

_VALUES = frozenset({"locals", "variable", "data", "output", "provider", "ephemeral", "terraform", "moved", "check"})
# The types that the text of a block names, its own first; where its end is not known, others may be hidden in it.
_RESOURCE = regex(r'\bresource[ \t]+"?([\w-]+)"?')
_MAKES_ANYTHING = regex(r"\bprovisioner\b|\bmodule[ \t]+\"")


def unread(root: Root, kinds: Mapping[str, Kind], foreign: frozenset[str]) -> Iterator[Opaque]:
    """What may be configured by what could not be read in a tree of modules.

    Args:
        root: of which everything of interest has been asked for.
        kinds: what a resource of each type configures.
        foreign: the types that may configure anything.
    """
    for source in root.sources:
        for block in source.unread():
            configured = _configured(block, kinds, foreign)
            if configured is None or configured:
                name = _named(block)
                is_generated = block.error.location.path.endswith(TERRAGRUNT_SUFFIX)
                why = (block.error.message, HINT) if is_generated else (f"{name} could not be read", RESOLVE)
                symbol = Symbol(f"{name} ({block.error.place})", *why, block.error.location)
                yield Opaque(name, block.header, symbol=symbol, kinds=configured, unread=True)


def _configured(block: UnparsedBlock, kinds: Mapping[str, Kind], foreign: frozenset[str]) -> frozenset[Kind] | None:
    """What a block can configure, None when anything."""
    types = set(_RESOURCE.findall(block.text))
    if block.type == "resource" and block.labels:
        types.add(block.labels[0])
    elif block.type == "resource" or block.type not in _VALUES:
        return None
    if types & foreign or _MAKES_ANYTHING.search(block.text):
        return None
    return frozenset(kinds[one] for one in types if one in kinds)


def _named(block: UnparsedBlock) -> str:
    """What a block is called: its address, or its place where not even that is known."""
    match block.type:
        case "":
            return block.error.place
        case "resource":
            return ".".join(block.labels) or f"the resource in {block.error.place}"
    return ".".join((block.type, *block.labels))
