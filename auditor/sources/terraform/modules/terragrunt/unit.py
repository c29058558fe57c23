"""A unit: the call that it makes of a module, which runs as a root module.

Source: terragrunt.gruntwork.io/docs/reference/hcl/blocks, "terraform": what `source` may be, that the folder before `//` is copied, and that the
files beside the unit are copied over it.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Mapping, Sequence

from auditor.foundation.errors import InputError
from auditor.foundation.location import Location, OnePlace, written_at
from auditor.foundation.text import UNIT_FILE
from auditor.foundation.value import Known, MapValue, Symbol, alternatives, is_text, shown, text_parts
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex
from auditor.sources.terraform.modules.directory import Definition, Library, ModuleFiles, joined, module_files
from auditor.sources.terraform.modules.terragrunt.config import Config, Context
from auditor.sources.terraform.modules.terragrunt.generated import Generated, generated_by
from auditor.sources.terraform.modules.terragrunt.inputs import extra_arguments, inputs_of
from auditor.sources.terraform.modules.terragrunt.layers import Layer, included_by
from auditor.sources.terraform.syntax.scanner import RawBlock
from auditor.sources.terraform.syntax.tree import Attribute, Block, Body, Literal, ObjectExpression, UnparsedBlock, Unsupported
from auditor.sources.walk import holds_code, is_passed_over

CALL = "unit"
"""The label of the call."""
_BESIDE = "beside"
_REGISTRY = regex(r"tfr://([^/]*)/([^?]+?)(?:\?version=([^&]*))?")
_REMOTE = regex(r"\w+::|[\w+]+://|[\w.-]+@|(?:github|gitlab)\.com/|bitbucket\.org/")
_PUBLIC = ("", "registry.terraform.io", "registry.opentofu.org")
_OWN_ARGUMENTS = frozenset({"source", "version", "count", "for_each", "providers", "depends_on"})


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit.

    Attributes:
        files: the call, as the only block of a module.
        target: the path of the called module from the unit's directory; None where it is not in the tree.
        is_beside: whether that is not in the tree, and the target only what is copied over it and written beside it.
        inputs: what the variables of the module are given, by their names; its rest may give any of them a value.
        var_files: the files of variables that they are given after those that Terraform reads by itself.
        override: what may give any of them another value than all of that; None where nothing may.
        generated: the files that Terragrunt writes beside the module, by their names.
    """

    files: ModuleFiles
    target: str | None
    is_beside: bool
    inputs: MapValue
    var_files: tuple[str, ...]
    override: Symbol | None
    generated: Mapping[str, Generated]

    def place(self, directory: str) -> str:
        """The directory of the module that the unit in a directory runs, its own where that is not in the tree."""
        return joined(directory, self.target or ".")

    def module(self, directory: str, library: Library) -> ModuleFiles:
        """The called module, with what is copied over it and written beside it.

        Args:
            directory: of the unit.
            library: where files are read from.
        """
        target = self.place(directory)
        try:
            files = {posixpath.basename(path): path for path in library.files(target)}
            if target != posixpath.normpath(directory or "."):
                files |= {posixpath.basename(path): path for path in library.files(directory)}
        except OSError:  # it is told of the module
            return ModuleFiles(target, library)
        written = {name: one for name, one in self.generated.items() if not (one.yields and name in files)}
        files = {name: path for name, path in files.items() if name not in written}
        files |= {name: one.copied for name, one in written.items() if one.copied}
        found = ModuleFiles(target, library, [files[name] for name in module_files(files)])
        if self.is_beside:
            place = next(iter(self.files.of("module"))).location
            found.unparsed.append(
                UnparsedBlock("module", (CALL,), place, place, InputError(place, "the module of the unit is not here"))
            )
            found.files = found.files or self.files.files[:1]
        for name, one in written.items():
            found.unparsed += one.unread
            if one.text is not None:
                found.add(name, one.text, one.place)
        return found


def unit_in(directory: str, library: Library) -> Unit | None:
    """The unit in a directory that has a file of Terragrunt; None where that is only there to be included.

    Args:
        directory: it.
        library: where files are read from.
    """
    context = Context(directory, library)
    config = context.config(joined(directory, UNIT_FILE), context.absolute("."), included=False)
    layers = [Layer(config, "", config.path), *included_by(config)]
    written = next((found for layer in layers if (found := layer.of_terraform("source"))), None)
    lacking = next((layer for layer in layers if layer.config is None or not layer.config.is_whole), None)
    has_code = holds_code(library.texts.disk.files(directory))
    if written is None and lacking is None and not (has_code and not _is_included_below(config, directory, library)):
        return None
    source, target = (
        _source(*written, context) if written is not None else ("./", ".") if has_code else (f"what {config.path} includes", None)
    )
    generated = generated_by(layers)
    var_files, override = extra_arguments(layers, context)
    files = ModuleFiles(directory, library, ())
    files.is_unit = True
    inputs = inputs_of(layers)
    is_beside = target is None and (has_code or any(one.text or one.copied or one.unread for one in generated.values()))
    files.definitions["module"] = _called(config, source, _version(layers, written), is_beside=is_beside)
    files.errors = [*context.errors, *context.memo.errors]
    files.files, files.directives = context.files, context.directives
    return Unit(files, "." if is_beside else target, is_beside, inputs, var_files, override, generated)


