"""Modules: what their names mean, instance by instance, down the tree of calls.

Source: developer.hashicorp.com/terraform/language/modules/syntax; addresses: developer.hashicorp.com/terraform/cli/state/resource-addressing;
the manifest of installed modules: Terraform, internal/modsdir/manifest.go.
"""

from __future__ import annotations

import functools
import posixpath
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from auditor.foundation.border import BeyondError
from auditor.foundation.errors import RESOLVE, InputError
from auditor.foundation.json_text import plain_json
from auditor.foundation.location import Location
from auditor.foundation.value import ALWAYS, Known, MapValue, Meaning, Symbol, Unknown, Value, When, is_null
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex
from auditor.model import Directive, Kind, Opaque
from auditor.sources.choices import MOST_CASES, choose
from auditor.sources.naming import derived, name_of
from auditor.sources.options import SourceOptions
from auditor.sources.terraform.modules.body import Memo, UnreadBody, WrittenBody
from auditor.sources.terraform.modules.directory import (
    Definition,
    Library,
    ModuleFiles,
    joined,
    literal,
    submodule_around,
    written_source,
    written_version,
)
from auditor.sources.terraform.modules.evaluate import resolved, template_file
from auditor.sources.terraform.modules.expansion import (
    MOST_INSTANCES,
    SINGLE,
    ExpandedInstance,
    Expansion,
    by_count,
    by_each,
    by_enabled,
)
from auditor.sources.terraform.modules.files import TreeFiles
from auditor.sources.terraform.modules.listed_modules import listing_of
from auditor.sources.terraform.modules.misnamed import corrected
from auditor.sources.terraform.modules.registry_modules import (
    RELEASE,
    directory_of,
    is_description,
    moved_to_call,
    release_of,
)
from auditor.sources.terraform.modules.terragrunt.units import unit_at
from auditor.sources.terraform.modules.unsuitable import unsuitable
from auditor.sources.terraform.modules.variables import Declaration, GivenVariable, declaration, given_to_root, given_value
from auditor.sources.terraform.syntax import native as grammar
from auditor.sources.terraform.syntax.tree import (
    Attribute,
    Block,
    Expression,
    GetAttribute,
    Index,
    Literal,
    ObjectExpression,
    Splat,
    TemplateExpression,
    TupleExpression,
    Variable,
)
from auditor.sources.terraform.values.declared import ANY, DeclaredType, as_declared
from auditor.sources.terraform.values.failure import extent, resolve
from auditor.sources.terraform.values.resource_instance import Deployment, EvaluatedBody, Instance, ProviderBody
from auditor.sources.terraform.values.resource_value import Attributes
from auditor.sources.terraform.values.scope import Meter, ReadableFiles, Scope
from auditor.sources.terraform.values.types import convert
from auditor.sources.terraform.values.written_types import written_type

_LARGEST = 50_000
# How many instances of resources and modules of one root are looked into at most; what they say has a bound of its own, the meter.
_MOST_INSTANCES = 12_500


@dataclass(frozen=True, slots=True)
class _ProviderReference:
    """The provider configuration that `aws`, `aws.west`, `aws.by_region["eu"]` or a quoted form means.

    Attributes:
        name: `aws`.
        alias: None for the default configuration.
        key: of an instance of the configuration, None where it has no instances.
    """

    name: str
    alias: str | None = None
    key: Expression | None = None

    @classmethod
    def of(cls, expression: Expression) -> _ProviderReference | None:
        """What an expression means; None for what is not such a reference."""
        match expression:
            case Variable(name):
                return cls(name)
            case GetAttribute(Variable(name), alias):
                return cls(name, alias)
            case Index(GetAttribute(Variable(name), alias), key):
                return cls(name, alias, key)
            case TemplateExpression((Variable() | GetAttribute() | Index() as inside,)):
                return cls.of(inside)
            case Literal(str() as text) | TemplateExpression((str() as text,)) if "[" in text:
                place = expression.location
                written, _ = grammar.parse_expression(text, place.path, place.line, place.column + 1)
                return None if written is None else cls.of(written)
            case Literal(str() as text) | TemplateExpression((str() as text,)):
                name, _, alias = text.partition(".")
                return cls(name, alias or None)
        return None

    @classmethod
    def of_resource(cls, block: Block, resource_type: str) -> _ProviderReference:
        """The one that a resource of a type has."""
        attribute = block.body.attributes.get("provider")
        default = cls(resource_type.split("_", 1)[0])
        if attribute is None:
            return default
        # What cannot be told is none that is declared.
        return cls.of(attribute.expression) or replace(default, alias="")


_DEFAULT = _ProviderReference("aws")


