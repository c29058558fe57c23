"""Laws: any text gives a model or located errors; giving a parameter never turns a decided verdict around."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from auditor.contract.load import load
from auditor.foundation.text import Texts
from auditor.pipeline import Request, audit
from auditor.report import Report
from auditor.sources.options import SourceOptions
from auditor.verdict import Status

pytestmark = pytest.mark.property

TEMPLATE = """\
AWSTemplateFormatVersion: 2010-09-09
Transform: AWS::LanguageExtensions
Parameters:
  Role: {Type: String}
  Platform: {Type: String, AllowedValues: ["yes", "no"]}
  Stage: {Type: String, AllowedValues: [dev, test, prod]}
  Origins: {Type: CommaDelimitedList}
  Setting: {Type: String}
  Name: {Type: String}
Mappings:
  Stages: {dev: {Prefix: dev/}, test: {Prefix: ""}, prod: {Prefix: ""}}
Conditions:
  WithPlatform: !Equals [!Ref Platform, "yes"]
  Careful: !And [!Condition WithPlatform, !Not [!Equals [!Ref Stage, dev]]]
  Loose: !Or [!Equals [!Ref Stage, dev], !Equals [!Ref Name, acme]]
Resources:
  Images:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !Ref Name
      OwnershipControls: {Rules: [{ObjectOwnership: !Ref Setting}]}
      CorsConfiguration:
        CorsRules:
          - AllowedOrigins: !Ref Origins
            AllowedMethods: [GET, !If [WithPlatform, PUT, !Ref "AWS::NoValue"]]
            AllowedHeaders: ["*"]
      BucketEncryption: !If
        - Careful
        - ServerSideEncryptionConfiguration:
            - ServerSideEncryptionByDefault: {SSEAlgorithm: "aws:kms", KMSMasterKeyID: !GetAtt Key.Arn}
        - !Ref AWS::NoValue
  Key:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Version: 2012-10-17
        Statement:
          - {Effect: Allow, Principal: {AWS: !Sub "${Role}"}, Action: "kms:*", Resource: "*"}
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Images
      PolicyDocument:
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Principal: {AWS: !Ref Role}
            Action: ["s3:GetObject", !If [WithPlatform, "s3:PutObject", "s3:ListBucket"]]
            Resource: !Join ["", [!GetAtt Images.Arn, /, !FindInMap [Stages, !Ref Stage, Prefix], "*"]]
          - !If
            - Loose
            - {Effect: Deny, Principal: "*", Action: "s3:PutObject", Resource: !Sub "arn:aws:s3:::${Name}/*"}
            - !Ref AWS::NoValue
