"""Whether other accounts may write objects into a bucket, as far as its policy goes.

Source: Amazon S3 User Guide, "Controlling ownership of objects and disabling ACLs": while ACLs are on, an object belongs to the account that
wrote it; "Access policy language" (principals of a bucket policy).
"""

from __future__ import annotations

from collections.abc import Collection

from auditor.foundation.glob import matches, wildcards
from auditor.foundation.value import Known, Symbol, Text, text_parts
from auditor.policy.document import Items, Policy, Principal, Statement

# Source: Service Authorization Reference, "Amazon S3": the actions that make an object.
_WRITING = ("s3:putobject", "s3:replicateobject")


def others_may_write(policy: Policy, accounts: Collection[Text]) -> bool:
    """Whether a bucket policy may let someone who is of none of some accounts write objects, whatever is unresolved in it.

    Args:
        policy: of the bucket.
        accounts: twelve digits each, or what the code leaves unresolved of them.
    """
    own = {text_parts(account) for account in accounts} - {()}
    return bool(policy.rest) or any(_lets_others_write(statement, own) for statement in policy.statements)


def _lets_others_write(statement: Statement, own: set[tuple[str | Symbol, ...]]) -> bool:
    if statement.effect == "Deny" or not _about_writing(statement.actions):
        return False
    principals = statement.principals
    return principals.negated or bool(principals.rest) or any(_account(one) not in own for one in principals.principals)


def _about_writing(actions: Items) -> bool:
    if actions.negated or actions.rest:
        return True
    texts = [str(item.text.value).lower() if isinstance(item.text, Known) else "*" for item in actions.items]
    return any(matches(wildcards(text), action) for text in texts for action in _WRITING)


def _account(principal: Principal) -> tuple[str | Symbol, ...]:
    """The account of a principal: of its ARN, or the whole text; not an account where it is something else."""
    parts = text_parts(principal.item.text)
    if principal.kind != "AWS" or not parts:
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
