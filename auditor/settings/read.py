"""Reading settings files: every fault is told with its place, and none of them is passed over."""

from __future__ import annotations

import json
import os
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from auditor.contract.load import is_path, names
from auditor.finding import INPUT_ERROR, Severity
from auditor.foundation.border import Border, Disk, beside, own, tree_around
from auditor.foundation.errors import AuditError, InputError, did_you_mean, failure
from auditor.foundation.location import Location
from auditor.foundation.path_pattern import PathPattern, Territory, is_within
from auditor.foundation.yaml_file import YamlFile
from auditor.lazy.expressions import regex
from auditor.settings.find import MISNAMED, territories
from auditor.settings.types import RuleSetting, Settings, SettingsFile, WantedContract
from auditor.sources.options import Assignment, Local
from auditor.sources.walk import SETTINGS_FILE

_NOTHING = regex(r"(?:\s|#[^\n]*)*")
_FILES = ("var-files", "parameter-files")
_SCHEMA = beside(__file__, "settings.schema.json")


def schema() -> dict[str, Any]:
    """The JSON Schema of settings files."""
    document: dict[str, Any] = json.loads(own(_SCHEMA))
    return document


def read_settings(paths: Sequence[str], *, changed: bool = False) -> Settings:
    """The settings files for what is audited.

    Args:
        paths: files and directories; `-` is standard input.
        changed: whether the paths are the files of a change.

    Raises:
        AuditError: a settings file cannot be used; one located problem for each fault.
    """
    problems: list[InputError] = []
    files = [_Reader(territory, problems).file() for territory in territories(paths, changed=changed)]
    if problems:
        raise failure(*sorted(dict.fromkeys(problems)))
    return Settings(tuple(file for file in files if file is not None))


def named_in(content: bytes, directory: str) -> Iterator[str]:
    """The files that a settings file names, with `/` between their parts, as far as it can be read; whoever reads it for good tells faults.

    Args:
        content: of the settings file.
        directory: that it is in; the paths begin where this one does.
    """
    try:
        document = YamlFile(content.decode("utf-8-sig"), SETTINGS_FILE, "the settings file", schema, aliases=False).document
    except (AuditError, ValueError):
        return
    contracts = (one["name"] for one in document.get("contracts", ()) if is_path(one["name"]))
    values = (file for one in document.get("paths", ()) for key in _FILES for file in one.get(key, ()))
    for name in (*contracts, *values):
        path = posixpath.normpath(posixpath.join(directory, name))
        if not path.startswith(("../", "/")) and "\0" not in path:
            yield path


