"""From the paths that the user names to declarations: every file is recognised for what it is, and read by its source.

Directories that hold Terraform are read as modules; any other file is put to the kinds of `_kinds`, in order. A file that is named itself
must be something that can be audited; in a walk, everything else is passed over in silence (Kubernetes manifests, package files).
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from auditor.foundation.errors import AuditError, InputError, did_you_mean
from auditor.foundation.location import Location
from auditor.foundation.path_pattern import PathPattern
from auditor.foundation.text import TERRAFORM_SUFFIXES, WIDE, Texts
from auditor.host.workers import shared_out
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex
from auditor.model import Declarations
from auditor.sources.failsafe import internal, one_root
from auditor.sources.large import is_small, may_be_read
from auditor.sources.options import Local, RolesIf, SourceOptions
from auditor.sources.walk import Reached, directory_of, find, joined

_JSON = b".json"
_JSON_NAME = regex(rb'"([^"\n]+\.json)"')


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of file.

    Attributes:
        recognises: whether a text, with its path, is evidently of the kind; cheap, since it is put to every file of a walk.
        read: what all files of the kind declare together, each with whether the user named it.
        is_part: whether a file that is recognised is a part of something else that is read; asked of few, since it may look far around.
    """

    recognises: Callable[[str, str], bool]
    read: Callable[[Mapping[str, bool], SourceOptions, Texts], Iterable[Declarations]]
    is_part: Callable[[str], bool] = lambda _: False


def _is_plan(text: str, path: str) -> bool:
    from auditor.sources.terraform.plan.recognition import may_be_plan

    return may_be_plan(text) and not path.endswith((".yaml", ".yml"))


def _read_plans(files: Mapping[str, bool], options: SourceOptions, texts: Texts) -> Iterator[Declarations]:
    from auditor.sources.resource_types import TERRAFORM
    from auditor.sources.terraform.plan.reader import read_plan, read_state_before
    from auditor.sources.terraform.values.resource_instance import Deployment

    deployment = Deployment(options.region, options.account)
    for path, named in files.items():
        text = texts.read(path)
        if isinstance(text, str) and options.before:
            yield one_root(path, "terraform", functools.partial(read_state_before, text, path, TERRAFORM, deployment))
        elif isinstance(text, str):
            yield one_root(path, "terraform", functools.partial(read_plan, text, path, TERRAFORM, texts, deployment, named=named))


# Source: AWS CloudFormation User Guide, "Template anatomy".
_SECTION = regex(r"""^(?P<indent>[ ]*)["']?(?:AWSTemplateFormatVersion|Resources)["']?[ ]*:""", re.MULTILINE)
_SECTIONS = frozenset({"AWSTemplateFormatVersion", "Resources"})
_FIRST = regex(r"^(?P<indent>[ ]*)(?!---|#|%)\S", re.MULTILINE)
_RESOURCE_TYPE = regex(r"AWS::\w+::")
# A map in braces: JSON, JSON with comments, or YAML in flow style.
_IN_BRACES = regex(r"(?:\s|(?:#|//|---)[^\n]*\n|/\*(?:[^*]|\*(?!/))*\*/)*\{\s*[\"'\w#/]")


def _is_template(text: str, _path: str) -> bool:
    """Whether a text claims to be a template: it says so, or has resources of AWS, among its outermost keys."""
    if "AWSTemplateFormatVersion" not in text and not ("Resources" in text and _RESOURCE_TYPE.search(text)):
        return False
    text = text.removeprefix("\ufeff")
    if text.startswith(("AWSTemplateFormatVersion:", "Resources:")):
        return True
    if text[:100].lstrip()[:1] in "{#/-" and _IN_BRACES.match(text):
        return True
    first = _FIRST.search(text)
    return first is not None and any(match["indent"] == first["indent"] for match in _SECTION.finditer(text))


def _read_templates(files: Mapping[str, bool], options: SourceOptions, texts: Texts) -> Iterator[Declarations]:
    from auditor.sources.cloudformation import read_templates
    from auditor.sources.resource_types import CLOUDFORMATION

    return read_templates(files, options, texts, CLOUDFORMATION)


