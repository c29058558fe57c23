"""What templates that are read together export and import: keys, buckets and what is attached to them, through the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.asked import ROLE, ask

KEY_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "*"},
    ],
}
NOTHING = ("fails", "the bucket has no policy, so nothing lets another account in")
HOLDS = ("holds", "statement 1 grants it for every key")


def exporting(resource: dict[str, Any], value: object, name: object, **head: object) -> str:
    return json.dumps({**head, "Resources": {"It": resource}, "Outputs": {"Out": {"Value": value, "Export": {"Name": name}}}})


def key(name: object, **head: object) -> str:
    kms_key = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": KEY_POLICY}}
    return exporting(kms_key, {"Fn::GetAtt": ["It", "Arn"]}, name, **head)


def encrypted(name: object, **head: object) -> str:
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": {"Fn::ImportValue": name}}
    rules = {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": default}]}
    return json.dumps({**head, "Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketEncryption": rules}}}})


def bucket(name: object, **head: object) -> str:
    return exporting({"Type": "AWS::S3::Bucket"}, {"Ref": "It"}, name, **head)


def policy(name: object, **head: object) -> str:
    imported = {"Fn::ImportValue": name}
    resource = {"Fn::Sub": ["arn:aws:s3:::${Name}/*", {"Name": imported}]}
    statement = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": ["s3:GetObject", "s3:PutObject"], "Resource": resource}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    attached = {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": imported, "PolicyDocument": document}}
    return json.dumps({**head, "Resources": {"P": attached}})


ENV = {"Parameters": {"Env": {"Type": "String"}}}
BY_ENV = {"Fn::Sub": "${Env}-acme"}
BY_STACK = {"Fn::Sub": "${AWS::StackName}-acme"}


@pytest.mark.parametrize("ending", ["json", "yaml"])
def test_a_key_that_another_template_exports_is_read_there(tmp_path: Path, ending: str) -> None:
    told = ask(tmp_path, {f"keys.{ending}": key("acme"), f"bucket.{ending}": encrypted("acme")})
    granted = ("holds", f"statement 2 grants it through keys.{ending}/It")
    assert told.of("B", "kms") == {"kms:Decrypt": granted, "kms:GenerateDataKey": granted}
    assert told.errors == ()


def test_a_policy_belongs_to_the_bucket_that_it_imports(tmp_path: Path) -> None:
    told = ask(tmp_path, {"bucket.json": bucket("acme"), "policy.json": policy("acme")})
    assert told.of("It", "s3") == {"s3:GetObject": HOLDS, "s3:PutObject": HOLDS}
    assert {address for address, _ in told.verdicts} == {"It"}


@pytest.mark.parametrize(
    ("exported", "imported", "expected"),
    [
        ("acme", "other", NOTHING),
        (BY_STACK, {"Fn::Sub": "${AWS::StackName}-other"}, NOTHING),
        (BY_STACK, BY_STACK, ("unknown", "it depends on 'ImportValue(\"${policy.json/AWS::StackName}-acme\") is the output Out of bucket.json': in one case, the bucket has no policy, so nothing lets another account in")),
        (BY_STACK, "prod-acme", ("unknown", "it depends on 'ImportValue(\"prod-acme\") is the output Out of bucket.json': in one case, the bucket has no policy, so nothing lets another account in")),
        (BY_ENV, BY_ENV, ("unknown", "it depends on 'ImportValue(\"${policy.json/Env}-acme\") is the output Out of bucket.json': in one case, the bucket has no policy, so nothing lets another account in")),
    ],
)  # fmt: skip
def test_a_policy_may_belong_to_a_bucket_whose_export_it_may_name(
    tmp_path: Path, exported: object, imported: object, expected: tuple[str, str]
) -> None:
    told = ask(tmp_path, {"bucket.json": bucket(exported, **ENV), "policy.json": policy(imported, **ENV)})
    assert told.of("It", "s3") == {"s3:GetObject": expected, "s3:PutObject": expected}


@pytest.mark.parametrize(("given", "status"), [("prod", "holds"), ("", "unknown")])
def test_a_parameter_in_the_name_of_an_export_resolves_it(tmp_path: Path, given: str, status: str) -> None:
    options = ("--parameter", f"Env={given}") if given else ()
    files = {"bucket.json": bucket(BY_ENV, **ENV), "policy.json": policy(BY_ENV, **ENV)}
    told = ask(tmp_path, files, *options)
    assert {one for one, _ in told.of("It", "s3").values()} == {status}


def test_of_two_templates_that_export_one_name_neither_is_certain(tmp_path: Path) -> None:
    files = {"one.json": bucket("acme"), "two.json": bucket("acme"), "policy.json": policy("acme")}
    assert ask(tmp_path, files).statuses("s3:Get") == {"unknown", "holds"}
    told = ask(tmp_path / "keys", {"one.json": key("acme"), "two.json": key("acme"), "bucket.json": encrypted("acme")})
    assert told.statuses("kms") == {"unknown"}


def test_an_export_is_seen_in_its_own_account_only(tmp_path: Path) -> None:
    def artifact(file: str, account: str) -> dict[str, Any]:
        return {
            "type": "aws:cloudformation:stack",
            "environment": f"aws://{account}/eu-west-1",
            "properties": {"templateFile": file},
        }

    for account, statuses in (("111122223333", {"holds"}), ("444455556666", {"unknown"})):
        artifacts = {"K": artifact("keys.json", "111122223333"), "B": artifact("bucket.json", account)}
        files = {"manifest.json": json.dumps({"artifacts": artifacts}), "keys.json": key("acme"), "bucket.json": encrypted("acme")}
        assert ask(tmp_path / account, files).statuses("kms") == statuses


def test_templates_that_import_from_each_other_are_read(tmp_path: Path) -> None:
    one = json.loads(bucket("acme"))
    one["Resources"]["P"] = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Fn::ImportValue": "other"}}}
    other = json.loads(policy("acme"))
    other["Outputs"] = {"Out": {"Value": {"Fn::ImportValue": "acme"}, "Export": {"Name": "other"}}}
    told = ask(tmp_path, {"one.json": json.dumps(one), "other.json": json.dumps(other)})
    assert told.of("It", "s3") == {"s3:GetObject": HOLDS, "s3:PutObject": HOLDS}


OUTPUT = {"Fn::GetStackOutput": {"StackName": "acme", "OutputName": "Out"}}
OF_OUTPUT = policy("x").replace(json.dumps({"Fn::ImportValue": "x"}), json.dumps(OUTPUT))


@pytest.mark.parametrize(
    ("deployed", "status"),
    [
        ({"acme": {"templateFile": "bucket.json"}}, "holds"),
        ({"first": {"templateFile": "bucket.json", "stackName": "acme"}}, "holds"),
        ({"acme": {"templateFile": "bucket.json", "stackName": "prod"}}, "fails"),
        ({}, "unknown"),
    ],
    ids=["by its id", "by its name", "another", "of a name that is not known"],
)
def test_an_output_is_that_of_the_stack_which_has_the_name(tmp_path: Path, deployed: dict[str, Any], status: str) -> None:
    where = {"type": "aws:cloudformation:stack", "environment": "aws://111122223333/eu-west-1"}
    stacks = {**deployed, "other": {"templateFile": "policy.json"}} if deployed else {}
    manifest = {"artifacts": {name: {**where, "properties": properties} for name, properties in stacks.items()}}
    files = {"manifest.json": json.dumps(manifest), "bucket.json": bucket("unused"), "policy.json": OF_OUTPUT}
    told = ask(tmp_path, files)
    assert {found for found, _ in told.of("It", "s3").values()} == {status}


def test_an_output_of_another_region_is_unknown(tmp_path: Path) -> None:
    elsewhere = {"Fn::GetStackOutput": {**OUTPUT["Fn::GetStackOutput"], "Region": "us-east-1"}}
    told = ask(tmp_path, {"bucket.json": encrypted("x").replace(json.dumps({"Fn::ImportValue": "x"}), json.dumps(elsewhere))})
    assert {found for found, _ in told.of("B", "kms").values()} == {"unknown"}
