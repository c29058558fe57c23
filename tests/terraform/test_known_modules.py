from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.foundation.border import border_of
from auditor.foundation.location import Location
from auditor.foundation.text import Texts
from auditor.foundation.value import ALWAYS, JsonText, Known, ListValue, MapValue, Value
from auditor.link import link
from auditor.model import Bucket, Declarations, KeyDeclaration, Kind
from auditor.sources.naming import name_of
from auditor.sources.options import SourceOptions
from auditor.sources.resource_types import TERRAFORM
from auditor.sources.terraform.aws.described_modules import completed, described_calls
from auditor.sources.terraform.modules.directory import Library
from auditor.sources.terraform.modules.module import Root
from auditor.sources.terraform.modules.registry_modules import DESCRIPTIONS, description_of, directory_of, release_of
from tests.terraform.trees import root

S3 = "terraform-aws-modules/s3-bucket/aws"
KMS = "terraform-aws-modules/kms/aws"
CLOUDPOSSE = "cloudposse/s3-bucket/aws"
LABEL = "cloudposse/label/null"


def read(tmp_path: Path, text: str, **modules: str) -> Declarations:
    """A root whose calls are of described modules: read as if the descriptions were installed."""
    (tmp_path / "main.tf").write_text(text)
    manifest = {"Modules": [{"Key": key, "Dir": directory_of(source, None)} for key, source in modules.items()]}
    (tmp_path / ".terraform/modules").mkdir(parents=True)
    (tmp_path / ".terraform/modules/modules.json").write_text(json.dumps(manifest))
    of = Root(str(tmp_path), SourceOptions(), Library(Texts(border=border_of((str(tmp_path),)))), TERRAFORM.attribute_of)
    found = completed(TERRAFORM.declarations(str(tmp_path), of.instances(TERRAFORM.wanted(roles=True))), described_calls(of))
    assert of.errors == ()
    return found


def only(found: Declarations) -> Bucket:
    (bucket,) = link([found])
    return bucket


def content(bucket: Bucket, kind: Kind) -> Value:
    (linked,) = bucket.slot(kind).linked
    assert linked.when == ALWAYS
    assert bucket.slot(kind).perhaps == ()
    return linked.attachment.content


def policy(bucket: Bucket) -> MapValue:
    found = content(bucket, Kind.POLICY)
    assert isinstance(found, JsonText)
    assert isinstance(found.content, MapValue)
    return found.content


def plain(value: Value) -> object:
    """A resolved value as Python data."""
    match value:
        case Known(scalar):
            return scalar
        case ListValue(items, _, None):
            return [plain(item) for item in items]
        case MapValue(entries, _, None):
            return {key: plain(entry) for key, entry in entries.items()}
    return name_of(value)


@pytest.mark.parametrize(
    ("source", "version", "name"),
    [
        (S3, None, "s3-bucket"),
        (f"registry.terraform.io/{S3}", "5.9.1", "s3-bucket"),
        (f"registry.opentofu.org/{S3}", ">= 3.0", "s3-bucket"),
        (S3, "~> 3.0", "s3-bucket"),
        (S3, "~> 3.15.1", "s3-bucket"),
        (S3, "~> 4", "s3-bucket"),
        (S3, ">= 4.1, < 5.0", "s3-bucket"),
        (S3, "3.9.0", "s3-bucket"),
        (S3, "3.8.2", None),
        (S3, "~> 3.8.0", None),
        (S3, "~> 2.0", None),
        (S3, "2.15.0", None),
        (S3, "< 3.0", None),
        (S3, "~> 6.0", None),
        (S3, "6.0.0", None),
        (S3, "newest", None),
        (f"{S3}//modules/notification", None, None),
        (KMS, "1.5.0", None),
        (KMS, "~> 2.2", "kms"),
        (CLOUDPOSSE, "4.0.1", "cloudposse-s3-bucket"),
        (CLOUDPOSSE, "3.1.0", None),
        (LABEL, "0.25.0", "cloudposse-label"),
        (LABEL, "0.24.1", None),
        ("git::https://github.com/cloudposse/terraform-null-label.git?ref=tags/0.25.0", None, "cloudposse-label"),
        ("github.com/terraform-aws-modules/terraform-aws-s3-bucket", None, "s3-bucket"),
        ("github.com/terraform-aws-modules/terraform-aws-s3-bucket?ref=v4.1.0", None, "s3-bucket"),
        ("git::https://github.com/terraform-aws-modules/terraform-aws-kms.git?ref=v3.1.0", None, "kms"),
        ("git::https://github.com/terraform-aws-modules/terraform-aws-kms.git?depth=1&ref=v3.1.0", None, "kms"),
        ("git::ssh://git@github.com/cloudposse/terraform-aws-s3-bucket.git?ref=tags/4.2.0", None, "cloudposse-s3-bucket"),
        ("git@github.com:terraform-aws-modules/terraform-aws-s3-bucket.git", None, "s3-bucket"),
        ("git::https://github.com/terraform-aws-modules/terraform-aws-s3-bucket.git?ref=v2.15.0", None, None),
        ("git::https://github.com/terraform-aws-modules/terraform-aws-s3-bucket.git?ref=8a0b697adfbc673e6135c702", None, None),
        ("git::https://github.com/terraform-aws-modules/terraform-aws-s3-bucket.git//modules/object?ref=v4.1.0", None, None),
        ("git::https://github.com/someone/terraform-aws-s3-bucket.git", None, None),
        ("./modules/s3", None, None),
        (None, None, None),
    ],
)
def test_which_calls_are_described(source: str | None, version: str | None, name: str | None) -> None:
    found = description_of(source, version)
    assert (Path(found.directory).name if found else None) == name


