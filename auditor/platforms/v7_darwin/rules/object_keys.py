"""Object keys that are not keys relative to the bucket, or of a form that is rarely meant."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any
from urllib.parse import unquote

from auditor.finding import Severity, Symptom
from auditor.lazy.classes import dataclass
from auditor.platforms.v7_darwin.requests.document import Path
from auditor.platforms.v7_darwin.requests.files import PREFIXES, named, prefixes
from auditor.platforms.v7_darwin.requests.scope import ItemScope, capital, shown
from auditor.platforms.v7_darwin.rules._sources import DARWIN_PY, TROUBLESHOOTING
from auditor.rule import declared

STORAGE_KEY = declared(
    "registration-storage-key",
    """An object key that is written as a URI, with a leading slash, or with the bucket's name.

    The platform knows the bucket from the storage configuration; `storage_key` is the key alone, such as `folder/a.jpg`. The bucket's name at the
    start is only noticed when it is known, and a key that an object listing (`--inventory`) proves to exist is never reported.

    Write the key relative to the bucket.
    """,
    Severity.ERROR,
    (Symptom.FORBIDDEN,),
    (TROUBLESHOOTING, DARWIN_PY),
)
STORAGE_KEY_FORM = declared(
    "registration-storage-key-form",
    """An object key of a form that is rarely meant.

    Percent-encoding, leading or trailing spaces, backslashes, double slashes, `../`, or the query of a signed URL: S3 allows such keys, but they
    mostly come from a URL or a file path that was taken for a key. Keys are compared character by character.

    Compare it with the object's key; `--inventory` answers the question.
    """,
    Severity.WARNING,
    (Symptom.FORBIDDEN,),
    (TROUBLESHOOTING, "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html"),
)

_wrong_key = re.compile(r"/|[A-Za-z][A-Za-z0-9+.-]*://|arn:aws[a-z-]*:s3:::").match
_odd_key = re.compile(
    r"^\s|\s$|^[A-Za-z]:/|[\x00-\x1f\x7f\\]|//|(?:^|/)\.\.?(?:/|$)|/$|%[0-9A-Fa-f]{2}|\?(?:X-Amz-|AWSAccessKeyId|versionId)"
).search
_bucket_uri = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/]*/|arn:aws[a-z-]*:s3:::[^/]*/").match


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
    start = f"{bucket}/" if bucket else None
    for below, key in (*named(unit), *prefixes(unit)):
        if not _wrong_key(key) and not _odd_key(key) and not (start and key.startswith(start)):
            continue
        if key in listing.explained or key.rstrip("/") in listing.explained:
            continue
        where = capital(f"'{'/'.join(map(str, below))}' of {scope.who(path)}")
        found = wrong_form(key, bucket)
        if found:
            what, right = found
            message = f"{where} is {shown(key)}, {what}. The platform looks for an object of exactly that key and answers 403."
            fix = f"Write {shown(right)}." if right else "Write the object's key, relative to the bucket."
            scope.report(STORAGE_KEY, message, (*path, *below), fix, like=what)
        elif (key not in listing.missing and below[-1] not in PREFIXES) or not key.endswith("/"):
            what, right = _odd_form(key)
            message = (
                f"{where} is {shown(key)}, {what}. Keys are compared character by character; "
                "unless the object has exactly this key, the platform answers 403."
            )
            fix = f"Write {shown(right)} if that is the object's key." if right else "Compare it with the object's key."
            scope.report(STORAGE_KEY_FORM, message, (*path, *below), fix, like=what)


def wrong_form(key: str, bucket: str) -> tuple[str, str] | None:
    """How a key is not one relative to the bucket, and what it would be; None when it may be one.

    Args:
        key: the key.
        bucket: the bucket's name; empty when it is not known.
    """
    start = f"{bucket}/" if bucket else None
    uri = _bucket_uri(key)
    if uri:
        right = key[uri.end() :]
        if key[:4].lower() == "http":
            return "a URL and not a key relative to the bucket", unquote(right.partition("?")[0])
        what = "an ARN" if key.startswith("arn:") else "a URI with the bucket's name"
        return f"{what} and not a key relative to the bucket", right
    if key.startswith("/"):
        right = key.lstrip("/")
        return "which starts with a slash", right.removeprefix(start) if start else right
    if start and key.startswith(start):
        return "which starts with the bucket's name", key.removeprefix(start)
    if _wrong_key(key):
        return "a URI and not a key relative to the bucket", ""
    return None


def _odd_form(key: str) -> tuple[str, str]:
    if "?" in key and _odd_key(key[key.index("?") :]):
        return "which ends with the query of a signed URL", key.partition("?")[0]
    if key != key.strip():
        return "which starts or ends with white space", key.strip()
    if re.match("[A-Za-z]:/", key):
        return "which looks like a path on a drive", key[3:]
    if "\\" in key:
        return "which contains a backslash", key.replace("\\", "/")
    if not key.isprintable():
        return "which contains a control character", ""
    if re.search("%[0-9A-Fa-f]{2}", key):
        return "which looks percent-encoded", unquote(key)
    if key.endswith("/"):
        return "which ends with a slash like a folder", ""
    if "//" in key:
        return "which contains a double slash", re.sub("/+", "/", key)
    return "which contains a step such as ./ or ../", ""
