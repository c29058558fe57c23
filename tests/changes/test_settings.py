"""Settings before and after: what is the same in every case of the conditions of the code is not told as changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.changes.said import said
from tests.changes.test_diff import run
from tests.test_reach import planted

__all__ = ["run"]  # the fixture, which works in `tmp_path`

HEAD = 'variable "kms" {\n  type = bool\n}\nresource "aws_s3_bucket" "b" {\n  bucket = "acme"\n}\n'
KMS, AES = '"aws:kms"', '"AES256"'


def encryption(name: str, algorithm: str, count: str = "") -> str:
    return (
        f'resource "aws_s3_bucket_server_side_encryption_configuration" "{name}" {{\n'
        + (f"  count = {count}\n" if count else "")
        + "  bucket = aws_s3_bucket.b.id\n  rule {\n    apply_server_side_encryption_by_default {\n"
        + f"      sse_algorithm = {algorithm}\n    }}\n  }}\n}}\n"
    )


CHOSEN = encryption("a", f"var.kms ? {KMS} : {AES}")
TWO = encryption("a", KMS, "var.kms ? 1 : 0") + encryption("b", AES, "var.kms ? 0 : 1")
SAME = {
    "a branch or two resources": (CHOSEN, TWO),
    "the condition the other way round": (CHOSEN, encryption("a", f"!var.kms ? {AES} : {KMS}")),
    "a branch whose ends are one": (encryption("a", AES), encryption("a", f"var.kms ? {AES} : {AES}")),
    "one value under both conditions": (
        encryption("a", AES),
        encryption("a", AES, "var.kms ? 1 : 0") + encryption("b", AES, "var.kms ? 0 : 1"),
    ),
}
OTHER = {
    "the other branch": (CHOSEN, encryption("a", f"var.kms ? {AES} : {KMS}")),
    "only under the condition": (encryption("a", AES), encryption("a", AES, "var.kms ? 1 : 0")),
    "one of the two resources": (TWO, encryption("a", KMS, "var.kms ? 1 : 0")),
}


@pytest.mark.parametrize("name", [*SAME, *OTHER])
@pytest.mark.usefixtures("run")
def test_what_is_the_same_in_every_case_is_not_told(name: str, tmp_path: Path) -> None:
    for folder, code in zip("ab", {**SAME, **OTHER}[name], strict=True):
        planted(tmp_path / folder, {"main.tf": HEAD + code})
    for found in (said("a", "b"), said("b", "a")):
        assert [one["name"] for one in found["settings"]] == (["default encryption"] if name in OTHER else [])