def test_every_description_is_there() -> None:
    for description in DESCRIPTIONS:
        assert {path.name for path in Path(description.directory).iterdir()} == {"main.tf", "variables.tf"}


CALLS = {
    "main.tf": """
        module "a" {
          source  = "terraform-aws-modules/s3-bucket/aws"
          ARGUMENTS
          attach_policy = true
          policy = jsonencode({ Statement = [{ Resource = "_S3_BUCKET_ARN_/*" }] })
        }
    """
}


@pytest.mark.parametrize(
    ("arguments", "replaced"),
    [
        ('version = "5.8.0"', [True]),
        ('version = "5.7.1"', [False]),
        ("", [True]),
        ('tags = {\n  version = "5.7.1"\n}', [True]),
        ('tags = {\n  version = "2.0.0"\n}\nversion = "5.7.1"', [False]),
        ('bucket = <<-E\n  version = "2.0.0"\nE', [True]),
        ("version = var.release", []),
    ],
)
def test_the_version_of_a_call(tmp_path: Path, arguments: str, replaced: list[bool]) -> None:
    files = {name: text.replace("ARGUMENTS", arguments) for name, text in CALLS.items()}
    assert [_has_placeholder(one) for one in _policies(root(tmp_path, files))] == [not one for one in replaced]


def test_the_version_of_a_call_in_json_or_overridden(tmp_path: Path) -> None:
    code = {"source": S3, "version": "5.7.1", "attach_policy": True, "policy": '{"Statement": [{"Resource": "_S3_BUCKET_ARN_/*"}]}'}
    (one,) = _policies(root(tmp_path / "json", {"main.tf.json": json.dumps({"module": {"a": code}})}))
    override = 'module "a" {\n  version = "5.7.1"\n}\n'
    files = {"main.tf": CALLS["main.tf"].replace("ARGUMENTS", 'version = "5.8.0"'), "main_override.tf": override}
    (other,) = _policies(root(tmp_path / "override", files))
    assert _has_placeholder(one)
    assert _has_placeholder(other)


def _policies(of: Root) -> list[Value]:
    found = completed(TERRAFORM.declarations(of.directory, of.instances(TERRAFORM.wanted(roles=True))), described_calls(of))
    return [one.content for one in found.attachments if one.kind is Kind.POLICY]


def _has_placeholder(content: Value) -> bool:
    return "_S3_BUCKET_ARN_" in name_of(content)


def test_a_bucket_with_everything(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """\
provider "aws" { region = "eu-west-1" }

data "aws_iam_policy_document" "v7" {
  statement {
    sid       = "V7"
    actions   = ["s3:GetObject"]
    resources = ["${module.bucket.s3_bucket_arn}/*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::258327614892:role/external_s3"]
    }
  }
}

module "bucket" {
  source = "terraform-aws-modules/s3-bucket/aws"

  bucket                                = "images"
  attach_policy                         = true
  policy                                = data.aws_iam_policy_document.v7.json
  attach_deny_insecure_transport_policy = true
  control_object_ownership              = true
  tags                                  = { team = "vision" }
  cors_rule = [{
    allowed_methods = ["GET", "PUT"]
    allowed_origins = ["https://darwin.v7labs.com"]
    allowed_headers = ["*"]
  }]
  server_side_encryption_configuration = {
    rule = {
      apply_server_side_encryption_by_default = { kms_master_key_id = "arn:aws:kms:eu-west-1:123456789012:key/k", sse_algorithm = "aws:kms" }
    }
  }
}
""",
        bucket=S3,
    )
    bucket = only(found)
    call = Location(str(tmp_path / "main.tf"), 15, 1, 15, 16)
    assert bucket.declaration.address == "module.bucket.aws_s3_bucket.this[0]"
    assert bucket.declaration.name == Known("images")
    assert bucket.declaration.region == Known("eu-west-1")
    assert bucket.declaration.location == call
    assert bucket.declaration.calls == ()
    assert plain(content(bucket, Kind.OWNERSHIP)) == "BucketOwnerEnforced"
    assert plain(content(bucket, Kind.CORS)) == [
        {"AllowedOrigins": ["https://darwin.v7labs.com"], "AllowedMethods": ["GET", "PUT"], "AllowedHeaders": ["*"]}
    ]
    assert plain(content(bucket, Kind.ENCRYPTION)) == {
        "SSEAlgorithm": "aws:kms",
        "KMSMasterKeyID": "arn:aws:kms:eu-west-1:123456789012:key/k",
    }
    assert set(plain(content(bucket, Kind.PUBLIC_ACCESS_BLOCK)).values()) == {True}  # type: ignore[attr-defined]
    assert plain(policy(bucket)) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "denyInsecureTransport",
                "Effect": "Deny",
                "Principal": "*",
                "Action": ["s3:*"],
                "Resource": ["arn:aws:s3:::images", "arn:aws:s3:::images/*"],
                "Condition": {"Bool": {"aws:SecureTransport": ["false"]}},
            },
            {
                "Sid": "V7",
                "Effect": "Allow",
                "Principal": {"AWS": ["arn:aws:iam::258327614892:role/external_s3"]},
                "Action": ["s3:GetObject"],
                "Resource": ["arn:aws:s3:::images/*"],
            },
        ],
    }
    statements = policy(bucket).entries["Statement"]
    assert isinstance(statements, ListValue)
    assert [item.location for item in statements.items] == [call, Location(str(tmp_path / "main.tf"), 4, 3, 4, 12)]


