"""Functions that encode, decode and hash."""

from __future__ import annotations

import base64
import binascii
import csv
import hashlib
import io
import re
import urllib.parse
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from auditor.foundation.value import JsonText, Known, ListValue, MapValue, Value
from auditor.sources.terraform.functions.registry import Arguments, FunctionError, NotEvaluated, strict, structural
from auditor.sources.terraform.values import json_encoding as encoding
from auditor.sources.terraform.values.failure import failed
from auditor.sources.terraform.values.types import order_in


@structural("jsonencode", 1, 1, nulls=True, makes="string", takes=("any",))
def json_encode(arguments: Arguments) -> Value:
    """`jsonencode`, kept structured."""
    return JsonText(arguments.values[0], arguments.location)


@structural("jsondecode", 1, 1)
def json_decode(arguments: Arguments) -> Value:
    """`jsondecode`: of JSON that was encoded in the code, what was encoded."""
    value = arguments.values[0]
    match value:
        case JsonText(content):
            return _without_sets(content)
        case Known(str() as text):
            try:
                return encoding.decode(text, arguments.location)
            except (ValueError, RecursionError):
                return failed("jsondecode: it is not valid JSON", arguments.location)
        case Known() | ListValue() | MapValue():
            return failed("jsondecode: a string of JSON is required", arguments.location)
    return arguments.unknown()


def _without_sets(value: Value) -> Value:
    """What JSON makes of a value: sets become lists."""
    match value:
        case ListValue(items):
            made = tuple(map(_without_sets, items))
            return replace(value, items=made, is_set=False, order=order_in(value, zip(items, made, strict=True), value.rest))
        case MapValue(entries) if isinstance(entries, dict):
            return replace(value, entries={key: _without_sets(entry) for key, entry in entries.items()})
    return value


@strict("base64encode", "text", makes="string", total=True)
def base64_encode(text: str) -> str:
    """`base64encode`."""
    return base64.b64encode(_utf8(text)).decode()


@strict("base64decode", "text", makes="string")
def base64_decode(text: str) -> str:
    """`base64decode`, of UTF-8."""
    try:
        return base64.b64decode(text.replace("\n", "").replace("\r", ""), validate=True).decode()
    except (binascii.Error, ValueError):
        raise FunctionError("it is not valid base64 of UTF-8") from None


@strict("textencodebase64", "text", "text", makes="string")
def text_encode(text: str, charset: str) -> str:
    """`textencodebase64`, for UTF-8 and UTF-16LE."""
    if charset.upper() not in ("UTF-8", "UTF-16LE"):
        raise NotEvaluated(f"the encoding {charset} is not evaluated")
    return base64.b64encode(text.encode(charset)).decode()


@strict("textdecodebase64", "text", "text", makes="string")
def text_decode(text: str, charset: str) -> str:
    """`textdecodebase64`, for UTF-8 and UTF-16LE."""
    if charset.upper() not in ("UTF-8", "UTF-16LE"):
        raise NotEvaluated(f"the encoding {charset} is not evaluated")
    try:
        return base64.b64decode(text, validate=True).decode(charset)
    except (binascii.Error, ValueError):
        raise FunctionError(f"it is not valid base64 of {charset}") from None


@strict("urlencode", "text", makes="string", total=True)
def url_encode(text: str) -> str:
    """`urlencode`."""
    return urllib.parse.quote_plus(text, safe="")


@strict("urldecode", "text", makes="string")
def url_decode(text: str) -> str:
    """`urldecode`."""
    if re.search(r"%(?![0-9A-Fa-f]{2})", text):
        raise FunctionError("an escape is not complete")
    return urllib.parse.unquote_plus(text, errors="strict")


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise NotEvaluated("the text holds half a surrogate pair") from None


def digest(algorithm: str, content: bytes, form: str) -> str:
    """A hash as hexadecimal digits (`hex`) or base64."""
    made = hashlib.new(algorithm, content, usedforsecurity=False).digest()
    return made.hex() if form == "hex" else base64.b64encode(made).decode()


HASHES = {
    "md5": ("md5", "hex"), "sha1": ("sha1", "hex"), "sha256": ("sha256", "hex"), "sha512": ("sha512", "hex"),
    "base64sha256": ("sha256", "base64"), "base64sha512": ("sha512", "base64"),
}  # fmt: skip


def _hashing(algorithm: str, form: str) -> Callable[[str], str]:
    return lambda text: digest(algorithm, _utf8(text), form)


for _name, (_algorithm, _form) in HASHES.items():
    strict(_name, "text", makes="string", total=True)(_hashing(_algorithm, _form))


@strict("uuidv5", "text", "text", makes="string")
def uuid5(namespace: str, name: str) -> str:
    """`uuidv5`."""
    spaces = {"dns": uuid.NAMESPACE_DNS, "url": uuid.NAMESPACE_URL, "oid": uuid.NAMESPACE_OID, "x500": uuid.NAMESPACE_X500}
    try:
        return str(uuid.uuid5(spaces.get(namespace) or uuid.UUID(namespace), name))
    except ValueError:
        raise FunctionError("the namespace is not a valid UUID") from None


@strict("csvdecode", "text")
def csv_decode(text: str) -> Any:
    """`csvdecode`."""
    try:
        rows = [row for row in csv.reader(io.StringIO(text), strict=True) if row]
    except csv.Error:
        raise FunctionError("it is not valid CSV") from None
    if not rows or any(len(row) != len(rows[0]) for row in rows) or len(set(rows[0])) != len(rows[0]):
        raise FunctionError("it is not valid CSV with a header")
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


@structural("base64gzip", 1, 1, makes="string", takes=("string",))
def base64_gzip(arguments: Arguments) -> Value:
    """`base64gzip` is unknown: the bytes differ between compressors."""
    return arguments.not_evaluated("function base64gzip is not evaluated")
