"""Plans: `terraform show -json PLAN` as instances.

Known values are taken as planned. What is known only after apply is linked through the references of its expression where the argument
can only be a plain reference, and unknown otherwise.
Source: developer.hashicorp.com/terraform/internals/json-format.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from auditor.foundation.errors import InputError
from auditor.foundation.location import Location
from auditor.foundation.value import ALWAYS, NULL, JsonText, Known, ListValue, MapValue, Symbol, Unknown, Value, When
from auditor.model import Attachment, Declarations
from auditor.sources.terraform.aws.provider import Provider
from auditor.sources.terraform.aws.resource_type import TerraformType
from auditor.sources.terraform.values.resource_instance import EvaluatedBlocks, EvaluatedBody, Instance

if TYPE_CHECKING:
    from auditor.foundation.text import Texts

_REASON = "it is known only after apply"
_CURE = "audit the configuration itself"

_Json = Mapping[str, Any]
Places = Callable[[str, str, str, str], "Place | None"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a resource is written.

    Attributes:
        header: of its block.
        arguments: of the block itself, by name.
    """

    header: Location
    arguments: Mapping[str, Location] = field(default_factory=dict)


def is_plan(document: Any) -> bool:
    """Whether a JSON document is the output of `terraform show -json` for a plan."""
    return (
        isinstance(document, dict)
        and "format_version" in document
        and ("planned_values" in document or "resource_changes" in document)
    )