def _is_document(text: str, path: str) -> bool:
    from auditor.sources.documents import may_be_document

    return may_be_document(text, path)


def _read_documents(files: Mapping[str, bool], options: SourceOptions, texts: Texts) -> Iterator[Declarations]:
    from auditor.sources.documents import read_documents
    from auditor.sources.resource_types import COMMANDS

    return read_documents(files, options, texts, COMMANDS)


def _kinds(modules: Collection[str], naming: Iterable[str], texts: Texts) -> tuple[_Kind, ...]:
    """The kinds of files beside Terraform, in the order in which they are asked; the last one takes what was named and is of no kind.

    Args:
        modules: every directory that holds Terraform.
        naming: those of them whose code may name a file.
        texts: where files are read from.
    """
    in_code = functools.cache(lambda: _named_in_code(naming, texts))
    return (
        _Kind(_is_plan, _read_plans),
        _Kind(_is_template, _read_templates),
        _Kind(_is_document, _read_documents, lambda path: in_code().reads(path, modules)),
    )


@dataclass(frozen=True, slots=True)
class Sources:
    """What was read.

    Attributes:
        roots: one `Declarations` for each root, in the order of their names.
        errors: what could not be read.
        left_out: the roots that are not to be audited, each with the pattern that says so.
        unread: the files of frameworks, those that others shadow, and those of variables that no root is near, which are not read.
    """

    roots: tuple[Declarations, ...]
    errors: list[InputError]
    left_out: Mapping[str, PathPattern]
    unread: Sequence[str] = ()


def read(
    paths: Sequence[str], options: SourceOptions, texts: Texts, reach: Reached | None = None
) -> tuple[tuple[Declarations, ...], list[InputError]]:
    """The roots that the paths declare, and what could not be read: see `read_sources`."""
    sources = read_sources(paths, options, texts, reach)
    return sources.roots, sources.errors


def read_sources(
    paths: Sequence[str],
    options: SourceOptions,
    texts: Texts,
    reach: Reached | None = None,
    roles_if: RolesIf | None = None,
) -> Sources:
    """Everything that the paths declare, but for what is left out.

    Args:
        paths: files and directories; `-` is standard input.
        options: values that the user gives.
        texts: where files are read from.
        reach: what is read, where that is known already; else what the paths name or, as the files of a change, reach.
        roles_if: whether roles are read too where it is not said that they are: of all roots by each file that is in memory, again when all are;
            of a root of Terraform also by its own files together.

    Raises:
        AuditError: a value is given on the command line for a variable or parameter that nothing declares.
    """
    errors: list[InputError] = []
    if reach is None:
        reach = _changed(paths, options) if options.changed else Reached([*paths])
    texts.disk.admit(options.border((*paths, *reach.tops)))
    found = find(reach.everything, errors, texts.disk)
    modules = {**reach.modules, **found.modules}
    kinds = _kinds({*modules, *reach.directories}, {*found.modules, *reach.named}, texts)
    files = {**reach.files, **found.files}
    by_kind = _by_kind(kinds, files, texts, errors, _looked_at(kinds, files, modules, texts, options, roles_if))
    if roles_if is not None and not options.roles:
        options = replace(options, roles=_is_said(roles_if, texts), roles_alone=False)
    roots: list[Declarations] = []
    if modules:
        from auditor.sources.resource_types import TERRAFORM
        from auditor.sources.terraform import read_modules

        roots.extend(read_modules(modules, options, texts, TERRAFORM, roles_if))
    plans, *others = zip(kinds, _with_those_beside(reach, kinds, by_kind, texts), strict=True)
    if plans[1]:
        roots = _with_plans(roots, list(plans[0].read(plans[1], options, texts)), options, texts, roles_if)
    for kind, files in others:
        if files:
            roots.extend(kind.read(files, options, texts))
    if roles_if is not None and not options.roles and _is_said(roles_if, texts):
        return read_sources(paths, replace(options, roles=True), texts, reach)
    _must_be_declared("variable", "--var", [one.name for one in options.assignments if one.name], roots, "terraform")
    _must_be_declared("parameter", "--parameter", options.parameters, roots, "cloudformation")
    unread = [path for path in found.unread if options.excluding(path) is None]
    return replace(_kept(roots, options, errors), unread=unread)


