"""Laws of contracts, tried on every configuration of `fixtures/contracts`: asking for less never fails where more holds, knowing more never flips
what is decided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from auditor.contract import Contract, Need
from auditor.contract.party import Sent
from auditor.foundation.text import Texts
from auditor.needs.access import AccessNeed
from auditor.pipeline import Request, audit
from auditor.proofs.grant import GrantNeed
from auditor.verdict import Status
from tests.test_platform_fixtures import CASES, EXPECTED, request_of

pytestmark = [pytest.mark.property, pytest.mark.whole]

# What requests may turn out to have: texts that policies ask for, others, and nothing.
SENT: tuple[tuple[str, Sent], ...] = (
    ("x-amz-acl", ("bucket-owner-full-control",)),
    ("x-amz-acl", None),
    ("x-amz-storage-class", ("GLACIER",)),
    ("x-amz-server-side-encryption-customer-algorithm", None),
)


def statuses(request: Request, change: Callable[[Contract], Contract]) -> dict[tuple[str, str], Status]:
    """The status of each need of each bucket, under the changed contract."""
    contracts = tuple(change(contract) for contract in request.contracts)
    report = audit(replace(request, contracts=contracts), Texts())
    return {(verdict.subject.address, verdict.need.id): verdict.status for verdict in report.verdicts}


def each(change: Callable[[Need], Need]) -> Callable[[Contract], Contract]:
    return lambda contract: replace(contract, needs=tuple(change(need) for need in contract.needs))


def narrower(need: Need) -> Need:
    return replace(need, prefix=f"{need.prefix}a/b") if isinstance(need, GrantNeed) else need


def sending(header: str, sent: Sent) -> Callable[[Need], Need]:
    """The need whose requests have a header, which was not known of them before."""

    def change(need: Need) -> Need:
        if not isinstance(need, AccessNeed) or header in need.sends:
            return need
        return replace(need, sends={**need.sends, header: sent})

    return change


TRIED = [
    (contract, file) for contract, file in CASES if file.startswith("unknown") or file == next(iter(EXPECTED[contract]["files"]))
]


@pytest.mark.parametrize(("contract", "file"), TRIED, ids=[f"{contract}/{file}" for contract, file in TRIED])
def test_laws(contract: str, file: str, tmp_path: Path) -> None:
    request = request_of(contract, file, tmp_path)
    whole = statuses(request, lambda asked: asked)
    for start in (0, 1):
        part = statuses(request, lambda asked, start=start: replace(asked, needs=asked.needs[start::2]))
        assert part == {key: status for key, status in whole.items() if key in part}
    less = statuses(request, each(narrower))
    assert [key for key, status in less.items() if status is Status.FAILS and whole[key] is Status.HOLDS] == []
    decided = {key: status for key, status in whole.items() if status is not Status.UNKNOWN}
    for header, sent in SENT:
        known = statuses(request, each(sending(header, sent)))
        assert {key: known[key] for key in decided} == decided, (header, sent)
