"""CloudFormation, AWS SAM and CDK output: read with exact places, evaluated without ever raising.

Data flows forward: `syntax` or `auditor.foundation.json_text` (text to values) → `template` (sections) → `stack` (what names mean, with
`parameters`, `intrinsics` and `conditions`) → `aws` (resources to declarations).
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import functools
import itertools
import posixpath
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from auditor.foundation.errors import InputError
from auditor.foundation.location import Location
from auditor.foundation.text import Texts
from auditor.foundation.value import Known, Template, Value, is_null
from auditor.host.workers import shared_out
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex
from auditor.model import Declarations
from auditor.sources.failsafe import one_root
from auditor.sources.walk import BELOW_SAMCONFIG, SAMCONFIG, is_of_parameters, is_passed_over

if TYPE_CHECKING:
    from auditor.sources.cloudformation.aws.template_types import TemplateTypes
    from auditor.sources.cloudformation.exports import Environment, Exports
    from auditor.sources.cloudformation.parameters import GivenParameters
    from auditor.sources.cloudformation.stack import Imported, Stack, StackResource, Surroundings
    from auditor.sources.cloudformation.stack_sets import Overrides
    from auditor.sources.cloudformation.template import StackTemplate
    from auditor.sources.options import SourceOptions

_DEEPEST = 10
_Asked = tuple[tuple[str, ...], tuple[tuple[str, str], ...]]
"""Files of parameters, and the values of the command line."""
_IMPORT, _BY_STACK = "ImportValue", "GetStackOutput"


def read_templates(files: Mapping[str, bool], options: SourceOptions, texts: Texts, types: TemplateTypes) -> Iterator[Declarations]:
    """What templates declare, each with the stacks nested in it.

    Args:
        files: templates, each with whether the user named it; one that another one nests and that was not named is not a root.
        options: values that the user gives.
        texts: where files are read from.
        types: what is known of the types of resources.
    """
    joining = _joining(files, texts)
    cache = _Cache(texts, types, _Relevance(types, options.roles, () if options.roles_alone else joining))
    run = _Run(cache, options)
    exports = run.exports(sorted(files), joining)

    def read(path: str) -> tuple[Declarations | None, set[str], dict[_Asked, tuple[InputError, ...]]]:
        """What a template declares, those that it nests, and what could not be read of parameters that no other one before was given."""
        known = len(run.given)
        run.assigned(path)  # what cannot be read of parameters is told, whatever needs them
        none = Declarations(path, "cloudformation")
        declared = one_root(path, "cloudformation", lambda: _declared(path, run, exports, named=files[path]) or none)
        return None if declared is none else declared, cache.nested.get(path, set()), run.wrong(known)

    def size(path: str) -> int:
        return len(str(texts.read(path)))

    paths = sorted(files)
    found = dict(zip(paths, shared_out(read, paths, options.jobs, "reading", size, texts), strict=True))
    wrong = run.wrong() | {asked: errors for _, _, told in found.values() for asked, errors in told.items()}
    yield from (Declarations(file, "cloudformation", errors=errors) for ((file, *_), _), errors in sorted(wrong.items()))
    cache.nested |= {path: nested for path, (_, nested, _) in found.items() if nested}
    for path, (declared, _, _) in found.items():
        if declared is not None and (files[path] or not cache.is_nested(path)):
            yield declared


def _joining(paths: Iterable[str], texts: Texts) -> tuple[str, ...]:
    """The words of which a template that exports or imports something has one, by how the templates of a run do that."""
    by_stack = any(_BY_STACK in str(texts.read(path)) for path in paths)
    return ("Outputs", _BY_STACK) if by_stack else ("Export", _IMPORT)


@dataclass(frozen=True, slots=True)
class _Relevance:
    """Whether a template can declare something that the run is about.

    Attributes:
        types: what is known of the types of resources.
        roles: whether it is about roles too.
        joining: the words of which a template with roles alone has one where these may be beside a bucket; none where they count by themselves.
    """

    types: TemplateTypes
    roles: bool
    joining: tuple[str, ...]

    def __call__(self, text: str) -> bool:
        counting = self.roles and (not self.joining or any(word in text for word in self.joining))
        return self.types.is_relevant(text, roles=counting)


class _Cache:
    """The templates that were read, by path, and which of them a root nests."""

    def __init__(self, texts: Texts, types: TemplateTypes, is_relevant: _Relevance) -> None:
        self.texts, self.types, self.is_relevant = texts, types, is_relevant
        self.nested: dict[str, set[str]] = {}
        self._read: dict[str, tuple[StackTemplate | None, list[InputError]]] = {}
        self.beside = functools.cache(lambda directory: _Beside.of(directory, texts))

    def is_nested(self, path: str) -> bool:
        """Whether another root nests a template; of templates that nest each other, the first is a root."""
        own = self.nested.get(path, ())
        return any(path in below and (root < path or root not in own) for root, below in self.nested.items() if root != path)

    def is_beyond(self, resource: StackResource) -> bool:
        """Whether the template of a nested stack lies outside the scanned tree."""
        path = _template_path(resource, resource.stack.template.path)
        return path is not None and not self.texts.disk.holds(path)

    def template(self, path: str) -> tuple[StackTemplate | None, list[InputError]]:
        """The template in a file, with what it includes; None when there is none."""
        from auditor.sources.cloudformation.include import with_includes

        if path not in self._read:
            text, make = self.texts.read(path), _parser(self.is_relevant)
            template, errors = (None, []) if isinstance(text, InputError) else self.texts.made(text, path, make)
            self._read[path] = template and with_includes(template, self._text), errors
        return self._read[path]

    def _text(self, path: str) -> str | None:
        text = self.texts.read(path)
        return text if isinstance(text, str) else None


@functools.cache
def _parser(is_relevant: _Relevance) -> Callable[[str, str], tuple[StackTemplate | None, list[InputError]]]:
    """What makes a template of a text with its path: the same function for the same question, since what it makes may be kept."""
    from auditor.sources.cloudformation.template import parse_template

    return lambda text, path: parse_template(text, path, is_relevant)


@dataclass(frozen=True, slots=True)
class _Run:
    """What is the same for all templates of a run.

    Attributes:
        cache: the templates.
        options: values that the user gives.
        given: the parameters that have been read, by their files and values.
    """

    cache: _Cache
    options: SourceOptions
    given: dict[_Asked, GivenParameters] = dataclasses.field(default_factory=dict)

    def assigned(self, path: str) -> Mapping[str, Value]:
        """The parameters that the stack of a template is given."""
        options = self.options.at(path)
        beside = self.cache.beside(posixpath.dirname(path))
        files = options.parameter_files or _samconfig(path, beside.files, self.cache.texts)
        perhaps = () if files or not beside.parameters or self.is_outside(path) else beside.parameters
        if not files and not perhaps and not options.parameters:
            return {}
        from auditor.sources.cloudformation.parameters import given, perhaps_given

        key = files or (path, *perhaps), tuple(options.parameters.items())
        if key not in self.given:
            template, _ = self.cache.template(path) if perhaps else (None, [])
            declared = template.section("Parameters").entries if template else {}
            self.given[key] = (
                perhaps_given(options.parameters, perhaps, declared, self.cache.texts)
                if declared
                else given(options.parameters, files, self.cache.texts)
            )
        return self.given[key]

    def wrong(self, known: int = 0) -> dict[_Asked, tuple[InputError, ...]]:
        """What could not be read of parameters, but for so many that were read first."""
        read = itertools.islice(self.given.items(), known, None)
        return {asked: tuple(assigned.errors) for asked, assigned in read if assigned.errors}

    def is_outside(self, path: str) -> bool:
        """Whether a template can declare nothing that the run is about."""
        text = self.cache.texts.read(path)
        return not isinstance(text, str) or not self.cache.is_relevant(text)

    def environment(self, path: str) -> Environment:
        """Where the stack of a template is deployed, as far as that is known."""
        from auditor.sources.cloudformation.assembly import environment_of

        account, region = environment_of(path, self.cache.texts)
        options = self.options.at(path)
        return account or options.account, region or options.region

    def is_whole(self, path: str) -> bool:
        """Whether there is nothing to tell of a template: it can declare nothing, is sound, and no parameter is given that it may have."""
        from auditor.sources.cloudformation.template import is_sound

        text = self.cache.texts.read(path)
        given = self.options.parameters or any(one.parameters for one in self.options.local)
        return isinstance(text, str) and not given and not self.cache.is_relevant(text) and is_sound(text)

    def surroundings(self, path: str, imported: Imported = lambda *_: None) -> Surroundings:
        """Those of a root."""
        from auditor.sources.cloudformation.stack import Surroundings

        account, region = self.environment(path)
        of_deployment = Surroundings.of(self.cache.types, region, account)
        return dataclasses.replace(of_deployment, imported=imported, beyond=self.cache.is_beyond)

    def stack(self, path: str, root: str, surroundings: Surroundings) -> Stack:
        """The stack of a template, seen from a root: another one's resources have its path before their logical ids."""
        from auditor.sources.cloudformation.assembly import parameters_of
        from auditor.sources.cloudformation.stack import Stack

        template, _ = self.cache.template(path)
        assert template is not None  # noqa: S101 only such paths are asked for
        assigned, listed = self.assigned(path), parameters_of(path, self.cache.texts)
        return Stack(
            template,
            collections.ChainMap(assigned, listed) if listed else assigned,  # type: ignore[arg-type]  # it is only read
            surroundings,
            lambda resource: _nested(resource, self.cache, surroundings, (path,)),
            "" if path == root else f"{path}/",
        )

    def exports(self, paths: Sequence[str], joining: tuple[str, ...]) -> Exports:
        """What the templates export and import, by the words for that; nothing where none imports anything."""
        from auditor.sources.cloudformation.assembly import stack_name_of
        from auditor.sources.cloudformation.exports import Exports, exports_of

        texts = {path: self.cache.texts.read(path) for path in paths}
        by_stack = _BY_STACK in joining
        some = [path for path, text in texts.items() if isinstance(text, str) and any(word in text for word in joining)]
        importing = [path for path in some if self.cache.is_relevant(str(texts[path]))]
        if not by_stack and not any(_IMPORT in str(texts[path]) for path in importing):
            return Exports({}, {})
        readable = [path for path in some if self.cache.template(path)[0] is not None]
        called = {path: name for path in readable if by_stack and (name := stack_name_of(path, self.cache.texts))}
        try:
            stacks = ((self.environment(path), self.stack(path, "", self.surroundings(path))) for path in readable)
            return exports_of(stacks, called, importing)
        except Exception:  # noqa: BLE001 - told when the template itself is read; what is imported is unknown
            return Exports({}, {})


