"""A key that S3 cannot use never makes a KMS need hold, whatever its key policy grants and whatever language tells of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from auditor import prove
from auditor.contract.load import load
from auditor.foundation.text import Texts
from auditor.pipeline import Request, audit
from auditor.sources.options import SourceOptions
from auditor.verdict import Status

GRANT: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Administration",
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
            "Action": "kms:*",
            "Resource": "*",
        },
        {
            "Sid": "V7",
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::258327614892:role/external_s3"},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": "*",
        },
    ],
}
Written = Callable[[Path, dict[str, str]], str]
ARN = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

FACTS = {
    # Facts in the terms of the AWS API, and why the key cannot be used; nothing where it can.
    "usual": ({}, ""),
    "said to be usual": ({"KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT", "KeyState": "Enabled"}, ""),
    "asymmetric": ({"KeySpec": "RSA_2048"}, "is not symmetric, and S3 uses symmetric keys only"),
    "for signing": ({"KeyUsage": "SIGN_VERIFY"}, "is not for encryption, and S3 uses no other key"),
    "disabled": ({"KeyState": "Disabled"}, "is disabled, and S3 cannot use it"),
}


def said(path: Path) -> set[tuple[str, str, str]]:
    request = Request((str(path),), (load("v7-darwin", {}),), SourceOptions(region="eu-west-1"), every_bucket=True)
    verdicts = audit(request, Texts()).verdicts
    return {(one.need.id, one.status.value, one.reason) for one in verdicts if one.need.id.startswith("kms:")}


def expected(key: str, fault: str) -> set[tuple[str, str, str]]:
    refused = "state" not in fault or "Pending" in fault
    status, reason = (
        ("fails" if refused else "unknown", f"{key} {fault}") if fault else ("holds", "statement 'V7' grants it through")
    )
    return {(need, status, reason) for need in ("kms:Decrypt", "kms:GenerateDataKey")}


def switched(facts: dict[str, str], names: dict[str, str]) -> dict[str, object]:
    """The facts under the names of a language, which switches keys on or off."""
    return {names[name]: value if name != "KeyState" else value == "Enabled" for name, value in facts.items()}


def terraform(directory: Path, facts: dict[str, str]) -> str:
    names = {"KeySpec": "customer_master_key_spec", "KeyUsage": "key_usage", "KeyState": "is_enabled"}
    code = {
        "resource": {
            "aws_s3_bucket": {"b": {"bucket": "acme-images"}},
            "aws_kms_key": {"k": {"policy": json.dumps(GRANT), **switched(facts, names)}},
            "aws_s3_bucket_server_side_encryption_configuration": {
                "e": {
                    "bucket": "${aws_s3_bucket.b.id}",
                    "rule": {
                        "apply_server_side_encryption_by_default": {
                            "sse_algorithm": "aws:kms",
                            "kms_master_key_id": "${aws_kms_key.k.arn}",
                        }
                    },
                }
            },
        }
    }
    (directory / "main.tf.json").write_text(json.dumps(code))
    return "aws_kms_key.k"


def plan(directory: Path, facts: dict[str, str]) -> str:
    names = {"KeySpec": "customer_master_key_spec", "KeyUsage": "key_usage", "KeyState": "is_enabled"}
    usual = {"customer_master_key_spec": "SYMMETRIC_DEFAULT", "key_usage": "ENCRYPT_DECRYPT", "is_enabled": True}
    by_default = {"sse_algorithm": "aws:kms", "kms_master_key_id": ARN}
    resources = {
        "aws_s3_bucket": {"bucket": "acme-images"},
        "aws_kms_key": {"arn": ARN, "policy": json.dumps(GRANT), **usual, **switched(facts, names)},
        "aws_s3_bucket_server_side_encryption_configuration": {
            "bucket": "acme-images",
            "rule": [{"apply_server_side_encryption_by_default": [by_default]}],
        },
    }
    planned = [
        {"address": f"{kind}.x", "mode": "managed", "type": kind, "name": "x", "values": values}
        for kind, values in resources.items()
    ]
    document = {"format_version": "1.2", "planned_values": {"root_module": {"resources": planned}}}
    (directory / "plan.json").write_text(json.dumps(document))
    return "aws_kms_key.x"


def cloudformation(directory: Path, facts: dict[str, str]) -> str:
    names = {"KeySpec": "KeySpec", "KeyUsage": "KeyUsage", "KeyState": "Enabled"}
    by_default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": {"Fn::GetAtt": ["K", "Arn"]}}
    encryption = {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": by_default}]}
    resources = {
        "B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "acme-images", "BucketEncryption": encryption}},
        "K": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": GRANT, **switched(facts, names)}},
    }
    (directory / "template.json").write_text(json.dumps({"Resources": resources}))
    return "K"


def live(directory: Path, facts: dict[str, str]) -> str:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": ARN}}
    metadata = {"KeyId": ARN.rpartition("/")[2], "Arn": ARN, **facts}
    (directory / "encryption.json").write_text(json.dumps({"ServerSideEncryptionConfiguration": {"Rules": [rule]}}))
    (directory / "key.json").write_text(json.dumps({"KeyMetadata": metadata}))
    (directory / "key-policy.json").write_text(json.dumps(GRANT))
    return ARN


@pytest.mark.parametrize("facts", FACTS)
@pytest.mark.parametrize("written", [terraform, plan, cloudformation, live])
def test_what_makes_a_key_unusable_is_decided_alike_in_every_language(written: Written, facts: str, tmp_path: Path) -> None:
    given, fault = FACTS[facts]
    key = written(tmp_path, given)
    found = {(need, status, reason if fault else reason.rpartition(" ")[0]) for need, status, reason in said(tmp_path)}
    assert found == expected(key, fault)


@pytest.mark.parametrize("state", ["PendingDeletion", "PendingImport", "Unavailable"])
def test_no_state_but_enabled_lets_a_live_key_be_used(state: str, tmp_path: Path) -> None:
    key = live(tmp_path, {"KeyState": state})
    assert said(tmp_path) == expected(key, f"is in the state {state}, and S3 cannot use it")


def test_the_older_name_of_the_spec_counts(tmp_path: Path) -> None:
    key = live(tmp_path, {"CustomerMasterKeySpec": "RSA_2048"})
    assert said(tmp_path) == expected(key, "is not symmetric, and S3 uses symmetric keys only")


def test_a_spec_that_the_code_leaves_unresolved_resolves_the_verdict(tmp_path: Path) -> None:
    terraform(tmp_path, {"KeySpec": "${var.spec}"})
    (tmp_path / "variables.tf").write_text('variable "spec" {\n  type = string\n}\n')
    assert {status for _, status, _ in said(tmp_path)} == {"unknown"}
    (tmp_path / "terraform.tfvars").write_text('spec = "SYMMETRIC_DEFAULT"\n')
    assert {status for _, status, _ in said(tmp_path)} == {"holds"}


@pytest.mark.parametrize("material", [None, "bWF0ZXJpYWw="])
def test_a_key_whose_material_nobody_imports_is_not_known_to_be_usable(material: str | None, tmp_path: Path) -> None:
    terraform(tmp_path, {})
    path = tmp_path / "main.tf.json"
    code = json.loads(path.read_text().replace("aws_kms_key", "aws_kms_external_key"))
    code["resource"]["aws_kms_external_key"]["k"]["key_material_base64"] = material
    path.write_text(json.dumps(code))
    assert {status for _, status, _ in said(tmp_path)} == {"holds" if material else "unknown"}


@pytest.mark.parametrize(
    ("facts", "status"), [({}, "unknown"), ({"KeyState": "Enabled"}, "unknown"), ({"KeyState": "Disabled"}, "fails")]
)
def test_a_key_of_a_template_with_material_from_outside(facts: dict[str, str], status: str, tmp_path: Path) -> None:
    cloudformation(tmp_path, facts)
    path = tmp_path / "template.json"
    template = json.loads(path.read_text())
    template["Resources"]["K"]["Properties"]["Origin"] = "EXTERNAL"
    path.write_text(json.dumps(template))
    assert {found for _, found, _ in said(tmp_path)} == {status}


@pytest.mark.parametrize("written", [terraform, cloudformation])
@pytest.mark.parametrize(("region", "status"), [("us-east-1", "fails"), ("eu-west-1", "unknown")])
def test_the_arn_of_a_key_elsewhere_tells_its_region(written: Written, region: str, status: str, tmp_path: Path) -> None:
    written(tmp_path, {})
    arn = ARN.replace("eu-west-1", region)
    (path,) = tmp_path.iterdir()
    named = (
        path.read_text().replace('"${aws_kms_key.k.arn}"', json.dumps(arn)).replace('{"Fn::GetAtt": ["K", "Arn"]}', json.dumps(arn))
    )
    path.write_text(named)
    found = said(tmp_path)
    assert {one for _, one, _ in found} == {status}
    reasons = {reason for _, _, reason in found}
    assert status == "unknown" or reasons == {
        f"{arn} is in another region than the bucket, and S3 uses keys of the bucket's region only"
    }


@pytest.mark.parametrize(
    ("reference", "names_a_key"),
    [
        (ARN, True),
        ("12345678-1234-1234-1234-123456789012", True),
        (f"{ARN} ", False),
        ("arn:aws:kms:eu-west-1:111122223333:key", False),
        ("arn:aws:s3:::acme-images", False),
        ("https://eu-west-1.console.aws.amazon.com/kms", False),
    ],
)
def test_what_names_no_key_is_not_taken_for_the_only_key_there_is(reference: str, names_a_key: bool, tmp_path: Path) -> None:
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": reference}
    statement = GRANT["Statement"][1] | {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-images/*"}
    documents = {
        "bucket": {"Version": "2012-10-17", "Statement": [statement]},
        "encryption": {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]},
        "key": {"Policy": json.dumps(GRANT)},
    }
    for name, document in documents.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(document))
    verdict = prove("kms:Decrypt", tmp_path)
    assert (verdict.status is Status.HOLDS) is names_a_key
    assert names_a_key or verdict.resolved_by[0].reason == f"'{reference}' is not the id, ARN or alias of a KMS key"
