"""Who a contract can be for: services, whole accounts, several principals; and what is known of their requests."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from auditor.contract.load import load
from auditor.foundation.text import Texts
from auditor.pipeline import Request, audit
from tests.asked import ask

TRAIL = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main"
ROLE = "arn:aws:iam::258327614892:role/reader"
BUCKET = "arn:aws:s3:::acme-logs"
ENFORCED = {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}}


def allow(who: Mapping[str, Any], action: str, resource: str, **condition: Any) -> dict[str, Any]:
    statement = {"Sid": action.partition(":")[2], "Effect": "Allow", "Principal": who, "Action": action, "Resource": resource}
    return {**statement, **({"Condition": condition} if condition else {})}


def verdicts(
    at: Path, contract: str, statements: Sequence[Mapping[str, Any]], *options: str, **properties: Any
) -> dict[str, tuple[str, str]]:
    resources = {
        "Logs": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "acme-logs", **ENFORCED, **properties}},
        "Policy": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {"Bucket": {"Ref": "Logs"}, "PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)}},
        },
    }
    files = {"template.json": json.dumps({"Resources": resources}), "contracts/own.yaml": contract}
    return ask(at, files, "--contract", "contracts/own.yaml", *options).of("Logs")


SERVICE = """\
id: own
title: CloudTrail
parameters:
  trail: {description: The ARN of the trail., default: ""}
principal:
  arn: cloudtrail.amazonaws.com
  requests: {aws:SourceArn: "${trail}"}
needs:
  - {id: s3:GetBucketAcl, why: It checks who owns the bucket.}
  - {id: s3:PutObject, why: It writes logs., prefix: AWSLogs/, sends: {x-amz-acl: bucket-owner-full-control}}
