"""The name of a bucket, taken out of its ARN or host name by functions on text, is the name of that bucket, however little of it is resolved."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor import prove
from tests.cloudformation.templates import output

NAMES = {
    "made up": "{}",
    "unresolved": "{BucketName: !Ref Name}",
    "partly resolved": '{BucketName: !Sub "acme-${Name}-images"}',
    "branching": "{BucketName: !If [Prod, x-images, !Ref AWS::NoValue]}",
    "by account": '{BucketName: !Sub "acme-${AWS::AccountId}"}',
    "prefixed": "{BucketNamePrefix: !Ref Name}",
    "resolved": "{BucketName: acme-images}",
}


def head(name: str) -> str:
    return f"""
        Parameters: {{Name: {{Type: String}}, Env: {{Type: String}}}}
        Conditions: {{Prod: !Equals [!Ref Env, prod]}}
        Resources: {{B: {{Type: AWS::S3::Bucket, Properties: {NAMES[name]}}}}}
    """


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "expression",
    [
        '!Select [5, !Split [":", !GetAtt B.Arn]]',
        '!Select [1, !Split [":::", !GetAtt B.Arn]]',
        '!Select [1, !Split ["arn:aws:s3:::", !GetAtt B.Arn]]',
        '!Join ["", !Split ["arn:aws:s3:::", !GetAtt B.Arn]]',
        '!Select [0, !Split ["/", !Select [5, !Split [":", !Sub "${B.Arn}/*"]]]]',
        '!Select [5, !Split [":", !Join ["", ["arn:aws:s3:::", !Ref B]]]]',
        '!Select [5, !Split [":", !Sub "arn:${AWS::Partition}:s3:::${B}"]]',
        '!Sub ["${n}", {n: !Select [5, !Split [":", !GetAtt B.Arn]]}]',
    ],
)
def test_the_name_in_the_arn_of_a_bucket_is_its_name(expression: str, name: str) -> None:
    assert output(expression, head(name)) == output("!Ref B", head(name))


@pytest.mark.parametrize("name", ["made up", "by account", "resolved"])
@pytest.mark.parametrize("separator", [".", ".s3"])
def test_a_name_without_dots_is_the_first_part_of_its_host_name(separator: str, name: str) -> None:
    assert output(f'!Select [0, !Split ["{separator}", !GetAtt B.DomainName]]', head(name)) == output("!Ref B", head(name))


@pytest.mark.parametrize(
    ("expression", "written"),
    [
        (
            '!Select [0, !Split [".", !GetAtt B.DomainName]]',
            '${Select(0, ["s3", "amazonaws", "com", Split(".", "${Name}.s3.amazonaws.com")...])}',
        ),
        (
            '!Select [5, !Split [":", !Sub "arn:aws:s3:::${Name}"]]',
            '${Select(5, ["arn", "aws", "s3", "", "", Split(":", "arn:aws:s3:::${Name}")...])}',
        ),
        ('!Select [0, !Split ["-", !Ref B]]', '${Select(0, [Split("-", Name)...])}'),
        ('!Select [1, !Split ["::", !Sub "${Name}::b"]]', '${Select(1, [Split("::", "${Name}::b")...])}'),
    ],
)
def test_what_an_unresolved_part_may_hold_is_no_border(expression: str, written: str) -> None:
    assert output(expression, head("unresolved")) == written


def test_a_policy_by_the_name_in_the_arn_is_that_of_the_bucket(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(
        """
Parameters: {Name: {Type: String}}
Resources:
  B: {Type: AWS::S3::Bucket, Properties: {BucketName: !Ref Name}}
  P:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Select [5, !Split [":", !GetAtt B.Arn]]
      PolicyDocument:
        Statement:
          - {Effect: Allow, Principal: {AWS: "arn:aws:iam::258327614892:role/external_s3"}, Action: s3:GetObject, Resource: !Sub "${B.Arn}/*"}
""",
        encoding="utf-8",
    )
    assert prove("s3:GetObject", tmp_path).reason == "statement 1 grants it for every key"
