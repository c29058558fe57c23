"""A template inside other code, such as `template_body` of a stack in Terraform: read like that of a nested stack."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from auditor.foundation.errors import InputError
from auditor.foundation.location import Location
from auditor.foundation.value import (
    Choice,
    JsonText,
    Known,
    ListValue,
    MapValue,
    Text,
    Value,
    When,
    children,
)
from auditor.model import Declarations
from auditor.sources.cloudformation.stack import Stack, Surroundings
from auditor.sources.cloudformation.stack_sets import Overrides, given
from auditor.sources.cloudformation.template import NO_TEMPLATE, StackTemplate, entries_of, parse_template, text_in

if TYPE_CHECKING:
    from auditor.sources.cloudformation.aws.template_types import TemplateTypes


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
    overrides: Overrides | None = None,
) -> Declarations | tuple[InputError, ...]:
    """What a template inside other code declares; where it is not resolved, what keeps it from being read.

    Args:
        body: the template, as text or as JSON.
        parameters: what it is given: a map, a list of keys with values, or null.
        place: where the template is written; a template in a text is all located there.
        address: of what makes the stack; its resources are below it.
        account: where it is deployed.
        region: likewise.
        when: the unresolved conditions under which it is.
        calls: what leads to it, outermost first.
        types: what is known of the types of resources.
        overrides: of a stack set, what its stacks are given in place of that; None for a single stack.
    """
    template = template_in(body, place)
    if isinstance(template, tuple):
        return template
    declared = template.section("Parameters").entries
    assigned = given(parameters, declared, address, place, overrides)
    around = replace(Surroundings.of(types, None), region=region, account=account)
    stack = Stack(template, assigned, around, lambda _: None, f"{address}/", when, calls)
    found = types.declarations(place.path, stack, (), ())
    kinds = " ".join(text_in(entries_of(one).get("Type")) for one in template.section("Resources").entries.values())
    return found if types.is_relevant(kinds, roles=True) else replace(found, errors=())


def template_in(body: Value, place: Location) -> StackTemplate | tuple[InputError, ...]:
    """A template inside other code; where it is not resolved, what keeps it from being read, told where it is written. Arguments as above."""
    match body:
        case JsonText(MapValue() as sections):
            template: StackTemplate | None = StackTemplate(place.path, "", sections, [])
        case Known(str() as text):
            template, errors = _read(text, place)
            if template is None and not errors:
                return (InputError(place, f"the template {NO_TEMPLATE}"),)
            if errors:
                return tuple(InputError(place, _of_template(error)) for error in errors)
        case _:
            template = None
    return template if template is not None and _is_whole(template.sections) else ()


def _of_template(error: InputError) -> str:
    where = f"line {error.location.line} of the template"
    return f"{where} {error.message}" if error.message.startswith(("is ", "ends ")) else f"{where}: {error.message}"


def _read(text: str, place: Location) -> tuple[StackTemplate | None, list[InputError]]:
    """The template in a text, all of it located at one place, with the errors of all its parts."""
    template, errors = parse_template(text, place.path, lambda _: True)
    sections = None if template is None else _placed(template.sections, place)  # now every part is read
    if template is None or not isinstance(sections, MapValue):
        return None, errors
    return replace(template, sections=sections, errors=[]), errors


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
