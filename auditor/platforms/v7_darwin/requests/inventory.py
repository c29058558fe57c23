"""Object listings, matched against the keys of a request.

A bucket may hold many more keys than a request names, so the match is turned round: the request's keys stay in memory and the
listing streams past them, once for exact matches and, only when some key is missing, a second time for keys that nearly match.
Memory depends on the request and not on the listing.

Forms that are recognised, each also compressed with gzip: `aws s3 ls --recursive`, `aws s3api list-objects-v2` (JSON), S3 Inventory
(CSV), and one key a line.
"""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import json
import re
import unicodedata
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import IO, Any, cast
from urllib.parse import unquote

from auditor.foundation.border import named
from auditor.foundation.text import WIDE, is_wide
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex

_CHUNK = 1 << 20
_LONGEST = 1 << 20
"""Of a line. Source: Amazon S3 User Guide, "Naming Amazon S3 objects": a key has at most 1,024 bytes."""
_ROWS = 50_000
_SAMPLE = 50_000
_LS_LINE = r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +(?:\d+|[\d.]+ (?:Bytes|[KMGTPE]iB)) (.*)$"
_ls_keys = re.compile(_LS_LINE, re.MULTILINE).findall
_ls_first = re.compile(rf"\s*(?:{_LS_LINE}|^ +PRE .*$)", re.MULTILINE).match
_folder = re.compile(r"^ +PRE .*$", re.MULTILINE).search
_uri = regex(r"s3://[^/\n]+/")


# What begins like this is something else, though every line of it could be a key.
_FOREIGN = (
    (regex(r"<\?xml|<ListBucketResult|<!DOCTYPE|<html", re.IGNORECASE), "is XML"),
    (
        regex(r"CONTENTS\t|Contents:\s*$|- ETag:|-{5,}\s*\n\|", re.MULTILINE),
        "is not JSON: make the listing with --output json",
    ),
)
_bucket = re.compile(r"[a-z0-9.-]{3,63},").match
# Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html and API_ListObjects.html; NextToken is of the command line.
_ANSWER = frozenset(
    {
        "CommonPrefixes", "Contents", "ContinuationToken", "Delimiter", "EncodingType", "IsTruncated", "KeyCount", "Marker", "MaxKeys", "Name",
        "NextContinuationToken", "NextMarker", "NextToken", "Prefix", "RequestCharged", "ResponseMetadata", "StartAfter",
    }
)  # fmt: skip


class NotAListing(Exception):
    """The file is not an object listing, or not a complete one; `str()` says why."""


@dataclass(frozen=True, slots=True)
class NearKey:
    """A key of the listing that nearly is the one that is missing.

    Attributes:
        key: the listing's key.
        difference: how the request's key differs from it, completing "differs …".
    """

    key: str
    difference: str


@dataclass(frozen=True, slots=True)
class Presence:
    """What a listing says of the keys of a request.

    Attributes:
        total: how many keys the listing holds.
        missing: the keys that it does not hold.
        empty: the directories under which it holds nothing.
        near: for some of the missing keys, the one that may be meant.
        prefix: what all keys of the listing begin with.
    """

    total: int
    missing: Collection[str]
    empty: Collection[str]
    near: Mapping[str, NearKey]
    prefix: str


def match(
    path: str, keys: Collection[str], directories: Collection[str], progress: Callable[[int], None] | None = None
) -> Presence:
    """Looks for keys in a listing.

    Args:
        path: the listing.
        keys: the keys of the request.
        directories: prefixes, without a slash at their end, under which there must be some key.
        progress: told now and then how many keys of the listing have passed.

    Raises:
        NotAListing: it cannot be used.
        OSError: it cannot be read.
    """
    missing, empty = set(keys), set(directories)
    total = 0
    prefix: str | None = None
    for batch in batches(path):
        total += len(batch)
        missing.difference_update(batch)
        if empty:
            empty.difference_update({key.rpartition("/")[0] for key in batch})
        ends = (min(batch), max(batch))
        prefix = _common_prefix(*ends) if prefix is None else _common_prefix(prefix, _common_prefix(*ends))
        if progress:
            progress(total)
    near = _near(path, missing) if missing else {}
    return Presence(total, missing, empty, near, prefix or "")


def _common_prefix(one: str, other: str) -> str:
    length = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return one[:length]


def _near(path: str, missing: Collection[str]) -> Mapping[str, NearKey]:
    wanted: dict[str, list[str]] = {}
    for key in missing:
        wanted.setdefault(_fold(key), []).append(key)
    inner = {_fold(rest): key for key in missing if (rest := _below_first_segment(key))}
    near: dict[str, NearKey] = {}
    for batch in batches(path):
        folded = _folded(batch)
        if wanted.keys().isdisjoint(folded) and inner.keys().isdisjoint(folded):
            continue
        for listed, form in zip(batch, folded, strict=True):
            for key in wanted.get(form, ()):
                found = NearKey(listed, _difference(key, listed))
                if key not in near or len(found.difference) < len(near[key].difference):
                    near[key] = found
            if form in inner:
                first = inner[form].removesuffix(_below_first_segment(inner[form]))
                near.setdefault(inner[form], NearKey(listed, f"by '{first}' at its start"))
    return near


