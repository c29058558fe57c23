"""What a page does: the request that a browser makes for it, and what it adds by itself.

Source: Fetch, "CORS-preflight fetch", "CORS-safelisted request-header", "normalize a method".
"""

from __future__ import annotations

from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex

# Source: Fetch, "CORS-safelisted response-header name" and "forbidden response-header name".
READABLE = frozenset({"cache-control", "content-language", "content-length", "content-type", "expires", "last-modified", "pragma"})
UNREADABLE = frozenset({"set-cookie", "set-cookie2"})
# Source: Fetch, "CORS-safelisted method", "forbidden method", "normalize a method".
SIMPLE_METHODS = frozenset({"GET", "HEAD", "POST"})
FORBIDDEN_METHODS = frozenset({"CONNECT", "TRACE", "TRACK"})
_NORMALIZED = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"})
# Source: Fetch, "CORS-safelisted request-header": the value's essence, its length, and the bytes that are not allowed in it.
_SAFELISTED_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})
_UNSAFE = regex(r'[\x00-\x08\x0a-\x1f"():<>?@\[\\\]{}\x7f]')


@dataclass(frozen=True, slots=True)
class BrowserRequest:
    """What a page does.

    Attributes:
        origin: the origin of the page as its browser sends it; None when there is no Origin header.
        method: the HTTP method.
        headers: the request headers that the browser lists in `Access-Control-Request-Headers`.
        content_type: the value of Content-Type, None when it is not known or not sent.
        credentials: whether cookies and HTTP authentication are sent along; a presigned URL and a SigV4 header are not credentials.
        read_response_headers: the response headers that the page must read.
    """

    origin: str | None
    method: str
    headers: tuple[str, ...] = ()
    content_type: str | None = None
    credentials: bool = False
    read_response_headers: tuple[str, ...] = ()

    @property
    def sent_method(self) -> str:
        """The method as the browser sends it. Source: Fetch, "normalize a method"."""
        return self.method.upper() if self.method.upper() in _NORMALIZED else self.method

    @property
    def listed_headers(self) -> tuple[str, ...]:
        """The headers of a preflight, lower case, sorted, each once; Content-Type among them when its value is not safelisted."""
        names = {name.lower() for name in self.headers}
        if self.content_type is not None and not _safelisted(self.content_type):
            names.add("content-type")
        return tuple(sorted(names))

    @property
    def exposed_headers(self) -> tuple[str, ...]:
        """Those of the response headers to read that a rule must expose, lower case."""
        return tuple(dict.fromkeys(name.lower() for name in self.read_response_headers if name.lower() not in READABLE))


def _safelisted(content_type: str) -> bool:
    essence = content_type.partition(";")[0].strip().lower()
    return essence in _SAFELISTED_TYPES and len(content_type) <= 128 and not _UNSAFE.search(content_type)
