"""What was moved or renamed is the same thing: `moved` blocks, names that AWS has once, and roots in another directory."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import pytest

from tests.changes.said import said

BUCKET = """resource "aws_s3_bucket" "{name}" {{
{arguments}}}
resource "aws_s3_bucket_policy" "{name}" {{
  bucket = aws_s3_bucket.{name}.id
  policy = jsonencode({{ Version = "2012-10-17", Statement = [{{
    Effect    = "Allow"
    Principal = {{ AWS = "arn:aws:iam::258327614892:role/external_s3" }}
    Action    = {action}
    Resource  = "${{aws_s3_bucket.{name}.arn}}/*"
  }}] }})
}}
"""
ROLE = """resource "aws_iam_role" "{name}" {{
  name               = "worker"
  assume_role_policy = jsonencode({{ Version = "2012-10-17", Statement = [{{
    Effect = "Allow", Principal = {{ Service = "{service}.amazonaws.com" }}, Action = "sts:AssumeRole"
  }}] }})
}}
"""
MOVED = "moved {{\n  from = {}\n  to   = {}\n}}\n"
READ, BOTH = '"s3:GetObject"', '["s3:GetObject", "s3:PutObject"]'


def bucket(name: str, action: str = READ, arguments: str = "") -> str:
    return BUCKET.format(name=name, action=action, arguments=arguments)


def called(name: str) -> str:
    return f'module "{name}" {{\n  source = "./m"\n}}\n'


NAMED = '  bucket = "acme"\n'
# Files before and after; what is told of access, by root, resource, kind and relation, and of verdicts.
FAILING = """locals {
  a = { id = "x" }
}
resource "aws_iam_role" "r" {
  name               = "r"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}
resource "aws_iam_role_policy" "r" {
  role   = aws_iam_role.r.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Effect    = "Allow", Action = "s3:GetObject", Resource = "*"
    Condition = { StringEquals = { "aws:username" = local.a.names } }
  }] })
}
"""
CASES: dict[str, tuple[dict[str, str], dict[str, str], list[tuple[str, str, str]]]] = {
    "a moved bucket": (
        {"main.tf": bucket("a")},
        {"main.tf": bucket("b") + MOVED.format("aws_s3_bucket.a", "aws_s3_bucket.b")},
        [],
    ),
    "a moved bucket whose policy allows more": (
        {"main.tf": bucket("a")},
        {"main.tf": bucket("b", BOTH) + MOVED.format("aws_s3_bucket.a", "aws_s3_bucket.b")},
        [("aws_s3_bucket.b", "bucket", "wider")],
    ),
    "a moved module": (
        {"main.tf": called("a"), "m/main.tf": bucket("x")},
        {"main.tf": called("b") + MOVED.format("module.a", "module.b"), "m/main.tf": bucket("x")},
        [],
    ),
    "a bucket that is not moved": (
        {"main.tf": bucket("a")},
        {"main.tf": bucket("b")},
        [("aws_s3_bucket.b", "bucket", "wider"), ("aws_s3_bucket.a", "bucket", "narrower")],
    ),
    "a bucket of the same name": ({"main.tf": bucket("a", READ, NAMED)}, {"main.tf": bucket("b", READ, NAMED)}, []),
    "a bucket of the same name in another root": (
        {"one/main.tf": bucket("a", READ, NAMED), "two/main.tf": "locals {}\n"},
        {"one/main.tf": "locals {}\n", "two/main.tf": bucket("a", BOTH, NAMED)},
        [("aws_s3_bucket.a", "bucket", "wider")],
    ),
    "a role of the same name": (
        {"main.tf": ROLE.format(name="a", service="ec2")},
        {"main.tf": ROLE.format(name="b", service="lambda")},
        [("aws_iam_role.b", "trust", "incomparable")],
    ),
    "a renamed directory": ({"one/main.tf": bucket("a")}, {"two/main.tf": bucket("a")}, []),
    "a renamed directory in which something changed": (
        {"one/main.tf": bucket("a") + bucket("b"), "three/main.tf": bucket("z")},
        {"two/main.tf": bucket("a", BOTH) + bucket("b"), "three/main.tf": bucket("z")},
        [("aws_s3_bucket.a", "bucket", "wider")],
    ),
    "a renamed directory of a module": (
        {"main.tf": called("a"), "m/main.tf": bucket("x")},
        {"main.tf": called("a").replace("./m", "./n"), "n/main.tf": bucket("x")},
        [],
    ),
    "the line of an expression that fails": (
        {"main.tf": FAILING},
        {"main.tf": f"# a line more\n\n{FAILING}"},
        [],
    ),
    "the line of an expression that fails, and the expression": (
        {"main.tf": FAILING},
        {"main.tf": f"# a line more\n\n{FAILING}".replace("local.a.names", "local.a.others")},
        [("aws_iam_role.r", "identity", "unknown")],
    ),
    "a copied directory": (
        {"one/main.tf": bucket("a")},
        {"one/main.tf": bucket("a"), "two/main.tf": bucket("a")},
        [("aws_s3_bucket.a", "bucket", "wider")],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_moved_is_the_same(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, after, expected = CASES[name]
    monkeypatch.chdir(tmp_path)
    for folder, files in (("a", before), ("b", after)):
        for path, text in files.items():
            (tmp_path / folder / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / folder / path).write_text(text, encoding="utf-8")
    found: Any = said("a", "b")
    assert [(one["resource"], one["kind"], one["relation"]) for one in found["access"]] == expected
    changed = {one["change"] for one in found["verdicts"]}
    assert changed <= {"new", "gone"} if name in ("a bucket that is not moved", "a copied directory") else changed <= {"better"}
    assert found["settings"] == []


TEMPLATE = """Resources:
  B:
    Type: AWS::S3::Bucket
    Properties:
      PublicAccessBlockConfiguration:
        Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://x/y}}
  P:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref B
      PolicyDocument:
        Statement: [{Effect: Allow, Principal: {AWS: "*"}, Action: s3:GetObject, Resource: !Cidr [a, b]}]
