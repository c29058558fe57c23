"""What resolves a context key that a parameter of the contract gives: the options, complete, with the resource that the code asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor import prove
from auditor.contract.build import variants
from auditor.contract.load import read
from auditor.foundation.text import Texts
from auditor.pipeline import Request, audit

SITE = """
    resource "aws_cloudfront_distribution" "site" {{}}
    resource "aws_cloudfront_distribution" "other" {{}}
    resource "aws_s3_bucket" "site" {{
      bucket = "acme-site"
    }}
    resource "aws_s3_bucket_policy" "site" {{
      bucket = aws_s3_bucket.site.id
      policy = jsonencode({{
        Version = "2012-10-17"
        Statement = [{{
          Effect    = "Allow"
          Principal = {{ Service = "cloudfront.amazonaws.com" }}
          Action    = "s3:GetObject"
          Resource  = "${{aws_s3_bucket.site.arn}}/*"
          Condition = {{ StringEquals = {{ "AWS:SourceArn" = {arn} }} }}
        }}]
      }})
    }}
"""
OPTION = "give it with --contract cloudfront-oac --with prefix=site/ --with distribution="


@pytest.mark.parametrize(
    ("arn", "hint"),
    [
        ("aws_cloudfront_distribution.site.arn", f"{OPTION}aws_cloudfront_distribution.site"),
        ("[aws_cloudfront_distribution.site.arn, aws_cloudfront_distribution.other.arn]", f"{OPTION}…"),
        ('"arn:aws:cloudfront::111122223333:distribution/E1"', f"{OPTION}…"),
    ],
)
def test_the_option_names_the_one_distribution_that_the_policy_asks_for(tmp_path: Path, arn: str, hint: str) -> None:
    (tmp_path / "main.tf").write_text(SITE.format(arn=arn))
    verdict = prove("s3:GetObject", tmp_path, contract="cloudfront-oac", parameters={"prefix": "site/"})
    assert [one.hint for one in verdict.outcome.resolved_by if one.name == "AWS:SourceArn"] == [hint]


def test_a_contract_that_was_found_is_named_with_all_that_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "main.tf").write_text(SITE.format(arn="aws_cloudfront_distribution.site.arn").replace("/*", "/site/*"))
    monkeypatch.chdir(tmp_path)
    report = audit(Request((".",), tuple(variants(read("cloudfront-oac"))), every_bucket=True), Texts())
    hints = {one.hint for verdict in report.verdicts for one in verdict.resolved_by}
    assert hints == {"audit with --contract cloudfront-oac --with prefix=…"}
