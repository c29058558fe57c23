"""What `ignore_changes`, `removed` and `import` leave in force beside the code is unknown, of whatever type the resource is."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.contract.load import load
from auditor.foundation.text import Texts
from auditor.pipeline import Request, audit
from auditor.sources.resource_types import RECORDS, TERRAFORM
from auditor.sources.terraform.aws.resource_type import TerraformType

BUCKET = 'resource "aws_s3_bucket" "b" {\n  bucket = "acme-images"\n}\n'
CUT_OFF = "in one case, the policy has a public statement, and RestrictPublicBuckets then cuts off every other account"
BOTH = '["s3:GetObject", "s3:PutObject"]'
EVERYONE = f"""
resource "aws_s3_bucket_policy" "p" {{
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({{ Version = "2012-10-17", Statement = [
    {{ Effect = "Allow", Principal = "*", Action = {BOTH}, Resource = "${{aws_s3_bucket.b.arn}}/*" }}] }})
}}
resource "aws_s3_bucket_ownership_controls" "o" {{
  bucket = aws_s3_bucket.b.id
  rule {{
    object_ownership = "BucketOwnerEnforced"
  }}
}}
"""
OPEN_BLOCK = """
resource "aws_s3_bucket_public_access_block" "x" {
  bucket                  = aws_s3_bucket.b.id
  block_public_policy     = false
  restrict_public_buckets = false
  LIFECYCLE
}
"""
ROLE = 'resource "aws_iam_role" "app" {\n  name               = "app"\n  assume_role_policy = "{}"\n}\n'
ROLE_POLICY = f"""
resource "aws_iam_role_policy" "read" {{
  role   = aws_iam_role.app.id
  policy = jsonencode({{ Version = "2012-10-17", Statement = [
    {{ Effect = "Allow", Action = {BOTH}, Resource = "${{aws_s3_bucket.b.arn}}/*" }}] }})
  LIFECYCLE
}}
"""
MANAGED = f"""
resource "aws_iam_policy" "read" {{
  policy = jsonencode({{ Version = "2012-10-17", Statement = [
    {{ Effect = "Allow", Action = {BOTH}, Resource = "${{aws_s3_bucket.b.arn}}/*" }}] }})
  LIFECYCLE
}}
resource "aws_iam_role_policy_attachment" "read" {{
  role       = aws_iam_role.app.name
  policy_arn = aws_iam_policy.read.arn
}}
"""
KEY = """
resource "aws_kms_key" "k" {
}
resource "aws_s3_bucket_server_side_encryption_configuration" "e" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.k.arn
    }
  }
}
"""
ROLE_IS_CONSUMER = {"principal": "aws_iam_role.app"}


def removed(address: str) -> str:
    return f"removed {{\n  from = {address}\n  lifecycle {{\n    destroy = false\n  }}\n}}\n"


def ignoring(code: str, arguments: str) -> str:
    return code.replace("LIFECYCLE", f"lifecycle {{\n    ignore_changes = {arguments}\n  }}")


def said(directory: Path, code: str, parameters: dict[str, str] | None = None, service: str = "s3") -> dict[str, tuple[str, str]]:
    """The verdicts on one service, each with its status and reason."""
    (directory / "main.tf").write_text(code.replace("  LIFECYCLE\n", ""))
    report = audit(Request((str(directory),), (load("v7-darwin", parameters or {}),), every_bucket=True), Texts())
    assert report.errors == ()
    return {
        one.need.id: (one.status.value, one.reason)
        for one in report.verdicts
        if one.need.id.startswith(f"{service}:") and one.subject.address == "aws_s3_bucket.b"
    }


@pytest.mark.parametrize("code", [BUCKET + ROLE + ROLE_POLICY, BUCKET + ROLE + MANAGED])
def test_a_policy_of_a_role_under_ignore_changes_never_holds(code: str, tmp_path: Path) -> None:
    assert {status for status, _ in said(tmp_path, code, ROLE_IS_CONSUMER).values()} == {"holds"}
    for arguments in ("[policy]", "all"):
        assert {status for status, _ in said(tmp_path, ignoring(code, arguments), ROLE_IS_CONSUMER).values()} == {"unknown"}
    assert {status for status, _ in said(tmp_path, ignoring(code, "[description]"), ROLE_IS_CONSUMER).values()} == {"holds"}


def test_the_public_access_block_of_the_account_under_ignore_changes_never_decides(tmp_path: Path) -> None:
    account = 'resource "aws_s3_account_public_access_block" "a" {\n  restrict_public_buckets = true\n  LIFECYCLE\n}\n'
    code = BUCKET + EVERYONE + OPEN_BLOCK.replace("  LIFECYCLE\n", "") + account
    assert {status for status, _ in said(tmp_path, code).values()} == {"fails"}
    assert {status for status, _ in said(tmp_path, ignoring(code, "all")).values()} == {"unknown"}
    assert set(said(tmp_path, ignoring(code, "[restrict_public_buckets]")).values()) == {
        (
            "unknown",
            f"it depends on 2 values or conditions that the code leaves unresolved: {CUT_OFF}",
        )
    }


def test_a_setting_under_ignore_changes_is_resolved_by_being_as_written(tmp_path: Path) -> None:
    code = ignoring(BUCKET + EVERYONE + OPEN_BLOCK, "[restrict_public_buckets]")
    (tmp_path / "main.tf").write_text(code)
    report = audit(Request((str(tmp_path),), (load("v7-darwin", {}),), every_bucket=True), Texts())
    (verdict,) = (one for one in report.verdicts if one.need.id == "s3:GetObject")
    assert verdict.status.value == "unknown"
    assert verdict.reason == (f"it depends on 'aws_s3_bucket_public_access_block.x is as written': {CUT_OFF}")
    assert "aws_s3_bucket_public_access_block.x is as written" in {one.holds_if for one in verdict.resolved_by}


def test_what_a_removed_policy_of_a_role_granted_or_denied_stays(tmp_path: Path) -> None:
    code = BUCKET + ROLE + ROLE_POLICY
    for name in ("aws_iam_role_policy", "aws_iam_role_policy_attachment", "aws_iam_policy_attachment"):
        found = said(tmp_path, code + removed(f"{name}.old"), ROLE_IS_CONSUMER)
        assert {status for status, _ in found.values()} == {"unknown"}, name
    assert {status for status, _ in said(tmp_path, code + removed("aws_iam_user_policy.old"), ROLE_IS_CONSUMER).values()} == {
        "holds"
    }


def test_a_removed_grant_on_a_key_stays(tmp_path: Path) -> None:
    assert {status for status, _ in said(tmp_path, BUCKET + KEY, service="kms").values()} == {"fails"}
    assert set(said(tmp_path, BUCKET + KEY + removed("aws_kms_grant.old"), service="kms").values()) == {
        (
            "unknown",
            f"it depends on 'what aws_kms_grant.old configured' and 'a KMS grant': in one case, no statement allows {action}",
        )
        for action in ("kms:Decrypt", "kms:GenerateDataKey")
    }


def test_a_removed_public_access_block_of_the_account_stays(tmp_path: Path) -> None:
    code = BUCKET + EVERYONE + OPEN_BLOCK
    assert {status for status, _ in said(tmp_path, code).values()} == {"holds"}
    found = said(tmp_path, code + removed("aws_s3_account_public_access_block.old"))
    assert {status for status, _ in found.values()} == {"unknown"}


def test_an_imported_role_may_have_more_policies(tmp_path: Path) -> None:
    code = BUCKET + ROLE + ROLE_POLICY
    found = said(tmp_path, code + 'import {\n  to = aws_iam_role.app\n  id = "app"\n}\n', ROLE_IS_CONSUMER)
    assert {status for status, _ in found.values()} == {"unknown"}


def test_whatever_type_configures_something_leaves_it_when_it_is_removed() -> None:
    configuring = {
        part.name: record.kind
        for record in RECORDS
        for part in record.terraform()
        if record.kind is not None and isinstance(part, TerraformType)
    }
    assert TERRAFORM.left == configuring
    assert {"aws_s3_bucket_policy", "aws_kms_grant", "aws_iam_role_policy", "aws_s3_account_public_access_block"} <= set(
        configuring
    )
