"""Numbers, dates and IP addresses as texts of a policy or a request.

Source: IAM User Guide, "Numeric condition operators", "Date condition operators" (the W3C's forms of ISO 8601, or seconds since 1970) and
"IP address condition operators".
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from auditor.lazy.expressions import regex
from auditor.policy.evaluation.operators import Family

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

_NUMBER = regex(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
_MONTH = regex(r"\d{4}-\d{2}")


def read_number(text: str) -> float | None:
    """The number that a text is, None when it is none."""
    return float(text) if _NUMBER.fullmatch(text) else None


def read_date(text: str) -> float | None:
    """The seconds since 1970 of a text that is a date, None when it is none; a date without a time zone is of UTC."""
    import datetime as dt

    if (number := read_number(text)) is not None:
        return number
    if _MONTH.fullmatch(text):
        text += "-01"
    try:
        moment = dt.datetime.fromisoformat(text.upper())
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp()


@functools.lru_cache(maxsize=64)
def date_text(seconds: float) -> str:
    """A moment as ISO 8601 in UTC (`2026-01-01T00:00:00Z`); as a number where the calendar does not reach."""
    import datetime as dt

    try:
        moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    except (OverflowError, ValueError, OSError):
        return repr(seconds)
    return moment.isoformat().replace("+00:00", "Z")


@functools.lru_cache(maxsize=1 << 12)
def read_network(text: str) -> IPv4Network | IPv6Network | None:
    """The addresses that a text in CIDR notation stands for, None when it is none; a single address stands for itself."""
    import ipaddress

    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def within(one: IPv4Network | IPv6Network, other: IPv4Network | IPv6Network) -> bool:
    """Whether all addresses of one network are addresses of another."""
    return one.version == other.version and one.subnet_of(other)  # type: ignore[arg-type]  # of one version


READ: Mapping[Family, Callable[[str], object]] = {
    Family.NUMERIC: read_number,
    Family.DATE: read_date,
    Family.ADDRESS: read_network,
}
READ_ORDERED: Mapping[Family, Callable[[str], float | None]] = {Family.NUMERIC: read_number, Family.DATE: read_date}
