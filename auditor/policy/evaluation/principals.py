"""How the Principal element of a statement names the caller.

Source: IAM User Guide, "AWS JSON policy elements: Principal" and "NotPrincipal".
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import cached_property

from auditor.foundation.cases import Atom
from auditor.foundation.value import Domain, Known, Symbol, Truth, When, all_of, any_of, negate, scalar_text, text_parts
from auditor.policy.document import Principal, Statement
from auditor.policy.evaluation.alphabet import Alphabet
from auditor.policy.evaluation.match import filling_of, match
from auditor.policy.evaluation.partial_case import PartialCase
from auditor.policy.evaluation.pattern import PatternTokens, has_hole, literal_text
from auditor.policy.evaluation.presence import session_of
from auditor.policy.question import Caller, CallerKind

_BY_NAME = {"Service": CallerKind.SERVICE, "Federated": CallerKind.FEDERATED}


def listed(rest: Sequence[tuple[When, Symbol]], what: str, case: PartialCase) -> Iterator[Truth]:
    """Whether entries of a list that the code leaves unresolved are the one that is asked about."""
    for when, symbol in rest:
        labels = (f"{symbol.written} lists it", f"{symbol.written} does not list it")
        yield all_of((case.when(when), case.truth(Atom(("list", symbol.name, what), (True, False), symbol, labels))))


class Naming:
    """Tells how statements name one caller.

    Args:
        caller: who asks.
        alphabet: of the request.
        bounded: whether the caller has a permissions boundary; a Deny with NotPrincipal then always applies to it.
    """

    def __init__(self, caller: Caller, alphabet: Alphabet, *, bounded: bool) -> None:
        self.caller, self.alphabet, self.bounded = caller, alphabet, bounded
        self.arn, self.account = alphabet.text(caller.arn), alphabet.text(caller.account)
        # What is unknown of its id is so of the request too.
        alphabet.text(caller.unique_id)
        _, role, name = self.arn.partition(":role/")
        self.role = name.rpartition("/")[2] if role else None
        self._possible: dict[PatternTokens, tuple[tuple[tuple[str, str], ...], Atom[str]]] = {}

    @property
    def key(self) -> Hashable:
        """What all that it tells depends on, beside the statement and the case."""
        return self.caller, self.bounded, self.alphabet.foreign, self.alphabet.names

    def of(self, statement: Statement, case: PartialCase) -> dict[str, Truth]:
        """How a statement names the caller: by its role ("role"), in a way that no boundary limits ("direct"), or by its account."""
        element = statement.principals
        if not element.written:
            symbol = Symbol(
                f"statement {statement.title}",
                "it names no principal, and AWS rejects such a policy",
                "name one",
                statement.location,
            )
            return {"role": case.truth(Atom(("no principal", statement.location, statement.index), (True, False), symbol))}
        found: dict[str, list[Truth]] = {"role": [], "direct": [], "account": []}
        for principal in element.principals:
            for how, truth in self.by(principal, case).items():
                found[how].append(truth if truth is Truth.FALSE else all_of((case.when(principal.item.when), truth)))
        for truth in listed(element.rest, "principal", case):
            found["role"].append(truth)
        named = {how: any_of(truths) for how, truths in found.items()}
        return self._not_named(statement, named, case) if element.negated else named

    def _not_named(self, statement: Statement, named: Mapping[str, Truth], case: PartialCase) -> dict[str, Truth]:
        """NotPrincipal: to be spared, the account, the role and the session must all be listed.

        Source: IAM User Guide, "AWS JSON policy elements: NotPrincipal".
        """
        listed = [named["role"], named["account"], named["direct"]]
        if not self.caller.is_iam:
            return {"direct": negate(any_of(listed))}
        if statement.effect == "Deny" and self.bounded:
            return {"role": Truth.TRUE}
        if any_of(listed) is Truth.FALSE:
            return {"role": Truth.TRUE} if statement.effect == "Deny" else {"direct": Truth.TRUE}
        needed = [named["account"], named["direct"], *([named["role"]] if self.role is not None else [])]
        if all_of(needed) is Truth.TRUE:
            return {"role": Truth.FALSE}
        if statement.effect == "Allow" and named["account"] is Truth.TRUE:
            return {"role": Truth.FALSE}
        symbol = Symbol(
            f"NotPrincipal of statement {statement.title}",
            "it does not list the account, the role and the session of the caller together",
            "list all three",
            statement.principals.location,
        )
        return {"role": case.truth(Atom(("not principal", statement.location, statement.index), (True, False), symbol))}

    def by(self, principal: Principal, case: PartialCase) -> dict[str, Truth]:
        """How one principal names the caller, see `of`."""
        caller, item = self.caller, principal.item
        if principal.kind in ("AWS", "*") and isinstance(item.text, Known):
            return self._by_text(scalar_text(item.text.value), principal, case)
        tokens = self.alphabet.tokens(text_parts(item.text), wild=False)
        if principal.kind in ("AWS", "*"):
            if has_hole(tokens):
                return self._by_hole(tokens, case)
            return self._by_text(literal_text(tokens), principal, case)
        if principal.kind in _BY_NAME:
            if caller.kind is not _BY_NAME[principal.kind]:
                return {"role": Truth.FALSE}
            return {"role": match(tokens, self.arn, self.alphabet, case, principal.kind)}
        if not caller.is_iam:
            return {"role": Truth.FALSE}
        if principal.kind == "CanonicalUser" and caller.canonical:
            return {"account": match(tokens, caller.canonical, self.alphabet, case, principal.kind)}
        if principal.kind == "CanonicalUser" and any(
            isinstance(part, Symbol) and part.domain is Domain.IDENTITY for part in text_parts(item.text)
        ):
            # Source: Amazon CloudFront Developer Guide, "Using an origin access identity": it stands for CloudFront, not for an account.
            return {"role": Truth.FALSE}
        if principal.kind == "CanonicalUser":
            reason = "which account that is cannot be told from code"
            symbol = Symbol(f"the canonical user {item.written}", reason, "name the account", item.location)
            labels = ("it is the caller's account", "it is another account")
            return {"account": case.truth(Atom(("canonical", item.written), (True, False), symbol, labels))}
        symbol = Symbol(f"the principal '{item.written}'", "it has no form that is known", "", item.location)
        return {"role": case.truth(Atom(("principal form", item.written), (True, False), symbol))}

    def _by_text(self, text: str, principal: Principal, case: PartialCase) -> dict[str, Truth]:
        caller = self.caller
        if text == "*":
            return {"direct": Truth.TRUE}
        if not caller.is_iam:
            return {"role": Truth.FALSE}
        # Source: IAM User Guide, "IAM ARNs": an account is of one partition.
        partition = self.arn.split(":")[1] if self.arn.startswith("arn:") else "aws"
        if text in (self.account, f"arn:{partition}:iam::{self.account}:root"):
            return {"direct" if caller.is_root else "account": Truth.TRUE}
        if text == self.arn:
            return {"role" if self.role is not None else "direct": Truth.TRUE}
        if set(text) & set("*?"):
            # Source: IAM User Guide, "Principal": a wildcard does not stand for part of a name or ARN, and no name has one.
            return {"role": Truth.FALSE}
        if self.role is not None and text.startswith(f"arn:aws:sts::{self.account}:assumed-role/{self.role}/"):
            return {"direct": self._by_session(text, principal, case)}
        if text[:4] in ("AROA", "AIDA") and text.isalnum():
            # Source: IAM User Guide, "AWS JSON policy elements: Principal": a unique id stands where a role or user was deleted, and is not one made anew.
            return {"role": Truth.FALSE}
        return self._by_open_text(text, case)

    def _by_session(self, text: str, principal: Principal, case: PartialCase) -> Truth:
        """Whether the ARN of a session of the caller's role is that of the caller."""
        session = text.rpartition(f":assumed-role/{self.role}/")[2]
        if self.caller.session is not None:
            return Truth.of(session == self.caller.session)
        reason = "the platform chooses it at run time"
        symbol = Symbol("the role session's name", reason, "name the role itself", principal.item.location)
        labels = (f"the session is {session}", "the session has another name")
        return case.truth(Atom(("session", text), (True, False), symbol, labels))

    def _by_open_text(self, text: str, case: PartialCase) -> dict[str, Truth]:
        """A principal that may be one of the texts that name the caller, since either has an unknown value of the request."""
        for how, candidate in self.candidates:
            if self.alphabet.may_equal(text, candidate):
                symbol = self.alphabet.symbol(text if self.alphabet.is_open(text) else candidate)
                shown, mine = self.alphabet.shown(text), self.alphabet.shown(candidate)
                labels = (f"{shown} is {mine}", f"{shown} is not {mine}")
                return {how: case.truth(Atom(("principal", text, candidate), (True, False), symbol, labels))}
        return {"role": Truth.FALSE}

    @cached_property
    def candidates(self) -> tuple[tuple[str, str], ...]:
        """The texts by which a principal can name the caller, each with how."""
        caller = self.caller
        if not caller.is_iam:
            return (("direct", "*"),)
        return (
            ("role" if self.role is not None else "direct", self.arn),
            ("account", f"arn:aws:iam::{self.account}:root"),
            ("account", self.account),
            ("direct", "*"),
            *((("direct", self._session_arn()),) if self.role is not None else ()),
        )

    def _session_arn(self) -> str:
        """The ARN of the role session; its name, when that is not known, is an unknown value of the request."""
        return f"arn:aws:sts::{self.account}:assumed-role/{self.role}/{self.alphabet.text(session_of(self.caller))}"

    def _by_hole(self, tokens: PatternTokens, case: PartialCase) -> dict[str, Truth]:
        """A principal with a hole: it may be any of the texts that name the caller, or none of them."""
        found: dict[str, Truth] = {}
        taken, possible = self._option(tokens, case)
        for how, text in possible:
            truth = Truth.UNKNOWN if taken is None else Truth.of(taken == text)
            found[how] = any_of((found.get(how, Truth.FALSE), truth))
        return found or {"role": Truth.FALSE}

    def _option(self, tokens: PatternTokens, case: PartialCase) -> tuple[Hashable | None, tuple[tuple[str, str], ...]]:
        """Which of the texts that name the caller (or everyone) a principal with a hole is in a case, and those that it can be."""
        if tokens not in self._possible:
            self._possible[tokens] = self._possible_texts(tokens)
        possible, atom = self._possible[tokens]
        return (case.option(atom) if possible else "another"), possible

    def _possible_texts(self, tokens: PatternTokens) -> tuple[tuple[tuple[str, str], ...], Atom[str]]:
        """The texts that name the caller and that a principal with a hole can be, and the atom of which it is."""
        # Source: IAM User Guide, "IAM and AWS STS quotas", requirements of names: none has a colon, so only an account's ARN ends in `:root`.
        candidates = [one for one in self.candidates if one[1].endswith(":root")] if _ends_in_root(tokens) else self.candidates
        possible = tuple((how, text) for how, text in candidates if self.alphabet.compare(tokens, text) is not Truth.FALSE)
        symbol = next(token for token in tokens if isinstance(token, Symbol))
        labels = (*(self._named_by(symbol, tokens, text) for _, text in possible), f"{symbol.written} is something else")
        return possible, Atom(("principal", tokens), (*(text for _, text in possible), "another"), symbol, labels)

    def _named_by(self, symbol: Symbol, tokens: PatternTokens, text: str) -> str:
        """The clause that a symbol has a principal be a text."""
        filling = filling_of(symbol, tokens, text)
        if filling:
            return f"{symbol.written} is {self.alphabet.shown(filling)}"
        return f"{symbol.written} makes the principal {self.alphabet.shown(text)}"

    def is_everyone(self, principal: Principal, case: PartialCase) -> Truth:
        """Whether a principal with a hole is `*`."""
        tokens = self.alphabet.tokens(text_parts(principal.item.text), wild=False)
        if not has_hole(tokens):
            return Truth.FALSE
        taken, _ = self._option(tokens, case)
        return Truth.UNKNOWN if taken is None else Truth.of(taken == "*")


def _ends_in_root(tokens: PatternTokens) -> bool:
    """Whether a principal with a hole certainly ends as the ARN of an account does."""
    return tokens[-5:] == tuple(":root")
