"""The decision cases: every answer that is known must be right, and none may be wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.policy.case_engine import NAME, OWNER, decide_cors, decide_iam

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


def unresolved(case: dict[str, Any], what: str) -> dict[str, Any]:
    """A case in which the name of the bucket, the end of it or the account that owns it is not resolved, wherever it stands."""
    bucket = case["environment"].get("bucket") or {}
    name = bucket.get("name") or bucket.get("arn", "").rpartition(":")[2]
    account = (bucket or case["environment"].get("kms_key") or {}).get("account")
    hole = f"{{{{unresolved:{OWNER if what == 'account' else NAME}}}}}"
    written = json.dumps({part: case[part] for part in ("environment", "question")})
    if what == "account":
        written = written.replace(account, hole) if account else written
    elif name:
        ending = name[:4] + hole if what == "end of the name" else hole
        written = re.sub(rf'(?<=:::){re.escape(name)}(?=[/"*?])', lambda _: ending, written)
    return {**case, **json.loads(written)}


# What is of another bucket, whose name may be that of this one.
LEFT_OPEN = {"name": {"more-061", "more-261"}, "end of the name": {"more-061", "more-261"}, "account": set[str]()}


@pytest.mark.parametrize("what", LEFT_OPEN)
@pytest.mark.parametrize("case", [*cases("iam-cases.json"), *cases("iam-more-cases.json")])
def test_iam_for_whatever_a_variable_names(case: dict[str, Any], what: str) -> None:
    """The answer does not depend on how the bucket is called, or on who owns it, where policy and request say the same."""
    if case["id"] not in LEFT_OPEN[what]:
        found = decide_iam(unresolved(case, what))
        assert found["answer"] == case["expect"]["answer"], found["reason"]


@pytest.mark.parametrize("case", [*cases("cors-cases.json"), *cases("cors-more-cases.json")])
def test_cors(case: dict[str, Any]) -> None:
    found, expected = decide_cors(case), case["expect"]
    assert found["answer"] == expected["answer"]
    assert found["deploy_error"] is expected.get("deploy_error", False)
    for rule in ("preflight_rule", "actual_rule"):
        if rule in expected and not found["deploy_error"]:
            assert found.get(rule) == expected[rule]
