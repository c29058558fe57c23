"""How two policy documents compare: who gains which requests, and who loses them.

A request is a real action on a resource that it can be on, by any principal (where the documents name principals), with any context, except
that keys that every request has are there, and keys that follow from the principal agree with it. Only the two documents count.
"""

from __future__ import annotations

import enum
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from auditor.comparison.context import NoSuchOperator, Value
from auditor.comparison.patterns import TooManyClasses
from auditor.comparison.search import FoundRequest, Search
from auditor.comparison.statements import ComparedStatement, Compiler, Holes, Reach, Unresolved, guards, is_doubtful, reaching
from auditor.foundation.location import Location
from auditor.foundation.value import Known
from auditor.lazy.classes import dataclass
from auditor.policy.document import Policy, Statement

_MOST_GUARDS = 5


class PolicyKind(enum.Enum):
    """What a document is attached to."""

    BUCKET = "bucket"
    KEY = "key"
    IDENTITY = "identity"
    TRUST = "trust"


class Relation(enum.Enum):
    """What the new document allows, against the old one."""

    EQUAL = "equal"
    WIDER = "wider"
    NARROWER = "narrower"
    INCOMPARABLE = "incomparable"
    UNKNOWN = "unknown"


class GainCertainty(enum.Enum):
    """Whether something is gained: whatever the code leaves unresolved, never, or that depends on it."""

    CERTAIN = "certain"
    NEVER = "never"
    POSSIBLE = "possible"


@dataclass(frozen=True, slots=True)
class Difference:
    """How two documents compare.

    Attributes:
        relation: of the new one to the old one.
        gained: requests that only the new one allows, one for each statement that allows such.
        lost: requests that only the old one allows, likewise.
        reason: why the relation is unknown, empty otherwise.
        gain: whether anything is gained, whatever the code leaves unresolved.
        loss: likewise whether anything is lost.
        public: whether everybody gains something, whatever the code leaves unresolved; or may gain what a statement lets everybody do, of which
            nothing but whether it is in force is unresolved.
    """

    relation: Relation
    gained: tuple[FoundRequest, ...] = ()
    lost: tuple[FoundRequest, ...] = ()
    reason: str = ""
    gain: GainCertainty = GainCertainty.POSSIBLE
    loss: GainCertainty = GainCertainty.POSSIBLE
    public: bool = False


_SERVICES = {
    PolicyKind.BUCKET: frozenset({"s3", "s3express"}),
    PolicyKind.KEY: frozenset({"kms"}),
    PolicyKind.TRUST: frozenset({"sts"}),
    PolicyKind.IDENTITY: None,
}


def compare(old: Policy, new: Policy, kind: PolicyKind, present: Callable[[str], str] = str) -> Difference:
    """How a new document compares with the old one; total.

    Args:
        old: the document before; one without statements for none.
        new: the document after.
        kind: what both are attached to.
        present: what something unresolved of the old document is called in the new one.
    """
    try:
        return _compare(old, new, kind, present)
    except Unresolved as error:
        return Difference(Relation.UNKNOWN, reason=error.reason)
    except NoSuchOperator as error:
        return Difference(Relation.UNKNOWN, reason=f"there is no condition operator '{error}'")
    except TooManyClasses:
        return Difference(Relation.UNKNOWN, reason="the documents tell apart more requests than are looked at")


def _compare(old: Policy, new: Policy, kind: PolicyKind, present: Callable[[str], str]) -> Difference:
    holes = Holes()
    names = tuple(dict.fromkeys((*map(present, guards((old,))), *guards((new,)))))
    if len(names) > _MOST_GUARDS:
        raise Unresolved("the documents depend on too many conditions of the code")
    sides: list[tuple[_Side, _Side]] = []
    for truths in itertools.product((True, False), repeat=len(names)):
        case = dict(zip(names, truths, strict=True))
        before, after = Compiler(holes, case, present).policy(old), Compiler(holes, case).policy(new)
        question = _Question(_SERVICES[kind], kind is not PolicyKind.IDENTITY, holes)
        sides.append((question.side(after, before), question.side(before, after)))
    gained, lost = (_joined([one[index] for one in sides]) for index in (0, 1))
    found = Difference(
        _relation(gained.certainty, lost.certainty),
        _told(gained.found, holes),
        _told(lost.found, holes),
        gain=gained.certainty,
        loss=lost.certainty,
        public=all(one.certainty is GainCertainty.CERTAIN and any(map(is_anyone, one.found)) for one, _ in sides)
        or any(is_anyone(one) and _lets_everybody_in(one.because.statement) for one in gained.found),
    )
    if found.relation is not Relation.UNKNOWN:
        return found
    return replace(found, reason=f"it depends on {' and '.join((*names, *_differing(before, after, holes)))}")


def is_anyone(request: FoundRequest) -> bool:
    """Whether a request may come from anybody at all."""
    return request.principal is not None and request.principal.type == "anonymous"


def _lets_everybody_in(statement: Statement) -> bool:
    """Whether a statement names everybody itself, with conditions that are resolved: no value can make it mean somebody else."""
    values = [item.text for condition in statement.conditions for item in condition.values.items]
    named = [one.item.text for one in statement.principals.principals]
    return (
        statement.effect == "Allow"
        and not (statement.principals.negated or statement.unknown_conditions)
        and Known("*") in named
        and all(isinstance(text, Known) for text in values)
        and not any(condition.when.literals or condition.values.rest for condition in statement.conditions)
    )