@dataclass(frozen=True, slots=True, eq=False)
class ModuleCall:
    """One instance of a module call.

    Attributes:
        address: `module.data["eu"]`, with the modules around it.
        name: its label.
        source: the `source` argument as written, None when it is not a literal.
        version: the `version` argument as written, None when there is none.
        location: the header of the call.
        when: the unresolved conditions under which it exists.
        calls: the module calls that lead to the module that holds it, outermost first.
        text: the call as written; cheap to look through before anything is parsed.
        module: the called module, None when it is not available locally.
        reason: why there is no module, as a clause; empty when there is one.
    """

    address: str
    name: str
    source: str | None
    location: Location
    when: When
    calls: tuple[Location, ...]
    text: str
    module: Module | None
    reason: str
    _block: Block
    _caller: Module
    _member: ExpandedInstance

    @property
    def body(self) -> EvaluatedBody:
        """The inputs."""
        return self._caller.call_body(self)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the written inputs, without Terraform's own arguments."""
        return tuple(name for name in self._block.body.attributes if name not in _OWN_ARGUMENTS)

    @property
    def prefix(self) -> str:
        """How the addresses in the called module begin."""
        return f"{self.address}." if self.module is None else self.module.prefix

    @property
    def version(self) -> str | None:
        """The `version` argument; empty where it is computed."""
        return written_version(self._block)

    @property
    def provider(self) -> ProviderBody | None:
        """The default `aws` provider that the called module sees."""
        return self._caller.passed_provider(self._block, self._caller.scope.bound(self._member.names), _DEFAULT)

    def opaque(self, *, identities: bool, evaluated: bool) -> Iterator[Opaque]:
        """The call as something that may configure what it is given; for a call whose module is not available locally.

        Args:
            identities: whether there are any that it could give a policy to.
            evaluated: whether it is asked what it is given.
        """
        listing = listing_of(self.source, self.version)
        inputs = self.inputs if evaluated else ()
        if listing is None:
            yield self._given(inputs)
            return
        if listing.identities and identities:
            yield self._given(inputs, frozenset({Kind.ROLE_POLICY}))
        if any(name in listing.runs for name in self.inputs):
            yield self._given(name for name in inputs if name in listing.runs)

    def _given(self, inputs: Iterable[str], kinds: frozenset[Kind] | None = None) -> Opaque:
        return Opaque(
            self.address, self.location, self.when, self.calls,
            symbol=missing(self.address, self.location, self.reason), given=tuple(map(self.body.attribute, inputs)), kinds=kinds,
        )  # fmt: skip


Types = frozenset[str]
"""Types of resources and data sources."""

AttributeOf = Callable[[Instance, str], Value]
"""What a provider knows: the value of an attribute of a resource or data source; total."""

_OWN_ARGUMENTS = frozenset({"source", "version", "count", "for_each", "providers", "depends_on"})


_NO_MODULE = "names a directory that holds no module"
_HINTS = {
    _NO_MODULE: RESOLVE,
    "is not available locally": "run terraform init so that .terraform/modules holds it",
    "lies outside the scanned tree": "allow it to be read with --also-read DIR",
}


def missing(address: str, location: Location | None, reason: str) -> Symbol:
    """What stands for the outputs of a module that is not available locally."""
    hint = next((hint for end, hint in _HINTS.items() if reason.endswith(end)), "")
    return Symbol(address, reason, hint, location)


