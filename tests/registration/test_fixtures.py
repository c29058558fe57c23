"""Every file below `fixtures/registration/` that has a `.txt` beside it is checked as the first line of that `.txt` says.

The rest of it is what the check says, one finding a line, with its pointer and the correction below it.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.contract.load import load
from auditor.finding import Severity
from auditor.foundation.text import Texts
from auditor.platforms.v7_darwin.bucket import object_access
from auditor.platforms.v7_darwin.check import RegistrationOptions, RegistrationResult, check
from auditor.rule import all_rules
from auditor.sources.options import SourceOptions

FIXTURES = Path(__file__).parents[2] / "fixtures" / "registration"
CASES = sorted(FIXTURES.glob("*/*.txt"))
COMMAND = "$ auditor registration "


def options_of(words: list[str]) -> tuple[RegistrationOptions, list[str]]:
    """The options of a command line, and its paths."""
    given: dict[str, str] = {}
    paths = []
    rest = iter(words)
    for word in rest:
        if word.startswith("--"):
            given[word] = next(rest)
        else:
            paths.append(word)
    policy = given.pop("--policy", None)
    options = RegistrationOptions(
        read_only=given.pop("--with", "access=read-write") == "access=read-only",
        dataset_slug=given.pop("--dataset-slug", ""),
        storage_slug=given.pop("--storage-slug", ""),
        bucket=given.pop("--bucket", ""),
        inventory=given.pop("--inventory", None),
        policy=object_access([policy], load("v7-darwin", {}), SourceOptions(), (), Texts()) if policy else None,
    )
    assert not given
    return options, paths


def lines_of(result: RegistrationResult) -> Iterator[str]:
    """What a check says."""
    for finding in result.findings:
        place = finding.location
        yield f"{place}-{place.end_line}:{place.end_column}: {finding.severity.value}: {finding.message} [{finding.rule}]"
        yield f"    at {finding.pointer!r}"
        yield from (f"    {related.location}: {related.message}" for related in finding.related)
        yield from ([f"    | {finding.help}"] if finding.help else [])
    yield from (f"error: {error}" for error in result.errors)


@pytest.mark.parametrize("expected", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_fixture(expected: Path, monkeypatch: pytest.MonkeyPatch, update: bool) -> None:
    monkeypatch.chdir(expected.parent)
    command = expected.read_text(encoding="utf-8").partition("\n")[0]
    options, paths = options_of(shlex.split(command.removeprefix(COMMAND)))
    said = "\n".join([command, *lines_of(check(paths, options))]) + "\n"
    if update:
        expected.write_text(said, encoding="utf-8")
    assert said == expected.read_text(encoding="utf-8")


def test_every_rule_has_fixtures_that_fail_and_hold_and_odd_ones() -> None:
    rules = {rule.id for rule in all_rules() if rule.id.startswith("registration-")}
    for rule in rules:
        said = {case.stem: case.read_text(encoding="utf-8") for case in CASES if case.parent.name == rule}
        assert {"fails", "holds", "odd"} <= said.keys(), rule
        assert f"[{rule}]" in said["fails"], rule
        assert f"[{rule}]" not in said["holds"], rule


@pytest.mark.parametrize("expected", [case for case in CASES if case.parent.name == "examples"], ids=lambda path: path.stem)
def test_known_requests_are_valid(expected: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(expected.parent)
    options, paths = options_of(shlex.split(expected.read_text(encoding="utf-8").partition("\n")[0].removeprefix(COMMAND)))
    result = check(paths, options)
    warned = {finding.rule for finding in result.findings}
    allowed = {"k-read-only-tiled-slide": {"registration-read-only-files-recommended"}, "legacy": {"registration-legacy-endpoint"}}
    assert warned == allowed.get(expected.stem, set())
    assert not any(finding.severity is Severity.ERROR for finding in result.findings)
    assert not result.errors


@pytest.mark.parametrize("expected", [case for case in CASES if case.parent.name == "malformed"], ids=lambda path: path.stem)
def test_malformed_json_gives_one_located_error(expected: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(expected.parent)
    result = check([f"{expected.stem}.json"])
    assert not result.findings
    assert len(result.errors) == 1
