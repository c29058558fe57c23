"""YAML of CloudFormation templates: block style for maps and lists of maps, flow style for short lists, `!Sub` and its like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from auditor.fixes.fix import Content, Part
from auditor.fixes.json_syntax import substitution
from auditor.fixes.references import cloudformation, literal
from auditor.fixes.writer import Writer, quoted
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex

_PLAIN = regex(r"[A-Za-z][\w-]*(?:::\w+)*")
_WORDS = ("true", "false", "yes", "no", "on", "off", "null", "y", "n")


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
