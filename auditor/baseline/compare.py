"""The findings of a run beside a baseline: which are known, and which known ones are gone."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from auditor.baseline.entry import Baseline, Entry
from auditor.contract import Contract
from auditor.finding import Finding
from auditor.foundation.repository import RepositoryPaths, top_above
from auditor.lazy.classes import dataclass
from auditor.model import Declarations, Move, present_address
from auditor.rule import Subject


@dataclass(frozen=True, slots=True)
class Compared:
    """The findings of a run beside a baseline.

    Attributes:
        known: the findings that it has.
        gone: how many of its findings were looked for and not found.
        updated: the baseline as it would be written now.
        note: the same in one line.
    """

    known: frozenset[Finding]
    gone: int
    updated: Baseline
    note: str


@dataclass(frozen=True, slots=True)
class RunScope:
    """What a run looked at.

    Attributes:
        roots: what was read.
        subjects: what was audited.
        contracts: those that were asked.
        complete: whether everything could be read.
    """

    roots: Sequence[Declarations]
    subjects: Sequence[Subject]
    contracts: Sequence[Contract]
    complete: bool


def compare(
    baseline: Baseline, found: Mapping[Finding, Sequence[Subject]], run: RunScope, is_wanted: Callable[[str], bool]
) -> Compared:
    """The findings of a run beside a baseline.

    Where there are more findings of an entry than are known, nobody can tell which of them is new: none of them is known then.

    Args:
        baseline: what is known.
        found: the findings that would count, each with the subjects that it was found in.
        run: what was looked at.
        is_wanted: whether findings of a rule are wanted in it.
    """
    paths = RepositoryPaths()
    moves = {paths.of(root.root): root.moved for root in run.roots if root.moved}
    of = {finding: tuple(_entries_of(finding, where, paths)) for finding, where in found.items()}
    now = Counter(entry for entries in of.values() for entry in entries)
    before = matched(baseline.entries, now, moves)
    enough = {entry for entry, count in now.items() if count <= before.get(entry, 0)}
    known = frozenset(finding for finding, entries in of.items() if baseline.anew or enough.issuperset(entries))
    judged = _judged(baseline, run, is_wanted)
    absent = {entry: count - now[entry] for entry, count in before.items() if count > now[entry]}
    gone = sum(count for entry, count in absent.items() if judged(entry))
    kept = {entry: count for entry, count in before.items() if not now[entry] and not judged(entry)}
    updated = Baseline(baseline.path, {**kept, **now})
    return Compared(known, gone, updated, _note(baseline, updated, len(known), gone, complete=run.complete))


def _note(baseline: Baseline, updated: Baseline, known: int, gone: int, *, complete: bool) -> str:
    if baseline.anew and not complete:
        return f"baseline {baseline.path}: not updated, since the audit is incomplete"
    if baseline.anew:
        total = sum(updated.entries.values())
        lost = f", {gone} gone" if gone else ""
        return f"baseline {baseline.path}: updated, {total} {'finding' if total == 1 else 'findings'}{lost}"
    counted = f"{known} known {'finding' if known == 1 else 'findings'} not counted" if known else "no known findings"
    them = "it" if gone == 1 else "them"
    return f"baseline {baseline.path}: {counted}" + (f"; {gone} gone (--update-baseline removes {them})" if gone else "")


def _entries_of(finding: Finding, subjects: Sequence[Subject], paths: RepositoryPaths) -> Iterator[Entry]:
    fingerprint = (finding.rule, paths.of(finding.location.path), finding.bucket, finding.subject)
    if not subjects:
        yield Entry(fingerprint)
    for contract, root in dict.fromkeys((subject.contract.id, subject.bucket.root) for subject in subjects):
        yield Entry(fingerprint, contract, paths.of(root))


def matched(
    entries: Mapping[Entry, int],
    now: Iterable[Entry],
    moves: Mapping[str, Sequence[Move]],
    renamed: Mapping[str, str] = MappingProxyType({}),
) -> dict[Entry, int]:
    """The entries as they are called now: what moved has a new address, and may have gone to another file.

    Args:
        entries: each with how many findings it stands for.
        now: the entries as they are called at present.
        moves: what the code of each root says it moved, by the path that the root has now.
        renamed: the roots that have another path now, by their former one.
    """
    elsewhere = {replace(entry, fingerprint=_without_file(entry)): entry for entry in now}
    found: Counter[Entry] = Counter()
    for entry, count in entries.items():
        root = renamed.get(entry.root, entry.root)
        followed = _followed(replace(entry, root=root), moves.get(root, ()))
        if followed != entry:
            followed = elsewhere.get(replace(followed, fingerprint=_without_file(followed)), followed)
        found[followed] += count
    return dict(found)


def _without_file(entry: Entry) -> tuple[str, str, str, str]:
    rule, _, bucket, subject = entry.fingerprint
    return rule, "", bucket, subject


def _followed(entry: Entry, moves: Sequence[Move]) -> Entry:
    rule, path, bucket, subject = entry.fingerprint
    words = [present_address(word, moves) for word in subject.split(" ")]
    return replace(entry, fingerprint=(rule, path, present_address(bucket, moves), " ".join(words)))


def _judged(baseline: Baseline, run: RunScope, is_wanted: Callable[[str], bool]) -> Callable[[Entry], bool]:
    """Whether a run would have found what an entry stands for: of what it did not look at, nothing is gone."""
    paths = RepositoryPaths()
    top = top_above(os.path.dirname(os.path.realpath(baseline.path))) or os.getcwd()
    asked = {contract.id for contract in run.contracts}
    declared = {paths.of(root.root): {one.address for one in root.buckets} for root in run.roots}
    audited = {(subject.contract.id, paths.of(subject.bucket.root), subject.bucket.address) for subject in run.subjects}
    examined = {paths.of(place.path) for subject in run.subjects for place in (subject.bucket.location, *subject.bucket.calls)}

    def exists(path: str) -> bool:
        return os.path.exists(os.path.join(top, path))

    def judged(entry: Entry) -> bool:
        if not is_wanted(entry.rule):
            return False
        if not entry.contract:
            return entry.path in examined or not exists(entry.path)
        if entry.root not in declared:
            return not exists(entry.root)
        here = (entry.contract, entry.root, entry.bucket) in audited
        return here or (entry.contract in asked and entry.bucket not in declared[entry.root])

    return judged
