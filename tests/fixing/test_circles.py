"""What is written into something names that by its text: Terraform and CloudFormation refuse code that refers to itself, round whatever corner.

Sources: hashicorp/terraform, internal/terraform/validate_selfref.go, "Self-referential block"; AWS Infrastructure & Automation Blog, "Handling circular
dependency errors in AWS CloudFormation": a template whose resources depend on each other in a circle is not created.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.contract.load import load
from auditor.fixing.apply import fix
from auditor.foundation.border import border_of
from auditor.foundation.text import Texts
from auditor.pipeline import Request, audit

ROLE = "arn:aws:iam::258327614892:role/external_s3"
NAMED = 'variable "name" {}\nresource "aws_s3_bucket" "b" {\n  bucket = %s\n  policy = %s\n}\n'
DENYING = 'jsonencode({ Statement = [{ Effect = "Deny", Principal = "*", Action = "s3:DeleteObject", Resource = "*" }] })'
DOCUMENT = 'data "aws_iam_policy_document" "b" {\n  statement {\n    effect    = "Deny"\n    actions   = ["s3:DeleteObject"]\n'
DOCUMENT += '    resources = ["*"]\n    principals {\n      type        = "*"\n      identifiers = ["*"]\n    }\n  }\n}\n'


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def added(rule: str) -> str:
    """What the fixes of a rule add to the code in the current directory, or have a person add where they have no edits."""
    request, texts = Request((".",), (load("v7-darwin", {}),), every_bucket=True), Texts(border=border_of((".",)))
    findings = [one for one in audit(request, texts).findings if one.rule == rule]
    assert len(findings) == 1
    found = fix(request, texts, rule)
    assert [one.faults for one in found.tried] == [()] * len(found.files)
    return b"".join(found.files.values()).decode() or findings[0].fixes[0].text


@pytest.mark.parametrize("policy", [DENYING, "data.aws_iam_policy_document.b.json"], ids=["argument", "document"])
@pytest.mark.parametrize(("name", "arn"), [('"acme-b"', "arn:aws:s3:::acme-b/*"), ("var.name", "arn:aws:s3:::${var.name}/*")])
def test_a_policy_in_its_bucket_names_that_by_its_text(here: Path, policy: str, name: str, arn: str) -> None:
    (here / "main.tf").write_text(NAMED % (name, policy) + DOCUMENT)
    after = added("access-grant-missing")
    assert f'"{arn}"' in after
    assert "aws_s3_bucket.b" not in after


def test_the_name_in_a_module_is_for_a_person_to_write(here: Path) -> None:
    (here / "m").mkdir()
    (here / "m" / "main.tf").write_text(NAMED % ("var.name", DENYING))
    (here / "main.tf").write_text('variable "images" {}\nmodule "m" {\n  source = "./m"\n  name   = var.images\n}\n')
    assert 'Resource  = "arn:aws:s3:::NAME/*"' in added("access-grant-missing")


KEY = """\
Parameters: {Name: {Type: String}}
Resources:
  B:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !Ref Name
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - {BucketKeyEnabled: true, ServerSideEncryptionByDefault: {SSEAlgorithm: aws:kms, KMSMasterKeyID: !GetAtt K.Arn}}
  K:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Statement:
          - Effect: Allow
            Principal: {AWS: "ROLE"}
            Action: [kms:Decrypt, kms:GenerateDataKey]
            Resource: "*"
            Condition: {StringLike: {"kms:EncryptionContext:aws:s3:arn": !Sub "arn:aws:s3:::${Name}/*"}}
""".replace("ROLE", ROLE)


def test_a_key_to_which_the_bucket_refers_does_not_refer_to_the_bucket(here: Path) -> None:
    (here / "t.yaml").write_text(KEY)
    after = added("kms-encryption-context-with-bucket-key")
    assert "!GetAtt B.Arn" not in after
    assert "arn:aws:s3:::NAME" in after