"""
CLOUDTRAIL = {"Service": "cloudtrail.amazonaws.com"}
GRANTED = [
    allow(CLOUDTRAIL, "s3:GetBucketAcl", BUCKET),
    allow(
        CLOUDTRAIL,
        "s3:PutObject",
        f"{BUCKET}/AWSLogs/*",
        StringEquals={"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceArn": TRAIL},
    ),
]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((), ("unknown", "it depends on 'aws:SourceArn': in one case, no statement allows s3:PutObject")),
        (("--with", f"trail={TRAIL}"), ("holds", "statement 'PutObject' grants it for every key")),
        (("--with", f"trail={TRAIL}s"), ("fails", "no statement allows s3:PutObject")),
    ],
)
def test_a_service_has_what_its_requests_are_said_to_have(given: Sequence[str], expected: tuple[str, str], tmp_path: Path) -> None:
    found = verdicts(tmp_path, SERVICE, GRANTED, *given)
    assert found == {"s3:GetBucketAcl": ("holds", "statement 'GetBucketAcl' grants it"), "s3:PutObject": expected}


ACCOUNT_OF_TRAIL = "arn:aws:cloudtrail:eu-west-1:${AWS::AccountId}:trail/main"


@pytest.mark.parametrize("operator", ["StringEquals", "ArnLike"])
@pytest.mark.parametrize(
    ("source", "options", "expected"),
    [
        (ACCOUNT_OF_TRAIL, (), "unknown"),
        (ACCOUNT_OF_TRAIL, ("--account", "111122223333"), "holds"),
        (ACCOUNT_OF_TRAIL, ("--account", "444455556666"), "fails"),
        (ACCOUNT_OF_TRAIL.replace("main", "other"), (), "fails"),
    ],
)
def test_a_service_may_be_of_the_account_that_the_code_leaves_unresolved(
    operator: str, source: str, options: Sequence[str], expected: str, tmp_path: Path
) -> None:
    condition = {operator: {"aws:SourceArn": {"Fn::Sub": source}}}
    granted = allow(CLOUDTRAIL, "s3:PutObject", f"{BUCKET}/AWSLogs/*", **condition)
    found = verdicts(tmp_path, SERVICE, [granted], "--with", f"trail={TRAIL}", *options)
    assert found["s3:PutObject"][0] == expected


@pytest.mark.parametrize(
    ("name", "expected"), [({}, "unknown"), ({"BucketName": "acme-site-abcdefghijk1"}, "holds"), ({"BucketName": "x-y"}, "fails")]
)
def test_a_service_may_come_from_another_bucket_of_the_code(name: Mapping[str, str], expected: str, tmp_path: Path) -> None:
    contract = SERVICE.replace("  - {id: s3:GetBucketAcl, why: It checks who owns the bucket.}\n", "")
    granted = allow(CLOUDTRAIL, "s3:PutObject", f"{BUCKET}/*", ArnEquals={"aws:SourceArn": {"Fn::GetAtt": ["Site", "Arn"]}})
    resources = {
        "Logs": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "acme-logs"}},
        "Site": {"Type": "AWS::S3::Bucket", "Properties": name},
        "Policy": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {"Bucket": {"Ref": "Logs"}, "PolicyDocument": {"Statement": [granted]}},
        },
    }
    files = {"template.json": json.dumps({"Resources": resources}), "contracts/own.yaml": contract}
    asked = ask(tmp_path, files, "--contract", "contracts/own.yaml", "--with", "trail=arn:aws:s3:::acme-site-abcdefghijk1")
    assert asked.of("Logs")["s3:PutObject"][0] == expected


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("bucket-owner-full-control", "holds"),
        ("absent", "fails"),
        ("public-read", "fails"),
        ("[bucket-owner-full-control, private]", "unknown"),
    ],
)
def test_a_header_that_is_sent_decides(sent: str, expected: str, tmp_path: Path) -> None:
    contract = SERVICE.replace("x-amz-acl: bucket-owner-full-control", f"x-amz-acl: {sent}")
    assert verdicts(tmp_path, contract, GRANTED, "--with", f"trail={TRAIL}")["s3:PutObject"][0] == expected


@pytest.mark.parametrize(
    ("sent", "expected"), [("bucket-owner-full-control", "holds"), ("private", "fails"), ("absent", "unknown"), ("", "unknown")]
)
def test_an_acl_for_the_owner_may_be_set_where_acls_are_off(sent: str, expected: str, tmp_path: Path) -> None:
    contract = SERVICE.replace("s3:PutObject,", "s3:PutObjectAcl,").replace(
        "x-amz-acl: bucket-owner-full-control", f'x-amz-acl: "{sent}"'
    )
    found = verdicts(tmp_path, contract, [allow(CLOUDTRAIL, "s3:PutObjectAcl", f"{BUCKET}/*")])
    assert found["s3:PutObjectAcl"][0] == expected


ACCOUNT = """\
id: own
title: Cloudinary
principal: {arn: PRINCIPAL}
needs:
  - {id: s3:GetObject, why: It fetches the originals.}
"""


@pytest.mark.parametrize("principal", ['"232482882421"', "arn:aws:iam::232482882421:root"])
@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("arn:aws:iam::232482882421:root", ("holds", "statement 'GetObject' grants it for every key")),
        ("232482882421", ("holds", "statement 'GetObject' grants it for every key")),
        (
            "arn:aws:iam::232482882421:role/fetch",
            ("unknown", "it depends on 'the identity of Cloudinary': in one case, no statement allows s3:GetObject"),
        ),
        ("arn:aws:iam::111122223333:root", ("fails", "no statement allows s3:GetObject")),
    ],
)
def test_an_account_is_let_in_as_a_whole(principal: str, named: str, expected: tuple[str, str], tmp_path: Path) -> None:
    found = verdicts(tmp_path, ACCOUNT.replace("PRINCIPAL", principal), [allow({"AWS": named}, "s3:GetObject", f"{BUCKET}/*")])
    assert found == {"s3:GetObject": expected}


SEVERAL = """\
id: own
title: Two
principals:
  - {id: reader, arn: "arn:aws:iam::258327614892:role/reader"}
  - {id: writer, arn: firehose.amazonaws.com}
