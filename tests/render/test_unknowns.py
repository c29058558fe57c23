"""What is told of one thing on which several needs of several buckets depend."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from auditor.cli import main
from auditor.render.parts.wording import turns
from auditor.verdict import Resolution

REASON = "var.name has no default"


def test_one_way_is_told_once() -> None:
    one, other = (
        Resolution("var.name", REASON, "var.name is a", "it is not"),
        Resolution("var.name", REASON, "var.name is a", "it is not", "x"),
    )
    assert turns({one: ("s3:GetObject",), other: ("s3:GetObject",)}) == ("s3:GetObject holds if it is a, fails if it is not",)


def test_two_things_of_one_reason_are_told_by_their_names() -> None:
    ways = {
        Resolution(name, REASON, f"{name} is a", f"{name} is b"): ("s3:GetObject",)
        for name in ('"x/${var.name}"', "lower(var.name)")
    }
    assert turns(ways) == (
        's3:GetObject holds if "x/${var.name}" is a, fails if "x/${var.name}" is b',
        "s3:GetObject holds if lower(var.name) is a, fails if lower(var.name) is b",
    )


def test_needs_of_which_no_way_can_be_told_are_told_together() -> None:
    ways = {Resolution("a", REASON): ("ownership", "cors:GET"), Resolution("b", REASON): ("ownership",)}
    assert turns(ways) == ("ownership and cors:GET depend on it",)


def test_buckets_of_one_address_are_told_apart_by_their_roots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    roots = {f"{name}/main.tf": 'module "m" {\n  source = "../m"\n}\n' for name in ("x", "y", "z")}
    for name, text in {"m/main.tf": 'resource "aws_s3_bucket" "b" {\n  bucket = "a"\n}\n', **roots}.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text)
    said = CliRunner().invoke(main, ["check", ".", "--all-buckets", "--contract", "v7-darwin"]).stdout
    assert {line.strip() for line in said.splitlines() if "also" in line} == {"also     in y and in z"}
