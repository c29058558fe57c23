"""A key that a plan deletes is scheduled for deletion, and refuses whoever still uses it; what else is known against a key that the code only refers to.

Source: AWS KMS Developer Guide, "Key states of AWS KMS keys".
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.terraform.small_plans import Resource, plan, resource, verdicts

_ID = "11111111-2222-4333-8444-555555555555"
_ARN = f"arn:aws:kms:eu-west-1:111122223333:key/{_ID}"
_BUCKET = resource("aws_s3_bucket.images", bucket="acme-images", arn="arn:aws:s3:::acme-images", id="acme-images")
_KEY = resource("aws_kms_key.images", arn=_ARN, id=_ID, key_id=_ID)
_OTHER = resource("aws_kms_key.images", arn=_ARN.replace("1111-2222", "9999-2222"))
_ALIAS = resource("aws_kms_alias.images", name="alias/images", target_key_id=_ARN)
_DELETED = ("fails", "aws_kms_key.images is in the state PendingDeletion, and S3 cannot use it")
_REPLACED = ("fails", "the former aws_kms_key.images is in the state PendingDeletion, and S3 cannot use it")
_ELSEWHERE = ("unknown", f"the key '{_ARN}' is not in the code: the key is declared elsewhere, and its key policy with it")


def _encrypted(name: str = _ARN) -> Resource:
    rule = {"apply_server_side_encryption_by_default": [{"sse_algorithm": "aws:kms", "kms_master_key_id": name}]}
    return resource("aws_s3_bucket_server_side_encryption_configuration.images", bucket="acme-images", rule=[rule])


def _said(document: dict[str, Any], directory: Path) -> set[tuple[str, str]]:
    return {(one.status.value, one.reason) for one in verdicts(document, directory) if one.need.id.startswith("kms:")}


CASES = {
    "deleted": (plan([_BUCKET, _KEY, _encrypted()], [_BUCKET, _encrypted()]), _DELETED),
    "a replica": (
        plan(
            [_BUCKET, resource("aws_kms_replica_key.images", arn=_ARN), _encrypted()],
            [_BUCKET, _encrypted()],
        ),
        (_DELETED[0], _DELETED[1].replace("aws_kms_key", "aws_kms_replica_key")),
    ),
    "replaced": (
        plan([_BUCKET, _KEY, _encrypted()], [_BUCKET, _OTHER, _encrypted()], actions={"aws_kms_key.images": ["delete", "create"]}),
        _REPLACED,
    ),
    "deposed": (plan([_BUCKET, _encrypted()], [_BUCKET, _encrypted()], deposed=[_KEY]), _DELETED),
    "behind an alias": (
        plan([_BUCKET, _KEY, _ALIAS, _encrypted("alias/images")], [_BUCKET, _ALIAS, _encrypted("alias/images")]),
        _DELETED,
    ),
    "forgotten": (
        plan([_BUCKET, _KEY, _encrypted()], [_BUCKET, _encrypted()], actions={"aws_kms_key.images": ["forget"]}),
        _ELSEWHERE,
    ),
    "another one is deleted": (plan([_BUCKET, _OTHER, _encrypted()], [_BUCKET, _encrypted()]), _ELSEWHERE),
    "another address keeps it": (
        plan([_BUCKET, _KEY, _encrypted()], [_BUCKET, _KEY | {"address": "aws_kms_key.kept", "name": "kept"}, _encrypted()]),
        ("fails", "aws_kms_key.kept has no key policy, and the default one lets in only its own account"),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_said_of_a_bucket_whose_key_a_plan_deletes(case: str, tmp_path: Path) -> None:
    made, expected = CASES[case]
    assert _said(made, tmp_path) == {expected}


@pytest.mark.parametrize(
    ("enabled", "expected"),
    [
        (False, ("fails", "data.aws_kms_key.images is disabled, and S3 cannot use it")),
        (True, (_ELSEWHERE[0], _ELSEWHERE[1].replace("the key is declared", "data.aws_kms_key.images is declared"))),
    ],
)
def test_a_key_that_is_only_read_and_disabled_refuses(enabled: bool, expected: tuple[str, str], tmp_path: Path) -> None:
    document = plan([_BUCKET, _encrypted()], [_BUCKET, _encrypted()])
    read = {"address": "data.aws_kms_key.images", "mode": "data", "type": "aws_kms_key", "name": "images"}
    document["prior_state"]["values"]["root_module"]["resources"].append(
        {**read, "values": {"key_id": _ARN, "arn": _ARN, "id": _ID, "enabled": enabled}}
    )
    assert _said(document, tmp_path) == {expected}


@pytest.mark.parametrize(
    ("bypass", "expected"),
    [
        (True, ("holds", "statement 1 grants it through aws_kms_key_policy.images")),
        (False, ("fails", "aws_kms_key.images has no key policy, and the default one lets in only its own account")),
    ],
)
def test_the_provider_leaves_a_key_policy_that_it_may_not_be_let_to_put_again(
    bypass: bool, expected: tuple[str, str], tmp_path: Path
) -> None:
    grant = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::258327614892:role/external_s3"},
        "Action": "kms:*",
        "Resource": "*",
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": [grant]})
    policy = resource("aws_kms_key_policy.images", key_id=_ID, policy=text, bypass_policy_lockout_safety_check=bypass)
    key = _KEY | {"values": _KEY["values"] | {"policy": text}}
    document = plan([_BUCKET, key, policy, _encrypted()], [_BUCKET, key, _encrypted()])
    assert _said(document, tmp_path) == {expected}
