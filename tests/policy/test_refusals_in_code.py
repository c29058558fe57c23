"""The recorded answers of AWS through the command line: every document in Terraform and in CloudFormation, beside what is needed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from auditor.cli import main
from tests.policy.refusal_cases import ACCOUNT, BUCKET, Case, cases

pytestmark = pytest.mark.whole

PLATFORM = "arn:aws:iam::258327614892:role/external_s3"
GRANT = {
    "Effect": "Allow",
    "Principal": {"AWS": PLATFORM},
    "Action": ["s3:GetObject", "s3:PutObject"],
    "Resource": f"arn:aws:s3:::{BUCKET}/*",
}
KEY_GRANT = {"Effect": "Allow", "Principal": {"AWS": PLATFORM}, "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "*"}
OPEN = {"block_public_acls": False, "ignore_public_acls": False, "block_public_policy": False, "restrict_public_buckets": False}
CONTRACT = f"""
id: reader
title: Reader
parameters: {{principal: {{description: Who reads., default: '{PLATFORM}'}}}}
principal: {{arn: '${{principal}}'}}
needs: [{{id: s3:GetObject, why: w}}, {{id: kms:Decrypt, why: w}}, {{id: kms:GenerateDataKey, why: w}}]
"""
CASES = {f"{number:03}": case for number, case in enumerate(cases())}
OTHER_NAME = re.compile(rf"arn:aws:s3:::(?!{BUCKET}\b|arn:)")
OTHER_ACCOUNT = re.compile(rf"\b(?!{ACCOUNT}|258327614892)\d{{12}}\b")
NEEDED = {"PutBucketPolicy": GRANT, "PutKeyPolicy": KEY_GRANT}


def beside(case: Case) -> Any:
    """The document with a sound statement for the platform before its own, where it is one that has statements."""
    document, needed = case.document, NEEDED.get(case.api)
    if needed is None or not isinstance(document, dict) or not document.get("Statement"):
        return document
    statements = document["Statement"]
    return {**document, "Statement": [needed, *(statements if isinstance(statements, list) else [statements])]}


def reference(kind: str) -> str:
    return f"${{{kind}}}"


def terraform(case: Case) -> dict[str, Any]:
    document = beside(case)
    text = document if isinstance(document, str) else json.dumps(document)
    policy = text.replace("${", "$${").replace("%{", "%%{")
    of_bucket = {"bucket": reference("aws_s3_bucket.b.id")}
    found: dict[str, Any] = {
        "aws_s3_bucket": {"b": {"bucket": BUCKET}},
        "aws_s3_bucket_public_access_block": {"b": {**of_bucket, **OPEN}},
        "aws_s3_bucket_ownership_controls": {"b": {**of_bucket, "rule": {"object_ownership": "BucketOwnerEnforced"}}},
        "aws_s3_bucket_policy": {"b": {**of_bucket, "policy": json.dumps({"Version": "2012-10-17", "Statement": [GRANT]})}},
    }
    match case.api:
        case "PutBucketPolicy":
            found["aws_s3_bucket_policy"]["b"]["policy"] = policy
        case "PutKeyPolicy":
            found["aws_kms_key"] = {"k": {"policy": policy}}
            default = {"sse_algorithm": "aws:kms", "kms_master_key_id": reference("aws_kms_key.k.arn")}
            rule = {"apply_server_side_encryption_by_default": default}
            found["aws_s3_bucket_server_side_encryption_configuration"] = {"b": {**of_bucket, "rule": rule}}
        case "UpdateAssumeRolePolicy":
            found["aws_iam_role"] = {"app": {"name": "app", "assume_role_policy": policy}}
            allowed = {"Effect": "Allow", "Action": GRANT["Action"], "Resource": GRANT["Resource"]}
            inline = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
            found["aws_iam_role_policy"] = {"p": {"role": reference("aws_iam_role.app.id"), "policy": inline}}
        case "PutRolePolicy":
            found["aws_iam_role"] = {"app": {"name": "app"}}
            found["aws_iam_role_policy"] = {"p": {"role": reference("aws_iam_role.app.id"), "policy": policy}}
        case "CreatePolicy":
            found["aws_iam_role"] = {"app": {"name": "app"}}
            found["aws_iam_policy"] = {"p": {"policy": policy}}
            attached = {"role": reference("aws_iam_role.app.name"), "policy_arn": reference("aws_iam_policy.p.arn")}
            found["aws_iam_role_policy_attachment"] = {"p": attached}
    return {"resource": found}


def with_name(case: Case, name: dict[str, str]) -> dict[str, Any]:
    """A bucket policy in Terraform for a bucket whose name is not resolved, which it refers to wherever it has the name of that of the case."""
    found = terraform(case)
    attached = found["resource"]["aws_s3_bucket_policy"]["b"]
    attached["policy"] = attached["policy"].replace(f"arn:aws:s3:::{BUCKET}", reference("aws_s3_bucket.b.arn"))
    found["resource"]["aws_s3_bucket"]["b"] = name
    return {**found, "variable": {"rest": {"type": "string"}}}


def with_account(case: Case) -> dict[str, Any]:
    """A document in Terraform that refers to the account wherever it has that of the case."""
    found = json.dumps(terraform(case)).replace(ACCOUNT, reference("data.aws_caller_identity.current.account_id"))
    return {**json.loads(found), "data": {"aws_caller_identity": {"current": {}}}}


def template(case: Case) -> dict[str, Any]:
    """The same for bucket and key policies that are objects."""
    document = json.loads(json.dumps(beside(case)))
    policy = document if case.api == "PutBucketPolicy" else {"Version": "2012-10-17", "Statement": [GRANT]}
    bucket: dict[str, Any] = {
        "BucketName": BUCKET,
        "PublicAccessBlockConfiguration": {"BlockPublicPolicy": False, "RestrictPublicBuckets": False},
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
    }
    resources: dict[str, Any] = {
        "B": {"Type": "AWS::S3::Bucket", "Properties": bucket},
        "P": {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": "B"}, "PolicyDocument": policy}},
    }
    if case.api == "PutKeyPolicy":
        default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": {"Fn::GetAtt": ["K", "Arn"]}}
        bucket["BucketEncryption"] = {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": default}]}
        resources["K"] = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": document}}
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}


def documents(case: Case) -> dict[str, Any]:
    """The same for bucket and key policies as raw documents."""
    if case.api == "PutBucketPolicy":
        return {"policy": beside(case)}
    arn = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn}
    return {
        "policy": {"Version": "2012-10-17", "Statement": [GRANT]},
        "encryption": {"ServerSideEncryptionConfiguration": {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}},
        "key": {"KeyMetadata": {"KeyId": arn.rpartition("/")[2], "Arn": arn, "KeyState": "Enabled", "KeyManager": "CUSTOMER"}},
        "key-policy": beside(case),
    }


def checked(paths: list[Path], directory: Path, *options: str) -> dict[str, Any]:
    """The report on files in a directory, for a contract of no more than the tests look at."""
    contract = directory / "reader.yaml"
    contract.write_text(CONTRACT, encoding="utf-8")
    run = CliRunner().invoke(
        main, ["check", *map(str, paths), "--all-buckets", "--format", "json", "--contract", str(contract), *options]
    )
    assert run.exception is None or isinstance(run.exception, SystemExit), run.exception
    report: dict[str, Any] = json.loads(run.stdout)
    return report


def of_case(report: dict[str, Any], number: str) -> Iterator[dict[str, Any]]:
    """The verdicts that a case is about."""
    prefix = "kms:" if CASES[number].api == "PutKeyPolicy" else "s3:GetObject"
    yield from (one for one in report["verdicts"] if number in Path(one["root"]).parts and one["need"].startswith(prefix))


def judge(report: dict[str, Any], number: str) -> None:
    case = CASES[number]
    verdicts = list(of_case(report, number))
    assert verdicts, case
    for verdict in verdicts:
        if case.answer == "refused":
            assert verdict["status"] == "fails", (case, verdict["reason"])
        elif case.answer == "likely":
            assert verdict["status"] != "holds", (case, verdict["reason"])
        else:
            assert "refuses" not in verdict["reason"], (case, verdict["reason"])
    findings = [one for one in report["findings"] if number in Path(one["location"]["path"]).parts]
    if case.answer == "accepted":
        assert not any("refuses the whole policy" in one["message"] for one in findings), case
    elif any("refuses" in verdict["reason"] for verdict in verdicts):
        assert any("refuses the whole policy" in one["message"] for one in findings), case


def written(directory: Path, name: str, numbers: list[str], build: Any) -> list[Path]:
    for number in numbers:
        (directory / number).mkdir()
        (directory / number / name).write_text(json.dumps(build(CASES[number])), encoding="utf-8")
    return [directory / number for number in numbers]


@pytest.mark.parametrize("role", [False, True], ids=["resource policies", "policies of roles"])
def test_in_terraform(role: bool, tmp_path: Path) -> None:
    numbers = [number for number, case in CASES.items() if (case.api not in NEEDED) is role]
    paths = written(tmp_path, "main.tf.json", numbers, terraform)
    report = checked(paths, tmp_path, *(["--with", "principal=aws_iam_role.app"] if role else ["--account", ACCOUNT]))
    for number in numbers:
        judge(report, number)


@pytest.mark.parametrize("name", [{"bucket": "my-${var.rest}"}, {"bucket": "${var.rest}"}, {"bucket_prefix": "my-"}, {}], ids=str)
def test_for_a_bucket_whose_name_is_not_resolved(name: dict[str, str], tmp_path: Path) -> None:
    """What AWS answers does not depend on the name, where the policy has no other one."""
    numbers = [
        number
        for number, case in CASES.items()
        if case.api == "PutBucketPolicy" and isinstance(case.document, dict) and not OTHER_NAME.search(json.dumps(case.document))
    ]
    assert len(numbers) > 100
    report = checked(written(tmp_path, "main.tf.json", numbers, lambda case: with_name(case, name)), tmp_path, "--account", ACCOUNT)
    for number in numbers:
        judge(report, number)


@pytest.mark.parametrize("role", [False, True], ids=["resource policies", "policies of roles"])
def test_in_an_account_that_is_not_resolved(role: bool, tmp_path: Path) -> None:
    """What AWS answers does not depend on the account, where the policy has no other one beside that of the platform."""
    numbers = [
        number
        for number, case in CASES.items()
        if (case.api not in NEEDED) is role and not OTHER_ACCOUNT.search(json.dumps(case.document))
    ]
    assert len(numbers) > 60
    paths = written(tmp_path, "main.tf.json", numbers, with_account)
    report = checked(paths, tmp_path, *(["--with", "principal=aws_iam_role.app"] if role else []))
    for number in numbers:
        judge(report, number)


def test_in_templates(tmp_path: Path) -> None:
    numbers = [number for number, case in CASES.items() if case.api in NEEDED and isinstance(case.document, dict)]
    # What is null in a template is not sent.
    numbers = [number for number in numbers if CASES[number].name != "a statement is null"]
    report = checked(written(tmp_path, "template.json", numbers, template), tmp_path, "--account", ACCOUNT)
    for number in numbers:
        judge(report, number)


def test_in_documents(tmp_path: Path) -> None:
    """What may have been read back, and what a stored document can have, is not known to be refused; but nothing refused holds."""
    numbers = [number for number, case in CASES.items() if case.api in NEEDED and isinstance(case.document, dict)]
    for number in numbers:
        (tmp_path / number).mkdir()
        for name, content in documents(CASES[number]).items():
            (tmp_path / number / f"{name}.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    report = checked([tmp_path / number for number in numbers], tmp_path)
    statuses = {number: [one["status"] for one in of_case(report, number)] for number in numbers}
    assert [CASES[number] for number in numbers if CASES[number].answer != "accepted" and "holds" in statuses[number]] == []
    assert sum("fails" in found for found in statuses.values()) >= 45


def test_what_was_read_back_is_in_force(tmp_path: Path) -> None:
    deleted = {**GRANT, "Principal": {"AWS": "AROAEXAMPLE1234567890"}}
    unknown = {**GRANT, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "s3:HeadObject"}
    document = {"Version": "2012-10-17", "Statement": [GRANT, deleted, unknown]}
    answers = {}
    for name, content in (("read", {"Policy": json.dumps(document)}), ("draft", document)):
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(content), encoding="utf-8")
        verdict = next(one for one in checked([path], tmp_path)["verdicts"] if one["need"] == "s3:GetObject")
        answers[name] = verdict["status"], verdict["reason"]
    assert answers["read"][0] != "fails"
    assert "refuses" not in answers["read"][1]
    assert answers["draft"] == (
        "fails",
        "S3 refuses the bucket policy of my-bucket: statement 3 lists 's3:HeadObject', which is not an action of S3",
    )


NAMED = """variable "stage" {}
resource "aws_s3_bucket" "b" {
  NAME
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Effect    = "Allow"
    Principal = { AWS = "arn:aws:iam::258327614892:role/external_s3" }
    Action    = ["s3:GetObject", "s3:PutObject"]
    Resource  = "arn:aws:s3:::acme-prod/*"
  }] })
}
"""
TEMPLATE = """Parameters:
  Stage: {Type: String}
