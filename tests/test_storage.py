"""Settings of storage in every language that writes them: Terraform beside and inside the bucket, CloudFormation, awscc, live documents.

What each of them says of one configuration is one content.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from auditor.foundation.text import Texts
from auditor.link import link
from auditor.model import Bucket, Kind
from auditor.render.buckets import render
from auditor.render.parts.options import RenderOptions
from auditor.render.parts.values import written
from auditor.sources.options import SourceOptions
from auditor.sources.read import read
from tests.terraform.test_plan import plan, resource

BUCKET = 'resource "aws_s3_bucket" "images" {\n  bucket = "acme-images"\nINSIDE}\n'
POLICY = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-images/*"}}
TAGGED = "{Prefix: raw/, Tags: {Key: cold, Value: yes}}"

# By kind: the content; beside the bucket (type and arguments), inside it, the property of CloudFormation, and what the command prints.
SETTINGS: dict[Kind, tuple[str, tuple[str, str], str, dict[str, Any], dict[str, Any]]] = {
    Kind.ACCELERATION: (
        "{AccelerationStatus: Enabled}",
        ("accelerate_configuration", 'status = "Enabled"'),
        'acceleration_status = "Enabled"',
        {"AccelerateConfiguration": {"AccelerationStatus": "Enabled"}},
        {"AccelerateConfiguration": {"Status": "Enabled"}},
    ),
    Kind.VERSIONING: (
        "{Status: Enabled}",
        ("versioning", 'versioning_configuration { status = "Enabled" }'),
        "versioning { enabled = true }",
        {"VersioningConfiguration": {"Status": "Enabled"}},
        {"VersioningConfiguration": {"Status": "Enabled"}},
    ),
    Kind.REQUEST_PAYMENT: (
        "{Payer: Requester}",
        ("request_payment_configuration", 'payer = "Requester"'),
        'request_payer = "Requester"',
        {},
        {"Payer": "Requester"},
    ),
    Kind.OBJECT_LOCK: (
        "{ObjectLockEnabled: Enabled, DefaultRetention: {Mode: GOVERNANCE, Days: 7}}",
        ("object_lock_configuration", 'rule {\n default_retention {\n mode = "GOVERNANCE"\n days = 7\n }\n }'),
        'object_lock_configuration {\n object_lock_enabled = "Enabled"\n rule {\n default_retention {\n mode = "GOVERNANCE"\n days = 7\n }\n }\n }',
        {
            "ObjectLockConfiguration": {
                "ObjectLockEnabled": "Enabled",
                "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 7}},
            }
        },
        {
            "ObjectLockConfiguration": {
                "ObjectLockEnabled": "Enabled",
                "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 7}},
            }
        },
    ),
    Kind.LIFECYCLE: (
        f"{{ID: a, Status: Enabled, Filter: {TAGGED}, Transitions: {{Days: 30, StorageClass: GLACIER}}, Expiration: {{Days: 365}}}}",
        (
            "lifecycle_configuration",
            'rule {\n id = "a"\n status = "Enabled"\n filter {\n and {\n prefix = "raw/"\n tags = { cold = "yes" }\n }\n }\ntransition {\n days = 30\n storage_class = "GLACIER"\n }\n expiration { days = 365 }\n }',
        ),
        'lifecycle_rule {\n id = "a"\n enabled = true\n prefix = "raw/"\n tags = { cold = "yes" }\ntransition {\n days = 30\n storage_class = "GLACIER"\n }\n expiration { days = 365 }\n }',
        {
            "LifecycleConfiguration": {
                "Rules": [
                    {
                        "Id": "a",
                        "Status": "Enabled",
                        "Prefix": "raw/",
                        "TagFilters": [{"Key": "cold", "Value": "yes"}],
                        "Transitions": [{"TransitionInDays": 30, "StorageClass": "GLACIER"}],
                        "ExpirationInDays": 365,
                    }
                ]
            }
        },
        {
            "TransitionDefaultMinimumObjectSize": "all_storage_classes_128K",
            "Rules": [
                {
                    "ID": "a",
                    "Status": "Enabled",
                    "Filter": {"And": {"Prefix": "raw/", "Tags": [{"Key": "cold", "Value": "yes"}]}},
                    "Transitions": [{"Days": 30, "StorageClass": "GLACIER"}],
                    "Expiration": {"Days": 365},
                }
            ],
        },
    ),
    Kind.INTELLIGENT_TIERING: (
        "{Id: a, Status: Enabled, Filter: {Prefix: raw/}, Tierings: {AccessTier: ARCHIVE_ACCESS, Days: 90}}",
        (
            "intelligent_tiering_configuration",
            'name = "a"\n filter { prefix = "raw/" }\n tiering {\n access_tier = "ARCHIVE_ACCESS"\n days = 90\n }',
        ),
        "",
        {
            "IntelligentTieringConfigurations": [
                {"Id": "a", "Status": "Enabled", "Prefix": "raw/", "Tierings": [{"AccessTier": "ARCHIVE_ACCESS", "Days": 90}]}
            ]
        },
        {
            "IsTruncated": False,
            "IntelligentTieringConfigurationList": [
                {
                    "Id": "a",
                    "Status": "Enabled",
                    "Filter": {"Prefix": "raw/"},
                    "Tierings": [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"}],
                }
            ],
        },
    ),
}
KINDS = [pytest.param(kind, id=kind.name) for kind in SETTINGS]


def read_bucket(directory: Path) -> Bucket:
    roots, errors = read((str(directory),), SourceOptions(), Texts())
    assert errors == []
    (bucket,) = link(roots)
    return bucket


def said(directory: Path, kind: Kind) -> list[str]:
    """What is configured of a kind, the entries of each map in the order of the alphabet."""
    return [in_order(written(one.attachment.content)) for one in read_bucket(directory).slot(kind).linked]


def in_order(text: str) -> str:
    return " ".join(sorted(text.replace("{", "{ ").replace("}", " }").replace(",", "").split()))


def only(text: str) -> list[str]:
    return [in_order(text)] if text else []


@pytest.mark.parametrize("kind", KINDS)
def test_terraform_beside_the_bucket(kind: Kind, tmp_path: Path) -> None:
    content, (name, arguments), *_ = SETTINGS[kind]
    beside = f'resource "aws_s3_bucket_{name}" "images" {{\n  bucket = aws_s3_bucket.images.id\n  {arguments}\n}}\n'
    (tmp_path / "main.tf").write_text(BUCKET.replace("INSIDE", "") + beside)
    assert said(tmp_path, kind) == only(content)


@pytest.mark.parametrize("kind", KINDS)
def test_terraform_inside_the_bucket(kind: Kind, tmp_path: Path) -> None:
    content, _, inside, *_ = SETTINGS[kind]
    (tmp_path / "main.tf").write_text(BUCKET.replace("INSIDE", f"{inside}\n"))
    assert said(tmp_path, kind) == only(content if inside else "")


@pytest.mark.parametrize("kind", KINDS)
def test_cloudformation(kind: Kind, tmp_path: Path) -> None:
    content, _, _, properties, _ = SETTINGS[kind]
    template = {"Resources": {"Images": {"Type": "AWS::S3::Bucket", "Properties": properties}}}
    (tmp_path / "template.yaml").write_text(yaml.safe_dump(template))
    assert said(tmp_path, kind) == only(content if properties else "")


@pytest.mark.parametrize("kind", KINDS)
def test_a_document_of_the_live_bucket(kind: Kind, tmp_path: Path) -> None:
    content, *_, printed = SETTINGS[kind]
    (tmp_path / "policy.json").write_text(json.dumps(POLICY))
    (tmp_path / "setting.json").write_text(json.dumps(printed))
    assert said(tmp_path, kind) == only(content)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_written_is_not_there(kind: Kind, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(BUCKET.replace("INSIDE", ""))
    assert said(tmp_path, kind) == []


def test_a_plan_shows_what_the_provider_read_back_only_where_it_is_configured(tmp_path: Path) -> None:
    rule = {
        "id": "a",
        "enabled": True,
        "prefix": "",
        "tags": {},
        "transition": [{"days": 30, "date": "", "storage_class": "GLACIER"}],
    }
    values = {
        "bucket": "acme-images",
        "id": "acme-images",
        "acceleration_status": "",
        "lifecycle_rule": [rule],
        "object_lock_configuration": [],
        "object_lock_enabled": False,
        "request_payer": "BucketOwner",
        "versioning": [{"enabled": False, "mfa_delete": False}],
    }
    images = resource("aws_s3_bucket.images", values, {}, {"bucket": {}})
    images["change"]["change"] |= {"actions": ["no-op"], "before": values}
    (tmp_path / "plan.json").write_text(json.dumps(plan(images)))
    (bucket,) = link(read((str(tmp_path / "plan.json"),), SourceOptions(), Texts())[0])
    assert {kind.name: [written(one.attachment.content) for one in bucket.slot(kind).linked] for kind in SETTINGS} == {
        "ACCELERATION": [],
        "VERSIONING": [],
        "REQUEST_PAYMENT": [],
        "OBJECT_LOCK": [],
        "LIFECYCLE": ["{ID: a, Status: Enabled, Filter: {}, Transitions: {Days: 30, StorageClass: GLACIER}}"],
        "INTELLIGENT_TIERING": [],
    }


def test_a_missing_document_names_the_command_that_can_be_told_from_others(tmp_path: Path) -> None:
    (tmp_path / "policy.json").write_text(json.dumps(POLICY))
    (symbol,) = read_bucket(tmp_path).slot(Kind.VERSIONING).perhaps
    assert (symbol.reason, symbol.hint) == (
        "no document holds the versioning of acme-images",
        "save what 'aws s3api get-bucket-versioning --query \"{VersioningConfiguration: @}\" --bucket acme-images' prints beside the others",
    )


def test_lifecycle_rules_alone_make_no_bucket_of_a_directory(tmp_path: Path) -> None:
    path = tmp_path / "lifecycle.json"
    path.write_text(json.dumps(SETTINGS[Kind.LIFECYCLE][4]))
    assert read((str(tmp_path),), SourceOptions(), Texts())[0] == ()
    assert [bucket.address for bucket in link(read((str(path),), SourceOptions(), Texts())[0])] == [f"the bucket of {path}"]


def test_a_bucket_has_several_intelligent_tiering_configurations(tmp_path: Path) -> None:
    one = 'resource "aws_s3_bucket_intelligent_tiering_configuration" "NAME" {\n  bucket = aws_s3_bucket.images.id\n  name = "NAME"\n}\n'
    (tmp_path / "main.tf").write_text(BUCKET.replace("INSIDE", "") + one.replace("NAME", "a") + one.replace("NAME", "b"))
    linked = read_bucket(tmp_path).slot(Kind.INTELLIGENT_TIERING).linked
    assert [(one.attachment.address.rpartition(".")[2], one.when.literals) for one in linked] == [
        ("a", frozenset()),
        ("b", frozenset()),
    ]


def test_inspect_shows_each_rule_on_a_line_of_its_own(tmp_path: Path) -> None:
    rules = 'rule {\n id = "a"\n status = "Enabled"\n expiration { days = 1 }\n }\n rule {\n id = "b"\n status = var.b\n }'
    beside = f'resource "aws_s3_bucket_lifecycle_configuration" "images" {{\n  bucket = aws_s3_bucket.images.id\n  {rules}\n}}\n'
    (tmp_path / "main.tf").write_text(BUCKET.replace("INSIDE", "") + beside + 'variable "b" {}\n')
    shown = render([read_bucket(tmp_path)], (), RenderOptions(width=120))
    assert [line.strip() for line in shown.splitlines() if line.strip().startswith("ID")] == [
        "ID a, Status Enabled, Expiration {Days: 1}",
        "ID b, Status ${var.b}",
    ]
