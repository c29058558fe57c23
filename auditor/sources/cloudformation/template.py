"""A template as text: its sections, from YAML or JSON.

Source: AWS CloudFormation User Guide, "Template anatomy".
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping

from auditor.foundation.errors import InputError
from auditor.foundation.location import Location
from auditor.foundation.value import Known, ListValue, MapValue, Value, is_null, scalar_text
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex

_EMPTY = MapValue({})
# An anchor of YAML, whose text is also read elsewhere, and a line that ends as few do.
_ELSEWHERE = regex(r"(?:^|[\s\[{,:-])&[\w-]|\r(?!\n)")
# A null, which no quote follows as it does at the end of a text, and one that a function is given, of which nothing is told.
_NULL_IN_JSON = regex(r"null(?=\s*[,\]}/])")
_NULL_OF_FUNCTION = regex(r'"Fn::\w+"\s*:\s*null\b')


NO_TEMPLATE = "is not a valid CloudFormation template: it has neither a map of Resources nor a format version"


@dataclass(frozen=True, slots=True)
class StackTemplate:
    """One template.

    Attributes:
        path: its file.
        text: all of it.
        sections: its outermost entries; parts of them may be read only when they are looked at.
        errors: what could not be read; grows while parts are read.
        unread: what could not be read of the files that it includes.
    """

    path: str
    text: str
    sections: MapValue
    errors: list[InputError]
    unread: tuple[InputError, ...] = ()

    def section(self, name: str) -> MapValue:
        """One section; empty when it is not written."""
        found = self.sections.entries.get(name)
        return found if isinstance(found, MapValue) else _EMPTY

    def resources_with(self, word: str) -> Iterator[Value]:
        """The resources in whose text a word stands, and perhaps others."""
        resources = self.section("Resources")
        begin = [place.line for place in resources.key_locations.values()]
        if len(begin) < len(resources.entries) or begin != sorted(begin) or _ELSEWHERE.search(self.text):
            yield from resources.entries.values()
            return
        lines = [number for number, line in enumerate(self.text.split("\n"), 1) if word in line]
        for name, first, last in zip(resources.entries, begin, (*begin[1:], math.inf), strict=True):
            at = bisect_left(lines, first)
            if at < len(lines) and lines[at] <= last:
                yield resources.entries[name]

    @property
    def transforms(self) -> tuple[str, ...]:
        """The names of the macros that are applied to the whole template."""
        written = self.sections.entries
        return (*_transform_names(written.get("Transform")), *_transform_names(written.get("Fn::Transform")))


def _transform_names(value: Value | None) -> list[str]:
    match value:
        case ListValue(items):
            return [name for item in items for name in _transform_names(item)]
        case MapValue(entries):
            return _transform_names(entries.get("Name"))
        case Known(str() as name):
            return [name]
    return []


def parse_template(text: str, path: str, is_relevant: Callable[[str], bool]) -> tuple[StackTemplate | None, list[InputError]]:
    """The template in a text; None with an error when it cannot be read, and without one when it turns out to be none.

    Args:
        text: something that `read._is_template` recognises.
        path: its name.
        is_relevant: whether it can declare anything; of one that cannot, null values are not told.
    """
    value, errors, holds_null = parsed(text, path)
    if value is None:
        return None, errors
    if isinstance(value, MapValue) and (printed := value.entries.get("TemplateBody")) and "Resources" not in value.entries:
        # Source: AWS CLI Command Reference, "cloudformation get-template": a template in JSON as an object, any other one as text.
        if isinstance(printed, Known):
            message = (
                "holds a template as text: print that alone (aws cloudformation get-template --query TemplateBody --output text)"
            )
            return None, [*errors, InputError(printed.location or Location(path), message)]
        value = printed
    if not isinstance(value, MapValue) or not {"AWSTemplateFormatVersion", "Resources"} & set(value.entries):
        return None, errors
    resources = value.entries.get("Resources")
    if isinstance(resources, ListValue) and "AWSTemplateFormatVersion" not in value.entries:
        # Source: AWS CodeDeploy User Guide, "AppSpec file structure": an AppSpec file lists its Resources.
        return None, []
    template = StackTemplate(path, text, value, errors)
    errors.extend(_outermost(value, path))
    if not isinstance(resources, MapValue):
        place = value.key_locations.get("Resources") if resources is not None else None
        written = resources is not None and not is_null(resources)
        reason = "the Resources of the template are not a mapping" if written else "the template has no Resources"
        if resources is not None or not _is_of_organization(value):  # which may declare accounts alone
            errors.append(InputError(place or Location(path), reason))
    elif holds_null and is_relevant(text):
        from auditor.sources.cloudformation.nulls import nulls_in

        errors.extend(dict.fromkeys(nulls_in(value, template.transforms)))  # what an alias repeats is written once
    return template, errors


# Source: AWS CloudFormation User Guide, "Template anatomy"; AWS SAM Developer Guide, "Template anatomy" (Globals).
_SECTIONS = (
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Parameters",
    "Rules",
    "Mappings",
    "Conditions",
    "Transform",
    "Resources",
)
_KNOWN = frozenset({*_SECTIONS, "Globals", "Outputs"})
_VERSION = "2010-09-09"
# Source: org-formation, "organization annotated CloudFormation" and "cli reference": `print-stacks`.
_EXTENDED = "2010-09-09-OC"
_OF_ORGANIZATION = "a template of org-formation, which makes others of it: audit what 'org-formation print-stacks' prints"


def _outermost(sections: MapValue, path: str) -> Iterator[InputError]:
    """What is wrong outermost: a name that is evidently a slip for a section, or a version that there is not."""
    for name in [one for one in sections.entries if one not in _KNOWN]:
        meant = next((one for one in _SECTIONS if name.lower() in (one.lower(), one.lower().removesuffix("s"))), None)
        if meant is not None:
            place = sections.key_locations.get(name) or Location(path)
            yield InputError(place, f"'{name}' is not a section of a template: write '{meant}'")
    version = sections.entries.get("AWSTemplateFormatVersion")
    if isinstance(version, Known) and scalar_text(version.value) != _VERSION and not is_null(version):
        wrong = f"there is no AWSTemplateFormatVersion '{scalar_text(version.value)}': write '{_VERSION}'"
        message = _OF_ORGANIZATION if _is_of_organization(sections) else wrong
        yield InputError(version.location or Location(path), message)


def _is_of_organization(sections: MapValue) -> bool:
    """Whether a template is one of org-formation."""
    version = sections.entries.get("AWSTemplateFormatVersion")
    return isinstance(version, Known) and version.value == _EXTENDED


def is_sound(text: str) -> bool:
    """Whether a text is a template that evidently has nothing wrong outermost, as its outline shows."""
    from auditor.sources.cloudformation.syntax.outline import outline

    names = outline(text)
    return names is not None and names.keys() <= _KNOWN and names.get("AWSTemplateFormatVersion", _VERSION) == _VERSION


def parsed(text: str, path: str) -> tuple[Value | None, list[InputError], bool]:
    """What a text in YAML or JSON says, its errors, and whether a null may be in it. Arguments as above."""
    if text.lstrip("\ufeff \t\r\n").startswith(("{", "//", "/*")):
        from auditor.foundation.json_text import parse_large_json

        value, errors = parse_large_json(text, path)
        if value is not None or path.endswith(".json"):
            return value, errors, len(_NULL_IN_JSON.findall(text)) > len(_NULL_OF_FUNCTION.findall(text))
    from auditor.sources.cloudformation.syntax.yaml_text import parse_yaml

    return parse_yaml(text, path)


def text_in(value: Value | None) -> str:
    """The text of a resolved scalar, empty for anything else."""
    return scalar_text(value.value) if isinstance(value, Known) else ""


def entries_of(value: Value | None) -> Mapping[str, Value]:
    """The entries of a map, none for anything else."""
    return value.entries if isinstance(value, MapValue) else {}
