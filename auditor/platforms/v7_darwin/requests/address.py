"""The addresses of an object that people write in place of its key: URIs, ARNs and URLs, and which bucket and key each names.

Sources: Amazon S3 User Guide, "Virtual hosting of general purpose buckets" (virtual-hosted and path style, with and without a region),
"Making requests to Amazon S3 using the dual-stack endpoints", "Amazon S3 Transfer Acceleration", "Website endpoints" and "Access points for
general purpose buckets"; Google Cloud Storage, "Request endpoints".
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs, unquote, urlsplit

from auditor.lazy.classes import dataclass

_uri = re.compile(r"([A-Za-z][A-Za-z0-9+-]*)://?([^/]*)/?").match
_arn = re.compile(r"arn:[a-z-]*:s3:+([^/:]+)/").match
_access_point = re.compile(r"arn:[a-z-]*:s3:[a-z0-9-]*:[0-9]*:accesspoint[/:][^/]+/object/").match
_own_hosts = (
    re.compile(r"(?:(?P<bucket>.+)\.)?s3(?P<kind>(?:[.-][a-z0-9-]+)*)\.amazonaws\.com(?:\.cn)?").fullmatch,
    re.compile(r"(?:(?P<bucket>.+)\.)?storage(?P<kind>)\.googleapis\.com").fullmatch,
    re.compile(r"(?P<bucket>)storage(?P<kind>)\.cloud\.google\.com").fullmatch,
)
_console = re.compile(r"(?:[a-z0-9-]+\.)*console\.(?:aws\.amazon\.com|amazonaws\.cn)").fullmatch


@dataclass(frozen=True, slots=True)
class ObjectAddress:
    """What an address says.

    Attributes:
        what: the form of the address, with its article.
        key: the key; empty when the address does not say it.
        bucket: the bucket; empty when the address does not say it.
        certain: whether the form alone says which part is the key.
    """

    what: str
    key: str
    bucket: str = ""
    certain: bool = True


def address_of(text: str) -> ObjectAddress | None:
    """The address that a text is; None when it is not one."""
    if text.startswith("arn:"):
        point = _access_point(text)
        if point:
            return ObjectAddress("the ARN of an access point", text[point.end() :])
        arn = _arn(text)
        return ObjectAddress("an ARN", text[arn.end() :], arn[1]) if arn else ObjectAddress("an ARN", "", certain=False)
    uri = _uri(text)
    if uri is None or (uri[1].lower() not in {"s3", "http", "https"} and "://" not in uri[0]) or len(uri[1]) == 1:
        return None
    if uri[1].lower() in {"http", "https"}:
        return _of_url(text)
    if uri[1].lower() == "file":
        return ObjectAddress("the address of a local file", text[uri.end() :], certain=False)
    return ObjectAddress("a URI with the bucket's name", text[uri.end() :], uri[2])


def hosted(text: str) -> ObjectAddress | None:
    """The URL of a host of an object store that a text is, where its scheme is left out; None when it is not one."""
    if "amazonaws.com" not in text and "google" not in text:
        return None
    bare = text.lstrip("/")
    host, slash, _ = bare.partition("/")
    return _of_url(f"https://{bare}") if slash and any(own(host.lower()) for own in _own_hosts) else None


def _of_url(text: str) -> ObjectAddress:
    what = "a URL"
    try:
        url = urlsplit(text)
        host = url.hostname or ""
    except ValueError:
        return ObjectAddress(what, "", certain=False)
    path = unquote(url.path.lstrip("/"))
    if _console(host):
        shown = parse_qs(url.query).get("prefix", [""])[0]
        return ObjectAddress("the address of a page of the console", shown, url.path.rstrip("/").rpartition("/")[2])
    own = next((found for one in _own_hosts if (found := one(host))), None)
    if own is None:
        return ObjectAddress(what, path, certain=False)
    if own["kind"].startswith(("-accesspoint", "-object-lambda")):
        return ObjectAddress(what, path)
    if own["bucket"]:
        return ObjectAddress(what, path, own["bucket"])
    bucket, _, key = path.partition("/")
    return ObjectAddress(what, key, bucket)
