"""Whether a bucket policy is public, as Block Public Access understands it.

Source: Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage", "The meaning of 'public'".
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence

from auditor.aws.holes import is_literal
from auditor.foundation.cases import Atom, Choices
from auditor.foundation.glob import intersects, wildcards
from auditor.foundation.value import Domain, Known, Symbol, Truth, When, all_of, any_of, negate, text_parts
from auditor.policy.document import Condition, Items, Policy, Principal, Statement, StatementItem
from auditor.policy.evaluation.asked import FoundInCases
from auditor.policy.evaluation.operators import Family, Quantifier, read_operator
from auditor.policy.evaluation.partial_case import PartialCase

# Keys whose fixed value limits a statement; the Arn and Id forms of the principal count as principals.
_LIMITING = frozenset(
    {
        "aws:sourceip", "aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceowner", "aws:sourceaccount", "aws:userid",
        "s3:x-amz-server-side-encryption-aws-kms-key-id", "s3:dataaccesspointarn", "s3:dataaccesspointaccount", "aws:principalorgid",
        "aws:principalarn", "aws:principalaccount",
    }
)  # fmt: skip
# Keys of which guides of other programs say so; the User Guide does not list them.
_UNSETTLED = frozenset(
    {
        "aws:principalorgpaths", "aws:sourcevpcarn", "aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths", "aws:sourceorgid",
        "aws:sourceorgpaths",
    }
)  # fmt: skip
# Source: Amazon S3 API Reference, PutPublicAccessBlock; Amazon S3 User Guide, "The meaning of 'public'": the actions on data.
_ON_DATA = ("s3:get*", "s3:list*", "s3:put*", "s3:delete*", "s3:abortmultipartupload", "s3:restoreobject")
# What is unresolved in a value, as an example; no other part of one is looked at.
_LIKE = {Domain.ACCOUNT: "111122223333", Domain.ARN: "arn:aws:s3:eu-west-1:111122223333:x"}
_OF_EQUALITY = (Family.EQUALS, Family.ANY_CASE)
_POSITIVE = frozenset({*_OF_EQUALITY, Family.LIKE, Family.ARN, Family.ADDRESS})


Everyone = Callable[[Principal, PartialCase], Truth]


def is_public(policy: Policy, case: PartialCase, everyone: Everyone, known: FoundInCases[Truth] | None = None) -> Truth:
    """Whether a policy is public in a case: whether any Allow is not limited to fixed principals or fixed values.

    Args:
        policy: of a bucket.
        case: what has been taken.
        everyone: whether a principal with a hole is `*` in a case.
        known: what has been found of its statements.
    """
    known = known or FoundInCases()
    mark = len(case.pending)
    denies = _for_others(policy)
    written = (
        _unless_denied(known.of(statement, case, functools.partial(_public, statement, everyone=everyone)), statement, denies, case)
        for statement in policy.statements
    )
    public = any_of(itertools.chain(written, (_rest(when, symbol, case) for when, symbol in policy.rest)))
    case.forget(mark, (public,))
    return public


def _rest(when: When, symbol: Symbol, case: PartialCase) -> Truth:
    """Whether statements that the code leaves unresolved are public."""
    labels = (f"{symbol.written} is not public", f"{symbol.written} is public")
    return all_of((case.when(when), case.truth(Atom(("public", symbol.name), (False, True), symbol, labels))))


def public_statements(policy: Policy) -> tuple[Statement, ...]:
    """The statements that certainly make a policy public."""
    case, denies = PartialCase(Choices({})), _for_others(policy)

    def certainly(statement: Statement) -> bool:
        public = _public(statement, case, lambda *_: Truth.UNKNOWN)
        return _unless_denied(public, statement, denies, case) is Truth.TRUE

    return tuple(filter(certainly, policy.statements))


def _unless_denied(public: Truth, statement: Statement, denies: Sequence[Statement], case: PartialCase) -> Truth:
    """Whether a statement makes its policy public, where others of the policy may deny what it allows to all but some.

    The User Guide speaks of what a policy grants access to, and not of what it denies. A guide of AWS deploys such a policy where public ones are
    blocked: AWS Security Reference Architecture, "Common Prerequisites", the staging bucket (`DenyExternalPrincipals`).
    """
    if public is Truth.FALSE:
        return public
    about = [(one, _concerns(one, statement, case)) for one in denies if one is not statement]
    concerned = [(one, does) for one, does in about if does is not Truth.FALSE]
    if not concerned:
        return public
    # It is one thing that is not known of all of them, so it is asked once.
    title = concerned[0][0].title
    reason = "AWS does not document whether a Deny for all others keeps a policy from being public"
    symbol = Symbol(f"the Deny of statement {title}", reason, "limit what is allowed itself", concerned[0][0].location)
    labels = (f"statement {title} keeps the policy from being public", f"statement {title} leaves the policy public")
    counts = case.truth(Atom(("denied to others",), (True, False), symbol, labels))
    there = Truth.FALSE if counts is Truth.FALSE else any_of(all_of((case.when(one.when), does)) for one, does in concerned)
    return all_of((public, negate(all_of((counts, there)))))


def _for_others(policy: Policy) -> Sequence[Statement]:
    return [one for one in policy.statements if one.effect != "Allow" and _is_for_others(one)]


def _is_for_others(deny: Statement) -> bool:
    """Whether a statement denies something to everyone but some, by their names or by what limits a statement."""
    return deny.principals.negated or any(
        operator.negated and condition.key.lower() in _LIMITING | _UNSETTLED
        for condition in deny.conditions
        if (operator := read_operator(condition.operator)) is not None
    )


def _concerns(deny: Statement, statement: Statement, case: PartialCase) -> Truth:
    """Whether a statement may deny every action on data that another one may allow in a case."""
    if deny.actions.negated or statement.actions.negated or deny.actions.rest or statement.actions.rest:
        return Truth.TRUE

    def is_denied(item: StatementItem) -> Truth:
        return any_of(case.when(other.when) for other in deny.actions.items if _meet(_action(item), _action(other)))

    return all_of(any_of((negate(case.when(item.when)), is_denied(item))) for item in statement.actions.items)


def _action(item: StatementItem) -> str:
    return str(item.text.value).lower() if isinstance(item.text, Known) else "*"


@functools.cache
def _meet(action: str, other: str) -> bool:
    return intersects(wildcards(action), wildcards(other))


def _public(statement: Statement, case: PartialCase, everyone: Everyone) -> Truth:
    if statement.effect == "Deny":
        return Truth.FALSE
    truths = [case.when(statement.when)]
    if isinstance(statement.effect, Symbol):
        chosen = case.option(Atom(("effect", statement.effect.name), ("Allow", "Deny"), statement.effect))
        truths.append(Truth.UNKNOWN if chosen is None else Truth.of(chosen == "Allow"))
    truths.append(_open_principal(statement, case, everyone))
    if all_of(truths) is Truth.FALSE:
        return Truth.FALSE
    truths.append(_on_data(statement, case))
    limits = [all_of((case.when(condition.when), _limits(condition, case))) for condition in statement.conditions]
    for when, symbol in statement.unknown_conditions:
        atom = Atom(
            ("limits", symbol.name), (True, False), symbol, (f"{symbol.written} limits the statement", f"{symbol.written} does not")
        )
        limits.append(all_of((case.when(when), case.truth(atom))))
    limited = any_of(limits)
    truths.append(Truth.UNKNOWN if limited is Truth.UNKNOWN else Truth.of(limited is Truth.FALSE))
    return all_of(truths)


def _on_data(statement: Statement, case: PartialCase) -> Truth:
    """Whether a statement is about data, as far as that matters: of one that is not, AWS does not say clearly that it is never public."""
    listed = [(item.when, item.text) for item in statement.actions.items]
    if statement.actions.negated or statement.actions.rest or not all(isinstance(text, Known) for _, text in listed):
        return Truth.TRUE
    on_data = any_of(case.when(when) for when, text in listed if isinstance(text, Known) and _means_data(str(text.value).lower()))
    if on_data is Truth.TRUE:
        return Truth.TRUE
    symbol = Symbol(
        f"statement {statement.title}", "AWS does not say clearly whether actions that are not about data make it public"
    )
    labels = ("it makes the policy public", "it does not make the policy public")
    return any_of((on_data, case.truth(Atom(("on data", statement.location, statement.index), (True, False), symbol, labels))))


@functools.cache
def _means_data(action: str) -> bool:
    return any(_meet(action, other) for other in _ON_DATA)


def _open_principal(statement: Statement, case: PartialCase, everyone: Everyone) -> Truth:
    """Whether a statement's principal is not fixed: everyone, everyone but some, or whoever a web identity provider lets in."""
    element = statement.principals
    if element.negated:
        return Truth.TRUE
    truths = []
    for principal in element.principals:
        text = principal.item.text
        if principal.kind == "Federated":
            truths.append(case.when(principal.item.when))
        elif not isinstance(text, Known):
            truths.append(all_of((case.when(principal.item.when), everyone(principal, case))))
        elif text.value == "*":
            # S3 takes a wildcard for nothing but everyone: a policy with part of a name as one is refused.
            truths.append(case.when(principal.item.when))
    for when, symbol in element.rest:
        chosen = case.option(
            Atom(
                ("everyone", symbol.name),
                ("fixed", "everyone"),
                symbol,
                (f"{symbol.written} is a fixed principal", f"{symbol.written} is *"),
            )
        )
        truths.append(all_of((case.when(when), Truth.UNKNOWN if chosen is None else Truth.of(chosen == "everyone"))))
    return any_of(truths)


