"""A file that a framework makes of a source is not edited: the fix belongs in the source."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor import audit
from auditor.foundation.repository import maker_of

TEMPLATE = """
Resources:
  Images:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: acme
"""


@pytest.mark.parametrize(
    ("directory", "end", "edited"),
    [
        ("infra", "", True),
        ("cdk.out/assembly-Stage", ", in the source of which the AWS CDK makes this file", False),
        ("cdktf.out", ", in the source of which CDK for Terraform makes this file", False),
        (".serverless", ", in the source of which the Serverless Framework makes this file", False),
        (".aws-sam/build", ", in the source of which the AWS SAM CLI makes this file", False),
    ],
)
def test_what_is_made_is_not_edited(directory: str, end: str, edited: bool, tmp_path: Path) -> None:
    path = tmp_path / directory / "template.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(TEMPLATE)
    report = audit(path, contract="v7-darwin", select=["cors-request-refused"])
    (fix,) = (fix for finding in report.findings for fix in finding.fixes)
    assert (fix.title, bool(fix.edits)) == (f"Add a CORS configuration{end}", edited)


def test_a_file_of_that_name_is_not_made() -> None:
    assert maker_of("docs/cdk.out") == ""
