"""Pairs of documents and how they compare; every witness is put to an evaluator of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from auditor.comparison.access import Difference, PolicyKind, compare
from auditor.foundation.location import Location
from auditor.foundation.value import Known
from auditor.policy import Policy, parse_policy
from tests.comparison.evaluator import allows

_PAIRS = [
    json.loads(line)
    for line in (Path(__file__).parents[2] / "fixtures/comparison/pairs.jsonl").read_text(encoding="utf-8").splitlines()
]


def policy(document: object) -> Policy:
    return parse_policy(Known(json.dumps(document)), Location("policy.json"))


def compared(old: object, new: object, kind: str) -> Difference:
    return compare(policy(old), policy(new), PolicyKind(kind))


def check_witnesses(old: Any, new: Any, found: Difference) -> None:
    for requests, one, other in ((found.gained, new, old), (found.lost, old, new)):
        for request in requests:
            shown = {
                "principal": request.principal.shown() if request.principal else None,
                "action": request.action,
                "resource": request.resource,
                "context": request.context,
            }
            assert (allows(one, shown), allows(other, shown)) == (True, False), shown


@pytest.mark.parametrize("pair", _PAIRS, ids=[pair["id"] for pair in _PAIRS])
def test_pair(pair: Any) -> None:
    found = compared(pair["old"], pair["new"], pair["kind"])
    assert (found.relation.value, found.reason) == (pair["relation"], "")
    check_witnesses(pair["old"], pair["new"], found)
    back = compared(pair["new"], pair["old"], pair["kind"])
    assert back.relation.value == {"wider": "narrower", "narrower": "wider"}.get(pair["relation"], pair["relation"])