"""

ANSWERS = {
    "Role": ("arn:aws:iam::258327614892:role/external_s3", "258327614892", "arn:aws:iam::111122223333:role/other", "*"),
    "Platform": ("yes", "no"),
    "Stage": ("dev", "test", "prod"),
    "Origins": ("https://darwin.v7labs.com", "*", "https://*.v7labs.com, https://other.example", ""),
    "Setting": ("BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"),
    "Name": ("acme", "acme-images"),
}


def audited(text: str, parameters: dict[str, str]) -> Report:
    return audit(
        Request(("-",), (load("v7-darwin", {}),), SourceOptions(parameters=parameters), every_bucket=True),
        Texts({"-": text.encode("utf-8", "replace")}),
    )


def decided(report: Report) -> dict[tuple[str, str], Status]:
    return {
        (verdict.subject.address, verdict.need.id): verdict.status
        for verdict in report.verdicts
        if verdict.status is not Status.UNKNOWN
    }


some = st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in ANSWERS.items()})


@given(some, some)
def test_giving_a_parameter_never_turns_a_decided_verdict_around(first: dict[str, str], more: dict[str, str]) -> None:
    before, after = audited(TEMPLATE, first), audited(TEMPLATE, {**more, **first})
    assert not before.errors
    assert not after.errors
    assert decided(before).items() <= decided(after).items()


def test_every_parameter_given_settles_everything() -> None:
    parameters = {name: values[0] for name, values in ANSWERS.items()}
    for stage in ANSWERS["Stage"]:
        report = audited(TEMPLATE, {**parameters, "Stage": stage})
        assert [verdict.reason for verdict in report.verdicts if verdict.status is Status.UNKNOWN] == []


@given(st.integers(0, len(TEMPLATE)), st.integers(0, 60), st.text(max_size=20))
@example(0, 0, "\ufeff")
@example(200, 1, "\x85")
def test_a_damaged_template_gives_a_model_or_located_errors(at: int, removed: int, added: str) -> None:
    report = audited(TEMPLATE[:at] + added + TEMPLATE[at + removed :], {})
    assert all("internal error" not in error.message for error in report.errors)
    assert all(error.location.path == "-" for error in report.errors)


NAMES = st.sampled_from(
    ["Role", "Stage", "Images", "Key", "Policy", "AWS::Region", "AWS::NoValue", "Loose", "Images.Arn", "Nobody", ""]
)
FUNCTIONS = [
    "Ref",
    "Fn::GetAtt",
    "Fn::Sub",
    "Fn::Join",
    "Fn::Select",
    "Fn::Split",
    "Fn::If",
    "Fn::FindInMap",
    "Fn::ImportValue",
    "Fn::Base64",
    "Fn::Cidr",
    "Fn::GetAZs",
    "Fn::Transform",
    "Fn::Length",
    "Fn::ToJsonString",
    "Fn::Equals",
    "Fn::And",
    "Fn::Or",
    "Fn::Not",
    "Fn::Other",
    "Condition",
    "Fn::ForEach::X",
]
KEYS = st.sampled_from([*FUNCTIONS, "AWS", "Rules", "CorsRules", "ObjectOwnership", "Statement", "Action", "Resource", "Principal"])


def grown(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(children, max_size=4) | st.dictionaries(KEYS, children, max_size=3)


ANYTHING = st.recursive(st.none() | st.booleans() | st.integers() | NAMES | st.text(max_size=8), grown, max_leaves=12)
PROPERTIES = st.dictionaries(
    st.sampled_from(
        [
            "BucketName",
            "OwnershipControls",
            "BucketEncryption",
            "CorsConfiguration",
            "PublicAccessBlockConfiguration",
            "AccessControl",
            "PolicyDocument",
            "Bucket",
            "KeyPolicy",
            "TargetKeyId",
            "AliasName",
            "Policies",
            "Roles",
            "TemplateURL",
            "Parameters",
        ]
    ),
    ANYTHING,
    max_size=4,
)
TYPES = st.sampled_from(
    [
        "AWS::S3::Bucket",
        "AWS::S3::BucketPolicy",
        "AWS::KMS::Key",
        "AWS::KMS::Alias",
        "AWS::IAM::Role",
        "AWS::IAM::Policy",
        "AWS::CloudFormation::Stack",
        "AWS::Serverless::Function",
        "AWS::IAM::ManagedPolicy",
        "Custom::X",
    ]
)
RESOURCES = st.dictionaries(
    st.sampled_from(["Images", "Key", "Policy", "Other"]),
    st.fixed_dictionaries(
        {"Type": TYPES, "Properties": PROPERTIES | ANYTHING}, optional={"Condition": NAMES, "Metadata": ANYTHING}
    ),
    min_size=1,
)
SECTION = st.dictionaries(NAMES, ANYTHING, max_size=3) | ANYTHING


@given(
    st.fixed_dictionaries(
        {"AWSTemplateFormatVersion": st.just("2010-09-09"), "Resources": RESOURCES},
        optional={"Conditions": SECTION, "Parameters": SECTION, "Mappings": SECTION, "Outputs": SECTION, "Transform": ANYTHING},
    ),
    st.booleans(),
)
def test_any_shape_gives_a_model_or_located_errors(template: dict[str, Any], as_json: bool) -> None:
    text = json.dumps(template, indent=None if as_json else 1, ensure_ascii=as_json)
    report = audited(text, {})
    assert all("internal error" not in error.message for error in report.errors), report.errors