def _declared(path: str, run: _Run, exports: Exports, *, named: bool) -> Declarations | None:
    from auditor.sources.cloudformation.directives import directives
    from auditor.sources.cloudformation.exports import JoinedStacks
    from auditor.sources.cloudformation.template import NO_TEMPLATE

    cache = run.cache
    if run.is_whole(path):
        return Declarations(path, "cloudformation")
    template, errors = cache.template(path)
    if template is None:
        if not errors and named:
            errors = [InputError(Location(path), NO_TEMPLATE)]
        return Declarations(path, "cloudformation", errors=tuple(errors)) if errors else None
    inputs = frozenset(template.section("Parameters").entries)
    if not cache.is_relevant(template.text):
        return Declarations(path, "cloudformation", errors=tuple(errors), inputs=inputs)
    joined = JoinedStacks(exports, path, run.environment(path), lambda other: run.stack(other, path, surroundings))
    surroundings = run.surroundings(path, joined.value)
    stack = joined.stack(path)
    try:
        declared = cache.types.declarations(path, stack, directives(template), errors, joined.others)
        return dataclasses.replace(declared, inputs=inputs)
    except RecursionError:
        errors.append(InputError(Location(path), "is nested too deeply"))
        return Declarations(path, "cloudformation", errors=tuple(errors))


