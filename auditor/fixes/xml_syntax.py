"""XML of the S3 API: a CORS configuration, whose lists are elements that are repeated.

Source: Amazon S3 API Reference, PutBucketCors, "Request Syntax".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from auditor.aws.cors_fields import XML
from auditor.fixes.fix import Content, Part, items_of
from auditor.fixes.references import literal
from auditor.fixes.writer import Writer
from auditor.lazy.classes import dataclass


@dataclass(frozen=True, slots=True)
class Xml(Writer):
    """XML.

    Attributes:
        prefix: of the namespace, with its colon; empty where the elements have none.
    """

    prefix: str = ""

    def text(self, parts: Sequence[Part]) -> str:
        """See `Writer`."""
        text = "".join(literal(part, self.language) for part in parts)
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    def key(self, name: str) -> str:
        """See `Writer`."""
        return f"<{self.element(name)}>"

    def element(self, name: str) -> str:
        """The name of the element that holds a field, or an entry of it."""
        return f"{self.prefix}{XML.get(name, name)}"

    def entry(self, name: str, content: Content) -> list[str]:
        """A field: an element for each entry."""
        items = items_of(content)
        return [f"{self.key(name)}{self.value(item)[0]}</{self.element(name)}>" for item in items]

    def flow(self, content: Mapping[str, Content]) -> str:
        """See `Writer`."""
        return "".join(self.mapping(content))

    def mapping(self, content: Mapping[str, Content]) -> list[str]:
        """A rule."""
        fields = [line for name, value in content.items() for line in self.entry(name, value)]
        return [self.key("CORSRule"), *(f"  {line}" for line in fields), f"</{self.element('CORSRule')}>"]
