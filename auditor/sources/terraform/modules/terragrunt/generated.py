"""The files that Terragrunt writes beside a module before it runs Terraform there.

Source: terragrunt.gruntwork.io/docs/reference/hcl/blocks, "generate"; that the child's block replaces one of its label: "include".
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence

from auditor.foundation.errors import InputError
from auditor.foundation.location import Lines, Location, written_at
from auditor.foundation.text import TERRAFORM_SUFFIXES, VARIABLE_SUFFIXES
from auditor.foundation.value import Known, Value
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex
from auditor.sources.terraform.modules.terragrunt.config import Config
from auditor.sources.terraform.modules.terragrunt.layers import Layer
from auditor.sources.terraform.syntax.scanner import scan
from auditor.sources.terraform.syntax.tree import Block, Call, TemplateExpression, UnparsedBlock

# What neither configures anything nor gives a value.
_HARMLESS = frozenset({"terraform", "provider", "output"})
_COPIED = regex(r"\.(?:tf|tofu)\b")


@dataclass(frozen=True, slots=True)
class Generated:
    """A file that Terragrunt writes beside the module before it runs Terraform there.

    Attributes:
        place: where that is said.
        copied: the file that it is a copy of; empty for another one.
        text: what it says; None where that is a copy, or not known.
        unread: what it declares, or may declare, where that is not known.
        yields: whether a file of this name that is there stays.
    """

    place: Location
    copied: str = ""
    text: str | None = None
    unread: tuple[UnparsedBlock, ...] = ()
    yields: bool = False


def generated_by(layers: Sequence[Layer]) -> Mapping[str, Generated]:
    """The files of Terraform that are written, by their names; what may be any has a name that no file has."""
    blocks: dict[str, tuple[Config, Block]] = {}
    found: dict[str, Generated] = {}
    for layer in reversed(layers):
        if layer.config is not None:
            blocks |= {"".join(block.labels): (layer.config, block) for block in layer.config.parsed("generate")}
            if (raw := layer.config.attributes.get("generate")) is not None:
                found["generate/"] = Generated(raw.header, unread=(_anything(raw.header, "generate"),))
        for _, hook in layer.inner("before_hook", "after_hook"):
            if _COPIED.search(written_at(hook.location) or ""):
                found["hook/"] = Generated(hook.header, unread=(_anything(hook.header, f"{hook.type}.{''.join(hook.labels)}"),))
    for label, (config, block) in blocks.items():
        path = _argument(config, block, "path")
        name = posixpath.normpath(str(path.value)) if isinstance(path, Known) else f"{label}/"
        if name.endswith((*TERRAFORM_SUFFIXES, *VARIABLE_SUFFIXES, "/")):
            found[name] = _written(config, block, name)
    return found


def _argument(config: Config, block: Block, name: str) -> Value | None:
    """An argument of a `generate` block."""
    attribute = block.body.attributes.get(name)
    return config.value(attribute.expression, f"generate.{''.join(block.labels)}.{name}") if attribute else None


def _written(config: Config, block: Block, name: str) -> Generated:
    """What a `generate` block writes into a file of a name."""
    place, said = block.header, f"generate.{''.join(block.labels)}"
    rule, contents = _argument(config, block, "if_exists"), block.body.attributes.get("contents")
    yields = isinstance(rule, Known) and rule.value == "skip"
    if contents is not None and name.endswith((".tf", ".tofu")):
        match contents.expression:
            case Call("file", (path,)):
                read = config.file(config.value(path, f"{said}.file"))
                if read:
                    return Generated(place, copied=read, yields=yields)
            case TemplateExpression(parts):
                pieces = [part if isinstance(part, str) else "0" for part in parts]
                if not (declared := tuple(_declared("".join(pieces), place, said))):
                    return Generated(place, text="")
        value = config.value(contents.expression, f"{said}.contents")
        if isinstance(value, Known) and isinstance(value.value, str):
            return Generated(place, text=value.value, yields=yields)
        if isinstance(contents.expression, TemplateExpression):
            return Generated(place, unread=declared)
    return Generated(place, unread=(_anything(place, said),))


def _declared(text: str, place: Location, said: str) -> Iterator[UnparsedBlock]:
    """What a text with something unknown in it declares."""
    scanned = scan(Lines(text, place.path))
    yield from (_unread(one.type, one.labels, place, said, one.text) for one in scanned.blocks if one.type not in _HARMLESS)
    yield from (_anything(place, said) for _ in scanned.unparsed)


def _anything(place: Location, said: str) -> UnparsedBlock:
    """What may declare anything."""
    return _unread(said, (), place, said)


def _unread(kind: str, labels: tuple[str, ...], place: Location, said: str, text: str = "") -> UnparsedBlock:
    return UnparsedBlock(kind, labels, place, place, InputError(place, f"what {said} writes is not read"), text)
