"""A template inside other code, such as `template_body` of a stack in Terraform: read like that of a nested stack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from auditor.foundation.location import Location
from auditor.foundation.value import (
    Choice,
    Domain,
    JsonText,
    Known,
    ListValue,
    MapValue,
    Symbol,
    Text,
    Unknown,
    Value,
    When,
    children,
    is_null,
)
from auditor.lazy.classes import dataclass
from auditor.model import Declarations
from auditor.sources.cloudformation.stack import Stack, Surroundings
from auditor.sources.cloudformation.template import StackTemplate, entries_of, parse_template

if TYPE_CHECKING:
    from auditor.sources.cloudformation.aws.template_types import TemplateTypes


@dataclass(frozen=True, slots=True)
class Spread:
    """Where the stacks of a stack set are: in accounts and Regions that other code, or AWS Organizations, chooses.

    Source: AWS CloudFormation User Guide, "StackSets concepts": a stack set makes nothing but through its instances.

    Attributes:
        account: of each of them.
        region: likewise.
        exists: the condition under which there is one.
    """

    account: Text
    region: Text
    exists: Symbol

    @staticmethod
    def of(address: str, location: Location) -> Spread:
        """That of the stack set of an address."""
        reason = f"the accounts and Regions of the stacks of {address} are not resolved"

        def one(what: str, domain: Domain) -> Text:
            return Unknown(Symbol(f"{what} of the stacks of {address}", reason, "", location, domain))

        exists = Symbol(f"a stack of {address} exists", reason, "audit its template on its own", location)
        return Spread(one("account", Domain.ACCOUNT), one("region", Domain.REGION), exists)


def declared_inline(
    body: Value,
    parameters: Value,
    place: Location,
    *,
    address: str,
    account: Text,
    region: Text,
    when: When,
    calls: tuple[Location, ...],
    types: TemplateTypes,
    overridden: bool = False,
) -> Declarations | None:
    """What a template inside other code declares; None where that leaves something of it unresolved.

    Args:
        body: the template, as text or as JSON.
        parameters: what it is given, a map, or null.
        place: where the template is written; a template in a text is all located there.
        address: of what makes the stack; its resources are below it.
        account: where it is deployed.
        region: likewise.
        when: the unresolved conditions under which it is.
        calls: what leads to it, outermost first.
        types: what is known of the types of resources.
        overridden: whether each stack may be given parameters of its own: then nothing that has any is resolved.
    """
    template = template_in(body, place, overridden=overridden)
    if template is None or not (is_null(parameters) or isinstance(parameters, MapValue)):
        return None
    if isinstance(parameters, MapValue) and parameters.rest is not None:
        return None
    assigned: Mapping[str, Value] = entries_of(parameters)
    around = replace(Surroundings.of(types, None), region=region, account=account)
    stack = Stack(template, assigned, around, lambda _: None, f"{address}/", when, calls)
    return types.declarations(place.path, stack, (), ())


def template_in(body: Value, place: Location, *, overridden: bool) -> StackTemplate | None:
    """A template inside other code; None where that leaves something of its structure unresolved. Arguments as above."""
    template = _template(body, place)
    if template is None or not _is_whole(template.sections) or (overridden and entries_of(template.section("Parameters"))):
        return None
    return template


def _template(body: Value, place: Location) -> StackTemplate | None:
    if isinstance(body, JsonText) and isinstance(body.content, MapValue):
        return StackTemplate(place.path, "", body.content, [])
    if not isinstance(body, Known) or not isinstance(body.value, str):
        return None
    template, errors = parse_template(body.value, place.path, lambda _: True)
    if template is None or errors:
        return None
    sections = _placed(template.sections, place)
    return replace(template, sections=sections) if isinstance(sections, MapValue) else None


def _placed(value: Value, place: Location) -> Value:
    """A value that is located at one place as a whole."""
    match value:
        case ListValue(items):
            return replace(value, items=tuple(_placed(item, place) for item in items), location=place)
        case MapValue(entries):
            inner = {name: _placed(entry, place) for name, entry in entries.items()}
            return MapValue(inner, place, value.rest, dict.fromkeys(inner, place))
        case Known():
            return replace(value, location=place, source_map=None)
    return value


def _is_whole(value: Value) -> bool:
    """Whether the structure of a value is resolved: it branches nowhere, and no list or map has an unknown rest."""
    if isinstance(value, Choice) or (isinstance(value, ListValue | MapValue) and value.rest is not None):
        return False
    return all(_is_whole(child) for child in children(value))