def _told(found: Iterable[FoundRequest], holes: Holes) -> tuple[FoundRequest, ...]:
    """The first request for each statement that is written: a doubtful one was compared in parts, and of one that is not known any will do."""
    first: dict[tuple[Location, int, str], FoundRequest] = {}
    for one in found:
        statement = one.because.statement
        if statement.actions.written:
            first.setdefault((statement.location, statement.index, statement.sid), one)
    return tuple(_named(one, holes) for one in first.values())


def _named(found: FoundRequest, holes: Holes) -> FoundRequest:
    """A request as the user may read it, what is unresolved by its name."""
    who = found.principal
    context: dict[str, Value] = {
        key: holes.shown(value) if isinstance(value, str) else tuple(map(holes.shown, value)) if value is not None else None
        for key, value in found.context.items()
    }
    return replace(
        found,
        principal=who and replace(who, arn=holes.shown(who.arn), account=holes.shown(who.account)),
        resource=holes.shown(found.resource),
        context=context,
    )


def _differing(before: Sequence[ComparedStatement], after: Sequence[ComparedStatement], holes: Holes) -> Iterable[str]:
    """What is unresolved in what only one document has, else in either."""
    alone = {*before} ^ {*after}
    named = [name for name, char in holes.others.items() if any(char in text for one in alone for text in one.texts())]
    return named or holes.others


@dataclass(frozen=True, slots=True)
class _Side:
    certainty: GainCertainty
    found: tuple[FoundRequest, ...] = ()


def _joined(sides: Sequence[_Side]) -> _Side:
    """What holds in every case of the conditions of the code."""
    certainties = {side.certainty for side in sides}
    certainty = certainties.pop() if len(certainties) == 1 else GainCertainty.POSSIBLE
    return _Side(certainty, next((side.found for side in sides if side.found), ()))


@dataclass(frozen=True, slots=True)
class _Question:
    services: frozenset[str] | None
    named: bool
    holes: Holes

    def side(self, allowing: Sequence[ComparedStatement], refusing: Sequence[ComparedStatement]) -> _Side:
        """What one document allows and the other does not."""
        if not any(is_doubtful(one, self.holes) for one in (*allowing, *refusing)):
            found = self._requests(allowing, refusing)
            return _Side(GainCertainty.CERTAIN if found else GainCertainty.NEVER, found)
        found = self._requests(self._reaching(allowing, Reach.LEAST, Reach.MOST), self._reaching(refusing, Reach.MOST, Reach.LEAST))
        if found:
            return _Side(GainCertainty.CERTAIN, found)
        found = self._possible(allowing, refusing)
        return _Side(GainCertainty.POSSIBLE if found else GainCertainty.NEVER, found)

    def _possible(self, allowing: Sequence[ComparedStatement], refusing: Sequence[ComparedStatement]) -> tuple[FoundRequest, ...]:
        """What may be gained; a statement of both documents matches a request in both or in neither.

        A shared Deny that matches leaves nothing to gain. A shared Allow that matches does, too, but where the other document denies more: then
        it is the one that grants, whatever other shared statements match.
        """
        shared = [one for one in dict.fromkeys(allowing) if one in refusing and is_doubtful(one, self.holes)]
        nothing = dict.fromkeys(shared, False)
        cases = [nothing]
        if any(not one.allows and one not in allowing for one in refusing):
            cases += [{**nothing, one: True} for one in shared if one.allows]
        for matching in cases:
            found = self._requests(
                self._reaching(allowing, Reach.MOST, Reach.LEAST, matching),
                self._reaching(refusing, Reach.LEAST, Reach.MOST, matching),
            )
            if found:
                return found
        return ()

    def _reaching(
        self,
        statements: Sequence[ComparedStatement],
        allows: Reach,
        denies: Reach,
        matching: Mapping[ComparedStatement, bool] = MappingProxyType({}),
    ) -> tuple[ComparedStatement, ...]:
        found: list[ComparedStatement] = []
        for one in statements:
            if not is_doubtful(one, self.holes):
                found.append(one)
                continue
            if one in matching:
                reached = reaching(one, Reach.MOST, self.holes) if matching[one] else None
            else:
                reached = reaching(one, allows if one.allows else denies, self.holes)
            if reached is not None:
                found.append(reached)
        return tuple(found)

    def _requests(self, allowing: Sequence[ComparedStatement], refusing: Sequence[ComparedStatement]) -> tuple[FoundRequest, ...]:
        return tuple(Search((*allowing, *refusing), self.services, named=self.named).requests(allowing, refusing))


def _relation(gained: GainCertainty, lost: GainCertainty) -> Relation:
    if GainCertainty.POSSIBLE in (gained, lost):
        return Relation.UNKNOWN
    if gained is GainCertainty.CERTAIN:
        return Relation.INCOMPARABLE if lost is GainCertainty.CERTAIN else Relation.WIDER
    return Relation.NARROWER if lost is GainCertainty.CERTAIN else Relation.EQUAL