Conditions:
  Prod: !Equals [!Ref Stage, prod]
Resources:
  B:
    Type: AWS::S3::Bucket
    Properties:
      NAME
  P:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref B
      PolicyDocument:
        Statement:
          - Effect: Allow
            Principal: {AWS: "arn:aws:iam::258327614892:role/external_s3"}
            Action: ["s3:GetObject", "s3:PutObject"]
            Resource: arn:aws:s3:::acme-prod/*
"""


@pytest.mark.parametrize(
    ("file", "code", "name", "refused"),
    [
        ("main.tf", NAMED, 'bucket = var.stage == "prod" ? "acme-prod" : "acme-${var.stage}"', False),
        ("main.tf", NAMED, "", True),
        ("t.yaml", TEMPLATE, "BucketName: !If [Prod, acme-prod, acme-dev]", False),
    ],
)
def test_a_name_that_is_written_in_branches_is_not_made_up(
    file: str, code: str, name: str, refused: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A policy may name what one of the branches makes of it."""
    monkeypatch.chdir(tmp_path)
    Path(file).write_text(code.replace("NAME", name))
    told = CliRunner().invoke(main, ["check", ".", "--contract", "v7-darwin", "--all-buckets", "--format", "json"]).stdout
    assert any(one["rule"] == "policy-refused-by-aws" for one in json.loads(told)["findings"]) is refused
    shown = CliRunner().invoke(main, ["inspect", "."]).stdout
    assert ("generated at deployment" in shown) is refused
