"""Roles of templates as consumers: those that SAM makes, those with managed policies of the code, those that are not there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from auditor.cli import main
from tests.asked import ask

BUCKET = {"B": {"Type": "AWS::S3::Bucket"}}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
HOLDS = ("holds", "statement 1 grants it for every key")
FAILS = ("fails", "neither a policy of the caller nor the resource's own allows s3:PutObject")
OWN_READ = "arn:aws:iam::${AWS::AccountId}:policy/own-read"


def template(**resources: object) -> str:
    return json.dumps({"Resources": {**BUCKET, **resources}})


def worker(*arns: object, **more: object) -> dict[str, Any]:
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST, "ManagedPolicyArns": list(arns)}, **more}


def managed(**properties: object) -> dict[str, Any]:
    return {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": READ, **properties}}


CHILD = json.dumps(
    {
        "Parameters": {"Arn": {"Type": "String", "Default": ""}},
        "Resources": {"Own": managed()},
        "Outputs": {"Arn": {"Value": {"Ref": "Own"}}},
    }
)
NESTED = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "child.json"}}
MANAGED: dict[str, dict[str, str]] = {
    "by reference": {"t.json": template(Worker=worker({"Ref": "Own"}), Own=managed())},
    "by its ARN": {"t.json": template(Worker=worker({"Fn::Sub": OWN_READ}), Own=managed(ManagedPolicyName="own-read"))},
    "of a nested stack": {
        "t.json": template(Worker=worker({"Fn::GetAtt": ["Child", "Outputs.Arn"]}), Child=NESTED),
        "child.json": CHILD,
    },
}


@pytest.mark.parametrize("files", MANAGED.values(), ids=MANAGED)
def test_a_managed_policy_of_the_code_is_read(tmp_path: Path, files: dict[str, str]) -> None:
    told = ask(tmp_path, files, "--with", "principal=Worker")
    assert told.of("B", "s3") == {"s3:GetObject": HOLDS, "s3:PutObject": FAILS}


@pytest.mark.parametrize(
    "own",
    [managed(ManagedPolicyName="other"), {**managed(ManagedPolicyName="own-read"), "Condition": "X"}],
    ids=["other", "perhaps"],
)
def test_an_arn_that_is_not_certainly_of_the_code_is_unknown(tmp_path: Path, own: dict[str, Any]) -> None:
    whole = json.loads(template(Worker=worker({"Fn::Sub": OWN_READ}), Own=own))
    whole |= {"Parameters": {"E": {"Type": "String"}}, "Conditions": {"X": {"Fn::Equals": [{"Ref": "E"}, "y"]}}}
    told = ask(tmp_path, {"t.json": json.dumps(whole)}, "--with", "principal=Worker")
    assert {status for status, _ in told.of("B", "s3").values()} == {"unknown"}


@pytest.mark.parametrize("kind", ["Function", "StateMachine"])
def test_sam_makes_a_role(tmp_path: Path, kind: str) -> None:
    made = {"Type": f"AWS::Serverless::{kind}", "Properties": {"Policies": [READ]}}
    whole = {"Transform": "AWS::Serverless-2016-10-31", "Resources": {**BUCKET, "Flow": made}}
    told = ask(tmp_path, {"t.json": json.dumps(whole)}, "--with", "principal=FlowRole")
    assert told.of("B", "s3") == {"s3:GetObject": HOLDS, "s3:PutObject": FAILS}


def test_a_role_of_another_template_is_there(tmp_path: Path) -> None:
    files = {"bucket.json": template(), "role.json": json.dumps({"Resources": {"Worker": worker()}})}
    told = ask(tmp_path, files, "--with", "principal=Worker")
    unknown = ("unknown", "nothing of that address is declared beside the bucket")
    assert told.of("B", "s3") == {"s3:GetObject": unknown, "s3:PutObject": unknown}


@pytest.mark.parametrize(("given", "code"), [("n", 2), ("y", 1)])
def test_a_role_whose_condition_does_not_hold_is_said_to_be_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, code: int
) -> None:
    whole = {
        "Parameters": {"E": {"Type": "String"}},
        "Conditions": {"X": {"Fn::Equals": [{"Ref": "E"}, "y"]}},
        "Resources": {**BUCKET, "Worker": worker(Condition="X")},
    }
    (tmp_path / "t.json").write_text(json.dumps(whole))
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["check", ".", "--parameter", f"E={given}", "--with", "principal=Worker"])
    assert result.exit_code == code
    told = "'Worker' does not exist: its condition does not hold with the parameters at hand"
    assert (told in " ".join(result.stderr.split())) is (code == 2)
