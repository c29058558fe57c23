"""How AWS decides a request: policies in, a decision for every key out. Knows nothing of infrastructure code."""

from auditor.policy.decision import Answer, Budget, Decision, DenyKind, Dependency, StatementOutcome, Witness
from auditor.policy.document import Condition, DocumentProblem, Items, Policy, Principal, Principals, Statement, StatementItem
from auditor.policy.engine import decide
from auditor.policy.evaluation.scalar import date_text
from auditor.policy.parse import parse_policy
from auditor.policy.question import (
    ABSENT,
    EVERY,
    PRESENT,
    UNKNOWN,
    Caller,
    CallerKind,
    ContextValue,
    Environment,
    Identity,
    IdentitySide,
    KeyGrant,
    Missing,
    OneOf,
    Question,
    Shaped,
)

__all__ = [
    "ABSENT",
    "EVERY",
    "PRESENT",
    "UNKNOWN",
    "Answer",
    "Budget",
    "Caller",
    "CallerKind",
    "Condition",
    "ContextValue",
    "Decision",
    "DenyKind",
    "Dependency",
    "DocumentProblem",
    "Environment",
    "Identity",
    "IdentitySide",
    "Items",
    "KeyGrant",
    "Missing",
    "OneOf",
    "Policy",
    "Principal",
    "Principals",
    "Question",
    "Shaped",
    "Statement",
    "StatementItem",
    "StatementOutcome",
    "Witness",
    "date_text",
    "decide",
    "parse_policy",
]