def test_nothing_is_located_in_a_description(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        'module "a" {\n  source = "cloudposse/s3-bucket/aws"\n  bucket_name = "b"\n  allow_ssl_requests_only = var.x\n}\n'
        'module "k" {\n  source = "terraform-aws-modules/kms/aws"\n  key_users = ["x"]\n  aliases = ["b"]\n}\nvariable "x" {}\n',
        a=CLOUDPOSSE,
        k=KMS,
    )
    assert "known_modules" not in repr(found)
    assert {one.location.line for one in (*found.buckets, *found.attachments)} == {1, 6}


def test_what_fails_in_a_description_names_no_file_of_the_tool(tmp_path: Path) -> None:
    grants = '{ a = { grantee_principal = "p", operations = ["Decrypt"], constraints = { encryption_context_equals = {} } } }'
    module = f'module "k" {{\n  source = "{KMS}"\n  key_statements = {{ a = {{}} }}\n  grants = {grants}\n}}\n'
    found = read(tmp_path, module, k=KMS)
    assert " in kms: " in repr(found)
    assert "known_modules" not in repr(found)


def test_the_least_that_is_written(tmp_path: Path) -> None:
    bucket = only(read(tmp_path, 'module "a" {\n  source = "terraform-aws-modules/s3-bucket/aws"\n}\n', a=S3))
    assert [kind for kind in Kind if bucket.slot(kind).linked] == [Kind.PUBLIC_ACCESS_BLOCK]
    assert name_of(bucket.declaration.name) == "module.a.aws_s3_bucket.this[0].bucket"


RULE = """{
  id = "cold"
  enabled = true
  filter = { prefix = "raw/" }
  filter_and = { prefix = "raw/" }
  transition = [{ days = 30, storage_class = "GLACIER" }]
  expiration = { days = 365 }
}"""
RETENTION = '{ mode = "GOVERNANCE", days = 7 }'
TIERING = "{ ARCHIVE_ACCESS = { days = 90 } }"
STORED = {
    Kind.VERSIONING: {"Status": "Enabled"},
    Kind.REQUEST_PAYMENT: {"Payer": "Requester"},
    Kind.OBJECT_LOCK: {"ObjectLockEnabled": "Enabled", "DefaultRetention": {"Mode": "GOVERNANCE", "Days": 7}},
    Kind.LIFECYCLE: [
        {
            "ID": "cold",
            "Status": "Enabled",
            "Filter": {"Prefix": "raw/"},
            "Transitions": [{"Days": 30, "StorageClass": "GLACIER"}],
            "Expiration": {"Days": 365},
        }
    ],
    Kind.INTELLIGENT_TIERING: [
        {"Id": "all", "Status": "Enabled", "Filter": {}, "Tierings": [{"AccessTier": "ARCHIVE_ACCESS", "Days": 90}]}
    ],
}


@pytest.mark.parametrize(
    ("source", "inputs"),
    [
        (
            S3,
            (
                f'versioning = {{ enabled = true }}\n request_payer = "Requester"\n lifecycle_rule = [{RULE}]\n object_lock_enabled = true\n'
                f"object_lock_configuration = {{ rule = {{ default_retention = {RETENTION} }} }}\n"
                f"intelligent_tiering = {{ all = {{ tiering = {TIERING} }} }}"
            ),
        ),
        (
            CLOUDPOSSE,
            (
                f's3_request_payment_configuration = {{ enabled = true, payer = "Requester" }}\n lifecycle_configuration_rules = [{RULE}]\n'
                'object_lock_configuration = { mode = "GOVERNANCE", days = 7, years = null }\n'
                'intelligent_tiering_configuration = [{ name = "all", tiering = [{ access_tier = "ARCHIVE_ACCESS", days = 90 }] }]'
            ),
        ),
    ],
)
def test_how_objects_are_stored(source: str, inputs: str, tmp_path: Path) -> None:
    bucket = only(read(tmp_path, f'module "a" {{\n  source = "{source}"\n  {inputs}\n}}\n', a=source))
    assert {kind: plain(content(bucket, kind)) for kind in STORED} == STORED


