"""A grant that a role or user of the code lacks: what its own policies say, and what to add to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from auditor.diagnosis import grants, key_condition, missing_grant, nearest
from auditor.diagnosis.missing_grant import only
from auditor.diagnosis.story import story
from auditor.fixes import AddStatement, Append, Content, Fix, Reference
from auditor.foundation.equality import same_text
from auditor.foundation.value import ALWAYS, Known, Text, Truth, is_null, text_of, text_parts
from auditor.model import IamIdentity, PolicyOwner
from auditor.needs.access import AccessCause, AccessNeed, ActionTarget
from auditor.needs.key import KeyCause
from auditor.policy import (
    Answer,
    Decision,
    Environment,
    Policy,
    Principal,
    Principals,
    StatementItem,
    StatementOutcome,
    decide,
    parse_policy,
)
from auditor.proofs.grant import GrantCause
from auditor.rule import Problem, Subject
from auditor.verdict import Verdict

_ORDER = ("Action", "Resource", "Condition")


def lack(identity: IamIdentity, cause: GrantCause) -> bool:
    """Whether it is the consumer's own policies (or its boundary) that do not allow what is asked, and a key policy leaves it to them."""
    return not _is_shut_out(cause) and (not _allowed(cause.decision, "identity policy") or _bounded(identity, cause.decision))


def _is_shut_out(cause: GrantCause) -> bool:
    """Whether the policy of a key denies it, whatever the consumer's own policies say.

    Source: AWS KMS Developer Guide, "Key policies": no one may use a key unless its policy, or a grant, lets in the caller or its account.
    """
    if not isinstance(cause, KeyCause) or cause.policy is None or cause.question is None:
        return False
    return decide(Environment(resource_policy=cause.policy), cause.question).answer is Answer.DENIED


def _allowed(decision: Decision | None, policy: str) -> bool:
    outcomes = decision.statements if decision else ()
    return any(one.policy == policy and one.statement.effect == "Allow" and one.applies is Truth.TRUE for one in outcomes)


def _bounded(identity: IamIdentity, decision: Decision | None) -> bool:
    return not is_null(identity.declaration.boundary) and not _allowed(decision, "permissions boundary")


def problem(subject: Subject, identity: IamIdentity, found: Sequence[tuple[Verdict, GrantCause]]) -> Problem:
    """The problem that a role or user of the code is denied what the contract needs.

    Args:
        subject: the bucket and the contract.
        identity: the consumer.
        found: the verdicts of the needs that fail alike, with their causes.
    """
    declared, bucket = identity.declaration, subject.bucket.declaration
    first, cause = found[0]
    needs = [verdict.need.id for verdict, _ in found]
    outcome = _nearest(cause)
    where = f"in {bucket.address}"
    if isinstance(cause, KeyCause):
        key_address = cause.key.declaration.address if cause.key else "its key"
        where = f"with {key_address}, which encrypts {bucket.address}"
    text = f"{declared.address} is denied {' and '.join(needs)} {where}: {first.reason}"
    key = first.witness.get("key")
    text += f"; the shortest uncovered key is '{key}'." if key else "."
    if outcome is not None:
        text += f" The nearest is statement {outcome.statement.title} of its own policies: {_lacks(subject, cause, outcome)}."
    place = outcome.location if outcome is not None else declared.location
    return Problem(
        text,
        place,
        "",
        story(place, (bucket.location, "bucket"), (declared.location, declared.kind.value)),
        " ".join(needs),
        (_fix(subject, identity, found, outcome),),
    )


def _nearest(cause: GrantCause) -> StatementOutcome | None:
    """The Allow of the role's own policies that fails at the latest element, if it is about the service at all."""
    decision, service = cause.decision, cause.need.service
    found = [
        outcome
        for outcome in (decision.statements if decision else ())
        if outcome.policy == "identity policy"
        and outcome.statement.effect == "Allow"
        and outcome.element in _ORDER
        and (
            outcome.element != "Action"
            or any(item.written.lower().startswith(f"{service}:") for item in outcome.statement.actions.items)
        )
    ]
    return max(
        found,
        key=lambda outcome: (_ORDER.index(outcome.element), nearest.lacks_only_action(outcome, cause.question)),
        default=None,
    )


def _lacks(subject: Subject, cause: GrantCause, outcome: StatementOutcome) -> str:
    if outcome.element == "Condition":
        condition = nearest.failing_condition(outcome)
        if condition is None:
            return "its conditions are not met"
        told = f"it has the condition {condition.operator} '{condition.key}' {nearest.quoted(condition.values)}"
        if isinstance(cause, KeyCause) and key_condition.is_of_objects(condition, cause):
            return f"{told}, but the bucket has an S3 Bucket Key, and S3 then names the bucket itself"
        return f"{told}, which is not met"
    if outcome.element == "Action":
        return f"it allows {only(outcome.statement.actions)}"
    covered = f"it covers {only(outcome.statement.resources)}"
    match _other_kind(subject, cause, outcome):
        case ActionTarget.BUCKET:
            return f"{covered}, which is the bucket and not its objects"
        case ActionTarget.OBJECT:
            return f"{covered}, which are the objects and not the bucket"
    return covered


