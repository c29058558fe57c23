"""The table of actions, and what is read from names and resources."""

from __future__ import annotations

import pytest

from auditor.foundation.value import Domain, Known, Symbol, Text, Unknown, text_of
from auditor.policy import ABSENT, UNKNOWN, Caller
from auditor.policy.services.actions import (
    actions,
    exists,
    has_condition_key,
    is_condition_key,
    matching,
    nearest,
    resource_kinds,
    works_across_accounts,
)
from auditor.policy.services.kms import Kms
from auditor.policy.services.s3 import S3

NAME = Symbol("aws_s3_bucket.images.id", "assigned at deployment", domain=Domain.BUCKET)
OPEN = Symbol("var.resource", "it has no default")


@pytest.mark.parametrize(
    ("action", "kinds"),
    [
        ("s3:GetObject", {"object", "accesspointobject"}),
        ("s3:PutObject", {"object", "accesspointobject"}),
        ("s3:ListBucket", {"accesspoint", "bucket"}),
        ("s3:DeleteBucket", {"bucket"}),
        ("s3:ListAllMyBuckets", set()),
        ("kms:Decrypt", {"key"}),
        ("kms:GenerateDataKey", {"key"}),
    ],
)
def test_resource_types(action: str, kinds: set[str]) -> None:
    assert actions()[action] == kinds


def test_the_table_is_whole() -> None:
    by_service = {service: sum(name.startswith(f"{service}:") for name in actions()) for service in ("s3", "kms")}
    assert by_service == {"s3": 180, "kms": 56}
    assert len({name.lower() for name in actions()}) == len(actions())


@pytest.mark.parametrize(
    ("action", "key", "has"),
    [
        ("s3:GetObject", "s3:ExistingObjectTag/team", True),
        ("s3:GetObject", "S3:authtype", True),
        ("s3:GetObject", "s3:x-amz-acl", False),
        ("s3:GetObject", "s3:DataAccessPointArn", True),
        ("s3:PutObject", "s3:ExistingObjectTag/team", False),
        ("s3:PutObject", "s3:x-amz-acl", True),
        ("s3:ListBucket", "s3:prefix", True),
        ("s3:GetBucketAcl", "s3:prefix", False),
        ("kms:Decrypt", "kms:EncryptionContext:aws:s3:arn", True),
        ("kms:Decrypt", "kms:MultiRegion", True),
        ("kms:Decrypt", "kms:GrantIsForAWSResource", False),
    ],
)
def test_condition_keys(action: str, key: str, has: bool) -> None:
    assert has_condition_key(action, key) is has
    assert is_condition_key(key)


def test_a_request_lacks_the_keys_of_other_actions() -> None:
    caller = Caller(Known("arn:aws:iam::258327614892:role/external_s3"), Known("258327614892"))
    assert S3.presence("s3:x-amz-acl", "s3:GetObject", caller) is ABSENT
    assert S3.presence("s3:existingobjecttag/team", "s3:PutObject", caller) is ABSENT
    assert S3.presence("s3:prefix", "s3:GetObject", caller) is ABSENT
    assert S3.presence("s3:x-amz-acl", "s3:PutObject", caller) is UNKNOWN
    assert S3.presence("s3:no-such-key", "s3:GetObject", caller) is UNKNOWN
    assert S3.presence("s3:x-amz-acl", "s3:ActionOfTomorrow", caller) is UNKNOWN
    assert Kms.presence("kms:grantisforawsresource", "kms:Decrypt", caller) is ABSENT
    assert Kms.presence("kms:multiregion", "kms:Decrypt", caller) is UNKNOWN


def test_condition_keys_that_do_not_exist() -> None:
    assert not is_condition_key("s3:x-acl")
    assert not is_condition_key("aws:SourceIp")


def test_patterns_mean_actions_without_regard_to_case() -> None:
    assert matching("S3:getobject") == ("s3:GetObject",)
    assert matching("s3:DeleteObject*") == (
        "s3:DeleteObject",
        "s3:DeleteObjectAnnotation",
        "s3:DeleteObjectTagging",
        "s3:DeleteObjectVersion",
        "s3:DeleteObjectVersionAnnotation",
        "s3:DeleteObjectVersionTagging",
    )
    assert matching("s3:Get?bject") == ("s3:GetObject",)
    assert matching("s3:*Object") == ("s3:DeleteObject", "s3:GetObject", "s3:PutObject", "s3:ReplicateObject", "s3:RestoreObject")
    assert len(matching("*")) == len(actions())


def test_what_exists() -> None:
    assert exists("s3:PutObject")
    assert exists("s3:List*")
    assert not exists("s3:HeadObject")
    assert not exists("s3:Head*")
    assert not exists("kms:Decript")
    assert exists("ec2:NoSuchThing")  # not listed here, so nothing is said of it


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("s3:HeadObject", "s3:GetObject"),
        ("s3:ListObjectsV2", "s3:ListBucket"),
        ("s3:UploadPart", "s3:PutObject"),
        ("s3:GetObjects", "s3:GetObject"),
        ("s3:getobjcet", "s3:GetObject"),
        ("kms:GenerateDataKeys", "kms:GenerateDataKey"),
        ("s3:Frobnicate", None),
        # Another action is never suggested: it would grant what nobody meant.
        ("s3:PutBucket", "s3:CreateBucket"),
        ("s3:WriteObject", None),
        ("s3:SetObject", None),
        ("s3:PutBucketTag", None),
        ("s3:PutObjectTag", None),
        ("s3:CreateObject", None),
        ("s3:DeleteBucketAll", None),
        ("kms:Dcrypt", "kms:Decrypt"),
    ],
)
def test_the_nearest_name(name: str, meant: str | None) -> None:
    assert nearest(name) == meant


@pytest.mark.parametrize(
    ("resource", "kinds"),
    [
        (Known("arn:aws:s3:::acme-images"), {"bucket"}),
        (Known("arn:aws:s3:::acme-images/"), {"object"}),
        (Known("arn:aws:s3:::acme-images/*"), {"object"}),
        (Known("arn:aws:s3:::acme-images*"), {"bucket", "object"}),
        (Known("arn:aws:s3:::*"), {"bucket", "object"}),
        (Known("arn:aws:s3:::*/*"), {"object"}),
        (Known("*"), {"bucket", "object"}),
        (Known("arn:aws:s3:eu-west-1:111111111111:accesspoint/one/object/*"), set()),
        (Known("acme-images/*"), set()),
        (text_of(("arn:aws:s3:::", NAME)), {"bucket"}),
        (text_of(("arn:aws:s3:::", NAME, "/*")), {"object"}),
        (Unknown(OPEN), {"bucket", "object"}),
        (text_of((OPEN, "/*")), {"object"}),
        (text_of(("arn:aws:s3:::", OPEN)), {"bucket", "object"}),
    ],
)
def test_what_a_resource_means(resource: Text, kinds: set[str]) -> None:
    assert resource_kinds(resource, Unknown(NAME)) == kinds


def test_what_another_account_can_do() -> None:
    assert works_across_accounts("s3:DeleteObject")
    assert not works_across_accounts("s3:PutBucketPolicy")
    assert works_across_accounts("kms:CreateGrant")
    assert not works_across_accounts("kms:ScheduleKeyDeletion")
