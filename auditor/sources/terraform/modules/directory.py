"""Module directories: their files scanned into blocks once, each block parsed when something asks for it.

Source of which files make a module and how overrides merge: developer.hashicorp.com/terraform/language/files and …/files/override;
`.tofu` files: opentofu.org/docs/language/files.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from auditor.foundation.errors import InputError
from auditor.foundation.location import Lines, Location
from auditor.foundation.text import Texts
from auditor.sources.terraform.syntax import native as grammar
from auditor.sources.terraform.syntax import scanner as blocks
from auditor.sources.terraform.syntax.tree import Attribute, Block, Body, UnparsedBlock

if TYPE_CHECKING:
    from auditor.model import Directive
    from auditor.sources.terraform.modules.misnamed import Names
    from auditor.sources.terraform.syntax.scanner import RawBlock

_NATIVE = (".tofu", ".tf")
_JSON = (".tofu.json", ".tf.json")


def module_files(names: Iterable[str]) -> tuple[str, ...]:
    """The names of files that belong to a module, overrides last; a `.tofu` file shadows the `.tf` file of its name."""
    chosen: dict[str, str] = {}
    for name in sorted(names):
        if name.startswith(".") or name.endswith("~") or (name.startswith("#") and name.endswith("#")):
            continue
        for suffix in (*_JSON, *_NATIVE):
            if name.endswith(suffix):
                stem = name.removesuffix(suffix) + (".json" if suffix in _JSON else "")
                if stem not in chosen or suffix in (".tofu", ".tofu.json"):
                    chosen[stem] = name
                break
    return tuple(sorted(chosen.values(), key=lambda name: (is_override(name), name)))


def is_override(name: str) -> bool:
    """Whether a file of a module overrides the others."""
    stem = name.split(".", 1)[0]
    return stem == "override" or stem.endswith("_override")


@dataclass(slots=True)
class Definition:
    """One block of a module, with what overrides it; parsed when asked for."""

    raw: RawBlock
    overrides: list[Definition] = field(default_factory=list)
    _block: Block | UnparsedBlock | None = None
    _parsed: bool = False

    def read(self, errors: list[InputError]) -> Block | UnparsedBlock:
        """The parsed block; where it or what overrides it cannot be parsed, what is known of that. Errors are added the first time."""
        parsed = self._block
        if parsed is None or not self._parsed:
            if parsed is None:
                parsed, found = grammar.parse_block(self.raw)
                errors.extend(found)
            for override in self.overrides:
                other = override.read(errors)
                if isinstance(other, UnparsedBlock):
                    parsed = other
                elif isinstance(parsed, Block):
                    parsed = replace(parsed, body=_overridden(parsed.body, other.body))
            self._block, self._parsed = parsed, True
        return parsed

    def block(self, errors: list[InputError]) -> Block | None:
        """The parsed block; None when it, or what overrides it, cannot be parsed. Errors are added the first time."""
        parsed = self.read(errors)
        return parsed if isinstance(parsed, Block) else None

    @property
    def unparsed(self) -> UnparsedBlock | None:
        """What is known of it when it turned out that it, or what overrides it, cannot be parsed; None before anybody asked for it."""
        return self._block if isinstance(self._block, UnparsedBlock) else None

    @property
    def path(self) -> str:
        """The file that it stands in."""
        return self.raw.lines.path

    @property
    def written(self) -> str:
        """The text of the block; overrides are not in it."""
        return self.raw.text

    @property
    def location(self) -> Location:
        """The header of the block."""
        return self.raw.header


def _overridden(body: Body, override: Body) -> Body:
    """A body with what overrides it: arguments by name, nested blocks by type, whether they are written as blocks or, in JSON, as arguments."""
    given = {_type(block) for block in override.blocks}
    kept = [block for block in body.blocks if _type(block) not in given and _type(block) not in override.attributes]
    attributes = {name: attribute for name, attribute in body.attributes.items() if name not in given}
    return Body({**attributes, **override.attributes}, (*kept, *override.blocks))


def _type(block: Block) -> str:
    return block.labels[0] if block.type == "dynamic" and block.labels else block.type


class Source:
    """The files of one directory as a module.

    Attributes:
        directory: as the user would name it.
        definitions: by block type and labels, in the order of the files; blocks without labels (`locals`, `terraform`) under no labels.
        errors: what could not be read or parsed so far.
        unparsed: the blocks and files that could not even be scanned, or that Terraform refuses whatever they say (two of one address); where
            no header could be read, the type is empty.
        directives: the comments that speak to the tool.
    """

    def __init__(self, directory: str, texts: Texts) -> None:
        self.directory = directory
        self.definitions: dict[str, dict[tuple[str, ...], list[Definition]]] = {}
        self.errors: list[InputError] = []
        self.unparsed: list[UnparsedBlock] = []
        self.directives: list[Directive] = []
        self.bytes = 0
        self._locals: dict[str, Attribute] | None = None
        self._unparsed: list[Definition] = []
        try:
            names = module_files(texts.disk.names(directory))
        except (FileNotFoundError, NotADirectoryError) as error:
            self.errors.append(InputError(Location(directory or "."), f"cannot be read: {error.strerror or error}"))
            names = ()
        except OSError as error:
            self._refuse(InputError(Location(directory or "."), f"cannot be read: {error.strerror or error}"))
            names = ()
        self.files = tuple(path for name in names if not os.path.isdir(path := joined(directory, name)))
        for path in self.files:
            self._add(path, texts)
        for block in self.unparsed:
            if is_override(posixpath.basename(block.location.path)):
                for definition in self.definitions.get(block.type, {}).get(block.labels, []):
                    definition.overrides.append(Definition(definition.raw, [], block))
        self._unparsed = list(self.of("locals"))

    @property
    def is_there(self) -> bool:
        """Whether there is something, even if nothing of it can be read."""
        return bool(self.files or self.unparsed)

    def unread(self, kind: str | None = None) -> Iterator[UnparsedBlock]:
        """What could not be read so far: blocks, files, the directory; definitions only once something asked for them.

        Args:
            kind: only blocks of this type; None for everything.
        """
        yield from (block for block in self.unparsed if kind in (None, block.type))
        for found in self.definitions.values() if kind is None else (self.definitions.get(kind, {}),):
            for definitions in found.values():
                yield from (definition.unparsed for definition in definitions if definition.unparsed is not None)

    def _refuse(self, error: InputError) -> None:
        """Takes note of a file or directory that cannot be read."""
        self.errors.append(error)
        self.unparsed.append(UnparsedBlock("", (), Location(error.location.path), error.location, error))

    def _add(self, path: str, texts: Texts) -> None:
        text = texts.read(path)
        if isinstance(text, InputError):
            self._refuse(text)
            return
        self.bytes += len(text)
        if path.endswith(_JSON):
            self._add_json(path, text, texts)
            return
        scan = texts.made(text, path, _scanned)
        self.errors += scan.errors
        self.unparsed += scan.unparsed
        self.directives += scan.directives
        for raw in scan.blocks:
            self._define(Definition(raw))

    def _add_json(self, path: str, text: str, texts: Texts) -> None:
        from auditor.sources.terraform.syntax.json import parse_json

        parsed, unparsed, errors = texts.made(text, path, parse_json)
        self.errors += errors
        self.unparsed += unparsed
        lines = Lines(text, path)
        for block in parsed:
            self._define(Definition(blocks.RawBlock(block.type, block.labels, lines, 0, len(text), 0, block.header), [], block))

    def _define(self, definition: Definition) -> None:
        raw, override = definition.raw, is_override(posixpath.basename(definition.path))
        if (fault := _wrong_labels(raw)) is not None:
            self._mark(definition, fault)
            return
        found = self.definitions.setdefault(raw.type, {}).setdefault(tuple(raw.labels), [])
        if override and found and raw.type not in ("locals", "terraform", "moved", "removed", "import", "check"):
            found[0].overrides.append(definition)
            return
        found.append(definition)
        if len(found) == 2 and raw.type in _OF_ONE_ADDRESS:
            fault = f"Duplicate {raw.type}: {_titled(raw)} is already declared in {found[0].location.path}:{found[0].location.line}"
            self._mark(definition, fault)
            # Nobody can tell which of them is meant.
            found[0].overrides.append(Definition(raw, [], self.unparsed[-1]))

    def _mark(self, definition: Definition, fault: str) -> None:
        """Takes note of a block that Terraform refuses, whatever it says."""
        raw = definition.raw
        error = InputError(raw.header, fault)
        self.errors.append(error)
        self.unparsed.append(UnparsedBlock(raw.type, raw.labels, raw.header, raw.header, error, raw.text))

    def of(self, block_type: str) -> tuple[Definition, ...]:
        """All blocks of a type."""
        return tuple(definition for found in self.definitions.get(block_type, {}).values() for definition in found)

    def one(self, block_type: str, *labels: str) -> Definition | None:
        """The block of a type and labels, None when there is none."""
        found = self.definitions.get(block_type, {}).get(labels)
        return found[0] if found else None

    def local(self, name: str) -> Attribute | None:
        """The definition of a local value; only `locals` blocks whose text mentions the name are parsed."""
        if self._locals is None:
            self._locals = {}
        for definition in [one for one in self._unparsed if one.raw.mentions(name)]:
            self._unparsed.remove(definition)
            block = definition.block(self.errors)
            for key, attribute in (block.body.attributes if block else {}).items():
                overriding = is_override(posixpath.basename(definition.path))
                if overriding or key not in self._locals:
                    self._locals[key] = attribute
        return self._locals.get(name)


def _scanned(text: str, path: str) -> blocks.Scan:
    return blocks.scan(Lines(text, path))


# How many labels the blocks of each type have, and what those are.
# Source: Terraform, internal/configs/parser_config.go, configFileSchema; OpenTofu likewise.
_LABELS = {
    "resource": ("type", "name"),
    "data": ("type", "name"),
    "ephemeral": ("type", "name"),
    "module": ("name",),
    "variable": ("name",),
    "output": ("name",),
    "provider": ("name",),
    "check": ("name",),
    "locals": (),
    "terraform": (),
    "moved": (),
    "removed": (),
    "import": (),
}
# Of each of them there is one of its labels in a module.
_OF_ONE_ADDRESS = frozenset({"resource", "data", "ephemeral", "module", "variable", "output"})


def _wrong_labels(raw: RawBlock) -> str | None:
    """Why Terraform refuses a block for its labels, in Terraform's words; None when it does not."""
    wanted = _LABELS.get(raw.type)
    if wanted is None or raw.is_attribute or len(raw.labels) == len(wanted):
        return None
    takes = f"{raw.type} blocks have {len(wanted)} label{'' if len(wanted) == 1 else 's'}" + (
        f" ({', '.join(wanted)})" if wanted else ""
    )
    if len(raw.labels) > len(wanted):
        return f"Extraneous label for {raw.type}: {takes}"
    return f"Missing {wanted[len(raw.labels)]} for {raw.type}: {takes}"


