"""What AWS KMS adds to the evaluation of policies: key policies and grants.

Source: AWS KMS Developer Guide, "Creating a key policy", "Grants in AWS KMS", "AWS KMS condition keys".
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

from auditor.foundation.cases import Atom
from auditor.foundation.glob import Wild
from auditor.foundation.value import (
    Known,
    ListValue,
    Symbol,
    Truth,
    Unknown,
    Value,
    When,
    all_of,
    alternatives,
    any_of,
    is_null,
    text_parts,
)
from auditor.policy.decision import DenyKind, Refusal
from auditor.policy.document import Statement
from auditor.policy.evaluation.asked import FoundInCases
from auditor.policy.evaluation.condition import Values
from auditor.policy.evaluation.match import match
from auditor.policy.evaluation.partial_case import PartialCase
from auditor.policy.evaluation.principals import Naming, listed
from auditor.policy.evaluation.service import Service
from auditor.policy.question import ABSENT, UNKNOWN, Caller, ContextValue, Environment, KeyGrant, Question
from auditor.policy.services.actions import lacks_condition_key, works_across_accounts


class Kms(Service):
    """A key that is used."""

    resource_policy: ClassVar[str] = "key policy"

    def __init__(self, environment: Environment, question: Question, naming: Naming, *, same_account: bool) -> None:
        super().__init__(environment, question, naming, same_account=same_account)
        self._granted: FoundInCases[Truth] = FoundInCases()

    @classmethod
    def presence(cls, key: str, action: str, caller: Caller) -> ContextValue:
        """What a request has of a context key (in lower case)."""
        if key == "kms:calleraccount":
            return caller.account
        if key.startswith("aws:calledvia"):
            # S3 calls KMS for the caller in a forward access session; whether it then names itself is not documented.
            return UNKNOWN
        if lacks_condition_key(action, key):
            return ABSENT
        return super().presence(key, action, caller)

    def about_resource(self, statement: Statement, resource: str, case: PartialCase) -> Truth | None:
        """Whether a statement of a key policy is about its key.

        Source: AWS KMS Developer Guide, "Creating a key policy": Resource is "*", this key. What a text means that is not the key's ARN, it
        does not say. AWS KMS API Reference, PutKeyPolicy, Policy: without Resource or Action a statement has no effect.
        """
        items = statement.resources
        if not items.written:
            return Truth.of(statement.doubt is not None)
        symbol = Symbol(
            f"the Resource of statement {statement.title}", 'AWS documents only "*" in a key policy', 'write "*"', items.location
        )
        other = Atom(("key resource", statement.location, statement.index), (True, False), symbol)
        found = list(listed(items.rest, "resource", case))
        for item in items.items:
            tokens = self.alphabet.tokens(text_parts(item.text), wild=True)
            own = self.alphabet.compare(tokens, resource) is Truth.TRUE or (
                any(isinstance(token, Wild) for token in tokens) and self.alphabet.may_match(tokens, resource)
            )
            found.append(all_of((case.when(item.when), Truth.TRUE if own and not items.negated else case.truth(other))))
        return any_of(found)

    def granted(self, case: PartialCase) -> Truth:
        """Whether a grant on the key lets the caller in."""
        callers = [text for how, text in self.naming.candidates if how != "direct" or text != "*"]
        return any_of(
            self._granted.of(grant, case, functools.partial(self._grants, grant, callers)) for grant in self.environment.grants
        )

    def _grants(self, grant: KeyGrant, callers: Sequence[str], case: PartialCase) -> Truth:
        mark = len(case.pending)
        tokens = self.alphabet.tokens(text_parts(grant.grantee), wild=False)
        grantee = any_of(match(tokens, text, self.alphabet, case, "grantee") for text in callers)
        truth = all_of((grantee, _lists(grant.operations, self.question.action.partition(":")[2].lower(), case)))
        case.forget(mark, (truth,))
        if truth is Truth.FALSE or (self.same_account and not _constrained(grant)):
            return truth
        # Whether a grantee in another account needs a policy there too is not documented clearly.
        symbol = Symbol("a KMS grant", "whether it suffices cannot be told from code", "allow it in the key policy", grant.location)
        labels = ("the grant suffices", "the grant does not suffice")
        return all_of((truth, case.truth(Atom(("grant", tokens), (True, False), symbol, labels))))

    def conditions(
        self, case: PartialCase, tested: Callable[[str], bool], value: Callable[[str], Values], cut_off: Truth
    ) -> Iterator[tuple[Truth, Refusal]]:
        """The administration of a key is for its own account."""
        del case, tested, value, cut_off
        action = self.question.action
        if not self.same_account and self.question.caller.is_iam and not works_across_accounts(action):
            yield Truth.FALSE, Refusal(DenyKind.NOT_IAM, f"{action} is only for the account that owns the resource")


def _constrained(grant: KeyGrant) -> bool:
    constraints = grant.constraints
    empty = isinstance(constraints, ListValue) and not constraints.items and constraints.rest is None
    return not is_null(constraints) and not empty


def _lists(operations: Value, operation: str, case: PartialCase) -> Truth:
    """Whether the operations of a grant have one."""
    return any_of(_lists_in_branch(when, branch, operation, case) for when, branch in alternatives(operations))


def _lists_in_branch(when: When, branch: Value, operation: str, case: PartialCase) -> Truth:
    def asked(symbol: Symbol, there: When) -> Truth:
        return all_of((case.when(there), case.truth(Atom(("operation", symbol.name, operation), (True, False), symbol))))

    if isinstance(branch, Unknown):
        return asked(branch.symbol, when)
    if not isinstance(branch, ListValue):
        return Truth.FALSE
    found = [asked(branch.rest, when)] if branch.rest is not None else []
    for item in branch.items:
        for within, text in alternatives(item, when):
            if isinstance(text, Known):
                found.append(all_of((case.when(within), Truth.of(str(text.value).lower() == operation))))
            elif isinstance(text, Unknown):
                found.append(asked(text.symbol, within))
    return any_of(found)
