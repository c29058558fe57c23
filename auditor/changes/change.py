"""Two sides of a change, compared: verdicts, access, CORS and settings."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field

from auditor.changes.configuration import ConfigurationChange, configuration_changes
from auditor.changes.findings import BaselineState, states
from auditor.changes.policies import AttachedPolicy, PolicyChange, changes, policies_of
from auditor.changes.settings import CorsChange, Setting, called, cors_answers, cors_changes, is_same, setting_of, settings_of
from auditor.changes.side import Side, followed
from auditor.comparison.access import GainCertainty, Relation
from auditor.finding import Finding
from auditor.foundation.errors import InputError
from auditor.foundation.location import Location
from auditor.lazy.classes import dataclass
from auditor.model import Bucket, Estate, Kind
from auditor.report import Report
from auditor.verdict import Status, Verdict


class Direction(enum.Enum):
    """What became of a verdict."""

    WORSE = "worse"
    BETTER = "better"
    NEW = "new"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """A verdict that is not what it was; `old` or `new` is None where the bucket was not or is not there."""

    contract: str
    bucket: str
    root: str
    need: str
    direction: Direction
    old: Verdict | None
    new: Verdict | None


@dataclass(frozen=True, slots=True)
class SettingChange:
    """A setting of a bucket that is not what it was."""

    bucket: str
    root: str
    old: Setting
    new: Setting


@dataclass(frozen=True, slots=True)
class BucketCors:
    """What pages gain and lose on a bucket; `changes` is None where the code leaves one of the configurations unresolved."""

    bucket: str
    root: str
    changes: tuple[CorsChange, ...] | None
    location: Location


@dataclass(frozen=True, slots=True)
class Change:
    """What a change does.

    Attributes:
        old, new: what the user called the sides.
        verdicts: those that are not what they were, the worse ones first.
        access: the policies that changed, public access gained first.
        cors: the buckets whose CORS configuration changed.
        settings: what else changed.
        errors: what could not be read or proven on the new side; old_errors: on the old one.
        findings: of both sides, each with what became of it.
        report: of the new side, None where there is none.
        place: the directory that the places of the new side are told from.
        before, after: the buckets of both sides, the old ones with the addresses that they have now.
        configuration: what changed of the audit itself, what may make it find less first.
    """

    old: str
    new: str
    verdicts: tuple[VerdictChange, ...] = ()
    access: tuple[PolicyChange, ...] = ()
    cors: tuple[BucketCors, ...] = ()
    settings: tuple[SettingChange, ...] = ()
    errors: tuple[InputError, ...] = ()
    old_errors: tuple[InputError, ...] = ()
    findings: Mapping[Finding, BaselineState] = field(default_factory=dict)
    report: Report | None = None
    place: str = "."
    configuration: tuple[ConfigurationChange, ...] = ()
    before: tuple[Bucket, ...] = ()
    after: tuple[Bucket, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether both sides are the same as far as anybody can notice."""
        return not any(map(is_told, self.access)) and not (self.verdicts or self.cors or self.settings or self.configuration)

    def exit_code(self, *, no_new_access: bool = False) -> int:
        """0; 1 when a verdict got worse (unless accepted) or, where not allowed, somebody gained access or may have; 2 when not all was read."""
        if self.errors:
            return 2
        if any(one.direction is Direction.WORSE and not self.is_accepted(one) for one in self.verdicts):
            return 1
        return int(no_new_access and any(gains_access(one) for one in self.access))

    def is_accepted(self, change: VerdictChange) -> bool:
        """Whether comments or settings of the new side accept what fails: they are told as changes of their own."""
        return self.report is not None and change.new is not None and self.report.is_excused(change.new)


def gains_access(change: PolicyChange) -> bool:
    """Whether somebody gained something, or may have."""
    return change.difference.gain is not GainCertainty.NEVER


def is_public(change: PolicyChange) -> bool:
    """Whether everybody gained something; where that is not decided, only if the code itself names everybody."""
    return change.difference.public


def is_told(change: PolicyChange) -> bool:
    """Whether a change of a policy is worth telling: somebody gains or loses something, may, or would but for Block Public Access."""
    return change.difference.relation is not Relation.EQUAL or bool(change.blocked)