@pytest.mark.parametrize(
    ("release", "resources"),
    [
        ("5.7.1", ["_S3_BUCKET_ARN_/*", "arn:aws:s3:::_S3_BUCKET_ID_"]),
        ("5.8.0", ["arn:aws:s3:::images/*", "arn:aws:s3:::images"]),
        ("~> 5.0", ["arn:aws:s3:::images/*", "arn:aws:s3:::images"]),
    ],
)
def test_since_a_release_a_policy_may_have_placeholders(tmp_path: Path, release: str, resources: list[str]) -> None:
    bucket = only(
        read(
            tmp_path,
            f"""\
module "a" {{
  source        = "terraform-aws-modules/s3-bucket/aws"
  version       = "{release}"
  bucket        = "images"
  attach_policy = true
  policy        = jsonencode({{ Statement = [{{ Resource = ["_S3_BUCKET_ARN_/*", "arn:aws:s3:::_S3_BUCKET_ID_"] }}] }})
}}
""",
            a=S3,
        )
    )
    assert plain(policy(bucket)) == {"Version": "2012-10-17", "Statement": [{"Resource": resources}]}


ACCOUNT = "account of the aws provider"
BUCKET, OBJECTS = "arn:aws:s3:::logs", "arn:aws:s3:::logs/*"
OWNED = {"s3:x-amz-acl": ["bucket-owner-full-control"]}
DELIVERED = [
    (
        "elb_log_delivery_policy",
        "",
        [
            ("ELBRegionEu-West-1", {"AWS": ["arn:aws:iam::156460612806:root"]}, "s3:PutObject", OBJECTS, None),
            ("", {"Service": ["logdelivery.elasticloadbalancing.amazonaws.com"]}, "s3:PutObject", OBJECTS, None),
        ],
    ),
    (
        "lb_log_delivery_policy",
        'lb_log_delivery_policy_source_organizations = ["o-1"]',
        [
            (
                "AlbNlbLogDeliveryWrite",
                {"Service": ["delivery.logs.amazonaws.com"]},
                "s3:PutObject",
                OBJECTS,
                {"StringEquals": OWNED | {"aws:ResourceOrgID": ["o-1"]}},
            ),
            (
                "AlbNlbLogDeliveryAclCheck",
                {"Service": ["delivery.logs.amazonaws.com"]},
                ["s3:GetBucketAcl", "s3:ListBucket"],
                BUCKET,
                {"StringEquals": {"aws:ResourceOrgID": ["o-1"]}},
            ),
        ],
    ),
    (
        "access_log_delivery_policy",
        'access_log_delivery_policy_source_accounts = ["123456789012"]',
        [
            (
                "AWSAccessLogDeliveryWrite",
                {"Service": ["logging.s3.amazonaws.com"]},
                "s3:PutObject",
                OBJECTS,
                {"ForAnyValue:StringEquals": {"aws:SourceAccount": ["123456789012"]}},
            ),
            ("AWSAccessLogDeliveryAclCheck", {"Service": ["logging.s3.amazonaws.com"]}, "s3:GetBucketAcl", BUCKET, None),
        ],
    ),
    (
        "cloudtrail_log_delivery_policy",
        "",
        [
            ("AWSCloudTrailAclCheck", {"Service": ["cloudtrail.amazonaws.com"]}, "s3:GetBucketAcl", BUCKET, None),
            (
                "AWSCloudTrailWrite",
                {"Service": ["cloudtrail.amazonaws.com"]},
                "s3:PutObject",
                "arn:aws:s3:::logs/AWSLogs/*",
                {"StringEquals": OWNED},
            ),
        ],
    ),
    (
        "inventory_destination_policy",
        'inventory_self_source_destination = true\n analytics_source_bucket_arn = "a"\n analytics_source_account_id = "1"',
        [
            (
                "destinationInventoryAndAnalyticsPolicy",
                {"Service": ["s3.amazonaws.com"]},
                "s3:PutObject",
                OBJECTS,
                {"ArnLike": {"aws:SourceArn": [BUCKET, "a"]}, "StringEquals": {"aws:SourceAccount": [ACCOUNT, "1"]} | OWNED},
            ),
        ],
    ),
]


