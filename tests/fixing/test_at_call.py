"""A bucket in a called module is fixed at the call, by the arguments of the module, wherever they make it so."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.contract.load import load
from auditor.finding import Certainty
from auditor.fixing.apply import Fixed, fix
from auditor.foundation.border import border_of
from auditor.foundation.text import Texts
from auditor.pipeline import Request, audit
from auditor.verdict import Status

ROLE = "arn:aws:iam::258327614892:role/external_s3"
BUCKET = """
variable "name" {}
resource "aws_s3_bucket" "b" {
  bucket = var.name
}
resource "aws_s3_bucket_ownership_controls" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}
resource "aws_s3_bucket_public_access_block" "b" {
  bucket              = aws_s3_bucket.b.id
  block_public_policy = true
}
output "arn" {
  value = aws_s3_bucket.b.arn
}
"""
DOCUMENT = """
data "aws_iam_policy_document" "b" {
  %s
  statement {
    sid       = "Tls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = ["${aws_s3_bucket.b.arn}/*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = data.aws_iam_policy_document.b.json
}
"""
RULES = """
resource "aws_s3_bucket_cors_configuration" "b" {
  %s
  bucket = aws_s3_bucket.b.id
  dynamic "cors_rule" {
    for_each = %s
    content {
      allowed_headers = try(cors_rule.value.allowed_headers, null)
      allowed_methods = cors_rule.value.allowed_methods
      allowed_origins = cors_rule.value["allowed_origins"]
      expose_headers  = lookup(cors_rule.value, "expose_headers", null)
      max_age_seconds = %s
    }
  }
}
"""

POLICIES = {
    "one of its own": (
        (
            'variable "policy" {\n  default = null\n}\n'
            'resource "aws_s3_bucket_policy" "b" {\n  count = var.policy != null ? 1 : 0\n  bucket = aws_s3_bucket.b.id\n  policy = var.policy\n}\n'
        ),
        "policy",
    ),
    "behind a switch": (
        (
            'variable "attach_policy" {\n  type = bool\n  default = false\n}\nvariable "policy" {\n  type = string\n  default = ""\n}\n'
            'resource "aws_s3_bucket_policy" "b" {\n  count = var.attach_policy ? 1 : 0\n  bucket = aws_s3_bucket.b.id\n  policy = var.policy\n}\n'
        ),
        "attach_policy policy",
    ),
    "merged documents": (
        'variable "documents" {\n  type = list(string)\n  default = []\n}\n' + DOCUMENT % "source_policy_documents = var.documents",
        "documents",
    ),
    "one document among others": (
        'variable "extra" {\n  type = string\n  default = null\n}\n'
        + DOCUMENT % "override_policy_documents = compact([var.extra])",
        "extra",
    ),
    "joined documents": (
        'variable "documents" {\n  type = list(string)\n  default = []\n}\nlocals {\n  all = concat([], var.documents)\n}\n'
        + DOCUMENT % "source_policy_documents = local.all",
        "documents",
    ),
    "statements": (
        'variable "statements" {\n  default = []\n}\n'
        + DOCUMENT
        % """dynamic "statement" {
    for_each = var.statements
    content {
      sid       = statement.value.sid
      actions   = statement.value.actions
      resources = statement.value.resources
      dynamic "principals" {
        for_each = lookup(statement.value, "principals", [])
        content {
          type        = principals.value.type
          identifiers = principals.value.identifiers
        }
      }
    }
  }""",
        "statements",
    ),
    "who reads and writes": (
        'variable "writers" {\n  type = list(string)\n  default = []\n}\n'
        + DOCUMENT
        % """dynamic "statement" {
    for_each = length(var.writers) > 0 ? [1] : []
    content {
      actions   = ["s3:GetObject", "s3:PutObject"]
      resources = ["${aws_s3_bucket.b.arn}/*"]
      principals {
        type        = "AWS"
        identifiers = var.writers
      }
    }
  }""",
        "writers",
    ),
    "in the document of a function": (
        (
            'variable "statements" {\n  default = []\n}\n'
            'resource "aws_s3_bucket_policy" "b" {\n  bucket = aws_s3_bucket.b.id\n  policy = jsonencode({\n    Version   = "2012-10-17"\n'
            '    Statement = concat([{ Sid = "Tls", Effect = "Deny", Principal = "*", Action = "s3:*", Resource = "${aws_s3_bucket.b.arn}/*",'
            ' Condition = { Bool = { "aws:SecureTransport" = "false" } } }], var.statements)\n  })\n}\n'
        ),
        "statements",
    ),
    "one of several switches, and names that are replaced": (
        (
            'variable "attach_tls" {\n  default = false\n}\nvariable "attach_policy" {\n  default = false\n}\nvariable "policy" {\n  default = null\n}\n'
            """
locals {
  attach = var.attach_tls || var.attach_policy
  policy = local.attach ? replace(data.aws_iam_policy_document.b[0].json, "_BUCKET_", aws_s3_bucket.b.arn) : ""
}
data "aws_iam_policy_document" "b" {
  count                   = local.attach ? 1 : 0
  source_policy_documents = compact([var.attach_tls ? "{}" : "", var.attach_policy ? var.policy : ""])
}
resource "aws_s3_bucket_policy" "b" {
  count  = local.attach ? 1 : 0
  bucket = aws_s3_bucket.b.id
  policy = local.policy
}
"""
        ),
        "attach_policy policy",
    ),
}
CORS = {
    "rules of any type": (
        'variable "cors_rules" {\n  default = []\n}\n'
        + RULES % ("count = length(var.cors_rules) > 0 ? 1 : 0", "var.cors_rules", "null"),
        "cors_rules",
    ),
    "rules that may be JSON": (
        'variable "cors_rules" {\n  type = any\n  default = []\n}\nlocals {\n  rules = try(jsondecode(var.cors_rules), var.cors_rules)\n}\n'
        + RULES % ("count = length(local.rules) > 0 ? 1 : 0", "local.rules", "null"),
        "cors_rules",
    ),
    "rules behind a switch": (
        'variable "enable_cors" {\n  default = false\n}\nvariable "cors_rules" {\n  default = []\n}\n'
        + RULES % ("count = var.enable_cors ? 1 : 0", "var.cors_rules", "try(cors_rule.value.max_age_seconds, null)"),
        "enable_cors cors_rules",
    ),
    "rules that have to say all": (
        'variable "cors_rules" {\n  type = list(object({ allowed_origins = list(string), allowed_methods = list(string), allowed_headers = list(string),'
        " expose_headers = list(string), max_age_seconds = number }))\n  default = []\n}\n"
        + RULES
        % ("count = length(var.cors_rules) > 0 ? 1 : 0", "var.cors_rules", "cors_rule.value.max_age_seconds"),
        "cors_rules",
    ),
    "an age that has to be said": (
        'variable "cors_rules" {\n  type = any\n  default = []\n}\n'
        + RULES % ("count = var.cors_rules == [] ? 0 : 1", "var.cors_rules", "cors_rule.value.max_age_seconds"),
        "cors_rules",
    ),
    "rules by name": (
        'variable "cors" {\n  type = map(any)\n  default = null\n}\n'
        + RULES % ("count = var.cors != null ? 1 : 0", "var.cors", "null"),
        "cors",
    ),
    "origins alone": (
        (
            'variable "origins" {\n  type = list(string)\n  default = []\n}\n'
            'resource "aws_s3_bucket_cors_configuration" "b" {\n  count = length(var.origins) == 0 ? 0 : 1\n  bucket = aws_s3_bucket.b.id\n  cors_rule {\n'
            '    allowed_headers = ["*"]\n    allowed_methods = ["GET", "PUT"]\n    allowed_origins = var.origins\n  }\n}\n'
        ),
        "origins",
    ),
}
ORIGINS = """
variable "origins" {
  type    = list(string)
  default = []
}
variable "methods" {
  default = ["GET"]
}
variable "aliases" {
  default = []
}
locals {
  origins = distinct(compact(concat(var.origins, var.aliases)))
}
resource "aws_s3_bucket_cors_configuration" "b" {
  count  = length(local.origins) > 0 ? 1 : 0
  bucket = aws_s3_bucket.b.id
  dynamic "cors_rule" {
    for_each = local.origins
    content {
      allowed_headers = ["*"]
      allowed_methods = var.methods
      allowed_origins = [cors_rule.value]
    }
  }
}
resource "aws_cloudfront_distribution" "b" {
  aliases = var.aliases
}
"""
CORS["a rule for each origin, and names that are for something else too"] = (ORIGINS, "methods origins")
HOLDING_POLICY = f"""
resource "aws_s3_bucket_policy" "b" {{
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({{
    Version   = "2012-10-17"
    Statement = [{{ Effect = "Allow", Principal = {{ AWS = "{ROLE}" }}, Action = ["s3:GetObject", "s3:PutObject"], Resource = "${{aws_s3_bucket.b.arn}}/*" }}]
  }})
}}
"""
HOLDING_CORS = """
resource "aws_s3_bucket_cors_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  cors_rule {
    allowed_headers = ["*"]
    allowed_methods = ["GET", "PUT"]
    allowed_origins = ["https://darwin.v7labs.com"]
  }
}
"""
CALL = 'module "media" {\n  source = "./store"\n  name   = "acme-media"\n%s}\n'


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "store").mkdir()
    return tmp_path


def fixed(*buckets: str) -> Fixed:
    request = Request((".",), (load("v7-darwin", {}),), buckets=buckets, every_bucket=not buckets)
    return fix(request, Texts(border=border_of((".",))))


def left(found: Fixed) -> list[str]:
    return [f"{one.need.id}: {one.reason}" for one in found.state.report.verdicts if one.status in (Status.FAILS, Status.UNKNOWN)]


@pytest.mark.parametrize("name", POLICIES)
def test_a_missing_grant_is_given_to_the_module(here: Path, name: str) -> None:
    module, arguments = POLICIES[name]
    (here / "store/main.tf").write_text(BUCKET + HOLDING_CORS + module)
    _is_fixed_at_the_call(here, arguments)


@pytest.mark.parametrize("name", CORS)
def test_a_missing_rule_is_given_to_the_module(here: Path, name: str) -> None:
    module, arguments = CORS[name]
    (here / "store/main.tf").write_text(BUCKET + HOLDING_POLICY + module)
    _is_fixed_at_the_call(here, arguments)


def _is_fixed_at_the_call(here: Path, arguments: str) -> None:
    (here / "main.tf").write_text(CALL % "")
    found = fixed()
    assert (left(found), [one.faults for one in found.tried], [*found.files]) == ([], [()], ["main.tf"])
    [tried] = found.tried
    assert tried.patch.certainty is Certainty.SAFE
    assert tried.patch.title.partition(": ")[2] == f"give module.media {' and '.join(arguments.split())}"


def test_names_that_would_be_replaced_in_what_is_added_are_left_alone(here: Path) -> None:
    module = POLICIES["one of several switches, and names that are replaced"][0].replace('"_BUCKET_"', '"PlatformAccess"')
    (here / "store/main.tf").write_text(BUCKET + HOLDING_CORS + module)
    (here / "main.tf").write_text(CALL % "")
    assert fixed().files == {}


def test_a_call_in_json_is_given_its_arguments_in_json(here: Path) -> None:
    (here / "store/main.tf").write_text(BUCKET + POLICIES["behind a switch"][0] + CORS["rules of any type"][0])
    (here / "main.tf.json").write_text(
        '{\n  "module": {\n    "media": {\n      "source": "./store",\n      "name": "acme-media"\n    }\n  }\n}\n'
    )
    found = fixed()
    assert (left(found), [one.faults for one in found.tried], [*found.files]) == ([], [(), ()], ["main.tf.json"])
    code = found.files["main.tf.json"].decode()
    assert '"allowed_origins": ["https://darwin.v7labs.com"],' in code
    assert '"policy": "{ \\"Version\\": \\"2012-10-17\\", \\"Statement\\": [' in code


RULES_MODULE = BUCKET + HOLDING_POLICY + CORS["rules behind a switch"][0]


def test_what_a_call_gives_already_is_changed_there(here: Path) -> None:
    (here / "store/main.tf").write_text(RULES_MODULE)
    given = '  enable_cors = false\n\n  cors_rules = [{\n    allowed_methods = ["GET"]\n    allowed_origins = ["https://app.acme.com"]\n  }]\n'
    (here / "main.tf").write_text(CALL % given)
    found = fixed()
    assert (left(found), [one.patch.title for one in found.tried]) == (
        [],
        ["Add a CORS configuration: change what module.media is given"],
    )
    assert found.files["main.tf"].decode() == CALL % given.replace("= false", "= true").replace(
        '["https://app.acme.com"]\n  }]',
        '["https://app.acme.com"]\n  }, {\n    allowed_origins = ["https://darwin.v7labs.com"]\n    allowed_methods = ["GET", "PUT"]\n'
        '    allowed_headers = ["*"]\n  }]',
    )


TYPED = "list(object({ allowed_methods = list(string), allowed_origins = list(string)%s }))"
LOOP = """variable "rules" {
  type = %s
}
resource "aws_s3_bucket_cors_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  dynamic "cors_rule" {
    for_each = var.rules
    iterator = rule
    content {
      allowed_methods = rule.value.allowed_methods
      allowed_origins = rule.value.allowed_origins
      allowed_headers = %s
    }
  }
}
"""
WITHOUT_HEADERS = """[
    {
      allowed_methods = ["GET"]
      allowed_origins = ["https://app.acme.com"]
    },
    {
      allowed_methods = ["GET", "PUT"]
      allowed_origins = ["https://darwin.v7labs.com"]%s
    },
  ]"""
ALL_HEADERS = '\n      allowed_headers = ["*"]'


@pytest.mark.parametrize(
    ("kind", "headers"),
    [
        ("any", "try(rule.value.allowed_headers, null)"),
        ("any", 'lookup(rule.value, "allowed_headers", null)'),
        (TYPED % ", allowed_headers = optional(list(string))", "rule.value.allowed_headers"),
    ],
)
@pytest.mark.parametrize("there", ["", "\n      allowed_headers = null"])
@pytest.mark.parametrize("around", [CALL % "  rules  = %s\n", "locals {\n  rules = %s\n}\n" + CALL % "  rules = local.rules\n"])
def test_headers_that_a_rule_lacks_are_added_where_the_call_gives_it(
    here: Path, kind: str, headers: str, there: str, around: str
) -> None:
    (here / "store/main.tf").write_text(BUCKET + HOLDING_POLICY + LOOP % (kind, headers))
    (here / "main.tf").write_text(around % (WITHOUT_HEADERS % there))
    found = fixed()
    assert found.files["main.tf"].decode() == around % (WITHOUT_HEADERS % ALL_HEADERS)
    assert (left(found), [one.patch.title for one in found.tried]) == (
        [],
        ["Let rule 2 answer V7 Darwin: change what module.media is given"],
    )


def test_headers_that_the_type_of_a_variable_drops_are_not_added_at_the_call(here: Path) -> None:
    (here / "store/main.tf").write_text(BUCKET + HOLDING_POLICY + LOOP % (TYPED % "", "try(rule.value.allowed_headers, null)"))
    (here / "main.tf").write_text(CALL % f"  rules = {WITHOUT_HEADERS % ''}\n")
    report = audit(Request((".",), (load("v7-darwin", {}),), every_bucket=True), Texts(border=border_of((".",))))
    [patch] = [patch for one in report.findings if one.rule == "cors-request-refused" for patch in one.fixes]
    assert (patch.title, patch.edits) == ("Let rule 2 answer V7 Darwin", ())


def test_headers_of_the_only_rule_are_given_to_the_module(here: Path) -> None:
    headers = HOLDING_CORS.replace('allowed_headers = ["*"]', "allowed_headers = var.headers")
    (here / "store/main.tf").write_text(f'variable "headers" {{\n  default = null\n}}\n{BUCKET}{HOLDING_POLICY}{headers}')
    (here / "main.tf").write_text(CALL % "")
    found = fixed()
    assert found.files["main.tf"].decode() == CALL % '\n  headers = ["*"]\n'
    assert [one.patch.title for one in found.tried] == ["Let rule 1 answer V7 Darwin: give module.media headers"]


OUTER = """
variable "cors" {
  default = []
}
module "store" {
  source = "../store"
  name   = "acme-media"
%s}
"""


@pytest.mark.parametrize(
    ("methods", "told", "certainty"),
    [
        ("", "give module.media methods, and change what it is given", Certainty.NEEDS_REVIEW),
        ('  methods = ["GET", "PUT"]\n', "change what module.media is given", Certainty.SAFE),
    ],
)
def test_a_list_that_is_for_other_origins_too_is_for_a_person_to_change(
    here: Path, methods: str, told: str, certainty: Certainty
) -> None:
    (here / "store/main.tf").write_text(BUCKET + HOLDING_POLICY + ORIGINS)
    (here / "main.tf").write_text(CALL % f'  origins = ["https://app.acme.com"]\n{methods}')
    report = audit(Request((".",), (load("v7-darwin", {}),), every_bucket=True), Texts(border=border_of((".",))))
    [patch] = [patch for one in report.findings if one.rule == "cors-request-refused" for patch in one.fixes]
    assert (patch.title, patch.certainty) == (
        f"Add a CORS rule: {told}",
        certainty,
    )


def test_the_condition_of_the_bucket_is_taken_to_be_true(here: Path) -> None:
    counted = ("  count  = var.create ? 1 : 0\n  bucket = var.name", "  count  = var.create && length(local.origins) > 0 ? 1 : 0")
    module = BUCKET.replace("  bucket = var.name", counted[0]).replace("aws_s3_bucket.b.", "aws_s3_bucket.b[0].")
    rules = ORIGINS.replace("  count  = length(local.origins) > 0 ? 1 : 0", counted[1]).replace(
        "aws_s3_bucket.b.", "aws_s3_bucket.b[0]."
    )
    (here / "store/main.tf").write_text(
        f'variable "create" {{}}\n{module}{HOLDING_POLICY.replace("aws_s3_bucket.b.", "aws_s3_bucket.b[0].")}{rules}'
    )
    (here / "main.tf").write_text('variable "create" {}\n' + CALL % "  create = var.create\n")
    assert [one.patch.title for one in fixed().tried] == ["Add a CORS configuration: give module.media methods and origins"]


def test_an_argument_goes_up_through_every_call_that_passes_it_on(here: Path) -> None:
    (here / "store/main.tf").write_text(BUCKET + HOLDING_POLICY + CORS["rules of any type"][0])
    (here / "outer").mkdir()
    (here / "outer/main.tf").write_text(OUTER % "\n  cors_rules = var.cors\n")
    (here / "main.tf").write_text('module "media" {\n  source = "./outer"\n}\n')
    found = fixed()
    assert (left(found), [*found.files]) == ([], ["main.tf"])
    assert [one.patch.title for one in found.tried] == ["Add a CORS configuration: give module.media cors"]


def test_a_call_that_others_share_is_for_a_person_to_change(here: Path) -> None:
    (here / "store/main.tf").write_text(BUCKET + HOLDING_POLICY + CORS["rules of any type"][0])
    (here / "outer").mkdir()
    (here / "outer/main.tf").write_text(OUTER % "")
    (here / "main.tf").write_text('module "media" {\n  source = "./outer"\n}\n')
    [finding] = fixed().state.report.findings
    [patch] = finding.fixes
    assert (patch.title, patch.certainty) == (
        "Add a CORS configuration: give module.media.module.store cors_rules",
        Certainty.NEEDS_REVIEW,
    )


def test_a_call_of_several_instances_is_for_a_person_to_change(here: Path) -> None:
    (here / "store/main.tf").write_text(BUCKET + HOLDING_CORS + POLICIES["behind a switch"][0])
    (here / "main.tf").write_text((CALL % '  for_each = toset(["a", "b"])\n').replace('"acme-media"', '"acme-${each.key}"'))
    found = fixed()
    assert [patch.certainty for one in found.state.report.findings for patch in one.fixes] == [Certainty.NEEDS_REVIEW] * 2
    # The instances of a call cannot refer to one another's outputs, and each is another bucket.
    assert "module.media" not in found.state.report.findings[0].fixes[0].text


def test_a_module_without_arguments_for_it_names_every_call_that_changes(here: Path) -> None:
    (here / "store/main.tf").write_text(BUCKET + HOLDING_CORS + DOCUMENT % "")
    (here / "main.tf").write_text(CALL % "" + (CALL % "").replace("media", "logs") + (CALL % "").replace("media", "raw"))
    found = fixed("module.media.aws_s3_bucket.b")
    assert [patch.title for one in found.state.report.findings for patch in one.fixes] == [
        "Add a statement to module.media.aws_s3_bucket_policy.b; this changes the 2 other calls of store too: main.tf:5, 9"
    ]


def test_only_the_call_of_the_bucket_is_changed(here: Path) -> None:
    (here / "store/main.tf").write_text(BUCKET + HOLDING_CORS + POLICIES["merged documents"][0])
    (here / "main.tf").write_text(CALL % "" + (CALL % "").replace("media", "logs"))
    found = fixed("module.media.aws_s3_bucket.b")
    assert (left(found), [one.faults for one in found.tried]) == ([], [()])
    before, after = (CALL % "").replace("media", "logs"), found.files["main.tf"].decode()
    assert after.endswith(before)
    assert 'Resource  = "${module.media.arn}/*"' in after


def test_a_document_beside_the_call_gets_the_statement(here: Path) -> None:
    module, _ = POLICIES["one of its own"]
    (here / "store/main.tf").write_text(BUCKET + HOLDING_CORS + module)
    document = (DOCUMENT % "").partition("resource ")[0].replace("aws_s3_bucket.b.arn", "module.media.arn")
    (here / "main.tf").write_text(CALL % "  policy = data.aws_iam_policy_document.b.json\n" + document)
    found = fixed()
    assert (left(found), [one.faults for one in found.tried], [*found.files]) == ([], [()], ["main.tf"])
    assert '"${module.media.arn}/*"' in found.files["main.tf"].decode().rpartition("PlatformAccess")[2]


def test_a_key_beside_the_call_is_no_argument_of_it(here: Path) -> None:
    key = """
resource "aws_kms_key" "k" {
  policy = jsonencode({ Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::111122223333:root" }, Action = ["kms:PutKeyPolicy", "kms:Encrypt"], Resource = "*" }] })
}
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = module.media.name
  rule {
    apply_server_side_encryption_by_default {
      kms_master_key_id = aws_kms_key.k.arn
      sse_algorithm     = "aws:kms"
    }
  }
}
"""
    name = 'output "name" {\n  value = aws_s3_bucket.b.id\n}\n'
    (here / "store/main.tf").write_text(BUCKET + HOLDING_POLICY + HOLDING_CORS + name)
    (here / "main.tf").write_text(CALL % "" + key)
    found = fixed()
    assert (left(found), [one.patch.title for one in found.tried]) == ([], ["Add a statement to the key policy"])


@pytest.mark.parametrize(
    ("setting", "title"),
    [
        ("var.ownership", "Turn ACLs off: give module.media ownership"),
        ('var.acls ? "ObjectWriter" : "BucketOwnerEnforced"', "Turn ACLs off: give module.media acls"),
    ],
)
def test_a_setting_is_given_to_the_module(here: Path, setting: str, title: str) -> None:
    variables = 'variable "ownership" {\n  default = "ObjectWriter"\n}\nvariable "acls" {\n  default = true\n}\n'
    module = variables + BUCKET.replace('"BucketOwnerEnforced"', setting)
    (here / "store/main.tf").write_text(module + HOLDING_POLICY + HOLDING_CORS)
    (here / "main.tf").write_text(CALL % "")
    [finding] = fixed().state.report.findings
    assert [(patch.title, patch.certainty) for patch in finding.fixes] == [(title, Certainty.NEEDS_REVIEW)]


def test_code_that_goes_round_in_circles_has_no_way(here: Path) -> None:
    loop = 'locals {\n  a = var.on ? local.b : local.c\n  b = try(local.c, local.a)\n  c = var.on ? local.a : local.b\n}\nvariable "on" {}\n'
    (here / "store/main.tf").write_text(BUCKET + HOLDING_CORS + loop + (DOCUMENT % "source_policy_documents = local.a"))
    (here / "main.tf").write_text(CALL % "")
    request = Request((".",), (load("v7-darwin", {}),), every_bucket=True)
    assert audit(request, Texts(border=border_of((".",)))).findings
