"""What the Allow statements of a policy give a caller beyond what it needs, and which of their conditions it can never meet."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence

from auditor.aws.partitions import COMMERCIAL, partition_in
from auditor.foundation.glob import TooManyStates, Wild, literal, shortest, wildcards
from auditor.foundation.value import ALWAYS, Known, Text, text_of, text_parts
from auditor.lazy.classes import dataclass
from auditor.policy.document import Condition, Items, Policy, Statement, StatementItem
from auditor.policy.evaluation.operators import Family, Quantifier, read_operator
from auditor.policy.question import ABSENT, Caller
from auditor.policy.services import presence
from auditor.policy.services.actions import actions, matching, resource_kinds, works_across_accounts


@dataclass(frozen=True, slots=True)
class CallerNeed:
    """What a caller needs of one resource.

    Attributes:
        actions: the actions that it needs.
        harmless: further actions that are accepted.
        prefix: the part of the bucket whose objects it needs; empty for all of them.
    """

    actions: frozenset[str]
    harmless: frozenset[str] = frozenset()
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Excess:
    """What one statement gives beyond a need.

    Attributes:
        statement: the Allow.
        items: the entries of its Action element (of its Resource element, when `key` is given) that give more; empty for NotAction.
        actions: the actions that it gives and that are neither needed nor harmless, sorted; empty when `key` is given.
        key: the shortest key outside the prefix on which it gives a needed action; None when the excess is in the actions.
    """

    statement: Statement
    items: tuple[StatementItem, ...]
    actions: tuple[str, ...] = ()
    key: str | None = None


def excess(
    policy: Policy, caller: Caller, service: str, need: CallerNeed, bucket: Text, *, own_account: bool = False
) -> tuple[Excess, ...]:
    """What the Allow statements that certainly name a caller, by its ARN or its account, certainly give it beyond a need.

    Statements that are unknown, that name everyone, or whose conditions the caller never meets are left out, and so are actions that a Deny
    without conditions takes back.

    Args:
        policy: of a bucket or key.
        caller: the role or user, of another account than the resource's.
        service: "s3" or "kms": the service that the policy is about.
        need: what is needed.
        bucket: the name of the bucket.
        own_account: whether the caller is of the resource's account; a statement for that account then leaves it to identity policies.
    """
    denials = tuple(_denials(policy, caller))
    return tuple(
        found
        for statement in policy.statements
        if names(statement, caller, by_account=not own_account)
        for found in _excess(denials, statement, caller, service, need, bucket)
    )


@dataclass(frozen=True, slots=True)
class _Denial:
    """What a Deny takes back whatever the request: actions, and the resources on which it does, as they are written."""

    actions: frozenset[str]
    resources: frozenset[Text]


def _excess(
    denials: Sequence[_Denial], statement: Statement, caller: Caller, service: str, need: CallerNeed, bucket: Text
) -> Iterator[Excess]:
    """What one statement gives beyond a need: in its actions, and in the keys outside the need's prefix."""
    if statement.effect != "Allow":
        return
    needed = _all_matching(need.actions)
    wanted = needed | _all_matching(need.harmless)
    possible = _possible(denials, statement, caller, service, bucket)
    granted = _granted(statement.actions, possible)
    if granted - wanted:
        wide = () if statement.actions.negated else statement.actions.items
        items = tuple(item for item in wide if possible & set(_meant(item)) - wanted)
        yield Excess(statement, items, tuple(sorted(granted - wanted)))
    if need.prefix and not statement.resources.negated and granted & needed:
        outside = [(item, key) for item in statement.resources.items if (key := _outside(item, need.prefix, bucket)) is not None]
        if outside:
            yield Excess(statement, tuple(item for item, _ in outside), key=min((key for _, key in outside), key=len))


@functools.lru_cache(maxsize=64)
def _all_matching(patterns: frozenset[str]) -> frozenset[str]:
    return frozenset(action for pattern in patterns for action in matching(pattern))


def _possible(denials: Sequence[_Denial], statement: Statement, caller: Caller, service: str, bucket: Text) -> frozenset[str]:
    """The actions that a statement can give a caller of another account: about its resources, under its conditions, and not taken back."""
    others = _of_others(service, _kinds(statement, service, bucket))
    if statement.conditions:
        never = {action for action in others if any(never_met(condition, action, caller) for condition in statement.conditions)}
        others -= never
    if denials:
        granted = {item.text for item in statement.resources.items}
        others -= {action for one in denials if Known("*") in one.resources or granted <= one.resources for action in one.actions}
    return others


