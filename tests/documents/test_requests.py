"""Requests that put a configuration, as `--cli-input-json` takes them: they name their bucket or key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.asked import ROLE, ask

KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": ROLE},
            "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": "arn:aws:s3:::acme-images/*",
        }
    ],
}
KEY_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "*"},
    ],
}
RULE = {"AllowedOrigins": ["https://darwin.v7labs.com"], "AllowedMethods": ["GET", "PUT"], "AllowedHeaders": ["*"]}
BY_DEFAULT = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": f"arn:aws:kms:eu-west-1:111122223333:key/{KEY}"}
ARCHIVE = {"ID": "x", "Status": "Enabled", "Filter": {"Prefix": ""}, "Transitions": [{"Days": 30, "StorageClass": "GLACIER"}]}
ALL = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
PUT: dict[str, tuple[dict[str, Any], str, str]] = {
    "put-bucket-policy": ({"Policy": json.dumps(POLICY), "ConfirmRemoveSelfBucketAccess": False}, "s3:PutObject", "holds"),
    "put-bucket-policy, unquoted": ({"Policy": POLICY}, "s3:PutObject", "holds"),
    "put-bucket-cors": ({"CORSConfiguration": {"CORSRules": [RULE]}, "ChecksumAlgorithm": "SHA256"}, "cors:PUT", "holds"),
    "put-bucket-ownership-controls": (
        {"OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}, "ExpectedBucketOwner": "111122223333"},
        "ownership",
        "fails",
    ),
    "put-bucket-request-payment": ({"RequestPaymentConfiguration": {"Payer": "Requester"}}, "bucket:no-requester-pays", "fails"),
    "put-bucket-lifecycle-configuration": ({"LifecycleConfiguration": {"Rules": [ARCHIVE]}}, "bucket:no-archive", "fails"),
}


@pytest.mark.parametrize("name", PUT)
def test_what_a_request_puts_is_of_the_bucket_that_it_names(tmp_path: Path, name: str) -> None:
    content, need, status = PUT[name]
    told = ask(tmp_path, {"put.json": json.dumps({"Bucket": "acme-images", **content})})
    assert told.errors == ()
    assert told.of("acme-images")[need][0] == status


def test_requests_are_joined_by_their_bucket_and_key(tmp_path: Path) -> None:
    encryption = {"Rules": [{"ApplyServerSideEncryptionByDefault": BY_DEFAULT}]}
    files = {
        "policy.json": POLICY,
        "encryption.json": {"Bucket": "acme-images", "ServerSideEncryptionConfiguration": encryption},
        "block.json": {"Bucket": "acme-images", "PublicAccessBlockConfiguration": ALL},
        "cors.json": {"Bucket": "acme-other", "CORSConfiguration": {"CORSRules": [RULE]}},
        "key.json": {"KeyId": KEY, "PolicyName": "default", "Policy": json.dumps(KEY_POLICY)},
    }
    told = ask(tmp_path, {name: json.dumps(content) for name, content in files.items()})
    assert told.of("acme-images", "kms:Decrypt")["kms:Decrypt"][0] == "holds"
    assert told.of("acme-images", "s3:GetObject")["s3:GetObject"][0] == "holds"
    assert told.of("acme-other", "cors:GET")["cors:GET"][0] == "holds"
    assert told.of("acme-images", "cors:GET")["cors:GET"][0] == "unknown"


def test_a_policy_that_is_yet_to_be_put_may_be_refused(tmp_path: Path) -> None:
    wrong = {**POLICY, "Statement": [{**POLICY["Statement"][0], "Action": ["s3:GetObject", "s3:HeadObject"]}]}  # type: ignore[dict-item]
    told = ask(tmp_path, {"put.json": json.dumps({"Bucket": "acme-images", "Policy": json.dumps(wrong)})})
    assert told.of("acme-images", "s3:GetObject")["s3:GetObject"][0] != "holds"


def test_a_policy_for_another_bucket_is_refused(tmp_path: Path) -> None:
    told = ask(tmp_path, {"put.json": json.dumps({"Bucket": "acme-other", "Policy": json.dumps(POLICY)})})
    assert told.of("acme-other", "s3:GetObject")["s3:GetObject"][0] == "fails"
