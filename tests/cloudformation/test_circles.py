"""What CloudFormation can make in no order it refuses, and no verdict says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.consumer.command_line import run, written

REFUSED = "resources need one another in a circle, and CloudFormation refuses the template: {}"
TEMPLATE = """
Parameters:
  Stage: {Type: String}
Conditions:
  Prod: !Equals [!Ref Stage, prod]
Resources:
  Data:
    Type: AWS::S3::Bucket
    DependsOn: DEPENDS
    Properties:
      BucketName: acme-data
  Allowed:
    Type: AWS::Lambda::Permission
    CONDITION
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: f
      Principal: s3.amazonaws.com
      SourceArn: ARN
  Other: {Type: AWS::SNS::Topic}
"""


@pytest.mark.parametrize(
    ("depends", "condition", "arn", "circle"),
    [
        ("Allowed", "", "!GetAtt Data.Arn", "Data → Allowed → Data"),
        ("Allowed", "", '!Sub "${Data.Arn}"', "Data → Allowed → Data"),
        ("[Other, Allowed]", "", '!Join ["", ["arn:aws:s3:::", !Ref Data]]', "Data → Allowed → Data"),
        ("Allowed", "", '!Sub ["${A}", {A: !GetAtt Data.Arn}]', "Data → Allowed → Data"),
        ("Data", "", "x", "Data → Data"),
        ("Other", "", "!GetAtt Data.Arn", None),
        ("Allowed", "", "Data", None),
        ("Allowed", "", "arn:aws:s3:::acme-data", None),
        ("Allowed", "", '!Sub ["${Data}", {Data: x}]', None),
        ("Allowed", "", '!Sub "${!Data}"', None),
        ("Allowed", "", '!If [Prod, !GetAtt Data.Arn, "x"]', None),
        ("Allowed", "Condition: Prod", "!GetAtt Data.Arn", None),
    ],
)
def test_a_circle_is_an_error_where_it_is_certain(
    depends: str, condition: str, arn: str, circle: str | None, tmp_path: Path
) -> None:
    code = TEMPLATE.replace("DEPENDS", depends).replace("    CONDITION\n", f"    {condition}\n" if condition else "")
    written(tmp_path, {"t.yaml": code.replace("ARN", arn, 1) if arn == "x" else code.replace(": ARN", f": {arn}")})
    _, out, _ = run("check", str(tmp_path), "--format", "json", "--all-buckets")
    told = [error["message"] for error in json.loads(out)["errors"]]
    assert told == ([] if circle is None else [REFUSED.format(circle)])


def test_a_fix_that_would_close_a_circle_is_not_made(tmp_path: Path) -> None:
    """The role's policy names the bucket, and the bucket its key: the key's policy cannot name the role."""
    statement = 'Version: "2012-10-17", Statement: [{Effect: Allow, Action: '
    code = f"""
Resources:
  Data:
    Type: AWS::S3::Bucket
    Properties:
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - ServerSideEncryptionByDefault: {{SSEAlgorithm: aws:kms, KMSMasterKeyID: !GetAtt Key.Arn}}
  Key:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy: {{{statement}"kms:*", Resource: "*", Principal: {{AWS: !Sub "arn:aws:iam::${{AWS::AccountId}}:role/admin"}}}}]}}
  App:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {{{statement}"sts:AssumeRole", Principal: {{Service: ec2.amazonaws.com}}}}]}}
      Policies:
        - {{PolicyName: p, PolicyDocument: {{{statement}"s3:*", Resource: !Sub "${{Data.Arn}}/*"}}]}}}}
"""
    written(tmp_path, {"t.yaml": code})
    _, _, told = run("check", str(tmp_path), "--with", "principal=App", "--fix=kms-grant-missing", "--diff")
    assert told.partition("not fixed, for ")[2].startswith(
        f"the code could not be read any more: {REFUSED.format('Data → Key → App → Data')}: Add a statement to the key policy"
    )
