"""A law of the evaluation: what is decided while variables have no value stays so, whatever values they are given."""

from __future__ import annotations

import itertools
import random
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
LISTS = [
    "[{statement}, {statement}]",
    "[for one in [{{ when = CONDITION, is = {statement} }}, {{ when = CONDITION, is = {statement} }}] : one.is if one.when]",
    "concat([{statement}], CONDITION ? [{statement}] : [])",
    "flatten([[{statement}], [for role in var.roles : {statement} if CONDITION]])",
]
COUNTS = ["", "  count = CONDITION ? 1 : 0\n", "  for_each = toset(CONDITION ? [var.env] : [])\n"]


def code(drawn: random.Random) -> str:
    """A bucket with a policy at random."""

    def filled(text: str) -> str:
        while "CONDITION" in text:
            text = text.replace("CONDITION", drawn.choice(CONDITIONS), 1)
        return text

    def statement() -> str:
        effect = drawn.choice(["Allow", "Allow", "Deny"])
        return filled(
            f'{{ Effect = "{effect}", Principal = {{ AWS = {drawn.choice(PRINCIPALS)} }}, Action = {drawn.choice(ACTIONS)}, '
            'Resource = "arn:aws:s3:::acme-a/*" }'
        )

    listed = drawn.choice(LISTS)
    while "{statement}" in listed:
        listed = listed.replace("{statement}", statement(), 1)
    declared = "".join(f'variable "{name}" {{\n  type = {kind}\n}}\n' for name, (kind, _) in VALUES.items())
    return (
        declared + 'resource "aws_s3_bucket" "a" {\n  bucket = "acme-a"\n}\n'
        'resource "aws_s3_bucket_ownership_controls" "a" {\n  bucket = aws_s3_bucket.a.id\n'
        '  rule {\n    object_ownership = "BucketOwnerEnforced"\n  }\n}\n'
        f'resource "aws_s3_bucket_policy" "a" {{\n{filled(drawn.choice(COUNTS))}  bucket = aws_s3_bucket.a.id\n'
        f"  policy = jsonencode({{ Statement = {filled(listed.replace('{{', '{').replace('}}', '}'))} }})\n}}\n"
    )


def statuses(path: Path, given: auditor.Given) -> dict[str, str]:
    report = auditor.audit(path, all_buckets=True, given=given)
    assert report.errors == ()
    return {verdict.need.id: verdict.status.value for verdict in report.verdicts if verdict.need.id.startswith("s3:")}


@pytest.mark.parametrize("seed", range(24))
def test_giving_values_to_variables_flips_nothing_that_is_decided(tmp_path: Path, seed: int) -> None:
    drawn = random.Random(seed)
    (tmp_path / "main.tf").write_text(code(drawn), encoding="utf-8")
    decided = {need: status for need, status in statuses(tmp_path, auditor.Given()).items() if status != "unknown"}
    if not decided:
        return
    for values in drawn.sample(list(itertools.product(*(values for _, values in VALUES.values()))), 8):
        found = statuses(tmp_path, auditor.Given(variables=dict(zip(VALUES, values, strict=True))))
        assert {
            need: status for need, status in found.items() if need in decided and status != "unknown"
        }.items() <= decided.items(), values