def read_plan(text: str, path: str, provider: Provider, places: Places | None = None) -> Declarations:
    """What a plan declares.

    Args:
        text: the JSON.
        path: the file, as the user would name it.
        provider: what is known of the types of resources.
        places: where a resource is written, by the path of its module, its mode, type and name; None when the source is not at hand.

    Returns:
        The declarations, with an error instead when the text is no plan. Places are those of the source where it is at hand, else
        those of the plan.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        return Declarations(path, "terraform", errors=(InputError(Location(path), f"is no JSON: {error}"),))
    if not is_plan(document):
        return Declarations(path, "terraform", errors=(InputError(Location(path), "is no plan in JSON"),))
    plan = _Plan(document, text, path, provider, places)
    found = provider.declarations(path, plan.instances.values())
    return replace(found, attachments=_without_read_back(found.attachments))


def _without_read_back(attachments: Sequence[Attachment]) -> tuple[Attachment, ...]:
    """The attachments without what the provider read back into a bucket or key that another resource configures."""
    configured = {
        (one.kind, getattr(one.target, "origin", None) or getattr(one.target, "value", None))
        for one in attachments
        if not one.inline
    }
    return tuple(one for one in attachments if not (one.inline and (one.kind, one.address) in configured))


def places_beside(path: str, texts: Texts) -> Places:
    """Where the resources of a plan are written, when the configuration lies in the plan's own directory.

    Args:
        path: the plan, as the user would name it.
        texts: where files are read from.
    """
    from auditor.sources.terraform.modules.directory import Library, joined, written_source

    library = Library(texts)
    start = posixpath.dirname(path)

    def place(module: str, mode: str, kind: str, name: str) -> Place | None:
        directory = start
        for call in module.split("/") if module else ():
            definition = library.source(directory).one("module", call)
            source = written_source(definition, []) if definition else None
            if source is None or not source.startswith("."):
                return None
            directory = joined(directory, source)
        definition = library.source(directory).one(mode, kind, name)
        if definition is None:
            return None
        block = definition.block([])
        arguments = {key: attribute.location for key, attribute in block.body.attributes.items()} if block else {}
        return Place(definition.location, arguments)

    return place


class _Plan:
    """A plan with its instances by address."""

    def __init__(self, document: _Json, text: str, path: str, provider: Provider, places: Places | None) -> None:
        self.provider = provider
        self.document = document
        self.text = text
        self.path = path
        self.places = places
        self.configuration = _object(document.get("configuration"))
        self.accounts: dict[str, str] = {}
        self.instances: dict[str, Instance] = {}
        changes = {
            str(one.get("address")): _object(one.get("change"))
            for one in _array(document.get("resource_changes"))
            if isinstance(one, dict)
        }
        prior = _object(_object(document.get("prior_state")).get("values"))
        planned = _object(document.get("planned_values"))
        data = [one for one in _resources(_object(prior.get("root_module"))) if one.get("mode") == "data"]
        listed = [*data, *_resources(_object(planned.get("root_module")))]
        seen = {str(one.get("address")) for one in listed}
        # Data sources that are read during apply are among the changes.
        listed += [
            {**change, "values": _object(change.get("change")).get("after")}
            for change in _array(document.get("resource_changes"))
            if isinstance(change, dict) and change.get("mode") == "data" and str(change.get("address")) not in seen
        ]
        for one in listed:
            values = _object(one.get("values"))
            account = values.get("account_id") if one.get("type") == "aws_caller_identity" else None
            if one.get("mode") == "managed" and one.get("type") != "aws_s3_bucket":
                account = _account_of(values)
            if isinstance(account, str):
                self.accounts.setdefault(self._provider_key(one), account)
        for one in listed:
            instance = self._instance(one, changes.get(str(one.get("address")), {}))
            self.instances[instance.address] = instance

    def _instance(self, resource: _Json, change: _Json) -> Instance:
        address = str(resource.get("address"))
        mode = "data" if resource.get("mode") == "data" else "resource"
        kind, name = str(resource.get("type")), str(resource.get("name"))
        module, module_path = _module_of(address)
        written = self._configured(module_path, mode, kind, name)
        place = self._place(module_path, mode, kind, name, address)
        unknown = change.get("after_unknown", {})
        body = _PlanBody(
            self,
            _Origin(address, module, resource.get("index"), kind, mode),
            _object(resource.get("values")),
            unknown if isinstance(unknown, dict) else {},
            _object(written.get("expressions")) if written else None,
            place,
        )
        return Instance(mode, kind, name, address, body, self._provider(self._provider_key(resource)))

    def _configured(self, module_path: Sequence[str], mode: str, kind: str, name: str) -> _Json | None:
        """The configuration of a resource, None when the plan does not hold it."""
        module = self.module(module_path)
        wanted = "data" if mode == "data" else "managed"
        for one in _array(module.get("resources")):
            if isinstance(one, dict) and (one.get("mode"), one.get("type"), one.get("name")) == (wanted, kind, name):
                return one
        return None

    def module(self, module_path: Sequence[str]) -> _Json:
        """The configuration of a module by the names of the calls that lead to it."""
        module = _object(self.configuration.get("root_module"))
        for name in module_path:
            module = _object(_object(_object(module.get("module_calls")).get(name)).get("module"))
        return module

    def _provider_key(self, resource: _Json) -> str:
        address = str(resource.get("address"))
        _, module_path = _module_of(address)
        mode = "data" if resource.get("mode") == "data" else "resource"
        written = self._configured(module_path, mode, str(resource.get("type")), str(resource.get("name"))) or {}
        return str(written.get("provider_config_key", "aws"))

    def _provider(self, key: str) -> EvaluatedBody | None:
        settings = _object(_object(self.configuration.get("provider_config")).get(key))
        values: dict[str, Any] = {"alias": settings.get("alias") or (key if key != "aws" else None)}
        for name, expression in _object(settings.get("expressions")).items():
            value = self.constant(expression)
            if value is not None:
                values[name] = value
        if key in self.accounts:
            values["allowed_account_ids"] = [self.accounts[key]]
        if not any(values.values()):
            return None
        return _PlanBody(self, _Origin(f"provider.{key}", "", None, "provider"), values, {}, {}, Place(Location(self.path)))

    def constant(self, expression: Any) -> Any:
        """What an expression of the root module says when it is a constant or a variable; None when that is unknown."""
        if not isinstance(expression, dict):
            return None
        if "constant_value" in expression:
            return expression["constant_value"]
        references = _array(expression.get("references"))
        if len(references) == 1 and str(references[0]).startswith("var."):
            return _object(_object(self.document.get("variables")).get(str(references[0]).removeprefix("var."))).get("value")
        return None

    def _place(self, module_path: Sequence[str], mode: str, kind: str, name: str, address: str) -> Place:
        found = self.places("/".join(module_path), mode, kind, name) if self.places else None
        if found is not None:
            return found
        match = re.search(rf'"address"\s*:\s*{re.escape(json.dumps(address))}', self.text)
        if match is None:
            return Place(Location(self.path))
        line = self.text.count("\n", 0, match.start()) + 1
        column = match.start() - (self.text.rfind("\n", 0, match.start()) + 1) + 1
        return Place(Location(self.path, line, column, line, column + len(match.group())))

    # References

    def resolve(self, expression: _Json, origin: _Origin, meant: str, depth: int = 0) -> Value | None:
        """The value that an expression means when it is plainly one reference; None when it is not plainly one.

        Args:
            expression: it.
            origin: the instance that it is written in.
            meant: the attribute that it means where the plan tells only the resource.
            depth: how many inputs and outputs lead to it.

        The plan lists `a.b.id` together with its prefixes, and an index by `each.key` apart from what it is the index of.
        """
        listed = [str(one) for one in _array(expression.get("references"))]
        targets = [one for one in listed if not one.startswith(("each.", "count."))]
        longest = [one for one in targets if not any(other.startswith((f"{one}.", f"{one}[")) for other in targets)]
        if len(longest) != 1:
            return None
        index = origin.index if len(targets) < len(listed) else None
        return self._resolved(longest[0], origin.module, index, meant, depth)

    def _resolved(self, reference: str, module: str, index: Any, meant: str, depth: int) -> Value | None:
        if depth > 32:
            return None
        prefix = f"{module}." if module else ""
        if reference.startswith("var."):
            return self._input(reference.split(".")[1], module, meant, depth)
        if reference.startswith("module."):
            match = re.fullmatch(r"(module\.[\w-]+)(\[[^\]]+\])?\.([\w-]+)(?:\[0\])?", reference)
            if match is None:
                return None
            called = f"{prefix}{match[1]}{match[2] or (_suffix(index) if index is not None else '')}"
            return self._output(match[3], called, meant, depth)
        match = re.fullmatch(r"((?:data\.)?[\w-]+\.[\w-]+)(\[[^\]]+\])?(?:\.([\w-]+))?", reference)
        if match is None:
            return None
        suffix = match[2] or (_suffix(index) if index is not None else "")
        instance = self.instances.get(f"{prefix}{match[1]}{suffix}")
        if instance is None and not suffix:
            instance = self.instances.get(f"{prefix}{match[1]}[0]")
        if instance is None:
            return None
        return self.provider.attribute_of(instance, match[3] or meant)

    def _input(self, name: str, module: str, meant: str, depth: int) -> Value | None:
        if not module:
            return None
        _, path = _module_of(f"{module}.")
        call = _object(_object(self.module(path[:-1]).get("module_calls")).get(path[-1]))
        expression = _object(_object(call.get("expressions")).get(name))
        if "constant_value" in expression:
            return _value(expression["constant_value"], None, "", None)
        parent, step = _parent(module)
        return self.resolve(expression, _Origin(module, parent, _index(step), "module"), meant, depth + 1)

    def _output(self, name: str, module: str, meant: str, depth: int) -> Value | None:
        _, path = _module_of(f"{module}.")
        output = _object(_object(self.module(path).get("outputs")).get(name))
        return self.resolve(_object(output.get("expression")), _Origin(module, module, None, "module"), meant, depth + 1)


@dataclass(frozen=True, slots=True)
class _Origin:
    """Which instance a body belongs to: its address, its module's address, its key, its type and its mode."""

    address: str
    module: str
    index: Any
    type: str
    mode: str = "resource"


