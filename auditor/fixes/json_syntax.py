"""JSON: documents, templates of CloudFormation, and text inside Terraform that holds JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from auditor.fixes.fix import Content, Part
from auditor.fixes.hcl import template
from auditor.fixes.references import cloudformation, literal
from auditor.fixes.writer import Writer, quoted
from auditor.lazy.classes import dataclass


def substitution(parts: Sequence[Part]) -> tuple[str, bool]:
    """A text for `Fn::Sub`, and whether it refers to anything.

    Source: AWS CloudFormation, "Fn::Sub": `${Id.Attribute}`, and `${!Literal}` for a dollar sign with a brace that is meant as it is.
    """
    texts, refers = [], False
    for part in parts:
        name, attribute = cloudformation(part)
        refers = refers or bool(name)
        plain = literal(part, "cloudformation").replace("${", "${!")
        texts.append(f"${{{name}{'.' if attribute else ''}{attribute}}}" if name else plain)
    return "".join(texts), refers


@dataclass(frozen=True, slots=True)
class Json(Writer):
    """JSON."""

    def text(self, parts: Sequence[Part]) -> str:
        """See `Writer`."""
        if self.language == "terraform":
            return f'"{template(parts)}"'
        if self.language == "cloudformation":
            if len(parts) == 1 and (named := cloudformation(parts[0]))[0]:
                name, attribute = named
                return f'{{"Fn::GetAtt": ["{name}", "{attribute}"]}}' if attribute else f'{{"Ref": "{name}"}}'
            text, refers = substitution(parts)
            if refers:
                return f'{{"Fn::Sub": {quoted(text)}}}'
        return quoted("".join(literal(part, self.language) for part in parts))

    def key(self, name: str) -> str:
        """See `Writer`."""
        return f"{quoted(name)}: "

    def flow(self, content: Mapping[str, Content]) -> str:
        """See `Writer`."""
        return "{" + ", ".join(self.entry(name, value)[0] for name, value in content.items()) + "}"

    def mapping(self, content: Mapping[str, Content]) -> list[str]:
        """See `Writer`."""
        lines = ["{"]
        for number, (name, value) in enumerate(content.items(), 1):
            written = self.entry(name, value)
            written[-1] += "," if number < len(content) else ""
            lines.extend(f"  {line}" for line in written)
        return [*lines, "}"]
