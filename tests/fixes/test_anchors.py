"""What stands in several places of a template by an anchor."""

from __future__ import annotations

import pytest

from auditor.fixes.yaml_syntax import shared_parts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a: &x b\nc: *x\n", [("&x b", "x", [1, 2]), ("*x", "x", [1, 2])]),
        ("\ufeffa: &x {b: 1}\nc: *x\n", [("&x {b: 1}", "x", [1, 2]), ("*x", "x", [1, 2])]),
        (
            "a: &x\n  b: &y\n    c: 1\n\n\nd: [*y, *x]",
            [("&y\n    c: 1", "y", [2, 6]), ("*y", "y", [2, 6]), ("&x\n  b: &y\n    c: 1", "x", [1, 6]), ("*x", "x", [1, 6])],
        ),
        ("a: &x b\n", []),
        ("a: &x b\nc: *x\nd: [\n", []),
    ],
)
def test_shared_parts(text: str, parts: list[tuple[str, str, list[int]]]) -> None:
    found = [(text[one.start : one.end], one.anchor, [line for _, line in one.uses]) for one in shared_parts(text)]
    assert found == parts


def test_many_aliases_of_one_anchor_share_where_it_is_used() -> None:
    found = shared_parts("a: &x b\nc: [" + "*x, " * 10_000 + "]\n")
    assert len(found) == 10_001
    assert len({id(one.uses) for one in found}) == 1