def _with_plans(
    roots: Sequence[Declarations], plans: Sequence[Declarations], options: SourceOptions, texts: Texts, roles_if: RolesIf | None
) -> list[Declarations]:
    """All roots and plans, with one answer for a plan and the configuration that it was made of."""
    from auditor.sources.resource_types import TERRAFORM
    from auditor.sources.terraform import read_modules
    from auditor.sources.terraform.plan.one_answer import one_answer
    from auditor.sources.terraform.plan.reader import assigned

    def as_given(plan: Declarations, directory: str) -> Declarations:
        given = replace(options, assignments=(*options.assignments, *assigned(str(texts.read(plan.root)))))
        (declared,) = read_modules({directory: True}, given, texts, TERRAFORM, roles_if)
        return declared

    return one_answer(roots, plans, as_given)


def _changed(paths: Sequence[str], options: SourceOptions) -> Reached:
    from auditor.sources.reach import reached

    return reached(paths, options)


def _kept(roots: Sequence[Declarations], options: SourceOptions, errors: Iterable[InputError]) -> Sources:
    """What was read, but for what is left out, with everything that is wrong in it."""
    left_out = {root.root: pattern for root in roots if (pattern := options.excluding(root.root))}
    kept = tuple(root for root in roots if root.root not in left_out)
    told = [error for error in errors if options.excluding(error.location.path) is None]
    told.extend(error for root in kept for error in root.errors)
    told.extend(_undeclared(options.local, roots))
    return Sources(kept, told, left_out)


def _is_said(roles_if: RolesIf, texts: Texts) -> bool:
    """Whether a file that was read, other than code of Terraform, has all that roles are read for: any root may take a trust policy from it."""
    return any(_roles_said(texts.paths, roles_if, texts).values())


def _roles_said(paths: Iterable[str], roles_if: RolesIf, texts: Texts) -> Mapping[str, bool]:
    """Of these and all other files that it was asked of, code of Terraform aside, whether the file has all that roles are read for."""
    told: dict[str, bool] = texts.told("what roles are read for")
    for path in paths:
        if path not in told and not path.endswith(TERRAFORM_SUFFIXES):
            told[path] = roles_if((path,))
    return told


def _undeclared(given: Iterable[Local], roots: Sequence[Declarations]) -> Iterator[InputError]:
    """What is given for some roots and none of them asks for."""
    for local in given:
        covered = [root for root in roots if local.pattern.covers(root.root)]
        for noun, language, names in (
            ("variable", "terraform", {one.name: one.location for one in local.assignments if one.name}),
            ("parameter", "cloudformation", {name: location for name, (_, location) in local.parameters.items()}),
        ):
            declared = sorted({name for root in covered if root.language == language for name in root.inputs})
            for name, location in names.items():
                if location is not None and name not in declared and any(root.language == language for root in covered):
                    hint = did_you_mean(name, declared)
                    yield InputError(location, f"no {noun} '{name}' is declared under '{local.pattern.text}'{hint}")


def _must_be_declared(noun: str, option: str, given: Iterable[str], roots: Sequence[Declarations], language: str) -> None:
    """Sees to it that what was given is asked for somewhere, as Terraform and CloudFormation do: a slip would go unseen."""
    missing = [*given]
    for root in roots if missing else ():
        missing = [name for name in missing if root.language != language or name not in root.inputs]
    if missing:
        declared = sorted({name for root in roots if root.language == language for name in root.inputs})
        raise AuditError(f"{option} {missing[0]}: no {noun} of that name is declared{did_you_mean(missing[0], declared)}")


