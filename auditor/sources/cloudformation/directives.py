"""What a template says to the tool: comments `# auditor: …`, and `Metadata: {auditor: {contract: …, ignore: …}}` of a resource.

A comment on a line of its own governs the block below it: a key or item, and all that is indented further.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from auditor.foundation.location import Location
from auditor.foundation.value import Known, ListValue, MapValue, Value, scalar_text
from auditor.lazy.expressions import regex
from auditor.model import Directive
from auditor.sources.cloudformation.template import StackTemplate

_COMMENT = regex(r"(?:^|(?<=\s))#\s*auditor:\s*(?P<text>.*?)\s*$")


def directives(template: StackTemplate) -> tuple[Directive, ...]:
    """All that a template says to the tool, in the order of writing."""
    found = list(_metadata(template)) if "auditor" in template.text else []
    if re.search(r"#\s*auditor:", template.text):
        found.extend(_comments(template))
    return tuple(sorted(found, key=lambda directive: directive.location))


def _comments(template: StackTemplate) -> Iterator[Directive]:
    lines = template.text.split("\n")
    for number, line in enumerate(lines):
        match = _COMMENT.search(line.rstrip("\r"))
        if match is None:
            continue
        region = Location(template.path, number + 1, match.start() + 1, number + 1, match.end() + 1)
        yield Directive(match["text"], region, _governed(lines, number, match.start(), template.path))


def _governed(lines: Sequence[str], number: int, column: int, path: str) -> Location:
    """The lines that a comment governs."""
    first = last = number
    if not lines[number][:column].strip():
        below = next((at for at in range(number + 1, len(lines)) if not _is_blank(lines[at])), number)
        first = last = below
        indent = _indent(lines[below])
        is_key = lines[below].rstrip().endswith(":")
        for at in range(below + 1, len(lines)):
            if _is_blank(lines[at]):
                continue
            listed = is_key and lines[at].lstrip().startswith("- ") and _indent(lines[at]) == indent
            if _indent(lines[at]) <= indent and not listed:
                break
            last = at
    return Location(path, first + 1, 1, last + 1, len(lines[last]) + 1)


def _is_blank(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _metadata(template: StackTemplate) -> Iterator[Directive]:
    section = template.section("Resources")
    for name, body in section.entries.items():
        if not isinstance(body, MapValue):
            continue
        metadata = body.entries.get("Metadata")
        said = metadata.entries.get("auditor") if isinstance(metadata, MapValue) else None
        if not isinstance(said, MapValue):
            continue
        place = section.key_locations.get(name, body.location)
        if place is None or body.location is None:
            continue
        whole = Location(place.path, place.line, place.column, body.location.end_line, body.location.end_column)
        for word, entry in said.entries.items():
            where = said.key_locations.get(word) or said.location or place
            for text in _texts(entry):
                if word == "ignore":
                    rule, _, options = text.partition(" ")
                    yield Directive(f"ignore[{rule}] {options}".rstrip(), where, whole)
                else:
                    yield Directive(f"{word}={text}", where, whole)


def _texts(value: Value) -> Iterator[str]:
    if isinstance(value, ListValue):
        for item in value.items:
            yield from _texts(item)
    elif isinstance(value, Known):
        yield scalar_text(value.value)
