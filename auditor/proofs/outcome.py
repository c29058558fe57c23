"""From the answers in single cases to one verdict."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from auditor.contract import Contract, Need
from auditor.foundation.cases import Atom, Case, Choices, TooManyCases, by_cases, turning_on
from auditor.foundation.location import Location
from auditor.foundation.value import NULL, Symbol, Value, alternatives
from auditor.model import Attachment, Bucket, Kind, Slot
from auditor.verdict import Settlement, Status, Step, Verdict


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer in one case; the attributes are those of `Verdict`."""

    status: Status
    reason: str
    location: Location
    witness: Mapping[str, str] = field(default_factory=dict)
    settled_by: tuple[Settlement, ...] = ()
    assumptions: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    cause: object = None


def attached(slot: Slot, choices: Choices) -> Attachment | Symbol | None:
    """What is attached in a case: an attachment, nothing, or a symbol when something that was not evaluated attaches it."""
    active = [linked.attachment for linked in slot.linked if choices.hold(linked.when)]
    if active:
        return active[applied_last(active, choices)]
    for symbol in slot.perhaps:
        if choices.of(_more(symbol)) is True:
            return symbol
    return None


def applied_last(attachments: Sequence[Attachment], choices: Choices) -> int:
    """Which of several attachments of one kind is in force: S3 and KMS keep what was written last, and code does not order them."""
    if len(attachments) == 1:
        return 0
    addresses = tuple(attachment.address for attachment in attachments)
    names = " and ".join(addresses)
    kind = attachments[0].kind
    owner = "key" if kind is Kind.KEY_POLICY else "bucket"
    symbol = Symbol(
        f"the order of {names}",
        f"{names} write the {kind.value} of one {owner}, and the last one to be applied wins",
        "keep one of them",
        attachments[-1].location,
    )
    labels = tuple(f"{address} is applied last" for address in addresses)
    return int(str(choices.of(Atom(("last", addresses), tuple(range(len(addresses))), symbol, labels))))


def taken(value: Value, choices: Choices) -> Value:
    """The branch of nested choices that a case takes."""
    for when, branch in alternatives(value):
        if choices.hold(when):
            return branch
    return NULL


def _more(symbol: Symbol) -> Atom:
    return Atom(
        ("attaches", symbol.name),
        (False, True),
        symbol,
        (f"{symbol.name} attaches nothing", f"{symbol.name} attaches one that fits"),
    )


def open_because(symbol: Symbol, location: Location, reason: str = "") -> Outcome:
    """An outcome that is open because of a symbol."""
    return Outcome(
        Status.OPEN,
        reason or symbol.reason,
        symbol.location or location,
        settled_by=(Settlement.of(symbol),),
    )


def prove(contract: Contract, bucket: Bucket, need: Need, question: Callable[[Choices], Outcome]) -> Verdict:
    """The verdict over all cases of a question.

    Every case holds: it holds. Every case fails: it fails, with the witness of the first. Otherwise it is open, and what the cases
    differ in would settle it.
    """
    try:
        outcome = conclude(by_cases(question, limit=512))
    except TooManyCases as error:
        header = bucket.declaration.location
        settled_by = tuple(Settlement.of(symbol) for symbol in error.open)
        outcome = Outcome(Status.OPEN, "too much is open at once to go through every case", header, settled_by=settled_by)
    return verdict(contract, bucket, need, outcome)


def verdict(contract: Contract, bucket: Bucket, need: Need, outcome: Outcome) -> Verdict:
    """An outcome as the verdict for a need of a bucket."""
    return Verdict(
        contract,
        bucket,
        need,
        outcome.status,
        outcome.reason,
        outcome.location,
        outcome.witness,
        outcome.settled_by,
        outcome.assumptions,
        outcome.steps,
        outcome.cause,
    )


def conclude(cases: Sequence[Case[Outcome]]) -> Outcome:
    """One outcome for all cases."""
    answers = [case.answer for case in cases]
    statuses = {answer.status for answer in answers}
    first = answers[0]
    assumptions = tuple(dict.fromkeys(assumption for answer in answers for assumption in answer.assumptions))
    if len(statuses) == 1 and first.status is not Status.OPEN:
        return Outcome(first.status, first.reason, first.location, first.witness, (), assumptions, first.steps, first.cause)
    settlements = {settlement.name: settlement for settlement in _settlements(cases)}
    chosen = next((answer for answer in answers if answer.status is Status.OPEN), None)
    if chosen is None:
        # Say why it would fail: that is what the reader has to rule out.
        chosen = next((answer for answer in answers if answer.status is Status.FAILS), first)
    reason = chosen.reason if chosen.status is Status.OPEN else f"{turning_on(tuple(settlements))}: in one case, {chosen.reason}"
    return Outcome(Status.OPEN, reason, chosen.location, {}, tuple(settlements.values()), assumptions, chosen.steps, chosen.cause)


def _settlements(cases: Sequence[Case[Outcome]]) -> Iterator[Settlement]:
    for case in cases:
        yield from case.answer.settled_by
    decided = [case for case in cases if case.answer.status is not Status.OPEN]
    for good in decided:
        if good.answer.status is Status.FAILS:
            continue
        for bad in decided:
            if bad.answer.status is not Status.FAILS:
                continue
            different = [atom for atom in good.taken if atom in bad.taken and good.taken[atom] != bad.taken[atom]]
            if len(different) == 1:
                yield _settlement(different[0], good.taken, bad.taken)
    if len(decided) < len(cases):
        seen: dict[Atom, None] = {}
        for case in cases:
            seen.update(dict.fromkeys(case.taken))
        for atom in seen:
            if len({case.answer.status for case in cases if atom in case.taken}) > 1:
                yield Settlement.of(atom.symbol)


def _settlement(atom: Atom, good: Mapping[Atom, Hashable], bad: Mapping[Atom, Hashable]) -> Settlement:
    def label(taken: Mapping[Atom, Hashable]) -> str:
        return atom.labels[atom.options.index(taken[atom])] if atom.labels else ""

    return Settlement.of(atom.symbol, label(good), label(bad))