class _Reader:
    """The reading of one file."""

    def __init__(self, territory: Territory, problems: list[InputError]) -> None:
        self.territory, self.problems = territory, problems
        self.top = tree_around(territory.directory)
        self._disk = Disk(Border(frozenset({self.top})))
        full = os.path.join(territory.directory, SETTINGS_FILE)
        self.full, self.path = full, _shown(full)
        self.named: list[str] = []

    def file(self) -> SettingsFile | None:
        """The file; None when it cannot be used, which is told to `problems`."""
        try:
            if os.path.lexists(misnamed := os.path.join(self.territory.directory, MISNAMED)):
                raise failure(InputError(Location(_shown(misnamed)), f"is not read: its name must be {SETTINGS_FILE}"))
            if not is_within(os.path.realpath(self.full), self.top):
                raise failure(InputError(Location(self.path), "the settings file is a link that leads out of the repository"))
            self.yaml = YamlFile(self._text(), self.path, "the settings file", schema, aliases=False)
        except AuditError as error:
            self.problems.extend(error.problems)
            return None
        document: Mapping[str, Any] = self.yaml.document
        return SettingsFile(
            self.path,
            self.territory,
            tuple(self._contract(one, index) for index, one in enumerate(document.get("contracts", ()))),
            tuple(self._local(one, index) for index, one in enumerate(document.get("paths", ()))),
            dict(self._rules(document.get("rules", {}))),
            tuple(self._pattern(one, "exclude", index) for index, one in enumerate(document.get("exclude", ()))),
            {name: self.yaml.place("assume", index) for index, name in enumerate(document.get("assume", ()))},
            (self.path, *self.named),
        )

    def _text(self) -> str:
        try:
            text = self._disk.text(self.full)
        except OSError as error:
            raise failure(
                InputError(Location(self.path), f"the settings file cannot be read: {error.strerror or error}")
            ) from error
        except ValueError as error:
            raise failure(InputError(Location(self.path), "the settings file is not UTF-8")) from error
        return "{}" if _NOTHING.fullmatch(text) else text

    def _wrong(self, message: str, *steps: str | int) -> None:
        self.problems.append(InputError(self.yaml.place(*steps), message))

    def _contract(self, document: Mapping[str, Any], index: int) -> WantedContract:
        name, steps = document["name"], ("contracts", index, "name")
        if is_path(name):
            name = self._inside(name, *steps)
        elif name not in names():
            at_hand = ", ".join(names())
            self._wrong(f"there is no contract '{name}'{did_you_mean(name, names())} (at hand: {at_hand})", *steps)
        if "buckets" in document and "which" in document:
            self._wrong("'buckets' and 'which' cannot be combined", "contracts", index, "which")
        buckets = tuple(document.get("buckets", ()))
        place = self.yaml.place("contracts", index, "name")
        return WantedContract(name, document.get("with", {}), buckets, document.get("which", ""), place)

    def _local(self, document: Mapping[str, Any], index: int) -> Local:
        def values(key: str) -> Iterator[tuple[str, str, Location]]:
            for name, value in document.get(key, {}).items():
                yield name, value, self.yaml.key("paths", index, key, name)

        def files(key: str) -> tuple[str, ...]:
            return tuple(self._inside(name, "paths", index, key, at) for at, name in enumerate(document.get(key, ())))

        place = self.yaml.place("paths", index, "var-files")
        return Local(
            self._pattern(document["match"], "paths", index, "match"),
            (
                *(Assignment("", file, place) for file in files("var-files")),
                *(Assignment(name, value, place) for name, value, place in values("vars")),
            ),
            {name: (value, place) for name, value, place in values("parameters")},
            files("parameter-files"),
            document.get("region"),
            document.get("account"),
            document.get("workspace"),
            {key: self.yaml.key("paths", index, key) for key in document},
        )

    def _rules(self, document: Mapping[str, str]) -> Iterator[tuple[str, RuleSetting]]:
        from auditor.rule import all_rules, current

        known = [rule.id for rule in all_rules()] if document else []
        for written, severity in document.items():
            name, place = current(written), self.yaml.key("rules", written)
            if name not in known:
                message = f"there is no rule '{written}'" + (did_you_mean(written, known) or "; 'auditor rules' lists them")
                self.problems.append(InputError(place, message))
            elif name == INPUT_ERROR:
                self.problems.append(
                    InputError(place, f"the rule '{name}' has no settings: what cannot be read is always an error")
                )
            else:
                yield name, RuleSetting(None if severity == "off" else Severity(severity), place)

    def _pattern(self, text: str, *steps: str | int) -> PathPattern:
        if os.path.isabs(text) or ".." in text.split("/"):
            self._wrong(f"'{text}' leads out of the directory of the settings file", *steps)
        return PathPattern(text, self.territory, self.yaml.place(*steps))

    def _inside(self, text: str, *steps: str | int) -> str:
        """The path of a file that must be in the repository, as the user would name it."""
        full = os.path.normpath(os.path.join(self.territory.directory, text))
        if "\0" in text:
            self._wrong("a path has no null characters", *steps)
            return ""
        if os.path.isabs(text) or not is_within(os.path.realpath(full), self.top):
            self._wrong(f"'{text}' leads out of the repository", *steps)
        elif not os.path.isfile(full):
            directory = os.path.dirname(full)
            beside = self._disk.names(directory) if os.path.isdir(directory) and self._disk.holds(directory) else []
            self._wrong(f"there is no file '{text}'{did_you_mean(os.path.basename(text), beside)}", *steps)
        shown = _shown(full)
        self.named.append(shown)
        return shown


def _shown(path: str) -> str:
    """An absolute path as the user would name it."""
    return os.path.relpath(path, os.path.realpath(os.getcwd())).replace(os.sep, "/")