def _below_first_segment(key: str) -> str:
    bare = _uri.match(key)
    return key[bare.end() :] if bare else key.lstrip("/").partition("/")[2]


def _fold(key: str) -> str:
    return unicodedata.normalize("NFC", unquote(key.lstrip("/").replace("+", " "))).casefold()


def _folded(batch: Sequence[str]) -> list[str]:
    text = "\n".join(batch)
    if text.isascii() and "%" not in text and "\n/" not in text and not text.startswith("/"):
        folded = text.lower().replace("+", " ").split("\n")
        if len(folded) == len(batch):
            return folded
    return [_fold(key) for key in batch]


def _difference(key: str, listed: str) -> str:
    """How two keys of one folded form differ."""
    ways: tuple[tuple[str, Callable[[str], str]], ...] = (
        ("by a leading slash", lambda text: text.lstrip("/")),
        ("in upper and lower case only", str.casefold),
        ("in percent-encoding only", lambda text: unquote(text.replace("+", " "))),
        ("in Unicode normalisation only", lambda text: unicodedata.normalize("NFC", text)),
    )
    for difference, form in ways:
        if form(key) == form(listed):
            return difference
    return "only in case, a leading slash, percent-encoding or Unicode normalisation together"


def batches(path: str) -> Iterator[list[str]]:
    """The keys of a listing, some thousands at a time; no batch is empty.

    Raises:
        NotAListing: it cannot be used.
        OSError: it cannot be read.
    """
    try:
        with (
            named(path).stream(path) as raw,
            _unzipped(raw) as binary,
            io.TextIOWrapper(binary, "utf-8-sig", newline="\n") as stream,
        ):
            yield from (batch for batch in _keys(stream) if batch)
    except UnicodeDecodeError as error:
        raise NotAListing(WIDE if is_wide(error) else "is not UTF-8") from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise NotAListing("is not a complete gzip file") from error


def _unzipped(raw: io.BufferedReader) -> IO[bytes]:
    return cast("IO[bytes]", gzip.GzipFile(fileobj=raw)) if raw.peek(2)[:2] == b"\x1f\x8b" else raw


def _keys(stream: io.TextIOWrapper) -> Iterator[list[str]]:
    head = stream.read(_CHUNK)
    if not head.strip():
        raise NotAListing("is empty, so it is not a listing")
    begin = head.lstrip()
    first = begin[0]
    if why := _foreign(begin[:_SAMPLE]):
        raise NotAListing(why)
    if first in "{[":
        try:
            yield from _json_keys(head, stream)
        except json.JSONDecodeError as error:
            raise NotAListing(f"is not a JSON listing: {error.msg}") from error
    elif first == '"':
        yield from _csv_keys(head, stream)
    elif _ls_first(head):
        for chunk in _chunks(head, stream):
            if _folder(chunk):
                raise NotAListing("holds folders ('PRE'): make the listing with aws s3 ls --recursive")
            yield _ls_keys(chunk)
    else:
        uri = _uri.match(head)
        for chunk in _chunks(head, stream):
            lines = chunk.split("\n")
            yield [line.removeprefix(uri[0]) if uri else line for line in lines if line]


def _foreign(begin: str) -> str:
    """Why a text is something else, although every line of it could be a key; empty when it is not."""
    for form, why in _FOREIGN:
        if form.match(begin):
            return why
    bucket = _bucket(begin)
    lines = [line for line in begin.split("\n")[: -1 if len(begin) == _SAMPLE else None] if line]
    if bucket and len(lines) > 1 and all(line.startswith(bucket[0]) and line.count(",") > 1 for line in lines):
        return "looks like an S3 Inventory whose quotes were lost: give the file as S3 wrote it"
    return ""


def _chunks(head: str, stream: IO[str]) -> Iterator[str]:
    """The text in pieces that end with a line; without carriage returns when the first line ends with one."""
    windows = head.partition("\n")[0].endswith("\r")
    carry = ""
    chunk = head
    while chunk:
        complete, newline, rest = chunk.rpartition("\n")
        if newline:
            whole = carry + complete
            yield whole.replace("\r\n", "\n").removesuffix("\r") if windows else whole
            carry = rest
        else:
            carry += chunk
        _bounded(carry)
        chunk = stream.read(_CHUNK)
    if carry:
        yield carry.removesuffix("\r") if windows else carry


def _bounded(line: str) -> str:
    if len(line) >= _LONGEST:
        raise NotAListing(f"has a line of more than {_LONGEST:,} characters, so it is not a listing")
    return line


