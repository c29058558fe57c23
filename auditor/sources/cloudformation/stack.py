"""A stack: a template with what its parameters are given, where every name has a meaning.

Sources: AWS CloudFormation Template Reference, "Pseudo parameters", "Ref", "Fn::GetAtt" (outputs of nested stacks); AWS SAM Developer
Guide, "Generated CloudFormation resources" and "Globals section".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from auditor.aws.partitions import partition_of
from auditor.foundation.errors import RESOLVE, InputError, did_you_mean
from auditor.foundation.location import Location
from auditor.foundation.value import (
    ALWAYS,
    NULL,
    Domain,
    Known,
    ListValue,
    MapValue,
    Meaning,
    Symbol,
    Text,
    Unknown,
    Value,
    When,
    is_null,
)
from auditor.lazy.classes import dataclass
from auditor.lazy.modules import module
from auditor.sources.cloudformation.intrinsics import ADD_EXTENSIONS, EXTENSIONS, FOR_EACH, PACKAGED, Evaluator, expanded
from auditor.sources.cloudformation.syntax import OF_RAIN
from auditor.sources.cloudformation.template import StackTemplate, entries_of, text_in

if TYPE_CHECKING:
    from auditor.sources.cloudformation import circles, conditions, limits, parameters
else:
    circles = module("auditor.sources.cloudformation.circles")
    conditions = module("auditor.sources.cloudformation.conditions")
    limits = module("auditor.sources.cloudformation.limits")
    parameters = module("auditor.sources.cloudformation.parameters")

_SERVERLESS = "AWS::Serverless-"
# SAM moves what an event of a function refers to out of the function.
_REWRITTEN = "AWS::Serverless::"
_FOLLOWED = ("AWS::S3::Bucket", "AWS::KMS::Key")
WITH_ROLE = ("AWS::Serverless::Function", "AWS::Serverless::StateMachine")
"""The types for which SAM makes a role, whose logical id is that of the resource with `Role` after it."""
# Macros of AWS that add nothing to buckets and keys.
_HARMLESS = (_SERVERLESS, EXTENSIONS, "AWS::SecretsManager-", "AWS::CodeDeployBlueGreen")
_PROCESSED = "audit the processed template (aws cloudformation get-template --template-stage Processed)"

# Source: AWS SAM Developer Guide, "Globals section": the properties that it takes for functions do not include these.
_NOT_COMMON = ("Policies", "Role")

_PSEUDO = (
    "AWS::AccountId", "AWS::NoValue", "AWS::NotificationARNs", "AWS::Partition", "AWS::Region", "AWS::StackId", "AWS::StackName",
    "AWS::URLSuffix",
)  # fmt: skip

Imported = Callable[[Text, str], Value | None]


class Types(Protocol):
    """What is known of the types of resources."""

    def reference_to(self, resource: StackResource) -> Value:
        """What `Ref` gives."""
        ...

    def attribute_of(self, resource: StackResource, name: str) -> Value:
        """What `Fn::GetAtt` gives."""
        ...

    def attribute_meant(self, resource_type: str, name: str) -> str | None:
        """The attribute that is meant by one that a type does not have, empty where `Ref` is; None where no slip is certain."""
        ...

    def corrected(self, resource_type: str, body: MapValue, name: str) -> tuple[MapValue, tuple[InputError, ...]]:
        """All that is written of a resource, with what is meant by a wrong name unknown, and what is wrong."""
        ...

    def meant(self, resource_type: str) -> str | None:
        """The type that is meant by one that CloudFormation does not know; None where no slip is certain.

        CloudFormation answers "Template format error: Unrecognized resource types", and nothing of the template is deployed.
        """
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all stacks of one root share.

    Attributes:
        types: what is known of the types of resources.
        region: of the deployment.
        account: of the deployment.
        imported: the value of an export by its name and the prefix of the stack that imports it, None where it is not known what exports it.
        beyond: whether the template of a nested stack lies outside the scanned tree.
    """

    types: Types
    region: Text
    account: Text
    imported: Imported = lambda *_: None
    beyond: Callable[[StackResource], bool] = lambda _: False

    @staticmethod
    def of(types: Types, region: str | None, account: str | None = None) -> Surroundings:
        """Those of a deployment to a region of an account, which may be unknown."""
        who = Symbol("AWS::AccountId", "the account is known only at deployment", "give it with --account", domain=Domain.ACCOUNT)
        where = Symbol("AWS::Region", "the region is known only at deployment", "give it with --region", domain=Domain.REGION)
        return Surroundings(
            types,
            Known(region) if region else Unknown(where),
            Known(account) if account else Unknown(who),
        )

    @property
    def partition(self) -> str:
        """The partition: by the region when that is resolved, else the commercial one (see ARCHITECTURE.md)."""
        region = str(self.region.value) if isinstance(self.region, Known) else ""
        return partition_of(region)


