"""The places that belong to the story of a finding."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.finding import Related
from auditor.foundation.location import Location
from auditor.policy import Statement


def story(place: Location, *chapters: tuple[Location | None, str]) -> tuple[Related, ...]:
    """The chapters of a story that have a place, each place once and none of them that of the finding itself.

    Args:
        place: where the finding is.
        chapters: places, and what each has to do with it.
    """
    return tuple(_once(place, chapters))


def of_statement(statement: Statement | None) -> tuple[Location | None, str]:
    """The chapter on a statement."""
    return (statement.location, f"statement {statement.title}") if statement else (None, "")


def _once(place: Location, chapters: Iterable[tuple[Location | None, str]]) -> Iterable[Related]:
    seen = {place}
    for location, message in chapters:
        if location is not None and location not in seen:
            seen.add(location)
            yield Related(location, message)