def _looked_at(
    kinds: Sequence[_Kind],
    files: Mapping[str, bool],
    modules: Collection[str],
    texts: Texts,
    options: SourceOptions,
    roles_if: RolesIf | None,
) -> Mapping[str, int | None]:
    """The place of the kind that recognises each file; afterwards those of some kind are in memory, and the code of the modules with them.

    It depends on no other file, so the work is shared out, with what else is told by the content of one file alone. What takes more than a look,
    since it was named, is large or cannot be read, is not told.
    """
    beside: dict[str, list[str]] = {}
    for path, named in files.items():
        if not named:
            beside.setdefault(directory_of(path), []).append(path)

    def look(directory: str) -> Mapping[str, int | None]:
        before = len(texts)
        if directory in modules:
            from auditor.sources.terraform.modules.written import may_call

            may_call(directory, texts)
        recognised = dict(_recognised_at_once(kinds, beside.get(directory, ()), texts))
        brought = texts.paths_since(before)
        said = _roles_said(brought, roles_if, texts) if roles_if is not None and not options.roles else {}
        texts.forget(path for path in brought if path in recognised and recognised[path] is None and not said.get(path))
        return recognised

    found: dict[str, int | None] = {}
    directories = [*dict.fromkeys((*beside, *modules))]
    for recognised in shared_out(
        look, directories, options.jobs, "looking at", texts=texts, meanwhile=_load_terraform if modules else None
    ):
        found.update(recognised)
    return found


def _load_terraform() -> object:
    """Loads what reads Terraform."""
    from auditor.sources.resource_types import TERRAFORM

    return TERRAFORM


def _recognised_at_once(kinds: Sequence[_Kind], paths: Iterable[str], texts: Texts) -> Iterator[tuple[str, int | None]]:
    for path in paths:
        with contextlib.suppress(Exception):  # it is looked at once more, and then told
            if is_small(path, texts) and isinstance(text := texts.read(path), str):
                yield path, _recognised(kinds, text, path)


def _recognised(kinds: Sequence[_Kind], text: str, path: str) -> int | None:
    """The place of the kind that recognises a text, with its path; None where none does."""
    return next((at for at, kind in enumerate(kinds) if kind.recognises(text, path)), None)


def _by_kind(
    kinds: Sequence[_Kind],
    files: Mapping[str, bool],
    texts: Texts,
    errors: list[InputError],
    seen: Mapping[str, int | None] = MappingProxyType({}),
) -> tuple[dict[str, bool], ...]:
    """The files of each kind, each with whether the user named it.

    Args:
        kinds: they.
        files: each with whether the user named it.
        texts: where they are read from.
        errors: where it is told what is wrong with them.
        seen: the places of the kinds that recognise those that were looked at.
    """
    found: tuple[dict[str, bool], ...] = tuple({} for _ in kinds)
    for path, named in files.items():
        try:
            at = seen[path] if path in seen else _kind_of(path, named, kinds, texts, errors)
            if at is not None and not named and kinds[at].is_part(path):
                at = None
        except Exception as error:  # noqa: BLE001 - whatever it is, the other files are read
            errors.append(internal(path, error))
            continue
        if at is not None:
            found[at][path] = named
    return found


def _kind_of(path: str, named: bool, kinds: Sequence[_Kind], texts: Texts, errors: list[InputError]) -> int | None:
    """The place of a file's kind among the kinds; None where it is of none, or why it is not read is an error."""
    if not named and not may_be_read(path, texts):
        return None
    text = texts.read(path)
    if isinstance(text, InputError):
        errors.extend(_undecodable(kinds, path, named, text, texts))
        return None
    at = _recognised(kinds, text, path)
    if at is None and named:
        at = len(kinds) - 1
    if named and (instead := _of_terraform(path, texts)):
        errors.append(InputError(Location(path), instead))
        return None
    return at


def _with_those_beside(
    reach: Reached, kinds: Sequence[_Kind], files: Sequence[dict[str, bool]], texts: Texts
) -> Iterator[dict[str, bool]]:
    """The files of each kind with those beside them that are audited with them: plans with code, documents with each other."""
    beside = _by_kind(kinds, dict.fromkeys(sorted(reach.beside), False), texts, [])
    for kind, own, others in zip(kinds, files, beside, strict=True):
        together = reach.modules if kind.read is _read_plans else reach.folders if kind.read is _read_documents else ()
        with_own = {path: False for path in others if directory_of(path) in together} | own
        yield dict(sorted(with_own.items())) if reach.beside else own


