"""`docs/output.md` names every format and every field of the JSON report."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from auditor.cli import main
from auditor.render import FORMATS, RenderOptions, render
from tests.render.builder import FINDINGS, sample


def fields(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from fields(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield name
            if name != "with":  # the parameters of a contract are the contract's
                yield from fields(item)


def test_every_field_and_format_is_told(project: Path) -> None:
    page = (project / "docs" / "output.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`([\w-]+)`", page))
    demo = CliRunner().invoke(main, [str(project / "fixtures" / "demo"), "--format", "json", "--explain", "--show-suppressed"])
    options = RenderOptions(show_suppressed=True, explain=True)
    by_hand = json.loads(render("json", replace(sample(), suppressed=FINDINGS), options))
    assert set(fields([json.loads(demo.stdout), by_hand])) <= told
    assert set(FORMATS) <= told
