"""The name of a bucket, taken out of its ARN by functions on text, is the name of that bucket, however little of it is resolved."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor import prove
from auditor.foundation.value import Domain, JsonText, Known, MapValue, Symbol, Template, Unknown
from tests.terraform.test_functions import evaluated

ARN = "aws_s3_bucket.b.arn"
NAMES = {
    "made up": "",
    "prefixed": 'bucket_prefix = "acme-"',
    "unresolved": "bucket = var.v",
    "partly resolved": 'bucket = "acme-${var.v}-images"',
    "branching": 'bucket = var.v == "a" ? "x-images" : "y-images"',
    "by account": 'bucket = "acme-${data.aws_caller_identity.c.account_id}"',
    "resolved": 'bucket = "acme-images"',
}


def before(name: str) -> str:
    return f'variable "v" {{}}\ndata "aws_caller_identity" "c" {{}}\nresource "aws_s3_bucket" "b" {{\n  {NAMES[name]}\n}}\n'


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "expression",
    [
        f'replace({ARN}, "arn:aws:s3:::", "")',
        f'replace({ARN}, "/^arn:aws:s3:::/", "")',
        f'replace({ARN}, "/arn:aws:s3:::/", "")',
        f'replace(replace("${{{ARN}}}/*", "/*", ""), "arn:aws:s3:::", "")',
        f'trimprefix({ARN}, "arn:aws:s3:::")',
        f'trimprefix(trimsuffix("${{{ARN}}}/*", "/*"), "arn:aws:s3:::")',
        f'split(":", {ARN})[5]',
        f'split(":", split("/", "${{{ARN}}}/*")[0])[5]',
        f'element(split(":::", {ARN}), 1)',
        f'element(split(":", {ARN}), length(split(":", {ARN})) - 1)',
        f'reverse(split(":", {ARN}))[0]',
        f"substr({ARN}, 13, -1)",
        f'strcontains({ARN}, "/") ? "x" : trimprefix({ARN}, "arn:aws:s3:::")',
        'trimprefix(aws_s3_bucket.b.id, "arn:aws:s3:::")',
        'trimsuffix(aws_s3_bucket.b.id, "/")',
        'split("/", aws_s3_bucket.b.id)[0]',
        'startswith(aws_s3_bucket.b.id, "arn:") ? "x" : aws_s3_bucket.b.id',
        'trimsuffix(aws_s3_bucket.b.bucket_domain_name, ".s3.amazonaws.com")',
    ],
)  # fmt: skip
def test_the_name_in_the_arn_of_a_bucket_is_its_name(tmp_path: Path, expression: str, name: str) -> None:
    assert evaluated(tmp_path, expression, before(name)) == evaluated(tmp_path, "aws_s3_bucket.b.id", before(name))


@pytest.mark.parametrize(
    "expression",
    [
        'replace("arn:aws:s3:::${var.v}", "arn:aws:s3:::", "")',
        'split(":", "arn:aws:s3:::${var.v}")',
        f'replace({ARN}, "a", "")',
        f'replace({ARN}, "-images", "")',
        f'replace({ARN}, "/.*:/", "")',
        f'replace({ARN}, "/arn:aws:s3:::/", "$0")',
        f'replace("${{{ARN}}}/*", "x/", "")',
        'replace(data.aws_s3_bucket.b.arn, "arn:aws:s3:::", "")',
        f'endswith({ARN}, "-logs")',
        'substr("a${var.v}", 1, -1)',
    ],
)
def test_what_an_unresolved_part_may_hold_is_not_taken_away(tmp_path: Path, expression: str) -> None:
    code = before("unresolved") + 'data "aws_s3_bucket" "b" {\n  bucket = var.v\n}\n'
    value = evaluated(tmp_path, expression, code)
    assert isinstance(value, Unknown)
    assert value.symbol.reason == "var.v has no default"


@pytest.mark.parametrize(
    ("expression", "content"),
    [
        # A Region has hyphens, and one that is replaced is another text.
        (
            'replace(jsonencode({ a = "x:${data.aws_region.r.name}" }), "-", "_")',
            ("x:", 'replace(region of the aws provider, "-", "_")'),
        ),
        ('replace(jsonencode({ a = "x:${data.aws_region.r.name}" }), "/", "_")', ("x:", "region of the aws provider")),
        ('replace(jsonencode({ a = "X/${var.v}" }), "ID", "1")', ("X/", 'replace(var.v, "ID", "1")')),
        ('replace(jsonencode({ a = "A_I${var.v}" }), "ID", "1")', ('replace("A_I${var.v}", "ID", "1")',)),
        # What stands for something else is often written as in a template.
        ('replace(jsonencode({ a = "$${x}/${data.aws_region.r.name}" }), "$${x}", "y")', ("y/", "region of the aws provider")),
    ],
)
def test_a_replacement_in_json_does_not_pass_over_what_a_hole_may_hold(
    tmp_path: Path, expression: str, content: tuple[str, ...]
) -> None:
    value = evaluated(tmp_path, expression, before("unresolved") + 'data "aws_region" "r" {}\n')
    assert isinstance(value, JsonText)
    assert isinstance(value.content, MapValue)
    text = value.content.entries["a"]
    parts = text.parts if isinstance(text, Template) else (text.symbol,) if isinstance(text, Unknown) else ()
    assert tuple(part.name if isinstance(part, Symbol) else part for part in parts) == content
    assert all(part.domain is Domain.ANY for part in parts if isinstance(part, Symbol) and part.name.startswith("replace("))


@pytest.mark.parametrize("pattern", ["}", "{", "{}", ":", ","])
def test_what_may_stand_between_the_strings_of_json_is_not_replaced_in_them_alone(tmp_path: Path, pattern: str) -> None:
    value = evaluated(tmp_path, f'replace(jsonencode({{ a = "{pattern}${{var.v}}" }}), "{pattern}", "")', before("unresolved"))
    assert isinstance(value, Unknown)


POLICY = """
variable "v" {}
resource "aws_s3_bucket" "b" {
  %s
}
resource "aws_s3_bucket_policy" "b" {
  bucket = %s
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::258327614892:role/external_s3" }
      Action    = ["s3:GetObject", "s3:PutObject"]
      Resource  = "${aws_s3_bucket.b.arn}/*"
    }]
  })
}
"""


@pytest.mark.parametrize("name", ["", "bucket = var.v"])
@pytest.mark.parametrize("reference", [f'replace({ARN}, "arn:aws:s3:::", "")', f'split(":", {ARN})[5]', f"substr({ARN}, 13, -1)"])
def test_a_policy_by_the_name_in_the_arn_is_that_of_the_bucket(tmp_path: Path, name: str, reference: str) -> None:
    (tmp_path / "main.tf").write_text(POLICY % (name, reference), encoding="utf-8")
    assert prove("s3:GetObject", tmp_path).reason == "statement 1 grants it for every key"


def test_what_is_certain_of_a_text_with_holes_is_known(tmp_path: Path) -> None:
    for expression in (
        f'strcontains({ARN}, ":s3:")',
        f'!strcontains({ARN}, "/")',
        f'!endswith({ARN}, "/*")',
        f'startswith({ARN}, "arn:")',
    ):
        assert evaluated(tmp_path, expression, before("unresolved")) == Known(True)
