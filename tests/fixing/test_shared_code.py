"""Whoever else uses what a fix changes is named, also where the audit is of a part of the tree; such a fix needs review."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from auditor.contract.load import load
from auditor.foundation.border import border_of
from auditor.foundation.text import Texts
from auditor.pipeline import Request, audit

MODULE = 'variable "name" { default = "acme-images" }\nresource "aws_s3_bucket" "b" {\n  bucket = var.name\n}\n'
CALL = 'module "m" {\n  source = "../mod"\n}\n'
PARENT = "Resources:\n  Nested:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: nested.yaml\n"
NESTED = "Resources:\n  Images:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: acme-images\n"
PUBLIC = 'module "b" {\n  source    = "terraform-aws-modules/s3-bucket/aws"\n  bucket    = "acme-images"\n  cors_rule = [{ allowed_methods = ["GET"], allowed_origins = ["https://example.com"] }]\n}\n'
LIVE = {"mod/main.tf": MODULE, "live/main.tf": CALL}
OTHER = "\n# other\n" + CALL
TITLE = "Add a CORS configuration"


@pytest.mark.parametrize(
    ("files", "paths", "told"),
    [
        ({"mod/main.tf": MODULE}, ["."], {(TITLE, "safe")}),
        ({"mod/main.tf": MODULE}, ["mod"], {(TITLE, "safe")}),
        (LIVE, ["."], {(TITLE, "needs review")}),
        (LIVE, ["mod"], {(f"{TITLE}; this changes the call of mod too: live/main.tf:1", "needs review")}),
        ({**LIVE, "mod/versions.tf": 'terraform {\n  backend "s3" {}\n}\n'}, ["mod"], {(TITLE, "safe")}),  # a root, by its state
        (LIVE, ["mod/main.tf"], {(f"{TITLE}; this changes the call of mod too: live/main.tf:1", "needs review")}),
        (
            LIVE,
            ["live", "mod"],
            {
                (f"{TITLE}; this changes the call of mod too: live/main.tf:1", "needs review"),
                (f"{TITLE}; this changes mod where it is deployed by itself", "needs review"),
            },
        ),
        (
            {**LIVE, "other/a.tf": OTHER},
            ["live"],
            {(f"{TITLE}; this changes the other call of mod too: other/a.tf:3", "needs review")},
        ),
        (
            {**LIVE, "other/a.tf": OTHER},
            ["mod"],
            {(f"{TITLE}; this changes the 2 calls of mod too: live/main.tf:1; other/a.tf:3", "needs review")},
        ),
        (
            {"mod/main.tf": PUBLIC, "live/main.tf": CALL, "other/main.tf": CALL},
            ["."],
            {
                (
                    f"Add a CORS rule: change what module.m.module.b is given; this changes the other call of mod too: {other}/main.tf:1",
                    "needs review",
                )
                for other in ("live", "other")
            },
        ),
        (
            {"a.yaml": PARENT, "b.yaml": PARENT, "nested.yaml": NESTED},
            ["."],
            {
                (f"{TITLE}; this changes the other call of nested.yaml too: {other}:2", "needs review")
                for other in ("a.yaml", "b.yaml")
            },
        ),
    ],
)
def test_whoever_else_uses_the_code_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: Mapping[str, str], paths: list[str], told: set[tuple[str, str]]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    report = audit(Request(tuple(paths), (load("v7-darwin", {}),), every_bucket=True), Texts(border=border_of(paths)))
    found = [one for one in report.findings if one.rule == "cors-request-refused"]
    assert {(patch.title, patch.certainty.value) for one in found for patch in one.fixes} == told
