"""What is being done just now, for somebody who waits."""

from __future__ import annotations

from typing import ClassVar


class Doing:
    """What this process is doing.

    Attributes:
        now: a phrase such as "reading 12/300: modules/network"; empty where nothing was begun.
    """

    now: ClassVar[str] = ""


def begin(work: str, at: int, count: int, item: str) -> None:
    """Says that some work has come to the next of its items, counted from 0."""
    Doing.now = f"{work} {at + 1}/{count}: {item}"