def _is_included_below(config: Config, directory: str, library: Library) -> bool:
    """Whether a unit in some directory below includes what is in this one, which then is not meant to run the code beside it."""
    for place, below, files in library.texts.disk.walk(directory or "."):
        below[:] = [name for name in below if not is_passed_over(name)]
        if place != directory and UNIT_FILE in files:
            context = Context(place, library)
            unit = context.config(joined(place, UNIT_FILE), context.absolute("."), included=False)
            if any(layer.config is not None and layer.config.path == config.path for layer in included_by(unit)):
                return True
    return False


# The module


def _source(config: Config, written: Attribute, context: Context) -> tuple[str, str | None]:
    """The source of a unit as a module call has it, and the path of the module from the unit's directory where it is in the tree."""
    value = config.value(written.expression, "terraform.source")
    text = value.value if isinstance(value, Known) else None
    if not isinstance(text, str):
        either = dict.fromkeys(shown(text_parts(one)).partition("?")[0] for _, one in alternatives(value) if is_text(one))
        told = f"either {' or '.join(either)}" if len(either) > 1 else written_at(written.expression.location)
        return told or "?", None
    if match := _REGISTRY.fullmatch(text):
        host = f"{match[1]}/" if match[1] not in _PUBLIC else ""
        text = host + match[2]
    package, inside, query = _parts(text)
    if match or _REMOTE.match(text):
        return package + (f"//{inside}" if inside else "") + query, None
    path = os.path.relpath(context.absolute(posixpath.join(package or ".", inside)), context.absolute(".")).replace(os.sep, "/")
    path = posixpath.normpath(path)
    return path if path.startswith("..") else f"./{path}", path


def _parts(source: str) -> tuple[str, str, str]:
    """The package of a source, the path inside it, and the query."""
    text, mark, query = source.partition("?")
    at = text.find("//", text.find("://") + 3 if "://" in text else 0)
    package, inside = (text, "") if at < 0 else (text[:at], text[at:].strip("/"))
    return package, "" if inside == "." else inside, mark + query


def _version(layers: Sequence[Layer], written: tuple[Config, Attribute] | None) -> str | None:
    """The version of a module of the registry; empty where it is computed."""
    if written is None:
        return None
    value = written[0].value(written[1].expression, "terraform.source")
    match = _REGISTRY.fullmatch(str(value.value)) if isinstance(value, Known) else None
    if match is None or match[3]:
        return match[3] if match else None
    found = next((found for layer in layers if (found := layer.of_terraform("version"))), None)
    version = found[0].value(found[1].expression, "terraform.version") if found else None
    return None if version is None else str(version.value) if isinstance(version, Known) else ""


def _called(config: Config, source: str, version: str | None, *, is_beside: bool) -> dict[tuple[str, ...], list[Definition]]:
    """The call that a unit makes, and what stands beside it as a call of a module of its own.

    It stands where the inputs are written out, if they are, so that what the unit gives are its arguments, and a fix may give it more.
    """
    inputs, raw = config.attribute("inputs"), config.attributes.get("inputs")
    if raw is None or inputs is None or not isinstance(inputs.expression, ObjectExpression):
        written = (*config.blocks.get("terraform", ()), *config.blocks.get("include", ()), *config.attributes.values())
        raw = next(iter(written), RawBlock(OnePlace("", Location(config.path)), "", (), 0, 0, 0, 0))
    arguments = {name: attribute for name, attribute in _arguments(config, inputs).items() if name not in _OWN_ARGUMENTS}
    texts = {"source": source} if version is None else {"source": source, "version": version}
    calls: dict[tuple[str, ...], list[Definition]] = {(CALL,): [_definition(CALL, raw, texts, arguments)]}
    return {**calls, (_BESIDE,): [_definition(_BESIDE, raw, {"source": "./"}, {})]} if is_beside else calls


def _definition(label: str, raw: RawBlock, texts: Mapping[str, str], arguments: Mapping[str, Attribute]) -> Definition:
    """A module call that stands where something else is written."""
    place = raw.header
    body = Body({name: Attribute(name, Literal(text, place), place) for name, text in texts.items()} | {**arguments}, ())
    block = Block("module", (label,), body, place, raw.location)
    call = RawBlock(raw.lines, "module", (label,), raw.start, raw.end_of_header, raw.body, raw.end, tree=(block, ()))
    return Definition(call, _plain_source=())


def _arguments(config: Config, inputs: Attribute | None) -> Mapping[str, Attribute]:
    """What a unit itself gives, by name."""
    if inputs is None:
        return {}
    if isinstance(inputs.expression, ObjectExpression):
        entries = [(key.value, value) for key, value in inputs.expression.entries if isinstance(key, Literal)]
        return {str(name): Attribute(str(name), value, value.location) for name, value in entries}
    value, place = config.value(inputs.expression, "inputs"), inputs.location
    names = value.entries if isinstance(value, MapValue) else ()
    return {name: Attribute(name, Unsupported("it is not written out", place), place) for name in names}
