"""Who may make a request: finitely many callers that the documents can tell apart, and what follows from each of them.

Source: IAM User Guide, "AWS JSON policy elements: Principal" and "AWS global condition context keys", "Properties of the principal".
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from auditor.comparison.context import operator_of, patterns_of
from auditor.comparison.patterns import IN_NAME, Tokens, classes, name
from auditor.comparison.statements import ComparedStatement, ComparedTest, literal
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex
from auditor.policy.evaluation.operators import Family

_ACCOUNT = regex(r"(?<!\d)\d{12}(?!\d)")
_IDENTITY = regex(r"arn:[\w-]+:(?:iam|sts)::(\d+|.):(root|role|user|assumed-role|federated-user)(?:/(.*))?", re.DOTALL)
_STRANGER = "999999999999"
_NAMED_BY_ARN = ("aws:principalarn", "aws:username", "aws:userid")


@dataclass(frozen=True, slots=True)
class ComparedCaller:
    """A caller.

    Attributes:
        type: `anonymous`, `role`, `user`, `root`, `service`, `federated` or `canonical`.
        arn: of the role, user or root user; the name of the service or provider; the canonical id; empty for an anonymous caller.
        account: twelve digits, empty where it has none.
        session: for a role, the name of its session.
    """

    type: str
    arn: str = ""
    account: str = ""
    session: str = ""

    def is_named(self, kind: str, text: str) -> bool:
        """Whether an entry of a Principal element names it."""
        if text == "*" and kind in ("*", "AWS"):
            return True
        if kind == "AWS":
            if not self.account:
                return False
            return text in (self.arn, self.account, f"arn:aws:iam::{self.account}:root", self._session_arn)
        wanted = {"Service": "service", "Federated": "federated", "CanonicalUser": "canonical"}.get(kind)
        return wanted == self.type and text == self.arn

    @property
    def _session_arn(self) -> str:
        return (
            f"arn:aws:sts::{self.account}:assumed-role/{self.arn.rpartition('/')[2]}/{self.session}" if self.session else self.arn
        )

    def context(self) -> Mapping[str, str | None]:
        """The context keys that follow from who it is, in lower case; None for one that its requests do not have."""
        iam = self.type in ("role", "user", "root")
        types = {"role": "AssumedRole", "user": "User", "root": "Account", "anonymous": "Anonymous", "federated": "FederatedUser"}
        return {
            "aws:principalarn": self.arn if iam else None,
            "aws:principalaccount": self.account or ("anonymous" if self.type == "anonymous" else None),
            "aws:principaltype": types.get(self.type),
            "aws:username": self.arn.rpartition("/")[2] if self.type == "user" else None,
            "aws:principalisawsservice": "true" if self.type == "service" else None if self.type == "anonymous" else "false",
            "aws:principalservicename": self.arn if self.type == "service" else None,
            "kms:calleraccount": self.account or None,
            **({} if iam else {"aws:principalorgid": None, "aws:principalorgpaths": None}),
        }

    def shown(self) -> dict[str, str] | None:
        """As a witness has it."""
        if self.type == "anonymous":
            return {"type": "anonymous"}
        if self.type in ("role", "user", "root"):
            return {"type": self.type, "arn": self.arn, **({"session": self.session} if self.session else {})}
        return {"type": {"service": "Service", "federated": "Federated", "canonical": "CanonicalUser"}[self.type], "name": self.arn}


def names(statement: ComparedStatement, principal: ComparedCaller) -> bool:
    """Whether the Principal element of a statement matches a caller; one that has none matches everybody."""
    if not statement.principals and not statement.not_principals:
        return True
    return any(principal.is_named(kind, text) for kind, text in statement.principals) != statement.not_principals


def callers(statements: Sequence[ComparedStatement], *, named: bool) -> tuple[ComparedCaller, ...]:
    """Callers such that any caller behaves like one of them under some statements; everybody first, then those named, then strangers.

    Args:
        statements: of both documents.
        named: whether the documents name principals; where they do not, the caller is a role or user that has the policy.

    Raises:
        TooManyClasses: there are too many kinds of callers.
    """
    written = [entry for one in statements for entry in one.principals]
    tests = [test for one in statements for test in one.tests]
    accounts = dict.fromkeys(_accounts(written, tests))
    found: dict[ComparedCaller, None] = {}
    if named:
        found[ComparedCaller("anonymous")] = None
        found.update(dict.fromkeys(_written(written)))
    for account in (*accounts, _STRANGER):
        found.update(dict.fromkeys(_of_account(account, statements)))
    if named:
        kinds = {kind for kind, _ in written}
        found[ComparedCaller("service", "service.amazonaws.com")] = None
        if "Federated" in kinds:
            found[ComparedCaller("federated", "provider.example.com")] = None
        if "CanonicalUser" in kinds:
            found[ComparedCaller("canonical", "0" * 64)] = None
    return tuple(found)


def _accounts(written: Iterable[tuple[str, str]], tests: Iterable[ComparedTest]) -> Iterator[str]:
    for _, text in written:
        if text.startswith("arn:") or _ACCOUNT.fullmatch(text):
            yield from _ACCOUNT.findall(text)
            if match := _IDENTITY.fullmatch(text):
                yield match[1]
    for test in tests:
        if test.key in ("aws:principalarn", "aws:principalaccount", "kms:calleraccount", "aws:userid"):
            for text in test.values:
                yield from _ACCOUNT.findall(text)


def _written(written: Iterable[tuple[str, str]]) -> Iterator[ComparedCaller]:
    for kind, text in written:
        if kind == "AWS" and (match := _IDENTITY.fullmatch(text)):
            account, type_, path = match[1], match[2], match[3] or ""
            if type_ == "assumed-role":
                role, _, session = path.partition("/")
                yield ComparedCaller("role", f"arn:aws:iam::{account}:role/{role}", account, session or "s")
            elif type_ in ("root", "role", "user"):
                yield ComparedCaller(type_, text, account, "s" if type_ == "role" else "")
        elif kind == "AWS" and len(text) == 1 and text != "*":
            yield ComparedCaller("role", text, text, "s")
        elif kind in ("Service", "Federated", "CanonicalUser"):
            yield ComparedCaller({"Service": "service", "Federated": "federated", "CanonicalUser": "canonical"}[kind], text)


def _of_account(account: str, statements: Sequence[ComparedStatement]) -> Iterator[ComparedCaller]:
    """The root user, and roles and users with a name of every kind that conditions on the caller tell apart."""
    arns, users = _patterns(statements, "aws:principalarn"), _patterns(statements, "aws:username")
    for type_ in ("role", "user"):
        universe = (*f"arn:aws:iam::{account}:{type_}/", *name(IN_NAME if type_ == "user" else frozenset(":")))
        wanted = [*arns]
        if type_ == "user":
            wanted += [(*f"arn:aws:iam::{account}:user/", *pattern) for pattern in users]
        for arn in classes(universe, tuple(dict.fromkeys(wanted))).values():
            yield ComparedCaller(type_, arn, account, "s" if type_ == "role" else "")
    yield ComparedCaller("root", f"arn:aws:iam::{account}:root", account)


def _patterns(statements: Sequence[ComparedStatement], key: str) -> list[Tokens]:
    found: dict[Tokens, None] = {}
    for statement, test in ((each, test) for each in statements for test in each.tests if test.key == key):
        for pattern in patterns_of(test, {}, variables=statement.variables):
            if pattern is None:
                continue
            if operator_of(test.operator).family is Family.ANY_CASE:
                text = "".join(token for token in pattern if isinstance(token, str))
                found.update(dict.fromkeys(map(literal, (text, text.lower(), text.upper()))))
            else:
                found[pattern] = None
    return list(itertools.islice(found, 200))
