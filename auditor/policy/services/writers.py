"""Whether other accounts may write objects into a bucket, as far as its policy goes.

Source: Amazon S3 User Guide, "Controlling ownership of objects and disabling ACLs": while ACLs are on, an object belongs to the account that
wrote it; "Access policy language" (principals of a bucket policy).
"""

from __future__ import annotations

import itertools
from collections.abc import Collection
from functools import partial

from auditor.foundation.glob import matches, wildcards
from auditor.foundation.value import ALWAYS, Known, Symbol, Text, Truth, all_of, any_of, negate, text_parts
from auditor.lazy.expressions import regex
from auditor.policy.document import Condition, Items, Policy, Principal, Statement
from auditor.policy.evaluation.asked import FoundInCases
from auditor.policy.evaluation.operators import TEXTUAL, Quantifier, read_operator
from auditor.policy.evaluation.partial_case import PartialCase
from auditor.policy.evaluation.principals import Naming

# Source: Service Authorization Reference, "Amazon S3": the actions that make an object.
_WRITING = ("s3:putobject", "s3:replicateobject")
# The keys that tell the account of the caller, and how values begin in which no wildcard stands for it.
_CALLERS = {"aws:principalaccount": regex(r"[^*?]"), "aws:principalarn": regex(r"arn:[\w-]+:\w+::")}


def others_write(
    policy: Policy, accounts: Collection[Text], naming: Naming, case: PartialCase, known: FoundInCases[Truth]
) -> Truth:
    """Whether a bucket policy lets someone who is of none of some accounts write objects, in a case.

    Of the conditions of a statement only those that confine the caller to accounts are asked; for others it is taken to let someone write.

    Args:
        policy: of the bucket.
        accounts: twelve digits each, or what the code leaves unresolved of them.
        naming: of the caller, whose own objects it reaches.
        case: what has been taken.
        known: what has been found of its statements, for the same accounts and caller.
    """
    own = {text_parts(account) for account in accounts} - {()}
    found = (known.of(statement, case, partial(_lets_others_write, statement, own, naming)) for statement in policy.statements)
    return any_of(itertools.chain((case.when(when) for when, _ in policy.rest), found))


def _lets_others_write(statement: Statement, own: set[tuple[str | Symbol, ...]], naming: Naming, case: PartialCase) -> Truth:
    if (
        statement.effect == "Deny"
        or not _about_writing(statement.actions)
        or any(_confines(one, own) for one in statement.conditions)
    ):
        return Truth.FALSE
    principals = statement.principals
    others = [all_of((case.when(one.item.when), _is_other(one, own, naming, case))) for one in principals.principals]
    return all_of((case.when(statement.when), any_of((Truth.of(principals.negated or bool(principals.rest)), *others))))


def _is_other(principal: Principal, own: set[tuple[str | Symbol, ...]], naming: Naming, case: PartialCase) -> Truth:
    """Whether a principal is of none of the accounts; one that the code leaves unresolved is, unless it names the caller."""
    if _account(principal.item.text, principal.kind) in own:
        return Truth.FALSE
    return Truth.TRUE if isinstance(principal.item.text, Known) else negate(any_of(naming.by(principal, case).values()))


def _about_writing(actions: Items) -> bool:
    if actions.negated or actions.rest:
        return True
    texts = [str(item.text.value).lower() if isinstance(item.text, Known) else "*" for item in actions.items]
    return any(matches(wildcards(text), action) for text in texts for action in _WRITING)


def _confines(condition: Condition, own: set[tuple[str | Symbol, ...]]) -> bool:
    """Whether a test of who calls certainly keeps out everyone who is of none of the accounts.

    Source: AWS IAM User Guide, "AWS global condition context keys", aws:PrincipalAccount and aws:PrincipalArn (of a request by a service there is
    neither).
    """
    operator, values = read_operator(condition.operator), condition.values
    if operator is None or operator.negated or operator.if_exists or operator.quantifier is not Quantifier.ONE:
        return False
    form = _CALLERS.get(condition.key.lower())
    if form is None or operator.family not in TEXTUAL or condition.when != ALWAYS or values.rest:
        return False
    return bool(values.items) and all(
        _account(one.text) in own and form.match(str(text_parts(one.text)[0])) for one in values.items
    )


def _account(text: Text, kind: str = "AWS") -> tuple[str | Symbol, ...]:
    """The account of a principal: of its ARN, or the whole text; not an account where it is something else."""
    parts = text_parts(text)
    if kind != "AWS" or not parts:
        return ("*",)
    found: list[str | Symbol] = []
    colons = 0
    for part in parts:
        if isinstance(part, Symbol):
            found.extend([part] if colons == 4 else ())
            continue
        for number, piece in enumerate(part.split(":")):
            colons += number > 0
            found.extend([piece] if colons == 4 and piece else ())
    return tuple(found) if colons >= 4 else parts