class Root:
    """A root module with everything that it calls.

    Args:
        directory: as the user would name it.
        options: what is given besides the code.
        library: the module directories read so far.
        attribute_of: the provider.

    Attributes:
        directory: likewise.
        module: the root module itself; of a unit of Terragrunt what calls that.
    """

    def __init__(self, directory: str, options: SourceOptions, library: Library, attribute_of: AttributeOf) -> None:
        self.directory = directory
        self.options = options
        self.deployment = Deployment(options.region, options.account)
        self.library = library
        self.attribute_of = attribute_of
        self.memo = Memo()
        self.meter = Meter()
        self._looked_into = 0
        unit = unit_at(directory, library)
        self._place = directory if unit is None else unit.place(directory)
        self.files: ReadableFiles = TreeFiles(self._place, library.texts, None if self._place == directory else directory)
        self._errors: list[InputError] = []
        self.given = given_to_root(directory, options, library.texts, unit)
        self._errors += self.given.errors
        self._manifest: Mapping[str, str] | None = None
        self._sources: dict[int, ModuleFiles] = {}
        self._source_at: dict[str, ModuleFiles | None] = {}
        self._made: list[Module] = []
        self._modules_of_tree: tuple[Module, ...] = ()
        self.leading: dict[tuple[str, str, Types | None, tuple[str, ...]], bool] = {}
        source = library.source(directory) if unit is None else unit.files
        if unit is not None and unit.target is not None:
            self._source_at["."] = unit.module(directory, library) if library.texts.disk.holds(self._place) else None
        self.module = Module(self, source, "", (), ALWAYS, None, ".", None, ())

    @property
    def run(self) -> Module:
        """The module that Terraform runs in: the root module, or what a unit of Terragrunt calls, where that can be read."""
        calls = (
            (call for name in self.module.source_names() for call in self.module.calls(name)) if self.module.source.is_unit else ()
        )
        return next((call.module for call in calls if call.module is not None), self.module)

    def use(self, source: ModuleFiles, module: Module | None = None) -> None:
        """Takes note of a module directory that the root is made of, and of the module that is made of it."""
        self._sources[id(source)] = source
        if module is not None:
            self._made.append(module)

    def source_at(self, path: str) -> ModuleFiles | None:
        """The module directory at a `path.module`; None where it lies outside of what may be read."""
        if path not in self._source_at:
            directory = joined(self._place, path)
            may_be_read = self.library.texts.disk.holds(directory)
            self._source_at[path] = self.library.source(directory) if may_be_read else None
        return self._source_at[path]

    @property
    def sources(self) -> tuple[ModuleFiles, ...]:
        """The module directories that have been reached so far."""
        return tuple(self._sources.values())

    @property
    def errors(self) -> tuple[InputError, ...]:
        """What could not be read so far: complete once everything of interest has been asked for."""
        found = [*self._errors, *self.memo.errors, *(error for source in self.sources for error in source.errors)]
        return tuple(dict.fromkeys(found))

    @property
    def directives(self) -> tuple[Directive, ...]:
        """The comments that speak to the tool, of all modules."""
        return tuple(directive for source in self.sources for directive in source.directives)

    def report(self, error: InputError) -> None:
        """Takes note of what could not be read."""
        self._errors.append(error)

    def release(self) -> None:
        """Lets go of everything: the root cannot be asked any more. Its parts hold each other, and would stay until Python looks for garbage."""
        for part in (*self._made, self.memo, self):
            vars(part).clear()

    def instances(self, types: Types) -> Iterator[Instance]:
        """The instances of resources and data sources of some types, in the whole tree of modules."""
        for module in self.modules_with(types):
            yield from module.instances(types)

    def modules_saying_more(self) -> tuple[Module, ...]:
        """The modules of the tree that are, or lead to, more than resources, the root first: see `_says_more`."""
        if not self._modules_of_tree:
            self._modules_of_tree = tuple(self.modules_with(None))
        return self._modules_of_tree

    def modules_with(self, types: Types | None) -> Iterator[Module]:
        """The modules of the tree that have, or lead to, resources of some types, the root first; None for those that say more."""
        pending = [self.module]
        while pending:
            module = pending.pop(0)
            yield module
            inner = [
                call.module
                for name in module.source_names()
                if module.leads_to(name, types)
                for call in module.calls(name)
                if call.module is not None
            ]
            pending = inner + pending

    def files_of_modules(self) -> Iterator[str]:
        """The files of the root module and of those that calls lead to, whether they make an instance or none."""
        pending, seen = [(self.module.source, self.module.path, self.module.keys, frozenset[str]())], set[tuple[str, ...]]()
        while pending:
            source, path, keys, above = pending.pop()
            known = (source.directory, path, *self.telling(keys))
            if source.directory not in above and known not in seen:
                seen.add(known)
                yield from source.files
                called = _called_by(source, path, keys, self)
                pending += ((found, way, names, above | {source.directory}) for found, way, names in called if found is not None)

    def telling(self, keys: tuple[str, ...]) -> tuple[str, ...]:
        """The way to a module as far as it says what that calls: where nothing is installed, it does not."""
        return keys if self.has_manifest else ()

    def module_calls(self) -> Iterator[ModuleCall]:
        """The calls whose modules are not available locally, in the whole tree."""
        for module in self.modules_saying_more():
            for name in module.source_names():
                if not module.is_on_disk(name):
                    yield from module.calls(name)

    def not_on_disk(self) -> Iterator[str]:
        """The sources of the calls whose modules are not available locally, in the whole tree."""
        for module in self.modules_saying_more():
            for name in module.source_names():
                if module.is_on_disk(name) or module.is_reported(name):
                    continue
                definition = module.source.one("module", name)
                if definition is not None:
                    source = written_source(definition, module.source.errors)
                    if definition.unparsed is None:
                        yield source or name

    def affords(self, location: Location) -> bool:
        """Whether one more instance of a resource or module is looked into: there are many, but not without end."""
        self._looked_into += 1
        if not self.is_too_large:
            return True
        self.report(InputError(location, "there are too many instances of resources and modules to be looked into"))
        return False

    @property
    def is_too_large(self) -> bool:
        """Whether not every instance of a resource or module was looked into."""
        return self._looked_into > _MOST_INSTANCES

    @property
    def has_manifest(self) -> bool:
        """Whether modules were installed from elsewhere."""
        if self._manifest is None:
            self._manifest = self._read_manifest()
        return bool(self._manifest)

    def installed(self, key: str) -> str | None:
        """The directory of an installed module by its dotted path, None when it is not there."""
        if self._manifest is None:
            self._manifest = self._read_manifest()
        return self._manifest.get(key)

    def _read_manifest(self) -> Mapping[str, str]:
        path = joined(self._place, ".terraform/modules/modules.json")
        try:
            if ".terraform" not in self.library.texts.disk.names(self._place):
                return {}
            content: Any = plain_json(self.library.texts.read_bytes(path).decode())
            entries = content["Modules"]
            return {str(entry["Key"]): str(entry["Dir"]) for entry in entries}
        except (FileNotFoundError, BeyondError):  # that the module itself is not there, or lies beyond the border, is told of that
            return {}
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            self._errors.append(InputError(Location(path), f"is not a manifest of installed modules: {error}"))
            return {}


class ReadRoots(dict[str, Root]):
    """Roots as they were read, by their directories, as far as they are kept: those whose modules declare buckets, since a fix at a call asks again."""

    MOST = 16


@dataclass(slots=True)
class _Resource:
    """A resource or data source block, expanded.

    Attributes:
        instances: those that are looked into.
        value: of the block; None where its only instance is not looked into.
    """

    instances: tuple[Instance, ...]
    value: Value | None


# One for all of them: there may be hundreds of thousands.
_NOT_LOOKED_INTO = _Resource((), None)


