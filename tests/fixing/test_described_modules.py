"""What a public module lacks whose code is not there is given at its call, by the inputs that it has."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.contract.load import load
from auditor.fixing.apply import fix
from auditor.foundation.border import border_of
from auditor.foundation.text import Texts
from auditor.pipeline import Request
from auditor.verdict import Status

HOLDING = """
  attach_policy = true
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::258327614892:role/external_s3" }, Action = ["s3:GetObject", "s3:PutObject"],
      Resource = "arn:aws:s3:::acme-images/*" }]
  })
"""
CORS = '  cors_rule = [{ allowed_methods = ["GET"], allowed_origins = ["https://example.com"] }]\n'
RULE = """{
    allowed_origins = ["https://darwin.v7labs.com"]
    allowed_methods = ["GET", "PUT"]
    allowed_headers = ["*"]
  }"""
POLICY = """
  attach_policy = true
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "PlatformAccess"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::258327614892:role/external_s3" }
        Action    = ["s3:GetObject", "s3:PutObject"]
        Resource  = "${module.images.s3_bucket_arn}/*"
      }
    ]
  })
}
"""


def call(body: str, source: str = "terraform-aws-modules/s3-bucket/aws", version: str = "4.1.0", name: str = "bucket") -> str:
    return f'module "images" {{\n  source  = "{source}"\n  version = "{version}"\n  {name}  = "acme-images"\n{body}}}\n'


def fixed(here: Path, text: str, rule: str = "") -> tuple[str, list[str]]:
    """The code with the fixes, and what was tried."""
    (here / "main.tf").write_text(text)
    found = fix(Request((".",), (load("v7-darwin", {}),), every_bucket=True), Texts(border=border_of((".",))), rule)
    told = [f"{one.finding.rule}: {one.patch.title}: {one.patch.certainty.value}{one.faults}" for one in found.tried]
    fails = {one.need.id for one in found.state.report.verdicts if one.status is Status.FAILS}
    assert not fails or rule, fails
    return found.files.get("main.tf", b"").decode(), told


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_rule_is_added_to_those_of_the_call(here: Path) -> None:
    text, told = fixed(here, call(CORS + HOLDING))
    assert text == call(CORS.replace(" }]", f" }}, {RULE}]") + HOLDING)
    assert told == ["cors-request-refused: Add a CORS rule: change what module.images is given: safe()"]


def test_a_policy_is_given_where_the_module_makes_one_of_its_own(here: Path) -> None:
    denied = "  cors_rule = []\n  attach_deny_insecure_transport_policy = true\n"
    text, told = fixed(here, call(denied), "access-grant-missing")
    assert text == call(denied)[:-2] + POLICY
    assert told == [
        "access-grant-missing: Add a statement to module.images.aws_s3_bucket_policy.this[0]: give module.images attach_policy and policy: safe()"
    ]


def test_acls_are_turned_off_by_the_name_that_the_module_has(here: Path) -> None:
    body = '  s3_object_ownership = "ObjectWriter"\n'
    text, told = fixed(here, call("", "cloudposse/s3-bucket/aws", "4.2.0", "bucket_name"), "acls-enabled")
    assert text == call(
        "\n" + body.replace("ObjectWriter", "BucketOwnerEnforced"), "cloudposse/s3-bucket/aws", "4.2.0", "bucket_name"
    )
    assert told == ["acls-enabled: Turn ACLs off: give module.images s3_object_ownership: needs review()"]


def test_all_instances_of_a_call_are_named(here: Path) -> None:
    text, told = fixed(here, call('  for_each = toset(["a", "b"])\n' + CORS), "cors-request-refused")
    assert RULE in text
    assert set(told) == {
        "cors-request-refused: Add a CORS rule: change what each instance of module.images is given: needs review()"
    }
