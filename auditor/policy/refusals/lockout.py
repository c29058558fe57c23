"""Whether a key policy locks its writers out: nobody of the key's account could change it again.

Sources: AWS KMS API Reference, PutKeyPolicy and CreateKey, Policy and BypassPolicyLockoutSafetyCheck: the principal that makes the request must
be able to make it again. PutKeyPolicy is only for principals of the key's own account ("Using KMS keys across accounts").
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.foundation.glob import Token, Wild, intersects, literal, wildcards
from auditor.foundation.value import (
    Domain,
    Known,
    MapValue,
    Symbol,
    Template,
    Text,
    Unknown,
    Value,
    When,
    alternatives,
    text_parts,
)
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex
from auditor.policy.parse import read_items
from auditor.policy.refusals.reading import DocumentCase, WrittenStatement, first_symbol
from auditor.policy.refusals.refusal import Fault, Flaw

_WANTED = "kms:putkeypolicy"
_OWN = "own"  # in place of the number of the key's account, where that is not resolved
_ACCOUNT = regex(r"(?:arn:[^:]*:(?:iam|sts)::)?(\d{12}|own)(?::.*)?")
_WHOLE_ACCOUNT = regex(r"(?:arn:[^:]*:iam::)?(\d{12}|own)(?::root)?")
# Keys that every request has, and that are the caller's account. Source: IAM User Guide, "AWS global condition context keys"; AWS KMS
# Developer Guide, "AWS KMS condition keys".
_CALLERS_ACCOUNT = ("aws:principalaccount", "kms:calleraccount")
_POSITIVE = ("StringEquals", "StringLike")


@dataclass(frozen=True, slots=True)
class KeyOwner:
    """The account that owns a key.

    Attributes:
        account: its number, as far as it is resolved.
        outside: an account that certainly is another one; empty when there is none.
    """

    account: Text
    outside: str

    @property
    def number(self) -> str:
        """The account, or what stands for it."""
        return str(self.account.value) if isinstance(self.account, Known) and self.account.value else _OWN

    def is_not(self, other: str) -> bool:
        """Whether an account of twelve digits certainly is not the key's."""
        return other.isdigit() and (other == self.outside if self.number == _OWN else other != self.number)

    def written(self, principal: Text) -> str:
        """A principal, with the number of the account, or what stands for it; a zero byte stands for what else is not resolved."""
        own = text_parts(self.account)
        return "".join(
            part if isinstance(part, str) else self.number if (part,) == own else _stand_in(part) for part in text_parts(principal)
        )


def lockout(document: DocumentCase, owner: KeyOwner) -> Iterator[Fault]:
    """A policy under which nobody can change it again.

    Args:
        document: it.
        owner: the account whose principals can.
    """
    if document.value.rest is not None or not document.statements:
        return
    for statement in document.statements:
        yield from _denial(statement, owner)
    open_: list[Symbol] = [*_unread(document)]
    whens = [when for statement in document.statements for when in _lets_in(statement, owner, open_)]
    if any(when == document.when for when in whens):
        return
    yield Fault(
        Flaw.LOCKOUT,
        "no statement lets anybody of the key's account call kms:PutKeyPolicy",
        document.location,
        "Add a statement that allows kms:* to the root of the key's account.",
        when=document.when,
        unless=tuple(whens),
        depends=tuple(open_[:1]),
    )


def _unread(document: DocumentCase) -> Iterator[Symbol]:
    """What stands for further statements."""
    for _, branch in alternatives(document.value.entries.get("Statement", Known(None))):
        if isinstance(branch, Unknown):
            yield branch.symbol
        rest = getattr(branch, "rest", None)
        if isinstance(rest, Symbol):
            yield rest
        for item in getattr(branch, "items", ()) if not isinstance(branch, MapValue) else ():
            for _, one in alternatives(item):
                if isinstance(one, Unknown):
                    yield one.symbol


