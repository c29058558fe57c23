"""YAML of CloudFormation templates: block style for maps and lists of maps, flow style for short lists, `!Sub` and its like."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from auditor.fixes.fix import Content, Part
from auditor.fixes.json_syntax import substitution
from auditor.fixes.references import cloudformation, literal
from auditor.fixes.writer import Writer, quoted
from auditor.foundation.location import Lines
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex

_PLAIN = regex(r"[A-Za-z][\w-]*(?:::\w+)*")
_WORDS = ("true", "false", "yes", "no", "on", "off", "null", "y", "n")


@dataclass(frozen=True, slots=True)
class SharedPart:
    """A part of a text that stands in several places: what has an anchor, or an alias of it.

    Attributes:
        start: the offset of its start.
        end: that of its end.
        anchor: the name.
        uses: where the part and all its aliases begin, each with its line, from 1.
    """

    start: int
    end: int
    anchor: str
    uses: Sequence[tuple[int, int]]


@functools.lru_cache(maxsize=16)
def shared_parts(text: str) -> tuple[SharedPart, ...]:
    """The parts of a text that have an anchor, and are used elsewhere by it, each with its aliases after it; total."""
    if "&" not in text or "*" not in text:
        return ()
    from auditor.lazy.pyyaml import yaml

    try:
        spans, aliases = _anchors(text)
    except yaml.YAMLError:
        return ()
    lines = Lines(text, "")
    found = []
    for name, of in aliases.items():
        if name in spans:
            start, end = spans[name]
            uses = ((start, lines.place(start)[0]), *((at, line) for at, _, line in of))
            found += [SharedPart(start, end, name, uses), *(SharedPart(at, over, name, uses) for at, over, _ in of)]
    return tuple(found)


def _anchors(text: str) -> tuple[dict[str, tuple[int, int]], dict[str, list[tuple[int, int, int]]]]:
    """Where what has an anchor begins and ends, and where its aliases do, each with its line. Raises yaml.YAMLError where a text is not YAML."""
    from auditor.lazy.pyyaml import LOADER, yaml

    spans: dict[str, tuple[int, int]] = {}
    aliases: dict[str, list[tuple[int, int, int]]] = {}
    opened: list[tuple[str | None, int]] = []
    over = functools.cache(functools.partial(_over, text))  # many may end where one token begins
    marked = len(text) - len(text.removeprefix("\ufeff"))  # libyaml does not count it
    event: Any
    for event in iter(LOADER(text.removeprefix("\ufeff")).get_event, None):
        start, end, line = event.start_mark.index + marked, event.end_mark.index + marked, event.start_mark.line + 1
        if isinstance(event, yaml.CollectionStartEvent):
            opened.append((event.anchor, start))
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, start = opened.pop()
            spans |= {anchor: (start, over(end))} if anchor else {}
        elif isinstance(event, yaml.AliasEvent):
            aliases.setdefault(str(event.anchor), []).append((start, end, line))
        elif isinstance(event, yaml.ScalarEvent) and event.anchor:
            spans[event.anchor] = (start, end)
    return spans, aliases


def _over(text: str, end: int) -> int:
    """Where the last line of a collection ends, of which libyaml says where the next token begins."""
    last = end
    while last and text[last - 1].isspace():
        last -= 1
    following = text.find("\n", last)
    return end if last == end else len(text) if following < 0 else following


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
        # Older parsers take a colon for the end of a key there. Source: pyyaml.org, "YAML colon in flow context".
        names = {name: quoted(name) if ":" in name else name for name in content}
        return "{" + ", ".join(self.entry(names[name], value)[0] for name, value in content.items()) + "}"

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
