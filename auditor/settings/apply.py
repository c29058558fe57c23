"""What settings mean for a run: the options of its sources, the contracts that are asked, the findings that count."""

from __future__ import annotations

import dataclasses
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from auditor.contract import Contract
from auditor.contract.load import load_for, parameter_not_known
from auditor.finding import Finding
from auditor.foundation.errors import AuditError, InputError, failure
from auditor.foundation.path_pattern import PathPattern, is_within
from auditor.lazy.classes import dataclass
from auditor.settings.types import ASSUMPTIONS, Asked, RuleSetting, Settings, SettingsFile, WantedContract
from auditor.sources.options import SourceOptions


def with_settings(options: SourceOptions, settings: Settings) -> SourceOptions:
    """The options of the command line, with those of the settings files, which it wins over."""
    return dataclasses.replace(
        options,
        local=tuple(local for file in settings.files for local in file.local),
        left_out=tuple(pattern for file in settings.files for pattern in file.exclude),
        shared=tuple(path for file in settings.files for path in file.files),
    )


def asked_by(settings: Settings, default: str, parameters: Mapping[str, str]) -> tuple[tuple[Asked, ...], tuple[InputError, ...]]:
    """The contracts that settings files name, and the default one for what none of them speaks for; and what is wrong with them.

    Args:
        settings: the settings files.
        default: the name of the default contract.
        parameters: those of the command line; each goes to the contracts that declare it, and wins over those of a settings file.

    Raises:
        AuditError: no contract declares a parameter, or none can be used.
    """
    asked: list[Asked] = []
    problems: list[InputError] = []
    declared: dict[str, None] = {}
    for file in settings.files:
        for wanted in file.contracts:
            try:
                contract, known = load_for(wanted.name, wanted.parameters, parameters)
            except AuditError as error:
                problems.extend(error.problems or (InputError(wanted.location, str(error)),))
                continue
            declared.update(dict.fromkeys(known))
            asked.append(_asked(contract, wanted, file))
    contract, known = load_for(default, {}, parameters)
    declared.update(dict.fromkeys(known))
    for name in parameters:
        if name not in declared:
            raise parameter_not_known(name, [one.contract.id for one in asked] or [contract.id], declared)
    if problems and not asked:
        raise failure(*problems)
    return (*asked, Asked(contract, of="")), tuple(problems)


def _asked(contract: Contract, wanted: WantedContract, file: SettingsFile) -> Asked:
    return Asked(contract, wanted.buckets, wanted.which == "all", wanted.which == "related", file.path, wanted.location)


def is_whole(settings: Settings, path: str, paths: Sequence[str], *, changed: bool) -> bool:
    """Whether a run reads all that a settings file speaks for.

    Args:
        settings: the settings files.
        path: of the file that is meant.
        paths: what the run is about.
        changed: whether those are the files of a change.
    """
    file = next((file for file in settings.files if file.path == path), None)
    read = [os.path.realpath(one) for one in paths if os.path.isdir(one)]
    return not changed and file is not None and any(is_within(file.territory.directory, directory) for directory in read)


def rule_setting(finding: Finding, roots: Sequence[str], settings: Settings) -> RuleSetting | None:
    """What settings say of a finding; of one of several roots, what is strictest. None when one of them says nothing.

    Args:
        finding: it.
        roots: those that it was found in; its file stands for them where there are none.
        settings: the settings files.
    """
    found: list[RuleSetting] = []
    for root in roots or (finding.location.path,):
        file = settings.of(root)
        setting = file.rules.get(finding.rule) if file is not None else None
        if setting is None:
            return None
        found.append(setting)
    order = {None: 3, "note": 2, "warning": 1, "error": 0}
    return min(found, key=lambda one: order[one.severity.value if one.severity else None])


def as_set(
    findings: Iterable[Finding], roots: Callable[[Finding], Sequence[str]], settings: Settings, wanted: Sequence[str] = ()
) -> tuple[dict[Finding, Finding], Counter[tuple[str, str]], Counter[tuple[str, str]]]:
    """The findings that settings do not switch off, each with the severity that they give it; and how many they switch off and lower.

    Args:
        findings: all of them.
        roots: those that a finding was found in.
        settings: the settings files.
        wanted: the rules that the command line asks for; they are not switched off.
    """
    counting: dict[Finding, Finding] = {}
    off: Counter[tuple[str, str]] = Counter()
    lowered: Counter[tuple[str, str]] = Counter()
    for finding in findings:
        setting = rule_setting(finding, roots(finding), settings)
        if setting is None or (setting.severity is None and finding.rule in wanted):
            counting[finding] = finding
        elif setting.severity is None:
            off[setting.location.path, finding.rule] += 1
        else:
            counting[finding] = dataclasses.replace(finding, severity=setting.severity)
            lowered[setting.location.path, finding.rule] += finding.severity.is_above(setting.severity)
    return counting, off, +lowered


def assumed(settings: Settings, root: str) -> Iterator[tuple[str, str]]:
    """What is assumed of a root: the name of each assumption, and the sentence that reports print."""
    file = settings.of(root)
    for name, place in file.assume.items() if file is not None else ():
        yield name, f"{ASSUMPTIONS[name]} ({place.path}:{place.line})."


@dataclass(frozen=True, slots=True)
class Told:
    """What a run left out because of settings.

    Attributes:
        left_out: the roots that were not audited, each with the pattern that says so.
        off: how many findings of each rule were switched off, by settings file.
        lowered: how many findings of each rule were made less severe, likewise.
    """

    left_out: Mapping[str, PathPattern]
    off: Mapping[tuple[str, str], int]
    lowered: Mapping[tuple[str, str], int]


def excluded(settings: Settings, told: Told) -> Iterator[str]:
    """One line for each settings file that leaves something out."""
    for file in settings.files:
        parts = [
            *(
                f"{pattern.text} ({_counted(sum(by is pattern for by in told.left_out.values()), 'root')})"
                for pattern in file.exclude
            ),
            *(
                f"rule {rule} ({_counted(told.off.get((file.path, rule), 0), 'finding')})"
                for rule, setting in sorted(file.rules.items())
                if setting.severity is None
            ),
            *(
                f"the severity of {rule} ({_counted(count, 'finding')} lowered)"
                for (path, rule), count in sorted(told.lowered.items())
                if path == file.path
            ),
        ]
        if parts:
            yield f"excluded by {file.path}: {', '.join(parts)}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def moved(settings: Settings, old: str, new: str) -> Settings:
    """The settings of a directory, as they are for a copy of it.

    Args:
        settings: the settings files.
        old: the directory that they were read for, absolute, symbolic links resolved.
        new: the copy, likewise.
    """

    def there(pattern: PathPattern) -> PathPattern:
        return dataclasses.replace(pattern, territory=pattern.territory.moved(old, new))

    return Settings(
        tuple(
            dataclasses.replace(
                file,
                territory=file.territory.moved(old, new),
                local=tuple(dataclasses.replace(one, pattern=there(one.pattern)) for one in file.local),
                exclude=tuple(map(there, file.exclude)),
            )
            for file in settings.files
        )
    )