def _denial(statement: WrittenStatement, owner: KeyOwner) -> Iterator[Fault]:
    """A statement that denies PutKeyPolicy to everybody of the key's account, whoever asks and however."""
    clause = "denies kms:PutKeyPolicy to everybody of the key's account"
    fix = f"Exempt those who administer the key from statement {statement.title}."
    rest = statement.value.rest
    for when in _untested(statement):
        for within, effect in statement.branches("Effect"):
            for everybody, unless in _everybody(statement, when.also(within), owner) if effect == Known("Deny") else ():
                open_: list[Symbol] = []
                certain = [(each, () if rest is None else (rest,)) for each in _actions(statement, everybody, open_)]
                for each, depends in (*certain, *((everybody, (symbol,)) for symbol in open_[:1])):
                    yield statement.fault(
                        Flaw.LOCKOUT, "Effect", clause, fix, statement.location, when=each, unless=unless, depends=depends
                    )


def _untested(statement: WrittenStatement) -> Iterator[When]:
    """When a statement has no condition."""
    yield from statement.absent("Condition")
    yield from (when for when, block in statement.branches("Condition") if block == MapValue({}))


def _everybody(statement: WrittenStatement, when: When, owner: KeyOwner) -> Iterator[tuple[When, tuple[When, ...]]]:
    """When a statement certainly is about all principals of the key's account, and unless what: somebody is excepted then."""
    for within, branch in statement.branches("Principal"):
        if branch == Known("*"):
            yield when.also(within), ()
        elif isinstance(branch, MapValue):
            listed, _ = read_items(branch.entries.get("AWS", Known(None)), statement.location, when.also(within))
            for item in listed:
                whole = _WHOLE_ACCOUNT.fullmatch(owner.written(item.text))
                if item.text == Known("*") or (whole is not None and whole[1] == owner.number):
                    yield item.when, ()
    for within, branch in statement.branches("NotPrincipal"):
        if isinstance(branch, MapValue) and branch.rest is None:
            listed, _ = read_items(branch.entries.get("AWS", Known(None)), statement.location, when.also(within))
            yield when.also(within), tuple(item.when for item in listed if not owner.is_not(_account(item.text, owner) or ""))


def _lets_in(statement: WrittenStatement, owner: KeyOwner, open_: list[Symbol]) -> Iterator[When]:
    """When a statement may let somebody of the key's account change the policy; what that depends on is added to `open_`."""
    effects = [effect for _, effect in statement.branches("Effect")]
    if effects and all(effect == Known("Deny") for effect in effects):
        return
    if statement.value.rest is not None:
        open_.append(statement.value.rest)
    of_actions: list[Symbol] = []
    if not [*_actions(statement, statement.when, of_actions)] and not of_actions:
        return  # whoever it is for
    if _is_for_others(statement, owner, open_) or _is_for_services(statement):
        return
    for when, effect in statement.branches("Effect"):
        if isinstance(effect, Unknown | Template):
            open_.extend(first_symbol(effect))
        if effect == Known("Allow"):
            for within, named in _principals(statement, when, owner, open_):
                if named:
                    yield from _actions(statement, within, open_)


def _tested(statement: WrittenStatement) -> Iterator[tuple[When, str, str, Value]]:
    """What a statement has in its condition: when, operator, key and values."""
    for when, block in statement.branches("Condition"):
        for operator, keys in block.entries.items() if isinstance(block, MapValue) else ():
            for within, branch in alternatives(keys, when):
                for key, values in branch.entries.items() if isinstance(branch, MapValue) else ():
                    yield within, operator, key, values


def _is_for_others(statement: WrittenStatement, owner: KeyOwner, open_: list[Symbol]) -> bool:
    """Whether a statement is confined to callers of accounts of which none certainly may be the key's; what that depends on is added to `open_`."""
    for when, operator, key, values in _tested(statement):
        if key.lower() not in _CALLERS_ACCOUNT or operator not in _POSITIVE:
            continue
        listed, rest = read_items(values, statement.location, when)
        own = [item for item in listed if isinstance(item.text, Known) and _may_mean(str(item.text.value), owner)]
        if not any(item.when == statement.when for item in own):
            open_.extend(symbol for _, symbol in rest)
            open_.extend(symbol for item in listed for symbol in first_symbol(item.text))
            conditions = [when, *(item.when for item in own)]
            open_.extend(symbol for each in conditions for symbol in each.symbols() if symbol not in statement.when.symbols())
            return True
    return False


