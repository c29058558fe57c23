"""Paths are told as the user would name them."""

from __future__ import annotations

import random
from pathlib import PurePosixPath

from auditor.sources.walk import shown


def test_a_path_is_told_without_what_it_does_not_need() -> None:
    assert [shown(path) for path in ("", ".", "./a", "a//b/./c/", "../a/..", "/", "/a/", "//a", "///a")] == [
        ".", ".", "a", "a/b/c", "../a/..", "/", "/a", "//a", "/a",
    ]  # fmt: skip


def test_every_path_is_told_as_pathlib_does() -> None:
    drawn = random.Random(1)
    for _ in range(5000):
        path = "".join(drawn.choice(("/", ".", "..", "a", "b ", "//", "./", "\\", "é")) for _ in range(drawn.randrange(8)))
        assert shown(path) == str(PurePosixPath(path)), path
