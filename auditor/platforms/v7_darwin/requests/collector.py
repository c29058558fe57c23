"""Findings as they come, without a flood: of findings that are alike only the first are kept, and counted."""

from __future__ import annotations

from dataclasses import field, replace

from auditor.finding import Finding
from auditor.lazy.classes import dataclass
from auditor.rule import Problem, Rule

_KINDS = 64


@dataclass(slots=True)
class Group:
    """Findings of one file and rule that are alike.

    Attributes:
        rule: their rule.
        count: how many there are.
        kept: those that are kept.
    """

    rule: Rule
    count: int = 0
    kept: list[Finding] = field(default_factory=list)


class Collector:
    """What a check has found.

    Args:
        limit: how many findings that are alike are kept; None keeps all.
    """

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._groups: dict[tuple[str, str], dict[str, Group]] = {}

    def room(self, path: str, rule: Rule, like: str, limit: int | None = None) -> Group | None:
        """Counts one more finding; the group to add it to when it is to be kept.

        Args:
            path: the file.
            rule: the rule.
            like: what it has in common with others of its rule; beyond some dozens of kinds the further ones are taken for one.
            limit: in place of the collector's, when that is greater.
        """
        group = self._group(path, rule, like)
        group.count += 1
        allowed = self._limit if limit is None or self._limit is None else min(limit, self._limit)
        return group if allowed is None or group.count <= allowed else None

    def is_counted(self, path: str, rule: Rule, like: str) -> bool:
        """Whether there is no room for one more finding; then it is counted, and nobody needs to word it."""
        group = self._group(path, rule, like)
        if self._limit is None or group.count < self._limit:
            return False
        group.count += 1
        return True

    def _group(self, path: str, rule: Rule, like: str) -> Group:
        kinds = self._groups.setdefault((path, rule.id), {})
        if like not in kinds and len(kinds) >= _KINDS:
            like = "*"
        if like not in kinds:
            kinds[like] = Group(rule)
        return kinds[like]

    def add(self, group: Group, problem: Problem, pointer: str, bucket: str = "") -> None:
        """Keeps a finding that there is room for."""
        group.kept.append(group.rule.finding(problem, bucket=bucket, pointer=pointer))

    def findings(self) -> tuple[Finding, ...]:
        """All that is kept, by place; the last of those that are alike tells how many more there are."""
        found: list[Finding] = []
        for kinds in self._groups.values():
            for group in kinds.values():
                found.extend(group.kept)
                more = group.count - len(group.kept)
                if more:
                    again = f"{more:,} more findings in this file are" if more > 1 else "One more finding in this file is"
                    found[-1] = replace(found[-1], message=f"{found[-1].message} {again} like this one.")
        return tuple(sorted(found, key=lambda finding: (finding.location, finding.rule, finding.pointer or "", finding.message)))
