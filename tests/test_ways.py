"""What is said to make an unknown need hold or fail does so, whatever else is unknown."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from auditor.cli import main
from tests.asked import ROLE

OTHER = "arn:aws:iam::111122223333:role/other"
CODE = """
variable "a" {
  type = bool
}
variable "b" {
  type = bool
}
resource "aws_s3_bucket" "b" {
  bucket = "acme-b"
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Version = "2012-10-17", Statement = STATEMENTS })
}
"""


def statement(role: str, prefix: str = '"*"') -> str:
    resource = f'"${{aws_s3_bucket.b.arn}}/${{{prefix}}}"'
    return f'{{ Effect = "Allow", Principal = {{ AWS = {role} }}, Action = "s3:GetObject", Resource = {resource} }}'


BY_A, BY_BOTH = f'var.a ? "{ROLE}" : "{OTHER}"', 'var.a ? (var.b ? "in/*" : "*") : "*"'
OURS, THEIRS, BY_B = f'"{ROLE}"', f'"{OTHER}"', f'var.b ? "{ROLE}" : "{OTHER}"'
NOT_A_BUT_B = {
    ("fails_if", "var.a is true"),
    ("only_if", "var.a is false"),
    ("fails_if", "var.b is false"),
    ("only_if", "var.b is true"),
}


def asked(directory: Path, *options: str) -> tuple[str, list[dict[str, str]]]:
    """The verdict on reading with what would resolve it."""
    done = CliRunner().invoke(main, ["check", str(directory), "--all-buckets", "--format", "json", *options])
    (found,) = (one for one in json.loads(done.stdout)["verdicts"] if one["need"] == "s3:GetObject")
    return found["status"], found["resolved_by"]


@pytest.mark.parametrize(
    ("statements", "ways"),
    [
        (f"[{statement(BY_B)}]", {("holds_if", "var.b is true"), ("fails_if", "var.b is false")}),
        (
            f"var.a ? [] : [{statement(BY_B)}]",
            NOT_A_BUT_B,
        ),
        # A proof by cases within one case of another.
        (f"var.a ? [] : (var.b ? [{statement(OURS)}] : [{statement(THEIRS)}])", NOT_A_BUT_B),
        (
            f"var.a ? [{statement(OURS)}] : (var.b ? [{statement(OURS)}] : [{statement(THEIRS)}])",
            {("holds_if", "var.a is true")},
        ),
        (
            f"[{statement(BY_A, BY_BOTH)}]",
            {
                ("fails_if", "var.a is false"),
                ("only_if", "var.a is true"),
                ("fails_if", "var.b is true"),
                ("only_if", "var.b is false"),
            },
        ),
    ],
)
def test_a_way_is_one_in_every_case(statements: str, ways: set[tuple[str, str]], tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(CODE.replace("STATEMENTS", statements))
    status, resolutions = asked(tmp_path)
    told = {(way, one[way]) for one in resolutions for way in ("holds_if", "fails_if", "only_if") if one[way]}
    assert (status, told) == ("unknown", ways)
    for a, b in itertools.product(("true", "false"), repeat=2):
        found, _ = asked(tmp_path, "--var", f"a={a}", "--var", f"b={b}")
        for way, clause in told:
            is_so = clause in (f"var.a is {a}", f"var.b is {b}")
            assert found == {"holds_if": "holds", "fails_if": "fails", "only_if": found}[way] or not is_so
            assert way != "only_if" or is_so or found == "fails"
