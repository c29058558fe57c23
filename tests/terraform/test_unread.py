"""Code that could not be read is never taken as absent: what it may say is unknown, through the command line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.asked import ROLE, ask

BUCKET = 'resource "aws_s3_bucket" "b" {\n  bucket = "acme-b"\n}\n'
STATEMENT = f'{{ Effect = "Allow", Principal = {{ AWS = "{ROLE}" }}, Action = ["s3:GetObject", "s3:PutObject"], RESOURCE }}'
GRANT = STATEMENT.replace("RESOURCE", 'Resource = "${aws_s3_bucket.b.arn}/*"')
DENY = '{ Effect = "Deny", Principal = "*", Action = "s3:*", Resource = "${aws_s3_bucket.b.arn}/*" }'
# Refused by every reader of HCL.
BROKEN = '"a" "b"'


def policy(statement: str, name: str = "p", more: str = "") -> str:
    return f"""
resource "aws_s3_bucket_policy" "{name}" {{
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({{ Version = "2012-10-17", Statement = [{statement}] }})
{more}
}}
"""


def encryption(more: str = "") -> str:
    return f"""
resource "aws_kms_key" "k" {{
}}
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {{
  bucket = aws_s3_bucket.b.id
  rule {{
    apply_server_side_encryption_by_default {{
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.k.arn
    }}
  }}
{more}
}}
"""


CORS = """
resource "aws_s3_bucket_cors_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  cors_rule {
    allowed_methods = ["GET", "PUT"]
    allowed_origins = ["https://darwin.v7labs.com"]
    allowed_headers = ["*"]
  }
  MORE
}
"""


NAMED = ("holds", "the name 'acme-b' is as required")


def unread(name: str) -> tuple[str, str]:
    return "unknown", f"{name} could not be read"


@pytest.mark.parametrize(
    ("code", "service", "name"),
    [
        (policy(GRANT, more=BROKEN), "s3", "aws_s3_bucket_policy.p"),
        (policy(GRANT)[:-2] + "\n", "s3", "aws_s3_bucket_policy.p"),
        (policy(GRANT) + policy(DENY, "q", BROKEN), "s3", "aws_s3_bucket_policy.q"),
        (CORS.replace("MORE", BROKEN), "cors", "aws_s3_bucket_cors_configuration.b"),
        (
            CORS.replace("MORE", "") + CORS.replace('"b" {', '"c" {').replace("MORE", BROKEN),
            "cors",
            "aws_s3_bucket_cors_configuration.c",
        ),
        (encryption(BROKEN), "kms", "aws_s3_bucket_server_side_encryption_configuration.b"),
        (encryption() + f'resource "aws_kms_key_policy" "k" {{\n{BROKEN}\n}}\n', "kms", "aws_kms_key_policy.k"),
        (policy(GRANT) + f'module "m" {{\n{BROKEN}\n}}\n', "s3", "module.m"),
        (f'module "m" {{\n{BROKEN}\n}}\n', "cors", "module.m"),
        (policy(GRANT) + f"import {{\n{BROKEN}\n}}\n", "s3", "import"),
        (policy(GRANT) + "= 1\n", "s3", "main.tf:10"),
    ],
)
def test_a_block_that_cannot_be_read_is_not_absent(tmp_path: Path, code: str, service: str, name: str) -> None:
    told = ask(tmp_path, {"main.tf": BUCKET + code})
    assert set(told.of("aws_s3_bucket.b", service).values()) == {unread(name)}
    assert told.code == 2


@pytest.mark.parametrize("kind", ["aws_s3_bucket_ownership_controls", "aws_s3_bucket_acl", "aws_s3_bucket_public_access_block"])
def test_what_a_block_cannot_configure_stays_decided(tmp_path: Path, kind: str) -> None:
    told = ask(tmp_path, {"main.tf": BUCKET + f'resource "{kind}" "x" {{\n{BROKEN}\n}}\n'})
    assert set(told.of("aws_s3_bucket.b", "cors").values()) == {("fails", "the bucket has no CORS configuration")}
    assert {status for status, _ in told.of("aws_s3_bucket.b", "kms").values()} == {"not-applicable"}


def test_a_grant_that_cannot_be_read_may_let_the_consumer_in(tmp_path: Path) -> None:
    before = ask(tmp_path, {"main.tf": BUCKET + encryption()})
    assert {status for status, _ in before.of("aws_s3_bucket.b", "kms").values()} == {"fails"}
    after = ask(tmp_path, {"main.tf": BUCKET + encryption() + f'resource "aws_kms_grant" "g" {{\n{BROKEN}\n}}\n'})
    assert after.of("aws_s3_bucket.b", "kms") == {
        action: (
            "unknown",
            f"it depends on 'aws_kms_grant.g (main.tf:18)' and 'a KMS grant': in one case, no statement allows {action}",
        )
        for action in ("kms:Decrypt", "kms:GenerateDataKey")
    }


@pytest.mark.parametrize(
    "override",
    [
        policy(DENY, more=BROKEN),
        policy(DENY)[:-2],
        policy(DENY).encode() + b"# \xff\n",
    ],
)
def test_what_an_override_replaces_is_unknown_where_it_cannot_be_read(tmp_path: Path, override: str | bytes) -> None:
    told = ask(tmp_path, {"main.tf": BUCKET + policy(GRANT), "z_override.tf": override})
    assert {status for status, _ in told.of("aws_s3_bucket.b", "s3").values()} == {"unknown"}


GIVEN = {
    "main.tf": BUCKET + f'variable "role" {{\n  default = "{ROLE}"\n}}\n' + policy(GRANT.replace(f'"{ROLE}"', "var.role")),
}


@pytest.mark.parametrize(
    ("name", "content", "options", "place"),
    [
        ("terraform.tfvars", 'role = "a" "b"\n', (), "terraform.tfvars:1"),
        ("terraform.tfvars", 'role = "a\n', (), "terraform.tfvars:1"),
        ("terraform.tfvars", b'# \xff\nrole = "a"\n', (), "terraform.tfvars:1"),
        ("x.auto.tfvars.json", '{"role": "a",}', (), "x.auto.tfvars.json:1"),
        ("x.txt", "", ("--var-file", "missing.tfvars"), "missing.tfvars"),
        ("prod.tfvars", 'role = "a" "b"\n', ("--var-file", "prod.tfvars"), "prod.tfvars:1"),
    ],
)
def test_a_value_in_a_file_of_variables_that_cannot_be_read_is_not_the_default(
    tmp_path: Path, name: str, content: str | bytes, options: tuple[str, ...], place: str
) -> None:
    assert ask(tmp_path / "before", GIVEN).statuses("s3") == {"holds"}
    told = ask(tmp_path / "after", {**GIVEN, name: content}, *options)
    assert told.statuses("s3") == {"unknown"}
    assert told.code == 2
    again = ask(tmp_path / "after", {}, *options, "--var", f"role={ROLE}")
    assert again.statuses("s3") == {"holds"}, place


def test_what_is_given_after_a_file_that_cannot_be_read_is_certain(tmp_path: Path) -> None:
    files = {**GIVEN, "terraform.tfvars": 'role = "a" "b"\n', "b.auto.tfvars": f'role = "{ROLE}"\n'}
    assert ask(tmp_path, files).statuses("s3") == {"holds"}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("policy.tf", b"# \xff\n", "is not UTF-8: byte 0xff at offset 2"),
        ("policy.tf.json", b'{"a": 1,}', "is not JSON: it has a comma before this closing bracket: remove it"),
        ("inner/policy.tf", b"# \xff\n", "is not UTF-8: byte 0xff at offset 2"),
    ],
)
def test_a_file_that_cannot_be_read_may_say_anything(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    call = 'module "inner" {\n  source = "./inner"\n}\n' if name.startswith("inner") else ""
    told = ask(tmp_path, {"main.tf": BUCKET + policy(GRANT) + call, name: content})
    assert set(told.verdicts.values()) == {NAMED, unread(f"{name}:1")}
    assert [error.partition(": ")[2] for error in told.errors] == [message]


def test_a_link_that_leads_nowhere_may_say_anything(tmp_path: Path) -> None:
    (tmp_path / "policy.tf").symlink_to("gone.tf")
    told = ask(tmp_path, {"main.tf": BUCKET + policy(GRANT)})
    assert set(told.verdicts.values()) == {NAMED, unread("policy.tf")}
    assert told.errors == ("policy.tf:1:1: cannot be read: No such file or directory",)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_module_that_may_not_be_read_may_say_anything(tmp_path: Path) -> None:
    files = {"main.tf": BUCKET + 'module "m" {\n  source = "./inner"\n  b = aws_s3_bucket.b.id\n}\n', "inner/main.tf": ""}
    ask(tmp_path, files)
    (tmp_path / "inner").chmod(0)
    try:
        told = ask(tmp_path, {})
    finally:
        (tmp_path / "inner").chmod(0o755)
    assert set(told.of("aws_s3_bucket.b", "s3").values()) == {unread("module.m")}


@pytest.mark.parametrize(
    ("block", "message", "service"),
    [
        ('resource "aws_s3_bucket_policy" {\n}', "Missing name for resource: resource blocks have 2 labels (type, name)", "s3"),
        ("resource {\n}", "Missing type for resource: resource blocks have 2 labels (type, name)", "cors"),
        (
            'resource "aws_s3_bucket_policy" "b" "extra" {\n}',
            "Extraneous label for resource: resource blocks have 2 labels (type, name)",
            "s3",
        ),
        ('module "x" "y" {\n}', "Extraneous label for module: module blocks have 1 label (name)", "cors"),
        ("module {\n}", "Missing name for module: module blocks have 1 label (name)", "cors"),
    ],
)
def test_a_block_with_a_wrong_number_of_labels_is_an_error_and_decides_nothing(
    tmp_path: Path, block: str, message: str, service: str
) -> None:
    told = ask(tmp_path, {"main.tf": block + "\n" + BUCKET})
    assert told.errors == (f"main.tf:1:1: {message}",)
    assert {status for status, _ in told.of("aws_s3_bucket.b", service).values()} == {"unknown"}
    assert told.code == 2


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ('data "aws_iam_policy_document" {\n}', "Missing name for data: data blocks have 2 labels (type, name)"),
        ("variable {\n}", "Missing name for variable: variable blocks have 1 label (name)"),
        ('locals "x" {\n}', "Extraneous label for locals: locals blocks have 0 labels"),
    ],
)
def test_a_value_with_a_wrong_number_of_labels_is_an_error(tmp_path: Path, block: str, message: str) -> None:
    told = ask(tmp_path, {"main.tf": block + "\n" + BUCKET + policy(GRANT)})
    assert told.errors == (f"main.tf:1:1: {message}",)
    assert told.statuses("s3") == {"holds"}


def test_of_two_resources_of_one_address_none_decides(tmp_path: Path) -> None:
    told = ask(tmp_path, {"a.tf": BUCKET + policy(GRANT), "b.tf": policy(DENY)})
    assert told.errors == ('b.tf:2:1: Duplicate resource: resource "aws_s3_bucket_policy" "p" is already declared in a.tf:5',)
    assert set(told.of("aws_s3_bucket.b", "s3").values()) == {unread("aws_s3_bucket_policy.p")}
    controls = 'resource "aws_s3_bucket_ownership_controls" "b" {\n  bucket = aws_s3_bucket.b.id\n  rule {\n    object_ownership = "SETTING"\n  }\n}\n'
    twice = controls.replace("SETTING", "BucketOwnerEnforced") + controls.replace("SETTING", "ObjectWriter")
    told = ask(tmp_path / "controls", {"main.tf": BUCKET + twice})
    assert told.of("aws_s3_bucket.b", "ownership") == {"ownership": unread("aws_s3_bucket_ownership_controls.b")}


@pytest.mark.parametrize(
    ("collection", "given"),
    [
        ('["a"]', "a list"),
        ('true ? ["a"] : []', "a list"),
        ('concat(["a"], ["b"])', "a list"),
        ('[for one in toset(["a"]) : one]', "a list"),
        ("local.listed", "a list"),
        ("var.listed", "a list"),
        ('"a"', "a single value"),
        ('toset(["a"])', None),
        ('true ? toset(["a"]) : []', None),
        ("local.mapped", None),
    ],
)
def test_what_for_each_does_not_go_through_decides_nothing(tmp_path: Path, collection: str, given: str | None) -> None:
    names = """
