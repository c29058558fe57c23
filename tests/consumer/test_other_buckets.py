"""One bucket is never another one: names that AWS gives out, and what cannot be the name of a bucket."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.consumer.command_line import WORKER, answers

pytestmark = pytest.mark.whole

DENIED = ("fails", "neither a policy of the caller nor the resource's own allows s3:GetObject")
DEPENDS = (
    "unknown",
    "it depends on 'NAME.BucketName': in one case, neither a policy of the caller nor the resource's own allows s3:GetObject",
)
TEMPLATE = (
    "Parameters:\n  X: {Type: String}\nConditions:\n  C: !Equals [!Ref X, a]\nResources:\n  In: {Type: AWS::S3::Bucket}\n  Out: OUT"
    + WORKER
    + '      Policies: [{PolicyName: p, PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, '
    'Action: "s3:GetObject", Resource: RESOURCE}]}}]\n'
)
MADE_UP = "acme-data-abcdefghijk1"
PLAIN = "{Type: AWS::S3::Bucket}"
NAMED_AFTER = '{Type: AWS::S3::Bucket, Properties: {BucketName: !If [C, !Sub "${In}-copy", acme]}}'
CASES = {
    "the objects of another bucket": (PLAIN, '!Sub "${In.Arn}/*"', DENIED),
    "all that begins with another bucket": (PLAIN, '!Sub "${In.Arn}*"', (DEPENDS[0], DEPENDS[1].replace("NAME", "In"))),
    "a name made of another one": (NAMED_AFTER, '!Sub "${In.Arn}-copy/*"', (DEPENDS[0], DEPENDS[1].replace("NAME", "In"))),
    "a text that is not a name": (PLAIN, '"arn:aws:s3:::<ARTIFACT_BUCKET_TOKEN>/*"', DENIED),
    "a name": (PLAIN, '"arn:aws:s3:::acme-data/*"', DENIED),
    "a name as they are made up": (PLAIN, f'"arn:aws:s3:::{MADE_UP}/*"', (DEPENDS[0], DEPENDS[1].replace("NAME", "Out"))),
}


@pytest.mark.parametrize("case", CASES)
def test_a_statement_about_another_bucket_grants_nothing(case: str, tmp_path: Path) -> None:
    out, resource, expected = CASES[case]
    template = TEMPLATE.replace("OUT", out).replace("RESOURCE", resource)
    assert answers(tmp_path, {"template.yaml": template}, "Worker", bucket="Out")["s3:GetObject"] == expected


RESOURCES = (
    f"{MADE_UP}/*",
    "acme-data/*",
    "acme-*/*",
    "*/*",
    "*",
    "<X>/*",
    "a:b/*",
    "Acme_Data/*",
    "acme-data*",
    f"?{MADE_UP[1:]}/*",
    "*a/*b",
)


@pytest.mark.parametrize("resource", RESOURCES)
def test_no_name_flips_what_was_decided_without_it(resource: str, tmp_path: Path) -> None:
    template = TEMPLATE.replace("RESOURCE", f'"arn:aws:s3:::{resource}"')
    files = {"template.yaml": template.replace("OUT", PLAIN)}
    before, _ = answers(tmp_path, files, "Worker", bucket="Out")["s3:GetObject"]
    for name in (MADE_UP, f"b{MADE_UP[1:]}", "acme-data-x-abcdefghijk1", "z-z-zzzzzzzzzzzz"):
        named = f"{{Type: AWS::S3::Bucket, Properties: {{BucketName: {name}}}}}"
        files = {"template.yaml": template.replace("OUT", named)}
        after, _ = answers(tmp_path, files, "Worker", bucket="Out")["s3:GetObject"]
        assert before in ("unknown", after)


KEY_TEMPLATE = """
Resources:
  K:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {AWS: !Sub "arn:aws:iam::${AWS::AccountId}:root"}, Action: "kms:*", Resource: "*"}
          - Effect: Allow
            Principal: {AWS: "arn:aws:iam::258327614892:role/external_s3"}
            Action: "kms:*"
            Resource: "*"
            Condition: {StringLike: {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::*/*"}}
  B:
    Type: AWS::S3::Bucket
    Properties:
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - {BucketKeyEnabled: true, ServerSideEncryptionByDefault: {SSEAlgorithm: "aws:kms", KMSMasterKeyID: !GetAtt K.Arn}}
"""


def test_the_context_of_a_bucket_key_has_no_slash(tmp_path: Path) -> None:
    found = answers(tmp_path, {"template.yaml": KEY_TEMPLATE}, "arn:aws:iam::258327614892:role/external_s3")
    assert found["kms:Decrypt"] == ("fails", "no statement allows kms:Decrypt")
