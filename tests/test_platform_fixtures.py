"""Every platform's own documented configuration holds under its built-in contract, and each need that is broken fails, alone.

`fixtures/contracts/<id>/` has the configurations of one contract, and `expected.yaml` what is expected of them:

    parameters: {trail: …}     # of the contract, where they have no default
    account: "111122223333"    # which the code is deployed to, where the code leaves that unresolved; likewise `region`
    files:
      holds.tf:
        verdicts: {s3:PutObject: holds}
      fails-header.tf:         # only what differs from the first file: the verdict with its reason, and the rules that have findings
        parameters: {…}        # in addition
        verdicts: {"s3:PutObject": "fails: no statement allows s3:PutObject"}
        findings: [s3-access]
      public.tf:               # what somebody published, in words of our own
        mentions: {aws_s3_bucket.logs: [cloudtrail]}  # what it is audited for where no contract is named
        verdicts: {}
"""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from auditor.contract.build import variants
from auditor.contract.load import load, read
from auditor.foundation.text import Texts
from auditor.inputs import read_inputs
from auditor.pipeline import Request, audit
from auditor.selection import mentioned
from auditor.sources.options import SourceOptions
from auditor.verdict import Status

pytestmark = pytest.mark.whole

PLATFORMS = Path(__file__).parent.parent / "fixtures" / "contracts"
EXPECTED = {
    path.parent.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(PLATFORMS.glob("*/expected.yaml"))
}
PUBLIC = [(contract, file) for contract, expected in EXPECTED.items() for file in expected["files"] if file.startswith("public")]
CASES = [(contract, file) for contract, expected in EXPECTED.items() for file in expected["files"]]


def request_of(contract: str, file: str, directory: Path) -> Request:
    """What is asked about one file under its contract; it is copied into a directory of its own, since files beside each other are one module."""
    expected = EXPECTED[contract]
    parameters = expected.get("parameters", {}) | expected["files"][file].get("parameters", {})
    options = SourceOptions(region=expected.get("region"), account=expected.get("account"))
    buckets = tuple([expected["files"][file]["bucket"]] if "bucket" in expected["files"][file] else [])
    source = shutil.copy(PLATFORMS / contract / file, directory)
    return Request((str(source),), (load(contract, parameters),), options, buckets, every_bucket=not buckets)


@pytest.mark.parametrize(("contract", "file"), CASES, ids=[f"{contract}/{file}" for contract, file in CASES])
def test_configuration(contract: str, file: str, tmp_path: Path) -> None:
    files = EXPECTED[contract]["files"]
    expected, first = files[file], next(iter(files.values()))
    report = audit(request_of(contract, file, tmp_path), Texts())
    assert report.errors == ()
    verdicts: dict[str, Any] = (first["verdicts"] if expected.get("parameters") is None else {}) | expected["verdicts"]
    said = {each.need.id: f"{each.status.value}: {each.reason}" for each in report.verdicts}
    shown = {need: told if ":" in verdicts.get(need, "") else told.partition(":")[0] for need, told in said.items()}
    assert shown == verdicts
    assert sorted({finding.rule for finding in report.findings}) == expected.get("findings", [])


@pytest.mark.parametrize(("contract", "file"), PUBLIC, ids=[f"{contract}/{file}" for contract, file in PUBLIC])
def test_what_a_public_configuration_mentions(contract: str, file: str, tmp_path: Path) -> None:
    """Every platform that it mentions is found on the buckets that have to do with it, and no other is."""
    request = request_of(contract, file, tmp_path)
    found: dict[str, list[str]] = {}
    for platform in mentioned(read_inputs(request.paths, (), request.options, Texts(), auto=True).buckets):
        for bucket, _ in platform.buckets:
            found.setdefault(bucket.address, []).append(platform.contract.id)
    assert found == EXPECTED[contract]["files"][file]["mentions"]


@pytest.mark.parametrize("contract", EXPECTED)
def test_every_configuration_is_expected(contract: str) -> None:
    files = {path.name for path in (PLATFORMS / contract).iterdir()} - {"expected.yaml", "broken.txt"}
    assert files == set(EXPECTED[contract]["files"])
    assert files >= {"holds.tf", "holds.yaml"}


@pytest.mark.parametrize("contract", [name for name in EXPECTED if read(name).document.get("parameters")])
def test_nothing_fails_for_a_value_that_is_not_given(contract: str, tmp_path: Path) -> None:
    """What is proven where no parameter is given, as in an audit of what the code mentions, is so with any values."""
    first = next(iter(EXPECTED[contract]["files"]))
    options = SourceOptions(region=EXPECTED[contract].get("region"), account=EXPECTED[contract].get("account"))
    source = shutil.copy(PLATFORMS / contract / first, tmp_path)
    asked_alone = tuple(itertools.islice(variants(read(contract)), 1))
    report = audit(Request((str(source),), asked_alone, options, every_bucket=True), Texts())
    assert {verdict.need.id for verdict in report.verdicts if verdict.status is Status.FAILS} == set()
