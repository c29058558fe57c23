"""What browsers send as Origin, and what no browser does.

Source: Fetch, "Origin header"; HTML, "serialization of an origin".
"""

from __future__ import annotations

import re

from auditor.cors.pattern import star_matches

_DEFAULT_PORTS = {"http": "80", "https": "443"}


def origin_fault(pattern: str) -> str:
    """Why no browser can send an origin that matches, as a phrase that follows it ("with a trailing slash"); empty when one can.

    Source: HTML, "serialization of an origin": lower-case scheme, `://`, host, and the port unless it is the scheme's default; or
    `null`.
    """
    if star_matches(pattern, "null"):
        return ""
    if not pattern:
        return "which is empty"
    if pattern != pattern.strip() or re.search(r"\s", pattern):
        return "with white space"
    if "<" in pattern or ">" in pattern:
        return "with angle brackets"
    scheme, mark, rest = pattern.partition("://")
    if not mark:
        if "*" in pattern and any(_may_begin(pattern, start) for start in ("http://", "https://")):
            return "with a path" if re.search(r"[^/:*]/|/$", pattern.replace("//", "", 1)) else ""
        return "without a scheme"
    if "/" in rest:
        return "with a trailing slash" if rest.endswith("/") and "/" not in rest[:-1] else "with a path"
    if "?" in rest or "#" in rest:
        return "with a query or fragment"
    if "@" in rest:
        return "with user information"
    if pattern != pattern.lower():
        return "with upper-case letters"
    if not rest:
        return "without a host"
    if not pattern.isascii():
        return "with letters that browsers write in Punycode"
    port = re.search(r":([0-9]+)$", rest)
    if port and (_DEFAULT_PORTS.get(scheme) == port[1] or (port[1].startswith("0") and port[1] != "0")):
        return f"with the default port {port[1]}" if _DEFAULT_PORTS.get(scheme) == port[1] else "with a port that begins with 0"
    return ""


def _may_begin(pattern: str, start: str) -> bool:
    """Whether a pattern with a wildcard can match something that begins with `start`."""
    before = pattern.partition("*")[0]
    return start.startswith(before) or before.startswith(start)


def as_browsers_send(pattern: str) -> str:
    """The origin as a browser sends it that was probably meant; empty when that is anyone's guess, or when nothing is wrong."""
    if not origin_fault(pattern):
        return ""
    text = pattern.strip().strip("<>").strip()
    scheme, mark, rest = text.partition("://")
    if not mark:
        if not re.fullmatch(r"[A-Za-z0-9.*-]+(:[0-9*]+)?/?", text) or "." not in text:
            return ""
        scheme, rest = "https", text
    scheme = scheme.lower()
    host = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2].lower()
    port = _DEFAULT_PORTS.get(scheme)
    if port:
        host = host.removesuffix(f":{port}")
    meant = f"{scheme}://{host}"
    return meant if meant != pattern and host and not origin_fault(meant) else ""
