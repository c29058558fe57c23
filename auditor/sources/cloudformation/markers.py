"""Places in text that something else fills in: dynamic references, and the markers of tools that write templates.

Such a place is a hole of the text, never literal.

Sources: AWS CloudFormation User Guide, "Get values stored in other services using dynamic references"; serverless.com/framework/docs,
"Serverless variables"; Jinja and its kin write `{{ … }}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.foundation.value import Known, Symbol, Text, Unknown, text_of, text_parts
from auditor.lazy.expressions import regex

_SOURCES = "self|opt|env|sls|file|param|ssm|cf|git|custom|strToBool|terraform|vault"
_OF_TOOL = rf"\$\{{(?:{_SOURCES})\b[:(.][^{{}}]*(?:\{{[^{{}}]*\}}[^{{}}]*)*\}}"
_UNCLOSED = regex(_OF_TOOL)
_MARK = regex(rf"\{{\{{.*?\}}\}}|{_OF_TOOL}", re.DOTALL)
_RESOLVED = {
    "ssm": "it is read from the Systems Manager parameter store at deployment",
    "ssm-secure": "it is read from the Systems Manager parameter store at deployment",
    "secretsmanager": "it is read from Secrets Manager at deployment",
}
_TOOL = "another tool puts a value here before CloudFormation reads it"
_HOLE = 0xF0000


def marked(name: str) -> Symbol:
    """The symbol for a marker, as it is written."""
    service = re.match(r"\{\{\s*resolve:([a-z-]+)", name)
    return Symbol(name, _RESOLVED.get(service[1], _TOOL) if service else _TOOL)


def without_markers(value: Text) -> Text:
    """A text with its markers as holes; a hole inside a marker is part of what the marker is called."""
    if isinstance(value, Unknown) or (isinstance(value, Known) and not isinstance(value.value, str)):
        return value
    parts = text_parts(value)
    if not any(isinstance(part, str) and ("{{" in part or "${" in part) for part in parts):
        return value
    holes = [part for part in parts if isinstance(part, Symbol)]
    numbered = iter(range(len(holes)))
    text = "".join(part if isinstance(part, str) else chr(_HOLE + next(numbered)) for part in parts)
    found: list[str | Symbol] = []
    end = 0
    for match in _marks(text):
        found.extend(_pieces(text[end : match.start()], holes))
        found.append(marked("".join(part if isinstance(part, str) else f"${{{part.name}}}" for part in _pieces(match[0], holes))))
        end = match.end()
    if not end:
        return value
    found.extend(_pieces(text[end:], holes))
    return text_of(found, value.location)


def _marks(text: str) -> Iterator[re.Match[str]]:
    """The markers; behind the last closing one no opening one is looked at, of which there may be many."""
    closed = text.rfind("}}") + 2 if "}}" in text else 0
    yield from _MARK.finditer(text, 0, closed)
    yield from _UNCLOSED.finditer(text, closed)


def _pieces(text: str, holes: list[Symbol]) -> list[str | Symbol]:
    if not holes:
        return [text]
    return [
        holes[ord(piece) - _HOLE] if len(piece) == 1 and _HOLE <= ord(piece) < _HOLE + len(holes) else piece
        for piece in re.split(f"([{chr(_HOLE)}-{chr(_HOLE + len(holes) - 1)}])", text)
    ]