@dataclass(frozen=True, slots=True)
class _PlanBody:
    """The planned values of a resource or nested block; `expressions` is None where the configuration is not known."""

    plan: _Plan
    origin: _Origin
    values: _Json
    unknown: _Json
    expressions: _Json | None
    place: Place
    nested: str = ""

    @property
    def location(self) -> Location:
        """The header of the block."""
        return self.place.header

    @property
    def _type(self) -> TerraformType:
        return self.plan.provider.type_of(self.origin.mode, self.origin.type)

    def attribute(self, name: str) -> Value:
        """The planned value of an argument."""
        value, unknown = self.values.get(name), self.unknown.get(name)
        if value is not None:
            planned = _value(value, unknown, f"{self.origin.address}{self.nested}.{name}", self.written(name))
            return self._identified(planned, name) if isinstance(planned, Known) else planned
        if not unknown:
            return NULL
        if self.expressions is not None and name not in self.expressions:
            return NULL  # the provider fills it in
        return self._open(name)

    def _identified(self, planned: Known, name: str) -> Known:
        """A planned value that says which resource it was read from, when its expression is plainly a reference."""
        expression = _object((self.expressions or {}).get(name))
        meant = self._type.links.get(name) if name != "policy" else None
        found = self.plan.resolve(expression, self.origin, meant) if meant else None
        return replace(planned, origin=found.origin) if isinstance(found, Known) and found == planned else planned

    def exported(self, name: str) -> Value:
        """A planned value that the provider computed; null when it is not known."""
        value = self.values.get(name)
        written = self.expressions is not None and name in self.expressions
        return (
            NULL
            if value is None or written
            else _value(value, self.unknown.get(name), f"{self.origin.address}.{name}", self.location)
        )

    def written(self, name: str) -> Location | None:
        """The place of an argument, None when it is not written."""
        if self.expressions is not None and name not in self.expressions:
            return None
        if self.values.get(name) is None and not self.unknown.get(name):
            return None
        return self.place.arguments.get(name, self.place.header)

    def blocks(self, name: str) -> EvaluatedBlocks:
        """The planned nested blocks."""
        values, unknown = self.values.get(name), self.unknown.get(name)
        expressions = (self.expressions or {}).get(name)
        if unknown is True:
            if name in self._type.filled_in and expressions is None:
                return EvaluatedBlocks()
            return EvaluatedBlocks((), self._symbol(name))
        items: list[tuple[When, EvaluatedBody]] = []
        aligned, more = _aligned(_array(values), unknown)
        for at, one in enumerate(_array(values)):
            if not isinstance(one, dict):
                continue
            holes = _object(aligned[at])
            listed = expressions if isinstance(expressions, list) else [expressions]
            written = (
                listed[at] if at < len(listed) and len(listed) == len(_array(values)) and isinstance(listed[at], dict) else None
            )
            items.append(
                (ALWAYS, replace(self, values=one, unknown=holes, expressions=written, nested=f"{self.nested}.{name}[{at}]"))
            )
        return EvaluatedBlocks(tuple(items), self._symbol(name) if more else None)

    def _symbol(self, name: str) -> Symbol:
        return Symbol(f"{self.origin.address}{self.nested}.{name}", _REASON, _CURE, self.place.header)

    def _open(self, name: str) -> Value:
        expression = _object((self.expressions or {}).get(name))
        meant = self._type.links.get(name)
        if meant is not None:
            found = self.plan.resolve(expression, self.origin, meant)
            if found is not None and (name != "policy" or isinstance(found, JsonText | Known)):
                return found
        return Unknown(self._symbol(name), self.place.header)


