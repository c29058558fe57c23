"""JSON as Terraform writes and reads it.

Source: go-cty, function/stdlib/json.go, and Go's encoding/json: keys in order, no blanks, `<`, `>`, `&` and U+2028/9 escaped.
"""

from __future__ import annotations

import decimal
import json
import unicodedata
from dataclasses import replace
from typing import Any

from auditor.foundation.location import Location
from auditor.foundation.value import JsonText, Known, ListValue, MapValue, Meaning, Unknown, Value, origin_of
from auditor.sources.naming import derived, name_of
from auditor.sources.numbers import Inexact, number_of, number_text
from auditor.sources.terraform.values.types import has_order

_HTML = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def json_text(value: JsonText) -> Known | Unknown:
    """The encoded text when nothing in the content is unknown, else a symbol that stands for it, and knows of what it is the encoding."""
    text = encode(value.content)
    if text is None:
        unknown = derived(name_of(value), value, location=value.location)
        return replace(unknown, symbol=replace(unknown.symbol, meaning=Meaning(unknown.symbol.name, encoded=value.content)))
    return Known(text, value.location, value.origin)


def in_plain(value: Value) -> Value:
    """JSON text as the text that it is, where nothing in it is unknown; any other value as it is."""
    text = encode(value.content) if isinstance(value, JsonText) else None
    return value if text is None else Known(text, value.location, origin_of(value))


def encode(value: Value) -> str | None:
    """The JSON encoding of a resolved value, None when something in it is unknown."""
    match value:
        case Known(None):
            return "null"
        case Known(bool() as truth):
            return "true" if truth else "false"
        case Known(str() as text):
            return encode_string(text)
        case Known(int() | float() as number):
            return number_text(number)
        case JsonText(content):
            inner = encode(content)
            return None if inner is None else encode_string(inner)
        case ListValue(items, _, None):
            if not has_order(value):
                return None
            encoded = [encode(item) for item in items]
            return None if None in encoded else f"[{','.join(map(str, encoded))}]"
        case MapValue(entries, _, None):
            pairs = [(key, encode(entries[key])) for key in sorted(entries)]
            if any(text is None for _, text in pairs):
                return None
            return "{" + ",".join(f"{encode_string(key)}:{text}" for key, text in pairs) + "}"
    return None


def encode_string(text: str) -> str:
    """A string as Go's encoder writes it."""
    encoded = json.dumps(text, ensure_ascii=False)
    for character, escaped in _HTML.items():
        if character in encoded:
            encoded = encoded.replace(character, escaped)
    return encoded


_MOST_DIGITS = 150


def decode(text: str, location: Location | None = None) -> Value:
    """The value of a JSON text.

    Raises:
        ValueError: it is not JSON.
        RecursionError: it is nested too deeply.
    """
    return from_python(json.loads(text, parse_float=_float, parse_int=_int, parse_constant=_refuse), location)


def _int(text: str) -> Any:
    return int(text) if len(text) <= _MOST_DIGITS else _float(text)


def _float(text: str) -> Any:
    try:
        return number_of(decimal.Decimal(text))
    except Inexact:
        return Unknown(derived(f"jsondecode({text!r})", reason="the number has more digits than are kept exact").symbol)


def _refuse(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


def normal(text: str) -> str:
    """A text as Terraform keeps it: in Unicode's normalization form C. Source: go-cty, cty.NormalizeString."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def from_python(content: Any, location: Location | None = None) -> Value:
    """A value of Python's JSON types as a Terraform value."""
    match content:
        case dict():
            return MapValue({normal(str(key)): from_python(entry, location) for key, entry in content.items()}, location)
        case list() | tuple():
            return ListValue(tuple(from_python(item, location) for item in content), location)
        case Unknown():
            return content
        case float() if content.is_integer():
            return Known(int(content), location)
        case str():
            return Known(normal(content), location)
        case None | bool() | int() | float():
            return Known(content, location)
    return derived(f"value {content!r}", reason=f"a {type(content).__name__} is not evaluated")


def to_python(value: Value) -> Any:
    """A resolved value as Python's JSON types.

    Raises:
        ValueError: something in it is unknown.
    """
    match value:
        case Known(scalar):
            return scalar
        case JsonText():
            text = json_text(value)
            if isinstance(text, Known):
                return text.value
        case ListValue(items, _, None) if has_order(value):
            return [to_python(item) for item in items]
        case MapValue(entries, _, None):
            return {key: to_python(entry) for key, entry in entries.items()}
    raise ValueError("something in it is unknown")
