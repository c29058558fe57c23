"""Minimal inputs that were once decided wrongly, through the command line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from auditor.cli import main

V7 = "arn:aws:iam::258327614892:role/external_s3"
GRANT = f'{{ Effect = "Allow", Principal = {{ AWS = "{V7}" }}, Action = ["s3:GetObject", "s3:PutObject"], Resource = "arn:aws:s3:::acme-data/*" %s }}'
CONFINED = (
    '{ Effect = "Allow", Principal = "*", Action = "s3:PutObject", Resource = "arn:aws:s3:::acme-data/*", Condition = { %s } }'
)
OPEN = """
resource "aws_s3_bucket_public_access_block" "b" {
  bucket                  = aws_s3_bucket.b.id
  block_public_acls       = true
  ignore_public_acls      = true
  block_public_policy     = false
  restrict_public_buckets = false
}
"""
PUBLIC = '{ Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "arn:aws:s3:::acme-data/*" }'


def bucket(*statements: str, more: str = OPEN) -> str:
    """Terraform of a bucket with a policy of some statements."""
    listed = ",\n".join(statements)
    return f"""
resource "aws_s3_bucket" "b" {{ bucket = "acme-data" }}
resource "aws_s3_bucket_policy" "b" {{
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({{ Version = "2012-10-17", Statement = [ {listed} ] }})
}}
{more}"""


def verdicts(
    directory: Path, source: str, options: Sequence[str] = (), name: str = "main.tf", contract: str = "v7-darwin"
) -> dict[str, tuple[str, str]]:
    (directory / name).write_text(source, encoding="utf-8")
    done = CliRunner().invoke(main, ["check", str(directory), "--contract", contract, "--format", "json", *options])
    assert done.exit_code in (0, 1), done.output
    return {one["need"]: (one["status"], one["reason"]) for one in json.loads(done.stdout)["verdicts"]}


def tag(operator: str, values: str) -> str:
    return f', Condition = {{ {operator} = {{ "aws:PrincipalTag/team" = {values} }} }}'


CASES = [
    pytest.param(
        bucket(
            GRANT % "",
            PUBLIC,
            more=OPEN + 'variable "r" { type = bool }\nresource "aws_s3_account_public_access_block" "a" { restrict_public_buckets = var.r }',
        ),
        "unknown",
        "it depends on 'var.r': in one case, the policy has a public statement, and RestrictPublicBuckets then cuts off every other account",
        id="a setting of the account that is unresolved",
    ),
    pytest.param(
        bucket(GRANT % tag("StringEqualsIgnoreCase", '"ab"'), f'{{ Effect = "Deny", Principal = "*", Action = "s3:*", Resource = "arn:aws:s3:::acme-data/*"{tag("StringEquals", """["ab", "AB"]""")} }}'),
        "unknown",
        "it depends on 'aws:PrincipalTag/team': in one case, no statement allows s3:GetObject",
        id="a test that looks at case beside one that does not",
    ),
    pytest.param(
        bucket(
            GRANT % ', Condition = { "ForAllValues:StringEquals" = { "aws:PrincipalOrgPaths" = ["a", "b", "c", "d", "e"] } }',
            GRANT % ', Condition = { "ForAllValues:StringNotEquals" = { "aws:PrincipalOrgPaths" = ["a", "b", "c", "d", "e"] } }',
        ),
        "unknown",
        "it depends on 'aws:PrincipalOrgPaths': in one case, no statement allows s3:GetObject",
        id="some values among those listed, others not",
    ),
    pytest.param(
        bucket(GRANT % ', Condition = { DateLessThan = { "aws:CurrentTime" = "2020-01-01T00:00:00Z" } }'),
        "fails",
        "no statement allows s3:GetObject",
        id="a grant that has expired",
    ),
    pytest.param(
        bucket(GRANT % ', Condition = { DateLessThan = { "aws:CurrentTime" = "2999-01-01T00:00:00Z" } }'),
        "holds",
        "statement 1 grants it for every key",
        id="a grant that will expire",
    ),
    pytest.param(
        bucket(GRANT % ', Condition = { DateGreaterThan = { "aws:CurrentTime" = "2020-01-01T00:00:00Z" } }'),
        "holds",
        "statement 1 grants it for every key",
        id="a grant that has begun",
    ),
    pytest.param(
        bucket(GRANT % "", CONFINED % 'ArnLike = { "aws:PrincipalArn" = "arn:aws:iam::258327614892:role/*" }'),
        "holds",
        "statement 1 grants it for every key",
        id="a public grant that is confined to the consumer",
    ),
    pytest.param(
        bucket(GRANT % "", CONFINED % 'StringEquals = { "aws:PrincipalAccount" = ["258327614892"] }'),
        "holds",
        "statement 1 grants it for every key",
        id="a public grant that is confined to the consumer's account",
    ),
    pytest.param(
        bucket(GRANT % "", CONFINED % 'StringEquals = { "aws:PrincipalAccount" = ["258327614892", "111122223333"] }'),
        "unknown",
        "it depends on 'Object Ownership': in one case, ACLs are on, and the bucket policy does not reach objects that another account wrote",
        id="a public grant that is confined to others too",
    ),
    pytest.param(
        bucket(GRANT % "", CONFINED % 'StringEqualsIfExists = { "aws:PrincipalAccount" = "258327614892" }'),
        "unknown",
        "it depends on 'Object Ownership': in one case, ACLs are on, and the bucket policy does not reach objects that another account wrote",
        id="a public grant that is confined only where there is an account",
    ),
    pytest.param(
        bucket(GRANT % "", CONFINED % 'StringLike = { "aws:PrincipalArn" = "arn:aws:iam:*:258327614892:role/*" }'),
        "unknown",
        "it depends on 'Object Ownership': in one case, ACLs are on, and the bucket policy does not reach objects that another account wrote",
        id="a public grant whose ARN may be of any account",
    ),
    pytest.param(
        bucket(
            GRANT % "", '{ Effect = "Allow", Principal = { AWS = "111122223333" }, Action = "s3:PutObject", Resource = "arn:aws:s3:::acme-data/*" }'
        ),
        "unknown",
        "it depends on 'Object Ownership': in one case, ACLs are on, and the bucket policy does not reach objects that another account wrote",
        id="another account may write, and no ownership is written",
    ),
    pytest.param(
        bucket(
            GRANT % "",
            more=OPEN + 'resource "aws_s3_bucket_ownership_controls" "b" {\n  bucket = aws_s3_bucket.b.id\n  rule { object_ownership = "ObjectWriter" }\n}',
        ),
        "holds",
        "statement 1 grants it for every key",
        id="ACLs are on, and nobody else may write",
    ),
    pytest.param(
        bucket(GRANT % ', Condition = { StringEquals = { "aws:ResourceAccount" = "258327614892" } }'),
        "fails",
        "no statement allows s3:GetObject",
        id="the account of the resource is never the platform's",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("source", "status", "reason"), CASES)
def test_access(source: str, status: str, reason: str, tmp_path: Path) -> None:
    assert verdicts(tmp_path, source)["s3:GetObject"] == (status, reason)


ACCOUNTS = """
variable "account" {}
data "aws_caller_identity" "current" {}
provider "aws" {
  alias  = "region"
  region = "us-east-1"
}
provider "aws" {
  alias = "another"
  assume_role {
    role_arn = "arn:aws:iam::999988887777:role/deploy"
  }
}
resource "aws_s3_account_public_access_block" "a" {
  restrict_public_buckets = true
  %s
}
"""


@pytest.mark.parametrize(
    ("written", "account", "status"),
    [
        ("", "", "fails"),
        ("account_id = null", "", "fails"),
        ("account_id = data.aws_caller_identity.current.account_id", "", "fails"),
        ("provider = aws.region", "", "fails"),
        ('account_id = "111122223333"', "111122223333", "fails"),
        ('account_id = "999988887777"', "111122223333", "holds"),
        ("provider = aws.another", "111122223333", "holds"),
        ("provider = aws.another", "", "unknown"),
        ("account_id = var.account", "", "unknown"),
    ],
)
def test_the_block_of_an_account_is_of_that_account(written: str, account: str, status: str, tmp_path: Path) -> None:
    own = (
        OPEN
        + 'resource "aws_s3_bucket_ownership_controls" "b" {\n  bucket = aws_s3_bucket.b.id\n  rule { object_ownership = "BucketOwnerEnforced" }\n}\n'
    )
    source = bucket(GRANT % "", PUBLIC, more=own + ACCOUNTS % written)
    told = verdicts(tmp_path, source, ("--account", account) if account else ())
    assert told["s3:GetObject"][0] == status


@pytest.mark.parametrize(
    ("resource", "key"),
    [
        ("arn:aws:s3:::acme-data/${var.p}/*", "<var.p>/x"),
        ("${aws_s3_bucket.b.arn}/a/${var.p}-${var.q}?", "a/<var.p>-<var.q>x"),
        ("${aws_s3_bucket.b.arn}/${var.p}*", "<var.p>x"),
        ("${aws_s3_bucket.b.arn}/${var.p}", None),
        ("arn:aws:s3:::acme-data${var.p}/*", None),
        ("${var.p}/*", None),
    ],
    ids=["a folder", "parts of a name", "a beginning", "one key, which may be empty", "another bucket", "any ARN"],
)
def test_a_deny_with_an_unresolved_prefix_is_about_some_key(resource: str, key: str | None, tmp_path: Path) -> None:
    deny = f'{{ Effect = "Deny", Principal = "*", Action = "s3:*", Resource = "{resource}" }}'
    text = bucket(GRANT % "", deny, more=f'{OPEN}variable "p" {{}}\nvariable "q" {{}}\n')
    (tmp_path / "main.tf").write_text(text, encoding="utf-8")
    done = CliRunner().invoke(main, ["check", str(tmp_path), "--contract", "v7-darwin", "--format", "json"])
    told = {one["need"]: one for one in json.loads(done.stdout)["verdicts"]}["s3:GetObject"]
    assert (told["status"], told["witness"].get("key")) == ("unknown" if key is None else "fails", key)


@pytest.mark.parametrize(("value", "status"), [("true", "fails"), ("false", "holds")])
def test_the_setting_of_the_account_resolved(value: str, status: str, tmp_path: Path) -> None:
    more = (
        OPEN + 'variable "r" { type = bool }\nresource "aws_s3_account_public_access_block" "a" { restrict_public_buckets = var.r }'
    )
    found = verdicts(tmp_path, bucket(GRANT % "", PUBLIC, more=more), ("--var", f"r={value}"))
    assert found["s3:GetObject"][0] == status


@pytest.mark.parametrize("whose", ["account", "bucket"])
@pytest.mark.parametrize(
    ("written", "status"),
    [
        ('"true"', "fails"),
        ('"1"', "fails"),
        ('"false"', "holds"),
        ('"0"', "holds"),
        ('"on"', "unknown"),
        ('var.n ? "true" : "0"', "unknown"),
    ],
)
def test_a_boolean_that_is_written_as_text(whose: str, written: str, status: str, tmp_path: Path) -> None:
    own = OPEN.replace("restrict_public_buckets = false", f"restrict_public_buckets = {written}") if whose == "bucket" else OPEN
    of_account = f'resource "aws_s3_account_public_access_block" "a" {{ restrict_public_buckets = {written} }}'
    more = f'{own}\nvariable "n" {{ type = bool }}\n{of_account if whose == "account" else ""}'
    assert verdicts(tmp_path, bucket(GRANT % "", PUBLIC, more=more))["s3:GetObject"][0] == status


@pytest.mark.parametrize(
    ("condition", "here", "elsewhere"),
    [
        ('StringEquals = { "aws:RequestedRegion" = "eu-west-1" }', "holds", "fails"),
        ('StringLike = { "aws:RequestedRegion" = ["us-*", "eu-west-?"] }', "holds", "fails"),
        ('StringNotEquals = { "aws:RequestedRegion" = "eu-west-1" }', "fails", "holds"),
        ('Null = { "aws:RequestedRegion" = "false" }', "holds", "holds"),
    ],
)
def test_a_bucket_is_asked_in_its_own_region(condition: str, here: str, elsewhere: str, tmp_path: Path) -> None:
    source = bucket(GRANT % f", Condition = {{ {condition} }}")
    statuses = {
        region: verdicts(tmp_path, source, ("--region", region) if region else ())["s3:GetObject"][0]
        for region in ("eu-west-1", "ap-south-1", "")
    }
    assert statuses == {"eu-west-1": here, "ap-south-1": elsewhere, "": here if here == elsewhere else "unknown"}


def test_what_will_expire_is_a_warning_that_says_when(tmp_path: Path) -> None:
    source = bucket(GRANT % ', Condition = { DateLessThan = { "aws:CurrentTime" = "2999-01-01T00:00:00Z" } }')
    (tmp_path / "main.tf").write_text(source, encoding="utf-8")
    done = CliRunner().invoke(main, ["check", str(tmp_path), "--select", "access-that-expires", "--format", "json"])
    assert [(one["severity"], one["message"]) for one in json.loads(done.stdout)["findings"]] == [
        ("warning", "V7 Darwin may be denied s3:GetObject and s3:PutObject of 'aws_s3_bucket.b' from 2999-01-01T00:00:00Z on.")
    ]


def test_a_policy_that_is_stored_is_not_refused(tmp_path: Path) -> None:
    everyone = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-data/*"}
    grant = {**everyone, "Principal": {"AWS": V7}, "Action": ["s3:GetObject", "s3:PutObject"]}
    block = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": False}
    (tmp_path / "pab.json").write_text(json.dumps({"PublicAccessBlockConfiguration": block}), encoding="utf-8")
    found = verdicts(tmp_path, json.dumps({"Version": "2012-10-17", "Statement": [grant, everyone]}), name="policy.json")
    assert found["s3:GetObject"] == ("holds", "statements 1 and 2 grant it for every key")


KEYED = """
resource "aws_s3_bucket" "b" { bucket = "acme-data" }
resource "aws_kms_key" "k" {
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Principal = { AWS = "arn:aws:iam::111122223333:root" }, Action = "kms:*", Resource = "*" },
    { Effect = "Allow", Principal = { AWS = "%s" }, Action = ["kms:Decrypt", "kms:GenerateDataKey"], Resource = "*" %s }%s ] })
}
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "%s"
      kms_master_key_id = aws_kms_key.k.arn
    }
  }
}
"""

KEY_TEST = ', Condition = { %s = { "%s" = "%s" } }'
GRANTED = ("holds", "statement 2 grants it through aws_kms_key.k")
REFUSED = ("fails", "no statement allows kms:Decrypt")
NO_KEY = "S3 takes a KMSMasterKeyID only beside the SSEAlgorithm aws:kms or aws:kms:dsse, and rejects such a configuration"


@pytest.mark.parametrize(
    ("condition", "more", "algorithm", "expected"),
    [
        ("", "", "aws:kms", GRANTED),
        (
            "",
            "",
            "AWS:KMS",
            ("unknown", "'AWS:KMS' is not a valid SSEAlgorithm, and S3 rejects such a configuration"),
        ),
        ("", "", "AES256", ("unknown", NO_KEY)),
        (KEY_TEST % ("StringEquals", "kms:KeySpec", "SYMMETRIC_DEFAULT"), "", "aws:kms", GRANTED),
        (KEY_TEST % ("StringEquals", "kms:KeyUsage", "ENCRYPT_DECRYPT"), "", "aws:kms", GRANTED),
        (KEY_TEST % ("StringEquals", "kms:EncryptionAlgorithm", "RSAES_OAEP_SHA_1"), "", "aws:kms", REFUSED),
        (KEY_TEST % ("StringEquals", "kms:RequestAlias", "alias/x"), "", "aws:kms", REFUSED),
        (KEY_TEST % ("Bool", "kms:MultiRegion", "false"), "", "aws:kms", GRANTED),
        (KEY_TEST % ("Bool", "kms:MultiRegion", "true"), "", "aws:kms", REFUSED),
    ],
    ids=[
        "as it should be",
        "an algorithm that does not exist",
        "an algorithm without a key",
        "spec",
        "usage",
        "algorithm",
        "alias",
        "one Region",
        "many Regions",
    ],
)
def test_keys(condition: str, more: str, algorithm: str, expected: tuple[str, str], tmp_path: Path) -> None:
    assert verdicts(tmp_path, KEYED % (V7, condition, more, algorithm))["kms:Decrypt"] == expected


GRANTED_BESIDE = """
variable "grantee" {}
resource "aws_kms_grant" "g" {
  key_id            = aws_kms_key.k.key_id
  grantee_principal = %s
  operations        = ["Decrypt", "Encrypt"]
}
"""


@pytest.mark.parametrize(
    ("grantee", "decrypt", "generate"),
    [
        (f'"{V7}"', "unknown", "fails"),
        ("var.grantee", "unknown", "fails"),
        ('"arn:aws:iam::258327614892:role/another"', "fails", "fails"),
        ('"arn:aws:iam::111122223333:role/another"', "fails", "fails"),
    ],
)
def test_a_grant_to_somebody_else_lets_nobody_else_in(grantee: str, decrypt: str, generate: str, tmp_path: Path) -> None:
    head, _, rest = (KEYED % (V7, "", "", "aws:kms")).partition("  policy = jsonencode")
    source = head + rest.partition("] })\n")[2] + GRANTED_BESIDE % grantee
    told = verdicts(tmp_path, source)
    assert (told["kms:Decrypt"][0], told["kms:GenerateDataKey"][0]) == (decrypt, generate)


READ_BY_ALIAS = """
data "aws_kms_%s" "a" {
  %s
}
resource "aws_kms_alias" "x" {
  name          = "alias/x"
  target_key_id = aws_kms_key.k.key_id
}
provider "aws" {
  alias  = "elsewhere"
  region = "eu-west-1"
}
"""


@pytest.mark.parametrize(
    ("kind", "read", "status"),
    [
        ("alias", 'name = "alias/x"', "holds"),
        ("alias", "name = aws_kms_alias.x.name", "holds"),
        ("key", 'key_id = "alias/x"', "holds"),
        ("alias", 'name = "alias/y"', "unknown"),
        ("alias", 'name = "alias/x"\n  provider = aws.elsewhere', "unknown"),
    ],
    ids=["by a name", "by a reference", "a key by its alias", "an alias that is not in the code", "in another Region"],
)
def test_a_key_of_the_code_that_a_data_source_reads(kind: str, read: str, status: str, tmp_path: Path) -> None:
    reference = "data.aws_kms_alias.a.target_key_arn" if kind == "alias" else "data.aws_kms_key.a.arn"
    source = (KEYED % (V7, "", "", "aws:kms")).replace("kms_master_key_id = aws_kms_key.k.arn", f"kms_master_key_id = {reference}")
    assert verdicts(tmp_path, source + READ_BY_ALIAS % (kind, read))["kms:Decrypt"][0] == status


TYPE, ORIGIN = "kms:MultiRegionKeyType", "kms:KeyOrigin"


@pytest.mark.parametrize(
    ("kind", "written", "operator", "key", "value", "expected"),
    [
        ("key", "", "StringEquals", TYPE, "PRIMARY", REFUSED),
        ("key", "", "StringNotEquals", TYPE, "REPLICA", GRANTED),
        ("key", "multi_region = true", "StringEquals", TYPE, "PRIMARY", GRANTED),
        ("key", "multi_region = true", "StringEquals", TYPE, "REPLICA", REFUSED),
        ("replica_key", "primary_key_arn = var.primary", "StringEquals", TYPE, "REPLICA", GRANTED),
        ("key", "", "StringEquals", ORIGIN, "AWS_KMS", GRANTED),
        ("key", "", "StringEquals", ORIGIN, "EXTERNAL", REFUSED),
        ("external_key", 'key_material_base64 = "eA=="', "StringEquals", ORIGIN, "EXTERNAL", GRANTED),
        ("key", "custom_key_store_id = var.primary", "StringEquals", ORIGIN, "AWS_KMS", "unknown"),
        ("replica_key", "primary_key_arn = var.primary", "StringEquals", ORIGIN, "AWS_KMS", "unknown"),
    ],
)
def test_what_a_request_says_of_the_key_that_it_uses(
    kind: str, written: str, operator: str, key: str, value: str, expected: tuple[str, str] | str, tmp_path: Path
) -> None:
    source = KEYED % (V7, KEY_TEST % (operator, key, value), "", "aws:kms")
    source = source.replace('"aws_kms_key" "k" {', f'"aws_kms_{kind}" "k" {{\n  {written}').replace(
        "aws_kms_key.k", f"aws_kms_{kind}.k"
    )
    told = verdicts(tmp_path, f'{source}variable "primary" {{}}')["kms:Decrypt"]
    if expected == "unknown":
        expected = ("unknown", f"it depends on '{key}': in one case, no statement allows kms:Decrypt")
    assert (told[0], told[1].replace(f"aws_kms_{kind}.k", "aws_kms_key.k")) == expected


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        (
            "",
            (
                "unknown",
                "it depends on 'the order of aws_kms_key.k and aws_kms_key_policy.p': in one case, no statement allows kms:Decrypt",
            ),
        ),
        ("null", ("holds", "statement 1 grants it through aws_kms_key_policy.p")),
        ('""', ("holds", "statement 1 grants it through aws_kms_key_policy.p")),
    ],
    ids=["both written", "null inside", "empty inside"],
)
def test_a_key_policy_inside_its_key_is_put_again(inside: str, expected: tuple[str, str], tmp_path: Path) -> None:
    source = KEYED % (V7, KEY_TEST % ("Bool", "kms:MultiRegion", "true"), "", "aws:kms")
    if inside:
        head, _, rest = source.partition("  policy = jsonencode")
        source = f"{head}  policy = {inside}\n{rest.partition('] })')[2]}"
    document = '{ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = "*" }, Action = "kms:*", Resource = "*" }] }'
    beside = f'resource "aws_kms_key_policy" "p" {{\n  key_id = aws_kms_key.k.id\n  policy = jsonencode({document})\n}}\n'
    assert verdicts(tmp_path, f"{source}\n{beside}")["kms:Decrypt"] == expected


RULES = [
    'cors_rule {\n allowed_origins = ["https://darwin.v7labs.com"]\n allowed_methods = ["GET", "PUT"]\n expose_headers = ["ETag"]\n}',
    'cors_rule {\n allowed_origins = ["*"]\n allowed_methods = ["GET"]\n}',
]
CONTRACT = """
id: exposing
title: Exposing
origin: {url: "https://darwin.v7labs.com", sources: [{url: "https://example.com/a", confidence: documented}]}
needs:
  - id: cors:GET
    why: It reads the tag.
    exposed: [ETag]
    sources: [{url: "https://example.com/a", confidence: documented}]
