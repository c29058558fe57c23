"""What is decided with hidden values is so however they turn out, and where something cannot be read nothing else is decided."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.completions import check
from tests.completions.check import LANGUAGES, contradictions

_BATCHES, _OF = 4, 6


@pytest.mark.property
@pytest.mark.parametrize("batch", range(_BATCHES))
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_decided_verdict_is_contradicted(language: str, batch: int, tmp_path: Path) -> None:
    found: list[str] = []
    for seed in range(batch * _OF, (batch + 1) * _OF):
        directory = tmp_path / str(seed)
        directory.mkdir()
        found += contradictions(language, seed, directory)
    assert found == []


def test_a_contradiction_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def verdict(status: str) -> dict[str, dict[str, list[dict[str, object]]]]:
        return {"s3:GetObject": [{"status": status, "reason": "so", "assumptions": []}]}

    monkeypatch.setattr(
        check, "_audited", lambda _: {"hidden": verdict("holds"), "completion0": verdict("fails"), "spoiled": verdict("fails")}
    )
    completed, spoiled = contradictions("terraform", 0, tmp_path)
    assert completed.startswith("terraform 0: s3:GetObject holds (so), but fails (so) with {")
    assert spoiled == "terraform 0: s3:GetObject fails (so) where something cannot be read, but holds (so)"