class StackResource:
    """One resource of a stack.

    Attributes:
        stack: the stack it belongs to.
        id: its logical id.
        address: the logical id, after those of the nested stacks that lead to it.
        type: its type.
        location: its logical id in the text.
        body: all that is written below its logical id.
        when: the unresolved conditions under which it exists.
    """

    __slots__ = ("_made", "_written", "address", "body", "id", "location", "stack", "type", "when")

    def __init__(self, stack: Stack, name: str, body: MapValue, location: Location, when: When) -> None:
        self.stack, self.id, self.body, self.location, self.when = stack, name, body, location, when
        self.address = stack.prefix + name  # the name itself where there is no prefix: a template may have a hundred thousand
        self.type = text_in(body.entries.get("Type"))
        self._made: dict[str, Value] | None = None  # of most resources no property is asked for
        self._written: MapValue | None = None

    @property
    def written(self) -> MapValue:
        """Its properties as they are written, with loops over resolved items unrolled."""
        if self._written is None:
            found = self.body.entries.get("Properties")
            self._written = found if isinstance(found, MapValue) else MapValue({}, self.location)
            if self.stack.is_extended and any(name.startswith(FOR_EACH) for name in self._written.entries):
                self._written = replace(self._written, entries=dict(expanded(self._written, self.stack.evaluate)))
        return self._written

    def value(self, name: str) -> Value:
        """The value of a property, null when it is not written."""
        if self._made is None:
            self._made = {}
        made = self._made
        if name not in made:
            made[name] = Unknown(Symbol(f"{self.address}.{name}", "it refers to itself", "", self.location), self.location)
            written = self.written.entries
            if name in written:
                made[name] = self.stack.evaluate(written[name])
            elif name in (common := self.stack.common(self.type)):
                made[name] = self.stack.evaluate(common[name])
            elif (macro := self.macro) is not None:
                made[name] = Unknown(macro, self.location)
            else:
                made[name] = NULL
        return made[name]

    @property
    def unread(self) -> Symbol | None:
        """What stands for its properties where they cannot be read; None where they can."""
        properties = self.body.entries.get("Properties")
        if properties is None or isinstance(properties, MapValue):
            return None
        name = f"the Properties of {self.address}"
        if isinstance(properties, Unknown):
            return Symbol(name, f"{name} could not be read", RESOLVE, properties.symbol.location or self.location)
        return Symbol(name, f"{name} are not a mapping", "fix them", self.location)

    @property
    def macro(self) -> Symbol | None:
        """What may add properties that are not written; None when nothing does."""
        for place in (self.written, self.body):
            if "Fn::Transform" in place.entries:
                value = self.stack.evaluate(MapValue({"Fn::Transform": place.entries["Fn::Transform"]}, place.location))
                return value.symbol if isinstance(value, Unknown) else None
        loop = next((name for name in self.written.entries if name.startswith(FOR_EACH)), None)
        return self.unread if loop is None else self.stack.loop(loop, self.written.key_locations.get(loop) or self.location)