"""


DYNAMIC = """
resource "aws_s3_bucket" "b" {
  bucket = "acme-data"
  dynamic "cors_rule" {
    for_each = %s([
      { origin = "https://darwin.v7labs.com", exposed = ["ETag"] },
      { origin = "*", exposed = [] },
    ])
    content {
      allowed_origins = [cors_rule.value.origin]
      allowed_methods = ["GET"]
      expose_headers  = cors_rule.value.exposed
    }
  }
}
"""


@pytest.mark.parametrize(("made", "status"), [("toset", "unknown"), ("tolist", "holds")])
def test_rules_made_of_a_set_come_in_any_order(made: str, status: str, tmp_path: Path) -> None:
    (tmp_path / "contract.yaml").write_text(CONTRACT, encoding="utf-8")
    code = tmp_path / "code"
    code.mkdir()
    found = verdicts(code, DYNAMIC % made, contract=str(tmp_path / "contract.yaml"))
    assert found["cors:GET"][0] == status


@pytest.mark.parametrize("rules", [RULES, RULES[::-1]])
def test_rules_that_are_a_set_come_in_any_order(rules: list[str], tmp_path: Path) -> None:
    (tmp_path / "contract.yaml").write_text(CONTRACT, encoding="utf-8")
    head = 'resource "aws_s3_bucket" "b" { bucket = "acme-data" }\nresource "aws_s3_bucket_cors_configuration" "b" {\n bucket = aws_s3_bucket.b.id\n'
    code = tmp_path / "code"
    code.mkdir()
    found = verdicts(code, head + "\n".join(rules) + "\n}", contract=str(tmp_path / "contract.yaml"))
    number = rules.index(RULES[1]) + 1
    assert found["cors:GET"] == (
        "unknown",
        f"it depends on 'the order of the CORS rules': in one case, rule {number} does not expose etag",
    )


@pytest.mark.parametrize(("rules", "status"), [(RULES, "holds"), (RULES[::-1], "fails")])
def test_rules_that_are_a_list_come_in_theirs(rules: list[str], status: str, tmp_path: Path) -> None:
    (tmp_path / "contract.yaml").write_text(CONTRACT, encoding="utf-8")
    code = tmp_path / "code"
    code.mkdir()
    source = 'resource "aws_s3_bucket" "b" {\n bucket = "acme-data"\n' + "\n".join(rules) + "\n}"
    assert verdicts(code, source, contract=str(tmp_path / "contract.yaml"))["cors:GET"][0] == status


TOGGLED = """
variable "web" { type = bool }
resource "aws_s3_bucket" "b" {
  bucket = "acme-data"
  dynamic "cors_rule" {
    for_each = var.web ? [1] : []
    content {
      allowed_methods = ["GET", "PUT"]
      allowed_origins = ["https://darwin.v7labs.com"]
      allowed_headers = ["*"]
    }
  }
}
"""
TEMPLATE = """
Parameters: {Web: {Type: String}}
Conditions: {HasWeb: !Equals [!Ref Web, "yes"]}
Resources:
  B:
    Type: AWS::S3::Bucket
    Properties:
      CorsConfiguration:
        CorsRules: %s
