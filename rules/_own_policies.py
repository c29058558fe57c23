"""A grant that a role of the code lacks: what its own policies say, and what to add to them. No rule: its name begins with an underscore."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.finding import Related
from auditor.foundation.value import Truth, is_null
from auditor.model import Role
from auditor.needs.key import KeyCause
from auditor.policy import Decision, StatementOutcome
from auditor.proofs.grant import GrantCause
from auditor.rule import Problem, Subject
from auditor.verdict import Verdict

from . import _nearest as near
from . import _paste as paste

_ORDER = ("Action", "Resource", "Condition")


def lack(role: Role, decision: Decision | None) -> bool:
    """Whether it is the consumer's own policies (or its boundary) that do not allow what is asked."""
    return not _allowed(decision, "identity policy") or _bounded(role, decision)


def _allowed(decision: Decision | None, policy: str) -> bool:
    said = decision.statements if decision else ()
    return any(one.policy == policy and one.statement.effect == "Allow" and one.applies is Truth.TRUE for one in said)


def _bounded(role: Role, decision: Decision | None) -> bool:
    return not is_null(role.declaration.boundary) and not _allowed(decision, "permissions boundary")


def problem(subject: Subject, role: Role, found: Sequence[tuple[Verdict, GrantCause]]) -> Problem:
    """The problem that a role of the code is refused what the contract needs.

    Args:
        subject: the bucket and the contract.
        role: the consumer.
        found: the verdicts of the needs that fail alike, with their causes.
    """
    declared, bucket = role.declaration, subject.bucket.declaration
    first, cause = found[0]
    needs = [verdict.need.id for verdict, _ in found]
    said = _nearest(cause.decision, cause.need.service)
    text = f"{declared.address} is refused {' and '.join(needs)} in {bucket.address}: {first.reason}"
    key = first.witness.get("key")
    text += f"; the shortest key without is '{key}'." if key else "."
    if said is not None:
        text += f" The nearest is statement {said.statement.title} of its own policies: {_lacks(said)}."
    place = said.location if said is not None else declared.location
    related = (Related(bucket.location, "bucket"), Related(declared.location, "role"))
    return Problem(
        text,
        place,
        _fix(subject, role, found),
        tuple(one for one in related if one.location != place),
        " ".join(needs),
    )


def _nearest(decision: Decision | None, service: str) -> StatementOutcome | None:
    """The Allow of the role's own policies that fails at the latest element, if it is about the service at all."""
    found = [
        said
        for said in (decision.statements if decision else ())
        if said.policy == "identity policy"
        and said.statement.effect == "Allow"
        and said.element in _ORDER
        and (
            said.element != "Action" or any(item.written.lower().startswith(f"{service}:") for item in said.statement.actions.items)
        )
    ]
    return max(found, key=lambda said: _ORDER.index(said.element), default=None)


def _lacks(said: StatementOutcome) -> str:
    statement = said.statement
    if said.element == "Condition":
        condition = near.failing_condition(said)
        return (
            f"it has the condition {condition.operator} '{condition.key}', which is not met"
            if condition
            else "its conditions are not met"
        )
    items, verb = (statement.actions, "allows") if said.element == "Action" else (statement.resources, "covers")
    return f"it {verb} {'everything but' if items.negated else 'only'} {near.quoted(items)}"


def _fix(subject: Subject, role: Role, found: Sequence[tuple[Verdict, GrantCause]]) -> str:
    style = paste.style_of(subject, None)
    cause, decision = found[0][1], found[0][1].decision
    wanted = [cause.need.action for _, cause in found]
    resource = paste.key(subject, style) if isinstance(cause, KeyCause) else paste.objects(subject, cause.need.prefix, style)
    lines = paste.statement("ConsumerAccess", None, wanted, resource, style)
    address, bounded = role.declaration.address, _allowed(decision, "identity policy") and _bounded(role, decision)
    where = f"the permissions boundary of {address}" if bounded else f"a policy of {address}"
    return paste.said(f"Add a statement to {where}:", lines)
