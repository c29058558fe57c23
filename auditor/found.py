"""What the rules find on the buckets, and whether it tells of each failing verdict; the roots are shared out over the cores."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field

from auditor.finding import Finding, Patch, Related, Severity
from auditor.fixes import Fix
from auditor.foundation.errors import InputError
from auditor.foundation.location import Location
from auditor.foundation.text import Texts
from auditor.host.workers import shared_out
from auditor.lazy.classes import dataclass
from auditor.model import Bucket
from auditor.rule import Problem, Rule, Subject, general_rule
from auditor.suppression import MODULE_CALL, NESTED_STACK
from auditor.verdict import Status, Verdict

Written = Callable[[Iterable[Fix], Bucket], Iterable[Patch]]
"""The patches of the fixes of a bucket's problem."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the rules find.

    Attributes:
        findings: each once, with the subjects in which it was found.
        answers: the failing verdicts, each with the findings that tell why.
    """

    findings: dict[Finding, list[Subject]] = field(default_factory=dict)
    answers: list[tuple[Verdict, tuple[Finding, ...]]] = field(default_factory=list)


def found_by(
    rules: Sequence[Rule], subjects: Sequence[Subject], written: Written, errors: list[InputError], jobs: int, texts: Texts
) -> Found:
    """What rules find: whatever fails is told, by a finding of the rule `need-fails` where none of the others has an error.

    Args:
        rules: they.
        subjects: what they look at.
        written: how fixes are written.
        errors: the rules that break down are added.
        jobs: how many processes.
        texts: where fixes are written.
    """
    of_root: dict[str, list[int]] = {}
    for at, subject in enumerate(subjects):
        of_root.setdefault(subject.bucket.root, []).append(at)
    roots = [_Root(name, tuple(subjects[at] for at in places), rules, written) for name, places in of_root.items()]
    made = shared_out(_Root.found, roots, jobs, "explaining", _Root.weight, texts)
    by_place = {
        at: one for places, every in zip(of_root.values(), made, strict=True) for at, one in zip(places, every, strict=True)
    }
    found = Found()
    for at, subject in enumerate(subjects):
        one = by_place[at]
        errors += one.errors
        for verdict, places in one.answers:
            found.answers.append((subject.verdicts[verdict], tuple(one.findings[place] for place in places)))
        for finding in one.findings:
            found.findings.setdefault(finding, []).append(subject)
    return found


@dataclass(frozen=True, slots=True)
class _OnSubject:
    """What the rules find on one subject, as it is carried from one process to another: it does not hold the subject.

    Attributes:
        findings: they.
        answers: the places of the failing verdicts, each with those of the findings that tell why.
        errors: of rules that broke down.
    """

    findings: tuple[Finding, ...]
    answers: tuple[tuple[int, tuple[int, ...]], ...]
    errors: tuple[InputError, ...]


@dataclass(frozen=True, slots=True)
class _Root:
    """The subjects of one root: what is read to write the fixes of one is not read again for the next."""

    name: str
    subjects: tuple[Subject, ...]
    rules: Sequence[Rule]
    written: Written

    def __str__(self) -> str:
        return self.name

    def weight(self) -> int:
        """How many verdicts there are to explain."""
        return sum(verdict.status is Status.FAILS for subject in self.subjects for verdict in subject.verdicts)

    def found(self) -> tuple[_OnSubject, ...]:
        """What the rules find on each subject."""
        return tuple(_on(subject, self.rules, self.written) for subject in self.subjects)


def _on(subject: Subject, rules: Sequence[Rule], written: Written) -> _OnSubject:
    errors: list[InputError] = []
    findings = [finding for rule in rules for finding in _check(rule, subject, written, errors)]
    telling = {finding.rule for finding in findings if finding.severity is Severity.ERROR}
    answers = []
    for at, places in _explained([rule for rule in rules if rule.id in telling], subject, errors):
        answering = [number for number, finding in enumerate(findings) if (finding.rule, finding.location) in places]
        if not answering:
            answering = [len(findings)]
            findings.append(_unexplained(subject, subject.verdicts[at]))
        answers.append((at, tuple(answering)))
    return _OnSubject(tuple(findings), tuple(answers), tuple(errors))


def _unwritten(_fixes: Iterable[Fix], _bucket: Bucket) -> tuple[Patch, ...]:
    """No patch: where it does not matter how something is fixed."""
    return ()


def _explained(
    rules: Sequence[Rule], subject: Subject, errors: list[InputError]
) -> Iterator[tuple[int, frozenset[tuple[str, Location]]]]:
    """The places of the failing verdicts, each with those of some rules that have an error for it alone, and where."""

    def explained(*verdicts: Verdict) -> frozenset[tuple[str, Location]]:
        alone = dataclasses.replace(subject, verdicts=verdicts)
        every = (finding for rule in rules for finding in _check(rule, alone, _unwritten, errors))
        return frozenset((finding.rule, finding.location) for finding in every if finding.severity is Severity.ERROR)

    failing = [at for at, verdict in enumerate(subject.verdicts) if verdict.status is Status.FAILS]
    beside = explained() if failing else frozenset()
    for at in failing:
        yield at, explained(subject.verdicts[at]) - beside


def _unexplained(subject: Subject, verdict: Verdict) -> Finding:
    bucket, title = subject.bucket, subject.contract.title or subject.contract.id
    message = f"{title}: {verdict.need.id} fails for {bucket.address}: {verdict.reason}."
    problem = Problem(message, verdict.location, subject=verdict.need.id)
    return _with_calls(general_rule("need-fails").finding(problem, bucket.address, root=bucket.root), bucket)


def excused(
    suppressed: Mapping[Finding, Sequence[Subject]], rules: Sequence[Rule], written: Written, errors: list[InputError]
) -> Iterator[Verdict]:
    """The failing verdicts for which only suppressed findings answer.

    A finding answers for a verdict when its rule would not make it without that verdict.
    """
    known = len(errors)
    for subject in {id(subject): subject for subjects in suppressed.values() for subject in subjects}.values():
        for verdict in subject.verdicts:
            if verdict.status is not Status.FAILS:
                continue
            without = dataclasses.replace(subject, verdicts=tuple(one for one in subject.verdicts if one is not verdict))
            answering = {
                finding
                for rule in rules
                if rule.severity is Severity.ERROR
                for finding in set(_check(rule, subject, written, errors)) - set(_check(rule, without, written, errors))
            }
            if answering and answering <= suppressed.keys() and len(errors) == known:
                yield verdict


def _check(rule: Rule, subject: Subject, written: Written, errors: list[InputError]) -> Iterator[Finding]:
    """The findings of one rule; one that crashes is an error of the run, never a pass."""
    try:
        for finding in rule.findings(subject, written):
            yield _with_calls(finding, subject.bucket)
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not look like a clean result
        errors.append(
            InputError(subject.bucket.declaration.location, f"internal error in rule '{rule.id}' ({error!r}); please report this")
        )


def _with_calls(finding: Finding, bucket: Bucket) -> Finding:
    """The finding with the module calls or nested stacks that lead to its bucket, as the end of its story."""
    message = NESTED_STACK if bucket.language == "cloudformation" else MODULE_CALL
    calls = tuple(Related(call, message) for call in reversed(bucket.declaration.calls))
    return dataclasses.replace(finding, related=(*finding.related, *calls)) if calls else finding
