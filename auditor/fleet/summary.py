"""What the reports of a fleet say together."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from auditor.fleet.targets import Target
from auditor.lazy.classes import dataclass
from auditor.outcome import WORST_FIRST, Status


@dataclass(frozen=True, slots=True)
class Row:
    """What is proven of one platform and one bucket.

    Attributes:
        repository: the stem of its results.
        platform: the id of the contract.
        bucket: its address.
        root: the root that declares it.
        status: the worst of the needs: `fails`, `unknown`, `holds` or `not-applicable`.
        counts: how many needs of each status.
    """

    repository: str
    platform: str
    bucket: str
    root: str
    status: str
    counts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Repository:
    """What came of one repository.

    Attributes:
        target: it.
        rows: of its buckets and platforms, in the order of the report.
        errors: what could not be read, or why there is no report; the repository is not known whole then.
    """

    target: Target
    rows: tuple[Row, ...] = ()
    errors: tuple[str, ...] = ()

    @property
    def failing(self) -> bool:
        """Whether something fails."""
        return any(row.status == Status.FAILS.value for row in self.rows)


def repository(target: Target, report: str, fault: str) -> Repository:
    """A repository by its report in JSON; where that is not one, or there is a fault, by why.

    Args:
        target: the repository.
        report: in JSON.
        fault: why there is none; empty where there is one.
    """
    try:
        document: Any = json.loads(report) if report else None
        if document is None:
            return Repository(target, errors=(fault or "there is no report",))
        errors = tuple(f"{one['path']}:{one['line']}: {one['message']}" for one in document["errors"])
        return Repository(target, tuple(_rows(target.stem, document["verdicts"])), errors)
    except (ValueError, KeyError, TypeError, RecursionError):
        return Repository(target, errors=("its report cannot be read: delete it, and it is made anew",))


def _rows(stem: str, verdicts: Iterable[dict[str, Any]]) -> Iterator[Row]:
    of_bucket: dict[tuple[str, str, str], list[str]] = {}
    for one in verdicts:
        status = Status.NOT_APPLICABLE.value if one["suppressed"] else one["status"]
        of_bucket.setdefault((one["contract"], one["resource"]["address"], one["root"]), []).append(status)
    for (platform, bucket, root), statuses in of_bucket.items():
        counted = Counter(statuses)
        counts = tuple((status.value, counted[status.value]) for status in WORST_FIRST if counted[status.value])
        yield Row(stem, platform, bucket, root, counts[0][0], counts)


def exit_code(repositories: Sequence[Repository]) -> int:
    """2 where a repository is not known whole, else 1 where something fails, else 0."""
    return 2 if any(one.errors for one in repositories) else int(any(one.failing for one in repositories))
