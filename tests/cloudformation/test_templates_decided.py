"""Many small templates in the style of their authors, each with the verdicts that a careful reader gives it.

`decided.txt` has them one after the other. Above each stands its name, whom the contract is about where that is not the platform, and what is right.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import pytest
from click.testing import CliRunner

from auditor.cli import main

_ALL = [one.partition("\n") for one in (Path(__file__).parent / "decided.txt").read_text().split("\n---\n")]
_TEMPLATES: dict[str, dict[str, tuple[str, dict[tuple[str, str], str]]]] = defaultdict(dict)
for _head, _, _text in _ALL:
    _name, _principal, _said = _head.removeprefix("# ").split(" | ")
    _verdicts = (one.split(" ") for one in _said.split(", "))
    _TEMPLATES[_principal][_name] = _text, {(bucket, need): status for bucket, need, status in _verdicts}


@pytest.mark.whole
@pytest.mark.parametrize("principal", _TEMPLATES)
def test_templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, principal: str) -> None:
    for name, (text, _) in _TEMPLATES[principal].items():
        (tmp_path / f"{name}.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    consumer = () if principal == "-" else ("--with", f"principal={principal}")
    result = CliRunner().invoke(main, ["check", ".", "--all-buckets", "--format", "json", *consumer])
    told: dict[str, dict[tuple[str, str], str]] = defaultdict(dict)
    for one in json.loads(result.stdout)["verdicts"]:
        told[one["root"].removesuffix(".yaml")][one["bucket"], one["need"]] = one["status"]
    wanted = {name: verdicts for name, (_, verdicts) in _TEMPLATES[principal].items()}
    assert {name: {key: told[name].get(key) for key in verdicts} for name, verdicts in wanted.items()} == wanted
