"""YAML of CloudFormation templates: block style for maps and lists of maps, flow style for short lists, `!Sub` and its like."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

from auditor.fixes.fix import Content, Part
from auditor.fixes.json_syntax import substitution
from auditor.fixes.references import cloudformation, literal
from auditor.fixes.writer import Writer, quoted
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex

_PLAIN = regex(r"[A-Za-z][\w-]*(?:::\w+)*")
_WORDS = ("true", "false", "yes", "no", "on", "off", "null", "y", "n")


@functools.lru_cache(maxsize=16)
def shared_parts(text: str) -> tuple[tuple[int, int, str, tuple[int, ...]], ...]:
    """The parts of a text that have an anchor, and are used elsewhere by it; total.

    Returns:
        For each the offsets of its start and end, the name of the anchor, and the lines that use it, from 1. An alias is such a part too, whose
        other uses are those of its anchor.
    """
    if "&" not in text or "*" not in text:
        return ()
    import yaml

    spans: dict[str, tuple[int, int]] = {}
    uses: dict[str, list[tuple[int, int, int]]] = {}
    opened: list[tuple[str | None, int]] = []
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            first, last = event.start_mark, event.end_mark
            if first is None or last is None:
                continue
            start, end = first.index, last.index
            if isinstance(event, yaml.CollectionStartEvent):
                opened.append((event.anchor, start))
            elif isinstance(event, yaml.CollectionEndEvent):
                anchor, start = opened.pop()
                spans |= {anchor: (start, _over(text, end))} if anchor else {}
            elif isinstance(event, yaml.AliasEvent):
                uses.setdefault(str(event.anchor), []).append((start, end, first.line + 1))
            elif isinstance(event, yaml.ScalarEvent) and event.anchor:
                spans[event.anchor] = (start, end)
    except yaml.YAMLError:
        return ()
    found = []
    for name, of in uses.items():
        if name in spans:
            begin, over = spans[name]
            places = [(begin, over, text.count("\n", 0, begin) + 1), *of]
            found += [(start, end, name, tuple(other for at, _, other in places if at != start)) for start, end, _ in places]
    return tuple(found)


def _over(text: str, end: int) -> int:
    """Where the last line of a collection ends, of which libyaml says where the next token begins."""
    last = len(text[:end].rstrip())
    return end if last == end else (text + "\n").index("\n", last)


@dataclass(frozen=True, slots=True)
class Yaml(Writer):
    """YAML."""

    def text(self, parts: Sequence[Part]) -> str:
        """See `Writer`."""
        if len(parts) == 1 and (named := cloudformation(parts[0]))[0]:
            name, attribute = named
            return f"!GetAtt {name}.{attribute}" if attribute else f"!Ref {name}"
        text, refers = substitution(parts)
        if refers:
            return f"!Sub {quoted(text)}"
        text = "".join(literal(part, self.language) for part in parts)
        return text if _PLAIN.fullmatch(text) and text.lower() not in _WORDS else quoted(text)

    def key(self, name: str) -> str:
        """See `Writer`."""
        return f"{name}: "

    def flow(self, content: Mapping[str, Content]) -> str:
        """See `Writer`."""
        return "{" + ", ".join(self.entry(name, value)[0] for name, value in content.items()) + "}"

    def sequence(self, content: Sequence[Content]) -> list[str]:
        """See `Writer`."""
        if not any(isinstance(item, Mapping) for item in content):
            return Writer.sequence(self, content)
        return [line for item in content for line in self.item(item)]

    def item(self, content: Content) -> list[str]:
        """An item of a list in block style."""
        first, *rest = self.mapping(content) if isinstance(content, Mapping) else self.value(content)
        return [f"- {first}", *(f"  {line}" for line in rest)]

    def mapping(self, content: Mapping[str, Content]) -> list[str]:
        """See `Writer`."""
        return [line for name, value in content.items() for line in self.entry(name, value)]

    def entry(self, name: str, content: Content) -> list[str]:
        """See `Writer`."""
        written = self.value(content)
        if isinstance(content, Mapping | tuple) and (len(written) > 1 or written[0].startswith("- ")):
            return [f"{name}:", *(f"  {line}" for line in written)]
        return [f"{self.key(name)}{written[0]}"]
