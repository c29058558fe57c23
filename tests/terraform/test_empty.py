"""A declaration that makes no bucket with the values at hand is named in a note; what a root was read from stays only where it is asked for more."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.foundation.text import Texts
from auditor.sources.options import SourceOptions
from auditor.sources.read import read
from auditor.sources.terraform.modules.module import Module, Root
from tests.asked import ask

CODE = """
variable "names" {
  type    = set(string)
  default = []
}
resource "aws_s3_bucket" "each" {
  for_each = var.names
  bucket   = each.key
}
resource "aws_s3_bucket" "none" {
  count = 0
}
resource "aws_s3_bucket" "one" {
  bucket = "acme-one"
}
"""


def test_declarations_that_make_no_bucket_are_named(tmp_path: Path) -> None:
    told = ask(tmp_path, {"main.tf": CODE})
    assert "2 bucket declarations make no bucket with the values at hand: aws_s3_bucket.each, aws_s3_bucket.none" in told.notes
    told = ask(tmp_path, {}, "--var", 'names=["acme-x"]')
    assert "1 bucket declaration makes no bucket with the values at hand: aws_s3_bucket.none" in told.notes


def test_in_a_module_the_address_has_the_call(tmp_path: Path) -> None:
    files = {
        "main.tf": 'module "m" {\n  source = "./inner"\n}\n',
        "inner/main.tf": 'resource "aws_s3_bucket" "b" {\n  count = 0\n}\n',
    }
    told = ask(tmp_path, files)
    assert "1 bucket declaration makes no bucket with the values at hand: module.m.aws_s3_bucket.b" in told.notes


def test_what_may_make_one_is_not_named(tmp_path: Path) -> None:
    told = ask(
        tmp_path, {"main.tf": 'variable "on" {\n  type = bool\n}\nresource "aws_s3_bucket" "b" {\n  count = var.on ? 1 : 0\n}\n'}
    )
    assert not any("make" in note for note in told.notes)


NAMED = 'resource "aws_s3_bucket" "b" {}\n'
# What is handed over is a whole resource, of which anything may be asked.
WHOLE = NAMED + 'module "m" {\n  source = "acme/unknown"\n  bucket = aws_s3_bucket.b\n}\n'


@pytest.mark.parametrize(
    ("root", "code", "stays"),
    [
        ("", 'resource "null_resource" "a" {}\n', False),
        (NAMED, "", False),
        ("", NAMED, True),  # a fix may be at the call
        (WHOLE, "", True),
    ],
)
def test_only_a_root_that_is_asked_for_more_stays_in_memory(
    root: str, code: str, stays: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[weakref.ref[object]] = []
    for kind in (Root, Module):
        monkeypatch.setattr(kind, "__init__", _noting(kind.__init__, made))
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "main.tf").write_text(code)
    (tmp_path / "main.tf").write_text(root.replace('"m"', '"other"') + 'module "m" {\n  source = "./inner"\n}\n')
    gc.disable()
    try:
        read([str(tmp_path)], SourceOptions(), Texts())
        assert {one() is not None for one in made} == {stays}
    finally:
        gc.enable()


def _noting(begin: Callable[..., None], made: list[weakref.ref[object]]) -> Callable[..., None]:
    """What begins an object, and notes it."""

    def noting(one: object, *arguments: object) -> None:
        made.append(weakref.ref(one))
        begin(one, *arguments)

    return noting
