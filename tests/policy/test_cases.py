"""The decision cases: every answer that is known must be right, and none may be wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.policy.case_engine import decide_cors, decide_iam

HERE = Path(__file__).parent.parent.parent / "fixtures" / "policy"


def cases(name: str) -> list[Any]:
    document = json.loads((HERE / name).read_text(encoding="utf-8"))
    defaults = document.get("context_defaults", {})
    return [pytest.param({**case, "context_defaults": defaults}, id=case["id"]) for case in document["cases"]]


@pytest.mark.parametrize("case", cases("iam-cases.json"))
def test_iam(case: dict[str, Any]) -> None:
    found = decide_iam(case)
    assert found["answer"] == case["expect"]["answer"], found["reason"]
    witness = case["expect"].get("witness")
    if isinstance(witness, str):
        assert found["witness"] == witness


@pytest.mark.parametrize("case", cases("cors-cases.json"))
def test_cors(case: dict[str, Any]) -> None:
    assert decide_cors(case)["answer"] == case["expect"]["answer"]