@pytest.mark.parametrize(("attached", "inputs", "statements"), DELIVERED)
def test_what_lets_a_service_deliver(tmp_path: Path, attached: str, inputs: str, statements: list[tuple[Any, ...]]) -> None:
    provider = 'provider "aws" {\n  region = "eu-west-1"\n}\n'
    call = f'module "a" {{\n  source = "{S3}"\n  bucket = "logs"\n  attach_{attached} = true\n  {inputs}\n}}\n'
    read_as = plain(policy(only(read(tmp_path, provider + call, a=S3))))
    parts = ("Sid", "Principal", "Action", "Resource", "Condition")
    assert read_as["Statement"] == [  # type: ignore[index]
        {"Effect": "Allow"}
        | {
            name: [part] if name in ("Action", "Resource") and isinstance(part, str) else part
            for name, part in zip(parts, one, strict=True)
            if part
        }
        for one in statements
    ]


@pytest.mark.parametrize(
    ("release", "inputs", "found"),
    [
        ("5.15.1", "attach_analytics_destination_policy = true", None),
        ("5.15.2", "attach_analytics_destination_policy = true", "destinationInventoryAndAnalyticsPolicy"),
        ("5.9.0", "attach_waf_log_delivery_policy = true", '"arn:aws:logs:cn-north-1:${account of the aws provider}:*"'),
        ("5.15.2", "attach_waf_log_delivery_policy = true", '"arn:aws-cn:logs:cn-north-1:${account of the aws provider}:*"'),
        ("5.15.3", "attach_waf_log_delivery_policy = true", '"arn:aws-cn:logs:*:${account of the aws provider}:*"'),
    ],
)
def test_what_a_release_attaches(tmp_path: Path, release: str, inputs: str, found: str | None) -> None:
    call = f'module "a" {{\n  source = "{S3}"\n  version = "{release}"\n  {inputs}\n}}\n'
    bucket = only(read(tmp_path, f'provider "aws" {{\n  region = "cn-north-1"\n}}\n{call}', a=S3))
    attached = bucket.slot(Kind.POLICY).linked
    assert bool(attached) is (found is not None)
    assert found is None or found in str(plain(policy(bucket)))


def test_an_input_that_is_not_described_leaves_everything_open(tmp_path: Path) -> None:
    bucket = only(
        read(
            tmp_path,
            'module "a" {\n  source = "terraform-aws-modules/s3-bucket/aws"\n  bucket = "b"\n  brand_new = true\n}\n',
            a=S3,
        )
    )
    slot = bucket.slot(Kind.PUBLIC_ACCESS_BLOCK)
    assert [symbol.reason for linked in slot.linked for symbol in linked.when.symbols()] == [
        f"what brand_new does in {S3} is not described"
    ]
    for kind in (Kind.POLICY, Kind.CORS, Kind.OWNERSHIP, Kind.ENCRYPTION):
        assert [symbol.name for symbol in bucket.slot(kind).perhaps] == ["module.a with brand_new"]


def test_a_key(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """\
module "k" {
  source             = "terraform-aws-modules/kms/aws"
  aliases            = ["images"]
  key_users          = ["arn:aws:iam::258327614892:role/external_s3"]
  key_service_users  = []
}
resource "aws_s3_bucket" "a" { bucket = "images" }
resource "aws_s3_bucket_server_side_encryption_configuration" "a" {
  bucket = aws_s3_bucket.a.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = module.k.key_arn
    }
  }
}
""",
        k=KMS,
    )
    (key,) = only(found).estate.keys
    assert key.declaration.address == "module.k.aws_kms_key.this[0]"
    (linked,) = key.policy.linked
    assert isinstance(linked.attachment.content, JsonText)
    account = "${account of the aws provider}"
    assert plain(linked.attachment.content.content) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Default",
                "Effect": "Allow",
                "Principal": {"AWS": [f'"arn:aws:iam::{account}:root"']},
                "Action": ["kms:*"],
                "Resource": ["*"],
            },
            {
                "Sid": "KeyUsage",
                "Effect": "Allow",
                "Principal": {"AWS": ["arn:aws:iam::258327614892:role/external_s3"]},
                "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
                "Resource": ["*"],
            },
        ],
    }
    encryption = content(only(found), Kind.ENCRYPTION)
    assert isinstance(encryption, MapValue)
    assert getattr(encryption.entries["KMSMasterKeyID"], "origin", None) == "module.k.aws_kms_key.this[0]"
    (alias,) = found.aliases
    assert alias.name == Known("alias/images")