class Module:
    """One instance of a module: the root, or what one call stands for.

    Args:
        root: the whole.
        source: its files.
        address: `module.a["x"]`, empty for the root.
        calls: the calls that lead to it, outermost first.
        when: the unresolved conditions under which it exists.
        inputs: the arguments of the call; None for the root.
        path: `path.module`.
        caller: the module that calls it, the block of the call, and what names mean in it.
        keys: the names of the calls that lead to it, without instance keys.

    Attributes:
        copies: how many instances the calls that lead to it make of it, by `count` and `for_each`.
    """

    def __init__(
        self,
        root: Root,
        source: ModuleFiles,
        address: str,
        calls: tuple[Location, ...],
        when: When,
        inputs: EvaluatedBody | None,
        path: str,
        caller: tuple[Module, Block, Scope] | None,
        keys: tuple[str, ...],
    ) -> None:
        self.root = root
        self.source = source
        self.address = address
        self.call_locations = calls
        self.when = when
        self.path = path
        self.keys = keys
        self.copies = 1
        self.meter = root.meter
        self.files = root.files
        self.scope = Scope(self)
        self._inputs = inputs
        self._caller = caller
        self._prefix = f"{address}." if address else ""
        self._declarations: dict[str, Declaration | None] = {}
        self._types: dict[tuple[str, str], DeclaredType | None] = {}
        self._resources: dict[str, dict[tuple[str, ...], _Resource]] = {"resource": {}, "data": {}}
        self._calls: dict[str, tuple[Expansion, tuple[ModuleCall, ...]]] = {}
        self._bodies: dict[tuple[int, str], WrittenBody] = {}
        self._values: dict[int, tuple[Expression, Value]] = {}
        self._on_disk: dict[str, tuple[ModuleFiles | None, str, str]] = {}
        self._providers: dict[_ProviderReference, ProviderBody | None] = {}
        root.use(source, self)

    # What names mean

    def value_of(self, expression: Expression) -> Value:
        """What an expression comes to that stands in no loop and no instance; it is evaluated once."""
        kept = self._values.get(id(expression))
        if kept is None:
            # The expression is kept with it, so that nothing else comes to have its identity.
            kept = self._values[id(expression)] = expression, resolved(expression, self.scope)
        return kept[1]

    def variable(self, name: str) -> Value:
        """`var.name`."""
        return self._once(("var", name), f"{self._prefix}var.{name}", lambda: self._variable(name))

    def local(self, name: str) -> Value:
        """`local.name`."""
        attribute = self.source.local(name)
        if attribute is None:
            return self._undeclared(f"local.{name}")
        return self._once(
            ("local", name), f"{self._prefix}local.{name}", lambda: resolved(attribute.expression, self.scope), attribute.location
        )

    def output(self, name: str) -> Value:
        """The value of an output; unknown when there is no such output."""
        definition = self.source.one("output", name)
        block = self._parsed(definition)
        if block is None or "value" not in block.body.attributes:
            return self._undeclared(f"output.{name}")
        attribute = block.body.attributes["value"]
        return self._once(
            ("output", name), f"{self._prefix}output.{name}", lambda: self._output(attribute.expression), attribute.location
        )

    def _output(self, expression: Expression) -> Value:
        """The value of an output; what a description says stands at the call."""
        value = resolved(expression, self.scope)
        return moved_to_call(value, self.call_locations[-1]) if is_description(self.source.directory) else value

    def call(self, name: str) -> Value:
        """`module.name`."""
        if self.source.one("module", name) is None:
            return self._undeclared(f"module.{name}")
        return self._once(("module", name), f"{self._prefix}module.{name}", lambda: self._call_value(name))

    def resource(self, mode: str, resource_type: str, name: str) -> Value:
        """`type.name`, and `data.type.name` for the mode "data"."""
        reference = f"{resource_type}.{name}" if mode == "resource" else f"{mode}.{resource_type}.{name}"
        definition = self.source.one(mode, resource_type, name)
        if definition is None:
            return self._undeclared(reference)
        if mode == "ephemeral":
            return Unknown(Symbol(f"{self._prefix}{reference}", "ephemeral values are not known before deployment"))
        address = f"{self._prefix}{reference}"

        def value() -> Value:
            found = self._resource(mode, (resource_type, name)).value
            return _too_much(address, definition.location) if found is None else found

        return self._once((mode, resource_type, name), address, value)

    def constant(self, root: str, name: str) -> Value:
        """`path.name` and `terraform.name`."""
        match root, name:
            case "path", "module":
                return Known(self.path)
            case "path", "root":
                return Known(".")
            case "path", "cwd":
                return Unknown(Symbol("path.cwd", "path.cwd depends on the machine"))
            case "terraform", "workspace":
                workspace = self.root.options.workspace or self.root.options.environment.get("TF_WORKSPACE")
                if workspace:
                    return Known(workspace)
                return Unknown(
                    Symbol(
                        "terraform.workspace", "the workspace is chosen at deployment", "give it with --workspace=… or TF_WORKSPACE"
                    )
                )
        return Unknown(Symbol(f"{root}.{name}", f"{root}.{name} is not evaluated"))

    def function(self, name: str, values: tuple[Value, ...], location: Location) -> Value | None:  # noqa: ARG002 - of the protocol
        """Terraform has no other functions than its own."""
        return None

    def _once(self, key: tuple[str, ...], name: str, compute: Any, location: Location | None = None) -> Value:
        return self.root.memo.value((self, *key), name, location, lambda: _bounded(compute(), name, location))

    def _undeclared(self, reference: str) -> Value:
        name = f"{self._prefix}{reference}"
        unread = next(self.source.unread(), None)
        if unread is None:
            return Unknown(Symbol(name, f"{name} is not declared"))
        reason = f"{name} is not declared in what could be read of {self.source.directory}"
        return Unknown(Symbol(name, reason, RESOLVE, unread.error.location))

    # Variables

    def _variable(self, name: str) -> Value:
        declared = self._declaration(name)
        if declared is None:
            return self._undeclared(f"var.{name}")
        if declared.sensitive:
            return self._open_variable(name, declared, f"{self._prefix}var.{name} is sensitive", "")
        given = self._given(name, declared)
        value = self._valued(name, declared, given)
        if given is None and declared.default is None and not self.root.given.compared:
            return value
        files = self._in_files(name)
        if len(files) >= MOST_CASES:
            hint = "give one of them with --var-file"
            return self._open_variable(name, declared, f"{len(files)} files of variables give var.{name} a value", hint)
        for is_last, one in self.root.given.last_in(name) if files else ():
            value = choose(is_last, self._valued(name, declared, given_value(one, declared.type, self.scope)), value)
        return value

    def _valued(self, name: str, declared: Declaration, value: Value | None) -> Value:
        """The value of a variable that is given one, or None."""
        if value is None or (is_null(value) and not declared.nullable):
            value = None if declared.default is None else resolved(declared.default, self.scope)
        if value is None or (is_null(value) and not declared.nullable):
            return self._open_variable(name, declared, *self._ungiven(name, declared))
        value = resolve(convert(value, declared.type))
        return as_declared(value, DeclaredType(ANY, declared.nullable)) if isinstance(value, Unknown) else value

    def _in_files(self, name: str) -> Mapping[str, GivenVariable]:
        """What files that nobody has named yet give to a variable of the root."""
        return self.root.given.in_files(name) if self._inputs is None else {}

    def _ungiven(self, name: str, declared: Declaration) -> tuple[str, str]:
        """Why a variable has no value, and what gives it one."""
        lacking = "no default" if declared.default is None else "no default that it takes"
        if self._caller is not None and self._inputs is None:
            return f"var.{name} has {lacking}", f"give it in the inputs of {self._caller[1].header.path}"
        if self._caller is None:
            files = [f"--var-file {shlex.quote(one.location.path)}" for one in self._in_files(name).values()]
            others = f", or another of the {len(files)} files that give it" if len(files) > 1 else ""
            return (
                f"var.{name} has {lacking}",
                f"give it with {files[0] + others if files else f'--var {name}=… or a .tfvars file'}",
            )
        return f"{self._prefix}var.{name} has {lacking} and is not given", f"give it in the call of {self.address}"

    def _open_variable(self, name: str, declared: Declaration, reason: str, hint: str) -> Value:
        full = f"{self._prefix}var.{name}"
        limited = Meaning(full, possible=declared.possible) if declared.possible else None
        value = Unknown(Symbol(full, reason, hint, declared.location, meaning=limited))
        return as_declared(value, DeclaredType(declared.type, declared.nullable))

    @property
    def prefix(self) -> str:
        """How the addresses in it begin."""
        return self._prefix

    @property
    def call_of_it(self) -> tuple[Module, Block] | None:
        """The module that calls this one, and the block of the call; None for the root."""
        return self._caller and self._caller[:2]

    def parsed(self, kind: str, *labels: str) -> Block | None:
        """A block of this module; None where there is none, or it cannot be parsed."""
        return self._parsed(self.source.one(kind, *labels))

    def type_of(self, root: str, name: str) -> DeclaredType | None:
        """Of what type `var.name` or `local.name` is, as far as that shows without its value; what is defined by itself has none."""
        if (root, name) not in self._types:
            self._types[root, name] = None
            self._types[root, name] = self._type_of(root, name)
        return self._types[root, name]

    def _type_of(self, root: str, name: str) -> DeclaredType | None:
        if root == "local":
            attribute = self.source.local(name)
            return None if attribute is None else written_type(attribute.expression, self.scope)
        declared = self._declaration(name)
        if declared is None:
            return None
        if declared.type.kind == "any" and declared.default is not None and not declared.sensitive:
            is_given = self._given(name, declared) is not None or self._in_files(name)
            return None if is_given else written_type(declared.default, self.scope)
        return DeclaredType(declared.type, declared.nullable)

    def local_of(self, name: str) -> Attribute | None:
        """The definition of a local value; None where there is none."""
        return self.source.local(name)

    def declared(self, name: str) -> Declaration | None:
        """The declaration of a variable; None where there is none."""
        return self._declaration(name)

    def _declaration(self, name: str) -> Declaration | None:
        if name not in self._declarations:
            block = self._parsed(self.source.one("variable", name))
            self._declarations[name] = None if block is None else declaration(block, self.scope)
        return self._declarations[name]

    def _given(self, name: str, declared: Declaration) -> Value | None:
        if name == RELEASE and self._caller is not None and is_description(self.source.directory):
            call = self._caller[1]
            release = release_of(literal(call, "source"), written_version(call))
            return None if release is None else Known(release)
        if self._inputs is not None:
            return self._inputs.attribute(name) if self._inputs.written(name) is not None else None
        given: GivenVariable | None = self.root.given.of(name, declared.location)
        return None if given is None else given_value(given, declared.type, self.scope)

    # Resources

    def instances(self, types: Types) -> Iterator[Instance]:
        """The instances of resources and data sources of some types in this module alone."""
        for mode in ("resource", "data"):
            for labels in self.source.definitions.get(mode, {}):
                if len(labels) == 2 and labels[0] in types:
                    yield from self._resource(mode, labels).instances

    def empty(self, types: Types) -> Iterator[str]:
        """The addresses of the resources of some types in this module alone of which there is certainly no instance.

        Of a described module, which has a resource for each kind of bucket that it can make, none where it makes one.
        """
        counted = {
            labels: len(self._resource("resource", labels).instances)
            for labels, definitions in self.source.definitions.get("resource", {}).items()
            if labels[0] in types and definitions[0].unparsed is None
        }
        if not (is_description(self.source.directory) and any(counted.values())) and not self.root.is_too_large:
            yield from (f"{self._prefix}{'.'.join(labels)}" for labels, count in counted.items() if not count)

    def _resource(self, mode: str, labels: tuple[str, ...]) -> _Resource:
        found = self._resources[mode].get(labels)
        if found is None:
            found = self._resources[mode][labels] = self._expanded(mode, *labels)
        return found

    def _expanded(self, mode: str, resource_type: str, name: str) -> _Resource:
        definition = self.source.one(mode, resource_type, name)
        reference = f"{resource_type}.{name}" if mode == "resource" else f"data.{resource_type}.{name}"
        address = f"{self._prefix}{reference}"
        block = self._repeatable(definition)
        if definition is None or block is None:
            return _Resource(
                (),
                Unknown(Symbol(address, f"{address} could not be read", RESOLVE, definition.location if definition else None)),
            )
        names = self.root.library.names.get(resource_type if mode == "resource" else f"data.{resource_type}")
        if names is not None:
            block, slips = corrected(block, names)
            self.source.errors += slips
        expansion = self._expansion(block, address)
        of_provider = _ProviderReference.of_resource(block, resource_type)
        made: dict[str, tuple[Instance, Value]] = {}

        def make(member: ExpandedInstance) -> Value:
            if member.suffix not in made:
                return _too_much(f"{address}{member.suffix}", block.header)
            return made[member.suffix][1]

        ignored = _ignored(block)
        members = tuple(member for member in expansion.members if self.root.affords(block.header))
        if expansion is SINGLE and not members:
            return _NOT_LOOKED_INTO
        for member in members:
            one = f"{address}{member.suffix}"
            body = WrittenBody(block.body, block.header, self.scope.bound(member.names), self.root.memo, one)
            when = self.when.also(member.when)
            provider = self.provider(of_provider, body.scope)
            instance = Instance(
                mode, resource_type, name, one, body, provider, when, self.call_locations, ignored, self.root.deployment
            )
            made[member.suffix] = (instance, self._whole(instance, body))
        return _Resource(tuple(instance for instance, _ in made.values()), expansion.shape(make))

    def _whole(self, instance: Instance, body: WrittenBody) -> Value:
        def compute(name: str) -> Value:
            rendered = name == "rendered" and (instance.mode, instance.type) == ("data", "template_file")
            return self.root.memo.value(
                (instance.address, "attribute", name),
                f"{instance.address}.{name}",
                None,
                lambda: self._rendered(instance) if rendered else self.root.attribute_of(instance, name),
            )

        attributes = Attributes(instance.address, compute, lambda: ("id", "arn", *body.names()))
        return MapValue(
            attributes, None, Symbol(instance.address, "the provider assigns it at deployment", location=instance.body.location)
        )

    def _rendered(self, instance: Instance) -> Value:
        template, variables = instance.body.attribute("template"), instance.body.attribute("vars")
        return template_file(template, variables, self.scope, instance.body.location)

    def _expansion(self, block: Block, address: str) -> Expansion:
        attributes = block.body.attributes
        for name, expand in (("count", by_count), ("for_each", by_each)):
            if name in attributes:
                attribute = attributes[name]
                value = self.root.memo.value(
                    (address, name),
                    f"{address}.{name}",
                    attribute.location,
                    lambda attribute=attribute: resolved(attribute.expression, self.scope),  # type: ignore[misc]  # bound in the loop
                )
                return expand(value, address, min(MOST_INSTANCES, _MOST_INSTANCES // self.copies))
        enabled = _of_lifecycle(block, "enabled")
        return by_enabled(resolved(enabled[-1], self.scope)) if enabled else SINGLE

    # Providers

    def provider(self, reference: _ProviderReference, scope: Scope) -> ProviderBody | None:
        """The configuration of a provider as this module sees it.

        Args:
            reference: how it is meant.
            scope: what names mean where it is; nothing depends on it but the key.
        """
        if reference.key is not None:
            return self._provider(reference, scope)
        if reference not in self._providers:
            self._providers[reference] = self._provider(reference, scope)
        return self._providers[reference]

    def _provider(self, reference: _ProviderReference, scope: Scope) -> ProviderBody | None:
        called = f"provider.{reference.name}{'.' + reference.alias if reference.alias else ''}"
        for definition in self.source.definitions.get("provider", {}).get((reference.name,), []):
            block = self._parsed(definition)
            if block is None:
                continue
            written = block.body.attributes.get("alias")
            value = getattr(written.expression, "value", None) if written else None
            if value == reference.alias:
                key = None if reference.key is None else resolved(reference.key, scope)
                return self._configured(block, f"{self._prefix}{called}", key)
        for unread in self.source.unread("provider"):
            if unread.labels[:1] == (reference.name,):
                reason = f"{called} could not be read"
                symbol = Symbol(f"{self._prefix}{reason}", reason, RESOLVE, unread.error.location)
                return UnreadBody(unread.header, symbol, f"{self._prefix}{called}")
        if self._caller is None:
            return None
        module, block, outer = self._caller
        return module.passed_provider(block, outer, reference)

    def _configured(self, block: Block, title: str, key: Value | None) -> WrittenBody:
        """The inside of a configuration, or of its instance with a key: OpenTofu has one for each element of `for_each`.

        Source: opentofu.org/docs/language/providers/configuration, "for_each: Multiple instances of a provider configuration".
        """
        name = "" if key is None else f"[{name_of(key)}]"
        if (id(block), name) not in self._bodies:
            scope = self.scope
            if key is not None:
                each = {"each": MapValue({"key": key, "value": derived(f"{title}{name}.each.value", key)})}
                found = (one.names for one in self._expansion(block, title).members if one.suffix == name)
                scope = scope.bound(next(found, each))
            self._bodies[id(block), name] = WrittenBody(block.body, block.header, scope, self.root.memo, f"{title}{name}")
        return self._bodies[id(block), name]

    def passed_provider(self, block: Block, scope: Scope, reference: _ProviderReference) -> ProviderBody | None:
        """The configuration that a call in this module, whose names mean what a scope says, passes on under a name."""
        attribute = block.body.attributes.get("providers")
        if attribute is not None and isinstance(attribute.expression, ObjectExpression):
            for name, value in attribute.expression.entries:
                if _ProviderReference.of(name) == replace(reference, key=None):
                    passed = _ProviderReference.of(value)
                    return None if passed is None else self.provider(passed, scope)
        return self.provider(reference, scope) if reference.alias is None else None

    # Calls

    def source_names(self) -> tuple[str, ...]:
        """The names of the module calls."""
        return tuple(labels[0] for labels in self.source.definitions.get("module", {}) if labels)

    def calls(self, name: str) -> tuple[ModuleCall, ...]:
        """The instances of a module call."""
        return self._expanded_call(name)[1]

    def calls_of_described(self) -> Iterator[ModuleCall]:
        """The instances of all calls whose modules are described."""
        for name in self.source_names():
            source = self._called(name)[0]
            if source is not None and is_description(source.directory):
                yield from self.calls(name)

    def calls_at(self, place: Location) -> tuple[ModuleCall, ...]:
        """The instances of the module call whose header stands at a place; none where there is no such call."""
        return next((self.calls(labels[0]) for labels in self.source.at(place, "module") if labels), ())

    def is_on_disk(self, name: str) -> bool:
        """Whether the called module can be read."""
        return self._called(name)[0] is not None

    def is_reported(self, name: str) -> bool:
        """Whether it is an error that the called module cannot be read: its own directory holds none."""
        return self._called(name)[2].endswith(_NO_MODULE)

    def leads_to(self, name: str, types: Types | None) -> bool:
        """Whether the module of a call, or one that it calls, has resources of some types; None for whether it says more than resources."""
        source, directory, _ = self._called(name)
        return source is not None and _has(source, directory, types, self.root, (*self.keys, name), frozenset())

    def _called(self, name: str) -> tuple[ModuleFiles | None, str, str]:
        """The module of a call, its `path.module`, and why there is none."""
        found = self._on_disk.get(name)
        if found is None:
            found = self._on_disk[name] = self._find(name)
        return found

    def _find(self, name: str) -> tuple[ModuleFiles | None, str, str]:
        definition = self.source.one("module", name)
        address = self._address_of(name)
        if definition is None:
            return None, "", f"{address} is not declared"
        source = written_source(definition, self.source.errors)
        path = called_path(definition, self.source, self.path, (*self.keys, name), self.root)
        if path is None:
            return None, "", f"{address} is not available locally"
        found = self.root.source_at(path)
        if found is None:
            return None, "", f"{address} lies outside the scanned tree"
        if not found.files:
            if found.is_there:
                self.root.use(found)
                return None, "", f"{address} could not be read"
            if source is not None and source.startswith("."):
                told = f"there is no module in {found.directory}"
                if submodule := submodule_around(found.directory, self.root.library.texts):
                    told = f"the Git submodule {submodule} is not checked out; run 'git submodule update --init'"
                self.root.report(InputError(definition.location, told))
                return None, "", f"{address} {_NO_MODULE}"
            return None, "", f"{address} is not available locally"
        above: list[str] = []
        module: Module | None = self
        while module is not None:
            above.append(module.source.directory)
            if module.source is found:
                way = " → ".join([*reversed(above), found.directory])
                self.root.report(InputError(definition.location, f"module.{name} calls itself: {way}"))
                return None, "", f"{address} calls itself: {way}"
            module = module._caller[0] if module._caller else None
        return found, path, ""

    def _address_of(self, name: str) -> str:
        """The address of a call."""
        return "terraform.source" if self.source.is_unit else f"{self._prefix}module.{name}"

    def _expanded_call(self, name: str) -> tuple[Expansion, tuple[ModuleCall, ...]]:
        found = self._calls.get(name)
        if found is not None:
            return found
        definition = self.source.one("module", name)
        block = self._repeatable(definition)
        address = self._address_of(name)
        if definition is None or block is None:
            return SINGLE, ()
        source, path, reason = self._called(name)
        expansion = self._expansion(block, address)
        calls = tuple(self._made(definition, block, member, source, path, reason) for member in expansion.members)
        for call in calls:
            if call.module is not None:
                call.module.copies = self.copies * len(calls)
        self._calls[name] = (expansion, calls)
        return self._calls[name]

    def _made(
        self, definition: Definition, block: Block, member: ExpandedInstance, source: ModuleFiles | None, path: str, reason: str
    ) -> ModuleCall:
        name = block.labels[0]
        address = f"{self._address_of(name)}{member.suffix}"
        when = self.when.also(member.when)
        module = None
        if source is not None and not self.root.affords(block.header):
            source, reason = None, f"{address} is one of too many modules"
        if source is not None:
            scope = self.scope.bound(member.names)
            body = WrittenBody(block.body, block.header, scope, self.root.memo, address)
            calls, caller, keys = (*self.call_locations, block.header), (self, block, scope), (*self.keys, name)
            if self.source.is_unit:  # it runs as a root module, with other means to give its variables a value
                module = Module(self.root, source, "", calls, when, None, path, caller, keys)
            else:
                module = Module(self.root, source, address, calls, when, body, path, caller, keys)
        return ModuleCall(
            address, name, written_source(definition, self.source.errors), block.header, when, self.call_locations,
            definition.written, module, reason, block, self, member,
        )  # fmt: skip

    def call_body(self, call: ModuleCall) -> EvaluatedBody:
        """The inputs of a call of this module."""
        if call.module is not None and call.module._inputs is not None:
            return call.module._inputs
        if (id(call), "") not in self._bodies:
            scope = self.scope.bound(call._member.names)
            self._bodies[id(call), ""] = WrittenBody(call._block.body, call._block.header, scope, self.root.memo, call.address)
        return self._bodies[id(call), ""]

    def _call_value(self, name: str) -> Value:
        definition = self.source.one("module", name)
        source, _, reason = self._called(name)
        address = f"{self._prefix}module.{name}"
        expansion, calls = self._expanded_call(name)
        if source is None and expansion.members:
            return Unknown(missing(address, definition.location if definition else None, reason))
        if len(calls) < len(expansion.members):
            return Unknown(missing(address, None, f"{address} could not be read"))
        values = {member.suffix: _outputs(call) for member, call in zip(expansion.members, calls, strict=True)}
        return expansion.shape(lambda member: values[member.suffix])

    def _repeatable(self, definition: Definition | None) -> Block | None:
        """A parsed block of which there may be several instances; None where Terraform refuses what it goes through for them."""
        block = self._parsed(definition)
        error = None if block is None else unsuitable(block, self)
        if definition is None or error is None:
            return block
        self.source.errors.append(error)
        definition.refuse(error)
        return None

    def _parsed(self, definition: Definition | None) -> Block | None:
        return None if definition is None else definition.block(self.source.errors)


def _outputs(call: ModuleCall) -> Value:
    module = call.module
    if module is None:
        return Unknown(missing(call.address, call.location, call.reason))
    outputs = Attributes(
        call.address, module.output, lambda: tuple(labels[0] for labels in module.source.definitions.get("output", {}))
    )
    return MapValue(outputs, None, Symbol(call.address, f"{call.address} has no such output", location=call.location))


def _too_much(address: str, location: Location) -> Value:
    """What stands for an instance that is not looked into."""
    return Unknown(Symbol(address, "there is too much to evaluate", location=location))


def _bounded(value: Value, name: str, location: Location | None) -> Value:
    if (extent(value) or 0) >= _LARGEST:
        return Unknown(Symbol(name, f"{name} is too large to be evaluated", location=location), location)
    return (
        replace(value, location=location)
        if isinstance(value, Unknown) and value.location is None and location is not None
        else value
    )


def _ignored(block: Block) -> frozenset[str]:
    """The arguments in `ignore_changes`, a nested one as the argument around it.

    Source: developer.hashicorp.com/terraform/language/meta-arguments/lifecycle, "ignore_changes".
    """
    found: set[str] = set()
    for listing in _of_lifecycle(block, "ignore_changes"):
        found.update(map(_argument, listing.items if isinstance(listing, TupleExpression) else (listing,)))
    return frozenset(found)


def _of_lifecycle(block: Block, name: str) -> list[Expression]:
    """What `lifecycle` blocks say of an argument, in both syntaxes."""
    written = [inner.body.attributes.get(name) for inner in block.body.blocks if inner.type == "lifecycle"]
    found = [attribute.expression for attribute in written if attribute is not None]
    in_json = block.body.attributes.get("lifecycle")
    if in_json is not None and isinstance(in_json.expression, ObjectExpression):
        found += [value for key, value in in_json.expression.entries if _argument(key) == name]
    return found


def _argument(reference: Expression) -> str:
    match reference:
        case Variable(name):
            return name
        case GetAttribute(source) | Index(source) | Splat(source):
            return _argument(source)
        case Literal(str() as text) | TemplateExpression((str() as text,)):
            return "all" if text == "*" else re.split(r"[.\[]", text)[0]
    return ""


_RELATIVE = regex(r"\.\.?(/|$)")


def called_path(definition: Definition, caller: ModuleFiles, path: str, keys: tuple[str, ...], root: Root) -> str | None:
    """`path.module` of a called module, None when it is neither available locally nor described.

    A local source lies beside its caller, another one where the manifest says that it is installed, else where it is described.
    """
    source = written_source(definition, caller.errors)
    if source is not None and _RELATIVE.match(source):
        return "." if caller.is_unit else _beside(path, source)
    if installed := root.installed(".".join(keys)):
        return installed
    if directory_of(source, None) is None:  # then of no version either
        return None
    return directory_of(source, written_version(definition.block(caller.errors)))


@functools.lru_cache(maxsize=1024)
def _beside(path: str, source: str) -> str:
    return posixpath.normpath(posixpath.join(path, source))


def _has(source: ModuleFiles, path: str, types: Types | None, root: Root, keys: tuple[str, ...], above: frozenset[str]) -> bool:
    if source.directory in above:  # it calls itself, which is told where it is called
        return types is None
    known = (source.directory, path, types, root.telling(keys))
    if known not in root.leading:
        root.leading[known] = (_says_more(source) if types is None else _makes(source, types)) or any(
            types is None
            if found is None or not found.is_there
            else _has(found, way, types, root, names, above | {source.directory})
            for found, way, names in _called_by(source, path, keys, root)
        )
    return root.leading[known]


def _makes(source: ModuleFiles, types: Types) -> bool:
    return bool(source.unparsed) or any(
        labels and labels[0] in types for mode in ("resource", "data") for labels in source.definitions.get(mode, {})
    )


_SAID_BY_VALUES = frozenset(
    {"resource", "data", "ephemeral", "module", "locals", "variable", "output", "provider", "terraform", "check"}
)


def _says_more(source: ModuleFiles) -> bool:
    """Whether a module says more than what its resources are: what could not be read, moves, provisioners, comments, what is described."""
    return (
        bool(source.unparsed or source.directives)
        or not source.definitions.keys() <= _SAID_BY_VALUES
        or is_description(source.directory)
        or any(definition.raw.mentions("provisioner") for definition in source.of("resource"))
    )


def _called_by(
    source: ModuleFiles, path: str, keys: tuple[str, ...], root: Root
) -> Iterator[tuple[ModuleFiles | None, str, tuple[str, ...]]]:
    """The modules that a module calls, each with its path and the names of the calls that lead to it; None for one that may not be read."""
    for labels, definitions in source.definitions.get("module", {}).items():
        names = (*keys, labels[0] if labels else "")
        inner = called_path(definitions[0], source, path, names, root)
        yield (None if inner is None else root.source_at(inner)), inner or "", names
