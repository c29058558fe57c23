"""JSON: documents, templates of CloudFormation, text inside Terraform that holds JSON, and Terraform that is written in JSON itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from auditor.fixes.fix import Content, Part, items_of
from auditor.fixes.hcl import ARGUMENTS, LISTS, template
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
        if not content:
            return ["{}"]
        lines = ["{"]
        for number, (name, value) in enumerate(content.items(), 1):
            written = self.entry(name, value)
            written[-1] += "," if number < len(content) else ""
            lines.extend(f"  {line}" for line in written)
        return [*lines, "}"]

    def encoded(self, document: Mapping[str, Content]) -> list[str]:
        """See `Writer`."""
        written = self.mapping(document)
        return [quoted(" ".join(line.strip() for line in written))] if self.language == "terraform" else written


@dataclass(frozen=True, slots=True)
class Colons(Json):
    """An object of HCL that is written with the keys of JSON, as `terraform fmt` has it."""

    def key(self, name: str) -> str:
        """See `Writer`."""
        return f"{quoted(name)} : "

    def flow(self, content: Mapping[str, Content]) -> str:
        """See `Writer`."""
        return f"{{ {Json.flow(self, content)[1:-1]} }}"


@dataclass(frozen=True, slots=True)
class Substituted(Json):
    """JSON in a text that `Fn::Sub` fills in."""

    def text(self, parts: Sequence[Part]) -> str:
        """See `Writer`."""
        return quoted(substitution(parts)[0])


@dataclass(frozen=True, slots=True)
class JsonBlocks(Json):
    """Terraform's configuration in JSON, where blocks are objects with the names of arguments.

    Source: developer.hashicorp.com/terraform/language/syntax/json, "Expression Mapping" and "Block-type-specific Exceptions".
    """

    def mapping(self, content: Mapping[str, Content]) -> list[str]:
        """See `Writer`."""
        return Json.mapping(self, {name: value for name, value in content.items() if (name, value) != ("Effect", "Allow")})

    def entry(self, name: str, content: Content) -> list[str]:
        """See `Writer`."""
        if name == "Principal" and isinstance(content, Mapping):
            blocks: list[Mapping[str, Content]] = [
                {"type": kind, "identifiers": items_of(named)} for kind, named in content.items()
            ]
            return Json.entry(self, "principals", tuple(blocks))
        if name == "Condition" and isinstance(content, Mapping):
            return Json.entry(self, "condition", tuple(_tests(content)))
        return Json.entry(self, ARGUMENTS.get(name, name), items_of(content) if name in LISTS else content)


def _tests(condition: Mapping[str, Content]) -> Iterator[Mapping[str, Content]]:
    for operator, tests in condition.items():
        for key, value in tests.items() if isinstance(tests, Mapping) else ():
            yield {"test": operator, "variable": key, "values": items_of(value)}