"""
WRITTEN = """resource "aws_s3_bucket" "b" {
  bucket = "acme"
}
resource "aws_s3_bucket_public_access_block" "b" {
  bucket                  = aws_s3_bucket.b.id
  restrict_public_buckets = tobool("maybe")
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Statement = [{ Effect = "Allow", Principal = "*", Action = "s3:*", Resource = element([], 3) }] })
}
resource "aws_s3_bucket_cors_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  cors_rule {
    allowed_methods = ["GET"]
    allowed_origins = [aws_s3_bucket.b.bucket_domain_name, tostring([])]
  }
}
resource "aws_kms_key" "k" {}
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.k.arn
    }
  }
}
"""


@pytest.mark.parametrize(
    ("name", "text", "other", "now"),
    [
        ("t.yaml", TEMPLATE, "t.yaml", f"# a line more\n{TEMPLATE}"),
        ("main.tf", WRITTEN, "main.tf", textwrap.indent(WRITTEN, "    ").replace(" = ", "  =  ")),
        ("main.tf", WRITTEN, "storage.tf", f"\n{WRITTEN}"),
        (
            "main.tf",
            WRITTEN,
            "main.tf",
            WRITTEN.replace('"k"', '"l"').replace("key.k", "key.l") + "moved {\n  from = aws_kms_key.k\n  to = aws_kms_key.l\n}\n",
        ),
    ],
    ids=["a line", "blanks", "a file", "a key"],
)
def test_what_is_unresolved_is_the_same_wherever_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, other: str, now: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for path, code in ((Path("a", name), text), (Path("b", other), now)):
        path.parent.mkdir()
        path.write_text(code, encoding="utf-8")
    found = said("a", "b", "--contract", "v7-darwin")
    assert (found["verdicts"], found["access"], found["cors"], found["settings"]) == ([], [], [], [])
