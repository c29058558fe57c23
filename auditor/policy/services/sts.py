"""What AWS STS adds to the evaluation of policies: trust policies.

Source: IAM User Guide, "Policy evaluation logic" and "AWS JSON policy elements: Principal".
"""

from __future__ import annotations

from typing import ClassVar

from auditor.foundation.value import Truth
from auditor.policy.document import Statement
from auditor.policy.evaluation.partial_case import PartialCase
from auditor.policy.evaluation.service import Service
from auditor.policy.question import UNKNOWN, Caller, ContextValue


class Sts(Service):
    """A role that is assumed."""

    resource_policy: ClassVar[str] = "trust policy"

    @classmethod
    def presence(cls, key: str, action: str, caller: Caller) -> ContextValue:
        """What a request has of a context key (in lower case)."""
        return UNKNOWN if key == "sts:externalid" else super().presence(key, action, caller)

    def about_resource(self, statement: Statement, resource: str, case: PartialCase) -> Truth | None:
        """A trust policy is about its role."""
        del statement, resource, case
        return Truth.TRUE
