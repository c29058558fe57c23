"""Arguments and blocks under names that their type does not have: Terraform refuses them, and what is meant by them is not told.

The argument or block that is meant becomes unknown, so that nothing is decided as if it were not there. Only where a name is evidently a slip for
another one is it reported, since a later release of the provider may have any other name.

Source: developer.hashicorp.com/terraform/language/syntax/configuration; Terraform's words, "Unsupported argument" and "Unsupported block type".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING

from auditor.foundation.errors import InputError
from auditor.foundation.location import Location
from auditor.lazy.answers import made_once
from auditor.lazy.classes import dataclass
from auditor.lazy.modules import module
from auditor.sources.terraform.syntax.tree import Attribute, Block, Body, Unsupported

if TYPE_CHECKING:
    import difflib
else:
    difflib = module("difflib")

# Source: developer.hashicorp.com/terraform/language/meta-arguments and …/resources/syntax, "Operation Timeouts"; `//` is a comment in JSON.
_OF_ALL = frozenset(
    {"connection", "count", "depends_on", "for_each", "id", "lifecycle", "provider", "provisioner", "region", "timeouts", "//"}
)
# How like two names are where one is a slip for the other.
_LIKE = 0.72
# The blocks of a few modules, which many roots call.
_KEPT = 512


@dataclass(frozen=True, slots=True)
class BlockNames:
    """The names inside a block.

    Attributes:
        inside: each name, with what is inside where it is a block that is looked into.
        meant: names that are none, with the one that is meant.
    """

    inside: Mapping[str, BlockNames | None]
    meant: Mapping[str, str] = field(default_factory=dict)

    def nearest(self, name: str) -> str | None:
        """The name that is meant by one that is not known, or the block that has it inside; None where that is not evident."""
        if name in self.meant:
            return self.meant[name]
        for block, inner in self.inside.items():
            if inner is not None and name in inner.inside:
                return block
        return next(iter(difflib.get_close_matches(name, self.inside, 1, _LIKE)), None)


@made_once(_KEPT)
def corrected(block: Block, names: BlockNames) -> tuple[Block, tuple[InputError, ...]]:
    """A block of a resource or data source in which what is meant by a wrong name is unknown, and what is wrong.

    Args:
        block: it.
        names: those of its type.
    """
    errors: list[InputError] = []
    title = ".".join(block.labels[:1])
    body = _body(block.body, names, title, _OF_ALL, errors)
    return block if body is block.body else replace(block, body=body), tuple(errors)


def _body(body: Body, names: BlockNames, title: str, others: frozenset[str], errors: list[InputError]) -> Body:
    slips = list(_slips(body, names, title, others))
    inner = tuple(_inner(block, names, errors) for block in body.blocks)
    if not slips and all(one is other for one, other in zip(inner, body.blocks, strict=True)):
        return body
    attributes, dropped = dict(body.attributes), set[str]()
    for name, meant, error in slips:
        errors.append(error)
        if meant not in body.attributes:
            attributes[meant] = Attribute(meant, Unsupported(error.message, error.location, name), error.location)
            dropped.add(meant)
    # Nobody can tell what a block is together with another one that is meant to be of its type.
    return Body(attributes, tuple(block for block in inner if _type(block) not in dropped))


def _slips(body: Body, names: BlockNames, title: str, others: frozenset[str]) -> Iterator[tuple[str, str, InputError]]:
    """Each wrong name with what is meant by it, and the error."""
    written: list[tuple[str, str, Location]] = [(name, "argument", one.location) for name, one in body.attributes.items()]
    written += ((_type(block), "block", block.header) for block in body.blocks)
    for name, noun, place in written:
        if name in names.inside or name in others:
            continue
        meant = names.nearest(name)
        if meant is not None:
            inner = names.inside.get(meant)
            told = f"it belongs in the block '{meant}'" if inner and name in inner.inside else f"did you mean '{meant}'?"
            yield name, meant, InputError(place, f"{title} has no {noun} '{name}'; {told}")


def _inner(block: Block, names: BlockNames, errors: list[InputError]) -> Block:
    inside = names.inside.get(_type(block))
    if inside is None:
        return block
    title = f"the block '{_type(block)}'"
    if block.type != "dynamic":
        body = _body(block.body, inside, title, frozenset({"//"}), errors)
        return block if body is block.body else replace(block, body=body)
    blocks = tuple(
        replace(one, body=_body(one.body, inside, title, frozenset({"//"}), errors)) if one.type == "content" else one
        for one in block.body.blocks
    )
    return replace(block, body=replace(block.body, blocks=blocks))


def _type(block: Block) -> str:
    return block.labels[0] if block.type == "dynamic" and block.labels else block.type