def _titled(raw: RawBlock) -> str:
    """The header of a block as it is written natively."""
    return " ".join((raw.type, *(f'"{label}"' for label in raw.labels)))


def joined(directory: str, name: str) -> str:
    """A path below a directory, as the user would name it."""
    return posixpath.normpath(posixpath.join(directory, name)) if directory not in ("", ".") else posixpath.normpath(name)


_SOURCE = re.compile(r'^[ \t]*"?source"?[ \t]*[=:][ \t]*"([^"\n]*)"', re.MULTILINE)


def written_source(definition: Definition, errors: list[InputError]) -> str | None:
    """The `source` of a module call, read without parsing where it is plain; None when it is not a literal."""
    found = _SOURCE.findall(definition.written)
    if len(found) == 1 and "${" not in found[0] and not definition.overrides:
        return str(found[0])
    block = definition.block(errors)
    attribute = block.body.attributes.get("source") if block else None
    value = getattr(attribute.expression, "value", None) if attribute else None
    return value if isinstance(value, str) else None


class Library:
    """The module directories read so far.

    Args:
        texts: where files are read from.
        names: those of the arguments of each type of resource (`aws_s3_bucket`, `data.aws_iam_policy_document`), where they are known.
    """

    def __init__(self, texts: Texts, names: Mapping[str, Names] | None = None) -> None:
        self.texts = texts
        self.names = names or {}
        self._sources: dict[str, Source] = {}

    def source(self, directory: str, keep: bool = True) -> Source:
        """The module of a directory; kept for other callers unless told otherwise."""
        directory = posixpath.normpath(directory or ".")
        found = self._sources.get(directory)
        if found is None:
            found = Source(directory, self.texts)
            if keep:
                self._sources[directory] = found
        return found
