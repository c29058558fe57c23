"""A condition on a whole property of a bucket is read in all its branches, whichever property it is."""

from __future__ import annotations

import json

import pytest

from auditor.model import OF_BUCKET, Attachment
from auditor.render.parts.values import written
from tests.cloudformation.templates import declared

PROPERTIES = {
    "AccessControl": ("PublicRead", "Private"),
    "AccelerateConfiguration": ({"AccelerationStatus": "Enabled"}, {"AccelerationStatus": "Suspended"}),
    "BucketEncryption": tuple(
        {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": name}}]}
        for name in ("AES256", "aws:kms")
    ),
    "CorsConfiguration": tuple({"CorsRules": [{"AllowedMethods": [method], "AllowedOrigins": ["*"]}]} for method in ("GET", "PUT")),
    "IntelligentTieringConfigurations": tuple(
        [{"Id": "all", "Status": "Enabled", "Tierings": [{"AccessTier": "ARCHIVE_ACCESS", "Days": days}]}] for days in (90, 180)
    ),
    "LifecycleConfiguration": tuple(
        {"Rules": [{"Status": status, "Transitions": [{"StorageClass": "GLACIER", "TransitionInDays": 30}]}]}
        for status in ("Enabled", "Disabled")
    ),
    "ObjectLockConfiguration": tuple(
        {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": mode, "Days": 1}}}
        for mode in ("GOVERNANCE", "COMPLIANCE")
    ),
    "OwnershipControls": tuple({"Rules": [{"ObjectOwnership": name}]} for name in ("BucketOwnerEnforced", "ObjectWriter")),
    "PublicAccessBlockConfiguration": ({"RestrictPublicBuckets": True}, {"RestrictPublicBuckets": False}),
    "VersioningConfiguration": ({"Status": "Enabled"}, {"Status": "Suspended"}),
}


def attachments(name: str, value: object) -> tuple[Attachment, ...]:
    template = {
        "Parameters": {"P": {"Type": "String"}},
        "Conditions": {"C": {"Fn::Equals": [{"Ref": "P"}, "x"]}},
        "Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {name: value}}},
    }
    (root,) = declared({"template.json": json.dumps(template)})
    return root.attachments


def content(name: str, value: object) -> str:
    (attachment,) = attachments(name, value)
    return written(attachment.content)


@pytest.mark.parametrize("name", PROPERTIES)
def test_what_is_alike_in_both_branches_is_as_without_a_condition(name: str) -> None:
    one, _ = PROPERTIES[name]
    assert content(name, {"Fn::If": ["C", one, one]}) == content(name, one)


@pytest.mark.parametrize("name", PROPERTIES)
def test_each_branch_is_read(name: str) -> None:
    one, other = PROPERTIES[name]
    (attachment,) = attachments(name, {"Fn::If": ["C", one, other]})
    shown = written(attachment.content)
    assert "form that CloudFormation takes" not in str(attachment.content)
    assert 'P == "x"' in shown


@pytest.mark.parametrize("name", PROPERTIES)
def test_a_branch_without_a_value_is_not_written(name: str) -> None:
    one, _ = PROPERTIES[name]
    (attachment,) = attachments(name, {"Fn::If": ["C", one, {"Ref": "AWS::NoValue"}]})
    assert written(attachment.content) == content(name, one)
    assert [(symbol.name, truth) for symbol, truth in attachment.when.literals] == [('P == "x"', True)]


def test_every_kind_of_configuration_with_a_property_is_here() -> None:
    kinds = {attachment.kind for name, (one, _) in PROPERTIES.items() for attachment in attachments(name, one)}
    assert {kind.value for kind in OF_BUCKET} - {kind.value for kind in kinds} == {"bucket policy", "request payment"}
