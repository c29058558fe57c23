"""What is wrong with the resources of a key policy, and whether it locks its writers out.

Sources: AWS KMS Developer Guide, "Creating a key policy" (Resource is "*"); AWS KMS API Reference, PutKeyPolicy and CreateKey, Policy and
BypassPolicyLockoutSafetyCheck: the principal that makes the request must be able to make it again. PutKeyPolicy is only for principals of
the key's own account ("Using KMS keys across accounts").
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from auditor.foundation.glob import intersects, literal, wildcards
from auditor.foundation.value import Domain, Known, MapValue, Symbol, Template, Text, Unknown, When, alternatives, text_parts
from auditor.lazy.expressions import regex
from auditor.policy.parse import read_items
from auditor.policy.refusals.reading import DocumentCase, WrittenStatement, first_symbol
from auditor.policy.refusals.refusal import Fault, Flaw

_WANTED = "kms:putkeypolicy"
_ACCOUNT = regex(r"(?:arn:[^:]*:(?:iam|sts)::)?(\d{12})(?::.*)?")


def resource_is_star(statement: WrittenStatement) -> Iterator[Fault]:
    """A Resource other than `*`."""
    for item in statement.entries("Resource").items:
        if item.text != Known("*"):
            clause = f"has the Resource '{item.written}', and in a key policy it is '*'"
            fix = f"Write '*' as the Resource of statement {statement.title}."
            depends = (
                () if any(isinstance(part, str) and part != "*" for part in text_parts(item.text)) else first_symbol(item.text)
            )
            yield statement.fault(
                Flaw.RESOURCE_NOT_STAR, "Resource", clause, fix, item.location, item.written, item.when, depends=depends
            )  # fmt: skip


def lockout(document: DocumentCase, is_foreign: Callable[[str], bool]) -> Iterator[Fault]:
    """A policy under which nobody can change it again.

    Args:
        document: it.
        is_foreign: whether an account of twelve digits certainly is not the key's.
    """
    if document.value.rest is not None or not document.statements:
        return
    open_: list[Symbol] = [*_unread(document)]
    whens = [when for statement in document.statements for when in _lets_in(statement, is_foreign, open_)]
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


def _lets_in(statement: WrittenStatement, is_foreign: Callable[[str], bool], open_: list[Symbol]) -> Iterator[When]:
    """When a statement may let somebody of the key's account change the policy; what that depends on is added to `open_`."""
    if statement.value.rest is not None:
        open_.append(statement.value.rest)
    for when, effect in statement.branches("Effect"):
        if isinstance(effect, Unknown | Template):
            open_.extend(first_symbol(effect))
        if effect == Known("Allow"):
            for within, named in _principals(statement, when, is_foreign, open_):
                if named:
                    yield from _actions(statement, within, open_)


def _principals(
    statement: WrittenStatement, when: When, is_foreign: Callable[[str], bool], open_: list[Symbol]
) -> Iterator[tuple[When, bool]]:
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
                    account = _account(item.text)
                    if kind == "AWS" and account is not None:
                        yield item.when, not is_foreign(account)
                    elif kind == "AWS":
                        open_.extend(first_symbol(item.text))


def _account(principal: Text) -> str | None:
    """The account of a principal, `*` for everyone and for what names none; None when that is not resolved."""
    text = "".join(part if isinstance(part, str) else _stand_in(part) for part in text_parts(principal))
    if "\0" in text.split(":role/")[0].split(":user/")[0]:
        return None
    found = _ACCOUNT.fullmatch(text)
    return found[1] if found else "*"


def _stand_in(symbol: Symbol) -> str:
    # An account of the customer's may be the key's own.
    return "account" if symbol.domain is Domain.ACCOUNT else "\0"


def _actions(statement: WrittenStatement, when: When, open_: list[Symbol]) -> Iterator[When]:
    for name in ("Action", "NotAction"):
        if statement.value.entries.get(name) is None:
            continue
        entries = statement.entries(name)
        open_.extend(entries.rest)
        if name == "NotAction":
            yield when
        for item in entries.items if name == "Action" else ():
            if not isinstance(item.text, Known):
                open_.extend(first_symbol(item.text))
            elif intersects(wildcards(str(item.text.value).lower()), literal(_WANTED)):
                yield when.also(item.when)
