"""A null value, with which CloudFormation refuses a template: an error where that is certain, and never taken for something absent."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from auditor.sources.cloudformation.template import parse_template
from tests.asked import ROLE, ask

TEMPLATE = """\
Transform: TRANSFORM
Parameters: {E: {Type: String, Default: prod}}
Conditions: {X: !Equals [!Ref E, prod]}
Mappings: {M: {a: {b: c}}}
Resources:
  B:
    Type: AWS::S3::Bucket
    Properties:
      OwnershipControls: {Rules: [{ObjectOwnership: BucketOwnerEnforced}]}
      Tags: [{Key: k, Value: v}]
  P:
    Type: AWS::S3::BucketPolicy
    Metadata: {note: n}
    DependsOn: [B]
    Properties:
      Bucket: !Ref B
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {AWS: "ROLE"}
            Action: ["s3:GetObject", "s3:PutObject"]
            Resource: !Sub "${B.Arn}/*"
            Condition: {Bool: {"aws:SecureTransport": "true"}}
  T: {Type: AWS::SNS::Topic, Properties: {TopicName: t}}
  F: {Type: AWS::Serverless::Function, Properties: {Handler: h, Runtime: r}}
Outputs: {O: {Value: o}}
""".replace("ROLE", ROLE).replace("TRANSFORM", "AWS::Serverless-2016-10-31")

MESSAGE = "null is written here, and CloudFormation refuses a template with null values: write a value, or remove it"


CASES = [
    ('Version: "2012-10-17"', "Version: null", "18:9", "holds"),
    ('Version: "2012-10-17"', "Version:", "18:9", "holds"),
    ('Resource: !Sub "${B.Arn}/*"', "Resource: ~", "23:13", "unknown"),
    ('["s3:GetObject", "s3:PutObject"]', '[null, "s3:PutObject"]', "22:22", "unknown"),
    ('"true"', "", "24:32", "unknown"),
    ("Tags: [{Key: k, Value: v}]", "Tags: Null", "10:7", "holds"),
    ("OwnershipControls: {Rules: [{ObjectOwnership: BucketOwnerEnforced}]}", "OwnershipControls: NULL", "9:7", "holds"),
    ("DependsOn: [B]", "DependsOn: [~]", "14:17", "holds"),
    ("TopicName: t", "TopicName: null", "25:43", "holds"),
    ("Default: prod", "Default: null", "2:32", "holds"),
    ("b: c", "b: ", "4:20", "holds"),
    ("!Equals [!Ref E, prod]", "!Equals [!Ref E, null]", "3:34", "holds"),
]
WITHOUT_ERROR = [
    ("note: n", "note: null"),
    ("Outputs: {O: {Value: o}}", "Outputs:"),
    ("Handler: h", "Handler: null"),
    ("Value: o", "Value: {'Fn::GetAZs': null}"),
    ("Value: o", "Value: 'null'"),
    ("Tags: [{Key: k, Value: v}]", 'Tags: !If [X, !Ref "AWS::NoValue", []]'),
]


def errors(text: str) -> list[str]:
    _, found = parse_template(text, "t.yaml", lambda _: True)
    return [str(error) for error in found]


@pytest.mark.parametrize(("written", "instead", "place", "_"), CASES)
def test_a_null_is_an_error(written: str, instead: str, place: str, _: str) -> None:
    assert errors(TEMPLATE.replace(written, instead, 1)) == [f"t.yaml:{place}: {MESSAGE}"]


@pytest.mark.parametrize(("written", "instead"), WITHOUT_ERROR)
def test_where_nobody_says_that_it_is_refused_it_is_no_error(written: str, instead: str) -> None:
    assert written in TEMPLATE
    assert errors(TEMPLATE.replace(written, instead, 1)) == []


def test_a_transform_may_remove_a_null_before_cloudformation_looks() -> None:
    text = TEMPLATE.replace("prod}}", "null}}").replace("AWS::Serverless-2016-10-31", "AWS::LanguageExtensions")
    assert errors(text) == []


def test_a_section_is_no_null_without_a_transform() -> None:
    assert errors("Resources: {B: {Type: AWS::S3::Bucket}}\nOutputs:\n") == [f"t.yaml:2:1: {MESSAGE}"]


def test_json_is_read_alike() -> None:
    text = '{"Resources": {"P": {"Type": "AWS::S3::BucketPolicy",\n"Properties": {"PolicyDocument": {"Version": null, "Statement": [null]}}}}}'
    assert errors(text) == [f"t.yaml:2:{column}: {MESSAGE}" for column in (35, 66)]


def test_a_null_is_never_taken_for_absent(tmp_path: Path) -> None:
    texts = {f"B{at}": TEMPLATE.replace(written, instead, 1) for at, (written, instead, _, _) in enumerate(CASES)}
    told = ask(tmp_path, {f"{name}.yaml": re.sub(r"\bB\b", name, text) for name, text in texts.items()})
    assert {name: told.verdicts[name, "s3:GetObject"][0] for name in texts} == {f"B{at}": case[3] for at, case in enumerate(CASES)}
    assert told.verdicts["B6", "ownership"][0] == "unknown"
    assert (len(told.errors), told.code) == (len(CASES), 2)
