"""The configuration beside a plan: where its resources are written, and what their arguments say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from auditor.foundation.value import Known, Template, Unknown, Value
from auditor.sources.options import SourceOptions
from auditor.sources.terraform.aws.provider import Provider
from auditor.sources.terraform.modules.directory import Library, joined, written_source
from auditor.sources.terraform.modules.module import Root
from auditor.sources.terraform.modules.variables import GivenVariable
from auditor.sources.terraform.plan.addresses import module_of
from auditor.sources.terraform.plan.body import Place
from auditor.sources.terraform.plan.document import Json, Plan, entries
from auditor.sources.terraform.syntax.native import parse_expression
from auditor.sources.terraform.values.resource_instance import Instance
from auditor.sources.walk import directory_of

if TYPE_CHECKING:
    from auditor.foundation.text import Texts


class Beside:
    """The configuration in the directory of a plan.

    Args:
        path: the plan, as the user would name it.
        plan: it; the values of its variables are those of the configuration.
        texts: where files are read from.
        provider: what is known of the types of resources.
    """

    def __init__(self, path: str, plan: Plan, texts: Texts, provider: Provider) -> None:
        self.directory = directory_of(path)
        self._plan = plan
        self._provider = provider
        self._library = Library(texts)

    def place(self, resource: Json) -> Place | None:
        """Where a resource is written; None when it is not in a directory beside the plan or below."""
        _, path = module_of(str(resource.get("address")))
        directory = self.directory
        for call in path:
            definition = self._library.source(directory).one("module", call)
            source = written_source(definition, []) if definition else None
            if source is None or not source.startswith("."):
                return None
            directory = joined(directory, source)
        mode = "data" if resource.get("mode") == "data" else "resource"
        definition = self._library.source(directory).one(mode, str(resource.get("type")), str(resource.get("name")))
        if definition is None:
            return None
        block = definition.block([])
        arguments = {key: attribute.location for key, attribute in block.body.attributes.items()} if block else {}
        return Place(definition.location, arguments)

    @cached_property
    def instances(self) -> Mapping[str, Instance]:
        """The instances that certainly exist, by address, with the values that the plan gives to variables."""
        if not self._library.source(self.directory).files:
            return {}
        root = Root(self.directory, SourceOptions(), self._library, self._attribute_of)
        root.given.by_files.clear()
        for name, one in entries(self._plan.document.get("variables")).items():
            given = _given(entries(one).get("value"), name)
            if given is not None and not self._plan.is_sensitive_variable(name):
                root.given.values[name] = given
        found = root.instances(self._provider.wanted(roles=True))
        return {one.address: one for one in found if not one.when.literals}

    @cached_property
    def _planned(self) -> Mapping[str, Json]:
        """What the plan shows of each resource, by address."""
        return {str(one.get("address")): one for one in self._plan.will_be()}

    def _attribute_of(self, instance: Instance, name: str) -> Value:
        """The value of an attribute; what the configuration leaves unresolved of it is what the plan knows, so that both mean one thing."""
        value = self._provider.attribute_of(instance, name)
        planned = self._planned.get(instance.address)
        if planned is None or not isinstance(value, Unknown | Template):
            return value
        change = self._plan.change_of(instance.address)
        marks = (change.get("after_unknown"), change.get("after_sensitive"), planned.get("sensitive_values"))
        known = entries(planned.get("values")).get(name)
        if not isinstance(known, str) or any(mark is True or entries(mark).get(name) for mark in marks):
            return value
        return Known(known, value.location, value.origin)


def _given(value: Any, name: str) -> GivenVariable | None:
    """A value of the plan as it would be given on the command line."""
    text = json.dumps(value, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")
    expression, errors = parse_expression(text, f"variable {name} of the plan", 1, 1)
    return None if expression is None or errors else GivenVariable(expression, "", expression.location)