@pytest.mark.parametrize(
    ("version", "argument", "limited"),
    [
        ("4.0.0", "condition", True),
        ("4.0.0", "conditions", False),
        ("3.1.1", "condition", False),
        ("~> 2.0", "conditions", True),
        (">= 2.0, < 4.0", "conditions", True),
        (">= 2.0", "condition", True),
    ],
)
def test_each_release_reads_the_conditions_under_its_own_name(tmp_path: Path, version: str, argument: str, limited: bool) -> None:
    text = """\
module "k" {
  source  = "terraform-aws-modules/kms/aws"
  version = "%s"
  enable_default_policy = false
  key_statements = [{
    actions   = ["kms:Decrypt"]
    resources = ["*"]
    %s = [{ test = "Bool", variable = "v", values = ["true"] }]
  }]
}
"""
    (attachment,) = read(tmp_path, text % (version, argument), k=KMS).attachments
    assert isinstance(attachment.content, JsonText)
    assert ('"Condition" = {"Bool" = {"v" = ["true"]}}' in name_of(attachment.content)) is limited
    assert ("Condition" in name_of(attachment.content)) is limited


@pytest.mark.parametrize(
    ("inputs", "stated"),
    [
        ("", {}),
        ("is_enabled = false", {"state": "Disabled"}),
        ('customer_master_key_spec = "RSA_2048"', {"spec": "RSA_2048"}),
        ('key_usage = "SIGN_VERIFY"', {"usage": "SIGN_VERIFY"}),
        ("multi_region = true", {"multi_region": True}),
        ('custom_key_store_id = "cks-1"', {"origin": None}),
        ("create_external = true", {"origin": "EXTERNAL", "state": "the key material of module.k.aws_kms_external_key.this[0]"}),
        ('create_external = true\n key_material_base64 = "YQ=="', {"origin": "EXTERNAL"}),
        ('create_external = true\n key_material_base64 = "YQ=="\n is_enabled = false', {"origin": "EXTERNAL", "state": "Disabled"}),
        (
            'create_external = true\n key_material_base64 = "YQ=="\n key_spec = "HMAC_256"',
            {"origin": "EXTERNAL", "spec": "HMAC_256"},
        ),
        (
            "create_replica = true\n is_enabled = false",
            {"origin": None, "state": "Disabled", "multi_region": True, "multi_region_type": "REPLICA"},
        ),
    ],
)
def test_what_a_key_is(tmp_path: Path, inputs: str, stated: dict[str, object]) -> None:
    def fields_of(key: KeyDeclaration) -> dict[str, object]:
        return {
            name: plain(getattr(key, name)) for name in ("state", "spec", "usage", "origin", "multi_region", "multi_region_type")
        }

    def described(inputs: str, place: Path) -> dict[str, object]:
        place.mkdir()
        (key,) = read(place, f'module "k" {{\n  source = "{KMS}"\n  {inputs}\n}}\n', k=KMS).keys
        return fields_of(key)

    assert described(inputs, tmp_path / "a") == described("", tmp_path / "b") | stated


def test_a_key_elsewhere(tmp_path: Path) -> None:
    inputs = 'region = "cn-north-1"\n aliases = ["images"]\n bypass_policy_lockout_safety_check = true'
    provider = 'provider "aws" {\n  region = "cn-northwest-1"\n}\n'
    found = read(tmp_path, f'{provider}module "k" {{\n  source = "{KMS}"\n  {inputs}\n}}\n', k=KMS)
    assert [one.region for one in found.keys] == [one.region for one in found.aliases] == [Known("cn-north-1")]
    (attachment,) = found.attachments
    assert attachment.unchecked == Known(True)
    assert '{"AWS" = ["arn:aws-cn:iam::${account of the aws provider}:root"]}' in name_of(attachment.content)


@pytest.mark.parametrize(
    ("version", "constraints", "read_as"),
    [
        ("4.0.0", '[{ encryption_context_equals = { a = "b" } }]', {"EncryptionContextEquals": {"a": "b"}}),
        ("4.0.0", "[]", None),
        ("4.0.0", "null", None),
        ("4.0.0", '{ encryption_context_equals = { a = "b" } }', "refused"),
        ("3.1.1", '{ encryption_context_subset = { a = "b" } }', {"EncryptionContextSubset": {"a": "b"}}),
        ("3.1.1", "{}", None),
    ],
)
def test_each_release_reads_the_constraints_of_a_grant_in_its_own_form(
    tmp_path: Path, version: str, constraints: str, read_as: object
) -> None:
    grant = f'grantee_principal = "p", operations = ["Decrypt"], constraints = {constraints}'
    module = f'module "k" {{\n  source = "{KMS}"\n  version = "{version}"\n  grants = {{ a = {{ {grant} }} }}\n}}\n'
    (found,) = read(tmp_path, module, k=KMS).grants
    assert ("refused" if "failure" in name_of(found.constraints) else plain(found.constraints)) == read_as


