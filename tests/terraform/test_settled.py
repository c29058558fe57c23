"""A law of the evaluation: what is decided while variables have no value stays so, whatever values they are given."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

import auditor

pytestmark = pytest.mark.property

THEIRS, OTHER = "arn:aws:iam::258327614892:role/external_s3", "arn:aws:iam::111122223333:role/other"
VALUES = {
    "on": ("bool", ["true", "false"]),
    "env": ("string", ["prod", "dev"]),
    "role": ("string", [THEIRS, OTHER]),
    "roles": ("set(string)", [f'["{THEIRS}"]', "[]"]),
    "region": ("string", ["eu-west-1", "us-east-1"]),
    "arns": ("list(string)", [f'["{THEIRS}"]', "[]", '["arn:aws:iam::258327614892:role/*"]']),
    "network": ("string", ["10.0.0.0/8"]),
    "networks": ("list(string)", ["[]", '["0.0.0.0/0"]']),
    "others": ("set(string)", ["[]", '["0.0.0.0/0"]']),
    "settings": ("map(string)", ["{}", f'{{ role = "{OTHER}", deny = "yes" }}']),
}
CONDITIONS = [
    "var.on", "!var.on", 'var.env == "prod"', 'var.on && var.env == "prod"', 'var.on || var.env == "dev"', "length(var.roles) > 0",
    "can(tonumber(var.env))", "can(var.settings.role)", 'try(var.settings.deny, "no") == "yes"', f'contains(var.roles, "{THEIRS}")',
    f'(var.on ? var.env == "prod" : var.role == "{THEIRS}")', "alltrue([var.on, length(var.roles) > 0])",
]  # fmt: skip
PRINCIPALS = [
    f'"{THEIRS}"', "var.role", f'var.on ? "{THEIRS}" : "{OTHER}"', "tolist(var.roles)", f'try(var.settings.role, "{THEIRS}")',
    f'concat(["{OTHER}"], tolist(var.roles))', f'[for role in ["{THEIRS}", "{OTHER}"] : role if CONDITION]',
    f'tolist(toset([var.role, "{OTHER}"]))[0]', f'sort([var.role, "{OTHER}"])[0]', f'distinct([var.role, "{OTHER}"])[0]',
    f'{{ prod = "{THEIRS}", dev = "{OTHER}" }}[var.env]', f'merge({{ role = "{THEIRS}" }}, var.settings).role',
    f'sort([var.role, "{OTHER}"])', "sort(concat(tolist(var.roles), [var.role]))", f'reverse(sort([var.role, "{THEIRS}"]))[0]',
    f'[for role in sort([var.role, "{OTHER}"]) : role if role != "{OTHER}"]', f'distinct(sort([var.role, "{OTHER}"]))',
    f'tolist(toset([["{THEIRS}"], ["{OTHER}"]]))[0]', f'element(["{THEIRS}", "{OTHER}"], var.on ? 0 : 1)',
]  # fmt: skip
ACTIONS = ['"s3:GetObject"', '["s3:GetObject", "s3:PutObject"]', '[for verb in ["Get", "Put"] : "s3:${verb}Object" if CONDITION]']
KEY_ACTIONS = [
    '"kms:*"', '["kms:Decrypt", "kms:GenerateDataKey"]', '"kms:Decrypt"', '[for verb in ["Decrypt", "Put*"] : "kms:${verb}" if CONDITION]'
]  # fmt: skip
TESTS = [
    "{}", '{ ArnLike = { "aws:PrincipalArn" = PRINCIPAL } }',
    '{ StringEquals = { "aws:PrincipalAccount" = CONDITION ? "258327614892" : "111122223333" } }',
    '{ StringEquals = { "kms:ViaService" = "s3.${var.region}.amazonaws.com" } }',
]  # fmt: skip
# Tests of unresolved lists: each compares values in a way of its own.
LIST_TESTS = [
    '{ TEXTUAL = { "aws:PrincipalArn" = TEXTS } }', '{ TEXTUAL = { "aws:PrincipalArn" = TEXTS } }',
    '{ IpAddress = { "aws:SourceIp" = NETWORKS } }',
]  # fmt: skip
OF_LISTS = {
    "LIST": ['[{ Effect = "Allow", REST }, { Effect = "Deny", REST }]'],
    "REST": [
        'Principal = { AWS = "arn:aws:iam::258327614892:root" }, Action = "s3:GetObject", Resource = RESOURCE, Condition = TEST'
    ],
    "RESOURCE": ['"arn:aws:s3:::acme-a/*"'],
    "COUNT": [""],
    "TEST": LIST_TESTS,
    "TEXTUAL": ["StringEquals", "StringLike", "ArnLike"],
    "TEXTS": [f'concat(["{OTHER}"], var.arns)', 'concat(["x"], var.arns)'],
    "NETWORKS": ["concat([var.network], var.networks)", "concat([var.network], tolist(var.others))"],
}
LISTS = [
    "[STATEMENT, STATEMENT]",
    "[for one in [{ when = CONDITION, is = STATEMENT }, { when = CONDITION, is = STATEMENT }] : one.is if one.when]",
    "concat([STATEMENT], CONDITION ? [STATEMENT] : [])",
    "flatten([[STATEMENT], [for role in var.roles : STATEMENT if CONDITION]])",
]
COUNTS = ["", "  count = CONDITION ? 1 : 0\n", "  for_each = toset(CONDITION ? [var.env] : [])\n"]
STATEMENT = '{ Effect = "EFFECT", Principal = { AWS = PRINCIPAL }, Action = ACTION, Resource = RESOURCE, Condition = TEST }'
EFFECTS = ["Allow", "Allow", "Deny"]
BUCKET = """
resource "aws_s3_bucket" "a" {
  bucket = "acme-a"
}
resource "aws_s3_bucket_ownership_controls" "a" {
  bucket = aws_s3_bucket.a.id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}
