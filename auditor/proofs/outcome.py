"""What is attached in one case, and from the outcomes of single cases to one outcome."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import replace

from auditor.contract import Doubt
from auditor.foundation.cases import Atom, Case, Choices, Look, Prepared, TooManyCases, Turn, Turns, by_cases, depending_on
from auditor.foundation.location import Location
from auditor.foundation.value import ALWAYS, NULL, Symbol, Value, When, alternatives
from auditor.model import Attachment, Slot
from auditor.verdict import Outcome, Resolution, Status

# So many things that were not evaluated are asked about one by one: each case asks about all before it again.
_MANY = 32


def attached(slot: Slot, choices: Choices) -> Attachment | Symbol | None:
    """What is attached in a case: an attachment, nothing, or a symbol when something that was not evaluated attaches it."""
    unread = attaching(slot.unread, choices)
    if unread is not None:
        return unread
    active = [linked.attachment for linked in slot.linked if choices.hold(linked.when)]
    if active:
        return active[applied_last(active, choices)]
    return attaching(slot.perhaps, choices)


def attached_all(slot: Slot, choices: Choices) -> tuple[tuple[Attachment, ...], Symbol | None]:
    """Everything that is attached in a case, of a kind of which there may be several; and what was not evaluated and attaches more, the first of it."""
    active = tuple(linked.attachment for linked in slot.linked if choices.hold(linked.when))
    return active, attaching(slot.more, choices)


def applied_last(attachments: Sequence[Attachment], choices: Choices) -> int:
    """Which of several attachments of one kind is in force: S3 and KMS keep what was written last, and code does not order them."""
    if len(attachments) == 1:
        return 0
    addresses = tuple(attachment.address for attachment in attachments)
    names = " and ".join(addresses)
    kind = attachments[0].kind
    symbol = Symbol(
        f"the order of {names}",
        f"{names} write the {kind.value} of one {kind.owner.value}, and the last one to be applied wins",
        "keep one of them",
        attachments[-1].location,
    )
    labels = tuple(f"{address} is applied last" for address in addresses)
    return choices.of(Atom(("last", addresses), tuple(range(len(addresses))), symbol, labels))


def taken(value: Value, choices: Choices) -> Value:
    """The branch of nested choices that a case takes."""
    for when, branch in alternatives(value):
        if choices.hold(when):
            return branch
    return NULL


def attaching(symbols: Sequence[Symbol], choices: Choices, what: str = "") -> Symbol | None:
    """The first of what was not evaluated that attaches something in a case; of very many, the last ones are one.

    Args:
        symbols: they.
        choices: of the case.
        what: they attach, such as "CORS configuration"; empty for anything that fits.
    """
    if not symbols:
        return None
    for symbol in symbols if len(symbols) <= _MANY else (*symbols[:_MANY], _together(symbols[_MANY:])):
        labels = _labels(what, symbol.written)
        if choices.of(Atom(("attaches", what, symbol.name), (False, True), symbol, labels)):
            return symbol
    return None


def _together(symbols: Sequence[Symbol]) -> Symbol:
    """What stands for several symbols, with what is said of the first."""
    return replace(symbols[0], name=f"{symbols[0].name} and {len(symbols) - 1} more") if len(symbols) > 1 else symbols[0]


@functools.lru_cache(maxsize=4096)
def _labels(what: str, name: str) -> tuple[str, str]:
    nothing = f"no {what}" if what else "nothing"
    return f"{name} attaches {nothing}", f"{name} attaches one{'' if what else ' that fits'}"


def open_because(symbol: Symbol, location: Location, reason: str = "") -> Outcome:
    """An outcome that is unknown because of a symbol."""
    return Outcome(
        Status.UNKNOWN,
        reason or symbol.reason,
        symbol.location or location,
        resolved_by=(Resolution.of(symbol),),
    )


def over_cases(
    question: Callable[[Choices], Outcome], header: Location, prepared: Prepared | None = None, given: When = ALWAYS
) -> Outcome:
    """The outcome over all cases of a question.

    Every case holds: it holds. Every case fails: it fails, with the witness of the first. Otherwise it is unknown, and what the cases
    differ in would resolve it: conditions by the names that the author gave them, unless a look at what they are made of decides.

    Args:
        question: the outcome in one case.
        header: of the resource that it is about.
        prepared: what it shares with other questions.
        given: the conditions under which what it is about exists: no case is without them.
    """
    exists = Choices.where(given, prepared)
    found = _over_cases(question, header, exists)
    made = {(symbol, truth) for symbol, truth in given.literals if symbol.meant is not None and symbol.meant.tree is not None}
    if found.status is Status.UNKNOWN and (made or exists.look.missed):
        within = Choices.where(When(given.literals - made), exists.prepared, Look(closely=True))
        closer = _over_cases(question, header, within, When(frozenset(made)))
        return found if closer.status is Status.UNKNOWN else closer
    return found


def _over_cases(question: Callable[[Choices], Outcome], header: Location, exists: Choices, given: When = ALWAYS) -> Outcome:
    """The outcome over all cases in which `given` holds."""
    try:
        cases = by_cases(lambda choices: question(choices) if choices.hold(given) else None, limit=512, within=exists)
        held = [Case(case.taken, case.answer) for case in cases if case.answer is not None]
        return conclude(held) if held else Outcome(Status.UNKNOWN, "it exists in no case", header)
    except TooManyCases as error:
        resolved_by = tuple(Resolution.of(symbol) for symbol in error.open)
        return Outcome(Status.UNKNOWN, "too much is unknown at once to go through every case", header, resolved_by=resolved_by)


def conclude(cases: Sequence[Case[Outcome]]) -> Outcome:
    """One outcome for all cases."""
    if len(cases) == 1 and (only := cases[0].answer).status is not Status.UNKNOWN:
        return _of_all(only, only.reason, only.location, only.assumptions)
    left_out = tuple(dict.fromkeys(case.answer.discounted for case in cases if case.answer.discounted))
    cases = [case for case in cases if not case.answer.discounted] or cases
    answers = [case.answer for case in cases]
    statuses = {answer.status for answer in answers}
    first = answers[0]
    assumptions = tuple(dict.fromkeys(assumption for answer in answers for assumption in answer.assumptions))
    if not first.discounted:
        assumptions = (*assumptions, *left_out)
    if len(statuses) == 1 and first.status is not Status.UNKNOWN:
        reason, location = first.reason, first.location
        if first.overall and any(answer.reason != reason for answer in answers):
            reason, location = first.overall
        return _of_all(first, reason, location, assumptions)
    resolutions: dict[str, Resolution] = {}
    for one in _resolutions(cases):
        resolutions[one.name] = max(one, resolutions.get(one.name, one), key=_says)
    resolutions = {name: replace(one, only_if="") if one.holds_if else one for name, one in resolutions.items()}
    chosen = next((answer for answer in answers if answer.status is Status.UNKNOWN), None)
    if chosen is None:
        # Say why it would fail: that is what the reader has to rule out.
        chosen = next((answer for answer in answers if answer.status is Status.FAILS), first)
    reason = (
        chosen.reason if chosen.status is Status.UNKNOWN else f"{depending_on(tuple(resolutions))}: in one case, {chosen.reason}"
    )
    return Outcome(
        Status.UNKNOWN, reason, chosen.location, {}, tuple(resolutions.values()), assumptions, chosen.steps, chosen.cause
    )


def _says(resolution: Resolution) -> tuple[bool, int]:
    """How much is told of the ways in which a verdict can turn out."""
    ways = _ways(resolution)
    return all(ways[:2]), sum(map(bool, ways))


def _ways(resolution: Resolution) -> tuple[str, str, str]:
    """How it decides: what makes the need hold, what makes it fail, and what it fails without."""
    return resolution.holds_if, resolution.fails_if, resolution.only_if


def _of_all(first: Outcome, reason: str, location: Location, assumptions: Sequence[str]) -> Outcome:
    """An outcome that all cases have, with the witness of the first."""
    told = tuple(dict.fromkeys(assumptions))
    return Outcome(first.status, reason, location, first.witness, (), told, first.steps, first.cause, obstacles=first.obstacles)


def doubted(outcome: Outcome, doubt: Doubt) -> Outcome:
    """The outcome of a need of which something is uncertain: it never fails for that, and what it assumes where it holds is said."""
    if outcome.status is Status.HOLDS and not doubt.both:
        return replace(outcome, assumptions=(*outcome.assumptions, doubt.assumption)) if doubt.assumption else outcome
    if outcome.status not in (Status.HOLDS, Status.FAILS):
        return outcome
    resolution = Resolution(doubt.reason, doubt.reason, hint=doubt.hint)
    reason = f"{outcome.reason}, but {doubt.reason}"
    return replace(outcome, status=Status.UNKNOWN, reason=reason, witness={}, resolved_by=(resolution,))


def _holds(outcome: Outcome) -> bool | None:
    return None if outcome.status is Status.UNKNOWN else outcome.status is not Status.FAILS


def _turn(atom: Atom[Hashable], cases: Sequence[Case[Outcome]]) -> Turn:
    """What something unknown decides alone, where other cases are undecided."""

    def answers(are: Callable[[Hashable], bool]) -> set[bool | None]:
        return {_holds(case.answer) for case in cases if atom not in case.taken or are(case.taken[atom])}

    turns = [
        (atom.label(option), answers(functools.partial(operator.eq, option)), answers(functools.partial(operator.ne, option)))
        for option in atom.options
    ]
    return Turn(
        next((label for label, there, _ in turns if there == {True}), ""),
        next((label for label, there, _ in turns if there == {False}), ""),
        next((label for label, _, elsewhere in turns if elsewhere == {False}), ""),
    )


def _overall(one: Resolution, answers: Sequence[Outcome]) -> Resolution:
    """What is said of something unknown in one case, as far as it is so in all of them."""
    holds_if, fails_if, only_if = (
        clause if all(_holds(answer) is truth or clause in _told(answer, one.name, at) for answer in answers) else ""
        for at, (clause, truth) in enumerate(zip(_ways(one), (True, False, False), strict=True))
    )
    return replace(one, holds_if=holds_if, fails_if=fails_if, only_if=only_if)


def _told(answer: Outcome, name: str, at: int) -> set[str]:
    """The clauses of a way in which something unknown decides, by the place of that in `_ways`."""
    return {_ways(one)[at] for one in answer.resolved_by if one.name == name}


def _resolutions(cases: Sequence[Case[Outcome]]) -> Iterator[Resolution]:
    answers = [case.answer for case in cases]
    for one in dict.fromkeys(one for answer in answers for one in answer.resolved_by):
        yield _overall(one, answers)
    decided = [case for case in cases if case.answer.status is not Status.UNKNOWN]
    of_cases = Turns(cases, _holds)
    turns: dict[Resolution, bool] = {}
    for good in decided:
        if good.answer.status is Status.FAILS:
            continue
        for bad in decided:
            if bad.answer.status is not Status.FAILS:
                continue
            different = [atom for atom in good.taken if atom in bad.taken and good.taken[atom] != bad.taken[atom]]
            if len(different) == 1:
                atom = different[0]
                how = of_cases.of(atom, good, bad)
                turns[Resolution.of(atom.symbol, how)] = how.alone
    yield from [one for one, alone in turns.items() if alone] or turns
    if len(decided) < len(cases):
        seen: dict[Atom[Hashable], None] = {}
        for case in cases:
            seen.update(dict.fromkeys(case.taken))
        for atom in seen:
            if len({case.answer.status for case in cases if atom in case.taken}) > 1:
                yield Resolution.of(atom.symbol, _turn(atom, cases))