@pytest.mark.parametrize(
    ("source", "version", "release"),
    [
        (KMS, None, 49999),
        (KMS, ">= 1.0", 49999),
        (KMS, "<= 3.5, != 3.1", 30500),
        (KMS, "< 4.0.0", 39999),
        (KMS, "< 4.1.0", 40099),
        (KMS, "< 4.1.1", 40100),
        (KMS, "~> 2", 49999),
        (KMS, "~> 2.1", 29999),
        (KMS, "~> 2.1.0", 20199),
        (KMS, ">= 2.0, ~> 3.1, < 3.2", 30199),
        (KMS, "2.2.1", 20201),
        (KMS, "1.0.0", None),
        ("git::https://github.com/terraform-aws-modules/terraform-aws-kms.git?ref=v3.1.1", None, 30101),
        ("github.com/terraform-aws-modules/terraform-aws-kms", None, 49999),
        ("./modules/kms", None, None),
    ],
)
def test_the_release_that_a_call_means(source: str, version: str | None, release: int | None) -> None:
    assert release_of(source, version) == release


def test_cloudposse(tmp_path: Path) -> None:
    bucket = only(
        read(
            tmp_path,
            """\
module "a" {
  source              = "cloudposse/s3-bucket/aws"
  bucket_name         = "images"
  s3_object_ownership = "BucketOwnerEnforced"
  privileged_principal_actions = ["s3:GetObject"]
  privileged_principal_arns    = [{ "arn:aws:iam::258327614892:role/external_s3" = [""] }]
}
""",
            a=CLOUDPOSSE,
        )
    )
    assert bucket.declaration.name == Known("images")
    assert plain(content(bucket, Kind.OWNERSHIP)) == "BucketOwnerEnforced"
    assert plain(content(bucket, Kind.ENCRYPTION)) == {"SSEAlgorithm": "AES256", "BucketKeyEnabled": False}
    assert bucket.slot(Kind.ACL).linked == ()
    assert plain(policy(bucket)) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "AllowPrivilegedPrincipal[0]",
                "Effect": "Allow",
                "Principal": {"AWS": ["arn:aws:iam::258327614892:role/external_s3"]},
                "Action": ["s3:GetObject"],
                "Resource": ["arn:aws:s3:::images", "arn:aws:s3:::images/*"],
            }
        ],
    }


COLD = '{ storage_class = "GLACIER"'


@pytest.mark.parametrize(
    ("inputs", "kind", "stored"),
    [
        ("s3_object_ownership = null", Kind.OWNERSHIP, "ObjectWriter"),
        ("versioning_enabled = null", Kind.VERSIONING, {"Status": "Enabled"}),
        (
            f'lifecycle_configuration_rules = [{{ id = "a", transition = [{COLD} }}, {COLD}, days = 1 }}] }}]',
            Kind.LIFECYCLE,
            [{"ID": "a", "Status": "Enabled", "Filter": {}, "Transitions": [{"Days": 1, "StorageClass": "GLACIER"}]}],
        ),
        (
            'cors_configuration = [{ allowed_methods = ["GET"], allowed_origins = ["*"] }, { allowed_methods = ["PUT"] }]',
            Kind.CORS,
            [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}, {"AllowedMethods": ["PUT"]}],
        ),
    ],
)
def test_inputs_of_cloudposse_have_their_types_and_defaults(tmp_path: Path, inputs: str, kind: Kind, stored: object) -> None:
    code = f'module "a" {{\n  source = "{CLOUDPOSSE}"\n  bucket_name = "b"\n  {inputs}\n}}\n'
    assert plain(content(only(read(tmp_path, code, a=CLOUDPOSSE)), kind)) == stored


def test_cloudposse_names_the_bucket_in_its_partition(tmp_path: Path) -> None:
    code = f'module "a" {{\n  source = "{CLOUDPOSSE}"\n  bucket_name = "b"\n  allow_ssl_requests_only = true\n}}\n'
    bucket = only(read(tmp_path, f'provider "aws" {{\n  region = "cn-north-1"\n}}\n{code}', a=CLOUDPOSSE))
    assert "'Resource': ['arn:aws-cn:s3:::b', 'arn:aws-cn:s3:::b/*']" in str(plain(policy(bucket)))


def test_what_is_encoded_for_terragrunt_is_read(tmp_path: Path) -> None:
    rules = '[{ allowed_methods = ["GET"], allowed_origins = ["*"] }]'

    def cors(given: str, place: Path) -> Value:
        place.mkdir()
        module = f'module "a" {{\n  source = "{S3}"\n  cors_rule = {given}\n}}\n'
        return content(only(read(place, module, a=S3)), Kind.CORS)

    assert plain(cors(f"jsonencode({rules})", tmp_path / "a")) == plain(cors(rules, tmp_path / "b"))


LABELS = """\
variable "env" {}
module "label" {
  source     = "cloudposse/label/null"
  namespace  = "eg"
  stage      = "Prod"
  name       = "app images"
  attributes = ["public"]
}
module "this" {
  source  = "cloudposse/label/null"
  context = module.label.context
  INPUTS
}
resource "aws_s3_bucket" "a" {
  count  = module.this.enabled ? 1 : 0
  bucket = module.this.id
}
"""


