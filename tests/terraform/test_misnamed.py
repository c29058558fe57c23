"""Arguments and blocks under names that their type does not have: told with the name that is meant, and nothing decided as if they were not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.sources.resource_types import RECORDS
from auditor.sources.resource_types.argument_names import NAMES
from auditor.sources.terraform.aws.resource_type import TerraformType
from tests.asked import ROLE, ask

RULE = f'statement {{\n actions = ["s3:GetObject", "s3:PutObject"]\n resources = ["arn:aws:s3:::acme-b/*"]\n %s {{\n type = "AWS"\n identifiers = ["{ROLE}"]\n }}\n%s\n }}'
CORS = (
    'cors_rule {\n allowed_methods = ["GET", "PUT"]\n allowed_origins = ["https://darwin.v7labs.com"]\n allowed_headers = ["*"]\n }'
)
BY_DEFAULT = "rule {\n apply_server_side_encryption_by_default {\n %s\n }\n }"


def bucket(*inside: str) -> str:
    return 'resource "aws_s3_bucket" "b" {\n bucket = "acme-b"\n ' + "\n ".join(inside) + "\n}\n"


def of_bucket(kind: str, *inside: str) -> str:
    return f'resource "{kind}" "b" {{\n bucket = aws_s3_bucket.b.id\n ' + "\n ".join(inside) + "\n}\n"


def document(inside: str) -> str:
    return f'data "aws_iam_policy_document" "p" {{\n {inside}\n}}\n' + of_bucket(
        "aws_s3_bucket_policy", "policy = data.aws_iam_policy_document.p.json"
    )


def in_cors(*inside: str) -> str:
    return bucket() + of_bucket("aws_s3_bucket_cors_configuration", *inside)


KEY = 'resource "aws_kms_key" "k" {\n %s\n}\n' + of_bucket(
    "aws_s3_bucket_server_side_encryption_configuration",
    BY_DEFAULT % 'sse_algorithm = "aws:kms"\n kms_master_key_id = aws_kms_key.k.arn',
)

GRANT = (
    'bypass_policy_lockout_safety_check = true\n policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "kms:*", Resource = "*", '
    f'Principal = {{ AWS = "{ROLE}" }} }}] }})'
)

# The code, the needs that become unknown, and what is told.
CASES = {
    "a block of a bucket": (bucket(CORS.replace("cors_rule", "cors_rules")), "cors", "aws_s3_bucket has no block 'cors_rules'; did you mean 'cors_rule'?"),
    "beside the right one": (
        bucket(CORS, CORS.replace("cors_rule", "cors_rules")), "cors", "aws_s3_bucket has no block 'cors_rules'; did you mean 'cors_rule'?",
    ),
    "the name of a resource": (
        bucket(f"cors_configuration {{\n {CORS}\n }}"), "cors", "aws_s3_bucket has no block 'cors_configuration'; did you mean 'cors_rule'?",
    ),
    "a dynamic block": (
        bucket(f'dynamic "cors_rules" {{\n for_each = [1]\n content {{\n {CORS[11:-1]}\n }}\n }}'), "cors",
        "aws_s3_bucket has no block 'cors_rules'; did you mean 'cors_rule'?",
    ),
    "an argument of a bucket": (bucket('polcy = "{}"'), "s3", "aws_s3_bucket has no argument 'polcy'; did you mean 'policy'?"),
    "an argument of a rule": (
        in_cors(CORS.replace("allowed_origins", "allowed_origin")), "cors", "the block 'cors_rule' has no argument 'allowed_origin'; did you mean 'allowed_origins'?",
    ),
    "an argument of a dynamic rule": (
        in_cors(f'dynamic "cors_rule" {{\n for_each = [1]\n content {{\n {CORS[11:-1].replace("_methods", "_method")}\n }}\n }}'), "cors",
        "the block 'cors_rule' has no argument 'allowed_method'; did you mean 'allowed_methods'?",
    ),
    "outside its block": (
        bucket() + of_bucket("aws_s3_bucket_ownership_controls", 'object_ownership = "BucketOwnerEnforced"'), "ownership",
        "aws_s3_bucket_ownership_controls has no argument 'object_ownership'; it belongs in the block 'rule'",
    ),
    "outside its block, deep": (
        bucket() + of_bucket("aws_s3_bucket_server_side_encryption_configuration", 'rule {\n sse_algorithm = "aws:kms"\n }'), "kms",
        "the block 'rule' has no argument 'sse_algorithm'; it belongs in the block 'apply_server_side_encryption_by_default'",
    ),
    "a principal of a document": (
        bucket() + document(RULE % ("principal", "")), "s3", "the block 'statement' has no block 'principal'; did you mean 'principals'?",
    ),
    "a condition of a document": (
        bucket() + document(RULE % ("principals", 'conditions {\n test = "Bool"\n variable = "aws:SecureTransport"\n values = ["true"]\n }')), "s3",
        "the block 'statement' has no block 'conditions'; did you mean 'condition'?",
    ),
    "a policy of a key": (bucket() + KEY % 'key_policy = "{}"', "kms", "aws_kms_key has no argument 'key_policy'; did you mean 'policy'?"),
    "the state of a key": (bucket() + KEY % f"enabled = false\n {GRANT}", "kms", "aws_kms_key has no argument 'enabled'; did you mean 'is_enabled'?"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_is_meant_is_unknown(case: str, tmp_path: Path) -> None:
    code, service, error = CASES[case]
    told = ask(tmp_path, {"main.tf": code})
    assert [one.partition(": ")[2] for one in told.errors] == [error]
    assert {status for status, _ in told.of("aws_s3_bucket.b", service).values()} == {"unknown"}
    assert told.code == 2


RIGHT = {
    "of the language": bucket("count = 1", "provider = aws.west", "depends_on = []", "lifecycle {\n prevent_destroy = true\n }", 'region = "eu-west-1"'),
    "of an old release": bucket('acl = "private"', CORS, "lifecycle_rule {\n enabled = true\n anything = 1\n }", 'request_payer = "Requester"'),
    "of a later release": bucket("something_entirely_else = 1"),
    "a document": bucket() + document(RULE % ("principals", "")),
}  # fmt: skip


@pytest.mark.parametrize("case", RIGHT)
def test_other_names_are_no_slips(case: str, tmp_path: Path) -> None:
    assert ask(tmp_path, {"main.tf": RIGHT[case]}).errors == ()


def test_json_syntax_likewise(tmp_path: Path) -> None:
    code = (
        '{"resource": {"aws_s3_bucket": {"b": {"//": "a note", "bucket": "acme-b", "cors_rules": [{"allowed_methods": ["GET"]}]}}}}'
    )
    told = ask(tmp_path, {"main.tf.json": code})
    assert [one.partition(": ")[2] for one in told.errors] == [
        "aws_s3_bucket has no argument 'cors_rules'; did you mean 'cors_rule'?"
    ]
    assert {status for status, _ in told.of("aws_s3_bucket.b", "cors").values()} == {"unknown"}


def test_every_name_that_is_read_is_known() -> None:
    """The attributes that are computed, and the blocks that the provider fills in, are among the names of their type."""
    parts = [part for record in RECORDS for part in record.terraform() if isinstance(part, TerraformType)]
    known = [(part, NAMES[name]) for part in parts if (name := f"data.{part.name}" if part.data else part.name) in NAMES]
    assert len({part.name for part, _ in known}) == len(NAMES)
    for part, names in known:
        assert {*part.computed, *part.filled_in} - {"id", "region"} <= {*names.inside}, part.name