def _of_terraform(path: str, texts: Texts) -> str | None:
    """What a file is that Terraform wrote and that is not a plan in JSON, and what to do; None for any other one."""
    from auditor.sources.terraform.plan.recognition import what_instead

    try:
        return what_instead(texts.read_bytes(path), path)
    except OSError:
        return None


def near_miss_in(text: str, path: str) -> InputError | None:
    """Why JSON that is passed over in a walk is not what it is nearly: a document, or a plan; None where it is nearly none."""
    from auditor.sources.documents.shape import near_miss_in as near_document
    from auditor.sources.terraform.plan.recognition import what_instead

    instead = what_instead(text.encode(), path)
    return InputError(Location(path), instead) if instead else near_document(text, path)


def _undecodable(
    kinds: Sequence[_Kind],
    path: str,
    named: bool,
    error: InputError,
    texts: Texts,
) -> Iterator[InputError]:
    """The error of a file that cannot be read as UTF-8; in a walk, only where the rest of it is something that can be audited."""
    try:
        content = texts.read_bytes(path)
    except OSError:
        yield error  # nobody knows what it is
        return
    text = content.decode("utf-16" if error.message == WIDE else "utf-8", "replace")
    at = _recognised(kinds, text, path)
    recognised = at is not None and not kinds[at].is_part(path) and _claims(kinds[at], text, path)
    if named and (instead := _of_terraform(path, texts)):
        yield InputError(Location(path), instead)
    elif recognised or named:
        yield error


def _claims(kind: _Kind, text: str, path: str) -> bool:
    """Whether JSON that a kind recognises by words in it is of that kind as a whole."""
    from auditor.foundation.json_text import plain_json
    from auditor.sources.documents import claims_to_be_document

    try:
        outermost = plain_json(text) if path.endswith(".json") else None
    except ValueError:
        outermost = None
    if outermost is None:
        return True
    if kind.read is _read_documents:
        return claims_to_be_document(text, path)
    return kind.read is not _read_templates or (isinstance(outermost, dict) and not _SECTIONS.isdisjoint(outermost))


@dataclass(frozen=True, slots=True)
class _InCode:
    """The JSON files that Terraform code reads: each is a part of that code, and audited there.

    Attributes:
        files: their paths, where those are known.
        names: as they are written in the code, from its directory on: `policies/a.json` for `file("${path.module}/policies/a.json")`.
        computed: patterns of their paths, where the code computes a part of them.
    """

    files: frozenset[str]
    names: frozenset[str]
    computed: tuple[re.Pattern[str], ...]

    def reads(self, path: str, modules: Collection[str]) -> bool:
        """Whether a file is one that code in a directory at or above its own reads, or wherever it is by its path.

        Args:
            path: of the file.
            modules: every directory that holds Terraform.
        """
        if path in self.files or path in self.names:
            return True
        parts = path.split("/")
        named = ("/".join(parts[:at]) or "." for at in range(len(parts)) if "/".join(parts[at:]) in self.names)
        return any(directory in modules for directory in named) or any(one.fullmatch(path) for one in self.computed)


def _named_in_code(modules: Iterable[str], texts: Texts) -> _InCode:
    """The JSON files that Terraform code in some directories reads."""
    from auditor.sources.computed import computed_names

    files, names = set[str](), set[str]()
    computed: list[re.Pattern[str]] = []
    for directory in modules:
        for file in texts.disk.names(directory):
            if file.endswith(TERRAFORM_SUFFIXES):
                with contextlib.suppress(OSError):
                    text = texts.read_bytes(joined(directory, file))
                    computed += computed_names(text, directory)
                    for name in _JSON_NAME.findall(text) if _JSON in text else ():
                        written = name.decode("utf-8", "replace").rpartition("}")[2].lstrip("/").removeprefix("./")
                        if written.startswith("../"):
                            files.add(os.path.normpath(f"{directory}/{written}"))
                        else:
                            names.add(written)
    return _InCode(frozenset(files), frozenset(names), tuple(computed))
