"""How a change alters its own audit: settings, contracts, and the comments that speak to the tool.

Whoever proposes a change writes these too. The settings of the new side count on both sides, so that a verdict never changes because of them;
instead they are told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

from auditor.baseline.compare import matched
from auditor.baseline.entry import Baseline, Entry
from auditor.contract.load import is_path, text
from auditor.finding import Severity
from auditor.foundation.errors import AuditError
from auditor.foundation.location import Location
from auditor.lazy.classes import dataclass
from auditor.model import Directive, Move
from auditor.rule import all_rules
from auditor.settings.types import Settings, SettingsFile, WantedContract

OFF = "off"
_LESS = (OFF, Severity.NOTE.value, Severity.WARNING.value, Severity.ERROR.value)


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that a configuration says: its value, and where it is written."""

    value: str
    location: Location


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a side says of its own audit.

    Attributes:
        settings: by what each says: its kind ("rule", "exclude", …) and name; None where the settings files cannot be used.
        comments: those that speak to the tool, in what was read.
        baseline: the findings that do not count; None where there is no such file, or it cannot be used.
    """

    settings: Mapping[tuple[str, str], Said] | None = field(default_factory=dict)
    comments: tuple[Directive, ...] = ()
    baseline: Baseline | None = None


@dataclass(frozen=True, slots=True)
class ConfigurationChange:
    """A part of the configuration that is not what it was.

    Attributes:
        kind: "rule", "exclude", "assume", "contract", "contract-file", "values", "comment", "mark", "baseline" or "baseline-entry".
        name: of the rule, the pattern, the contract, …; the text of a comment; what an entry of a baseline stands for.
        old, new: what was and is said, None where nothing was or is.
        weakens: whether the audit may find less for it.
        location: where it is written, on the new side unless it is gone there.
    """

    kind: str
    name: str
    old: str | None
    new: str | None
    weakens: bool
    location: Location


def configuration_of(settings: Settings, comments: Sequence[Directive]) -> Configuration:
    """What settings and comments say; files of contracts are read from the current directory."""
    said = {(kind, name): one for file in settings.files for kind, name, one in _of_file(file)}
    return Configuration(said, tuple(dict.fromkeys(comments)))


def _of_file(file: SettingsFile) -> Iterator[tuple[str, str, Said]]:
    for rule, setting in file.rules.items():
        yield "rule", rule, Said(setting.severity.value if setting.severity else OFF, setting.location)
    for pattern in file.exclude:
        yield "exclude", pattern.text, Said(pattern.text, pattern.location)
    for name, place in file.assume.items():
        yield "assume", name, Said(name, place)
    several = Counter(wanted.name for wanted in file.contracts)
    for wanted in file.contracts:
        name = wanted.name if several[wanted.name] == 1 else f"{wanted.name} for {_buckets(wanted)}"
        yield "contract", name, Said(_asked(wanted), wanted.location)
        if is_path(wanted.name):
            yield "contract-file", wanted.name, Said(_content(wanted.name), Location(wanted.name))
    for local in file.local:
        values = (
            *(f"{one.name or 'var-file'}={one.value}" for one in local.assignments),
            *(f"{name}={value}" for name, (value, _) in local.parameters.items()),
            *(f"parameter-file={path}" for path in local.parameter_files),
            *(f"{key}={value}" for key in ("region", "account", "workspace") if (value := getattr(local, key))),
        )
        yield "values", local.pattern.text, Said(", ".join(values), local.pattern.location)


def _asked(wanted: WantedContract) -> str:
    return ", ".join((*(f"{name}={value}" for name, value in sorted(wanted.parameters.items())), _buckets(wanted)))


def _buckets(wanted: WantedContract) -> str:
    return ", ".join(wanted.buckets) or {"all": "all buckets", "related": "related buckets"}.get(wanted.which, "buckets as found")


def _content(name: str) -> str:
    try:
        return text(name)
    except AuditError:
        return ""


def configuration_changes(
    old: Configuration, new: Configuration, moves: Mapping[str, Sequence[Move]], renamed: Mapping[str, str]
) -> Iterator[ConfigurationChange]:
    """What of the configuration is not what it was, what may make the audit find less first.

    Args:
        old: before.
        new: after.
        moves: what the code of each root says it moved.
        renamed: the roots that have another path now, by their former one.
    """
    known = _of_baseline(old.baseline, new.baseline, moves, renamed) if new.baseline else ()
    found = [*_of_settings(old.settings, new.settings), *_of_comments(old.comments, new.comments), *known]
    yield from sorted(found, key=lambda one: not one.weakens)


_Settings = Mapping[tuple[str, str], Said]


def _of_settings(old: _Settings | None, new: _Settings | None) -> Iterator[ConfigurationChange]:
    if old is None or new is None:
        return
    for key in dict.fromkeys((*new, *old)):
        before, after = old.get(key), new.get(key)
        place = after or before
        if place is None or (before is not None and after is not None and before.value == after.value):
            continue
        was, now = (None if one is None else one.value for one in (before, after))
        if key[0] != "contract-file":
            yield ConfigurationChange(*key, was, now, _weakens(*key, was, now), place.location)
        elif was is not None and now is not None:
            yield ConfigurationChange(*key, None, None, True, place.location)


def _weakens(kind: str, name: str, was: str | None, now: str | None) -> bool:
    """Whether the audit may find less for a change of a setting."""
    if kind == "rule":
        ordinary = next(rule.severity.value for rule in all_rules() if rule.id == name)
        return _LESS.index(now or ordinary) < _LESS.index(was or ordinary)
    if kind in ("exclude", "assume"):
        return now is not None
    return kind == "values" or was is not None


def _of_comments(old: Sequence[Directive], new: Sequence[Directive]) -> Iterator[ConfigurationChange]:
    """The comments that are new or gone; one that moved, also to another file, is the same."""
    gone, added = [*old], []
    for comment in new:
        same = next((one for one in gone if (one.text, one.location.path) == (comment.text, comment.location.path)), None)
        if same is None:
            added.append(comment)
        else:
            gone.remove(same)
    for comment in [*added]:
        same = next((one for one in gone if one.text == comment.text), None)
        if same is not None:
            gone.remove(same)
            added.remove(comment)
    for comment in added:
        yield ConfigurationChange(_kind(comment), comment.text, None, comment.text, True, comment.location)
    for comment in gone:
        yield ConfigurationChange(_kind(comment), comment.text, comment.text, None, _kind(comment) == "mark", comment.location)


def _of_baseline(
    old: Baseline | None, new: Baseline, moves: Mapping[str, Sequence[Move]], renamed: Mapping[str, str]
) -> Iterator[ConfigurationChange]:
    """The entries that are new, gone, or stand for more or fewer findings; a baseline that is new is told as a whole."""
    if old is None:
        total = _findings(sum(new.entries.values())) or "no findings"
        yield ConfigurationChange("baseline", new.path, None, total, bool(new.entries), Location(new.path))
        return
    before = matched(old.entries, new.entries, moves, renamed)
    for entry in sorted({*before, *new.entries}, key=lambda one: new.places.get(one, Location(new.path))):
        was, now = before.get(entry, 0), new.entries.get(entry, 0)
        if was != now:
            place = new.places.get(entry, Location(new.path))
            yield ConfigurationChange("baseline-entry", _stands_for(entry), _findings(was), _findings(now), now > was, place)


def _findings(count: int) -> str | None:
    return f"{count} {'finding' if count == 1 else 'findings'}" if count else None


def _stands_for(entry: Entry) -> str:
    rule, path, bucket, subject = entry.fingerprint
    of = f" of {bucket}" if bucket else ""
    more = ", ".join(filter(None, (subject, entry.contract)))
    return f"{rule}{of} in {path}{f' ({more})' if more else ''}"


def _kind(comment: Directive) -> str:
    return "mark" if comment.text.startswith("contract") else "comment"
