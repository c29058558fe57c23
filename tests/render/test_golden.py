from __future__ import annotations

import pytest

from tests.render.golden import FOLDER, neutral, outputs


@pytest.mark.parametrize("name", outputs())
def test_output_is_as_the_golden_file_says(name: str) -> None:
    expected = (FOLDER / name).read_text(encoding="utf-8")
    assert neutral(outputs()[name]()) == expected


def test_every_golden_file_is_an_output() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(outputs())
