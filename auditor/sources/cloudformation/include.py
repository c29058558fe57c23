"""`AWS::Include` of a file that is here: what it holds is written where the macro stands.

Source: AWS CloudFormation User Guide, "AWS::Include transform" (a snippet of keys and values, which takes the macro's place among its siblings, and
holds no further AWS::Include); AWS CLI Command Reference, "cloudformation package" (a Location may be a local file).
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import replace

from auditor.foundation.errors import InputError
from auditor.foundation.value import ListValue, MapValue, Value
from auditor.sources.cloudformation.template import StackTemplate, entries_of, parsed, text_in

_NAME = "AWS::Include"
_MACRO = "Fn::Transform"
# Places where the macro is applied to the template as a whole, whose sections a snippet may replace.
_WHOLE = ("Transform", _MACRO)


def with_includes(template: StackTemplate, read: Callable[[str], str | None]) -> StackTemplate:
    """A template with the snippets of local files in it; where that is not certain, the macro stays.

    Args:
        template: as it is written.
        read: the text of a file by its path, None where it cannot be read.
    """
    if _NAME not in template.text:
        return template
    beside, unread = posixpath.dirname(template.path), list[InputError]()

    def snippet(argument: Value) -> MapValue | None:
        entries = entries_of(argument)
        location = text_in(entries_of(entries.get("Parameters")).get("Location"))
        if text_in(entries.get("Name")) != _NAME or not location or "://" in location or location.startswith("/"):
            return None
        path = posixpath.normpath(posixpath.join(beside, location))
        text = read(path)
        if text is None:
            return None
        value, errors, _ = parsed(text, path)
        unread.extend(errors)
        return value if isinstance(value, MapValue) and value.rest is None and not errors and _NAME not in text else None

    def included(value: Value) -> Value:
        match value:
            case ListValue(items):
                return replace(value, items=tuple(included(item) for item in items))
            case MapValue(entries):
                inner = {name: entry if name == _MACRO else included(entry) for name, entry in entries.items()}
                found = snippet(inner[_MACRO]) if _MACRO in inner else None
                if found is None or set(found.entries) & set(inner):
                    return replace(value, entries=inner)
                merged = {name: entry for name, entry in inner.items() if name != _MACRO} | dict(found.entries)
                return MapValue(merged, value.location, value.rest, {**value.key_locations, **found.key_locations})
        return value

    sections = template.sections
    entries = {name: entry if name in _WHOLE else included(entry) for name, entry in sections.entries.items()}
    return replace(template, sections=replace(sections, entries=entries), unread=tuple(dict.fromkeys(unread)))
