"""The generated documents are those that the code gives."""

from __future__ import annotations

import pytest

from tests.generated import PAGES, PROJECT


@pytest.mark.parametrize("name", PAGES)
def test_page_is_fresh(name: str) -> None:
    assert (PROJECT / name).read_text(encoding="utf-8") == PAGES[name](), f"{name} is stale: make docs"
