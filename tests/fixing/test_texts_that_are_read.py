"""A statement for a policy that Terraform only reads names the bucket as the others there do, since such a text can name nothing of the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.contract.load import load
from auditor.fixing.apply import fix
from auditor.foundation.border import border_of
from auditor.foundation.text import Texts
from auditor.pipeline import Request

BUCKET = 'variable "env" {}\nresource "aws_s3_bucket" "b" {\n  bucket = "acme-${var.env}-logs"\n}\n'
POLICY = (
    'resource "aws_s3_bucket_policy" "b" {\n  bucket = aws_s3_bucket.b.id\n'
    '  policy = templatefile("${path.module}/policy.json.tpl", { name = "acme-${var.env}-logs", env = var.env })\n}\n'
)
TEXT = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
      "Action": "s3:PutObject",
      "Resource": "%s"
    }
  ]
}
"""


@pytest.mark.parametrize(
    ("others", "resource"),
    [
        ("arn:aws:s3:::${name}/*", "arn:aws:s3:::${name}/*"),
        ("arn:aws:s3:::acme-${env}-logs", "arn:aws:s3:::acme-${env}-logs/*"),
        ("arn:aws:s3:::acme-${env}-logs/in/*", ""),
    ],
)
def test_the_bucket_is_named_as_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, others: str, resource: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "main.tf").write_text(BUCKET + POLICY)
    (tmp_path / "policy.json.tpl").write_text(TEXT % others)
    found = fix(
        Request((".",), (load("v7-darwin", {}),), every_bucket=True), Texts(border=border_of((".",))), "access-grant-missing"
    )
    text = found.files.get("policy.json.tpl", b"").decode()
    assert [line.strip() for line in text.splitlines() if "Resource" in line][1:] == (
        [f'"Resource": "{resource}"'] if resource else []
    )
    assert bool([one for one in found.state.report.findings if one.rule == "access-grant-missing"]) is not bool(resource)
