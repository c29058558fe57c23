"""What the tool says of a source, and of what was deployed of it: the two must never decide differently."""

from __future__ import annotations

import contextlib
from pathlib import Path

from auditor.contract.load import load
from auditor.foundation.text import Texts
from auditor.pipeline import Request, audit
from tests.oracle.applied import Json, deployed

Said = dict[str, dict[str, str]]


def said(path: str) -> Said:
    """The verdict and reason by bucket and need (`fails: the bucket has no policy`), and the errors of the reading."""
    report = audit(Request((path,), (load("v7-darwin", {}),), every_bucket=True), Texts())
    found: Said = {}
    for one in report.verdicts:
        found.setdefault(one.subject.address, {})[one.need.id] = f"{one.status.value}: {one.reason}"
    if report.errors:
        found["errors"] = {str(error.location.path): error.message for error in report.errors}
    return found


def said_of_deployed(state: Json, directory: Path) -> Said:
    """The same of what was deployed, by the addresses of the code."""
    found: Said = {}
    for address, one in deployed(state, directory).items():
        with contextlib.chdir(one.documents.parent):
            live = said(one.documents.name)
        live.pop("errors", None)
        needs = live.get(one.documents.name) or next(iter(live.values()), {})
        gone = {need: "fails: there is none" for need in needs if need.startswith(one.absent)} if one.absent else {}
        found[address] = {**needs, **gone}
    return found


def status(text: str) -> str:
    """The verdict in what is said of a need."""
    return text.partition(":")[0]


def contradictions(one: Said, other: Said) -> list[str]:
    """Where two readings decide differently; what only one of them decides is none."""
    return [
        f"{bucket} {need}: {text} / {other[bucket][need]}"
        for bucket, needs in one.items()
        if bucket != "errors"
        for need, text in needs.items()
        if need in other.get(bucket, {}) and status(text) != status(other[bucket][need])
        if "unknown" not in (status(text), status(other[bucket][need]))
    ]


def left_open(one: Said, other: Said) -> list[str]:
    """Where the second reading, which knows every value, leaves unknown what the first decides.

    The ownership of a bucket that is there already is not known where none is written: it may be from before April 2023.
    """
    return [
        f"{bucket} {need}: {text} / {other[bucket][need]}"
        for bucket, needs in one.items()
        if bucket != "errors"
        for need, text in needs.items()
        if need != "ownership" and status(text) != "unknown" and status(other.get(bucket, {}).get(need, "")) == "unknown"
    ]
