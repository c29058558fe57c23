"""Plans: known values, what is known only after apply, and where it is written.

The plans have the form that Terraform 1.11 gives for such a configuration with the AWS provider 5.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from auditor.contract.load import load
from auditor.foundation.text import Texts
from auditor.pipeline import Request, audit
from auditor.verdict import Verdict
from tests.terraform.small_plans import plan as small_plan
from tests.terraform.small_plans import resource as small_resource
from tests.terraform.small_plans import verdicts as small_verdicts
from tests.terraform.trees import tree, verdicts

CODE = """
resource "aws_kms_key" "data" {
  bypass_policy_lockout_safety_check = true
  policy = data.aws_iam_policy_document.key.json
}
data "aws_iam_policy_document" "key" {
  statement {
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::258327614892:role/external_s3"]
    }
  }
}
resource "aws_s3_bucket" "data" {
  bucket = "acme-data"
}
resource "aws_s3_bucket_server_side_encryption_configuration" "data" {
  bucket = aws_s3_bucket.data.id
  rule {
    apply_server_side_encryption_by_default {
      kms_master_key_id = aws_kms_key.data.arn
      sse_algorithm     = "aws:kms"
    }
  }
}
resource "aws_s3_bucket_ownership_controls" "data" {
  bucket = aws_s3_bucket.data.id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}
