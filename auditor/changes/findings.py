"""What became of the findings of the old side: the states of SARIF's baseline.

Source: SARIF 2.1.0, 3.27.24, `baselineState`.
"""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from auditor.finding import Finding


class BaselineState(enum.Enum):
    """What a finding is, compared with the old side; the value is SARIF's name."""

    NEW = "new"
    UNCHANGED = "unchanged"
    UPDATED = "updated"
    ABSENT = "absent"


def states(old: Iterable[Finding], new: Iterable[Finding], present: Callable[[str], str]) -> Mapping[Finding, BaselineState]:
    """The state of every finding of both sides; one of the old side is there only when it is absent on the new one.

    A finding is the same when its rule, bucket and subject are, and its file where there are several such. Where it says the same at the same
    severity it is unchanged, wherever its line is now.

    Args:
        old: the findings before.
        new: the findings after.
        present: what an address of the old side is called on the new one.
    """
    before: dict[tuple[str, ...], list[Finding]] = defaultdict(list)
    for finding in old:
        before[_key(finding, present)].append(finding)
    found: dict[Finding, BaselineState] = {}
    for finding in new:
        same = before[_key(finding, str)]
        if not same:
            found[finding] = BaselineState.NEW
            continue
        best = max(same, key=lambda one: (one.location.path == finding.location.path, _said(one, present) == _said(finding, str)))
        same.remove(best)
        found[finding] = BaselineState.UNCHANGED if _said(best, present) == _said(finding, str) else BaselineState.UPDATED
    return found | {finding: BaselineState.ABSENT for left in before.values() for finding in left if finding not in found}


def _key(finding: Finding, present: Callable[[str], str]) -> tuple[str, ...]:
    return finding.rule, present(finding.bucket), present(finding.subject)


def _said(finding: Finding, present: Callable[[str], str]) -> tuple[object, ...]:
    return finding.severity, present(finding.message)
