"""From files to verdicts: what is resolved of a bucket once everything has been read, linked and proven."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.contract.load import load
from auditor.foundation.text import Texts
from auditor.pipeline import Request, audit
from tests.terraform.trees import tree, verdicts

KMS = ("kms:Decrypt", "kms:GenerateDataKey")


def test_a_data_source_for_an_alias_is_followed_once(tmp_path: Path) -> None:
    code = """
        data "aws_kms_alias" "s3" {
          name = "alias/data"
        }
        resource "aws_s3_bucket" "a" {}
        resource "aws_s3_bucket_server_side_encryption_configuration" "a" {
          bucket = aws_s3_bucket.a.id
          rule {
            apply_server_side_encryption_by_default {
              sse_algorithm     = "aws:kms"
              kms_master_key_id = data.aws_kms_alias.s3.arn
            }
          }
        }
    """
    found = verdicts(tmp_path, {"main.tf": code})
    assert [found["aws_s3_bucket.a", need] for need in KMS] == [
        (
            "unknown",
            "the key 'data.aws_kms_alias.s3' is not in the code: data.aws_kms_alias.s3 is declared elsewhere, and its key policy with it",
        ),
    ] * 2


def test_a_list_of_texts_about_a_bucket_names_the_bucket(tmp_path: Path) -> None:
    code = """
        variable "paths" {
          default = ["*"]
        }
        resource "aws_s3_bucket" "a" {}
        resource "aws_s3_bucket_policy" "a" {
          bucket = aws_s3_bucket.a.id
          policy = jsonencode({ Statement = [{
            Effect    = "Allow"
            Principal = { AWS = "arn:aws:iam::258327614892:role/external_s3" }
            Action    = ["s3:GetObject", "s3:PutObject"]
            Resource  = formatlist("arn:aws:s3:::${aws_s3_bucket.a.bucket}/%s", var.paths)
          }] })
        }
    """
    found = verdicts(tmp_path, {"main.tf": code})
    assert found["aws_s3_bucket.a", "s3:GetObject"] == ("holds", "statement 1 grants it for every key")


def test_a_module_that_is_not_on_disk_is_never_passed_over_in_silence(tmp_path: Path) -> None:
    sources = [
        "hashicorp/consul/aws",
        "git::https://example.com/s3-bucket.git?ref=v1",
        "git::https://example.com/s3-bucket.git?ref=v2",
    ]
    sources += ["hashicorp/consul/aws"] * 3 + ["./inner", "acme/a/aws", "acme/b/aws"]
    calls = "".join(f'module "m{at}" {{\n  source = "{source}"\n}}\n' for at, source in enumerate(sources))
    tree(tmp_path, {"main.tf": calls, "inner/main.tf": 'module "m" {\n  source = "hashicorp/consul/aws"\n}\n'})
    report = audit(Request((str(tmp_path),), (load("v7-darwin", {}),), every_bucket=True), Texts())
    assert report.notes == (
        "read 1 root, found 0 buckets",
        (
            "9 module calls were skipped because the source is not available locally: git::https://example.com/s3-bucket.git (2), "
            "hashicorp/consul/aws (5), acme/a/aws (1) and 1 more; "
            "run 'terraform init' to include their buckets"
        ),
    )


def _stated(name: str, *statements: str) -> dict[str, str]:
    listed = ", ".join(f'{{ {statement}, Principal = {{ AWS = "258327614892" }}, Action = "s3:*" }}' for statement in statements)
    code = f"""
        variable "n" {{}}
        resource "aws_s3_bucket" "a" {{
          bucket = {name}
        }}
        resource "aws_s3_bucket_policy" "a" {{
          bucket = aws_s3_bucket.a.id
          policy = jsonencode({{ Version = "2012-10-17", Statement = [{listed}] }})
        }}
    """
    return {"main.tf": code}


def test_a_wildcard_in_the_name_of_the_bucket_turns_on_what_the_name_is(tmp_path: Path) -> None:
    def status(name: str, *statements: str) -> str:
        return verdicts(tmp_path, _stated(name, *statements))["aws_s3_bucket.a", "s3:GetObject"][0]

    everything = 'Effect = "Allow", Resource = "arn:aws:s3:::*"'
    for pattern in ("data-*/*", "data-*", "*-data/*", "dat?/*"):
        assert status("var.n", f'Effect = "Allow", Resource = "arn:aws:s3:::{pattern}"') == "unknown"
        # A key such as -data/ is denied whatever the name is, since a wildcard reaches over the slash.
        denied = "fails" if pattern == "*-data/*" else "unknown"
        assert status("var.n", everything, f'Effect = "Deny", Resource = "arn:aws:s3:::{pattern}"') == denied
    assert status("var.n", 'Effect = "Allow", Resource = "arn:aws:s3:::*/images/*"') == "fails"
    assert status('"data-${var.n}"', 'Effect = "Allow", Resource = "arn:aws:s3:::data-*/*"') == "unknown"  # whether S3 takes it
    assert status('"data-${var.n}"', 'Effect = "Allow", Resource = "arn:aws:s3:::logs-*/*"') == "fails"
    # S3 refuses a policy that speaks of another bucket.
    assert status('"data-${var.n}"', everything, 'Effect = "Deny", Resource = "arn:aws:s3:::logs-*"') == "fails"
    found = verdicts(tmp_path, _stated("var.n", 'Effect = "Allow", Resource = "arn:aws:s3:::data-*/*"'))
    assert found["aws_s3_bucket.a", "s3:GetObject"] == (
        "unknown",
        "it depends on 'var.n': in one case, no statement allows s3:GetObject",
    )


def test_what_changes_are_ignored_for_may_not_be_in_force(tmp_path: Path) -> None:
    code = """
        resource "aws_kms_key" "k" {
          policy = jsonencode({ Version = "2012-10-17", Statement = [
            { Effect = "Allow", Principal = { AWS = "258327614892" }, Action = "kms:*", Resource = "*" },
          ] })
          lifecycle {
            ignore_changes = ["policy"]
          }
        }
        resource "aws_s3_bucket" "a" {
          lifecycle {
            ignore_changes = [policy, cors_rule]
          }
        }
        resource "aws_s3_bucket_policy" "a" {
          bucket = aws_s3_bucket.a.id
          policy = jsonencode({ Version = "2012-10-17", Statement = [
            { Effect = "Allow", Principal = { AWS = "258327614892" }, Action = "s3:*", Resource = "${aws_s3_bucket.a.arn}/*" },
          ] })
          lifecycle {
            ignore_changes = [policy]
          }
        }
        resource "aws_s3_bucket_ownership_controls" "a" {
          bucket = aws_s3_bucket.a.id
          rule {
            object_ownership = "BucketOwnerEnforced"
          }
          lifecycle {
            ignore_changes = [rule[0].object_ownership]
          }
        }
        resource "aws_s3_bucket_cors_configuration" "a" {
          bucket = aws_s3_bucket.a.id
          cors_rule {
            allowed_origins = ["*"]
            allowed_methods = ["GET", "PUT"]
            allowed_headers = ["*"]
          }
          lifecycle {
            ignore_changes = [bucket]
          }
        }
        resource "aws_s3_bucket_server_side_encryption_configuration" "a" {
          bucket = aws_s3_bucket.a.id
          rule {
            apply_server_side_encryption_by_default {
              sse_algorithm     = "aws:kms"
              kms_master_key_id = aws_kms_key.k.arn
            }
          }
          lifecycle {
            prevent_destroy = true
          }
        }
    """
    found = verdicts(tmp_path, {"main.tf": code})
    assert {need: status for (_, need), (status, _) in found.items()} == {
        "s3:GetObject": "unknown",
        "s3:PutObject": "unknown",
        "kms:Decrypt": "unknown",
        "kms:GenerateDataKey": "unknown",
        "cors:GET": "holds",
        "cors:PUT": "holds",
        "ownership": "unknown",
        "bucket:name": "holds",
        "bucket:no-requester-pays": "holds",
        "bucket:no-archive": "holds",
    }
    assert found["aws_s3_bucket.a", "s3:PutObject"] == (
        "unknown",
        "it depends on 'aws_s3_bucket_policy.a is as written': in one case, no statement allows s3:PutObject",
    )


def test_an_imported_bucket_or_key_may_have_what_the_code_does_not_say(tmp_path: Path) -> None:
    code = """
        import {
          to = module.data.aws_s3_bucket.a["x"]
          id = "data"
        }
        import {
          to = aws_kms_key.k
          id = "1234abcd-12ab-34cd-56ef-1234567890ab"
        }
        resource "aws_kms_key" "k" {}
        resource "aws_s3_bucket" "new" {}
        module "data" {
          source = "./data"
          key    = aws_kms_key.k.arn
        }
    """
    data = """
        variable "key" {}
        resource "aws_s3_bucket" "a" {
          for_each = toset(["x"])
        }
        resource "aws_s3_bucket_server_side_encryption_configuration" "a" {
          bucket = aws_s3_bucket.a["x"].id
          rule {
            apply_server_side_encryption_by_default {
              sse_algorithm     = "aws:kms"
              kms_master_key_id = var.key
            }
          }
        }
        resource "aws_s3_bucket_policy" "a" {
          bucket = aws_s3_bucket.a["x"].id
          policy = jsonencode({ Version = "2012-10-17", Statement = [{
            Effect    = "Allow"
            Principal = { AWS = "258327614892" }
            Action    = "s3:*"
            Resource  = "${aws_s3_bucket.a["x"].arn}/*"
          }] })
        }
    """
    found = verdicts(tmp_path, {"main.tf": code, "data/main.tf": data})
    bucket = 'module.data.aws_s3_bucket.a["x"]'
    before = (
        "unknown",
        f"it depends on 'what {bucket} had before its import': in one case, the bucket has no CORS configuration",
    )
    assert {need: answer for (address, need), answer in found.items() if address == bucket} == {
        "s3:GetObject": ("holds", "statement 1 grants it for every key"),
        "s3:PutObject": ("holds", "statement 1 grants it for every key"),
        "kms:Decrypt": ("unknown", "aws_kms_key.k is imported with what was configured before"),
        "kms:GenerateDataKey": ("unknown", "aws_kms_key.k is imported with what was configured before"),
        "cors:GET": before,
        "cors:PUT": before,
        "ownership": ("unknown", f"{bucket} is imported with what was configured before"),
        "bucket:name": ("unknown", f"{bucket} is imported with the name that it has"),  # which may have dots
        "bucket:no-requester-pays": ("unknown", f"{bucket} is imported with what was configured before"),
        "bucket:no-archive": ("unknown", f"{bucket} is imported with what was configured before"),
    }
    assert found["aws_s3_bucket.new", "s3:GetObject"][0] == "fails"


def test_an_import_in_json_syntax_is_one_too(tmp_path: Path) -> None:
    code = '{"import": [{"to": "aws_s3_bucket.a", "id": "data"}], "resource": {"aws_s3_bucket": {"a": {"bucket": "data"}}}}'
    assert verdicts(tmp_path, {"main.tf.json": code})["aws_s3_bucket.a", "s3:GetObject"][0] == "unknown"


def _encrypted(tmp_path: Path, key: str = "", reference: str = "arn") -> tuple[str, str]:
    code = f"""
        provider "aws" {{
          region = "eu-west-1"
        }}
        provider "aws" {{
          alias  = "us"
          region = "us-east-1"
        }}
        resource "aws_kms_key" "k" {{
          bypass_policy_lockout_safety_check = true
          {key}
          policy = jsonencode({{ Version = "2012-10-17", Statement = [
            {{ Effect = "Allow", Principal = {{ AWS = "258327614892" }}, Action = "kms:*", Resource = "*" }},
          ] }})
        }}
        resource "aws_s3_bucket" "a" {{}}
        resource "aws_s3_bucket_server_side_encryption_configuration" "a" {{
          bucket = aws_s3_bucket.a.id
          rule {{
            apply_server_side_encryption_by_default {{
              sse_algorithm     = "aws:kms"
              kms_master_key_id = aws_kms_key.k.{reference}
            }}
          }}
        }}
    """
    return verdicts(tmp_path, {"main.tf": code})["aws_s3_bucket.a", "kms:Decrypt"]


def test_a_key_that_s3_cannot_use_never_holds(tmp_path: Path) -> None:
    granted = ("holds", "statement 1 grants it through aws_kms_key.k")
    elsewhere = "aws_kms_key.k is in another region than the bucket, and S3 uses keys of the bucket's region only"
    assert _encrypted(tmp_path) == _encrypted(tmp_path, "is_enabled = true") == granted
    assert _encrypted(tmp_path, "is_enabled = false") == ("fails", "aws_kms_key.k is disabled, and S3 cannot use it")
    assert _encrypted(tmp_path, "provider = aws.us") == ("fails", elsewhere)
    assert _encrypted(tmp_path, "provider = aws.us", "key_id") == ("fails", elsewhere)


def test_a_statement_that_turns_out_null_is_no_statement_left_out(tmp_path: Path) -> None:
    def status(statements: str) -> str:
        code = f"""
            variable "strict" {{
              default = false
            }}
            resource "aws_s3_bucket" "a" {{}}
            locals {{
              grant = {{
                Effect = "Allow", Principal = {{ AWS = "258327614892" }}, Action = "s3:*", Resource = "${{aws_s3_bucket.a.arn}}/*"
              }}
              deny = {{ Effect = "Deny", Principal = "*", Action = "s3:Delete*", Resource = "${{aws_s3_bucket.a.arn}}/*" }}
            }}
            resource "aws_s3_bucket_policy" "a" {{
              bucket = aws_s3_bucket.a.id
              policy = jsonencode({{ Version = "2012-10-17", Statement = {statements} }})
            }}
        """
        return verdicts(tmp_path, {"main.tf": code})["aws_s3_bucket.a", "s3:GetObject"][0]

    assert status("[local.grant, var.strict ? local.deny : null]") == "unknown"
    assert status("[for one in [local.grant, var.strict ? local.deny : null] : one if one != null]") == "holds"
    assert status("concat([local.grant], var.strict ? [local.deny] : [])") == "holds"


@pytest.mark.parametrize("policy", ["JSON", 'replace(JSON, "_BUCKET_", aws_s3_bucket.a.id)', "jsonencode(jsondecode(JSON))"])
def test_documents_that_may_be_merged_in_leave_the_others_as_they_are(tmp_path: Path, policy: str) -> None:
    code = f"""
        variable "logs" {{ type = bool }}
        variable "strict" {{ type = bool }}
        resource "aws_s3_bucket" "a" {{}}
        data "aws_iam_policy_document" "grant" {{
          statement {{
            actions   = ["s3:GetObject", "s3:PutObject"]
            resources = ["${{aws_s3_bucket.a.arn}}/*"]
            principals {{
              type        = "AWS"
              identifiers = ["258327614892"]
            }}
          }}
        }}
        data "aws_iam_policy_document" "deny" {{
          for_each = {{ for name, wanted in {{ logs = var.logs, strict = var.strict }} : name => wanted if wanted }}
          statement {{
            sid       = each.key
            effect    = "Deny"
            actions   = [each.key == "logs" ? "s3:DeleteObject" : "s3:PutObject"]
            resources = ["${{aws_s3_bucket.a.arn}}/*"]
            principals {{
              type        = "*"
              identifiers = ["*"]
            }}
          }}
        }}
        data "aws_iam_policy_document" "all" {{
          source_policy_documents = compact([
            var.logs ? data.aws_iam_policy_document.deny["logs"].json : "",
            data.aws_iam_policy_document.grant.json,
            var.strict ? data.aws_iam_policy_document.deny["strict"].json : "",
          ])
        }}
        resource "aws_s3_bucket_policy" "a" {{
          bucket = aws_s3_bucket.a.id
          policy = {policy.replace("JSON", "data.aws_iam_policy_document.all.json")}
        }}
    """
    found = verdicts(tmp_path, {"main.tf": code})
    assert found["aws_s3_bucket.a", "s3:GetObject"] == ("holds", "statement 2 grants it for every key")
    assert found["aws_s3_bucket.a", "s3:PutObject"] == (
        "unknown",
        "it depends on 'var.strict': in one case, statement 'strict' denies s3:PutObject",
    )


def test_a_bucket_named_by_a_variable_has_no_placeholder_in_its_name(tmp_path: Path) -> None:
    def status(pattern: str, resource: str) -> str:
        code = f"""
            variable "name" {{ type = string }}
            variable "other" {{ type = string }}
            resource "aws_s3_bucket" "a" {{
              bucket = "x-${{var.name}}"
            }}
            locals {{
              policy = jsonencode({{
                Version   = "2012-10-17"
                Statement = [{{
                  Effect    = "Allow"
                  Principal = {{ AWS = "258327614892" }}
                  Action    = "s3:GetObject"
                  Resource  = ["{resource}/*"]
                }}]
              }})
            }}
            resource "aws_s3_bucket_policy" "a" {{
              bucket = aws_s3_bucket.a.id
              policy = replace(replace(local.policy, "{pattern}", aws_s3_bucket.a.id), "_AWS_ACCOUNT_ID_", "111122223333")
            }}
        """
        return verdicts(tmp_path, {"main.tf": code})["aws_s3_bucket.a", "s3:GetObject"][0]

    for resource in ("${aws_s3_bucket.a.arn}", "arn:aws:s3:::x-${var.name}"):
        assert status("_S3_BUCKET_ID_", resource) == "holds"
        assert status("-B", resource) == status("b.c", resource) == "unknown"
    assert status("_MY_", "${aws_s3_bucket.a.arn}") == "unknown"
    assert status("_S3_BUCKET_ID_", "arn:aws:s3:::${var.other}") == "unknown"


def test_what_is_removed_without_being_destroyed_stays(tmp_path: Path) -> None:
    def answer(lifecycle: str) -> tuple[str, str]:
        code = f"""
            resource "aws_s3_bucket" "a" {{}}
            removed {{
              from = aws_s3_bucket_policy.a
              {lifecycle}
            }}
        """
        return verdicts(tmp_path, {"main.tf": code})["aws_s3_bucket.a", "s3:GetObject"]

    assert answer("lifecycle {\n destroy = true\n }") == ("fails", "the bucket has no policy, so nothing lets another account in")
    assert answer("lifecycle {\n destroy = false\n }") == (
        "unknown",
        "aws_s3_bucket_policy.a was removed from the code without being destroyed, and what it configured stays",
    )
    assert answer("") == (
        "unknown",
        "aws_s3_bucket_policy.a was removed from the code, and OpenTofu destroys nothing unless the removed block says so",
    )


def test_ignored_changes_in_json_syntax_are_ignored_too(tmp_path: Path) -> None:
    policy = '{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "258327614892"}, "Action": "s3:*", "Resource": "arn:aws:s3:::acme-data*"}]}'
    for ignored, status in ((["policy"], "unknown"), ("all", "unknown"), (["bucket"], "holds")):
        lifecycle = {"ignore_changes": ignored}
        attached = {"bucket": "${aws_s3_bucket.a.id}", "policy": policy, "lifecycle": lifecycle}
        code = json.dumps({"resource": {"aws_s3_bucket": {"a": {"bucket": "acme-data"}}, "aws_s3_bucket_policy": {"a": attached}}})
        assert verdicts(tmp_path, {"main.tf.json": code})["aws_s3_bucket.a", "s3:GetObject"][0] == status


def test_a_policy_that_speaks_of_another_bucket_of_the_code_does_not_hold(tmp_path: Path) -> None:
    allowed = 'Effect = "Allow", Resource = "${aws_s3_bucket.a.arn}/*"'
    for other in ("aws_s3_bucket.b.arn", '"${aws_s3_bucket.b.arn}/*"'):
        files = {**_stated("var.n", allowed, f'Effect = "Deny", Resource = {other}'), "b.tf": 'resource "aws_s3_bucket" "b" {}\n'}
        assert verdicts(tmp_path, files)["aws_s3_bucket.a", "s3:GetObject"][0] == "fails"


def test_a_statement_under_two_unresolved_conditions_of_a_loop_is_not_left_out(tmp_path: Path) -> None:
    first, second = "'var.on'", "'var.env == \"prod\"'"
    for condition, turns_on in (
        ('var.on && var.env == "prod"', f"{first} and {second}"),
        ('!var.on || var.env == "prod"', f"{second} and {first}"),
        ('var.on ? var.env == "prod" : false', f"{first} and {second}"),
    ):
        code = f"""
            variable "on" {{
              type = bool
            }}
            variable "env" {{
              type = string
            }}
            resource "aws_s3_bucket" "a" {{
              bucket = "acme-a"
            }}
            resource "aws_s3_bucket_policy" "a" {{
              bucket = aws_s3_bucket.a.id
              policy = jsonencode({{ Statement = concat(
                [{{
                  Effect    = "Allow"
                  Principal = {{ AWS = "arn:aws:iam::258327614892:role/external_s3" }}
                  Action    = ["s3:GetObject", "s3:PutObject"]
                  Resource  = "arn:aws:s3:::acme-a/*"
                }}],
                [for action in ["s3:GetObject"] : {{
                  Effect    = "Deny"
                  Principal = "*"
                  Action    = action
                  Resource  = "arn:aws:s3:::acme-a/*"
                }} if {condition}],
              ) }})
            }}
        """
        found = verdicts(tmp_path, {"main.tf": code})
        assert found["aws_s3_bucket.a", "s3:GetObject"] == (
            "unknown",
            f"it depends on {turns_on}: in one case, statement 2 denies s3:GetObject",
        ), condition
        assert found["aws_s3_bucket.a", "s3:PutObject"] == ("holds", "statement 1 grants it for every key")


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ("local.made", ("holds", "statement 1 grants it for every key")),
        ("!local.made", ("fails", "no statement allows s3:GetObject")),
        ("var.on == null", ("unknown", "it depends on 'var.on == null': in one case, no statement allows s3:GetObject")),
    ],
)
def test_what_a_bucket_is_there_under_holds_for_all_of_it(tmp_path: Path, condition: str, status: tuple[str, str]) -> None:
    code = """
        variable "on" {
          type = bool
        }
        locals {
          made = var.on == null ? true : var.on
        }
        resource "aws_s3_bucket" "a" {
          count = local.made ? 1 : 0
        }
        resource "aws_s3_bucket_policy" "a" {
          count  = local.made ? 1 : 0
          bucket = aws_s3_bucket.a[0].id
          policy = jsonencode({ Statement = [{
            Effect    = CONDITION ? "Allow" : "Deny"
            Principal = { AWS = "arn:aws:iam::258327614892:role/external_s3" }
            Action    = CONDITION ? "s3:*" : "s3:DeleteObject"
            Resource  = "${aws_s3_bucket.a[0].arn}/*"
          }] })
        }
    """
    found = verdicts(tmp_path, {"main.tf": code.replace("CONDITION", condition)})
    assert found["aws_s3_bucket.a[0]", "s3:GetObject"] == status


@pytest.mark.parametrize("condition", ["var.on", "!var.on"])
def test_a_bucket_is_named_as_where_it_is_there(tmp_path: Path, condition: str) -> None:
    code = """
        variable "on" {
          type = bool
        }
        resource "aws_s3_bucket" "a" {
          count  = CONDITION ? 1 : 0
          bucket = CONDITION ? "acme" : ""
        }
        resource "aws_s3_bucket_policy" "a" {
          bucket = aws_s3_bucket.a[0].id
          policy = jsonencode({ Statement = [{
            Effect    = "Allow"
            Principal = { AWS = "arn:aws:iam::258327614892:role/external_s3" }
            Action    = "s3:*"
            Resource  = "arn:aws:s3:::acme/*"
          }] })
        }
    """
    found = verdicts(tmp_path, {"main.tf": code.replace("CONDITION", condition)})
    assert found["aws_s3_bucket.a[0]", "s3:GetObject"] == ("holds", "statement 1 grants it for every key")
