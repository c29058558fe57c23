"""Parameter files: what cannot be read, and what keeps the value of the stack, leaves no default in force."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from auditor.cli import main

TEMPLATE = """
Parameters:
  Role: {Type: String, Default: "arn:aws:iam::258327614892:role/external_s3"}
Resources:
  B:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: acme
      OwnershipControls: {Rules: [{ObjectOwnership: BucketOwnerEnforced}]}
  P:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref B
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {AWS: !Ref Role}, Action: ["s3:GetObject", "s3:PutObject"], Resource: !Sub "${B.Arn}/*"}
"""


def asked(directory: Path, *arguments: str) -> tuple[int, str, str]:
    (directory / "template.yaml").write_text(TEMPLATE, encoding="utf-8")
    ran = CliRunner().invoke(main, ["check", "template.yaml", "--all-buckets", "--format", "json", *arguments])
    [verdict] = [one for one in json.loads(ran.stdout)["verdicts"] if one["need"] == "s3:GetObject"]
    return ran.exit_code, verdict["status"], " ".join(one["reason"] for one in verdict["resolved_by"])


@pytest.mark.parametrize("content", [None, "{", '{"Rolle": 1}', "[1]"])
def test_a_file_that_cannot_be_read_may_give_any_parameter_another_value(
    content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if content is not None:
        (tmp_path / "p.json").write_text(content, encoding="utf-8")
    code, status, reason = asked(tmp_path, "--parameter-file", "p.json")
    assert (code, status, reason) == (2, "unknown", "p.json, which may give the parameter Role, was not read")
    given = ("--parameter-file", "p.json", "--parameter", "Role=arn:aws:iam::258327614892:role/external_s3")
    assert asked(tmp_path, *given)[:2] == (2, "holds")


def test_the_previous_value_of_a_stack_is_not_in_the_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.json").write_text('[{"ParameterKey": "Role", "UsePreviousValue": true}]', encoding="utf-8")
    code, status, reason = asked(tmp_path, "--parameter-file", "p.json")
    assert (status, reason) == ("unknown", "the parameter Role keeps the value that the stack has")
    assert code == 1
