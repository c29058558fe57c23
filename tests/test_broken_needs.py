"""Each need of each built-in contract is broken once: it fails, alone, and what is said about it puts it right.

`holds.tf` of `fixtures/contracts/<id>/` is broken by taking the action out of it. Where that does not break the need, or more than the need, `broken` in
`expected.yaml` has what does: texts to `replace`, or the file `in` which it is broken, and further `parameters`; where it cannot be broken alone, the needs
`with` which it fails, and `why`. What is said stands in `broken.txt`.
"""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import pytest

from auditor.contract.build import contract_of, declared
from auditor.contract.doubt import principals
from auditor.contract.load import load, names, read
from auditor.contract.types import Contract, Need
from auditor.fixes.apply import applied
from auditor.foundation.border import border_of
from auditor.foundation.text import Texts
from auditor.needs.trust import KIND as TRUST
from auditor.pipeline import Request, audit
from auditor.policy.services.actions import actions
from auditor.proofs.grant import GrantNeed
from auditor.report import Report
from auditor.sources.options import SourceOptions
from auditor.verdict import Status
from tests.test_platform_fixtures import EXPECTED, PLATFORMS

# Actions that no platform needs, by what they are on, so that a statement is left with one.
_OTHER = {"object": "s3:RestoreObject", "bucket": "s3:GetBucketVersioning", "key": "kms:ListGrants"}
_OF_ACCOUNTS, _OF_TRUST = "s3:ListJobs", "sts:TagSession"
# What is said of a fixture whether a need of it is broken or not.
_BESIDE = ("access-wider-than-needed", "cors-wider-than-needed")


def breaks(contract: str) -> dict[str, Any]:
    """What `expected.yaml` says of how needs are broken, by need."""
    return EXPECTED[contract].get("broken", {})


def asked(contract: str, parameters: dict[str, str]) -> Contract:
    """A contract with the parameters of its fixtures, and others."""
    return load(contract, EXPECTED[contract].get("parameters", {}) | parameters)


def without(action: str, text: str) -> str:
    """A text in which no list of actions has an action any more."""
    kinds = actions().get(action)
    other = _OF_TRUST if kinds is None else next((_OTHER[kind] for kind in kinds if kind in _OTHER), _OF_ACCOUNTS)
    name = re.escape(f'"{action}"')
    return re.sub(name, f'"{other}"', re.sub(rf"{name}, |, {name}(?=\])", "", text))


def broken(contract: str, need: Need, how: dict[str, Any]) -> str:
    """The text of a fixture in which a need is broken."""
    text = (PLATFORMS / contract / how.get("in", "holds.tf")).read_text(encoding="utf-8")
    for old, new in how.get("replace", {}).items():
        assert old in text, f"{contract}: there is no {old!r} in it"
        text = text.replace(old, new)
    return text if how else without(need.id.partition(" ")[0], text)


def audited(contract: Contract, file: str) -> Report:
    """The audit of a file of the current directory, as the fixture of its name is audited."""
    expected = EXPECTED[contract.id]
    options = SourceOptions(region=expected.get("region"), account=expected.get("account"))
    buckets = tuple(expected["files"][file][key] for key in ("bucket",) if key in expected["files"][file])
    return audit(Request((file,), (contract,), options, buckets, every_bucket=not buckets), Texts())


def failing(report: Report) -> set[str]:
    return {verdict.need.id for verdict in report.verdicts if verdict.status is Status.FAILS}


def falls(contract: Contract, need: Need, report: Report) -> tuple[set[str], str]:
    """The needs that fail with a broken one, and why; what is only remembered never fails."""
    how = breaks(contract.id).get(need.id, {})
    if not isinstance(need, TRUST):
        return set(how.get("with", ())), how.get("why", "")
    grants = [one.id for one in contract.needs_of(GrantNeed) if one.party == need.party and one.doubt is None]
    return {one.need.id for one in report.verdicts if one.need.id in grants and one.status is not Status.NOT_APPLICABLE} - {
        need.id
    }, "the role can do nothing that is not assumed"


def told(report: Report, need: Need, contract: Contract) -> str:
    """What is said of a broken need, and what holds once its first fix is made."""
    verdict = next(one for one in report.verdicts if one.need.id == need.id)
    lines = [f"{need.id}: {verdict.status.value}: {verdict.reason}"]
    others, why = falls(contract, need, report)
    if others:
        lines.append(f"    with it {', '.join(sorted(others))}: {why}")
    for finding in report.findings:
        if finding.rule in _BESIDE:
            continue
        lines.append(f"    {finding.rule}: {finding.message}")
        for patch in finding.fixes[:1]:
            lines.append(f"    fix, {patch.certainty.value if patch.edits else 'by hand'}: {patch.title}")
            lines.extend(f"    | {line}".rstrip() for line in patch.text.splitlines())
            if patch.edits:
                for path, changed in applied(Texts(border=border_of((".",))), patch.edits).items():
                    content = Path(path).read_bytes()
                    Path(path).write_bytes(changed)
                    left = failing(audited(contract, path))
                    Path(path).write_bytes(content)
                    lines.append(f"    then: {', '.join(sorted(left)) + ' fails' if left else 'nothing fails'}")
        if finding.help:
            lines.append(f"    help: {finding.help}")
    return "\n".join(lines) + "\n"


@pytest.mark.whole
@pytest.mark.parametrize("contract", EXPECTED)
def test_each_need_fails_alone(contract: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, update: bool) -> None:
    monkeypatch.chdir(tmp_path)
    said = []
    for need_id in needed(contract):
        how = breaks(contract).get(need_id, {})
        one = asked(contract, how.get("parameters", {}))
        need = next(need for need in one.needs if need.id == need_id)
        file = Path(how.get("in", "holds.tf")).name
        Path(file).write_text(broken(contract, need, how), encoding="utf-8")
        report = audited(one, file)
        assert report.errors == ()
        alone = {need_id} if need.doubt is None else set()
        assert (need_id, failing(report)) == (need_id, alone | falls(one, need, report)[0])
        said.append(told(report, need, one))
        Path(file).unlink()
    golden = PLATFORMS / contract / "broken.txt"
    if update:
        golden.write_text("\n".join(said), encoding="utf-8")
    assert "\n".join(said) == golden.read_text(encoding="utf-8")


def needed(contract: str) -> list[str]:
    """The ids of all needs of a contract, whatever is chosen."""
    file = read(contract)
    written = [document for _, document in principals(file.document)] + list(file.document["needs"])
    names = dict.fromkeys(name for document in written for name in document.get("when", {}))
    given = EXPECTED[contract].get("parameters", {})
    ids: dict[str, None] = {}
    for values in itertools.product(*(declared(file)[name]["choices"] for name in names)):
        one = contract_of(file, given | dict(zip(names, values, strict=True)))
        ids |= dict.fromkeys(need.id for need in one.needs)
    return list(ids)


def test_every_need_of_every_contract_fails_in_a_fixture() -> None:
    assert set(EXPECTED) == set(names())
    for contract in EXPECTED:
        told_of = (PLATFORMS / contract / "broken.txt").read_text(encoding="utf-8")
        assert re.findall(r"^(\S.*?): (?:fails|unknown): ", told_of, re.MULTILINE) == needed(contract)
