"""Every obstacle is named at once, in the order in which AWS meets them: what is left when the safe fixes are made was told before."""

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


@pytest.mark.whole
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


PUBLIC = f'{{ Sid = "Public", Effect = "Allow", Principal = "*", Action = "s3:GetObject", {OBJECTS} }}'
BLOCK = """
resource "aws_s3_bucket_public_access_block" "b" {
  bucket                  = aws_s3_bucket.b.id
  block_public_policy     = %s
  restrict_public_buckets = true
}
"""
CUT_OFF = "the policy has a public statement, and RestrictPublicBuckets then cuts off every other account"
FREEZE = DENIES["writes"]
MISSPELT = GRANTS["a grant"].replace('["s3:GetObject"', '["s3:GetObjekt", "s3:GetObject"')
REFUSED = "S3 refuses the bucket policy of aws_s3_bucket.b: statement 'All' lists 's3:GetObjekt', which is not an action of S3"
ORGANIZATION = GRANTS["a grant"].replace(
    OBJECTS, f'{OBJECTS}, Condition = {{ StringEquals = {{ "aws:PrincipalOrgID" = "o-abcdef1234" }} }}'
)
DISABLED = 'resource "aws_kms_key" "k" {\n  is_enabled = false'
UNUSABLE = "aws_kms_key.k is disabled, and S3 cannot use it"


def cors(*rules: str) -> str:
    blocks = "".join(f"  cors_rule {{\n    {rule}\n  }}\n" for rule in rules)
    return f'resource "aws_s3_bucket_cors_configuration" "b" {{\n  bucket = aws_s3_bucket.b.id\n{blocks}}}\n'


STARS = cors('allowed_methods = ["GET"]\n    allowed_origins = ["https://*.*.example"]')


@pytest.mark.parametrize(
    ("code", "need", "told"),
    [
        pytest.param(
            BUCKET % (OWN, PUBLIC) + BLOCK % "true",
            "s3:PutObject",
            ["the policy is public, and BlockPublicPolicy keeps S3 from storing it", "no statement allows it", CUT_OFF],
            id="a policy that is not stored, no grant, a cut-off grant",
        ),
        pytest.param(
            BUCKET % (OWN, f"{PUBLIC}, {DENY % ('Freeze', 's3:*', '')}") + BLOCK % "false",
            "s3:GetObject",
            ["statement 'Freeze' denies s3:GetObject", CUT_OFF],
            id="a deny, a cut-off grant",
        ),
        pytest.param(
            BUCKET % (OWN, f"{GRANTS['a grant']}{FREEZE}, {DENY % ('Sse', 's3:PutObject', '')}"),
            "s3:PutObject",
            ["statements 'Freeze' and 'Sse' deny s3:PutObject"],
            id="two denies",
        ),
        pytest.param(
            BUCKET % (OWN, MISSPELT + FREEZE),
            "s3:PutObject",
            ["statement 'Freeze' denies s3:PutObject", REFUSED],
            id="a deny in a document that is refused",
        ),
        pytest.param(
            BUCKET % (OWN, MISSPELT + DENIES["encryption"]),
            "s3:PutObject",
            [
                REFUSED,
                "it depends on 's3:x-amz-server-side-encryption': in one case, statement 'Sse' denies s3:PutObject",
            ],
            id="a document that is refused, and a possible deny",
        ),
        pytest.param(
            BUCKET % (OWN, ORGANIZATION + FREEZE),
            "s3:PutObject",
            [
                "statement 'Freeze' denies s3:PutObject",
                "whether statement 'All' allows it is unknown (Condition StringEquals aws:PrincipalOrgID o-abcdef1234 is unknown)",
            ],
            id="a deny, and a grant that is not certain",
        ),
        pytest.param(
            BUCKET % (OWN, GRANTS["half a grant"] + DENY.replace("/*", "/out/*") % ("Out", "s3:*", "")),
            "s3:PutObject",
            ["no statement allows s3:PutObject", "statement 'Out' denies it for other keys"],
            id="no grant, and a deny of some keys",
        ),
        pytest.param(
            (BUCKET % (OWN, "")).replace('resource "aws_kms_key" "k" {', DISABLED),
            "kms:Decrypt",
            ["no statement allows kms:Decrypt", UNUSABLE],
            id="no grant, and a key that is disabled",
        ),
        pytest.param(
            (BUCKET % (KEYS["a deny"], "")).replace('resource "aws_kms_key" "k" {', DISABLED),
            "kms:GenerateDataKey",
            ["statement 'Foreign' denies kms:GenerateDataKey", "no statement allows it", UNUSABLE],
            id="a deny, no grant, and a key that is disabled",
        ),
        pytest.param(
            BUCKET % (OWN, "") + STARS,
            "cors:GET",
            [
                "S3 rejects the CORS configuration: allowed_origins of rule 1 has 'https://*.*.example' with more than one '*'",
                "rule 1 does not allow the origin https://darwin.v7labs.com",
            ],
            id="a CORS configuration that is rejected, and lacks the origin",
        ),
        pytest.param(
            BUCKET % (OWN, "")
            + 'resource "aws_s3_bucket_ownership_controls" "b" {\n  bucket = aws_s3_bucket.b.id\n'
            + '  rule {\n    object_ownership = "ObjectWriter"\n  }\n}\n'
            + 'resource "aws_s3_bucket_acl" "b" {\n  bucket = aws_s3_bucket.b.id\n  acl    = "public-read"\n}\n',
            "ownership",
            [
                "Object Ownership is ObjectWriter: ACLs are on",
                "S3 refuses the ACL 'public-read' together with BucketOwnerEnforced",
            ],
            id="ACLs that are on, and an ACL that needs them",
        ),
    ],
)
def test_what_is_in_the_way_besides_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, need: str, told: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("main.tf").write_text(code)
    report = audit(Request((".",), (load("v7-darwin", {}),), every_bucket=True), Texts(border=border_of((".",))))
    (verdict,) = (one for one in report.verdicts if one.need.id == need)
    assert verdict.status is Status.FAILS
    assert [verdict.reason, *(obstacle.text for obstacle in verdict.obstacles)] == told