def _nested(resource: StackResource, cache: _Cache, surroundings: Surroundings, above: tuple[str, ...]) -> Stack | None:
    """The stack that a resource makes from a template that is available locally; of a stack set, any of its stacks."""
    from auditor.sources.cloudformation.aws.not_evaluated import STACK_SET
    from auditor.sources.cloudformation.inline import template_in
    from auditor.sources.cloudformation.stack import Stack

    is_set = resource.type == STACK_SET
    if is_set and "TemplateBody" in resource.written.entries:
        place = resource.written.key_locations.get("TemplateBody", resource.location)
        inside = template_in(resource.value("TemplateBody"), place)
        if isinstance(inside, tuple):
            _, errors = cache.template(above[-1])
            errors.extend(one for one in inside if one not in errors)
            return None
        return _of_set(resource, inside, surroundings)
    path = _template_path(resource, above[-1]) or _uploaded_path(resource, above[0], cache.texts)
    if path is None or path in above or len(above) > _DEEPEST:
        return None
    template, _ = cache.template(path)
    if template is None:
        return None
    cache.nested.setdefault(above[0], set()).add(path)
    if is_set:
        return _of_set(resource, template, surroundings)
    return Stack(
        template,
        _given(resource, template),
        surroundings,
        lambda inner: _nested(inner, cache, surroundings, (*above, path)),
        f"{resource.address}/",
        resource.when,
        (*resource.stack.calls, resource.location),
        resource.stack,
    )


def _of_set(resource: StackResource, template: StackTemplate, surroundings: Surroundings) -> Stack:
    """What stands for the stacks of a stack set."""
    from auditor.sources.cloudformation.stack import Stack
    from auditor.sources.cloudformation.stack_sets import Overrides, Spread, groups_in
    from auditor.sources.cloudformation.template import entries_of, text_in

    spread = Spread.of(resource.address, resource.location)
    groups = groups_in(resource.value("StackInstancesGroup"), "ParameterOverrides") or ()
    deployment = resource.value("AutoDeployment")
    by_hand = is_null(deployment) or text_in(entries_of(deployment).get("Enabled")).lower() == "false"
    return Stack(
        template,
        _given(resource, template, Overrides(groups, whole=by_hand)),
        dataclasses.replace(surroundings, account=spread.account, region=spread.region),
        lambda _: None,
        f"{resource.address}/",
        resource.when.and_(spread.exists),
        (*resource.stack.calls, resource.location),
        resource.stack,
    )


