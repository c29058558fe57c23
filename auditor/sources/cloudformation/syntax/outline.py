"""What a template has outermost, seen without making its values: most templates of a large repository declare nothing that is audited.

Source: YAML 1.2, "Block collection styles": what is in a block is indented more than its key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from auditor.foundation.json_text import plain_json
from auditor.lazy.expressions import regex
from auditor.sources.cloudformation.syntax.yaml_nodes import is_yaml

# Each begins with what is seldom, which is what makes looking for it fast.
_OUTERMOST = regex(r"\n(?=([^\s#].*))")
_ENTRY = regex(r"(\w+):(?:[ \t]+(.*))?")
_RESOURCES = regex(r"\nResources:[ \t]*(?:#.*)?(?:\n[ \t]*(?:#.*)?)*(?P<indent>\n[ ]+)(?=\w+:)")
_ANCHOR_OR_ALIAS = regex(r"[&*](?<=[\s\[{,:-].)[\w-]")
_BREAK = regex(r"[\r\x85\u2028\u2029\ufeff]")  # not one that everybody sees


def outline(text: str) -> Mapping[str, Any] | None:
    """The outermost names of a text in JSON or YAML, each with something of what stands there.

    None where the text is not well-formed, where it does not evidently have `Resources` with names of their own, or where looking closer is simpler.

    Args:
        text: the whole file.
    """
    return _of_json(text) if text.startswith("{") else _of_yaml(text.replace("\r\n", "\n"))


def _of_json(text: str) -> Mapping[str, Any] | None:
    try:
        outermost: Any = plain_json(text)
    except ValueError:
        return None
    return outermost if isinstance(outermost, dict) and isinstance(outermost.get("Resources"), dict) else None


def _of_yaml(text: str) -> Mapping[str, Any] | None:
    if _ANCHOR_OR_ALIAS.search(text) is not None or _BREAK.search(text) is not None:
        return None
    text = "\n" + text.removeprefix("---\n")
    lines = _OUTERMOST.findall(text)
    entries = {entry[1]: (entry[2] or "").strip(" \t'\"") for entry in map(_ENTRY.fullmatch, lines) if entry is not None}
    return entries if len(entries) == len(lines) and _are_once(_logical_ids(text)) and is_yaml(text) else None


def _logical_ids(text: str) -> list[str]:
    """The logical ids, and whatever else is indented as they are; none where the first one is not evident."""
    first = _RESOURCES.search(text)
    if first is None:
        return []
    following = _OUTERMOST.search(text, first.end())
    siblings = regex(rf"{first['indent']}([^\s#][^:\n]*)")
    found: list[str] = siblings.findall(text, first.start("indent"), following.start() if following else len(text))
    return found


def _are_once(names: list[str]) -> bool:
    return 0 < len(names) == len(set(names))
