"""Files of Terragrunt: what their names and functions mean, as far as the files beside them say so; nothing is run.

Sources: terragrunt.gruntwork.io/docs/reference/hcl, "Blocks" (`locals`, `include`) and "Functions"; that an included file is evaluated as if it
stood in the unit's directory: "find_in_parent_folders", "get_terragrunt_dir", and Terragrunt, pkg/config/include.go, parseIncludedConfig.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from types import MappingProxyType

from auditor.foundation.errors import InputError
from auditor.foundation.location import Location
from auditor.foundation.repository import top_above
from auditor.foundation.text import PLAN_OF_UNIT, UNIT_FILE
from auditor.foundation.value import Domain, Known, MapValue, Symbol, Unknown, Value
from auditor.lazy.expressions import regex
from auditor.model import Directive
from auditor.sources.naming import name_of, shortened
from auditor.sources.terraform.modules.body import Memo
from auditor.sources.terraform.modules.directory import Library
from auditor.sources.terraform.modules.evaluate import resolved
from auditor.sources.terraform.modules.files import TreeFiles
from auditor.sources.terraform.syntax import native as grammar
from auditor.sources.terraform.syntax.scanner import RawBlock
from auditor.sources.terraform.syntax.tree import Attribute, Block, Expression
from auditor.sources.terraform.values.declared import DeclaredType
from auditor.sources.terraform.values.failure import doubtful
from auditor.sources.terraform.values.resource_value import Attributes
from auditor.sources.terraform.values.scope import Meter, ReadableFiles, Scope
from auditor.sources.walk import directory_of, joined

HINT = f"run '{PLAN_OF_UNIT}' and audit plan.json"
# What has a dependency give other outputs than those of its unit. Source: "Blocks": `dependency`.
_OTHER_OUTPUTS = frozenset({"enabled", "skip_outputs"})
# What Terragrunt gives a value when it runs. Source: "Blocks": `dependency`, `feature`, `unit` and `stack`; "Attributes": `values`.
_GIVEN = ("dependency", "feature", "values", "unit", "stack")


# The account that Terragrunt's credentials are of. Source: "Functions": `get_aws_account_id`.
_ACCOUNT_ID = "get_aws_account_id"
_OF_FILE = regex(r"^[^\s\"]+\.hcl: ")


def by_terragrunt(name: str, location: Location | None = None) -> Symbol:
    """What Terragrunt finds out when it runs."""
    return Symbol(name, f"{_OF_FILE.sub('', name)} is given by Terragrunt when it runs", HINT, location)


class Context:
    """What all files of a unit share.

    Args:
        directory: of the unit.
        library: where files are read from.
    """

    def __init__(self, directory: str, library: Library) -> None:
        self.directory, self.library, self.memo, self.meter = directory, library, Memo(), Meter()
        self.errors: list[InputError] = []
        self.directives: list[Directive] = []
        self._configs: dict[tuple[str, str, bool], Config] = {}

    @property
    def files(self) -> tuple[str, ...]:
        """The files that were asked for."""
        return tuple(dict.fromkeys(path for path, _, _ in self._configs))

    def config(self, path: str, place: str, *, included: bool) -> Config:
        """A file as it is evaluated in a directory: see `Config`."""
        key = path, place, included
        if key not in self._configs:
            self._configs[key] = Config(path, self, place, included=included)
        return self._configs[key]

    def replaces(self, config: Config, label: str) -> bool:
        """Whether the unit has a `dependency` of its own in the place of one of a file that it includes."""
        unit = next(iter(self._configs.values()))
        return config is not unit and any("".join(raw.labels) == label for raw in unit.blocks.get("dependency", ()))

    def absolute(self, path: str) -> str:
        """A path in full; a relative one begins at the unit's directory."""
        return os.path.normpath(os.path.join(os.path.abspath(self.directory), path))

    def shown(self, path: str) -> str:
        """A full path as the user would name it."""
        return (path if os.path.isabs(self.directory) else os.path.relpath(path)).replace(os.sep, "/")

    def holds(self, path: str) -> bool:
        """Whether there is a file at a full path that may be read."""
        with suppress(OSError, ValueError):
            return os.path.isfile(path) and self.library.texts.disk.holds(path)
        return False


