"""A statement for a policy that Terraform only reads names the bucket as the others there do, since such a text can name nothing of the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.contract.load import load
from auditor.fixing.apply import fix
from auditor.foundation.border import border_of
from auditor.foundation.text import Texts
from auditor.pipeline import Request, audit

REQUEST = Request((".",), (load("v7-darwin", {}),), every_bucket=True)
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
    found = fix(REQUEST, Texts(border=border_of((".",))), "access-grant-missing")
    text = found.files.get("policy.json.tpl", b"").decode()
    assert [line.strip() for line in text.splitlines() if "Resource" in line][1:] == (
        [f'"Resource": "{resource}"'] if resource else []
    )
    assert bool([one for one in found.state.report.findings if one.rule == "access-grant-missing"]) is not bool(resource)


STATEMENT = """    {
      "Effect": "Allow",
      "Principal": {"AWS": "arn:aws:iam::${account}:root"},
      "Action": "s3:PutObject",
      "Resource": "arn:aws:s3:::${name}/*"
    }"""
ADDED = """    {
      "Sid": "PlatformAccess",
      "Effect": "Allow",
      "Principal": {"AWS": "arn:aws:iam::258327614892:role/external_s3"},
      "Action": ["s3:GetObject", "s3:PutObject"],
      "Resource": "arn:aws:s3:::${name}/*"
    }"""
IN_DIRECTIVES = (
    'resource "aws_s3_bucket_policy" "b" {\n  bucket = aws_s3_bucket.b.id\n'
    '  policy = templatefile("${path.module}/policy.json.tpl", {\n'
    '    name = aws_s3_bucket.b.bucket, account = "111122223333", yes = true, others = ["444455556666"]\n  })\n}\n'
)


@pytest.mark.parametrize(
    ("statements", "fixed"),
    [
        (f"%{{ if yes }}\n{STATEMENT}\n%{{ endif }}", ""),
        (f"%{{ for account in others }}\n{STATEMENT}\n%{{ endfor }}", ""),
        (
            f"{STATEMENT}\n%{{ if yes }},\n{STATEMENT}\n%{{ endif }}",
            f"{STATEMENT},\n{ADDED}\n%{{ if yes }},\n{STATEMENT}\n%{{ endif }}",
        ),
        (
            f"{STATEMENT}\n%{{ for account in others }},\n{STATEMENT}\n%{{ endfor }}",
            f"{STATEMENT},\n{ADDED}\n%{{ for account in others }},\n{STATEMENT}\n%{{ endfor }}",
        ),
    ],
)
def test_no_statement_is_added_where_a_directive_decides_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statements: str, fixed: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "main.tf").write_text(BUCKET + IN_DIRECTIVES)
    document = f'{{\n  "Version": "2012-10-17",\n  "Statement": [\n{statements}\n  ]\n}}\n'
    (tmp_path / "policy.json.tpl").write_text(document)
    found = fix(REQUEST, Texts(border=border_of((".",))), "access-grant-missing")
    assert found.files.get("policy.json.tpl", b"").decode() == (document.replace(statements, fixed) if fixed else "")


IN_HEREDOC = """\
variable "readers" {
  default = ["arn:aws:iam::258327614892:role/external_s3", "arn:aws:iam::111122223333:root"]
}

resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = <<-EOT
    {
      "Version": "2012-10-17",
      "Statement": [
        DIRECTIVE
        {
          "Effect": "Allow",
          "Principal": {"AWS": "READER"},
          "Action": "s3:GetObject",
          "Resource": "${aws_s3_bucket.b.arn}/*"
        },
        %{ ENDS }
        {
          "Effect": "Deny",
          "Principal": "*",
          "Action": "s3:*",
          "Resource": "${aws_s3_bucket.b.arn}/*",
          "Condition": {"Bool": {"aws:SecureTransport": "false"}}
        }
      ]
    }
  EOT
}
"""


@pytest.mark.parametrize(
    ("directive", "reader", "certainty"),
    [
        ("%{ if true }", "${var.readers[0]}", "safe"),
        ("%{ for one in var.readers }", "${one}", "needs review"),
    ],
)
def test_what_stands_in_a_loop_is_of_each_item(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, directive: str, reader: str, certainty: str
) -> None:
    monkeypatch.chdir(tmp_path)
    policy = IN_HEREDOC.replace("DIRECTIVE", directive).replace("READER", reader).replace("ENDS", f"end{directive.split()[1]}")
    (tmp_path / "main.tf").write_text(BUCKET + policy)
    report = audit(REQUEST, Texts(border=border_of((".",))))
    (finding,) = [one for one in report.findings if one.rule == "access-grant-missing"]
    assert (finding.location.line, [patch.certainty.value for patch in finding.fixes]) == (19, [certainty])