def _is_for_services(statement: WrittenStatement) -> bool:
    """Whether a statement is confined to requests that services make for somebody, of which none is CloudFormation.

    Source: AWS KMS Developer Guide, "kms:ViaService": a request that no service makes does not have the key, and so not one of Terraform.
    """
    for when, operator, key, values in _tested(statement):
        if key.lower() == "kms:viaservice" and operator in _POSITIVE and when == statement.when:
            listed, rest = read_items(values, statement.location, when)
            patterns = [tuple(_tokens(item.text)) for item in listed]
            if not rest and not any(intersects(pattern, (*literal("cloudformation."), Wild.MANY)) for pattern in patterns):
                return True
    return False


def _tokens(text: Text) -> Iterator[Token]:
    """A value of a condition as a pattern, in which what is unresolved may be anything."""
    for part in text_parts(text):
        yield from wildcards(part) if isinstance(part, str) else (Wild.MANY,)


def _may_mean(account: str, owner: KeyOwner) -> bool:
    """Whether a value of a test on the caller's account may be the key's account."""
    return bool(set(account) & set("*?$")) or (account.isdigit() and not owner.is_not(account))


def _principals(statement: WrittenStatement, when: When, owner: KeyOwner, open_: list[Symbol]) -> Iterator[tuple[When, bool]]:
    for within, _ in statement.branches("NotPrincipal"):
        yield when.also(within), True
    for within, branch in statement.branches("Principal"):
        both = when.also(within)
        if branch == Known("*"):
            yield both, True
        elif isinstance(branch, Unknown | Template):
            open_.extend(first_symbol(branch))
        elif isinstance(branch, MapValue):
            if branch.rest is not None:
                open_.append(branch.rest)
            for kind, listed in branch.entries.items():
                items, rest = read_items(listed, statement.location, both)
                open_.extend(symbol for _, symbol in rest)
                for item in items:
                    account = _account(item.text, owner)
                    if kind == "AWS" and account is not None:
                        yield item.when, not owner.is_not(account)
                    elif kind == "AWS":
                        open_.extend(first_symbol(item.text))


def _account(principal: Text, owner: KeyOwner) -> str | None:
    """The account of a principal, `*` for everyone and for what names none; None when that is not resolved."""
    text = owner.written(principal)
    if "\0" in text.split(":role/")[0].split(":user/")[0]:
        return None
    found = _ACCOUNT.fullmatch(text)
    return found[1] if found else "*"


def _stand_in(symbol: Symbol) -> str:
    # An account of the customer's may be the key's own.
    return "account" if symbol.domain is Domain.ACCOUNT else "\0"


def _actions(statement: WrittenStatement, when: When, open_: list[Symbol]) -> Iterator[When]:
    """When the actions of a statement have PutKeyPolicy among them."""
    if statement.value.entries.get("Action") is not None:
        entries = statement.entries("Action")
        open_.extend(entries.rest)
        for item in entries.items:
            if not isinstance(item.text, Known):
                open_.extend(first_symbol(item.text))
            elif _is_wanted(item.text):
                yield when.also(item.when)
    if "NotAction" in statement.value.entries:
        yield from _all_but(statement, when, open_)


def _all_but(statement: WrittenStatement, when: When, open_: list[Symbol]) -> Iterator[When]:
    """When a NotAction certainly does not have PutKeyPolicy among what it excepts."""
    excepted = statement.entries("NotAction")
    unresolved = (*excepted.rest, *(symbol for item in excepted.items for symbol in first_symbol(item.text)))
    if any(_is_wanted(item.text) for item in excepted.items):
        return
    open_.extend(unresolved)
    if not unresolved:
        yield when


def _is_wanted(action: Text) -> bool:
    return isinstance(action, Known) and intersects(wildcards(str(action.value).lower()), literal(_WANTED))
