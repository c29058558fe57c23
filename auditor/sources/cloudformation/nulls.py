"""Null values, with which CloudFormation refuses a template.

Sources: the message "'null' values are not allowed in templates", which names the path of the value, in aws-cloudformation/cfn-lint, issue 38
(properties, a section), serverless-heaven/serverless-aws-alias, issue 177 (items of DependsOn), aws/aws-sam-cli, issue 2788 (mappings, with
the transform of SAM), serverless/serverless, issue 8370 (the Condition of a policy), aws-cloudformation/cloudformation-coverage-roadmap,
issue 1378 (a property that takes any JSON).
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.foundation.errors import InputError
from auditor.foundation.location import Location
from auditor.foundation.value import Known, ListValue, MapValue, Symbol, Unknown, Value, is_null

_MESSAGE = "null is written here, and CloudFormation refuses a template with null values: write a value, or remove it"
_SECTIONS = ("Parameters", "Mappings", "Conditions", "Rules", "Resources", "Outputs")


def null_at(place: Location | None) -> Unknown:
    """What stands for a null that is written."""
    return Unknown(
        Symbol(f"the null at {place}", "CloudFormation takes no null values", "write a value, or remove it", place), place
    )


def nulls_in(sections: MapValue, transforms: tuple[str, ...]) -> Iterator[InputError]:
    """The null values with which a template is certainly refused.

    Not those in metadata and in arguments of functions, of which nobody says that they are, nor those that a transform may remove before
    CloudFormation looks: SAM in resources of its own and as a whole section, any other one everywhere
    (aws-cloudformation/cfn-language-discussion, issue 100).

    Args:
        sections: the outermost entries of the template.
        transforms: the names of the macros that are applied to all of it.
    """
    if all(name.startswith("AWS::Serverless-") for name in transforms) and "Fn::Transform" not in sections.entries:
        for name in _SECTIONS:
            section = sections.entries.get(name)
            if isinstance(section, MapValue) and name == "Resources":
                yield from (error for resource in section.entries.values() for error in _in_resource(resource))
            elif section is not None and not (transforms and is_null(section)):
                yield from _within(section, sections.key_locations.get(name))


def _in_resource(resource: Value) -> Iterator[InputError]:
    if isinstance(resource, MapValue):
        kind = resource.entries.get("Type")
        if isinstance(kind, Known) and not str(kind.value).startswith("AWS::Serverless::"):
            for name, value in resource.entries.items():
                if name != "Metadata":
                    yield from _within(value, resource.key_locations.get(name))


def _within(value: Value, place: Location | None) -> Iterator[InputError]:
    match value:
        case Known() if is_null(value) and (place or value.location):
            yield InputError(place or value.location or Location(""), _MESSAGE)
        case ListValue(items):
            for item in items:
                yield from _within(item, item.location)
        case MapValue(entries) if not any(name.startswith("Fn::") for name in entries):
            for name, entry in entries.items():
                yield from _within(entry, value.key_locations.get(name))
        case MapValue(entries) if "Fn::Transform" not in entries:
            for argument in entries.values():
                yield from () if is_null(argument) else _within(argument, argument.location)
