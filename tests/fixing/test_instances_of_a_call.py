"""What one call makes several of is said of each of them, by the key that is in it; where no text does that, nothing is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.contract.load import load
from auditor.fixing.apply import fix
from auditor.foundation.border import border_of
from auditor.foundation.text import Texts
from auditor.pipeline import Request

MODULE = """
variable "name" {}
variable "statements" {
  type    = any
  default = []
}
resource "aws_s3_bucket" "b" {
  bucket = var.name
}
resource "aws_s3_bucket_policy" "b" {
  count  = length(var.statements) > 0 ? 1 : 0
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Version = "2012-10-17", Statement = var.statements })
}
"""
CALL = 'module "m" {\n  source = "./m"\n  %s\n  name = %s\n}\n'


@pytest.mark.parametrize(
    ("repeated", "name", "resource"),
    [
        ("", '"acme-m"', "arn:aws:s3:::acme-m/*"),
        ('for_each = toset(["eu", "us"])', '"acme-${each.key}"', "arn:aws:s3:::acme-${each.key}/*"),
        ('for_each = toset(["eu", "us"])', '"${each.value}-acme-${each.key}"', "arn:aws:s3:::${each.key}-acme-${each.key}/*"),
        ('for_each = { eu = "x", us = "y" }', '"acme-${each.value}"', ""),
        ('for_each = toset(["a", "b"])', '"acme-${each.key}"', "arn:aws:s3:::acme-${each.key}/*"),
        ("count = 2", '"acme-${count.index}"', "arn:aws:s3:::acme-${count.index}/*"),
        ("count = 2", '"acme-${count.index + 1}"', ""),
        ('for_each = toset(["eu"])', '"acme-eu"', "arn:aws:s3:::acme-eu/*"),
    ],
)
def test_the_name_of_each_instance_is_said_by_its_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, repeated: str, name: str, resource: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m").mkdir()
    (tmp_path / "m/main.tf").write_text(MODULE)
    (tmp_path / "main.tf").write_text(CALL % (repeated, name))
    request = Request((".",), (load("v7-darwin", {}),), every_bucket=True)
    found = fix(request, Texts(border=border_of((".",))), "access-grant-missing")
    text = found.files.get("main.tf", b"").decode()
    assert [line.strip() for line in text.splitlines() if "arn:aws:s3" in line] == (
        [f'Resource  = "{resource}"'] if resource else []
    )
    refused = [one.message for one in found.state.report.findings if one.rule == "access-grant-missing"]
    assert bool(refused) is not bool(resource)