def compared(old: Side, new: Side) -> Change:
    """What happens between two sides."""
    same = followed(old, new)
    old = same.side
    before, after = ({(bucket.root, bucket.declaration.address): bucket for bucket in side.buckets} for side in (old, new))
    both = [(key, before[key], bucket) for key, bucket in after.items() if key in before]
    access = [
        one for root in _roots(old, new) for one in changes(_policies(old, root), _policies(new, root), same.present.get(root, str))
    ]
    return Change(
        old.name,
        new.name,
        tuple(sorted(verdict_changes(old.verdicts, new.verdicts), key=lambda one: list(Direction).index(one.direction))),
        tuple(sorted(filter(is_told, access), key=lambda one: not is_public(one))),
        tuple(_cors(both, same.present)),
        tuple(_settings(both, same.present)),
        new.errors,
        old.errors,
        _states(old, new, same.anywhere),
        new.report,
        new.place,
        tuple(configuration_changes(old.configuration, new.configuration, new.moves, same.renamed)),
        old.buckets,
        new.buckets,
    )


_Key = tuple[str, str]


def _states(old: Side, new: Side, present: Callable[[str], str]) -> Mapping[Finding, BaselineState]:
    """What became of every finding, but for those that the baseline has."""
    known = new.report.compared.known if new.report and new.report.compared else frozenset()
    found = states(_findings(old), (*_findings(new), *known), present)
    return {finding: state for finding, state in found.items() if finding not in known}


def _findings(side: Side) -> tuple[Finding, ...]:
    return side.report.findings if side.report else ()


def _roots(old: Side, new: Side) -> Iterable[str]:
    return dict.fromkeys((*new.estates, *old.estates))


def _policies(side: Side, root: str) -> Iterator[AttachedPolicy]:
    return policies_of([bucket for bucket in side.buckets if bucket.root == root], side.estates.get(root, Estate()))


_BEST_FIRST = (Status.HOLDS, Status.NOT_APPLICABLE, Status.UNKNOWN, Status.FAILS)


def verdict_changes(old: Sequence[Verdict], new: Sequence[Verdict]) -> Iterator[VerdictChange]:
    """The verdicts that are not what they were."""

    def by_need(verdicts: Sequence[Verdict]) -> dict[tuple[str, str, str, str], Verdict]:
        return {(one.contract.id, one.subject.root, one.subject.address, one.need.id): one for one in verdicts}

    before, after = by_need(old), by_need(new)
    for key in dict.fromkeys((*after, *before)):
        one, other = before.get(key), after.get(key)
        if one is None or other is None:
            direction = Direction.NEW if one is None else Direction.GONE
        elif one.status is other.status:
            continue
        else:
            worse = _BEST_FIRST.index(other.status) > max(1, _BEST_FIRST.index(one.status))
            direction = Direction.WORSE if worse else Direction.BETTER
        contract, root, bucket, need = key
        yield VerdictChange(contract, bucket, root, need, direction, one, other)


def _cors(both: Iterable[tuple[_Key, Bucket, Bucket]], present: Mapping[str, Callable[[str], str]]) -> Iterator[BucketCors]:
    for (root, address), one, other in both:
        if one.slot(Kind.CORS) == other.slot(Kind.CORS):
            continue
        before, after = cors_answers(one), cors_answers(other)
        linked = other.slot(Kind.CORS).linked
        place = linked[0].attachment.location if linked else other.declaration.location
        if before is None or after is None:
            former = called(setting_of(one, Kind.CORS), present.get(root, str))
            if not is_same(former, setting_of(other, Kind.CORS)):
                yield BucketCors(address, root, None, place)
            continue
        found = tuple(cors_changes(before, after))
        if found:
            yield BucketCors(address, root, found, place)


def _settings(both: Iterable[tuple[_Key, Bucket, Bucket]], present: Mapping[str, Callable[[str], str]]) -> Iterator[SettingChange]:
    for (root, address), one, other in both:
        before, after = settings_of(one), settings_of(other)
        for kind, setting in after.items():
            if not is_same(called(before[kind], present.get(root, str)), setting):
                yield SettingChange(address, root, before[kind], setting)
