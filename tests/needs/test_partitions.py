"""Buckets of GovCloud and China: what is proven, advised and written has their partition, and nobody of another one gets in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from auditor import prove
from auditor.contract.load import load
from auditor.foundation.border import border_of
from auditor.foundation.text import Texts
from auditor.pipeline import Request, audit
from auditor.report import Report
from auditor.scaffold.scaffold import Wanted, scaffold
from auditor.verdict import Status

CODE = """
provider "aws" {
  region = "%s"
}
resource "aws_s3_bucket" "b" {
  bucket = "acme-b"
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = "%s" }, Action = ["s3:GetObject", "s3:PutObject"], Resource = "%s/*" }]
  })
}
"""
OURS, THEIRS = "arn:aws:iam::258327614892:role/external_s3", "arn:aws-us-gov:iam::111122223333:role/reader"
GOV, HERE = "arn:aws-us-gov:s3:::acme-b", "arn:aws:s3:::acme-b"


def get(here: Path, region: str, principal: str, resource: str, asks: str) -> tuple[str, str]:
    (here / "main.tf").write_text(CODE % (region, principal, resource))
    verdict = prove("s3:GetObject", here, parameters={"principal": asks})
    return verdict.status.value, verdict.reason


def report(here: Path, region: str, principal: str, resource: str, asks: str = OURS) -> Report:
    (here / "main.tf").write_text(CODE % (region, principal, resource))
    return audit(
        Request((str(here),), (load("v7-darwin", {"principal": asks}),), every_bucket=True),
        Texts(border=border_of((str(here),))),
    )


@pytest.mark.parametrize(
    ("region", "principal", "resource", "asks", "expected"),
    [
        ("us-gov-west-1", THEIRS, GOV, THEIRS, "holds"),
        ("us-gov-west-1", THEIRS, "${aws_s3_bucket.b.arn}", THEIRS, "holds"),
        ("us-gov-west-1", THEIRS, HERE, THEIRS, "fails"),
        ("us-gov-west-1", OURS, GOV, OURS, "fails"),
        ("us-gov-west-1", OURS, HERE, OURS, "fails"),
        ("cn-north-1", OURS, "${aws_s3_bucket.b.arn}", OURS, "fails"),
        ("eu-west-1", OURS, HERE, OURS, "holds"),
        ("eu-west-1", THEIRS, HERE, THEIRS, "fails"),
    ],
)
def test_nobody_gets_from_one_partition_into_another(
    tmp_path: Path, region: str, principal: str, resource: str, asks: str, expected: str
) -> None:
    assert get(tmp_path, region, principal, resource, asks)[0] == expected


def test_the_region_is_asked_for_where_it_decides(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text((CODE % ("x", THEIRS, GOV)).replace('"x"', "var.region"))
    verdict = prove("s3:GetObject", tmp_path, parameters={"principal": THEIRS})
    assert (verdict.status, verdict.reason, [one.hint for one in verdict.resolved_by]) == (
        Status.UNKNOWN,
        f"{THEIRS} reaches only a bucket in a Region of the partition aws-us-gov",
        ["give the Region with --region"],
    )


def test_what_a_person_has_to_decide_is_told_once(tmp_path: Path) -> None:
    reason = "the bucket is in cn-north-1, of the partition aws-cn, where no policy can let in"
    found = [one for one in report(tmp_path, "cn-north-1", OURS, HERE).findings if one.rule == "bucket-requirement-unmet"]
    assert [(one.message, one.help) for one in found] == [
        (
            f"aws_s3_bucket.b does not meet a requirement of V7 Darwin, a Region of the partition aws: {reason} {OURS}.",
            "A bucket cannot be moved: create one in a Region of the partition aws, or ask the platform for a principal in aws-cn.",
        )
    ]


@pytest.mark.parametrize(
    ("region", "resource", "advice"),
    [
        ("us-gov-west-1", HERE, f"Write '{GOV}/*' instead of '{HERE}/*'."),
        ("eu-west-1", GOV, f"Write '{HERE}/*' instead of '{GOV}/*'."),
        ("us-gov-west-1", "acme-b", f"Write '{GOV}/*' instead of 'acme-b/*'."),
    ],
)
def test_the_arn_that_is_advised_is_of_the_partition(tmp_path: Path, region: str, resource: str, advice: str) -> None:
    partition = "aws-us-gov" if region.startswith("us-gov") else "aws"
    other = f"arn:{partition}:iam::999999999999:role/other"
    found = [
        one.help
        for one in report(tmp_path, region, other, resource, f"arn:{partition}:iam::258327614892:role/external_s3").findings
        if one.rule == "policy-refused-by-aws"
    ]
    assert found == [advice]


@pytest.mark.parametrize("language", ["terraform", "cloudformation-yaml", "cloudformation-json", "json"])
@pytest.mark.parametrize(("region", "partition"), [("us-gov-west-1", "aws-us-gov"), ("cn-north-1", "aws-cn"), ("eu-west-1", "aws")])
def test_a_scaffold_has_the_partition_of_its_region(language: str, region: str, partition: str) -> None:
    trail = f"arn:{partition}:cloudtrail:{region}:111122223333:trail/main"
    given = {"account": "111122223333", "prefix": "", "trail": trail}
    wanted = Wanted("cloudtrail", given, language, "acme-b", "111122223333", region, language != "json")
    made = scaffold(wanted).text.replace(trail, "")
    assert {*re.findall(r"arn:(aws[\w-]*):(?:s3|iam|kms)", made)} <= {partition}