def _limits(condition: Condition, case: PartialCase) -> Truth:
    """Whether a condition limits its statement to fixed values."""
    operator = read_operator(condition.operator)
    key = condition.key.lower()
    if (
        operator is None
        or operator.negated
        or operator.if_exists
        or operator.quantifier is Quantifier.ALL
        or operator.family not in _POSITIVE
        or key not in _LIMITING | _UNSETTLED
    ):
        return Truth.FALSE
    values = condition.values
    there = any_of(case.when(when) for when in (*(item.when for item in values.items), *(when for when, _ in values.rest)))
    if there is Truth.FALSE:
        # A condition without values never holds. Whether S3 calls such a statement public is not documented.
        symbol = Symbol(f"the values of {condition.key}", "the condition has no values", "leave the statement out")
        return case.truth(Atom(("fixed", key), (True, False), symbol))
    counts = _counts(condition, key, case) if key in _UNSETTLED else Truth.TRUE
    return all_of((there, counts, _all_fixed(values, key, operator.family, case)))


def _all_fixed(values: Items, key: str, family: Family, case: PartialCase) -> Truth:
    """Whether all values that are there are fixed."""
    truths = [any_of((negate(case.when(item.when)), _item_is_fixed(item, key, family, case))) for item in values.items]
    for when, symbol in values.rest:
        truths.append(any_of((negate(case.when(when)), case.truth(Atom(("fixed", symbol.name), (True, False), symbol)))))
    return all_of(truths)