"""
RULE = '{AllowedMethods: [GET, PUT], AllowedOrigins: ["https://darwin.v7labs.com"], AllowedHeaders: ["*"]}'
ABSENT = "the bucket has no CORS configuration"


@pytest.mark.parametrize(
    ("rules", "clause"),
    [
        (f'[!If [HasWeb, {RULE}, !Ref "AWS::NoValue"]]', ABSENT),
        (f'!If [HasWeb, [{RULE}], !Ref "AWS::NoValue"]', ABSENT),
        (f"!If [HasWeb, [{RULE}], []]", "S3 rejects the CORS configuration: it has no rules"),
        (
            f'[{RULE}, {{AllowedMethods: !If [HasWeb, [GET], [PATCH]], AllowedOrigins: ["https://x.example.com"]}}]',
            "S3 rejects the CORS configuration: rule 2 lists the method 'PATCH', and S3 knows only GET, PUT, POST, DELETE and HEAD",
        ),
    ],
)
def test_a_configuration_that_is_not_in_force_in_some_case(rules: str, clause: str, tmp_path: Path) -> None:
    found = verdicts(tmp_path, TEMPLATE % rules, name="template.yaml")
    assert found["cors:GET"] == ("unknown", f"it depends on 'Web == \"yes\"': in one case, {clause}")
    assert verdicts(tmp_path, TEMPLATE % rules, ("--parameter", "Web=yes"), "template.yaml")["cors:GET"][0] == "holds"
    assert verdicts(tmp_path, TEMPLATE % rules, ("--parameter", "Web=no"), "template.yaml")["cors:GET"] == ("fails", clause)


def test_a_toggle_of_all_rules(tmp_path: Path) -> None:
    assert verdicts(tmp_path, TOGGLED)["cors:GET"] == ("unknown", f"it depends on 'var.web': in one case, {ABSENT}")
    assert verdicts(tmp_path, TOGGLED, ("--var", "web=false"))["cors:GET"] == ("fails", ABSENT)
    assert verdicts(tmp_path, TOGGLED, ("--var", "web=true"))["cors:GET"][0] == "holds"


CHOSEN = """
variable "e" {
  type = string
  %s
}
resource "aws_s3_bucket" "b" { bucket = "acme-data" }
resource "aws_s3_bucket_policy" "b" {
  count  = %s ? 1 : 0
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Principal = { AWS = "%s" }, Action = %s, Resource = "arn:aws:s3:::acme-data/*" }
  ] })
}
"""
LIMITED = 'validation {\n    condition     = %s\n    error_message = "No."\n  }'


@pytest.mark.parametrize(
    ("validation", "count", "action", "status"),
    [
        ("", 'var.e == "a"', 'var.e == "b" ? "s3:GetObject" : "s3:PutObject"', "fails"),
        ("", 'var.e == "a" && var.e == "b"', '"s3:GetObject"', "fails"),
        ("", 'var.e != "a" || var.e != "b"', '"s3:GetObject"', "holds"),
        ("", 'contains(["a", "b"], var.e)', 'var.e == "c" ? "s3:GetObject" : "s3:PutObject"', "fails"),
        ("", 'contains(["a", "b"], var.e) || var.e == "c"', 'var.e == "d" ? "s3:PutObject" : "s3:GetObject"', "unknown"),
        (LIMITED % 'contains(["a", "b"], var.e)', 'var.e == "a" || var.e == "b"', '"s3:GetObject"', "holds"),
        (LIMITED % 'var.e == "a" || var.e == "b"', 'var.e == "c"', '"s3:GetObject"', "fails"),
        (LIMITED % 'contains(["a", "b", "c"], var.e)', 'var.e == "a" || var.e == "b"', '"s3:GetObject"', "unknown"),
        (LIMITED % "length(var.e) < 9", 'var.e == "a" || var.e == "b"', '"s3:GetObject"', "unknown"),
    ],
)
def test_an_unresolved_text_is_one_text(validation: str, count: str, action: str, status: str, tmp_path: Path) -> None:
    assert verdicts(tmp_path, CHOSEN % (validation, count, V7, action))["s3:GetObject"][0] == status


@pytest.mark.parametrize("other", ["strict", "x"])
def test_a_variable_of_another_root_is_another_one(other: str, tmp_path: Path) -> None:
    (tmp_path / "storage").mkdir()
    (tmp_path / "policies").mkdir()
    block = OPEN.replace("restrict_public_buckets = false", "restrict_public_buckets = var.strict")
    head = 'resource "aws_s3_bucket" "b" { bucket = "acme-data" }\nvariable "strict" { type = bool }\n'
    (tmp_path / "storage/main.tf").write_text(head + block, encoding="utf-8")
    public = f"var.{other} ? [] : [{PUBLIC}]"
    document = f'jsonencode({{ Version = "2012-10-17", Statement = concat([{GRANT % ""}], {public}) }})'
    policy = f'resource "aws_s3_bucket_policy" "b" {{\n  bucket = "acme-data"\n  policy = {document}\n}}\n'
    source = f'variable "{other}" {{ type = bool }}\n{policy}'
    status, reason = verdicts(tmp_path, source, name="policies/main.tf")["s3:GetObject"]
    assert (status, f"'var.{other} ({tmp_path}/policies)'" in reason) == ("unknown", True)


@pytest.mark.parametrize(
    ("paths", "status"),
    [('["o-a1b2c3d4e5/*"]', "unknown"), ('["o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*"]', "unknown"), ('["*"]', "fails")],
)
def test_whether_a_path_of_an_organization_limits_a_policy_is_not_documented(paths: str, status: str, tmp_path: Path) -> None:
    members = (
        PUBLIC.removesuffix(" }") + f', Condition = {{ "ForAnyValue:StringLike" = {{ "aws:PrincipalOrgPaths" = {paths} }} }} }}'
    )
    more = OPEN.replace("restrict_public_buckets = false", "restrict_public_buckets = true")
    assert verdicts(tmp_path, bucket(GRANT % "", members, more=more))["s3:GetObject"][0] == status


DRAWN = 'resource "random_pet" "p" {\n  separator = "%s"\n}\nresource "random_id" "i" { byte_length = 4 }\n'


@pytest.mark.parametrize(
    ("separator", "name", "status"),
    [
        ("-", 'bucket_prefix = "acme-"', "holds"),
        ("-", 'bucket_prefix = "acme.com-"', "fails"),
        ("-", 'bucket = "acme-${random_pet.p.id}"', "holds"),
        (".", 'bucket = "acme-${random_pet.p.id}"', "unknown"),
        ("-", 'bucket = "acme-${replace(random_pet.p.id, "-", ".")}"', "unknown"),
        ("-", 'bucket = "acme-${random_id.i.hex}"', "holds"),
        ("-", 'bucket = "acme-${random_id.i.b64_std}"', "unknown"),
    ],
)
def test_what_is_drawn_for_a_name_has_no_dot(separator: str, name: str, status: str, tmp_path: Path) -> None:
    source = DRAWN % separator + f'resource "aws_s3_bucket" "b" {{\n  {name}\n}}\n'
    assert verdicts(tmp_path, source)["bucket:name"][0] == status


def test_the_name_of_a_stack_has_no_dot(tmp_path: Path) -> None:
    def named(name: str) -> str:
        bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Fn::Sub": name}}}
        return verdicts(tmp_path, json.dumps({"Resources": {"B": bucket}}), name="template.json")["bucket:name"][0]

    assert named("${AWS::StackName}-data") == "holds"
    assert named("${AWS::StackId}-data") == "unknown"


def test_what_cloudformation_does_not_send_is_not_refused(tmp_path: Path) -> None:
    statement = {"Sid": {"Ref": "AWS::NoValue"}, "Effect": "Allow", "Principal": {"AWS": 258327614892}, "Action": ["s3:GetObject"]}
    policy = {"Version": "2012-10-17", "Statement": [{**statement, "Resource": "arn:aws:s3:::acme-data/*"}]}
    bucket = {"BucketName": "acme-data", "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}}
    template = {
        "Resources": {
            "B": {"Type": "AWS::S3::Bucket", "Properties": bucket},
            "P": {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": "B"}, "PolicyDocument": policy}},
        }
    }
    assert verdicts(tmp_path, json.dumps(template), name="t.json")["s3:GetObject"][0] == "holds"
    (tmp_path / "t.json").unlink()
    found = verdicts(tmp_path, bucket_of(f'Sid = null, Effect = "Allow", Principal = {{ AWS = "{V7}" }}'))["s3:GetObject"]
    assert found == ("unknown", "S3 probably refuses the bucket policy of aws_s3_bucket.b: statement 1 has a Sid that is null")


def bucket_of(elements: str) -> str:
    return bucket(f'{{ {elements}, Action = "s3:GetObject", Resource = "arn:aws:s3:::acme-data/*" }}')


@pytest.mark.parametrize(("value", "status"), [("false", "holds"), ("true", "fails"), ("TRUE", "fails"), ("no", "unknown")])
def test_null_takes_true_or_false(value: str, status: str, tmp_path: Path) -> None:
    condition = f', Condition = {{ Null = {{ "aws:TokenIssueTime" = "{value}" }} }}'
    assert verdicts(tmp_path, bucket(GRANT % condition))["s3:GetObject"][0] == status


TWO_ACCOUNTS = """
provider "aws" {
  region              = "us-east-1"
  allowed_account_ids = ["111122223333"]
}
provider "aws" {
  alias               = "other"
  region              = "us-east-1"
  allowed_account_ids = ["999988887777"]
}
provider "aws" {
  alias  = "var"
  region = "us-east-1"
  assume_role {
    role_arn = var.role
  }
}
variable "role" {}
"""
SETTINGS = """
resource "aws_s3_bucket_ownership_controls" "b" {
  %s
  bucket = aws_s3_bucket.b.id
  rule { object_ownership = "BucketOwnerEnforced" }
}
resource "aws_s3_bucket_cors_configuration" "b" {
  %s
  bucket = aws_s3_bucket.b.id
  cors_rule {
    allowed_origins = ["https://darwin.v7labs.com"]
    allowed_methods = ["GET", "PUT"]
    allowed_headers = ["*"]
  }
}
"""


@pytest.mark.parametrize(("provider", "policy", "settings"), [("other", "fails", "unknown"), ("var", "holds", "holds")])
def test_only_the_account_of_a_bucket_writes_its_policy(provider: str, policy: str, settings: str, tmp_path: Path) -> None:
    written = f"provider = aws.{provider}"
    of_another = bucket(GRANT % "").replace('"aws_s3_bucket_policy" "b" {', f'"aws_s3_bucket_policy" "b" {{\n  {written}')
    told = verdicts(tmp_path, TWO_ACCOUNTS + of_another + SETTINGS % (written, written))
    assert (told["s3:GetObject"][0], told["ownership"][0], told["cors:GET"][0]) == (policy, settings, settings)
    if policy == "fails":
        reason = "S3 refuses the bucket policy of aws_s3_bucket.b: the policy is applied by another account than that of the bucket"
        assert told["s3:GetObject"][1] == reason


TWO_ALIASES = """
resource "aws_kms_key" "a" {}
resource "aws_kms_alias" "a" {
  name          = "alias/data"
  target_key_id = aws_kms_key.a.key_id
}
resource "aws_kms_key" "b" {
  provider = aws.other
}
resource "aws_kms_alias" "b" {
  provider      = aws.other
  name          = "alias/data"
  target_key_id = aws_kms_key.b.key_id
}
resource "aws_kms_key_policy" "b" {
  provider = aws.%s
  key_id   = aws_kms_key.b.key_id
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Principal = { AWS = "arn:aws:iam::999988887777:root" }, Action = "kms:*", Resource = "*" },
    { Effect = "Allow", Principal = { AWS = "arn:aws:iam::258327614892:role/external_s3" }, Action = "kms:*", Resource = "*" },
  ] })
}
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = "%s"
    }
  }
}
"""


@pytest.mark.parametrize(
    ("provider", "named", "status"),
    [
        ("other", "arn:aws:kms:us-east-1:999988887777:alias/data", "holds"),
        ("other", "arn:aws:kms:us-east-1:111122223333:alias/data", "fails"),
        ("other", "arn:aws:kms:us-east-1:444455556666:alias/data", "unknown"),
        ("other", "arn:aws:kms:eu-west-1:999988887777:alias/data", "unknown"),
        ("other", "arn:aws:kms:us-east-1:${var.role}:alias/data", "unknown"),
        ("other", "alias/data", "fails"),
        ("var", "arn:aws:kms:us-east-1:999988887777:alias/data", "holds"),
    ],
)
def test_an_alias_is_one_of_an_account_and_region(provider: str, named: str, status: str, tmp_path: Path) -> None:
    told = verdicts(tmp_path, TWO_ACCOUNTS + bucket(GRANT % "") + TWO_ALIASES % (provider, named))
    assert told["kms:Decrypt"][0] == status


def test_only_the_account_of_a_key_writes_its_policy(tmp_path: Path) -> None:
    key = (TWO_ALIASES % ("other", "arn:aws:kms:us-east-1:999988887777:alias/data")).replace(
        '"b" {\n  provider = aws.other\n  key_id', '"b" {\n  key_id'
    )
    told = verdicts(tmp_path, TWO_ACCOUNTS + bucket(GRANT % "") + key)
    reason = "KMS refuses the key policy of aws_kms_key.b: the policy is applied by another account than that of the key"
    assert told["kms:Decrypt"] == ("fails", reason)


@pytest.mark.parametrize(
    ("read", "named", "status"),
    [
        ('data "aws_kms_alias" "k" {\n  name = "alias/elsewhere"\n}', "data.aws_kms_alias.k.target_key_arn", "unknown"),
        ('data "aws_kms_key" "k" {\n  key_id = "alias/elsewhere"\n}', "data.aws_kms_key.k.arn", "unknown"),
        ("", "aws_kms_key.a.arn", "fails"),
    ],
)
def test_what_is_read_need_not_be_a_key_of_the_code(read: str, named: str, status: str, tmp_path: Path) -> None:
    key = (
        (TWO_ALIASES % ("other", "KEY"))
        .replace('"KEY"', named)
        .replace(
            'resource "aws_kms_key" "a" {}',
            'resource "aws_kms_key" "a" {\n  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", '
            'Principal = { AWS = "arn:aws:iam::111122223333:root" }, Action = "kms:*", Resource = "*" }] })\n}',
        )
    )
    told = verdicts(tmp_path, TWO_ACCOUNTS + bucket(GRANT % "") + key + read)
    assert told["kms:Decrypt"][0] == status


@pytest.mark.parametrize(
    ("named", "status"),
    [
        ("aws_kms_key.b.arn", "holds"),
        ("aws_kms_key.b.key_id", "unknown"),
        ("aws_kms_alias.b.arn", "holds"),
        ("aws_kms_alias.b.name", "fails"),
    ],
)
def test_a_key_of_another_account_is_named_by_an_arn(named: str, status: str, tmp_path: Path) -> None:
    key = (TWO_ALIASES % ("other", "KEY")).replace('"KEY"', named)
    assert verdicts(tmp_path, TWO_ACCOUNTS + bucket(GRANT % "") + key)["kms:Decrypt"][0] == status


@pytest.mark.parametrize(("attribute", "status"), [("id", "holds"), ("bucket", "holds"), ("arn", "unknown"), ("region", "unknown")])
def test_a_policy_is_attached_by_the_name_of_its_bucket(attribute: str, status: str, tmp_path: Path) -> None:
    source = bucket(GRANT % "").replace("aws_s3_bucket.b.id", f"aws_s3_bucket.b.{attribute}", 1)
    assert verdicts(tmp_path, source)["s3:GetObject"][0] == status


OWN_KEY = """
resource "aws_kms_key" "k" {
  %s
}
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.k.%s
    }
  }
}
"""
OWN_KEY_POLICY = """jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Principal = { AWS = "arn:aws:iam::111122223333:root" }, Action = "kms:*", Resource = "*" },
    { Effect = "Allow", Principal = { AWS = "arn:aws:iam::258327614892:role/external_s3" }, Action = "kms:*", Resource = "*" },
  ] })"""


@pytest.mark.parametrize(
    ("written", "attribute", "status"),
    [
        ("", "arn", "holds"),
        ("", "description", "unknown"),
        ('description = "alias/data"', "description", "unknown"),
        ("", "tags_all", "unknown"),
        ("", "key_usage", "unknown"),
    ],
)
def test_only_its_arn_and_ids_name_a_key(written: str, attribute: str, status: str, tmp_path: Path) -> None:
    key = OWN_KEY % (f"{written}\n  policy = {OWN_KEY_POLICY}", attribute)
    assert verdicts(tmp_path, TWO_ACCOUNTS + bucket(GRANT % "") + key)["kms:Decrypt"][0] == status


@pytest.mark.parametrize(
    ("attribute", "status"), [("key_id", "holds"), ("arn", "holds"), ("description", "unknown"), ("region", "unknown")]
)
def test_a_key_policy_is_put_on_the_key_that_it_names(attribute: str, status: str, tmp_path: Path) -> None:
    policy = f'resource "aws_kms_key_policy" "k" {{\n  key_id = aws_kms_key.k.{attribute}\n  policy = {OWN_KEY_POLICY}\n}}\n'
    key = OWN_KEY % ("region = var.role" if attribute == "region" else "", "arn") + policy
    assert verdicts(tmp_path, TWO_ACCOUNTS + bucket(GRANT % "") + key)["kms:Decrypt"][0] == status


TWO_REGIONS = TWO_ACCOUNTS + 'provider "aws" {\n  alias  = "west"\n  region = "us-west-2"\n}\n'


@pytest.mark.parametrize(
    ("of_bucket", "of_rest", "status"),
    [
        ("", "provider = aws.west", "unknown"),
        ('region = "us-west-2"', "", "unknown"),
        ('region = "us-west-2"', "provider = aws.west", "holds"),
        ("region = var.role", "provider = aws.west", "holds"),
    ],
)
def test_a_bucket_is_configured_in_its_own_region(of_bucket: str, of_rest: str, status: str, tmp_path: Path) -> None:
    source = bucket(GRANT % "").replace('"b" { bucket = "acme-data" }', f'"b" {{\n  bucket = "acme-data"\n  {of_bucket}\n}}')
    source = source.replace('"aws_s3_bucket_policy" "b" {', f'"aws_s3_bucket_policy" "b" {{\n  {of_rest}')
    told = verdicts(tmp_path, TWO_REGIONS + source + SETTINGS % (of_rest, of_rest))
    assert {told[need][0] for need in ("s3:GetObject", "cors:GET", "ownership")} == {status}


@pytest.mark.parametrize(
    ("provider", "kind", "status"),
    [("other", "grant", "unknown"), ("west", "grant", "unknown"), ("var", "grant", "holds"), ("west", "key_policy", "unknown")],
)
def test_what_is_applied_to_a_key_elsewhere_is_doubted(provider: str, kind: str, status: str, tmp_path: Path) -> None:
    app = "arn:aws:iam::111122223333:role/app"
    of = {
        "grant": f'grantee_principal = "{app}"\n  operations = ["Decrypt", "GenerateDataKey"]',
        "key_policy": f"policy = {OWN_KEY_POLICY.replace(V7, app)}",
    }
    part = f'resource "aws_kms_{kind}" "g" {{\n  provider = aws.{provider}\n  key_id = aws_kms_key.k.arn\n  {of[kind]}\n}}\n'
    own = OWN_KEY_POLICY.replace("258327614892", "111122223333") if kind == "grant" else "null"
    key = OWN_KEY % (f"policy = {own}", "arn")
    source = TWO_REGIONS + bucket(GRANT % "") + key + part
    assert verdicts(tmp_path, source, ("--with", f"principal={app}"))["kms:Decrypt"][0] == status


@pytest.mark.parametrize(
    ("read", "named", "status"),
    [
        ('data "aws_kms_alias" "s3" {\n  name = "alias/aws/s3"\n}', "data.aws_kms_alias.s3.target_key_arn", "fails"),
        ('data "aws_kms_key" "s3" {\n  key_id = "alias/aws/s3"\n}', "data.aws_kms_key.s3.arn", "fails"),
        ('data "aws_kms_alias" "s3" {\n  name = var.role\n}', "data.aws_kms_alias.s3.target_key_arn", "unknown"),
        ('data "aws_kms_alias" "s3" {\n  name = "alias/aws/ebs"\n}', "data.aws_kms_alias.s3.target_key_arn", "unknown"),
        (
            'data "aws_kms_alias" "s3" {\n  provider = aws.other\n  name = "alias/aws/s3"\n}',
            "data.aws_kms_alias.s3.target_key_arn",
            "unknown",
        ),
    ],
)
def test_the_key_that_aws_manages_is_known_by_the_alias_that_is_read(read: str, named: str, status: str, tmp_path: Path) -> None:
    key = (OWN_KEY % ("", "arn")).replace("aws_kms_key.k.arn", named)
    assert verdicts(tmp_path, TWO_ACCOUNTS + bucket(GRANT % "") + key + read)["kms:Decrypt"][0] == status


INSTANCES_OF_PROVIDER = """
locals {
  sites = { eu = { region = "eu-west-1", account = "111122223333" }, us = { region = "us-east-1", account = "444455556666" } }
}
provider "aws" {
  alias               = "by_site"
  for_each            = local.sites
  region              = each.value.region
  allowed_account_ids = [each.value.account]
}
provider "aws" {
  alias               = "eu"
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}
"""


@pytest.mark.parametrize(
    ("of_bucket", "of_policy", "status"),
    [
        ('aws.by_site["eu"]', 'aws.by_site["eu"]', "holds"),
        ('aws.by_site["eu"]', "aws.eu", "holds"),
        ('aws.by_site["us"]', 'aws.by_site["eu"]', "fails"),
        ('aws.by_site["us"]', "aws.eu", "fails"),
        ('aws.by_site["us"]', "aws.by_site[keys(local.sites)[1]]", "holds"),
    ],
)
def test_a_provider_has_an_instance_for_each_element(of_bucket: str, of_policy: str, status: str, tmp_path: Path) -> None:
    source = bucket(GRANT % "").replace(
        '"b" { bucket = "acme-data" }', f'"b" {{\n  bucket = "acme-data"\n  provider = {of_bucket}\n}}'
    )
    source = source.replace('"aws_s3_bucket_policy" "b" {', f'"aws_s3_bucket_policy" "b" {{\n  provider = {of_policy}')
    assert verdicts(tmp_path, INSTANCES_OF_PROVIDER + source, name="main.tofu")["s3:GetObject"][0] == status


@pytest.mark.parametrize("form", ["{}", "${{{}}}"])
@pytest.mark.parametrize(
    ("of_policy", "status"),
    [
        ('aws.by_site["us"]', "holds"),
        ('aws.by_site["eu"]', "fails"),
        ("aws.by_site[keys(local.sites)[1]]", "holds"),
        ("aws.eu", "fails"),
    ],
)
def test_an_instance_of_a_provider_is_named_in_json(form: str, of_policy: str, status: str, tmp_path: Path) -> None:
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::258327614892:role/external_s3"},
                "Action": ["s3:GetObject", "s3:PutObject"],
                "Resource": "${aws_s3_bucket.b.arn}/*",
            }
        ],
    }
    written = {"provider": form.format(of_policy), "bucket": "${aws_s3_bucket.b.id}", "policy": json.dumps(policy)}
    (tmp_path / "policy.tofu.json").write_text(json.dumps({"resource": {"aws_s3_bucket_policy": {"b": written}}}))
    source = 'resource "aws_s3_bucket" "b" {\n  bucket   = "acme-data"\n  provider = aws.by_site["us"]\n}\n'
    assert verdicts(tmp_path, INSTANCES_OF_PROVIDER + source, name="main.tofu")["s3:GetObject"][0] == status


@pytest.mark.parametrize(("other", "status"), [("each.key", "holds"), ('"eu"', "unknown")])
def test_a_module_is_passed_an_instance_of_a_provider(other: str, status: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "main.tf").write_text('resource "aws_s3_bucket" "b" {}\noutput "id" {\n  value = aws_s3_bucket.b.id\n}\n')
    source = f"""
