"""CORS rules are written as the release of the AWS provider that the code is for has them."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.contract.load import load
from auditor.fixes.declared import is_before_resources
from auditor.fixing.apply import fix
from auditor.foundation.border import border_of
from auditor.foundation.text import Texts
from auditor.pipeline import Request
from tests.fixing.test_written_forms import fixed

REQUIRED = (
    'terraform {\n  required_providers {\n    aws = {\n      source  = "hashicorp/aws"\n      version = "%s"\n    }\n  }\n}\n'
)
BUCKET = 'resource "aws_s3_bucket" "b" {\n  bucket = "acme-b"\n}\n'
RULE = """
  cors_rule {
    allowed_origins = ["https://darwin.v7labs.com"]
    allowed_methods = ["GET", "PUT"]
    allowed_headers = ["*"]
  }
"""
LOCK = """provider "registry.terraform.io/hashicorp/%s" {
  version     = "%s"
  constraints = "~> 3.0"
  hashes = [
    "h1:abc=",
  ]
}
"""


@pytest.mark.parametrize(
    ("versions", "before"),
    [
        ("3.50", True), ("= 3.74.3", True), ("<= 3.74", True), ("< 3.75", True), ("<3.75.0", True), ("~> 3.74.0", True), ("~> 2.70", True),
        (">= 2.7, < 3.0", True), ("~> 3.0, != 3.10, < 3.70", True), ("= v3.1.0", True),
        ("3.75.0", False), ("= 3.76", False), ("<= 3.75", False), ("< 3.75.1", False), ("< 4.0", False), ("~> 3.0", False), ("~> 3.75.0", False),
        ("~> 3", False), (">= 3.0", False), ("> 2.0", False), ("!= 3.1", False), ("~> 5.0", False), ("5.1.0-beta1", False), ("", False),
    ],
)  # fmt: skip
def test_what_a_constraint_allows(versions: str, before: bool) -> None:
    older = f'provider "aws" {{\n  region  = "eu-west-1"\n  default_tags {{\n    tags = {{}}\n  }}\n  version = "{versions}"\n}}\n'
    short = f'terraform {{\n  required_providers {{\n    null = "3.0"\n    aws = "{versions}"\n  }}\n}}\n'
    for text in (REQUIRED % versions, (REQUIRED % versions).replace("\n", "\r\n"), older, short):
        assert is_before_resources(text.encode(), in_json=False) is before
        assert not is_before_resources(text.replace("aws", "awscc").encode(), in_json=False)
        assert not is_before_resources("".join(f"# {line}" for line in text.splitlines(keepends=True)).encode(), in_json=False)


@pytest.mark.parametrize(
    ("wanted", "locked", "inside"),
    [("= 3.50", "", True), ("~> 3.0", LOCK % ("aws", "3.74.3"), True), ("~> 3.0", LOCK % ("aws", "3.76.1"), False),
     ("~> 3.0", LOCK % ("null", "3.1.0"), False), ("~> 3.0", "", False), ("~> 5.0", "", False)],
)  # fmt: skip
def test_rules_are_written_in_the_bucket_where_there_is_no_resource_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: str, locked: str, inside: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    if locked:
        (tmp_path / ".terraform.lock.hcl").write_text(locked)
    (tmp_path / "versions.tf").write_text(REQUIRED % wanted)
    new = fixed(tmp_path, "main.tf", BUCKET).files["main.tf"].decode()
    assert new.startswith(BUCKET.removesuffix("}\n") + RULE if inside else BUCKET)
    assert ("aws_s3_bucket_cors_configuration" in new) is not inside


def test_a_module_that_a_root_for_an_older_release_calls_has_its_rules_in_the_bucket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "main.tf").write_text(BUCKET)
    for root, versions, source in (("a", "= 3.50", "between"), ("b", "~> 5.0", "m"), ("between", "~> 3.0", "m")):
        (tmp_path / root).mkdir()
        code = (REQUIRED % versions) + f'module "m" {{\n  source = "../{source}"\n}}\n'
        (tmp_path / root / "main.tf").write_text(code)
    request = Request((".",), (load("v7-darwin", {}),), every_bucket=True)
    found = fix(request, Texts(border=border_of((".",))), "cors-request-refused")
    assert {path: text.decode() for path, text in found.files.items()} == {"m/main.tf": BUCKET.removesuffix("}\n") + RULE + "}\n"}
    assert [one.faults for one in found.tried] == [(), ()]  # 'between' is no root
