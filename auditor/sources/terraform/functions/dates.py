"""Functions on dates and times, of literals.

Source: developer.hashicorp.com/terraform/language/functions (formatdate, timeadd, timecmp); RFC 3339; Go's time.ParseDuration.
"""

from __future__ import annotations

import datetime as dt
import re
from fractions import Fraction

from auditor.lazy.expressions import regex
from auditor.sources.terraform.functions.registry import FunctionError, NotEvaluated, strict

_TIMESTAMP = regex(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(?:(Z)|([+-])(\d\d):(\d\d))", re.ASCII)
_DURATION = regex(r"[+-]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)", re.ASCII)
_AMOUNT = regex(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)")
_SECONDS = {
    "h": Fraction(3600), "m": Fraction(60), "s": Fraction(1), "ms": Fraction(1, 10**3), "us": Fraction(1, 10**6),
    "µs": Fraction(1, 10**6), "μs": Fraction(1, 10**6), "ns": Fraction(1, 10**9),
}  # fmt: skip
# Go's durations have 64 bits of nanoseconds.
_LONGEST = Fraction(2**63 - 1, 10**9)
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WORD = regex(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+|'")
_EPOCH = dt.datetime(1, 1, 1, tzinfo=dt.UTC)


def _moment(text: str) -> tuple[dt.datetime, Fraction]:
    """A timestamp to the second, with the fraction of its last second."""
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        raise FunctionError(f"{text!r} is not a timestamp of RFC 3339")
    year, month, day, hour, minute, second = (int(match[at]) for at in range(1, 7))
    if year == 0 or second == 60:
        raise NotEvaluated("a timestamp of this kind is not evaluated")
    offset = dt.timedelta(0)
    if match[9]:
        if int(match[10]) > 23 or int(match[11]) > 59:
            raise FunctionError(f"{text!r} is not a timestamp of RFC 3339")
        offset = dt.timedelta(hours=int(match[10]), minutes=int(match[11])) * (-1 if match[9] == "-" else 1)
    try:
        made = dt.datetime(year, month, day, hour, minute, second, tzinfo=dt.timezone(offset))
    except ValueError:
        raise FunctionError(f"{text!r} is not a timestamp of RFC 3339") from None
    return made, Fraction(f"0{match[7]}") if match[7] else Fraction(0)


def _duration(text: str) -> Fraction:
    if not _DURATION.fullmatch(text):
        raise FunctionError(f"{text!r} is not a duration")
    seconds = sum(
        (Fraction(f"0{number}".removesuffix(".")) * _SECONDS[unit] for number, unit in _AMOUNT.findall(text)), Fraction(0)
    )
    if seconds > _LONGEST:
        raise FunctionError(f"{text!r} is not a duration")
    return -seconds if text.startswith("-") else seconds


def _instant(text: str) -> Fraction:
    moment, fraction = _moment(text)
    passed = moment - _EPOCH
    return passed.days * 86_400 + passed.seconds + fraction


@strict("timeadd", "text", "text", makes="string")
def time_add(timestamp: str, duration: str) -> str:
    """`timeadd`: to the second, in the time zone of the timestamp."""
    moment, fraction = _moment(timestamp)
    seconds = (_duration(duration) + fraction).__floor__()
    try:
        later = moment + dt.timedelta(seconds=seconds)
    except OverflowError:
        raise NotEvaluated("a date of this kind is not evaluated") from None
    return f"{later:%Y}".zfill(4) + f"{later:-%m-%dT%H:%M:%S}" + _zone(later, "Z")


@strict("timecmp", "text", "text", makes="number")
def time_compare(one: str, other: str) -> int:
    """`timecmp`."""
    first, second = _instant(one), _instant(other)
    return (first > second) - (first < second)


@strict("formatdate", "text", "text", makes="string")
def format_date(form: str, timestamp: str) -> str:
    """`formatdate`."""
    moment, _ = _moment(timestamp)
    made: list[str] = []
    for match in _WORD.finditer(form):
        if match[0] == "'":
            raise FunctionError("a quote is never closed")
        if match[1] is not None:
            made.append(match[1].replace("''", "'"))
        elif match[2]:
            made.append(_field(match[0], moment))
        else:
            made.append(match[0])
    return "".join(made)


def _field(word: str, moment: dt.datetime) -> str:
    hour = moment.hour % 12 or 12
    fields = {
        "YYYY": f"{moment.year:04}", "YY": f"{moment.year % 100:02}",
        "MMMM": _MONTHS[moment.month - 1], "MMM": _MONTHS[moment.month - 1][:3], "MM": f"{moment.month:02}", "M": f"{moment.month}",
        "DD": f"{moment.day:02}", "D": f"{moment.day}", "EEEE": _DAYS[moment.weekday()], "EEE": _DAYS[moment.weekday()][:3],
        "hh": f"{moment.hour:02}", "h": f"{moment.hour}", "HH": f"{hour:02}", "H": f"{hour}",
        "AA": "AM" if moment.hour < 12 else "PM", "aa": "am" if moment.hour < 12 else "pm",
        "mm": f"{moment.minute:02}", "m": f"{moment.minute}", "ss": f"{moment.second:02}", "s": f"{moment.second}",
        "ZZZZZ": _zone(moment, "+00:00"), "ZZZZ": _zone(moment, "+00:00").replace(":", ""),
        "ZZZ": _zone(moment, "UTC") if not moment.utcoffset() else _zone(moment, "").replace(":", ""), "Z": _zone(moment, "Z"),
    }  # fmt: skip
    if word not in fields:
        raise FunctionError(f"{word!r} is not a part of a date")
    return fields[word]


def _zone(moment: dt.datetime, zero: str) -> str:
    """The distance from UTC as `+05:30`; as something else where there is none."""
    offset = moment.utcoffset() or dt.timedelta(0)
    minutes = int(offset.total_seconds()) // 60
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}" if minutes else zero
