"""Plans that do not show everything: what they leave out is said, and never taken for absent; and plans that put nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from auditor.contract.load import load
from auditor.foundation.text import Texts
from auditor.pipeline import Request, audit
from tests.terraform.small_plans import Resource, document, plan, resource, statuses

_ROLE = "arn:aws:iam::258327614892:role/external_s3"
_BUCKET = resource("aws_s3_bucket.label", bucket="acme-label", arn="arn:aws:s3:::acme-label", id="acme-label")
_OTHER = resource("aws_s3_bucket.other", bucket="acme-other")
_POLICY = resource("aws_s3_bucket_policy.label", bucket="acme-label", policy=document("s3:GetObject", _ROLE))
_CORS = resource("aws_s3_bucket_cors_configuration.label", bucket="acme-label", cors_rule=[])


def _deferred(*resources: Resource) -> list[dict[str, Any]]:
    """How a plan lists what it defers: developer.hashicorp.com/terraform/internals/json-format, "Plan Representation"."""
    change = {"actions": ["create"], "before": None, "after": {}, "after_unknown": {}}
    return [{"reason": "resource_config_unknown", "resource_change": {**one, "change": change}} for one in resources]


CASES = {
    "errored": ({"errored": True, "complete": False}, "the plan ended in an error and is not whole; make a plan of the whole configuration"),
    "targeted": (
        {"complete": False},
        "the plan is not complete (it has -target, or changes that are deferred); make a plan of the whole configuration",
    ),
    "deferred": (
        {"complete": False, "deferred_changes": _deferred(_POLICY)},
        "the plan defers aws_s3_bucket_policy.label to a later one; apply it, and audit the next plan",
    ),
    "much deferred": (
        {"deferred_changes": _deferred(_OTHER, _POLICY, _BUCKET, _CORS)},
        "the plan defers aws_s3_bucket.other, aws_s3_bucket_policy.label, aws_s3_bucket.label and 1 more to a later one; apply it, and audit the next plan",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_a_plan_leaves_out_is_said_and_is_not_absent(case: str, tmp_path: Path) -> None:
    marks, why = CASES[case]
    (tmp_path / "plan.json").write_text(json.dumps(plan([_BUCKET], [_BUCKET]) | marks), encoding="utf-8")
    report = audit(Request((str(tmp_path / "plan.json"),), (load("v7-darwin", {}),)), Texts())
    assert f"{tmp_path / 'plan.json'} does not show every bucket: {why}" in report.notes
    found = {one.need.id: one.status.value for one in report.verdicts}
    assert [found[need] for need in ("s3:GetObject", "s3:PutObject", "cors:GET", "ownership")] == ["unknown"] * 4


def test_a_whole_plan_leaves_nothing_out(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(
        json.dumps(plan([_BUCKET], [_BUCKET]) | {"complete": True, "deferred_changes": []}), "utf-8"
    )
    report = audit(Request((str(tmp_path / "plan.json"),), (load("v7-darwin", {}),)), Texts())
    assert [note for note in report.notes if "does not show" in note] == []
    assert {one.status.value for one in report.verdicts if one.need.id == "s3:GetObject"} == {"fails"}


@pytest.mark.parametrize(("listed", "expected"), [(False, "holds"), (True, "fails")])
def test_what_a_plan_without_changes_shows_is_stored(listed: bool, expected: str, tmp_path: Path) -> None:
    """S3 would refuse the policy today, for a resource of another bucket; with `-refresh-only` nothing puts it again."""
    statements = [
        json.loads(document("s3:GetObject", bucket=name))["Statement"][0] | {"Principal": {"AWS": _ROLE}}
        for name in ("acme-label", "acme-other")
    ]
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    stored = _POLICY | {"values": _POLICY["values"] | {"policy": text}}
    made = plan([_BUCKET, *([] if listed else [stored])], [_BUCKET, stored])
    if not listed:
        del made["resource_changes"], made["planned_values"]["root_module"]
    assert statuses(made, tmp_path)["s3:GetObject"] == expected