module "data" {{
  for_each  = local.sites
  source    = "./data"
  providers = {{ aws = aws.by_site[each.key] }}
}}
resource "aws_s3_bucket_ownership_controls" "b" {{
  for_each = local.sites
  provider = aws.by_site[{other}]
  bucket   = module.data[each.key].id
  rule {{
    object_ownership = "BucketOwnerEnforced"
  }}
}}
"""
    (tmp_path / "main.tofu").write_text(INSTANCES_OF_PROVIDER + source)
    done = CliRunner().invoke(main, ["check", str(tmp_path), "--contract", "v7-darwin", "--all-buckets", "--format", "json"])
    told = {one["bucket"]: one["status"] for one in json.loads(done.stdout)["verdicts"] if one["need"] == "ownership"}
    assert told == {'module.data["eu"].aws_s3_bucket.b': "holds", 'module.data["us"].aws_s3_bucket.b': status}


@pytest.mark.parametrize("operator", ["StringNotEquals", "StringNotLike", "ArnNotEquals"])
def test_an_unresolved_key_has_a_name_wherever_it_is_told(operator: str, tmp_path: Path) -> None:
    key_id = "s3:x-amz-server-side-encryption-aws-kms-key-id"
    deny = CONFINED.replace("Allow", "Deny") % f'{operator} = {{ "{key_id}" = aws_kms_key.k.arn }}'
    source = TWO_ACCOUNTS + bucket(GRANT % "", deny) + OWN_KEY % (f"policy = {OWN_KEY_POLICY}", "arn")
    (tmp_path / "main.tf").write_text(source)
    done = CliRunner().invoke(main, ["check", str(tmp_path), "--contract", "v7-darwin", "--format", "json"])
    (found,) = (one for one in json.loads(done.stdout)["verdicts"] if one["need"] == "s3:PutObject")
    assert [one["only_if"] for one in found["resolved_by"]] == [
        f"{key_id} is arn:aws:kms:us-east-1:111122223333:key/<aws_kms_key.k.key_id>",
        f"aws_kms_key.k.key_id is the one in the {key_id} of the request",
    ]


@pytest.mark.parametrize(
    ("acl", "ownership", "reason"),
    [
        ("log-delivery-write", "BucketOwnerEnforced", "S3 refuses the ACL 'log-delivery-write' together with BucketOwnerEnforced"),
        ("public-read-only", "ObjectWriter", "'public-read-only' is not a canned ACL"),
        ("private", "BucketOwnerEnforced", ""),
        ("log-delivery-write", "BucketOwnerPreferred", ""),
    ],
)
def test_a_bucket_that_s3_does_not_create_holds_nothing(acl: str, ownership: str, reason: str, tmp_path: Path) -> None:
    owned = f'resource "aws_s3_bucket_ownership_controls" "b" {{\n bucket = aws_s3_bucket.b.id\n rule {{ object_ownership = "{ownership}" }}\n}}'
    source = bucket(GRANT % "", more=OPEN + owned)
    with_acl = f'bucket = "acme-data"\n  acl    = "{acl}"\n'
    inside = source.replace('{ bucket = "acme-data" }', f"{{\n  {with_acl}}}")
    expected = ("unknown", reason) if reason else ("holds", "statement 1 grants it for every key")
    assert verdicts(tmp_path, inside)["s3:GetObject"] == expected
    # An ACL of its own is refused when the bucket and its policy are there.
    beside = f'resource "aws_s3_bucket_acl" "b" {{\n bucket = aws_s3_bucket.b.id\n acl = "{acl}"\n}}'
    assert verdicts(tmp_path, f"{source}\n{beside}")["s3:GetObject"][0] == "holds"


@pytest.mark.parametrize(("ownership", "status"), [("Nobody", "unknown"), ("BucketOwnerEnforced", "holds")])
def test_an_ownership_that_does_not_exist_makes_no_bucket(ownership: str, status: str, tmp_path: Path) -> None:
    grant = {"Effect": "Allow", "Principal": {"AWS": V7}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-data/*"}
    owned = {"BucketName": "acme-data", "OwnershipControls": {"Rules": [{"ObjectOwnership": ownership}]}}
    policy = {"Bucket": {"Ref": "B"}, "PolicyDocument": {"Version": "2012-10-17", "Statement": [grant]}}
    resources = {
        "B": {"Type": "AWS::S3::Bucket", "Properties": owned},
        "P": {"Type": "AWS::S3::BucketPolicy", "Properties": policy},
    }
    template = json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources})
    assert verdicts(tmp_path, template, name="template.json")["s3:GetObject"][0] == status


def test_a_value_that_stands_for_many_is_not_shown_with_nothing_in_a_place(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text("""
resource "aws_cloudfront_distribution" "d" {
}
resource "aws_s3_bucket" "b" {
  bucket = "acme-data"
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "cloudfront.amazonaws.com" }
      Action    = "s3:GetObject"
      Resource  = "${aws_s3_bucket.b.arn}/*"
      Condition = { StringLike = { "AWS:SourceArn" = "arn:aws:cloudfront::*:distribution/${aws_cloudfront_distribution.d.id}" } }
    }]
  })
}
""")
    options = ("--contract", "cloudfront-oac", "--with", "prefix=", "--all-buckets", "--format", "json")
    done = CliRunner().invoke(main, ["check", str(tmp_path), *options])
    (found,) = (one for one in json.loads(done.stdout)["verdicts"] if one["need"] == "s3:GetObject")
    pattern = "arn:aws:cloudfront::*:distribution/<aws_cloudfront_distribution.d.id>"
    assert [one["only_if"] for one in found["resolved_by"]] == [
        f"AWS:SourceArn matches {pattern}",
        f"aws_cloudfront_distribution.d.id makes '{pattern}' match the AWS:SourceArn of the request",
    ]


_CONDITIONAL = """
variable "on" {
  type = bool
}

