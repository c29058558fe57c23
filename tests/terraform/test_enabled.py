"""`enabled` in a `lifecycle` block of OpenTofu: the resource or module is there, or it is null."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.terraform.trees import local, plain, verdicts

V7 = "arn:aws:iam::258327614892:role/external_s3"
CODE = f"""
variable "on" {{ type = bool }}
resource "aws_s3_bucket" "b" {{
  bucket = "acme-b"
}}
resource "aws_s3_bucket_policy" "b" {{
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({{ Version = "2012-10-17", Statement = [{{ Effect = "Allow", Principal = {{ AWS = "{V7}" }},
    Action = "s3:GetObject", Resource = "${{aws_s3_bucket.b.arn}}/*" }}] }})
  lifecycle {{
    enabled = ENABLED
  }}
}}
"""

MODULE = 'variable "on" { type = bool }\nmodule "m" {\n  source = "./m"\n  lifecycle {\n    enabled = ENABLED\n  }\n}\n'


@pytest.mark.parametrize(
    ("enabled", "status"),
    [
        ("true", "holds"),
        ('"true"', "holds"),
        ("false", "fails"),
        ("var.on", "unknown"),
        ("!var.on", "unknown"),
        ("null", "unknown"),
    ],
)
def test_a_resource_that_is_enabled_or_not(enabled: str, status: str, tmp_path: Path) -> None:
    found = verdicts(tmp_path, {"main.tofu": CODE.replace("ENABLED", enabled)})
    assert found["aws_s3_bucket.b", "s3:GetObject"][0] == status


def test_in_json_syntax(tmp_path: Path) -> None:
    bucket = (
        '{"resource": {"aws_s3_bucket": {"b": {"bucket": "acme-b", "lifecycle": {"enabled": false}}, "c": {"bucket": "acme-c"}}}}'
    )
    assert {address for address, _ in verdicts(tmp_path, {"main.tf.json": bucket})} == {"aws_s3_bucket.c"}


def test_a_module_that_is_not_enabled_makes_nothing(tmp_path: Path) -> None:
    files = {"m/main.tf": 'resource "aws_s3_bucket" "b" {\n  bucket = "acme-b"\n}\n', "c.tf": 'resource "aws_s3_bucket" "c" {}\n'}
    for enabled, addresses in (("true", {"module.m.aws_s3_bucket.b", "aws_s3_bucket.c"}), ("false", {"aws_s3_bucket.c"})):
        found = verdicts(tmp_path / enabled, {**files, "main.tf": MODULE.replace("ENABLED", enabled)})
        assert {address for address, _ in found if not address.startswith("m/")} == addresses


@pytest.mark.parametrize(("enabled", "value"), [("true", "acme-b"), ("false", "none")])
def test_what_is_not_enabled_is_null(enabled: str, value: str, tmp_path: Path) -> None:
    code = f"""
    resource "aws_s3_bucket" "b" {{
      bucket = "acme-b"
      lifecycle {{
        enabled = {enabled}
      }}
    }}
    locals {{ x = try(aws_s3_bucket.b.bucket, "none") }}
    """
    assert plain(local(tmp_path, code)) == value