LABELED = [
    ("", [Known("eg-prod-appimages-public")]),
    ('name = "logs"\nattributes = ["x", "public"]', [Known("eg-prod-logs-public-x")]),
    ('label_order = ["name", "stage"]\ndelimiter = "_"', [Known("appimages_prod")]),
    ('label_value_case = "none"\nregex_replace_chars = "/ /"', [Known("eg-Prod-appimages-public")]),
    ("id_length_limit = 12", [Known("eg-pro-11b6f")]),
    ("enabled = false", []),
]
"""Inputs of a label, with the names that the released module makes of them."""


@pytest.mark.parametrize(("inputs", "names"), LABELED)
def test_a_label_names_what_it_is_asked_to(tmp_path: Path, inputs: str, names: list[Known]) -> None:
    found = read(tmp_path, LABELS.replace("INPUTS", inputs), label=LABEL, this=LABEL)
    assert [bucket.name for bucket in found.buckets] == names


@pytest.mark.parametrize(("inputs", "names"), LABELED)
def test_a_bucket_without_a_name_has_that_of_the_label(tmp_path: Path, inputs: str, names: list[Known]) -> None:
    module = 'module "b" {\n  source  = "cloudposse/s3-bucket/aws"\n  context = module.label.context\n' + inputs + "\n}\n"
    found = read(tmp_path, LABELS.partition('module "this"')[0] + module, label=LABEL, b=CLOUDPOSSE)
    assert [bucket.name for bucket in found.buckets] == names


def test_what_a_label_is_given_unresolved_stays_unresolved_in_its_name_alone(tmp_path: Path) -> None:
    found = read(tmp_path, LABELS.replace("INPUTS", "name = var.env"), label=LABEL, this=LABEL)
    (bucket,) = found.buckets
    assert (bucket.address, bucket.when, isinstance(bucket.name, Known)) == ("aws_s3_bucket.a[0]", ALWAYS, False)


def test_what_a_description_says_stands_at_the_call(tmp_path: Path) -> None:
    found = read(tmp_path, LABELS.replace("INPUTS", ""), label=LABEL, this=LABEL)
    (bucket,) = found.buckets
    assert bucket.name.location is not None
    assert (Path(bucket.name.location.path).name, bucket.name.location.line) == ("main.tf", 9)
    assert bucket.name.location.path.startswith(str(tmp_path))


WITHIN = """
module "bucket" {
  source                   = "terraform-aws-modules/s3-bucket/aws"
  version                  = "~> 5.0"
  bucket                   = "acme-images"
  attach_policy            = true
  policy                   = data.aws_iam_policy_document.read.json
  something_undescribed    = true
}
module "key" {
  source  = "terraform-aws-modules/kms/aws"
  version = "~> 4.0"
  aliases = ["images"]
}
module "label" {
  source    = "cloudposse/label/null"
  version   = "0.25.0"
  namespace = "acme"
  name      = "logs"
}
data "aws_iam_policy_document" "read" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["${module.bucket.s3_bucket_arn}/*"]
    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
  }
}
resource "aws_s3_bucket" "logs" {
  bucket = module.label.id
}
resource "aws_s3_bucket_server_side_encryption_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = module.key.key_arn
    }
  }
}
resource "aws_s3_bucket_notification" "images" {
  bucket = module.bucket.s3_bucket_id
}
resource "aws_s3_bucket_policy" "logs" {
  bucket = aws_s3_bucket.logs.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "s3:*", Resource = module.bucket.s3_bucket_arn, Sid = module.bucket.no_such_output }] })
}
"""


def _places(part: Any) -> Iterator[str]:
    """The files of all places in something."""
    if isinstance(part, Location):
        yield part.path
    elif isinstance(part, tuple | frozenset):
        yield from (path for one in part for path in _places(one))
    elif isinstance(part, dict):
        yield from (path for one in part.values() for path in _places(one))
    elif is_dataclass(part):
        yield from (path for one in fields(part) for path in _places(getattr(part, one.name)))


def test_nothing_is_placed_in_a_description(tmp_path: Path) -> None:
    found = read(tmp_path, WITHIN, bucket=S3, key=KMS, label=LABEL)
    assert {one.address.partition(".aws")[0] for one in (*found.buckets, *found.keys)} == {
        "aws_s3_bucket.logs", "module.bucket", "module.key"
    }  # fmt: skip
    assert set(_places(found)) == {str(tmp_path / "main.tf")}


@pytest.mark.property
@given(
    st.sampled_from(
        [known for one in DESCRIPTIONS for known in (one.registry, f"github.com/{one.repository}", f"{one.registry}//x")]
    )
    | st.text("ab/.:?=-", max_size=20),
    st.sampled_from(["1.2.3", "~> 3.0", ">= 4, < 5", "newest", "6.0.0", "0.25.0", ""]),
)
def test_what_is_described_of_no_release_is_not_described_of_one(source: str, version: str) -> None:
    if directory_of(source, version) is not None:
        assert directory_of(source, None) is not None