def _csv_keys(head: str, stream: IO[str]) -> Iterator[list[str]]:
    """S3 Inventory: no header; bucket, key, and with versions: version id, is latest, is delete marker. Keys are URL-encoded.

    Whether a plus sign stands for a space is not documented, so both readings count as present.
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory.html
    """
    rows = csv.reader(_lines(head, stream))
    try:
        while batch := list(itertools.islice(rows, _ROWS)):
            keys: list[str] = []
            for row in batch:
                if not row:
                    continue
                if len(row) < 2:
                    raise NotAListing(f"has a line without a second column, in which the key stands: {','.join(row)[:80]!r}")
                if (
                    len(row) > 4
                    and row[4] in {"true", "false"}
                    and row[3] in {"true", "false"}
                    and (row[4] == "true" or row[3] == "false")
                ):
                    continue
                key = row[1]
                if "%" in key or "+" in key:
                    if "+" in key:
                        keys.append(unquote(key.replace("+", " ")))
                    key = unquote(key)
                keys.append(key)
            yield keys
    except csv.Error as error:
        raise NotAListing(f"is not CSV in line {rows.line_num}: {error}") from error


def _lines(head: str, stream: IO[str]) -> Iterator[str]:
    *whole, last = head.split("\n")
    yield from (line + "\n" for line in whole)
    yield last + _bounded(stream.readline(_LONGEST))
    while line := stream.readline(_LONGEST):
        yield _bounded(line)


class _JsonStream:
    """JSON values, read from a stream without holding it."""

    def __init__(self, head: str, stream: IO[str]) -> None:
        self._text, self._at, self._stream, self._ended = head, 0, stream, False
        self._decode = json.JSONDecoder(parse_int=float).raw_decode

    def _more(self) -> bool:
        if self._ended:
            return False
        more = self._stream.read(max(_CHUNK, len(self._text) - self._at))
        self._ended = not more
        self._text, self._at = self._text[self._at :] + more, 0
        return not self._ended

    def peek(self) -> str:
        """The next character that is not blank; empty at the end."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in " \t\r\n":
                    return self._text[self._at]
                self._at += 1
            if not self._more():
                return ""

    def take(self, expected: str) -> str:
        """The next character, which must be one of these."""
        found = self.peek()
        if not found or found not in expected:
            raise json.JSONDecodeError(f"{found or 'the end'} where one of {expected} must stand", "", 0)
        self._at += 1
        return found

    def value(self) -> Any:
        """The next value."""
        self.peek()
        while True:
            try:
                value, end = self._decode(self._text, self._at)
            except json.JSONDecodeError:
                if not self._more():
                    raise
                continue
            except (RecursionError, ValueError) as error:
                raise json.JSONDecodeError("a value cannot be read", "", 0) from error
            if end == len(self._text) and self._more():
                continue
            self._at = end
            return value

    def items(self) -> Iterator[Any]:
        """The elements of the array that comes next."""
        self.take("[")
        if self.peek() == "]":
            self.take("]")
            return
        while True:
            yield self.value()
            if self.take(",]") == "]":
                return


def _json_keys(head: str, stream: IO[str]) -> Iterator[list[str]]:
    """The answer of list-objects-v2, several of them, or a list of keys or of objects with a `Key`.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
    """
    source = _JsonStream(head, stream)
    while opening := source.peek():
        if opening == "[":
            yield from _batched(source.items())
            continue
        source.take("{")
        told: dict[str, Any] = {}
        while source.peek() != "}":
            name = source.value()
            source.take(":")
            if name == "Contents" and source.peek() == "[":
                yield from _batched(source.items())
            else:
                told[str(name)] = source.value()
            if source.peek() != "}":
                source.take(",")
        source.take("}")
        if "Versions" in told or "DeleteMarkers" in told:
            raise NotAListing("lists versions of objects: make the listing with aws s3api list-objects-v2")
        if "fileSchema" in told:
            raise NotAListing("is the manifest of an S3 Inventory: give the file that it names")
        if strange := next((name for name in told if name not in _ANSWER), ""):
            raise NotAListing(f"is not a response of list-objects-v2: it has the key {strange[:40]!r}")
        if told.get("CommonPrefixes"):
            raise NotAListing("holds folders (CommonPrefixes): make the listing without --delimiter")
        if told.get("EncodingType") == "url":
            raise NotAListing("holds encoded keys: make the listing without --encoding-type url")
        following = source.peek()
        if (told.get("IsTruncated") is True or told.get("NextToken")) and not following:
            raise NotAListing("is not the complete listing: it says that more keys follow (IsTruncated, NextToken)")


def _batched(entries: Iterator[Any]) -> Iterator[list[str]]:
    while batch := list(itertools.islice(entries, _ROWS)):
        keys = [entry.get("Key") if isinstance(entry, dict) else entry for entry in batch]
        strange = next((key for key in keys if not isinstance(key, str)), "")
        if strange != "":
            raise NotAListing("holds an entry that is neither a key nor an object with a 'Key'")
        yield cast("list[str]", keys)