class Stack:
    """One stack.

    Args:
        template: its template.
        assigned: what its parameters are given.
        surroundings: what it shares with the other stacks of its root.
        nested: finds the stack that a resource of this one makes; None when its template is not here.
        prefix: the logical ids of the nested stacks that lead to it, each followed by `/`.
        when: the unresolved conditions under which it exists.
        calls: the nested stacks that lead to it, outermost first.
        parent: the stack that it is nested in.
    """

    def __init__(
        self,
        template: StackTemplate,
        assigned: Mapping[str, Value],
        surroundings: Surroundings,
        nested: Callable[[StackResource], Stack | None],
        prefix: str = "",
        when: When = ALWAYS,
        calls: tuple[Location, ...] = (),
        parent: Stack | None = None,
    ) -> None:
        self.top: Stack = parent.top if parent is not None else self
        self.template, self.assigned, self.surroundings = template, assigned, surroundings
        transforms = template.transforms
        self.is_extended = EXTENSIONS in transforms
        """Whether the language extensions are applied."""
        self.is_serverless = any(name.startswith(_SERVERLESS) for name in transforms)
        """Whether the SAM transform is applied."""
        self.prefix, self.when, self.calls = prefix, when, calls
        self._nested = nested
        self._evaluator = Evaluator(self)
        self._parameters: dict[str, Value] = {}
        self._conditions: dict[str, Value] = {}
        self._children: dict[str, Stack | None] = {}
        self._outputs: dict[str, Value] = {}
        self._found: dict[str, StackResource] | None = None
        self._makers: list[Symbol] = []
        self._unread: list[Symbol] = []
        self.absent: dict[str, str] = {}
        """The types of the resources whose condition does not hold, by logical id; complete once the resources are listed."""

    # What is there

    @property
    def resources(self) -> Mapping[str, StackResource]:
        """The resources that may exist, by logical id."""
        if self._found is None:
            self._found = {}
            self._found.update(self._listed())
        return self._found

    def _listed(self) -> Iterator[tuple[str, StackResource]]:
        section = self.template.section("Resources")
        for name, body in expanded(section, self.evaluate) if self.is_extended else section.entries.items():
            place = section.key_locations.get(name) or body.location or Location(self.template.path)
            if name == "Fn::Transform":
                self._makers.append(Symbol(f"Fn::Transform at {place}", "a macro makes resources at deployment", "", place))
            elif name.startswith(FOR_EACH):
                self._makers.append(self.loop(name, place))
            elif not isinstance(body, MapValue):
                if not isinstance(body, Unknown):
                    self.template.errors.append(InputError(place, f"the resource {name} is not a mapping"))
                self._unread.append(self._not_read(name, place))
            elif _is_module(body.entries.get("Type")):
                message = f"the Type of the resource {name} is a module of Rain: {PACKAGED}"
                self.template.errors.append(InputError(place, message))
                self._unread.append(self._not_read(name, place))
            elif isinstance(kind := self.evaluate(body.entries.get("Type", NULL)), Unknown):
                self._makers.append(replace(kind.symbol, name=f"the Type of {name}", location=place))
            elif not text_in(kind):
                self.template.errors.append(InputError(place, _without_type(name, kind)))
                self._unread.append(self._not_read(name, place))
            elif (meant := self.surroundings.types.meant(text_in(kind))) and not self.macros:
                message = f"{name} has the type '{text_in(kind)}', which CloudFormation does not know: write '{meant}'"
                self.template.errors.append(InputError(body.entries["Type"].location or place, message))
                self._unread.append(self._not_read(name, place))
            else:
                meant_by_it, slips = self.surroundings.types.corrected(text_in(kind), body, name)
                if slips and not self.macros:
                    body = meant_by_it  # noqa: PLW2901 what is meant by it
                    self.template.errors.extend(slips)
                if "DependsOn" in body.entries:
                    self._depends(body)
                when = self._presence(body)
                if when is None:
                    self.absent[name] = text_in(kind)
                else:
                    yield name, StackResource(self, name, body, place, self.when.also(when))

    def _depends(self, body: MapValue) -> None:
        """Reports what a resource depends on although it is not there."""
        written = body.entries.get("DependsOn")
        known = self.template.section("Resources").entries
        for one in written.items if isinstance(written, ListValue) else (written,):
            if isinstance(one, Known) and (name := text_in(one)) not in known:
                reason = f"'{name}', which a resource depends on, is not a resource of the template"
                self.undefined(f"{reason}{did_you_mean(name, known)}", one.location)

    def loop(self, name: str, place: Location) -> Symbol:
        """What stands for what a loop makes that is not unrolled."""
        if self.is_extended:
            return Symbol(f"{name} at {place}", "what Fn::ForEach goes over is not resolved", "", place)
        return Symbol(f"{name} at {place}", f"only the transform {EXTENSIONS} expands Fn::ForEach", ADD_EXTENSIONS, place)

    def _not_read(self, name: str, place: Location) -> Symbol:
        named = f"{self.prefix}{name}"
        return Symbol(f"{named} ({place.path}:{place.line})", f"{named} could not be read", RESOLVE, place)

    @property
    def unread(self) -> tuple[Symbol, ...]:
        """The resources of which nothing is known but that they are there; the section of resources where even that is not known."""
        section = self.template.sections.entries.get("Resources")
        if isinstance(section, MapValue):
            return tuple(self._unread) if self.resources or self._unread else ()
        place = self.template.sections.key_locations.get("Resources") or Location(self.template.path)
        return (self._not_read(f"the Resources of {self.template.path}", place),)

    def _presence(self, body: MapValue) -> When | None:
        written = body.entries.get("Condition")
        return ALWAYS if written is None else conditions.presence(self.condition(text_in(written), written.location))

    @property
    def macros(self) -> tuple[Symbol, ...]:
        """What may change anything in the template, whatever is written.

        Source: AWS CloudFormation User Guide, "Perform custom processing on CloudFormation templates with template macros": a macro of the section
        `Transform` is given the whole template, and what it gives back is deployed.
        """
        place = self.template.sections.key_locations.get("Transform") if self.template.transforms else None
        return tuple(
            Symbol(f"the macro {name}", f"the macro {name} may change the template at deployment", _PROCESSED, place)
            for name in self.template.transforms
            if not name.startswith(_HARMLESS)
        )

    @property
    def additions(self) -> tuple[Symbol, ...]:
        """Macros in a section, loops and resources of an unknown type: what may add to anything in the template."""
        return tuple(reversed({symbol.reason: symbol for symbol in reversed(self._makers)}.values()))

    def common(self, resource_type: str) -> Mapping[str, Value]:
        """What the Globals of SAM say for a type; unknown where SAM takes no such property there, and so rejects the template."""
        if not resource_type.startswith("AWS::Serverless::"):
            return {}
        found = entries_of(self.template.section("Globals").entries.get(resource_type.rpartition(":")[2]))
        return {name: _not_common(name, value) if name in _NOT_COMMON else value for name, value in found.items()}

    def child(self, resource: StackResource) -> Stack | None:
        """The stack that a resource makes; None when its template is not here."""
        if resource.id not in self._children:
            self._children[resource.id] = None  # a stack that nests itself
            self._children[resource.id] = self._nested(resource)
        return self._children[resource.id]

    def find(self, address: str) -> StackResource | None:
        """The resource of an address, in this stack or one that is nested in it."""
        name, _, rest = address.removeprefix(self.prefix).partition("/")
        found = self.resources.get(name)
        if found is None or not rest:
            return found
        child = self.child(found)
        return None if child is None else child.find(address)

    # What names mean

    def evaluate(self, node: Value) -> Value:
        """The value of something written in the template."""
        return self._evaluator.evaluate(node)

    def reference(self, name: str, place: Location | None = None) -> Value:
        """`Ref`."""
        if name.startswith("AWS::"):
            return self._pseudo(name) or self._undefined(name, place=place)
        if name in self.template.section("Parameters").entries:
            return self._parameter(name)
        resource = self.resources.get(name)
        if resource is not None:
            return self.surroundings.types.reference_to(resource)
        return self._absent(name) or self._undefined(name, place=place)

    def _parameter(self, name: str) -> Value:
        if name not in self._parameters:
            section = self.template.section("Parameters")
            declaration = section.entries[name]
            if isinstance(declaration, MapValue):
                place = section.key_locations.get(name, declaration.location)
                allowed = declaration.entries.get("AllowedValues")
                entries = {**declaration.entries, **parameters.asserted(self.template.section("Rules"), name, allowed)}
                declaration = replace(declaration, location=place, entries=entries)
                assigned = self.assigned.get(name)
                self._parameters[name] = value = parameters.parameter(name, declaration, assigned, self.prefix)
                if (fault := limits.not_allowed(name, declaration, value)) is not None:
                    self.refused(fault, value.location or place)
                    self._parameters[name] = Unknown(Symbol(f"{self.prefix}{name}", fault, "give it one of them", place), place)
            else:
                self._parameters[name] = self._nothing(name)
        return self._parameters[name]

    def _pseudo(self, name: str) -> Value | None:
        around = self.surroundings
        match name:
            case "AWS::NoValue":
                return NULL
            case "AWS::Region":
                return around.region
            case "AWS::AccountId":
                return around.account
            case "AWS::Partition":
                return Known(around.partition)
            case "AWS::URLSuffix":
                return Known("amazonaws.com.cn" if around.partition == "aws-cn" else "amazonaws.com")
            case "AWS::NotificationARNs":
                return ListValue((), None, Symbol(f"{self.prefix}{name}", "the topics are known only at deployment"))
            case "AWS::StackName" | "AWS::StackId":
                what = "the stack's name" if name == "AWS::StackName" else "the stack's id"
                full = f"{self.prefix}{name}"
                # Source: AWS CloudFormation API Reference, CreateStack, StackName: letters, digits and hyphens.
                known = Meaning(full, plain=name == "AWS::StackName")
                return Unknown(Symbol(full, f"{what} is known only at deployment", domain=Domain.ASSIGNED, meaning=known))
        return None

    def _absent(self, name: str, of: str = "") -> Value | None:
        """A resource whose condition does not hold, or an attribute `.x` of it: a reference to it fails, unless nothing comes of it."""
        body = self.template.section("Resources").entries.get(name)
        if body is None:
            return None
        return Unknown(Symbol(f"{self.prefix}{name}{of}", f"{name} does not exist: its condition does not hold", "", body.location))

    def _undefined(self, name: str, of: str = "", place: Location | None = None) -> Unknown:
        found = self._nothing(name, of)
        known = (*_PSEUDO, *self.template.section("Parameters").entries, *self.template.section("Resources").entries)
        self.undefined(f"{found.symbol.reason}{did_you_mean(name, known)}", place)
        return found

    def _nothing(self, name: str, of: str = "") -> Unknown:
        reason = f"'{name}' is neither a parameter nor a resource of the template"
        return Unknown(Symbol(f"{self.prefix}{name}{of}", reason, "", Location(self.template.path)))

    @property
    def _is_whole(self) -> bool:
        """Whether nothing adds to the template: neither a macro nor a loop, nor another tool that has it for a part of one."""
        return "AWSTemplateFormatVersion" in self.template.sections.entries and not self.template.transforms and not self._makers

    def undefined(self, message: str, place: Location | None) -> None:
        """Says that something is not in the template, for which CloudFormation refuses it unless something is added."""
        if self._is_whole:
            self.refused(message, place)

    def refused(self, message: str, place: Location | None) -> None:
        """Says for what CloudFormation refuses the template."""
        if not self.macros:
            self.template.errors.append(InputError(place or Location(self.template.path), message))

    def attribute(self, resource: str, attribute: str, place: Location | None = None) -> Value:
        """`Fn::GetAtt`."""
        found = self.resources.get(resource)
        if found is None:
            generated = self._generated(resource, attribute)
            if generated is not None:
                return generated
            return self._absent(resource, f".{attribute}") or self._undefined(resource, f".{attribute}", place)
        if attribute.startswith("Outputs."):
            child = self.child(found)
            if child is not None:
                return child.output(attribute.removeprefix("Outputs."))
        if (meant := self.surroundings.types.attribute_meant(found.type, attribute)) is not None:
            reason = f"{resource} has no attribute '{attribute}'"
            hint = f"write {resource}.{meant}" if meant else f"write !Ref {resource}, or ${{{resource}}} in Fn::Sub"
            self.refused(f"{reason}: {hint}", place)
            return Unknown(Symbol(f"GetAtt({found.address}.{attribute})", reason, hint, place or found.location), place)
        return self.surroundings.types.attribute_of(found, attribute)

    def _generated(self, name: str, attribute: str) -> Value | None:
        """An attribute of the role that SAM makes for a function or state machine."""
        function = self.resources.get(name.removesuffix("Role")) if self.is_serverless and name.endswith("Role") else None
        if function is None or function.type not in WITH_ROLE:
            return None
        return self.surroundings.types.attribute_of(function, f"Role.{attribute}")

    def output(self, name: str) -> Value:
        """An output, as the stack that nests this one sees it."""
        if name not in self._outputs:
            self._outputs[name] = self._nothing(f"Outputs.{name}")
            written = entries_of(dict(expanded(self.template.section("Outputs"), self.evaluate)).get(name)).get("Value")
            if written is not None:
                self._outputs[name] = self.evaluate(written)
        return self._outputs[name]

    def imported(self, name: Text) -> Value | None:
        """`Fn::ImportValue`."""
        return self.surroundings.imported(name, self.prefix)

    def condition(self, name: str, place: Location | None = None) -> Value:
        """A named condition."""
        if name not in self._conditions:
            symbol = Symbol(f"condition {self.prefix}{name}", f"the condition {name} refers to itself")
            self._conditions[name] = Unknown(symbol)
            section = self.template.section("Conditions")
            written = section.entries.get(name)
            if written is None:
                written = dict(expanded(section, self.evaluate)).get(name)
            if written is None:
                reason = f"'{name}' is not a condition of the template"
                self.undefined(f"{reason}{did_you_mean(name, section.entries)}", place)
                self._conditions[name] = Unknown(replace(symbol, reason=reason))
            else:
                self._conditions[name] = conditions.bounded(self._evaluator.condition(written), f"{self.prefix}{name}")
        return self._conditions[name]

    def unfilled(self, text: str, names: Sequence[str], place: Location | None) -> Unknown | None:
        """What stands for a text outside of `Fn::Sub` that has some names in `${…}`; None where the template has nothing of these names.

        CloudFormation leaves such a text as it is, which nobody means: an error says so. Source: AWS CloudFormation Template Reference, "Fn::Sub".
        """
        of_template = (*self.template.section("Parameters").entries, *self.template.section("Resources").entries)
        if not any(name.startswith("AWS::") or name.partition(".")[0] in of_template for name in names):
            return None
        right = f'{{"Fn::Sub": "{text}"}}' if self.template.text.lstrip().startswith("{") else f"!Sub '{text}'"
        where = place or Location(self.template.path)
        self.refused(f"'{text}' is not filled in without Fn::Sub: write {right}", where)
        return Unknown(Symbol(f"the text '{text}'", "it is not filled in without Fn::Sub", f"write {right}", where), place)

    def mapping(self, name: str) -> MapValue | None:
        """A mapping."""
        found = self.template.section("Mappings").entries.get(name)
        return found if isinstance(found, MapValue) and "Fn::Transform" not in found.entries else None

    def _circles(self) -> Iterator[InputError]:
        """A circle of resources that a bucket or key needs; what else is in a large template is not read for it."""
        if self.template.transforms:
            return
        there = {name: one for name, one in self.resources.items() if one.when == self.when and not one.type.startswith(_REWRITTEN)}
        first = [name for name, one in there.items() if one.type in _FOLLOWED]
        if circle := circles.circle_from(first, {name: one.body for name, one in there.items()}):
            reason = "resources need one another in a circle, and CloudFormation refuses the template"
            yield InputError(there[circle[0]].location, f"{reason}: {' → '.join([*circle, circle[0]])}")

    def errors(self) -> Iterator[InputError]:
        """What could not be read, in this stack and those below."""
        yield from self.template.errors
        yield from self.template.unread
        yield from self._circles()
        for child in self._children.values():
            if child is not None:
                yield from child.errors()


def _is_module(kind: Value | None) -> bool:
    """Whether a module of Rain stands for the type of a resource. Source: github.com/aws-cloudformation/rain, README, "Modules"."""
    return isinstance(kind, MapValue) and f"{OF_RAIN}Module" in kind.entries


def _without_type(name: str, kind: Value) -> str:
    """What is wrong with what stands for the type of a resource."""
    return f"the resource {name} has no Type" if is_null(kind) else f"the Type of the resource {name} is not a text"


def _not_common(name: str, value: Value) -> Unknown:
    return Unknown(Symbol(f"{name} of Globals", f"SAM takes no {name} in Globals", "write it in each function", value.location))
