"""Fuzzing itself: every target takes its seeds, and what it found before is mended."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS, run, seeds

SEEDS = [*seeds()]


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_takes_its_seeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    mine = [data for target, data in SEEDS if target == name]
    for data in (mine[0], mine[-1], b""):
        run(name, data)