resource "aws_s3_bucket" "data" {
  bucket = "acme-data"
}

data "aws_iam_policy_document" "data" {
  version = var.on ? "2012-10-17" : null
  statement {
    sid       = var.on ? "Read" : null
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.data.arn}/*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::258327614892:role/external_s3"]
    }
  }
  dynamic "statement" {
    for_each = var.on ? [1] : []
    content {
      effect        = "Deny"
      actions       = var.on ? ["s3:DeleteObject"] : null
      not_actions   = var.on ? null : ["s3:*"]
      resources     = ["${aws_s3_bucket.data.arn}/*"]
      principals {
        type        = "*"
        identifiers = ["*"]
      }
      dynamic "condition" {
        for_each = var.on ? [1] : []
        content {
          test     = "Bool"
          variable = "aws:SecureTransport"
          values   = ["false"]
        }
      }
    }
  }
}

resource "aws_s3_bucket_policy" "data" {
  bucket = aws_s3_bucket.data.id
  policy = data.aws_iam_policy_document.data.json
}
"""


def test_what_a_document_leaves_out_in_a_case_is_no_null_in_it(tmp_path: Path) -> None:
    assert verdicts(tmp_path, _CONDITIONAL)["s3:GetObject"] == ("holds", "statement 1 grants it for every key")


def test_a_null_that_is_written_is_one(tmp_path: Path) -> None:
    owned = 'resource "aws_s3_bucket_ownership_controls" "b" {\n  bucket = aws_s3_bucket.b.id\n  rule { object_ownership = "BucketOwnerEnforced" }\n}'
    found = verdicts(tmp_path, bucket(GRANT % "", "null", more=OPEN + owned))["s3:GetObject"]
    assert found == ("unknown", "it depends on 'statement 2': in one case, a statement may deny s3:GetObject")


LOGGED = """
resource "aws_s3_bucket" "site" {
  %s
}
resource "aws_s3_bucket" "logs" {
  bucket = "acme-logs"
}
resource "aws_s3_bucket_policy" "logs" {
  bucket = aws_s3_bucket.logs.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Effect    = "Allow"
    Principal = { Service = "logging.s3.amazonaws.com" }
    Action    = "s3:PutObject"
    Resource  = "${aws_s3_bucket.logs.arn}/*"
    Condition = { %s = { "aws:SourceArn" = aws_s3_bucket.site.arn } }
  }] })
}
"""


@pytest.mark.parametrize("operator", ["StringEquals", "StringLike", "ArnEquals", "ArnLike"])
@pytest.mark.parametrize("name", ['bucket = "acme-site"', 'bucket_prefix = "acme-"', "", "bucket = terraform.workspace"])
@pytest.mark.parametrize(("source", "status"), [("", "unknown"), ("aws_s3_bucket.site", "holds"), ("arn:aws:s3:::other", "fails")])
def test_another_bucket_of_the_code_may_be_the_source_of_a_request(
    operator: str, name: str, source: str, status: str, tmp_path: Path
) -> None:
    options = (
        "--bucket",
        "aws_s3_bucket.logs",
        "--with",
        "account=111122223333",
        "--with",
        "prefix=",
        "--with",
        f"source={source}",
    )
    found = verdicts(tmp_path, LOGGED % (name, operator), options, contract="s3-access-logs")["s3:PutObject"][0]
    assert found == ("unknown" if status == "fails" and "acme-site" not in name else status)


TRAIL = {
    "main.tf": """
data "aws_caller_identity" "own" {}
resource "aws_s3_bucket" "b" {
  bucket = "acme-logs"
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Principal = { Service = "cloudtrail.amazonaws.com" }, Action = "s3:PutObject",
      %s = "arn:aws:s3:::acme-logs/AWSLogs/${data.aws_caller_identity.own.account_id}/*" }
  ] })
}
""",
    "t.yaml": """
Resources:
  B: {Type: AWS::S3::Bucket, Properties: {BucketName: acme-logs}}
  P:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref B
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {Service: cloudtrail.amazonaws.com}
            Action: s3:PutObject
            %s: !Sub "arn:aws:s3:::acme-logs/AWSLogs/${AWS::AccountId}/*"
""",
}


@pytest.mark.parametrize("name", TRAIL)
@pytest.mark.parametrize(
    ("element", "account", "status"),
    [
        ("Resource", "", "unknown"),
        ("Resource", "111122223333", "holds"),
        ("Resource", "444455556666", "fails"),
        ("NotResource", "", "unknown"),
        ("NotResource", "111122223333", "fails"),
        ("NotResource", "444455556666", "holds"),
    ],
)
def test_the_account_in_a_resource_may_be_the_one_that_is_asked_about(
    name: str, element: str, account: str, status: str, tmp_path: Path
) -> None:
    options = ("--with", "account=111122223333", "--with", "prefix=", *(("--account", account) if account else ()))
    assert verdicts(tmp_path, TRAIL[name] % element, options, name=name, contract="cloudtrail")["s3:PutObject"][0] == status


NAMED_BY_ACCOUNT = """
data "aws_caller_identity" "own" {}
resource "aws_kms_key" "k" {
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.own.account_id}:root" }, Action = "kms:*", Resource = "*" },
    { Effect = "Allow", Principal = { AWS = "arn:aws:iam::258327614892:role/external_s3" }, Action = "kms:*", Resource = "*" },
    { Effect = "Deny", Principal = "*", Action = "kms:Decrypt", Resource = "*", Condition = { StringLike = {
      "kms:EncryptionContext:aws:s3:arn" = "arn:aws:s3:::data-${data.aws_caller_identity.own.account_id}/in/*"
    } } }
  ] })
}
resource "aws_s3_bucket" "b" {
  bucket = "data-111122223333"
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
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Principal = { AWS = "arn:aws:iam::258327614892:role/external_s3" }, Action = "s3:*Object", Resource = "arn:aws:s3:::data-111122223333/*" },
    { Effect = "Deny", Principal = "*", Action = "s3:GetObject", Resource = "arn:aws:s3:::data-${data.aws_caller_identity.own.account_id}/in/*" }
  ] })
}
"""


@pytest.mark.parametrize(("account", "status"), [("", "unknown"), ("111122223333", "fails"), ("444455556666", "holds")])
def test_a_name_that_has_the_account_in_it_may_be_the_one_with_the_account(account: str, status: str, tmp_path: Path) -> None:
    found = verdicts(tmp_path, NAMED_BY_ACCOUNT, ("--account", account) if account else ())
    # S3 refuses a policy that names another bucket.
    assert (found["s3:GetObject"][0], found["kms:Decrypt"][0]) == ("fails" if account.startswith("4") else status, status)


IN_BOTH = """
data "aws_caller_identity" "own" {}
data "aws_region" "own" {}
resource "aws_s3_bucket" "b" {
  bucket = "data-${data.aws_region.own.name}-${data.aws_caller_identity.own.account_id}"
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Principal = { Service = "cloudtrail.amazonaws.com" }, Action = "s3:PutObject", Resource = "${aws_s3_bucket.b.arn}/*" },
    { Effect = "Deny", Principal = "*", Action = "s3:PutObject", Resource = "RESOURCE" }
  ] })
}
"""
OWN_ACCOUNT, OWN_REGION = "${data.aws_caller_identity.own.account_id}", "${data.aws_region.own.name}"


@pytest.mark.parametrize(
    ("resource", "given", "status"),
    [
        (f"${{aws_s3_bucket.b.arn}}/AWSLogs/{OWN_ACCOUNT}/*", (), "unknown"),
        (f"${{aws_s3_bucket.b.arn}}/AWSLogs/{OWN_ACCOUNT}/*", ("--account", "111122223333"), "fails"),
        (f"${{aws_s3_bucket.b.arn}}/AWSLogs/{OWN_ACCOUNT}/*", ("--account", "444455556666"), "holds"),
        (f"${{aws_s3_bucket.b.arn}}/Other/{OWN_ACCOUNT}/*", (), "holds"),
        (f"arn:aws:s3:::data-eu-west-1-{OWN_ACCOUNT}/*", (), "unknown"),
        (f"arn:aws:s3:::data-eu-west-1-{OWN_ACCOUNT}/*", ("--region", "eu-west-1"), "fails"),
        (f"arn:aws:s3:::data-{OWN_REGION}-111122223333/AWSLogs/*", (), "unknown"),
        (f"arn:aws:s3:::data-{OWN_REGION}-111122223333/AWSLogs/*", ("--account", "111122223333"), "fails"),
        (
            f"arn:aws:s3:::data-*/AWSLogs/{OWN_ACCOUNT}/*",
            (),
            "fails",
        ),  # AWSLogs/111122223333/AWSLogs/ and the account, whichever it is
        (f"arn:aws:s3:::data-eu-*-{OWN_ACCOUNT}/*", (), "unknown"),
        (f"arn:aws:s3:::data-eu-*-{OWN_ACCOUNT}/*", ("--region", "eu-west-1"), "fails"),
    ],
)
def test_what_is_unknown_of_the_request_may_be_what_is_written_elsewhere(
    resource: str, given: tuple[str, ...], status: str, tmp_path: Path
) -> None:
    options = ("--with", "account=111122223333", "--with", "prefix=", *given)
    found = verdicts(tmp_path, IN_BOTH.replace("RESOURCE", resource), options, contract="cloudtrail")["s3:PutObject"]
    assert found[0] == status, found


LOG_DELIVERY = """
data "aws_cloudfront_log_delivery_canonical_user_id" "own" {}
resource "aws_s3_bucket" "b" { bucket = "acme-data" }
resource "aws_s3_bucket_ownership_controls" "b" {
  bucket = aws_s3_bucket.b.id
  rule { object_ownership = "BucketOwnerPreferred" }
}
resource "aws_s3_bucket_acl" "b" {
  bucket = aws_s3_bucket.b.id
  access_control_policy {
    owner { id = "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a" }
    grant {
      grantee {
        type = "CanonicalUser"
        id   = ID
      }
      permission = "FULL_CONTROL"
    }
  }
}
"""
BY_NAME = "data.aws_cloudfront_log_delivery_canonical_user_id.own.id"


@pytest.mark.parametrize(
    ("user", "given", "status"),
    [
        ('"c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0"', (), "fails"),
        (BY_NAME, (), "fails"),
        (BY_NAME, ("--region", "cn-north-1"), "fails"),
        (BY_NAME, ("--region", "us-gov-west-1"), "fails"),
        ('"a52cb28745c0c06e84ec548334e44bfa7fc2a85c54af20cd59e4969344b7af56"', (), "fails"),
        ('"b4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0"', (), "unknown"),
    ],
)
def test_the_logs_of_cloudfront_are_written_by_no_platform(user: str, given: tuple[str, ...], status: str, tmp_path: Path) -> None:
    found = verdicts(tmp_path, LOG_DELIVERY.replace("ID\n", f"{user}\n"), given)
    assert (found["s3:PutObject"][0], found["ownership"][0]) == (status, "fails")


def test_a_deny_may_keep_a_policy_from_being_public_for_some_of_the_actions_that_a_statement_may_allow(tmp_path: Path) -> None:
    """Where the statement allows reading alone, all that it allows is denied to others; AWS does not document what that means."""
    public = '{ Effect = "Allow", Principal = "*", Action = var.x ? ["s3:GetObject"] : ["s3:GetObject", "s3:PutObject"], Resource = "arn:aws:s3:::acme-data/*" }'
    others = (
        '{ Effect = "Deny", Principal = "*", Action = "s3:GetObject", Resource = "arn:aws:s3:::acme-data/*",'
        f' Condition = {{ ArnNotLike = {{ "aws:PrincipalArn" = "{V7}" }} }} }}'
    )
    blocked = OPEN.replace("block_public_policy     = false", "block_public_policy     = true")
    code = bucket(public, others, more=f'{blocked}variable "x" {{}}\n')
    assert verdicts(tmp_path, code)["s3:GetObject"][0] == "unknown"
    assert verdicts(tmp_path, code, ("--var", "x=true"))["s3:GetObject"][0] == "unknown"
    assert verdicts(tmp_path, code, ("--var", "x=false"))["s3:GetObject"] == (
        "fails",
        "the policy is public, and BlockPublicPolicy keeps S3 from storing it",
    )
