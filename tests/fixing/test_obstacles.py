"""Every obstacle is named at once: what is left when the safe fixes are made was told before."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from auditor.contract.load import load
from auditor.fixing.apply import fix
from auditor.foundation.border import border_of
from auditor.foundation.text import Texts
from auditor.pipeline import Request, audit
from auditor.report import Report
from auditor.verdict import Status

pytestmark = pytest.mark.whole

ROLE = "arn:aws:iam::258327614892:role/external_s3"
BUCKET = """
resource "aws_kms_key" "k" {
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [%s]
  })
}
resource "aws_s3_bucket" "b" {
  bucket = "acme-b"
}
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.k.arn
    }
  }
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [%s]
  })
}
"""
OBJECTS = 'Resource = "${aws_s3_bucket.b.arn}/*"'
OWN = '{ Sid = "Own", Effect = "Allow", Principal = { AWS = "arn:aws:iam::111122223333:root" }, Action = "kms:*", Resource = "*" }'
KEYS = {
    "the account's own": OWN,
    "a deny": f'{OWN}, {{ Sid = "Foreign", Effect = "Deny", Principal = "*", Action = "kms:GenerateDataKey*", Resource = "*", '
    'Condition = { StringNotEquals = { "kms:CallerAccount" = "111122223333" } } }',
}
GRANTS = {
    "no grant": "",
    "half a grant": f'{{ Sid = "Read", Effect = "Allow", Principal = {{ AWS = "{ROLE}" }}, Action = "s3:GetObject", {OBJECTS} }}, ',
    "a grant": f'{{ Sid = "All", Effect = "Allow", Principal = {{ AWS = "{ROLE}" }}, Action = ["s3:GetObject", "s3:PutObject"], {OBJECTS} }}, ',
}
DENY = f'{{ Sid = "%s", Effect = "Deny", Principal = "*", Action = "%s", {OBJECTS}%s }}'
DENIES = {
    "writes": DENY % ("Freeze", "s3:Put*", ""),
    "encryption": DENY % ("Sse", "s3:PutObject", ', Condition = { Null = { "s3:x-amz-server-side-encryption" = "true" } }'),
    "endpoint": DENY % ("Endpoint", "s3:*", ', Condition = { StringNotEquals = { "aws:SourceVpce" = "vpce-1a2b3c4d" } }'),
    "two": DENY % ("Freeze", "s3:Put*", "")
    + ", "
    + DENY % ("Tls", "s3:*", ', Condition = { NumericLessThan = { "s3:TlsVersion" = "1.2" } }'),
}


def statements(report: Report) -> dict[str, set[str]]:
    """The statements that each need names that fails or is unknown."""
    told = {
        one.need.id: " ".join((one.reason, *(obstacle.text for obstacle in one.obstacles)))
        for one in report.verdicts
        if one.status in (Status.FAILS, Status.UNKNOWN)
    }
    return {need: set(re.findall(r"statement '(\w+)'", text)) for need, text in told.items()}


@pytest.mark.parametrize(("key", "grant", "deny"), [*itertools.product(KEYS, GRANTS, DENIES)])
def test_what_is_left_after_the_safe_fixes_was_told_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, grant: str, deny: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("main.tf").write_text(BUCKET % (KEYS[key], GRANTS[grant] + DENIES[deny]))
    request = Request((".",), (load("v7-darwin", {}),), every_bucket=True)
    before = statements(audit(request, Texts(border=border_of((".",)))))
    found = fix(request, Texts(border=border_of((".",))))
    after = statements(found.state.report)
    assert [one.faults for one in found.tried if one.faults] == []
    assert {need: named - before.get(need, set()) for need, named in after.items() if named - before.get(need, set())} == {}
    lacking = [one.reason for one in found.state.report.verdicts if one.status is Status.FAILS and "no statement" in one.reason]
    assert lacking == []
