"""Trees of Terraform files for tests, and short ways to ask them."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from auditor.contract.load import load
from auditor.foundation.border import border_of
from auditor.foundation.text import Texts
from auditor.foundation.value import Known, Value
from auditor.pipeline import Request, audit
from auditor.sources.options import SourceOptions
from auditor.sources.resource_types import TERRAFORM
from auditor.sources.terraform.modules.directory import Library
from auditor.sources.terraform.modules.module import Root
from auditor.sources.terraform.values.resource_instance import Instance


def tree(directory: Path, files: dict[str, str]) -> Path:
    """Writes files below a directory."""
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
    return directory


def root(directory: Path, files: dict[str, str], options: SourceOptions | None = None, below: str = "") -> Root:
    """The root module of a tree."""
    tree(directory, files)
    place = directory / below if below else directory
    return Root(str(place), options or SourceOptions(), Library(Texts(border=border_of((str(directory),)))), TERRAFORM.attribute_of)


def local(directory: Path, text: str, name: str = "x", options: SourceOptions | None = None) -> Value:
    """The value of a local in a module of one file."""
    return root(directory, {"main.tf": text}, options).module.local(name)


def instances(found: Root, *types: str) -> dict[str, Instance]:
    """The instances of some types by address."""
    return {instance.address: instance for instance in found.instances(frozenset(types))}


def verdicts(directory: Path, files: dict[str, str]) -> dict[tuple[str, str], tuple[str, str]]:
    """The status and reason of each bucket and need of a tree, under the contract `v7-darwin`; nothing in it may be unreadable."""
    tree(directory, files)
    report = audit(Request((str(directory),), (load("v7-darwin", {}),), every_bucket=True), Texts())
    assert report.errors == ()
    return {(verdict.subject.address, verdict.need.id): (verdict.status.value, verdict.reason) for verdict in report.verdicts}


def plain(value: Value) -> object:
    """The scalar of a resolved value."""
    assert isinstance(value, Known), value
    return value.value