class Config:
    """One file.

    Args:
        path: as the user would name it.
        context: of the unit that reads it.
        place: the directory that it is evaluated in, in full: of the unit, or its own where `read_terragrunt_config` reads it.
        included: whether the unit includes it.
    """

    def __init__(self, path: str, context: Context, place: str, *, included: bool) -> None:
        self.path, self.context, self.place = path, context, place
        self.address, self.meter = path, context.meter
        self.files: ReadableFiles = TreeFiles(directory_of(path), context.library.texts)
        self._including = os.path.dirname(os.path.abspath(path)) if included else None
        self.blocks: dict[str, list[RawBlock]] = {}
        self.attributes: dict[str, RawBlock] = {}
        self.is_whole = True
        self._is_including = False
        found = context.library.file(path)
        if isinstance(found, InputError):
            context.errors.append(found)
            self.is_whole = False
            return
        context.errors += found.errors
        context.directives += found.directives
        self.is_whole = not found.unparsed
        for raw in found.blocks:
            if raw.is_attribute:
                self.attributes[raw.type] = raw
            else:
                self.blocks.setdefault(raw.type, []).append(raw)

    @functools.cached_property
    def scope(self) -> Scope:
        """What names mean in the file."""
        return self._scope_of_includes.bound({"include": self._included, "dependency": self._dependencies})

    @functools.cached_property
    def _scope_of_includes(self) -> Scope:
        return Scope(self, {name: Unknown(by_terragrunt(self._named(name))) for name in (*_GIVEN, "include")})

    def _named(self, name: str) -> str:
        return name if self.path == joined(self.context.directory, UNIT_FILE) else f"{self.path}: {name}"

    # What is written

    def parsed(self, kind: str) -> Iterator[Block]:
        """The blocks of a type that can be parsed."""
        for raw in self.blocks.get(kind, ()):
            block, errors = grammar.parse_block(raw)
            self.context.errors += errors
            if isinstance(block, Block):
                yield block
            else:
                self.is_whole = False

    def attribute(self, name: str) -> Attribute | None:
        """An attribute of the file; None where there is none, or it cannot be parsed."""
        raw = self.attributes.get(name)
        found = None if raw is None else grammar.parse_attribute(raw)
        if isinstance(found, InputError):
            self.context.errors.append(found)
            self.is_whole = False
            return None
        return found

    def value(self, expression: Expression, name: str) -> Value:
        """The value of an expression of the file, made once."""
        return self.context.memo.value(
            (self, name), self._named(name), expression.location, lambda: resolved(expression, self.scope)
        )

    @functools.cached_property
    def includes(self) -> dict[str, tuple[Block, Config | None]]:
        """The `include` blocks by their labels, each with the file, where it is known which one that is."""
        found: dict[str, tuple[Block, Config | None]] = {}
        self._is_including = True
        for block in self.parsed("include"):
            attribute = block.body.attributes.get("path")
            path = resolved(attribute.expression, self._scope_of_includes) if attribute else None
            found["".join(block.labels)] = block, self.read(path, self.place, included=True)
        self._is_including = False
        return found

    def read(self, path: Value | None, place: str | None = None, *, included: bool = False) -> Config | None:
        """Another file, where it is known which one it is and it may be read.

        Args:
            path: its path, from the directory that this one is evaluated in.
            place: the directory that it is evaluated in; its own where there is none.
            included: whether it is included.
        """
        if not isinstance(path, Known) or not isinstance(path.value, str):
            return None
        full = os.path.normpath(os.path.join(self.place, path.value))
        if os.path.isdir(full):
            full = os.path.join(full, UNIT_FILE)
        if not self.context.holds(full) or full.endswith(".json"):
            return None
        return self.context.config(self.context.shown(full), place or os.path.dirname(full), included=included)

    def file(self, path: Value) -> str | None:
        """The path of a file that a function reads, as the user would name it; None where it is not known or not there."""
        if not isinstance(path, Known) or not isinstance(path.value, str):
            return None
        full = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(self.path)), path.value))
        return self.context.shown(full) if self.context.holds(full) else None

    @property
    def _included(self) -> Value:
        """`include`: what included files say, where they are exposed."""
        entries: dict[str, Value] = {}
        for label, (block, config) in self.includes.items() if self._including is None else ():
            exposed = getattr(getattr(block.body.attributes.get("expose"), "expression", None), "value", None)
            if config is not None and exposed is True:
                said = config.said
                entries.update(said.entries if not label else {label: said})
        return MapValue(entries, None, by_terragrunt(self._named("include")))

    @property
    def _dependencies(self) -> Value:
        """`dependency`: the outputs of other units, as far as their code says them."""
        entries: dict[str, Value] = {}
        for block in self.parsed("dependency"):
            label, path = "".join(block.labels), block.body.attributes.get("config_path")
            if path is not None and not block.body.attributes.keys() & _OTHER_OUTPUTS and not self.context.replaces(self, label):
                name = self._named(f"dependency.{label}")
                outputs = Attributes(f"{name}.outputs", functools.partial(self._output, path.expression), tuple)
                entries[label] = MapValue(
                    {"outputs": MapValue(outputs, None, by_terragrunt(f"{name}.outputs"))}, None, by_terragrunt(name)
                )
        return MapValue(entries, None, by_terragrunt(self._named("dependency")))

    def _output(self, path: Expression, name: str) -> Value | None:
        """An output of the unit at a path; None where it is not known."""
        where, tell = resolved(path, self._scope_of_includes), self.context.library.output
        if not isinstance(where, Known) or not isinstance(where.value, str) or tell is None:
            return None
        return tell(self.context.shown(os.path.normpath(os.path.join(self.place, where.value))), name)

    @property
    def said(self) -> MapValue:
        """What another file can ask of this one."""
        entries: dict[str, Value] = {"locals": self.locals}
        inputs = self.attribute("inputs")
        if inputs is not None and not self.blocks.get("include"):
            entries["inputs"] = self.value(inputs.expression, "inputs")
        return MapValue(entries, None, by_terragrunt(self.path))

    @property
    def locals(self) -> Value:
        """All local values."""
        names = [name for block in self.parsed("locals") for name in block.body.attributes]
        return MapValue(
            {name: self.local(name) for name in names}, None, None if self.is_whole else by_terragrunt(f"{self.path}: local")
        )

    # What names mean: `References`

    def local(self, name: str) -> Value:
        """`local.name`."""
        for block in self.parsed("locals"):
            if name in block.body.attributes:
                return self.value(block.body.attributes[name].expression, f"local.{name}")
        return self._unknown(f"local.{name}")

    def variable(self, name: str) -> Value:
        """There are no variables."""
        return self._unknown(f"var.{name}")

    def type_of(self, root: str, name: str) -> DeclaredType | None:  # noqa: ARG002 - of the protocol
        """Nothing is declared."""
        return None

    def call(self, name: str) -> Value:
        """There are no calls."""
        return self._unknown(f"module.{name}")

    def resource(self, mode: str, resource_type: str, name: str) -> Value:
        """There are no resources."""
        return self._unknown(f"{mode}.{resource_type}.{name}")

    def constant(self, root: str, name: str) -> Value:
        """`path.name` and `terraform.name` mean nothing."""
        return self._unknown(f"{root}.{name}")

    def function(self, name: str, values: tuple[Value, ...], location: Location) -> Value:
        """What one of Terragrunt's functions gives."""
        written = f"{name}({', '.join(map(name_of, values))})"
        work = _FUNCTIONS.get(name)
        made = work(self, values) if work else None
        if name == _ACCOUNT_ID:
            return Unknown(replace(by_terragrunt(f"{name}()", location), domain=Domain.ACCOUNT), location)
        if made is None:
            return doubtful(Unknown(by_terragrunt(shortened(self._named(written)), location), location))
        return Known(made, location) if isinstance(made, str) else made

    def _unknown(self, name: str) -> Value:
        return doubtful(Unknown(by_terragrunt(self._named(name))))

    def including(self, values: tuple[Value, ...]) -> str | None:
        """The directory, in full, of what includes this file, or which this one includes by a label; None where that is not known."""
        if self._including is not None or self._is_including:  # where it includes nothing yet
            return self._including or self.place
        label, found = _text(values, 0) or "", self.includes
        if not found:
            return self.place
        _, config = found.get(label) or (next(iter(found.values())) if len(found) == 1 and not values else (None, None))
        return None if config is None else os.path.dirname(os.path.abspath(config.path))