origin: {url: ["https://a.example.com", "https://b.example.com"]}
needs:
  - {id: s3:GetObject, why: reads, by: reader, prefix: [in/, raw/]}
  - {id: s3:ListBucket, why: lists, by: reader, lists: in/*}
  - {id: s3:PutObject, why: writes, by: writer, prefix: out/}
  - {id: "cors:GET", why: shows}
"""


def test_needs_are_asked_for_each_principal_prefix_and_origin(tmp_path: Path) -> None:
    statements = [
        allow({"AWS": ROLE}, "s3:GetObject", f"{BUCKET}/in/*"),
        allow({"AWS": ROLE}, "s3:ListBucket", BUCKET, StringLike={"s3:prefix": "in/*"}),
        allow({"Service": "firehose.amazonaws.com"}, "s3:PutObject", f"{BUCKET}/*"),
    ]
    rule = {"AllowedOrigins": ["https://a.example.com"], "AllowedMethods": ["GET"]}
    found = verdicts(tmp_path, SEVERAL, statements, CorsConfiguration={"CorsRules": [rule]})
    assert {need: status for need, (status, _) in found.items()} == {
        "s3:GetObject in/ by reader": "holds",
        "s3:GetObject raw/ by reader": "fails",
        "s3:ListBucket by reader": "holds",
        "s3:PutObject by writer": "holds",
        "cors:GET https://a.example.com": "holds",
        "cors:GET https://b.example.com": "fails",
    }


@pytest.mark.parametrize(("lists", "expected"), [("in/", "holds"), ("in/*", "fails"), ("out/", "fails"), ("", "unknown")])
def test_the_prefix_of_a_listing_decides(lists: str, expected: str, tmp_path: Path) -> None:
    contract = SEVERAL.replace("lists: in/*", f'lists: "{lists}"')
    listing = allow({"AWS": ROLE}, "s3:ListBucket", BUCKET, StringEquals={"s3:prefix": "in/"})
    assert verdicts(tmp_path, contract, [listing])["s3:ListBucket by reader"][0] == expected


def test_what_is_only_remembered_decides_nothing_alone(tmp_path: Path) -> None:
    remembered = ACCOUNT.replace("PRINCIPAL", '"232482882421"').replace(
        "originals.}", "originals., sources: [{confidence: remembered}]}"
    )
    granted = allow({"AWS": "232482882421"}, "s3:GetObject", f"{BUCKET}/*")
    assert verdicts(tmp_path, remembered, [granted])["s3:GetObject"][0] == "holds"
    told = ("unknown", "no statement allows s3:GetObject, but that Cloudinary needs it is not documented")
    assert verdicts(tmp_path, remembered, [allow({"AWS": ROLE}, "s3:GetObject", f"{BUCKET}/*")])["s3:GetObject"] == told


TRAILS = """
Resources:
  Bucket:
    Type: AWS::S3::Bucket
  Trail:
    Type: AWS::CloudTrail::Trail
    Properties: {IsLogging: true, S3BucketName: !Ref Bucket}
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Bucket
      PolicyDocument:
        Statement:
          - Effect: Allow
            Principal: {Service: cloudtrail.amazonaws.com}
            Action: s3:GetBucketAcl
            Resource: !GetAtt Bucket.Arn
            Condition: {StringEquals: {"aws:SourceArn": ARN}}
"""


@pytest.mark.parametrize(
    ("arn", "trail", "status"),
    [
        ("!GetAtt Trail.Arn", "Trail", "holds"),
        ('!Sub "arn:aws:cloudtrail:eu-west-1:${AWS::AccountId}:trail/${Trail}"', "Trail", "holds"),
        ("!GetAtt Trail.Arn", "Other", "unknown"),
        ("arn:aws:cloudtrail:eu-west-1:111122223333:trail/a", "Trail", "unknown"),
    ],
)
def test_the_logical_id_of_a_template_stands_for_an_arn(arn: str, trail: str, status: str, tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(TRAILS.replace("ARN", arn), encoding="utf-8")
    contract = load("cloudtrail", {"trail": trail, "account": "111122223333", "prefix": ""})
    report = audit(Request((str(tmp_path),), (contract,), every_bucket=True), Texts())
    assert {one.need.id: one.status.value for one in report.verdicts}["s3:GetBucketAcl"] == status
