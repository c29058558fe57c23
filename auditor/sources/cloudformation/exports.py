"""Exports: what one template exports and others import, where the templates are read together.

Source: AWS CloudFormation Template Reference, "Outputs" (`Export`: a name is unique in an account and region), "Fn::ImportValue" and
"Fn::GetStackOutput" (any output, by the name of its stack).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from auditor.foundation.equality import same_text
from auditor.foundation.value import (
    NULL,
    Choice,
    Domain,
    Known,
    MapValue,
    Symbol,
    Text,
    Truth,
    Unknown,
    Value,
    children,
    is_null,
    is_text,
)
from auditor.lazy.classes import dataclass
from auditor.lazy.modules import module
from auditor.sources.cloudformation.intrinsics import expanded, is_of_stack, output_name
from auditor.sources.cloudformation.stack import Stack
from auditor.sources.cloudformation.template import entries_of, text_in

if TYPE_CHECKING:
    from auditor.sources import naming
else:
    naming = module("auditor.sources.naming")

_IMPORT, _OUTPUT = "Fn::ImportValue", "Fn::GetStackOutput"
Environment = tuple[str | None, str | None]
"""The account and the region of a deployment, as far as they are known; only within one an export is seen."""


@dataclass(frozen=True, slots=True)
class Exports:
    """What the templates of a run export and import.

    Attributes:
        found: the template and the output, by environment and resolved name; None where several templates export one name.
        imported: the environment and the names that a template imports, by its path.
        stacks: the name of the stack of a template, by its path.
    """

    found: Mapping[tuple[Environment, str], tuple[str, str] | None]
    imported: Mapping[str, tuple[Environment, tuple[Text, ...]]]
    stacks: Mapping[str, str] = field(default_factory=dict)

    def of(self, stack: Stack) -> Iterator[tuple[str, Text]]:
        """The outputs of a stack, each with the name of its export, and with what stands for it where it is named with its stack."""
        path = stack.template.path
        unknown = Unknown(Symbol(f"the name of the stack of {path}", "it is known only at deployment", domain=Domain.ASSIGNED))
        called: Text = Known(self.stacks[path]) if path in self.stacks else unknown
        return _exported(stack, called)


def exports_of(stacks: Iterable[tuple[Environment, Stack]], called: Mapping[str, str], importing: Collection[str]) -> Exports:
    """What stacks export and import.

    Args:
        stacks: they, each with its environment.
        called: their names, by the paths of their templates, as far as they are known.
        importing: the templates whose imports matter: the others declare nothing that is audited.
    """
    found: dict[tuple[Environment, str], tuple[str, str] | None] = {}
    imported: dict[str, tuple[Environment, tuple[Text, ...]]] = {}
    exports = Exports(found, imported, called)
    for environment, stack in stacks:
        path = stack.template.path
        for output, name in exports.of(stack):
            if isinstance(name, Known):
                place = (environment, str(name.value))
                found[place] = None if place in found else (path, output)
        names = tuple(_imported(stack)) if path in importing else ()
        if names:
            imported[path] = (environment, names)
    return exports


def _exported(stack: Stack, called: Text) -> Iterator[tuple[str, Text]]:
    """As `Exports.of`, for a stack of a name."""
    for output, body in expanded(stack.template.section("Outputs"), stack.evaluate):
        written = entries_of(body)
        condition = text_in(written.get("Condition"))
        if condition and stack.condition(condition) == Known(False):
            continue
        name = stack.evaluate(entries_of(written.get("Export")).get("Name", NULL))
        if is_text(name) and not is_null(name):
            yield output, name
        by_stack = output_name(MapValue({"StackName": called, "OutputName": Known(output)}))
        if by_stack is not None:
            yield output, by_stack


def _imported(stack: Stack) -> Iterator[Text]:
    pending = [one for name in (_IMPORT, _OUTPUT) for one in stack.template.resources_with(name.removeprefix("Fn::"))]
    while pending:
        one = pending.pop()
        if isinstance(one, MapValue) and len(one.entries) == 1 and _IMPORT in one.entries:
            name = stack.evaluate(one.entries[_IMPORT])
            yield name if is_text(name) else naming.derived(naming.name_of(name), name)
        elif isinstance(one, MapValue) and len(one.entries) == 1 and _OUTPUT in one.entries:
            output = output_name(stack.evaluate(one.entries[_OUTPUT]))
            if output is not None:
                yield output
        pending.extend(children(one))


def _may_be(one: Text, other: Text) -> bool:
    """Whether two names, both of exports or both of outputs, may be equal."""
    return is_of_stack(one) == is_of_stack(other) and same_text(one, other) is not Truth.FALSE


def _shown(name: Text) -> str:
    """What is imported: an export by its name, or an output by its stack."""
    text = naming.name_of(name)
    return text.strip('"') if is_of_stack(name) else f"ImportValue({text})"


@dataclass(slots=True)
class JoinedStacks:
    """The stacks that one root is joined with: those that it imports from, and those that import from it, or perhaps do.

    Attributes:
        exports: of the run.
        path: of the root's template.
        environment: of the root.
        make: the stack of another template, as the root sees it.
        stacks: those that were needed so far, by path, the root's own too.
    """

    exports: Exports
    path: str
    environment: Environment
    make: Callable[[str], Stack]
    stacks: dict[str, Stack] = field(default_factory=dict)

    def value(self, name: Text, asker: str) -> Value | None:
        """The value of an export; None where it is not known what exports it.

        Args:
            name: of the export.
            asker: the prefix of the stack that imports it.
        """
        source = self.exports.found.get((self.environment, str(name.value))) if isinstance(name, Known) else None
        if source is not None:
            return self.stack(source[0]).output(source[1])
        others = tuple(stack.prefix for path, stack in self.stacks.items() if path != self.path)
        return self._perhaps_own(name) if others and asker.startswith(others) else None

    def _perhaps_own(self, name: Text) -> Value | None:
        """What another stack may import from the root: the name of an export may turn out to be the one that is imported."""
        answer: Value | None = None
        for output, exported in self.exports.of(self.stack(self.path)):
            if _may_be(exported, name):
                as_what = (
                    f"an output of {self.path}" if is_of_stack(name) else f"what {self.path} exports as {naming.name_of(exported)}"
                )
                reason = f"it may be {as_what}"
                asked = _shown(name)
                condition = naming.derived(f"{asked} is the output {output} of {self.path}", exported, name, reason=reason).symbol
                elsewhere = naming.derived(asked, name, reason="another stack exports it")
                answer = Choice(condition, self.stack(self.path).output(output), elsewhere if answer is None else answer)
        return answer

    def stack(self, path: str) -> Stack:
        """The stack of a template."""
        if path not in self.stacks:
            self.stacks[path] = self.make(path)
        return self.stacks[path]

    def others(self) -> Iterator[Stack]:
        """The other stacks, each once; more are found while these are read."""
        exported = [name for _, name in self.exports.of(self.stack(self.path))]
        for path, (environment, names) in self.exports.imported.items():
            same = (_may_be(one, other) for one in names for other in exported)
            if environment == self.environment and path != self.path and any(same):
                self.stack(path)
        done = {self.path}
        while rest := [path for path in self.stacks if path not in done]:
            done.add(rest[0])
            yield self.stacks[rest[0]]
