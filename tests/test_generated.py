"""The generated documents are those that the code gives."""

from __future__ import annotations

import pytest

from tests.generated import PAGES, PROJECT


@pytest.mark.parametrize("name", PAGES)
def test_page_is_fresh(name: str) -> None:
    assert (PROJECT / name).read_text(encoding="utf-8") == PAGES[name](), f"{name} is stale: make docs"


def test_every_page_of_a_contract_is_of_one_that_there_is() -> None:
    pages = {f"docs/contracts/{path.name}" for path in (PROJECT / "docs" / "contracts").iterdir()}
    assert pages == {name for name in PAGES if name.startswith("docs/contracts/")}
