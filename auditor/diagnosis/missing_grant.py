"""A grant that a policy does not give: what the nearest statement lacks, and the change that makes it one.

Bucket policies and key policies differ in the words and in what a Resource means; everything else is said and fixed alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from auditor.contract import PartyKind
from auditor.diagnosis import grants, nearest
from auditor.finding import Certainty
from auditor.fixes import AddStatement, Append, Change, Content, Fix, RemoveConditions, Replace
from auditor.foundation.location import Location
from auditor.foundation.value import Known
from auditor.lazy.classes import dataclass
from auditor.policy import Answer, Environment, Items, Policy, Question, Statement, StatementOutcome, decide
from auditor.policy.document import StatementItem
from auditor.policy.services.actions import lacks_condition_key
from auditor.policy.services.excess import never_met
from auditor.proofs.grant import GrantCause
from auditor.rule import Subject


@dataclass(frozen=True, slots=True)
class Terms:
    """How one kind of policy is spoken of.

    Attributes:
        request: what is asked, as the subject of a clause ("a request that V7 Darwin makes itself").
        asker: who does not meet a condition ("V7 Darwin", "S3").
        resource: what a statement lacks that fails at its Resource.
        add_resource: the change that corrects its Resource, with its title; None when there is none.
        statement: the statement that would be the grant.
        where: how the policy is called in the title of a fix.
    """

    request: str
    asker: str
    resource: Callable[[StatementOutcome], str]
    add_resource: Callable[[StatementOutcome], tuple[str, Change] | None]
    statement: Mapping[str, Content]
    where: str


def lacks(subject: Subject, actions: Sequence[str], outcome: StatementOutcome, terms: Terms) -> str:
    """What a statement lacks to be the grant, as a clause."""
    statement = outcome.statement
    match outcome.element:
        case "Principal":
            meant = nearest.mistaken_principal(outcome, subject.party)
            return f"it names '{meant.written if meant else ''}' and not '{subject.party.principal}'"
        case "Action":
            return f"it allows {only(statement.actions)}"
        case "Resource":
            return terms.resource(outcome)
    condition = nearest.failing_condition(outcome)
    if condition is None:
        return f"{terms.request} does not meet its conditions"
    test = f"the condition {condition.operator} '{condition.key}' {nearest.quoted(condition.values)}"
    if never_met(condition, actions[0], nearest.caller(subject)):
        return f"it has {test}, and {terms.request} never has '{condition.key}'"
    return f"it has {test}, which {terms.request} does not meet"


def of_everyone(subject: Subject, actions: Sequence[str], cause: GrantCause, terms: Terms) -> str:
    """A sentence about a statement for everyone, a condition of which keeps the consumer out; empty where there is none.

    It is told and never changed: whoever meets its conditions is let in.
    """
    outcome = nearest.of_everyone(cause.decision)
    if outcome is None:
        return ""
    return f" Statement {outcome.statement.title} is for everyone, but {lacks(subject, actions, outcome, terms)}."


def only(items: Items) -> str:
    """`only 'a' and 'b'`, `everything but 'a'`."""
    return f"{'everything but' if items.negated else 'only'} {nearest.quoted(items)}"


def fixes(subject: Subject, causes: Sequence[GrantCause], outcome: StatementOutcome | None, terms: Terms) -> tuple[Fix, ...]:
    """The change of the nearest statement where that is the consumer's alone and then grants, else a statement of its own.

    Args:
        subject: the bucket and the contract.
        causes: of the needs that fail at one place, at least one.
        outcome: of the nearest statement; None where no statement comes near.
        terms: see there.
    """
    own = _own_statement(causes[0], terms)
    if outcome is None:
        return (own,)
    if outcome.element == "Principal" and (meant := nearest.mistaken_principal(outcome, subject.party)):
        change = Replace(meant.location, grants.consumer(subject))
        return (Fix(f"Write '{subject.party.principal}' instead of '{meant.written}'", (change,)), own)
    if not grants.is_for(outcome.statement, subject):
        return (own,)
    return _in_statement(causes, outcome, terms) or (own,)


def help_for(subject: Subject, outcome: StatementOutcome | None, terms: Terms) -> str:
    """What else a person can do about a condition that is not met."""
    condition = nearest.failing_condition(outcome)
    if outcome is None or condition is None:
        return ""
    change = f"Change the condition on '{condition.key}' of statement {outcome.statement.title} to one that {terms.asker} meets"
    return f"{change}, or remove it." if grants.may_lose_conditions(outcome.statement, subject) else f"{change}."


def _own_statement(cause: GrantCause, terms: Terms) -> Fix:
    change = AddStatement(cause.policy, cause.attachment, terms.statement)
    return grants.granting(f"Add a statement to {terms.where}", change, [terms.statement], cause.asker)


def _in_statement(causes: Sequence[GrantCause], outcome: StatementOutcome, terms: Terms) -> tuple[Fix, ...]:
    """The change of a statement that is for the consumer alone; none where it would not grant all that is missing.

    A condition stays where the statement is for a service, which would otherwise use the grant for its other customers as well; one without
    a condition is looked at by a person.
    """
    statement, title = outcome.statement, outcome.statement.title
    is_open = _is_of_service(causes) and not statement.conditions
    certainty = Certainty.NEEDS_REVIEW if is_open else Certainty.SAFE
    match outcome.element if _is_changed(causes, outcome) else "":
        case "Action" if change := listing(statement, causes):
            return (Fix(title_of_listing(statement, causes), (change,), certainty),)
        case "Resource" if added := terms.add_resource(outcome):
            return (Fix(added[0], (added[1],), certainty),)
        case "Condition":
            key = statement.conditions[0].key
            return (Fix(f"Remove the condition on '{key}' from statement {title}", (RemoveConditions(statement),)),)
    return ()


def _is_of_service(causes: Sequence[GrantCause]) -> bool:
    return causes[0].need.party.kind is PartyKind.SERVICE


def _is_changed(causes: Sequence[GrantCause], outcome: StatementOutcome) -> bool:
    """Whether a statement that is for the consumer alone grants what is missing once what it lacks is changed."""
    statement = outcome.statement
    match outcome.element:
        case "Action":
            return listing(statement, causes) is not None
        case "Resource":
            every = Items((StatementItem(Known("*"), statement.location),), written=True)
            return not statement.resources.negated and _may_grant(replace(statement, resources=every), causes)
        case "Condition":
            return len(statement.conditions) == 1 and not statement.unknown_conditions and not _is_of_service(causes)
    return False


def changed(subject: Subject) -> frozenset[tuple[Location, str]]:
    """The statements, and their elements, that the fixes of missing grants change: what is wrong with these is cured with them."""
    found: dict[tuple[Location, str], tuple[StatementOutcome, list[GrantCause]]] = {}
    for outcome, cause in nearest.nearest_of_missing(subject):
        found.setdefault((outcome.statement.location, outcome.element), (outcome, []))[1].append(cause)
    return frozenset(
        place
        for place, (outcome, causes) in found.items()
        if (outcome.element == "Principal" and nearest.mistaken_principal(outcome, subject.party))
        or (grants.is_for(outcome.statement, subject) and _is_changed(causes, outcome))
    )


def listing(statement: Statement, causes: Sequence[GrantCause]) -> Append | None:
    """The change by which a statement lists the actions that are missing; None where it would not grant them for that."""
    if statement.actions.negated or statement.actions.location is None:
        return None
    actions = tuple(cause.need.action for cause in causes)
    listed = replace(statement.actions, items=tuple(StatementItem(Known(action), statement.location) for action in actions))
    if not _may_grant(replace(statement, actions=listed), causes):
        return None
    return Append(statement.actions.location, actions, statement.location)


def title_of_listing(statement: Statement, causes: Sequence[GrantCause]) -> str:
    """What that change does."""
    return f"Add {' and '.join(cause.need.action for cause in causes)} to the actions of statement {statement.title}"


def _may_grant(statement: Statement, causes: Sequence[GrantCause]) -> bool:
    """Whether a changed statement is one that S3 takes, and grants what is missing as far as the code tells.

    Its conditions may be unresolved, but not what it is about: S3 refuses a policy for an action that fits none of the resources beside it, and for
    a condition key that an action does not have. Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3".
    """
    return not any(
        any(
            cause.need.service == "s3" and lacks_condition_key(cause.need.action, condition.key)
            for condition in statement.conditions
        )
        or (
            cause.question is not None
            and (
                _answer(statement, cause.question) is Answer.DENIED
                or _answer(replace(statement, conditions=(), unknown_conditions=()), cause.question) is not Answer.ALLOWED
            )
        )
        for cause in causes
    )


def _answer(statement: Statement, question: Question) -> Answer:
    return decide(Environment(resource_policy=Policy((statement,), statement.location)), question).answer