_SAM_TEMPLATES = frozenset({"template.yaml", "template.yml", "template.json"})
_SAM_TEMPLATE = regex(r"""^[ \t]*template(?:_file)?[ \t]*[=:][ \t]*["']?([^"'\s]+)""", re.MULTILINE)


def _samconfig(path: str, beside: Collection[str], texts: Texts) -> tuple[str, ...]:
    """The configuration of the SAM CLI with which a template is deployed when nothing else is said; none where it is of another template.

    It is beside the template, or in a directory above, where `sam deploy` is run, and names it.

    Source: AWS SAM Developer Guide, "AWS SAM CLI configuration file": beside the template, `samconfig.toml` before YAML; "sam deploy", `--template-file`.

    Args:
        path: of the template.
        beside: the names of the files there.
        texts: where files are read from.
    """
    place, name = posixpath.split(path)
    found = next((posixpath.join(place, one) for one in SAMCONFIG if one in beside), None)
    if found is not None and name in (_sam_templates(found, texts).intersection(beside) or _SAM_TEMPLATES):
        return (found,)
    for _ in range(BELOW_SAMCONFIG):
        place, step = posixpath.split(place)
        if step in ("", ".", ".."):
            break
        name = posixpath.join(step, name)
        with contextlib.suppress(OSError):  # it may not be looked into
            found = next((posixpath.join(place, one) for one in SAMCONFIG if one in texts.disk.files(place)), None)
            if found is not None and name in _sam_templates(found, texts):
                return (found,)
    return ()


def _sam_templates(path: str, texts: Texts) -> set[str]:
    """The templates that a configuration of the SAM CLI names, from where it is."""
    text = texts.read(path)
    return {posixpath.normpath(one) for one in _SAM_TEMPLATE.findall(text)} if isinstance(text, str) else set()


@dataclass(frozen=True, slots=True)
class _Beside:
    """What may be given to the templates of a directory.

    Attributes:
        files: the names of the files there.
        parameters: the paths of those that are called after parameters, also of those in the directories there.
    """

    files: frozenset[str] = frozenset()
    parameters: tuple[str, ...] = ()

    @classmethod
    def of(cls, directory: str, texts: Texts) -> _Beside:
        found: list[str] = []
        files: list[str] = []
        with contextlib.suppress(OSError):  # what is audited is not in a directory, or that cannot be listed, which is told
            files = texts.disk.files(directory)
            found += [posixpath.join(directory, name) for name in files if is_of_parameters(name)]
            for below in sorted({*texts.disk.names(directory)}.difference(files)):
                place = posixpath.join(directory, below)
                names = () if is_passed_over(below) else texts.disk.files(place)
                found += [posixpath.join(place, name) for name in names if is_of_parameters(f"{below}/{name}")]
        return cls(frozenset(files), tuple(found))


def _given(resource: StackResource, template: StackTemplate, overrides: Overrides | None = None) -> Mapping[str, Value]:
    """What the parameters of the template of a stack or stack set are given."""
    from auditor.sources.cloudformation.stack_sets import given

    declared = template.section("Parameters").entries
    return given(resource.value("Parameters"), declared, resource.address, resource.location, overrides)


def _template_path(resource: StackResource, parent: str) -> str | None:
    """The file of a nested stack's template, beside its parent; None when its address is not a relative path.

    Source: AWS CLI Command Reference, "package" (a local TemplateURL); AWS CDK, metadata `aws:asset:path` of a nested stack.
    """
    from auditor.sources.cloudformation.template import entries_of, text_in

    asset = text_in(entries_of(resource.body.entries.get("Metadata")).get("aws:asset:path"))
    where = resource.value("Location" if resource.type == "AWS::Serverless::Application" else "TemplateURL")
    named = asset or (str(where.value) if isinstance(where, Known) and isinstance(where.value, str) else "")
    if not named or "://" in named or named.startswith("/") or parent == "-":
        return None
    return posixpath.normpath(posixpath.join(posixpath.dirname(parent), named))


def _uploaded_path(resource: StackResource, root: str, texts: Texts) -> str | None:
    """The file of a nested stack's template that the CDK uploads for the stack of a root."""
    from auditor.sources.cloudformation.assembly import uploaded

    where = resource.value("TemplateURL")
    return uploaded(where, root, texts) if isinstance(where, Known | Template) and not is_null(where) else None