def _other_kind(subject: Subject, cause: GrantCause, outcome: StatementOutcome) -> ActionTarget | None:
    """What a statement covers of the bucket, where that is only its objects or only itself, and the need is about the other one."""
    resources = outcome.statement.resources
    if not isinstance(cause, AccessCause) or resources.negated or resources.rest or not resources.items:
        return None
    own = subject.bucket.declaration.arn
    every = text_of((*text_parts(own), "/*"))
    for target, text in ((ActionTarget.BUCKET, own), (ActionTarget.OBJECT, every)):
        if target is not cause.target and all(same_text(item.text, text) is Truth.TRUE for item in resources.items):
            return target
    return None


def _fix(
    subject: Subject, identity: IamIdentity, found: Sequence[tuple[Verdict, GrantCause]], outcome: StatementOutcome | None
) -> Fix:
    cause = found[0][1]
    wanted = [each.need.action for _, each in found]
    bounded = _allowed(cause.decision, "identity policy") and _bounded(identity, cause.decision)
    if outcome is not None and not bounded and (covered := _only_lacks(subject, found, outcome)):
        what = "the objects" if covered is ActionTarget.BUCKET else "the bucket"
        where = outcome.statement.resources.location or outcome.location
        change = Append(where, (_resource(subject, cause),), outcome.statement.location)
        return Fix(f"Add {what} to the resources of statement {outcome.statement.title}", (change,))
    policy = None if bounded else _of_its_own(subject, identity, cause, outcome)
    if listed := _listed(subject, found, policy, outcome):
        return listed
    resource = grants.key_arn(subject) if isinstance(cause, KeyCause) else _resource(subject, cause)
    address = identity.declaration.address
    statement = grants.allow(grants.sid("ConsumerAccess", policy), wanted, resource)
    where_to = f"the permissions boundary of {address}" if bounded else f"a policy of {address}"
    return Fix(f"Add a statement to {where_to}", (AddStatement(policy, None, statement),))


def _listed(
    subject: Subject, found: Sequence[tuple[Verdict, GrantCause]], policy: Policy | None, outcome: StatementOutcome | None
) -> Fix | None:
    """The fix that lists the actions in the nearest statement, where it is of a policy and about the bucket or its key, and nothing else."""
    causes = [cause for _, cause in found]
    if policy is None or outcome is None or outcome.statement not in policy.statements or outcome.element != "Action":
        return None
    if outcome.statement.resources.negated or outcome.statement.resources.rest:
        return None
    if not all(_is_about(subject, causes[0], item.text) for item in outcome.statement.resources.items):
        return None
    anybody = Principals((Principal("*", StatementItem(Known("*"), outcome.location)),), written=True)
    change = missing_grant.listing(replace(outcome.statement, principals=anybody), causes)
    return Fix(missing_grant.title_of_listing(outcome.statement, causes), (change,)) if change else None


def _is_about(subject: Subject, cause: GrantCause, resource: Text) -> bool:
    """Whether a text of a Resource is certainly the key's ARN, or that of the bucket or of objects of it."""
    if isinstance(cause, KeyCause):
        return cause.key is not None and same_text(resource, cause.key.declaration.arn) is Truth.TRUE
    own = _spelled(subject.bucket.declaration.arn)
    return _spelled(resource) == own or _spelled(resource).startswith(f"{own}/")


def _spelled(text: Text) -> str:
    return "".join(part if isinstance(part, str) else f"${{{part.name}}}" for part in text_parts(text))


def _of_its_own(subject: Subject, identity: IamIdentity, cause: GrantCause, outcome: StatementOutcome | None) -> Policy | None:
    """The policy that a statement is added to: the one that has the nearest statement, else the first; None where all are others' as well."""
    others = (declared for other in subject.bucket.estate.identities if other != identity for _, declared in other.policies)
    shared = {one.location for declared in others for one in parse_policy(declared.document, declared.location).statements}
    own = [
        policy
        for (when, declared), policy in zip(identity.policies, cause.consumer.policies, strict=False)
        if when == ALWAYS
        and declared.owner is not PolicyOwner.AWS
        and policy.statements
        and shared.isdisjoint(statement.location for statement in policy.statements)
    ]
    return next((policy for policy in own if outcome and outcome.statement in policy.statements), own[0] if own else None)


def _only_lacks(subject: Subject, found: Sequence[tuple[Verdict, GrantCause]], outcome: StatementOutcome) -> ActionTarget | None:
    """What a statement covers, where all that is denied lacks nothing in it but the other one of the bucket and its objects."""
    statement = outcome.statement
    if statement.resources.location is None or statement.conditions or statement.unknown_conditions:
        return None
    for _, cause in found:
        near = _nearest(cause)
        if near is None or near.element != "Resource" or near.statement != statement:
            return None
    return _other_kind(subject, found[0][1], outcome)


def _resource(subject: Subject, cause: GrantCause) -> Content:
    need = cause.need
    if isinstance(need, AccessNeed) and need.target is ActionTarget.ACCOUNT:
        return "*"
    if isinstance(need, AccessNeed) and need.target is ActionTarget.BUCKET:
        return Reference(subject.bucket.declaration, "arn")
    return grants.objects(subject.bucket, need.prefix)
