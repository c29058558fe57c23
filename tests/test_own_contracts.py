"""Contracts of one's own: where they are found, what is said of them; and what code mentions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from auditor.cli import main
from auditor.contract.load import names, skeleton

OWN = """\
id: acme
title: Acme
principal: {arn: arn:aws:iam::444455556666:role/acme}
needs: [{id: s3:GetObject, why: It reads.}]
"""
POLICY = {
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::444455556666:root"},
            "Action": "s3:GetObject",
            "Resource": {"Fn::Sub": "${B.Arn}/*"},
        }
    ]
}
TEMPLATE = {
    "Resources": {
        "B": {"Type": "AWS::S3::Bucket"},
        "P": {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": "B"}, "PolicyDocument": POLICY}},
    }
}


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a contract of its own, and a folder in it to work in."""
    (tmp_path / ".git").mkdir()
    (tmp_path / ".auditor" / "contracts").mkdir(parents=True)
    (tmp_path / ".auditor" / "contracts" / "acme.yaml").write_text(OWN)
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "template.json").write_text(json.dumps(TEMPLATE, indent=1))
    monkeypatch.chdir(tmp_path / "infra")
    return tmp_path


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, arguments)
    return result.exit_code, result.output


@pytest.mark.usefixtures("repository")
def test_a_contract_of_the_repository_has_a_name_there() -> None:
    assert "acme" in names()
    assert run("contracts", "show", "acme") == (0, OWN)
    told = "../.auditor/contracts/acme.yaml  Acme\n  needs s3:GetObject\n  parameters: none\n\nwith its defaults:\n"
    assert run("contracts", "check", "acme") == (0, f"{told}  s3:GetObject, by arn:aws:iam::444455556666:role/acme: It reads.\n")


@pytest.mark.usefixtures("repository")
def test_what_the_code_mentions_is_audited_and_listed() -> None:
    code, text = run("check", ".", "--format", "json")
    assert (code, {one["contract"] for one in json.loads(text)["verdicts"]}) == (0, {"acme"})
    assert run("platforms") == (0, "acme  Acme\n  B: arn:aws:iam::444455556666:root  template.json:17\n")
    assert json.loads(run("platforms", "--format", "json")[1]) == [
        {
            "contract": "acme",
            "title": "Acme",
            "root": "template.json",
            "bucket": "B",
            "what": "arn:aws:iam::444455556666:root",
            "path": "template.json",
            "line": 17,
        }
    ]


def test_nothing_above_the_repository_counts(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / "infra" / ".git").mkdir()
    assert "acme" not in names()
    monkeypatch.chdir(repository)
    assert "acme" in names()
    assert run("platforms", "infra/nothing") == (
        2,
        "error: infra/nothing:1:1: there is no such file or directory\nno platform is mentioned\n",
    )


def test_a_built_in_contract_cannot_be_replaced(repository: Path) -> None:
    (repository / ".auditor" / "contracts" / "segment.yaml").write_text(OWN)
    assert run("contracts", "show", "segment")[1] != OWN


def test_what_begins_a_contract_is_one(repository: Path) -> None:
    (repository / "new.yaml").write_text(skeleton())
    assert run("contracts", "new") == (0, skeleton())
    code, text = run("contracts", "check", "../new.yaml")
    assert (code, text.splitlines()[0]) == (0, "../new.yaml  My platform")


def test_a_fault_has_its_place(repository: Path) -> None:
    (repository / "new.yaml").write_text(OWN.replace("GetObject", "GetObjet"))
    told = "error: ../new.yaml:4:14: there is no action 's3:GetObjet'; did you mean 's3:GetObject'?\n"
    assert run("contracts", "check", "../new.yaml") == (2, told)
