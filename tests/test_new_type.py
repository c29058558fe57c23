"""The walk-through of CONTRIBUTING.md for a resource type, performed: the part added, the code audited, the test run."""

from __future__ import annotations

import re
import textwrap
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from auditor.sources import resource_types
from auditor.sources.resource_types import s3
from tests.own_code import PROJECT


def blocks(language: str) -> list[str]:
    text = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.partition("\n## A resource type in thirty minutes\n")[2].partition("\n## ")[0]
    found = re.findall(rf"^ {{3}}```{language}\n(.*?)^ {{3}}```$", section, re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(block) for block in found]


def test_the_walk_through_ends_with_a_type_that_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    part, test = blocks("python")
    (code,) = blocks("terraform")
    names: dict[str, Any] = {}
    exec(test.replace("…", code), names)  # noqa: S102 - our own page
    with pytest.raises(AssertionError):
        names["test_a_policy_by_acme_is_read"](tmp_path)
    policy = s3.POLICY
    added = replace(policy, terraform=lambda: (*policy.terraform(), eval(part, vars(s3))))  # noqa: S307 - likewise
    records = tuple(added if record is policy else record for record in resource_types.RECORDS)
    monkeypatch.setattr(resource_types, "RECORDS", records)
    monkeypatch.setattr(resource_types, "TERRAFORM", resource_types._terraform())
    names["test_a_policy_by_acme_is_read"](tmp_path)
