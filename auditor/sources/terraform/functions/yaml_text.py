"""`yamldecode` and `yamlencode`.

Source: github.com/zclconf/go-cty-yaml (resolve.go for what a plain scalar means, encode.go for how a value is written), and
`terraform console`, against which both are tested.
"""

from __future__ import annotations

import datetime as dt
import decimal
import re
from typing import Any

from auditor.foundation.value import JsonText, Known, ListValue, MapValue, Value
from auditor.lazy.expressions import regex
from auditor.sources.numbers import Inexact, number_of, number_text
from auditor.sources.terraform.functions.registry import Arguments, FunctionError, NotEvaluated, strict, structural
from auditor.sources.terraform.values.json_encoding import json_text
from auditor.sources.terraform.values.types import has_order

_MOST_NODES = 20_000
_LONGEST = 500_000
_TRUE = frozenset(["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"])
_FALSE = frozenset(["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"])
_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_NUMBER = regex(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
_HEXADECIMAL = regex(r"0x[0-9a-fA-F]+", re.ASCII)
_OCTAL = regex(r"0o[0-7]+", re.ASCII)
# What is perhaps a number or a date, though none of the above.
_PERHAPS = regex(r"[-+]?(?:\.?\d[\d_.:+-]*[eExXoObB_]?[\w.:+-]*|\.(?:inf|nan))", re.ASCII | re.IGNORECASE)
_TAGGED = regex(r"(?:&\S+\s+)?!")
_DAY = regex(r"(\d{4})-(\d\d?)-(\d\d?)", re.ASCII)
_DATE = regex(r"\d{4}-\d\d?-\d\d?(?:$|[Tt ])", re.ASCII)
# Texts with digits that are certainly plain: account ids in ARNs, times of day, addresses, versions.
_PLAIN = regex(r"\d+(?::\d+)+|\d+(?:\.\d+){2,}(?:/\d+)?", re.ASCII)


@strict("yamldecode", "text")
def yaml_decode(text: str) -> Any:
    """`yamldecode` of one document."""
    from auditor.lazy.pyyaml import yaml

    try:
        if len(text) > _LONGEST:
            raise NotEvaluated("this YAML is too large to be evaluated")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if text.lstrip("\ufeff").startswith("%"):
            raise NotEvaluated("YAML with directives is not evaluated")
        if node is None:
            raise FunctionError("there is no document")
        return _Decoder(text).value(node)
    except yaml.YAMLError:
        raise FunctionError("it is not valid YAML") from None
    except RecursionError:
        raise NotEvaluated("this YAML is nested too deeply to be evaluated") from None


class _Decoder:
    """Values of YAML's nodes; aliases are values like others."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.count = 0
        self.open: set[int] = set()

    def value(self, node: Any) -> Any:
        self.count += 1
        if self.count > _MOST_NODES:
            raise NotEvaluated("this YAML is too large to be evaluated")
        if id(node) in self.open:
            raise FunctionError("an alias refers to what it stands in")
        if node.id == "scalar":
            return self.scalar(node)
        self._tagged(node)
        self.open.add(id(node))
        made = [self.value(item) for item in node.value] if node.id == "sequence" else self.mapping(node)
        self.open.discard(id(node))
        return made

    def mapping(self, node: Any) -> dict[str, Any]:
        made: dict[str, Any] = {}
        merged: list[Any] = []
        for key, entry in node.value:
            if key.id != "scalar":
                raise FunctionError("a key is not a string")
            if key.value == "<<" and key.style is None:
                merged.append(entry)
                continue
            name = self.scalar(key)
            if not isinstance(name, str):
                raise NotEvaluated("YAML with keys that are not strings is not evaluated")
            made[name] = self.value(entry)
        if not merged:
            return made
        if len(merged) > 1 or merged[0].id != "mapping":
            raise NotEvaluated("YAML that merges several mappings is not evaluated")
        inherited = self.value(merged[0])
        # An entry that is written wins over one that is merged where it comes first or last: go-cty-yaml keeps the later one.
        if any(key.value == "<<" for key, _ in node.value[1:]) and set(inherited) & set(made):
            raise NotEvaluated("YAML that merges what is written too is not evaluated")
        return {**inherited, **made}

    def _tagged(self, node: Any) -> None:
        if node.tag not in ("tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"):
            raise NotEvaluated("YAML with tags is not evaluated")

    def scalar(self, node: Any) -> Any:
        if _TAGGED.match(self.text, node.start_mark.index):
            raise NotEvaluated("YAML with tags is not evaluated")
        return node.value if node.style is not None else _plain(node.value)


def _plain(text: str) -> Any:
    """What a plain scalar means."""
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if text == "-0":
        raise NotEvaluated("YAML with a negative zero is not evaluated")
    if _NUMBER.fullmatch(text):
        return _number(decimal.Decimal(text), text)
    if _HEXADECIMAL.fullmatch(text):
        return _number(decimal.Decimal(int(text, 16)), text)
    if _OCTAL.fullmatch(text):
        return _number(decimal.Decimal(int(text, 0)), text)
    if _PLAIN.fullmatch(text):
        return text
    if (day := _DAY.fullmatch(text)) and day[1] != "0000":
        return _moment(text, *map(int, day.groups()))
    if _DATE.match(text) or _PERHAPS.fullmatch(text):
        raise NotEvaluated(f"YAML with a plain scalar such as {text!r} is not evaluated")
    return text


def _moment(text: str, year: int, month: int, day: int) -> str:
    """What a plain date becomes, which is why a policy whose Version is not in quotes has none that is valid."""
    try:
        return f"{dt.date(year, month, day)}T00:00:00Z"
    except ValueError:
        return text


def _number(number: decimal.Decimal, text: str) -> Any:
    try:
        return number_of(number)
    except Inexact:
        raise NotEvaluated(f"YAML with a number such as {text!r} is not evaluated") from None


@structural("yamlencode", 1, 1, nulls=True, makes="string", takes=("any",))
def yaml_encode(arguments: Arguments) -> Value:
    """`yamlencode` of a value that is resolved."""
    try:
        lines = _lines(arguments.values[0])
    except NotEvaluated as error:
        return arguments.not_evaluated(str(error))
    if lines is None:
        return arguments.unknown()
    bare = len(lines) == 1 and not lines[0].startswith('"') and lines[0] not in ("[]", "{}") and ":" not in lines[0]
    bare = bare and not lines[0].startswith("- ")
    return Known("\n".join(lines) + ("\n...\n" if bare else "\n"), arguments.location)


def _lines(value: Value) -> list[str] | None:
    """A value in block style; None where something in it is unknown."""
    if isinstance(value, JsonText):
        value = json_text(value)
    match value:
        case Known(str() as text):
            return _text(text)
        case Known(None):
            return ["null"]
        case Known(bool() as truth):
            return ["true" if truth else "false"]
        case Known(int() | float() as number):
            return [number_text(number)]
        case ListValue((), _, None):
            return ["[]"]
        case ListValue(items, _, None) if has_order(value):
            return _blocks([("- ", item) for item in items], "  ")
        case MapValue(entries, _, None):
            if not entries:
                return ["{}"]
            return _blocks([(f"{_key(key)}:", entries[key]) for key in sorted(entries)], "")
    return None


def _blocks(parts: list[tuple[str, Value]], indent: str) -> list[str] | None:
    made: list[str] = []
    for head, value in parts:
        lines = _lines(value)
        if lines is None:
            return None
        # The lines of a text of several lines are indented already.
        text = isinstance(value, Known)
        nested = isinstance(value, ListValue | MapValue) and lines not in (["[]"], ["{}"])
        if indent:
            made += [head + lines[0], *(line if text else indent + line for line in lines[1:])]
        elif nested:
            deeper = "" if isinstance(value, ListValue) else "  "
            made += [head, *(deeper + line for line in lines)]
        else:
            made += [f"{head} {lines[0]}", *lines[1:]]
    return made


def _key(text: str) -> str:
    if "\n" in text:
        raise NotEvaluated("yamlencode of a key of several lines is not evaluated")
    return _quoted(text)


def _text(text: str) -> list[str]:
    if "\n" not in text:
        return [_quoted(text)]
    body = text.removesuffix("\n")
    if body.endswith("\n") or not body or re.search(r"^[ \t]|[ \t]$|[^\x20-\x7e\n]", body, re.MULTILINE) or "\n\n" in body:
        raise NotEvaluated("yamlencode of such a text of several lines is not evaluated")
    return ["|" if text.endswith("\n") else "|-", *(f"  {line}" for line in body.split("\n"))]


def _quoted(text: str) -> str:
    if len(text) > 60 or not all(" " <= character <= "~" for character in text):
        raise NotEvaluated("yamlencode of a text that is long or not of ASCII is not evaluated")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
