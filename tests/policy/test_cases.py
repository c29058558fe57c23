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


@pytest.mark.parametrize("case", [*cases("iam-cases.json"), *cases("iam-more-cases.json")])
def test_iam(case: dict[str, Any]) -> None:
    found = decide_iam(case)
    assert found["answer"] == case["expect"]["answer"], found["reason"]
    witness = case["expect"].get("witness")
    if isinstance(witness, str):
        assert found["witness"] == witness
    if "deny_kind" in case["expect"]:
        assert found["deny_kind"] in case["expect"]["deny_kind"].split("|")


@pytest.mark.parametrize("case", [*cases("cors-cases.json"), *cases("cors-more-cases.json")])
def test_cors(case: dict[str, Any]) -> None:
    found, expected = decide_cors(case), case["expect"]
    assert found["answer"] == expected["answer"]
    assert found["deploy_error"] is expected.get("deploy_error", False)
    for rule in ("preflight_rule", "actual_rule"):
        if rule in expected and not found["deploy_error"]:
            assert found.get(rule) == expected[rule]
