"""What a service adds to the evaluation of policies: this is the service that adds nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

from auditor.foundation.value import Truth
from auditor.policy.decision import Refusal
from auditor.policy.document import Policy, Statement
from auditor.policy.evaluation.condition import Values
from auditor.policy.evaluation.partial_case import PartialCase
from auditor.policy.evaluation.presence import presence
from auditor.policy.evaluation.principals import Naming
from auditor.policy.question import ABSENT, Caller, ContextValue, Environment, Question

# The services whose context keys no request of another service has.
_WITH_KEYS = ("s3", "kms", "sts")


class Service:
    """A service in one question.

    Attributes:
        resource_policy: how the policy of a resource is called where no identity policy suffices without it; empty where one does.

    Args:
        environment: the policies around the question.
        question: what is asked.
        naming: of the caller.
        same_account: whether the caller is in the account that owns the resource.
    """

    resource_policy: ClassVar[str] = ""

    def __init__(self, environment: Environment, question: Question, naming: Naming, *, same_account: bool) -> None:
        self.environment, self.question, self.naming, self.same_account = environment, question, naming, same_account
        self.alphabet = naming.alphabet

    @classmethod
    def presence(cls, key: str, action: str, caller: Caller) -> ContextValue:
        """What a request for an action, by a caller itself, has of a context key (in lower case)."""
        service = key.partition(":")[0]
        if service in _WITH_KEYS and service != action.partition(":")[0].lower():
            return ABSENT
        return presence(key, caller)

    def values_of(self, key: str) -> Sequence[str]:
        """Further values of a context key (in lower case) that matter to the service, whatever the policies test."""
        del key
        return ()

    def about_resource(self, statement: Statement, resource: str, case: PartialCase) -> Truth | None:
        """Whether a statement of the resource's own policy is about the resource; None where that is told as in any policy."""
        del statement, resource, case
        return None

    def deployed(self, policy: Policy, case: PartialCase) -> tuple[Truth, Truth]:
        """Whether the resource's own policy is stored at all, and whether its grants to other accounts are cut off."""
        del policy, case
        return Truth.TRUE, Truth.FALSE

    def granted(self, case: PartialCase) -> Truth:
        """Whether something that is not a policy grants the request to the caller."""
        del case
        return Truth.FALSE

    def conditions(
        self, case: PartialCase, tested: Callable[[str], bool], value: Callable[[str], Values], cut_off: Truth
    ) -> Iterator[tuple[Truth, Refusal]]:
        """What must hold besides, each with the refusal of a request for which it does not.

        Args:
            case: what has been taken.
            tested: whether the policies or the question say anything of a context key.
            value: of a context key in the case.
            cut_off: see `deployed`.
        """
        del case, tested, value, cut_off
        yield from ()
