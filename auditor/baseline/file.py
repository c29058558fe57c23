"""A baseline as a file: JSON, sorted, one entry a line."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from auditor.baseline.entry import Baseline, Entry
from auditor.finding import Finding
from auditor.foundation.border import named
from auditor.foundation.errors import InputError, did_you_mean, failure
from auditor.foundation.json_text import parse_json_file
from auditor.foundation.location import Location
from auditor.foundation.value import Known, ListValue, MapValue, Value
from auditor.rule import current

VERSION = 1
_KEYS = {"fingerprint": str, "contract": str, "root": str, "count": int}


def read(path: str, *, anew: bool = False) -> Baseline:
    """The baseline in a file.

    Args:
        path: of the file.
        anew: whether it is to be written: a file that is not there is then an empty baseline.

    Raises:
        AuditError: it cannot be read or is not a valid baseline; with the place.
    """
    try:
        text = named(path).text(path)
    except FileNotFoundError as error:
        if anew:
            return Baseline(path, {}, anew)
        message = "there is no such baseline: --update-baseline writes it"
        raise failure(InputError(Location(path), message)) from error
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise failure(InputError(Location(path), f"the baseline cannot be read: {reason}")) from error
    parsed, faults = parse_json_file(text, path)
    if parsed is None:
        raise failure(*(InputError(fault.location, f"the baseline {fault.message}") for fault in faults))
    problems: list[InputError] = []
    entries: Counter[Entry] = Counter()
    places: dict[Entry, Location] = {}
    for entry, count, place in _entries(parsed, path, problems):
        entries[entry] += count
        places.setdefault(entry, place)
    if problems:
        raise failure(*problems)
    return Baseline(path, entries, anew, places)


def written(baseline: Baseline) -> str:
    """The text of a baseline: sorted, one entry a line, the same for the same findings."""
    lines = [
        json.dumps(
            {"fingerprint": Finding.joined(entry.fingerprint), "contract": entry.contract, "root": entry.root, "count": count},
            ensure_ascii=False,
        )
        for entry, count in sorted(baseline.entries.items())
    ]
    body = ",\n".join(f"    {line}" for line in lines)
    return f'{{\n  "version": {VERSION},\n  "findings": [{f"{chr(10)}{body}{chr(10)}  " if body else ""}]\n}}\n'


def _entries(parsed: Value, path: str, problems: list[InputError]) -> Iterator[tuple[Entry, int, Location]]:
    """The entries of a parsed file, each with its count and place; what is wrong with it is told to `problems`."""

    def wrong(message: str, value: Value | None = None) -> None:
        problems.append(InputError((value.location if value else None) or Location(path), message))

    if not isinstance(parsed, MapValue) or {"version", "findings"} - parsed.entries.keys():
        wrong("this is not a baseline: it has no 'version' and 'findings'; --update-baseline writes one", parsed)
        return
    version = parsed.entries["version"]
    if not isinstance(version, Known) or version.value != VERSION:
        said = version.value if isinstance(version, Known) else "?"
        wrong(f"the version of the baseline is {said}, and this version of auditor reads {VERSION}", version)
        return
    findings = parsed.entries["findings"]
    if not isinstance(findings, ListValue):
        wrong("'findings' must be a list", findings)
        return
    for item in findings.items:
        if isinstance(entry := _entry(item), str):
            wrong(entry, item)
        else:
            yield *entry, item.location or Location(path)


def _entry(item: Value) -> tuple[Entry, int] | str:
    """The entry in an item, or why it is not one."""
    given = item.entries if isinstance(item, MapValue) else {}
    values = {name: value.value for name, value in given.items() if isinstance(value, Known)}
    for name in given:
        if name not in _KEYS:
            return f"unknown key '{name}'{did_you_mean(name, _KEYS)}"
    for name, kind in _KEYS.items():
        if type(values.get(name)) is not kind:
            return f"'{name}' must be {'a number' if kind is int else 'text'}"
    parts = Finding.parted(str(values["fingerprint"]))
    if parts is None:
        return f"'{values['fingerprint']}' is not a valid fingerprint"
    rule, *others = parts
    count = values["count"]
    if not isinstance(count, int) or count < 1:
        return "'count' must be at least 1"
    return Entry((current(rule), others[0], others[1], others[2]), str(values["contract"]), str(values["root"])), count
