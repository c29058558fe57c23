"""Object keys that are not keys relative to the bucket, or of a form that is rarely meant."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection
from html import unescape
from typing import Any
from urllib.parse import unquote

from auditor.finding import Severity, Symptom
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex
from auditor.platforms.v7_darwin.requests.address import address_of, hosted
from auditor.platforms.v7_darwin.requests.document import Path
from auditor.platforms.v7_darwin.requests.files import PREFIXES, named, prefixes, tiles
from auditor.platforms.v7_darwin.requests.scope import ItemScope, capital, shown
from auditor.platforms.v7_darwin.rules._sources import DARWIN_PY, TROUBLESHOOTING
from auditor.rule import declared

STORAGE_KEY = declared(
    "registration-storage-key",
    """An object key written as a URI, URL or ARN, with a leading slash, with the bucket's name, or too long for a key.

    The platform knows the bucket from the storage configuration; `storage_key` is the key alone, such as `folder/a.jpg`. The bucket's name at the
    start is only noticed when it is known, and a key that an object listing (`--inventory`) proves to exist is never reported.

    Write the key relative to the bucket.
    """,
    Severity.ERROR,
    (Symptom.FORBIDDEN,),
    (TROUBLESHOOTING, DARWIN_PY, "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html"),
)
STORAGE_KEY_FORM = declared(
    "registration-storage-key-form",
    """An object key of a form that is rarely meant.

    Percent-encoding, leading or trailing spaces, backslashes, double slashes, `../`, wildcards, placeholders, quotation marks, invisible
    characters, or the query of a signed URL: S3 allows such keys, but they mostly come from a URL or a file path that was taken for a key, or
    from a template. Keys are compared character by character.

    Compare it with the object's key; `--inventory` answers the question.
    """,
    Severity.WARNING,
    (Symptom.FORBIDDEN,),
    (TROUBLESHOOTING, "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html"),
)

MOST_BYTES = 1024
"""Of a key in UTF-8. Source: Amazon S3 User Guide, "Naming Amazon S3 objects"."""


def _without_steps(key: str) -> str:
    return posixpath.normpath(key) if not key.startswith("../") else ""


_FORMS: tuple[tuple[str, str, Callable[[str], str]], ...] = (
    (
        r"[?&](?:X-Amz-|X-Goog-|AWSAccessKeyId=|Signature=|versionId=|x-id=|response-content-)",
        "which ends with the query of a URL",
        lambda key: key.partition("?")[0],
    ),
    (r"^\s|\s$", "which starts or ends with white space", str.strip),
    (r"^[A-Za-z]:[\\/]", "which looks like a path on a drive", lambda key: key[3:].replace("\\", "/")),
    (r"\\", "which contains a backslash", lambda key: key.replace("\\", "/")),
    (r"[\x00-\x1f\x7f]", "which contains a control character", lambda _: ""),
    (r"^([\"'`]).+\1$|^[“‘].+[”’]$", "which stands in quotation marks", lambda key: key[1:-1]),
    (r"\$\{|\{\{|\{\w*\}|^<.+>$", "which looks like a placeholder", lambda _: ""),
    (r"&(?:amp|lt|gt|quot|#\d+);", "which looks escaped for HTML or XML", unescape),
    (r"%[0-9A-Fa-f]{2}", "which looks percent-encoded", unquote),
    (r"\*", "which contains a wildcard, where one file must be named", lambda _: ""),
    (r"/$", "which ends with a slash like a folder", lambda _: ""),
    (r"//", "which contains a double slash", lambda key: re.sub("/+", "/", key)),
    (r"(?:^|/)\.\.?(?:/|$)", "which contains a step such as ./ or ../", _without_steps),
)
"""The forms that are rarely meant, likeliest first: how each is told, what it says, and the key that it comes from (empty when it is not known)."""

_odd_key = regex("|".join(pattern.replace(r"\1", r"[\"'`]") for pattern, _, _ in _FORMS)).search


@dataclass(frozen=True, slots=True)
class ObjectListing:
    """What an object listing says of the keys of a request.

    Attributes:
        explained: those that it holds, and those for which it holds one that nearly is the same.
        missing: those that it does not hold.
    """

    explained: Collection[str] = frozenset()
    missing: Collection[str] = frozenset()


NO_LISTING = ObjectListing()


def check_object_keys(scope: ItemScope, path: Path, unit: dict[str, Any], bucket: str, listing: ObjectListing) -> None:
    """Reports keys of a unit that cannot be meant as they are written, or hardly.

    Args:
        scope: the item.
        path: of the unit in the item.
        unit: the item or one of its slots.
        bucket: the bucket's name; empty when it is not known.
        listing: what an object listing says of the keys.
    """
    for below, key in (*named(unit), *prefixes(unit), *tiles(unit)):
        if key in listing.explained or key.rstrip("/") in listing.explained:
            continue
        found = wrong_form(key, bucket)
        odd = None if found else _odd_form(key)
        if not found and not odd:
            continue
        where = capital(f"'{'/'.join(map(str, below))}' of {scope.who(path)}")
        if found:
            message = (
                f"{where} is {shown(key)}, {found.what}. The platform looks for an object of exactly that key and answers 403."
            )
            scope.report(STORAGE_KEY, message, (*path, *below), found.fix, like=found.what)
        elif odd and ((key not in listing.missing and below[-1] not in PREFIXES) or not key.endswith("/")):
            what, right = odd
            message = (
                f"{where} is {shown(key)}, {what}. Keys are compared character by character; "
                "unless the object has exactly this key, the platform answers 403."
            )
            fix = f"Write {shown(right)} if that is the object's key." if right else "Compare it with the object's key."
            scope.report(STORAGE_KEY_FORM, message, (*path, *below), fix, like=what)


@dataclass(frozen=True, slots=True)
class WrongForm:
    """How a text is not a key relative to the bucket.

    Attributes:
        what: the form it has, completing "…, ".
        fix: the correction.
    """

    what: str
    fix: str


def wrong_form(key: str, bucket: str) -> WrongForm | None:
    """How a key is not one relative to the bucket; None when it may be one.

    Args:
        key: the key.
        bucket: the bucket's name; empty when it is not known.
    """
    start = f"{bucket}/" if bucket else "\0"
    address = address_of(key) or (hosted(key) if key.startswith("//") else None)
    if address is not None:
        if bucket and address.bucket and address.bucket != bucket:
            as_key = f", as {shown(address.key)}" if address.key else ""
            what = f"which names the bucket {shown(address.bucket)} and not {shown(bucket)}"
            return WrongForm(what, f"Register the object with the storage of the bucket {shown(address.bucket)}{as_key}.")
        right = address.key if address.certain else address.key.removeprefix(start)
        return WrongForm(f"{address.what} and not a key relative to the bucket", _written(right, certain=address.certain))
    if key.startswith("/"):
        return WrongForm("which starts with a slash", _written(key.lstrip("/").removeprefix(start)))
    if key.startswith(start):
        return WrongForm("which starts with the bucket's name", _written(key.removeprefix(start)))
    if len(key) > MOST_BYTES // 4 and len(key.encode(errors="replace")) > MOST_BYTES:
        return WrongForm(f"which is longer than the {MOST_BYTES:,} bytes that a key can have", "Compare it with the object's key.")
    return None


def _written(key: str, *, certain: bool = True) -> str:
    if not key:
        return "Write the object's key, relative to the bucket."
    return f"Write {shown(key)}." if certain else f"Write {shown(key)} if that is the object's key."


def _odd_form(key: str) -> tuple[str, str] | None:
    """What is odd about a key, and the key that is likely meant; None when nothing is."""
    if _odd_key(key):
        return next((what, right(key)) for pattern, what, right in _FORMS if re.search(pattern, key))
    if not key.isprintable():
        return "which contains an invisible character", "".join(c for c in key.replace("\u00a0", " ") if c.isprintable())
    address = hosted(key)
    return ("which looks like a URL without its scheme", address.key) if address else None
