"""What is known of a place: the verdicts of a bucket at its header, and what a statement decides; and the way from one to the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lsprotocol.types import Hover, MarkupContent, MarkupKind, Position, Range

from auditor.console import told
from auditor.foundation.location import Location
from auditor.lsp.places import EditorPlaces, contains
from auditor.lsp.project import Audited
from auditor.render.markdown import inline
from auditor.render.parts.wording import capital, resolution_sentence, sentence, tally, witness
from auditor.verdict import WORST_FIRST, Status, Verdict

_MARKS = {Status.HOLDS: "✅", Status.FAILS: "❌", Status.UNKNOWN: "❔", Status.NOT_APPLICABLE: "▫️"}


class Spot:
    """A place in a file, with the verdicts that have to do with it.

    Attributes:
        region: the smallest region around the place that means something; None where there is none.
        about: the verdicts on what is declared there.
        decided: the verdicts that are decided there.

    Args:
        answer: what is known.
        places: of its run.
        path: of the file.
        position: in it.
    """

    def __init__(self, answer: Audited, places: EditorPlaces, path: str, position: Position) -> None:
        found: dict[Location, list[tuple[bool, Verdict]]] = {}
        for verdict in answer.report.verdicts if answer.report else ():
            for location in (verdict.subject.location, *verdict.subject.calls):
                found.setdefault(location, []).append((True, verdict))
            if verdict.location != verdict.subject.location:
                found.setdefault(verdict.location, []).append((False, verdict))
        around = [
            (places.seen(location), verdicts)
            for location, verdicts in found.items()
            if location.path == path and contains(places.seen(location), position)
        ]
        region, verdicts = min(around, key=lambda one: _size(one[0]), default=(None, []))
        self.region = region
        self.about = [verdict for is_header, verdict in verdicts if is_header]
        self.decided = [verdict for is_header, verdict in verdicts if not is_header]

    def hover(self) -> Hover | None:
        """What the editor shows there; None for nothing."""
        lines = [*_about(self.about), *_decided(self.decided)]
        return Hover(MarkupContent(MarkupKind.Markdown, "\n".join(lines)), self.region) if lines else None

    def targets(self) -> tuple[Location, ...]:
        """Where to go from there: from a bucket to what decides its worst verdicts, from what decides to the buckets."""
        for status in WORST_FIRST:
            worst = [verdict for verdict in self.about if verdict.status is status]
            if found := dict.fromkeys(place for verdict in worst for place in _deciding(verdict)):
                return tuple(found)
        return tuple(dict.fromkeys(verdict.subject.location for verdict in self.decided))


def _size(region: Range) -> tuple[int, int]:
    return region.end.line - region.start.line, region.end.character - region.start.character


def _deciding(verdict: Verdict) -> Iterator[Location]:
    """The places that decide a verdict, beside the header of its resource."""
    places = (verdict.location, *(way.location for way in verdict.resolved_by if way.location is not None))
    yield from (place for place in places if place != verdict.subject.location)


def _about(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """A list for each resource and contract."""
    groups: dict[tuple[str, str], list[Verdict]] = {}
    for verdict in verdicts:
        groups.setdefault((verdict.subject.address, verdict.contract.title or verdict.contract.id), []).append(verdict)
    for (address, title), found in groups.items():
        counts = {status: sum(verdict.status is status for verdict in found) for status in Status}
        yield f"**{inline(told(title))}**, {_name(address)}: {tally(counts)}\n"
        yield from (_line(verdict, verdict.need.id) for verdict in found)
        yield ""


def _decided(verdicts: Sequence[Verdict]) -> Iterator[str]:
    if verdicts:
        yield "This decides:\n"
        yield from (_line(verdict, f"{verdict.need.id} of {verdict.subject.address}") for verdict in verdicts)


def _line(verdict: Verdict, what: str) -> str:
    said = [
        sentence(verdict.reason),
        sentence(witness(verdict)),
        *(capital(sentence(resolution_sentence(one, verdict.reason))) for one in verdict.resolved_by),
    ]
    why = " ".join(inline(told(one)) for one in said if one)
    return f"- {_MARKS[verdict.status]} {_name(what)} {verdict.status.value}: {why}"


def _name(text: str) -> str:
    return inline(f"'{told(text)}'")