resource "aws_s3_bucket_policy" "a" {
COUNT  bucket = aws_s3_bucket.a.id
  policy = jsonencode({ Statement = LIST })
}
"""
KEY = """
resource "aws_kms_key" "k" {
  policy = jsonencode({ Statement = LIST })
}
resource "aws_s3_bucket" "a" {
  bucket = "acme-a"
}
resource "aws_s3_bucket_server_side_encryption_configuration" "a" {
COUNT  bucket = aws_s3_bucket.a.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = CONDITION ? "aws:kms" : "AES256"
      kms_master_key_id = CONDITION ? aws_kms_key.k.arn : null
    }
  }
}
"""
BUCKET_POLICY = {"ACTION": ACTIONS, "TEST": ["{}"], "RESOURCE": ['"arn:aws:s3:::acme-a/*"']}
KEY_POLICY = {"ACTION": KEY_ACTIONS, "TEST": TESTS, "RESOURCE": ['"*"']}
EVERYWHERE = {
    "LIST": LISTS,
    "STATEMENT": [STATEMENT],
    "EFFECT": EFFECTS,
    "PRINCIPAL": PRINCIPALS,
    "CONDITION": CONDITIONS,
    "COUNT": COUNTS,
}


def code(drawn: random.Random, text: str, parts: Mapping[str, Sequence[str]]) -> str:
    """Code at random: one of the parts of its name for each word in capitals."""
    choices = {**EVERYWHERE, **parts}
    hole = re.compile(rf"\b(?:{'|'.join(choices)})\b")
    while found := hole.search(text):
        text = f"{text[: found.start()]}{drawn.choice(choices[found[0]])}{text[found.end() :]}"
    return "".join(f'variable "{name}" {{\n  type = {kind}\n}}\n' for name, (kind, _) in VALUES.items()) + text


def statuses(
    path: Path, given: auditor.Given, services: tuple[str, ...] = ("s3:", "kms:"), contract: str = "v7-darwin", **parameters: str
) -> dict[str, str]:
    """The statuses of the needs of some services, without what rests on whether AWS accepts a policy."""
    report = auditor.audit(path, contract=contract, parameters=parameters, all_buckets=True, given=given)
    assert report.errors == ()
    return {
        verdict.need.id: verdict.status.value
        for verdict in report.verdicts
        if verdict.need.id.startswith(services)
        and "refuses" not in verdict.reason
        and not any("accepts it" in said for said in verdict.outcome.assumptions)
    }


def flipped(decided: Mapping[str, str], found: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """What was decided and is decided otherwise with more values, by need."""
    both = decided.keys() & found.keys()
    return {need: (decided[need], found[need]) for need in both if found[need] not in ("unknown", decided[need])}


@pytest.mark.parametrize("seed", range(36))
@pytest.mark.parametrize(
    ("text", "parts"), [(BUCKET, BUCKET_POLICY), (KEY, KEY_POLICY), (BUCKET, OF_LISTS)], ids=["bucket", "key", "lists"]
)
def test_giving_values_to_variables_flips_nothing_that_is_decided(
    tmp_path: Path, text: str, parts: Mapping[str, Sequence[str]], seed: int
) -> None:
    drawn = random.Random(seed)
    (tmp_path / "main.tf").write_text(code(drawn, text, parts), encoding="utf-8")
    decided = {need: status for need, status in statuses(tmp_path, auditor.Given()).items() if status != "unknown"}
    if not decided:
        return
    for values in drawn.sample(list(itertools.product(*(values for _, values in VALUES.values()))), 8):
        found = statuses(tmp_path, auditor.Given(variables=dict(zip(VALUES, values, strict=True))))
        assert flipped(decided, found) == {}, values


OWN = "111122223333"
OF_ACCOUNT = {
    "NAME": [f"data-{OWN}", "data-ACCOUNT", "logs"],
    "KEYS": ["*", f"{OWN}/*", "ACCOUNT/*", "AWSLogs/ACCOUNT/*", f"AWSLogs/{OWN}/*", "AWSLogs/*"],
    "ACCOUNT": ["${data.aws_caller_identity.own.account_id}"],
    "WHO": [f'{{ AWS = "{THEIRS}" }}', '{ Service = "cloudtrail.amazonaws.com" }', '"*"'],
    "OF": ["${aws_s3_bucket.a.arn}", "${aws_s3_bucket.a.arn}", "arn:aws:s3:::NAME"],
    "WHEN": [
        "{}", "{}", '{ StringNotEquals = { "aws:SourceAccount" = data.aws_caller_identity.own.account_id } }',
        f'{{ StringNotEquals = {{ "aws:PrincipalAccount" = [data.aws_caller_identity.own.account_id, "{OWN}"] }} }}',
    ],
    "CONTEXT": ["OF/KEYS", "OF", "arn:aws:s3:::NAME/KEYS"],
    "MATCHES": ["StringLike", "StringNotLike", "ArnLike"],
    "EFFECT": EFFECTS,
    "STATEMENT": [
        '{ Effect = "EFFECT", Principal = WHO, Action = ["s3:GetObject", "s3:PutObject"], Resource = "OF/KEYS", Condition = WHEN }'
    ],
    "OF_KEY": ['{ Effect = "EFFECT", Principal = WHO, Action = "kms:Decrypt", Resource = "*", Condition = { MATCHES = IN_CONTEXT } }'],
    "IN_CONTEXT": ['{ "kms:EncryptionContext:aws:s3:arn" = "CONTEXT" }'],
}  # fmt: skip
ACCOUNTED = """
data "aws_caller_identity" "own" {}
resource "aws_s3_bucket" "a" {
  bucket = "NAME"
}
resource "aws_s3_bucket_policy" "a" {
  bucket = aws_s3_bucket.a.id
  policy = jsonencode({ Statement = [STATEMENT, STATEMENT] })
}
resource "aws_kms_key" "k" {
  policy = jsonencode({ Statement = [
    { Effect = "Allow", Principal = { AWS = "arn:aws:iam::ACCOUNT:root" }, Action = "kms:*", Resource = "*" },
    OF_KEY, OF_KEY,
    { Effect = "Allow", Principal = WHO, Action = "kms:*", Resource = "*" }
  ] })
}
resource "aws_s3_bucket_server_side_encryption_configuration" "a" {
  bucket = aws_s3_bucket.a.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.k.arn
    }
  }
}
"""


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize(("contract", "parameters"), [("v7-darwin", {}), ("cloudtrail", {"account": OWN, "prefix": ""})])
def test_giving_the_account_flips_nothing_that_is_decided(
    tmp_path: Path, contract: str, parameters: Mapping[str, str], seed: int
) -> None:
    (tmp_path / "main.tf").write_text(code(random.Random(seed), ACCOUNTED, OF_ACCOUNT), encoding="utf-8")
    found = statuses(tmp_path, auditor.Given(), contract=contract, **parameters)
    decided = {need: status for need, status in found.items() if status not in ("unknown", "not-applicable")}
    for account in (OWN, "444455556666"):
        assert flipped(decided, statuses(tmp_path, auditor.Given(account=account), contract=contract, **parameters)) == {}, account