resource "aws_s3_bucket_policy" "data" {
  bucket = aws_s3_bucket.data.id
  policy = jsonencode({
    Statement = [{
      Effect = "Allow", Principal = { AWS = "arn:aws:iam::258327614892:role/external_s3" }
      Action = ["s3:GetObject"], Resource = "arn:aws:s3:::acme-data/*"
    }]
  })
}
"""
STATEMENT = {
    "actions": ["kms:Decrypt", "kms:GenerateDataKey"], "condition": [], "effect": "Allow", "not_actions": None, "not_principals": [],
    "not_resources": None, "principals": [{"identifiers": ["arn:aws:iam::258327614892:role/external_s3"], "type": "AWS"}],
    "resources": ["*"], "sid": None,
}  # fmt: skip
POLICY = {
    "Statement": [
        {
            "Action": ["s3:GetObject"], "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::258327614892:role/external_s3"},
            "Resource": "arn:aws:s3:::acme-data/*",
        }
    ]
}  # fmt: skip

ARN = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def resource(address: str, values: dict[str, Any], unknown: dict[str, Any], expressions: dict[str, Any]) -> dict[str, Any]:
    """What a plan says of one resource, in its three places."""
    *mode, kind, name = address.split(".")
    common = {"address": address, "mode": "data" if mode else "managed", "type": kind, "name": name}
    change = {"actions": ["create"], "before": None, "after": values, "after_unknown": unknown}
    return {
        "planned": {**common, "values": values},
        "change": {**common, "change": change},
        "written": {**common, "provider_config_key": "aws", "expressions": expressions},
    }


def plan(*resources: dict[str, Any]) -> dict[str, Any]:
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {"root_module": {"resources": [one["planned"] for one in resources]}},
        "resource_changes": [one["change"] for one in resources],
        "configuration": {
            "provider_config": {"aws": {"name": "aws", "expressions": {"region": {"constant_value": "eu-west-1"}}}},
            "root_module": {"resources": [one["written"] for one in resources]},
        },
    }


def refers(*references: str) -> dict[str, Any]:
    return {"references": list(references)}


def whole(document: dict[str, Any] | None = None, holes: dict[str, Any] | None = None) -> dict[str, Any]:
    """The plan of `CODE`; `document` and `holes` change what is planned of the statement of the key policy."""
    of_bucket = {"bucket": refers("aws_s3_bucket.data.id", "aws_s3_bucket.data")}
    return plan(
        resource("aws_kms_key.data", {"is_enabled": True, "bypass_policy_lockout_safety_check": True}, {"arn": True, "id": True, "key_id": True, "policy": True},
                 {"policy": refers("data.aws_iam_policy_document.key.json", "data.aws_iam_policy_document.key")}),
        resource("data.aws_iam_policy_document.key", {"statement": [STATEMENT | (document or {})]},
                 {"id": True, "json": True, "statement": [holes or {"actions": [False, False], "condition": [], "resources": [False]}]},
                 {"statement": [{"actions": {"constant_value": ["kms:Decrypt", "kms:GenerateDataKey"]}}]}),
        resource("aws_s3_bucket.data", {"bucket": "acme-data", "force_destroy": False}, {"arn": True, "id": True, "policy": True},
                 {"bucket": {"constant_value": "acme-data"}}),
        resource("aws_s3_bucket_server_side_encryption_configuration.data",
                 {"rule": [{"apply_server_side_encryption_by_default": [{"sse_algorithm": "aws:kms"}], "bucket_key_enabled": None}]},
                 {"bucket": True, "rule": [{"apply_server_side_encryption_by_default": [{"kms_master_key_id": True}]}]},
                 of_bucket | {"rule": [{"apply_server_side_encryption_by_default": [
                     {"kms_master_key_id": refers("aws_kms_key.data.arn", "aws_kms_key.data"), "sse_algorithm": {"constant_value": "aws:kms"}},
                 ]}]}),
        resource("aws_s3_bucket_ownership_controls.data", {"rule": [{"object_ownership": "BucketOwnerEnforced"}]},
                 {"bucket": True, "rule": [{}]}, of_bucket | {"rule": [{"object_ownership": {"constant_value": "BucketOwnerEnforced"}}]}),
        resource("aws_s3_bucket_policy.data", {"policy": json.dumps(POLICY)}, {"bucket": True}, of_bucket | {"policy": {}}),
    )  # fmt: skip


def proven(directory: Path, document: dict[str, Any], files: dict[str, str] | None = None) -> dict[str, Verdict]:
    tree(directory, {"plan.json": json.dumps(document), **(files or {})})
    report = audit(Request((str(directory / "plan.json"),), (load("v7-darwin", {}),), every_bucket=True), Texts())
    assert report.errors == ()
    assert {verdict.subject.address for verdict in report.verdicts} == {"aws_s3_bucket.data"}
    return {verdict.need.id: verdict for verdict in report.verdicts}


def test_a_plan_gives_the_verdicts_of_its_configuration(tmp_path: Path) -> None:
    of_plan = {need: verdict.status.value for need, verdict in proven(tmp_path / "plan", whole(), {"main.tf": CODE}).items()}
    of_code = {need: status for (_, need), (status, _) in verdicts(tmp_path / "code", {"main.tf": CODE}).items()}
    assert of_plan == of_code
    assert of_plan == {
        "s3:GetObject": "holds", "s3:PutObject": "fails", "kms:Decrypt": "holds", "kms:GenerateDataKey": "holds",
        "cors:GET": "fails", "cors:PUT": "fails", "ownership": "holds",
        "bucket:name": "holds", "bucket:no-requester-pays": "holds", "bucket:no-archive": "holds",
    }  # fmt: skip


def test_a_plan_alone_does_not_say_what_it_makes_of_what_it_refers_to(tmp_path: Path) -> None:
    """`replace(data.aws_iam_policy_document.key.json, …)` has the same references as the document itself."""
    found = proven(tmp_path, whole())
    assert [found[need].status.value for need in ("kms:Decrypt", "cors:GET", "ownership")] == ["unknown", "fails", "holds"]
    assert [one.name for one in found["kms:Decrypt"].resolved_by] == [
        "aws_kms_key.data.policy",
        "aws_kms_key.data.policy is that of data.aws_iam_policy_document.key",
    ]


def test_places_are_those_of_the_configuration_beside_the_plan(tmp_path: Path) -> None:
    places = {need: verdict.location for need, verdict in proven(tmp_path, whole(), {"main.tf": CODE}).items()}
    assert {place.path for place in places.values()} == {str(tmp_path / "main.tf")}
    assert places["cors:GET"].line == CODE[: CODE.index('resource "aws_s3_bucket" "data"')].count("\n") + 1


def test_places_are_those_of_the_plan_when_it_stands_alone(tmp_path: Path) -> None:
    places = {verdict.location.path for verdict in proven(tmp_path, whole()).values()}
    assert places == {str(tmp_path / "plan.json")}


def test_an_item_of_a_set_that_is_known_only_after_apply_may_be_anything(tmp_path: Path) -> None:
    found = proven(tmp_path, whole({"actions": ["kms:Decrypt"]}, {"actions": [False, True], "condition": [], "resources": [False]}))
    assert [found[need].status.value for need in ("kms:Decrypt", "kms:GenerateDataKey")] == ["unknown", "unknown"]
    assert "data.aws_iam_policy_document.key.statement[0].actions" in {one.name for one in found["kms:GenerateDataKey"].resolved_by}
    assert "data.aws_iam_policy_document.key.statement[0].actions" not in {one.name for one in found["kms:Decrypt"].resolved_by}


def test_a_set_that_is_known_only_after_apply_is_not_empty(tmp_path: Path) -> None:
    document = {"principals": [{"identifiers": [], "type": "AWS"}]}
    found = proven(tmp_path, whole(document, {"actions": [False, False], "principals": [{"identifiers": [True]}]}))
    assert [found[need].status.value for need in ("kms:Decrypt", "kms:GenerateDataKey")] == ["unknown", "unknown"]


def test_a_block_of_a_set_that_is_known_only_after_apply_may_be_there(tmp_path: Path) -> None:
    found = proven(tmp_path, whole({"condition": []}, {"actions": [False, False], "condition": [True]}))
    assert [found[need].status.value for need in ("kms:Decrypt", "kms:GenerateDataKey")] == ["unknown", "unknown"]


LOCKED = json.dumps({"Version": "2012-10-17", "Statement": [POLICY["Statement"][0] | {"Action": "kms:*", "Resource": "*"}]})
REFUSED = "KMS refuses the key policy of aws_kms_key.data: no statement lets anybody of the key's account call kms:PutKeyPolicy"


@pytest.mark.parametrize(
    ("actions", "before", "expected"),
    [
        (["create"], None, ("fails", REFUSED)),
        (["delete", "create"], {"policy": LOCKED}, ("fails", REFUSED)),
        (["update"], {"policy": "{}"}, ("fails", REFUSED)),
        (["update"], {"policy": LOCKED}, ("holds", "statement 1 grants it through aws_kms_key.data")),
        (["no-op"], {"policy": LOCKED}, ("holds", "statement 1 grants it through aws_kms_key.data")),
    ],
    ids=["created", "replaced", "another policy", "something else of the key", "nothing"],
)
def test_what_a_plan_leaves_as_it_is_was_stored(
    actions: list[str], before: dict[str, Any] | None, expected: tuple[str, str], tmp_path: Path
) -> None:
    """KMS checks a key policy when it is put, and the provider puts only what changes."""
    document = whole()
    changed = resource("aws_kms_key.data", {"is_enabled": True, "policy": LOCKED, "arn": ARN}, {}, {"policy": {}})
    changed["change"]["change"] |= {"actions": actions, "before": before}
    document["resource_changes"][0] = changed["change"]
    for part, of in (("planned", document["planned_values"]), ("written", document["configuration"])):
        of["root_module"]["resources"][0] = changed[part]
    assert [(one.status.value, one.reason) for need, one in proven(tmp_path, document).items() if need == "kms:Decrypt"] == [
        expected
    ]


def test_a_resource_of_which_nothing_is_known_before_the_apply_is_there(tmp_path: Path) -> None:
    address = "aws_s3_bucket_policy.data"
    document = small_plan([], [small_resource("aws_s3_bucket.data", bucket="acme-data"), small_resource(address)])
    _, policy = document["planned_values"]["root_module"]["resources"]
    del policy["values"]
    _, change = document["resource_changes"]
    change["change"] |= {"after": {}, "after_unknown": {"bucket": True, "id": True, "policy": True}}
    _, configured = document["configuration"]["root_module"]["resources"]
    configured["expressions"] = {
        "bucket": {"references": ["aws_s3_bucket.data.id", "aws_s3_bucket.data"]},
        "policy": {"references": ["var.policy"]},
    }
    found = {verdict.need.id: verdict for verdict in small_verdicts(document, tmp_path)}
    reason = "it depends on 'aws_s3_bucket_policy.data.policy': in one case, no statement allows s3:GetObject"
    assert (found["s3:GetObject"].status.value, found["s3:GetObject"].reason) == ("unknown", reason)