@functools.cache
def _of_others(service: str, kinds: frozenset[str]) -> frozenset[str]:
    """The actions of a service on some kinds of resources that other accounts can do at all."""
    return frozenset(
        action
        for action, about in actions().items()
        if action.startswith(f"{service}:") and about & kinds and works_across_accounts(action)
    )


def _granted(listed: Items, possible: frozenset[str]) -> frozenset[str]:
    """Those of the possible actions that an Action or NotAction element certainly means."""
    meant = frozenset(action for item in listed.items for action in _meant(item))
    if not listed.negated:
        return possible & meant
    resolved = not listed.rest and all(isinstance(item.text, Known) for item in listed.items)
    return possible - meant if resolved else frozenset()


def names(statement: Statement, caller: Caller, *, by_account: bool = True) -> bool:
    """Whether a statement certainly is there and names a caller, by its ARN or (when that counts) its account."""
    account = (
        caller.account,
        text_of((f"arn:{partition_in(caller.arn) or COMMERCIAL}:iam::", *text_parts(caller.account), ":root")),
    )
    meant = (caller.arn, *(account if by_account else ()))
    return (
        statement.when == ALWAYS
        and statement.doubt is None
        and not statement.principals.negated
        and any(
            principal.kind == "AWS" and principal.item.when == ALWAYS and principal.item.text in meant
            for principal in statement.principals.principals
        )
    )


def never_met(condition: Condition, action: str, caller: Caller) -> bool:
    """Whether no request that a caller makes itself meets a condition, because it never has the key.

    Source: IAM User Guide, "AWS global condition context keys" (when a key is in the request context) and "Condition operators": a positive
    operator without IfExists is not met by a missing key.
    """
    operator = read_operator(condition.operator)
    if operator is None or condition.when != ALWAYS or presence(condition.key.lower(), action, caller) is not ABSENT:
        return False
    if operator.family is Family.NULL:
        values = condition.values
        return not values.rest and {item.text for item in values.items} <= {Known("false"), Known(False)} and bool(values.items)
    return not operator.negated and not operator.if_exists and operator.quantifier is not Quantifier.ALL


def _meant(item: StatementItem) -> Sequence[str]:
    return matching(str(item.text.value)) if isinstance(item.text, Known) and item.when == ALWAYS else ()


def _kinds(statement: Statement, service: str, bucket: Text) -> frozenset[str]:
    if service != "s3":
        return frozenset({"key"})
    if statement.resources.negated:
        return frozenset({"bucket", "object"})
    found: set[str] = set()
    for item in statement.resources.items:
        kinds = resource_kinds(item.text, bucket)
        # An unknown resource may be the bucket or its objects: what it gives is not certain.
        if item.when == ALWAYS and (len(kinds) == 1 or isinstance(item.text, Known)):
            found |= kinds
    return frozenset(found)


def _denials(policy: Policy, caller: Caller) -> Iterator[_Denial]:
    """What the Deny statements without conditions, for a caller or for everyone, take back."""
    for statement in policy.statements:
        if (
            statement.effect != "Deny"
            or statement.when != ALWAYS
            or statement.conditions
            or statement.unknown_conditions
            or statement.doubt is not None
            or statement.principals.negated
            or statement.actions.negated
            or statement.resources.negated
        ):
            continue
        everyone = any(principal.item.text == Known("*") for principal in statement.principals.principals)
        if everyone or names(statement, caller):
            yield _Denial(
                frozenset(action for item in statement.actions.items for action in _meant(item)),
                frozenset(item.text for item in statement.resources.items if item.when == ALWAYS),
            )


def _outside(item: StatementItem, prefix: str, bucket: Text) -> str | None:
    """The shortest key of a bucket that a resource covers and that does not begin with a prefix; None when there is none for certain."""
    if item.when != ALWAYS:
        return None
    parts = text_parts(item.text)
    if parts == ("*",):
        key = "*"
    else:
        start = text_parts(text_of((f"arn:{partition_in(item.text)}:s3:::", *text_parts(bucket), "/")))
        if not start or not parts or parts[: len(start) - 1] != start[:-1]:
            return None
        first, mine = start[-1], parts[len(start) - 1] if len(parts) >= len(start) else ""
        rest = parts[len(start) :]
        if not isinstance(first, str) or not isinstance(mine, str) or not mine.startswith(first) or rest:
            return None
        key = mine.removeprefix(first)
    if "${" in key:
        return None
    patterns = ((*literal(prefix), Wild.MANY), wildcards("?*"))
    try:
        return shortest(wildcards(key), patterns, lambda vector: vector == frozenset({1}))
    except TooManyStates:
        return None