locals {
  listed = keys(local.mapped)
  mapped = { a = "b" }
}
variable "listed" {
  type    = list(string)
  default = ["a"]
}
"""
    told = ask(tmp_path, {"main.tf": BUCKET + policy(GRANT, more=f"  for_each = {collection}"), "names.tf": names})
    if given is None:
        assert told.errors == ()
        assert told.statuses("s3") == {"holds"}
        return
    cure = "write toset(…) around it" if given == "a list" else "write a map, or toset([…])"
    message = f"Invalid for_each argument: it goes through a map or a set of texts, and this is {given}: {cure}"
    assert [error.partition(": ")[2] for error in told.errors] == [message]
    assert set(told.of("aws_s3_bucket.b", "s3").values()) == {unread("aws_s3_bucket_policy.p")}


@pytest.mark.parametrize(
    ("collection", "status"),
    [
        ("var.any", "unknown"),
        ("var.any.listed", "unknown"),
        ('try(["a"], [])', "unknown"),
        ("""jsondecode("[\\"a\\"]")""", "unknown"),
        ("toset([1, 2])", "unknown"),
        ('toset(["a", null])', "unknown"),
        ('toset(["a", 1])', "holds"),
        ('toset(try(["a"], []))', "holds"),
        ('setunion(["a"], ["b"])', "holds"),
        ("{ a = [1] }", "holds"),
    ],
)
def test_what_turns_out_to_be_no_set_of_texts_decides_nothing(tmp_path: Path, collection: str, status: str) -> None:
    value = '{ listed = ["a"] }' if "listed" in collection else '["a"]'
    code = BUCKET + policy(GRANT, more=f"  for_each = {collection}") + f'variable "any" {{\n  default = {value}\n}}\n'
    assert ask(tmp_path, {"main.tf": code}).statuses("s3") == {status}


def test_what_refers_to_a_call_that_for_each_refuses_is_unknown(tmp_path: Path) -> None:
    code = """
        module "m" {
          source   = "./m"
          for_each = ["a"]
        }
        resource "aws_s3_bucket" "other" {
          bucket = module.m["a"].name
        }
    """
    files = {"main.tf": BUCKET + policy(GRANT), "other.tf": code, "m/main.tf": 'output "name" {\n  value = "acme-o"\n}\n'}
    told = ask(tmp_path, files)
    assert [error.partition(": it ")[0] for error in told.errors] == ["other.tf:4:14: Invalid for_each argument"]
    assert told.of("aws_s3_bucket.other", "bucket:name") == {"bucket:name": unread("module.m")}


def test_of_two_variables_of_one_name_none_decides(tmp_path: Path) -> None:
    files = {**GIVEN, "b.tf": 'variable "role" {\n  default = "arn:aws:iam::111111111111:role/x"\n}\n'}
    told = ask(tmp_path, files)
    assert told.statuses("s3") == {"unknown"}
    assert told.errors == ('main.tf:4:1: Duplicate variable: variable "role" is already declared in b.tf:1',)


def test_an_unread_provider_may_be_of_any_account(tmp_path: Path) -> None:
    code = f"""
        provider "aws" {{
          allowed_account_ids = ["111122223333"]
          {BROKEN}
        }}
        resource "aws_s3_bucket" "b" {{
          bucket = "acme-b"
        }}
    """
    told = ask(tmp_path, {"main.tf": code})
    assert told.of("aws_s3_bucket.b", "cors") == dict.fromkeys(
        ("cors:GET", "cors:PUT"), ("fails", "the bucket has no CORS configuration")
    )


def test_what_an_unread_block_refers_to_is_unknown(tmp_path: Path) -> None:
    code = BUCKET + policy(GRANT.replace(f'"{ROLE}"', "local.role"))
    for broken in (f'locals {{\n  role = "{ROLE}"\n{BROKEN}\n}}\n', f'locals {{\n  role = "{ROLE}\n}}\n'):
        assert ask(tmp_path, {"main.tf": code, "locals.tf": broken}).statuses("s3") == {"unknown"}


COMMANDS = [
    ("put-bucket-policy --bucket ${aws_s3_bucket.b.id}", {"s3"}),
    ("put-bucket-policy --bucket acme-b", {"s3"}),
    ("delete-bucket-policy --bucket ${self.triggers.bucket}", {"s3"}),
    ("put-bucket-cors --bucket acme-b", {"cors"}),
    ("put-bucket-policy --bucket acme-c", set()),
    ("put-bucket-policy --bucket acme-b-two", set()),
    ("get-bucket-policy --bucket acme-b", set()),
    ("put-bucket-tagging --bucket acme-b", set()),
]


@pytest.mark.parametrize(("command", "needs"), COMMANDS)
def test_a_command_that_writes_what_is_certain_makes_it_unknown(tmp_path: Path, command: str, needs: set[str]) -> None:
    run = f"""
resource "null_resource" "n" {{
  triggers = {{
    bucket = aws_s3_bucket.b.id
  }}
  provisioner "local-exec" {{
    command = <<-END
      set -e
      aws s3api {command} --cli-input-json file://x.json
    END
  }}
}}
"""
    code = BUCKET + policy(GRANT) + CORS.replace("MORE", "")
    told = ask(tmp_path, {"main.tf": code + run})
    for need in ("s3", "cors"):
        assert told.statuses(need) == ({"unknown"} if need in needs else {"holds"})
    at_end = run.replace("    command", "    when    = destroy\n    command")
    told = ask(tmp_path / "end", {"main.tf": code + at_end})
    assert told.statuses("s3") == told.statuses("cors") == {"holds"}