def _text(values: tuple[Value, ...], at: int) -> str | None:
    """An argument that is a resolved text."""
    value = values[at] if len(values) > at else None
    return value.value if isinstance(value, Known) and isinstance(value.value, str) else None


def _in_parents(config: Config, values: tuple[Value, ...]) -> Value | str | None:
    """`find_in_parent_folders`: the nearest file above, else the second argument."""
    name = _text(values, 0) if values else UNIT_FILE
    if name is None:
        return None
    above = os.path.dirname(config.place)
    while not config.context.holds(path := os.path.join(above, name)):
        if above == os.path.dirname(above):
            # What lies above a repository is no part of what is deployed from it.
            return values[1] if len(values) > 1 and top_above(config.place) else None
        above = os.path.dirname(above)
    return path


def _relative(config: Config, values: tuple[Value, ...], *, back: bool) -> str | None:
    """`path_relative_to_include` and, back, `path_relative_from_include`."""
    above = config.including(values)
    if above is None:
        return None
    return os.path.relpath(above, config.place) if back else os.path.relpath(config.place, above)


def _from_top(config: Config, *, back: bool) -> str | None:
    """`get_path_from_repo_root` and, back, `get_path_to_repo_root`."""
    unit = config.context.absolute(".")
    top = top_above(unit)
    return None if top is None else os.path.relpath(top, unit) if back else os.path.relpath(unit, top)


def _read(config: Config, values: tuple[Value, ...]) -> Value | None:
    """`read_terragrunt_config`: what another file says, else the second argument where there is none."""
    read = config.read(values[0]) if values else None
    if read is None and len(values) > 1 and (path := _text(values, 0)) is not None:
        full = os.path.normpath(os.path.join(config.place, path))
        return None if os.path.exists(full) else values[1]
    return None if read is None else read.said


_FUNCTIONS: Mapping[str, Callable[[Config, tuple[Value, ...]], Value | str | None]] = MappingProxyType(
    {
        "find_in_parent_folders": _in_parents,
        "get_original_terragrunt_dir": lambda config, _: config.context.absolute("."),
        "get_parent_terragrunt_dir": lambda config, values: config.including(values),
        "get_path_from_repo_root": lambda config, _: _from_top(config, back=False),
        "get_path_to_repo_root": lambda config, _: _from_top(config, back=True),
        "get_repo_root": lambda config, _: top_above(config.context.absolute(".")),
        "get_terragrunt_dir": lambda config, _: config.place,
        "path_relative_from_include": lambda config, values: _relative(config, values, back=True),
        "path_relative_to_include": lambda config, values: _relative(config, values, back=False),
        "read_terragrunt_config": _read,
    }
)
