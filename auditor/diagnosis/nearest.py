"""The Allow that comes nearest to granting a refused request, and what it lacks."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from auditor.contract import Party
from auditor.foundation.location import Location
from auditor.foundation.value import Known
from auditor.lazy.modules import module
from auditor.needs.access import AccessCause
from auditor.needs.key import KeyCause
from auditor.policy import (
    Answer,
    Caller,
    Condition,
    Decision,
    DenyKind,
    Environment,
    Items,
    Policy,
    Principal,
    Principals,
    Question,
    StatementItem,
    StatementOutcome,
    decide,
)
from auditor.proofs.consumer import Consumer
from auditor.proofs.grant import GrantCause
from auditor.rule import Subject
from auditor.verdict import Verdict

if TYPE_CHECKING:
    import difflib
else:
    difflib = module("difflib")

_ORDER = ("Principal", "Action", "Resource", "Condition")
_ALIKE = 0.85
_MOST_TRIED = 16  # statements that are put to the question; the first stands for what is left


def nearest(decision: Decision | None, party: Party, question: Question | None = None) -> StatementOutcome | None:
    """The Allow of the resource's own policy that fails at the latest element; None when it has nothing to do with the consumer.

    A statement for another principal comes near only when it names one that looks like the consumer's; one for everyone never does, since
    nobody should add to it. Of those that lack the action, one about what is asked for is nearer than one about something else.
    """
    if decision is None:
        return None
    found = [
        outcome
        for outcome in decision.statements
        if outcome.policy == "resource policy"
        and outcome.statement.effect == "Allow"
        and outcome.element in _ORDER
        and not any(one.item.text == Known("*") for one in outcome.statement.principals.principals)
        and (outcome.element != "Principal" or mistaken_principal(outcome, party) is not None)
    ]
    latest = max((_ORDER.index(outcome.element) for outcome in found), default=0)
    near = [outcome for outcome in found if _ORDER.index(outcome.element) == latest]
    return next((one for one in near[:_MOST_TRIED] if lacks_only_action(one, question)), near[0] if near else None)


def lacks_only_action(outcome: StatementOutcome, question: Question | None) -> bool:
    """Whether a statement would grant what was asked if it listed the action."""
    if question is None or outcome.element != "Action":
        return False
    place = outcome.statement.location
    anybody = Principals((Principal("*", StatementItem(Known("*"), place)),), written=True)
    asked = Items((StatementItem(Known(question.action), place),), written=True)
    statement = replace(outcome.statement, principals=anybody, actions=asked)
    return decide(Environment(resource_policy=Policy((statement,), place)), question).answer is not Answer.DENIED


def of_everyone(decision: Decision | None) -> StatementOutcome | None:
    """An Allow of the resource's own policy that lets in everyone who meets its conditions, one of which the consumer does not meet."""
    found = (
        outcome
        for outcome in (decision.statements if decision else ())
        if outcome.policy == "resource policy" and outcome.statement.effect == "Allow" and outcome.element == "Condition"
    )
    return next((one for one in found if any(who.item.text == Known("*") for who in one.statement.principals.principals)), None)


def mistaken_principal(outcome: StatementOutcome, party: Party) -> StatementItem | None:
    """The principal of a statement that was probably meant to be the consumer's; None when there is none."""
    if outcome.statement.principals.negated:
        return None
    alike = [
        (_likeness(str(one.item.text.value), party.principal), index, one.item)
        for index, one in enumerate(outcome.statement.principals.principals)
        if isinstance(one.item.text, Known) and one.kind != "Service" and _may_be_meant(str(one.item.text.value), party)
    ]
    return max(alike)[2] if alike else None


def place_of(verdict: Verdict, cause: GrantCause) -> Location:
    """Where a missing grant is to be written: what the nearest statement lacks, else the policy, else where the verdict points."""
    outcome = nearest(cause.decision, cause.asker, cause.question)
    if outcome is not None and outcome.element == "Principal" and (meant := mistaken_principal(outcome, cause.asker)):
        return meant.location
    if outcome is not None:
        return outcome.location
    return cause.policy.location if cause.policy is not None else verdict.location


def _may_be_meant(text: str, party: Party) -> bool:
    if party.account and f":{party.account}:" in text:
        return True
    return _likeness(text, party.principal) >= _ALIKE


# Several needs and rules ask it of each principal of a policy.
@functools.lru_cache(maxsize=65_536)
def _likeness(text: str, principal: str) -> float:
    return difflib.SequenceMatcher(None, text, principal).ratio()


def failing_condition(outcome: StatementOutcome | None) -> Condition | None:
    """The test at which a statement fails; None when it fails elsewhere."""
    if outcome is None or outcome.element != "Condition":
        return None
    return next((condition for condition in outcome.statement.conditions if condition.location == outcome.location), None)


def quoted(items: Items, most: int = 3) -> str:
    """The entries of an element, in quotes."""
    texts = [f"'{item.written}'" for item in items.items]
    further = [f"{len(texts) - most} more"] if len(texts) > most else []
    return " and ".join([*texts[:most], *further]) or ("nothing that is resolved" if items.rest else "an empty list")


def reported(subject: Subject) -> frozenset[tuple[Location, str]]:
    """The statements, and their elements, that the rules about missing grants point at."""
    return frozenset((outcome.statement.location, outcome.element) for outcome, _ in nearest_of_missing(subject))


def nearest_of_missing(subject: Subject) -> Iterator[tuple[StatementOutcome, GrantCause]]:
    """The statement that comes nearest to each grant that is missing, where one does."""
    for _, cause in subject.failing(GrantCause):
        if cause.decision is not None and cause.decision.kind is DenyKind.IMPLICIT:
            outcome = nearest(cause.decision, cause.asker, cause.question)
            if outcome is not None:
                yield outcome, cause


def bucket_policy(subject: Subject) -> AccessCause | None:
    """The bucket policy as the verdicts saw it first; None when there is none."""
    return next((cause for cause in subject.causes(AccessCause) if cause.policy is not None), None)


def key_policy(subject: Subject) -> KeyCause | None:
    """The policy of the bucket's key as the verdicts saw it first; None when there is none."""
    return next((cause for cause in subject.causes(KeyCause) if cause.policy is not None), None)


def is_in_code(subject: Subject) -> bool:
    """Whether the consumer is a role or user of the code."""
    found = _consumer(subject)
    return found is not None and found.declared is not None


def _consumer(subject: Subject) -> Consumer | None:
    return next((cause.consumer for cause in subject.causes(GrantCause)), None)


def caller(subject: Subject) -> Caller:
    """The consumer as the caller of a request."""
    found = _consumer(subject)
    return found.caller if found else Caller(Known(subject.party.principal), Known(subject.party.account))