def _value(planned: Any, unknown: Any, name: str, place: Location | None) -> Value:
    """A planned value with its unknown parts as symbols."""
    if unknown is True:
        return Unknown(Symbol(name, _REASON, _CURE, place), place)
    match planned:
        case list():
            holes, more = _aligned(planned, unknown)
            return ListValue(
                tuple(_value(one, holes[at], f"{name}[{at}]", place) for at, one in enumerate(planned)),
                place,
                Symbol(name, _REASON, _CURE, place) if more else None,
            )
        case dict():
            parts = unknown if isinstance(unknown, dict) else {}
            keys = [*planned, *(key for key in parts if key not in planned)]
            return MapValue({key: _value(planned.get(key), parts.get(key), f"{name}.{key}", place) for key in keys}, place)
        case str() | bool() | int() | float() | None:
            return Known(planned, place)
    return Unknown(Symbol(name, "it is no JSON"), place)


def _aligned(planned: Sequence[Any], unknown: Any) -> tuple[Sequence[Any], bool]:
    """What is unknown of each planned item, and whether further items are unknown.

    A set has no item for what is wholly unknown, so that what is unknown of it has more items than it has itself.
    Source: Terraform, internal/command/jsonplan/plan.go, omitUnknowns and unknownAsBool.
    """
    holes = _array(unknown)
    if len(holes) > len(planned):
        left = [hole for hole in holes if hole is not True]
        return left if len(left) == len(planned) else [True] * len(planned), True
    return [*holes, *[None] * (len(planned) - len(holes))], unknown is True


def _resources(module: _Json) -> Iterator[_Json]:
    """The resources of a module and its child modules."""
    pending = [module]
    while pending:
        one = pending.pop(0)
        yield from (resource for resource in _array(one.get("resources")) if isinstance(resource, dict))
        pending += [child for child in _array(one.get("child_modules")) if isinstance(child, dict)]


_STEP = re.compile(r"module\.([\w-]+)(\[(?:\d+|\"(?:[^\"\\]|\\.)*\")\])?\.")


def _account_of(values: _Json) -> str | None:
    """The account in the ARN of a resource, None when there is none."""
    match = _ARN.match(str(values.get("arn", "")))
    return match[1] if match else None


_ARN = re.compile(r"arn:[\w-]+:[\w-]+:[\w-]*:(\d{12}):")


def _module_of(address: str) -> tuple[str, tuple[str, ...]]:
    """The address of the module that a resource is in, and the names of the calls that lead to it."""
    at, names = 0, []
    while match := _STEP.match(address, at):
        names.append(match[1])
        at = match.end()
    return address[: max(0, at - 1)], tuple(names)


def _parent(module: str) -> tuple[str, str]:
    """The address of the calling module, and the last step of a module's address."""
    starts = [match.start() for match in _STEP.finditer(f"{module}.")]
    last = starts[-1] if starts else 0
    return module[: max(0, last - 1)], module[last:]


def _index(step: str) -> Any:
    match = re.search(r"\[(.*)\]$", step)
    return json.loads(match[1]) if match else None


def _suffix(index: Any) -> str:
    return f"[{json.dumps(index)}]"


def _object(value: Any) -> _Json:
    return value if isinstance(value, dict) else {}


def _array(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else []