def _counts(condition: Condition, key: str, case: PartialCase) -> Truth:
    """Whether Block Public Access takes a key as a limit of which the User Guide does not say so."""
    reason = "AWS does not document whether Block Public Access takes it as a limit"
    symbol = Symbol(condition.key, reason, "", condition.location)
    labels = (f"{condition.key} limits the statement", f"{condition.key} does not limit it")
    return case.truth(Atom(("limiting", key), (True, False), symbol, labels))


def _item_is_fixed(item: StatementItem, key: str, family: Family, case: PartialCase) -> Truth:
    parts = text_parts(item.text)
    decides = [part for part in parts if isinstance(part, Symbol) and _decides(part, key, family)]
    if decides:
        labels = (f"{decides[0].written} is a fixed value", f"{decides[0].written} holds a wildcard or is too wide")
        return case.truth(Atom(("fixed", item.text), (True, False), decides[0], labels))
    text = "".join(part if isinstance(part, str) else _LIKE.get(part.domain, "x") for part in parts)
    return Truth.of(_fixed(key, family, text))


def _decides(hole: Symbol, key: str, family: Family) -> bool:
    """Whether what is unresolved of a value decides whether that is fixed: in a test for equality only a policy variable would, which nobody hands over."""
    if key in ("aws:sourceip", "s3:dataaccesspointarn"):
        return key == "aws:sourceip" or hole.domain not in _LIKE
    return family not in _OF_EQUALITY and not is_literal(hole)


def _fixed(key: str, family: Family, text: str) -> bool:
    if "${" in text:
        return False
    if key == "aws:sourceip":
        return _narrow(text)
    if key == "s3:dataaccesspointarn":
        # The access point's name may be a wildcard, its account may not.
        return len(text.split(":")) > 4 and text.split(":")[4].isdigit()
    if key == "aws:userid":
        return "*" not in text and "?" not in text
    if key in _UNSETTLED:
        # Whether a path of an organization ending in a wildcard is a fixed value is as little documented as whether the key counts.
        return bool(text.strip("*?"))
    return family in _OF_EQUALITY or not set(text) & set("*?")


def _narrow(text: str) -> bool:
    import ipaddress

    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    if network.version == 4:
        return network.prefixlen >= 8 or any(
            network.subnet_of(ipaddress.IPv4Network(private)) for private in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
        )
    return network.prefixlen >= 32
